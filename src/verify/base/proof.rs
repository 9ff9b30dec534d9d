//! From everything that names itself a base to the answer: each candidate is judged by the walk that judges every
//! image, and compared with the image.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use futures_util::future::join_all;

use super::super::limits::BASES_AT_ONCE;
use super::super::options::{Options, Scope};
use super::super::resolve::collect;
use super::super::walk::Walk;
use super::hints::{Hint, Unusable};
use super::options::BaseOptions;
use super::search::Search;
use crate::evidence::{
    Base, BaseProof, Candidate, CandidateOutcome, Evidence, HardenedStatus, LayerProof, NameRule,
    NotApplicable, NotContacted, NotHardened, Origin, PlatformBase, PlatformEvidence, PlatformKey,
    Unanswered, boundary, check_chain_id, claims_dhi, decide, hardened_status, is_label_of_no_layers,
    namespaces, verifier_results,
};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB, SCOUT};
use crate::oci::{Platform, Reference, Repository};
use crate::registry::{Registry, with_byte_budget};
use crate::trust::Trust;

/// Finds out what the image of `evidence` is: a hardened one, built on one, or neither.
///
/// `evidence` is what [`verify`](crate::verify::verify) found about the image, with all predicate types. Candidates are asked for only
/// where a platform's own attestations do not show that it is hardened.
pub async fn base(
    registry: &dyn Registry,
    evidence: &Evidence,
    trust: &Trust,
    options: &BaseOptions,
) -> BaseProof {
    let child = Options {
        limits: options.limits.clone(),
        memory: options.memory.clone(),
        ..Options::of(&evidence.reference)
    };
    let search = Search {
        registry,
        evidence,
        trust,
        options,
        hosts: hosts(evidence, options),
        namespaces: namespaces(&evidence.reference, &options.namespaces),
        walk: Walk::new(registry, &evidence.reference, trust, &child),
    };
    let mut failures = unanswered(evidence);
    let judged = join_all(evidence.images().map(|(key, platform)| search.platform(key, platform)));
    let platforms = match tokio::time::timeout(options.limits.verify_timeout, with_byte_budget(judged)).await
    {
        Ok(platforms) => platforms,
        Err(_) => {
            let what = format!("search for the base of {}", evidence.reference);
            failures.push(Unanswered::Limit(Exceeded::new(
                what,
                options.limits.verify_timeout.as_secs(),
                "seconds",
            )));
            Vec::new()
        }
    };
    BaseProof { platforms, failures, registries: search.hosts.iter().cloned().collect() }
}

/// What keeps the reference as a whole from being answered.
fn unanswered(evidence: &Evidence) -> Vec<Unanswered> {
    let not_there = |asked| Unanswered::NoPlatform { asked, there: evidence.there() };
    if evidence.platforms.is_empty() && evidence.asked_platforms.is_empty() {
        return vec![not_there(None)];
    }
    let other = evidence.identified().and_then(Result::err);
    let other = other.map(Unanswered::OtherImage);
    evidence.missing().map(|asked| not_there(Some(asked.clone()))).chain(other).collect()
}

/// The hosts of the only registries that are asked for candidates.
fn hosts(evidence: &Evidence, options: &BaseOptions) -> BTreeSet<String> {
    let named = options.bases.iter().map(|base| &base.repository);
    let aliases = options.aliases.iter().flat_map(|alias| [&alias.copy, &alias.original]);
    let repositories = [&evidence.reference.repository].into_iter().chain(named).chain(aliases);
    let hosts = repositories.filter_map(Repository::host).chain([DHI, DOCKER_HUB, SCOUT]);
    hosts.map(str::to_owned).chain(options.registries.iter().map(|host| host.to_ascii_lowercase())).collect()
}

/// A candidate that is to be judged.
struct Named {
    hint: Hint,
    origins: Vec<Origin>,
}

/// A candidate that was judged, and what it names itself where its own bases are to be followed.
struct Examined {
    candidate: Candidate,
    next: Vec<Hint>,
}

