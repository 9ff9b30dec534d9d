//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    // Exceptions name it, and `admission` reports it.
    ADMIT_NOT_JUDGED = "admit/not-judged", Fail, "a part of the manifests was not judged";
    POLICY_EXCEPTIONS = "policy/exceptions", Usage, "a file of exceptions cannot be used";
}
