//! The error codes of the module `policy`.

use crate::diagnostic::codes;

codes! {
    POLICY_EXCEPTIONS = "policy/exceptions", Usage, "a file of exceptions is not valid";
}
