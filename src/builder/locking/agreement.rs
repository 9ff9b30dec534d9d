//! Whether a lock agrees with what its definition pins itself.
//!
//! A lock states the digest of what decides it, and somebody can edit the rest. What the definition pins or names counts.

use crate::builder::definition::{Checksum, Definition, RepositoryLine, SourceUrl, TargetPlatform};
use crate::builder::lock::{FilePin, Lock, PlatformLock, Reason, Substitution};

use super::convert::oci_platform;

/// The first part of `lock` that contradicts one of the definitions. `None` if they agree.
pub fn contradiction(lock: &Lock, definitions: &[(TargetPlatform, Definition)]) -> Option<String> {
    definitions.iter().find_map(|(platform, definition)| {
        let contents = definition.contents.as_ref()?;
        let files = contents.files.iter().find_map(|file| {
            let source = file.url.as_ref()?.value.as_ref()?;
            let url = source.to_string();
            let checksum = file.checksum.as_ref().and_then(|sum| sum.value.as_ref());
            let pin = lock.files.iter().find(|locked| locked.url == url).map(|locked| &locked.pin)?;
            let agrees = match (checksum, pin) {
                (Some(Checksum::Digest(digest)), FilePin::Digest(pin)) => digest == pin,
                (Some(Checksum::Commit(commit)), FilePin::Commit(pin)) => commit == pin,
                (Some(Checksum::Digest(_)), FilePin::Commit(_)) | (Some(Checksum::Commit(_)), _) => false,
                _ => match source {
                    SourceUrl::Git { .. } => source.commit().is_none_or(|commit| is_commit(pin, commit)),
                    SourceUrl::Web(_) => true,
                },
            };
            (!agrees).then(|| format!("the file `{url}`"))
        });
        let images = || {
            contents.artifacts.iter().find_map(|artifact| {
                let source = artifact.name.as_ref()?.value.as_ref()?;
                let digest = source.reference().digest.as_ref()?;
                let written = source.to_string();
                let locked = lock.artifacts.iter().find(|locked| locked.reference == written)?;
                let agrees = locked.digests.iter().all(|one| one.digest == *digest);
                (!agrees).then(|| format!("the image `{written}`"))
            })
        };
        let locked = lock.platform(&oci_platform(*platform));
        files.or_else(images).or_else(|| packages(lock, locked?, definition))
    })
}

fn is_commit(pin: &FilePin, commit: &str) -> bool {
    matches!(pin, FilePin::Commit(pin) if pin == commit)
}

/// Whether a text is a repository that is shown as `line`.
fn is_line(text: &str, line: &str) -> bool {
    text == line || text.parse::<RepositoryLine>().is_ok_and(|parsed| parsed.to_string() == line)
}

/// Repositories that the definition does not have, and requests that the lock does not have.
fn packages(lock: &Lock, locked: &PlatformLock, definition: &Definition) -> Option<String> {
    let contents = definition.contents.as_ref()?;
    let listed: Vec<String> = contents
        .repositories
        .iter()
        .filter_map(|repository| repository.value.as_ref())
        .map(ToString::to_string)
        .collect();
    let replaces = |line: &str| {
        lock.substitutions
            .iter()
            .any(|one| matches!(one, Substitution::Repository { to, .. } if is_line(to, line)))
    };
    let is_known =
        |line: &str| line.starts_with("debian ") || listed.iter().any(|one| one == line) || replaces(line);
    if let Some(other) = locked.repositories.iter().find(|repository| !is_known(&repository.line)) {
        return Some(format!("the repository `{}`", other.line));
    }
    contents.packages.iter().find_map(|package| {
        let request = package.value.as_ref()?;
        if request.is_excluded() {
            return None;
        }
        let name = request.name.as_str();
        let is_replaced = lock.substitutions.iter().any(|one| match one {
            Substitution::Package { from, .. } | Substitution::Dropped { from } => from == name,
            _ => false,
        });
        let is_there = locked.packages.iter().any(|locked| {
            locked.name == name
                || matches!(&locked.reason, Reason::Requested(entry) if entry == package.as_str())
        });
        (!is_replaced && !is_there).then(|| format!("the package `{}`", package.as_str()))
    })
}
