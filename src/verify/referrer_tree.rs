//! Lists the referrers of an object and their referrers, level by level.
//!
//! Each signature is verified separately. This list is for display: no verdict depends on it.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use futures_util::future::join_all;

use super::fetched::Fetched;
use super::limits::{SIGNATURES_AT_ONCE, TREE_LEVELS, TREE_OBJECTS};
use super::options::Options;
use super::signatures::{Purpose, SignedObjectSearch};
use super::subject;
use super::walk::Walk;
use crate::evidence::{Evidence, Failure, ReferrerKind, ReferrerNode, ReferrerTree};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, ImageManifest, Repository, media_type};
use crate::registry::{self, Freshness, Registry, with_byte_budget};
use crate::trust::annotations::BUNDLE_PREDICATE_TYPE;
use crate::trust::{COSIGN_SIGN, PREDICATE_TYPE, Trust};

/// Lists the referrers of the object that `evidence` is about, and of each of its images.
///
/// What cannot be listed, or is beyond a limit, is a failure of its node.
pub async fn referrer_tree(
    registry: &dyn Registry,
    evidence: &Evidence,
    trust: &Trust,
    options: &Options,
) -> Vec<ReferrerTree> {
    let walk = Walk::new(registry, &evidence.reference, trust, options);
    let tree = Tree { walk: &walk, found: AtomicUsize::new(0) };
    let root = (evidence.root.descriptor(), vec![evidence.root_signature.found_in.clone()]);
    let mut objects = vec![root];
    for platform in &evidence.platforms {
        match objects.iter_mut().find(|(known, _)| known.digest == platform.digest) {
            Some((_, searched)) => {
                searched.extend(platform.searched.iter().cloned());
                searched.dedup();
            }
            None => objects.push((platform.descriptor(), platform.searched.clone())),
        }
    }
    let all = join_all(objects.iter().map(|(object, searched)| tree.tree_of(object, searched)));
    match tokio::time::timeout(options.limits.verify_timeout, with_byte_budget(all)).await {
        Ok(all) => all,
        Err(_) => {
            let what = format!("the list of referrers of {}", evidence.reference);
            let exceeded = Exceeded::new(what, options.limits.verify_timeout.as_secs(), "seconds");
            let (digest, failures) = (evidence.root.digest, vec![Failure::Limit(exceeded)]);
            vec![ReferrerTree { digest, referrers: Vec::new(), failures }]
        }
    }
}

struct Tree<'a, 'b> {
    walk: &'a Walk<'b>,
    /// Number of referrers found so far, over all levels.
    found: AtomicUsize,
}

/// Signatures in the list are shown, so names are reported and not checked.
fn root_search<'a>(repository: &'a Repository, object: &'a Descriptor) -> SignedObjectSearch<'a> {
    SignedObjectSearch { repository, object, purpose: Purpose::Root, claims: None }
}

type ListResult = (Vec<ReferrerNode>, Vec<Failure>);

impl Tree<'_, '_> {
    async fn tree_of(&self, object: &Descriptor, searched: &[Repository]) -> ReferrerTree {
        let (mut referrers, mut failures) = ListResult::default();
        for repository in searched {
            let (found, failed) = self.referrers_of(repository, object, 0).await;
            referrers.extend(found);
            failures.extend(failed);
            for suffix in ["sig", "att"] {
                match self.walk.cosign_tag_manifest(repository, object, suffix).await {
                    Ok(Some(manifest)) => {
                        referrers.extend(self.under_tag(repository, object, &manifest).await);
                    }
                    Ok(None) => {}
                    Err(error) => failures.push(Failure::from(error).about("attestations under a tag")),
                }
            }
        }
        ReferrerTree { digest: object.digest, referrers, failures }
    }

