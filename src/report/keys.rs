//! The keys that count, as a table and as JSON.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::json::Key;
use super::style::printable;
use crate::trust::{State, Trust, TrustedKey};

/// The table.
pub fn keys(trust: &Trust) -> String {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["KEY", "ROLE", "STATE", "ALGORITHM", "VALID", "FROM"]);
    let mut ids = String::new();
    for (key, role) in all(trust) {
        let state = match key.state {
            State::Active => "active",
            State::Inactive => "inactive",
        };
        table.add_row([
            &printable(&key.name),
            role,
            state,
            key.key.algorithm(),
            &window(key),
            &printable(&key.origin),
        ]);
        let _ = writeln!(ids, "{}  {}", key.key.id(), printable(&key.name));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut out = String::new();
    for line in table.lines() {
        let _ = writeln!(out, "  {}", line.trim_end());
    }
    format!("{out}\nSHA-256 of the public keys (SubjectPublicKeyInfo):\n{ids}")
}

fn window(key: &TrustedKey) -> String {
    match (key.window.not_before, key.window.not_after) {
        (None, None) => "no dates".to_owned(),
        (Some(start), None) => format!("from {start}"),
        (None, Some(end)) => format!("until {end}"),
        (Some(start), Some(end)) => format!("{start} to {end}"),
    }
}

fn all(trust: &Trust) -> impl Iterator<Item = (&TrustedKey, &'static str)> {
    let image = trust.keys.iter().map(|key| (key, "image"));
    image.chain(trust.attestors.iter().map(|key| (key, "attestor")))
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
