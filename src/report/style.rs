//! Colour, width and characters of text for people, and the escaping of text from outside.
//!
//! Colour adds no information: the text alone has all of it.

use crate::evidence::{Conclusion, ConclusionKind};
use crate::oci::acts;

/// The style of text for people. The default is that of a file: no colour, nothing is wrapped, every character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether colour is used.
    pub color: bool,
    /// The columns of the terminal. Without it the output is no terminal, and nothing is wrapped.
    pub width: Option<usize>,
    /// Whether only ASCII can be shown.
    pub ascii: bool,
}

impl Style {
    /// Text as it is shown: characters that act are escaped, and so are those that cannot be shown.
    pub(crate) fn text(self, text: &str) -> String {
        let text = printable(text);
        if !self.ascii || text.is_ascii() {
            return text;
        }
        let mut shown = String::new();
        for c in text.chars() {
            match c {
                '…' => shown.push_str("..."),
                '–' => shown.push('-'),
                c if c.is_ascii() => shown.push(c),
                c => shown.extend(c.escape_unicode()),
            }
        }
        shown
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// A conclusion in its colour, with the excused findings.
    pub(crate) fn conclusion(self, conclusion: &Conclusion) -> String {
        let word = self.verdict(conclusion.kind());
        conclusion.excuses().map_or(word.clone(), |excuses| format!("{word} ({excuses})"))
    }

    /// The kind of a conclusion in its colour.
    pub(super) fn verdict(self, kind: ConclusionKind) -> String {
        let word = kind.as_str();
        match kind {
            ConclusionKind::Pass => self.good(word),
            ConclusionKind::Fail => self.bad(word),
            ConclusionKind::Unknown | ConclusionKind::NotJudged => self.warning(word),
        }
    }

    pub(crate) fn warning(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub(super) fn hint(self, text: &str) -> String {
        self.paint("36", text)
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// The name of a file in results for people. `-` is standard input.
#[cfg(feature = "builder")]
pub(crate) fn file_name(name: &str) -> &str {
    if name == "-" { "standard input" } else { name }
}

/// Escapes every character that a terminal interprets or does not show. So text from outside cannot move the cursor,
/// add a line or hide a part of itself.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| if acts(c) { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_utf_8_only_ascii_is_shown() {
        let ascii = Style { ascii: true, ..Style::default() };
        assert_eq!(ascii.text("é\u{200b} sha256:… –"), "\\u{e9}\\u{200b} sha256:... -");
        assert_eq!(Style::default().text("é\u{200b}…"), "é\\u{200b}…");
    }

    #[test]
    fn control_and_invisible_characters_are_escaped() {
        for (text, shown) in [
            ("a\nb\u{1b}[2J", "a\\u{a}b\\u{1b}[2J"),
            ("dhi\u{200b}/python", "dhi\\u{200b}/python"),
            ("\u{202e}nohtyp\u{2066}", "\\u{202e}nohtyp\\u{2066}"),
            ("x\u{e0061}\u{feff}\u{ad}", "x\\u{e0061}\\u{feff}\\u{ad}"),
            ("é 日本 ✓", "é 日本 ✓"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
