//! A comparison for people: both images, the facts side by side, then what changed, then what is unknown.

use super::changes::{self, FINDINGS, PACKAGES, Rows};
use super::comparison::{ComparedFindings, Comparison};
use super::facts;
use super::image::ComparedImage;
use crate::report::Style;
use crate::report::columns::{Cell, columns};
use crate::report::finding::render_diagnostic;

/// Renders the table.
pub(super) fn table(comparison: &Comparison<'_>, style: Style) -> String {
    let (packages, findings) = (comparison.packages(), comparison.compared_findings());
    let mut sections = vec![head("from", comparison.from, style) + &head("to", comparison.to, style)];
    let rows = facts::rows(comparison).into_iter();
    let rows = rows.map(|row| vec![Cell::from(row.name), row.from.cell(), row.to.cell()]);
    sections.push(columns(["FACT", "FROM", "TO"], rows, style));
    if let Some(found) = &packages.changes {
        sections.extend(section(PACKAGES, changes::packages(found), style));
    }
    if let ComparedFindings::Changes(found) = &findings {
        sections.extend(section(FINDINGS, changes::findings(found), style));
        let counts = changes::by_severities(found).map(|(what, counts)| vec![what.to_owned(), counts]);
        sections.push(columns(["FINDINGS", "BY SEVERITY"], counts, style));
    }
    sections.extend(unknown(comparison, style));
    let end = [Some(changes::package_counts(&packages)), changes::finding_counts(&findings)];
    let end: Vec<String> = end.into_iter().flatten().collect();
    sections.push(style.lines(&style.text(&format!("compared  {}", end.join("; "))), 2));
    let mut out = sections.join("\n");
    if let Some([_, to]) = comparison.findings {
        let word = style.verdict(to.kind());
        out.push_str(&style.lines(&format!("{word}  {}", style.text(&changes::verdict(to))), 2));
    }
    out
}

/// The line of an image: its reference with its whole digest.
fn head(side: &str, image: &ComparedImage, style: Style) -> String {
    let text = format!("{side:<4}  {}  {}", image.reference, image.digest);
    style.lines(&style.strong(&style.text(&text)), 2)
}

fn section<const N: usize>(header: [&str; N], found: Rows<N>, style: Style) -> Option<String> {
    if found.rows.is_empty() {
        return None;
    }
    let table = columns(header, found.rows.into_iter().map(Vec::from), style);
    let more: String = found.more.iter().map(|more| style.lines(&format!("  and {more}"), 2)).collect();
    Some(table + &more)
}

/// Why facts are unknown.
fn unknown(comparison: &Comparison<'_>, style: Style) -> impl Iterator<Item = String> {
    let texts = comparison.texts;
    let causes = comparison.causes().into_iter();
    causes.map(move |(side, level, found)| render_diagnostic(level, &found, &[side], texts, style))
}
