//! Built-in functions of Rego: which are offered, and those that are answered here instead of by the engine.
//!
//! The answer of each equals that of OPA for the same arguments, formatting and "undefined" included. Where the engine
//! answers differently, a function of this module answers instead.

mod number;
mod offered;
mod quote;
mod sprintf;

pub use offered::{ANY_NUMBER, OFFERED, Offered, is_offered};

use jiff::Timestamp;
use regorus::{Engine, Value};

/// The answer to a call; `None` is "undefined".
type Function = fn(&[Value]) -> Option<Value>;

/// The functions that are answered here.
const ANSWERED: &[(&str, Function)] = &[("sprintf", sprintf::sprintf)];

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
