//! The error codes of the module `evidence`.

use crate::diagnostic::codes;

codes! {
    ATTEST_NONE = "attest/none", Missing, "the image has no attestation that counts";
    ATTEST_PREDICATE_MISSING = "attest/predicate-missing", Missing, "a platform has no attestation of the requested predicate type";
    ATTEST_VSA = "attest/vsa", Fail, "the newest verification summary of the image is not a pass";
    BASE_NOT_DHI = "base/not-dhi", Fail, "the image is not a Docker Hardened Image and is not built on one";
    BASE_CLAIMS_ONLY = "base/claims-only", Fail, "labels or annotations claim a hardened image or base, without proof";
    BASE_ELSEWHERE = "base/elsewhere", Missing, "a possible base image is in a registry that may not be contacted";
    BASE_AMBIGUOUS = "base/ambiguous", Missing, "several hardened images match equally well as the base";
    BASE_LAYERS_DECLARED = "base/layers-declared", Missing, "only the image's configuration declares the layers of the base";
    BASE_LAYERS_CHANGED = "base/layers-changed", BadProof, "a layer differs from what the image declares";
    VERIFY_OTHER_IMAGE = "verify/other-image", BadProof, "the image of a local engine is not the one that was verified";
    VERIFY_PLATFORM_MISMATCH = "verify/platform-mismatch", BadProof, "an index entry names another platform than the image";
}
