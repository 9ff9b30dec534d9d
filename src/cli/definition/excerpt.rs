//! A finding with the line of the definition that it is about.
//!
//! Text of the definition is shown without characters that a terminal interprets. Long lines are cut, and messages are
//! wrapped, so that all of it fits the terminal.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::builder::definition::{Finding, Keyword as _, LineIndex, Severity};
use crate::oci::acts;
use crate::report::Style;
use crate::report::style::file_name;

/// Bytes of a line before and after its marked part.
const AROUND: usize = 200;

/// Columns if the output is no terminal.
const WIDTH: usize = 120;

/// Columns for text, however narrow the terminal is.
const NARROWEST: usize = 20;

/// Columns that the renderer keeps free on both sides of a marked part and its label.
const BESIDE: usize = 12;

/// Columns between the number of a line and its text, or the word `note` and its sentence.
const RULER: usize = 3;

/// A finding for people, which ends with a line feed. `index` is that of the text, `help` what to do about it.
pub(super) fn excerpt(
    file: &str,
    text: &str,
    index: &LineIndex<'_>,
    finding: &Finding,
    help: Option<&str>,
    style: Style,
) -> String {
    let shown = |text: &str| style.text(text);
    let file = file_name(file);
    let position = index.position(finding.range.start);
    let columns = style.width.unwrap_or(WIDTH);
    let ruler = position.line.to_string().len() + RULER;
    let label = shown(&finding.label);
    let window =
        window(text, &finding.range, columns.saturating_sub(ruler + label.chars().count() + 1 + BESIDE));
    // `error[rule]: message` and `= note: sentence`, whose further lines begin below the text.
    let wrapped = |text: &str, before: usize| {
        let width = style.width.map(|width| width.saturating_sub(before).max(NARROWEST));
        let lines = Style { width, ..style }.lines(&shown(text), 0);
        lines.trim_end_matches('\n').to_owned()
    };
    let origin = Origin::path(shown(file)).line(position.line).char_column(position.column);
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let rule = finding.rule.as_str();
    let before = finding.severity.as_str().len() + format!("[{rule}]: ").len();
    let title = level.primary_title(wrapped(&finding.message, before)).id(rule);
    let start = finding.range.start.clamp(window.start, window.end);
    let end = finding.range.end.clamp(start, window.end);
    let mut annotation = AnnotationKind::Primary.span(start - window.start..end - window.start);
    if !label.is_empty() {
        annotation = annotation.label(label);
    }
    // The excerpt of a cut line does not know its column.
    let before = text.get(..window.start).unwrap_or_default();
    let is_cut = !(before.is_empty() || before.ends_with('\n'));
    let mut line = masked(text.get(window.clone()).unwrap_or_default(), style.ascii);
    if text.get(window.end..).is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['\n', '\r'])) {
        line.push_str("...");
    }
    let snippet = Snippet::source(line).line_start(position.line).annotation(annotation);
    let mut group = match is_cut {
        true => title.element(origin).element(snippet),
        false => title.element(snippet.path(shown(file))),
    };
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(wrapped(note, ruler + "note: ".len())));
    }
    if let Some(help) = help {
        group = group.element(Level::HELP.message(wrapped(help, ruler + "help: ".len())));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(columns);
    renderer.render(&[group]) + "\n"
}

/// The line in which a finding begins, or what is around it in a long line. Of its marked part there are at most
/// `columns` bytes.
fn window(text: &str, range: &Range<usize>, columns: usize) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(range.start..).unwrap_or_default();
    let line_end = range.start + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let marked_end = range.end.min(range.start + columns.max(NARROWEST)).min(line_end);
    let start = boundary(text, line_start.max(range.start.saturating_sub(AROUND)));
    // Nothing follows a marked part that is cut, as all that follows is marked.
    let after = if marked_end < range.end.min(line_end) { 0 } else { AROUND };
    let end = boundary(text, line_end.min(marked_end + after));
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
        excerpt("a\u{7}.yaml", text, &LineIndex::new(text), &finding, None, Style::default())
    }

    #[test]
    fn everything_fits_the_terminal() {
        let text = format!("{}: {} # {}\n", "k".repeat(70), "v w ".repeat(60), "c".repeat(300));
        let words = "words of a sentence that is longer than the terminal is wide, and goes on and on";
        let index = LineIndex::new(&text);
        for (width, range) in
            [(60, 0..4), (60, 0..text.len()), (60, 100..130), (80, 72..300), (100, 320..600)]
        {
            let finding = Finding::new(Rule::INVALID_VALUE, Severity::Warning, range.clone(), words);
            let finding = finding.label("here").note(words);
            let style = Style { width: Some(width), ..Style::default() };
            let shown = excerpt("a.yaml", &text, &index, &finding, Some(words), style);
            let wide = shown.lines().find(|line| line.chars().count() > width);
            assert_eq!(wide, None, "{width} {range:?}\n{shown}");
            assert_eq!(shown.matches("sentence").count(), 3, "{shown}");
            assert!(shown.contains("^ here") && shown.contains("a.yaml:1:"), "{shown}");
        }
    }

    #[test]
    fn standard_input_is_named() {
        let finding = Finding::new(Rule::INVALID_VALUE, Severity::Error, 0..1, "no");
        let shown = excerpt("-", "a: b\n", &LineIndex::new("a: b\n"), &finding, None, Style::default());
        assert!(shown.contains("--> standard input:1:1\n"), "{shown}");
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
