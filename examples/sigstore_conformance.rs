//! Implements `verify-bundle` of the client protocol of [sigstore-conformance], the test suite for Sigstore clients:
//! exit code 0 if the bundle verifies, and otherwise the reason on standard error.
//!
//! `cargo build --example sigstore_conformance`, then the suite's `--entrypoint
//! target/debug/examples/sigstore_conformance --skip-signing`.
//!
//! [sigstore-conformance]: https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser};
use dhi::diagnostic::ToDiagnostic;
use dhi::limits::Limits;
use dhi::oci::Digest;
use dhi::trust::{
    Artifact, Bundle, Error, IdentityRule, Keyring, LogPolicy, Matcher, PublicKey, SctPolicy, Threshold,
    Trust, TrustedKey, TrustedRoot,
};

#[derive(Parser)]
enum Command {
    /// Checks that a bundle was signed by a key or an identity and is about a file.
    VerifyBundle(VerifyBundle),
}

#[derive(Args)]
struct VerifyBundle {
    /// Trust the root of Sigstore's staging instance.
    #[arg(long)]
    staging: bool,
    /// The bundle.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    #[command(flatten)]
    signer: Signer,
    /// The issuer of the identity.
    #[arg(long, value_name = "URL", conflicts_with = "key", required_unless_present = "key")]
    certificate_oidc_issuer: Option<String>,
    /// Trust only this root.
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,
    /// The signed file, or its digest.
    #[arg(value_name = "FILE|sha256:DIGEST")]
    artifact: String,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Signer {
    /// The required identity in the certificate.
    #[arg(long, value_name = "IDENTITY")]
    certificate_identity: Option<String>,
    /// The required public key, as PEM.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl VerifyBundle {
    /// The trust: one signer, the transparency log, and for certificates certificate transparency.
    fn trust(&self) -> Result<Trust, Failure> {
        let mut keys = Keyring::default();
        if let Some(path) = &self.signer.key {
            let origin = path.display().to_string();
            let pem =
                String::from_utf8(read(path)?).map_err(|error| Failure(format!("{origin}: {error}")))?;
            keys = Keyring::of([TrustedKey::active(
                "key",
                PublicKey::from_pem(&pem, &origin)?,
                origin.as_str(),
            )]);
        }
        let identities = match (&self.signer.certificate_identity, &self.certificate_oidc_issuer) {
            (Some(identity), Some(issuer)) => {
                vec![IdentityRule::new(Matcher::exact(identity), Matcher::exact(issuer))]
            }
            _ => Vec::new(),
        };
        let root = match &self.trusted_root {
            Some(path) => TrustedRoot::from_json(&read(path)?, &path.display().to_string())?,
            None if self.staging => TrustedRoot::staging()?,
            None => TrustedRoot::public_good()?,
        };
        Ok(Trust {
            keys,
            identities,
            attestors: Keyring::default(),
            root,
            log: LogPolicy::Require,
            sct: SctPolicy::Require,
            threshold: Threshold::ONE,
            effective_time: jiff::Timestamp::now(),
        })
    }

    fn run(&self) -> Result<(), Failure> {
        let trust = self.trust()?;
        let bundle = Bundle::parse(&read(&self.bundle)?.into(), &Limits::default())?;
        let path = Path::new(&self.artifact);
        // An existing file is a file, as the protocol requires.
        match self.artifact.parse::<Digest>() {
            Ok(digest @ Digest::Sha256(_)) if !path.exists() => {
                trust.verify_bundle(&bundle, Artifact::of_digest(digest))?
            }
            _ => trust.verify_bundle(&bundle, Artifact::of_bytes(&read(path)?))?,
        };
        Ok(())
    }
}

/// Why the bundle does not verify, or could not be checked.
struct Failure(String);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let problem = error.to_diagnostic();
        let facts = problem.facts.iter().map(|(name, value)| format!("\n  {name}: {value}"));
        Self(std::iter::once(problem.message).chain(facts).collect())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure(format!("{}: {error}", path.display())))
}

fn main() -> ExitCode {
    let Command::VerifyBundle(command) = Command::parse();
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
