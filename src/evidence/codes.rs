//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    ATTEST_NONE = "attest/none", Missing, "there is no attestation that could prove anything";
    ATTEST_PREDICATE_MISSING = "attest/predicate-missing", Missing, "a platform has no attestation of the predicate type that was asked for";
    ATTEST_VSA = "attest/vsa", Fail, "a verification summary of the image does not say that it passed";
    BASE_NOT_DHI = "base/not-dhi", Fail, "the image is no Docker Hardened Image and is not built on one";
    BASE_CLAIMS_ONLY = "base/claims-only", Fail, "labels or annotations say that the image is hardened or built on a hardened one, and nothing proves it";
    BASE_ELSEWHERE = "base/elsewhere", Missing, "an image that may be the base lies in a registry that is not asked";
    BASE_AMBIGUOUS = "base/ambiguous", Missing, "several hardened images fit as the base equally well";
    BASE_LAYERS_DECLARED = "base/layers-declared", Missing, "the image only declares that it has the layers of the base";
    BASE_LAYERS_CHANGED = "base/layers-changed", BadProof, "a layer is not what the image declares";
    VERIFY_OTHER_IMAGE = "verify/other-image", BadProof, "the image of a local engine is not the one that was verified";
    VERIFY_PLATFORM_MISMATCH = "verify/platform-mismatch", BadProof, "an index entry promises another platform than the image is for";
}
