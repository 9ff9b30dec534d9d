//! Lock files of definitions: found, read and made, for the commands that lock and that build.

use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;

use super::super::printer::{Printer, STDOUT};
use super::super::registry_options::RegistryArguments;
use super::load::Loaded;
use crate::builder::lock::{self, Lock};
use crate::builder::locking::{
    LockRequest, Locking, PinArtifact, contradiction, inputs_digest, oci_platform, substitutions_of,
};
use crate::builder::repositories::HttpFetch;
use crate::builder::substitution::Substitutions;
use crate::builder::substitution::limits::SUBSTITUTION_FILE;
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy, ToDiagnostic as _};
use crate::limits::{ReadError, read_whole};
use crate::oci::{Digest, Reference, Version};
use crate::registry::{Credentials, Registry};

/// The directory with the configuration of apt.
pub(in crate::cli) const APT: &str = "/etc/apt";

/// Pins images by their tags.
struct Tags<'a, R>(&'a R);

#[async_trait]
impl<R: Registry> PinArtifact for Tags<'_, R> {
    async fn pin(&self, reference: &Reference) -> Result<Digest, Diagnostic> {
        let about = |error: crate::registry::Error| error.to_diagnostic().about(format!("`{reference}`"));
        let version = match (&reference.digest, &reference.tag) {
            (Some(digest), _) => return Ok(*digest),
            (None, Some(tag)) => Version::Tag(tag.clone()),
            (None, None) => Version::Tag(crate::oci::Tag::latest()),
        };
        let manifest = self.0.manifest(&reference.repository, &version).await.map_err(about)?;
        Ok(manifest.digest)
    }
}

/// The lock file of a definition: beside it, or the one that the flag `flag` names.
///
/// # Errors
///
/// `usage/arguments` if the definition is no file and no lock file is named.
pub(in crate::cli) fn lock_file(
    definition: &str,
    named: Option<&Path>,
    flag: &str,
) -> Result<PathBuf, Diagnostic> {
    if let Some(file) = named {
        return Ok(file.to_owned());
    }
    if definition == STDOUT || definition.contains("://") {
        let text = format!("`{flag} FILE` names the lock file");
        let what = format!("`{definition}` is no file, beside which its lock could stand");
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    Ok(PathBuf::from(format!("{definition}.lock")))
}

/// The lock in a file. `None` if there is no file.
pub(in crate::cli) fn read_lock(file: &Path) -> Result<Option<Lock>, Diagnostic> {
    let opened = match fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(file, &IoCause(&error).to_string())),
    };
    let bytes = read_whole(opened, lock::limits::LOCK_FILE as u64).map_err(|error| match error {
        ReadError::TooLong(_) => {
            Diagnostic::new(Code::LIMITS_EXCEEDED, format!("`{}`: {error}", file.display()))
        }
        error => unusable(file, &error.to_string()),
    })?;
    lock::read(&bytes).map(Some).map_err(|error| unusable(file, &error.to_string()))
}

pub(in crate::cli) fn read_substitutions(file: &Path) -> Result<Substitutions, Diagnostic> {
    let name = file.display().to_string();
    let wrong = |cause: String| Diagnostic::new(Code::PACKAGES_SUBSTITUTION, format!("`{name}`: {cause}"));
    let opened = fs::File::open(file).map_err(|error| wrong(IoCause(&error).to_string()))?;
    let bytes = read_whole(opened, SUBSTITUTION_FILE).map_err(|error| wrong(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    Ok(Substitutions::read(&text, &name)?)
}

pub(in crate::cli) fn unusable(file: &Path, cause: &str) -> Diagnostic {
    Diagnostic::new(Code::LOCK_FILE, format!("`{}`: {cause}", file.display()))
}

pub(in crate::cli) fn missing(file: &Path, definition: &str) -> Diagnostic {
    let remedy = Remedy::LockFirst { file: definition.to_owned() };
    Diagnostic::new(Code::LOCK_MISSING, format!("there is no lock file `{}`", file.display())).remedy(remedy)
}
/// Makes the lock.
///
/// # Errors
///
/// That of the repositories, registries and files that it needs.
pub(in crate::cli) async fn make(
    access: &RegistryArguments,
    request: LockRequest<'_>,
    printer: &Printer,
) -> Result<Lock, Diagnostic> {
    let session = access.session(printer)?;
    let transport = session.transport.clone();
    let limits = session.limits.clone();
    let cache = access.cache(printer)?;
    let session = session.with_registry(access)?;
    let fetch = HttpFetch::new(transport, Credentials::load()?, &limits);
    let locking = Locking {
        fetch: &fetch,
        artifacts: &Tags(&session.registry),
        cache: &cache,
        variable: &|name| std::env::var(name).ok(),
        apt: Path::new(APT),
        now: Timestamp::now(),
    };
    Ok(locking.lock(request).await?)
}

/// The sentences of a lock, each once. A waived dependency is one.
pub(in crate::cli) fn warnings(lock: &Lock) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for platform in &lock.platforms {
        let waived = platform.waived.iter().map(|waived| {
            let dependency = &waived.dependency;
            format!(
                "`{}` needs `{}`, which is excluded: the dependency is waived",
                dependency.by, dependency.relation
            )
        });
        for text in waived.chain(platform.warnings.iter().cloned()) {
            if !all.contains(&text) {
                all.push(text);
            }
        }
    }
    all
}

/// Whether a lock is that of a definition, with these substitutions. `None`: with whatever it was made.
pub(in crate::cli) fn fits(last: &Lock, loaded: &Loaded, substitutions: Option<&Substitutions>) -> bool {
    last.definition == inputs_digest(&loaded.evaluated)
        && contradiction(last, &loaded.evaluated).is_none()
        && last.platforms.len() == loaded.evaluated.len()
        && loaded.evaluated.iter().all(|(platform, definition)| {
            let locked = last.platform(&oci_platform(*platform));
            let asks = definition.contents.as_ref().is_some_and(|contents| !contents.packages.is_empty());
            locked.is_some_and(|locked| !asks || !locked.packages.is_empty())
        })
        && substitutions.is_none_or(|substitutions| {
            substitutions_of(&loaded.evaluated, substitutions)
                .is_ok_and(|applied| applied == last.substitutions)
        })
}
