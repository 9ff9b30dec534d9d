//! A finding with the line of the definition that it is about.
//!
//! Text of the definition is shown without characters that a terminal interprets, and long lines are cut.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::builder::definition::{Finding, LineIndex, Severity};
use crate::builder::lint::help;
use crate::oci::acts;
use crate::report::Style;

/// Bytes of a line before and after its marked part.
const AROUND: usize = 200;

/// Bytes of a marked part.
const MARKED: usize = 400;

/// Columns if the output is no terminal.
const WIDTH: usize = 120;

/// A finding for people, which ends with a line feed. `index` is that of the text.
pub(super) fn excerpt(
    file: &str,
    text: &str,
    index: &LineIndex<'_>,
    finding: &Finding,
    style: Style,
) -> String {
    let window = window(text, &finding.range);
    let shown = |text: &str| style.text(text);
    let position = index.position(finding.range.start);
    let origin = Origin::path(shown(file)).line(position.line).char_column(position.column);
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(shown(&finding.message)).id(finding.rule.as_str());
    let start = finding.range.start.clamp(window.start, window.end);
    let end = finding.range.end.clamp(start, window.end);
    let mut annotation = AnnotationKind::Primary.span(start - window.start..end - window.start);
    if !finding.label.is_empty() {
        annotation = annotation.label(shown(&finding.label));
    }
    // The excerpt of a cut line does not know its column.
    let before = text.get(..window.start).unwrap_or_default();
    let is_cut = !(before.is_empty() || before.ends_with('\n'));
    let line = text.get(window).unwrap_or_default();
    let snippet = Snippet::source(masked(line, style.ascii)).line_start(position.line).annotation(annotation);
    let mut group = match is_cut {
        true => title.element(origin).element(snippet),
        false => title.element(snippet.path(shown(file))),
    };
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(shown(note)));
    }
    if let Some(help) = help(finding) {
        group = group.element(Level::HELP.message(shown(&help)));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(style.width.unwrap_or(WIDTH));
    renderer.render(&[group]) + "\n"
}

/// The line in which a finding begins, or what is around it in a long line.
fn window(text: &str, range: &Range<usize>) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(range.start..).unwrap_or_default();
    let line_end = range.start + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let marked_end = range.end.min(range.start + MARKED).min(line_end);
    let start = boundary(text, line_start.max(range.start.saturating_sub(AROUND)));
    let end = boundary(text, line_end.min(marked_end + AROUND));
    start..end
}

/// The first boundary of a character from an offset on.
fn boundary(text: &str, offset: usize) -> usize {
    (offset..=text.len()).find(|offset| text.is_char_boundary(*offset)).unwrap_or(text.len())
}

/// The text with a placeholder for every character that cannot be shown. No offset changes.
fn masked(text: &str, ascii: bool) -> String {
    let mut masked = String::with_capacity(text.len());
    for c in text.chars() {
        let is_hidden = c != '\t' && (acts(c) || (ascii && !c.is_ascii()));
        match (is_hidden, c.len_utf8()) {
            (false, _) => masked.push(c),
            (true, 3) if !ascii => masked.push('\u{fffd}'),
            (true, length) => masked.extend(std::iter::repeat_n('?', length)),
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::definition::Rule;

    fn shown(text: &str, range: Range<usize>) -> String {
        let finding = Finding::new(Rule::INVALID_VALUE, Severity::Error, range, "no\u{1b}[2J").label("here");
        excerpt("a\u{7}.yaml", text, &LineIndex::new(text), &finding, Style::default())
    }

    #[test]
    fn characters_for_terminals_are_not_shown() {
        let text = "a: b\nname: x\u{1b}[31my\u{202e}z\u{9b}2J\n";
        let shown = shown(text, 11..text.len());
        assert!(shown.chars().all(|c| c == '\n' || !acts(c)), "{shown:?}");
        assert!(shown.contains("a\\u{7}.yaml:2:7") && shown.contains("name: x?[31my"), "{shown}");
    }

    #[test]
    fn long_lines_are_cut_and_keep_their_columns() {
        let text = format!("{}é{}", "x".repeat(100_000), "é".repeat(100_000));
        let shown = shown(&text, 100_000..100_002);
        assert!(shown.len() < 2000, "{}", shown.len());
        assert!(shown.contains(":1:100001") && shown.contains("^ here"), "{shown}");
    }

    #[test]
    fn the_end_and_an_empty_text_can_be_marked() {
        assert!(shown("", 0..0).contains("a\\u{7}.yaml:1:1"));
        assert!(shown("a: b\n", 5..5).contains("a\\u{7}.yaml:2:1"));
        assert!(shown("a: b", 0..100).contains("a\\u{7}.yaml:1:1"));
    }
}
