//! The fixed limits of policies in Rego. Those of an evaluation are set by its process.

use crate::limits::limits;

limits! {
    /// The engine refuses longer lines and files with more lines only at this size.
    REGO_SIZE: usize = 262_144, Bytes, "one Rego file";
    /// The parser and the interpreter of the engine use the stack for each.
    REGO_OPERATORS: usize = 200, Count, "operators, dots and brackets of one Rego expression, beside each other";
    REGO_NESTING: usize = 30, Count, "brackets inside brackets of one Rego file";
    /// The parser of the engine reads what is in `[…]` or `{…}` twice, and so 2ⁿ times at depth n.
    REGO_STEPS: u64 = 1_000_000, Count, "parts of one Rego file, each counted as often as it is parsed";
    /// Each level of an evaluation uses the stack.
    REGO_DEPTH: usize = 64, Count, "rules of one Rego file that refer to each other in a chain";
    REGO_RULES: usize = 2_000, Count, "rules of one Rego file";
    CASE_CHANGES: usize = 1_000, Count, "changes of the facts of one case of a policy";
    REGO_PATTERN: usize = 4_194_304, Bytes, "one regular expression or glob pattern of a policy, when compiled";
    REGO_GROUPS: usize = 200, Count, "groups inside groups of one regular expression of a policy";
    /// They are compiled again.
    REGO_PATTERNS: usize = 200, Count, "compiled regular expressions of policies that are kept";
    REGO_POWER: u64 = 5_000, Count, "power of ten of a number that a policy reads from a text";
    REGO_NAME: usize = 128, Count, "characters of the name of a policy";
}
