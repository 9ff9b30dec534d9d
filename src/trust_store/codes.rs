//! Error codes of the module `trust_store`.

use crate::diagnostic::codes;

codes! {
    TRUST_STORE = "trust/store", Usage, "the directory of your trusted keys and roots cannot be used";
    TRUST_ROOT_UPDATE = "trust/root-update", BadProof, "a trusted root cannot be updated";
}
