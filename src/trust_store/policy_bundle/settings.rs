//! The settings in a bundle: `data.json` with the member `config`.
//!
//! Other data is refused: the contract of the policies has only `data.config`, and a policy that read more would find
//! nothing.

use serde_json::{Map, Value};

use super::error::ContentError;
use crate::oci::json;

/// Reads `data.json`. `None` if it has no `config`.
pub(super) fn read(text: &str) -> Result<Option<Map<String, Value>>, ContentError> {
    let layout = |cause: String| ContentError::Layout(cause);
    let mut data: Map<String, Value> =
        json::parse(text.as_bytes(), "its `data.json`").map_err(|error| layout(error.to_string()))?;
    let config = data.remove("config");
    if let Some(name) = data.keys().next() {
        let name = name.escape_debug();
        return Err(layout(format!("its `data.json` may have only `config`, and has `{name}`")));
    }
    match config {
        None => Ok(None),
        Some(Value::Object(config)) => Ok(Some(config)),
        Some(_) => Err(layout("`config` in its `data.json` is not an object".to_owned())),
    }
}
