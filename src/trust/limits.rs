//! The fixed limits of the module `trust`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use crate::limits::limits;

limits! {
    ENVELOPE_SIGNATURES: usize = 100, Count, "signatures of one DSSE envelope that are tried";
    PATTERN: usize = 1 << 20, Bytes, "one compiled regular expression";
    /// Enough for a tree of 2^64 leaves.
    PROOF_HASHES: usize = 64, Count, "hashes of one inclusion proof";
    SUBJECTS: usize = 1024, Count, "subjects of one in-toto statement";
    SUBJECT_DIGESTS: usize = 32, Count, "digests of one subject of a statement";
}
