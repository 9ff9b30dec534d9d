//! Markdown for the summary of a workflow step or a comment: the findings that remain as a table, the suppressed ones
//! folded, the sources, and the warnings.
//!
//! Text from outside is written only as code, so that it cannot become markup, a mention or a link.

use std::fmt::Write;

use super::row::Row;
use super::run::{AppliedRun, DecidedFinding, PlacedScan};
use super::sources::uses;
use super::table::{by_package, counted, dated};
use super::verdict;
use super::warnings;
use super::wording::signer;
use crate::report::markdown::{cell, code, html, prose, prose_cell};
use crate::report::style::printable;

/// Renders the document.
pub(super) fn markdown(run: &AppliedRun<'_>) -> String {
    let title = format!("{}  {}", verdict::kind(run).as_str(), verdict::counts(run));
    format!("## dhi: {title}\n{}", body(run))
}

/// Everything below the title.
pub(in crate::report) fn body(run: &AppliedRun<'_>) -> String {
    let mut out = String::new();
    for scan in run.scans() {
        of_scan(&scan, run, &mut out);
    }
    out.push_str(&sources(run));
    let problems = run
        .incomplete
        .iter()
        .chain(run.problems)
        .map(|problem| format!("`{}`: {}", problem.code, prose(&problem.message)));
    let warned = warnings::lines(run).into_iter().map(|line| prose(&line));
    let said = verdict::suppressed_by(run).into_iter().chain(verdict::remarks(run)).map(|line| prose(&line));
    let remarks: Vec<String> = said.chain(problems).chain(warned).map(|line| format!("* {line}\n")).collect();
    if !remarks.is_empty() {
        let _ = write!(out, "\n{}", remarks.concat());
    }
    out
}

fn of_scan(scan: &PlacedScan<'_>, run: &AppliedRun<'_>, out: &mut String) {
    let state = match &scan.applied.scan.not_scanned {
        Some(cause) => format!("**not scanned**: {}", prose(cause)),
        None => counted(scan.counts()),
    };
    let _ = writeln!(out, "\n{}: {state}", code(&scan.name()));
    let (suppressed, kept): (Vec<_>, Vec<_>) =
        scan.findings(run.result).filter(|found| run.shows(found)).partition(DecidedFinding::is_suppressed);
    if !kept.is_empty() {
        let _ = write!(out, "\n{}", rows(kept, run));
    }
    if !suppressed.is_empty() {
        let summary = html(&format!("{} suppressed", suppressed.len()));
        let _ =
            write!(out, "\n<details><summary>{summary}</summary>\n\n{}\n</details>\n", rows(suppressed, run));
    }
}

fn rows(found: Vec<DecidedFinding<'_>>, run: &AppliedRun<'_>) -> String {
    let rows: Vec<Row> = by_package(found).into_iter().flatten().map(|one| Row::new(&one, run)).collect();
    // As in the table, a column without any value is left out.
    let has_origin = rows.iter().any(|row| !row.origin.is_empty());
    let has_fix = rows.iter().any(|row| !row.fix.is_empty());
    let (mut title, mut line) = (String::new(), String::new());
    for name in [has_fix.then_some("fixed in"), has_origin.then_some("from")].into_iter().flatten() {
        let _ = write!(title, " {name} |");
        line.push_str("---|");
    }
    let mut out = format!(
        "| package | finding | severity |{title} gate | status | reason | statement | signed by |\n\
         |---|---|---|{line}---|---|---|---|---|\n"
    );
    for row in rows {
        let fix = match (has_fix, row.fix.is_empty()) {
            (false, _) => String::new(),
            (true, true) => " - |".to_owned(),
            (true, false) => format!(" {} |", cell(&row.fix)),
        };
        let from = match (has_origin, row.origin) {
            (false, _) => String::new(),
            (true, "") => " - |".to_owned(),
            (true, origin) => format!(" {origin} |"),
        };
        let gate = if row.gate.is_empty() { String::new() } else { format!("**{}**", row.gate) };
        let _ = writeln!(
            out,
            "| {} | {} | {} |{fix}{from} {gate} | {} | {} | {} | {} |",
            cell(&row.package),
            cell(&row.finding),
            row.severity,
            if row.status.is_empty() { "-".to_owned() } else { cell(row.status) },
            prose_cell(&row.reason),
            cell(&row.statement),
            cell(&row.signer),
        );
    }
    out
}

fn sources(run: &AppliedRun<'_>) -> String {
    let uses = uses(run);
    if uses.is_empty() {
        return "\nno VEX document was given or found\n".to_owned();
    }
    let mut out = "\n| source | statements | suppresses | keeps | signed by | newest statement |\n\
                   |---|---|---|---|---|---|\n"
        .to_owned();
    for one in &uses {
        let now = run.rules.now;
        let newest = one.of.document.newest_time(now);
        let newest = newest.map_or_else(|| "no time".to_owned(), |newest| dated(newest, now));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {newest} |",
            cell(&one.of.source.name),
            one.statements(),
            one.suppressed,
            one.kept,
            cell(&signer(&one.of.source.trust)),
        );
    }
    for one in &uses {
        for remark in one.remarks() {
            let _ = write!(out, "\n* {}: {}", code(&one.of.source.name), prose(&printable(&remark)));
        }
    }
    out + "\n"
}
