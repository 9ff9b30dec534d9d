//! Puts the choice of packages into words.

use crate::builder::definition::TargetPlatform;
use crate::builder::packages::apk::resolve::Trouble;
use crate::builder::packages::{Available, Failure, Link, Problem, Warning};
use crate::builder::repositories::{Loaded, LoadedRepository};
use crate::diagnostic::{Code, Diagnostic};

/// A warning as a sentence.
pub(super) fn warning(warning: &Warning, loaded: &Loaded) -> String {
    let repository = |at: usize| loaded.entries.get(at).map_or_else(String::new, LoadedRepository::shown);
    match warning {
        Warning::Tie(choice) => {
            let names: Vec<String> =
                choice.candidates.iter().map(|candidate| format!("`{}`", candidate.name)).collect();
            format!(
                "`{}` is provided by {}, which are equally good: `{}` was taken, the first by name; list one of them \
                 to decide",
                choice.name,
                names.join(", "),
                choice.taken
            )
        }
        Warning::OtherBytes { name, version, taken, others } => {
            let others: Vec<String> =
                others.iter().map(|other| format!("`{}`", repository(*other))).collect();
            format!(
                "`{name}` {version} has other bytes in {}: that of `{}` was taken, which is listed first",
                others.join(", "),
                repository(*taken)
            )
        }
        Warning::ListedAndExcluded { name } => format!("`{name}` is listed and excluded: it is installed"),
        Warning::Provided { entry, taken } => {
            format!("no package is named `{entry}`: `{taken}` was taken, which provides it")
        }
        Warning::UnknownExclusion { name } => format!("no package has the excluded name `{name}`"),
    }
}

/// The failures of a search as one error. Each failure after the first is a fact of its own.
pub(super) fn failures(
    platform: TargetPlatform,
    failures: &[Failure],
    repositories: &[String],
) -> Diagnostic {
    let mut texts = failures.iter().map(|failure| (failure.to_string(), details(failure, repositories)));
    let (first, facts) = texts.next().unwrap_or_else(|| ("no packages".to_owned(), Vec::new()));
    let mut diagnostic = Diagnostic::new(Code::PACKAGES_UNSOLVED, format!("{platform}: {first}"));
    for (name, value) in facts {
        diagnostic = diagnostic.fact(name, value);
    }
    for (text, facts) in texts {
        diagnostic = diagnostic.fact("also", text);
        for (name, value) in facts {
            diagnostic = diagnostic.fact(name, value);
        }
    }
    diagnostic
}

/// What is broken in a choice of Alpine's packages as one error.
pub(super) fn troubles(platform: TargetPlatform, troubles: &[Trouble]) -> Diagnostic {
    let mut texts = troubles.iter().map(ToString::to_string);
    let first = texts.next().unwrap_or_else(|| "no packages".to_owned());
    let diagnostic = Diagnostic::new(Code::PACKAGES_UNSOLVED, format!("{platform}: {first}"));
    texts.fold(diagnostic, |diagnostic, text| diagnostic.fact("also", text))
}

/// What helps to understand a failure.
fn details(failure: &Failure, repositories: &[String]) -> Vec<(&'static str, String)> {
    match failure {
        Failure::NoPackage { closest, .. } if !closest.is_empty() => {
            vec![("similar", closest.join(", "))]
        }
        Failure::NotInstallable { chain, problem, .. } => {
            let mut facts = vec![("because", links(chain))];
            match problem {
                Problem::Conflict { chain, .. } if !chain.is_empty() => facts.push(("and", links(chain))),
                Problem::OtherVersion { elsewhere, .. } if !elsewhere.is_empty() => {
                    facts.push(("list", available(elsewhere, repositories)));
                }
                _ => {}
            }
            facts
        }
        _ => Vec::new(),
    }
}

/// A chain of packages: `redis 5:8.0 needs libc6 2.41`.
fn links(chain: &[Link]) -> String {
    let names: Vec<String> = chain.iter().map(|link| format!("{} {}", link.package, link.version)).collect();
    names.join(" → ")
}

fn available(versions: &[Available], repositories: &[String]) -> String {
    let shown = versions.iter().map(|one| {
        let repository = one.repository.and_then(|at| repositories.get(at));
        let of = repository.map_or_else(String::new, |line| format!(" (of {line})"));
        format!("{}={}{of}", one.name, one.version)
    });
    shown.collect::<Vec<_>>().join(", ")
}
