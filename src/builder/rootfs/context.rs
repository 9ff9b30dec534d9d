//! The repository of a definition, from which `paths` copies files.
//!
//! Invariant: nothing outside of the repository is read; the implementation refuses links that lead out of it.

use super::content::Content;

/// The repository of a definition.
pub trait Context {
    /// What stands at a path, relative to the root of the repository, without a leading `/` and without parts `.` or `..`.
    /// The root is the empty path. Links are followed inside the repository.
    ///
    /// # Errors
    ///
    /// [`ContextError`]
    fn open(&self, path: &str) -> Result<ContextNode, ContextError>;
}

/// What stands at a path of the repository.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextNode {
    /// A regular file.
    File {
        /// The bytes.
        content: Content,
        /// Whether its owner may execute it.
        is_executable: bool,
    },
    /// A directory: what is in it, in any order.
    Directory(Vec<ContextName>),
}

/// A name in a directory of the repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContextName {
    /// The name.
    pub name: String,
    /// The target, if it is a symbolic link. It is copied as a link.
    pub target: Option<String>,
}

/// Why a file of the repository cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// There is no such file.
    #[error("it does not exist in the repository of the definition")]
    Missing,
    /// The path leads out of the repository.
    #[error("it is outside of the repository of the definition")]
    Outside,
    /// There is no repository: the definition comes from standard input, a URL or a package.
    #[error("the repository of the definition is not known")]
    NoRepository,
    /// It is neither a file nor a directory, or the system does not give it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// No repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoContext;

impl Context for NoContext {
    fn open(&self, _: &str) -> Result<ContextNode, ContextError> {
        Err(ContextError::NoRepository)
    }
}
