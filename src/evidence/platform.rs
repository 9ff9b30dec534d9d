//! What is known about one image of a reference, and which platforms it may be chosen for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::attested::{AttestationEvidence, Attested, Listed};
use super::build_record::BuildRecord;
use super::failure::Failure;
use super::object_attestations::ObjectAttestations;
use super::unknown_list::{ListSource, UnknownList, most_severe, unasked};
use crate::oci::{Descriptor, Digest, ImageConfig, Platform, Repository, quote_untrusted};

/// What is known about one image of the reference.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
    /// Referrers that are records of its build, each once, by digest. Nobody signed them.
    pub build_records: Vec<BuildRecord>,
    /// What is wrong with the image itself, or kept its referrers from being read.
    pub failures: Vec<Failure>,
    /// Where attestations were looked for.
    pub searched: Vec<Repository>,
    /// What could not be asked, and matters only if the rest does not suffice.
    pub not_checked: Vec<Failure>,
    /// Lists of its own of which it is unknown what they hold. That nothing was found is then no absence.
    pub unknown_lists: Vec<UnknownList>,
    /// How old the list of referrers is, when it is not fresh.
    pub age: Option<Duration>,
}

/// Which image of its evidence something is about. Entries of an index may name one image several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformKey {
    /// Its place in [`Evidence::platforms`](super::reference::Evidence::platforms).
    pub place: usize,
    /// Digest of the image manifest.
    pub digest: Digest,
}

/// What kind of artifact an image manifest describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
                quote_untrusted(&platform.to_string())
            }
            (None, None, Kind::Chart) => "chart".to_owned(),
            _ => self.digest.short(),
        }
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

    /// Whether an engine that is asked for `platform` may take it: its entry or one around it names that platform, or
    /// its entry names none at all.
    pub fn may_answer(&self, platform: &Platform) -> bool {
        match &self.declared {
            Some(own) if own.is_named() => {
                self.within.iter().chain([own]).any(|named| named.matches_request(platform))
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

    /// Whether something is wrong with the image itself or with an attestation of it, in what `root` names.
    pub fn has_failed(&self, root: Digest) -> bool {
        !self.failures.is_empty() || self.judged(root).any(|(_, outcome)| outcome.is_err())
    }

    /// What could not be asked, or did not answer.
    pub fn unasked(&self) -> impl Iterator<Item = &Failure> {
        unasked(&self.unknown_lists, &self.not_checked)
    }

    /// Why it is unknown which referrers it has.
    pub fn hidden_referrers(&self) -> impl Iterator<Item = &Failure> {
        let referrers = self.unknown_lists.iter().filter(|unknown| unknown.source == ListSource::Referrers);
        referrers.map(|unknown| &unknown.failure)
    }

    /// The most severe reason for which it is unknown whether there is more.
    pub fn unknown_list(&self) -> Option<&UnknownList> {
        most_severe(&self.unknown_lists)
    }

    /// The repositories in which attestations were looked for, for people.
    pub fn searched(&self) -> String {
        self.searched.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// What came of `attestation` for this image, which the object `root` names. A proof counts for the object that it
    /// was found to be about: this image or, for a chart, `root`, since an index names its chart by digest.
    pub fn outcome_of<'a>(
        &self,
        attestation: &'a AttestationEvidence,
        root: Digest,
    ) -> Result<&'a Attested, Cow<'a, Failure>> {
        self.about(root).outcome_of(attestation)
    }

    /// The attestations that were judged, each with what came of it for this image, which the object `root` names.
    pub fn judged(
        &self,
        root: Digest,
    ) -> impl Iterator<Item = (&AttestationEvidence, Result<&Attested, Cow<'_, Failure>>)> {
        self.about(root).judged()
    }

    /// Attestations that verified, with their facts. `root` is the object that the image was found in.
    pub fn verified(&self, root: Digest) -> impl Iterator<Item = (&AttestationEvidence, &Attested)> {
        self.about(root).verified()
    }

    fn about(&self, root: Digest) -> ObjectAttestations<'_> {
        let index = (self.kind == Kind::Chart).then_some(root);
        ObjectAttestations { attestations: &self.attestations, object: self.digest, index }
    }
}
