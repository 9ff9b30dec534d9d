//! Every key that a run would trust is shown, retired ones included, with what it was given for.

use std::fmt::Write;

use serde::Serialize;

use super::columns::columns;
use super::json::Key;
use super::style::printable;
use crate::trust::{Role, Trust, TrustedKey};

/// The table.
pub fn keys(trust: &Trust) -> String {
    let rows = all(trust).map(|(key, role)| {
        [&key.name, role.as_str(), key.state.as_str(), key.key.algorithm(), &window(key), &key.origin]
            .map(str::to_owned)
            .to_vec()
    });
    let header = ["KEY", "ROLE", "STATE", "ALGORITHM", "VALID", "FROM"].map(str::to_owned);
    let table = columns(header, rows, None);
    let mut ids = String::new();
    for (key, _) in all(trust) {
        let _ = writeln!(ids, "{}  {}", key.key.id(), printable(&key.name));
    }
    format!("{table}\nSHA-256 of the public keys (SubjectPublicKeyInfo):\n{ids}")
}

fn window(key: &TrustedKey) -> String {
    match (key.window.not_before, key.window.not_after) {
        (None, None) => "no dates".to_owned(),
        (Some(start), None) => format!("from {start}"),
        (None, Some(end)) => format!("until {end}"),
        (Some(start), Some(end)) => format!("{start} to {end}"),
    }
}

fn all(trust: &Trust) -> impl Iterator<Item = (&TrustedKey, Role)> {
    let image = trust.keys.iter().map(|key| (key, Role::Image));
    image.chain(trust.attestors.iter().map(|key| (key, Role::Attestor)))
}

/// The JSON document, `docs/schemas/keys-1.json`.
pub fn keys_json(trust: &Trust) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'a> {
        schema_version: u32,
        keys: Vec<Key<'a>>,
        trusted_root: &'a str,
    }
    let document = Document {
        schema_version: 1,
        keys: all(trust).map(|(key, role)| Key::new(key, role)).collect(),
        trusted_root: trust.root.origin(),
    };
    super::json::text(&document)
}
