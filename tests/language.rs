//! Sources and documents use the field's terms, in lines that fit a screen.
//!
//! Only text is read. `docs/glossary.md` lists the terms.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// What is read: folders with all that is below them, and single files.
const READ: [&str; 16] = [
    ".ci",
    ".github",
    "Cargo.toml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "benches",
    "completions",
    "docs",
    "examples",
    "fixtures/README.md",
    "fuzz",
    "policies",
    "src",
    "tests",
];

/// Names of files and folders that are not read: what is built, and what others wrote.
const SKIPPED: [&str; 6] = ["target", "corpus", "Cargo.lock", "Cargo.lock.in", "artifacts", "coverage"];

/// Metaphors that once named things here, in two parts so that this file does not contain them.
const WORDS: [(&str, &str); 10] = [
    ("hou", "se"),
    ("hou", "ses"),
    ("ro", "om"),
    ("ro", "oms"),
    ("de", "sk"),
    ("de", "sks"),
    ("ya", "rd"),
    ("ya", "rds"),
    ("strang", "er"),
    ("strang", "ers"),
];

/// A figure of speech for a claim.
const PHRASE: (&str, &str) = ("the wo", "rd of");

/// The longest line of prose, in characters.
const LINE: usize = 140;

/// The longest name of a test, in characters.
const TEST_NAME: usize = 60;

/// Every text file, by its path in the project.
fn texts() -> Vec<(String, String)> {
    fn below(path: &Path, files: &mut Vec<PathBuf>) {
        if path.file_name().is_some_and(|name| SKIPPED.iter().any(|skipped| name == *skipped)) {
            return;
        }
        if path.is_dir() {
            let mut entries: Vec<PathBuf> =
                fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            entries.sort();
            entries.iter().for_each(|entry| below(entry, files));
        } else {
            files.push(path.to_owned());
        }
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    READ.iter().for_each(|name| below(&project.join(name), &mut files));
    let name = |path: &Path| path.strip_prefix(project).unwrap().to_string_lossy().replace('\\', "/");
    // What is not UTF-8 is no text.
    files.iter().filter_map(|path| Some((name(path), fs::read_to_string(path).ok()?))).collect()
}

/// The words of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|part: char| !part.is_alphabetic()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The banned words of one line.
fn banned(line: &str) -> Vec<String> {
    let words = words(line);
    let mut found: Vec<String> = Vec::new();
    for (start, end) in WORDS {
        let word = [start, end].concat();
        if words.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// Whether a text has the banned phrase, on one line or over two.
fn has_phrase(text: &str) -> bool {
    let phrase = words(&[PHRASE.0, PHRASE.1].concat());
    words(text).windows(phrase.len()).any(|window| window == phrase)
}

/// The numbers of lines of prose that are too long: in Markdown all that is outside code blocks, in Rust comments.
fn long_lines(name: &str, text: &str) -> Vec<usize> {
    let (is_markdown, is_rust) = (name.ends_with(".md"), name.ends_with(".rs"));
    let mut is_code = false;
    let mut long = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if is_markdown && start.starts_with("```") {
            is_code = !is_code;
        }
        let is_prose = (is_markdown && !is_code) || (is_rust && start.starts_with("//"));
        if is_prose && line.chars().count() > LINE {
            long.push(number + 1);
        }
    }
    long
}

/// The names of the functions that an attribute makes tests.
fn test_names(text: &str) -> Vec<&str> {
    let mut is_test = false;
    let mut names = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        }
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let (true, Some(function)) = (is_test, function) {
            names.extend(function.split('(').next());
            is_test = false;
        }
    }
    names
}

#[test]
fn no_metaphor_names_a_part_of_the_program() {
    let mut found = Vec::new();
    for (name, text) in texts() {
        found.extend(banned(&name).into_iter().map(|word| format!("{name}: the path has `{word}`")));
        if has_phrase(&text) {
            found.push(format!("{name}: `{}{}`", PHRASE.0, PHRASE.1));
        }
        for (number, line) in text.lines().enumerate() {
            let words = banned(line).into_iter();
            found.extend(words.map(|word| format!("{name}:{}: `{word}`", number + 1)));
        }
    }
    assert!(found.is_empty(), "use a term of docs/glossary.md\n{}", found.join("\n"));
}

#[test]
fn no_line_of_prose_is_longer_than_140_characters() {
    let mut found = Vec::new();
    for (name, text) in texts() {
        found.extend(long_lines(&name, &text).into_iter().map(|line| format!("{name}:{line}")));
    }
    assert!(found.is_empty(), "break these lines\n{}", found.join("\n"));
}

#[test]
fn test_names_have_at_most_60_characters() {
    let mut found = Vec::new();
    let mut count = 0;
    for (name, text) in texts().into_iter().filter(|(name, _)| name.ends_with(".rs")) {
        let names = test_names(&text);
        count += names.len();
        let long = names.into_iter().filter(|test| test.len() > TEST_NAME);
        found.extend(long.map(|test| format!("{name}: {test}")));
    }
    assert!(count > 1000, "{count} tests found");
    assert!(found.is_empty(), "describe the case in fewer words\n{}", found.join("\n"));
}

#[test]
fn tests_are_found_by_their_attribute() {
    let text = "#[test]\nfn a() {}\nfn b() {}\n#[tokio::test]\n// Why.\nasync fn c(x: u8) {}\n";
    assert_eq!(test_names(text), ["a", "c"]);
}

#[test]
fn whole_words_in_any_case_are_found_and_parts_of_words_are_not() {
    let [word, plural] = [["Ro", "om"].concat(), ["ro", "oms"].concat()];
    assert_eq!(banned(&format!("a {word}.")), [word.to_lowercase()]);
    assert_eq!(banned(&format!("in_{plural}()")), [plural]);
    assert!(banned("warehouse, mushroom, desktop, vineyard").is_empty());
    assert!(has_phrase(&["//! The Wo", "rd\n//! of a key"].concat()));
    assert!(!has_phrase("the word often") && !has_phrase("the words of a key"));
}

#[test]
fn prose_is_comments_in_rust_and_all_but_code_in_markdown() {
    let long = "x".repeat(LINE + 1);
    assert_eq!(long_lines("a.rs", &format!("// {long}\nlet x = \"{long}\";\n    /// {long}")), [1, 3]);
    assert_eq!(long_lines("a.md", &format!("{long}\n```\n{long}\n```\n| {long} |")), [1, 5]);
    assert_eq!(long_lines("a.sh", &format!("# {long}")), [0; 0]);
    assert!(long_lines("a.md", &"x".repeat(LINE)).is_empty());
}
