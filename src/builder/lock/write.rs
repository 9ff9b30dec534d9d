//! Writes a lock.

use serde::Serialize;

use super::FORMAT;
use super::check::check;
use super::error::Error;
use super::model::{Lock, PlatformLock};

/// Writes a lock file: equal locks give equal bytes, and each package, repository and key is one line.
///
/// Repositories, candidates and terms keep their order, which has a meaning. Everything else is sorted.
///
/// # Errors
///
/// As [`read`](super::read()), so that what is written can be read.
pub fn write(lock: &Lock) -> Result<Vec<u8>, Error> {
    check(lock)?;
    let lock = sorted(lock);
    let mut text = Text { bytes: String::new(), depth: 0 };
    text.open("{");
    text.line(&format!("\"format\": {FORMAT},"));
    text.line(&format!("\"definition\": {},", json(&lock.definition)?));
    text.list("substitutions", &lock.substitutions, ",")?;
    text.list("keys", &lock.keys, ",")?;
    text.list("artifacts", &lock.artifacts, ",")?;
    text.list("files", &lock.files, ",")?;
    if lock.platforms.is_empty() {
        text.line("\"platforms\": []");
    } else {
        text.open("\"platforms\": [");
        let last = lock.platforms.len() - 1;
        for (index, platform) in lock.platforms.iter().enumerate() {
            text.platform(platform, if index < last { "," } else { "" })?;
        }
        text.close("]");
    }
    text.close("}");
    Ok(text.bytes.into_bytes())
}

/// The lock with everything in its order.
pub(super) fn sorted(lock: &Lock) -> Lock {
    let mut lock = lock.clone();
    lock.substitutions.sort();
    lock.keys.sort_by(|one, other| one.url.cmp(&other.url));
    lock.keys.iter_mut().for_each(|key| key.fingerprints.sort());
    lock.artifacts.sort_by(|one, other| one.reference.cmp(&other.reference));
    for artifact in &mut lock.artifacts {
        artifact.digests.sort_by(|one, other| one.platform.cmp(&other.platform));
    }
    lock.files.sort_by(|one, other| one.url.cmp(&other.url));
    lock.platforms.sort_by(|one, other| one.platform.cmp(&other.platform));
    for platform in &mut lock.platforms {
        platform.packages.sort_by(|one, other| one.name.cmp(&other.name));
        platform.waived.sort_by(|one, other| {
            let key = |waived: &super::Waived| {
                let dependency = &waived.dependency;
                (dependency.by.clone(), dependency.field.clone(), dependency.relation.clone())
            };
            key(one).cmp(&key(other))
        });
        platform.waived.iter_mut().for_each(|one| one.excluded.sort_by(|a, b| a.name.cmp(&b.name)));
        platform.choices.sort_by(|one, other| {
            let key = |choice: &super::Choice| {
                let dependency = choice.dependency.as_ref();
                let dependency = dependency.map(|it| (it.by.clone(), it.field.clone(), it.relation.clone()));
                (choice.name.clone(), dependency)
            };
            key(one).cmp(&key(other))
        });
        platform.warnings.sort();
    }
    lock
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Json { cause: error.to_string() })
}

/// Indented JSON.
struct Text {
    bytes: String,
    depth: usize,
}

impl Text {
    fn line(&mut self, line: &str) {
        self.bytes.extend(std::iter::repeat_n("  ", self.depth));
        self.bytes.push_str(line);
        self.bytes.push('\n');
    }

    fn open(&mut self, line: &str) {
        self.line(line);
        self.depth += 1;
    }

    fn close(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
    }

    /// A list with one entry in a line.
    fn list(&mut self, name: &str, items: &[impl Serialize], end: &str) -> Result<(), Error> {
        let Some(last) = items.len().checked_sub(1) else {
            self.line(&format!("\"{name}\": []{end}"));
            return Ok(());
        };
        self.open(&format!("\"{name}\": ["));
        for (index, item) in items.iter().enumerate() {
            let comma = if index < last { "," } else { "" };
            self.line(&format!("{}{comma}", json(item)?));
        }
        self.close(&format!("]{end}"));
        Ok(())
    }

    fn platform(&mut self, platform: &PlatformLock, end: &str) -> Result<(), Error> {
        self.open("{");
        self.line(&format!("\"platform\": {},", json(&platform.platform.to_string())?));
        self.list("repositories", &platform.repositories, ",")?;
        self.list("packages", &platform.packages, ",")?;
        self.list("waived", &platform.waived, ",")?;
        self.list("choices", &platform.choices, ",")?;
        self.list("warnings", &platform.warnings, "")?;
        self.close(&format!("}}{end}"));
        Ok(())
    }
}
