//! `docs/policies/builtins.md`, generated from the list of functions.

use std::fmt::Write as _;

use super::offered::OFFERED;

const HEAD: &str = "\
# Built-in functions

Generated from `src/policy/rego/builtins/offered.rs`; a test fails if it is stale
(the test of the documentation writes it).

A policy can call these functions of Rego, and the [host functions](input.md). A policy that calls another one is refused
when it is read, with [`policy/not-offered`](../errors.md#policynot-offered): nothing that needs the network, randomness or
another clock than `time.now_ns` is offered.

| function | arguments | what it returns |
|---|---|---|
";

const TAIL: &str = "
## Differences from OPA

Each function answers as `opa eval` 1.22 does, with the same text where a value is formatted, and with no answer
(\"undefined\") for arguments of another type. `tests/peers/policy` compares generated calls.

A call that OPA answers and `dhi` does not makes the policy unknown, because `not f(x)` would turn a missing answer into a
pass. \"Unknown\" in this table means that. An error that OPA has too, such as an invalid pattern, is undefined.

These differences are known:

| what | OPA | here |
|---|---|---|
| a decoded or replaced text that is not UTF-8 | keeps the bytes | unknown |
| a time in a zone other than UTC | reads the data base of zones | unknown |
| `print` | its arguments, to standard error | the same text, shown when prints are asked for |
| a number with an exponent, such as `1e3` | keeps its text; a fraction for `%d` | the integer `1000` |
| zeros at the end of a fraction, such as `1.50` | kept inside lists and objects | `1.5`; `9.0` stays `9.0` |
| `-0` and `-0.0` | keep the sign inside lists and objects | `0` |
| `to_number` of `+7` or `007` | keeps the text | unknown |
| `+`, `-`, `*` and `/` with fractions | 64 bits: `0.1 + 0.2` is `0.3` | 53 bits: `0.30000000000000004`; `sum` and `product` are equal |
| a computed fraction of a million or more, inside a list | with an exponent | without |
| `%` with a fraction | undefined | unknown |
| `<` and `>` between a set and an object | an object comes before a set | a set comes before an object; `sort`, `min` and `max` are equal |
| `\\p{\u{2026}}` in a regular expression | all scripts | the categories and the scripts of most use; others: unknown |
| `\\pC`, and a repetition after flags such as `a(?i)*` | valid | unknown |
| a regular expression or glob of more than 4 MiB when compiled | valid | unknown |
| groups inside more than 200 groups, and surrogates, in a regular expression | valid | unknown |
| a power of ten over 5000 in `units.*`; integers of more than 64 bits in `numbers.range*` | a number; a list | unknown |
| `%p` and `%w` of a large integer in `sprintf` | an address | unknown |
| a result as the last argument, `time.now_ns(now)` | allowed | not for `time.*`, `crypto.*` and `urlquery.*` |
";

/// The document.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    for offered in OFFERED {
        let arguments = offered.arity.map_or_else(|| "any number".to_owned(), |arity| arity.to_string());
        // A `String` takes everything.
        let _ = writeln!(text, "| `{}` | {arguments} | {} |", offered.name, offered.about);
    }
    text + TAIL
}
