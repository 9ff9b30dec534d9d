//! What is known about one referrer of an image: an attestation that was judged, with its statement and signatures
//! or why it does not count; or a referrer that was only listed, and why.

use std::borrow::Cow;
use std::fmt;

use super::failure::Failure;
use crate::attestation::{PredicateFacts, PredicateSelector, short_title};
use crate::diagnostic::Remedy;
use crate::oci::{Digest, Repository, media_type, quote_untrusted};
use crate::trust::{self, COSIGN_SIGN, Error, Reduced};

/// One attestation of an image that was judged.
#[derive(Clone, Debug)]
pub struct AttestationEvidence {
    /// Digest of the attestation manifest; under cosign's tag that of the envelope.
    pub digest: Digest,
    /// The predicate type that its manifest claims; for bundles that of the statement.
    pub predicate_type: Option<String>,
    /// Where it was found.
    pub found_in: Repository,
    /// In which form it is stored.
    pub form: AttestationForm,
    /// What came of it. Whether that counts for the image that it stands beside is for
    /// [`PlatformEvidence::outcome_of`](super::platform::PlatformEvidence::outcome_of) to say.
    pub outcome: Result<Attested, Failure>,
}

impl AttestationEvidence {
    /// What came of it for `object`, or for the index around it where `or` is that: a proof counts for the object that
    /// it was found to be about.
    pub(super) fn outcome_for(
        &self,
        object: Digest,
        or: Option<Digest>,
    ) -> Result<&Attested, Cow<'_, Failure>> {
        let attested = self.outcome.as_ref().map_err(Cow::Borrowed)?;
        let subject = attested.subject();
        if subject == object || Some(subject) == or {
            return Ok(attested);
        }
        let subjects = vec![subject.to_string()];
        Err(Cow::Owned(Error::StatementSubject { subjects, expected: object }.into()))
    }

    /// What people call its predicate type: `SPDX SBOM`; `attestation` where it claims none.
    pub fn title(&self) -> String {
        self.predicate_type.as_deref().map_or("attestation".to_owned(), short_title)
    }
}

/// How an attestation is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// An attestation that verified: enough authorities signed it, and it is about this image. The whole statement is kept
/// only where the walk was asked to: a verdict never reads it.
pub type Attested = trust::Attested<Reduced<PredicateFacts>>;

/// A referrer that was found and not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Digest of its manifest.
    pub digest: Digest,
    /// Its artifact type.
    pub artifact_type: String,
    /// Its predicate type, where it claims one.
    pub predicate_type: Option<String>,
    /// Why it was not judged.
    pub reason: ListedReason,
}

impl Listed {
    /// Whether it claims to be of one of these types.
    pub fn is_among(&self, types: &[PredicateSelector]) -> bool {
        let is_asked_for = |own: &str| types.iter().any(|asked| asked.includes(own));
        self.predicate_type.as_deref().is_some_and(is_asked_for)
    }

    /// Whether it signs its subject rather than says something about it.
    pub fn is_signature(&self) -> bool {
        self.artifact_type == media_type::COSIGN_SIGNATURE
            || self.predicate_type.as_deref() == Some(COSIGN_SIGN)
    }
}

/// Why a referrer was not judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ListedReason {
    /// Its predicate type is not among those that were asked for.
    NotAskedFor,
    /// It is an index.
    Index,
    /// It signs the image rather than says something about it.
    Signature,
    /// It is no attestation.
    NoAttestation,
    /// It calls itself the record of a build and holds something other than statements.
    NotStatements,
    /// It is the record of the build of another image.
    BuildRecordOfOther,
    /// It is a bundle, and nothing was given that could have signed one.
    BundleWithoutKey,
    /// It is an envelope, and nothing was given that could have signed one.
    EnvelopeWithoutKey,
    /// It is a bundle of another image.
    BundleOfOther,
    /// It is an envelope of another image.
    EnvelopeOfOther,
    /// None of the given keys signed it.
    OtherKey,
    /// Its certificate names nobody who is given.
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
    /// What would have it judged.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::BundleWithoutKey | Self::EnvelopeWithoutKey => Some(Remedy::GiveEnvelopeKey),
            Self::OtherKey => Some(Remedy::GiveTeamKey),
            Self::OtherIdentity { .. } => Some(Remedy::GiveIdentity),
            _ => None,
        }
    }
}

/// The words in reports.
impl fmt::Display for ListedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAskedFor => "predicate type not requested",
            Self::Index => "an index, not an attestation",
            Self::Signature => "a signature of the image, not an attestation",
            Self::NoAttestation => "not an attestation",
            Self::NotStatements => "not a build record, since it does not hold in-toto statements alone",
            Self::BuildRecordOfOther => "a build record that does not name this image as its subject",
            Self::BundleWithoutKey => "a Sigstore bundle, and no key or identity is given to verify it",
            Self::EnvelopeWithoutKey => "a signed envelope, and no key or identity is given to verify it",
            Self::BundleOfOther => "a bundle that does not name this image as its subject",
            Self::EnvelopeOfOther => "an envelope that does not name this image as its subject",
            Self::OtherKey => "signed by a key that is not given",
            Self::OtherIdentity { identity, issuer } => {
                return write!(
                    f,
                    "its certificate, which was not checked, claims to be of {} ({}), who is not given",
                    quote_untrusted(identity),
                    quote_untrusted(issuer)
                );
            }
            Self::Unreadable(cause) => cause,
        })
    }
}
