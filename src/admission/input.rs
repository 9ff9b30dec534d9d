//! Reads manifests from files, directories and standard input, within limits. A link that leads out of a directory is
//! never followed.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Error;
use super::limits::{MANIFEST_FILE, MANIFEST_FILES, MANIFESTS};
use super::uses::STDIN;
use crate::diagnostic::IoCause;
use crate::limits::{self, Exceeded, read_whole};
use crate::oci::Encoding;
use crate::registry::open_nonblocking;

/// One file of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The path as it is shown; `-` for standard input.
    pub file: String,
    /// The whole text.
    pub text: String,
}

/// An entry of a directory that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its path.
    pub path: String,
    /// The reason.
    pub reason: &'static str,
}

const LEADS_OUT: &str = "a link out of the directory, which is not followed";
const IRREGULAR: &str = "neither a file nor a directory, so it is not opened";

/// Reads `paths` in their order: files, `-` for `stdin`, and in directories all files `*.yaml`, `*.yml` and `*.json`,
/// sorted. The second list has the entries that were not read.
///
/// # Errors
///
/// [`Error::Input`] if a path cannot be read or is not UTF-8, [`Error::Exceeded`] if a limit is reached.
pub fn read(paths: &[String], stdin: impl Read) -> Result<(Vec<Input>, Vec<Unread>), Error> {
    let mut reader = Reader { stdin: Some(stdin), total: 0, seen: 0, inputs: Vec::new(), unread: Vec::new() };
    for path in paths {
        if path == STDIN {
            let Some(stdin) = reader.stdin.take() else {
                return Err(Error::Input { path: path.clone(), cause: "it was read already".to_owned() });
            };
            reader.take(STDIN, stdin)?;
            continue;
        }
        let metadata = fs::metadata(path).map_err(|error| failed(path, &error))?;
        if metadata.is_dir() {
            let root = fs::canonicalize(path).map_err(|error| failed(path, &error))?;
            reader.directory(Path::new(path), &root)?;
        } else {
            // A named pipe, as a shell creates for `<(…)`, may block.
            let file = fs::File::open(path).map_err(|error| failed(path, &error))?;
            reader.take(path, file)?;
        }
    }
    Ok((reader.inputs, reader.unread))
}

/// Names of the files that Docker Compose reads by default, and of those that it merges into them.
const COMPOSE: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDE: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Files that Docker Compose merges by default into one of `paths`, and that `paths` does not contain.
pub fn overrides(paths: &[String]) -> Vec<String> {
    let given: Vec<&Path> = paths.iter().map(Path::new).collect();
    let is_compose =
        |path: &&&Path| path.file_name().is_some_and(|name| COMPOSE.iter().any(|one| name == *one));
    let beside =
        given.iter().filter(is_compose).flat_map(|path| OVERRIDE.map(|name| path.with_file_name(name)));
    let mut not_given: Vec<PathBuf> =
        beside.filter(|path| path.is_file() && !given.contains(&path.as_path())).collect();
    not_given.dedup();
    not_given.iter().map(|path| path.display().to_string()).collect()
}

struct Reader<R> {
    stdin: Option<R>,
    /// Bytes read so far.
    total: u64,
    /// Files and directories seen so far.
    seen: usize,
    inputs: Vec<Input>,
    unread: Vec<Unread>,
}

impl<R: Read> Reader<R> {
    /// Reads a directory. Subdirectories are kept in a list, not visited by recursion: paths can be long.
    fn directory(&mut self, path: &Path, root: &Path) -> Result<(), Error> {
        let mut files = Vec::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(|error| failed(&show(&folder), &error))?;
            for entry in entries {
                let entry = entry.map_err(|error| failed(&show(&folder), &error))?;
                self.seen += 1;
                if self.seen > MANIFEST_FILES {
                    let exceeded = Exceeded::new("a directory", MANIFEST_FILES, "files and folders");
                    return Err(Error::Exceeded { file: show(path), exceeded });
                }
                let path = entry.path();
                let kind = entry.file_type().map_err(|error| failed(&show(&path), &error))?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_symlink() {
                    self.link(path, root, &mut files)?;
                } else if is_manifest(&path) {
                    self.add_if_regular(path, kind.is_file(), &mut files);
                }
            }
        }
        files.sort();
        files.iter().try_for_each(|file| self.file(file))
    }

    /// Adds an entry with the name of a manifest if it is a regular file: opening a pipe could block.
    fn add_if_regular(&mut self, path: PathBuf, is_file: bool, files: &mut Vec<PathBuf>) {
        match is_file {
            true => files.push(path),
            false => self.unread.push(Unread { path: show(&path), reason: IRREGULAR }),
        }
    }

    /// Adds the target of a link if it is a file in the same directory. Linked subdirectories are visited on their own.
    fn link(&mut self, path: PathBuf, root: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
        let is_named = is_manifest(&path);
        let target = match fs::canonicalize(&path) {
            Ok(target) => target,
            // Editors create broken links.
            Err(_) if !is_named => return Ok(()),
            Err(error) => return Err(failed(&show(&path), &error)),
        };
        if !target.starts_with(root) {
            if is_named || target.is_dir() {
                self.unread.push(Unread { path: show(&path), reason: LEADS_OUT });
            }
        } else if is_named && !target.is_dir() {
            self.add_if_regular(path, target.is_file(), files);
        }
        Ok(())
    }

    /// Reads a file of a directory. It may have been replaced since it was listed.
    fn file(&mut self, path: &Path) -> Result<(), Error> {
        let file = open_nonblocking(path).map_err(|error| failed(&show(path), &error))?;
        let metadata = file.metadata().map_err(|error| failed(&show(path), &error))?;
        if !metadata.is_file() {
            return Err(Error::Input { path: show(path), cause: "it is not a regular file".to_owned() });
        }
        self.take(&show(path), file)
    }

    fn take(&mut self, name: &str, from: impl Read) -> Result<(), Error> {
        let exceeded = |what: &str, bound: u64| Error::Exceeded {
            file: name.to_owned(),
            exceeded: Exceeded::new(what, bound, "bytes"),
        };
        let bytes = read_whole(from, MANIFEST_FILE).map_err(|error| match error {
            limits::ReadError::TooLong(bound) => exceeded("a manifest file", bound),
            limits::ReadError::Failed(error) => failed(name, &error),
        })?;
        self.total = self.total.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.total > MANIFESTS {
            return Err(exceeded("all manifest files together", MANIFESTS));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let encoding = Encoding::of(error.as_bytes());
            let cause = encoding.map_or_else(|| "it is not UTF-8".to_owned(), |own| format!("it is {own}"));
            Error::Input { path: name.to_owned(), cause }
        })?;
        self.inputs.push(Input { file: name.to_owned(), text });
        Ok(())
    }
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

fn failed(path: &str, error: &std::io::Error) -> Error {
    Error::Input { path: path.to_owned(), cause: IoCause(error).to_string() }
}
