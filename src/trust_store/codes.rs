//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    TRUST_STORE = "trust/store", Usage, "the directory of what you trust cannot be used";
    TRUST_ROOT_UPDATE = "trust/root-update", BadProof, "a trusted root cannot be updated";
}
