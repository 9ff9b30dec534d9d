//! Verifies each candidate for a base by the same walk as any image, and compares its layers with those of the image.
//! `evidence/base/decide.rs` decides over the results.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use futures_util::future::join_all;

use super::super::limits::BASES_AT_ONCE;
use super::super::options::{KeepStatements, Options, Scope};
use super::super::resolve::collect;
use super::super::walk::Walk;
use super::named_bases::{NamedBase, Unusable};
use super::options::BaseOptions;
use super::search::Search;
use crate::evidence::{
    Base, BaseProof, Candidate, CandidateOrigin, CandidateOutcome, Evidence, HardenedStatus, LayerProof,
    NameRule, NotApplicable, NotContacted, NotHardened, PlatformBase, PlatformEvidence, PlatformKey,
    Unanswered, boundary, check_chain_id, claims_dhi, decide, hardened_status, is_label_of_no_layers,
    namespaces, verifier_results,
};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB, SCOUT};
use crate::oci::{Platform, Reference, Repository};
use crate::registry::{Registry, with_byte_budget};
use crate::trust::Trust;

/// Decides what the image of `evidence` is: a hardened image, built on one, or neither.
///
/// `evidence` is the result of [`verify`](crate::verify::verify) for all predicate types. For each platform:
///
/// 1. If its own attestations show that it is hardened, or are bad, no candidate is fetched.
/// 2. Candidates come from the caller, then from provenance, annotations and labels.
/// 3. Each candidate is verified and its layers are compared; a candidate that is only a parent adds its own bases.
/// 4. [`decide`] makes the answer from all candidates.
///
/// What could not be fetched is part of the answer, so this function does not fail.
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

/// Why there is no answer for the reference as a whole.
fn unanswered(evidence: &Evidence) -> Vec<Unanswered> {
    let not_there =
        |requested| Unanswered::NoPlatform { requested, available: evidence.available_platforms() };
    if evidence.platforms.is_empty() && evidence.requested_platforms.is_empty() {
        return vec![not_there(None)];
    }
    let other = evidence.identified().and_then(Result::err);
    let other = other.map(Unanswered::OtherImage);
    evidence.missing_platforms().map(|asked| not_there(Some(asked.clone()))).chain(other).collect()
}

/// The hosts of the only registries that are contacted for candidates.
fn hosts(evidence: &Evidence, options: &BaseOptions) -> BTreeSet<String> {
    let named = options.bases.iter().map(|base| &base.repository);
    let aliases = options.aliases.iter().flat_map(|alias| [&alias.copy, &alias.original]);
    let repositories = [&evidence.reference.repository].into_iter().chain(named).chain(aliases);
    let hosts = repositories.filter_map(Repository::host).chain([DHI, DOCKER_HUB, SCOUT]);
    hosts.map(str::to_owned).chain(options.registries.iter().map(|host| host.to_ascii_lowercase())).collect()
}

/// A candidate to examine, with everything that names it.
struct PendingCandidate {
    base_name: NamedBase,
    origins: Vec<CandidateOrigin>,
}

/// A candidate that was examined. If it is a parent and not the base, `next` holds the bases that it names.
struct Examined {
    candidate: Candidate,
    next: Vec<NamedBase>,
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

