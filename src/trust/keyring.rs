//! A key counts only in its window: between its dates, and never once it is inactive.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Error, KeyId, PublicKey, Witness};
use crate::oci::json;

/// dhi-2, Docker's active signing key for hardened images (keyring repository of Docker, `dhi-2.pub`).
const DHI_2: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKdROmntRJFBrOJOQF5ww6gDBJqGm
Fxa4333s1KsL9ISjtmRzGNih9lNRsqfRVjgFgJIdL6EQ9dohdanvn7r2cg==
-----END PUBLIC KEY-----
";

/// dhi-1, its disabled predecessor (`dhi-1.pub`).
const DHI_1: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEx50N9pejdOrxR+17vcibfkrIFqFg
Tcb5ZW1FKqagsye7nykTKXOUvJOF0bCESzdKRJ5qyAGH/91W+4fbeptG8g==
-----END PUBLIC KEY-----
";

/// Origin of the keys that are part of this program.
pub const EMBEDDED: &str = "embedded";

/// SHA-256 of the SPKI of dhi-2 and dhi-1.
const DHI_KEY_IDS: [&str; 2] = [
    "118ba556dd52f4aec67018efd316c285c783cd3e54cc0f4527605715c643887c",
    "1b431f0d467ecc9e3d97e5b446980599a99c3a386e42ea628b172db1051c737b",
];

/// From when on dhi-2 is valid: 2025-04-02T12:00:00Z, the epoch that Docker's own verifier uses.
const DHI_2_NOT_BEFORE: i64 = 1_743_595_200;

/// A key that was given, with what limits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// The name for people.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// Whether it still counts at all.
    pub state: State,
    /// When it counts.
    pub window: Window,
    /// Where it came from: `embedded`, a file, `env://VAR`, a URL.
    pub origin: String,
}

/// Whether a key still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It does, within its window.
    Active,
    /// It does not; a signature made with it is reported as such.
    Inactive,
}

impl State {
    /// The word in keyring files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// The time in which a key counts; both ends are inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From when on.
    pub not_before: Option<Timestamp>,
    /// Until when.
    pub not_after: Option<Timestamp>,
}

impl Window {
    /// Whether `time` lies in it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.not_before.is_none_or(|start| start <= time) && self.not_after.is_none_or(|end| time <= end)
    }
}

/// An ordered set of keys, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    keys: Vec<TrustedKey>,
}

impl TrustedKey {
    /// A key without dates.
    pub fn active(name: impl Into<String>, key: PublicKey, origin: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            key,
            state: State::Active,
            window: Window::default(),
            origin: origin.into(),
        }
    }

    /// dhi-2, in its window.
    pub fn dhi_2() -> Result<Self, Error> {
        let not_before = Timestamp::from_second(DHI_2_NOT_BEFORE).ok();
        let key = PublicKey::from_pem(DHI_2, "dhi-2")?;
        Ok(Self { window: Window { not_before, not_after: None }, ..Self::active("dhi-2", key, EMBEDDED) })
    }

    /// dhi-1 as a key that was asked for by name: without dates, since none were published.
    pub fn dhi_1() -> Result<Self, Error> {
        Ok(Self::active("dhi-1", PublicKey::from_pem(DHI_1, "dhi-1")?, EMBEDDED))
    }

    /// Whether this is one of Docker's DHI keys, by SPKI.
    pub fn is_dhi(&self) -> bool {
        DHI_KEY_IDS.contains(&self.key.id().hex().as_str())
    }

    /// Checks state and window at `time`, which `proven` by somebody is that of the signature.
    pub(super) fn check_window(&self, time: Timestamp, proven: Option<Witness>) -> Result<(), Error> {
        let inside = self.state == State::Active && self.window.contains(time);
        if inside {
            return Ok(());
        }
        Err(Error::KeyOutsideWindow {
            key: self.name.clone(),
            state: self.state,
            window: self.window,
            time,
            proven,
        })
    }
}

impl fmt::Display for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.state == State::Inactive { " (inactive)" } else { "" };
        write!(f, "{}  {}{state}", self.key.id().short(), self.name)
    }
}

impl Keyring {
    /// The keys of Docker Hardened Images: dhi-2 active, dhi-1 inactive.
    pub fn dhi() -> Result<Self, Error> {
        let retired = TrustedKey { state: State::Inactive, ..TrustedKey::dhi_1()? };
        Ok(Self { keys: vec![TrustedKey::dhi_2()?, retired] })
    }

    /// A ring of `keys`. The same key twice is one key; the first mention counts.
    pub fn of(keys: impl IntoIterator<Item = TrustedKey>) -> Self {
        let mut ring = Self::default();
        for key in keys {
            if !ring.keys.iter().any(|known| known.key.id() == key.key.id()) {
                ring.keys.push(key);
            }
        }
        ring
    }

