//! The evidence about a reference as a table: one row for the root, then one for each image.
//!
//! Columns without any value are omitted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Style;
use super::columns::{Cell, Tone, columns, filled_columns};
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{
    AcceptedVsa, Base, BaseAnswer, BaseProof, CandidateOrigin, CandidateOutcome, Check, CheckSubject,
    Evidence, Excuses, Failure, LayerProof, PlatformBase, PlatformEvidence, PlatformKey, RootSignatureStatus,
    Verdict, VerdictSource,
};
use crate::oci::Digest;
use crate::trust::{self, Quorum};

/// The names of the cells.
pub(super) const HEADER: [&str; 7] =
    ["PLATFORM", "ATTESTATIONS", "SIGNED BY", "LOG", "BASE", "LAYERS", "PROOF"];
/// The columns that are shown even if they have no value.
pub(super) const ALWAYS: usize = 2;

/// The cells of one row. An empty cell has no value.
pub(super) type Row = [Cell; HEADER.len()];

/// The table of the root and all images.
pub(super) fn table(
    evidence: &Evidence,
    base: Option<&BaseProof>,
    verdict: &Verdict,
    style: Style,
) -> String {
    filled_columns(HEADER, rows(evidence, base, &verdict.checks), ALWAYS, style)
}

/// The rows of the root and all images.
pub(super) fn rows(evidence: &Evidence, base: Option<&BaseProof>, checks: &[Check]) -> Vec<Row> {
    let mut rows = vec![root_row(evidence, checks)];
    for (key, platform) in evidence.images() {
        let proof = base.and_then(|base| base.platforms.iter().find(|proof| proof.key == key));
        rows.push(image_row(key, platform, evidence.root.digest, proof, checks));
    }
    rows
}

/// The table of an accepted summary.
pub(super) fn of_summary(accepted: &AcceptedVsa, style: Style) -> String {
    columns(SUMMARY_HEADER, [summary_row(accepted).to_vec()], style)
}

/// The names of the cells of an accepted summary.
pub(super) const SUMMARY_HEADER: [&str; 4] = ["SUMMARY", "SIGNED BY", "VERIFIED", "LOG POLICY"];

/// The cells of an accepted summary.
pub(super) fn summary_row(accepted: &AcceptedVsa) -> [String; SUMMARY_HEADER.len()] {
    [
        accepted.attestation.short(),
        accepted.signer.clone(),
        format!("{:.0}", accepted.time),
        accepted.verification.log_policy.clone(),
    ]
}

/// The line about images that pass by their base and have no attestation, so that none was checked.
pub(super) fn without_own_attestations(basis: &VerdictSource, base: Option<&BaseProof>) -> Option<String> {
    let evidence = basis.evidence()?;
    let proofs = &base?.platforms;
    let is_based =
        |key| proofs.iter().any(|proof| proof.key == key && matches!(proof.answer, BaseAnswer::DhiBased(_)));
    let is_bare = |platform: &PlatformEvidence| {
        platform.attestations.is_empty() && platform.listed.is_empty() && platform.unknown_lists.is_empty()
    };
    let bare: Vec<String> = evidence
        .images()
        .filter(|(key, platform)| is_based(*key) && is_bare(platform))
        .map(|(_, platform)| platform.label())
        .collect();
    match bare.as_slice() {
        [] => None,
        all if all.len() == evidence.platforms.len() => {
            Some("not checked: this image has no attestations of its own".to_owned())
        }
        some => Some(format!("not checked: {}: no attestations of its own", some.join(", "))),
    }
}

fn image_row(
    key: PlatformKey,
    platform: &PlatformEvidence,
    root: Digest,
    proof: Option<&PlatformBase>,
    checks: &[Check],
) -> Row {
    let verified: Vec<&Quorum> = platform.verified(root).map(|(_, attested)| attested.signatures()).collect();
    let failed = Failed::of(platform.judged(root).filter_map(|(_, outcome)| outcome.err()));
    let found = excused(counts(platform, root), checks, |subject| platform_of(subject) == Some(key));
    let [on, layers, how] = proof.map(base_cells).unwrap_or_default();
    [platform.label().into(), found, signers(&verified, &failed), logs(&verified, &failed), on, layers, how]
}

