//! The same definition and lock give the same digest.

use super::{BuildFixture, digest};
use crate::support::env::{DHI, run};

impl BuildFixture {
    /// The time of creation in the configuration.
    fn created(&self, name: &str) -> String {
        let layout = self.layout(name);
        let config = layout.json(&layout.json(&layout.manifest())["config"]);
        config["created"].as_str().unwrap().to_owned()
    }
}

#[test]
fn the_epoch_is_the_time_of_what_is_made() {
    let fixture = BuildFixture::new();
    fixture.built("default", &[]);
    assert_eq!(fixture.created("default"), "2025-01-01T00:00:00Z");
    let output = |name: &str| format!("oci:{}:app", fixture.env.file(name));
    let by_variable =
        digest(&run(fixture.command(&["-o", &output("variable")]).env("SOURCE_DATE_EPOCH", "1700000000")));
    assert_eq!(fixture.created("variable"), "2023-11-14T22:13:20Z");
    assert_eq!(fixture.built("flag", &["--arg", "SOURCE_DATE_EPOCH=1700000000"]), by_variable);
    // The flag wins.
    let both = digest(&run(fixture
        .command(&["-o", &output("both"), "--arg", "SOURCE_DATE_EPOCH=1700000000"])
        .env("SOURCE_DATE_EPOCH", "1")));
    assert_eq!(both, by_variable);
    // Files of packages keep their time.
    let tree = fixture.layout("flag").tree();
    assert_eq!((tree["usr/bin/app"].time, tree["etc/passwd"].time), (1_735_689_600, 1_700_000_000));
}

#[test]
fn surroundings_do_not_change_the_digest() {
    let fixture = BuildFixture::new();
    let first = fixture.built("first", &[]);
    let blobs = fixture.layout("first").blobs();
    let output = |name: &str| format!("oci:{}:app", fixture.env.file(name));
    let cold = fixture.env.file("cold");
    let other = digest(&run(fixture
        .command(&["-o", &output("zone"), "--cache-dir", &cold])
        .env("TZ", "Asia/Tokyo")
        .env("LC_ALL", "de_DE.UTF-8")
        .env("USER", "somebody")));
    assert_eq!(other, first);
    let (definition, context) = (fixture.definition(), fixture.env.file("project"));
    let script = "umask 077; exec \"$0\" \"$@\"";
    let output_of_shell = output("umask");
    let arguments = ["build", &definition, "--context", &context, "--no-cache", "-o", &output_of_shell];
    let other = digest(&run(fixture.env.program("sh").args(["-c", script, DHI]).args(arguments)));
    assert_eq!(other, first);
    for name in ["zone", "umask"] {
        assert_eq!(fixture.layout(name).blobs(), blobs, "{name}");
    }
    // From the directory of the definition.
    let mut command = fixture.env.command(&[
        "build",
        "image.yaml",
        "--context",
        ".",
        "--no-cache",
        "-o",
        &output("directory"),
    ]);
    assert_eq!(digest(&run(command.current_dir(fixture.env.path("project")))), first);
}

#[test]
fn the_layers_of_the_cache_are_those_of_a_new_build() {
    let fixture = BuildFixture::new();
    let first = fixture.built("first", &[]);
    let cases: [&[&str]; 3] = [&[], &["--no-cache"], &["--offline"]];
    for flags in cases {
        assert_eq!(fixture.built("next", flags), first, "{flags:?}");
    }
    assert_eq!(fixture.layout("next").blobs(), fixture.layout("first").blobs());
}

#[test]
fn reproducible_builds_are_reported_without_output() {
    let fixture = BuildFixture::new();
    let expected = fixture.built("out", &[]);
    let checked = fixture.build(&["--check-reproducible"]);
    checked.assert(0, &format!("two builds give {expected}"));
    assert_eq!(checked.stdout, "");
}
