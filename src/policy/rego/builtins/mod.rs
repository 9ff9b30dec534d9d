//! Built-in functions of Rego: which are offered, and those that are answered here instead of by the engine.
//!
//! The answer of each equals that of OPA for the same arguments, formatting and "undefined" included. Where the engine
//! answers differently, a function of this module answers instead.

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
mod regex;
mod semver;
mod sprintf;
mod strings;
mod time;
mod units;
mod wide;

pub use offered::{ANY_NUMBER, OFFERED, Offered, is_offered};
pub use page::page;

use jiff::Timestamp;
use regorus::{Engine, Value};

/// The answer to a call; `None` is "undefined".
type Function = fn(&[Value]) -> Option<Value>;

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
    ("units.parse", units::parse),
    ("units.parse_bytes", units::parse_bytes),
    ("upper", strings::upper),
    ("urlquery.decode", encoding::urlquery_decode),
    ("urlquery.encode", encoding::urlquery_encode),
];

/// Adds the functions to `engine`. `now` is the answer of `time.now_ns`.
pub(super) fn register(engine: &mut Engine, now: Timestamp) -> Result<(), String> {
    let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
    engine
        .add_extension("time.now_ns".to_owned(), 0, Box::new(move |_: Vec<Value>| Ok(Value::from(now))))
        .map_err(|error| error.to_string())?;
    for offered in OFFERED {
        let answered = ANSWERED.iter().find(|(name, _)| *name == offered.name);
        let (Some((name, function)), Some(arity)) = (answered, offered.arity) else { continue };
        let function = *function;
        // An error would end the evaluation.
        let answer = move |arguments: Vec<Value>| Ok(function(&arguments).unwrap_or(Value::Undefined));
        engine
            .add_extension((*name).to_owned(), arity, Box::new(answer))
            .map_err(|error| error.to_string())?;
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
