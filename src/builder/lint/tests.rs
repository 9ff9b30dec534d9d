//! Each rule has a definition that it finds something in, and a similar one in which it does not.

use std::collections::BTreeSet;

use jiff::civil::date;

use super::catalogue::rule_text;
use super::*;
use crate::builder::definition::{Finding, Rule, Severity};
use crate::builder::platform::{Loader, complete};
use crate::diagnostic::ToDiagnostic as _;

/// A definition in which no rule finds anything.
const IMAGE: &str = include_str!("tests/image.yaml");

/// Turns it into that of a dev image.
const DEV: &[(&str, &str)] = &[
    ("variant: runtime", "variant: dev"),
    ("- 1.2.3\n", "- 1.2.3-dev\n"),
    ("- base-files\n", "- apt\n    - base-files\n"),
    ("run-as: example", "run-as: root\n  root: true"),
];

struct Repository;

impl Loader for Repository {
    fn load(&self, _: &str) -> Result<String, String> {
        Err("it does not exist".to_owned())
    }
}

fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(IMAGE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not in the definition");
        text.replacen(from, to, 1)
    })
}

fn known() -> SourceFiles {
    SourceFiles::Known(BTreeSet::from(["image/example/config/example.conf".to_owned()]))
}

fn findings_with(text: &str, sources: SourceFiles, tags: &mut TagOwners, file: &str) -> Vec<Finding> {
    let complete = complete(file, text, &Repository).unwrap();
    let surroundings = Surroundings { file, today: date(2026, 11, 30), sources };
    let results = check(&complete, &surroundings, tags).unwrap();
    results.into_iter().flat_map(|result| result.findings).collect()
}

fn findings(text: &str) -> Vec<Finding> {
    findings_with(text, known(), &mut TagOwners::default(), "image/example/debian-13/1.yaml")
}

type Edits = &'static [(&'static str, &'static str)];

