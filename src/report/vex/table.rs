//! The table of `dhi vex apply`: for each scan the findings that remain and those that are suppressed, grouped by
//! package; then the sources, the warnings, and last the verdict.

use jiff::Timestamp;

use super::row::{ALWAYS, HEADER, Row};
use super::run::{AppliedRun, Counts, DecidedFinding, PlacedScan};
use super::sources::{SourceUse, age_in_days, uses};
use super::verdict;
use super::warnings;
use super::wording::{count, signer};
use crate::diagnostic::Remedy;
use crate::report::columns::{Cell, Tone, columns, filled_columns};
use crate::report::{Severity, Style, render_diagnostic};
use crate::vex::SourceTrust;

/// The sources that did nothing and are listed each. More are counted.
const IDLE_SOURCES: usize = 10;

/// The findings that a table lists. All are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// Those that remain, and those that count for the gate.
    #[default]
    Remaining,
    /// All.
    All,
}

/// Renders the table.
pub(in crate::report) fn table(run: &AppliedRun<'_>, listed: Listed, style: Style) -> String {
    let named = |scan: PlacedScan<'_>| {
        let name = style.lines(&style.strong(&style.text(&scan.name())), 2);
        of_scan(&scan, name, run, listed, style)
    };
    let mut sections: Vec<String> = run.scans().flat_map(named).collect();
    sections.extend(sections_of_run(run, style));
    sections.push(end(run, explain_hint(run), style));
    sections.join("\n")
}

/// The table of an image that the caller names. Its hints name no report.
pub(in crate::report) fn of_image(run: &AppliedRun<'_>, listed: Listed, style: Style) -> String {
    let mut sections: Vec<String> =
        run.scans().flat_map(|scan| of_scan(&scan, String::new(), run, listed, style)).collect();
    sections.extend(sections_of_run(run, style));
    sections.push(end(run, None, style));
    sections.join("\n")
}

/// The sources, the warnings and the problems.
fn sections_of_run(run: &AppliedRun<'_>, style: Style) -> Vec<String> {
    let mut sections = of_sources(run, style);
    let warned: String = warnings::lines(run).iter().map(|line| style.lines(&style.text(line), 2)).collect();
    sections.extend((!warned.is_empty()).then_some(warned));
    sections.extend(problems(run, style));
    sections
}

/// The head of a scan with its counts, and its findings.
fn of_scan(
    scan: &PlacedScan<'_>,
    name: String,
    run: &AppliedRun<'_>,
    listed: Listed,
    style: Style,
) -> Vec<String> {
    let state = match &scan.applied.scan.not_scanned {
        Some(cause) => style.warning(&format!("not scanned: {}", style.text(cause))),
        None => counted(scan.counts()),
    };
    let mut sections = vec![name + &style.lines(&state, 2)];
    let is_listed = |found: &DecidedFinding<'_>| {
        run.shows(found) && (listed == Listed::All || !found.is_suppressed() || !found.causes.is_empty())
    };
    let (suppressed, kept): (Vec<_>, Vec<_>) =
        scan.findings(run.result).filter(is_listed).partition(DecidedFinding::is_suppressed);
    for (title, found) in [("Remaining", kept), ("Suppressed", suppressed)] {
        if !found.is_empty() {
            let title = style.strong(&format!("{title} ({})", found.len()));
            sections.push(format!("{title}\n{}", grouped(found, run, style)));
        }
    }
    sections
}

/// `37 findings, 33 suppressed, 4 remain`.
pub(in crate::report) fn counted(counts: Counts) -> String {
    let remaining = counts.remaining();
    let verb = if remaining == 1 { "remains" } else { "remain" };
    let findings = count(counts.findings, "finding");
    let before = match counts.suppressed_before {
        0 => String::new(),
        1 => "; 1 more was suppressed before and is left as it is".to_owned(),
        before => format!("; {before} more were suppressed before and are left as they are"),
    };
    format!("{findings}, {} suppressed, {remaining} {verb}{before}", counts.suppressed)
}

/// The findings grouped by package. The package with the most severe finding is first.
pub(in crate::report) fn by_package<'a>(mut found: Vec<DecidedFinding<'a>>) -> Vec<Vec<DecidedFinding<'a>>> {
    let key = |one: &DecidedFinding<'a>| (one.package(), one.finding.package.purl.as_ref());
    found.sort_by_cached_key(|one| key(one));
    let mut groups: Vec<Vec<DecidedFinding<'a>>> =
        found.chunk_by(|one, other| key(one) == key(other)).map(<[_]>::to_vec).collect();
    for group in &mut groups {
        group.sort_by_key(|one| (std::cmp::Reverse(one.finding.severity), &one.finding.id));
    }
    let gravest = |group: &[DecidedFinding<'_>]| group.iter().map(|one| one.finding.severity).max();
    groups.sort_by_key(|group| std::cmp::Reverse(gravest(group)));
    groups
}

