//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    LIMITS_EXCEEDED = "limits/exceeded", Limit, "a limit was reached, so the outcome is unknown";
}
