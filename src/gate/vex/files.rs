//! Reads VEX files and directories of them, within limits, with the signatures beside each file. A link that leads
//! out of a directory is never followed.

use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::error::Error;
use crate::diagnostic::IoCause;
use crate::gate::limits::{VEX_BYTES, VEX_ENTRIES, VEX_FILE, VEX_FILES};
use crate::limits::{Exceeded, ReadError, read_whole};
use crate::registry::open_nonblocking;

/// The ends of the names of signatures beside a file.
pub(super) const SIGNATURES: [&str; 2] = [".sig", ".sigstore.json"];

/// A file with VEX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VexFile {
    /// Its path as it is shown.
    pub(super) name: String,
    /// The path that the user gave: the file, or a directory above it.
    pub(super) given: PathBuf,
    /// Whether it was found in a directory.
    pub(super) is_listed: bool,
    /// Its content.
    pub(super) content: Bytes,
    /// The signatures beside it.
    pub(super) signatures: Vec<SignatureFile>,
}

/// A signature beside a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignatureFile {
    /// Its path as it is shown.
    pub(super) name: String,
    /// Its content.
    pub(super) content: Bytes,
}

/// What of a directory was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// A path, with the reason.
    Path { path: String, reason: &'static str },
    /// Files that do not have the name of a document.
    OtherNames(NotRead),
}

/// Files of a directory that were not read for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotRead {
    /// The directory as the user gave it.
    pub(super) directory: String,
    /// The paths of the files. Not empty.
    pub(super) files: Vec<String>,
    /// The reason.
    pub(super) reason: &'static str,
}

/// How many files of one kind are named.
const NAMED: usize = 3;

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { path, reason } => write!(f, "`{path}` is not read: {reason}"),
            Self::OtherNames(files) => files.fmt(f),
        }
    }
}

/// The number of the files, and the first names.
impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, files, reason } = self;
        let named: Vec<String> = files.iter().take(NAMED).map(|file| format!("`{file}`")).collect();
        let (count, are) = (files.len(), if files.len() == 1 { "file is" } else { "files are" });
        let rest = if count > NAMED { ", …" } else { "" };
        write!(f, "`{directory}`: {count} {are} not read ({reason}): {}{rest}", named.join(", "))
    }
}

const LEADS_OUT: &str = "a link out of the directory, which is not followed";
const IRREGULAR: &str = "neither a file nor a directory, so it is not opened";
const EMPTY: &str = "it has no file `*.json`";
const OTHER_NAME: &str = "not named `*.json`";

/// Reads `paths` in their order: files, and in directories all files `*.json`, sorted. The second list has what of
/// directories was not read.
///
/// # Errors
///
/// [`Error::File`] if a path cannot be read, [`Error::Exceeded`] if a limit is reached.
pub(super) fn read(paths: &[PathBuf]) -> Result<(Vec<VexFile>, Vec<Unread>), Error> {
    let mut reader = Reader { bytes: 0, entries: 0, files: Vec::new(), unread: Vec::new() };
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| failed(path, &error))?;
        if metadata.is_dir() {
            reader.directory(path)?;
        } else {
            // A named pipe, as a shell creates for `<(…)`, may block.
            let opened = fs::File::open(path).map_err(|error| failed(path, &error))?;
            reader.add(path, path, opened)?;
        }
    }
    Ok((reader.files, reader.unread))
}

struct Reader {
    /// Bytes read so far.
    bytes: u64,
    /// Entries of directories seen so far.
    entries: usize,
    files: Vec<VexFile>,
    unread: Vec<Unread>,
}

