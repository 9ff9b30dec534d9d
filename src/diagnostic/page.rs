//! The pages of the error catalogue as Markdown.

use super::{PAGES, Page};
use crate::limits::Limits;

const HEAD: &str = "\
# Errors and exit codes

Generated from `src/diagnostic/catalogue.rs`; a test fails when it is stale (`DHI_UPDATE=1 cargo test --test it docs` writes it).

An error is printed as `error[ID]: what is wrong with which thing`, the facts side by side, and a `hint:`.
In JSON it is an object with the same `id`. Ids are stable.

## Exit codes

| code | meaning |
|---|---|
| 0 | everything asked for holds |
| 1 | a gate said no |
| 2 | wrong usage or unreadable input |
| 3 | something does not exist: image, platform, attestation or signature |
| 4 | a proof is bad: wrong key, tampered bytes, bad log entry, subject mismatch, key outside its window |
| 5 | not allowed: login missing or refused |
| 6 | not available: network, timeout, rate limit, registry error |
| 70 | a bug: please report it |

When several apply, the most severe wins in this order: 70, 4, 5, 6, 3, 2, 1.

";

impl Page {
    /// The page for a terminal.
    pub fn text(&self) -> String {
        let Self { code, cause, checked, remedy, example } = self;
        let (title, exit) = (code.title(), code.exit().code());
        format!(
            "{code}: {title}\n\nexit     {exit}\ncause    {cause}\nchecked  {checked}\nto do    {remedy}\nexample  \
             {example}\n"
        )
    }

    /// The page as Markdown.
    pub fn markdown(&self) -> String {
        let Self { code, cause, checked, remedy, example } = self;
        let sentence = |text: &str| {
            let mut letters = text.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                .unwrap_or_default()
        };
        format!(
            "### {code}\n\n{}. Exit {}.\n\n* Cause: {cause}\n* Checked: {checked}\n* To do: {remedy}\n* Example: \
             `{example}`\n",
            sentence(code.title()),
            code.exit().code(),
        )
    }
}

/// `docs/errors.md`.
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("## Ids\n\n| id | exit | meaning |\n|---|---|---|\n");
    for Page { code, .. } in PAGES {
        let anchor = code.as_str().replace('/', "");
        text.push_str(&format!("| [{code}](#{anchor}) | {} | {} |\n", code.exit().code(), code.title()));
    }
    text.push_str(
        "\n## Limits\n\nWhat is over one of them is `limits/exceeded`: not judged, and never a pass.\n\n",
    );
    text.push_str("| what | at most |\n|---|---|\n");
    for (what, limit) in Limits::default().describe() {
        text.push_str(&format!("| {what} | {limit} |\n"));
    }
    text.push_str("\n## Pages\n\n");
    let pages: Vec<String> = PAGES.iter().map(Page::markdown).collect();
    text.push_str(&pages.join("\n"));
    text
}
