//! What named a candidate, and where, so that readers can look it up. It is not trusted.

use std::fmt;
use std::mem::discriminant;

use crate::attestation::InputPath;
use crate::oci::{Digest, Repository};

/// What named a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CandidateOrigin {
    /// The caller, in `BaseOptions::bases`.
    Flag,
    /// Provenance, signed or not.
    Provenance {
        /// Digest of the attestation, or of the manifest that the statement was stored in.
        attestation: Digest,
        /// Its path in the statement. `None` if the statement could not be read.
        path: Option<InputPath>,
    },
    /// An annotation.
    Annotation {
        /// Its name.
        name: &'static str,
        /// Digest of the manifest or index that has it.
        of: Digest,
    },
    /// A label.
    Label {
        /// Its name.
        name: &'static str,
        /// Digest of the manifest whose configuration has it.
        of: Digest,
    },
    /// An alias of the caller, for a candidate that something else named.
    Alias {
        /// The repository of copies whose original it names.
        copy: Repository,
    },
}

impl CandidateOrigin {
    /// The name in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Provenance { .. } => "provenance",
            Self::Annotation { .. } => "annotation",
            Self::Label { .. } => "label",
            Self::Alias { .. } => "alias",
        }
    }

    /// Whether both are of one kind.
    pub fn is_like(&self, other: &Self) -> bool {
        discriminant(self) == discriminant(other)
    }
}

/// Kind and location: `label com.docker.dhi.name of sha256:…`.
impl fmt::Display for CandidateOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("the user"),
            Self::Provenance { attestation, path: Some(path) } => {
                write!(f, "provenance {attestation}, {path}")
            }
            Self::Provenance { attestation, path: None } => write!(f, "provenance {attestation}"),
            Self::Annotation { name, of } => write!(f, "annotation {name} of {of}"),
            Self::Label { name, of } => write!(f, "label {name} of {of}"),
            Self::Alias { copy } => write!(f, "the alias of {copy}"),
        }
    }
}
