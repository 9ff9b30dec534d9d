//! What an answer rests on, as names and values: who vouches for which image, where the base ends in the image,
//! what named it, and what became of everything else that was named.

use super::super::facts::{Facts, signatures};
use super::super::vsa_result::VerifierResult;
use super::answer::{Answer, PlatformBase};
use super::candidate::{Base, Candidate, CandidateOutcome};
use super::hardened::Hardened;
use super::origin::Origin;

impl PlatformBase {
    /// What the answer rests on, and every candidate with its fate.
    pub fn facts(&self) -> Facts {
        let mut facts = vec![("image", self.key.digest.to_string())];
        let base = match &self.answer {
            Answer::Dhi(hardened) => {
                vouched(&mut facts, hardened);
                None
            }
            Answer::DhiBased(base) => {
                proven(&mut facts, base);
                Some(base.as_ref())
            }
            Answer::ClaimsOnly(_) | Answer::NotDhi(_) | Answer::Undetermined(_) => None,
        };
        for candidate in &self.candidates {
            match &candidate.outcome {
                // Under whatever name, it is the one above.
                CandidateOutcome::Proved(proved) if base == Some(proved) => {
                    facts.push(("named by", origins(candidate)));
                }
                _ => facts.push(("candidate", fate(candidate))),
            }
        }
        facts.extend(self.summaries.iter().map(|said| ("summary", summary(said))));
        facts
    }
}

/// The attestations that make an image a hardened one.
fn vouched(facts: &mut Facts, hardened: &Hardened) {
    for vouched in &hardened.attestations {
        facts.push(("attestation", format!("{}, {}", vouched.attestation, vouched.form.as_str())));
        facts.push(("statement", format!("{}, predicateType", vouched.predicate_type)));
        signatures(facts, [&vouched.signature]);
        facts.push(("found in", vouched.found_in.to_string()));
    }
}

fn proven(facts: &mut Facts, base: &Base) {
    facts.push(("base", base.reference.to_string()));
    if base.digest != base.manifest {
        facts.push(("base index", base.digest.to_string()));
    }
    facts.push(("base manifest", base.manifest.to_string()));
    facts.push(("base platform", base.platform.to_string()));
    vouched(facts, &base.hardened);
    let boundary = &base.boundary;
    let layers = format!("1 to {} of {}, {}", boundary.layers, base.of, base.proof.as_str());
    facts.push((
        "layers",
        match boundary.differing.len() {
            0 => layers,
            count => format!("{layers}, {count} stored otherwise than in the base"),
        },
    ));
    facts.push(("last layer", boundary.last_layer.to_string()));
    facts.push(("last diff_id", boundary.last_diff_id.to_string()));
    facts.push(("chain id", boundary.chain_id.to_string()));
}

/// `REFERENCE: what became of it (named by …)`.
fn fate(candidate: &Candidate) -> String {
    format!("{}: {} (named by {})", candidate.shown(), candidate.outcome, origins(candidate))
}

fn origins(candidate: &Candidate) -> String {
    let named: Vec<String> = candidate.origins.iter().map(Origin::to_string).collect();
    let named = named.join("; ");
    // What the image itself names needs no word.
    if candidate.depth > 1 { format!("{named}; depth {}", candidate.depth) } else { named }
}

fn summary(said: &VerifierResult) -> String {
    let verifier = said.verifier.as_deref().unwrap_or("nobody");
    let time = said.time.as_deref().map(|time| format!(", at {time}")).unwrap_or_default();
    let levels: String = said.levels.iter().map(|level| format!(", {level}")).collect();
    format!("{}, by {verifier}, result `{}`{time}{levels}", said.attestation, said.result)
}
