//! Functions of numbers, with the numbers of OPA.

use num_bigint::BigInt;
use regorus::Value;

use super::number::{Number, integer, sorted};
use super::wide::Wide;

/// `abs(number)`.
pub(super) fn abs(arguments: &[Value]) -> Option<Value> {
    let [number] = arguments else { return None };
    Wide::of(number)?.absolute().value()
}

/// `round(number)`: away from zero where two are equally near.
pub(super) fn round(arguments: &[Value]) -> Option<Value> {
    let [number] = arguments else { return None };
    let number = Wide::of(number)?;
    let half = Wide::read(if number.is_negative() { "-0.5" } else { "0.5" })?;
    Wide::integer(&number.add(&half).truncated()).value()
}

/// `ceil(number)`, with OPA's answer of 1 for a number between -1 and 0.
pub(super) fn ceil(arguments: &[Value]) -> Option<Value> {
    let [number] = arguments else { return None };
    let wide = Wide::of(number)?;
    let whole = wide.truncated();
    let up = !is_whole(&wide, &whole) && whole >= BigInt::ZERO;
    let one = Wide::integer(&BigInt::from(u8::from(up)));
    Wide::integer(&whole).add(&one).value()
}

/// `floor(number)`, with OPA's answer of 0 for a number between -1 and 0.
pub(super) fn floor(arguments: &[Value]) -> Option<Value> {
    let [number] = arguments else { return None };
    let wide = Wide::of(number)?;
    let whole = wide.truncated();
    let down = !is_whole(&wide, &whole) && whole < BigInt::ZERO;
    let one = Wide::integer(&-BigInt::from(u8::from(down)));
    Wide::integer(&whole).add(&one).value()
}

fn is_whole(number: &Wide, whole: &BigInt) -> bool {
    number.equals(&Wide::integer(whole))
}

/// The integer of `value`; `9.0` is one.
fn whole(value: &Value) -> Option<BigInt> {
    let text = Number::of(value)?.text();
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

/// The integers of an array or set, if all are.
fn integers(numbers: &Value) -> Option<Vec<BigInt>> {
    sorted(numbers).into_iter().map(whole).collect()
}

fn of_integer(integer: &BigInt) -> Option<Value> {
    Value::from_numeric_string(&integer.to_string()).ok()
}

/// `sum(numbers)`; the sum of integers is exact.
pub(super) fn sum(arguments: &[Value]) -> Option<Value> {
    let [numbers @ (Value::Array(_) | Value::Set(_))] = arguments else { return None };
    if let Some(integers) = integers(numbers) {
        return of_integer(&integers.iter().sum());
    }
    let mut sum = Wide::read("0")?;
    for number in sorted(numbers) {
        sum = sum.add(&Wide::of(number)?);
    }
    sum.value()
}

/// The bits of OPA's products, which are fewer than those of its sums.
const PRODUCT_BITS: u64 = 53;

/// `product(numbers)`; the product of integers is exact.
pub(super) fn product(arguments: &[Value]) -> Option<Value> {
    let [numbers @ (Value::Array(_) | Value::Set(_))] = arguments else { return None };
    if let Some(integers) = integers(numbers) {
        return of_integer(&integers.iter().product());
    }
    let mut product = Wide::read("1")?.with_bits(PRODUCT_BITS);
    for number in sorted(numbers) {
        product = product.multiply(&Wide::of(number)?);
    }
    product.value()
}

/// `to_number(value)`: a text is read as JSON, without space around it.
pub(super) fn to_number(arguments: &[Value]) -> Option<Value> {
    match arguments {
        [Value::Null | Value::Bool(false)] => Some(Value::from(0_u64)),
        [Value::Bool(true)] => Some(Value::from(1_u64)),
        [number @ Value::Number(_)] => Some(number.clone()),
        [Value::String(text)] if text.trim() == &**text => {
            Value::from_json_str(text).ok().filter(|value| matches!(value, Value::Number(_)))
        }
        _ => None,
    }
}

/// `format_int(number, base)`: the integer part.
pub(super) fn format_int(arguments: &[Value]) -> Option<Value> {
    let [number, base] = arguments else { return None };
    let Number::Int(base @ (2 | 8 | 10 | 16)) = Number::of(base)? else { return None };
    let radix = u32::try_from(base).ok()?;
    let integer = match whole(number) {
        Some(integer) => integer,
        None => Wide::of(number)?.truncated(),
    };
    Some(Value::from(integer.to_str_radix(radix)))
}

/// `numbers.range(from, to)`: up or down.
pub(super) fn range(arguments: &[Value]) -> Option<Value> {
    let [from, to] = arguments else { return None };
    steps(from, to, &Value::from(1))
}

/// `numbers.range_step(from, to, step)`: up or down.
pub(super) fn range_step(arguments: &[Value]) -> Option<Value> {
    let [from, to, step] = arguments else { return None };
    steps(from, to, step)
}

fn steps(from: &Value, to: &Value, step: &Value) -> Option<Value> {
    let step = match Number::of(step)? {
        Number::Big(step) if !step.negative => i64::MAX,
        _ => integer(step)?,
    };
    let (from, to) = (integer(from)?, integer(to)?);
    if step <= 0 {
        return None;
    }
    let mut numbers = Vec::new();
    let mut next = Some(from);
    while let Some(number) = next.filter(|number| if from <= to { *number <= to } else { *number >= to }) {
        numbers.push(Value::from(number));
        next = if from <= to { number.checked_add(step) } else { number.checked_sub(step) };
    }
    Some(Value::from(numbers))
}
