//! Paths inside an image.

use std::fmt;

use super::limits::{PATH_BYTES, PATH_PART, PATH_PARTS};

/// A path in an image, relative to its root, without a leading `/`. The root is the empty path.
///
/// Its parts are neither empty nor `.` or `..`, and contain no NUL. The order is that of the bytes, in which a directory
/// comes before everything in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

/// A text that is not a path in an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A part is `..`.
    #[error("the path `{}` leads upwards", .0.escape_debug())]
    Upwards(String),
    /// A NUL.
    #[error("the path `{}` contains a NUL byte", .0.escape_debug())]
    Nul(String),
    /// Bytes that are not UTF-8.
    #[error("the path `{0}` is not UTF-8")]
    NotUtf8(String),
    /// The name that marks deletions in layers: an engine would drop the file and delete another one.
    #[error("the name of `{}` begins with `.wh.`, which deletes files when the image is unpacked", .0.escape_debug())]
    Whiteout(String),
    /// More bytes or parts than a file system accepts.
    #[error(
        "the path `{}…` is longer than {PATH_BYTES} bytes, deeper than {PATH_PARTS} directories, or has a name of more \
         than {PATH_PART} bytes",
        .0.escape_debug()
    )]
    TooLong(String),
}

impl TreePath {
    /// The root.
    pub const ROOT: Self = Self(String::new());

    /// Reads a path: leading, trailing and doubled `/` and parts `.` are dropped.
    ///
    /// # Errors
    ///
    /// [`PathError`] for `..`, NUL, a name that begins with `.wh.`, and a path that is too long.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut path = String::with_capacity(text.len());
        let mut parts = 0;
        let too_long = |path: &str| PathError::TooLong(path.chars().take(80).collect());
        for part in text.split('/') {
            match part {
                "" | "." => continue,
                ".." => return Err(PathError::Upwards(text.to_owned())),
                part if part.contains('\0') => return Err(PathError::Nul(text.to_owned())),
                part if part.starts_with(".wh.") => return Err(PathError::Whiteout(text.to_owned())),
                part if part.len() > PATH_PART => return Err(too_long(part)),
                part => {
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(part);
                    parts += 1;
                }
            }
        }
        if path.len() > PATH_BYTES || parts > PATH_PARTS {
            return Err(too_long(&path));
        }
        Ok(Self(path))
    }

    /// Reads the bytes of a name in an archive: see [`TreePath::parse`].
    ///
    /// # Errors
    ///
    /// [`PathError`], also for bytes that are not UTF-8.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, PathError> {
        let text = str::from_utf8(bytes).map_err(|_| PathError::NotUtf8(bytes.escape_ascii().to_string()))?;
        Self::parse(text)
    }

    /// The path without leading `/`. Empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The directory that holds it. `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(Self(self.0.rsplit_once('/').map(|(parent, _)| parent.to_owned()).unwrap_or_default()))
    }

    /// The last part. Empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The parts, from the root.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// All directories above it, the root first.
    pub fn ancestors(&self) -> Vec<Self> {
        let mut ancestors: Vec<Self> = std::iter::successors(self.parent(), Self::parent).collect();
        ancestors.reverse();
        ancestors
    }

    /// The path of `below`, relative to this one.
    ///
    /// # Errors
    ///
    /// [`PathError`], see [`TreePath::parse`].
    pub fn join(&self, below: &str) -> Result<Self, PathError> {
        Self::parse(&format!("{self}/{below}"))
    }

    /// What is left of the path below `directory`. `None` if it is not below. Empty for the same path.
    pub fn below(&self, directory: &Self) -> Option<&str> {
        if directory.is_root() {
            return Some(&self.0);
        }
        let rest = self.0.strip_prefix(&directory.0)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }
}

/// With a leading `/`.
impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}
