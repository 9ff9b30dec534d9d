//! [`Verified`]: the result of a check. Only a check makes one.

use super::signed_annotations::Annotations;
use super::{LogProof, ProvenTime, SignedName, Signer};

/// A value over which a signature was checked, and the facts of that signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    facts: SignatureFacts,
}

impl<T> Verified<T> {
    pub(super) fn new(value: T, facts: SignatureFacts) -> Self {
        Self { value, facts }
    }

    /// The same signature, with another value made of this one.
    pub(super) fn map<U>(self, keep: impl FnOnce(T) -> U) -> Verified<U> {
        Verified { value: keep(self.value), facts: self.facts }
    }

    /// The same signature, with the annotations that it covers.
    pub(super) fn annotated(mut self, annotations: Annotations) -> Self {
        self.facts.annotations = annotations;
        self
    }

    /// What was signed.
    pub fn value(&self) -> &T {
        &self.value
    }

    pub(super) fn into_parts(self) -> (T, SignatureFacts) {
        (self.value, self.facts)
    }

    /// The facts of the signature: signer, format, log proof, times.
    pub fn facts(&self) -> &SignatureFacts {
        &self.facts
    }
}

/// The facts of one good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFacts {
    pub(super) signer: Signer,
    pub(super) algorithm: &'static str,
    pub(super) role: Role,
    pub(super) format: SignatureFormat,
    pub(super) signed_name: Option<SignedName>,
    pub(super) annotations: Annotations,
    pub(super) log: LogProof,
    pub(super) times: Vec<ProvenTime>,
}

impl SignatureFacts {
    /// Who made the signature.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// `ecdsa-p256`, …
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// What its key or identity is trusted for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The form in which the signature is stored.
    pub fn format(&self) -> SignatureFormat {
        self.format
    }

    /// The name in the signed payload. Only simple signing has one.
    pub fn signed_name(&self) -> Option<&SignedName> {
        self.signed_name.as_ref()
    }

    /// The value of a signed annotation. Never an annotation of a manifest or registry.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// What the transparency log proves.
    pub fn log(&self) -> &LogProof {
        &self.log
    }

    /// Times at which the signature is proven to have existed. The key or certificate was valid at each.
    pub fn times(&self) -> &[ProvenTime] {
        &self.times
    }
}

/// What a key or identity is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It proves images: an embedded DHI key, or a key, keyring or certificate identity of the caller.
    Image,
    /// It verifies attestations that others attached, and never proves that an image is hardened.
    Attestor,
}

impl Role {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Attestor => "attestor",
        }
    }
}

/// How a signature is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureFormat {
    /// cosign's simple signing.
    SimpleSigning,
    /// A Sigstore bundle.
    Bundle,
    /// A DSSE envelope, under cosign's `.att` tag or as a referrer.
    Envelope,
    /// The signature of a file alone, in a file beside it.
    Detached,
}

impl SignatureFormat {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SimpleSigning => "simple-signing",
            Self::Bundle => "bundle",
            Self::Envelope => "dsse",
            Self::Detached => "detached",
        }
    }
}
