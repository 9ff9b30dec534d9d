//! The output of `dhi verify`, compared with snapshots. Digests and times are shown, since the fixtures do not change.

use crate::support::env::{TestEnv, run};

/// Compares what a run printed, and how it ended, with `snapshots/NAME.snap`.
macro_rules! snapshot {
    ($name:expr, $run:expr) => {{
        let run = $run;
        let text = format!("{}---- stderr\n{}---- exit {}\n", run.stdout, run.stderr, run.code);
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!($name, text);
        });
    }};
}
pub(crate) use snapshot;

#[test]
fn passing_runs_match_their_snapshots() {
    let env = TestEnv::new();
    snapshot!("good-image", env.verify(&["oci:fixtures/python:3.13"]));
    snapshot!("good-chart", env.verify(&["oci:fixtures/chart:1.42.0"]));
    snapshot!("good-bundles", env.verify(&["--policy", "attested", "oci:fixtures/bundles:1.4"]));
    snapshot!("good-build-attestations", env.verify(&["oci:fixtures/bad/buildkit-attestation"]));
    snapshot!(
        "one-platform-one-predicate",
        env.verify(&[
            "--platform",
            "linux/amd64",
            "--predicate-type",
            "https://spdx.dev/Document",
            "oci:fixtures/python:3.13",
        ])
    );
    snapshot!("skip-tlog", env.verify(&["--skip-tlog", "oci:fixtures/python:3.13"]));
    snapshot!("two-references", env.verify(&["oci:fixtures/python:3.13", "oci:fixtures/bad/unsigned"]));
}

#[test]
fn failing_runs_match_their_snapshots() {
    let env = TestEnv::new();
    for name in [
        "wrong-key",
        "other-image",
        "unsigned",
        "tampered-manifest",
        "tampered-payload",
        "tampered-statement",
        "log-set-tampered",
        "log-foreign",
        "predicate-mismatch",
        "wrong-statement-subject",
        "duplicate-member",
        "platform-mismatch",
        "index-unsigned",
        "index-signature-other",
        "payload-type",
    ] {
        snapshot!(format!("bad-{name}"), env.verify(&[&format!("oci:fixtures/bad/{name}:latest")]));
    }
    // What the images say that they are built on is in another registry.
    for name in ["no-attestations", "hidden-platform"] {
        let reference = format!("oci:fixtures/bad/{name}:latest");
        snapshot!(format!("bad-{name}"), env.verify(&["--policy", "attested", &reference]));
        snapshot!(format!("bad-{name}-offline"), env.verify(&["--offline", &reference]));
    }
    snapshot!("bad-bundles-offline", env.verify(&["--offline", "oci:fixtures/bundles:1.4"]));
    snapshot!("dhi-key", env.dhi(&["verify", "oci:fixtures/python:3.13"]));
    snapshot!("signed-name", env.verify(&["--signed-name", "dhi/nginx", "oci:fixtures/bad/two-signatures"]));
    snapshot!("require-tlog", env.verify(&["--require-tlog", "oci:fixtures/bad/log-absent"]));
    snapshot!("no-such-platform", env.verify(&["--platform", "linux/s390x", "oci:fixtures/python:3.13"]));
    snapshot!(
        "no-such-predicate",
        env.verify(&["--predicate-type", "https://docker.com/dhi/stig/v0.1", "oci:fixtures/python:3.13"])
    );
    snapshot!("no-such-tag", env.verify(&["oci:fixtures/python:3.12"]));
    snapshot!("no-such-layout", env.verify(&["oci:fixtures/nothing:3.12"]));
    snapshot!("no-such-archive", env.verify(&["archive:fixtures/nothing.tar:3.12"]));
    snapshot!("archive-that-is-a-layout", env.verify(&["archive:fixtures/python:3.13"]));
    snapshot!("archive-that-is-no-tar", env.verify(&["archive:fixtures/README.md"]));
}

#[test]
fn usage_and_help_match_their_snapshots() {
    let env = TestEnv::new();
    snapshot!("usage-none", env.dhi(&[]));
    snapshot!("usage-help", env.dhi(&["verify", "--help"]));
    snapshot!("usage-short-help", run(env.command(&["verify", "-h"]).env("COLUMNS", "80")));
    for (name, arguments) in [
        ("no-command", &["attest"][..]),
        ("no-reference", &["verify"]),
        ("unknown-option", &["verify", "--polcy", "attested", "x"]),
        ("unknown-command", &["attest", "lis", "x"]),
        ("foreign-option", &["verify", "--type", "spdxjson", "dhi.io/python:3.13"]),
        ("foreign-value", &["verify", "--offline=false", "x"]),
        ("predicate-type", &["verify", "--predicate-type", "SPDX", "x"]),
        ("login", &["verify", "--mirror", "dhi.io=me:secret@x y z", "x"]),
    ] {
        snapshot!(format!("usage-{name}"), env.dhi(arguments));
    }
    snapshot!("usage-reference", env.dhi(&["verify", "Docker.io/Python"]));
    snapshot!("usage-scheme", env.dhi(&["verify", "docker://dhi.io/python"]));
    snapshot!("usage-archive", env.dhi(&["verify", "docker-archive:image.tar"]));
    snapshot!("usage-conflict", env.dhi(&["verify", "--skip-tlog", "--require-tlog", "x"]));
    snapshot!("usage-private-key", env.dhi(&["verify", "--key", "fixtures/README.md", "x"]));
    snapshot!("usage-key-http", env.dhi(&["verify", "--key", "http://dhi.io/keyring/latest.pub", "x"]));
    snapshot!(
        "usage-key-url-offline",
        env.dhi(&["verify", "--offline", "--key", "https://dhi.io/keyring/latest.pub", "x"])
    );
    snapshot!("usage-plain-http", env.dhi(&["verify", "--plain-http", "registry.example.com", "x"]));
    snapshot!("offline-unknown", env.dhi(&["verify", "--offline", "dhi.io/python:3.13"]));
}
