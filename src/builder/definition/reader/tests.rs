//! Wrong and hostile texts, and what is kept of correct ones.

mod wrong_files;

use super::*;
use crate::builder::definition::limits::{DEFINITION_FINDINGS, DEFINITION_VALUES};
use crate::builder::definition::{
    Directive, Family, Keyword, Kind, LineIndex, OutputForm, PackageRequestKind, PathKind, Rule, Severity,
    StepUses, TargetPlatform, TreeNode, Variant,
};
use crate::yaml::limits::{YAML_DEPTH, YAML_NODES};

/// Before every snippet that has no syntax line of its own. Snippets begin on line 5.
const HEAD: &str = "# syntax=dhi.io/build:2-debian13\nimage: example.test/app\ntags:\n  - v1\n";

const STEP: &str = "contents:\n  builds:\n    - name: app\n      pipeline:\n";

fn whole(snippet: &str) -> String {
    match snippet.contains("# syntax") || snippet.starts_with("name: part") {
        true => snippet.to_owned(),
        false => format!("{HEAD}{snippet}"),
    }
}

#[test]
fn all_findings_are_reported_at_once_in_the_order_of_the_text() {
    let text = whole("flavor: 1.10\nports: [\"0\"]\nnam: x\nvariant: x\n");
    let found = read(&text, "x.yaml").unwrap().findings;
    let rules: Vec<Rule> = found.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::AMBIGUOUS_SCALAR, Rule::INVALID_VALUE, Rule::UNKNOWN_KEY, Rule::UNKNOWN_VALUE]);
    assert!(found.is_sorted_by_key(|finding| finding.range.start));
}

#[test]
fn unreadable_yaml_is_an_error() {
    for (text, cause) in [
        ("a: b\na: c\n", "`a` occurs twice in one mapping"),
        ("a: b\n---\nc: d\n", "a definition is one document, and here begins a second one"),
        ("", "it has no content, expected a definition"),
        ("# syntax=dhi.io/build:2-debian13\n", "it has no content, expected a definition"),
    ] {
        let error = read(text, "x.yaml").unwrap_err();
        assert!(matches!(&error, yaml::Error::Unreadable { cause: found, .. } if found == cause), "{error}");
    }
    assert!(read("a: [", "x.yaml").is_err());
    let found = read("# syntax=dhi.io/build:2-debian13\n- a\n", "x.yaml").unwrap().findings;
    assert_eq!(found[0].rule, Rule::WRONG_TYPE);
}

