//! The error codes of admission checks.

use crate::diagnostic::codes;

codes! {
    ADMIT_INPUT = "admit/input", Usage, "there is nothing to check, or the input cannot be read";
    ADMIT_IMAGE = "admit/image", Usage, "an image in a manifest cannot be judged";
    ADMIT_RESOLVE = "admit/resolve", Usage, "a digest cannot be written into a manifest";
}
