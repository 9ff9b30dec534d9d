//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    ATTEST_UNREADABLE = "attest/unreadable", BadProof, "an attestation cannot be read as its type";
    TRUST_UNSIGNED = "trust/unsigned", Missing, "something that must be signed has no signature";
    TRUST_WRONG_KEY = "trust/wrong-key", BadProof, "no trusted key verifies the signature";
    TRUST_WRONG_IDENTITY = "trust/wrong-identity", BadProof, "the certificate identity of a keyless signature is not accepted";
    TRUST_CERTIFICATE = "trust/certificate", BadProof, "the certificate of a keyless signature is not valid";
    TRUST_TIME = "trust/time", BadProof, "the time of a signature is not proven";
    TRUST_THRESHOLD = "trust/threshold", BadProof, "fewer signers signed than are required";
    TRUST_PAYLOAD = "trust/payload", BadProof, "a signed payload is not a signature of an image";
    TRUST_SUBJECT_MISMATCH = "trust/subject-mismatch", BadProof, "a signature or statement is about another object";
    TRUST_PREDICATE_MISMATCH = "trust/predicate-mismatch", BadProof, "an attestation claims another predicate type than its statement has";
    TRUST_SIGNED_NAME = "trust/signed-name", BadProof, "the proof is genuine, but was signed under another name";
    TRUST_ANNOTATION = "trust/annotation", BadProof, "a signature does not have a required annotation";
    TRUST_LOG_MISSING = "trust/log-missing", BadProof, "a transparency log proof is required and none can be checked";
    TRUST_LOG_BAD = "trust/log-bad", BadProof, "the log entry of a signature is bad";
    TRUST_KEY_OUTSIDE_WINDOW = "trust/key-outside-window", BadProof, "the key was not valid when the signature was made";
    TRUST_KEY_NOT_VOUCHED = "trust/key-not-vouched", BadProof, "a key to be added as a DHI key is not endorsed";
}
