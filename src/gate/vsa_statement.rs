//! A summary says what was decided, by which inputs and over which attestations, and nothing that was not: where a check
//! could not be made, or where the word of another summary was taken, there is none. So no summary is ever younger than
//! the verification that it stands for.

use std::collections::BTreeSet;
use std::fmt;

use super::resource::resource;
use super::{Decision, Gate};
use crate::attestation::{
    FAILED, NewVsa, ResourceDescriptor, SkippedCheckRecord, UNEVALUATED, VsaExtension, Warning,
};
use crate::diagnostic::Exit;
use crate::evidence::{
    Answer, BaseProof, Check, Claim, Evidence, Outcome, RootSigned, VerdictSource, VerifiedAttestation,
    verifier_results,
};
use crate::oci::{Descriptor, Reference};
use crate::policy::BuiltIn;
use crate::trust::PublicKey;
use crate::verify::Options;

/// Level of images that are hardened images themselves.
const DHI: &str = "DHI";
/// Level of images that are built on hardened images.
const DHI_BASED: &str = "DHI_BASED";
/// What the levels of SLSA's build track begin with; a number follows.
const BUILD_LEVEL: &str = "SLSA_BUILD_LEVEL_";

/// Why there is no summary of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoVsa {
    /// The decision is the word of another summary.
    Accepted,
    /// A certificate was judged by the clock, which goes on: nothing proves when it signed.
    OfThisMoment {
        /// Whose certificate.
        signer: String,
    },
    /// An image of a local engine was asked for, and summaries are about what registries and layouts hold.
    LocalImage,
    /// A platform that was asked for is not there, or there is no image at all.
    NotThere,
    /// A check could not be made.
    Undecided {
        /// What it was about.
        scope: String,
        /// Why.
        message: String,
    },
}

impl fmt::Display for NoVsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("the answer is that of another summary"),
            Self::OfThisMoment { signer } => {
                write!(f, "nothing proves when {signer} signed, so the answer is one of this moment")
            }
            Self::LocalImage => {
                f.write_str("an image of a local engine was asked for, which is in no registry")
            }
            Self::NotThere => f.write_str("what was asked for is not there"),
            Self::Undecided { scope, message: says } => {
                write!(f, "not everything could be checked: {scope}: {says}")
            }
        }
    }
}

/// A summary to be signed, and what it is about.
#[derive(Clone, Debug)]
pub struct VsaStatement {
    /// The object as a whole; where the question was narrowed to platforms of an index, the images that were judged.
    pub subjects: Vec<Descriptor>,
    /// What it says.
    pub predicate: NewVsa,
}

