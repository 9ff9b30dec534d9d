//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    POLICY_EXCEPTIONS = "policy/exceptions", Usage, "a file of exceptions cannot be used";
}
