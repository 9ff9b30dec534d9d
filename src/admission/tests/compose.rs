use super::{error, not_judged, refused, uses};
use crate::admission::{Error, ImageUse, Input, find};

#[test]
fn images_of_compose_services_and_volumes_are_found() {
    let text = "\
name: shop
x-base: &base {restart: always, image: dhi.io/python:3.13}
services:
  web: {<<: *base, ports: ['80:80']}
  api: {build: ., image: acme/api}
  built: {build: .}
  child: {extends: {service: web}}
  far: {extends: {file: other.yaml, service: web}, image: near}
  none: {command: x}
  db:
    image: postgres
    volumes:
    - data:/var
    - {type: image, source: files, target: /f}
include: [more.yaml]
";
    assert_eq!(
        uses(text),
        [
            "dhi.io/python:3.13 @ 2 service/web",
            "near @ 8 service/far",
            "postgres @ 11 service/db",
            "files @ 14 service/db (volume /f)",
        ]
    );
    let not_judged = not_judged(text);
    let reasons = not_judged.join("\n");
    for part in [
        "5 service/api: it is built from source, and `acme/api`",
        "6 service/built: it is built",
        "8 service/far: `extends`",
        "9 service/none",
        "15: `include`",
    ] {
        assert!(reasons.contains(part), "{part}: {reasons}");
    }
    assert_eq!(not_judged.len(), 5, "{reasons}");
    for text in ["${REGISTRY}/web", "$IMAGE", "web:${TAG:-1}"] {
        let reasons = refused(&format!("services:\n  web:\n    image: {text}\n")).join("\n");
        assert!(
            reasons.contains("3 ") && reasons.contains("not filled in") && reasons.contains("CheckDeployed"),
            "{reasons}"
        );
    }
}

#[test]
fn built_and_provided_services_are_listed() {
    for build in ["build: .", "build: {}", "build: ''", "build: {context: .}", "build: !reset x"] {
        for policy in ["build", "always", "missing"] {
            let text = format!("services:\n  web: {{image: acme/web, pull_policy: {policy}, {build}}}\n");
            assert_eq!(uses(&text), [""; 0], "{text}");
            assert_eq!(
                not_judged(&text),
                [
                    "x.yaml:2 service/web: it is built from source, and `acme/web` is the name of what is built"
                ]
            );
        }
    }
    // A service that is only pulled, also if it has a null `build`.
    for build in ["build:", "build: null", "build: ~", "pull_policy: always"] {
        let text = format!("services:\n  web: {{image: acme/web, {build}}}\n");
        assert_eq!((uses(&text).len(), not_judged(&text).len()), (1, 0), "{build}");
    }
    let text = "\
services:
  web:
    build:
      context: .
      dockerfile_inline: FROM evil/a
      additional_contexts: {base: 'docker-image://evil/b', here: .}
      cache_from: [evil/c]
  worker:
    build: {additional_contexts: ['base=docker-image://evil/d']}
  agent: {provider: {type: model}}
models:
  llm: {model: ai/smollm2}
";
    let reasons = not_judged(text);
    assert_eq!(reasons.len(), 8, "{reasons:#?}");
    for part in [
        "5 service/web: the images of `dockerfile_inline`",
        "6 service/web: `additional_contexts: docker-image://evil/b`",
        "7 service/web: `cache_from: evil/c`",
        "9 service/worker: `additional_contexts: base=docker-image://evil/d`",
        "10 service/agent: `provider`",
        "12 model/llm: the model `ai/smollm2`",
    ] {
        assert!(reasons.iter().any(|one| one.contains(part)), "{part}: {reasons:#?}");
    }
    // An unknown name does not hide a member.
    let reasons =
        not_judged("services: {web: {image: a}}\nx-mine: {}\nspec: {containers: [{image: evil}]}\n");
    assert_eq!(reasons, ["x.yaml:3: `spec` is not a member of a Compose file"]);
}

#[test]
fn a_service_with_a_provider_is_listed() {
    for (members, judged, listed) in [
        ("provider: {type: plugin}, image: good", 1, 1),
        ("provider: plugin, image: good", 1, 1),
        ("provider: {type: plugin}, build: ., image: good", 0, 2),
        ("provider: {type: plugin}, extends: base", 0, 1),
        ("provider: null, image: good", 1, 0),
    ] {
        let text = format!("services: {{base: {{image: a}}, web: {{{members}}}}}\n");
        let reasons = not_judged(&text);
        assert_eq!((uses(&text).len(), reasons.len()), (1 + judged, listed), "{members}: {reasons:?}");
        assert!(reasons.is_empty() || reasons[0].contains("web: `provider` runs it"), "{reasons:?}");
    }
}

