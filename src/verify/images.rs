//! Verifies the images of a reference.
//!
//! Every entry of the index is judged, duplicates and entries without a platform included. There are two exceptions:
//! an entry for `unknown/unknown` whose layers are all in-toto is set aside as a build record; and if platforms are
//! requested, an entry that no engine can choose for them is passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join, join_all};

use super::build_record;
use super::error::Error;
use super::fetched::ManifestError;
use super::options::CosignTags;
use super::referrer::Referrer;
use super::walk::Walk;
use crate::attestation::VSA_TYPE;
use crate::evidence::{
    AttestationEvidence, Attested, BuildRecord, Documents, Failure, Kind, ListSource, ListedReason,
    ListedReferrer, PassedOver, PlatformEvidence, UnknownList,
};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB, RemoteName, SCOUT};
use crate::oci::{
    Descriptor, Digest, ImageConfig, ImageIndex, ImageManifest, Manifest, Platform, Repository, media_type,
};
use crate::registry::{self, Freshness, Referrers};
use crate::trust::Role;

/// What a failure to list the referrers is about, in its diagnostic.
const IMAGE_REFERRERS: &str = "referrers of the image";
/// What a failure to read cosign's tag is about, in its diagnostic.
pub(super) const TAG_ATTESTATIONS: &str = "attestations under a tag";

/// All entries of an index.
#[derive(Default)]
pub(super) struct IndexEntries {
    pub(super) platforms: Vec<PlatformEvidence>,
    pub(super) set_aside: Vec<BuildRecord>,
    pub(super) passed_over: Vec<PassedOver>,
}

/// An entry of an index.
#[derive(Clone)]
struct Entry {
    descriptor: Descriptor,
    /// The platforms that the entries of the indexes around it name, outermost first.
    outer_platforms: Vec<Platform>,
}

/// The result for one entry.
pub(super) enum EntryOutcome {
    Image(Box<PlatformEvidence>),
    SetAside(BuildRecord),
    PassedOver(PassedOver),
}

/// An image manifest, as far as it is known before its attestations are verified.
pub(super) struct Image {
    pub(super) descriptor: Descriptor,
    pub(super) declared: Option<Platform>,
    /// The platforms that the entries of the indexes around it name, outermost first.
    pub(super) outer_platforms: Vec<Platform>,
    pub(super) manifest: Result<ImageManifest, Failure>,
    /// The bytes of the manifest, if they are kept.
    pub(super) manifest_bytes: Option<Bytes>,
    /// Its referrers, if they were already fetched.
    pub(super) referrers: Option<Result<Referrers, registry::Error>>,
    /// Whether it is an entry of an index, and not the object that the reference names.
    pub(super) is_entry: bool,
}

/// The verified referrers of an image.
struct Attestations {
    referrers: Vec<Referrer>,
    /// The age of the list, if it is from the cache.
    age: Option<Duration>,
    /// Why cosign's tag could not be read.
    not_checked: Option<Failure>,
    /// Lists with unknown content.
    unknown_lists: Vec<UnknownList>,
}

