//! The documents of VEX repositories: those that an index lists for a package of a report, each with what its signature is
//! worth.
//!
//! Every repository is asked for every package, but for the profile of Trivy. A repository that cannot be had makes the
//! run incomplete: its statements are missing. A listed document that cannot be read is not used, which is said.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::error::Error;
use super::file_sources;
use super::files::{SignatureFile, VexFile};
use super::problem::Problem;
use super::repository_alias::alias;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::gate::Verifier;
use crate::gate::limits::{VEX_BYTES, VEX_FILE, VEX_FILES};
use crate::limits::{Exceeded, Limits};
use crate::oci::quote_untrusted;
use crate::trust::{Keyring, PublicKey, Threshold, Trust, TrustedKey};
use crate::trust_store::vex_repository::{
    FileError, OpenRepository, Refresh, RepositoryEntry, RepositoryError, RepositoryKey, VexRepositories,
};
use crate::vex::repository::{Repository, documents, lookups};
use crate::vex::{PackageUrl, Profile, RepositoryAlias, Scan, SourceKind, SourceTrust, SourcedDocument};

/// The VEX repositories of a run, and what is looked up in them.
#[derive(Clone, Debug)]
pub struct RepositoryLookup {
    /// The copies.
    pub copies: Arc<VexRepositories>,
    /// The repositories, in the order of their priority.
    pub repositories: Vec<RepositoryEntry>,
    /// The packages of the reports ([`Verifier::vex_lookups`]).
    pub packages: Vec<PackageUrl>,
    /// The profile: that of Trivy asks only the first repository that lists a package.
    pub profile: Profile,
}

/// The documents of repositories.
#[derive(Debug, Default)]
pub(super) struct RepositoryDocuments {
    /// Each document, with the name of its repository.
    pub(super) documents: Vec<(SourcedDocument, String)>,
    pub(super) problems: Vec<Problem>,
}

/// The ends of the names of signatures of a document.
const SIGNATURES: [&str; 2] = [".sig", ".sigstore.json"];

/// An open repository.
struct Opened<'a> {
    entry: &'a RepositoryEntry,
    files: OpenRepository,
    is_anew: bool,
}

impl Verifier {
    /// The packages that VEX repositories are asked about, for these scans.
    pub fn vex_lookups<'a>(&self, scans: impl Iterator<Item = &'a Scan>) -> Vec<PackageUrl> {
        let aliases: Vec<RepositoryAlias> = self.base_options().aliases.iter().map(alias).collect();
        let mut packages: Vec<PackageUrl> = Vec::new();
        let mut seen = HashSet::new();
        for package in scans.flat_map(|scan| lookups(scan, &aliases)) {
            if seen.insert(package.to_string()) {
                packages.push(package);
            }
        }
        packages
    }
}

/// Loads the documents of `lookup`.
///
/// # Errors
///
/// [`Error::RepositoryKeys`] if the keys of a repository cannot be used.
pub(super) async fn load(
    lookup: &RepositoryLookup,
    trust: &Trust,
    limits: &Limits,
    now: Timestamp,
) -> Result<RepositoryDocuments, Error> {
    let mut loaded = RepositoryDocuments::default();
    let mut opened = Vec::new();
    let mut indexes = Vec::new();
    for entry in &lookup.repositories {
        match open(lookup, entry, now).await {
            Ok((files, index)) => {
                loaded.problems.extend(old_copy(&files, entry, now));
                opened.push(files);
                indexes.push(index);
            }
            Err(problem) => loaded.problems.push(problem),
        }
    }
    let mut listed = Vec::new();
    let mut seen = BTreeSet::new();
    for package in &lookup.packages {
        for (position, document) in documents(&indexes, package, lookup.profile) {
            match &document.path {
                Ok(path) if seen.insert((position, path.clone())) => {
                    listed.push((position, path.as_str().to_owned()));
                }
                Ok(_) => {}
                Err(error) => {
                    let problem = Problem::not_used(error.to_diagnostic());
                    if !loaded.problems.contains(&problem) {
                        loaded.problems.push(problem);
                    }
                }
            }
        }
    }
    // The priority is that of the repositories, whatever the order of packages is.
    listed.sort();
    let mut budget = Budget::default();
    for (position, path) in listed {
        let Some(repository) = opened.get_mut(position) else { continue };
        let trust = repository_trust(repository.entry, trust)?;
        match repository.read(lookup, &path, now, &mut budget).await {
            Ok(file) => match file_sources::documents(&file, &trust, limits, &mut loaded.problems) {
                Ok(documents) => {
                    let name = repository.entry.name.to_string();
                    loaded.documents.extend(documents.into_iter().map(|mut document| {
                        document.source.kind = SourceKind::Repository;
                        (document, name.clone())
                    }));
                }
                Err(error) => loaded.problems.push(Problem::not_used(error.to_diagnostic())),
            },
            Err(problem) => loaded.problems.push(problem),
        }
    }
    Ok(loaded)
}

