//! What is known about a reference: the object that it names, the signature of that object, and every entry of an
//! index, judged or not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::build_record::BuildRecord;
use super::failure::Failure;
use super::index::IndexEvidence;
use super::local_image::{IdentifiedBy, LocalImage, OtherImage};
use super::platform::{Kind, PlatformEvidence, PlatformKey};
use super::root_demand::RootDemand;
use super::unknown_list::UnknownList;
use crate::attestation::PredicateSelector;
use crate::oci::{Descriptor, Digest, Platform, Reference, Repository};
use crate::trust::{Error, Quorum, SignedObject};

/// What is known about one reference.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// As asked for; for an image of a local engine what it was pulled by.
    pub reference: Reference,
    /// What the reference resolved to.
    pub root: Root,
    /// The signature of that object itself.
    pub root_signature: RootSignature,
    /// What that must say where it is what answers.
    pub root_demand: RootDemand,
    /// What is attested about the root, where that is an index.
    pub about_index: IndexEvidence,
    /// The images that were judged: every entry of the index that is not set aside or passed over.
    pub platforms: Vec<PlatformEvidence>,
    /// Entries of the index that are no images: records of builds.
    pub set_aside: Vec<BuildRecord>,
    /// Entries that no engine can choose for the platforms that are asked for.
    pub passed_over: Vec<PassedOver>,
    /// The platforms that the question is narrowed to, each of which must be there. Empty: all that there are.
    pub asked_platforms: Vec<Platform>,
    /// The predicate types that the question is narrowed to. Empty: all.
    pub predicate_types: Vec<PredicateSelector>,
    /// The image of a local engine that was asked for.
    pub local_image: Option<LocalImage>,
}

impl Evidence {
    /// The images that were judged, each with its key.
    pub fn images(&self) -> impl Iterator<Item = (PlatformKey, &PlatformEvidence)> {
        let places = self.platforms.iter().enumerate();
        places.map(|(place, platform)| (PlatformKey { place, digest: platform.digest }, platform))
    }

    /// What is known about the signature of the root. A good signature of another object is none of it.
    pub fn root_signed(&self) -> RootSigned<'_> {
        let RootSignature { outcome, unknown_list, .. } = &self.root_signature;
        match outcome {
            RootSignatureOutcome::Good(object) if object.digest() == self.root.digest => {
                RootSigned::By(object.signatures())
            }
            RootSignatureOutcome::Good(object) => {
                let (signed, expected) = (object.digest().to_string(), self.root.digest);
                RootSigned::Failed(Cow::Owned(Error::SubjectMismatch { signed, expected }.into()))
            }
            RootSignatureOutcome::Absent => {
                unknown_list.as_ref().map_or(RootSigned::Absent, RootSigned::ListUnknown)
            }
            RootSignatureOutcome::Unknown(failure) => {
                unknown_list.as_ref().map_or(RootSigned::Unknown(failure), RootSigned::ListUnknown)
            }
            RootSignatureOutcome::Failed(failure) => RootSigned::Failed(Cow::Borrowed(failure)),
        }
    }

    /// The records of the build of `image`, each once, whether the index leads to it, the list of referrers or both.
    pub fn build_records<'a>(&'a self, image: &'a PlatformEvidence) -> Vec<&'a BuildRecord> {
        // What was judged as an attestation is no build record, whatever else it looks like.
        let mut known: BTreeSet<Digest> =
            image.attestations.iter().map(|attestation| attestation.digest).collect();
        let in_index = self.set_aside.iter().filter(|record| record.about == Some(image.digest));
        in_index.chain(&image.build_records).filter(|record| known.insert(record.digest)).collect()
    }

    /// Those of them that only the list of referrers leads to.
    pub(super) fn attached_records<'a>(
        &'a self,
        image: &'a PlatformEvidence,
    ) -> impl Iterator<Item = &'a BuildRecord> {
        let in_index =
            |record: &BuildRecord| self.set_aside.iter().any(|entry| entry.digest == record.digest);
        image.build_records.iter().filter(move |record| !in_index(record))
    }

    /// Every platform that there is, judged or not, for people.
    pub fn there(&self) -> Vec<String> {
        let judged = self.platforms.iter().map(PlatformEvidence::label);
        judged.chain(self.passed_over.iter().map(|entry| entry.platform.to_string())).collect()
    }

    /// The platforms that were asked for and are not there.
    pub fn missing(&self) -> impl Iterator<Item = &Platform> {
        let is_there = |asked: &Platform| self.platforms.iter().any(|platform| platform.is_for(asked));
        self.asked_platforms.iter().filter(move |asked| !is_there(asked))
    }
}

