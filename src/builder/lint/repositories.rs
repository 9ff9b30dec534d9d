//! Package repositories and their keys.

use std::collections::HashSet;

use super::linter::{Linter, shown};
use crate::builder::definition::{Contents, RepositoryLine, Rule, WebUrl};

/// The host of the repositories of hardened packages, which no built-in key signs.
const HARDENED: &str = "dhi.io";

pub(super) fn check(linter: &mut Linter<'_>) {
    let product = linter.definition.contents.as_ref();
    let is_misspelled = linter.unread.is_misspelled("keyring");
    for (stage, contents) in linter.contents() {
        // A stage without keys uses those of the product.
        let inherited = product.filter(|_| stage.is_some());
        let has_keys = is_misspelled
            || !contents.keyring.is_empty()
            || inherited.is_some_and(|product| !product.keyring.is_empty());
        check_contents(linter, contents, has_keys);
    }
}

fn check_contents(linter: &mut Linter<'_>, contents: &Contents, has_keys: bool) {
    for key in &contents.keyring {
        if key.value.as_ref().is_some_and(WebUrl::is_plain_http) {
            let finding = linter.finding(
                Rule::PLAIN_HTTP_KEY,
                key.text.range.clone(),
                "the key is fetched over plain HTTP",
            );
            linter.report(finding.label("anyone on the way can change it"));
        }
    }
    let mut seen = HashSet::new();
    for repository in &contents.repositories {
        let range = repository.text.range.clone();
        if !seen.insert(repository.as_str()) {
            let message = format!("the repository `{}` is listed twice", shown(repository.as_str()));
            linter.find(Rule::DUPLICATE_REPOSITORY, range.clone(), message);
        }
        let Some(line) = &repository.value else { continue };
        let is_hardened = line.url().host() == HARDENED;
        if is_hardened && !has_keys && linter.is_whole() {
            let message = "a repository of dhi.io needs its key in `keyring`";
            linter.find(Rule::NO_KEYRING, range.clone(), message);
        }
        if line.url().is_plain_http() && !is_hardened {
            let message = format!("the repository of `{}` is read over plain HTTP", shown(line.url().host()));
            linter.find(Rule::PLAIN_HTTP_REPOSITORY, range.clone(), message);
        }
        if let RepositoryLine::Deb(deb) = line
            && deb.signed_by.is_empty()
        {
            let message = "without `signed-by`, only the keys of Debian can sign this repository";
            linter.find(Rule::NO_SIGNED_BY, range, message);
        }
    }
}