/// The image that a check is about.
fn platform_of(subject: &CheckSubject) -> Option<PlatformKey> {
    match subject {
        CheckSubject::Platform(key) | CheckSubject::Search(key) => Some(*key),
        CheckSubject::Attestation { platform, .. }
        | CheckSubject::Referrer { platform, .. }
        | CheckSubject::Policy { platform, .. } => Some(*platform),
        _ => None,
    }
}

/// The cell, with the findings about these subjects that do not count.
fn excused(cell: Cell, checks: &[Check], is_about: impl Fn(&CheckSubject) -> bool) -> Cell {
    let checks = checks.iter().filter(|check| check.excused.is_some() && is_about(&check.subject));
    let excuses = Excuses::of(&checks.cloned().collect::<Vec<Check>>());
    if excuses.is_empty() { cell } else { cell.and(&format!(" ({excuses})"), Tone::Warning) }
}

/// What the row of an image counts.
fn counts(platform: &PlatformEvidence, root: Digest) -> Cell {
    let verified = platform.verified(root).count();
    let failed = platform.attestations.len() - verified;
    let mut parts = numbers(verified, failed, 0);
    if !platform.failures.is_empty() {
        parts.push("image failed".to_owned());
    }
    parts.extend(numbers(0, 0, platform.listed.len()));
    let (is_bad, is_known) = (failed > 0 || !platform.failures.is_empty(), platform.unknown_lists.is_empty());
    match (parts.is_empty(), is_known) {
        (true, true) => "none".into(),
        (true, false) => Cell::new("unknown", Tone::Warning),
        (false, _) if is_bad => Cell::new(parts.join(", "), Tone::Bad),
        (false, _) => parts.join(", ").into(),
    }
}

/// The row of the root, with the attestations about the index.
fn root_row(evidence: &Evidence, checks: &[Check]) -> Row {
    let name = if evidence.root.is_index { "index" } else { "manifest" };
    let (about, root) = (&evidence.about_index, evidence.root.digest);
    let verified: Vec<&Quorum> = about.verified(root).map(|(_, attested)| attested.signatures()).collect();
    let failed = Failed::of(about.judged(root).filter_map(|(_, outcome)| outcome.err()));
    let (state, tone, signatures) = match evidence.root_signature_status() {
        RootSignatureStatus::SignedBy(signatures) => ("signature".to_owned(), Tone::Plain, Some(signatures)),
        RootSignatureStatus::Absent => ("no signature".to_owned(), Tone::Warning, None),
        RootSignatureStatus::Unknown(_) => ("signed by an unknown key".to_owned(), Tone::Warning, None),
        RootSignatureStatus::ListUnknown(_) => ("unknown".to_owned(), Tone::Warning, None),
        RootSignatureStatus::Failed(failure) => (format!("failed: {}", failure.code()), Tone::Bad, None),
    };
    let unknown_key = matches!(evidence.root_signature_status(), RootSignatureStatus::Unknown(_));
    let failed = Failed { unknown: failed.unknown || unknown_key, ..failed };
    let count = about.attestations.len() - verified.len();
    let parts = numbers(verified.len(), count, about.listed.len());
    let state = std::iter::once(state).chain(parts).collect::<Vec<_>>().join(", ");
    let tone = if count > 0 { Tone::Bad } else { tone };
    let all: Vec<&Quorum> = signatures.into_iter().chain(verified.iter().copied()).collect();
    let log = match (signatures, verified.as_slice()) {
        (Some(signatures), []) if failed.is_none() => signatures.first().log().as_str().into(),
        _ => logs(&all, &failed),
    };
    let is_about = |subject: &CheckSubject| platform_of(subject).is_none();
    let found = excused(Cell::new(state, tone), checks, is_about);
    let [on, layers, how] = Default::default();
    [name.into(), found, signers(&all, &failed), log, on, layers, how]
}

