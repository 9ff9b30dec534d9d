//! Word wrap at the width of the terminal.
//!
//! Text is broken only at spaces, and not within backticks: a digest, reference or command can be copied whole. A word
//! that is wider than the terminal has a line of its own.

use unicode_width::UnicodeWidthStr;

use super::Style;

/// The indent of the value of a fact that does not fit beside its name.
const BELOW: usize = 4;

impl Style {
    /// `text` as lines, each with a line feed. Every line but the first is indented by `hanging` columns. The text is
    /// escaped already, and may have colours.
    pub(crate) fn lines(self, text: &str, hanging: usize) -> String {
        wrap(text, hanging, self.width) + "\n"
    }

    /// Names and values side by side, each fact on lines of its own.
    pub(crate) fn facts<'a>(self, facts: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let facts: Vec<(String, String)> =
            facts.into_iter().map(|(name, value)| (self.text(name), self.text(value))).collect();
        let names = facts.iter().map(|(name, _)| columns_of(name)).max().unwrap_or(0);
        let start = names + 4;
        let mut out = String::new();
        for (name, value) in &facts {
            let widest = widest_word(value);
            if self.width.is_some_and(|width| start + widest > width && start > BELOW) {
                out.push_str(&self.lines(&format!("  {name}"), 2));
                out.push_str(&self.lines(&format!("{:BELOW$}{value}", ""), BELOW));
            } else {
                let gap = " ".repeat(names.saturating_sub(columns_of(name)));
                out.push_str(&self.lines(&format!("  {name}{gap}  {value}"), start));
            }
        }
        out
    }
}

/// The columns that a text fills, without colour codes.
pub(super) fn columns_of(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let plain = parts.next().map_or(0, UnicodeWidthStr::width);
    plain + parts.map(|part| part.split_once('m').map_or(0, |(_, shown)| shown.width())).sum::<usize>()
}

/// The columns of the widest word.
pub(super) fn widest_word(text: &str) -> usize {
    words(text).map(|word| columns_of(word.text)).max().unwrap_or(0)
}

/// The text with line feeds instead of spaces where it does not fit into `width` columns.
pub(super) fn wrap(text: &str, hanging: usize, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut out = String::new();
    let mut at = 0;
    let mut is_alone = false;
    for Word { spaces, text } in words(text) {
        let columns = columns_of(text);
        let fits = at + spaces + columns <= width && !is_alone;
        // A break helps only if the word then starts further to the left.
        if fits || at == 0 || at + spaces <= hanging {
            out.push_str(&" ".repeat(spaces));
            at += spaces;
        } else {
            out.push('\n');
            out.push_str(&" ".repeat(hanging));
            at = hanging;
        }
        out.push_str(text);
        at += columns;
        is_alone = at > width;
    }
    out
}

/// A part of a text that is never broken, and the spaces before it.
struct Word<'a> {
    spaces: usize,
    text: &'a str,
}

fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let word = rest.trim_start_matches(' ');
        if word.is_empty() {
            return None;
        }
        let spaces = rest.len() - word.len();
        let (text, after) = word.split_at(end(word));
        rest = after;
        Some(Word { spaces, text })
    })
}

/// The end of the first word: the first space outside backticks. A backtick without a partner is a character.
fn end(text: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.find([' ', '`']) else { return text.len() };
        if rest.get(next..).is_some_and(|found| found.starts_with(' ')) {
            return at + next;
        }
        let literal = rest.get(next + 1..).unwrap_or_default();
        at += next + 1 + literal.find('`').map_or(0, |length| length + 1);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_broken_at_spaces_outside_backticks() {
        for (text, hanging, width, shown) in [
            ("one two three", 2, 8, "one two\n  three"),
            ("one two", 2, 7, "one two"),
            ("give it: `dhi verify x` or `a b`", 2, 20, "give it:\n  `dhi verify x` or\n  `a b`"),
            ("run `a command that is long`, then rest", 1, 12, "run\n `a command that is long`,\n then rest"),
            ("  fact   value and more", 9, 16, "  fact   value\n         and\n         more"),
            ("  fact   unbreakable", 9, 12, "  fact   unbreakable"),
            ("one ` two", 0, 5, "one `\ntwo"),
            ("\u{1b}[31mone two\u{1b}[0m three", 0, 8, "\u{1b}[31mone two\u{1b}[0m\nthree"),
            ("日本 日本", 0, 8, "日本\n日本"),
        ] {
            assert_eq!(wrap(text, hanging, Some(width)), shown, "{text}");
            assert_eq!(wrap(text, hanging, None), text);
        }
    }

    #[test]
    fn a_value_that_is_too_wide_is_below_its_name() {
        let style = Style { width: Some(20), ..Style::default() };
        let facts = [("name", "short value of words"), ("digest", "0123456789abc")];
        assert_eq!(
            style.facts(facts),
            "  name    short\n          value of\n          words\n  digest\n    0123456789abc\n"
        );
        assert_eq!(
            Style::default().facts(facts),
            "  name    short value of words\n  digest  0123456789abc\n"
        );
    }

    proptest! {
        /// No word is lost or broken, and a line is too wide only if it has one word.
        #[test]
        fn wrapping_changes_only_spaces(text in "([a-z]{1,9}|`[a-z ]{1,9}`| ){0,20}", width in 1_usize..30) {
            let shown = wrap(&text, 0, Some(width));
            let squeezed = |text: &str| words(text).map(|word| word.text.to_owned()).collect::<Vec<_>>();
            prop_assert_eq!(squeezed(&shown.replace('\n', " ")), squeezed(&text));
            for line in shown.lines() {
                prop_assert!(columns_of(line) <= width || words(line).count() == 1, "{}", line);
            }
        }
    }
}
