//! What people see. Digests and times of the fixtures are shown as they are: the fixtures are part of the project.

use crate::binary::{User, snapshot};

#[test]
fn good() {
    let user = User::new();
    snapshot!("good-image", user.verify(&["oci:fixtures/python:3.13"]));
    snapshot!("good-chart", user.verify(&["oci:fixtures/chart:1.42.0"]));
    snapshot!("good-bundles", user.verify(&["--policy", "attested", "oci:fixtures/bundles:1.4"]));
    snapshot!("good-build-attestations", user.verify(&["oci:fixtures/bad/buildkit-attestation"]));
    snapshot!(
        "one-platform-one-predicate",
        user.verify(&[
            "--platform",
            "linux/amd64",
            "--predicate-type",
            "https://spdx.dev/Document",
            "oci:fixtures/python:3.13",
        ])
    );
    snapshot!("skip-tlog", user.verify(&["--skip-tlog", "oci:fixtures/python:3.13"]));
    snapshot!("two-references", user.verify(&["oci:fixtures/python:3.13", "oci:fixtures/bad/unsigned"]));
}

#[test]
fn bad() {
    let user = User::new();
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
        snapshot!(format!("bad-{name}"), user.verify(&[&format!("oci:fixtures/bad/{name}:latest")]));
    }
    // What the images say that they are built on is in another registry.
    for name in ["no-attestations", "hidden-platform"] {
        let reference = format!("oci:fixtures/bad/{name}:latest");
        snapshot!(format!("bad-{name}"), user.verify(&["--policy", "attested", &reference]));
        snapshot!(format!("bad-{name}-offline"), user.verify(&["--offline", &reference]));
    }
    snapshot!("bad-bundles-offline", user.verify(&["--offline", "oci:fixtures/bundles:1.4"]));
    snapshot!("dhi-key", user.dhi(&["verify", "oci:fixtures/python:3.13"]));
    snapshot!("signed-name", user.verify(&["--signed-name", "dhi/nginx", "oci:fixtures/bad/two-signatures"]));
    snapshot!("require-tlog", user.verify(&["--require-tlog", "oci:fixtures/bad/log-absent"]));
    snapshot!("no-such-platform", user.verify(&["--platform", "linux/s390x", "oci:fixtures/python:3.13"]));
    snapshot!(
        "no-such-predicate",
        user.verify(&["--predicate-type", "https://docker.com/dhi/stig/v0.1", "oci:fixtures/python:3.13"])
    );
    snapshot!("no-such-tag", user.verify(&["oci:fixtures/python:3.12"]));
    snapshot!("no-such-layout", user.verify(&["oci:fixtures/nothing:3.12"]));
    snapshot!("no-such-archive", user.verify(&["archive:fixtures/nothing.tar:3.12"]));
    snapshot!("archive-that-is-a-layout", user.verify(&["archive:fixtures/python:3.13"]));
    snapshot!("archive-that-is-no-tar", user.verify(&["archive:fixtures/README.md"]));
}

#[test]
fn usage() {
    let user = User::new();
    snapshot!("usage-none", user.dhi(&[]));
    snapshot!("usage-help", user.dhi(&["verify", "--help"]));
    snapshot!("usage-reference", user.dhi(&["verify", "Docker.io/Python"]));
    snapshot!("usage-scheme", user.dhi(&["verify", "docker://dhi.io/python"]));
    snapshot!("usage-archive", user.dhi(&["verify", "docker-archive:image.tar"]));
    snapshot!("usage-conflict", user.dhi(&["verify", "--skip-tlog", "--require-tlog", "x"]));
    snapshot!("usage-private-key", user.dhi(&["verify", "--key", "fixtures/README.md", "x"]));
    snapshot!("usage-key-http", user.dhi(&["verify", "--key", "http://dhi.io/keyring/latest.pub", "x"]));
    snapshot!(
        "usage-key-url-offline",
        user.dhi(&["verify", "--offline", "--key", "https://dhi.io/keyring/latest.pub", "x"])
    );
    snapshot!("usage-plain-http", user.dhi(&["verify", "--plain-http", "registry.example.com", "x"]));
    snapshot!("offline-unknown", user.dhi(&["verify", "--offline", "dhi.io/python:3.13"]));
}