#[test]
fn jobs_and_hooks_are_judged() {
    let text = "\
services:
  web:
    image: one
    pre_start:
    - {image: two, command: x}
    - {command: y, volumes: [{type: image, source: three, target: /x}]}
jobs:
  nightly: {image: four}
  built: {build: ., image: five}
";
    assert_eq!(
        uses(text),
        [
            "one @ 3 service/web",
            "two @ 5 service/web (init container)",
            "three @ 6 service/web (volume /x)",
            "four @ 8 job/nightly",
        ]
    );
    assert!(not_judged(text)[0].contains("9 job/built: it is built"), "{:?}", not_judged(text));
    assert_eq!(uses("jobs: {nightly: {image: four}}\n").len(), 1);
    // Jobs of other programs are not a Compose file.
    assert!(matches!(error("jobs: {build: {runs-on: x, steps: []}}\n"), Error::Nothing(_)));
}

/// A variable or a YAML tag can turn a volume, or a text, into an image.
#[test]
fn volumes_that_may_be_images_are_listed_or_refused() {
    let text = "services:\n  web:\n    image: a\n    volumes:\n    - {type: '${T:-image}', source: evil}\n";
    assert_eq!(not_judged(text), ["x.yaml:5 service/web: a volume of the type `${T:-image}`"]);
    assert!(
        not_judged("services: {web: {image: a, volumes: [{type: image}]}}\n")[0].contains("names no image")
    );
    for member in [
        "volumes: [{type: !!binary aW1hZ2U=, source: evil}]",
        "volumes: [{type: !reset image, source: evil}]",
        "volumes: [{type: [image], source: evil}]",
        "volumes: {a: b}",
        "volumes: x",
        "pre_start: {a: b}",
    ] {
        let text = format!("services: {{web: {{image: a, {member}}}}}\n");
        assert!(matches!(error(&text), Error::Manifest { .. }), "{member}");
    }
    let text = "services: {web: {image: a, volumes: [{type: volume, source: b}, 'c:/d', {type: bind, source: e}]}}\n";
    assert_eq!((not_judged(text).len(), uses(text).len()), (0, 1));
}

/// The platform of each use; empty means all.
fn platforms(texts: &[&str]) -> Vec<(String, String)> {
    let input = |text: &&str| Input { file: "x.yaml".to_owned(), text: (*text).to_owned() };
    let inputs: Vec<Input> = texts.iter().map(input).collect();
    let show = |one: &ImageUse| {
        let platform = one.platform.as_ref().map(ToString::to_string);
        (one.used.written.clone(), platform.unwrap_or_default())
    };
    find(&inputs, &[]).unwrap().uses.iter().map(show).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(image, platform)| ((*image).to_owned(), (*platform).to_owned())).collect()
}

#[test]
fn a_platform_applies_to_a_service_that_is_defined_once() {
    let text = "\
services:
  web:
    image: one
    platform: linux/amd64
    volumes: [{type: image, source: two, target: /x}]
    pre_start: [{image: three}, {image: four, platform: linux/arm64}]
  db: {image: five, platform: }
  any: {image: six}
";
    assert_eq!(
        platforms(&[text]),
        pairs(&[
            ("one", "linux/amd64"),
            ("two", ""),
            ("three", "linux/amd64"),
            ("four", "linux/arm64"),
            ("five", ""),
            ("six", ""),
        ])
    );
    // Another document or file is merged over it, and a service that extends it uses its image.
    let web = "services: {web: {image: one, platform: linux/amd64}}\n";
    let over = "services: {web: {platform: linux/arm64}}\n";
    assert_eq!(platforms(&[web, over]), pairs(&[("one", "")]));
    assert_eq!(platforms(&[&format!("{web}---\n{over}")]), pairs(&[("one", "")]));
    for extends in ["web", "{service: web}", "{file: x.yaml, service: web}"] {
        let child = format!("services: {{child: {{extends: {extends}, platform: linux/arm64}}}}\n");
        assert_eq!(platforms(&[web, &child]), pairs(&[("one", "")]), "{extends}");
    }
    let other = "services: {other: {image: two, platform: linux/arm64}}\n";
    assert_eq!(platforms(&[web, other]), pairs(&[("one", "linux/amd64"), ("two", "linux/arm64")]));
    for platform in [
        "linux/",
        "l\u{130}nux/amd64",
        "'${P:-linux/amd64}'",
        "1",
        "!!binary eA==",
        "[linux/amd64]",
        "!reset x",
    ] {
        let text = format!("services:\n  web:\n    image: one\n    platform: {platform}\n");
        let reasons = error(&text).to_string();
        let expected = if platform.contains('$') { "compose config" } else { "`platform: " };
        assert!(reasons.contains("line 4: ") && reasons.contains(expected), "{platform}: {reasons}");
    }
}
