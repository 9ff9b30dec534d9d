//! Text from annotations, labels and descriptors, which nothing vouches for, cannot read as a finding of this program
//! and cannot push one off the screen.

use super::limits::CLAIMED_TEXT;

/// The text as it may stand in a report: a word such as a URI, a media type or a platform as it is, and anything else
/// in backticks. Longer text than [`CLAIMED_TEXT`] is cut; two points say so.
pub fn claimed(text: &str) -> String {
    let is_cut = text.chars().nth(CLAIMED_TEXT).is_some();
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'`');
    if is_word && !is_cut {
        return text.to_owned();
    }
    let kept: String = text.chars().take(CLAIMED_TEXT).map(|c| if c == '`' { '\'' } else { c }).collect();
    if is_cut { format!("`{kept}`..") } else { format!("`{kept}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_as_they_are_and_other_text_is_quoted() {
        for word in ["https://spdx.dev/Document", "application/vnd.in-toto+json", "linux/arm/v7", "é"] {
            assert_eq!(claimed(word).trim_matches('`'), word);
        }
        assert_eq!(claimed("https://spdx.dev/Document"), "https://spdx.dev/Document");
        assert_eq!(claimed("SBOM, signed by dhi-2"), "`SBOM, signed by dhi-2`");
        assert_eq!(claimed("a` pass `b"), "`a' pass 'b`");
        assert_eq!(claimed(""), "``");
    }

    #[test]
    fn long_text_is_cut() {
        let long = "x".repeat(CLAIMED_TEXT);
        assert_eq!(claimed(&long), long);
        assert_eq!(claimed(&format!("{long}y")), format!("`{long}`.."));
        assert!(claimed(&"é ".repeat(1 << 20)).chars().count() < CLAIMED_TEXT + 8);
    }
}
