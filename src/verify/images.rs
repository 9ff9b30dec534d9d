//! The images of a reference: every entry of the index is judged, duplicates and entries without platform
//! included. Only an entry that calls itself `unknown/unknown` and whose layers are all in-toto is set aside, and with
//! platforms asked for one is passed over that no engine can choose for them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::{join, join_all};

use super::build_record;
use super::error::Error;
use super::fetched::Unread;
use super::options::Tagged;
use super::referrer::Referrer;
use super::walk::Walk;
use crate::attestation::VSA_TYPE;
use crate::evidence::{
    AttestationEvidence, Attested, BuildRecord, Failure, Kind, ListSource, Listed, ListedReason, PassedOver,
    PlatformEvidence, UnknownList,
};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB, RemoteName, SCOUT};
use crate::oci::{
    Descriptor, Digest, ImageConfig, ImageIndex, ImageManifest, Manifest, Platform, Repository, media_type,
};
use crate::registry::{self, Freshness, Referrers};
use crate::trust::Role;

/// How the list of an image is called where it cannot be had.
const OF_THE_IMAGE: &str = "referrers of the image";
/// What is shown as not asked where cosign's tag cannot be.
pub(super) const UNDER_A_TAG: &str = "attestations under a tag";

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
    within: Vec<Platform>,
}

/// What became of one entry.
pub(super) enum EntryOutcome {
    Image(Box<PlatformEvidence>),
    SetAside(BuildRecord),
    PassedOver(PassedOver),
}

/// An image manifest as far as it is known before its attestations are judged.
pub(super) struct Image {
    pub(super) descriptor: Descriptor,
    pub(super) declared: Option<Platform>,
    /// The platforms that the entries of the indexes around it name, outermost first.
    pub(super) within: Vec<Platform>,
    pub(super) manifest: Result<ImageManifest, Failure>,
    /// Its referrers, where they were asked for already.
    pub(super) referrers: Option<Result<Referrers, registry::Error>>,
    /// Whether it is an entry of the index that was asked for.
    pub(super) is_entry: bool,
}

/// The judged referrers of an image.
struct Attestations {
    referrers: Vec<Referrer>,
    /// How old the list is, when it is not fresh.
    age: Option<Duration>,
    /// What could not be asked.
    not_checked: Option<Failure>,
    /// Lists of which it is unknown what they hold.
    unknown_lists: Vec<UnknownList>,
}