impl Gate<'_> {
    /// Whether `key` may sign summaries. One that proves images would make its own word part of the evidence.
    pub fn may_summarize(&self, key: &PublicKey) -> bool {
        let id = key.id();
        self.trust.keys.get(id).is_none() && self.trust.attestors.get(id).is_none()
    }

    /// The summary of `decision` about `reference`, by the verifier of that name.
    pub fn summarize(
        &self,
        reference: &Reference,
        options: &Options,
        decision: &Decision,
        verifier: &str,
    ) -> Result<VsaStatement, NoVsa> {
        let VerdictSource::Evidence(evidence) = &decision.basis else { return Err(NoVsa::Accepted) };
        if evidence.local_image.is_some() {
            return Err(NoVsa::LocalImage);
        }
        let verdict = &decision.verdict;
        if let Some(check) = verdict.checks.iter().find(|check| check.outcome() == Outcome::Unknown) {
            let (scope, says) = (check.scope.clone(), check.message.clone());
            return Err(NoVsa::Undecided { scope, message: says });
        }
        if self.effective_time.is_none()
            && let Some(signer) = undated(evidence, decision.base.as_ref())
        {
            return Err(NoVsa::OfThisMoment { signer });
        }
        // What was judged in place of a platform that is not there has not failed by that.
        let is_there = |asked| evidence.platforms.iter().any(|platform| platform.is_for(asked));
        let subjects = subjects(evidence);
        if subjects.is_empty() || !evidence.asked_platforms.iter().all(is_there) {
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
        let whole = self.left_out().map(|left_out| SkippedCheckRecord {
            check: left_out.as_str().to_owned(),
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

    /// The level of SLSA's build track that summaries by a key that answers the question give every platform, and
    /// what the policy proved.
    fn levels(&self, evidence: &Evidence, headline: &Claim) -> Vec<String> {
        let of_platforms = evidence.platforms.iter().map(|platform| {
            let said = verifier_results(platform, evidence.root.digest);
            let said = said.iter().filter(|said| said.rejection.is_none());
            said.flat_map(|said| &said.levels).filter_map(|level| build_level(level)).max()
        });
        let lowest = of_platforms.min().flatten();
        let build = lowest.map_or_else(|| UNEVALUATED.to_owned(), |level| format!("{BUILD_LEVEL}{level}"));
        let own = match (self.policy, headline) {
            (BuiltIn::Attested | BuiltIn::Signed, _)
            | (_, Claim::NotProven(_) | Claim::Summarized { .. }) => None,
            (BuiltIn::DhiOrDhiBased, Claim::Built(_)) => Some(DHI_BASED),
            (BuiltIn::DhiOrDhiBased, _) => Some(DHI),
        };
        std::iter::once(build).chain(own.map(str::to_owned)).collect()
    }
}

/// What a decision is about. Nothing is said of an index of which only a part was asked for.
fn subjects(evidence: &Evidence) -> Vec<Descriptor> {
    if !evidence.root.is_index || evidence.asked_platforms.is_empty() {
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

/// All attestations of the image that were judged, and those that vouch for a proven base.
fn attestations(evidence: &Evidence, base: Option<&BaseProof>) -> Vec<ResourceDescriptor> {
    let own = evidence.platforms.iter().flat_map(|platform| &platform.attestations);
    let own = own.chain(&evidence.about_index.attestations);
    let own = own.map(|attestation| (&attestation.found_in, attestation.digest));
    let vouched = vouched(base).map(|vouched| (&vouched.found_in, vouched.attestation));
    let all: BTreeSet<ResourceDescriptor> = own
        .chain(vouched)
        .map(|(place, digest)| ResourceDescriptor { uri: format!("{}@{digest}", resource(place)), digest })
        .collect();
    all.into_iter().collect()
}

/// Who signed with a certificate at a time that nothing proves.
fn undated(evidence: &Evidence, base: Option<&BaseProof>) -> Option<String> {
    let root = match evidence.root_signed() {
        RootSigned::By(signatures) => Some(signatures.iter()),
        _ => None,
    };
    let attested = evidence.platforms.iter().flat_map(|platform| platform.verified(evidence.root.digest));
    let attested = attested.chain(evidence.about_index.verified(evidence.root.digest));
    let attested = attested.flat_map(|(_, attested)| attested.signatures().iter());
    let vouched = vouched(base).map(|vouched| &vouched.signature);
    let mut all = root.into_iter().flatten().chain(attested).chain(vouched);
    let undated = all.find(|facts| facts.times().is_empty() && facts.signer().issuer().is_some());
    undated.map(|facts| facts.signer().to_string())
}

/// What vouches for proven bases.
fn vouched(base: Option<&BaseProof>) -> impl Iterator<Item = &VerifiedAttestation> {
    let bases = base.into_iter().flat_map(|proof| &proof.platforms);
    bases.flat_map(|platform| match &platform.answer {
        Answer::DhiBased(base) => base.hardened.attestations.as_slice(),
        _ => &[],
    })
}

/// What was found and did not count.
fn warnings(checks: &[Check]) -> Vec<Warning> {
    let warned = checks.iter().filter(|check| check.outcome() == Outcome::Warn);
    warned
        .filter_map(|check| {
            let diagnostic = check.diagnostic.as_ref()?;
            Some(Warning {
                id: diagnostic.code.as_str().to_owned(),
                scope: check.scope.clone(),
                message: check.message.clone(),
            })
        })
        .collect()
}