impl Evidence {
    /// What was asked for: an image of a local engine, or what was verified.
    pub fn asked(&self) -> &Reference {
        self.local_image.as_ref().map_or(&self.reference, |local| &local.asked)
    }

    /// What the image ID is the digest of, where an image of a local engine was asked for. Only images that were judged
    /// count, and the object itself: not those of other platforms, and nothing that refers to an image.
    pub fn identified(&self) -> Option<Result<IdentifiedBy, Box<OtherImage>>> {
        let local = self.local_image.as_ref()?;
        if local.id == self.root.digest {
            return Some(Ok(IdentifiedBy::Root));
        }
        if local.is_named {
            return Some(Ok(IdentifiedBy::Named));
        }
        let images =
            self.images().filter(|(_, image)| image.kind == Kind::Image && image.failures.is_empty());
        let by = images.into_iter().find_map(|(key, image)| identified_by(key, image, local.id));
        Some(by.ok_or_else(|| {
            let (verified, is_narrowed) = (self.reference.clone(), !self.passed_over.is_empty());
            Box::new(OtherImage { local: local.clone(), verified, is_narrowed })
        }))
    }

    /// What identifies the image of the engine, in a few words.
    pub fn identification(&self, by: IdentifiedBy) -> String {
        let of =
            |key: PlatformKey| self.platforms.get(key.place).map(PlatformEvidence::label).unwrap_or_default();
        match by {
            IdentifiedBy::Root if self.root.is_index => "its ID is the digest of the index".to_owned(),
            IdentifiedBy::Root => "its ID is the digest of the manifest".to_owned(),
            IdentifiedBy::Manifest(key) => format!("its ID is the digest of the manifest of {}", of(key)),
            IdentifiedBy::Named => "its ID is the digest of an image that the object names".to_owned(),
            IdentifiedBy::Config(key) => format!("its ID is the digest of the configuration of {}", of(key)),
        }
    }
}

fn identified_by(key: PlatformKey, image: &PlatformEvidence, id: Digest) -> Option<IdentifiedBy> {
    if image.digest == id {
        return Some(IdentifiedBy::Manifest(key));
    }
    let config = image.config.as_ref()?;
    (config.digest == id).then_some(IdentifiedBy::Config(key))
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
        Descriptor::bare(&self.media_type, self.digest, self.size)
    }
}

/// The signature of the index, or of the manifest where there is no index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSignature {
    /// Where signatures were looked for.
    pub found_in: Repository,
    /// What was found.
    pub outcome: RootSignatureOutcome,
    /// A list of which it is unknown what it holds, so that one that is not found may be there.
    pub unknown_list: Option<UnknownList>,
    /// Why signatures that were tried beside good ones are not good. They decide nothing.
    pub beside: Vec<Failure>,
}

/// What was found when signatures of the root were looked for. What it says of the root is [`Evidence::root_signed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootSignatureOutcome {
    /// The object that has a good one.
    Good(Box<SignedObject>),
    /// None at all.
    Absent,
    /// Some, none of which a given key verifies; the failure tells of the first.
    Unknown(Failure),
    /// Bad ones, or no answer.
    Failed(Failure),
}

/// What is known about the signature of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootSigned<'a> {
    /// These signed it.
    By(&'a Quorum),
    /// It has no signature at all.
    Absent,
    /// Some, none of which a given key verifies; the failure tells of the first.
    Unknown(&'a Failure),
    /// None that a given key verifies, and there may be one in this list.
    ListUnknown(&'a UnknownList),
    /// Bad ones, those of another object, or no answer.
    Failed(Cow<'a, Failure>),
}

/// An image that was not judged, since no engine can choose it for a platform that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Digest of its manifest.
    pub digest: Digest,
    /// The platform that its entry names, or its configuration where it was asked for by itself.
    pub platform: Platform,
}

/// Why an entry of the index is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryReason {
    /// It is a record of a build and no image.
    BuildRecord,
    /// No engine can choose it for a platform that is asked for.
    OtherPlatform,
}

impl EntryReason {
    /// The words in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuildRecord => "build record, not an image: unsigned, from the build",
            Self::OtherPlatform => "not for a platform that was asked for",
        }
    }
}

impl fmt::Display for EntryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
