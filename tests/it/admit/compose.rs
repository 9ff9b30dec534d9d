//! Compose files: pulled services are judged, built ones are listed.

use super::{AdmitFixture, conforms};
use crate::support::env::fixture;

#[test]
fn compose_judges_pulled_services_and_lists_built_ones() {
    let setup = AdmitFixture::new();
    let (good, bad) = (setup.good(), setup.bad());
    let pulled = format!("services:\n  web: {{image: '{good}', pull_policy: always}}\n");
    setup.check_file(&pulled, &["--strict"]).assert(0, "pass  1 of 1 image passes dhi-or-dhi-based; ");
    let built = format!("{pulled}  api: {{image: '{bad}', build: ., pull_policy: build}}\n");
    let run = setup.check_file(&built, &[]);
    run.assert(0, "it is built from source, and `");
    run.assert(0, "pass  1 of 1 image passes dhi-or-dhi-based; ");
    setup.check_file(&built, &["--strict"]).assert(1, "error[admit/not-judged]");
    // A digest behind the name of what is built would name nothing.
    let run = setup.check_file(&built, &["--resolve"]);
    assert_eq!((run.code, run.stdout.matches("@sha256:").count()), (0, 1), "{}{}", run.stdout, run.stderr);
    // A kind hides nothing.
    let hidden =
        format!("kind: x\nservices: {{web: {{image: '{bad}'}}}}\n---\n{}", super::pod("p", &[&good]));
    setup.check_file(&hidden, &[]).assert(3, "error[trust/unsigned]");
    let listed = format!("{pulled}---\nkind: x\n");
    setup.check_file(&listed, &["--strict"]).assert(1, "(no `apiVersion`)");
}

#[test]
fn compose_judges_the_platform_of_the_service() {
    let setup = AdmitFixture::new();
    setup.registry.serve_layout(&fixture("python"), "team/python");
    let image = format!("{}/team/python:3.13", setup.registry.host());
    let judged = |services: &str, more: &[&str]| {
        let text = format!("services:\n{}", services.replace("IMAGE", &image));
        let run = setup.check_file(&text, &[&["--format", "json"], more].concat());
        let document = run.json();
        conforms(&document);
        let platforms = document["images"][0]["image"]["platforms"].as_array().unwrap().clone();
        let mut names: Vec<String> =
            platforms.iter().map(|one| one["platform"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    let (amd64, arm64) = ("linux/amd64", "linux/arm64/v8");
    let both = format!("{amd64} {arm64}");
    let web = "  web: {image: 'IMAGE', platform: linux/amd64}\n";
    let db = "  db: {image: 'IMAGE', platform: linux/arm64}\n";
    let any = "  any: {image: 'IMAGE'}\n";
    assert_eq!(judged(any, &[]), both);
    assert_eq!(judged(web, &[]), amd64);
    assert_eq!(judged(db, &[]), arm64);
    assert_eq!(judged(&format!("{web}{db}"), &[]), both);
    assert_eq!(judged(&format!("{web}{any}"), &[]), both);
    // `--platform` does not override the platform of a service.
    assert_eq!(judged(any, &["--platform", "linux/arm64"]), arm64);
    assert_eq!(judged(web, &["--platform", "linux/arm64"]), amd64);
    assert_eq!(judged(&format!("{web}{any}"), &["--platform", "linux/arm64"]), both);
    // Who extends it runs the image on another.
    assert_eq!(judged(&format!("{web}  child: {{extends: web, platform: linux/arm64}}\n"), &[]), both);

    let wrong = "services:\n  web:\n    image: x\n    platform: linux/\n";
    setup.check_file(wrong, &[]).assert(2, "cannot be used at line 4: `platform: linux/` is not a platform");
    // A part of a platform leaves the other to the engine.
    for part in ["linux", "arm64"] {
        let text = format!("services: {{web: {{image: '{image}', platform: {part}}}}}\n");
        setup.check_file(&text, &[]).assert(0, "pass");
    }
    let missing = format!("services: {{web: {{image: '{image}', platform: linux/s390x}}}}\n");
    assert!(setup.check_file(&missing, &[]).code != 0);
}
