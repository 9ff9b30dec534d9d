//! Files, directories and standard input, each bounded. A link is never followed out of a directory.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Error;
use crate::limits::{Exceeded, MANIFEST_FILE, MANIFEST_FILES, MANIFESTS};

/// One file of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As it is shown: the path, `-` for standard input.
    pub file: String,
    /// All of it.
    pub text: String,
}

/// Reads what `paths` name, in their order: files, `-` for `stdin`, and directories with everything below them that
/// is called `*.yaml`, `*.yml` or `*.json`, sorted. The second list has the links that were not followed.
pub fn read(paths: &[String], stdin: impl Read) -> Result<(Vec<Input>, Vec<String>), Error> {
    let mut reader = Reader { stdin: Some(stdin), total: 0, seen: 0, inputs: Vec::new(), links: Vec::new() };
    for path in paths {
        if path == "-" {
            let Some(stdin) = reader.stdin.take() else {
                return Err(Error::Input { path: path.clone(), cause: "it was read already".to_owned() });
            };
            reader.take("-", stdin)?;
            continue;
        }
        let metadata = fs::metadata(path).map_err(|error| failed(path, &error))?;
        if metadata.is_dir() {
            let root = fs::canonicalize(path).map_err(|error| failed(path, &error))?;
            reader.directory(Path::new(path), &root)?;
        } else {
            reader.file(Path::new(path))?;
        }
    }
    Ok((reader.inputs, reader.links))
}

struct Reader<R> {
    stdin: Option<R>,
    /// Bytes so far.
    total: u64,
    /// Files and folders so far.
    seen: usize,
    inputs: Vec<Input>,
    links: Vec<String>,
}

impl<R: Read> Reader<R> {
    /// Folders are taken from a list and not by recursion: paths can be long.
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
                } else if kind.is_file() && is_manifest(&path) {
                    files.push(path);
                }
            }
        }
        files.sort();
        files.iter().try_for_each(|file| self.file(file))
    }

    /// What a link leads to is read if it is a file of the same directory. Folders are met by themselves.
    fn link(&mut self, path: PathBuf, root: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
        let target = fs::canonicalize(&path).map_err(|error| failed(&show(&path), &error))?;
        let inside = target.starts_with(root);
        if target.is_dir() {
            if !inside {
                self.links.push(show(&path));
            }
        } else if is_manifest(&path) {
            if inside {
                files.push(path);
            } else {
                self.links.push(show(&path));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Error> {
        let file = fs::File::open(path).map_err(|error| failed(&show(path), &error))?;
        self.take(&show(path), file)
    }

    fn take(&mut self, name: &str, from: impl Read) -> Result<(), Error> {
        let mut bytes = Vec::new();
        from.take(MANIFEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| failed(name, &error))?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.total = self.total.saturating_add(length);
        let exceeded = if length > MANIFEST_FILE {
            Some(Exceeded::new("a manifest file", MANIFEST_FILE, "bytes"))
        } else if self.total > MANIFESTS {
            Some(Exceeded::new("all manifest files together", MANIFESTS, "bytes"))
        } else {
            None
        };
        if let Some(exceeded) = exceeded {
            return Err(Error::Exceeded { file: name.to_owned(), exceeded });
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::Input { path: name.to_owned(), cause: "it is not UTF-8".to_owned() })?;
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
    Error::Input { path: path.to_owned(), cause: error.to_string() }
}
