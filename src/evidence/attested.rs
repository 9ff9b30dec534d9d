//! What is known about one referrer of an image: an attestation that was judged, with its statement and signatures
//! or why it does not count; or a referrer that was only listed, and why.

use crate::attestation::{PredicateFacts, short_title};
use crate::diagnostic::Diagnostic;
use crate::oci::{Digest, Repository, media_type};
use crate::trust::{self, COSIGN_SIGN, Reduced};

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
    /// What came of it.
    pub outcome: Result<Attested, Diagnostic>,
}

impl AttestationEvidence {
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

/// The reason of an attestation whose type is not among those asked for.
pub const NOT_ASKED_FOR: &str = "not asked for (`--predicate-type`)";

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
    pub reason: String,
}

impl Listed {
    /// Whether it signs its subject rather than says something about it.
    pub fn is_signature(&self) -> bool {
        self.artifact_type == media_type::COSIGN_SIGNATURE
            || self.predicate_type.as_deref() == Some(COSIGN_SIGN)
    }
}
