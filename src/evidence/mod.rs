//! Everything that is known about a reference after the walk, and the checks on it that need no policy. Facts
//! and failures stand side by side: nothing that was not looked at is missing from the value.

mod acceptance;
mod base;
mod codes;
mod facts;
mod naming;
mod summaries;
mod verdict;

pub use acceptance::{Accepted, Expected, LeftOut, Refused, accept, verifier_of};
pub use base::{
    Answer, Base, BaseProof, Boundary, Candidate, Fate, Hardened, LayerProof, Mismatch, NotShown, Origin,
    Own, PlatformBase, Vouched, boundary, chain_id, claims_dhi, decide, is_label_of_no_layers, namespaces,
    own,
};
pub(crate) use base::{BASE_DIGEST, BASE_NAME};
pub use codes::CODES;
pub use facts::Facts;
pub use naming::NameRule;
pub use summaries::{Summarized, summaries};
pub use verdict::{Check, Headline, Outcome, Requirements, Verdict, hardened_name, judge, not_judged};

use std::collections::BTreeMap;
use std::time::Duration;

use crate::attestation::{PredicateFacts, short_title};
use crate::diagnostic::Diagnostic;
use crate::oci::{Descriptor, Digest, ImageConfig, Platform, Reference, Repository, claimed, media_type};
use crate::trust::{self, COSIGN_SIGN, Quorum, Reduced};

/// What is known about one reference.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// As asked for.
    pub reference: Reference,
    /// What the reference resolved to.
    pub root: Root,
    /// The signature of that object itself.
    pub root_signature: RootSignature,
    /// The images that were judged: every entry of the index that is not set aside or passed over.
    pub platforms: Vec<PlatformEvidence>,
    /// Entries of the index that are no images, with the reason.
    pub set_aside: Vec<SetAside>,
    /// Entries that no engine can choose for the platforms that are asked for.
    pub passed_over: Vec<PassedOver>,
    /// The platforms that the question is narrowed to, each of which must be there. Empty: all that there are.
    pub asked_platforms: Vec<Platform>,
    /// The predicate types that the question is narrowed to. Empty: all.
    pub predicate_types: Vec<String>,
}

/// What a verdict rests on.
#[derive(Clone, Debug)]
pub enum Basis {
    /// What was found and judged now.
    Evidence(Box<Evidence>),
    /// The word of somebody who verified the same before.
    Summary(Box<Accepted>),
}

impl Basis {
    /// What the reference resolved to.
    pub fn root(&self) -> &Root {
        match self {
            Self::Evidence(evidence) => &evidence.root,
            Self::Summary(accepted) => &accepted.root,
        }
    }

    /// The images that were judged now.
    pub fn platforms(&self) -> &[PlatformEvidence] {
        self.evidence().map(|evidence| evidence.platforms.as_slice()).unwrap_or_default()
    }

    /// The digest by which what was judged is pulled, and nothing else: that of the object, or where only a part of an
    /// index was asked for that of its one image. `None` where that part is several images.
    pub fn pin(&self) -> Option<Digest> {
        match self {
            Self::Evidence(evidence) if evidence.passed_over.is_empty() => Some(evidence.root.digest),
            Self::Evidence(evidence) => {
                let (first, others) = evidence.platforms.split_first()?;
                others.iter().all(|other| other.digest == first.digest).then_some(first.digest)
            }
            Self::Summary(accepted) => accepted.pin,
        }
    }

    /// What was found, where it was looked for.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Evidence(evidence) => Some(evidence),
            Self::Summary(_) => None,
        }
    }
}

/// The object that a reference resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is an index.
    pub is_index: bool,
    /// Its annotations, which nothing vouches for.
    pub annotations: BTreeMap<String, String>,
    /// How old the answer is that bound the tag to the digest, when it is not fresh.
    pub age: Option<Duration>,
}

impl Root {
    /// Media type, digest and size, nothing else.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor {
            media_type: self.media_type.clone(),
            digest: self.digest,
            size: self.size,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// The signature of the index, or of the manifest where there is no index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSignature {
    /// Where signatures were looked for.
    pub found_in: Repository,
    /// What was found.
    pub outcome: RootSignatureOutcome,
}

/// What is known about the signature of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootSignatureOutcome {
    /// A good one.
    Good(Box<Quorum>),
    /// None at all.
    Absent,
    /// Some, none of which a given key verifies; the problem tells of the first.
    Unknown(Diagnostic),
    /// Bad ones, or no answer.
    Failed(Diagnostic),
}

/// An entry of the index that is no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its digest.
    pub digest: Digest,
    /// Why it is not judged.
    pub reason: String,
    /// The image that it says it is about (`vnd.docker.reference.digest`). Nothing vouches for it.
    pub about: Option<Digest>,
    /// Its layers: statements that nobody signed.
    pub layers: Vec<Descriptor>,
}

/// An image that was not judged, since no engine can choose it for a platform that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Digest of its manifest.
    pub digest: Digest,
    /// The platform that its entry names, or its configuration where it was asked for by itself.
    pub platform: Platform,
}

