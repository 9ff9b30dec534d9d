//! Built-in functions of Rego: which are offered, and those that are answered here instead of by the engine.
//!
//! The answer of each equals that of OPA for the same arguments, formatting and "undefined" included. Where the engine
//! answers differently, a function of this module answers instead. A call that OPA answers and this module does not is
//! recorded: the policy is then unknown.

mod encoding;
mod glob;
mod json;
mod number;
mod numbers;
mod objects;
mod offered;
mod page;
mod quote;
mod re2;
mod refusal;
mod regex;
mod semver;
mod sprintf;
mod strings;
mod time;
mod units;
mod wide;

pub use offered::{ANY_NUMBER, OFFERED, Offered, is_offered};
pub use page::page;

use std::sync::Arc;

use jiff::Timestamp;
use regorus::{Engine, Value};

/// The answer to a call; `None` is "undefined".
type Function = fn(&[Value]) -> Option<Value>;

/// Records a call (function, arguments) that OPA answers and this module does not, with the cause.
pub(super) type Unanswered = Arc<dyn Fn(&str, &[Value], &str) + Send + Sync>;

/// The functions that are answered here.
const ANSWERED: &[(&str, Function)] = &[
    ("abs", numbers::abs),
    ("base64.decode", encoding::base64_decode),
    ("base64.is_valid", encoding::base64_is_valid),
    ("base64url.decode", encoding::base64url_decode),
    ("ceil", numbers::ceil),
    ("count", strings::count),
    ("crypto.sha256", encoding::sha256),
    ("floor", numbers::floor),
    ("format_int", numbers::format_int),
    ("glob.match", glob::is_match),
    ("glob.quote_meta", glob::quote_meta),
    ("hex.decode", encoding::hex_decode),
    ("indexof", strings::indexof),
    ("indexof_n", strings::indexof_n),
    ("json.filter", json::filter),
    ("json.is_valid", json::is_valid),
    ("json.marshal", json::marshal),
    ("json.remove", json::remove),
    ("lower", strings::lower),
    ("max", objects::max),
    ("min", objects::min),
    ("numbers.range", numbers::range),
    ("numbers.range_step", numbers::range_step),
    ("object.subset", objects::subset),
    ("product", numbers::product),
    ("regex.find_all_string_submatch_n", regex::find_all),
    ("regex.find_n", regex::find_n),
    ("regex.is_valid", regex::is_valid),
    ("regex.match", regex::is_match),
    ("regex.replace", regex::replace),
    ("regex.split", regex::split),
    ("replace", strings::replace),
    ("round", numbers::round),
    ("semver.compare", semver::compare),
    ("semver.is_valid", semver::is_valid),
    ("sort", objects::sort),
    ("sprintf", sprintf::sprintf),
    ("strings.count", strings::occurrences),
    ("strings.replace_n", strings::replace_n),
    ("substring", strings::substring),
    ("sum", numbers::sum),
    ("time.add_date", time::add_date),
    ("time.clock", time::clock),
    ("time.date", time::date),
    ("time.diff", time::diff),
    ("time.format", time::format),
    ("time.parse_duration_ns", time::parse_duration_ns),
    ("time.parse_ns", time::parse_ns),
    ("time.parse_rfc3339_ns", time::parse_rfc3339_ns),
    ("time.weekday", time::weekday),
    ("to_number", numbers::to_number),
    ("units.parse", units::parse),
    ("units.parse_bytes", units::parse_bytes),
    ("upper", strings::upper),
    ("urlquery.decode", encoding::urlquery_decode),
    ("urlquery.encode", encoding::urlquery_encode),
];

