//! What the facts of small definitions are.

use super::Access::{self, Login, Public, Subscription};
use super::{Aspect, Fact, InputKind, Integrity, Value, facts, inputs};
use crate::builder::definition::read;

fn of(text: &str) -> Vec<Fact> {
    facts(&read(&format!("# syntax=dhi.io/build:2-alpine3.23\n{text}"), "a.yaml").unwrap().definition)
}

#[test]
fn several_requirements_of_a_package_are_one_fact() {
    let facts = of("contents:\n  packages: [a, a=1.0-r0, a, '!b', a=1.0-r0, c~3]\n");
    let packages: Vec<(&str, Option<&str>)> = facts
        .iter()
        .filter(|fact| matches!(fact.aspect, Aspect::Package | Aspect::Exclusion))
        .map(|fact| (fact.name.as_str(), fact.text("version")))
        .collect();
    assert_eq!(packages, [("a", Some("1.0-r0")), ("b", None), ("c", Some("~3"))]);
}

#[test]
fn stages_with_one_name_are_told_apart() {
    let facts = of(
        "contents:\n  builds:\n    - {name: a, pipeline: [{runs: x}]}\n    - {name: a, pipeline: [{runs: y}]}\n",
    );
    let stages: Vec<&str> =
        facts.iter().filter(|fact| fact.aspect == Aspect::Stage).map(|fact| fact.name.as_str()).collect();
    assert_eq!(stages, ["a", "a (2)"]);
}