    /// Reads a keyring file: `{"schemaVersion":1,"keys":[{"id","pem","state","notBefore"?,"notAfter"?}]}`, times
    /// as RFC 3339. Unknown members, a key given twice and an id given twice are errors.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        let file: File = json::parse(bytes, "keyring").map_err(|error| wrong(error.to_string()))?;
        if file.schema_version != 1 {
            return Err(wrong(format!("schema version {} is not known; 1 is", file.schema_version)));
        }
        if file.keys.is_empty() {
            return Err(wrong("it holds no key".to_owned()));
        }
        let mut keys: Vec<TrustedKey> = Vec::with_capacity(file.keys.len());
        for entry in file.keys {
            let key = PublicKey::from_pem(&entry.pem, &format!("{origin}, key `{}`", entry.id))?;
            let window = Window { not_before: entry.not_before, not_after: entry.not_after };
            if entry.id.trim().is_empty() {
                return Err(wrong("a key has an empty `id`".to_owned()));
            }
            if let (Some(start), Some(end)) = (window.not_before, window.not_after)
                && start > end
            {
                return Err(wrong(format!("key `{}` ends before it begins", entry.id)));
            }
            if keys.iter().any(|known| known.name == entry.id || known.key.id() == key.id()) {
                return Err(wrong(format!("key `{}` or its id stands twice", entry.id)));
            }
            keys.push(TrustedKey {
                name: entry.id,
                key,
                state: entry.state,
                window,
                origin: origin.to_owned(),
            });
        }
        Ok(Self { keys })
    }

    /// The keys, in order.
    pub fn iter(&self) -> impl Iterator<Item = &TrustedKey> {
        self.keys.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key with this id.
    pub fn get(&self, id: KeyId) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.key.id() == id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    schema_version: u32,
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    id: String,
    pem: String,
    state: State,
    #[serde(default)]
    not_before: Option<Timestamp>,
    #[serde(default)]
    not_after: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_keys_are_dockers_by_fingerprint() {
        let ring = Keyring::dhi().unwrap();
        let ids: Vec<String> = ring.iter().map(|key| key.key.id().hex()).collect();
        assert_eq!(ids, DHI_KEY_IDS);
        assert!(ring.iter().all(TrustedKey::is_dhi));
        let states: Vec<State> = ring.iter().map(|key| key.state).collect();
        assert_eq!(states, [State::Active, State::Inactive]);
        // The published PEM files, byte for byte.
        let pem = |text: &str| crate::oci::Digest::of(text.as_bytes()).hex();
        assert_eq!(pem(DHI_2), "1d02bbccf149283ae6288d96264dcad3fb23ee1911d90324a48eab28e4cb8a5f");
        assert_eq!(pem(DHI_1), "7c2b62fd43580b5ff922aa7d708543505d2bbf39bd05199643827d4e4308ee73");
    }

    #[test]
    fn dhi_2_counts_from_its_first_day_and_dhi_1_never() {
        let (two, one) = (TrustedKey::dhi_2().unwrap(), TrustedKey::dhi_1().unwrap());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(two.check_window(at("2025-04-02T12:00:00Z"), Some(Witness::Log)).is_ok());
        let early = two.check_window(at("2025-04-02T11:59:59Z"), Some(Witness::Log)).unwrap_err();
        assert!(matches!(early, Error::KeyOutsideWindow { proven: Some(Witness::Log), .. }));
        let retired = TrustedKey { state: State::Inactive, ..one.clone() };
        assert!(retired.check_window(at("2025-05-01T00:00:00Z"), None).is_err());
        assert!(one.check_window(at("2025-05-01T00:00:00Z"), None).is_ok());
    }

    fn keyring(entry: &str) -> Result<Keyring, Error> {
        let pem = serde_json::to_string(DHI_2).unwrap();
        let text = format!(r#"{{"schemaVersion":1,"keys":[{}]}}"#, entry.replace("PEM", &pem));
        Keyring::from_json(text.as_bytes(), "ring.json")
    }

    #[test]
    fn keyring_files_are_read_strictly() {
        let good = r#"{"id":"a","pem":PEM,"state":"active","notBefore":"2025-04-02T12:00:00Z"}"#;
        assert_eq!(keyring(good).unwrap().iter().count(), 1);
        for bad in [
            "",
            r#"{"id":"a","pem":PEM}"#,
            r#"{"id":"a","pem":PEM,"state":"retired"}"#,
            r#"{"id":"a","pem":PEM,"state":"active","notbefore":"2025-04-02T12:00:00Z"}"#,
            r#"{"id":"a","pem":PEM,"state":"active","notBefore":"2025-04-02"}"#,
            r#"{"id":"a","pem":PEM,"state":"active","notBefore":"2026-01-01T00:00:00Z","notAfter":"2025-01-01T00:00:00Z"}"#,
            r#"{"id":"","pem":PEM,"state":"active"}"#,
            r#"{"id":"a","pem":"x","state":"active"}"#,
            r#"{"id":"a","pem":PEM,"state":"active"},{"id":"b","pem":PEM,"state":"active"}"#,
            r#"{"id":"a","id":"b","pem":PEM,"state":"active"}"#,
        ] {
            assert!(matches!(keyring(bad), Err(Error::KeyFile { .. })), "{bad}");
        }
    }
}