impl Walk<'_> {
    /// Judges all entries of `index` and of the indexes in it.
    ///
    /// # Errors
    ///
    /// [`Error`] if a nested index cannot be read, or there are more entries or levels than
    /// [`Limits`](crate::limits::Limits) allows.
    pub(super) async fn index(&self, index: &ImageIndex) -> Result<IndexEntries, Error> {
        let entries = self.flatten(index).await?;
        let judged = join_all(entries.iter().map(|entry| self.entry(entry))).await;
        let mut all = IndexEntries::default();
        for judged in judged {
            match judged {
                EntryOutcome::Image(platform) => all.platforms.push(*platform),
                EntryOutcome::SetAside(entry) => all.set_aside.push(entry),
                EntryOutcome::PassedOver(entry) => all.passed_over.push(entry),
            }
        }
        Ok(all)
    }

    /// Lists the entries of `index`, those of nested indexes in place of the nested index. It goes level by level, so
    /// that the limit on all entries holds before the next level is fetched: indexes of indexes multiply.
    async fn flatten(&self, index: &ImageIndex) -> Result<Vec<Entry>, Error> {
        let limits = &self.options.limits;
        let bounded = |entries: usize| {
            if entries <= limits.index_entries {
                return Ok(());
            }
            let what = format!("index with {entries} entries");
            Err(Error::Limit(Exceeded::new(what, limits.index_entries, "entries")))
        };
        bounded(index.manifests.len())?;
        let outermost = index.manifests.iter();
        let mut entries: Vec<Entry> = outermost
            .map(|descriptor| Entry { descriptor: descriptor.clone(), outer_platforms: Vec::new() })
            .collect();
        for depth in 0.. {
            let Some(nested) = entries.iter().find(|entry| entry.is_index()) else {
                break;
            };
            if depth >= limits.nesting {
                let what = format!("index {} inside indexes", nested.descriptor.digest.short());
                return Err(Error::Limit(Exceeded::new(what, limits.nesting, "levels")));
            }
            let level = join_all(entries.into_iter().map(|entry| async move {
                if !entry.is_index() {
                    return Ok(vec![entry]);
                }
                let nested = self.nested(&entry.descriptor).await?;
                bounded(nested.len()).map(|()| entry.with_entries(nested))
            }))
            .await;
            entries = Vec::new();
            for level in level {
                entries.extend(level?);
            }
            bounded(entries.len())?;
        }
        Ok(entries)
    }

    /// Fetches the entries of a nested index.
    async fn nested(&self, entry: &Descriptor) -> Result<Vec<Descriptor>, Error> {
        let what = format!("index {}", entry.digest);
        let cause = match self.manifest(&self.reference.repository, entry).await {
            Ok(Manifest::Index(index)) => return Ok(index.manifests),
            Ok(Manifest::Image(_)) => "an image, expected an index".to_owned(),
            Err(ManifestError::Registry(error)) => return Err(Error::Registry(error)),
            Err(ManifestError::Content(error)) => return Err(Error::Content { what, error }),
        };
        Err(Error::Content { what, error: crate::oci::Error::Manifest(cause) })
    }

    async fn entry(&self, entry: &Entry) -> EntryOutcome {
        let Entry { descriptor: entry, outer_platforms } = entry;
        let declared = entry.platform.clone();
        if let Some(platform) = &declared
            && !outer_platforms.iter().chain([platform]).any(|platform| self.can_be_chosen(platform))
        {
            return EntryOutcome::PassedOver(PassedOver { digest: entry.digest, platform: platform.clone() });
        }
        // An entry whose platform is known is an image, so its referrers can be fetched together with its manifest.
        let is_image = declared.as_ref().is_some_and(Platform::is_named);
        let repository = &self.reference.repository;
        let referrers = async {
            if is_image {
                Some(self.referrers(self.evidence_repository(), &entry.digest, Freshness::Now).await)
            } else {
                None
            }
        };
        let (manifest, referrers) = join(self.manifest_bytes(repository, entry), referrers).await;
        let mut manifest_bytes = None;
        let manifest = match manifest {
            Ok((Manifest::Image(manifest), bytes)) => {
                manifest_bytes = self.kept(bytes);
                Ok(manifest)
            }
            Ok((Manifest::Index(_), _)) => {
                Err(Failure::Manifest(crate::oci::Error::Manifest("an index, expected an image".to_owned())))
            }
            Err(unread) => Err(unread.into()),
        };
        let (descriptor, outer_platforms) = (entry.clone(), outer_platforms.clone());
        self.image(Image {
            descriptor,
            declared,
            outer_platforms,
            manifest,
            manifest_bytes,
            referrers,
            is_entry: true,
        })
        .await
    }

    /// The bytes of a document, if documents are kept.
    pub(super) fn kept(&self, document: Bytes) -> Option<Bytes> {
        self.options.keep_documents.then_some(document)
    }

    /// Whether an engine can choose `platform` for one of the requested platforms.
    fn can_be_chosen(&self, platform: &Platform) -> bool {
        let requested = &self.options.platforms;
        requested.is_empty() || requested.iter().any(|requested| platform.can_be_chosen_for(requested))
    }

    /// Judges one image.
    pub(super) async fn image(&self, image: Image) -> EntryOutcome {
        let Image { descriptor, declared, outer_platforms, manifest, manifest_bytes, referrers, is_entry } =
            image;
        let mut evidence = PlatformEvidence {
            digest: descriptor.digest,
            size: descriptor.size,
            media_type: descriptor.media_type.clone(),
            declared,
            outer_platforms,
            kind: Kind::Other,
            config: None,
            layers: Vec::new(),
            documents: Documents { manifest: manifest_bytes, config: None },
            annotations: Vec::new(),
            attestations: Vec::new(),
            listed: Vec::new(),
            build_records: Vec::new(),
            failures: Vec::new(),
            searched: vec![self.evidence_repository().clone()],
            not_checked: Vec::new(),
            unknown_lists: Vec::new(),
            age: None,
        };
        let manifest = match manifest {
            Ok(manifest) => manifest,
            Err(failure) => {
                evidence.failures.push(failure);
                return EntryOutcome::Image(Box::new(evidence));
            }
        };
        let unknown = evidence.declared.as_ref().is_some_and(Platform::is_unknown);
        if unknown && build_record::has_only_statements(&manifest) {
            return EntryOutcome::SetAside(build_record::from_manifest(
                &descriptor,
                &manifest,
                &self.reference.repository,
            ));
        }
        evidence.kind = match manifest.config.media_type.as_str() {
            media_type::HELM_CONFIG => Kind::Chart,
            config if media_type::is_image_config(config) => Kind::Image,
            _ => Kind::Other,
        };
        evidence.media_type.clone_from(&manifest.media_type);
        evidence.layers.clone_from(&manifest.layers);
        evidence.annotations = vec![manifest.annotations.clone(), descriptor.annotations.clone()];
        // The object that the reference itself names is selected by its configuration, which must be known first. An
        // entry of an index without a platform is judged whichever platforms are requested: some engines choose it
        // without reading its configuration, others read the configuration in their own way.
        let select_by_config = !is_entry && !self.options.platforms.is_empty();
        if select_by_config {
            let config = self.config(&manifest).await;
            match config {
                Ok(Some((config, _))) if !self.can_be_chosen(&config.platform) => {
                    return EntryOutcome::PassedOver(PassedOver {
                        digest: descriptor.digest,
                        platform: config.platform,
                    });
                }
                known => self.compare_config(known, &mut evidence),
            }
            let image_attestations = self.image_attestations(&descriptor, referrers).await;
            add_attestations(&mut evidence, image_attestations);
        } else {
            let (config, image_attestations) =
                join(self.config(&manifest), self.image_attestations(&descriptor, referrers)).await;
            self.compare_config(config, &mut evidence);
            add_attestations(&mut evidence, image_attestations);
        }
        self.search_scout(&mut evidence, &descriptor).await;
        self.search_cosign_tag(&mut evidence, &descriptor).await;
        sort(&mut evidence.attestations, &mut evidence.listed);
        evidence.build_records.sort_by_key(|record| record.digest);
        EntryOutcome::Image(Box::new(evidence))
    }

    async fn config(&self, manifest: &ImageManifest) -> Result<Option<(ImageConfig, Bytes)>, Failure> {
        if !media_type::is_image_config(&manifest.config.media_type) {
            return Ok(None);
        }
        let bytes =
            self.blob(&self.reference.repository, &manifest.config, self.options.limits.config).await?;
        let config = ImageConfig::parse(&bytes).map_err(|error| Failure::Document { what: None, error })?;
        Ok(Some((config, bytes)))
    }

    /// Stores the configuration, and a failure if it contradicts the platform in the index.
    fn compare_config(
        &self,
        config: Result<Option<(ImageConfig, Bytes)>, Failure>,
        evidence: &mut PlatformEvidence,
    ) {
        let (config, bytes) = match config {
            Ok(config) => config.unzip(),
            Err(failure) => {
                evidence.failures.push(failure);
                return;
            }
        };
        if let Some(config) = &config
            && let Some(promised) = evidence.contradicting_platform(&config.platform)
        {
            let promised = Failure::Platform {
                index: Box::new(promised.clone()),
                image: Box::new(config.platform.clone()),
                manifest: evidence.digest,
            };
            evidence.failures.push(promised);
        }
        evidence.config = config;
        evidence.documents.config = bytes.and_then(|bytes| self.kept(bytes));
    }

    /// Fetches and verifies the referrers of the image in the first repository.
    async fn image_attestations(
        &self,
        image: &Descriptor,
        referrers: Option<Result<Referrers, registry::Error>>,
    ) -> Result<Attestations, registry::Error> {
        let repository = self.evidence_repository();
        let referrers = match referrers {
            Some(referrers) => referrers?,
            None => self.referrers(repository, &image.digest, Freshness::Now).await?,
        };
        let (mut judged, tagged) =
            join(self.attestations(repository, image, &referrers), self.cosign_attestations_if_always(image))
                .await;
        let mut unknown_lists: Vec<UnknownList> =
            unknown_list(&referrers, IMAGE_REFERRERS).into_iter().collect();
        let not_checked = match tagged {
            Ok(tagged) => {
                judged.extend(tagged);
                None
            }
            Err(error) if error.is_withheld() => {
                unknown_lists.push(unknown_tag(error));
                None
            }
            Err(error) => Some(Failure::from(error).about(TAG_ATTESTATIONS)),
        };
        Ok(Attestations {
            age: referrers.age,
            referrers: self.apply_threshold(judged),
            not_checked,
            unknown_lists,
        })
    }

    /// Verifies the attestations under cosign's tag, if they are always requested.
    pub(super) async fn cosign_attestations_if_always(
        &self,
        object: &Descriptor,
    ) -> Result<Vec<Referrer>, registry::Error> {
        match self.options.cosign_tags {
            CosignTags::Always => self.tagged_attestations(self.evidence_repository(), object).await,
            CosignTags::IfNeeded => Ok(Vec::new()),
        }
    }

    /// Verifies cosign's older attestations, which are under a tag, if no other attestation counts. So an image that
    /// has only those is not reported as one without attestations.
    async fn search_cosign_tag(&self, evidence: &mut PlatformEvidence, image: &Descriptor) {
        let is_read = self.options.cosign_tags == CosignTags::Always;
        if is_read || self.has_accepted(evidence) || !evidence.failures.is_empty() {
            return;
        }
        let repository = self.evidence_repository();
        match self.tagged_attestations(repository, image).await {
            Ok(judged) => add(evidence, self.apply_threshold(judged)),
            Err(error) if error.is_withheld() => evidence.unknown_lists.push(unknown_tag(error)),
            Err(error) => evidence.not_checked.push(Failure::from(error).about(TAG_ATTESTATIONS)),
        }
    }

    /// Searches Docker's registry of attestations for images on Docker Hub. It is asked only if no attestation in the
    /// image's own repository counts; only then does its refusal matter.
    async fn search_scout(&self, evidence: &mut PlatformEvidence, image: &Descriptor) {
        let Some(repository) = self.scout_repository() else { return };
        let claims_dhi = evidence.kind == Kind::Chart || evidence.claims_dhi();
        if !claims_dhi || self.has_accepted(evidence) {
            return;
        }
        evidence.searched.push(repository.clone());
        match self.referrers(&repository, &image.digest, Freshness::Now).await {
            Ok(referrers) => {
                let judged = self.attestations(&repository, image, &referrers).await;
                add(evidence, self.apply_threshold(judged));
                let withheld = referrers.withheld.map(registry::Error::from);
                evidence.not_checked.extend(withheld.map(|error| failure_in(&repository, error)));
            }
            Err(error) => evidence.not_checked.push(failure_in(&repository, error)),
        }
    }

    fn scout_repository(&self) -> Option<Repository> {
        if self.options.attestations.is_some() {
            return None;
        }
        let Repository::Remote(name) = &self.reference.repository else { return None };
        let path = match name.host() {
            DHI => format!("dhi/{}", name.path()),
            DOCKER_HUB => name.path().to_owned(),
            _ => return None,
        };
        RemoteName::parse(&format!("{SCOUT}/{path}")).ok().map(Repository::Remote)
    }

    fn has_accepted(&self, evidence: &PlatformEvidence) -> bool {
        // Attestations about the index are considered later.
        let verified = self.accepted_types(evidence.verified(evidence.digest));
        self.covers_request(&verified.filter(|kind| self.counts_for_image(kind)).collect::<Vec<_>>())
    }

    /// The predicate types of attestations by signers that count for the image. Attestor keys do not.
    pub(super) fn accepted_types<'e>(
        &self,
        verified: impl Iterator<Item = (&'e AttestationEvidence, &'e Attested)>,
    ) -> impl Iterator<Item = &'e str> {
        verified
            .filter(|(_, attested)| attested.signature().role() == Role::Image)
            .map(|(_, attested)| attested.statement().predicate_type.as_str())
    }

    /// Whether an attestation of this type counts for an image. A verification summary is a result and no evidence,
    /// unless its type is requested.
    pub(super) fn counts_for_image(&self, predicate_type: &str) -> bool {
        predicate_type != VSA_TYPE || !self.options.predicate_types.is_empty()
    }

    /// Whether attestations of these types include all requested types.
    pub(super) fn covers_request(&self, found: &[&str]) -> bool {
        match self.options.predicate_types.as_slice() {
            [] => !found.is_empty(),
            requested => requested
                .iter()
                .all(|requested| found.iter().any(|predicate_type| requested.includes(predicate_type))),
        }
    }
}

