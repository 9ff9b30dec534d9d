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
    /// The index of a VEX repository cannot be read.
    #[error("`index.json` of the VEX repository {repository} is not readable: {cause}")]
    RepositoryIndex {
        /// Its name, as messages show it.
        repository: String,
        /// What is wrong.
        cause: String,
    },
    /// The index of a VEX repository names a document outside the repository.
    #[error(
        "location-outside-repository: the VEX repository {repository} lists {location}, which is outside it"
    )]
    LocationOutsideRepository {
        /// Its name, as messages show it.
        repository: String,
        /// The location, as messages show it.
        location: String,
    },
}
