//! Attestations about an index as a whole. They are attached to the index as attestations are attached to an image,
//! and bound to it in the same way: by subject and digest.

use futures_util::future::join;

use super::images::{TAG_ATTESTATIONS, add, failure_in, is_in_toto, merge, sort, unknown_list, unknown_tag};
use super::options::{CosignTags, Scope};
use super::referrer::Referrer;
use super::walk::Walk;
use crate::attestation::VSA_TYPE;
use crate::evidence::{
    AttestationEvidence, AttestationForm, Evidence, Failure, IndexEvidence, Kind, ListSource, ListedReason,
    ListedReferrer, PlatformEvidence, UnknownList,
};
use crate::oci::{Descriptor, Repository, media_type};
use crate::registry::{self, Freshness, Referrers};

/// What a failure to list the referrers is about, in its diagnostic.
const INDEX_REFERRERS: &str = "referrers of the index";

/// Records that cosign's tag could not be read. If the registry withholds it, its content is unknown, like that of a
/// withheld list.
fn add_tag_failure(about: &mut IndexEvidence, error: registry::Error) {
    if error.is_withheld() {
        about.unknown_lists.push(unknown_tag(error));
    } else {
        about.not_checked.push(Failure::from(error).about(TAG_ATTESTATIONS));
    }
}

