//! Finds definitions in directories. No link leads out of a directory.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use super::limits::{DEFINITION_ENTRIES, FIRST_LINES};
use crate::builder::source::SourceError;
use crate::diagnostic::IoCause;
use crate::limits::Exceeded;
use crate::registry::open_nonblocking;

/// The definitions that arguments name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Their names, sorted: paths, `-` and URLs.
    pub names: BTreeSet<String>,
    /// The number of files in directories that are no definitions.
    pub skipped: usize,
    /// What was not read, in words.
    pub unread: Vec<String>,
}

/// Finds definitions: a directory stands for all `*.yaml` and `*.yml` below it with a `# syntax=` line of definitions,
/// everything else for itself.
///
/// # Errors
///
/// [`SourceError`] if a directory cannot be read, or if there are too many entries.
pub fn find(arguments: &[String]) -> Result<Found, SourceError> {
    let mut found = Found::default();
    for argument in arguments {
        let path = Path::new(argument);
        if path.is_dir() {
            directory(path, &mut found)?;
        } else {
            found.names.insert(argument.clone());
        }
    }
    Ok(found)
}

/// Subdirectories are kept in a list, not visited by recursion: paths can be long.
fn directory(path: &Path, found: &mut Found) -> Result<(), SourceError> {
    let root = fs::canonicalize(path).map_err(|error| failed(path, &error))?;
    let mut seen = 0;
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, &error))? {
            let entry = entry.map_err(|error| failed(&folder, &error))?;
            seen += 1;
            if seen > DEFINITION_ENTRIES {
                let exceeded = Exceeded::new("a directory", DEFINITION_ENTRIES, "files and folders");
                return Err(SourceError::Limit { origin: origin(path), exceeded });
            }
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| failed(&path, &error))?;
            if kind.is_dir() {
                // The history of a repository has no definitions.
                if entry.file_name() != ".git" {
                    folders.push(path);
                }
            } else if is_yaml(&path) {
                // What a link names is visited on its own if it is in the directory and has such a name.
                let is_inside = !kind.is_symlink()
                    || fs::canonicalize(&path)
                        .is_ok_and(|target| target.starts_with(&root) && target.is_file());
                match is_inside {
                    true => file(&path, found)?,
                    false => found.unread.push(format!("{} is a link out of the directory", origin(&path))),
                }
            }
        }
    }
    Ok(())
}

fn file(path: &Path, found: &mut Found) -> Result<(), SourceError> {
    let file = open_nonblocking(path).map_err(|error| failed(path, &error))?;
    let metadata = file.metadata().map_err(|error| failed(path, &error))?;
    if !metadata.is_file() {
        found.unread.push(format!("{} is not a regular file", origin(path)));
        return Ok(());
    }
    let mut first = Vec::new();
    file.take(FIRST_LINES).read_to_end(&mut first).map_err(|error| failed(path, &error))?;
    if is_definition(&String::from_utf8_lossy(&first)) {
        found.names.insert(path.display().to_string());
    } else {
        found.skipped += 1;
    }
    Ok(())
}

/// Whether the comments at the beginning of a text name a frontend of definitions.
fn is_definition(text: &str) -> bool {
    let comments = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    let mut values = comments.filter_map(|line| {
        line.trim_start_matches('#').trim_start().strip_prefix("syntax")?.trim_start().strip_prefix('=')
    });
    values.any(|value| value.contains("build:"))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn origin(path: &Path) -> String {
    format!("`{}`", path.display())
}

fn failed(path: &Path, error: &std::io::Error) -> SourceError {
    SourceError::Read { origin: origin(path), cause: IoCause(error).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_recognized_by_their_first_comments() {
        for text in [
            "# syntax=dhi.io/build:2-debian13\n",
            "# syntax=dhi/build:1-alpine3.22\nname: x",
            "# A comment\n\n#  syntax = dhi.io/build:3-other",
        ] {
            assert!(is_definition(text), "{text}");
        }
        for text in ["", "name: x\n# syntax=dhi.io/build:2-debian13", "# syntax=docker/dockerfile:1\n"] {
            assert!(!is_definition(text), "{text}");
        }
    }

    #[test]
    fn directories_have_their_definitions_and_no_others() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("b/x.yml", "# syntax=dhi.io/build:2-debian13\n");
        write("a.yaml", "# syntax=dhi.io/build:2-debian13\n");
        write("info.yaml", "name: x\n");
        write("README.md", "# syntax=dhi.io/build:2-debian13\n");
        write(".git/a.yaml", "# syntax=dhi.io/build:2-debian13\n");
        let root = directory.path().display().to_string();
        let found = find(&[root.clone(), "-".to_owned(), "missing.yaml".to_owned()]).unwrap();
        let names =
            ["-".to_owned(), format!("{root}/a.yaml"), format!("{root}/b/x.yml"), "missing.yaml".to_owned()];
        assert_eq!(found.names, BTreeSet::from(names));
        assert_eq!((found.skipped, found.unread.len()), (1, 0));
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_a_directory_are_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        let target = outside.path().join("a.yaml");
        fs::write(&target, "# syntax=dhi.io/build:2-debian13\n").unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(&target, directory.path().join("link.yaml")).unwrap();
        let found = find(&[directory.path().display().to_string()]).unwrap();
        assert!(found.names.is_empty(), "{found:?}");
        assert_eq!(found.unread.len(), 1);
    }
}
