//! Text as a page shows it: escaped, with characters that act replaced by their code, and cut if it is very long.

use std::fmt::Write as _;

use crate::oci::acts;

/// The most characters of a name that are shown: an id, a package, a reference.
pub(super) const NAME: usize = 200;
/// The most characters of a sentence that are shown: a reason, a message.
pub(super) const SENTENCE: usize = 2000;

/// The part of a text that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    /// Its first characters.
    pub(super) shown: &'a str,
    /// The number of all its characters, if not all are shown.
    pub(super) all: Option<usize>,
}

/// Cuts a text after `most` characters.
pub(super) fn cut(text: &str, most: usize) -> Cut<'_> {
    let end = text.char_indices().nth(most).map(|(end, _)| end);
    match end.and_then(|end| text.get(..end)) {
        Some(shown) => Cut { shown, all: Some(text.chars().count()) },
        None => Cut { shown: text, all: None },
    }
}

/// Adds a text to a page, for an element or a quoted attribute.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if acts(c) || is_noncharacter(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Whether Unicode reserves the code point for internal use. A page may not contain it.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape(text, &mut out);
        out
    }

    #[test]
    fn markup_and_characters_that_act_are_text() {
        for (text, html) in [
            ("<b a=\"1\" c='2'>&amp;", "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;"),
            ("a\u{0}\n\u{1b}[2J", "a\\u{0}\\u{a}\\u{1b}[2J"),
            ("\u{202e}gpj.\u{2066}", "\\u{202e}gpj.\\u{2066}"),
            ("\u{fdd0}\u{ffff}\u{1fffe}\u{fffd}", "\\u{fdd0}\\u{ffff}\\u{1fffe}\u{fffd}"),
            ("é 日本 ✓", "é 日本 ✓"),
        ] {
            assert_eq!(escaped(text), html);
        }
    }

    #[test]
    fn only_long_text_is_cut_and_between_characters() {
        assert_eq!(cut("日本", 2), Cut { shown: "日本", all: None });
        assert_eq!(cut("日本語", 2), Cut { shown: "日本", all: Some(3) });
        assert_eq!(cut("", 0), Cut { shown: "", all: None });
    }
}