    /// Lists the referrers of `object`, which is on this level of the tree.
    fn referrers_of<'f>(
        &'f self,
        repository: &'f Repository,
        object: &'f Descriptor,
        level: usize,
    ) -> Pin<Box<dyn Future<Output = ListResult> + 'f>> {
        Box::pin(async move {
            let referrers = match self.walk.referrers(repository, &object.digest, Freshness::Now).await {
                Ok(referrers) => referrers,
                Err(error) => return (Vec::new(), vec![Failure::from(error).about("referrers")]),
            };
            let withheld = referrers.withheld.map(registry::Error::from);
            let withheld = withheld.map(|error| Failure::from(error).about("referrers"));
            let listed = referrers.descriptors;
            let before = self.found.fetch_add(listed.len(), Ordering::Relaxed);
            let limit = if level >= TREE_LEVELS && !listed.is_empty() {
                Some(Exceeded::new("referrers of referrers", TREE_LEVELS, "levels"))
            } else if before + listed.len() > TREE_OBJECTS {
                Some(Exceeded::new("all referrers", TREE_OBJECTS, "objects"))
            } else {
                None
            };
            if let Some(exceeded) = limit {
                return (Vec::new(), vec![Failure::Limit(exceeded)]);
            }
            let found = futures_util::stream::iter(&listed)
                .map(|listed| async move {
                    let (artifact_type, kind) = self.read_referrer(repository, object, listed).await;
                    let (referrers, failures) = self.referrers_of(repository, listed, level + 1).await;
                    let (digest, found_in) = (listed.digest, repository.clone());
                    ReferrerNode { digest, artifact_type, found_in, kind, referrers, failures }
                })
                .buffered(SIGNATURES_AT_ONCE)
                .collect()
                .await;
            (found, withheld.into_iter().collect())
        })
    }

    /// Reads what a listed referrer of `object` is.
    async fn read_referrer(
        &self,
        repository: &Repository,
        object: &Descriptor,
        listed: &Descriptor,
    ) -> (String, ReferrerKind) {
        let manifest = match self.walk.referrer(repository, listed).await {
            Ok(Fetched::Manifest(manifest, _)) => manifest,
            Ok(Fetched::Index(kind)) => return (kind, ReferrerKind::Other),
            Err(unread) => {
                return (
                    listed.artifact_type.clone().unwrap_or_default(),
                    ReferrerKind::Unread(unread.into()),
                );
            }
        };
        let artifact_type = manifest.artifact_type().to_owned();
        let kind = match subject::check_subject(&manifest, object) {
            Ok(()) => self.kind(repository, object, &manifest).await,
            Err(failure) => ReferrerKind::Unread(failure),
        };
        (artifact_type, kind)
    }

    async fn kind(
        &self,
        repository: &Repository,
        object: &Descriptor,
        manifest: &ImageManifest,
    ) -> ReferrerKind {
        let annotation = |name: &str| manifest.annotations.get(name).cloned();
        let kind = manifest.artifact_type();
        if kind == media_type::COSIGN_SIGNATURE {
            return self.signatures(repository, object, manifest).await;
        }
        if kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
            let claimed = annotation(BUNDLE_PREDICATE_TYPE);
            let [layer] = manifest.layers.as_slice() else {
                return ReferrerKind::Unread(Failure::StatementLayers(manifest.layers.len()));
            };
            return match self.walk.verify_bundle_signature(root_search(repository, object), layer).await {
                Ok(Some(signed)) => ReferrerKind::Signature(vec![Ok(signed.facts().clone())]),
                Err(failure) if claimed.as_deref().is_none_or(|claimed| claimed == COSIGN_SIGN) => {
                    ReferrerKind::Signature(vec![Err(failure)])
                }
                Ok(None) | Err(_) => ReferrerKind::Attestation(claimed),
            };
        }
        let holds = |kind: &str| manifest.layers.iter().any(|layer| layer.media_type == kind);
        if kind == media_type::IN_TOTO || holds(media_type::DSSE_ENVELOPE) {
            return ReferrerKind::Attestation(annotation(PREDICATE_TYPE));
        }
        ReferrerKind::Other
    }

    async fn signatures(
        &self,
        repository: &Repository,
        object: &Descriptor,
        manifest: &ImageManifest,
    ) -> ReferrerKind {
        let limit = self.walk.options.limits.signatures;
        if manifest.layers.len() > limit {
            let what = format!("manifest with {} signatures", manifest.layers.len());
            return ReferrerKind::Unread(Failure::Limit(Exceeded::new(what, limit, "signatures")));
        }
        let mut tried = Vec::with_capacity(manifest.layers.len());
        let search = root_search(repository, object);
        for layer in &manifest.layers {
            let signed = self.walk.verify_simple_signature(search, layer).await;
            tried.push(signed.map(|signed| signed.facts().clone()));
        }
        ReferrerKind::Signature(tried)
    }

    /// Reads a manifest under one of cosign's tags: signatures, or envelopes.
    async fn under_tag(
        &self,
        repository: &Repository,
        object: &Descriptor,
        manifest: &ImageManifest,
    ) -> Vec<ReferrerNode> {
        let (envelopes, others): (Vec<&Descriptor>, Vec<&Descriptor>) =
            manifest.layers.iter().partition(|layer| layer.media_type == media_type::DSSE_ENVELOPE);
        let node = |layer: &Descriptor, kind: ReferrerKind| ReferrerNode {
            digest: layer.digest,
            artifact_type: layer.media_type.clone(),
            found_in: repository.clone(),
            kind,
            referrers: Vec::new(),
            failures: Vec::new(),
        };
        let mut found: Vec<ReferrerNode> = envelopes
            .into_iter()
            .take(self.walk.options.limits.referrers)
            .map(|layer| {
                node(layer, ReferrerKind::Attestation(layer.annotations.get("predicateType").cloned()))
            })
            .collect();
        if let Some(first) = others.first() {
            found.push(node(first, self.signatures(repository, object, manifest).await));
        }
        found
    }
}
