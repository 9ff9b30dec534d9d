//! The result of a check, which only a check can make.

use super::annotated::Annotations;
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

    /// The same signature, with what is kept of the value.
    pub(super) fn map<U>(self, keep: impl FnOnce(T) -> U) -> Verified<U> {
        Verified { value: keep(self.value), facts: self.facts }
    }

    /// The same signature, with the pairs that it signs beside the value.
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

    /// By whom, how, and with what proof.
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
    pub(super) form: Form,
    pub(super) signed_name: Option<SignedName>,
    pub(super) annotations: Annotations,
    pub(super) log: LogProof,
    pub(super) times: Vec<ProvenTime>,
}

impl SignatureFacts {
    /// Who made it.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// `ecdsa-p256`, …
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// What key or identity were given for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// In which form the signature is stored.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The name in the signed payload. Only simple signing has one.
    pub fn signed_name(&self) -> Option<&SignedName> {
        self.signed_name.as_ref()
    }

    /// What the signer said beside the object under this key: cosign's annotations, never those of a registry.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// What is known from the transparency log.
    pub fn log(&self) -> &LogProof {
        &self.log
    }

    /// Times at which it is proven to have existed; key or certificate were valid at each.
    pub fn times(&self) -> &[ProvenTime] {
        &self.times
    }
}

/// What a key was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It proves images: an embedded DHI key, or a key, keyring or certificate identity of the caller.
    Image,
    /// It verifies attestations that others attached, and never proves that an image is hardened.
    Attestor,
}

impl Role {
    /// The word in reports.
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
pub enum Form {
    /// cosign's simple signing.
    SimpleSigning,
    /// A Sigstore bundle.
    Bundle,
    /// A DSSE envelope under cosign's `.att` tag.
    Envelope,
}

impl Form {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SimpleSigning => "simple-signing",
            Self::Bundle => "bundle",
            Self::Envelope => "dsse",
        }
    }
}
