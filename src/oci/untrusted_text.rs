//! Quotes unsigned text from annotations, labels and descriptors for reports.
//!
//! Quoted text cannot be mistaken for a finding of this program, and cannot push one off the screen.

use super::limits::CLAIMED_TEXT;

/// The text as reports show it: a word such as a URI, a media type or a platform unchanged, anything else in backticks.
/// Text longer than [`CLAIMED_TEXT`] is cut and ends with `..`.
pub fn quote_untrusted(text: &str) -> String {
    let is_cut = text.chars().nth(CLAIMED_TEXT).is_some();
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'`');
    if is_word && !is_cut {
        return text.to_owned();
    }
    let kept: String = text.chars().take(CLAIMED_TEXT).map(|c| if c == '`' { '\'' } else { c }).collect();
    if is_cut { format!("`{kept}`..") } else { format!("`{kept}`") }
}

/// Whether a terminal or viewer interprets the character or does not show it: a control character, a line break, a
/// change of text direction, or an invisible character, which makes different texts look equal (the general categories
/// Cc, Cf, Zl and Zp of Unicode, and its default ignorable code points).
pub(crate) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unchanged_and_other_text_is_quoted() {
        for word in ["https://spdx.dev/Document", "application/vnd.in-toto+json", "linux/arm/v7", "é"] {
            assert_eq!(quote_untrusted(word).trim_matches('`'), word);
        }
        assert_eq!(quote_untrusted("https://spdx.dev/Document"), "https://spdx.dev/Document");
        assert_eq!(quote_untrusted("SBOM, signed by dhi-2"), "`SBOM, signed by dhi-2`");
        assert_eq!(quote_untrusted("a` pass `b"), "`a' pass 'b`");
        assert_eq!(quote_untrusted(""), "``");
    }

    #[test]
    fn long_text_is_cut() {
        let long = "x".repeat(CLAIMED_TEXT);
        assert_eq!(quote_untrusted(&long), long);
        assert_eq!(quote_untrusted(&format!("{long}y")), format!("`{long}`.."));
        assert!(quote_untrusted(&"é ".repeat(1 << 20)).chars().count() < CLAIMED_TEXT + 8);
    }
}