impl Entry {
    fn is_index(&self) -> bool {
        media_type::is_index(&self.descriptor.media_type)
    }

    /// The entries `nested` of the index that this entry names.
    fn with_entries(&self, nested: Vec<Descriptor>) -> Vec<Self> {
        let named = self.descriptor.platform.iter().filter(|platform| platform.is_named());
        let outer_platforms: Vec<Platform> = self.outer_platforms.iter().chain(named).cloned().collect();
        nested
            .into_iter()
            .map(|descriptor| Self { descriptor, outer_platforms: outer_platforms.clone() })
            .collect()
    }
}

fn add_attestations(
    evidence: &mut PlatformEvidence,
    image_attestations: Result<Attestations, registry::Error>,
) {
    match image_attestations {
        Ok(image_attestations) => {
            evidence.age = image_attestations.age;
            evidence.not_checked.extend(image_attestations.not_checked);
            evidence.unknown_lists.extend(image_attestations.unknown_lists);
            add(evidence, image_attestations.referrers);
        }
        Err(error) => evidence.failures.push(Failure::from(error).about(IMAGE_REFERRERS)),
    }
}

/// Adds verified referrers to `attestations` and `all_listed`. Returns the build records among them.
///
/// An attestation that is found in two places is one attestation: its signature covers its digest, so a good
/// signature found anywhere counts.
pub(super) fn merge(
    attestations: &mut Vec<AttestationEvidence>,
    all_listed: &mut Vec<ListedReferrer>,
    judged: Vec<Referrer>,
) -> Vec<BuildRecord> {
    let mut records = Vec::new();
    let mut seen: BTreeSet<(Digest, ListedReason)> =
        all_listed.iter().map(|listed| (listed.digest, listed.reason.clone())).collect();
    let mut known: BTreeMap<Digest, AttestationEvidence> =
        std::mem::take(attestations).into_iter().map(|known| (known.digest, known)).collect();
    for referrer in judged {
        match referrer {
            Referrer::Judged(judged) => match known.get(&judged.digest) {
                Some(known) if known.outcome.is_ok() => {}
                Some(_) if judged.outcome.is_err() => {}
                _ => {
                    known.insert(judged.digest, *judged);
                }
            },
            Referrer::BuildRecord(record) => records.push(record),
            // Decided before by `apply_threshold`; an undecided one proves nothing.
            Referrer::Enveloped(_) => {}
            Referrer::Listed(listed) => {
                if seen.insert((listed.digest, listed.reason.clone())) {
                    all_listed.push(listed);
                }
            }
        }
    }
    *attestations = known.into_values().collect();
    records
}

