//! Error codes of the module `trust_store`.

use crate::diagnostic::codes;

codes! {
    TRUST_STORE = "trust/store", Usage, "the directory of your trusted keys and roots cannot be used";
    TRUST_ROOT_UPDATE = "trust/root-update", BadProof, "a trusted root cannot be updated";
    POLICY_BUNDLE = "policy/bundle", Usage, "a policy bundle cannot be read";
    POLICY_BUNDLE_LAYOUT = "policy/bundle-layout", Usage, "what was read is not a policy bundle";
    POLICY_BUNDLE_LOCK = "policy/bundle-lock", Usage, "a lock file of policy bundles cannot be used";
    POLICY_BUNDLE_NOT_PINNED = "policy/bundle-not-pinned", Usage, "a policy bundle is not pinned";
    POLICY_BUNDLE_CHANGED = "policy/bundle-changed", BadProof, "a policy bundle changed since it was pinned";
    POLICY_BUNDLE_UNSIGNED = "policy/bundle-unsigned", Missing, "a policy bundle is not signed";
    VEX_REPOSITORY_UNAVAILABLE = "vex/repository-unavailable", Unavailable, "a VEX repository cannot be fetched or used";
    VEX_REPOSITORY_DENIED = "vex/repository-denied", Denied, "a VEX repository demands a login or refuses it";
}
