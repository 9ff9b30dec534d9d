//! All single mutations of a JSON document: each value changed, each member and element removed, each element
//! duplicated.

use serde_json::Value;

use super::key::{base64, from_base64};

/// A document with one change.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    /// Where (RFC 6901).
    pub(crate) pointer: String,
    /// What was done there.
    pub(crate) change: &'static str,
    pub(crate) document: Value,
}

/// All mutations of a document.
pub(crate) fn mutations(document: &Value) -> Vec<Mutation> {
    let mut all = Vec::new();
    walk(document, document, "", &mut all);
    all
}

fn walk(document: &Value, value: &Value, pointer: &str, all: &mut Vec<Mutation>) {
    let mut mutate = |pointer: &str, change, edit: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        edit(document.pointer_mut(pointer).unwrap());
        all.push(Mutation { pointer: pointer.to_owned(), change, document });
    };
    match value {
        Value::Object(members) => {
            for name in members.keys() {
                let mut document = document.clone();
                document.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
                let pointer = format!("{pointer}/{}", escaped(name));
                all.push(Mutation { pointer, change: "removed", document });
            }
            for (name, member) in members {
                walk(document, member, &format!("{pointer}/{}", escaped(name)), all);
            }
        }
        Value::Array(elements) => {
            for index in 0..elements.len() {
                mutate(pointer, "element removed", &|array| {
                    array.as_array_mut().unwrap().remove(index);
                });
                mutate(pointer, "element doubled", &|array| {
                    let array = array.as_array_mut().unwrap();
                    array.insert(index, array[index].clone());
                });
            }
            for (index, element) in elements.iter().enumerate() {
                walk(document, element, &format!("{pointer}/{index}"), all);
            }
        }
        Value::String(text) => {
            for (change, text) in altered(text) {
                mutate(pointer, change, &|value| *value = text.clone().into());
            }
        }
        Value::Number(number) => {
            let number = number.as_i64().unwrap();
            mutate(pointer, "one more", &|value| *value = (number + 1).into());
        }
        Value::Bool(truth) => mutate(pointer, "negated", &|value| *value = (!truth).into()),
        Value::Null => {}
    }
}

/// Numbers count on; bytes change at the beginning, in the middle and at the end; text gets longer.
fn altered(text: &str) -> Vec<(&'static str, String)> {
    if let Ok(number) = text.parse::<i64>() {
        return vec![("one more", (number + 1).to_string())];
    }
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        base64(&bytes)
    };
    match from_base64(text) {
        Some(bytes) if bytes.len() >= 16 => vec![
            ("first byte", flipped(&bytes, 0)),
            ("middle byte", flipped(&bytes, bytes.len() / 2)),
            ("last byte", flipped(&bytes, bytes.len() - 1)),
        ],
        _ => vec![("longer", format!("{text}x"))],
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
