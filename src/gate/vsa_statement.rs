//! Makes the verification summary (VSA) of a decision.
//!
//! A summary states what was decided, with which inputs and from which attestations. There is none if a check could
//! not be made, or if the decision itself comes from a summary. So a summary is never younger than the verification
//! that it describes.

use std::collections::BTreeSet;
use std::fmt;

use super::resource::resource;
use super::{Decision, Gate};
use crate::attestation::{
    FAILED, NewVsa, ResourceDescriptor, SkippedCheckRecord, UNEVALUATED, VsaExtension, Warning,
};
use crate::diagnostic::Exit;
use crate::evidence::{
    BaseAnswer, BaseProof, Check, Claim, Evidence, Outcome, RootSignatureStatus, VerdictSource,
    VerifiedAttestation, verifier_results,
};
use crate::oci::{Descriptor, Reference};
use crate::policy::BuiltIn;
use crate::trust::PublicKey;
use crate::verify::Options;

/// Level of hardened images.
const DHI: &str = "DHI";
/// Level of images that are built on hardened images.
const DHI_BASED: &str = "DHI_BASED";
/// Prefix of the levels of SLSA's build track; a number follows.
const BUILD_LEVEL: &str = "SLSA_BUILD_LEVEL_";

/// Why there is no summary of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoVsa {
    /// The decision comes from another summary.
    Accepted,
    /// A certificate was checked at the current time, because no proven time says when it signed. The result is not
    /// valid later.
    OfThisMoment {
        /// The signer that the certificate names.
        signer: String,
    },
    /// The request is about an image of a local engine. Summaries are about images in registries and layouts.
    LocalImage,
    /// A requested platform does not exist, or there is no image at all.
    NotThere,
    /// A check could not be made.
    Undecided {
        /// The object that it was about.
        scope: String,
        /// Why.
        message: String,
    },
}

impl fmt::Display for NoVsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("the result comes from another summary"),
            Self::OfThisMoment { signer } => {
                write!(f, "no proven time for the signature by {signer}, so the result is valid only now")
            }
            Self::LocalImage => {
                f.write_str("an image of a local engine was requested, which is in no registry")
            }
            Self::NotThere => f.write_str("a requested image does not exist"),
            Self::Undecided { scope, message } => {
                write!(f, "not everything could be checked: {scope}: {message}")
            }
        }
    }
}

/// A summary to sign, and the objects that it is about.
#[derive(Clone, Debug)]
pub struct VsaStatement {
    /// The root; or the judged images, if the request was narrowed to platforms of an index.
    pub subjects: Vec<Descriptor>,
    /// The content of the summary.
    pub predicate: NewVsa,
}

impl Gate<'_> {
    /// Whether `key` may sign summaries. A key that proves images must not, since its summary would then count as
    /// evidence.
    pub fn may_summarize(&self, key: &PublicKey) -> bool {
        let id = key.id();
        self.trust.keys.get(id).is_none() && self.trust.attestors.get(id).is_none()
    }

    /// Makes the summary of `decision` about `reference` by the verifier of that name.
    ///
    /// # Errors
    ///
    /// [`NoVsa`] with the reason why there is no summary.
    pub fn summarize(
        &self,
        reference: &Reference,
        options: &Options,
        decision: &Decision,
        verifier: &str,
    ) -> Result<VsaStatement, NoVsa> {
        let VerdictSource::Evidence(evidence) = &decision.source else { return Err(NoVsa::Accepted) };
        if evidence.local_image.is_some() {
            return Err(NoVsa::LocalImage);
        }
        let verdict = &decision.verdict;
        if let Some(check) = verdict.checks.iter().find(|check| check.outcome() == Outcome::Unknown) {
            let (scope, message) = (check.scope.clone(), check.message.clone());
            return Err(NoVsa::Undecided { scope, message });
        }
        if self.effective_time.is_none()
            && let Some(signer) = undated(evidence, decision.base.as_ref())
        {
            return Err(NoVsa::OfThisMoment { signer });
        }
        // If a requested platform is missing, the judged images did not fail by that.
        let is_there = |asked| evidence.platforms.iter().any(|platform| platform.is_for(asked));
        let subjects = subjects(evidence);
        if subjects.is_empty() || !evidence.requested_platforms.iter().all(is_there) {
            return Err(NoVsa::NotThere);
        }
        let inputs = self.inputs(reference, &evidence.root.digest, options);
        let passed = verdict.exit == Exit::Pass;
        let predicate = NewVsa {
            verifier: verifier.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            time: self.now,
            resource: resource(&reference.repository),
            policy: ResourceDescriptor {
                uri: format!("urn:dhi:policy:{}", self.policy.as_str()),
                digest: inputs.digest,
            },
            inputs: attestations(evidence, decision.base.as_ref()),
            passed,
            levels: if passed { self.levels(evidence, &verdict.claim) } else { vec![FAILED.to_owned()] },
            verification: VsaExtension {
                proven: verdict.claim.to_string(),
                keyring: Self::keyring(&inputs).into(),
                inputs: inputs.value,
                log_policy: self.trust.log.as_str().to_owned(),
                skipped: self.skipped(&verdict.checks),
                warnings: warnings(&verdict.checks),
            },
        };
        Ok(VsaStatement { subjects, predicate })
    }

    /// Everything that was not checked, by the whole run and for single objects.
    fn skipped(&self, checks: &[Check]) -> Vec<SkippedCheckRecord> {
        let whole = self.skipped_checks().map(|kind| SkippedCheckRecord {
            check: kind.as_str().to_owned(),
            scope: "everything".to_owned(),
            reason: "skipped on request".to_owned(),
        });
        let single = checks.iter().filter(|check| check.outcome() == Outcome::Skip);
        let single = single.map(|check| SkippedCheckRecord {
            check: check.kind.as_str().to_owned(),
            scope: check.scope.clone(),
            reason: check.message.clone(),
        });
        let all: BTreeSet<SkippedCheckRecord> = whole.chain(single).collect();
        all.into_iter().collect()
    }

    /// The level of SLSA's build track that summaries by counting signers give to every platform, and the level that
    /// the policy proves.
    fn levels(&self, evidence: &Evidence, headline: &Claim) -> Vec<String> {
        let of_platforms = evidence.platforms.iter().map(|platform| {
            let results = verifier_results(platform, evidence.root.digest);
            let passed = results.iter().filter(|result| result.rejection.is_none());
            passed.flat_map(|result| &result.levels).filter_map(|level| build_level(level)).max()
        });
        let lowest = of_platforms.min().flatten();
        let build = lowest.map_or_else(|| UNEVALUATED.to_owned(), |level| format!("{BUILD_LEVEL}{level}"));
        let policy_level = match (self.policy, headline) {
            (BuiltIn::Attested | BuiltIn::Signed, _)
            | (_, Claim::NotProven(_) | Claim::Summarized { .. }) => None,
            (BuiltIn::DhiOrDhiBased, Claim::Built(_)) => Some(DHI_BASED),
            (BuiltIn::DhiOrDhiBased, _) => Some(DHI),
        };
        std::iter::once(build).chain(policy_level.map(str::to_owned)).collect()
    }
}

