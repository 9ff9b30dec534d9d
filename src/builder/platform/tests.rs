use super::*;
use crate::builder::definition::{Keyword, Rule, Severity, TargetPlatform};
use std::collections::BTreeMap;

/// Included files by their paths.
struct Files(BTreeMap<&'static str, String>);

impl Loader for Files {
    fn load(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "it does not exist".to_owned())
    }
}

fn files(written: &[(&'static str, &str)]) -> Files {
    Files(written.iter().map(|(path, text)| (*path, (*text).to_owned())).collect())
}

const HEAD: &str =
    "# syntax=dhi.io/build:2-debian13\n\nname: App\nimage: example.com/app\ntags:\n  - \"1.0\"\n";

/// A definition with this text behind the keys that every definition has.
fn with_head(text: &str) -> String {
    format!("{HEAD}{text}")
}

fn completed(text: &str, included: &Files) -> Complete {
    complete("app.yaml", text, included).unwrap()
}

/// The written form, and all errors.
fn resolved(text: &str, platform: TargetPlatform) -> (String, Vec<String>) {
    let complete = completed(text, &files(&[]));
    let resolution = resolve(&complete.definition, &complete.sources, platform).unwrap();
    let all = complete.findings.iter().chain(&resolution.findings);
    let errors = all.filter(|finding| finding.severity == Severity::Error);
    let findings = errors.map(|finding| shown(finding, &complete.sources)).collect();
    let text = render(&resolution.resolved);
    (text, findings)
}

/// A finding as `file:line: text: message`, with the suggestion.
fn shown(finding: &crate::builder::definition::Finding, sources: &Sources) -> String {
    let (file, range) = sources.locate(&finding.range).unwrap();
    let line = file.text[..range.start].matches('\n').count() + 1;
    let marked = &file.text[range];
    let suggestion = finding.suggestion.as_ref().map(|one| format!(" -> {}", one.text)).unwrap_or_default();
    format!("{}:{line}: {marked}: {}{suggestion}", file.name, finding.message)
}

/// The text for amd64, which has no findings, without the head.
fn amd64(text: &str) -> String {
    let (text, findings) = resolved(&with_head(text), TargetPlatform::LinuxAmd64);
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!(resolved(&text, TargetPlatform::LinuxAmd64), (text.clone(), Vec::new()));
    let body = text.strip_prefix(HEAD).unwrap_or_else(|| panic!("{text}"));
    body.strip_prefix("platforms:\n  - linux/amd64\n").unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn errors(text: &str) -> Vec<String> {
    resolved(&with_head(text), TargetPlatform::LinuxAmd64).1
}

#[test]
fn variables_are_replaced_everywhere_but_in_names() {
    let text = "\
vars:
  ARCH: '#{ target.arch == \"amd64\" ? \"x86_64\" : \"aarch64\" }'
  KEPT: ${JAVA_HOME}/x
  URL: https://example.com/${ARCH}.tar.gz
contents:
  repositories:
    - deb https://example.com/${ARCH}/ /
  keyring:
    - https://example.com/${ARCH}.key
  packages:
    - tool-${ARCH}
  builds:
    - name: app
      contents:
        files:
          - url: ${URL}
            checksum: https://example.com/${ARCH}.sha256
            path: ${source.dir}/${ARCH}
            uid: 0
            gid: 0
      pipeline:
        - environment:
            CFLAGS: '#{ target.dev ? \"-g\" : \"-O2\" }'
          runs: |
            echo \"${ARCH} ${other} ${i%%x} #{ruby} ${target.arch} ${target.flavor}\"
        - uses: go/build@v1
          with:
            cgo_enabled: 0
            ldflags:
              - '-X main.arch=${ARCH} #{ruby}'
            output: ${target.dir}/${ARCH}
            version: 1.10
environment:
  LD_LIBRARY_PATH: /usr/lib/${ARCH}:${LD_LIBRARY_PATH}
paths:
  - type: file
    path: /etc/${ARCH}
    content: |
      ${ARCH} ${HOME:-/root} #{x}
    uid: 0
    gid: 0
annotations:
  ${ARCH}: ${ARCH}
";
    let written = amd64(text);
    for (part, replaced) in [
        ("'#{ target.arch == \"amd64\" ? \"x86_64\" : \"aarch64\" }'", "x86_64"),
        ("'#{ target.dev ? \"-g\" : \"-O2\" }'", "-O2"),
        ("  URL: https://example.com/${ARCH}.tar.gz", "  URL: https://example.com/x86_64.tar.gz"),
        ("url: ${URL}", "url: https://example.com/x86_64.tar.gz"),
    ] {
        assert!(text.contains(part), "{part}");
        assert!(written.contains(replaced), "{replaced}\n{written}");
    }
    let expected = text
        .replace("'#{ target.arch == \"amd64\" ? \"x86_64\" : \"aarch64\" }'", "x86_64")
        .replace("'#{ target.dev ? \"-g\" : \"-O2\" }'", "-O2")
        .replace("${URL}", "https://example.com/x86_64.tar.gz")
        .replace("${ARCH}:", "${KEY}:")
        .replace("lib/${KEY}:", "lib/${ARCH}:")
        .replace("${ARCH}", "x86_64")
        .replace("${KEY}", "${ARCH}")
        .replace("${target.arch} ${target.flavor}", "amd64 ");
    assert_eq!(written, expected);
}

#[test]
fn platforms_and_conditions_select_entries() {
    let text = "\
vars:
  HAS_MODULES: \"true\"
contents:
  files:
    - url: https://example.com/amd64
      path: /a
      platforms:
        - linux/amd64
    - url: https://example.com/arm64
      path: /a
      platforms:
        - linux/arm64
    - url: https://example.com/modules
      if: definition.vars.HAS_MODULES == \"true\"
      path: /b
  builds:
    - name: one
      if: target.dev
      pipeline:
        - runs: |
            #{ nothing }
            ${unused}
    - name: two
      pipeline:
        - name: kept
          secrets:
            - id: a
              if: ${HAS_MODULES}
              env: A
            - id: b
              if: \"false\"
              env: B
          runs: \"true \"
        - name: dropped
          if: target.arch != \"amd64\"
          runs: \"false \"
      outputs:
        - source: /a
          target: /a
          if: '#{ target.arch == \"amd64\" }'
        - source: /b
          target: /b
          if: '!(target.arch == \"amd64\")'
      attestations:
        - if: target.fips
          predicate-type: https://example.com/v1
          source: /c
  artifacts:
    - name: dhi.io/a:1@sha256:0000000000000000000000000000000000000000000000000000000000000000
      if: \"true\"
    - name: dhi.io/b:1@sha256:0000000000000000000000000000000000000000000000000000000000000000
      if: target.flavor == \"fpm\"
paths:
  - type: directory
    path: /d
    platforms:
      - linux/arm64
  - type: directory
    path: /e
    if: target.arch == \"amd64\"
";
    let written = "\
vars:
  HAS_MODULES: \"true\"
contents:
  files:
    - url: https://example.com/amd64
      path: /a
    - url: https://example.com/modules
      path: /b
  builds:
    - name: two
      pipeline:
        - name: kept
          secrets:
            - id: a
              env: A
          runs: 'true '
      outputs:
        - source: /a
          target: /a
  artifacts:
    - name: dhi.io/a:1@sha256:0000000000000000000000000000000000000000000000000000000000000000
paths:
  - type: directory
    path: /e
";
    assert_eq!(amd64(text), written);
}

#[test]
fn a_matrix_makes_one_stage_of_each_row() {
    let text = "\
vars:
  MINOR: \"10\"
contents:
  builds:
    - name: abuild
      matrix:
        - name: \"3.10\"
          items:
            PYTHON_VERSION: 3.${MINOR}.0
        - name: \"3.11\"
          items:
            PYTHON_VERSION: 3.11.0
      if: matrix.PYTHON_VERSION != \"\"
      contents:
        packages:
          - py${matrix.PYTHON_VERSION}-wheel
      pipeline:
        - uses: abuild/build@v1
          environment:
            PYTHON_VERSION: ${matrix.PYTHON_VERSION}
    - name: last ${matrix.PYTHON_VERSION}
      pipeline:
        - runs: \"true \"
    - name: named ${matrix.A}
      matrix:
        - name: x
          items:
            A: a
      pipeline:
        - runs: ${matrix.A}
";
    let stage = |version: &str, full: &str| {
        format!(
            "    - name: abuild {version}
      contents:
        packages:
          - py{full}-wheel
      pipeline:
        - uses: abuild/build@v1
          environment:
            PYTHON_VERSION: {full}
"
        )
    };
    let written = format!(
        "\
vars:
  MINOR: \"10\"
contents:
  builds:
{}{}    - name: last ${{matrix.PYTHON_VERSION}}
      pipeline:
        - runs: 'true '
    - name: named a
      pipeline:
        - runs: a
",
        stage("3.10", "3.10.0"),
        stage("3.11", "3.11.0")
    );
    assert_eq!(amd64(text), written);
}

#[test]
fn accounts_ports_and_tags_are_completed() {
    let text = "\
suffix: -dev
accounts:
  users:
    - name: app
      uid: 1
      gid: 1
  groups:
    - name: app
      gid: 1
ports:
  - \"80\"
  - 80/tcp
  - 4510-4512
  - 4511-4513/udp
";
    let (written, findings) = resolved(&with_head(text), TargetPlatform::LinuxArm64);
    assert!(written.contains("tags:\n  - 1.0-dev\nplatforms:\n  - linux/arm64\n"), "{written}");
    let ports = ["80/tcp", "4510/tcp", "4511/tcp", "4512/tcp", "4511/udp", "4512/udp", "4513/udp"];
    let ports: String = ports.iter().map(|port| format!("  - {port}\n")).collect();
    assert!(written.ends_with(&format!("ports:\n{ports}")), "{written}");
    assert_eq!(findings, Vec::<String>::new());

    let user = |uid: u32| format!("    - name: app\n      uid: {uid}\n      gid: 1\n");
    let accounts = |second: u32| with_head(&format!("accounts:\n  users:\n{}{}", user(1), user(second)));
    let (written, _) = resolved(&accounts(1), TargetPlatform::LinuxAmd64);
    assert_eq!(written.matches("name: app").count(), 1, "{written}");
    let (_, findings) = resolved(&accounts(2), TargetPlatform::LinuxAmd64);
    assert!(
        findings.contains(&"app.yaml:12: app: the user `app` occurs twice, with different values".to_owned()),
        "{findings:?}"
    );
}

#[test]
fn findings_have_the_place_in_the_text() {
    for (text, finding) in [
        (
            "vars:\n  A: '#{ target.arhc }'\n",
            "app.yaml:8: target.arhc: unknown name `target.arhc` -> target.arch",
        ),
        (
            "vars:\n  ABC: a\n  D: b\nenvironment:\n  A: \"x #{ definition.vars.ABD }\"\n",
            "app.yaml:11: definition.vars.ABD: no variable `ABD` in `vars` -> definition.vars.ABC",
        ),
        (
            "paths:\n  - type: directory\n    path: /a\n    if: target.arch = \"amd64\"\n",
            "app.yaml:10: =: `=` is not part of this language -> ==",
        ),
        (
            "paths:\n  - type: directory\n    path: /a\n    if: >-\n      target.arch ==\n      \"amd64\" | true\n",
            "app.yaml:12: |: `|` is not part of this language -> ||",
        ),
        (
            "paths:\n  - type: directory\n    path: /a\n    if: |\n      target.dev | true\n",
            "app.yaml:11: |: `|` is not part of this language -> ||",
        ),
        ("vars:\n  A: ${B}\n  B: ${A}\n", "app.yaml:9: ${A}: variables need each other: `A` → `B` → `A`"),
        (
            "vars:\n  A: x y\ncontents:\n  packages:\n    - a=${A}\n",
            "app.yaml:11: a=${A}: `a=x y` is no package: ",
        ),
        (
            "accounts:\n  run-as: \"4294967296\"\n",
            "app.yaml:8: \"4294967296\": `run-as`: `4294967296` is no number of a user",
        ),
        (
            "vars:\n  U: \"1000:4294967295\"\naccounts:\n  run-as: ${U}\n",
            "app.yaml:10: ${U}: `run-as`: `4294967295` is no number of a user",
        ),
        ("entrypoint: [\"\"]\n", "app.yaml:7: \"\": `entrypoint`: the first text is empty"),
        ("vars:\n  P: \"\"\ncmd:\n  - ${P}\n  - x\n", "app.yaml:10: ${P}: `cmd`: the first text is empty"),
        ("vars:\n  S: SIGFOO\nstop-signal: ${S}\n", "app.yaml:9: ${S}: `SIGFOO` is no signal: "),
        (
            "vars:\n  P: \"70000\"\nports:\n  - ${P}\n",
            "app.yaml:10: ${P}: `70000` is no port: ports are numbers",
        ),
    ] {
        let found = errors(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(finding), "{}\n{finding}", found[0]);
    }
    // A wrong variable is one error, not one for each use.
    let found = errors(
        "vars:\n  A: '#{ x.y }'\n  B: ${A}\nenvironment:\n  C: '#{ definition.vars.A + definition.vars.B }'\n",
    );
    assert_eq!(found, ["app.yaml:8: x.y: unknown name `x.y`"]);
    // Rows of a matrix have one finding in common.
    let step = "        - runs: x\n          if: nothing.here\n";
    let row = |name: &str| format!("        - name: {name}\n          items:\n            V: {name}\n");
    let found = errors(&format!(
        "contents:\n  builds:\n    - name: a\n      matrix:\n{}{}      pipeline:\n{step}",
        row("v"),
        row("w"),
    ));
    assert_eq!(found, ["app.yaml:19: nothing.here: unknown name `nothing.here`"]);
}

#[test]
fn a_definition_for_another_platform_is_an_error() {
    let text = format!("{HEAD}platforms:\n  - linux/amd64\n");
    assert_eq!(resolved(&text, TargetPlatform::LinuxAmd64), (text.clone(), Vec::new()));
    let (_, findings) = resolved(&text, TargetPlatform::LinuxArm64);
    assert_eq!(findings, ["app.yaml:8: linux/amd64: the definition is not for `linux/arm64`"]);
}

const COMMON: &str = "\
vars:
  VERSION: \"1.0\"
  COMMON: ${VERSION}-common
contents:
  packages:
    - base-files
  files:
    - url: https://example.com/${VERSION}
      path: /a
entrypoint:
  - /common
cmd:
  - common
environment:
  A: common
  B: common
paths:
  - type: directory
    path: /common
";

#[test]
fn included_files_are_merged_below_the_definition() {
    let text = with_head(
        "\
includes:
  - common/base.yaml
  - ./common//more.yaml
vars:
  VERSION: \"2.0\"
contents:
  packages:
    - app=${COMMON}
entrypoint:
  - /app
environment:
  B: own
  C: own
paths:
  - type: directory
    path: /own
",
    );
    let more = "includes:\n  - common/base.yaml\nenvironment:\n  A: more\nlabels:\n  more: \"true\"\n";
    let included = files(&[("common/base.yaml", COMMON), ("common/more.yaml", more)]);
    let complete = completed(&text, &included);
    assert_eq!(complete.findings, []);
    let names: Vec<&str> = complete.sources.files().iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["app.yaml", "common/base.yaml", "common/more.yaml"]);
    let resolution = resolve(&complete.definition, &complete.sources, TargetPlatform::LinuxAmd64).unwrap();
    assert_eq!(resolution.findings, []);
    let written = render(&resolution.resolved);
    let body = "\
platforms:
  - linux/amd64
vars:
  VERSION: \"2.0\"
  COMMON: 2.0-common
contents:
  packages:
    - base-files
    - app=2.0-common
  files:
    - url: https://example.com/2.0
      path: /a
environment:
  A: more
  B: own
  C: own
paths:
  - type: directory
    path: /common
  - type: directory
    path: /own
labels:
  more: \"true\"
entrypoint:
  - /app
cmd:
  - common
";
    assert_eq!(written, format!("{HEAD}{body}"));
    assert_eq!(resolved(&written, TargetPlatform::LinuxAmd64), (written.clone(), Vec::new()));
}

#[test]
fn an_empty_list_replaces_the_included_one() {
    let cleared = |text: &str, others: &[(&'static str, &str)]| {
        let mut all = vec![("common/base.yaml", COMMON)];
        all.extend(others);
        let complete = completed(&with_head(text), &files(&all));
        let resolution =
            resolve(&complete.definition, &complete.sources, TargetPlatform::LinuxAmd64).unwrap();
        assert_eq!(resolution.findings, []);
        let definition = resolution.resolved.definition;
        let packages = definition.contents.unwrap().packages;
        let packages: Vec<String> = packages.iter().map(|one| one.as_str().to_owned()).collect();
        (packages, definition.entrypoint.len(), definition.cmd.len(), definition.paths.len())
    };
    let include = "includes:\n  - common/base.yaml\n";
    let base = || vec!["base-files".to_owned()];
    assert_eq!(cleared(include, &[]), (base(), 1, 1, 1));
    let empty = "contents:\n  packages: []\nentrypoint: []\npaths: []\n";
    assert_eq!(cleared(&format!("{include}{empty}"), &[]), (vec![], 0, 1, 0));
    // An empty mapping adds nothing, as always.
    assert_eq!(cleared(&format!("{include}contents: {{}}\n"), &[]), (base(), 1, 1, 1));
    // Files are merged in their order, so only what is before it is replaced.
    let other = ("common/other.yaml", empty);
    let after = "includes:\n  - common/base.yaml\n  - common/other.yaml\n";
    assert_eq!(cleared(after, &[other]), (vec![], 0, 1, 0));
    let before = "includes:\n  - common/other.yaml\n  - common/base.yaml\n";
    assert_eq!(cleared(before, &[other]), (base(), 1, 1, 1));
    let own = format!("{after}contents:\n  packages:\n    - app\n");
    assert_eq!(cleared(&own, &[other]), (vec!["app".to_owned()], 0, 1, 0));
    // A file that removes what it includes removes it from everything before it.
    let nested = ("common/nested.yaml", "includes:\n  - common/other.yaml\ncontents:\n  packages: [app]\n");
    let text = "includes:\n  - common/base.yaml\n  - common/nested.yaml\n";
    assert_eq!(cleared(text, &[other, nested]), (vec!["app".to_owned()], 0, 1, 0));
}

#[test]
fn errors_in_included_files_have_their_place() {
    let text = with_head("includes:\n  - bad.yaml\n");
    let bad = "environment:\n  A: a\n  B: '#{ target.arhc }'\nunknwon: 1\n";
    let complete = completed(&text, &files(&[("bad.yaml", bad)]));
    let resolution = resolve(&complete.definition, &complete.sources, TargetPlatform::LinuxAmd64).unwrap();
    let found = |findings: &[crate::builder::definition::Finding]| -> Vec<String> {
        findings.iter().map(|finding| shown(finding, &complete.sources)).collect()
    };
    assert_eq!(
        found(&resolution.findings),
        ["bad.yaml:3: target.arhc: unknown name `target.arhc` -> target.arch"]
    );
    let read = found(&complete.findings);
    assert!(read.len() == 1 && read[0].starts_with("bad.yaml:4: unknwon: "), "{read:?}");

    let unreadable = complete_error("a: 1\nb: [\n");
    assert!(
        matches!(&unreadable, Error::Yaml(crate::yaml::Error::Unreadable { file, line, .. })
        if file == "bad.yaml" && (2..=3).contains(line)),
        "{unreadable}"
    );
}

fn complete_error(included: &str) -> Error {
    complete("app.yaml", &with_head("includes:\n  - bad.yaml\n"), &files(&[("bad.yaml", included)]))
        .unwrap_err()
}

#[test]
fn what_cannot_be_included_is_an_error() {
    for (path, message) in [
        ("none.yaml", "`none.yaml` cannot be included: it does not exist"),
        ("/etc/passwd", "`/etc/passwd` cannot be included: expected a path relative to the root"),
        ("../a.yaml", "`../a.yaml` cannot be included: `..` is not allowed"),
        ("a/../../b", "`a/../../b` cannot be included: `..` is not allowed"),
        ("./", "`./` cannot be included: the path is empty"),
        ("${A}.yaml", "`${A}.yaml` cannot be included: the path is read before variables have values"),
        ("a\\b", "`a\\b` cannot be included: expected a path relative"),
        ("circle.yaml", "files include each other: `circle.yaml` → `other.yaml` → `circle.yaml`"),
    ] {
        let text = with_head(&format!("includes:\n  - {path}\n"));
        let included = files(&[
            ("circle.yaml", "includes:\n  - other.yaml\n"),
            ("other.yaml", "includes:\n  - circle.yaml\n"),
        ]);
        let findings = completed(&text, &included).findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].rule, findings[0].severity), (Rule::INCLUDE, Severity::Error));
        assert!(findings[0].message.starts_with(message), "{}", findings[0].message);
    }
}

