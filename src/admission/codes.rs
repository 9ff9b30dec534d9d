//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    ADMIT_INPUT = "admit/input", Usage, "there is nothing to check, or it cannot be read";
    ADMIT_IMAGE = "admit/image", Usage, "what a manifest names as an image cannot be judged";
    ADMIT_RESOLVE = "admit/resolve", Usage, "a digest cannot be written into a manifest";
}
