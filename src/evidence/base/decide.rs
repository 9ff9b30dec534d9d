//! The answer follows from the image's own evidence and the fates of all candidates, in one fixed order:
//! tampering before anything else, proofs before what is missing, what is missing before "no".

use super::{
    Answer, Base, Candidate, Fate, LayerProof, NotShown, Origin, Own, PlatformEvidence,
    is_label_of_all_layers, is_label_of_no_layers,
};
use crate::diagnostic::{Code, Diagnostic, Remedy};

/// The answer. `claims` is whether labels or annotations say that the image is hardened; `accept_declared` whether
/// layers need not be the stored ones of the base.
pub fn decide(
    child: &PlatformEvidence,
    own: Own,
    claims: bool,
    candidates: &[Candidate],
    accept_declared: bool,
) -> Answer {
    let not = match own {
        Own::Hardened(hardened) => return Answer::Dhi(hardened),
        Own::Not(not) => not,
    };
    if let Some(bad) = not.bad.first() {
        return Answer::Undetermined(bad.clone());
    }
    if let Some(denied) = not.denied.first() {
        return if claims { Answer::ClaimsOnly(denied.clone()) } else { Answer::NotDhi(denied.clone()) };
    }
    let proved: Vec<(&Candidate, &Base)> = candidates
        .iter()
        .filter_map(|candidate| match &candidate.fate {
            Fate::Proved(base) => Some((candidate, base.as_ref())),
            _ => None,
        })
        .collect();
    let counts = |base: &Base| accept_declared || base.proof != LayerProof::Declared;
    let counting: Vec<(&Candidate, &Base)> =
        proved.iter().copied().filter(|(_, base)| counts(base)).collect();
    if let Some(answer) = longest(&counting) {
        return answer;
    }
    if let Some(missing) = missing(&not, &proved, candidates) {
        return Answer::Undetermined(missing);
    }
    let problem = refused(child, &not, claims, candidates);
    if claims { Answer::ClaimsOnly(problem) } else { Answer::NotDhi(problem) }
}

/// The base with most layers. Several that are different images are an error, unless the caller named one.
fn longest(counting: &[(&Candidate, &Base)]) -> Option<Answer> {
    let most = counting.iter().map(|(_, base)| base.boundary.layers).max()?;
    let longest: Vec<_> = counting.iter().filter(|(_, base)| base.boundary.layers == most).collect();
    let (_, first) = longest.first()?;
    if longest.iter().all(|(_, base)| base.manifest == first.manifest) {
        return Some(Answer::DhiBased(Box::new((*first).clone())));
    }
    let mut named = longest.iter().filter(|(candidate, _)| candidate.origins.contains(&Origin::Flag));
    if let Some((_, one)) = named.next()
        && named.all(|(_, other)| other.manifest == one.manifest)
    {
        return Some(Answer::DhiBased(Box::new((*one).clone())));
    }
    let mut problem = Diagnostic::new(
        Code::BASE_AMBIGUOUS,
        format!("several hardened images have its first {most} layers"),
    );
    for (_, base) in &longest {
        problem = problem.fact("base", &base.reference);
    }
    let remedy = Remedy::NameBase { reference: first.reference.to_string() };
    Some(Answer::Undetermined(problem.remedy(remedy)))
}

/// The most severe of what could not be had and might have proved a base.
fn missing(not: &NotShown, proved: &[(&Candidate, &Base)], candidates: &[Candidate]) -> Option<Diagnostic> {
    // What is left here was not accepted.
    let declared = proved.first().map(|(_, base)| {
        Diagnostic::new(
            Code::BASE_LAYERS_DECLARED,
            format!("its first {} layers are the base's only by its own declaration", base.boundary.layers),
        )
        .fact("base", &base.reference)
        .fact("layers stored otherwise", base.boundary.differing.len())
        .remedy(Remedy::VerifyLayers)
    });
    let open = candidates.iter().flat_map(|candidate| {
        let problems: Vec<&Diagnostic> = match &candidate.fate {
            Fate::NotContacted(problem) | Fate::Failed(problem) => vec![problem],
            Fate::Parent(not) => not.bad.iter().chain(&not.missing).collect(),
            _ => Vec::new(),
        };
        // Why it was asked for at all.
        let problems =
            problems.into_iter().map(|problem| problem.clone().fact("candidate", &candidate.named));
        problems.map(|problem| with_reason(problem, not)).map(with_mirror)
    });
    let mut worst: Option<Diagnostic> = None;
    for problem in not.missing.iter().cloned().chain(open).chain(declared) {
        // Of equally severe ones the first.
        if worst.as_ref().is_none_or(|worst| problem.exit() > worst.exit()) {
            worst = Some(problem);
        }
    }
    worst
}

