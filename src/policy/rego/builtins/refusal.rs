//! Which calls without an answer are answered by OPA.
//!
//! In a policy, a call without an answer is "undefined", and `not f(x)` is then true. Where OPA has an answer, that could
//! turn a failure into a pass, so the call makes the policy unknown.

use regorus::Value;

use super::number::Number;
use super::{encoding, glob, regex, time, units};

/// Why a call without an answer is not answered here. `None` if OPA has no answer either.
pub(super) fn cause(name: &str, arguments: &[Value]) -> Option<&'static str> {
    let text = |position: usize| match arguments.get(position) {
        Some(Value::String(text)) => Some(&**text),
        _ => None,
    };
    let is_unsupported = |pattern: Option<&str>| pattern.is_some_and(regex::is_unsupported);
    let all_texts = || (0..arguments.len()).all(|position| text(position).is_some());
    let (is_refused, cause) = match name {
        "regex.replace" => (is_unsupported(text(1)), "the regular expression is not supported"),
        _ if name.starts_with("regex.") => {
            (is_unsupported(text(0)), "the regular expression is not supported")
        }
        "glob.match" => (glob::is_valid(arguments), "the pattern is too large"),
        _ if name.starts_with("time.") => (time::has_other_zone(arguments), "the time zone is not UTC"),
        "base64.decode" | "base64url.decode" | "hex.decode" | "urlquery.decode" => {
            (encoding::decodes_to_bytes(name, arguments), "the decoded text is not UTF-8")
        }
        "replace" => (all_texts(), "the replaced text is not UTF-8"),
        "strings.replace_n" => (replaces_texts(arguments), "the replaced text is not UTF-8"),
        "sprintf" => (
            matches!(arguments, [Value::String(_), Value::Array(_)]),
            "it would print the address of a large integer",
        ),
        "numbers.range" | "numbers.range_step" => {
            (is_large_range(arguments), "an integer has more than 64 bits")
        }
        "units.parse" | "units.parse_bytes" => {
            (text(0).is_some_and(units::is_over_limit), "the power of ten is too large")
        }
        "to_number" => (text(0).is_some_and(is_number_of_go), "the text is a number, but not in JSON"),
        _ => (false, ""),
    };
    is_refused.then_some(cause)
}

fn replaces_texts(arguments: &[Value]) -> bool {
    let is_text = |value: &Value| matches!(value, Value::String(_));
    match arguments {
        [Value::Object(pairs), Value::String(_)] => {
            pairs.iter().all(|(old, new)| is_text(old) && is_text(new))
        }
        _ => false,
    }
}

fn is_large_range(arguments: &[Value]) -> bool {
    let numbers: Option<Vec<Number>> = arguments.iter().map(Number::of).collect();
    numbers.is_some_and(|numbers| numbers.iter().any(|number| matches!(number, Number::Big(_))))
}

/// Whether Go may read a text as a floating-point number: decimal or hexadecimal.
fn is_number_of_go(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    is_hex || text.parse::<f64>().is_ok()
}