impl Walk<'_> {
    /// Judges all entries of `index` and of the indexes in it.
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

    /// The entries of `index`, those of nested indexes in their place. Level by level, so that the bound on all
    /// entries holds before the next level is asked for: indexes of indexes multiply.
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
            .map(|descriptor| Entry { descriptor: descriptor.clone(), within: Vec::new() })
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
                bounded(nested.len()).map(|()| entry.around(nested))
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

    /// The entries of an index in an index.
    async fn nested(&self, entry: &Descriptor) -> Result<Vec<Descriptor>, Error> {
        let what = format!("index {}", entry.digest);
        let diagnostic = match self.manifest(&self.reference.repository, entry).await {
            Ok(Manifest::Index(index)) => return Ok(index.manifests),
            Ok(Manifest::Image(_)) => "an image where an index was promised".to_owned(),
            Err(Unread::Registry(error)) => return Err(Error::Registry(error)),
            Err(Unread::Content(error)) => return Err(Error::Content { what, error }),
        };
        Err(Error::Content { what, error: crate::oci::Error::Manifest(diagnostic) })
    }

    async fn entry(&self, entry: &Entry) -> EntryOutcome {
        let Entry { descriptor: entry, within } = entry;
        let declared = entry.platform.clone();
        if let Some(platform) = &declared
            && !within.iter().chain([platform]).any(|platform| self.can_be_chosen(platform))
        {
            return EntryOutcome::PassedOver(PassedOver { digest: entry.digest, platform: platform.clone() });
        }
        // An entry whose platform is known is an image, and its referrers can be asked for with the manifest.
        let is_image = declared.as_ref().is_some_and(Platform::is_named);
        let repository = &self.reference.repository;
        let referrers = async {
            if is_image {
                Some(self.referrers(self.evidence_repository(), &entry.digest, Freshness::Now).await)
            } else {
                None
            }
        };
        let (manifest, referrers) = join(self.manifest(repository, entry), referrers).await;
        let manifest = match manifest {
            Ok(Manifest::Image(manifest)) => Ok(manifest),
            Ok(Manifest::Index(_)) => Err(Failure::Manifest(crate::oci::Error::Manifest(
                "an index where an image was promised".to_owned(),
            ))),
            Err(unread) => Err(unread.into()),
        };
        let (descriptor, within) = (entry.clone(), within.clone());
        self.image(Image { descriptor, declared, within, manifest, referrers, is_entry: true }).await
    }

    /// Whether an engine can choose `platform` for one that is asked for.
    fn can_be_chosen(&self, platform: &Platform) -> bool {
        let asked = &self.options.platforms;
        asked.is_empty() || asked.iter().any(|asked| platform.can_be_chosen_for(asked))
    }

    /// Judges one image.
    pub(super) async fn image(&self, image: Image) -> EntryOutcome {
        let Image { descriptor, declared, within, manifest, referrers, is_entry } = image;
        let mut evidence = PlatformEvidence {
            digest: descriptor.digest,
            size: descriptor.size,
            media_type: descriptor.media_type.clone(),
            declared,
            within,
            kind: Kind::Other,
            config: None,
            layers: Vec::new(),
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
        if unknown && build_record::holds_statements_alone(&manifest) {
            return EntryOutcome::SetAside(build_record::of(
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
        // What was asked for itself is selected by its configuration, which must then be known first. An entry of an
        // index that names no platform is judged whatever was asked for: some engines take it without a look at its
        // configuration, others read that in their own way.
        let select_by_config = !is_entry && !self.options.platforms.is_empty();
        if select_by_config {
            let config = self.config(&manifest).await;
            match config {
                Ok(Some(config)) if !self.can_be_chosen(&config.platform) => {
                    return EntryOutcome::PassedOver(PassedOver {
                        digest: descriptor.digest,
                        platform: config.platform,
                    });
                }
                known => self.compare_config(known, &mut evidence),
            }
            let attested = self.attested(&descriptor, referrers).await;
            take(&mut evidence, attested);
        } else {
            let (config, attested) =
                join(self.config(&manifest), self.attested(&descriptor, referrers)).await;
            self.compare_config(config, &mut evidence);
            take(&mut evidence, attested);
        }
        self.ask_scout(&mut evidence, &descriptor).await;
        self.ask_tag(&mut evidence, &descriptor).await;
        sort(&mut evidence.attestations, &mut evidence.listed);
        evidence.build_records.sort_by_key(|record| record.digest);
        EntryOutcome::Image(Box::new(evidence))
    }

    async fn config(&self, manifest: &ImageManifest) -> Result<Option<ImageConfig>, Failure> {
        if !media_type::is_image_config(&manifest.config.media_type) {
            return Ok(None);
        }
        let bytes =
            self.blob(&self.reference.repository, &manifest.config, self.options.limits.config).await?;
        ImageConfig::parse(&bytes).map(Some).map_err(|error| Failure::Document { what: None, error })
    }

    /// Takes the configuration over, if it agrees with what the index says.
    fn compare_config(&self, config: Result<Option<ImageConfig>, Failure>, evidence: &mut PlatformEvidence) {
        let config = match config {
            Ok(config) => config,
            Err(failure) => {
                evidence.failures.push(failure);
                return;
            }
        };
        if let Some(config) = &config
            && let Some(promised) = evidence.promises_other_than(&config.platform)
        {
            let promised = Failure::Platform {
                index: Box::new(promised.clone()),
                image: Box::new(config.platform.clone()),
                manifest: evidence.digest,
            };
            evidence.failures.push(promised);
        }
        evidence.config = config;
    }

    /// Fetches and judges the referrers of the image in the first repository.
    async fn attested(
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
            join(self.attestations(repository, image, &referrers), self.tagged_at_once(image)).await;
        let mut unknown_lists: Vec<UnknownList> =
            unknown_list(&referrers, OF_THE_IMAGE).into_iter().collect();
        let not_checked = match tagged {
            Ok(tagged) => {
                judged.extend(tagged);
                None
            }
            Err(error) if error.is_withheld() => {
                unknown_lists.push(unknown_tag(error));
                None
            }
            Err(error) => Some(Failure::from(error).about(UNDER_A_TAG)),
        };
        Ok(Attestations {
            age: referrers.age,
            referrers: self.apply_threshold(judged),
            not_checked,
            unknown_lists,
        })
    }

    /// What stands under cosign's tag, where that is asked for whatever else there is.
    pub(super) async fn tagged_at_once(&self, object: &Descriptor) -> Result<Vec<Referrer>, registry::Error> {
        match self.options.tagged {
            Tagged::Always => self.tagged_attestations(self.evidence_repository(), object).await,
            Tagged::WhenUnanswered => Ok(Vec::new()),
        }
    }

    /// cosign's older attestations stand under a tag. They are looked for where the rest does not answer the
    /// question, so that an image that has only those is not called one without any.
    async fn ask_tag(&self, evidence: &mut PlatformEvidence, image: &Descriptor) {
        let asked = self.options.tagged == Tagged::Always;
        if asked || self.is_answered(evidence) || !evidence.failures.is_empty() {
            return;
        }
        let repository = self.evidence_repository();
        match self.tagged_attestations(repository, image).await {
            Ok(judged) => add(evidence, self.apply_threshold(judged)),
            Err(error) if error.is_withheld() => evidence.unknown_lists.push(unknown_tag(error)),
            Err(error) => evidence.not_checked.push(Failure::from(error).about(UNDER_A_TAG)),
        }
    }

    /// Docker keeps attestations of images on Docker Hub in a registry of its own. It is asked when the image's
    /// own repository does not answer the question, and its refusal decides only then.
    async fn ask_scout(&self, evidence: &mut PlatformEvidence, image: &Descriptor) {
        let Some(repository) = self.scout_repository() else { return };
        let claims_dhi = evidence.kind == Kind::Chart || evidence.claims_dhi();
        if !claims_dhi || self.is_answered(evidence) {
            return;
        }
        evidence.searched.push(repository.clone());
        match self.referrers(&repository, &image.digest, Freshness::Now).await {
            Ok(referrers) => {
                let judged = self.attestations(&repository, image, &referrers).await;
                add(evidence, self.apply_threshold(judged));
                let withheld = referrers.withheld.map(registry::Error::from);
                evidence.not_checked.extend(withheld.map(|error| elsewhere(&repository, error)));
            }
            Err(error) => evidence.not_checked.push(elsewhere(&repository, error)),
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

    fn is_answered(&self, evidence: &PlatformEvidence) -> bool {
        // What is said about an index counts later.
        let verified = self.answering(evidence.verified(evidence.digest));
        self.is_answered_by(&verified.filter(|kind| self.answers_an_image(kind)).collect::<Vec<_>>())
    }

    /// The predicate types of attestations by signers that answer the question.
    pub(super) fn answering<'e>(
        &self,
        verified: impl Iterator<Item = (&'e AttestationEvidence, &'e Attested)>,
    ) -> impl Iterator<Item = &'e str> {
        verified
            .filter(|(_, attested)| attested.signature().role() == Role::Image)
            .map(|(_, attested)| attested.statement().predicate_type.as_str())
    }

    /// What somebody made of the evidence is no evidence, unless it is what was asked for.
    pub(super) fn answers_an_image(&self, predicate_type: &str) -> bool {
        predicate_type != VSA_TYPE || !self.options.predicate_types.is_empty()
    }

    /// Whether attestations of these types are all that is asked for.
    pub(super) fn is_answered_by(&self, there: &[&str]) -> bool {
        match self.options.predicate_types.as_slice() {
            [] => !there.is_empty(),
            asked => {
                asked.iter().all(|asked| there.iter().any(|predicate_type| asked.includes(predicate_type)))
            }
        }
    }
}

impl Entry {
    fn is_index(&self) -> bool {
        media_type::is_index(&self.descriptor.media_type)
    }

    /// The entries of the index that this one names.
    fn around(&self, nested: Vec<Descriptor>) -> Vec<Self> {
        let named = self.descriptor.platform.iter().filter(|platform| platform.is_named());
        let within: Vec<Platform> = self.within.iter().chain(named).cloned().collect();
        nested.into_iter().map(|descriptor| Self { descriptor, within: within.clone() }).collect()
    }
}

fn take(evidence: &mut PlatformEvidence, attested: Result<Attestations, registry::Error>) {
    match attested {
        Ok(attested) => {
            evidence.age = attested.age;
            evidence.not_checked.extend(attested.not_checked);
            evidence.unknown_lists.extend(attested.unknown_lists);
            add(evidence, attested.referrers);
        }
        Err(error) => evidence.failures.push(Failure::from(error).about(OF_THE_IMAGE)),
    }
}

/// Adds what was judged, and gives what is no attestation but a record of a build. An attestation found in two places is one: its signature covers its digest, so a good
/// signature found anywhere counts for it.
pub(super) fn merge(
    attestations: &mut Vec<AttestationEvidence>,
    all_listed: &mut Vec<Listed>,
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
            // Settled before it comes here; what is not says nothing.
            Referrer::Signed(_) => {}
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

/// Adds what was judged of an image.
pub(super) fn add(evidence: &mut PlatformEvidence, judged: Vec<Referrer>) {
    for record in merge(&mut evidence.attestations, &mut evidence.listed, judged) {
        if !evidence.build_records.iter().any(|known| known.digest == record.digest) {
            evidence.build_records.push(record);
        }
    }
}

/// Puts what was found in an order that nobody who stores it chooses.
pub(super) fn sort(attestations: &mut [AttestationEvidence], listed: &mut [Listed]) {
    attestations
        .sort_by(|one, other| (&one.predicate_type, one.digest).cmp(&(&other.predicate_type, other.digest)));
    listed.sort_by_key(|listed| listed.digest);
}

/// That it is unknown what the list holds, which is shown as that of `what`.
pub(super) fn unknown_list(referrers: &Referrers, what: &str) -> Option<UnknownList> {
    let withheld = referrers.withheld.clone()?;
    let failure = Failure::from(registry::Error::from(withheld)).about(what);
    Some(UnknownList { source: ListSource::Referrers, failure })
}

pub(super) fn unknown_tag(error: registry::Error) -> UnknownList {
    UnknownList { source: ListSource::CosignTag, failure: Failure::from(error).about(UNDER_A_TAG) }
}

/// Marks a failure with the repository that it happened in, where that is not the image's own.
pub(super) fn elsewhere(repository: &Repository, error: registry::Error) -> Failure {
    Failure::from(error).about(&format!("attestations in {repository}"))
}

/// Whether it is an attestation that was not judged because it was not asked for.
pub(super) fn is_in_toto(listed: &Listed) -> bool {
    listed.artifact_type == media_type::IN_TOTO || listed.reason == ListedReason::NotAskedFor
}
