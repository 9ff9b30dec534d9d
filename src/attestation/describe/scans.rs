//! Scans for malware and secrets, and test results.
//!
//! A scan is described as clean only if its report has that result. An absent or unreadable report is `no result`. If
//! two numbers disagree, the worse one is shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde::Deserialize;

use super::page::{Description, Page, TableBuilder, counts, plural};
use super::read::{Member, ShapeError, Text, cut};

const NO_RESULT: &str = "no result";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Virus<'a> {
    #[serde(borrow)]
    scanner: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scanner<'a> {
    uri: Text,
    #[serde(borrow)]
    report: Member<'a>,
}

/// The totals of all scan summaries in one report.
#[derive(Default)]
struct Report {
    /// Sum of all lines `Infected files:`. `None` if one is not a number.
    infected: Option<u64>,
    summaries: usize,
    scanned: Option<u64>,
    errors: u64,
    engine: Option<String>,
    signatures: Option<String>,
    started: Option<String>,
    ended: Option<String>,
}

pub(super) fn virus(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Virus<'_> = predicate.object().ok_or(ShapeError("a malware scan is an object"))?;
    let scanner: Scanner<'_> =
        document.scanner.object().ok_or(ShapeError("a malware scan names its `scanner`"))?;
    let mut page = Page::default();
    page.add_text("scanner", &scanner.uri);
    let report = scanner.report.whole_text().and_then(|mut text| {
        text.retain(|c| !c.is_ascii_whitespace());
        STANDARD_PAD_INDIFFERENT.decode(text).ok()
    });
    let Some(report) = report else {
        page.add_fact("report", "absent or not base64");
        return Ok(Description { line: NO_RESULT.to_owned(), page });
    };
    let mut found = TableBuilder::new("infected files", &["FILE", "SIGNATURE"]);
    let report = read_report(&String::from_utf8_lossy(&report), &mut found);
    let name = if scanner.uri.get().is_some_and(|uri| uri.contains("clamav")) { "ClamAV" } else { "engine" };
    let engine = report.engine.as_ref().map(|version| format!(", {name} {version}")).unwrap_or_default();
    let errors = match report.errors {
        0 => String::new(),
        1 => ", 1 error".to_owned(),
        errors => format!(", {errors} errors"),
    };
    let infected = report.infected.filter(|_| report.summaries > 0);
    let line = match infected {
        Some(1) => "1 infected file".to_owned(),
        Some(infected @ 1..) => format!("{infected} infected files"),
        Some(_) if report.scanned == Some(0) => format!("nothing scanned{errors}{engine}"),
        Some(_) => format!("clean{errors}{engine}"),
        None => NO_RESULT.to_owned(),
    };
    page.add_fact("engine", report.engine.unwrap_or_default());
    page.add_fact("signatures", report.signatures.unwrap_or_default());
    page.add_fact("started", report.started.unwrap_or_default());
    page.add_fact("ended", report.ended.unwrap_or_default());
    page.add_fact("summaries", report.summaries.to_string());
    page.add_fact("scanned files", report.scanned.map(|count| count.to_string()).unwrap_or_default());
    page.add_fact(
        "infected files",
        infected.map_or_else(|| "not reported".to_owned(), |count| count.to_string()),
    );
    if report.errors > 0 {
        page.add_fact("errors", report.errors.to_string());
    }
    page.add_table(found);
    Ok(Description { line, page })
}

fn read_report(text: &str, found: &mut TableBuilder) -> Report {
    let mut report = Report { infected: Some(0), ..Report::default() };
    let mut named = 0_u64;
    for line in text.split(['\n', '\r']).map(str::trim) {
        if let Some(count) = line.strip_prefix("Infected files:") {
            report.summaries += 1;
            let count = count.trim().parse::<u64>().ok();
            report.infected = report.infected.zip(count).map(|(sum, count)| sum.saturating_add(count));
        } else if let Some(count) = line.strip_prefix("Scanned files:") {
            let count = count.trim().parse::<u64>().ok();
            report.scanned = count.map(|count| report.scanned.unwrap_or(0).saturating_add(count));
        } else if let Some(count) = line.strip_prefix("Total errors:") {
            report.errors = report.errors.saturating_add(count.trim().parse().unwrap_or(1));
        } else if let Some(version) = line.strip_prefix("Engine version:") {
            set_if_empty(&mut report.engine, version);
        } else if let Some(count) = line.strip_prefix("Known viruses:") {
            set_if_empty(&mut report.signatures, count);
        } else if let Some(time) = line.strip_prefix("Start Date:") {
            set_if_empty(&mut report.started, &date(time));
        } else if let Some(time) = line.strip_prefix("End Date:") {
            report.ended = Some(cut(&date(time), 40));
        } else if let Some(hit) = line.strip_suffix(" FOUND") {
            named = named.saturating_add(1);
            let (file, signature) = hit.rsplit_once(": ").unwrap_or((hit, "-"));
            found.add_row([cut(file, 200), cut(signature, 100)]);
        }
    }
    // A file that is reported as infected counts, even if the sum is lower.
    report.infected = report.infected.map(|sum| sum.max(named));
    report
}

/// Sets the field, unless it is set.
fn set_if_empty(field: &mut Option<String>, value: &str) {
    if field.is_none() {
        *field = Some(cut(value.trim(), 40));
    }
}