/// Gives a file for every path, which includes the next one.
struct Endless;

impl Loader for Endless {
    fn load(&self, path: &str) -> Result<String, String> {
        Ok(format!("includes:\n  - x{path}\n"))
    }
}

#[test]
fn inclusion_and_expansion_are_limited() {
    let endless = complete("app.yaml", &with_head("includes:\n  - a\n"), &Endless).unwrap_err();
    assert!(matches!(endless, Error::Exceeded { .. }), "{endless}");
    let many: String = (0..70).map(|number| format!("  - f{number}\n")).collect();
    struct Empty;
    impl Loader for Empty {
        fn load(&self, _: &str) -> Result<String, String> {
            Ok("labels: {}\n".to_owned())
        }
    }
    let many = complete("app.yaml", &with_head(&format!("includes:\n{many}")), &Empty).unwrap_err();
    assert!(matches!(many, Error::Exceeded { .. }), "{many}");

    let rows: String = (0..600).map(|number| format!("        - name: n{number}\n")).collect();
    let ports: String = "  - 1-65535\n  - 1-65535/udp\n".to_owned();
    let doubling: String =
        (0..40).map(|number| format!("  V{number}: ${{V{0}}}${{V{0}}}\n", number + 1)).collect();
    for text in [
        format!(
            "contents:\n  builds:\n    - name: a\n      matrix:\n{rows}      pipeline:\n        - runs: x\n"
        ),
        format!("ports:\n{ports}"),
        format!("vars:\n{doubling}  V40: xxxxxxxxxx\n"),
    ] {
        let complete = completed(&with_head(&text), &files(&[]));
        let error = resolve(&complete.definition, &complete.sources, TargetPlatform::LinuxAmd64).unwrap_err();
        assert!(matches!(error, Error::Exceeded { .. }), "{error}");
    }
}

#[test]
fn the_text_form_is_that_of_the_catalog() {
    let text = "\
variant: dev
flavor: fpm
dates:
  release: \"2026-03-03\"
accounts:
  root: true
  run-as: root
os-release:
  name: Docker Hardened Images (Debian)
  id: debian
  version-id: \"13\"
work-dir: /app
stop-signal: SIGQUIT
entrypoint:
  - app
volumes:
  - /data
fips-compliant: true
";
    let (written, findings) = resolved(&with_head(text), TargetPlatform::LinuxAmd64);
    assert_eq!(findings, Vec::<String>::new());
    let expected = with_head(text)
        .replace("tags:\n  - \"1.0\"\n", "")
        .replace("flavor: fpm\n", "flavor: fpm\ntags:\n  - \"1.0\"\nplatforms:\n  - linux/amd64\n");
    assert_eq!(written, expected);
    for platform in TargetPlatform::ALL {
        let (once, _) = resolved(&with_head(text), *platform);
        assert_eq!(resolved(&once, *platform).0, once);
    }
}