impl Walk<'_> {
    /// Judges what is attested about the index `root`.
    pub(super) async fn about_index(
        &self,
        root: &Descriptor,
        referrers: Result<&Referrers, &registry::Error>,
    ) -> IndexEvidence {
        let mut about = IndexEvidence::default();
        let referrers = match referrers {
            Ok(referrers) => referrers,
            Err(error) => {
                about.failures.push(Failure::from(error.clone()).about(INDEX_REFERRERS));
                return about;
            }
        };
        let repository = self.evidence_repository();
        let (mut judged, tagged) =
            join(self.attestations(repository, root, referrers), self.cosign_attestations_if_always(root))
                .await;
        about.unknown_lists.extend(unknown_list(referrers, INDEX_REFERRERS));
        match tagged {
            Ok(tagged) => judged.extend(tagged),
            Err(error) => add_tag_failure(&mut about, error),
        }
        self.add_index_referrers(&mut about, judged);
        about
    }

    fn add_index_referrers(&self, about: &mut IndexEvidence, judged: Vec<Referrer>) {
        // A build record is about an image, never about an index.
        let records = merge(&mut about.attestations, &mut about.listed, self.apply_threshold(judged));
        about.listed.extend(records.into_iter().map(|record| ListedReferrer {
            digest: record.digest,
            artifact_type: media_type::BUILD_RECORD.to_owned(),
            predicate_type: None,
            reason: ListedReason::NoAttestation,
        }));
        // Signatures of the index are judged as those of the root.
        about.listed.retain(|listed| !listed.is_signature());
        sort(&mut about.attestations, &mut about.listed);
    }

    /// Completes the evidence about an index with what needs both the index and its images.
    ///
    /// 1. A chart that has no attestations of its own gets those about its index.
    /// 2. cosign's tag of the index is read if attestations about the index count and some image lacks one that
    ///    counts.
    pub(super) async fn complete_index(
        &self,
        evidence: &mut Evidence,
        referrers: Result<&Referrers, &registry::Error>,
    ) {
        let root = evidence.root.descriptor();
        let mut others = false;
        for platform in &mut evidence.platforms {
            others |= !self.add_index_attestations(platform, &evidence.about_index, &root, referrers).await;
        }
        if !others {
            // Attestations that every image got are not reported a second time for the index.
            let taken = |attestation: &_| {
                evidence.platforms.iter().any(|chart| {
                    chart.attestations.iter().any(|own: &AttestationEvidence| own.digest == *attestation)
                })
            };
            evidence.about_index.attestations.retain(|attestation| !taken(&attestation.digest));
        }
        self.search_index_tag(evidence, &root).await;
    }

    /// Adds the attestations about the index to a chart that has none of its own. Returns whether `chart` is such a
    /// chart.
    ///
    /// The tag of a chart may name an index whose only entry is the chart, and the attestations may then be about the
    /// index. They count, because the index names the chart by digest.
    async fn add_index_attestations(
        &self,
        chart: &mut PlatformEvidence,
        about: &IndexEvidence,
        index: &Descriptor,
        referrers: Result<&Referrers, &registry::Error>,
    ) -> bool {
        let is_attested = !chart.attestations.is_empty() || chart.listed.iter().any(is_in_toto);
        if chart.kind != Kind::Chart || is_attested || !chart.failures.is_empty() {
            return false;
        }
        for repository in chart.searched.clone() {
            match self.index_attestations_for_chart(&repository, about, index, referrers).await {
                Ok((judged, unknown)) => {
                    add(chart, judged);
                    chart.unknown_lists.extend(unknown);
                }
                Err(error) => chart.not_checked.push(failure_in(&repository, error)),
            }
        }
        sort(&mut chart.attestations, &mut chart.listed);
        true
    }

    /// The referrers of the index that may count for its chart. Bundles and envelopes count only for the object that
    /// they are attached to.
    async fn index_attestations_for_chart(
        &self,
        repository: &Repository,
        about: &IndexEvidence,
        index: &Descriptor,
        referrers: Result<&Referrers, &registry::Error>,
    ) -> Result<(Vec<Referrer>, Option<UnknownList>), registry::Error> {
        let is_first = repository == self.evidence_repository();
        if is_first && self.options.scope != Scope::Images {
            referrers.map_err(Clone::clone)?;
            let judged = about.attestations.iter().filter(|judged| judged.form == AttestationForm::InToto);
            let judged = judged.cloned().map(|judged| Referrer::Judged(Box::new(judged)));
            let listed = about.listed.iter().filter(|listed| is_in_toto(listed)).cloned();
            let of_index = about.unknown_lists.iter().find(|unknown| unknown.source == ListSource::Referrers);
            return Ok((judged.chain(listed.map(Referrer::Listed)).collect(), of_index.cloned()));
        }
        let listed = if is_first {
            referrers.map_err(Clone::clone)?.clone()
        } else {
            self.referrers(repository, &index.digest, Freshness::Now).await?
        };
        let mut judged = self.attestations(repository, index, &listed).await;
        judged.retain(|referrer| match referrer {
            Referrer::Judged(judged) => judged.form == AttestationForm::InToto,
            Referrer::Enveloped(_) | Referrer::BuildRecord(_) => false,
            Referrer::Listed(listed) => is_in_toto(listed),
        });
        Ok((judged, unknown_list(&listed, &format!("attestations in {repository}"))))
    }

    async fn search_index_tag(&self, evidence: &mut Evidence, root: &Descriptor) {
        let may_count = self.options.scope == Scope::ImagesAndIndex { counts: true };
        if !may_count
            || self.options.cosign_tags == CosignTags::Always
            || !evidence.about_index.failures.is_empty()
        {
            return;
        }
        let about =
            self.accepted_types(evidence.about_index.verified(root.digest)).filter(|kind| *kind != VSA_TYPE);
        let about: Vec<String> = about.map(str::to_owned).collect();
        let open = evidence.platforms.iter().any(|platform| {
            let own = self
                .accepted_types(platform.verified(root.digest))
                .filter(|kind| self.counts_for_image(kind));
            let all: Vec<&str> = own.chain(about.iter().map(String::as_str)).collect();
            platform.failures.is_empty() && !self.covers_request(&all)
        });
        if !open {
            return;
        }
        match self.tagged_attestations(self.evidence_repository(), root).await {
            Ok(judged) => self.add_index_referrers(&mut evidence.about_index, judged),
            Err(error) => add_tag_failure(&mut evidence.about_index, error),
        }
    }
}