impl Search<'_> {
    async fn platform(&self, key: PlatformKey, child: &PlatformEvidence) -> PlatformBase {
        let status = hardened_status(self.evidence, child);
        let claims = claims_dhi(child, &self.evidence.root.annotations);
        let mut candidates = match &status {
            HardenedStatus::Not(not)
                if not.bad.is_empty() && not.denied.is_empty() && child.config.is_some() =>
            {
                self.candidates(child).await
            }
            _ => Vec::new(),
        };
        if self.options.verify_layers {
            self.hash_layers(child, &mut candidates).await;
        }
        let answer = decide(child, status, claims, &candidates, self.options.accept_declared_layers);
        let summaries = verifier_results(child, self.evidence.root.digest);
        PlatformBase { key, label: child.label(), answer, candidates, summaries }
    }

    /// Judges everything that names itself a base, parents of parents included.
    async fn candidates(&self, child: &PlatformEvidence) -> Vec<Candidate> {
        let flags = self.options.bases.iter().map(|base| Hint::of(base.clone(), Origin::Flag));
        let mut hints: Vec<Hint> = flags.collect();
        hints.extend(self.hints(&self.walk, self.evidence, child).await);
        // A copy has the digest of its original.
        let own = Reference { digest: Some(self.evidence.root.digest), ..self.evidence.reference.clone() };
        hints.extend(self.options.aliases.iter().filter_map(|alias| Hint::original(&own, alias)));
        let hopeless = is_label_of_no_layers(child);
        // The image itself is no base of itself.
        let mut seen: BTreeSet<String> = [self.evidence.reference.to_string()].into();
        let mut all: Vec<Candidate> = Vec::new();
        for depth in 1.. {
            let mut level = self.distinct(hints, &mut seen, &mut all);
            if level.is_empty() {
                break;
            }
            let limit = self.options.limits.base_candidates;
            let room = limit.saturating_sub(all.len());
            if level.len() > room {
                // One stands for all that are not asked for.
                let exceeded = Exceeded::new("the number of possible bases", limit, "images");
                let first = level.drain(room..).next();
                all.extend(first.map(|named| {
                    named.fate(depth, CandidateOutcome::NotContacted(NotContacted::Limit(exceeded)))
                }));
            }
            if hopeless {
                // Whatever it is, its layers cannot have the ChainID that the image's label demands.
                let unfit = || CandidateOutcome::NotApplicable(NotApplicable::LabelOfNoLayers);
                all.extend(level.into_iter().map(|named| named.fate(depth, unfit())));
                break;
            }
            if depth > self.options.limits.base_depth {
                let limit = self.options.limits.base_depth;
                all.extend(level.into_iter().map(|named| {
                    let what = format!("the chain of parents up to {}", named.hint.named);
                    named.fate(
                        depth,
                        CandidateOutcome::NotContacted(NotContacted::Limit(Exceeded::new(
                            what, limit, "images",
                        ))),
                    )
                }));
                break;
            }
            let examined: Vec<Examined> = futures_util::stream::iter(level)
                .map(|named| self.examine(child, named, depth))
                .buffered(BASES_AT_ONCE)
                .collect()
                .await;
            hints = Vec::new();
            for Examined { candidate, next } in examined {
                all.push(candidate);
                hints.extend(next);
            }
        }
        all
    }

    /// The hints without those that were followed already, each with its alias behind it.
    fn distinct(&self, hints: Vec<Hint>, seen: &mut BTreeSet<String>, all: &mut [Candidate]) -> Vec<Named> {
        let mut level: Vec<Named> = Vec::new();
        let aliased = hints.into_iter().flat_map(|hint| {
            let originals: Vec<Hint> =
                self.options.aliases.iter().filter_map(|alias| hint.alias(alias)).collect();
            std::iter::once(hint).chain(originals)
        });
        for hint in aliased {
            let key = hint.reference.as_ref().map_or(hint.named.clone(), Reference::to_string);
            if let Some(known) = level.iter_mut().find(|known| known.hint.is_same(&hint)) {
                add(&mut known.origins, hint.origin);
            } else if seen.insert(key.clone()) {
                level.push(Named { origins: vec![hint.origin.clone()], hint });
            } else if let Some(known) = all.iter_mut().find(|known| known.named == key) {
                add(&mut known.origins, hint.origin);
            }
        }
        level
    }

    async fn examine(&self, child: &PlatformEvidence, named: Named, depth: usize) -> Examined {
        let done = |named: Named, fate: CandidateOutcome| Examined {
            candidate: named.fate(depth, fate),
            next: Vec::new(),
        };
        let reference = match &named.hint.reference {
            Ok(reference) => reference.clone(),
            Err(Unusable::NoReference(cause)) => {
                let cause = cause.clone();
                return done(named, CandidateOutcome::NotApplicable(NotApplicable::NoReference(cause)));
            }
            Err(Unusable::Unread(failure)) => {
                let failure = failure.clone();
                return done(named, CandidateOutcome::Failed(failure));
            }
            Err(Unusable::Limit(exceeded)) => {
                let cause = NotContacted::Limit(exceeded.clone());
                return done(named, CandidateOutcome::NotContacted(cause));
            }
        };
        if let Err(cause) = self.may_ask(&reference, &named.origins) {
            return done(named, CandidateOutcome::NotContacted(cause));
        }
        let Some(platform) = child.config.as_ref().map(|config| config.platform.clone()) else {
            return done(named, CandidateOutcome::NotApplicable(NotApplicable::NothingToCompare));
        };
        let options = Options {
            platforms: if platform.is_named() { vec![platform.clone()] } else { Vec::new() },
            predicate_types: Vec::new(),
            scope: Scope::Images,
            names: NameRule::of(&reference, self.namespaces.clone(), None),
            root_annotations: BTreeMap::new(),
            attestations: None,
            judge_bundles: self.options.judge_bundles,
            tagged: self.options.tagged,
            keep_statements: false,
            limits: self.options.limits.clone(),
            memory: self.options.memory.clone(),
            progress: None,
        };
        let evidence = match collect(self.registry, &reference, self.trust, &options).await {
            Ok(evidence) => evidence,
            // What labels lead to is a guess: that it does not exist leaves nothing open.
            Err(error)
                if error.is_not_found() && matches!(named.origins.as_slice(), [Origin::Label { .. }]) =>
            {
                return done(named, CandidateOutcome::NotApplicable(NotApplicable::DoesNotExist));
            }
            Err(error) => return done(named, CandidateOutcome::Failed(error.into())),
        };
        let mut best: Option<(CandidateOutcome, Option<&PlatformEvidence>)> = None;
        for base in &evidence.platforms {
            let fate = self.judge(child, &platform, &evidence, base);
            if best.as_ref().is_none_or(|(best, _)| weight(&fate) > weight(best)) {
                best = Some((fate, Some(base)));
            }
        }
        let none = || (CandidateOutcome::NotApplicable(NotApplicable::NoImageFor(platform.clone())), None);
        let (fate, base) = best.unwrap_or_else(none);
        let next = match (&fate, base) {
            (fate, Some(base)) if is_parent(fate) => {
                let walk = Walk::new(self.registry, &evidence.reference, self.trust, &options);
                self.hints(&walk, &evidence, base).await
            }
            _ => Vec::new(),
        };
        Examined { candidate: named.fate(depth, fate), next }
    }

    /// Whether the registry of a candidate may be asked. Files on this machine only where the caller names them.
    fn may_ask(&self, reference: &Reference, origins: &[Origin]) -> Result<(), NotContacted> {
        let Some(host) = reference.repository.host() else {
            let own = self.evidence.reference.repository == reference.repository;
            let named = |origin: &Origin| matches!(origin, Origin::Flag | Origin::Alias { .. });
            return if own || origins.iter().any(named) { Ok(()) } else { Err(NotContacted::File) };
        };
        if self.hosts.contains(host) {
            return Ok(());
        }
        Err(NotContacted::Elsewhere { host: host.to_owned() })
    }
}

