//! What `dhi definition lock` shows.

use crate::builder::lock::{Change, Lock, PlatformLock, Reason, Row};
use crate::report::columns::{Cell, Tone, columns};
use crate::report::style::Style;

/// One line: packages by platform, and the rest.
pub(in crate::cli) fn summary(lock: &Lock) -> String {
    let packages = lock
        .platforms
        .iter()
        .map(|platform| format!("{} for {}", counted(platform.packages.len(), "package"), platform.platform));
    let others = [
        (lock.files.len(), "file"),
        (lock.artifacts.len(), "image"),
        (lock.substitutions.len(), "substitution"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what));
    packages.chain(others).collect::<Vec<_>>().join(", ")
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The differences between two locks as a table.
pub(in crate::cli) fn changes(rows: &[Row], style: Style) -> String {
    let rows = rows.iter().map(|row| {
        let tone = if row.is_suspicious() { Tone::Bad } else { Tone::Plain };
        let (from, to) = values(&row.change);
        let platforms: Vec<String> = row.platforms.iter().map(ToString::to_string).collect();
        vec![
            Cell::new(row.subject.to_string(), tone),
            Cell::new(from, tone),
            Cell::new(to, tone),
            Cell::new(platforms.join(", "), tone),
        ]
    });
    columns(["", "FROM", "TO", "PLATFORMS"], rows, style)
}

/// The older and the newer value. Empty where there is none.
pub(super) fn values(change: &Change) -> (String, String) {
    match change {
        Change::Added { to } => (String::new(), to.clone()),
        Change::Removed { from } => (from.clone(), String::new()),
        Change::Changed { from, to } => (from.clone(), to.clone()),
        Change::OtherBytes { same, from, to } => (format!("{same} ({from})"), format!("{same} ({to})")),
    }
}

/// Why a package is in a lock, for each platform. Equal answers are one. `None` if it is not there.
pub(super) fn why(lock: &Lock, name: &str) -> Option<String> {
    let mut answers: Vec<(Vec<String>, String)> = Vec::new();
    for platform in &lock.platforms {
        let Some(answer) = chain(platform, name) else { continue };
        let shown = platform.platform.to_string();
        match answers.iter_mut().find(|(_, known)| *known == answer) {
            Some((platforms, _)) => platforms.push(shown),
            None => answers.push((vec![shown], answer)),
        }
    }
    if answers.is_empty() {
        return None;
    }
    let parts = answers.into_iter().map(|(platforms, answer)| format!("{}\n{answer}", platforms.join(", ")));
    Some(parts.collect::<Vec<_>>().join("\n"))
}

/// The steps from the definition to a package, a line each.
fn chain(platform: &PlatformLock, name: &str) -> Option<String> {
    let steps = platform.why(name);
    let last = steps.last()?.package;
    let mut text = String::new();
    for (depth, step) in steps.iter().enumerate() {
        let package = step.package;
        let reason = match &package.reason {
            Reason::Requested(entry) => format!("the definition lists `{entry}`"),
            Reason::Needed(dependency) => {
                format!("`{}` has `{}: {}`", dependency.by, dependency.field, dependency.relation)
            }
            Reason::Implied => "the distribution demands it".to_owned(),
            Reason::Condition { terms, .. } => format!("all of these are there: `{}`", terms.join("`, `")),
        };
        let indent = "  ".repeat(depth + 1);
        text.push_str(&format!("{indent}{} {}: {reason}\n", package.name, package.version));
    }
    let repository = platform.repositories.get(last.repository).map_or("", |repository| &repository.line);
    text.push_str(&format!("  from `{repository}`, {} bytes\n", last.size));
    Some(text)
}
