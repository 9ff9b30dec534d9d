//! The files of VEX repositories: the documents that an index lists, with the signatures beside them.
//!
//! Every repository is asked for every package, but for the profile of Trivy. A repository that cannot be had makes the
//! run incomplete: its statements are missing. A listed document that is not there is not used, which is said.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::files::{SIGNATURES, SignatureFile, VexFile};
use super::problem::Problem;
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::gate::limits::{VEX_BYTES, VEX_FILE, VEX_FILES};
use crate::limits::Exceeded;
use crate::oci::quote_untrusted;
use crate::trust_store::vex_repository::{
    FileError, OpenRepository, Refresh, RepositoryEntry, RepositoryError, VexRepositories,
};
use crate::vex::repository::{ListedDocument, Repository, documents};
use crate::vex::{PackageUrl, Profile};

/// The VEX repositories of a run.
#[derive(Clone, Debug)]
pub struct RepositoryLookup {
    /// The copies.
    pub copies: Arc<VexRepositories>,
    /// The repositories, in the order of their priority.
    pub repositories: Vec<RepositoryEntry>,
    /// The profile: that of Trivy asks only the first repository that lists a package.
    pub profile: Profile,
}

impl RepositoryLookup {
    /// The names of the repositories.
    pub(super) fn names(&self) -> Vec<String> {
        self.repositories.iter().map(|entry| entry.name.to_string()).collect()
    }
}

/// The files of repositories.
#[derive(Debug, Default)]
pub(super) struct RepositoryFiles {
    /// Each file, with the position of its repository in [`RepositoryLookup::repositories`], in this order.
    pub(super) files: Vec<(usize, VexFile)>,
    pub(super) problems: Vec<Problem>,
}

/// An open repository.
struct Opened<'a> {
    entry: &'a RepositoryEntry,
    /// Its position among all repositories.
    position: usize,
    files: OpenRepository,
    is_anew: bool,
}

/// Reads the documents that are listed for these packages. `None`: all.
pub(super) async fn read(lookup: &RepositoryLookup, packages: Option<&[PackageUrl]>) -> RepositoryFiles {
    let mut found = RepositoryFiles::default();
    let mut opened = Vec::new();
    let mut indexes = Vec::new();
    for (position, entry) in lookup.repositories.iter().enumerate() {
        match open(lookup, entry, position).await {
            Ok((files, index)) => {
                found.problems.extend(old_copy(&files, entry));
                let not_stored = files.files.not_stored.as_ref();
                found.problems.extend(not_stored.map(|error| Problem::without_effect(error.to_diagnostic())));
                opened.push(files);
                indexes.push(index);
            }
            Err(problem) => found.problems.push(problem),
        }
    }
    let listed: Vec<(usize, &ListedDocument)> = match packages {
        Some(packages) => {
            let of = |package| documents(&indexes, package, lookup.profile);
            packages.iter().flat_map(of).collect()
        }
        None => {
            let numbered = indexes.iter().enumerate();
            numbered.flat_map(|(at, index)| index.all_documents().map(move |listed| (at, listed))).collect()
        }
    };
    let mut paths = BTreeSet::new();
    for (at, document) in listed {
        match &document.path {
            Ok(path) => {
                paths.insert((at, path.as_str()));
            }
            Err(error) => {
                let problem = Problem::not_used(error.to_diagnostic());
                if !found.problems.contains(&problem) {
                    found.problems.push(problem);
                }
            }
        }
    }
    // The order is that of the repositories, whatever the order of packages is.
    let mut budget = Budget::default();
    for (at, path) in paths {
        let Some(repository) = opened.get_mut(at) else { continue };
        match repository.read(lookup, path, &mut budget).await {
            Ok(file) => found.files.push((repository.position, file)),
            Err(problem) => found.problems.push(problem),
        }
    }
    found
}

/// Opens a repository and its index. A copy whose index is damaged is fetched anew.
async fn open<'a>(
    lookup: &RepositoryLookup,
    entry: &'a RepositoryEntry,
    position: usize,
) -> Result<(Opened<'a>, Repository), Problem> {
    let unavailable = |error: RepositoryError| Problem::incomplete(error.to_diagnostic());
    let files = lookup.copies.open(entry, Refresh::IfDue).await.map_err(unavailable)?;
    let mut opened = Opened { entry, position, files, is_anew: false };
    let index = match opened.files.index() {
        Err(FileError::Damaged(_)) => {
            opened.fetch_anew(lookup).await.map_err(unavailable)?;
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
        budget: &mut Budget,
    ) -> Result<VexFile, Problem> {
        let name = format!("{}: {path}", self.entry.name);
        let exceeded =
            |exceeded: Exceeded| Problem::incomplete(exceeded.to_diagnostic().about(quote_untrusted(&name)));
        budget.files += 1;
        if budget.files > VEX_FILES {
            return Err(exceeded(Exceeded::new("the number of VEX files", VEX_FILES, "files")));
        }
        let content = self.file(lookup, path).await?.ok_or_else(|| {
            let what = format!("{} is listed, and the repository does not have it", quote_untrusted(&name));
            Problem::not_used(Diagnostic::new(Code::VEX_DOCUMENT, what))
        })?;
        budget.spend(&content).map_err(exceeded)?;
        let mut signatures = Vec::new();
        for end in SIGNATURES {
            if let Some(content) = self.file(lookup, &format!("{path}{end}")).await? {
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

    async fn file(&mut self, lookup: &RepositoryLookup, path: &str) -> Result<Option<Bytes>, Problem> {
        let unavailable = |error: RepositoryError| Problem::incomplete(error.to_diagnostic());
        let mut read = self.files.file(path);
        if matches!(read, Err(FileError::Damaged(_))) && !self.is_anew {
            self.fetch_anew(lookup).await.map_err(unavailable)?;
            read = self.files.file(path);
        }
        match read {
            Ok(content) => Ok(Some(content)),
            Err(FileError::Absent) => Ok(None),
            Err(error) => Err(unavailable(damaged(self.entry, &error))),
        }
    }

    async fn fetch_anew(&mut self, lookup: &RepositoryLookup) -> Result<(), RepositoryError> {
        self.is_anew = true;
        self.files = lookup.copies.open(self.entry, Refresh::Anew).await?;
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
fn old_copy(opened: &Opened<'_>, entry: &RepositoryEntry) -> Option<Problem> {
    let cause = opened.files.not_updated.as_ref()?;
    let seconds = Timestamp::now().duration_since(opened.files.updated).as_secs().max(0);
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
    Some(Problem::without_effect(Diagnostic::new(Code::VEX_REPOSITORY_UNAVAILABLE, what).fact("cause", why)))
}