fn grouped(found: Vec<DecidedFinding<'_>>, run: &AppliedRun<'_>, style: Style) -> String {
    let mut rows: Vec<[Cell; HEADER.len()]> = Vec::new();
    for group in by_package(found) {
        for (at, one) in group.iter().enumerate() {
            let mut cells = Row::new(one, run).cells();
            if let ([package, ..], true) = (&mut cells, at > 0) {
                // A space is shown as nothing, and an empty cell as `-`.
                *package = " ".into();
            }
            rows.push(cells);
        }
    }
    filled_columns(HEADER, rows, ALWAYS, style)
}

/// The sources with what each did, then their remarks.
fn of_sources(run: &AppliedRun<'_>, style: Style) -> Vec<String> {
    let uses = uses(run);
    if uses.is_empty() {
        return vec![style.lines(&style.warning("no VEX document was given or found"), 2)];
    }
    let (idle, active): (Vec<_>, Vec<_>) = uses.iter().partition(|one| one.suppressed + one.kept == 0);
    let listed = idle.get(..IDLE_SOURCES).unwrap_or(&idle);
    let shown = active.iter().chain(listed);
    let rows = shown.clone().map(|one| source_row(one, run));
    let header = ["SOURCE", "STATEMENTS", "SUPPRESSES", "KEEPS", "SIGNED BY", "NEWEST STATEMENT"];
    let mut out = columns(header, rows, style);
    let more = idle.len() - listed.len();
    if more > 0 {
        out.push_str(&style.lines(&format!("  and {} that decided nothing", count(more, "source")), 2));
    }
    let remarks = shown.flat_map(|one| {
        let name = &one.of.source.name;
        one.remarks().into_iter().map(move |remark| format!("{name}: {remark}"))
    });
    let remarks: String = remarks.map(|line| style.lines(&style.text(&line), 2)).collect();
    let mut sections = vec![out];
    sections.extend((!remarks.is_empty()).then_some(remarks));
    sections
}

fn source_row(one: &SourceUse<'_>, run: &AppliedRun<'_>) -> Vec<Cell> {
    let trust = &one.of.source.trust;
    let tone = match trust {
        SourceTrust::Verified(_) => Tone::Plain,
        SourceTrust::Failed { .. } => Tone::Bad,
        _ => Tone::Warning,
    };
    let now = run.rules.now;
    let newest = one.of.document.newest_time(now);
    let newest = newest.map_or_else(|| "no time".to_owned(), |newest| dated(newest, now));
    vec![
        one.of.source.name.as_str().into(),
        one.statements().to_string().into(),
        one.suppressed.to_string().into(),
        one.kept.to_string().into(),
        Cell::new(signer(trust), tone),
        newest.into(),
    ]
}

/// `2026-01-02 (30 days ago)`.
pub(in crate::report) fn dated(then: Timestamp, now: Timestamp) -> String {
    let day = then.strftime("%Y-%m-%d");
    match usize::try_from(age_in_days(then, now)) {
        Err(_) => format!("{day} (in the future)"),
        Ok(0) => format!("{day} (today)"),
        Ok(days) => format!("{day} ({} ago)", count(days, "day")),
    }
}

/// What is wrong with sources and reports, each with its hint.
pub(super) fn problems(run: &AppliedRun<'_>, style: Style) -> impl Iterator<Item = String> {
    let incomplete = run.incomplete.iter().map(|problem| (Severity::Error, problem));
    let all = incomplete.chain(run.problems.iter().map(|problem| (Severity::Warning, problem)));
    all.map(move |(severity, problem)| render_diagnostic(severity, problem, &[], run.texts, style))
}

/// How to learn more about the first finding that no statement decided about, although one came close.
fn explain_hint(run: &AppliedRun<'_>) -> Option<String> {
    let found = run.findings().find(|found| !found.is_suppressed() && found.decision.near_miss.is_some())?;
    let report = run.applied.reports.get(found.position.report)?.name.clone();
    let remedy = Remedy::ExplainFinding { finding: found.finding.id.clone(), report };
    Some(run.texts.remedy(&remedy).into_owned())
}

/// Who suppresses how many findings, then the verdict.
fn end(run: &AppliedRun<'_>, hint: Option<String>, style: Style) -> String {
    let mut out = String::new();
    for line in verdict::suppressed_by(run).into_iter().chain(verdict::remarks(run)) {
        out.push_str(&style.lines(&style.text(&line), 2));
    }
    if let Some(hint) = hint {
        out.push_str(&style.lines(&format!("{} {}", style.hint("hint:"), style.text(&hint)), 6));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let word = style.verdict(verdict::kind(run));
    out + &style.lines(&format!("{word}  {}", style.text(&verdict::counts(run))), 2)
}