/// A rule, edits after which it finds something, and edits after which it does not.
#[rustfmt::skip]
const RULES_WITH_EDITS: &[(Rule, Edits, Edits)] = &[
    (Rule::IMAGE_DIRECTORY, &[("image: dhi.io/example", "image: dhi.io/other")], &[("image: dhi.io/example", "image: registry.example.com/team/example")]),
    (Rule::DEV_TAG, &[("variant: runtime", "variant: dev")], DEV),
    (Rule::END_OF_LIFE, &[("2030-01-01", "2026-11-29")], &[("2030-01-01", "2026-11-30")]),
    (Rule::NO_END_OF_LIFE, &[("  end-of-life: \"2030-01-01\"\n", "")], &[("dhi.io/example", "dhi.io/pkg-example"), ("  end-of-life: \"2030-01-01\"\n", "")]),
    (Rule::DATE_ORDER, &[("release: \"2026-01-01\"", "release: \"2030-01-02\"")], &[("release: \"2026-01-01\"", "release: \"2030-01-01\"")]),
    (Rule::NO_ANNOTATION, &[("  org.opencontainers.image.licenses: Apache-2.0\n", "")], &[("Apache-2.0", "MIT")]),
    (Rule::NO_ENTRYPOINT, &[("entrypoint:\n  - /usr/bin/example\n", "")], &[("entrypoint:", "cmd:")]),
    (Rule::OTHER_DISTRIBUTION, &[("version-id: \"13\"", "version-id: \"12\"")], &[("build:2-debian13", "build:2-debian13-dev")]),
    (Rule::FILE_WITHOUT_CHECKSUM, &[("      checksum: sha256:1111111111111111111111111111111111111111111111111111111111111111\n", "")], &[("https://example.com/tool", "https://example.com/other")]),
    (Rule::FILE_WITHOUT_CHECKSUM, &[("https://example.com/tool\n      checksum: sha256:1111111111111111111111111111111111111111111111111111111111111111\n", "https://example.com/tool-${MACHINE}\n")], &[("https://example.com/tool", "https://example.com/tool-${MACHINE}")]),
    (Rule::CHECKSUM_FILE, &[("checksum: sha256:1111111111111111111111111111111111111111111111111111111111111111", "checksum: https://example.com/tool.sha256")], &[("https://example.com/tool", "https://example.com/tool.sha256")]),
    (Rule::MOVING_REVISION, &[("            checksum: a222222222222222222222222222222222222222\n", "")], &[("#v1.2.3", "#a222222222222222222222222222222222222222"), ("            checksum: a222222222222222222222222222222222222222\n", "")]),
    (Rule::PLAIN_HTTP_FILE, &[("https://example.com/tool", "http://example.com/tool")], &[("https://example.com/tool", "https://example.com/http")]),
    (Rule::UNPINNED_IMAGE, &[("name: dhi.io/static:1@sha256:3333333333333333333333333333333333333333333333333333333333333333", "name: dhi.io/static:1")], &[("uses: go/build@v1", "uses: dhi/build-pkg:0")]),
    (Rule::UNPINNED_IMAGE, &[("uses: dhi.io/golang:1@sha256:4444444444444444444444444444444444444444444444444444444444444444", "uses: dhi.io/golang:1")], &[]),
    (Rule::NO_KEYRING, &[("  keyring:\n    - https://dhi.io/keyring/main.key\n", "")], &[("  keyring:\n    - https://dhi.io/keyring/main.key\n", ""), ("http://dhi.io/deb", "https://repo.example.com/deb")]),
    (Rule::NO_SIGNED_BY, &[("deb [signed-by=/usr/share/keyrings/main.gpg] http", "deb http")], &[]),
    (Rule::PLAIN_HTTP_REPOSITORY, &[("http://dhi.io/deb", "http://repo.example.com/deb")], &[("http://dhi.io/deb", "https://repo.example.com/deb")]),
    (Rule::PLAIN_HTTP_KEY, &[("https://dhi.io/keyring", "http://dhi.io/keyring")], &[("https://dhi.io/keyring", "https://example.com/http:")]),
    (Rule::DUPLICATE_REPOSITORY, &[("  keyring:\n", "    - deb [signed-by=/usr/share/keyrings/main.gpg] http://dhi.io/deb/debian/main trixie main\n  keyring:\n")], &[("  keyring:\n", "    - deb [signed-by=/usr/share/keyrings/main.gpg] http://dhi.io/deb/debian/main trixie extra\n  keyring:\n")]),
    (Rule::PACKAGE_AND_EXCLUSION, &[("- base-files\n", "- base-files\n    - '!base-files'\n")], &[("- base-files\n", "- base-files\n    - '!mawk'\n")]),
    (Rule::DUPLICATE_PACKAGE, &[("- base-files\n", "- base-files\n    - base-files=13\n")], &[("- base-files\n", "- base-files\n    - '!base-files'\n")]),
    (Rule::RUNTIME_SHELL, &[("- base-files\n", "- bash\n    - base-files\n")], &[("variant: runtime", "variant: runtime\nflavor: debug"), ("- base-files\n", "- bash\n    - base-files\n")]),
    (Rule::RUNTIME_PACKAGE_MANAGER, &[("- base-files\n", "- apt\n    - base-files\n")], &[("- base-files\n", "- '!apt'\n    - base-files\n")]),
    (Rule::DEV_PACKAGE_MANAGER, &[("variant: runtime", "variant: dev")], DEV),
    (Rule::DUPLICATE_STAGE, &[("    - name: build\n", "    - name: build\n      attestations:\n        - predicate-type: https://example.com/v1\n          source: /x\n    - name: build\n")], &[("    - name: build\n", "    - name: other\n      attestations:\n        - predicate-type: https://example.com/v1\n          source: /x\n    - name: build\n")]),
    (Rule::DUPLICATE_STAGE, &[("    - name: build\n", "    - name: build\n      matrix:\n        - {name: a, items: {A: b}}\n        - {name: a, items: {A: c}}\n")], &[("    - name: build\n", "    - name: build ${matrix.A}\n      matrix:\n        - {name: a, items: {A: b}}\n        - {name: a, items: {A: c}}\n")]),
    (Rule::REPEATED_TARGET, &[("      outputs:\n", "      outputs:\n        - source: /a\n          target: /usr/bin/example/\n          uid: 0\n          gid: 0\n")], &[("      outputs:\n", "      outputs:\n        - source: /a\n          target: /usr/bin/other\n          uid: 0\n          gid: 0\n")]),
    (Rule::NO_OUTPUTS, &[("    - name: build\n", "    - name: other\n    - name: build\n")], &[("dhi.io/example", "dhi.io/pkg-example"), ("    - name: build\n", "    - name: other\n    - name: build\n")]),
    (Rule::ERRORS_IGNORED, &[("set -eux -o pipefail", "set -ux -o pipefail")], &[("set -eux -o pipefail", "set -euo pipefail")]),
    (Rule::ERRORS_IGNORED, &[("set -eux -o pipefail", "set -e")], &[("set -eux -o pipefail\n            ls | wc", "make")]),
    (Rule::NO_NETWORK, &[("ls | wc", "curl -fsSLO https://example.com/x")], &[("ls | wc", "curl --version | wc")]),
    (Rule::NO_NETWORK, &[("ls | wc", "apt-get -y install make")], &[("          runs:", "          privileged: true\n          runs:"), ("ls | wc", "apt-get install make")]),
    (Rule::REQUIRED_SECRET, &[("          runs:", "          secrets:\n            - id: token\n              env: TOKEN\n          runs:")], &[("          runs:", "          secrets:\n            - id: token\n              env: TOKEN\n              optional: true\n          runs:")]),
    (Rule::UNKNOWN_ACTION, &[("go/build@v1", "go/biuld@v1")], &[("go/build@v1", "helm/logout@v1")]),
    (Rule::UNKNOWN_PARAMETER, &[("            output:", "            outputs:")], &[("            output:", "            tidy: true\n            output:")]),
    (Rule::ARGUMENTS_WITHOUT_ACTION, &[("          runs:", "          with:\n            a: b\n          runs:")], &[]),
    (Rule::RELATIVE_PATH, &[("path: /var/lib/example", "path: var/lib/example")], &[("path: /var/lib/example", "path: ${source.dir}/example")]),
    (Rule::RELATIVE_PATH, &[("path: /var/lib/example", "path: ${MACHINE}/example")], &[("path: /var/lib/example", "path: /var/${MACHINE}/example")]),
    (Rule::RELATIVE_PATH, &[("environment:\n", "work-dir: var\nenvironment:\n")], &[("environment:\n", "work-dir: /var\nenvironment:\n")]),
    (Rule::PARENT_PATH, &[("path: /var/lib/example", "path: /var/lib/../example")], &[("path: /var/lib/example", "path: /var/lib/..example")]),
    (Rule::PARENT_PATH, &[("path: /usr/bin/tool", "path: /usr/bin/..")], &[("source: /usr/bin/example\n", "source: ../lib/example\n")]),
    (Rule::PARENT_PATH, &[("target: /usr/bin/example", "target: /usr/../example")], &[]),
    (Rule::DELETED_ROOT, &[("paths:\n", "paths:\n  - type: delete\n    path: //.\n")], &[("paths:\n", "paths:\n  - type: delete\n    path: /x\n")]),
    (Rule::REPEATED_PATH, &[("path: /var/lib/example", "path: /usr/bin/ex"), ("type: directory", "type: symlink\n    source: /a"), ("    mode: \"0755\"\n  - type: symlink", "  - type: symlink")], &[("type: directory", "type: delete"), ("path: /var/lib/example", "path: /usr/bin/ex")]),
    (Rule::LINK_MODE, &[("    source: /usr/bin/example\n", "    source: /usr/bin/example\n    mode: \"0755\"\n")], &[]),
    (Rule::DIRECTORY_MODE, &[("    gid: 65532\n    mode: \"0755\"\n", "    gid: 65532\n")], &[]),
    (Rule::SHORT_MODE, &[("mode: \"0644\"", "mode: \"644\"")], &[("mode: \"0644\"", "mode: \"0600\"")]),
    (Rule::SET_ID, &[("mode: \"0644\"", "mode: \"4755\"")], &[("mode: \"0644\"", "mode: \"1755\"")]),
    (Rule::WORLD_WRITABLE, &[("mode: \"0644\"", "mode: \"0666\"")], &[("mode: \"0644\"", "mode: \"1777\"")]),
    (Rule::WORLD_WRITABLE, &[("vars:\n", "vars:\n  MODE: \"0666\"\n"), ("mode: \"0644\"", "mode: ${MODE}")], &[("vars:\n", "vars:\n  MODE: \"0644\"\n"), ("mode: \"0644\"", "mode: ${MODE}")]),
    (Rule::ROOT_NOT_DECLARED, &[("run-as: example", "run-as: root")], &[("run-as: example", "run-as: \"0\"")]),
    (Rule::RUN_AS_NOT_DECLARED, &[("run-as: example", "run-as: ${MACHINE}")], &[("vars:\n", "vars:\n  NAME: example\n"), ("    - name: example\n      uid", "    - name: ${NAME}\n      uid")]),
    (Rule::RUN_AS_NOT_DECLARED, &[("run-as: example", "run-as: exmaple")], &[("run-as: example", "run-as: \"1000:1000\"")]),
    (Rule::RUNS_AS_ROOT, &[("run-as: example", "run-as: root\n  root: true")], &[("run-as: example", "run-as: root\n  root: true"), ("annotations:", "annotations:\n  com.docker.dhi.runtime-root-required: \"true\"")]),
    (Rule::RUNS_AS_ROOT, &[("  run-as: example\n", "")], &[("run-as: example", "run-as: ${MACHINE}")]),
    (Rule::RUNS_AS_ROOT, &[("      uid: 65532\n      gid: 65532\n  groups", "      uid: 0\n      gid: 65532\n  groups")], &[("run-as: example", "run-as: example:0")]),
    (Rule::RUNS_AS_ROOT, &[("run-as: example", "run-as: \"00:1000\"")], &[("run-as: example", "run-as: \"1000:0\"")]),
    (Rule::RUNS_AS_ROOT, &[("vars:\n", "vars:\n  NAME: root\n"), ("run-as: example", "run-as: \"${NAME}\"\n  root: true")], &[("vars:\n", "vars:\n  NAME: example\n"), ("run-as: example", "run-as: \"${NAME}\"")]),
    (Rule::DEV_RUNS_AS_USER, &[("variant: runtime", "variant: dev")], DEV),
    (Rule::UNDECLARED_GROUP, &[("      gid: 65532\n  groups", "      gid: 1000\n  groups")], &[("      gid: 65532\n  groups", "      gid: 0\n  groups")]),
    (Rule::UNDECLARED_MEMBER, &[("        - example\nos-release", "        - nonroot\nos-release")], &[("        - example\nos-release", "        - root\nos-release")]),
    (Rule::SHARED_ID, &[("  groups:\n", "    - name: other\n      uid: 65532\n      gid: 65532\n  groups:\n")], &[("  groups:\n", "    - name: other\n      uid: 65533\n      gid: 65532\n  groups:\n")]),
    (Rule::SHARED_ID, &[("  groups:\n", "  groups:\n    - name: other\n      gid: 65532\n")], &[("  groups:\n", "  groups:\n    - name: other\n      gid: 65533\n")]),
    (Rule::SHARED_ID, &[("  run-as: example\n", "  root: true\n  run-as: example\n"), ("      uid: 65532\n", "      uid: 0\n")], &[("      uid: 65532\n", "      uid: 0\n")]),
    (Rule::PRIVILEGED_PORT, &[("- 8080/tcp", "- \"80-90\"")], &[("- 8080/tcp", "- \"80\""), ("run-as: example", "run-as: root\n  root: true")]),
    (Rule::PRIVILEGED_PORT, &[("vars:\n", "vars:\n  PORT: \"80\"\n"), ("- 8080/tcp", "- ${PORT}")], &[("vars:\n", "vars:\n  PORT: \"8081\"\n"), ("- 8080/tcp", "- ${PORT}")]),
    (Rule::TEMPLATE, &[("target.arch == \"amd64\"", "target.arhc == \"amd64\"")], &[("target.arch == \"amd64\"", "target.arch != \"amd64\"")]),
    (Rule::UNRESOLVED_NAME, &[("${MACHINE}/lib", "${MACHNIE}/lib")], &[("ls | wc", "ls \"${HOME}\" | wc")]),
    (Rule::UNRESOLVED_NAME, &[("ls | wc", "ls ${source.idr} | wc")], &[("ls | wc", "ls ${project.version} ${x:-y} | wc")]),
    (Rule::UNRESOLVED_NAME, &[("ls | wc", "ls \"${MACHNIE}\" | wc")], &[("ls | wc", "MACHNIE=x; ls \"${MACHNIE}\" \"${machine}\" | wc")]),
    (Rule::UNRESOLVED_NAME, &[("ls | wc", "ls \"${MACHNIE}\" | wc")], &[("        - name: check\n", "        - name: check\n          environment:\n            MACHNIE: x\n"), ("ls | wc", "ls \"${MACHNIE}\" | wc")]),
    (Rule::UNCLOSED_REFERENCE, &[("usr/${MACHINE}/lib", "usr/${MACHINE/lib")], &[("LANG: C.UTF-8", "LANG: ${LANG:-${x}}")]),
    (Rule::UNCLOSED_REFERENCE, &[("LANG: C.UTF-8", "LANG: ${LANG")], &[("LANG: C.UTF-8", "LANG: ${"), ("ls | wc", "ls \\${x | wc")]),
    (Rule::UNCLOSED_REFERENCE, &[("ls | wc", "ls ${x | wc")], &[("ls | wc", "ls \"${x%\\}}\" ${y:-${z}} | wc")]),
    (Rule::FIXED_COMPARISON, &[("target.arch == \"amd64\"", "target.arch == \"x86_64\"")], &[("target.arch == \"amd64\"", "target.arch == \"arm64\"")]),
    (Rule::FIXED_COMPARISON, &[("  - type: directory\n", "  - type: directory\n    if: '\"aarch64\" != target.arch'\n")], &[("  - type: directory\n", "  - type: directory\n    if: target.dev || target.flavor == \"x86_64\"\n")]),
    (Rule::FIXED_COMPARISON, &[("LANG: C.UTF-8", "LANG: '#{ \"${target.arch}\" == \"\" ? \"a\" : \"b\" }'")], &[("LANG: C.UTF-8", "LANG: '#{ \"a-${target.arch}\" == \"a-x\" ? \"a\" : \"b\" }'")]),
    (Rule::MISSING_SOURCE, &[("config/example.conf", "config/exmaple.conf")], &[]),
    (Rule::SOURCE_OUTSIDE, &[("image/example/config", "../example/config")], &[("image/example/config/example.conf", "image/example/config/${MACHINE}.conf")]),
];

