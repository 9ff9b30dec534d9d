//! What is attested about an index as a whole. It hangs on the index as attestations hang on an image, and is bound to it
//! in the same way: by subject and digest.

use futures_util::future::join;

use super::images::{UNDER_A_TAG, add, elsewhere, is_in_toto, merge, sort, unknown_list, unknown_tag};
use super::options::{Scope, Tagged};
use super::referrer::Referrer;
use super::walk::Walk;
use crate::attestation::VSA_TYPE;
use crate::evidence::{
    AttestationEvidence, AttestationForm, Evidence, Failure, IndexEvidence, Kind, ListSource, Listed,
    ListedReason, PlatformEvidence, UnknownList,
};
use crate::oci::{Descriptor, Repository, media_type};
use crate::registry::{self, Freshness, Referrers};

/// What failures are shown to be about.
const OF_THE_INDEX: &str = "referrers of the index";

/// A tag that is refused says as little as a list that is.
fn refused_tag(about: &mut IndexEvidence, error: registry::Error) {
    if error.is_withheld() {
        about.unknown_lists.push(unknown_tag(error));
    } else {
        about.not_checked.push(Failure::from(error).about(UNDER_A_TAG));
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
                about.failures.push(Failure::from(error.clone()).about(OF_THE_INDEX));
                return about;
            }
        };
        let repository = self.evidence_repository();
        let (mut judged, tagged) =
            join(self.attestations(repository, root, referrers), self.tagged_at_once(root)).await;
        about.unknown_lists.extend(unknown_list(referrers, OF_THE_INDEX));
        match tagged {
            Ok(tagged) => judged.extend(tagged),
            Err(error) => refused_tag(&mut about, error),
        }
        self.take_index(&mut about, judged);
        about
    }

    fn take_index(&self, about: &mut IndexEvidence, judged: Vec<Referrer>) {
        // A record of a build is one of an image, not of an index.
        let records = merge(&mut about.attestations, &mut about.listed, self.apply_threshold(judged));
        about.listed.extend(records.into_iter().map(|record| Listed {
            digest: record.digest,
            artifact_type: media_type::BUILD_RECORD.to_owned(),
            predicate_type: None,
            reason: ListedReason::NoAttestation,
        }));
        // Signatures of the index are judged as those of the root.
        about.listed.retain(|listed| !listed.is_signature());
        sort(&mut about.attestations, &mut about.listed);
    }

    /// Completes what is known of an index by what needs both it and its images.
    ///
    /// 1. A chart that has no attestations of its own takes those about its index.
    /// 2. cosign's tag of the index is asked for, where some image is not answered for and it may.
    pub(super) async fn complete_index(
        &self,
        evidence: &mut Evidence,
        referrers: Result<&Referrers, &registry::Error>,
    ) {
        let root = evidence.root.descriptor();
        let mut others = false;
        for platform in &mut evidence.platforms {
            others |= !self.take_chart(platform, &evidence.about_index, &root, referrers).await;
        }
        if !others {
            // What every image took for its own is not told twice.
            let taken = |attestation: &_| {
                evidence.platforms.iter().any(|chart| {
                    chart.attestations.iter().any(|own: &AttestationEvidence| own.digest == *attestation)
                })
            };
            evidence.about_index.attestations.retain(|attestation| !taken(&attestation.digest));
        }
        self.ask_tag_of_index(evidence, &root).await;
    }

    /// The tag of a chart may name an index with the chart as its one entry, and the attestations may then be
    /// about the index. They count for a chart that has none of its own: the index names the chart by digest. Whether
    /// this is such a chart.
    async fn take_chart(
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
            match self.about_chart(&repository, about, index, referrers).await {
                Ok((judged, unknown)) => {
                    add(chart, judged);
                    chart.unknown_lists.extend(unknown);
                }
                Err(error) => chart.not_checked.push(elsewhere(&repository, error)),
            }
        }
        sort(&mut chart.attestations, &mut chart.listed);
        true
    }

    /// What is about the index and may count for its chart: bundles and envelopes are for what they are attached to.
    async fn about_chart(
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
            Referrer::Signed(_) | Referrer::BuildRecord(_) => false,
            Referrer::Listed(listed) => is_in_toto(listed),
        });
        Ok((judged, unknown_list(&listed, &format!("attestations in {repository}"))))
    }

    async fn ask_tag_of_index(&self, evidence: &mut Evidence, root: &Descriptor) {
        let may_answer = self.options.scope == Scope::ImagesAndIndex { answers: true };
        if !may_answer || self.options.tagged == Tagged::Always || !evidence.about_index.failures.is_empty() {
            return;
        }
        let about =
            self.answering(evidence.about_index.verified(root.digest)).filter(|kind| *kind != VSA_TYPE);
        let about: Vec<String> = about.map(str::to_owned).collect();
        let open = evidence.platforms.iter().any(|platform| {
            let own =
                self.answering(platform.verified(root.digest)).filter(|kind| self.answers_an_image(kind));
            let all: Vec<&str> = own.chain(about.iter().map(String::as_str)).collect();
            platform.failures.is_empty() && !self.is_answered_by(&all)
        });
        if !open {
            return;
        }
        match self.tagged_attestations(self.evidence_repository(), root).await {
            Ok(judged) => self.take_index(&mut evidence.about_index, judged),
            Err(error) => refused_tag(&mut evidence.about_index, error),
        }
    }
}
