//! The known word that is closest to a misspelled one.

/// The most single-character edits of a suggestion.
const MAX_EDITS: usize = 2;

/// The known word that begins with `text`, else the one with the fewest edits from it, or that `text` begins with.
/// `None` if no word is close.
pub fn closest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_ascii_lowercase();
    let ranked = known.into_iter().filter_map(|word| {
        let is_begun = text.len() > 1 && word.starts_with(&text);
        let is_prefix = is_begun || text.starts_with(word);
        let edits = edits(&text, word);
        // A suggestion shares most of its characters with the text.
        let is_close = edits <= MAX_EDITS && edits * 2 < word.chars().count();
        (is_prefix || is_close).then_some((!is_begun, edits, word))
    });
    ranked.min_by_key(|(is_other, edits, _)| (*is_other, *edits)).map(|(_, _, word)| word)
}

/// The number of insertions, deletions and replacements that turn one text into the other.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, known) in row.iter_mut().skip(1).zip(&other) {
            let replaced = diagonal + usize::from(c != *known);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (one, other, count) in [("", "", 0), ("sarf", "sarif", 1), ("kitten", "sitting", 3), ("a", "", 1)]
        {
            assert_eq!((edits(one, other), edits(other, one)), (count, count), "{one} {other}");
        }
    }

    #[test]
    fn only_close_words_are_suggested() {
        let known = ["table", "json", "sarif", "junit", "github", "markdown"];
        for (text, word) in [
            ("sarf", Some("sarif")),
            ("JSON", Some("json")),
            ("md", None),
            ("mark", Some("markdown")),
            ("xml", None),
            ("jsonl", Some("json")),
            ("", None),
        ] {
            assert_eq!(closest(text, known), word, "{text}");
        }
    }
}
