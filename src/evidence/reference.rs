//! The evidence about one reference: the object that it names, the signature of that object, and every entry of an
//! index, judged or not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::build_record::BuildRecord;
use super::failure::Failure;
use super::index::IndexEvidence;
use super::local_image::{IdentifiedBy, LocalImage, OtherImage};
use super::platform::{Kind, PlatformEvidence, PlatformKey};
use super::root_signature_rule::RootSignatureRule;
use super::unknown_list::UnknownList;
use crate::attestation::PredicateSelector;
use crate::oci::{Descriptor, Digest, Platform, Reference, Repository};
use crate::trust::{Error, KeyId, Quorum, SignedObject};

/// The evidence about one reference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// The requested reference; for an image of a local engine, the reference that it was pulled by.
    pub reference: Reference,
    /// The object that the reference resolved to.
    pub root: Root,
    /// The signature of the root.
    pub root_signature: RootSignature,
    /// What that signature must contain, if the policy decides by it.
    pub root_signature_rule: RootSignatureRule,
    /// The attestations about the root, if it is an index.
    pub about_index: IndexEvidence,
    /// The images that were judged: every entry of the index that is not set aside or passed over.
    pub platforms: Vec<PlatformEvidence>,
    /// Entries of the index that are build records and not images.
    pub set_aside: Vec<BuildRecord>,
    /// Entries that no engine can choose for the requested platforms.
    pub passed_over: Vec<PassedOver>,
    /// The requested platforms, each of which must exist. Empty: all platforms.
    pub requested_platforms: Vec<Platform>,
    /// The requested predicate types. Empty: all types.
    pub predicate_types: Vec<PredicateSelector>,
    /// The keys of Docker Hardened Images that signatures were tried with. A signature by another of them is unknown and
    /// not absent.
    pub tried_dhi_keys: Vec<KeyId>,
    /// The image of a local engine, if one was requested.
    pub local_image: Option<LocalImage>,
}

impl Evidence {
    /// The images that were judged, each with its key.
    pub fn images(&self) -> impl Iterator<Item = (PlatformKey, &PlatformEvidence)> {
        let places = self.platforms.iter().enumerate();
        places.map(|(place, platform)| (PlatformKey { position: place, digest: platform.digest }, platform))
    }

    /// The status of the root's signature. A good signature of another object is a failure.
    pub fn root_signature_status(&self) -> RootSignatureStatus<'_> {
        let RootSignature { outcome, unknown_list, .. } = &self.root_signature;
        match outcome {
            RootSignatureOutcome::Good(object) if object.digest() == self.root.digest => {
                RootSignatureStatus::SignedBy(object.signatures())
            }
            RootSignatureOutcome::Good(object) => {
                let (signed, expected) = (object.digest().to_string(), self.root.digest);
                RootSignatureStatus::Failed(Cow::Owned(Error::SubjectMismatch { signed, expected }.into()))
            }
            RootSignatureOutcome::Absent => {
                unknown_list.as_ref().map_or(RootSignatureStatus::Absent, RootSignatureStatus::ListUnknown)
            }
            RootSignatureOutcome::Unknown(failure) => unknown_list
                .as_ref()
                .map_or(RootSignatureStatus::Unknown(failure), RootSignatureStatus::ListUnknown),
            RootSignatureOutcome::Failed(failure) => RootSignatureStatus::Failed(Cow::Borrowed(failure)),
        }
    }

    /// The build records of `image`, each once, whether the index names them, the list of referrers, or both.
    pub fn build_records<'a>(&'a self, image: &'a PlatformEvidence) -> Vec<&'a BuildRecord> {
        // An object that was judged as an attestation is not a build record.
        let mut known: BTreeSet<Digest> =
            image.attestations.iter().map(|attestation| attestation.digest).collect();
        let in_index = self.set_aside.iter().filter(|record| record.about == Some(image.digest));
        in_index.chain(&image.build_records).filter(|record| known.insert(record.digest)).collect()
    }

    /// The build records that only the list of referrers names.
    pub(super) fn attached_records<'a>(
        &'a self,
        image: &'a PlatformEvidence,
    ) -> impl Iterator<Item = &'a BuildRecord> {
        let in_index =
            |record: &BuildRecord| self.set_aside.iter().any(|entry| entry.digest == record.digest);
        image.build_records.iter().filter(move |record| !in_index(record))
    }

    /// All available platforms, judged or not, for people.
    pub fn available_platforms(&self) -> Vec<String> {
        let judged = self.platforms.iter().map(PlatformEvidence::label);
        judged.chain(self.passed_over.iter().map(|entry| entry.platform.to_string())).collect()
    }

    /// The requested platforms that do not exist.
    pub fn missing_platforms(&self) -> impl Iterator<Item = &Platform> {
        let is_there =
            |requested: &Platform| self.platforms.iter().any(|platform| platform.is_for(requested));
        self.requested_platforms.iter().filter(move |requested| !is_there(requested))
    }
}

