//! The evidence about one image of a reference, and the platforms for which an engine may choose it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::attested::{AttestationEvidence, Attested, ListedReferrer};
use super::build_record::BuildRecord;
use super::failure::Failure;
use super::object_attestations::ObjectAttestations;
use super::unknown_list::{ListSource, UnknownList, most_severe, unread_sources};
use crate::oci::{Descriptor, Digest, ImageConfig, Platform, Repository, quote_untrusted};

/// The evidence about one image of a reference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlatformEvidence {
    /// Digest of the image manifest.
    pub digest: Digest,
    /// Size of the image manifest in bytes.
    pub size: u64,
    /// Its media type, from its bytes, or from its descriptor if they could not be read.
    pub media_type: String,
    /// The platform that the index entry names.
    pub declared: Option<Platform>,
    /// The platforms that the entries of the indexes around it name, outermost first.
    pub outer_platforms: Vec<Platform>,
    /// The kind of artifact.
    pub kind: Kind,
    /// The image configuration, if it is an image.
    pub config: Option<ImageConfig>,
    /// Its layers, base first. Empty if the manifest could not be read.
    pub layers: Vec<Descriptor>,
    /// Manifest and configuration as they were fetched, if they were kept.
    pub documents: Documents,
    /// Annotations of the manifest and of its entry in the index, in this order. Anyone can write them.
    pub annotations: Vec<BTreeMap<String, String>>,
    /// Attestations that were judged, by predicate type and digest.
    pub attestations: Vec<AttestationEvidence>,
    /// Referrers that were found and not judged.
    pub listed: Vec<ListedReferrer>,
    /// Referrers that are build records, each once, by digest. Nobody signed them.
    pub build_records: Vec<BuildRecord>,
    /// What is wrong with the image itself, or why its referrers could not be listed.
    pub failures: Vec<Failure>,
    /// The repositories in which attestations were searched.
    pub searched: Vec<Repository>,
    /// Sources that could not be read. They matter only if the rest is not enough.
    pub not_checked: Vec<Failure>,
    /// Its lists with unknown content. If nothing was found, the image may still have attestations.
    pub unknown_lists: Vec<UnknownList>,
    /// The age of the cached list of referrers. `None`: it is not from the cache.
    pub age: Option<Duration>,
}

/// The documents of an image as they were fetched. They are kept only if the caller asks for them: a verdict needs
/// only what was read from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// Its manifest.
    pub manifest: Option<Bytes>,
    /// Its configuration.
    pub config: Option<Bytes>,
}

/// Identifies one image of the evidence. Entries of an index may name one image several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformKey {
    /// Its position in [`Evidence::platforms`](super::reference::Evidence::platforms).
    pub position: usize,
    /// Digest of the image manifest.
    pub digest: Digest,
}

/// The kind of artifact that an image manifest describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A container image.
    Image,
    /// A Helm chart.
    Chart,
    /// Something else, or unknown because the manifest could not be read.
    Other,
}

impl PlatformEvidence {
    /// The name in tables: the declared platform, else that of the configuration, else the kind of artifact. A text
    /// that is not a plain platform is quoted, because the index can contain any text.
    pub fn label(&self) -> String {
        match (self.named_platform(), &self.declared, &self.config, self.kind) {
            (Some(platform), ..) => quote_untrusted(&platform.to_string()),
            (None, None, None, Kind::Chart) => "chart".to_owned(),
            _ => self.digest.short(),
        }
    }

    /// The declared platform, else that of the configuration. `None` if it names neither system nor architecture.
    pub fn named_platform(&self) -> Option<&Platform> {
        let of_config = || self.config.as_ref().map(|config| &config.platform);
        let platform = self.declared.as_ref().or_else(of_config)?;
        (!platform.os.is_empty() || !platform.architecture.is_empty()).then_some(platform)
    }

