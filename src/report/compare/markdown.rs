//! A comparison in Markdown, for the summary of a workflow step or a comment.
//!
//! Text from outside is written only as code, so that it cannot become markup, a mention or a link.

use std::fmt::Write;

use super::changes::{self, FINDINGS, PACKAGES, Rows};
use super::comparison::{ComparedFindings, Comparison};
use super::facts;
use super::image::ComparedImage;
use crate::report::markdown::{cell, html, prose, prose_cell};

/// Renders the document.
pub(super) fn markdown(comparison: &Comparison<'_>) -> String {
    let (packages, findings) = (comparison.packages(), comparison.compared_findings());
    let end = [Some(changes::package_counts(&packages)), changes::finding_counts(&findings)];
    let title = end.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let mut out = format!("## dhi: {title}\n\n| fact | from | to |\n|---|---|---|\n");
    for (name, of) in [("image", reference as fn(&_) -> _), ("digest", digest)] {
        let _ = writeln!(out, "| {name} | {} | {} |", of(comparison.from), of(comparison.to));
    }
    for row in facts::rows(comparison) {
        let _ =
            writeln!(out, "| {} | {} | {} |", row.name, prose_cell(&row.from.text), prose_cell(&row.to.text));
    }
    if let ComparedFindings::Changes(found) = &findings {
        let _ = write!(out, "\n| findings | by severity |\n|---|---|\n");
        for (what, counts) in changes::by_severities(found) {
            let _ = writeln!(out, "| {what} | {} |", prose_cell(&counts));
        }
        folded("findings", FINDINGS, changes::findings(found), &mut out);
    }
    if let Some(found) = &packages.changes {
        folded("packages", PACKAGES, changes::packages(found), &mut out);
    }
    let causes = comparison.causes().into_iter();
    let remarks: String = causes
        .map(|(side, _, found)| format!("* {side}: `{}`: {}\n", found.code, prose(&found.message)))
        .collect();
    if let Some([_, to]) = comparison.findings {
        let _ = writeln!(out, "\n**{}** {}", to.kind().as_str(), prose(&changes::verdict(to)));
    }
    if !remarks.is_empty() {
        let _ = write!(out, "\n{remarks}");
    }
    out
}

fn reference(image: &ComparedImage) -> String {
    cell(&image.reference)
}

fn digest(image: &ComparedImage) -> String {
    cell(&image.digest.to_string())
}

/// A folded table.
fn folded<const N: usize>(what: &str, header: [&str; N], found: Rows<N>, out: &mut String) {
    if found.rows.is_empty() {
        return;
    }
    let _ = write!(out, "\n<details><summary>{}</summary>\n\n", html(what));
    let names = header.map(str::to_lowercase);
    let _ = writeln!(out, "| {} |\n|{}", names.join(" | "), "---|".repeat(N));
    for row in found.rows {
        let _ = writeln!(out, "| {} |", row.map(|text| cell(&text)).join(" | "));
    }
    for more in found.more {
        let _ = write!(out, "\n{}\n", prose(&format!("and {more}")));
    }
    out.push_str("\n</details>\n");
}