impl Evidence {
    /// The requested reference: an image of a local engine, or the reference that was verified.
    pub fn asked(&self) -> &Reference {
        self.local_image.as_ref().map_or(&self.reference, |local| &local.requested)
    }

    /// The verified object whose digest is the image ID, if an image of a local engine was requested. Only the root
    /// and the images that were judged count: no images of other platforms, and no referrers.
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

    /// The object that identifies the image of the engine, in a few words.
    pub fn identification(&self, by: IdentifiedBy) -> String {
        let of = |key: PlatformKey| {
            self.platforms.get(key.position).map(PlatformEvidence::label).unwrap_or_default()
        };
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
#[non_exhaustive]
pub struct Root {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is an index.
    pub is_index: bool,
    /// Its annotations, which nothing proves.
    pub annotations: BTreeMap<String, String>,
    /// The index or manifest as it was fetched, if it was kept.
    pub document: Option<Bytes>,
    /// The age of the cached response that resolved the tag to the digest. `None`: it is not from the cache.
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
#[non_exhaustive]
pub struct RootSignature {
    /// The repository in which signatures were searched.
    pub found_in: Repository,
    /// The result of the search.
    pub outcome: RootSignatureOutcome,
    /// A list with unknown content, which may hold a signature that was not found.
    pub unknown_list: Option<UnknownList>,
    /// Why other signatures that were tried are not good, if enough are. They do not change the verdict.
    pub other_failures: Vec<Failure>,
}

/// The result of the search for signatures of the root. [`Evidence::root_signature_status`] tells what it means for the root.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootSignatureOutcome {
    /// A good signature, with the object that it signs.
    Good(Box<SignedObject>),
    /// No signature.
    Absent,
    /// Signatures, none of them by a trusted key or identity; the failure is that of the first.
    Unknown(Failure),
    /// Bad signatures, or signatures that could not be read.
    Failed(Failure),
}

/// The status of the root's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootSignatureStatus<'a> {
    /// It is signed by these.
    SignedBy(&'a Quorum),
    /// It has no signature.
    Absent,
    /// Signatures, none of them by a trusted key or identity; the failure is that of the first.
    Unknown(&'a Failure),
    /// No signature by a trusted key or identity was found, and this list with unknown content may hold one.
    ListUnknown(&'a UnknownList),
    /// Bad signatures, signatures of another object, or signatures that could not be read.
    Failed(Cow<'a, Failure>),
}

/// An image that was not judged, because no engine can choose it for a requested platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Digest of its manifest.
    pub digest: Digest,
    /// The platform in its entry; or that in its configuration, if the reference names the image itself.
    pub platform: Platform,
}

/// Why an entry of the index is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryReason {
    /// It is a build record and not an image.
    BuildRecord,
    /// No engine can choose it for a requested platform.
    OtherPlatform,
}

impl EntryReason {
    /// The word in documents for programs.
    pub fn id(self) -> &'static str {
        match self {
            Self::BuildRecord => "build-record",
            Self::OtherPlatform => "other-platform",
        }
    }

    /// The text in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuildRecord => "build record, not an image: unsigned, from the build",
            Self::OtherPlatform => "not for a requested platform",
        }
    }
}

impl fmt::Display for EntryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
