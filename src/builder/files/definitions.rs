//! Finds definitions in directories. No link leads out of a directory.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use super::limits::{DEFINITION_ENTRIES, FIRST_LINES};
use crate::builder::source::SourceError;
use crate::diagnostic::{IoCause, closest};
use crate::limits::Exceeded;
use crate::registry::open_nonblocking;

/// The definitions that arguments name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Their names, sorted: paths, `-` and URLs.
    pub names: BTreeSet<String>,
    /// Files in directories that are no definitions.
    pub skipped: BTreeSet<String>,
    /// What is probably meant as a definition among them, in words.
    pub doubtful: Vec<String>,
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
    let first = String::from_utf8_lossy(&first);
    let name = path.display().to_string();
    if is_definition(&first) {
        found.names.insert(name);
    } else {
        if lacks_syntax_line(&first) {
            let origin = origin(path);
            found.doubtful.push(format!(
                "{origin} has `image` and `tags` but no `# syntax=` line, so it is not checked"
            ));
        }
        found.skipped.insert(name);
    }
    Ok(())
}

/// The comments at the beginning of a text, without their signs.
fn comments(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    lines.map(|line| line.trim_start_matches('#').trim_start())
}

/// The value of a comment `syntax=VALUE`, also if the word is misspelled.
fn syntax_value(comment: &str) -> Option<&str> {
    let (word, value) = comment.split_once('=')?;
    closest(word.trim_end(), ["syntax"]).map(|_| value.trim())
}

/// Whether the comments at the beginning of a text name a frontend of definitions, or nearly do: what is wrong with the
/// line is a finding.
fn is_definition(text: &str) -> bool {
    comments(text).filter_map(syntax_value).any(|value| {
        let is_ours = value.starts_with("dhi.io/") || value.starts_with("dhi/");
        let name = value.rsplit('/').next().unwrap_or_default().split(':').next().unwrap_or_default();
        // Longer names, such as `buildkit`, are others.
        let is_close = name.len() <= "build".len() + 1 && closest(name, ["build"]).is_some();
        is_ours || value.contains("build:") || (value.contains(':') && is_close)
    })
}

/// Whether a text without a `# syntax=` line begins like a definition of an image.
fn lacks_syntax_line(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    // Values of charts have a mapping there.
    let has_image = text.lines().any(|line| {
        line.strip_prefix("image:")
            .map(str::trim)
            .is_some_and(|image| !image.is_empty() && !image.starts_with(['#', '{']))
    });
    has_image && has("tags:") && !comments(text).any(|comment| syntax_value(comment).is_some())
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
            "\u{feff}# syntax=dhi.io/build:2-debian13\n",
            "# syntax=dhi.io/biuld:2-debian13\n",
            "# syntax=dhi.io/build\n",
            "# syntax=registry.example.com/biuld:2-debian13\n",
            "# sytnax=dhi.io/build:2-debian13\n",
            "#Syntax=dhi.io/build:2-debian13\n",
        ] {
            assert!(is_definition(text), "{text}");
        }
        for text in [
            "",
            "name: x\n# syntax=dhi.io/build:2-debian13",
            "# syntax=docker/dockerfile:1\n",
            "# path=dhi.io/build:2-debian13\n",
            "# syntax=docker/buildkit:1\n",
        ] {
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
        assert_eq!(found.skipped, BTreeSet::from([format!("{root}/info.yaml")]));
        assert_eq!((found.doubtful.len(), found.unread.len()), (0, 0));
    }

    #[test]
    fn a_definition_without_its_first_line_is_recognized() {
        for text in ["image: dhi.io/x\ntags:\n  - 1\n", "# A comment\nname: x\nimage: x\ntags: [1]\n"] {
            assert!(lacks_syntax_line(text), "{text}");
        }
        for text in [
            "name: x\ntags: []\n",
            "image: x\n  tags: []\n",
            "image:\n  repository: x\ntags: {}\n",
            "# syntax=docker/dockerfile:1\nimage: x\ntags: []\n",
        ] {
            assert!(!lacks_syntax_line(text), "{text}");
        }
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