/// Opens a repository and its index. A copy whose index is damaged is fetched anew.
async fn open<'a>(
    lookup: &RepositoryLookup,
    entry: &'a RepositoryEntry,
    now: Timestamp,
) -> Result<(Opened<'a>, Repository), Problem> {
    let unavailable = |error: RepositoryError| Problem::incomplete(error.to_diagnostic());
    let files = lookup.copies.open(entry, Refresh::IfDue, now).await.map_err(unavailable)?;
    let mut opened = Opened { entry, files, is_anew: false };
    let index = match opened.files.index() {
        Err(FileError::Damaged(_)) => {
            opened.fetch_anew(lookup, now).await.map_err(unavailable)?;
            opened.files.index()
        }
        index => index,
    };
    let index = index.map_err(|error| unavailable(damaged(entry, &error)))?;
    match Repository::read(entry.name.as_str(), &index) {
        Ok(index) => Ok((opened, index)),
        Err(error) => Err(Problem::incomplete(error.to_diagnostic())),
    }
}

/// Bytes and files read so far.
#[derive(Debug, Default)]
struct Budget {
    bytes: u64,
    files: usize,
}

impl Budget {
    fn spend(&mut self, bytes: &Bytes) -> Result<(), Exceeded> {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if bytes.len() as u64 > VEX_FILE {
            return Err(Exceeded::new("its size", VEX_FILE, "bytes"));
        }
        if self.bytes > VEX_BYTES {
            return Err(Exceeded::new("the size of all VEX files together", VEX_BYTES, "bytes"));
        }
        Ok(())
    }
}

impl Opened<'_> {
    /// Reads a document with its signatures. If the copy is damaged, it is fetched anew, once.
    async fn read(
        &mut self,
        lookup: &RepositoryLookup,
        path: &str,
        now: Timestamp,
        budget: &mut Budget,
    ) -> Result<VexFile, Problem> {
        let name = format!("{}: {path}", self.entry.name);
        let exceeded =
            |exceeded: Exceeded| Problem::incomplete(exceeded.to_diagnostic().about(quote_untrusted(&name)));
        budget.files += 1;
        if budget.files > VEX_FILES {
            return Err(exceeded(Exceeded::new("the number of VEX files", VEX_FILES, "files")));
        }
        let content = self.file(lookup, path, now).await?.ok_or_else(|| {
            let what = format!("{} is listed, and the repository does not have it", quote_untrusted(&name));
            Problem::not_used(Diagnostic::new(Code::VEX_DOCUMENT, what))
        })?;
        budget.spend(&content).map_err(exceeded)?;
        let mut signatures = Vec::new();
        for end in SIGNATURES {
            if let Some(content) = self.file(lookup, &format!("{path}{end}"), now).await? {
                budget.spend(&content).map_err(exceeded)?;
                signatures.push(SignatureFile { name: format!("{name}{end}"), content });
            }
        }
        Ok(VexFile {
            name,
            given: PathBuf::from(self.entry.name.as_str()),
            is_listed: true,
            content,
            signatures,
        })
    }

    async fn file(
        &mut self,
        lookup: &RepositoryLookup,
        path: &str,
        now: Timestamp,
    ) -> Result<Option<Bytes>, Problem> {
        let unavailable = |error: RepositoryError| Problem::incomplete(error.to_diagnostic());
        let mut read = self.files.file(path);
        if matches!(read, Err(FileError::Damaged(_))) && !self.is_anew {
            self.fetch_anew(lookup, now).await.map_err(unavailable)?;
            read = self.files.file(path);
        }
        match read {
            Ok(content) => Ok(Some(content)),
            Err(FileError::Absent) => Ok(None),
            Err(error) => Err(unavailable(damaged(self.entry, &error))),
        }
    }

    async fn fetch_anew(&mut self, lookup: &RepositoryLookup, now: Timestamp) -> Result<(), RepositoryError> {
        self.is_anew = true;
        self.files = lookup.copies.open(self.entry, Refresh::Anew, now).await?;
        Ok(())
    }
}

