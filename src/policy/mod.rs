//! A policy adds findings to a verdict and takes none away but one: that an image has no attestation of its own,
//! where the proof of its base answers in its place. What is bad or missing besides stays so.

mod codes;
mod exceptions;

pub use exceptions::{Error, Exception, Exceptions, Use, enforce_from};

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::{
    Answer, BaseProof, Check, Evidence, Fate, Headline, Outcome, PlatformBase, PlatformEvidence, Verdict,
    hardened_name,
};
use crate::trust::Role;

/// What must hold beside signatures and attestations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing.
    None,
    /// Every platform is a Docker Hardened Image, or built on one.
    DhiOrDhiBased,
}

impl Policy {
    /// The name in flags and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DhiOrDhiBased => "dhi-or-dhi-based",
        }
    }
}

/// Decides [`Policy::DhiOrDhiBased`] over `evidence`, its `verdict` without a policy, and what is known of its base.
pub fn dhi_or_dhi_based(evidence: &Evidence, base: &BaseProof, verdict: &mut Verdict) {
    for platform in &evidence.platforms {
        let scope = platform.label();
        // What is wrong with its own proof is said, and no base makes up for it.
        if platform.has_failed() {
            verdict.checks.push(Check {
                outcome: Outcome::Skip,
                ..Check::pass(ID, &scope, "not asked what it is built on, since its own proof failed")
                    .with(vec![("image", platform.digest.to_string())])
            });
            continue;
        }
        let known = base.platforms.iter().find(|base| base.digest == platform.digest && base.label == scope);
        // An image without attestations is one that its base answers for; whether it does is said below.
        verdict.checks.retain(|check| {
            let absent = check.problem.as_ref().is_some_and(|problem| problem.code == Code::ATTEST_NONE);
            !(absent && check.id == "attestation" && check.scope == scope)
        });
        verdict.checks.push(answer(evidence, &scope, platform, known));
    }
    for problem in &base.problems {
        let known = verdict.checks.iter().any(|check| {
            check.counts() && check.problem.as_ref().is_some_and(|known| known.code == problem.code)
        });
        if !known {
            verdict.checks.push(Check::failed(ID, "index", problem));
        }
    }
    verdict.settle();
    let built: BTreeSet<String> = base
        .platforms
        .iter()
        .filter_map(|platform| match &platform.answer {
            Answer::DhiBased(base) => Some(base.to_string()),
            _ => None,
        })
        .collect();
    if verdict.exit != Exit::Pass {
        // What the policy denies is not said at the top, nor when its "no" is excused later.
        verdict.headline = Headline::NotProven(verdict.headline.names());
    } else if !built.is_empty() {
        verdict.headline = Headline::Built(built.into_iter().collect());
    }
}

/// The kind of check.
const ID: &str = "base";

fn answer(
    evidence: &Evidence,
    scope: &str,
    platform: &PlatformEvidence,
    known: Option<&PlatformBase>,
) -> Check {
    let Some(known) = known else {
        let problem = Diagnostic::new(Code::ATTEST_NONE, "it is not known what the image is built on")
            .fact("image", platform.digest);
        return Check::failed(ID, scope, &problem);
    };
    let check = match &known.answer {
        Answer::Dhi(hardened) => {
            Check::pass(ID, scope, format!("a hardened image by {}", hardened.signers.join(", ")))
        }
        Answer::DhiBased(base) => {
            let (layers, of) = (base.boundary.layers, base.of);
            let says = format!("built on {base}, {layers} of {of} layers, {}", base.proof.as_str());
            Check::pass(ID, scope, says)
        }
        Answer::ClaimsOnly(problem) | Answer::NotDhi(problem) | Answer::Undetermined(problem) => {
            Check::failed(ID, scope, &advised(problem.clone(), evidence, platform, known))
        }
    };
    check.with(known.facts())
}

/// The "no" with what its reader may have meant instead: the hardened image of the same name, or the signatures of
/// a team's own key alone.
fn advised(
    problem: Diagnostic,
    evidence: &Evidence,
    platform: &PlatformEvidence,
    known: &PlatformBase,
) -> Diagnostic {
    // Of what is bad, or denied by who signed it, nobody is led away.
    if problem.exit() >= Exit::BadProof || problem.code == Code::ATTEST_VSA {
        return problem;
    }
    if problem.exit() == Exit::Fail
        && let Some(hardened) = hardened_name(&evidence.reference)
    {
        return problem.hint(format!("the hardened one is `{hardened}`"));
    }
    let signers = platform.verified().flat_map(|(_, attested)| attested.signatures().iter());
    let mut counting = signers.filter(|facts| facts.role == Role::Image).peekable();
    if counting.peek().is_none() || counting.any(|facts| facts.signer.is_dhi()) {
        return problem;
    }
    let alone = "`--policy none` asks for signatures and attestations alone";
    let foreign = known.candidates.iter().any(|candidate| match &candidate.fate {
        Fate::Parent(not) => not.reasons.iter().any(|reason| reason.code == Code::TRUST_WRONG_KEY),
        _ => false,
    });
    let hint = match &problem.hint {
        _ if foreign => format!("if Docker signed its base, give `--key dhi-2` too; {alone}"),
        Some(hint) => format!("{hint}; {alone}"),
        None => alone.to_owned(),
    };
    problem.hint(hint)
}
