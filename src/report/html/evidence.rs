//! What verification found about one reference: the root and each image, their attestations with signers and log, and
//! the layers where the base proof knows them.

use std::borrow::Cow;

use super::layers::layers;
use super::tables::table;
use super::writer::{Html, Tag, class};
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{
    AcceptedVsa, AttestationEvidence, Attested, BaseProof, Check, Evidence, Failure, ListedReferrer,
};
use crate::report::columns::{Cell, Tone};
use crate::report::local_image;
use crate::report::platform_rows::{ALWAYS, HEADER, SUMMARY_HEADER, rows, summary_row};

type Judged<'a> = (&'a AttestationEvidence, Result<&'a Attested, Cow<'a, Failure>>);

/// The evidence about a reference. `checks` are those of the verdict; without a verdict there are none.
pub(super) fn evidence(html: &mut Html, evidence: &Evidence, base: Option<&BaseProof>, checks: &[Check]) {
    if let Some(line) = local_image::line(evidence) {
        html.says(Tag::P, &[], &line);
    }
    let rows: Vec<Vec<Cell>> = rows(evidence, base, checks).into_iter().map(Vec::from).collect();
    table(html, "Evidence", &HEADER, &rows, ALWAYS);
    let root = evidence.root.digest;
    if !evidence.about_index.is_empty() {
        let judged: Vec<_> = evidence.about_index.judged(root).collect();
        attestations(html, "index", &judged, &evidence.about_index.listed);
    }
    for (key, platform) in evidence.images() {
        let judged: Vec<_> = platform.judged(root).collect();
        attestations(html, &platform.label(), &judged, &platform.listed);
        let proof = base.and_then(|base| base.platforms.iter().find(|proof| proof.key == key));
        if let Some(proof) = proof {
            layers(html, platform, proof);
        }
    }
}

/// A verification summary that was accepted in place of evidence.
pub(super) fn summary(html: &mut Html, accepted: &AcceptedVsa) {
    let row: Vec<Cell> = summary_row(accepted).into_iter().map(Cell::from).collect();
    table(html, "Accepted verification summary", &SUMMARY_HEADER, &[row], SUMMARY_HEADER.len());
}

/// The attestations of one object, folded.
fn attestations(html: &mut Html, of: &str, judged: &[Judged<'_>], listed: &[ListedReferrer]) {
    if judged.is_empty() && listed.is_empty() {
        return;
    }
    let verified = judged.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let mut parts = vec![format!("{verified} verified")];
    parts.extend((judged.len() > verified).then(|| format!("{} failed", judged.len() - verified)));
    parts.extend((!listed.is_empty()).then(|| format!("{} not judged", listed.len())));
    let title = format!("Attestations of {of}");
    let mut rows: Vec<Vec<Cell>> = judged.iter().map(row).collect();
    rows.extend(listed.iter().map(|one| {
        let kind = one.predicate_type.as_ref().unwrap_or(&one.artifact_type);
        let why = Cell::new(format!("not judged: {}", one.reason), Tone::Warning);
        vec![kind.as_str().into(), why, "".into(), "".into(), one.digest.short().into()]
    }));
    html.line();
    html.element(Tag::Details, &[class("attestations")], |html| {
        html.says(Tag::Summary, &[], &format!("{title}: {}", parts.join(", ")));
        table(html, &title, &["Attestation", "Result", "Signed by", "Log", "Digest"], &rows, 2);
    });
}

fn row((attestation, outcome): &Judged<'_>) -> Vec<Cell> {
    let [result, signers, log] = match outcome {
        Ok(attested) => {
            let signatures = attested.signatures();
            let names: Vec<&str> = signatures.iter().map(|facts| facts.signer().name()).collect();
            let log = signatures.first().log();
            let time = log.time().map(|time| format!(", {}", time.strftime("%Y-%m-%d"))).unwrap_or_default();
            ["verified".into(), names.join(", ").into(), format!("{}{time}", log.as_str()).into()]
        }
        Err(failure) => {
            let found = failure.to_diagnostic();
            let text = format!("failed: {}: {}", found.code, found.message);
            [Cell::new(text, Tone::Bad), "".into(), "".into()]
        }
    };
    vec![attestation.title().into(), result, signers, log, attestation.digest.short().into()]
}
