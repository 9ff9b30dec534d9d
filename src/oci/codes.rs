//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    TRUST_TAMPERED = "trust/tampered", BadProof, "bytes do not have the expected digest or size";
    VERIFY_NO_SUCH_PLATFORM = "verify/no-such-platform", Missing, "there is no image to verify";
    VERIFY_AMBIGUOUS_PLATFORM = "verify/ambiguous-platform", Usage, "several images match where one is required";
    REGISTRY_BAD_CONTENT = "registry/bad-content", BadProof, "a manifest, list or configuration is malformed";
    USAGE_REFERENCE = "usage/reference", Usage, "a reference, digest or platform is not well-formed";
}
