//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    LIMITS_EXCEEDED = "limits/exceeded", BadProof, "a limit was reached, so the question stays open";
}
