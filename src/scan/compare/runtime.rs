//! How an image runs: the members of its configuration that are compared.

use serde_json::{Map, Value};

use crate::oci::{Error, json};
use crate::report::Runtime;

const WHAT: &str = "image configuration";

/// Reads the configuration.
///
/// # Errors
///
/// [`Error::Json`] if it is malformed, or if a member differs from a known one only in case: container engines ignore
/// the case.
pub(super) fn read(bytes: &[u8]) -> Result<Runtime, Error> {
    let whole: Map<String, Value> = json::parse(bytes, WHAT)?;
    let config = match member(&whole, "config")? {
        None | Some(Value::Null) => return Ok(Runtime::default()),
        Some(Value::Object(config)) => config,
        Some(_) => return Err(malformed("config")),
    };
    let user = match member(config, "User")? {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(user)) => user.clone(),
        Some(_) => return Err(malformed("User")),
    };
    let mut ports: Vec<String> = match member(config, "ExposedPorts")? {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(ports)) => ports.keys().cloned().collect(),
        Some(_) => return Err(malformed("ExposedPorts")),
    };
    ports.sort();
    Ok(Runtime { user, entrypoint: words(config, "Entrypoint")?, command: words(config, "Cmd")?, ports })
}

/// A list of words. Absent: none.
fn words(config: &Map<String, Value>, name: &str) -> Result<Vec<String>, Error> {
    let words = match member(config, name)? {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(words)) => words,
        Some(_) => return Err(malformed(name)),
    };
    let words = words.iter().map(|word| word.as_str().map(str::to_owned));
    words.collect::<Option<_>>().ok_or_else(|| malformed(name))
}

fn member<'a>(of: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Value>, Error> {
    match of.keys().find(|key| *key != name && key.eq_ignore_ascii_case(name)) {
        Some(_) => Err(malformed(name)),
        None => Ok(of.get(name)),
    }
}

fn malformed(name: &str) -> Error {
    Error::Json { what: WHAT.to_owned(), cause: format!("`{name}` is malformed, or written in another case") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_absent_or_null_are_empty() {
        for text in ["{}", r#"{"config":null}"#, r#"{"config":{"Cmd":null,"User":"","ExposedPorts":null}}"#] {
            assert_eq!(read(text.as_bytes()), Ok(Runtime::default()), "{text}");
        }
        let all = r#"{"config":{"User":"app","Entrypoint":["/app"],"Cmd":["-v"],"ExposedPorts":{"80/tcp":{},"53/udp":{}}}}"#;
        let expected = Runtime {
            user: "app".to_owned(),
            entrypoint: vec!["/app".to_owned()],
            command: vec!["-v".to_owned()],
            ports: vec!["53/udp".to_owned(), "80/tcp".to_owned()],
        };
        assert_eq!(read(all.as_bytes()), Ok(expected));
    }

    #[test]
    fn members_that_engines_read_differently_are_refused() {
        for text in [
            r#"{"Config":{}}"#,
            r#"{"config":{"user":"0","User":"app"}}"#,
            r#"{"config":{"entrypoint":["/bin/sh"]}}"#,
            r#"{"config":{"Cmd":"sh"}}"#,
            r#"{"config":{"Cmd":[1]}}"#,
            r#"{"config":[]}"#,
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
