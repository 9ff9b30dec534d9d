//! The fixed limits of the module `gate`.

use crate::limits::limits;

limits! {
    VEX_FILE: u64 = 128 << 20, Bytes, "one file with a VEX document, an attestation or a signature";
    VEX_BYTES: u64 = 512 << 20, Bytes, "all files with VEX of one run";
    VEX_FILES: usize = 4096, Count, "files with VEX of one run";
    VEX_ENTRIES: usize = 65_536, Count, "entries of one directory of VEX files, those below it included";
    /// Each has its own memory limit.
    EVALUATIONS_AT_ONCE: usize = 4, Count, "images for which policies in Rego are evaluated at once";
    EVALUATION_REQUEST: u64 = 512 << 20, Bytes, "facts and policies that one process evaluates, as JSON";
    /// They share its memory limit.
    EVALUATION_THREADS: usize = 2, Count, "policies in Rego that one process evaluates at once";
    EVALUATION_STACK: usize = 64 << 20, Bytes, "stack of one evaluation of policies in Rego";
    /// They tell which limit ended the process.
    EVALUATION_MESSAGES: usize = 4096, Bytes, "last messages of a process that evaluates policies, which are read";
    UNVERIFIED: usize = 32, Count, "attestations of one image without a good signature that are read to explain decisions";
}
