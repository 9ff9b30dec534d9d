//! The files of VEX repositories: the documents that an index lists, with the signatures beside them.
//!
//! Every repository is asked for every package, but for the profile of Trivy. A repository that cannot be had makes the
//! run incomplete: its statements are missing. A listed document that is not there is not used, which is said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::files::{SIGNATURES, SignatureFile, VexFile};
use super::problem::Problem;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
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
                found.problems.extend(unchecked_copy(&files, entry));
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
    let mut outside: BTreeMap<usize, BTreeMap<String, Diagnostic>> = BTreeMap::new();
    for (at, document) in listed {
        match &document.path {
            Ok(path) => {
                paths.insert((at, path.as_str()));
            }
            Err(error) => {
                outside.entry(at).or_default().insert(error.to_string(), error.to_diagnostic());
            }
        }
    }
    found.problems.extend(outside.into_values().filter_map(one_for_all));
    // The order is that of the repositories, whatever the order of packages is.
    let mut budget = Budget::default();
    let mut absent: BTreeMap<usize, BTreeMap<String, Diagnostic>> = BTreeMap::new();
    for (at, path) in paths {
        let Some(repository) = opened.get_mut(at) else { continue };
        match repository.read(lookup, path, &mut budget).await {
            Ok(file) => found.files.push((repository.position, file)),
            Err(NotRead::Absent(diagnostic)) => {
                absent.entry(at).or_default().insert(path.to_owned(), diagnostic);
            }
            Err(NotRead::Problem(problem)) => found.problems.push(problem),
        }
        // One problem stands for all files that are not read for that reason.
        if budget.is_spent() {
            break;
        }
    }
    found.problems.extend(absent.into_values().filter_map(one_for_all));
    found
}

/// One problem for documents of a repository that are not used for the same reason: the first, and how many others.
fn one_for_all(diagnostics: BTreeMap<String, Diagnostic>) -> Option<Problem> {
    let others = diagnostics.len().saturating_sub(1);
    let first = diagnostics.into_values().next()?;
    let diagnostic = if others == 0 { first } else { first.fact("others", others) };
    Some(Problem::not_used(diagnostic))
}

/// Why a document is not read.
enum NotRead {
    /// The repository does not have it.
    Absent(Diagnostic),
    /// Another reason.
    Problem(Problem),
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
    /// Whether nothing more is read.
    fn is_spent(&self) -> bool {
        self.files > VEX_FILES || self.bytes > VEX_BYTES
    }

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
    ) -> Result<VexFile, NotRead> {
        let name = format!("{}: {path}", self.entry.name);
        let exceeded = |exceeded: Exceeded| {
            NotRead::Problem(Problem::incomplete(exceeded.to_diagnostic().about(quote_untrusted(&name))))
        };
        budget.files += 1;
        if budget.files > VEX_FILES {
            return Err(exceeded(Exceeded::new("the number of VEX files", VEX_FILES, "files")));
        }
        let content = self.file(lookup, path).await.map_err(NotRead::Problem)?.ok_or_else(|| {
            let what = format!("{} is listed, and the repository does not have it", quote_untrusted(&name));
            NotRead::Absent(Diagnostic::new(Code::VEX_DOCUMENT, what))
        })?;
        budget.spend(&content).map_err(exceeded)?;
        let mut signatures = Vec::new();
        for end in SIGNATURES {
            if let Some(content) =
                self.file(lookup, &format!("{path}{end}")).await.map_err(NotRead::Problem)?
            {
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
    let age = age(opened.files.updated);
    let why = match cause {
        RepositoryError::Offline { .. } => "the network is forbidden".to_owned(),
        other => other.to_diagnostic().message,
    };
    let what = format!(
        "VEX repository `{}`: its copy of {:.0} ({age} old) is used",
        entry.name, opened.files.updated
    );
    Some(Problem::without_effect(Diagnostic::new(Code::VEX_REPOSITORY_UNAVAILABLE, what).fact("cause", why)))
}

/// The problem that a copy is used that was last compared with its origin more than a day ago, since the interval of the
/// publisher is that long.
fn unchecked_copy(opened: &Opened<'_>, entry: &RepositoryEntry) -> Option<Problem> {
    const DAY: i64 = 86_400;
    let files = &opened.files;
    let passed = Timestamp::now().duration_since(files.checked).as_secs();
    (files.not_updated.is_none() && passed > DAY).then(|| {
        let what = format!(
            "VEX repository `{}`: its copy of {:.0} was last compared with its origin {} ago, as its update interval \
             allows",
            entry.name,
            files.updated,
            age(files.checked)
        );
        let remedy = Remedy::UpdateVexRepository { name: entry.name.to_string() };
        Problem::without_effect(Diagnostic::new(Code::VEX_REPOSITORY_UNAVAILABLE, what).remedy(remedy))
    })
}

/// How long ago this is.
fn age(time: Timestamp) -> String {
    let seconds = Timestamp::now().duration_since(time).as_secs().max(0);
    match seconds {
        0..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