    /// Media type, digest and size of the manifest, nothing else.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::bare(&self.media_type, self.digest, self.size)
    }

    /// Whether it is the image for `platform`, by the index or by its own configuration.
    pub fn is_for(&self, platform: &Platform) -> bool {
        let own = self.declared.iter().chain(self.config.as_ref().map(|config| &config.platform));
        own.into_iter().any(|own| own.matches_request(platform))
    }

    /// Whether an engine may choose the image for `platform`: its entry, or one around it, names that platform, or
    /// its entry names none.
    pub fn may_be_chosen_for(&self, platform: &Platform) -> bool {
        match &self.declared {
            Some(own) if own.is_named() => {
                self.outer_platforms.iter().chain([own]).any(|named| named.matches_request(platform))
            }
            _ => true,
        }
    }

    /// The platform in its entry, or in one around it, that differs from the platform in the image's own
    /// configuration.
    pub fn contradicting_platform(&self, own: &Platform) -> Option<&Platform> {
        // Engines choose a variant only by the innermost entry.
        let of_other_kind = |named: &&Platform| {
            let (named, own) = (named.normalized(), own.normalized());
            (named.os, named.architecture) != (own.os, own.architecture)
        };
        let declared = self.declared.as_ref().filter(|declared| !declared.agrees_with(own));
        declared.or_else(|| self.outer_platforms.iter().find(of_other_kind))
    }

    /// Whether its labels claim that it is a hardened image or built on one. Anyone can write labels.
    pub fn claims_dhi(&self) -> bool {
        self.config
            .as_ref()
            .is_some_and(|config| config.labels.keys().any(|label| label.starts_with("com.docker.dhi.")))
    }

    /// Whether the image itself or one of its attestations failed. `root` is the object that names the image.
    pub fn has_failed(&self, root: Digest) -> bool {
        !self.failures.is_empty() || self.judged(root).any(|(_, outcome)| outcome.is_err())
    }

    /// Why sources could not be read.
    pub fn unread_sources(&self) -> impl Iterator<Item = &Failure> {
        unread_sources(&self.unknown_lists, &self.not_checked)
    }

    /// Why its list of referrers has unknown content.
    pub fn hidden_referrers(&self) -> impl Iterator<Item = &Failure> {
        let referrers = self.unknown_lists.iter().filter(|unknown| unknown.source == ListSource::Referrers);
        referrers.map(|unknown| &unknown.failure)
    }

    /// The list with unknown content that failed most severely.
    pub fn unknown_list(&self) -> Option<&UnknownList> {
        most_severe(&self.unknown_lists)
    }

    /// The repositories in which attestations were searched, for people.
    pub fn searched(&self) -> String {
        self.searched.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The result of `attestation` for this image, which the object `root` names. It counts if it was verified to be
    /// about this image or, for a chart, about `root`, since an index names its chart by digest.
    ///
    /// # Errors
    ///
    /// The [`Failure`] of the attestation, or that it is about another object.
    pub fn outcome_of<'a>(
        &self,
        attestation: &'a AttestationEvidence,
        root: Digest,
    ) -> Result<&'a Attested, Cow<'a, Failure>> {
        self.about(root).outcome_of(attestation)
    }

    /// The judged attestations, each with its result for this image, which the object `root` names.
    pub fn judged(
        &self,
        root: Digest,
    ) -> impl Iterator<Item = (&AttestationEvidence, Result<&Attested, Cow<'_, Failure>>)> {
        self.about(root).judged()
    }

    /// The attestations that verified. `root` is the object that names the image.
    pub fn verified(&self, root: Digest) -> impl Iterator<Item = (&AttestationEvidence, &Attested)> {
        self.about(root).verified()
    }

    fn about(&self, root: Digest) -> ObjectAttestations<'_> {
        let index = (self.kind == Kind::Chart).then_some(root);
        ObjectAttestations { attestations: &self.attestations, object: self.digest, index }
    }
}
