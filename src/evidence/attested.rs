//! The evidence about one referrer of an image: an attestation that was judged, with its statement and signatures or
//! the reason why it does not count; or a referrer that was only listed, with the reason.

use std::fmt;

use super::failure::Failure;
use crate::attestation::{PredicateFacts, PredicateSelector, short_title};
use crate::diagnostic::Remedy;
use crate::oci::{Digest, Repository, media_type, quote_untrusted};
use crate::trust::{self, COSIGN_SIGN, Reduced};

/// One attestation of an image that was judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AttestationEvidence {
    /// Digest of the attestation manifest; under cosign's tag that of the envelope.
    pub digest: Digest,
    /// The predicate type that its manifest claims; for a bundle the type of its statement.
    pub predicate_type: Option<String>,
    /// The repository in which it was found.
    pub found_in: Repository,
    /// How it is stored.
    pub form: AttestationForm,
    /// The result of the verification.
    /// [`PlatformEvidence::outcome_of`](super::platform::PlatformEvidence::outcome_of) decides whether it counts for
    /// an image.
    pub outcome: Result<Attested, Failure>,
}

impl AttestationEvidence {
    /// The title of its predicate type, such as `SPDX SBOM`; `attestation` if it claims none.
    pub fn title(&self) -> String {
        self.predicate_type.as_deref().map_or("attestation".to_owned(), short_title)
    }
}

/// How an attestation is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttestationForm {
    /// A plain statement whose manifest is signed.
    InToto,
    /// A Sigstore bundle with the statement in a DSSE envelope.
    Bundle,
    /// A DSSE envelope, as cosign stores it under the tag `sha256-HEX.att`.
    Envelope,
}

impl AttestationForm {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InToto => "in-toto",
            Self::Bundle => "bundle",
            Self::Envelope => "dsse",
        }
    }
}

/// An attestation that verified: enough signers signed it, and it is about this image. The whole statement is kept
/// only if the caller requested it: a verdict never reads it.
pub type Attested = trust::Attested<Reduced<PredicateFacts>>;

/// A referrer that was found and not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedReferrer {
    /// Digest of its manifest.
    pub digest: Digest,
    /// Its artifact type.
    pub artifact_type: String,
    /// Its predicate type, if it claims one.
    pub predicate_type: Option<String>,
    /// Why it was not judged.
    pub reason: ListedReason,
}

impl ListedReferrer {
    /// Whether it claims to be of one of these types.
    pub fn is_among(&self, types: &[PredicateSelector]) -> bool {
        let is_requested =
            |claimed_type: &str| types.iter().any(|requested| requested.includes(claimed_type));
        self.predicate_type.as_deref().is_some_and(is_requested)
    }

    /// Whether it is a signature of its subject, and not a statement about it.
    pub fn is_signature(&self) -> bool {
        self.artifact_type == media_type::COSIGN_SIGNATURE
            || self.predicate_type.as_deref() == Some(COSIGN_SIGN)
    }
}

/// Why a referrer was not judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ListedReason {
    /// Its predicate type is not among the requested ones.
    NotRequested,
    /// It is an index.
    Index,
    /// It is a signature of the image.
    Signature,
    /// It is not an attestation.
    NoAttestation,
    /// It has the type of a build record, and layers that are not statements.
    NotStatements,
    /// It is a build record of another image.
    BuildRecordOfOther,
    /// It is a Sigstore bundle, and no key or identity was given to verify it.
    BundleWithoutKey,
    /// It is an envelope, and no key or identity was given to verify it.
    EnvelopeWithoutKey,
    /// It is a bundle about another image.
    BundleOfOther,
    /// It is an envelope about another image.
    EnvelopeOfOther,
    /// No trusted key signed it.
    OtherKey,
    /// Its certificate names an identity that is not accepted. The certificate was not checked.
    OtherIdentity {
        /// The identity that the certificate claims.
        identity: String,
        /// The issuer that it claims.
        issuer: String,
    },
    /// It cannot be read.
    Unreadable(String),
}

impl ListedReason {
    /// The word in documents for programs.
    pub fn id(&self) -> &'static str {
        match self {
            Self::NotRequested => "not-requested",
            Self::Index => "index",
            Self::Signature => "signature",
            Self::NoAttestation => "no-attestation",
            Self::NotStatements => "not-statements",
            Self::BuildRecordOfOther => "build-record-of-other-image",
            Self::BundleWithoutKey => "bundle-without-key",
            Self::EnvelopeWithoutKey => "envelope-without-key",
            Self::BundleOfOther => "bundle-of-other-image",
            Self::EnvelopeOfOther => "envelope-of-other-image",
            Self::OtherKey => "other-key",
            Self::OtherIdentity { .. } => "other-identity",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// The input that would make it judged.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::BundleWithoutKey | Self::EnvelopeWithoutKey => Some(Remedy::GiveEnvelopeKey),
            Self::OtherKey => Some(Remedy::GiveTeamKey),
            Self::OtherIdentity { .. } => Some(Remedy::GiveIdentity),
            _ => None,
        }
    }
}

/// The text in reports.
impl fmt::Display for ListedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRequested => "predicate type not requested",
            Self::Index => "an index, not an attestation",
            Self::Signature => "a signature of the image, not an attestation",
            Self::NoAttestation => "not an attestation",
            Self::NotStatements => "not a build record: not all its layers are in-toto statements",
            Self::BuildRecordOfOther => "a build record that does not name this image as its subject",
            Self::BundleWithoutKey => "a Sigstore bundle, and no key or identity is given to verify it",
            Self::EnvelopeWithoutKey => "a signed envelope, and no key or identity is given to verify it",
            Self::BundleOfOther => "a bundle that does not name this image as its subject",
            Self::EnvelopeOfOther => "an envelope that does not name this image as its subject",
            Self::OtherKey => "signed by an unknown key",
            Self::OtherIdentity { identity, issuer } => {
                return write!(
                    f,
                    "certificate identity {} ({}) is not accepted; the certificate was not checked",
                    quote_untrusted(identity),
                    quote_untrusted(issuer)
                );
            }
            Self::Unreadable(cause) => cause,
        })
    }
}
