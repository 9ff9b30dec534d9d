//! cosign 2 and cosign 3 as signers. They use no transparency log, since the public one is not on loopback.

use std::path::PathBuf;
use std::process::Command;

use crate::image::Image;
use crate::support::peers::{PeerEnv, succeed};

/// A key pair in the scratch directory of a env.
pub(crate) struct Key {
    pub(crate) private: PathBuf,
    pub(crate) public: PathBuf,
}

impl Key {
    /// ECDSA P-256, as cosign makes it.
    pub(crate) fn generate(env: &PeerEnv, name: &str) -> Self {
        env.run("cosign3", ["generate-key-pair", "--output-key-prefix", name]);
        Self::of(env, name)
    }

    /// Made by openssl with `options` of `genpkey`, imported by cosign.
    pub(crate) fn import(env: &PeerEnv, name: &str, options: &[&str]) -> Self {
        let pem = format!("{name}.pem");
        env.run("openssl", [&["genpkey", "-out", &pem], options].concat());
        env.run("cosign3", ["import-key-pair", "--key", &pem, "--output-key-prefix", name]);
        Self::of(env, name)
    }

    pub(crate) fn of(env: &PeerEnv, name: &str) -> Self {
        Self { private: env.path(&format!("{name}.key")), public: env.path(&format!("{name}.pub")) }
    }

    /// The path of the public key.
    pub(crate) fn public(&self) -> &str {
        self.public.to_str().unwrap()
    }
}

/// How signatures are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As Docker's are: cosign 2, a simple-signing payload in an OCI 1.1 referrer.
    SimpleSigning,
    /// cosign 3: a DSSE envelope in a Sigstore bundle in a referrer.
    Bundle,
}

impl Form {
    pub(crate) const BOTH: [Self; 2] = [Self::SimpleSigning, Self::Bundle];

    /// The word in the JSON document.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::SimpleSigning => "simple-signing",
            Self::Bundle => "bundle",
        }
    }

    /// The command that signs what is added to it.
    pub(crate) fn command(self, env: &PeerEnv, key: &Key) -> Command {
        let mut command = match self {
            Self::SimpleSigning => env.peer("cosign2"),
            Self::Bundle => env.peer("cosign3"),
        };
        command.args(["sign", "--tlog-upload=false", "--yes", "--allow-http-registry", "--key"]);
        command.arg(&key.private);
        match self {
            Self::SimpleSigning => command
                .env("COSIGN_EXPERIMENTAL", "1")
                .args(["--registry-referrers-mode=oci-1-1", "--new-bundle-format=false"]),
            Self::Bundle => command.arg("--use-signing-config=false"),
        };
        command
    }

    /// Signs one object.
    pub(crate) fn sign(self, env: &PeerEnv, key: &Key, repository: &str, digest: &str) {
        succeed(self.command(env, key).arg(format!("{repository}@{digest}")));
    }

    /// Whether the same cosign verifies what it signed. It does not take the digest algorithm from the key.
    pub(crate) fn verifies(self, env: &PeerEnv, key: &Key, digest_algorithm: &str, reference: &str) -> bool {
        let mut command = match self {
            Self::SimpleSigning => env.peer("cosign2"),
            Self::Bundle => env.peer("cosign3"),
        };
        command.args([
            "verify",
            "--insecure-ignore-tlog=true",
            "--allow-http-registry",
            "--key",
            key.public(),
        ]);
        if self == Self::SimpleSigning {
            command.args(["--experimental-oci11", "--new-bundle-format=false", "--offline=true"]);
        }
        command.args(["--signature-digest-algorithm", digest_algorithm]);
        command.arg(reference).output().unwrap().status.success()
    }

    /// Signs the attestations of an image in `HOST/REPOSITORY`, as `registry.scout.docker.com/dhi/python`.
    pub(crate) fn sign_attestations(self, env: &PeerEnv, key: &Key, repository: &str, image: &Image) {
        let mut types: Vec<&str> = image.attestations.iter().map(|one| one.predicate_type).collect();
        types.sort_unstable();
        types.dedup();
        for predicate_type in types {
            let mut command = self.command(env, key);
            if self == Self::SimpleSigning {
                command.args(["--sign-container-identity", "registry.scout.docker.com/dhi/python"]);
                command.args(["-a", &format!("predicateType={predicate_type}")]);
            }
            let of_type = image.attestations.iter().filter(|one| one.predicate_type == predicate_type);
            succeed(command.args(of_type.map(|one| format!("{repository}@{}", one.digest))));
        }
    }

    /// Signs an image in `HOST/REPOSITORY`: its attestations and its index.
    pub(crate) fn sign_image(self, env: &PeerEnv, key: &Key, repository: &str, image: &Image) {
        self.sign_attestations(env, key, repository, image);
        self.sign(env, key, repository, &image.digest);
    }
}

/// `cosign sign` and `cosign attest` as cosign 2 does them by default: in images tagged `sha256-HEX.sig` and
/// `sha256-HEX.att`, which refer to nothing.
pub(crate) fn sign_and_attest_in_tags(env: &PeerEnv, key: &Key, predicate_type: &str, reference: &str) {
    let predicate = env.write("predicate.json", r#"{"checked":true}"#);
    let common = ["--tlog-upload=false", "--yes", "--allow-http-registry", "--new-bundle-format=false"];
    succeed(env.peer("cosign2").arg("sign").args(common).arg("--key").arg(&key.private).arg(reference));
    let mut attest = env.peer("cosign2");
    attest.arg("attest").args(common).args(["--type", predicate_type, "--predicate"]).arg(predicate);
    succeed(attest.arg("--key").arg(&key.private).arg(reference));
}

/// `cosign attest` of cosign 3: a DSSE envelope with an in-toto statement, in a bundle in a referrer.
pub(crate) fn attest(env: &PeerEnv, key: &Key, predicate_type: &str, repository: &str, digest: &str) {
    let predicate = env.write("predicate.json", r#"{"checked":true}"#);
    let mut command = env.peer("cosign3");
    command.args(["attest", "--tlog-upload=false", "--yes", "--allow-http-registry"]);
    command.args(["--use-signing-config=false", "--type", predicate_type, "--key"]).arg(&key.private);
    succeed(command.arg("--predicate").arg(predicate).arg(format!("{repository}@{digest}")));
}

/// The same with one of cosign's short names, whose predicates it reads into types of its own.
pub(crate) fn attest_as(env: &PeerEnv, key: &Key, short: &str, reference: &str) {
    let predicate = env.write("empty.json", "{}");
    let mut command = env.peer("cosign3");
    command.args(["attest", "--tlog-upload=false", "--yes", "--allow-http-registry"]);
    command.args(["--use-signing-config=false", "--type", short, "--key"]).arg(&key.private);
    succeed(command.arg("--predicate").arg(predicate).arg(reference));
}
