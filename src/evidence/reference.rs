//! What is known about a reference: the object that it names, the signature of that object, and every entry of an
//! index, judged or not.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::failure::Failure;
use super::platform::{PlatformEvidence, PlatformKey};
use super::unknown_list::UnknownList;
use crate::oci::{Descriptor, Digest, Platform, Reference, Repository};
use crate::trust::{Error, Quorum, SignedObject};

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

/// An entry of the index that is no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its digest.
    pub digest: Digest,
    /// Why it is not judged.
    pub reason: EntryReason,
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

/// Why an entry of the index is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryReason {
    /// It holds statements about a build and is no image.
    BuildAttestations,
    /// No engine can choose it for a platform that is asked for.
    OtherPlatform,
}

impl EntryReason {
    /// The words in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuildAttestations => {
                "attestations of a build (`unknown/unknown`, in-toto layers), not an image"
            }
            Self::OtherPlatform => "not for a platform that was asked for",
        }
    }
}

impl fmt::Display for EntryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
