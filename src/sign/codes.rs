//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    SIGN_KEY = "sign/key", Usage, "a private key cannot be used";
    SIGN_PASSWORD = "sign/password", Usage, "the password of a private key is missing or wrong";
    SIGN_PROGRAM = "sign/program", Unavailable, "a signing program gives no answer";
    SIGN_BAD_SIGNATURE = "sign/bad-signature", BadProof, "the signer's own public key does not verify what it signed";
    SIGN_PREDICATE = "sign/predicate", Usage, "a file is not a predicate that can be attested";
    SIGN_LOG = "sign/log", Unavailable, "the transparency log did not take the entry";
    SIGN_LOG_ANSWER = "sign/log-answer", BadProof, "the transparency log answered with the entry of something else";
}