/// What is known about one image of the reference.
#[derive(Clone, Debug)]
pub struct PlatformEvidence {
    /// Digest of the image manifest.
    pub digest: Digest,
    /// Size of the image manifest in bytes, as its descriptor or its bytes say.
    pub size: u64,
    /// Its media type, as its bytes say, or its descriptor where they could not be read.
    pub media_type: String,
    /// The platform that the index entry names.
    pub declared: Option<Platform>,
    /// The platforms that the entries of the indexes around it name, outermost first.
    pub within: Vec<Platform>,
    /// What kind of artifact it is.
    pub kind: Kind,
    /// The image configuration, where it is one.
    pub config: Option<ImageConfig>,
    /// Its layers, base first. None where the manifest could not be read.
    pub layers: Vec<Descriptor>,
    /// Annotations of the manifest and of its entry in the index, in this order. Anybody can write them.
    pub annotations: Vec<BTreeMap<String, String>>,
    /// Attestations that were judged, by predicate type and digest.
    pub attestations: Vec<AttestationEvidence>,
    /// Referrers that were found and not judged.
    pub listed: Vec<Listed>,
    /// What is wrong with the image itself, or kept its referrers from being read.
    pub problems: Vec<Diagnostic>,
    /// Where attestations were looked for.
    pub searched: Vec<Repository>,
    /// What could not be asked, and matters only if the rest does not suffice.
    pub not_checked: Vec<Diagnostic>,
    /// How old the list of referrers is, when it is not fresh.
    pub age: Option<Duration>,
}

/// What kind of artifact an image manifest describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A container image.
    Image,
    /// A Helm chart.
    Chart,
    /// Something else, or not known because the manifest could not be read.
    Other,
}

impl PlatformEvidence {
    /// The name in tables: the declared platform, else that of the configuration, else the kind of artifact. What is no
    /// word is quoted: the index can name any text a platform.
    pub fn label(&self) -> String {
        match (&self.declared, &self.config, self.kind) {
            (Some(platform), _, _) | (None, Some(ImageConfig { platform, .. }), _)
                if !platform.os.is_empty() || !platform.architecture.is_empty() =>
            {
                claimed(&platform.to_string())
            }
            (None, None, Kind::Chart) => "chart".to_owned(),
            _ => self.digest.short(),
        }
    }

    /// Media type, digest and size of the manifest, nothing else.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor {
            media_type: self.media_type.clone(),
            digest: self.digest,
            size: self.size,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Whether it is the image for `platform`, by the index or by its own configuration.
    pub fn is_for(&self, platform: &Platform) -> bool {
        let own = self.declared.iter().chain(self.config.as_ref().map(|config| &config.platform));
        own.into_iter().any(|own| own.answers(platform))
    }

    /// Whether an engine that is asked for `platform` may take it: its entry or one around it names that platform, or
    /// its entry names none at all.
    pub fn may_answer(&self, platform: &Platform) -> bool {
        match &self.declared {
            Some(own) if own.is_named() => {
                self.within.iter().chain([own]).any(|named| named.answers(platform))
            }
            _ => true,
        }
    }

    /// The platform that its entry, or one around it, names and that is not the one of the image's own configuration.
    pub fn promises_other_than(&self, own: &Platform) -> Option<&Platform> {
        // A variant is chosen by the innermost entry alone.
        let of_other_kind = |named: &&Platform| {
            let (named, own) = (named.normalized(), own.normalized());
            (named.os, named.architecture) != (own.os, own.architecture)
        };
        let declared = self.declared.as_ref().filter(|declared| !declared.agrees_with(own));
        declared.or_else(|| self.within.iter().find(of_other_kind))
    }

    /// Whether its labels say that it is a hardened image or built on one. Anybody can write labels.
    pub fn claims_dhi(&self) -> bool {
        self.config
            .as_ref()
            .is_some_and(|config| config.labels.keys().any(|label| label.starts_with("com.docker.dhi.")))
    }

    /// Whether something is wrong with the image itself or with an attestation of it.
    pub fn has_failed(&self) -> bool {
        !self.problems.is_empty() || self.attestations.iter().any(|attestation| attestation.outcome.is_err())
    }

    /// Attestations that verified, with their facts.
    pub fn verified(&self) -> impl Iterator<Item = (&AttestationEvidence, &Attested)> {
        self.attestations
            .iter()
            .filter_map(|attestation| Some((attestation, attestation.outcome.as_ref().ok()?)))
    }
}

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

impl Listed {
    /// Whether it signs its subject rather than says something about it.
    pub fn is_signature(&self) -> bool {
        self.artifact_type == media_type::COSIGN_SIGNATURE
            || self.predicate_type.as_deref() == Some(COSIGN_SIGN)
    }
}

/// The reason of an image that no engine can choose for a platform that is asked for.
pub const PASSED_OVER: &str = "not for a platform that was asked for";

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
