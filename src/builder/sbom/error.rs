//! Why a document cannot be written.

/// Why a document cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A dependency that is no position in the list of packages.
    #[error("`{package}` depends on package number {position}, but there are {count}")]
    NoSuchPackage {
        /// The package.
        package: String,
        /// The position, from 0.
        position: usize,
        /// How many packages there are.
        count: usize,
    },
    /// A time outside the years that a timestamp has.
    #[error("the epoch {0} is no time of the years -9999 to 9999")]
    Time(i64),
    /// A value that is no JSON. It cannot occur: every value can be serialized.
    #[error("the document cannot be written: {0}")]
    Json(String),
}
