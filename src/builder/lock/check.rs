//! What a well-formed lock is, beyond its types.

use std::collections::HashSet;

use super::error::{Cause, Error};
use super::limits::{LOCK_ENTRIES, LOCK_KEY, LOCK_PACKAGES, LOCK_PLATFORMS, LOCK_REPOSITORIES, LOCK_TEXT};
use super::model::{
    Artifact, Dependency, FilePin, Identity, Key, Lock, LockedFile, Package, PlatformLock, Reason,
    Repository, RepositoryKind, Substitution,
};
use crate::limits::Exceeded;
use crate::oci::{Digest, acts};

/// Checks a lock that was read, or that is to be written.
///
/// # Errors
///
/// [`Error::Invalid`] for the first entry that is not well-formed, [`Error::Limit`].
pub(super) fn check(lock: &Lock) -> Result<(), Error> {
    let place = Place("lock");
    place.sha256("definition", &lock.definition)?;
    count(&lock.substitutions, LOCK_ENTRIES, "substitutions")?;
    let mut names = Names::default();
    for substitution in &lock.substitutions {
        check_substitution(substitution, &mut names)?;
    }
    count(&lock.keys, LOCK_ENTRIES, "keys")?;
    let mut names = Names::default();
    for key in &lock.keys {
        check_key(key, &mut names)?;
    }
    count(&lock.artifacts, LOCK_ENTRIES, "artifacts")?;
    let mut names = Names::default();
    for artifact in &lock.artifacts {
        check_artifact(artifact, &mut names)?;
    }
    count(&lock.files, LOCK_ENTRIES, "files")?;
    let mut names = Names::default();
    for file in &lock.files {
        check_file(file, &mut names)?;
    }
    count(&lock.platforms, LOCK_PLATFORMS, "platforms")?;
    let mut names = Names::default();
    for platform in &lock.platforms {
        let name = platform.platform.to_string();
        names.add(platform.platform.normalized().to_string(), &Place(&name))?;
        check_platform(platform, &name)?;
    }
    Ok(())
}

/// The entry that an error names.
struct Place<'a>(&'a str);

impl Place<'_> {
    fn wrong(&self, cause: Cause) -> Error {
        Error::Invalid { place: self.0.chars().filter(|one| !acts(*one)).take(200).collect(), cause }
    }

    /// A sentence or a line.
    fn text(&self, member: &'static str, text: &str) -> Result<(), Error> {
        if text.len() > LOCK_TEXT {
            let measured = format!("`{member}` of {} bytes in the lock", text.len());
            return Err(Exceeded::new(measured, LOCK_TEXT, "bytes").into());
        }
        if text.is_empty() {
            return Err(self.wrong(Cause::Empty { member }));
        }
        match text.chars().find(|character| acts(*character)) {
            Some(character) => Err(self.wrong(Cause::Character { member, character })),
            None => Ok(()),
        }
    }

    /// A name, a version, a URL.
    fn word(&self, member: &'static str, text: &str) -> Result<(), Error> {
        self.text(member, text)?;
        if text.contains(char::is_whitespace) { Err(self.wrong(Cause::Space { member })) } else { Ok(()) }
    }

    fn word_or_nothing(&self, member: &'static str, text: &str) -> Result<(), Error> {
        if text.is_empty() { Ok(()) } else { self.word(member, text) }
    }

    /// A path below a repository.
    fn path(&self, path: &str) -> Result<(), Error> {
        self.text("path", path)?;
        let leads_out = path.contains('\\') || path.split('/').any(|part| matches!(part, "" | "." | ".."));
        if leads_out { Err(self.wrong(Cause::Path { path: path.to_owned() })) } else { Ok(()) }
    }

    fn sha256(&self, member: &'static str, digest: &Digest) -> Result<(), Error> {
        match digest {
            Digest::Sha256(_) => Ok(()),
            _ => Err(self.wrong(Cause::Algorithm { member })),
        }
    }

    fn dependency(&self, dependency: &Dependency) -> Result<(), Error> {
        self.word("by", &dependency.by)?;
        self.word("field", &dependency.field)?;
        self.text("relation", &dependency.relation)
    }
}

/// The entries of a list, each of which may be there once.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn add(&mut self, name: String, place: &Place<'_>) -> Result<(), Error> {
        if self.0.insert(name) { Ok(()) } else { Err(place.wrong(Cause::Twice)) }
    }
}

fn count<T>(items: &[T], limit: usize, unit: &str) -> Result<(), Error> {
    if items.len() > limit {
        return Err(Exceeded::new(format!("a lock with {} {unit}", items.len()), limit, unit).into());
    }
    Ok(())
}

fn check_substitution(substitution: &Substitution, names: &mut Names) -> Result<(), Error> {
    let (kind, from, to) = match substitution {
        Substitution::Repository { from, to } => ("repository", from, Some(to)),
        Substitution::DroppedRepository { from } => ("repository", from, None),
        Substitution::Package { from, to } => ("package", from, Some(to)),
        Substitution::Dropped { from } => ("package", from, None),
    };
    let name = format!("substitution of the {kind} {from}");
    let place = Place(&name);
    place.text("from", from)?;
    to.map_or(Ok(()), |to| place.text("to", to))?;
    names.add(format!("{kind} {from}"), &place)
}

