//! Why a package file is refused.

use std::io;

use crate::archive::TarError;
use crate::builder::packages::deb::control;
use crate::limits::Exceeded;

/// Why a package file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// A limit of [`limits`](super::limits) is exceeded.
    #[error("{0}")]
    Limit(#[from] Exceeded),
    /// It does not begin as a package file.
    #[error("it is not a Debian package")]
    NotAPackage,
    /// A format version other than 2.
    #[error("the package has the format version `{version}`, only 2 is supported")]
    Format {
        /// The version, shortened.
        version: String,
    },
    /// The file ends before its content does.
    #[error("it is cut off")]
    CutOff,
    /// A header that is damaged, at this byte.
    #[error("the header at byte {at} is damaged")]
    Header {
        /// The position, from 0.
        at: u64,
    },
    /// Something else than a line feed after a member of odd size.
    #[error("the byte after the member `{member}` is not a line feed")]
    Padding {
        /// The member before it.
        member: String,
    },
    /// A member that a package does not have at this place.
    #[error("unexpected member `{member}`")]
    Member {
        /// Its name.
        member: String,
    },
    /// A member or control file that a package must have.
    #[error("`{member}` is missing")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// A compression that this program does not read.
    #[error("the compression of `{member}` is not supported; gzip, xz, zstd and none are")]
    Compression {
        /// The member.
        member: String,
    },
    /// The content cannot be decompressed.
    #[error("it cannot be decompressed: {cause}")]
    Read {
        /// The cause.
        cause: String,
    },
    /// An archive in it is refused.
    #[error("`{archive}`: {cause}")]
    Archive {
        /// The archive.
        archive: &'static str,
        /// The cause.
        cause: String,
    },
    /// The control file cannot be read.
    #[error("control file: {0}")]
    Control(#[from] control::Error),
    /// The control file has no stanza, or another one.
    #[error("the control file has {found} stanzas, expected one")]
    Stanzas {
        /// How many there are.
        found: usize,
    },
    /// The package says something else about itself than the signed index.
    #[error("its control file says `{field}: {found}`, the signed index says `{expected}`")]
    Differs {
        /// The field.
        field: &'static str,
        /// What the package says, empty if nothing.
        found: String,
        /// What the index says.
        expected: String,
    },
}

impl ContainerError {
    pub(super) fn read(error: &io::Error) -> Self {
        Self::Read { cause: error.to_string() }
    }

    pub(super) fn tar(archive: &'static str, error: TarError) -> Self {
        match error {
            TarError::Limit(exceeded) => Self::Limit(exceeded),
            TarError::Refused(cause) => Self::Archive { archive, cause },
            TarError::Compressed { by, .. } => {
                Self::Archive { archive, cause: format!("it is compressed by {by}") }
            }
        }
    }
}
