//! The pages of all error codes (`pages.rs`), rendered for a terminal and for `docs/errors.md`.
//!
//! Each code of the library and of the command has one page, which `dhi help ID` prints.

mod pages;

pub(in crate::cli) use pages::PAGES;

use super::exit_codes;
use crate::diagnostic::Catalogue;
use crate::report::{ErrorPage, Style};

/// The codes of all modules. A test fails if a module declares a code that is missing here.
pub const CATALOGUE: Catalogue = Catalogue::new(&[
    crate::diagnostic::CODES,
    crate::limits::CODES,
    crate::oci::CODES,
    crate::yaml::CODES,
    crate::trust::CODES,
    crate::evidence::CODES,
    crate::registry::CODES,
    crate::trust_store::CODES,
    crate::policy::CODES,
    crate::vex::CODES,
    crate::sign::CODES,
    crate::admission::CODES,
    crate::scan::CODES,
    #[cfg(feature = "builder")]
    crate::builder::CODES,
    super::CODES,
]);

const HEAD: &str = "\
# Errors and exit codes

Generated from the codes that each module of `src/` declares (`codes.rs`) and from their pages in
`src/cli/error_pages/pages.rs`; a test fails when it is stale (`DHI_UPDATE=1 cargo test --test it docs` writes it).

An error is printed as `error[CODE]: what is wrong with which object`, its facts, and a `hint:`.
In JSON its member `code` has the code. Codes are stable.

## Exit codes

";

/// A page for a terminal with this number of columns.
pub(super) fn text(page: &ErrorPage, width: usize) -> String {
    let ErrorPage { code, cause, checked, remedy, example } = page;
    let mut text = format!("{code}: {}\n\nexit     {}\n", code.title(), code.exit().code());
    for (name, sentences) in [("cause", cause), ("checked", checked), ("to do", remedy)] {
        text.push_str(&wrapped(&format!("{name:9}"), sentences, width));
    }
    text.push_str(&format!("{:9}{example}\n", "example"));
    text
}

/// A text beside its name, in lines of at most `columns` columns. Further lines are indented by the width of the name.
pub(super) fn wrapped(name: &str, text: &str, columns: usize) -> String {
    let style = Style { width: Some(columns), ..Style::default() };
    style.lines(&format!("{name}{text}"), name.chars().count())
}

/// A page as Markdown.
fn markdown(page: &ErrorPage) -> String {
    let ErrorPage { code, cause, checked, remedy, example } = page;
    let mut title = code.title().chars();
    let first: String = title.next().into_iter().flat_map(char::to_uppercase).collect();
    let mut text = format!("### {code}\n\n{first}{}. Exit {}.\n\n", title.as_str(), code.exit().code());
    for (name, sentences) in [("Cause", cause), ("Checked", checked), ("To do", remedy)] {
        text.push_str(&bullet(&format!("{name}: {sentences}")));
    }
    text.push_str(&bullet(&format!("Example: `{example}`")));
    text
}

/// A list item of Markdown. It is broken at spaces into lines of at most 120 characters.
pub fn bullet(text: &str) -> String {
    let mut out = String::from("*");
    let mut line = 1;
    for word in text.split(' ') {
        let width = word.chars().count();
        if line > 1 && line + 1 + width > 120 {
            out.push_str("\n ");
            line = 1;
        }
        out.push(' ');
        out.push_str(word);
        line += 1 + width;
    }
    out.push('\n');
    out
}

