//! What differs between two locks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::model::{FilePin, Identity, Lock, Package, PlatformLock, Repository, Substitution};
use crate::oci::Platform;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What differs.
    pub subject: Subject,
    /// How.
    pub change: Change,
    /// The platforms on which it does. Empty for what is not of a platform.
    pub platforms: Vec<Platform>,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Subject {
    /// The definition.
    Definition,
    /// A platform as a whole.
    Platform(String),
    /// A package repository, by its line, with the component in brackets.
    Repository(String),
    /// A package, by its name.
    Package(String),
    /// A dependency that exclusions leave unmet: whose, and which.
    Waived(String),
    /// A choice among packages, by the name that was looked for.
    Choice(String),
    /// An image, by its reference.
    Artifact(String),
    /// A file, by its URL.
    File(String),
    /// A key, by its URL.
    Key(String),
    /// A substitution, by what is replaced.
    Substitution(String),
}

/// How it differs. Versions, dates and digests are texts here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Change {
    /// The newer lock has it.
    Added {
        /// The value.
        to: String,
    },
    /// The older lock had it.
    Removed {
        /// The value.
        from: String,
    },
    /// Another value.
    Changed {
        /// The older value.
        from: String,
        /// The newer value.
        to: String,
    },
    /// Other bytes under the same version or address. Nothing does that by itself: see [`Row::is_suspicious`].
    OtherBytes {
        /// The version or address that both have.
        same: String,
        /// The older digest.
        from: String,
        /// The newer digest.
        to: String,
    },
}

impl Row {
    /// Whether somebody must look: bytes changed where they should never change, or a key did.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        matches!(self.change, Change::OtherBytes { .. })
    }
}

