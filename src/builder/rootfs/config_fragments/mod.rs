//! Settings of the image that packages bring: `/opt/docker/config/*.yaml`.
//!
//! A fragment has `environment` and `paths`, as a definition has them; `source` is that of symbolic links only, since a
//! package has no repository. Fragments apply in the order of their names, before the settings of the definition.

#[cfg(test)]
mod tests;

use super::context::NoContext;
use super::limits::{FRAGMENT_BYTES, FRAGMENTS};
use super::node::Origin;
use super::path::TreePath;
use super::paths::{PathEntryError, PathRemark, apply_entries};
use super::resolve::ResolveError;
use super::tree::Tree;
use crate::builder::definition::{self, LineIndex, PathEntry, Severity};
use crate::diagnostic::closest;
use crate::limits::Exceeded;
use crate::yaml;

/// Where fragments are.
const DIRECTORY: &str = "opt/docker/config";
/// The keys of a fragment.
const KEYS: [&str; 2] = ["environment", "paths"];

/// The fragments of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fragments {
    /// Environment variables, in the order of their first mention. A later fragment wins.
    pub environment: Vec<FragmentVariable>,
    /// Variables that several fragments set to different values.
    pub remarks: Vec<FragmentRemark>,
    paths: Vec<FragmentPaths>,
}

/// An environment variable of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentVariable {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The fragment.
    pub file: TreePath,
}

/// A variable that a later fragment sets to another value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` of `{before}` is replaced by `{after}`")]
pub struct FragmentRemark {
    /// The name.
    pub name: String,
    /// The fragment whose value is lost.
    pub before: TreePath,
    /// The fragment whose value counts.
    pub after: TreePath,
}

/// The entries of `paths` of one fragment.
#[derive(Clone, Debug, PartialEq)]
struct FragmentPaths {
    file: TreePath,
    by: String,
    text: String,
    entries: Vec<PathEntry>,
}

/// A fragment that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`{}: {cause}", at_line(*.line))]
pub struct FragmentError {
    /// The file.
    pub file: TreePath,
    /// The line with the fault, from 1.
    pub line: Option<usize>,
    /// The fault.
    pub cause: FragmentFault,
}

/// What is wrong with a fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FragmentFault {
    /// The file leads nowhere, or is a directory.
    #[error("it is not a file")]
    NotAFile,
    /// The path leads through links that lead nowhere.
    #[error("{0}")]
    Resolve(#[from] ResolveError),
    /// The bytes cannot be read, or are no UTF-8.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The text is not YAML with one meaning.
    #[error("{0}")]
    Yaml(String),
    /// It is not a mapping.
    #[error("expected a mapping with `environment` and `paths`")]
    Shape,
    /// A key that fragments do not have.
    #[error("unknown key `{}`{}", .key.escape_debug(), did_you_mean(*.closest))]
    Key {
        /// The key.
        key: String,
        /// The known key that may be meant.
        closest: Option<&'static str>,
    },
    /// A value that a definition could not have either.
    #[error("{0}")]
    Value(String),
    /// An entry of `paths` with a condition.
    #[error("an entry of `paths` of a package has neither `if` nor `platforms`")]
    Conditional,
    /// An entry of `paths` cannot be applied.
    #[error("{0}")]
    Path(Box<PathEntryError>),
    /// A limit was reached.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

fn at_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}

fn did_you_mean(closest: Option<&str>) -> String {
    closest.map_or_else(String::new, |closest| format!(", did you mean `{closest}`?"))
}

/// Reads the fragments of a tree, in the order of their names.
///
/// # Errors
///
/// [`FragmentError`] for the first fragment that is wrong.
pub fn read_fragments(tree: &Tree) -> Result<Fragments, FragmentError> {
    let mut fragments = Fragments::default();
    let wrong = |file: &TreePath, cause| FragmentError { file: file.clone(), line: None, cause };
    let Ok(written) = TreePath::parse(DIRECTORY) else { return Ok(fragments) };
    let directory = tree.resolve_all(&written).map_err(|error| wrong(&written, error.into()))?;
    let files = tree
        .below(&directory)
        .filter(|(path, _)| path.parent().as_ref() == Some(&directory) && path.name().ends_with(".yaml"));
    let files: Vec<TreePath> = files.map(|(path, _)| path.clone()).collect();
    if files.len() > FRAGMENTS {
        let exceeded = Exceeded::new("the number of its files", FRAGMENTS, "files");
        return Err(wrong(&written, exceeded.into()));
    }
    for file in files {
        let at = tree.resolve_all(&file).map_err(|error| wrong(&file, error.into()))?;
        let node = tree.get(&at);
        let content =
            node.and_then(|node| node.content()).ok_or_else(|| wrong(&file, FragmentFault::NotAFile))?;
        if content.len() > FRAGMENT_BYTES {
            let exceeded = Exceeded::new("its size", FRAGMENT_BYTES, "bytes");
            return Err(wrong(&file, exceeded.into()));
        }
        let bytes =
            content.read_all().map_err(|error| wrong(&file, FragmentFault::Unreadable(error.to_string())))?;
        let text = str::from_utf8(&bytes)
            .map_err(|_| wrong(&file, FragmentFault::Unreadable("it is not UTF-8".to_owned())))?;
        let by = node.map_or_else(String::new, |node| package(&node.origin));
        fragments.add(&file, by, text)?;
    }
    Ok(fragments)
}

