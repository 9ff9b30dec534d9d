//! YAML values as JSON.

use serde_json::{Map, Number, Value as Json};

use crate::yaml::Value;

/// The value as JSON. `text` is the whole YAML text. A scalar without quotes must be a number, `true`, `false` or `null`
/// as JSON writes it, or a text that every reader of YAML takes for a text.
///
/// # Errors
///
/// The line, and what is wrong there.
pub(super) fn json_value(value: Value<'_>, text: &str) -> Result<Json, (usize, String)> {
    if let Some(members) = value.entries() {
        let members =
            members.into_iter().map(|(name, value)| Ok((name.to_owned(), json_value(value, text)?)));
        return members.collect::<Result<Map<String, Json>, _>>().map(Json::Object);
    }
    if let Some(items) = value.items() {
        return items.map(|item| json_value(item, text)).collect();
    }
    if let Some(text) = value.text() {
        return Ok(text.into());
    }
    let written = text.get(value.range()).unwrap_or_default().trim();
    let scalar = match written {
        _ if value.tag().is_some() => None,
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        "null" => Some(Json::Null),
        number => serde_json::from_str::<Number>(number).ok().map(Into::into),
    };
    scalar.ok_or_else(|| {
        let cause = format!("`{written}` has no single meaning: write it as JSON does, a text in quotes");
        (value.line(), cause)
    })
}
