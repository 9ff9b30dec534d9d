//! The error of documents and reports that cannot be read.

/// Why a VEX document or a scanner report cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A package URL cannot be parsed.
    #[error("`{text}` is not a package URL: {cause}")]
    PackageUrl {
        /// The text.
        text: String,
        /// What is wrong with it.
        cause: String,
    },
}
