//! The explanation of one decision: the finding, the statement that decided, every statement that was considered and
//! why it does not apply, the closest one with the part that differs, and what Grype and Trivy do with the same
//! statements.

use serde::Serialize;

use super::record::Record;
use super::run::{AppliedRun, DecidedFinding};
use super::table::problems;
use super::wording::{self, Difference, equivalence, inapplicable, label, signer, value, warning};
use crate::report::Style;
use crate::report::columns::{Cell, Tone, columns};
use crate::report::json::text;
use crate::vex::engines::{self, EngineAnswer, EngineAnswers, EngineOutcome};
use crate::vex::{Considered, NearMiss, Origin, Ruling};

/// Explains these findings, each as a block.
pub(super) fn explain(found: &[DecidedFinding<'_>], run: &AppliedRun<'_>, style: Style) -> String {
    let blocks = found.iter().map(|one| sections(one, run, style).join("\n"));
    blocks.chain(problems(run, style)).collect::<Vec<_>>().join("\n")
}

/// The records of these findings as a JSON document.
pub(super) fn explain_json(found: &[DecidedFinding<'_>], run: &AppliedRun<'_>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'a> {
        schema_version: u32,
        findings: Vec<Record<'a>>,
    }
    let records = found.iter().filter_map(|one| Some(Record::new(one, &answers(one, run)?, run)));
    text(&Document { schema_version: super::json::SCHEMA_VERSION, findings: records.collect() })
}

/// What the scanners do with one finding.
fn answers(found: &DecidedFinding<'_>, run: &AppliedRun<'_>) -> Option<EngineAnswers> {
    let position = found.position;
    let scan = run.applied.reports.get(position.report)?.scans.get(position.scan)?;
    engines::answers(&scan.scan, &scan.facts, run.statements()).get(position.finding).copied()
}

fn sections(found: &DecidedFinding<'_>, run: &AppliedRun<'_>, style: Style) -> Vec<String> {
    let decision = found.decision;
    let mut sections = vec![head(found, run, style)];
    match (&decision.ruling, &decision.near_miss) {
        (Some(ruling), _) => sections.push(ruled(ruling, run, style)),
        (None, near) => sections.extend(near.as_ref().map(|near| nearest(near, run, style))),
    }
    sections.push(considered(&decision.considered, run, style));
    sections.extend(answers(found, run).map(|answers| scanners(&answers, run, style)));
    let warned: String = decision
        .warnings
        .iter()
        .map(|one| {
            let head = style.warning(&format!("warning[{}]", one.id()));
            style.lines(&format!("{head}: {}", style.text(&warning(one, run.statements()))), 2)
        })
        .collect();
    sections.extend((!warned.is_empty()).then_some(warned));
    sections
}

/// The finding and its decision.
fn head(found: &DecidedFinding<'_>, run: &AppliedRun<'_>, style: Style) -> String {
    let (finding, decision) = (found.finding, found.decision);
    let package = &finding.package;
    let outcome = if found.is_suppressed() { style.good("suppressed") } else { style.warning("kept") };
    let title = style.strong(&style.text(&format!("{} of {}", finding.id, found.package())));
    let why = match (decision.reason, &decision.ruling) {
        (Some(reason), _) => format!(": {}", inapplicable(reason)),
        (None, Some(ruling)) => format!(": a statement says `{}`", ruling.status.as_str()),
        (None, None) => String::new(),
    };
    let conflict = if decision.conflict { "; statements of one time contradict each other" } else { "" };
    let mut out = style.lines(&format!("{title}: {outcome}{}{conflict}", style.text(&why)), 2);
    let scan =
        run.scans().find(|scan| (scan.report, scan.scan) == (found.position.report, found.position.scan));
    let sources = package.sources.iter().map(|source| match &source.version {
        Some(version) => format!("{} {version}", source.name),
        None => source.name.clone(),
    });
    let facts = [
        ("report", scan.map(|scan| scan.name()).unwrap_or_default()),
        ("also known as", finding.aliases.join(", ")),
        ("package URL", package.purl.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("source package", sources.collect::<Vec<_>>().join(", ")),
        ("severity", finding.severity.id().to_owned()),
        ("fixed in", wording::fix(&finding.fix)),
        (
            "comes from",
            match package.origin {
                Origin::Unproven => String::new(),
                Origin::Base => "the base image".to_owned(),
                Origin::Added => "what was added to the base image".to_owned(),
            },
        ),
        ("counts for the gate", wording::causes(found.causes)),
    ];
    out.push_str(&shown(&facts, style));
    out
}

/// The facts that have a value.
fn shown(facts: &[(&str, String)], style: Style) -> String {
    let filled = facts.iter().filter(|(_, value)| !value.is_empty());
    style.facts(filled.map(|(name, value)| (*name, value.as_str())))
}

/// The statement that decided.
fn ruled(ruling: &Ruling, run: &AppliedRun<'_>, style: Style) -> String {
    let title =
        style.strong(&style.text(&format!("decided by {}", label(ruling.statement, run.statements()))));
    let Some((document, statement)) = run.statements().get(ruling.statement) else {
        return style.lines(&title, 2);
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let equivalences: Vec<&str> = ruling.equivalences.iter().map(|one| equivalence(*one)).collect();
    let facts = [
        ("status", ruling.status.as_str().to_owned()),
        ("justification", ruling.justification.map_or("", crate::vex::Justification::as_str).to_owned()),
        ("impact", text(&statement.impact_statement)),
        ("action", text(&statement.action_statement)),
        ("notes", text(&statement.status_notes)),
        ("time", ruling.timestamp.map(|time| time.to_string()).unwrap_or_default()),
        ("product", ruling.product.clone()),
        ("subcomponent", ruling.subcomponent.clone().unwrap_or_default()),
        ("match", ruling.grade.to_string()),
        ("accepted as equal", equivalences.join("; ")),
        ("signed by", signer(&document.source.trust)),
        ("author", text(&document.document.author)),
        ("document", document.source.digest.get().to_string()),
        ("statement id", text(&statement.id)),
    ];
    style.lines(&title, 2) + &shown(&facts, style)
}

/// The statement that came closest, and the first part that differs.
fn nearest(near: &NearMiss, run: &AppliedRun<'_>, style: Style) -> String {
    let difference = Difference::of(&near.part);
    let name = label(near.statement, run.statements());
    let title = style.strong(&style.text(&format!("nearest statement: {name}")));
    let mut out = style.lines(&title, 2) + &style.lines(&format!("  {}", style.text(&difference.line())), 4);
    let mut lines = Vec::new();
    if let Some((statement, found)) = &difference.values {
        lines.push(format!("    statement: {}", value(statement)));
        lines.push(format!("    found: {}", value(found)));
    }
    lines.extend((!near.component.is_empty()).then(|| format!("    in: {}", near.component)));
    for line in lines {
        out.push_str(&style.lines(&style.text(&line), 8));
    }
    out
}

/// Every statement that was considered.
fn considered(considered: &[Considered], run: &AppliedRun<'_>, style: Style) -> String {
    if considered.is_empty() {
        let statements: usize =
            run.statements().documents().iter().map(|one| one.document.statements.len()).sum();
        let text = format!("none of {} is about this vulnerability", wording::count(statements, "statement"));
        return style.lines(&text, 2);
    }
    let rows = considered.iter().map(|one| {
        let why = match (one.inapplicable, &one.differs) {
            (_, Some(differs)) => Difference::of(differs).line(),
            (Some(reason), None) => inapplicable(reason).to_owned(),
            (None, None) => String::new(),
        };
        let trust = run.statements().documents().get(one.statement.source).map(|one| &one.source.trust);
        let applies = one.inapplicable.is_none();
        vec![
            Cell::from(label(one.statement, run.statements())),
            one.status.as_str().into(),
            one.timestamp.map_or_else(|| "none".to_owned(), |time| time.to_string()).into(),
            trust.map(signer).unwrap_or_default().into(),
            if applies { "yes".into() } else { Cell::new("no", Tone::Warning) },
            why.into(),
        ]
    });
    let title = style.strong(&format!("{} considered", wording::count(considered.len(), "statement")));
    let header = ["STATEMENT", "STATUS", "TIME", "SIGNED BY", "APPLIES", "WHY NOT"];
    format!("{title}\n{}", columns(header, rows, style))
}

/// What the scanners do.
fn scanners(answers: &EngineAnswers, run: &AppliedRun<'_>, style: Style) -> String {
    let line = |name: &str, answer: &EngineAnswer| {
        let does = match answer.outcome {
            EngineOutcome::Suppressed => "suppresses it",
            EngineOutcome::Kept => "reports it",
            EngineOutcome::Error => "stops with an error",
            EngineOutcome::Unknown => "cannot be predicted",
        };
        let by = answer.by.map(|by| format!(" ({})", label(by, run.statements()))).unwrap_or_default();
        let text = format!("{name} {does}: {}{by}", answer.why.message());
        style.lines(&style.text(&text), 2)
    };
    let grype = line(&format!("Grype {}", engines::grype::VERSION), &answers.grype);
    grype + &line(&format!("Trivy {}", engines::trivy::VERSION), &answers.trivy)
}
