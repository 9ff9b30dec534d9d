//! The pages of rules: for `dhi help`, and `docs/definition-rules.md`, generated from the rules.

use std::fmt::Write as _;

use super::super::error_pages;
use crate::builder::definition::Keyword;
use crate::builder::lint::{RuleText, rule_texts};

const HEAD: &str = "\
# Rules for definitions

Generated from the rules (`src/builder/lint/`); a test fails if it is stale
(`DHI_UPDATE=1 cargo test --test it docs` writes it).

`dhi definition lint` reports these findings, and `dhi help RULE` prints the page of a rule. An *error* makes it fail. A
*warning* makes it fail only with `--deny-warnings`. A *note* is counted, and shown with `-v`. Rules that match
definitions of real images are at most warnings, those that match many of them notes. Nothing in a definition changes a
severity.

| rule | severity | finds |
|---|---|---|
";

/// The names of all rules.
pub(in crate::cli) fn names() -> impl Iterator<Item = &'static str> {
    rule_texts().iter().map(|text| text.rule.as_str())
}

/// The page of the rule with this name, for a terminal with this number of columns.
pub(in crate::cli) fn page(name: &str, width: usize) -> Option<String> {
    let RuleText { rule, severities, why, action } =
        rule_texts().iter().find(|text| text.rule.as_str() == name)?;
    let severities: Vec<&str> = severities.iter().map(|severity| severity.as_str()).collect();
    let mut text = format!("{rule}: {}\n\n", rule.title());
    for (name, sentences) in [("severity", &*severities.join(", ")), ("why", *why), ("to do", *action)] {
        text.push_str(&error_pages::wrapped(&format!("{name:10}"), sentences, width));
    }
    Some(text)
}

/// The document.
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    for RuleText { rule, severities, .. } in rule_texts() {
        let name = rule.as_str();
        let words: Vec<&str> = severities.iter().map(|severity| severity.as_str()).collect();
        let anchor: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let _ = writeln!(text, "| [`{name}`](#{anchor}) | {} | {} |", words.join(", "), rule.title());
    }
    for RuleText { rule, why, action, .. } in rule_texts() {
        let _ = write!(text, "\n## {rule}\n\n{}\n\n{}\n", wrapped(why), wrapped(action));
    }
    text
}

/// A paragraph in lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 120;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