/// Adds the functions to `engine`. `now` is the answer of `time.now_ns`.
pub(super) fn register(engine: &mut Engine, now: Timestamp, unanswered: &Unanswered) -> Result<(), String> {
    let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
    engine
        .add_extension("time.now_ns".to_owned(), 0, Box::new(move |_: Vec<Value>| Ok(Value::from(now))))
        .map_err(|error| error.to_string())?;
    for offered in OFFERED {
        let answered = ANSWERED.iter().find(|(name, _)| *name == offered.name);
        let (Some((name, function)), Some(arity)) = (answered, offered.arity) else { continue };
        let (name, function, unanswered) = (*name, *function, unanswered.clone());
        // An error would end the evaluation.
        let answer = move |arguments: Vec<Value>| {
            let value = function(&arguments);
            if value.is_none()
                && let Some(cause) = refusal::cause(name, &arguments)
            {
                unanswered(name, &arguments, cause);
            }
            Ok(value.unwrap_or(Value::Undefined))
        };
        engine.add_extension(name.to_owned(), arity, Box::new(answer)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_that_is_answered_here_is_offered() {
        for (name, _) in ANSWERED {
            let offered = OFFERED.iter().find(|offered| offered.name == *name);
            assert!(offered.is_some_and(|offered| offered.arity.is_some()), "{name}");
        }
        let mut names: Vec<&str> = ANSWERED.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ANSWERED.len());
    }

    fn answer(name: &str, arguments: &[Value]) -> Option<Value> {
        ANSWERED.iter().find(|(known, _)| *known == name).and_then(|(_, function)| function(arguments))
    }

    /// The engine's own functions panic for these.
    #[test]
    fn empty_parts_and_steps_of_zero_have_answers() {
        let count = answer("strings.count", &[Value::from("ab"), Value::from("")]);
        assert_eq!(count, Some(Value::from(3)));
        let list = Value::from(vec![Value::from(1)]);
        assert_eq!(answer("object.subset", &[list, Value::new_array()]), Some(Value::from(true)));
        let (one, zero) = (Value::from(1), Value::from(0));
        assert_eq!(answer("numbers.range_step", &[one.clone(), one, zero]), None);
    }

    #[test]
    fn bytes_that_are_no_text_have_no_answer() {
        assert_eq!(answer("hex.decode", &[Value::from("ff")]), None);
        assert_eq!(answer("base64.decode", &[Value::from("/w==")]), None);
        assert_eq!(answer("hex.decode", &[Value::from("c3a9")]), Some(Value::from("\u{e9}")));
    }

    #[test]
    fn calls_that_only_opa_answers_have_a_cause() {
        let texts = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>();
        let json = |text: &str| {
            Value::from_json_str(text).unwrap().as_array().unwrap().iter().cloned().collect::<Vec<Value>>()
        };
        let deep = format!("{}a{}", "(".repeat(300), ")".repeat(300));
        for (name, arguments) in [
            ("regex.match", texts(&[r"\p{Yi}", "a"])),
            ("regex.match", texts(&[r"\pC", "a"])),
            ("regex.match", texts(&["a(?i)*", "a"])),
            ("regex.match", texts(&[r"[\x{d800}]", "a"])),
            ("regex.match", texts(&[deep.as_str(), "a"])),
            ("regex.match", texts(&[r"(\pL{100}){10}", "a"])),
            ("regex.is_valid", texts(&[r"\p{Yi}"])),
            ("regex.replace", texts(&["a", r"\p{Yi}", "b"])),
            ("regex.split", texts(&[r"\p{Yi}", "a"])),
            ("regex.find_n", json(r#"["\\p{Yi}", "a", 1]"#)),
            ("regex.find_all_string_submatch_n", json(r#"["\\p{Yi}", "a", 1]"#)),
            (
                "glob.match",
                vec![Value::from("{".repeat(300) + &"}".repeat(300)), Value::Null, Value::from("a")],
            ),
            ("time.format", json(r#"[[1, "Europe/Berlin"]]"#)),
            ("time.clock", json(r#"[[1, "Local"]]"#)),
            ("time.add_date", json(r#"[[1, "Europe/Berlin"], 1, 1, 1]"#)),
            ("time.diff", json(r#"[1, [1, "Europe/Berlin"]]"#)),
            ("base64.decode", texts(&["/w=="])),
            ("base64url.decode", texts(&["_w"])),
            ("hex.decode", texts(&["ff"])),
            ("urlquery.decode", texts(&["%ff"])),
            ("replace", texts(&["\u{e9}", "", "-"])),
            ("strings.replace_n", json(r#"[{"": "-"}, "\u00e9"]"#)),
            ("sprintf", json(r#"["%p", [99999999999999999999]]"#)),
            ("numbers.range", json("[99999999999999999999, 99999999999999999999]")),
            ("units.parse", texts(&["1e6000"])),
            ("units.parse_bytes", texts(&["1e6000"])),
            ("to_number", texts(&["+7"])),
            ("to_number", texts(&["007"])),
        ] {
            assert_eq!(answer(name, &arguments), None, "{name} {arguments:?}");
            assert!(refusal::cause(name, &arguments).is_some(), "{name} {arguments:?}");
        }
    }

    #[test]
    fn errors_of_opa_have_no_cause() {
        let texts = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>();
        let json = |text: &str| {
            Value::from_json_str(text).unwrap().as_array().unwrap().iter().cloned().collect::<Vec<Value>>()
        };
        for (name, arguments) in [
            ("regex.match", texts(&["[a", "a"])),
            ("regex.match", texts(&[r"\p{Foo}", "a"])),
            ("regex.match", texts(&["a**", "a"])),
            ("regex.match", json(r#"[1, "a"]"#)),
            ("glob.match", json(r#"["[", null, "a"]"#)),
            ("glob.match", json(r#"["a", ["ab"], "a"]"#)),
            ("time.format", json(r#"[["x"]]"#)),
            ("time.format", json("[[1, 2]]")),
            ("time.parse_rfc3339_ns", texts(&["x"])),
            ("base64.decode", texts(&["/"])),
            ("hex.decode", texts(&["f"])),
            ("urlquery.decode", texts(&["%f"])),
            ("replace", json(r#"["a", 1, "b"]"#)),
            ("sprintf", json(r#"["%p", 1]"#)),
            ("numbers.range", json(r#"["a", 1]"#)),
            ("numbers.range_step", json("[1, 2, 0]")),
            ("units.parse", texts(&["x"])),
            ("units.parse_bytes", texts(&["1x"])),
            ("to_number", texts(&["seven"])),
            ("to_number", texts(&[""])),
        ] {
            assert_eq!(answer(name, &arguments), None, "{name} {arguments:?}");
            assert_eq!(refusal::cause(name, &arguments), None, "{name} {arguments:?}");
        }
    }

    /// Go takes these, and the crate `regex` cannot write them with the same meaning.
    #[test]
    fn expressions_without_the_same_meaning_are_refused() {
        for pattern in ["a(?i)*", r"\p{Yi}", r"\pC"] {
            assert_eq!(answer("regex.match", &[Value::from(pattern), Value::from("a")]), None, "{pattern}");
        }
        for pattern in ["(?=a)", r"\1", "[a", "a**", "a{1001}", "(a{40}){40}"] {
            assert_eq!(
                answer("regex.is_valid", &[Value::from(pattern)]),
                Some(Value::from(false)),
                "{pattern}"
            );
        }
    }
}