/// `docs/errors.md`.
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&exit_codes::markdown());
    text.push_str("\n## Codes\n\n| code | exit | meaning |\n|---|---|---|\n");
    for ErrorPage { code, .. } in PAGES {
        let anchor = code.as_str().replace('/', "");
        text.push_str(&format!("| [{code}](#{anchor}) | {} | {} |\n", code.exit().code(), code.title()));
    }
    text.push_str(
        "\n## Limits\n\nAn object over a limit has the code `limits/exceeded`: it is not judged, and never passes. \
                 [limits.md](limits.md) lists all limits.\n\n## Pages\n\n",
    );
    let pages: Vec<String> = PAGES.iter().map(markdown).collect();
    text.push_str(&pages.join("\n"));
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::diagnostic::{Code, Exit};
    use crate::gate::LIBRARY_CODES;

    /// The ids that a source file declares.
    fn declared(path: &Path) -> Vec<String> {
        let source = std::fs::read_to_string(path).unwrap_or_default();
        let Some((_, list)) = source.split_once("\ncodes! {\n") else { return Vec::new() };
        let lines = list.split("\n}").next().unwrap().lines();
        lines.map(|line| line.split('"').nth(1).unwrap_or_else(|| panic!("{line}")).to_owned()).collect()
    }

    #[test]
    fn catalogue_has_the_codes_of_all_modules() {
        let known: BTreeSet<&str> = CATALOGUE.codes().map(Code::as_str).collect();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut all = 0;
        for module in std::fs::read_dir(&source).unwrap() {
            for file in ["codes.rs", "code.rs"] {
                let path = module.as_ref().unwrap().path().join(file);
                for id in declared(&path) {
                    assert!(
                        known.contains(id.as_str()),
                        "{}: `{id}` is not in the catalogue",
                        path.display()
                    );
                    all += 1;
                }
            }
        }
        assert_eq!(all, known.len());
    }

    #[test]
    fn the_library_reads_exceptions_for_every_policy_code() {
        // A lock and a build are no images that are judged: no policy reports their codes.
        let is_other = |code: &Code| ["build/", "lock/"].iter().any(|area| code.as_str().starts_with(area));
        let is_policy = |code: &Code| code.exit() == Exit::Fail && !is_other(code);
        for code in CATALOGUE.codes().filter(is_policy) {
            assert_eq!(LIBRARY_CODES.find(code.as_str()), Some(code), "{code}");
        }
    }

    #[test]
    fn long_list_items_are_broken_at_spaces() {
        assert_eq!(bullet("a `b c`."), "* a `b c`.\n");
        let word = "x".repeat(59);
        assert_eq!(bullet(&[word.as_str(); 3].join(" ")), format!("* {word}\n  {word}\n  {word}\n"));
        assert_eq!(bullet(&format!("{word} {} y", &word[1..])), format!("* {word} {}\n  y\n", &word[1..]));
    }

    #[test]
    fn each_code_has_one_page() {
        let pages: Vec<_> = PAGES.iter().map(|page| page.code).collect();
        let mut codes: Vec<_> = CATALOGUE.codes().collect();
        let mut sorted = pages.clone();
        sorted.sort();
        codes.sort();
        assert_eq!(sorted, codes);
    }

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let mut seen = BTreeSet::new();
        for code in CATALOGUE.codes() {
            let text = code.as_str();
            assert!(seen.insert(text), "{text}");
            let (area, name) = text.split_once('/').unwrap();
            for part in [area, name] {
                assert!(part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{text}");
            }
            assert_ne!(code.exit(), Exit::Pass, "{text}");
            assert_eq!(CATALOGUE.find(text), Some(code));
        }
    }

    #[test]
    fn titles_are_phrases_and_page_texts_are_sentences() {
        for ErrorPage { code, cause, checked, remedy, example } in PAGES {
            let title = code.title();
            assert!(title.starts_with(char::is_lowercase) && !title.ends_with('.'), "{code}: {title}");
            for text in [cause, checked, remedy] {
                assert!(text.starts_with(|c: char| c.is_uppercase() || c == '`'), "{code}: {text}");
                assert!(text.ends_with('.') && text.matches('`').count() % 2 == 0, "{code}: {text}");
            }
            assert!(example.starts_with("dhi "), "{code}: {example}");
        }
    }
}