/// The objects that a decision is about. If only platforms of an index were requested, the index is not among them.
fn subjects(evidence: &Evidence) -> Vec<Descriptor> {
    if !evidence.root.is_index || evidence.requested_platforms.is_empty() {
        return vec![evidence.root.descriptor()];
    }
    let mut judged: Vec<Descriptor> = Vec::new();
    for platform in &evidence.platforms {
        if !judged.iter().any(|known| known.digest == platform.digest) {
            judged.push(platform.descriptor());
        }
    }
    judged
}

/// The number of a level of SLSA's build track.
fn build_level(level: &str) -> Option<u8> {
    match level.strip_prefix(BUILD_LEVEL)?.as_bytes() {
        [digit @ b'0'..=b'3'] => Some(digit - b'0'),
        _ => None,
    }
}

/// All judged attestations of the image and its index, and those that prove the base.
fn attestations(evidence: &Evidence, base: Option<&BaseProof>) -> Vec<ResourceDescriptor> {
    let judged = evidence.platforms.iter().flat_map(|platform| &platform.attestations);
    let judged = judged.chain(&evidence.about_index.attestations);
    let judged = judged.map(|attestation| (&attestation.found_in, attestation.digest));
    let of_base = base_attestations(base).map(|attestation| (&attestation.found_in, attestation.attestation));
    let all: BTreeSet<ResourceDescriptor> = judged
        .chain(of_base)
        .map(|(place, digest)| ResourceDescriptor { uri: format!("{}@{digest}", resource(place)), digest })
        .collect();
    all.into_iter().collect()
}

/// A signer with a certificate whose time of signing is not proven.
fn undated(evidence: &Evidence, base: Option<&BaseProof>) -> Option<String> {
    let root = match evidence.root_signature_status() {
        RootSignatureStatus::SignedBy(signatures) => Some(signatures.iter()),
        _ => None,
    };
    let attested = evidence.platforms.iter().flat_map(|platform| platform.verified(evidence.root.digest));
    let attested = attested.chain(evidence.about_index.verified(evidence.root.digest));
    let attested = attested.flat_map(|(_, attested)| attested.signatures().iter());
    let of_base = base_attestations(base).map(|attestation| &attestation.signature);
    let mut all = root.into_iter().flatten().chain(attested).chain(of_base);
    let undated = all.find(|facts| facts.times().is_empty() && facts.signer().issuer().is_some());
    undated.map(|facts| facts.signer().to_string())
}

/// The attestations of proven bases.
fn base_attestations(base: Option<&BaseProof>) -> impl Iterator<Item = &VerifiedAttestation> {
    let bases = base.into_iter().flat_map(|proof| &proof.platforms);
    bases.flat_map(|platform| match &platform.answer {
        BaseAnswer::DhiBased(base) => base.hardened.attestations.as_slice(),
        _ => &[],
    })
}

/// The warnings of a verdict.
fn warnings(checks: &[Check]) -> Vec<Warning> {
    let warned = checks.iter().filter(|check| check.outcome() == Outcome::Warn);
    warned
        .filter_map(|check| {
            let diagnostic = check.diagnostic.as_ref()?;
            Some(Warning {
                id: diagnostic.code.as_str().to_owned(),
                scope: check.scope.clone(),
                message: check.message.clone(),
                policy: check.subject.policy().map(str::to_owned),
            })
        })
        .collect()
}
