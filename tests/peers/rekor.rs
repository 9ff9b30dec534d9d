//! The Rekor server of the tests with the real cosign: it records uploads of cosign, and the answers that cosign stores
//! verify offline.

use std::process::Command;

use crate::cosign::Key;
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, succeed};
use crate::support::rekor::{RekorBehavior, RekorServer};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::log::Log;

const PEERS: [&str; 4] = ["refreg", "regctl", "cosign2", "cosign3"];
const PREDICATE_TYPE: &str = "https://acme.test/checked/v1";

/// An instance with its log on the network, and an image in a registry.
pub(crate) struct RekorFixture {
    pub(crate) env: PeerEnv,
    _registry: Registry,
    rekor: RekorServer,
    pub(crate) key: Key,
    /// The instance whose log the server is.
    pub(crate) sigstore: Sigstore,
    /// `HOST/REPOSITORY@DIGEST`.
    pub(crate) image: String,
}

impl RekorFixture {
    pub(crate) fn new(behavior: RekorBehavior) -> Option<Self> {
        let env = PeerEnv::with(&PEERS)?;
        let registry = Registry::start(&env, Kind::Ggcr);
        let sigstore = Sigstore::new();
        let rekor = RekorServer::start(&sigstore.rekor, behavior);
        let key = Key::generate(&env, "team");
        let repository = format!("{}/app", registry.host);
        let image =
            Image::pushed(&env, Recipe { predicates: &[], ..Recipe::SMALL }, &format!("{repository}:1"));
        let image = format!("{repository}@{}", image.platforms[0]);
        env.write("rekor.pub", &sigstore.rekor.key.pem());
        env.write("root.json", &sigstore.trusted_root().json());
        env.write("predicate.json", r#"{"checked":true}"#);
        Some(Self { env, _registry: registry, rekor, key, sigstore, image })
    }

    fn cosign(&self, program: &str, arguments: &[&str]) -> Command {
        let mut cosign = self.env.peer(program);
        cosign.env("SIGSTORE_REKOR_PUBLIC_KEY", self.env.path("rekor.pub"));
        cosign.args(arguments).arg("--allow-http-registry");
        cosign
    }

    /// A command that signs and uploads.
    pub(crate) fn signing(&self, program: &str, arguments: &[&str]) -> Command {
        let mut cosign = self.cosign(program, arguments);
        cosign.args(["--yes", "--rekor-url", &self.rekor.url(), "--key"]).arg(self.env.path("team.key"));
        if program == "cosign3" {
            cosign.arg("--use-signing-config=false");
        }
        if arguments[0] == "attest" {
            cosign.args(["--type", PREDICATE_TYPE, "--predicate"]).arg(self.env.path("predicate.json"));
        }
        cosign.arg(&self.image);
        cosign
    }

    pub(crate) fn signs(&self, program: &str, arguments: &[&str]) {
        let before = self.uploads();
        succeed(&mut self.signing(program, arguments));
        assert_eq!(self.uploads(), before + 1, "{program} {arguments:?}");
    }

    /// Whether the signature verifies by its log entry, with the log's key or a trusted root.
    fn verifies(&self, program: &str, arguments: &[&str]) -> bool {
        let mut cosign = self.cosign(program, arguments);
        cosign.args(["--key", self.key.public()]);
        match program {
            "cosign3" => cosign.arg("--trusted-root").arg(self.env.path("root.json")),
            _ => cosign.arg("--offline=true"),
        };
        cosign.arg(&self.image).output().unwrap().status.success()
    }

    fn uploads(&self) -> usize {
        self.rekor.requests().iter().filter(|request| *request == "POST /api/v1/log/entries").count()
    }

    /// From now on verifiers trust another log of the same name.
    fn forget_log(&self) {
        let mut root = Sigstore::new().trusted_root();
        root.logs.truncate(1);
        root.logs[0].0 = Log::v1("rekor.sigstore.test");
        self.env.write("rekor.pub", &root.logs[0].0.key.pem());
        self.env.write("root.json", &root.json());
    }
}

#[test]
fn cosign_2_uploads_signatures_and_verifies_what_it_stored() {
    let Some(fixture) = RekorFixture::new(RekorBehavior::Honest) else { return };
    fixture.signs("cosign2", &["sign"]);
    assert!(fixture.verifies("cosign2", &["verify"]));
    fixture.forget_log();
    assert!(!fixture.verifies("cosign2", &["verify"]));
}

#[test]
fn cosign_2_uploads_attestations_in_both_kinds() {
    for kind in ["dsse", "intoto"] {
        let Some(fixture) = RekorFixture::new(RekorBehavior::Honest) else { return };
        fixture.signs("cosign2", &["attest", "--rekor-entry-type", kind]);
        let verify = ["verify-attestation", "--type", PREDICATE_TYPE];
        assert!(fixture.verifies("cosign2", &verify), "{kind}");
        fixture.forget_log();
        assert!(!fixture.verifies("cosign2", &verify), "{kind}");
    }
}

#[test]
fn cosign_3_uploads_bundles_and_verifies_what_it_stored() {
    for (sign, verify) in
        [(&["sign"][..], &["verify"][..]), (&["attest"], &["verify-attestation", "--type", PREDICATE_TYPE])]
    {
        let Some(fixture) = RekorFixture::new(RekorBehavior::Honest) else { return };
        fixture.signs("cosign3", sign);
        assert!(fixture.verifies("cosign3", verify), "{sign:?}");
        fixture.forget_log();
        assert!(!fixture.verifies("cosign3", verify), "{sign:?}");
    }
}

#[test]
fn cosign_fails_if_the_log_misbehaves() {
    for behavior in [RekorBehavior::Html, RekorBehavior::Status(400)] {
        let Some(fixture) = RekorFixture::new(behavior) else { return };
        for program in ["cosign2", "cosign3"] {
            let output = fixture.signing(program, &["sign"]).output().unwrap();
            assert!(!output.status.success(), "{program} {behavior:?}");
        }
    }
}
