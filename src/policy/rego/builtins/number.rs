//! Numbers as OPA tells them apart: integers, large integers and fractions.
//!
//! OPA keeps the text of a number: `9.0` is formatted as a fraction, `9` as an integer. The engine keeps `9.0` as a
//! floating-point number, so the two can be told apart; it does not keep the rest of the text.

use std::cmp::Ordering;

use regorus::Value;

/// A number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Number {
    /// An integer of 64 bits.
    Int(i64),
    /// Any other integer.
    Big(BigInteger),
    /// A number with a fraction, which may be zero.
    Float(f64),
}

/// An integer of more than 64 bits: its digits in the bases of Go's verbs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BigInteger {
    /// Whether it is less than zero.
    pub(super) negative: bool,
    /// The digits of its absolute value.
    pub(super) decimal: String,
    /// The same in base 2.
    pub(super) binary: String,
    /// The same in base 8.
    pub(super) octal: String,
    /// The same in base 16, in lower case.
    pub(super) hex: String,
}

impl Number {
    /// The number of `value`. `None` if it is no number.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let number = value.as_number().ok()?;
        // The engine prints this many decimal places only for a floating-point number.
        if number.format_decimal_with_width(1).contains('.') {
            return number.as_f64().map(Self::Float);
        }
        if let Some(int) = number.as_i64() {
            return Some(Self::Int(int));
        }
        let digits = |text: String| text.trim_start_matches('-').to_owned();
        let decimal = number.format_decimal();
        Some(Self::Big(BigInteger {
            negative: decimal.starts_with('-'),
            decimal: digits(decimal),
            binary: digits(number.format_bin()),
            octal: digits(number.format_octal()),
            hex: digits(number.format_hex()),
        }))
    }

    /// The number as OPA prints it inside a document.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Int(int) => int.to_string(),
            Self::Big(big) => big.text(),
            Self::Float(float) => float_text(*float),
        }
    }
}

impl BigInteger {
    /// Its decimal digits, with the sign.
    pub(super) fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}", self.decimal)
    }
}

/// The least text that is read as `float` again, and as a number with a fraction.
fn float_text(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        return format!("{float:e}");
    }
    let text = float.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// An integer of 64 bits, `9.0` included.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match Number::of(value)? {
        Number::Int(int) => Some(int),
        Number::Float(_) => value.as_number().ok()?.as_i64(),
        Number::Big(_) => None,
    }
}

/// The order of values in OPA: `null`, booleans, numbers, texts, arrays, objects, sets.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
        Value::Set(_) => 6,
        Value::Undefined => 7,
    };
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => sequence(left.iter(), right.iter()),
        (Value::Set(_), Value::Set(_)) => sequence(sorted(left).into_iter(), sorted(right).into_iter()),
        (Value::Object(_), Value::Object(_)) => {
            let flat = |value| members(value).into_iter().flat_map(|(key, value)| [key, value]);
            sequence(flat(left), flat(right))
        }
        _ => rank(left).cmp(&rank(right)).then_with(|| left.cmp(right)),
    }
}

fn sequence<'a>(
    mut left: impl Iterator<Item = &'a Value>,
    mut right: impl Iterator<Item = &'a Value>,
) -> Ordering {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) => match compare(one, other) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

/// The items of a set or array, in the order of OPA for a set. Empty for other values.
pub(super) fn sorted(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Set(items) => {
            let mut items: Vec<&Value> = items.iter().collect();
            items.sort_by(|one, other| compare(one, other));
            items
        }
        _ => Vec::new(),
    }
}

/// The members of an object by key, in the order of OPA. Empty for other values.
pub(super) fn members(value: &Value) -> Vec<(&Value, &Value)> {
    let Value::Object(object) = value else { return Vec::new() };
    let mut members: Vec<(&Value, &Value)> = object.iter().collect();
    members.sort_by(|(one, _), (other, _)| compare(one, other));
    members
}