/// The counts of verified, failed and not judged attestations; zero counts are omitted.
fn numbers(verified: usize, failed: usize, listed: usize) -> Vec<String> {
    let counts = [(verified, "verified"), (failed, "failed"), (listed, "not judged")];
    counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}

/// What is known about the signatures of failed attestations.
#[derive(Default)]
struct Failed {
    /// An unknown signer made one.
    unknown: bool,
    /// The number without a log entry.
    absent: usize,
    /// The number with a bad log entry.
    bad: usize,
}

impl Failed {
    fn of<'a>(failures: impl Iterator<Item = Cow<'a, Failure>>) -> Self {
        let mut failed = Self::default();
        for failure in failures {
            failed.unknown |= failure.error_meaning().is_some_and(trust::ErrorMeaning::is_other_signer);
            match failure.as_ref() {
                Failure::Trust(trust::Error::LogMissing { .. }) => failed.absent += 1,
                Failure::Trust(trust::Error::LogBad { .. }) => failed.bad += 1,
                _ => {}
            }
        }
        failed
    }

    fn is_none(&self) -> bool {
        !self.unknown && self.absent == 0 && self.bad == 0
    }
}

fn signers(verified: &[&Quorum], failed: &Failed) -> Cell {
    let mut names: Vec<&str> = Vec::new();
    for facts in verified.iter().flat_map(|signatures| signatures.iter()) {
        if !names.contains(&facts.signer().name()) {
            names.push(facts.signer().name());
        }
    }
    names.extend(failed.unknown.then_some("unknown"));
    Cell::new(names.join(", "), if failed.unknown { Tone::Bad } else { Tone::Plain })
}

fn logs(verified: &[&Quorum], failed: &Failed) -> Cell {
    let mut logs: BTreeMap<&str, usize> = BTreeMap::new();
    for signatures in verified {
        *logs.entry(signatures.first().log().as_str()).or_default() += 1;
    }
    for (state, count) in [("absent", failed.absent), ("bad", failed.bad)] {
        *logs.entry(state).or_default() += count;
    }
    // From the strongest state to the weakest.
    let order = ["proven", "unknown", "absent", "skipped", "bad"];
    let counts = order.iter().filter_map(|state| Some((state, logs.get(state).filter(|count| **count > 0)?)));
    let parts: Vec<String> = counts.map(|(state, count)| format!("{count} {state}")).collect();
    let is_bad = failed.absent + failed.bad > 0;
    Cell::new(parts.join(", "), if is_bad { Tone::Bad } else { Tone::Plain })
}

/// The base of an image, its share of the layers, and the proof in words.
fn base_cells(proof: &PlatformBase) -> [Cell; 3] {
    let BaseAnswer::DhiBased(base) = &proof.answer else { return Default::default() };
    let layers = format!("{} of {}", base.boundary.layers, base.child_layers);
    [base.short_reference().into(), layers.into(), proof_in_words(base, proof).into()]
}

/// How the layers were compared, and what named the base.
pub(super) fn proof_in_words(base: &Base, proof: &PlatformBase) -> String {
    let layers = match base.proof {
        LayerProof::Blobs => "same blobs",
        LayerProof::Declared => "same declared layers",
        LayerProof::Hashed => "same layers, hashed",
    };
    let is_it = |outcome: &CandidateOutcome| matches!(outcome, CandidateOutcome::Proved(of) if **of == *base);
    let Some(candidate) = proof.candidates.iter().find(|candidate| is_it(&candidate.outcome)) else {
        return layers.to_owned();
    };
    let named = match candidate.origins.first() {
        Some(CandidateOrigin::Provenance { .. }) => "named in provenance",
        Some(CandidateOrigin::Annotation { .. }) => "named by an annotation",
        Some(CandidateOrigin::Label { .. }) => "named by a label",
        Some(CandidateOrigin::Alias { .. }) => "named by an alias",
        Some(CandidateOrigin::Flag) => "given as the base",
        None => return layers.to_owned(),
    };
    match candidate.depth {
        ..=1 => format!("{layers}, {named}"),
        2 => format!("{layers}, {named}, 1 image between"),
        depth => format!("{layers}, {named}, {} images between", depth - 1),
    }
}
