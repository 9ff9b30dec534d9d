//! The list of all keys that a run would trust, retired keys included, each with its role.

use std::fmt::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::Style;
use super::columns::columns;
use super::json::{Key, TrustedRootJson};
use crate::trust::{Endorser, Role, Trust, TrustedKey};

/// The table for people, with ages relative to `now`.
pub fn keys(trust: &Trust, now: Timestamp, style: Style) -> String {
    let rows = all(trust).map(|(key, role)| {
        [
            &key.name,
            role.as_str(),
            key.state.as_str(),
            key.key.algorithm(),
            &window(key),
            &from(key, trust, now),
        ]
        .map(str::to_owned)
        .to_vec()
    });
    let header = ["KEY", "ROLE", "STATE", "ALGORITHM", "VALID", "FROM"].map(str::to_owned);
    let table = columns(header, rows, style);
    let mut ids = String::new();
    for (key, _) in all(trust) {
        let _ = writeln!(ids, "{}  {}", key.key.id(), style.text(&key.name));
    }
    let age = trust.root.update().map(|update| format!(", {}", age(update.updated, now)));
    let root = format!("{}{}", style.text(trust.root.origin()), age.unwrap_or_default());
    let root = style.lines(&root, 2);
    format!(
        "{table}\nSHA-256 of the public keys (SubjectPublicKeyInfo):\n{ids}\nTransparency logs and authorities:\n{root}"
    )
}

/// The origin of a key; for an added key also its endorser and age.
fn from(key: &TrustedKey, trust: &Trust, now: Timestamp) -> String {
    let Some(admission) = key.endorsement() else { return key.origin.clone() };
    let by = match admission.endorser() {
        Endorser::Pin => "its fingerprint".to_owned(),
        Endorser::Key(id) => trust.keys.get(id).map_or_else(|| id.short(), |endorser| endorser.name.clone()),
    };
    format!("{}, added by {by} {}", key.origin, age(admission.added(), now))
}

fn age(then: Timestamp, now: Timestamp) -> String {
    match now.duration_since(then).as_hours() / 24 {
        ..1 => "today".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    }
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

/// The JSON document, `docs/schemas/keys-2.json`.
pub fn keys_json(trust: &Trust) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'a> {
        schema_version: u32,
        keys: Vec<Key<'a>>,
        trusted_root: TrustedRootJson<'a>,
    }
    let document = Document {
        schema_version: 2,
        keys: all(trust).map(|(key, role)| Key::new(key, role)).collect(),
        trusted_root: TrustedRootJson::new(&trust.root),
    };
    super::json::text(&document)
}