impl Subject {
    /// Its kind, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Platform(_) => "platform",
            Self::Repository(_) => "repository",
            Self::Package(_) => "package",
            Self::Waived(_) => "waived",
            Self::Choice(_) => "choice",
            Self::Artifact(_) => "artifact",
            Self::File(_) => "file",
            Self::Key(_) => "key",
            Self::Substitution(_) => "substitution",
        }
    }

    /// Which one of its kind. There is one definition.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Definition => None,
            Self::Platform(name)
            | Self::Repository(name)
            | Self::Package(name)
            | Self::Waived(name)
            | Self::Choice(name)
            | Self::Artifact(name)
            | Self::File(name)
            | Self::Key(name)
            | Self::Substitution(name) => Some(name),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self.name() {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

/// The state of a subject in one lock.
#[derive(Clone, PartialEq, Eq)]
struct State {
    /// What people compare: a version, a date, a digest.
    value: String,
    /// The bytes behind it, if the same value must mean the same bytes.
    bytes: Option<String>,
}

/// Lists what differs from `old` to `new`, sorted by subject. Equal differences of several platforms are one row.
///
/// Reasons, warnings and sizes are left out: they follow from the rest.
#[must_use]
pub fn diff(old: &Lock, new: &Lock) -> Vec<Row> {
    let mut rows = BTreeMap::<(Subject, Change), BTreeSet<Platform>>::new();
    for (subject, change) in changes(&whole(old), &whole(new)) {
        rows.entry((subject, change)).or_default();
    }
    let platforms: BTreeSet<Platform> =
        old.platforms.iter().chain(&new.platforms).map(|one| one.platform.clone()).collect();
    for platform in platforms {
        let change = match (old.platform(&platform), new.platform(&platform)) {
            (Some(old), Some(new)) => {
                for (subject, change) in changes(&of_platform(old), &of_platform(new)) {
                    rows.entry((subject, change)).or_default().insert(platform.clone());
                }
                continue;
            }
            (None, Some(new)) => Change::Added { to: size(new) },
            (Some(old), None) => Change::Removed { from: size(old) },
            (None, None) => continue,
        };
        let subject = Subject::Platform(platform.to_string());
        rows.entry((subject, change)).or_default().insert(platform);
    }
    let rows = rows.into_iter();
    rows.map(|((subject, change), platforms)| Row {
        subject,
        change,
        platforms: platforms.into_iter().collect(),
    })
    .collect()
}

fn size(platform: &PlatformLock) -> String {
    match platform.packages.len() {
        1 => "1 package".to_owned(),
        count => format!("{count} packages"),
    }
}

type States = BTreeMap<Subject, State>;

fn changes(old: &States, new: &States) -> Vec<(Subject, Change)> {
    let mut found = Vec::new();
    for (subject, before) in old {
        let change = match new.get(subject) {
            Some(after) if after == before => continue,
            None => Change::Removed { from: before.value.clone() },
            Some(after) => match (&before.bytes, &after.bytes) {
                (Some(from), Some(to)) if before.value == after.value => {
                    Change::OtherBytes { same: after.value.clone(), from: from.clone(), to: to.clone() }
                }
                _ => Change::Changed { from: before.value.clone(), to: after.value.clone() },
            },
        };
        found.push((subject.clone(), change));
    }
    let added = new.iter().filter(|(subject, _)| !old.contains_key(subject));
    found.extend(added.map(|(subject, after)| (subject.clone(), Change::Added { to: after.value.clone() })));
    found
}

/// What is not of a platform.
fn whole(lock: &Lock) -> States {
    let mut states = States::new();
    let plain = |value: String| State { value, bytes: None };
    states.insert(Subject::Definition, plain(lock.definition.to_string()));
    for substitution in &lock.substitutions {
        let (from, to) = match substitution {
            Substitution::Repository { from, to } | Substitution::Package { from, to } => (from, to.as_str()),
            Substitution::Dropped { from } | Substitution::DroppedRepository { from } => (from, "dropped"),
        };
        states.insert(Subject::Substitution(from.clone()), plain(to.to_owned()));
    }
    for key in &lock.keys {
        let value = if key.fingerprints.is_empty() { key.url.clone() } else { key.fingerprints.join(" ") };
        // Other fingerprints are other bytes too, and more so.
        let bytes = Some(format!("{} ({value})", key.digest));
        states.insert(Subject::Key(key.url.clone()), State { value: key.url.clone(), bytes });
    }
    for artifact in &lock.artifacts {
        let digests = artifact.digests.iter().map(|one| format!("{} {}", one.platform, one.digest));
        let value = digests.collect::<Vec<_>>().join(", ");
        states.insert(Subject::Artifact(artifact.reference.clone()), plain(value));
    }
    for file in &lock.files {
        let state = match &file.pin {
            FilePin::Digest(digest) => State { value: file.url.clone(), bytes: Some(digest.to_string()) },
            FilePin::Commit(commit) => plain(commit.clone()),
        };
        states.insert(Subject::File(file.url.clone()), state);
    }
    states
}

fn of_platform(platform: &PlatformLock) -> States {
    let mut states = States::new();
    for repository in &platform.repositories {
        // A line can name several components.
        let subject = match repository.suite.as_ref().and_then(|suite| suite.component.as_ref()) {
            Some(component) => format!("{} [{component}]", repository.line),
            None => repository.line.clone(),
        };
        states.insert(Subject::Repository(subject), repository_state(repository));
    }
    for package in &platform.packages {
        states.insert(Subject::Package(package.name.clone()), package_state(package));
    }
    for waived in &platform.waived {
        let dependency = &waived.dependency;
        let subject = format!("{}: {}: {}", dependency.by, dependency.field, dependency.relation);
        let excluded = waived.excluded.iter().map(|one| format!("{} {}", one.name, one.version));
        let value = excluded.collect::<Vec<_>>().join(", ");
        states.insert(Subject::Waived(subject), State { value, bytes: None });
    }
    for choice in &platform.choices {
        let subject = match &choice.dependency {
            Some(dependency) => format!("{} ({}: {})", choice.name, dependency.by, dependency.relation),
            None => choice.name.clone(),
        };
        states.insert(Subject::Choice(subject), State { value: choice.taken.clone(), bytes: None });
    }
    states
}

/// The date and the index. An index that changes without a new date is suspicious.
fn repository_state(repository: &Repository) -> State {
    match &repository.suite {
        Some(suite) => {
            State { value: suite.date.to_string(), bytes: Some(repository.index.digest.to_string()) }
        }
        None => State { value: repository.index.digest.to_string(), bytes: None },
    }
}

fn package_state(package: &Package) -> State {
    let bytes = match &package.identity {
        Identity::Deb(digest) => Some(digest.to_string()),
        Identity::Apk { checksum, .. } => Some(checksum.to_string()),
    };
    State { value: package.version.clone(), bytes }
}