/// Adds verified referrers to an image.
pub(super) fn add(evidence: &mut PlatformEvidence, judged: Vec<Referrer>) {
    for record in merge(&mut evidence.attestations, &mut evidence.listed, judged) {
        if !evidence.build_records.iter().any(|known| known.digest == record.digest) {
            evidence.build_records.push(record);
        }
    }
}

/// Sorts the results, so that the order in the registry has no effect.
pub(super) fn sort(attestations: &mut [AttestationEvidence], listed: &mut [ListedReferrer]) {
    attestations
        .sort_by(|one, other| (&one.predicate_type, one.digest).cmp(&(&other.predicate_type, other.digest)));
    listed.sort_by_key(|listed| listed.digest);
}

/// The entry for a withheld list of referrers. Its failure is shown as one of `what`.
pub(super) fn unknown_list(referrers: &Referrers, what: &str) -> Option<UnknownList> {
    let withheld = referrers.withheld.clone()?;
    let failure = Failure::from(registry::Error::from(withheld)).about(what);
    Some(UnknownList { source: ListSource::Referrers, failure })
}

pub(super) fn unknown_tag(error: registry::Error) -> UnknownList {
    UnknownList { source: ListSource::CosignTag, failure: Failure::from(error).about(TAG_ATTESTATIONS) }
}

/// The failure with the repository that it happened in, for repositories other than the image's own.
pub(super) fn failure_in(repository: &Repository, error: registry::Error) -> Failure {
    Failure::from(error).about(&format!("attestations in {repository}"))
}

/// Whether it is an in-toto attestation that was not judged because its type is not requested.
pub(super) fn is_in_toto(listed: &ListedReferrer) -> bool {
    listed.artifact_type == media_type::IN_TOTO || listed.reason == ListedReason::NotRequested
}
