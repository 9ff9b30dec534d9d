//! The facts of an answer: signers and attestations of each proven image, where the base ends in the image, what
//! named it, and the outcome of every other candidate.

use super::super::facts::{Facts, signatures};
use super::super::vsa_result::VerifierResult;
use super::answer::{BaseAnswer, PlatformBase};
use super::candidate::{Base, Candidate, CandidateOutcome};
use super::hardened::Hardened;
use super::origin::CandidateOrigin;

impl PlatformBase {
    /// The facts of the answer, and every candidate with its outcome.
    pub fn facts(&self) -> Facts {
        let mut facts = vec![("image", self.key.digest.to_string())];
        let base = match &self.answer {
            BaseAnswer::Dhi(hardened) => {
                add_hardened(&mut facts, hardened);
                None
            }
            BaseAnswer::DhiBased(base) => {
                add_base(&mut facts, base);
                Some(base.as_ref())
            }
            BaseAnswer::ClaimsOnly(_) | BaseAnswer::NotDhi(_) | BaseAnswer::Undetermined(_) => None,
        };
        for candidate in &self.candidates {
            match &candidate.outcome {
                // It is the base above, perhaps under another name.
                CandidateOutcome::Proved(proved) if base == Some(proved) => {
                    facts.push(("named by", origins(candidate)));
                }
                _ => facts.push(("candidate", candidate_text(candidate))),
            }
        }
        facts.extend(self.summaries.iter().map(|result| ("summary", summary(result))));
        facts
    }
}

/// Adds the attestations that prove that an image is hardened.
fn add_hardened(facts: &mut Facts, hardened: &Hardened) {
    for verified in &hardened.attestations {
        facts.push(("attestation", format!("{}, {}", verified.attestation, verified.form.as_str())));
        facts.push(("statement", format!("{}, predicateType", verified.predicate_type)));
        signatures(facts, [&verified.signature]);
        facts.push(("found in", verified.found_in.to_string()));
    }
}

fn add_base(facts: &mut Facts, base: &Base) {
    facts.push(("base", base.reference.to_string()));
    if base.digest != base.manifest {
        facts.push(("base index", base.digest.to_string()));
    }
    facts.push(("base manifest", base.manifest.to_string()));
    facts.push(("base platform", base.platform.to_string()));
    add_hardened(facts, &base.hardened);
    let boundary = &base.boundary;
    let layers = format!("1 to {} of {}, {}", boundary.layers, base.child_layers, base.proof.as_str());
    facts.push((
        "layers",
        match boundary.differing.len() {
            0 => layers,
            count => format!("{layers}, {count} stored differently than in the base"),
        },
    ));
    facts.push(("last layer", boundary.last_layer.to_string()));
    facts.push(("last diff_id", boundary.last_diff_id.to_string()));
    facts.push(("chain id", boundary.chain_id.to_string()));
}

/// `REFERENCE: OUTCOME (named by …)`.
fn candidate_text(candidate: &Candidate) -> String {
    format!("{}: {} (named by {})", candidate.shown(), candidate.outcome, origins(candidate))
}

fn origins(candidate: &Candidate) -> String {
    let named: Vec<String> = candidate.origins.iter().map(CandidateOrigin::to_string).collect();
    let named = named.join("; ");
    // The depth is shown only for bases of parents.
    if candidate.depth > 1 { format!("{named}; depth {}", candidate.depth) } else { named }
}

fn summary(result: &VerifierResult) -> String {
    let verifier = result.verifier.as_deref().unwrap_or("unnamed");
    let time = result.time.as_deref().map(|time| format!(", at {time}")).unwrap_or_default();
    let levels: String = result.levels.iter().map(|level| format!(", {level}")).collect();
    format!("{}, by {verifier}, result `{}`{time}{levels}", result.attestation, result.result)
}
