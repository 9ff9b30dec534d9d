//! A table of good and bad signatures, each with its expected verdict.
//!
//! A bad one has one fault. Everything else about it is genuine, so a verifier that does not check for this fault
//! accepts it.

mod certificates;
mod content;
mod good;
mod legacy;
mod logs;
mod shape;
mod times;

use std::fmt;

use serde_json::Value;

use super::cosign::Layer;
use super::key::{hex, sha256};
use super::signed::{Signed, Version};
use super::{Sigstore, TrustedRoot, statement};

/// What is signed: an image's manifest, so that every signature can be one of a file or of an image.
pub(crate) const ARTIFACT: &[u8] = br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]}"#;
/// The image's configuration.
pub(crate) const CONFIG: &[u8] = b"{}";
/// Whom keyless signatures are by, unless a case says otherwise.
pub(crate) const IDENTITY: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";
/// Whose token says so.
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
/// The repository in legacy payloads.
pub(crate) const REPOSITORY: &str = "registry.acme.test/app";
/// The predicate of attestations.
pub(crate) const PREDICATE_TYPE: &str = "https://acme.test/checked/v1";

/// The only case that the artifact's SHA-256 is not enough for.
pub(crate) const SUBJECT_BY_SHA512: &str = "subject-by-sha512";

/// One signature with all that a verifier is given.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) evidence: Evidence,
    /// The document `trusted_root.json`.
    pub(crate) trusted_root: String,
    /// The bytes that the verifier holds in its hands.
    pub(crate) artifact: Vec<u8>,
    pub(crate) authority: ExpectedSigner,
    /// Whether the verifier demands a log entry. Where it does not, one that is there must still be right.
    pub(crate) log_demanded: bool,
    pub(crate) verdict: Verdict,
    /// Who is known to judge otherwise.
    pub(crate) exceptions: Vec<Judge>,
}

/// The signature as it is found.
#[derive(Clone)]
pub(crate) enum Evidence {
    /// The text of a Sigstore bundle.
    Bundle(String),
    /// A layer of an image tagged `.sig` or `.att`.
    Layer(Layer),
}

/// Whose signature is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExpectedSigner {
    /// The holder of a key, as PEM.
    Key(String),
    /// A certificate with this identity by some issuer.
    Certificate { identity: String, issuer: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    Fail(Reason),
}

/// What is wrong. A verifier that checks in another order may name another reason for some; the verdict stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is no signature in any known form.
    Unreadable,
    /// It is larger than any honest one.
    Limit,
    /// It is by another key, or by a key where a certificate was wanted, or the other way round.
    Key,
    /// The signature is not over what it is said to be over.
    Signature,
    /// It is about another object.
    Subject,
    /// The certificate has no trusted issuer, or another purpose.
    Certificate,
    /// The certificate has another identity.
    Identity,
    /// It is not in the log, or the entry belongs to another signature.
    Log,
    /// No trusted time, or not the right one.
    Time,
}

/// Other verifiers that the table is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judge {
    /// The crate `sigstore-verify`.
    Library,
    /// cosign 3: `verify-blob` and `verify-blob-attestation` of bundles, `verify` and `verify-attestation` of
    /// images with layers.
    Cosign,
    /// cosign 2, which judges layers only.
    Cosign2,
}

impl Case {
    /// A good bundle, with a verifier that requires its signer.
    pub(crate) fn bundle(name: impl Into<String>, signed: &Signed, version: Version) -> Self {
        Self::new(name.into(), signed, Evidence::Bundle(signed.bundle(version).to_string()))
    }

    /// A good legacy signature.
    pub(crate) fn layer(name: impl Into<String>, signed: &Signed, payload: &str) -> Self {
        Self::new(name.into(), signed, Evidence::Layer(signed.layer(payload)))
    }

    fn new(name: String, signed: &Signed, evidence: Evidence) -> Self {
        let authority = match signed.signer.certificate {
            None => ExpectedSigner::Key(signed.signer.key.pem()),
            Some(_) => {
                ExpectedSigner::Certificate { identity: IDENTITY.to_owned(), issuer: ISSUER.to_owned() }
            }
        };
        Self {
            name,
            evidence,
            trusted_root: String::new(),
            artifact: ARTIFACT.to_vec(),
            authority,
            log_demanded: true,
            verdict: Verdict::Pass,
            exceptions: Vec::new(),
        }
    }

    /// It is bad.
    pub(crate) fn fails(mut self, reason: Reason) -> Self {
        self.verdict = Verdict::Fail(reason);
        self
    }

    /// These verifiers give another verdict, as measured.
    pub(crate) fn except(mut self, judges: &[Judge]) -> Self {
        self.exceptions = judges.to_vec();
        self
    }

    /// The verifier has another trusted root.
    pub(crate) fn trusting(mut self, root: &TrustedRoot) -> Self {
        self.trusted_root = root.json();
        self
    }

    /// The verifier requires another signer.
    pub(crate) fn by(mut self, authority: ExpectedSigner) -> Self {
        self.authority = authority;
        self
    }

    pub(crate) fn by_certificate(self, identity: &str, issuer: &str) -> Self {
        self.by(ExpectedSigner::Certificate { identity: identity.to_owned(), issuer: issuer.to_owned() })
    }

    /// The verifier requires no log entry.
    pub(crate) fn without_log(mut self) -> Self {
        self.log_demanded = false;
        self
    }

    /// The bundle with a change in its JSON.
    pub(crate) fn edited(self, edit: impl FnOnce(&mut Value)) -> Self {
        self.rewritten(|text| {
            let mut bundle = serde_json::from_str(text).unwrap();
            edit(&mut bundle);
            bundle.to_string()
        })
    }

    /// The bundle with a change in its text.
    pub(crate) fn rewritten(mut self, rewrite: impl FnOnce(&str) -> String) -> Self {
        let Evidence::Bundle(text) = &mut self.evidence else { panic!("{} is no bundle", self.name) };
        let new = rewrite(text);
        assert_ne!(&new, text, "{} changes nothing", self.name);
        *text = new;
        self
    }

    /// The layer with a change.
    pub(crate) fn relayered(mut self, change: impl FnOnce(&mut Layer)) -> Self {
        let Evidence::Layer(layer) = &mut self.evidence else { panic!("{} is no layer", self.name) };
        change(layer);
        self
    }

    pub(crate) fn is_good(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// The known verdict of this verifier: `true` for a pass.
    pub(crate) fn judged_by(&self, judge: Judge) -> bool {
        self.is_good() != self.exceptions.contains(&judge)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?}", self.name, self.verdict)
    }
}

/// The table.
pub(crate) fn cases() -> Vec<Case> {
    let sigstore = Sigstore::new();
    let topics = [
        good::cases,
        logs::cases,
        times::cases,
        certificates::cases,
        content::cases,
        shape::cases,
        legacy::cases,
    ];
    let mut cases: Vec<Case> = topics.iter().flat_map(|topic| topic(&sigstore)).collect();
    for case in cases.iter_mut().filter(|case| case.trusted_root.is_empty()) {
        case.trusted_root = sigstore.trusted_root().json();
    }
    cases
}

/// The SHA-256 of the artifact, in hexadecimal.
pub(crate) fn digest() -> String {
    hex(&sha256(ARTIFACT))
}

/// A statement about the artifact.
fn about_artifact() -> String {
    statement("app", &digest(), PREDICATE_TYPE)
}