#[test]
fn no_rule_finds_anything_in_a_careful_definition() {
    assert_eq!(findings(IMAGE), []);
    assert_eq!(findings(&edited(DEV)), []);
}

#[test]
fn each_rule_finds_what_it_is_for_and_not_what_is_similar() {
    for (rule, hit, miss) in RULES_WITH_EDITS {
        let found = findings(&edited(hit));
        let hits: Vec<&Finding> = found.iter().filter(|finding| finding.rule == *rule).collect();
        assert!(!hits.is_empty(), "{rule} does not find {hit:?}: {found:?}");
        let severities = rule_text(*rule).unwrap().severities;
        for finding in hits {
            assert!(severities.contains(&finding.severity), "{finding:?}");
        }
        let found = findings(&edited(miss));
        assert!(found.iter().all(|finding| finding.rule != *rule), "{rule} finds {miss:?}: {found:?}");
    }
}

#[test]
fn every_rule_is_explained_and_has_an_example() {
    let texts: Vec<Rule> = rule_texts().iter().map(|text| text.rule).collect();
    let all: BTreeSet<Rule> = [crate::builder::definition::RULES, crate::builder::platform::RULES, RULES]
        .concat()
        .into_iter()
        .collect();
    assert_eq!(texts.iter().copied().collect::<BTreeSet<_>>(), all);
    assert_eq!(texts.len(), all.len(), "a rule is explained twice");
    let with_example: BTreeSet<Rule> = RULES_WITH_EDITS.iter().map(|(rule, ..)| *rule).collect();
    // Their tests are below, or those of the command.
    let others = [Rule::TAG_REUSED, Rule::UNREADABLE];
    for rule in RULES.iter().filter(|rule| !others.contains(rule)) {
        assert!(with_example.contains(rule), "{rule} has no example");
    }
    for text in rule_texts() {
        assert!(text.rule.as_str().starts_with("definition/"), "{}", text.rule);
        assert!(text.why.ends_with('.') && text.action.ends_with('.'), "{}", text.rule);
    }
}