/// Keeps the first origin of each kind, so that no document can fill the report with more of them.
fn add(origins: &mut Vec<Origin>, origin: Origin) {
    if !origins.iter().any(|known| known.is_like(&origin)) {
        origins.push(origin);
    }
}

impl Named {
    fn fate(self, depth: usize, fate: CandidateOutcome) -> Candidate {
        let by_tag = self.hint.reference.as_ref().is_ok_and(|reference| reference.digest.is_none());
        Candidate { named: self.hint.named, origins: self.origins, depth, outcome: fate, by_tag }
    }
}

impl Search<'_> {
    /// What `base`, one image of a candidate, is to the child.
    fn judge(
        &self,
        child: &PlatformEvidence,
        platform: &Platform,
        evidence: &Evidence,
        base: &PlatformEvidence,
    ) -> CandidateOutcome {
        let Some(compared) = boundary(child, base) else {
            return match base.failures.first() {
                Some(failure) => CandidateOutcome::Failed(failure.clone()),
                None => CandidateOutcome::NotApplicable(NotApplicable::NoContainerImage),
            };
        };
        let Some(config) = &base.config else {
            return CandidateOutcome::NotApplicable(NotApplicable::NoContainerImage);
        };
        if !config.platform.agrees_with(platform) {
            let (own, image) = (config.platform.clone(), platform.clone());
            return CandidateOutcome::NotApplicable(NotApplicable::OtherPlatform { own, image });
        }
        let boundary = match compared {
            Ok(boundary) => boundary,
            Err(mismatch) => return CandidateOutcome::Refuted(mismatch),
        };
        let hardened = match hardened_status(evidence, base) {
            HardenedStatus::Hardened(hardened) => hardened,
            HardenedStatus::Not(not) => return CandidateOutcome::Parent(not),
        };
        if let Err(mismatch) = check_chain_id(child, base, &boundary) {
            return CandidateOutcome::Refuted(mismatch);
        }
        if let Err(reason) = hardened.counts(&self.namespaces) {
            return CandidateOutcome::Parent(NotHardened { reasons: vec![reason], ..NotHardened::default() });
        }
        CandidateOutcome::Proved(Box::new(Base {
            reference: Reference {
                repository: evidence.reference.repository.clone(),
                tag: None,
                name: None,
                digest: Some(evidence.root.digest),
            },
            digest: evidence.root.digest,
            manifest: base.digest,
            platform: config.platform.clone(),
            hardened,
            of: child.layers.len(),
            proof: if boundary.differing.is_empty() { LayerProof::Blobs } else { LayerProof::Declared },
            boundary,
        }))
    }
}

/// Whether the image begins with all layers of the candidate, and it is not the base itself: its own bases are to be
/// followed. That of a label is a hardened image above the one that the label is about.
fn is_parent(fate: &CandidateOutcome) -> bool {
    match fate {
        CandidateOutcome::Parent(_) => true,
        CandidateOutcome::Refuted(mismatch) => mismatch.is_of_label(),
        CandidateOutcome::Proved(_)
        | CandidateOutcome::NotApplicable(_)
        | CandidateOutcome::NotContacted(_)
        | CandidateOutcome::Failed(_) => false,
    }
}

/// Which of several images of one candidate says most.
fn weight(fate: &CandidateOutcome) -> (u8, usize) {
    match fate {
        CandidateOutcome::Proved(base) => (4, base.boundary.layers),
        CandidateOutcome::Failed(_) | CandidateOutcome::NotContacted(_) => (3, 0),
        CandidateOutcome::Parent(_) => (2, 0),
        CandidateOutcome::Refuted(_) => (1, 0),
        CandidateOutcome::NotApplicable(_) => (0, 0),
    }
}
