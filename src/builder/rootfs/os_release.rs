//! The file `os-release`, which says what the system of an image is.
//!
//! Invariant: a shell and a parser of os-release(5) read each value as it is in the definition.

use super::tree::Tree;
use super::tree_writer::WriteError;

/// Why there is no `os-release`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OsReleaseError {
    /// A name that a shell does not accept for a variable.
    #[error("`{0}` is not a name for a line of `os-release`")]
    Name(String),
    /// A value with a line break or another control character, which the format cannot hold.
    #[error("the value of `{0}` contains a control character")]
    Control(String),
    /// The file cannot be put into the tree.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The text: one line for each pair of name (`PRETTY_NAME`) and value, in their order.
///
/// # Errors
///
/// [`OsReleaseError::Name`] and [`OsReleaseError::Control`].
pub fn os_release_text(lines: &[(&str, &str)]) -> Result<String, OsReleaseError> {
    let _ = lines;
    Ok(String::new())
}

/// Writes `/usr/lib/os-release` and the link `/etc/os-release` to it, in place of what packages put there.
///
/// # Errors
///
/// [`OsReleaseError`].
pub fn write_os_release(tree: &mut Tree, lines: &[(&str, &str)], epoch: i64) -> Result<(), OsReleaseError> {
    let _ = (tree, epoch);
    os_release_text(lines).map(|_| ())
}