#[test]
fn a_mistake_is_reported_without_its_consequences() {
    for (from, to, rule) in [
        ("entrypoint:", "entrypiont:", Rule::UNKNOWN_KEY),
        ("accounts:\n", "acounts:\n", Rule::UNKNOWN_KEY),
        ("  run-as:", "  runas:", Rule::UNKNOWN_KEY),
        ("      uid: 65532\n", "      uid: -1\n", Rule::INVALID_VALUE),
        ("annotations:\n", "anotations:\n", Rule::UNKNOWN_KEY),
        ("dates:\n", "date:\n", Rule::UNKNOWN_KEY),
        ("  end-of-life:", "  end-of-lief:", Rule::UNKNOWN_KEY),
        ("vars:\n", "var:\n", Rule::UNKNOWN_KEY),
        ("  keyring:\n", "  keyrings:\n", Rule::UNKNOWN_KEY),
        ("      outputs:\n", "      output:\n", Rule::UNKNOWN_KEY),
    ] {
        let found = findings(&edited(&[(from, to)]));
        let rules: Vec<Rule> = found.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, [rule], "{to}: {found:?}");
    }
    let expression = [("vars:\n", "var:\n"), ("LANG: C.UTF-8", "LANG: '#{ definition.vars.MACHINE }'")];
    let found = findings(&edited(&expression));
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [Rule::UNKNOWN_KEY]);
}

