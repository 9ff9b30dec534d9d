//! The error codes of the module `builder`. What is wrong inside a definition is a finding of a rule, not a code.

use crate::diagnostic::codes;

codes! {
    DEFINITION_SOURCE = "definition/source", Usage, "a definition cannot be read";
    DEFINITION_UNREADABLE = "definition/unreadable", Usage, "a definition is not YAML with one meaning";
    DEFINITION_INVALID = "definition/invalid", Usage, "a definition has errors, so it is not known what it means";
    DEFINITION_DENIED = "definition/denied", Denied, "the host of a definition demands a login";
}
