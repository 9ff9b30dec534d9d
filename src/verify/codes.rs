//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    BASE_LAYERS_CHANGED = "base/layers-changed", BadProof, "a layer is not what the image declares";
}
