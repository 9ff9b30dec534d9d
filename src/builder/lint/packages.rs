//! Packages.

use std::collections::{HashMap, HashSet};

use super::linter::{Linter, shown};
use crate::builder::definition::{Contents, PackageRequest, Rule, Text, Variant};

/// Packages with a shell.
const SHELLS: &[&str] = &["bash", "busybox", "dash", "fish", "ksh", "mksh", "tcsh", "yash", "zsh"];

/// Packages that install packages.
const MANAGERS: &[&str] = &["apk-tools", "apt", "aptitude", "dpkg"];

/// Those of them that fetch packages.
const INSTALLERS: &[&str] = &["apk-tools", "apt", "aptitude"];

pub(super) fn check(linter: &mut Linter<'_>) {
    for (_, contents) in linter.contents() {
        check_lists(linter, contents);
    }
    if linter.is_image()
        && let Some(contents) = &linter.definition.contents
    {
        check_variant(linter, contents);
    }
}

/// The requests that are known before templates are evaluated.
fn requests(contents: &Contents) -> impl Iterator<Item = (&PackageRequest, &Text)> {
    contents.packages.iter().filter_map(|package| Some((package.value.as_ref()?, &package.text)))
}

fn check_lists(linter: &mut Linter<'_>, contents: &Contents) {
    let excluded = requests(contents).filter(|(request, _)| request.is_excluded());
    let excluded: HashSet<&str> = excluded.map(|(request, _)| request.name.as_str()).collect();
    let mut first: HashMap<(&str, bool), &Text> = HashMap::new();
    for (request, text) in requests(contents) {
        let name = request.name.as_str();
        if !request.is_excluded() && excluded.contains(name) {
            let message = format!("`{0}` is requested, and `!{0}` excludes it", shown(name));
            let finding = linter.finding(Rule::PACKAGE_AND_EXCLUSION, text.range.clone(), message);
            linter.report(finding.label("it is installed"));
        }
        if let Some(earlier) = first.insert((name, request.is_excluded()), text) {
            let message = match earlier.value == text.value {
                true => format!("the package `{}` is listed twice", shown(text)),
                false => format!("`{}` and `{}` request one package", shown(earlier), shown(text)),
            };
            linter.find(Rule::DUPLICATE_PACKAGE, text.range.clone(), message);
        }
    }
}

fn check_variant(linter: &mut Linter<'_>, contents: &Contents) {
    let definition = linter.definition;
    let wanted = || requests(contents).filter(|(request, _)| !request.is_excluded());
    match definition.variant() {
        Variant::Runtime => {
            for (request, text) in wanted() {
                let name = request.name.as_str();
                // Flavors are made for a purpose that may need a shell.
                if SHELLS.contains(&name) && definition.flavor.is_none() {
                    let message = format!("a runtime image has the shell `{name}`");
                    linter.find(Rule::RUNTIME_SHELL, text.range.clone(), message);
                }
                if MANAGERS.contains(&name) {
                    let message = format!("a runtime image has the package manager `{name}`");
                    linter.find(Rule::RUNTIME_PACKAGE_MANAGER, text.range.clone(), message);
                }
            }
        }
        Variant::Dev if ["contents", "packages"].iter().any(|key| linter.unread.is_misspelled(key)) => {}
        Variant::Dev if !wanted().any(|(request, _)| INSTALLERS.contains(&request.name.as_str())) => {
            let message = "a dev image has neither `apt` nor `apk-tools`";
            linter.find(Rule::DEV_PACKAGE_MANAGER, linter.head(), message);
        }
        _ => {}
    }
}