/// `2026-04-12 02:36:19` for `2026:04:12 02:36:19`.
fn date(text: &str) -> String {
    let text = text.trim();
    match text.split_once(' ') {
        Some((day, time)) => format!("{} {}", day.replace(':', "-"), time.trim()),
        None => text.to_owned(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Secrets<'a> {
    #[serde(borrow)]
    source: Member<'a>,
    #[serde(borrow)]
    findings: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretSource<'a> {
    #[serde(borrow)]
    location: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Location {
    path: Text,
}

/// A finding, without the matched text, since that is the secret.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Finding {
    rule_id: Text,
    title: Text,
    severity: Text,
    start_line: Text,
}

pub(super) fn secrets(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let mut list = TableBuilder::new("findings", &["RULE", "SEVERITY", "FILE", "LINE"]);
    let mut count = 0_usize;
    let read = predicate.each_object(|secrets: Secrets<'_>| {
        let source: SecretSource<'_> = secrets.source.object_or_empty();
        let location: Location = source.location.object_or_empty();
        let findings = secrets.findings.each_object(|finding: Finding| {
            count += 1;
            let rule = finding.rule_id.or(finding.title).cell();
            list.add_row([rule, finding.severity.cell(), location.path.cell(), finding.start_line.cell()]);
        });
        // An entry that cannot be read counts as a finding, so that the scan is not described as clean.
        if findings.is_none() {
            count += 1;
            list.add_row(["not understood".to_owned(), "-".to_owned(), location.path.cell(), "-".to_owned()]);
        }
    });
    let mut page = Page::default();
    if read.is_some() {
        page.add_fact("findings", count.to_string());
    }
    page.add_table(list);
    let line = match (read, count) {
        (None, _) => NO_RESULT.to_owned(),
        (Some(_), 0) => "none found".to_owned(),
        (Some(_), count) => plural(count, "finding"),
    };
    Ok(Description { line, page })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ctrf<'a> {
    #[serde(borrow)]
    results: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Results<'a> {
    #[serde(borrow)]
    tool: Member<'a>,
    #[serde(borrow)]
    summary: Member<'a>,
    #[serde(borrow)]
    tests: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tool {
    name: Text,
    version: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts<'a> {
    #[serde(borrow)]
    passed: Member<'a>,
    #[serde(borrow)]
    failed: Member<'a>,
    #[serde(borrow)]
    skipped: Member<'a>,
    #[serde(borrow)]
    pending: Member<'a>,
    #[serde(borrow)]
    other: Member<'a>,
    #[serde(borrow)]
    start: Member<'a>,
    #[serde(borrow)]
    stop: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Test {
    name: Text,
    status: Text,
    duration: Text,
}

/// The statuses with their ranks in the table.
const STATUSES: [(&str, u8); 5] =
    [("passed", 4), ("failed", 0), ("skipped", 3), ("pending", 2), ("other", 1)];

pub(super) fn tests(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Ctrf<'_> = predicate.object().ok_or(ShapeError("a test report is an object"))?;
    let results: Results<'_> = document.results.object().ok_or(ShapeError("a test report has `results`"))?;
    let totals: Counts<'_> = results.summary.object_or_empty();
    let summary_counts =
        [totals.passed, totals.failed, totals.skipped, totals.pending, totals.other].map(Member::number);
    let mut listed_counts = [0_u64; 5];
    let mut list = TableBuilder::new("tests", &["TEST", "STATUS", "DURATION"]);
    let listed = results.tests.each_object(|test: Test| {
        // Any other status counts as `other`, which is the last.
        let place = STATUSES.iter().zip(&mut listed_counts);
        let mut place =
            place.skip_while(|((status, _), _)| *status != "other" && test.status.get() != Some(status));
        if let Some(((_, rank), count)) = place.next() {
            *count += 1;
            let duration = test.duration.get().map_or_else(|| "-".to_owned(), |time| format!("{time} ms"));
            list.add_ranked_row(*rank, [test.name.cell(), test.status.cell(), duration]);
        }
    });
    // A summary without the number of failures is ignored.
    let has_summary = totals.failed.number().is_some();
    let [mut passed, mut failed, skipped, pending, other] =
        if has_summary { summary_counts.map(Option::unwrap_or_default) } else { listed_counts };
    let mut page = Page::default();
    let [listed_passed, listed_failed, ..] = listed_counts;
    match (has_summary, listed) {
        (false, None) => return Err(ShapeError("a test report has a `summary` with `failed`, or `tests`")),
        (true, Some(1..)) if (passed, failed) != (listed_passed, listed_failed) => {
            let results = |passed, failed| format!("{passed} passed and {failed} failed");
            let (summary, list) = (results(passed, failed), results(listed_passed, listed_failed));
            page.add_fact("note", format!("the summary has {summary}, the list {list}"));
            (passed, failed) = (passed.min(listed_passed), failed.max(listed_failed));
        }
        _ => {}
    }
    let tool: Tool = results.tool.object_or_empty();
    page.add_fact(
        "tool",
        [tool.name.get(), tool.version.get()].into_iter().flatten().collect::<Vec<_>>().join(" "),
    );
    page.add_fact("started", totals.start.number().and_then(time).unwrap_or_default());
    page.add_fact("stopped", totals.stop.number().and_then(time).unwrap_or_default());
    let parts = [
        (passed, "passed"),
        (failed, "failed"),
        (skipped, "skipped"),
        (pending, "pending"),
        (other, "other"),
    ];
    let parts = counts(&parts);
    let line = if parts.is_empty() { "no tests".to_owned() } else { parts };
    page.add_fact("results", line.clone());
    page.add_table(list);
    Ok(Description { line, page })
}

/// Reads a time. CTRF defines milliseconds, but some tools write seconds.
fn time(number: u64) -> Option<String> {
    let number = i64::try_from(number).ok()?;
    let time = if number < 100_000_000_000 {
        jiff::Timestamp::from_second(number)
    } else {
        jiff::Timestamp::from_millisecond(number)
    };
    time.ok().map(|time| time.to_string())
}
