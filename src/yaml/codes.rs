//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    USAGE_YAML = "usage/yaml", Usage, "a YAML or JSON file cannot be read, or has more than one meaning";
}
