//! The words of a shell command line that is still being typed.
//!
//! Quotes may be open at the end. Nothing is expanded.

/// A word as it is typed, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The word without quotes and backslashes.
    pub(super) text: String,
    /// The quote that is open at its end.
    pub(super) open: Option<char>,
}

/// Splits a line at white space outside of quotes. The last word is the one at the end of the line; it is empty if the
/// line ends with white space.
pub(super) fn split(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word { text: String::new(), open: None };
    let mut chars = line.trim_start().chars().peekable();
    while let Some(c) = chars.next() {
        match (word.open, c) {
            (None, c) if c.is_whitespace() => {
                let next = Word { text: String::new(), open: None };
                words.push(std::mem::replace(&mut word, next));
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
            }
            (None, '\'' | '"') => word.open = Some(c),
            (Some(quote), c) if c == quote => word.open = None,
            (None, '\\') => word.text.extend(chars.next()),
            (Some('"'), '\\') => {
                let special = chars.next_if(|c| matches!(c, '"' | '\\' | '$' | '`'));
                word.text.push(special.unwrap_or('\\'));
            }
            (_, c) => word.text.push(c),
        }
    }
    words.push(word);
    words
}

/// A text as it is typed behind a word whose open quote is `open`.
pub(super) fn escaped(text: &str, open: Option<char>) -> String {
    let mut typed = String::new();
    for c in text.chars() {
        match open {
            Some('\'') if c == '\'' => typed.push_str("'\\'"),
            Some('"') if matches!(c, '"' | '\\' | '$' | '`') => typed.push('\\'),
            None if !c.is_alphanumeric() && !"_-./:@=%+,~".contains(c) => typed.push('\\'),
            _ => {}
        }
        typed.push(c);
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_by_a_shell() {
        for (line, words, open) in [
            ("dhi verify a", vec!["dhi", "verify", "a"], None),
            ("  dhi   verify ", vec!["dhi", "verify", ""], None),
            ("dhi my\\ file", vec!["dhi", "my file"], None),
            ("dhi 'my fi", vec!["dhi", "my fi"], Some('\'')),
            ("dhi a'b c'\"d \\\" \\e\"f", vec!["dhi", "ab cd \" \\ef"], None),
            ("dhi \"$HOME/x", vec!["dhi", "$HOME/x"], Some('"')),
            ("dhi a\\", vec!["dhi", "a"], None),
            ("", vec![""], None),
        ] {
            let split = split(line);
            let texts: Vec<&str> = split.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(texts, words, "{line}");
            assert_eq!(split.last().unwrap().open, open, "{line}");
        }
    }

    #[test]
    fn escaped_text_is_read_back() {
        let text = "it's a \"$x\" \\ `y` (1);&é";
        for open in [None, Some('\''), Some('"')] {
            let quote = open.map(String::from).unwrap_or_default();
            let line = format!("{quote}{}{quote}", escaped(text, open));
            assert_eq!(split(&line)[0].text, text, "{line}");
        }
    }
}
