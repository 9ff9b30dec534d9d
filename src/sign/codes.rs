//! Error codes of the module `sign`.

use crate::diagnostic::codes;

codes! {
    SIGN_KEY = "sign/key", Usage, "a private key cannot be used";
    SIGN_PASSWORD = "sign/password", Usage, "the password of a private key is missing or wrong";
    SIGN_PROGRAM = "sign/program", Unavailable, "a signing program fails or does not answer";
    SIGN_BAD_SIGNATURE = "sign/bad-signature", BadProof, "the signer's own public key does not verify what it signed";
    SIGN_PREDICATE = "sign/predicate", Usage, "a file is not a predicate that can be attested";
    SIGN_LOG = "sign/log", Unavailable, "the transparency log did not accept the entry";
    SIGN_LOG_ANSWER = "sign/log-answer", BadProof, "the transparency log returned another entry";
}
