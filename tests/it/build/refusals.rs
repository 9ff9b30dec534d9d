//! What is refused before anything is built.

use super::BuildFixture;

#[test]
fn build_stages_are_refused_by_name() {
    let fixture = BuildFixture::new();
    let stage = |name: &str| {
        format!(
            "    - name: {name}\n      contents:\n        packages: [app]\n      pipeline:\n        \
             - name: make\n          runs: \"true\"\n"
        )
    };
    fixture.define(&format!("packages: [app]\n  builds:\n{}{}", stage("compile"), stage("test")));
    fixture.refuses(&[], 2, "build/unsupported", "`compile`, `test`");
    // Nothing is fetched or written for it.
    assert_eq!(fixture.host.take_log(), [""; 0]);
    assert!(!fixture.env.path("project/image.yaml.lock").exists());
}

#[test]
fn only_images_are_built() {
    let fixture = BuildFixture::new();
    for kind in ["chart", "package"] {
        std::fs::remove_file(fixture.env.path("project/image.yaml")).unwrap();
        fixture.env.dhi(&["definition", "init", "--kind", kind, "-o", &fixture.definition()]).assert(0, "");
        fixture.refuses(&[], 2, "build/unsupported", &format!("it makes a {kind}"));
        assert!(!fixture.env.path("project/image.yaml.lock").exists());
    }
}

#[test]
fn a_build_without_a_destination_is_refused() {
    let fixture = BuildFixture::new();
    let refused = |more: &[&str], text: &str| {
        let run = fixture.build(more);
        run.assert(2, "error[usage/arguments]");
        run.assert(2, text);
        assert_eq!(run.stdout, "");
    };
    refused(&[], "no flag says where the image goes");
    refused(&["--push"], "add `--tag REGISTRY/NAME:TAG`");
    refused(&["-o", "type=registry"], "add `--tag REGISTRY/NAME:TAG`");
    refused(&["-o", "type=local,dest=x"], "names no destination");
    refused(&["--push", "-t", "oci:x"], "is no name of an image in a registry");
    refused(&["--push", "-t", "r.example.com/app:1", "--offline"], "`--offline`");
    assert_eq!(fixture.host.take_log(), [""; 0]);
}

#[test]
fn unknown_variables_and_platforms_are_refused() {
    let fixture = BuildFixture::new();
    let refuses = |more: &[&str], text: &str| fixture.refuses(more, 2, "usage/arguments", text);
    refuses(&["--arg", "NOPE=1"], "has no variable `NOPE`");
    refuses(&["--arg", "NOPE"], "has no name and value");
    refuses(&["--arg", "=1"], "has no name and value");
    refuses(&["--arg", "SOURCE_DATE_EPOCH=x"], "which is not a time");
    refuses(&["--platform", "linux/arm64"], "is not for `linux/arm64`, but for `linux/amd64`");
    assert_eq!(fixture.host.take_log(), [""; 0]);
}

#[test]
fn an_archive_needs_an_existing_directory() {
    let fixture = BuildFixture::new();
    let file = fixture.env.file("missing/app.tar");
    let run = fixture.build(&["-o", &format!("archive:{file}")]);
    run.assert(6, "error[output/write]");
    run.assert(6, "is no directory");
    assert_eq!(fixture.host.take_log(), [""; 0]);
}

#[test]
fn a_missing_source_file_is_named() {
    let fixture = BuildFixture::new();
    std::fs::remove_file(fixture.env.path("project/files/app.conf")).unwrap();
    fixture.refuses(&[], 2, "build/files", "files/app.conf");
}