#[test]
fn suggestions_replace_what_is_wrong() {
    for (hit, range, text) in [
        (&[("run-as: example", "run-as: exmaple")], "exmaple", "example"),
        (&[("go/build@v1", "go/build@v3")], "go/build@v3", "go/build@v1"),
        (&[("            output:", "            outptu:")], "outptu", "output"),
        (&[("mode: \"0644\"", "mode: \"644\"")], "\"644\"", "\"0644\""),
        (&[("${MACHINE}/lib", "${MACHNIE}/lib")], "${MACHNIE}", "${MACHINE}"),
        (&[("ls | wc", "ls ${MACHNIE} | wc")], "${MACHNIE}", "${MACHINE}"),
        (&[("usr/${MACHINE}/lib", "usr/${MACHINE/lib")], "${MACHINE", "${MACHINE}"),
        (&[("target.arch == \"amd64\"", "target.arch == \"x86_64\"")], "x86_64", "amd64"),
        (&[("run-as: example", "run-as: 'exmaple'")], "'exmaple'", "'example'"),
        (&[("mode: \"0644\"", "mode: 644")], "644", "\"644\""),
        (
            &[("config/example.conf", "config/exmaple.conf")],
            "image/example/config/exmaple.conf",
            "image/example/config/example.conf",
        ),
    ] {
        let written = edited(hit);
        let found = findings(&written);
        let suggestions: Vec<_> = found.iter().filter_map(|finding| finding.suggestion.as_ref()).collect();
        let shown: Vec<_> =
            suggestions.iter().map(|one| (&written[one.range.clone()], one.text.as_str())).collect();
        assert_eq!(shown, [(range, text)], "{found:?}");
    }
}