impl Reader {
    /// Reads a directory. Subdirectories are kept in a list, not visited by recursion: paths can be long.
    fn directory(&mut self, given: &Path) -> Result<(), Error> {
        let root = fs::canonicalize(given).map_err(|error| failed(given, &error))?;
        let mut files = Vec::new();
        let mut others = Vec::new();
        let mut directories = vec![given.to_owned()];
        while let Some(directory) = directories.pop() {
            let entries = fs::read_dir(&directory).map_err(|error| failed(&directory, &error))?;
            for entry in entries {
                let entry = entry.map_err(|error| failed(&directory, &error))?;
                self.entries += 1;
                if self.entries > VEX_ENTRIES {
                    let exceeded = Exceeded::new("the number of its entries", VEX_ENTRIES, "entries");
                    return Err(Error::Exceeded { path: show(given), exceeded });
                }
                let path = entry.path();
                let kind = entry.file_type().map_err(|error| failed(&path, &error))?;
                if kind.is_dir() {
                    directories.push(path);
                } else if is_signature(&path) {
                    // It is read with its document.
                } else if !is_document(&path) {
                    others.push(show(&path));
                } else if kind.is_symlink() {
                    self.add_link(path, &root, &mut files)?;
                } else {
                    self.add_if_regular(path, kind.is_file(), &mut files);
                }
            }
        }
        if files.is_empty() {
            self.unread.push(Unread::Path { path: show(given), reason: EMPTY });
        }
        if !others.is_empty() {
            others.sort();
            let others = NotRead { directory: show(given), files: others, reason: OTHER_NAME };
            self.unread.push(Unread::OtherNames(others));
        }
        files.sort();
        for file in files {
            // It may have been replaced since it was listed.
            let opened = open_regular(&file)?;
            self.add(&file, given, opened)?;
        }
        Ok(())
    }

    /// Adds the target of a link if it is a file in the same directory.
    fn add_link(&mut self, path: PathBuf, root: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
        let target = fs::canonicalize(&path).map_err(|error| failed(&path, &error))?;
        if target.starts_with(root) {
            self.add_if_regular(path, target.is_file(), files);
        } else {
            self.unread.push(Unread::Path { path: show(&path), reason: LEADS_OUT });
        }
        Ok(())
    }

    /// Adds a regular file. To open another kind could block.
    fn add_if_regular(&mut self, path: PathBuf, is_file: bool, files: &mut Vec<PathBuf>) {
        match is_file {
            true => files.push(path),
            false => self.unread.push(Unread::Path { path: show(&path), reason: IRREGULAR }),
        }
    }

    /// Reads one file and the signatures beside it.
    fn add(&mut self, path: &Path, given: &Path, opened: impl Read) -> Result<(), Error> {
        if self.files.len() >= VEX_FILES {
            let exceeded = Exceeded::new("the number of VEX files", VEX_FILES, "files");
            return Err(Error::Exceeded { path: show(given), exceeded });
        }
        let content = self.content(path, opened)?;
        let mut signatures = Vec::new();
        for signature in SIGNATURES.map(|end| with_end(path, end)) {
            if signature.is_file() {
                let content = self.content(&signature, open_regular(&signature)?)?;
                signatures.push(SignatureFile { name: show(&signature), content });
            }
        }
        let is_listed = path != given;
        self.files.push(VexFile {
            name: show(path),
            given: given.to_owned(),
            is_listed,
            content,
            signatures,
        });
        Ok(())
    }

    fn content(&mut self, path: &Path, from: impl Read) -> Result<Bytes, Error> {
        let exceeded = |what: &str, bound: u64| Error::Exceeded {
            path: show(path),
            exceeded: Exceeded::new(what, bound, "bytes"),
        };
        let bytes = read_whole(from, VEX_FILE).map_err(|error| match error {
            ReadError::TooLong(bound) => exceeded("its size", bound),
            ReadError::Failed(error) => failed(path, &error),
        })?;
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.bytes > VEX_BYTES {
            return Err(exceeded("the size of all VEX files together", VEX_BYTES));
        }
        Ok(bytes.into())
    }
}

/// Whether the name of a file ends with `.json`.
fn is_document(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() > 5 && name.get(name.len() - 5..).is_some_and(|end| end.eq_ignore_ascii_case(".json"))
}

/// Whether a file is the signature of a document beside it.
fn is_signature(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let signed = SIGNATURES.iter().find_map(|end| name.strip_suffix(end));
    signed
        .map(|signed| path.with_file_name(signed))
        .is_some_and(|signed| is_document(&signed) && signed.is_file())
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn open_regular(path: &Path) -> Result<fs::File, Error> {
    let file = open_nonblocking(path).map_err(|error| failed(path, &error))?;
    let metadata = file.metadata().map_err(|error| failed(path, &error))?;
    if !metadata.is_file() {
        return Err(Error::File { path: show(path), cause: "it is not a regular file".to_owned() });
    }
    Ok(file)
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: show(path), cause: IoCause(error).to_string() }
}