#[test]
fn steps_with_one_name_are_told_apart() {
    let facts = of("contents:
  builds:
    - name: a
      pipeline:
        - {runs: x}
        - {runs: y, secrets: [{id: s, env: S}]}
        - {name: z, runs: z}
");
    let of = |aspect| facts.iter().filter(move |fact| fact.aspect == aspect);
    let names: Vec<(&str, &str)> =
        of(Aspect::Step).map(|fact| (fact.name.as_str(), fact.own_name())).collect();
    assert_eq!(names, [("script", "script"), ("script (2)", "script"), ("z", "z")]);
    assert_eq!(of(Aspect::Secret).next().unwrap().text("step"), Some("script (2)"));
}

#[test]
fn a_reference_of_a_chart_is_read_whatever_stands_beside_it() {
    let facts = of("contents:
  builds:
    - name: a
      pipeline:
        - uses: helm/rudder@v1
          with: {chart: {images: [{name: 'a, ref: dhi/other:1', ref: 'dhi/n:1'}, {ref: 2}]}}
");
    let inputs = inputs(&facts);
    let found: Vec<&str> = inputs
        .iter()
        .filter(|input| input.kind == InputKind::ChartReference)
        .map(|input| input.address.as_str())
        .collect();
    assert_eq!(found.first(), Some(&"dhi/n:1"), "{found:?}");
    assert!(!found.contains(&"dhi/other:1"), "{found:?}");
}

#[test]
fn arguments_of_actions_are_attributes_by_their_path() {
    let facts = of("contents:
  builds:
    - name: a
      pipeline:
        - uses: x/y@v1
          with: {a: {b: 1.10, c: [1, {d: 'true'}]}, e: true, f: 'true', g: null, h: [], i: {}}
");
    let step = facts.iter().find(|fact| fact.aspect == Aspect::Step).unwrap();
    let attributes: Vec<(&str, String)> =
        step.attributes.iter().skip(1).map(|one| (&*one.name, one.value.to_string())).collect();
    let expected = [
        ("with.a.b", "1.10"),
        ("with.a.c", "1, {d: \"true\"}"),
        ("with.e", "true"),
        ("with.f", "\"true\""),
        ("with.g", "null"),
        ("with.h", ""),
        ("with.i", "{}"),
    ];
    assert_eq!(attributes, expected.map(|(name, value)| (name, value.to_owned())));
    assert_eq!(step.get("with.h"), Some(&Value::List(Vec::new())));
}

#[test]
fn inputs_have_what_verifies_them_and_who_may_fetch_them() {
    let digest = "1".repeat(64);
    let commit = "2".repeat(40);
    let facts = of(&format!(
        "contents:
  repositories:
    - https://dhi.io/apk/alpine/v3.23/main
    - https://dhi.io/apk/alpine/v3.23/security
    - https://dl-cdn.alpinelinux.org/alpine/v3.23/main
  keyring:
    - https://dhi.io/keyring/dhi-apk@docker-0F81AD7700D99184.rsa.pub
  files:
    - {{url: 'https://example.org/a', checksum: 'sha256:{digest}', path: /a, uid: 0, gid: 0}}
    - {{url: 'https://example.org/b', checksum: 'https://example.org/b.sha256', path: /b, uid: 0, gid: 0}}
    - {{url: 'https://example.org/c', path: /c, uid: 0, gid: 0}}
    - {{url: 'git+https://example.org/d.git#v1', checksum: {commit}, path: /d, uid: 0, gid: 0}}
    - {{url: 'git+https://example.org/e.git#{commit}', path: /e, uid: 0, gid: 0}}
    - {{url: 'git+https://example.org/f.git#main', path: /f, uid: 0, gid: 0}}
  artifacts:
    - {{name: 'dhi.io/static:1-els@sha256:{digest}', uid: 0, gid: 0}}
    - {{name: 'nvidia/cuda:13', uid: 0, gid: 0}}
  builds:
    - name: s
      uses: dhi.io/golang:1
      pipeline:
        - {{uses: 'dhi/gradle:8', runs: x}}
        - uses: helm/rudder@v1
          with: {{chart: {{images: [{{name: n, ref: 'dhi/n:1@sha256:{digest}'}}]}}}}
"
    ));
    let inputs = inputs(&facts);
    let found: Vec<(InputKind, &str, &str, Access)> = inputs
        .iter()
        .map(|input| (input.kind, input.address.as_str(), input.integrity.kind(), input.access))
        .collect();
    let image = format!("dhi.io/static:1-els@sha256:{digest}");
    let chart = format!("dhi/n:1@sha256:{digest}");
    let pinned = format!("git+https://example.org/e.git#{commit}");
    assert_eq!(
        found,
        [
            (InputKind::Frontend, "dhi.io/build:2-alpine3.23", "none", Login),
            (InputKind::Repository, "https://dhi.io/apk/alpine/v3.23/main", "signed", Login),
            (InputKind::Repository, "https://dhi.io/apk/alpine/v3.23/security", "signed", Subscription),
            (InputKind::Repository, "https://dl-cdn.alpinelinux.org/alpine/v3.23/main", "signed", Public),
            (
                InputKind::Key,
                "https://dhi.io/keyring/dhi-apk@docker-0F81AD7700D99184.rsa.pub",
                "none",
                Public
            ),
            (InputKind::File, "https://example.org/a", "digest", Public),
            (InputKind::File, "https://example.org/b", "checksum-file", Public),
            (InputKind::File, "https://example.org/c", "none", Public),
            (InputKind::Git, "git+https://example.org/d.git#v1", "commit", Public),
            (InputKind::Git, &pinned, "commit", Public),
            (InputKind::Git, "git+https://example.org/f.git#main", "none", Public),
            (InputKind::Image, &image, "digest", Subscription),
            (InputKind::Image, "docker.io/nvidia/cuda:13", "none", Public),
            (InputKind::Image, "dhi.io/golang:1", "none", Login),
            (InputKind::Image, "docker.io/dhi/gradle:8", "none", Login),
            (InputKind::ChartReference, &chart, "digest", Login),
        ]
    );
    assert!(!Integrity::ChecksumFile(String::new()).is_fixed());
}

#[test]
fn a_debian_frontend_implies_the_repositories_of_debian() {
    let distributions = |text: &str| -> Vec<String> {
        let definition = read(text, "a.yaml").unwrap().definition;
        let inputs = inputs(&facts(&definition));
        let implied = inputs.iter().filter(|input| input.kind == InputKind::Distribution);
        implied.map(|input| input.address.clone()).collect()
    };
    let packages = "contents:\n  packages: [a]\n";
    assert_eq!(distributions(&format!("# syntax=dhi.io/build:2-debian13\n{packages}")), ["debian13"]);
    assert_eq!(distributions(&format!("# syntax=dhi.io/build:2-alpine3.23\n{packages}")), [""; 0]);
    assert_eq!(distributions("# syntax=dhi.io/build:2-debian13\nname: a\n"), [""; 0]);
    let named =
        format!("# syntax=dhi.io/build:2-debian13\n{packages}  repositories: [deb https://a.example/ b c]\n");
    assert_eq!(distributions(&named), [""; 0]);
}
