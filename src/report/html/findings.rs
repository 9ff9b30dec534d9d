//! The lists of findings: those that remain, and those that are suppressed with the statement that decided.
//!
//! A row has words of closed lists in its `data-` attributes, which the script filters by, and no other text.

use jiff::Timestamp;

use super::details::details;
use super::link::Link;
use super::subject::{List, Subject};
use super::writer::{Anchor, Attribute, FixedName, Html, Tag, class};
use crate::report::vex::row::Row;
use crate::report::vex::run::{AppliedRun, DecidedFinding, PlacedScan};
use crate::report::vex::table::{by_package, counted, dated};
use crate::report::vex::wording::causes;
use crate::vex::{Fix, Origin};

/// The most rows of each list of a page. More are counted: a page with more than these is slow to open.
pub(super) const ROWS: usize = 5000;
/// The name of the parts with the findings of a scan that remain. They are numbered in the order of scans.
pub(super) const REMAINING_OF: &str = "remaining-of";

/// The findings of all subjects that are in `list`, grouped by package.
pub(super) fn findings(html: &mut Html, subjects: &[Subject<'_>], list: List) {
    let mut left = ROWS;
    let mut cut = 0;
    let mut number = 0;
    for subject in subjects {
        let Some(run) = subject.run() else { continue };
        for scan in run.scans() {
            number += 1;
            let name = subject.scan_name(&scan);
            let found: Vec<_> = scan.findings(run.result).filter(|found| list.has(found, &run)).collect();
            let all = found.len();
            let shown = gravest(found, left);
            left -= shown.len();
            cut += all - shown.len();
            of_scan(html, &name, &scan, list, number, |html| {
                let mut groups = by_package(shown);
                groups.sort_by_key(|group| group.iter().all(|found| found.causes.is_empty()));
                for group in groups {
                    package(html, &group, &run);
                }
            });
        }
    }
    if cut > 0 {
        let all = ROWS + cut;
        let text = format!(
            "{ROWS} of {all} are shown: those that count for the gate, then the most severe. \
             The JSON document of this run has all."
        );
        html.says(Tag::P, &[class("notice")], &text);
    }
}

/// The first `most` findings: those that count for the gate, then the most severe ones.
fn gravest(mut found: Vec<DecidedFinding<'_>>, most: usize) -> Vec<DecidedFinding<'_>> {
    if found.len() > most {
        found.sort_by_key(|one| (one.causes.is_empty(), std::cmp::Reverse(one.finding.severity)));
        found.truncate(most);
    }
    found
}

fn of_scan(
    html: &mut Html,
    name: &str,
    scan: &PlacedScan<'_>,
    list: List,
    number: usize,
    groups: impl FnOnce(&mut Html),
) {
    let id = Anchor::nth(
        match list {
            List::Remaining => REMAINING_OF,
            List::Suppressed => "suppressed-of",
        },
        number,
    );
    html.line();
    html.element(Tag::Section, &[class("scan"), Attribute::LabelledBy(id)], |html| {
        html.element(Tag::H3, &[Attribute::Id(id)], |html| html.code(name));
        html.element(Tag::P, &[class("muted")], |html| match &scan.applied.scan.not_scanned {
            Some(cause) => {
                html.says(Tag::Strong, &[class("warn")], "not scanned");
                html.sentence(": ");
                html.sentence(cause);
            }
            None => html.sentence(&counted(scan.counts())),
        });
        groups(html);
    });
}

/// The findings of one package.
fn package(html: &mut Html, group: &[DecidedFinding<'_>], run: &AppliedRun<'_>) {
    let Some(first) = group.first() else { return };
    html.line();
    html.element(Tag::Section, &[class("package")], |html| {
        html.element(Tag::H4, &[], |html| {
            html.element(Tag::Strong, &[], |html| html.name(&first.finding.package.name));
            if let Some(version) = &first.finding.package.version {
                html.sentence(" ");
                html.element(Tag::Span, &[], |html| html.name(version));
            }
        });
        html.element(Tag::Ul, &[class("findings")], |html| {
            for found in group {
                html.line();
                row(html, found, run);
            }
        });
    });
}

fn row(html: &mut Html, found: &DecidedFinding<'_>, run: &AppliedRun<'_>) {
    let finding = found.finding;
    let status = found.decision.ruling.as_ref().map_or("none", |ruling| ruling.status.as_str());
    let attributes = [
        class("item"),
        Attribute::Fixed(FixedName::DataSeverity, finding.severity.id()),
        Attribute::Fixed(FixedName::DataStatus, status),
        Attribute::Fixed(FixedName::DataOrigin, origin_word(finding.package.origin)),
        Attribute::Fixed(FixedName::DataFix, fix_word(&finding.fix)),
        Attribute::Fixed(FixedName::DataList, if found.is_suppressed() { "suppressed" } else { "remains" }),
        Attribute::Fixed(FixedName::DataGate, if found.causes.is_empty() { "no" } else { "counts" }),
    ];
    html.element(Tag::Li, &attributes, |html| {
        html.says(Tag::Span, &[class("severity")], finding.severity.id());
        html.element(Tag::Span, &[class("id")], |html| id(html, &finding.id));
        html.element(Tag::Div, &[class("why")], |html| {
            html.element(Tag::Div, &[], |html| {
                let shown = Row::new(found, run);
                reason(html, found, &shown);
                tags(html, found, &shown, run.rules.now);
            });
            details(html, found, run);
        });
    });
}

fn id(html: &mut Html, id: &str) {
    match Link::of_vulnerability(id) {
        Some(link) => html.element(Tag::A, &[Attribute::Link(&link)], |html| html.name(id)),
        None => html.name(id),
    }
}

/// The status and reason of the statement that decided. Without one: why none did.
fn reason(html: &mut Html, found: &DecidedFinding<'_>, shown: &Row) {
    let is_unsaid = found.decision.ruling.is_none() && found.decision.near_miss.is_none();
    html.element(Tag::P, &[class(if is_unsaid { "muted" } else { "plain" })], |html| {
        let head = match (&found.decision.ruling, &found.decision.near_miss) {
            (Some(_), _) => shown.status.replace('_', " "),
            (None, Some(_)) => "no statement applies".to_owned(),
            (None, None) => String::new(),
        };
        if !head.is_empty() {
            html.says(Tag::Strong, &[], &head);
            html.sentence(if shown.reason.is_empty() { "" } else { ": " });
        }
        html.sentence(&shown.reason);
    });
}

/// The statement with its age and signer, the cause for the gate, fix, origin and warnings, in a few words each.
fn tags(html: &mut Html, found: &DecidedFinding<'_>, shown: &Row, now: Timestamp) {
    let finding = found.finding;
    html.element(Tag::P, &[class("tags")], |html| {
        if !found.causes.is_empty() {
            let counts = format!("counts for the gate: {}", causes(found.causes));
            html.says(Tag::Strong, &[class("bad")], &counts);
        }
        if !shown.statement.is_empty() {
            html.element(Tag::Span, &[class("muted")], |html| statement(html, found, shown, now));
        }
        match &finding.fix {
            Fix::Fixed(versions) if versions.is_empty() => html.says(Tag::Span, &[], "fixed"),
            Fix::Fixed(versions) => {
                html.says(Tag::Strong, &[], "fixed in");
                html.element(Tag::Strong, &[class("value")], |html| html.name(&versions.join(", ")));
            }
            Fix::NotFixed => html.says(Tag::Span, &[], "no fixed version"),
            Fix::WontFix => html.says(Tag::Span, &[], "will not be fixed"),
            Fix::Unknown => {}
        }
        match finding.package.origin {
            Origin::Base => html.says(Tag::Span, &[], "from the base image"),
            Origin::Added => html.says(Tag::Span, &[], "added to the base image"),
            Origin::Unproven => {}
        }
        if finding.known_exploited == Some(true) {
            html.says(Tag::Strong, &[class("bad")], "known to be exploited");
        }
        match found.decision.warnings.len() {
            0 => {}
            1 => html.says(Tag::Span, &[class("warn")], "1 warning"),
            warnings => html.says(Tag::Span, &[class("warn")], &format!("{warnings} warnings")),
        }
    });
}

/// The statement that decided with its age, else the one that came closest; and who signed it.
fn statement(html: &mut Html, found: &DecidedFinding<'_>, shown: &Row, now: Timestamp) {
    let ruling = found.decision.ruling.as_ref();
    html.sentence(if ruling.is_some() { "statement " } else { "nearest statement " });
    html.name(shown.statement.strip_prefix("nearest: ").unwrap_or(&shown.statement));
    let of = ruling.map(|ruling| match ruling.timestamp {
        Some(then) => format!(" of {}", dated(then, now)),
        None => " without a time".to_owned(),
    });
    html.sentence(&of.unwrap_or_default());
    if shown.is_verified {
        html.sentence(", signed by ");
        html.sentence(&shown.signer);
    } else {
        html.sentence(", ");
        html.says(Tag::Strong, &[class("warn")], &shown.signer);
    }
}

fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Base => "base",
        Origin::Added => "added",
        Origin::Unproven => "not proven",
    }
}

fn fix_word(fix: &Fix) -> &'static str {
    match fix {
        Fix::Fixed(_) => "fixed",
        Fix::NotFixed => "not fixed",
        Fix::WontFix => "will not be fixed",
        Fix::Unknown => "unknown",
    }
}
