//! Why a lock file cannot be used.

use crate::limits::Exceeded;

/// Why a lock file cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A limit of [`limits`](super::limits) is exceeded.
    #[error("{0}")]
    Limit(#[from] Exceeded),
    /// It is not JSON, or not that of a lock: an unknown or missing member, a member twice, a wrong type.
    #[error("the lock file cannot be read: {cause}")]
    Json {
        /// The cause, with line and column.
        cause: String,
    },
    /// It has another format version, or none.
    #[error("the lock file has the format version {found}, this program knows {}", super::FORMAT)]
    Format {
        /// The version as it is written, `none` if there is none.
        found: String,
    },
    /// An entry is not well-formed.
    #[error("{place}: {cause}")]
    Invalid {
        /// The entry, such as `linux/amd64, package redis`.
        place: String,
        /// What is wrong with it.
        cause: Cause,
    },
}

/// What is wrong with an entry of a lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The same entry is there twice.
    #[error("it is there twice")]
    Twice,
    /// A text that must not be empty.
    #[error("`{member}` is empty")]
    Empty {
        /// The member.
        member: &'static str,
    },
    /// A text with a character that a terminal interprets or does not show, or with a line break.
    #[error("`{member}` has the character U+{:04X}", u32::from(*.character))]
    Character {
        /// The member.
        member: &'static str,
        /// The character.
        character: char,
    },
    /// A name or version with a space.
    #[error("`{member}` has a space")]
    Space {
        /// The member.
        member: &'static str,
    },
    /// A path that leads out of its repository.
    #[error("the path `{path}` leads out of the repository")]
    Path {
        /// The path.
        path: String,
    },
    /// The number of a repository that the platform does not have.
    #[error("there is no repository {number}")]
    Repository {
        /// The number, from 0.
        number: usize,
    },
    /// The identity is that of another kind of repository.
    #[error("its identity is not that of the kind of its repository")]
    Identity,
    /// A digest other than SHA-256.
    #[error("`{member}` is not a SHA-256 digest")]
    Algorithm {
        /// The member.
        member: &'static str,
    },
    /// A commit that is not a whole one.
    #[error("the commit is not 40 or 64 lower-case hexadecimal digits")]
    Commit,
    /// A fingerprint that is none.
    #[error("a fingerprint is not 40 or 64 upper-case hexadecimal digits")]
    Fingerprint,
    /// The bytes of a key do not have the digest beside them.
    #[error("the bytes of the key do not have its digest")]
    KeyDigest,
}