/// Every key that a definition can have.
const EVERYTHING: &str = r##"# syntax=dhi/build:1-alpine3.23-dev@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
includes: [common.yaml]
track:
  - {type: github_release, owner: a, repo: b, set: [{var: V, value: tag}], use: release, match: ^v(.*)}
  - {type: var_increment, increment: [V], reset: [W]}
  - {type: json_file, url: https://example.test/v.json, set: {V: .a}, name: file}
  - {type: alpine_package, package: "pkg:apk/alpine/a", set: V}
name: Example
image: dhi.io/pkg-example
compression: gzip
output: squashed
entitlement: els
variant: dev
flavor: fpm
tags: [1.0.0, "1.0"]
suffix: -x
platforms: [linux/amd64]
dates: {type: t, url: https://example.test, release: "2026-01-31", end-of-life: "2027-01-31", end-of-support: "2027-01-01"}
vars:
  ZED: "1"
  ARCH: '#{ target.arch == "amd64" ? "x86_64" : "aarch64" }'
contents:
  repositories:
    - https://example.test/v3.23/main
    - deb [signed-by=/usr/share/keyrings/a.gpg] https://example.test/deb trixie main contrib
    - deb https://example.test/flat /
    - https://example.test/${ARCH}/main
  keyring: [https://example.test/key.pub]
  packages: [curl, redis=6:8.0.5-1rl1~trixie1, openssl-dev~3, "!mawk", "cmd:resolvconf", "lib-${ARCH}"]
  mappings: {redis: "pkg:deb/redis/redis@1"}
  files:
    - url: git+https://example.test/a.git#v1/x
      if: target.arch == "amd64"
      checksum: 7912a2df1e485e4fe44f8c584a4cdfcf7a908421
      path: ${source.dir}/a
      includes: [a/**]
      excludes: [b]
      platforms: [linux/arm64]
      spdx: {name: a, version: "1", packages: [{name: a, purl: "pkg:golang/a@1", license: MIT, path: a}]}
      uid: 0
      gid: 65532
      mode: "0644"
      secret-id: token
    - {url: "${URL}", checksum: "${SUM}", path: /b}
  artifacts:
    - {name: dhi.io/static:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, if: a, includes: [usr/**], excludes: [x], uid: 0, gid: 0}
  builds:
    - name: app
      if: "true"
      entitlement: public
      uses: dhi.io/golang:1
      work-dir: /go
      shell: bash
      privileged: true
      environment: {A: b}
      caches: [{path: /go/pkg, sharing: locked}]
      matrix: [{name: "3.13", items: {V: "3.13"}}]
      contents: {packages: [bash]}
      pipeline:
        - name: build
          if: a
          uses: go/build@v1
          run-as: nonroot
          work-dir: src
          shell: /bin/busybox sh
          privileged: false
          environment: {B: ""}
          caches: [{path: /c}]
          secrets: [{id: a, env: A, if: b, optional: true}]
          with: {output: a, cgo_enabled: 0, strip: false, tags: null, list: [a, {b: 1}], text: "1.10"}
          runs: |
            make ${x%%y}
        - {uses: "dhi/build-pkg:0"}
      paths: [{type: emptyfile, path: /x}]
      accounts: {root: true}
      outputs: [{source: /a, target: /b, if: c, uid: 0, gid: 0, mode: "4755", diff: true}]
      attestations: [{if: a, predicate-type: "https://example.test/v1", source: a.json, diff: false}]
accounts:
  root: true
  run-as: nonroot
  users: [{name: nonroot, uid: 65532, gid: 65532, mode: "0700"}]
  groups: [{name: nonroot, gid: 65532, members: [nonroot]}]
os-release: {name: a, id: alpine, id-like: a b, version-id: "3.23", version-codename: c, pretty-name: p, home-url: h, bug-report-url: b}
work-dir: /app
stop-signal: SIGQUIT
environment:
  Z: "1"
  A: "2"
  EMPTY: ""
paths:
  - {type: symlink, path: /a, if: a, uid: 0, gid: 0, mode: "0777", source: /b, recursive: true, platforms: [linux/amd64]}
  - {type: file, path: /c, content: "${HOME:-x}"}
annotations: {a: b}
labels: {c: d}
entrypoint: [/app]
cmd: [--help]
ports: ["80", 53/udp, 4510-4512, 9/sctp]
volumes: [/data]
tests: [{name: t, directory: d, commands: [a], exit-code: 0, timeout: 5, output: o}]
fips-compliant: false
stig-certified: true
"##;

#[test]
fn every_key_has_a_field() {
    let Read { definition, findings } = read(EVERYTHING, "x.yaml").unwrap();
    assert_eq!(findings, []);
    let directive: &Directive = &definition.directive.as_ref().unwrap().value;
    assert_eq!(
        (directive.version, directive.family, directive.release.as_str()),
        (1, Family::Alpine, "3.23")
    );
    assert!(directive.dev && directive.digest.is_some());
    assert_eq!((definition.kind(), definition.variant()), (Kind::Package, Variant::Dev));
    assert_eq!(definition.platforms(), [TargetPlatform::LinuxAmd64]);
    assert_eq!(definition.output.as_ref().unwrap().value, OutputForm::Squashed);
    assert_eq!(definition.track[0].set.as_ref().unwrap().items().unwrap().len(), 1);
    let names: Vec<&str> = definition.environment.iter().map(|entry| entry.name.value.as_str()).collect();
    assert_eq!(names, ["Z", "A", "EMPTY"]);
    assert_eq!(definition.vars.get("ZED").unwrap().value, "1");

    let contents = definition.contents.as_ref().unwrap();
    let kinds: Vec<_> =
        contents.packages.iter().map(|package| package.value.as_ref().map(|p| p.kind.clone())).collect();
    assert_eq!(
        kinds,
        [
            Some(PackageRequestKind::Any),
            Some(PackageRequestKind::Version("6:8.0.5-1rl1~trixie1".to_owned())),
            Some(PackageRequestKind::Begins("3".to_owned())),
            Some(PackageRequestKind::Excluded),
            Some(PackageRequestKind::Any),
            None,
        ]
    );
    assert!(contents.packages[5].is_template() && contents.files[1].url.as_ref().unwrap().is_template());
    for repository in contents.repositories.iter().filter_map(|repository| repository.value.as_ref()) {
        assert_eq!(repository.to_string().parse().as_ref(), Ok(repository));
    }
    let url = contents.files[0].url.as_ref().unwrap();
    assert_eq!(url.value.as_ref().unwrap().to_string(), url.as_str());
    assert_eq!(contents.files[0].mode.as_ref().unwrap().value.unwrap().bits(), 0o644);

    let stage = &definition.stages[0];
    assert_eq!(stage.matrix[0].items.get("V").unwrap().value, "3.13");
    let step = &stage.pipeline[0];
    assert!(matches!(step.uses.as_ref().unwrap().value, Some(StepUses::Action { version: 1, .. })));
    assert!(matches!(stage.pipeline[1].uses.as_ref().unwrap().value, Some(StepUses::Image(_))));
    let with = step.with.as_ref().unwrap();
    assert_eq!(with.get("cgo_enabled").unwrap().node, TreeNode::Number("0".to_owned()));
    assert_eq!(with.get("strip").unwrap().node, TreeNode::Bool(false));
    assert_eq!(with.get("tags").unwrap().node, TreeNode::Null);
    assert_eq!(with.get("text").unwrap().node, TreeNode::Text("1.10".to_owned()));
    assert_eq!(step.runs.as_ref().unwrap().value, "make ${x%%y}\n");
    assert_eq!(stage.outputs[0].mode.as_ref().unwrap().value.unwrap().to_string(), "4755");
    assert_eq!(definition.paths[1].kind.value, PathKind::File);

    let ports: Vec<String> = definition
        .ports
        .iter()
        .flat_map(|port| port.value.as_ref().unwrap().ports())
        .map(|port| port.to_string())
        .collect();
    assert_eq!(ports, ["80/tcp", "53/udp", "4510/tcp", "4511/tcp", "4512/tcp", "9/sctp"]);

    // Each key of the text is a key of the model: without it, the model differs.
    for (at, line) in EVERYTHING
        .lines()
        .enumerate()
        .skip(1)
        .filter(|(_, line)| line.starts_with(|c: char| c.is_alphabetic()))
    {
        let next = EVERYTHING.lines().skip(at + 1).take_while(|line| line.starts_with(' ')).count();
        let kept: Vec<&str> = EVERYTHING
            .lines()
            .enumerate()
            .filter(|(other, _)| !(at..=at + next).contains(other))
            .map(|(_, line)| line)
            .collect();
        let without = read(&kept.join("\n"), "x.yaml").unwrap().definition;
        let key = line.split(':').next().unwrap();
        let debug = |definition: &Definition| {
            let text = format!("{definition:?}");
            // Without the ranges, which all change.
            text.split("range: ")
                .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'))
                .collect::<String>()
        };
        assert_ne!(debug(&without), debug(&definition), "{key}");
    }
}

#[test]
fn ranges_are_the_written_bytes() {
    let Read { definition, .. } = read(EVERYTHING, "x.yaml").unwrap();
    let written = |range: std::ops::Range<usize>| &EVERYTHING[range];
    assert_eq!(written(definition.tags[1].text.range.clone()), "\"1.0\"");
    let directive = definition.directive.as_ref().unwrap();
    assert_eq!(written(directive.range.clone()), directive.text);
    assert_eq!(
        written(definition.accounts.as_ref().unwrap().users[0].range.clone()),
        "{name: nonroot, uid: 65532, gid: 65532, mode: \"0700\"}"
    );
    let stage = &definition.stages[0];
    assert!(written(stage.range.clone()).starts_with("name: app\n"));
    assert!(written(stage.range.clone()).ends_with("diff: false}]"));
    assert!(written(definition.range.clone()).starts_with("includes:"));
    assert!(written(definition.range.clone()).ends_with("stig-certified: true"));
    // Parts of texts.
    let runs = stage.pipeline[0].runs.as_ref().unwrap();
    let at = runs.value.find("${").unwrap();
    assert_eq!(written(runs.range_of(EVERYTHING, at..at + 7)), "${x%%y}");
}

#[test]
fn a_part_has_no_required_keys() {
    let read = read("contents:\n  packages: [curl]\n", "x.yaml").unwrap();
    assert_eq!(read.findings.len(), 1);
    assert_eq!((read.findings[0].rule, read.findings[0].severity), (Rule::SYNTAX_LINE, Severity::Warning));
}

#[test]
fn past_spellings_are_warnings() {
    let text = whole(&format!("{STEP}        - {{runs: make, env: {{A: b}}}}\nenvironment:\n"));
    let Read { definition, findings } = read(&text, "x.yaml").unwrap();
    assert!(
        findings.iter().all(|finding| (finding.rule, finding.severity) == (Rule::OLD_KEY, Severity::Warning))
    );
    assert_eq!(findings.len(), 2);
    assert_eq!(definition.stages[0].pipeline[0].environment.get("A").unwrap().value, "b");
    for line in
        ["dhi/build:1-debian13", "dhi.io/build:2-helm3", "build:2-debian12", "dhi.io/build:1-alpine3.23-dev"]
    {
        assert!(line.parse::<Directive>().is_ok(), "{line}");
    }
}

#[test]
fn words_are_found_by_their_text() {
    for variant in Variant::ALL {
        assert_eq!(Variant::find(variant.as_str()), Some(*variant));
    }
    assert_eq!(Variant::find("Dev"), None);
}

#[test]
fn aliases_are_not_expanded_without_bound() {
    // Ten references to ten references to …: 10^7 values in a few lines.
    let mut bomb = format!("{STEP}        - uses: spdx@v1\n          with:\n            a0: &a0 [x]\n");
    for level in 1..8 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("            a{level}: &a{level} [{items}]\n"));
    }
    // One list of 10^5 items that is used 100 times.
    let items = vec!["a"; 100_000].join(", ");
    let wide = format!("entrypoint: &a [{items}]\ncmd: *a\nvolumes: *a\nincludes: *a\n");
    for text in [bomb, wide] {
        let error = read(&whole(&text), "x.yaml").unwrap_err();
        let yaml::Error::Exceeded { exceeded, .. } = &error else { panic!("{error}") };
        assert_eq!(exceeded.limit, format!("{DEFINITION_VALUES} values"));
    }
}

#[test]
fn nesting_through_aliases_is_bounded() {
    let mut text = format!("{STEP}        - uses: spdx@v1\n          with:\n            a0: &a0 x\n");
    for level in 1..5000 {
        text.push_str(&format!("            a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let error = read(&whole(&text), "x.yaml").unwrap_err();
    assert!(error.to_string().contains("levels"), "{error}");
    let deep = format!("name: {}{}\n", "[".repeat(YAML_DEPTH + 1), "]".repeat(YAML_DEPTH + 1));
    assert!(read(&whole(&deep), "x.yaml").is_err());
}

#[test]
fn large_texts_are_refused_or_read_in_bounded_time() {
    let comment = "#".repeat(DEFINITION_SIZE);
    let error = read(&whole(&comment), "x.yaml").unwrap_err();
    assert!(matches!(error, yaml::Error::Exceeded { line: 1, .. }), "{error}");
    let many = format!("cmd: [{}]\n", "a,".repeat(YAML_NODES));
    assert!(read(&whole(&many), "x.yaml").is_err());
    let keys: String = (0..100_000).map(|at| format!("k{at}: x\n")).collect();
    let found = read(&whole(&keys), "x.yaml").unwrap().findings;
    assert_eq!(found.len(), DEFINITION_FINDINGS + 1);
    let last = found.last().unwrap();
    assert_eq!((last.rule, last.severity), (Rule::TOO_MANY, Severity::Error));
    assert!(last.message.starts_with("99000 "), "{}", last.message);
}

#[test]
fn positions_count_characters() {
    let text = format!("{}é: x\nß\n", "ü".repeat(3000));
    let index = LineIndex::new(&text);
    for (at, _) in text.char_indices() {
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        let found = index.position(at);
        assert_eq!((found.line, found.column), (line, column), "{at}");
    }
    let end = index.position(text.len() + 5);
    assert_eq!((end.line, end.column), (3, 1));
    let empty = LineIndex::new("").position(0);
    assert_eq!((empty.line, empty.column), (1, 1));
}
