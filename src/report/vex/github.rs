//! Workflow commands of GitHub Actions: an error for each finding that counts for the gate, a warning for each other
//! finding that remains and for each problem, and one notice with the counts.
//!
//! GitHub shows ten annotations of a kind. If there are more, the tenth counts those that only the log shows.

use super::row::Row;
use super::run::{AppliedRun, DecidedFinding};
use super::verdict;
use super::wording::causes;
use crate::diagnostic::Diagnostic;
use crate::report::github::{SHOWN, line};
use crate::report::style::{Style, printable};
use crate::report::{Severity, render_diagnostic};

/// The commands of one run.
pub(in crate::report) struct Annotations {
    /// Its errors.
    pub(in crate::report) errors: Vec<String>,
    /// Its warnings.
    pub(in crate::report) warnings: Vec<String>,
    /// The lines of its notice.
    pub(in crate::report) notice: Vec<String>,
}

/// Renders the commands.
pub(super) fn github(run: &AppliedRun<'_>) -> String {
    let Annotations { errors, warnings, notice } = annotations(run, None);
    let title = verdict::kind(run).as_str();
    let notice = line("notice", None, title, &printable_lines(&notice));
    limited("error", &errors) + &limited("warning", &warnings) + &notice
}

/// The commands of one run, not limited. `image` is the image that the run is about, if it is about one.
pub(in crate::report) fn annotations(run: &AppliedRun<'_>, image: Option<&str>) -> Annotations {
    let (counting, others): (Vec<_>, Vec<_>) = run
        .findings()
        .filter(|found| run.shows(found) && (!found.is_suppressed() || !found.causes.is_empty()))
        .partition(|found| !found.causes.is_empty());
    let diagnostic = |kind: &str, severity, problem: &Diagnostic| {
        let text = render_diagnostic(severity, problem, image.as_slice(), run.texts, Style::default());
        line(kind, None, problem.code.as_str(), text.trim_end())
    };
    let incomplete = run.incomplete.iter().map(|problem| diagnostic("error", Severity::Error, problem));
    let problems = run.problems.iter().map(|problem| diagnostic("warning", Severity::Warning, problem));
    let unscanned = run.scans().filter_map(|scan| {
        let cause = scan.applied.scan.not_scanned.as_ref()?;
        let name = image.map_or_else(|| scan.name(), |image| format!("{image}: {}", scan.name()));
        let text = format!("{}: not scanned: {}", printable(&name), printable(cause));
        Some(line(if run.result.is_set { "error" } else { "warning" }, None, "not scanned", &text))
    });
    let unproven = verdict::unproven(run);
    let unproven = unproven.iter().map(|(_, text)| {
        let text = image.map_or_else(|| text.clone(), |image| format!("{image}: {text}"));
        line("error", None, "not verified", &printable(&text))
    });
    let warnings =
        problems.chain(unscanned).chain(others.iter().map(|found| command("warning", found, run, image)));
    let counting = counting.iter().map(|found| command("error", found, run, image));
    let errors: Vec<String> = incomplete.chain(unproven).chain(counting).collect();
    let warnings: Vec<String> = warnings.collect();
    let mut lines: Vec<String> = vec![verdict::counts(run)];
    lines.extend(verdict::suppressed_by(run));
    lines.extend(verdict::remarks(run));
    Annotations { errors, warnings, notice: lines }
}

/// Lines that hold no command.
pub(in crate::report) fn printable_lines(lines: &[String]) -> String {
    lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n")
}

fn command(kind: &str, found: &DecidedFinding<'_>, run: &AppliedRun<'_>, image: Option<&str>) -> String {
    let row = Row::new(found, run);
    let title = printable(&format!("{} of {} ({})", row.finding, row.package, row.severity));
    let report = run.applied.reports.get(found.position.report).map(|report| printable(&report.name));
    let mut lines = vec![printable(&row.line())];
    lines.extend((!found.causes.is_empty()).then(|| format!("counts: {}", causes(found.causes))));
    lines.extend(image.map(|image| format!("image: {}", printable(image))));
    lines.extend(report.map(|report| format!("report: {report}")));
    line(kind, None, &title, &lines.join("\n"))
}

/// The commands, with one that counts those that GitHub does not show.
pub(in crate::report) fn limited(kind: &str, commands: &[String]) -> String {
    // Ten are shown as they are.
    if commands.len() <= SHOWN + 1 {
        return commands.concat();
    }
    let (shown, hidden) = commands.split_at_checked(SHOWN).unwrap_or((commands, &[]));
    let title = format!("{} more", hidden.len());
    let text = "GitHub shows ten annotations of a kind, the log of this step has all";
    shown.concat() + &line(kind, None, &title, text) + &hidden.concat()
}
