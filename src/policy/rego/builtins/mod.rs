//! Built-in functions of Rego: which are offered, and those that are answered here instead of by the engine.

mod offered;

pub use offered::{ANY_NUMBER, OFFERED, Offered, is_offered};

use jiff::Timestamp;
use regorus::{Engine, Value};

/// Adds the functions to `engine`. `now` is the answer of `time.now_ns`.
pub(super) fn register(engine: &mut Engine, now: Timestamp) -> Result<(), String> {
    let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
    engine
        .add_extension("time.now_ns".to_owned(), 0, Box::new(move |_: Vec<Value>| Ok(Value::from(now))))
        .map_err(|error| error.to_string())
}
