//! Files with several JSON values, each on lines of its own.

use bytes::Bytes;
use serde_json::value::RawValue;

/// The JSON values in a file with one of them on each line. A file that is not such a sequence is one value, whose
/// reader then names the error.
pub(super) fn values(content: &Bytes) -> Vec<Bytes> {
    let values: Result<Vec<&RawValue>, _> =
        serde_json::Deserializer::from_slice(content).into_iter::<&RawValue>().collect();
    match values {
        Ok(values) if values.len() > 1 => {
            values.into_iter().map(|value| content.slice_ref(value.get().as_bytes())).collect()
        }
        _ => vec![content.clone()],
    }
}