fn check_key(key: &Key, names: &mut Names) -> Result<(), Error> {
    let name = format!("key {}", key.url);
    let place = Place(&name);
    place.word("url", &key.url)?;
    names.add(key.url.clone(), &place)?;
    if key.bytes.len() > LOCK_KEY {
        let measured = format!("a key of {} bytes in the lock", key.bytes.len());
        return Err(Exceeded::new(measured, LOCK_KEY, "bytes").into());
    }
    place.sha256("digest", &key.digest)?;
    if !key.digest.matches(&key.bytes) {
        return Err(place.wrong(Cause::KeyDigest));
    }
    count(&key.fingerprints, LOCK_ENTRIES, "fingerprints")?;
    let mut fingerprints = Names::default();
    for fingerprint in &key.fingerprints {
        if !is_hex(fingerprint, |digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')) {
            return Err(place.wrong(Cause::Fingerprint));
        }
        fingerprints.add(fingerprint.clone(), &place)?;
    }
    Ok(())
}

fn check_artifact(artifact: &Artifact, names: &mut Names) -> Result<(), Error> {
    let name = format!("artifact {}", artifact.reference);
    let place = Place(&name);
    place.word("reference", &artifact.reference)?;
    names.add(artifact.reference.clone(), &place)?;
    count(&artifact.digests, LOCK_PLATFORMS, "digests")?;
    let mut platforms = Names::default();
    artifact.digests.iter().try_for_each(|one| platforms.add(one.platform.normalized().to_string(), &place))
}

fn check_file(file: &LockedFile, names: &mut Names) -> Result<(), Error> {
    let name = format!("file {}", file.url);
    let place = Place(&name);
    place.word("url", &file.url)?;
    names.add(file.url.clone(), &place)?;
    match &file.pin {
        FilePin::Digest(digest) => place.sha256("digest", digest),
        FilePin::Commit(commit) if is_hex(commit, |digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) => {
            Ok(())
        }
        FilePin::Commit(_) => Err(place.wrong(Cause::Commit)),
    }
}

/// Whether it is a whole SHA-1 or SHA-256.
fn is_hex(text: &str, is_digit: impl Fn(u8) -> bool) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(is_digit)
}

fn check_platform(platform: &PlatformLock, name: &str) -> Result<(), Error> {
    let place = Place(name);
    count(&platform.repositories, LOCK_REPOSITORIES, "repositories")?;
    let mut names = Names::default();
    for repository in &platform.repositories {
        check_repository(repository, name, &mut names)?;
    }
    count(&platform.packages, LOCK_PACKAGES, "packages")?;
    let mut names = Names::default();
    for package in &platform.packages {
        let name = format!("{name}, package {}", package.name);
        let place = Place(&name);
        check_package(package, platform, &place)?;
        names.add(package.name.clone(), &place)?;
    }
    count(&platform.waived, LOCK_ENTRIES, "waived dependencies")?;
    for waived in &platform.waived {
        place.dependency(&waived.dependency)?;
        count(&waived.excluded, LOCK_ENTRIES, "excluded packages")?;
        for excluded in &waived.excluded {
            place.word("name", &excluded.name)?;
            place.word_or_nothing("version", &excluded.version)?;
        }
    }
    count(&platform.choices, LOCK_ENTRIES, "choices")?;
    for choice in &platform.choices {
        place.word("name", &choice.name)?;
        place.word("taken", &choice.taken)?;
        choice.dependency.as_ref().map_or(Ok(()), |dependency| place.dependency(dependency))?;
        count(&choice.candidates, LOCK_ENTRIES, "candidates")?;
        for candidate in &choice.candidates {
            place.word("name", &candidate.name)?;
            place.word("version", &candidate.version)?;
            place.word_or_nothing("priority", &candidate.priority)?;
        }
    }
    count(&platform.warnings, LOCK_ENTRIES, "warnings")?;
    platform.warnings.iter().try_for_each(|warning| place.text("warnings", warning))
}

fn check_repository(repository: &Repository, platform: &str, names: &mut Names) -> Result<(), Error> {
    let name = format!("{platform}, repository {}", repository.line);
    let place = Place(&name);
    place.text("line", &repository.line)?;
    place.path(&repository.index.path)?;
    names.add(format!("{} {}", repository.line, repository.index.path), &place)?;
    place.sha256("digest", &repository.index.digest)?;
    match (repository.kind, &repository.suite) {
        (RepositoryKind::Deb, None) => Err(place.wrong(Cause::Empty { member: "suite" })),
        (_, None) => Ok(()),
        (_, Some(suite)) => {
            place.sha256("release", &suite.release)?;
            let texts =
                [("suite", &suite.suite), ("codename", &suite.codename), ("component", &suite.component)];
            texts.into_iter().try_for_each(|(member, text)| match text {
                Some(text) => place.word(member, text),
                None => Ok(()),
            })
        }
    }
}

fn check_package(package: &Package, platform: &PlatformLock, place: &Place<'_>) -> Result<(), Error> {
    place.word("name", &package.name)?;
    place.word("version", &package.version)?;
    place.word("architecture", &package.architecture)?;
    place.path(&package.path)?;
    let number = package.repository;
    let repository =
        platform.repositories.get(number).ok_or_else(|| place.wrong(Cause::Repository { number }))?;
    match (&package.identity, repository.kind) {
        (Identity::Deb(digest), RepositoryKind::Deb) => place.sha256("identity", digest)?,
        (Identity::Apk { digest, .. }, RepositoryKind::Apk) => {
            digest.map_or(Ok(()), |digest| place.sha256("identity", &digest))?;
        }
        _ => return Err(place.wrong(Cause::Identity)),
    }
    if let Some(source) = &package.source {
        place.word("source", &source.name)?;
        place.word("source", &source.version)?;
    }
    match &package.reason {
        Reason::Requested(entry) => place.text("requested", entry),
        Reason::Needed(dependency) => place.dependency(dependency),
        Reason::Implied => Ok(()),
        Reason::Condition { by, terms } => {
            place.word("by", by)?;
            count(terms, LOCK_ENTRIES, "terms")?;
            terms.iter().try_for_each(|term| place.text("terms", term))
        }
    }
}