fn damaged(entry: &RepositoryEntry, error: &FileError) -> RepositoryError {
    let cause = match error {
        FileError::Absent => "it has no index".to_owned(),
        FileError::Damaged(cause) => cause.clone(),
    };
    RepositoryError::Damaged { repository: entry.name.to_string(), cause }
}

/// The problem that an older copy is used, with its age.
fn old_copy(opened: &Opened<'_>, entry: &RepositoryEntry, now: Timestamp) -> Option<Problem> {
    let cause = opened.files.not_updated.as_ref()?;
    let seconds = now.duration_since(opened.files.updated).as_secs().max(0);
    let age = match seconds {
        0..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    let why = match cause {
        RepositoryError::Offline { .. } => "the network is forbidden".to_owned(),
        other => other.to_diagnostic().message,
    };
    let what =
        format!("VEX repository `{}`: its copy of {} ({age} old) is used", entry.name, opened.files.updated);
    Some(Problem::old_copy(Diagnostic::new(Code::VEX_REPOSITORY_UNAVAILABLE, what).fact("cause", why)))
}

/// What the documents of a repository must be signed with: its own keys if it has some, else those of the run.
fn repository_trust(entry: &RepositoryEntry, trust: &Trust) -> Result<Trust, Error> {
    if entry.keys.is_empty() {
        return Ok(trust.clone());
    }
    let key = |key: &RepositoryKey| {
        let origin = format!("a key of the VEX repository `{}`", entry.name);
        let public = PublicKey::from_pem(&key.pem, &origin)?;
        // A key of Docker keeps its dates and name, however it is given.
        Ok::<_, crate::trust::Error>(
            TrustedKey::active(key.name.clone(), public, origin).with_known_dates(&Keyring::dhi()?),
        )
    };
    let keys: Vec<_> = entry.keys.iter().map(key).collect::<Result<_, _>>()?;
    Ok(Trust {
        keys: Keyring::of(keys),
        identities: Vec::new(),
        attestors: Keyring::of([]),
        threshold: Threshold::ONE,
        ..trust.clone()
    })
}

/// The problem that nobody signed documents of a repository, for those of whose `documents` one is neither verified nor
/// trusted by the user.
pub(super) fn unsigned<'a>(
    repositories: &[RepositoryEntry],
    documents: impl Iterator<Item = (&'a SourcedDocument, &'a str)>,
) -> Vec<Problem> {
    let unverified: Vec<(&str, &str)> = documents
        .filter(|(document, _)| matches!(document.source.trust, SourceTrust::Unverified))
        .map(|(document, repository)| (repository, document.source.name.as_str()))
        .collect();
    let problem = |entry: &RepositoryEntry| {
        let of_it = unverified.iter().filter(|(repository, _)| *repository == entry.name.as_str());
        let names: BTreeSet<&str> = of_it.map(|(_, name)| *name).collect();
        let first = quote_untrusted(names.first()?);
        let count = match names.len() {
            1 => format!("{first} of the VEX repository `{}` is not verified", entry.name),
            many => format!(
                "{many} documents of the VEX repository `{}` are not verified, such as {first}",
                entry.name
            ),
        };
        let remedy = Remedy::TrustUnsignedSource { source: entry.name.to_string() };
        Some(Problem::not_used(Diagnostic::new(Code::VEX_UNSIGNED, count).remedy(remedy)))
    };
    repositories.iter().filter_map(problem).collect()
}
