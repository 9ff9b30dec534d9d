//! One file for each thing that can be wrong.

use super::*;

const FILE: &str = "contents:\n  files:\n    - url: https://example.test/a.tgz\n      path: /a\n";

/// A snippet and its finding.
struct WrongFile {
    snippet: String,
    rule: Rule,
    line: usize,
    column: usize,
    /// The text that the suggestion writes. Empty: no suggestion.
    suggested: String,
    /// The whole message. Empty: any.
    message: &'static str,
}

fn wrong_files() -> Vec<WrongFile> {
    let files: &[(&str, Rule, usize, usize, &str, &'static str)] = &[
        // Keys.
        ("nam: x\n", Rule::UNKNOWN_KEY, 5, 1, "name", "`nam` is no key of a definition"),
        ("varient: dev\n", Rule::UNKNOWN_KEY, 5, 1, "variant", ""),
        ("os_release: {}\n", Rule::UNKNOWN_KEY, 5, 1, "os-release", ""),
        ("healthcheck: x\n", Rule::UNKNOWN_KEY, 5, 1, "", ""),
        ("accounts:\n  runas: root\n", Rule::UNKNOWN_KEY, 6, 3, "run-as", ""),
        ("accounts:\n  root: true\n  shell: /bin/sh\n", Rule::UNKNOWN_KEY, 7, 3, "", ""),
        (
            "contents:\n  builds:\n    - name: a\n      contents:\n        builds: []\n",
            Rule::UNKNOWN_KEY,
            9,
            9,
            "",
            "",
        ),
        ("# syntax=dhi.io/build:2-debian13\ntags: [v1]\n", Rule::MISSING_KEY, 2, 1, "", ""),
        ("# syntax=dhi.io/build:2-debian13\nimage: a\n", Rule::MISSING_KEY, 2, 1, "", ""),
        // The first line.
        ("# syntax=docker/dockerfile:1\nimage: a\ntags: [v1]\n", Rule::SYNTAX_LINE, 1, 10, "", ""),
        ("# syntax=dhi.io/build:3-debian13\nimage: a\ntags: [v1]\n", Rule::SYNTAX_LINE, 1, 10, "", ""),
        ("# syntax=dhi.io/build:2-fedora44\nimage: a\ntags: [v1]\n", Rule::SYNTAX_LINE, 1, 10, "", ""),
        ("#\n# syntax=dhi.io/build:2-debian13\nimage: a\ntags: [v1]\n", Rule::SYNTAX_LINE, 2, 10, "", ""),
        ("name: part of others\n", Rule::SYNTAX_LINE, 1, 1, "", ""),
        // Words.
        ("variant: devel\n", Rule::UNKNOWN_VALUE, 5, 10, "dev", ""),
        ("variant: 'Dev'\n", Rule::UNKNOWN_VALUE, 5, 10, "'dev'", ""),
        ("output: squash\n", Rule::UNKNOWN_VALUE, 5, 9, "squashed", ""),
        ("compression: gz\n", Rule::UNKNOWN_VALUE, 5, 14, "gzip", ""),
        ("entitlement: free\n", Rule::UNKNOWN_VALUE, 5, 14, "", ""),
        ("platforms:\n  - linux/amd46\n", Rule::UNKNOWN_VALUE, 6, 5, "linux/amd64", ""),
        ("paths:\n  - type: dir\n    path: /a\n", Rule::UNKNOWN_VALUE, 6, 11, "directory", ""),
        // Types.
        ("platforms: linux/amd64\n", Rule::WRONG_TYPE, 5, 12, "[linux/amd64]", ""),
        ("name: [a]\n", Rule::WRONG_TYPE, 5, 7, "", ""),
        ("name:\n  a: b\n", Rule::WRONG_TYPE, 6, 3, "", ""),
        ("cmd:\n  run: /bin/sh\n", Rule::WRONG_TYPE, 6, 3, "", ""),
        ("accounts:\n  - root\n", Rule::WRONG_TYPE, 6, 3, "", ""),
        ("environment:\n  - A=1\n", Rule::WRONG_TYPE, 6, 3, "", ""),
        ("contents:\n", Rule::WRONG_TYPE, 5, 1, "", ""),
        ("name: !!binary YQ==\n", Rule::WRONG_TYPE, 5, 16, "", ""),
        ("fips-compliant: maybe\n", Rule::WRONG_TYPE, 5, 17, "", ""),
        ("fips-compliant: \"true\"\n", Rule::WRONG_TYPE, 5, 17, "true", ""),
        ("paths:\n  - {type: delete, path: /a, uid: \"0\"}\n", Rule::WRONG_TYPE, 6, 35, "0", ""),
        ("paths:\n  - {type: delete, path: /a, uid: root}\n", Rule::WRONG_TYPE, 6, 35, "", ""),
        ("environment:\n", Rule::OLD_KEY, 5, 1, "", ""),
        // Scalars with more than one meaning.
        ("flavor: 1.10\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"1.10\"", ""),
        (
            "flavor: on\n",
            Rule::AMBIGUOUS_SCALAR,
            5,
            9,
            "\"on\"",
            "`flavor`: `on` is a boolean for YAML readers: quote it as `\"on\"`",
        ),
        ("flavor: 2026-05-11\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"2026-05-11\"", ""),
        ("flavor: 1234e56\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"1234e56\"", ""),
        ("flavor: 1_000\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"1_000\"", ""),
        ("flavor: 0755 # octal\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"0755\"", ""),
        ("flavor: 12:30\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"12:30\"", ""),
        ("flavor: ~\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"\"", ""),
        ("flavor:\nname: x\n", Rule::AMBIGUOUS_SCALAR, 5, 1, ": \"\"", ""),
        ("environment:\n  PORT: 8080\n", Rule::AMBIGUOUS_SCALAR, 6, 9, "\"8080\"", ""),
        ("environment:\n  on: x\n", Rule::AMBIGUOUS_SCALAR, 6, 3, "\"on\"", ""),
        ("stig-certified: yes\n", Rule::AMBIGUOUS_SCALAR, 5, 17, "true", ""),
        ("paths:\n  - {type: file, path: /a, mode: 0755}\n", Rule::AMBIGUOUS_SCALAR, 6, 34, "\"0755\"", ""),
        ("paths:\n  - {type: file, path: /a, mode: 0o755}\n", Rule::AMBIGUOUS_SCALAR, 6, 34, "\"0755\"", ""),
        ("ports:\n  - >-\n    80/TCP\n", Rule::INVALID_VALUE, 7, 5, "", ""),
        ("flavor: 0_8\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"0_8\"", ""),
        ("flavor: 2026-5-1\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "\"2026-5-1\"", ""),
        // Templates that are comments.
        ("flavor: a #{ target.arch } # b\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "'a #{ target.arch } # b'", ""),
        ("flavor: it's  #{ target.arch }\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "'it''s  #{ target.arch }'", ""),
        ("flavor: #{ target.arch }\n", Rule::AMBIGUOUS_SCALAR, 5, 9, "'#{ target.arch }'", ""),
        ("environment:\n  A: 1 #{ x }\n", Rule::AMBIGUOUS_SCALAR, 6, 6, "'1 #{ x }'", ""),
        ("paths:\n  - {type: file, path: /a, uid: 010}\n", Rule::AMBIGUOUS_SCALAR, 6, 33, "", ""),
        ("dates:\n  release: 2026-05-11\n", Rule::AMBIGUOUS_SCALAR, 6, 12, "\"2026-05-11\"", ""),
        ("accounts:\n  run-as: 65532\n", Rule::AMBIGUOUS_SCALAR, 6, 11, "\"65532\"", ""),
        // Values.
        ("environment:\n  A=B: x\n", Rule::INVALID_VALUE, 6, 3, "", ""),
        ("name: \"a\\0b\"\n", Rule::INVALID_VALUE, 5, 7, "", ""),
        ("ports:\n  - \"0\"\n", Rule::INVALID_VALUE, 6, 5, "", ""),
        ("ports:\n  - 70000/tcp\n", Rule::INVALID_VALUE, 6, 5, "", ""),
        ("ports:\n  - 90-80\n", Rule::INVALID_VALUE, 6, 5, "", ""),
        ("ports:\n  - 80/TCP\n", Rule::INVALID_VALUE, 6, 5, "80/tcp", ""),
        ("ports:\n  - 80/quic\n", Rule::INVALID_VALUE, 6, 5, "", ""),
        ("paths:\n  - {type: file, path: /a, mode: \"0999\"}\n", Rule::INVALID_VALUE, 6, 34, "", ""),
        ("paths:\n  - {type: file, path: /a, mode: \"0o755\"}\n", Rule::INVALID_VALUE, 6, 34, "\"0755\"", ""),
        ("paths:\n  - {type: file, path: /a, uid: -1}\n", Rule::INVALID_VALUE, 6, 33, "", ""),
        ("paths:\n  - {type: file, path: /a, uid: 4294967295}\n", Rule::INVALID_VALUE, 6, 33, "", ""),
        (
            "paths:\n  - {type: file, path: /a, uid: 99999999999999999999}\n",
            Rule::INVALID_VALUE,
            6,
            33,
            "",
            "",
        ),
        ("dates:\n  release: \"2026-13-01\"\n", Rule::INVALID_VALUE, 6, 12, "", ""),
        ("os-release:\n  id-like: Debian\n", Rule::INVALID_VALUE, 6, 12, "", ""),
        ("os-release:\n  name: \"a\\nb\"\n", Rule::INVALID_VALUE, 6, 9, "", ""),
        ("accounts:\n  users:\n    - {name: \"a:b\", uid: 1, gid: 1}\n", Rule::INVALID_VALUE, 7, 14, "", ""),
        ("contents:\n  packages:\n    - curl>=8\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        ("contents:\n  packages:\n    - \"curl<8\"\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        ("contents:\n  packages:\n    - curl==8\n", Rule::INVALID_VALUE, 7, 7, "curl=8", ""),
        ("contents:\n  packages:\n    - \"!curl=8\"\n", Rule::INVALID_VALUE, 7, 7, "\"!curl\"", ""),
        ("contents:\n  packages:\n    - curl = 8\n", Rule::INVALID_VALUE, 7, 7, "curl=8", ""),
        ("contents:\n  packages:\n    - curl >= 8\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        ("contents:\n  packages:\n    - curl wget=8\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        ("contents:\n  packages:\n    - a@edge\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        ("contents:\n  repositories:\n    - deb-src http://a.test b c\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        (
            "contents:\n  repositories:\n    - deb [signed-by=/a http://a.test b c\n",
            Rule::INVALID_VALUE,
            7,
            7,
            "",
            "",
        ),
        ("contents:\n  repositories:\n    - deb http://a.test trixie\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        ("contents:\n  keyring:\n    - ftp://a.test/key\n", Rule::INVALID_VALUE, 7, 7, "", ""),
        ("contents:\n  artifacts:\n    - name: oci:dir\n", Rule::INVALID_VALUE, 7, 13, "", ""),
        ("contents:\n  files:\n    - {url: ssh://a.test/b, path: /a}\n", Rule::INVALID_VALUE, 7, 13, "", ""),
        (
            "contents:\n  files:\n    - {url: git+https://a.test/b.git, path: /a}\n",
            Rule::INVALID_VALUE,
            7,
            13,
            "",
            "",
        ),
        // Missing keys.
        ("paths:\n  - type: file\n", Rule::MISSING_KEY, 6, 5, "", "`path` is missing in an entry of `paths`"),
        ("paths:\n  - path: /a\n", Rule::MISSING_KEY, 6, 5, "", ""),
        ("paths:\n  - type: symlink\n    path: /a\n", Rule::MISSING_KEY, 6, 5, "", ""),
        ("accounts:\n  users:\n    - name: app\n      uid: 1\n", Rule::MISSING_KEY, 7, 7, "", ""),
        ("accounts:\n  groups:\n    - gid: 1\n", Rule::MISSING_KEY, 7, 7, "", ""),
        ("contents:\n  files:\n    - url: https://a.test/b\n", Rule::MISSING_KEY, 7, 7, "", ""),
        ("contents:\n  artifacts:\n    - uid: 0\n", Rule::MISSING_KEY, 7, 7, "", ""),
        ("contents:\n  builds:\n    - outputs: []\n", Rule::MISSING_KEY, 7, 7, "", ""),
        ("contents:\n  builds:\n    - {}\n", Rule::MISSING_KEY, 7, 7, "", ""),
        ("tests:\n  - name: a\n", Rule::MISSING_KEY, 6, 5, "", ""),
        (
            "track:\n  - type: github_tag\n    owner: a\n    repo: b\n    set: C\n",
            Rule::MISSING_KEY,
            6,
            5,
            "",
            "",
        ),
        // Entries that do not go together.
        ("ports:\n  - 80/tcp\n  - \"80\"\n", Rule::DUPLICATE, 7, 5, "", ""),
        ("platforms: [linux/amd64, linux/amd64]\n", Rule::DUPLICATE, 5, 26, "", ""),
        (
            "accounts:\n  groups:\n    - {name: a, gid: 1}\n    - {name: a, gid: 1}\n",
            Rule::DUPLICATE,
            8,
            14,
            "",
            "",
        ),
        (
            "accounts:\n  users:\n    - {name: a, uid: 1, gid: 1}\n    - {name: a, uid: 2, gid: 1}\n",
            Rule::CONFLICT,
            8,
            14,
            "",
            "",
        ),
        ("accounts: [a]\n", Rule::WRONG_TYPE, 5, 11, "", "`accounts`: expected a mapping, found a list"),
        ("cmd: {a: b}\n", Rule::WRONG_TYPE, 5, 6, "", "`cmd`: expected a list, found a mapping"),
        (
            "variant: x\n",
            Rule::UNKNOWN_VALUE,
            5,
            10,
            "",
            "`variant`: `x` is unknown, expected `dev`, `runtime` or `helm`",
        ),
        (
            "flavor: 3.10\n",
            Rule::AMBIGUOUS_SCALAR,
            5,
            9,
            "\"3.10\"",
            "`flavor`: `3.10` is a number for YAML readers: quote it as `\"3.10\"`",
        ),
        (
            "flavor:\n",
            Rule::AMBIGUOUS_SCALAR,
            5,
            1,
            ": \"\"",
            "`flavor` has no value, expected a text: quote an empty one as `\"\"`",
        ),
        (
            "ports: [\"0\"]\n",
            Rule::INVALID_VALUE,
            5,
            9,
            "",
            "`ports`: `0` is no port: ports are numbers from 1 to 65535",
        ),
        (
            "accounts: {root: {}}\n",
            Rule::WRONG_TYPE,
            5,
            18,
            "",
            "`root`: expected `true` or `false`, found a mapping",
        ),
        (
            "paths: [{type: file, path: /a, uid: 010}]\n",
            Rule::AMBIGUOUS_SCALAR,
            5,
            37,
            "",
            "`uid`: expected a whole number in decimal digits, found `010`",
        ),
        // Values that cannot work.
        (
            "stop-signal: SIGTREM\n",
            Rule::INVALID_VALUE,
            5,
            14,
            "SIGTERM",
            "`stop-signal`: `SIGTREM` is no signal: expected a name such as `SIGTERM`, or a number from 1 to 64",
        ),
        ("stop-signal: \"65\"\n", Rule::INVALID_VALUE, 5, 14, "", ""),
        (
            "environment:\n  \"\": x\n",
            Rule::INVALID_VALUE,
            6,
            3,
            "",
            "`` is no name of an environment variable",
        ),
        ("environment:\n  \"A\\0\": x\n", Rule::INVALID_VALUE, 6, 3, "", ""),
        ("paths:\n  - {type: file, path: /a, content: b, source: c}\n", Rule::CONFLICT, 6, 40, "", ""),
        (
            "tests:\n  - {exit-code: -5}\n",
            Rule::INVALID_VALUE,
            6,
            17,
            "",
            "`exit-code`: expected a number from 0 to 255",
        ),
        ("tests:\n  - {exit-code: 256}\n", Rule::INVALID_VALUE, 6, 17, "", ""),
        ("tests:\n  - {exit-code: 0, timeout: -1}\n", Rule::INVALID_VALUE, 6, 29, "", ""),
        (
            "accounts:\n  users:\n    - {name: a, uid: 4294967296, gid: 1}\n",
            Rule::INVALID_VALUE,
            7,
            22,
            "",
            "",
        ),
        // A misspelled key is not missing too.
        ("# syntax=dhi.io/build:2-debian13\nIMAGE: a\ntags: [v1]\n", Rule::UNKNOWN_KEY, 2, 1, "image", ""),
    ];
    let mut all = Vec::new();
    let mut add = |snippet: String, rule, line, column, suggested: &str, message| {
        all.push(WrongFile { snippet, rule, line, column, suggested: suggested.to_owned(), message });
    };
    for (snippet, rule, line, column, suggested, message) in files {
        add((*snippet).to_owned(), *rule, *line, *column, suggested, message);
    }
    let upper = format!("sha256:{}", "AB".repeat(32));
    let lower = upper.to_ascii_lowercase();
    // A commit of digits alone.
    let digits = "12".repeat(20);
    let quoted = format!("\"{digits}\"");
    for (line, rule, column, text) in [
        ("secret-ref: a", Rule::OLD_KEY, 7, "secret-id"),
        ("checksum: md5:1234", Rule::INVALID_VALUE, 17, ""),
        (&*format!("checksum: {upper}"), Rule::INVALID_VALUE, 17, lower.as_str()),
        (&*format!("checksum: {digits}"), Rule::AMBIGUOUS_SCALAR, 17, quoted.as_str()),
        ("mode: 755", Rule::AMBIGUOUS_SCALAR, 13, "\"755\""),
        ("user: root", Rule::UNKNOWN_KEY, 7, ""),
    ] {
        add(format!("{FILE}      {line}\n"), rule, 9, column, text, "");
    }
    for (step, rule, line, column, text) in [
        ("name: a", Rule::MISSING_KEY, 9, 11, ""),
        ("run: make", Rule::UNKNOWN_KEY, 9, 11, "runs"),
        ("uses: go/build@1", Rule::INVALID_VALUE, 9, 17, "go/build@v1"),
        ("uses: Go Build", Rule::INVALID_VALUE, 9, 17, ""),
        ("runs: [make, test]", Rule::WRONG_TYPE, 9, 17, ""),
        ("{runs: make, env: {A: b}}", Rule::OLD_KEY, 9, 24, "environment"),
        ("{runs: make, env: {A: b}, environment: {A: b}}", Rule::CONFLICT, 9, 24, ""),
        ("{uses: go/build@v1, with: [a]}", Rule::WRONG_TYPE, 9, 37, ""),
        ("{uses: spdx@v1, with: {version: 1.10}}", Rule::AMBIGUOUS_SCALAR, 9, 43, "\"1.10\""),
        ("{uses: spdx@v1, with: {version: 11}}", Rule::AMBIGUOUS_SCALAR, 9, 43, "\"11\""),
        ("{uses: spdx@v1, with: {strip: 0_8}}", Rule::AMBIGUOUS_SCALAR, 9, 41, "\"0_8\""),
        ("{uses: spdx@v1, with: {strip: yes}}", Rule::AMBIGUOUS_SCALAR, 9, 41, "\"yes\""),
        ("{uses: spdx@v1, with: {on: a}}", Rule::AMBIGUOUS_SCALAR, 9, 34, "\"on\""),
        ("{runs: make, privileged: 1}", Rule::WRONG_TYPE, 9, 36, ""),
        ("{runs: make, secrets: [{id: a}]}", Rule::MISSING_KEY, 9, 35, ""),
        ("{runs: make, secrets: [{id: a, env: A=B}]}", Rule::INVALID_VALUE, 9, 47, ""),
        ("use: go/build@v1", Rule::UNKNOWN_KEY, 9, 11, "uses"),
        ("{runs: make, caches: [{path: /a, sharing: lock}]}", Rule::UNKNOWN_VALUE, 9, 53, "locked"),
    ] {
        add(format!("{STEP}        - {step}\n"), rule, line, column, text, "");
    }
    all
}

#[test]
fn each_wrong_file_has_its_finding() {
    let files = wrong_files();
    assert!(files.len() >= 60, "{}", files.len());
    let mut wrong = Vec::new();
    for WrongFile { snippet, rule, line, column, suggested: text, message } in files {
        let source = whole(&snippet);
        let found = read(&source, "x.yaml").unwrap().findings;
        let Some(first) = found.iter().find(|finding| finding.rule == rule) else {
            wrong.push(format!("{snippet}: no {rule}, found {found:?}"));
            continue;
        };
        let at = LineIndex::new(&source).position(first.range.start);
        let suggested =
            first.suggestion.as_ref().map(|suggestion| suggestion.text.as_str()).unwrap_or_default();
        if (at.line, at.column, suggested) != (line, column, text.as_str()) {
            wrong.push(format!("{snippet}: {}:{} `{suggested}` {}", at.line, at.column, first.message));
        }
        if !message.is_empty() && first.message != message {
            wrong.push(format!("{snippet}: message {:?}", first.message));
        }
        if first.message.is_empty() || first.message.ends_with('.') || first.message.contains('\n') {
            wrong.push(format!("{snippet}: message {:?}", first.message));
        }
        if found.iter().any(|other| other.rule != rule && other.severity == Severity::Error) {
            wrong.push(format!("{snippet}: also {found:?}"));
        }
        // What is suggested is accepted.
        if let Some(suggestion) = &first.suggestion {
            let mut mended = source.clone();
            mended.replace_range(suggestion.range.clone(), &suggestion.text);
            let left = read(&mended, "x.yaml").map(|read| read.findings.len());
            if left.as_ref().ok() != Some(&(found.len() - 1)) {
                wrong.push(format!("{snippet}: after the suggestion {left:?}\n{mended}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