    /// Examines everything that is named as a base, and the bases of parents.
    async fn candidates(&self, child: &PlatformEvidence) -> Vec<Candidate> {
        let flags = self.options.bases.iter().map(|base| NamedBase::of(base.clone(), CandidateOrigin::Flag));
        let mut bases: Vec<NamedBase> = flags.collect();
        bases.extend(self.named_bases(&self.walk, self.evidence, child).await);
        // A copy has the same digest as its original.
        let own = Reference { digest: Some(self.evidence.root.digest), ..self.evidence.reference.clone() };
        bases.extend(self.options.aliases.iter().filter_map(|alias| NamedBase::original(&own, alias)));
        let label_matches_no_layers = is_label_of_no_layers(child);
        // An image is not its own base.
        let mut seen: BTreeSet<String> = [self.evidence.reference.to_string()].into();
        let mut all: Vec<Candidate> = Vec::new();
        for depth in 1.. {
            let mut level = self.distinct(bases, &mut seen, &mut all);
            if level.is_empty() {
                break;
            }
            let limit = self.options.limits.base_candidates;
            let free = limit.saturating_sub(all.len());
            if level.len() > free {
                // One entry represents all candidates over the limit.
                let exceeded = Exceeded::new("the number of possible bases", limit, "images");
                let first = level.drain(free..).next();
                all.extend(first.map(|named| {
                    named.outcome(depth, CandidateOutcome::NotContacted(NotContacted::Limit(exceeded)))
                }));
            }
            if label_matches_no_layers {
                // No candidate can have layers with the ChainID in the image's label.
                let not_applicable = || CandidateOutcome::NotApplicable(NotApplicable::LabelOfNoLayers);
                all.extend(level.into_iter().map(|named| named.outcome(depth, not_applicable())));
                break;
            }
            if depth > self.options.limits.base_depth {
                let limit = self.options.limits.base_depth;
                all.extend(level.into_iter().map(|named| {
                    let what = format!("the chain of parents up to {}", named.base_name.named);
                    named.outcome(
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
            bases = Vec::new();
            for Examined { candidate, next } in examined {
                all.push(candidate);
                bases.extend(next);
            }
        }
        all
    }

    /// The bases that were not examined before, each followed by its originals by alias.
    fn distinct(
        &self,
        bases: Vec<NamedBase>,
        seen: &mut BTreeSet<String>,
        all: &mut [Candidate],
    ) -> Vec<PendingCandidate> {
        let mut level: Vec<PendingCandidate> = Vec::new();
        let aliased = bases.into_iter().flat_map(|base_name| {
            let originals: Vec<NamedBase> =
                self.options.aliases.iter().filter_map(|alias| base_name.alias(alias)).collect();
            std::iter::once(base_name).chain(originals)
        });
        for base_name in aliased {
            let key = base_name.reference.as_ref().map_or(base_name.named.clone(), Reference::to_string);
            if let Some(known) = level.iter_mut().find(|known| known.base_name.is_same(&base_name)) {
                add_origin(&mut known.origins, base_name.origin);
            } else if seen.insert(key.clone()) {
                level.push(PendingCandidate { origins: vec![base_name.origin.clone()], base_name });
            } else if let Some(known) = all.iter_mut().find(|known| known.named == key) {
                add_origin(&mut known.origins, base_name.origin);
            }
        }
        level
    }

    async fn examine(&self, child: &PlatformEvidence, named: PendingCandidate, depth: usize) -> Examined {
        let done = |named: PendingCandidate, outcome: CandidateOutcome| Examined {
            candidate: named.outcome(depth, outcome),
            next: Vec::new(),
        };
        let reference = match &named.base_name.reference {
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
        if let Err(cause) = self.may_contact(&reference, &named.origins) {
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
            judge_enveloped: self.options.judge_enveloped,
            cosign_tags: self.options.cosign_tags,
            keep_statements: KeepStatements::None,
            keep_documents: false,
            limits: self.options.limits.clone(),
            memory: self.options.memory.clone(),
            progress: None,
        };
        let evidence = match collect(self.registry, &reference, self.trust, &options).await {
            Ok(evidence) => evidence,
            // A reference from labels is a guess: if it does not exist, nothing stays open.
            Err(error)
                if error.is_not_found()
                    && matches!(named.origins.as_slice(), [CandidateOrigin::Label { .. }]) =>
            {
                return done(named, CandidateOutcome::NotApplicable(NotApplicable::DoesNotExist));
            }
            Err(error) => return done(named, CandidateOutcome::Failed(error.into())),
        };
        let mut best: Option<(CandidateOutcome, Option<&PlatformEvidence>)> = None;
        for base in &evidence.platforms {
            let outcome = self.judge(child, &platform, &evidence, base);
            if best.as_ref().is_none_or(|(best, _)| rank(&outcome) > rank(best)) {
                best = Some((outcome, Some(base)));
            }
        }
        let none = || (CandidateOutcome::NotApplicable(NotApplicable::NoImageFor(platform.clone())), None);
        let (outcome, base) = best.unwrap_or_else(none);
        let next = match (&outcome, base) {
            (outcome, Some(base)) if is_parent(outcome) => {
                let walk = Walk::new(self.registry, &evidence.reference, self.trust, &options);
                self.named_bases(&walk, &evidence, base).await
            }
            _ => Vec::new(),
        };
        Examined { candidate: named.outcome(depth, outcome), next }
    }

    /// Whether the registry of a candidate may be contacted. A file on this machine is read only if the caller names
    /// it.
    fn may_contact(&self, reference: &Reference, origins: &[CandidateOrigin]) -> Result<(), NotContacted> {
        let Some(host) = reference.repository.host() else {
            let own = self.evidence.reference.repository == reference.repository;
            let named = |origin: &CandidateOrigin| {
                matches!(origin, CandidateOrigin::Flag | CandidateOrigin::Alias { .. })
            };
            return if own || origins.iter().any(named) { Ok(()) } else { Err(NotContacted::File) };
        };
        if self.hosts.contains(host) {
            return Ok(());
        }
        Err(NotContacted::Elsewhere { host: host.to_owned() })
    }
}

/// Keeps the first origin of each kind, so that a document cannot fill the report with many.
fn add_origin(origins: &mut Vec<CandidateOrigin>, origin: CandidateOrigin) {
    if !origins.iter().any(|known| known.is_like(&origin)) {
        origins.push(origin);
    }
}

impl PendingCandidate {
    fn outcome(self, depth: usize, outcome: CandidateOutcome) -> Candidate {
        let by_tag = self.base_name.reference.as_ref().is_ok_and(|reference| reference.digest.is_none());
        Candidate { named: self.base_name.named, origins: self.origins, depth, outcome, by_tag }
    }
}

impl Search<'_> {
    /// Compares `base`, one image of a candidate, with the child.
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
            labels: config.labels.clone(),
            hardened,
            child_layers: child.layers.len(),
            proof: if boundary.differing.is_empty() { LayerProof::Blobs } else { LayerProof::Declared },
            boundary,
        }))
    }
}

/// Whether the candidate is a parent: the image begins with all its layers, and it is not the base, so its own bases
/// are followed. A hardened image that the ChainID label contradicts is also one: the label is about a hardened image
/// below it.
fn is_parent(outcome: &CandidateOutcome) -> bool {
    match outcome {
        CandidateOutcome::Parent(_) => true,
        CandidateOutcome::Refuted(mismatch) => mismatch.is_of_label(),
        CandidateOutcome::Proved(_)
        | CandidateOutcome::NotApplicable(_)
        | CandidateOutcome::NotContacted(_)
        | CandidateOutcome::Failed(_) => false,
    }
}

/// The rank of an outcome. If a candidate has several images, the highest rank counts.
fn rank(outcome: &CandidateOutcome) -> (u8, usize) {
    match outcome {
        CandidateOutcome::Proved(base) => (4, base.boundary.layers),
        CandidateOutcome::Failed(_) | CandidateOutcome::NotContacted(_) => (3, 0),
        CandidateOutcome::Parent(_) => (2, 0),
        CandidateOutcome::Refuted(_) => (1, 0),
        CandidateOutcome::NotApplicable(_) => (0, 0),
    }
}