/// Why it is neither, when everything that was named could be had.
fn refused(child: &PlatformEvidence, not: &NotShown, claims: bool, candidates: &[Candidate]) -> Diagnostic {
    let flattened = is_label_of_no_layers(child)
        || candidates
            .iter()
            .any(|candidate| matches!(&candidate.fate, Fate::Refuted(mismatch) if mismatch.is_flattened()));
    let (id, says) = match (claims, flattened) {
        (true, true) => (
            Code::BASE_CLAIMS_ONLY,
            "labels or annotations say that it is hardened, and its layers are of no hardened image: squashed, \
             flattened or forged",
        ),
        (true, false) => {
            (Code::BASE_CLAIMS_ONLY, "labels or annotations say that it is hardened, and nothing proves it")
        }
        (false, true) => (
            Code::BASE_NOT_DHI,
            "it is no hardened image, and no layers show that it is built on one: it was squashed or flattened, or \
             only takes files from one",
        ),
        (false, false) => (Code::BASE_NOT_DHI, "it is no hardened image, and not built on one"),
    };
    let mut problem = Diagnostic::new(id, says);
    problem = with_reason(problem, not);
    for candidate in candidates {
        problem = problem.fact("candidate", format_args!("{}: {}", candidate.shown(), why(&candidate.fate)));
    }
    let by_tag = candidates
        .iter()
        .any(|candidate| candidate.by_tag && matches!(candidate.fate, Fate::Refuted(_) | Fate::Unfit(_)));
    if claims && not.lacks_all() && is_label_of_all_layers(child) {
        return problem.remedy(Remedy::CopyReferrersOfHardened);
    }
    match (by_tag, candidates.is_empty(), flattened) {
        (true, ..) => problem.remedy(Remedy::NameBaseByDigest),
        (_, true, _) => problem.remedy(Remedy::NameBaseOrBuildWithProvenance),
        (.., true) => problem.remedy(Remedy::BuildWithoutSquashing),
        _ => problem,
    }
}

/// A base that its registry does not answer for can be had elsewhere.
fn with_mirror(problem: Diagnostic) -> Diagnostic {
    match (problem.code, problem.remedies.as_slice()) {
        (Code::REGISTRY_UNREACHABLE, []) => problem.remedy(Remedy::GiveMirror),
        _ => problem,
    }
}

/// Why its own attestations do not suffice.
fn with_reason(problem: Diagnostic, not: &NotShown) -> Diagnostic {
    match not.first() {
        Some(reason) => problem.fact("its own attestations", &reason.what),
        None => problem,
    }
}

/// The fate in a few words.
fn why(fate: &Fate) -> String {
    match fate {
        Fate::Proved(_) => "a hardened image with the same first layers".to_owned(),
        Fate::Parent(not) => {
            let reason = not.first().map_or("no reason", |problem| problem.what.as_str());
            format!("the image is built on it, and it is not shown to be hardened: {reason}")
        }
        Fate::Refuted(mismatch) => mismatch.to_string(),
        Fate::Unfit(cause) => cause.clone(),
        Fate::NotContacted(problem) | Fate::Failed(problem) => problem.what.clone(),
    }
}

impl Fate {
    /// What became of it, in a few words.
    pub fn says(&self) -> String {
        why(self)
    }
}
