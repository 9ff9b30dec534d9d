//! The order of items, and parts of values.

use regorus::Value;

use super::number::{compare, sorted};

/// `sort(items)`.
pub(super) fn sort(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(in_order(arguments)?.into_iter().cloned().collect::<Vec<_>>()))
}

/// `max(items)`; of equal ones the last.
pub(super) fn max(arguments: &[Value]) -> Option<Value> {
    let [items @ (Value::Array(_) | Value::Set(_))] = arguments else { return None };
    sorted(items).into_iter().max_by(|one, other| compare(one, other)).cloned()
}

/// `min(items)`; of equal ones the first.
pub(super) fn min(arguments: &[Value]) -> Option<Value> {
    let [items @ (Value::Array(_) | Value::Set(_))] = arguments else { return None };
    sorted(items).into_iter().min_by(|one, other| compare(one, other)).cloned()
}

fn in_order(arguments: &[Value]) -> Option<Vec<&Value>> {
    let [items @ (Value::Array(_) | Value::Set(_))] = arguments else { return None };
    let mut items = sorted(items);
    items.sort_by(|one, other| compare(one, other));
    Some(items)
}

/// `object.subset(whole, part)`.
pub(super) fn subset(arguments: &[Value]) -> Option<Value> {
    let [whole, part] = arguments else { return None };
    contains(whole, part).map(Value::from)
}

/// `None` for types that cannot be compared.
fn contains(whole: &Value, part: &Value) -> Option<bool> {
    match (whole, part) {
        (Value::Array(whole), Value::Set(part)) => {
            Some(!whole.is_empty() && part.iter().all(|item| whole.contains(item)))
        }
        _ => contains_same(whole, part),
    }
}

/// The same for two values of one type.
fn contains_same(whole: &Value, part: &Value) -> Option<bool> {
    Some(match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part.iter().all(|(key, part)| {
            let inside = |whole| contains_same(whole, part).unwrap_or_else(|| whole == part);
            whole.get(key).is_some_and(inside)
        }),
        (Value::Set(whole), Value::Set(part)) => part.iter().all(|item| whole.contains(item)),
        (Value::Array(whole), Value::Array(part)) => {
            let (whole, part) = (whole.as_slice(), part.as_slice());
            part.is_empty() || whole.windows(part.len()).any(|window| window == part)
        }
        _ => return None,
    })
}
