//! Error codes of the module `trust_store`.

use crate::diagnostic::codes;

codes! {
    TRUST_STORE = "trust/store", Usage, "the directory of your trusted keys and roots cannot be used";
    TRUST_ROOT_UPDATE = "trust/root-update", BadProof, "a trusted root cannot be updated";
    VEX_REPOSITORY_UNAVAILABLE = "vex/repository-unavailable", Unavailable, "a VEX repository cannot be fetched or used";
    VEX_REPOSITORY_DENIED = "vex/repository-denied", Denied, "a VEX repository demands a login or refuses it";
}
