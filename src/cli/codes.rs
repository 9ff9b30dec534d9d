//! The error codes of the command line.

use crate::diagnostic::codes;

codes! {
    USAGE_UNKNOWN_OPTION = "usage/unknown-option", Usage, "an option or argument that the command does not have";
    USAGE_UNKNOWN_COMMAND = "usage/unknown-command", Usage, "a command that does not exist";
    USAGE_UNKNOWN_TOPIC = "usage/unknown-topic", Usage, "a help topic that does not exist";
    USAGE_MISSING_ARGUMENT = "usage/missing-argument", Usage, "the command needs another argument, option or command";
    USAGE_INVALID_VALUE = "usage/invalid-value", Usage, "the value of an option or argument is missing or invalid";
    USAGE_CONFLICT = "usage/conflict", Usage, "two options exclude each other, or one is given twice";
    OUTPUT_EXISTS = "output/exists", Usage, "a file exists and is not overwritten";
}