#[test]
fn unreadable_yaml_has_its_place() {
    for (text, marked) in [
        ("a:\n  b: 1\n  b: 2  \n", "b: 2"),
        ("a: b\nc: é\u{85}x\n", "\u{85}x"),
        ("# syntax=dhi.io/build:2-debian13\n", "# syntax=dhi.io/build:2-debian13"),
        ("", ""),
    ] {
        let error = complete("x.yaml", text, &Repository).unwrap_err();
        let result = FileResult::unreadable("x.yaml".to_owned(), text.to_owned(), &error);
        let found: Vec<(Rule, &str)> =
            result.findings.iter().map(|finding| (finding.rule, &text[finding.range.clone()])).collect();
        assert_eq!(found, [(Rule::UNREADABLE, marked)], "{text:?}");
        assert_eq!(error.code().as_str(), Rule::UNREADABLE.as_str());
    }
}

#[test]
fn findings_of_several_platforms_are_reported_once() {
    let found = |edits: &[(&str, &str)]| {
        let found = findings(&edited(edits));
        found.into_iter().map(|finding| (finding.rule, finding.message)).collect::<Vec<_>>()
    };
    let range = [("- 8080/tcp", "- \"80-90\"")];
    assert_eq!(found(&range).len(), 1, "{:?}", found(&range));
    let mode = [("vars:\n", "vars:\n  MODE: \"644\"\n"), ("mode: \"0644\"", "mode: ${MODE}")];
    assert_eq!(found(&mode), [(Rule::SHORT_MODE, "`644` has three digits".to_owned())]);
    // The message has the value, which is another one on each platform.
    let user = [("run-as: example", "run-as: ${MACHINE}")];
    let messages: Vec<String> = found(&user).into_iter().map(|(_, message)| message).collect();
    assert_eq!(
        messages,
        [
            "the image runs as `aarch64`, and no user has that name",
            "the image runs as `x86_64`, and no user has that name"
        ]
    );
}

