//! Users, groups, and the user that runs the image.

use std::collections::{HashMap, HashSet};

use super::linter::{Linter, shown, similar};
use super::run_as::RunAs;
use crate::builder::definition::{Accounts, Rule, Spanned, Text, Variant};

/// The annotation of images that cannot run without root.
const ROOT_REQUIRED: &str = "com.docker.dhi.runtime-root-required";

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    if linter.is_image() {
        check_root(linter);
    }
    let Some(accounts) = &definition.accounts else { return };
    // An account with an error is absent.
    if linter.unread.is_in(&accounts.range) {
        return;
    }
    if linter.is_whole()
        && let Some(run_as) = &accounts.run_as
    {
        check_run_as(linter, accounts, run_as);
    }
    check_numbers(linter, accounts);
    let groups: HashSet<u32> = accounts.groups.iter().map(|group| group.gid.value).collect();
    for user in accounts.users.iter().filter(|user| user.gid.value != 0 && !groups.contains(&user.gid.value))
    {
        let message =
            format!("no group has the number {}, the group of `{}`", user.gid.value, shown(&user.name));
        linter.find(Rule::UNDECLARED_GROUP, user.gid.range.clone(), message);
    }
    let users: HashSet<&str> = accounts.users.iter().map(|user| user.name.value.as_str()).collect();
    for group in &accounts.groups {
        let is_missing = |member: &&Text| !users.contains(member.value.as_str()) && member.value != "root";
        for member in group.members.iter().filter(is_missing) {
            let message = format!(
                "the member `{}` of the group `{}` is no user of the definition",
                shown(member),
                shown(&group.name)
            );
            linter.find(Rule::UNDECLARED_MEMBER, member.range.clone(), message);
        }
    }
}

/// Accounts with other names and one number.
fn check_numbers(linter: &mut Linter<'_>, accounts: &Accounts) {
    let is_root = accounts.root.as_ref().is_some_and(|root| root.value);
    let root = is_root.then_some((0, "root"));
    let users = accounts.users.iter().map(|user| (&user.name, &user.uid));
    check_distinct(linter, root.into_iter().collect(), users);
    let groups = accounts.groups.iter().map(|group| (&group.name, &group.gid));
    check_distinct(linter, HashMap::new(), groups);
}

fn check_distinct<'a>(
    linter: &mut Linter<'_>,
    mut known: HashMap<u32, &'a str>,
    accounts: impl Iterator<Item = (&'a Text, &'a Spanned<u32>)>,
) {
    for (name, number) in accounts {
        let first = *known.entry(number.value).or_insert(name.value.as_str());
        if first != name.value {
            let message = format!("`{}` has the number {} of `{}`", shown(name), number.value, shown(first));
            linter.find(Rule::SHARED_ID, number.range.clone(), message);
        }
    }
}

fn check_run_as(linter: &mut Linter<'_>, accounts: &Accounts, written: &Text) {
    let users = || accounts.users.iter().map(|user| user.name.value.as_str());
    match RunAs::of(written) {
        Some(RunAs::Name("root")) => {
            let is_declared = accounts.root.as_ref().is_some_and(|root| root.value);
            if !is_declared && !users().any(|name| name == "root") {
                let message = "the image runs as `root`, and there is no `root: true`";
                let finding = linter.finding(Rule::ROOT_NOT_DECLARED, written.range.clone(), message);
                linter.report(finding.label("this user does not exist in the image"));
            }
        }
        Some(RunAs::Name(name)) if !users().any(|user| user == name) => {
            let message = format!("the image runs as `{}`, and no user has that name", shown(name));
            let finding = linter.finding(Rule::RUN_AS_NOT_DECLARED, written.range.clone(), message);
            linter.report(match similar(name, users()) {
                Some(user) => linter.suggest(finding, written, user),
                None => finding.label("this user does not exist in the image"),
            });
        }
        _ => {}
    }
}

/// Whether the user fits the variant of the image.
fn check_root(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    let accounts = definition.accounts.as_ref();
    let run_as = accounts.and_then(|accounts| accounts.run_as.as_ref());
    let is_unread = linter.unread.is_misspelled("accounts")
        || accounts.is_some_and(|accounts| linter.unread.is_in(&accounts.range));
    match definition.variant() {
        _ if is_unread => {}
        Variant::Runtime if definition.runs_as_root() => {
            let required = definition.annotations.get(ROOT_REQUIRED);
            if required.is_none_or(|required| required.value != "true") {
                let (range, message) = match run_as.filter(|user| !user.is_empty()) {
                    Some(user) => (user.range.clone(), "a runtime image runs as root"),
                    None => (linter.head(), "a runtime image without `run-as` runs as root"),
                };
                linter.find(Rule::RUNS_AS_ROOT, range, message);
            }
        }
        Variant::Dev if !definition.runs_as_root() => {
            if let Some(user) = run_as.filter(|user| RunAs::of(user).is_some()) {
                let message = format!("a dev image runs as `{}`, which cannot install packages", shown(user));
                linter.find(Rule::DEV_RUNS_AS_USER, user.range.clone(), message);
            }
        }
        _ => {}
    }
}