/// Applies the entries of `paths` of all fragments. What is made is last changed at `epoch`, in seconds since 1970.
///
/// # Errors
///
/// [`FragmentError`] for the first entry that cannot be applied. The tree is then changed in part.
pub fn apply_fragment_paths(
    tree: &mut Tree,
    fragments: &Fragments,
    epoch: i64,
) -> Result<Vec<PathRemark>, FragmentError> {
    let mut remarks = Vec::new();
    for FragmentPaths { file, by, text, entries } in &fragments.paths {
        let origin = |_| Origin::Synthesized { by: by.clone() };
        let applied = apply_entries(tree, entries, origin, &NoContext, epoch).map_err(|error| {
            let line = Some(LineIndex::new(text).position(error.range.start).line);
            FragmentError { file: file.clone(), line, cause: FragmentFault::Path(error.into()) }
        })?;
        remarks.extend(applied);
    }
    Ok(remarks)
}

impl Fragments {
    fn add(&mut self, file: &TreePath, by: String, text: &str) -> Result<(), FragmentError> {
        let wrong = |line, cause| FragmentError { file: file.clone(), line, cause };
        let name = file.to_string();
        let of_yaml = |error: yaml::Error| match error {
            yaml::Error::Unreadable { line, cause, .. } => wrong(Some(line), FragmentFault::Yaml(cause)),
            yaml::Error::Exceeded { line, exceeded, .. } => wrong(Some(line), exceeded.into()),
        };
        // The reader of definitions knows more keys.
        for document in yaml::documents(text, &name) {
            let document = document.map_err(of_yaml)?;
            let Some(root) = document.root() else { return Err(wrong(Some(1), FragmentFault::Shape)) };
            let members = root.members().ok_or_else(|| wrong(Some(root.line()), FragmentFault::Shape))?;
            for (key, _) in members {
                let name = key.scalar().unwrap_or_default();
                if !KEYS.contains(&name) {
                    let closest = closest(name, KEYS.iter().copied());
                    return Err(wrong(
                        Some(key.line()),
                        FragmentFault::Key { key: name.to_owned(), closest },
                    ));
                }
            }
        }
        let read = definition::read(text, &name).map_err(of_yaml)?;
        if let Some(error) = read.findings.iter().find(|finding| finding.severity == Severity::Error) {
            let line = LineIndex::new(text).position(error.range.start).line;
            return Err(wrong(Some(line), FragmentFault::Value(error.message.clone())));
        }
        for definition::Entry { name, value, .. } in &read.definition.environment {
            self.set(name, value, file);
        }
        let entries = read.definition.paths;
        // A package is for one platform, and has no variables.
        let limited = entries.iter().find(|entry| entry.condition.is_some() || !entry.platforms.is_empty());
        if let Some(entry) = limited {
            let line = LineIndex::new(text).position(entry.range.start).line;
            return Err(wrong(Some(line), FragmentFault::Conditional));
        }
        self.paths.push(FragmentPaths { file: file.clone(), by, text: text.to_owned(), entries });
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str, file: &TreePath) {
        match self.environment.iter_mut().find(|variable| variable.name == name) {
            None => self.environment.push(FragmentVariable {
                name: name.to_owned(),
                value: value.to_owned(),
                file: file.clone(),
            }),
            Some(known) => {
                if known.value != value {
                    self.remarks.push(FragmentRemark {
                        name: name.to_owned(),
                        before: known.file.clone(),
                        after: file.clone(),
                    });
                }
                (known.value, known.file) = (value.to_owned(), file.clone());
            }
        }
    }
}

/// The name of the package that brought a file.
fn package(origin: &Origin) -> String {
    match origin {
        Origin::Package { name, .. } => name.clone(),
        _ => "package configuration".to_owned(),
    }
}