#[test]
fn what_a_variable_has_is_not_replaced_where_it_is_used() {
    let mode = edited(&[("vars:\n", "vars:\n  MODE: \"644\"\n"), ("mode: \"0644\"", "mode: ${MODE}")]);
    let found = findings(&mode);
    assert_eq!((found.len(), &found[0].suggestion), (1, &None), "{found:?}");
    assert_eq!(&mode[found[0].range.clone()], "${MODE}");
}

#[test]
fn suggestions_leave_the_text_a_scalar() {
    let suggestions = |edits: &[(&str, &str)]| {
        let found = findings(&edited(edits));
        found.into_iter().filter_map(|finding| finding.suggestion).count()
    };
    // The reference is not written in one piece.
    let escaped = [("usr/${MACHINE}/lib", "\"usr/${M\\x41CHNIE}/lib\"")];
    assert_eq!(suggestions(&escaped), 0);
    let folded = [("run-as: example", "run-as: >-\n    exmaple")];
    assert_eq!(suggestions(&folded), 0);
}

#[test]
fn severities_depend_on_the_place() {
    let severity = |edits: &[(&str, &str)], rule: Rule| {
        let found = findings(&edited(edits));
        found.into_iter().find(|finding| finding.rule == rule).map(|finding| finding.severity)
    };
    let stage = [
        ("git+https://example.com/project.git#v1.2.3", "https://example.com/x"),
        ("            checksum: a222222222222222222222222222222222222222\n", ""),
    ];
    assert_eq!(severity(&stage, Rule::FILE_WITHOUT_CHECKSUM), Some(Severity::Note));
    let passed = [("LANG: C.UTF-8", "LANG: ${LOCALE}")];
    assert_eq!(severity(&passed, Rule::UNRESOLVED_NAME), Some(Severity::Note));
    let misspelled = [("LANG: C.UTF-8", "LANG: ${MACHNIE}")];
    assert_eq!(severity(&misspelled, Rule::UNRESOLVED_NAME), Some(Severity::Warning));
    let alpine =
        [("build:2-debian13", "build:2-alpine3.23"), ("id: debian", "id: alpine"), ("\"13\"", "\"3.24\"")];
    assert_eq!(severity(&alpine, Rule::OTHER_DISTRIBUTION), Some(Severity::Note));
    let missing = edited(&[("config/example.conf", "config/none.conf")]);
    let guessed = SourceFiles::Guessed(BTreeSet::new());
    let found = findings_with(&missing, guessed, &mut TagOwners::default(), "x.yaml");
    assert_eq!(
        found.iter().map(|finding| (finding.rule, finding.severity)).collect::<Vec<_>>(),
        [(Rule::MISSING_SOURCE, Severity::Note)]
    );
    assert_eq!(findings_with(&missing, SourceFiles::Unknown, &mut TagOwners::default(), "-"), []);
}

#[test]
fn a_tag_belongs_to_one_definition() {
    let mut tags = TagOwners::default();
    let mut next = |text: &str, file: &str| findings_with(text, SourceFiles::Unknown, &mut tags, file);
    assert_eq!(next(IMAGE, "a.yaml"), []);
    let found = next(IMAGE, "b.yaml");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].rule, &IMAGE[found[0].range.clone()]), (Rule::TAG_REUSED, "1.2.3"));
    assert!(found[0].message.contains("`a.yaml`"), "{}", found[0].message);
    assert_eq!(next(&edited(&[("- 1.2.3", "- 1.2.4")]), "c.yaml"), []);
    assert_eq!(next(&edited(&[("- 1.2.3", "- 1.2.5"), ("  - linux/arm64\n", "")]), "d.yaml"), []);
    assert_eq!(next(&edited(&[("- 1.2.3", "- 1.2.5"), ("  - linux/amd64\n", "")]), "e.yaml"), []);
}

#[test]
fn a_part_of_a_definition_lacks_nothing() {
    let found = findings("accounts:\n  run-as: root\npaths: []\n");
    assert_eq!(found.iter().filter(|finding| finding.severity == Severity::Error).count(), 0, "{found:?}");
}

#[test]
fn findings_are_limited() {
    let paths = "  - type: directory\n    path: x\n    uid: 0\n    gid: 0\n".repeat(5000);
    let found = findings(&edited(&[("annotations:", &format!("{paths}annotations:"))]));
    assert!(found.len() <= limits::LINT_FINDINGS + 10, "{}", found.len());
    assert!(found.iter().any(|finding| finding.rule == Rule::TOO_MANY));
}
