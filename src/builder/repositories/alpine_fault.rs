//! What is wrong with an index of Alpine.

use crate::builder::packages::apk::{container, index};

/// What is wrong with an index of Alpine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AlpineFault {
    /// The file.
    #[error("{0}")]
    Container(container::Error),
    /// The text.
    #[error("{0}")]
    Index(index::Error),
}
