//! The rules of the reader.

use super::finding::rules;

rules! {
    SYNTAX_LINE = "definition/syntax-line", "the first line is not the `# syntax=` line of a definition";
    UNKNOWN_KEY = "definition/unknown-key", "a key that does not exist there";
    OLD_KEY = "definition/old-key", "a past spelling of a key or value";
    MISSING_KEY = "definition/missing-key", "a required key is missing";
    WRONG_TYPE = "definition/wrong-type", "a value of the wrong type";
    AMBIGUOUS_SCALAR = "definition/ambiguous-scalar", "text without quotes that YAML takes for another type";
    UNKNOWN_VALUE = "definition/unknown-value", "a value outside the fixed set";
    INVALID_VALUE = "definition/invalid-value", "a value that is not well-formed";
    DUPLICATE = "definition/duplicate", "an entry that occurs twice";
    CONFLICT = "definition/conflict", "entries that contradict each other";
    TOO_MANY = "definition/too-many", "more findings than are listed";
}
