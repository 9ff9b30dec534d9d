//! Errors of the documents and the archive.

use crate::oci::Digest;

/// A document or archive cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A time that RFC 3339 cannot express.
    #[error("the time {0} is outside the years 1 to 9999")]
    Time(i64),
    /// An index without images.
    #[error("an index needs an image")]
    NoImages,
    /// A document is not representable as JSON.
    #[error("a document cannot be written: {0}")]
    Json(String),
    /// A blob of the archive has other bytes than its digest and size say.
    #[error("the blob {0} has other content than its digest and size say")]
    Blob(Digest),
    /// A blob that a document names is not in the archive, or is there twice.
    #[error("the blob {0} is not in the archive")]
    Absent(Digest),
    /// A blob cannot be read.
    #[error("the blob {digest} cannot be read: {cause}")]
    Read {
        /// The blob.
        digest: Digest,
        /// The message of the reader.
        cause: String,
    },
    /// The archive cannot be written.
    #[error("the archive cannot be written: {0}")]
    Write(String),
}
