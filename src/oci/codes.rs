//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    TRUST_TAMPERED = "trust/tampered", BadProof, "bytes do not have the digest or size that was asked for";
    VERIFY_NO_SUCH_PLATFORM = "verify/no-such-platform", Missing, "there is no image to judge";
    VERIFY_AMBIGUOUS_PLATFORM = "verify/ambiguous-platform", Usage, "several images answer a question about one";
    REGISTRY_BAD_CONTENT = "registry/bad-content", BadProof, "a manifest, list or configuration is not what it should be";
    USAGE_REFERENCE = "usage/reference", Usage, "a reference, digest or platform is not well-formed";
}
