//! The bytes of a file in an image: in memory, or in a store that is read when they are needed.
//!
//! Invariant: a store never changes while a build uses it; what it gives back is what was put in.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that are kept outside the tree.
pub trait ContentStore: Send + Sync {
    /// Fills `buffer` with the bytes from `offset`.
    ///
    /// # Errors
    ///
    /// An error of the store, also if it has fewer bytes.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

/// The bytes of a file.
#[derive(Clone)]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In a store.
    Stored {
        /// The store.
        store: Arc<dyn ContentStore>,
        /// Where they begin.
        offset: u64,
        /// How many they are.
        length: u64,
    },
}

/// Reads a [`Content`] from its beginning.
#[derive(Debug)]
pub struct ContentReader<'a> {
    content: &'a Content,
    at: u64,
}

impl Content {
    /// The number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stored { length, .. } => *length,
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A reader of the bytes.
    pub fn reader(&self) -> ContentReader<'_> {
        ContentReader { content: self, at: 0 }
    }

    /// All bytes.
    ///
    /// # Errors
    ///
    /// An error of the store.
    pub fn read_all(&self) -> io::Result<Arc<[u8]>> {
        match self {
            Self::Bytes(bytes) => Ok(Arc::clone(bytes)),
            Self::Stored { .. } => {
                let mut bytes = Vec::new();
                self.reader().read_to_end(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

impl Read for ContentReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.content.len().saturating_sub(self.at);
        let length = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
        let Some(target) = buffer.get_mut(..length) else { return Ok(0) };
        match self.content {
            Content::Bytes(bytes) => {
                let from = usize::try_from(self.at).unwrap_or(usize::MAX);
                let source = bytes.get(from..).and_then(|rest| rest.get(..length)).unwrap_or_default();
                target.get_mut(..source.len()).unwrap_or_default().copy_from_slice(source);
            }
            Content::Stored { store, offset, .. } => store.read_at(offset.saturating_add(self.at), target)?,
        }
        self.at += length as u64;
        Ok(length)
    }
}

/// Equal bytes in memory, or the same place of the same store.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (
                Self::Stored { store: one, offset, length },
                Self::Stored { store: other, offset: other_offset, length: other_length },
            ) => Arc::ptr_eq(one, other) && offset == other_offset && length == other_length,
            _ => false,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.len())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().into())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes().into())
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}
