//! Keys with names, states and dates, and the keyrings that hold them: Docker's embedded keys, keyring files and the
//! user's ring file.
//!
//! A key counts only while it is active, and only between its dates.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Endorser, Error, KeyEndorsement, KeyId, KeyState, PublicKey, TimeSource, Window};
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

/// Origin of a key that was just added.
const ADDED: &str = "added";

/// SHA-256 of the SPKI of dhi-2 and dhi-1.
const DHI_KEY_IDS: [&str; 2] = [
    "118ba556dd52f4aec67018efd316c285c783cd3e54cc0f4527605715c643887c",
    "1b431f0d467ecc9e3d97e5b446980599a99c3a386e42ea628b172db1051c737b",
];

/// Start of the validity of dhi-2: 2025-04-02T12:00:00Z, the epoch that Docker's own verifier uses.
const DHI_2_NOT_BEFORE: i64 = 1_743_595_200;

/// A trusted key, with its name, state and dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// The name for people.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// Whether it is active.
    pub state: KeyState,
    /// Its dates.
    pub window: Window,
    /// Where it came from: `embedded`, a file, `env://VAR`, a URL.
    pub origin: String,
    /// Its endorsement, if it is a DHI key that is not embedded.
    endorsement: Option<KeyEndorsement>,
}

/// An ordered set of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    keys: Vec<TrustedKey>,
}

impl TrustedKey {
    /// An active key without dates. If `name` is reserved for another key, one of Docker's, the key is named by the
    /// beginning of its ID instead.
    pub fn active(name: impl Into<String>, key: PublicKey, origin: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            name: if is_name_of_another(&name, key.id()) { key.id().short() } else { name },
            key,
            state: KeyState::Active,
            window: Window::default(),
            origin: origin.into(),
            endorsement: None,
        }
    }

    /// A DHI key that is not embedded. It has no dates, since none were published with it, and the date of its
    /// endorsement does not limit its signatures. Its name is made of its ID.
    pub(super) fn endorsed(key: PublicKey, endorsement: KeyEndorsement) -> Self {
        let name = format!("dhi-{}", key.id().short());
        Self { endorsement: Some(endorsement), ..Self::active(name, key, ADDED) }
    }

    /// dhi-2, with its dates.
    ///
    /// # Errors
    ///
    /// None that can occur: the embedded keys are tested.
    pub fn dhi_2() -> Result<Self, Error> {
        let not_before = Timestamp::from_second(DHI_2_NOT_BEFORE).ok();
        let key = PublicKey::from_pem(DHI_2, "dhi-2")?;
        Ok(Self { window: Window { not_before, not_after: None }, ..Self::active("dhi-2", key, EMBEDDED) })
    }

    /// dhi-1 as an active key, for callers that request it by name. Without dates, since none were published.
    ///
    /// # Errors
    ///
    /// None that can occur: the embedded keys are tested.
    pub fn dhi_1() -> Result<Self, Error> {
        Ok(Self::active("dhi-1", PublicKey::from_pem(DHI_1, "dhi-1")?, EMBEDDED))
    }

    /// The key with its own state and dates if it is a DHI key, embedded or in the ring `dhi`. Any other key does not
    /// change.
    #[must_use]
    pub fn with_known_dates(self, dhi: &Keyring) -> Self {
        let embedded = [Self::dhi_2(), Self::dhi_1()].into_iter().flatten();
        let known = embedded.chain(dhi.iter().cloned()).find(|known| known.key.id() == self.key.id());
        known.unwrap_or(self)
    }

    /// Whether this is one of Docker's DHI keys, by SPKI: embedded or endorsed.
    pub fn is_dhi(&self) -> bool {
        self.endorsement.is_some() || is_embedded(self.key.id())
    }

    /// Its endorsement, if it is a DHI key that is not embedded.
    pub fn endorsement(&self) -> Option<KeyEndorsement> {
        self.endorsement
    }

    /// Checks state and dates at `time`. `proven` is the source of that time; without one it is the effective time.
    pub(super) fn check_window(&self, time: Timestamp, proven: Option<TimeSource>) -> Result<(), Error> {
        let inside = self.state == KeyState::Active && self.window.contains(time);
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
        let state = if self.state == KeyState::Inactive { " (inactive)" } else { "" };
        write!(f, "{}  {}{state}", self.key.id().short(), self.name)
    }
}

impl Keyring {
    /// The embedded keys of Docker Hardened Images: dhi-2 active, dhi-1 inactive.
    ///
    /// # Errors
    ///
    /// None that can occur: the embedded keys are tested.
    pub fn dhi() -> Result<Self, Error> {
        let retired = TrustedKey { state: KeyState::Inactive, ..TrustedKey::dhi_1()? };
        Ok(Self { keys: vec![TrustedKey::dhi_2()?, retired] })
    }

    /// A ring of `keys`. Of entries with the same key the first counts.
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
    /// as RFC 3339.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] if it is not such a file, has unknown members, or contains a key or an `id` twice.
    /// [`Error::KeyEncoding`] if a key must be converted.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let ring = read(bytes, origin)?;
        if let Some(key) = ring.iter().find(|key| key.endorsement.is_some()) {
            // Anyone can write a keyring file, so it never makes a DHI key.
            let cause = format!(
                "key `{}`: `vouchedBy` and `added` are allowed only in the keyring that `dhi keys update` writes",
                key.name
            );
            return Err(Error::KeyFile { origin: origin.to_owned(), cause });
        }
        Ok(ring)
    }

    /// The DHI keys: those of [`Keyring::dhi`], followed by those of the user's ring file `bytes`. There each key also
    /// has `"vouchedBy"` (`pin`, or the ID of an earlier key) and `"added"`. If a key has been embedded since, the
    /// embedded entry counts.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] and [`Error::KeyEncoding`], as [`Keyring::from_json`].
    pub fn dhi_with_ring_file(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        let mut ring = Self::dhi()?;
        for key in read(bytes, origin)?.keys {
            let Some(endorsement) = key.endorsement else {
                return Err(wrong(format!("key `{}` lacks `vouchedBy` and `added`", key.name)));
            };
            if let Endorser::Key(id) = endorsement.endorser
                && ring.get(id).is_none()
            {
                return Err(wrong(format!("the key that endorsed `{}` does not precede it: {id}", key.name)));
            }
            match ring.get(key.key.id()) {
                Some(_) => {}
                None if ring.iter().any(|known| known.name == key.name) => {
                    return Err(wrong(format!("`{}` is the name of another key", key.name)));
                }
                None => ring.keys.push(key),
            }
        }
        Ok(ring)
    }

    /// The ring file with all endorsed keys, as [`Keyring::dhi_with_ring_file`] reads it.
    pub fn endorsed_json(&self) -> String {
        let entry = |key: &TrustedKey| {
            let endorsement = key.endorsement?;
            Some(Entry {
                id: key.name.clone(),
                pem: key.key.to_pem(),
                state: key.state,
                not_before: key.window.not_before,
                not_after: key.window.not_after,
                vouched_by: Some(endorsement.endorser.to_string()),
                added: Some(endorsement.added),
            })
        };
        let file = File { schema_version: 1, keys: self.keys.iter().filter_map(entry).collect() };
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Marks the keys that are also DHI keys of the ring `dhi`. Names and dates do not change.
    #[must_use]
    pub fn mark_dhi_keys(mut self, dhi: &Self) -> Self {
        for key in &mut self.keys {
            key.endorsement = dhi.get(key.key.id()).and_then(|known| known.endorsement);
        }
        self
    }

    /// Adds a key, unless it is in the ring.
    pub fn push(&mut self, key: TrustedKey) {
        if self.get(key.key.id()).is_none() {
            self.keys.push(key);
        }
    }

    /// The keys, in order.
    pub fn iter(&self) -> impl Iterator<Item = &TrustedKey> {
        self.keys.iter()
    }

    /// The keys, in order, by value.
    pub fn into_keys(self) -> impl Iterator<Item = TrustedKey> {
        self.keys.into_iter()
    }

    /// Whether the ring has no keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key with this ID.
    pub fn get(&self, id: KeyId) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.key.id() == id)
    }
}

/// Whether an embedded key has this ID.
fn is_embedded(id: KeyId) -> bool {
    let known = DHI_KEY_IDS.iter();
    // Only in the unit tests of this crate, one more key counts as Docker's: the tests have its private half.
    #[cfg(test)]
    let known = known.chain(&["ce97ec20d43661a19b215cb2e376a698d0b4aa2aa5b4c7854e916bd05082fcee"]);
    known.into_iter().any(|known| *known == id.hex())
}

/// Whether `name` is reserved for a DHI key other than `id`: `dhi-` followed by a number or by the beginning of an ID.
/// Names prove nothing, but people would read such a name as Docker's.
fn is_name_of_another(name: &str, id: KeyId) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let Some(rest) = name.strip_prefix("dhi-") else { return false };
    let is_numbered = rest.starts_with(|c: char| c.is_ascii_digit());
    let is_short = rest.len() == id.short().len() && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_numbered || is_short) && !is_embedded(id) && rest != id.short()
}

fn read(bytes: &[u8], origin: &str) -> Result<Keyring, Error> {
    let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
    let file: File = json::parse(bytes, "keyring").map_err(|error| wrong(error.to_string()))?;
    if file.schema_version != 1 {
        return Err(wrong(format!("schema version {} is not supported; expected 1", file.schema_version)));
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
        if is_name_of_another(&entry.id, key.id()) {
            return Err(wrong(format!(
                "the name `{}` is reserved for Docker's keys, and this key is not one of them: choose another name",
                entry.id
            )));
        }
        if let (Some(start), Some(end)) = (window.not_before, window.not_after)
            && start > end
        {
            return Err(wrong(format!("key `{}` ends before it begins", entry.id)));
        }
        if keys.iter().any(|known| known.name == entry.id || known.key.id() == key.id()) {
            return Err(wrong(format!("key `{}` or its `id` occurs twice", entry.id)));
        }
        let endorsement = match (&entry.vouched_by, entry.added) {
            (None, None) => None,
            (Some(by), Some(at)) => {
                let by = by.parse().map_err(|_| {
                    wrong(format!("`vouchedBy` of key `{}` is neither a key ID nor `pin`", entry.id))
                })?;
                Some(KeyEndorsement { endorser: by, added: at })
            }
            _ => return Err(wrong(format!("key `{}` needs both `vouchedBy` and `added`", entry.id))),
        };
        keys.push(TrustedKey {
            name: entry.id,
            key,
            state: entry.state,
            window,
            origin: origin.to_owned(),
            endorsement,
        });
    }
    Ok(Keyring { keys })
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    schema_version: u32,
    keys: Vec<Entry>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    id: String,
    pem: String,
    state: KeyState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_after: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vouched_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    added: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_keys_have_dockers_fingerprints() {
        let ring = Keyring::dhi().unwrap();
        let ids: Vec<String> = ring.iter().map(|key| key.key.id().hex()).collect();
        assert_eq!(ids, DHI_KEY_IDS);
        assert!(ring.iter().all(TrustedKey::is_dhi));
        let states: Vec<KeyState> = ring.iter().map(|key| key.state).collect();
        assert_eq!(states, [KeyState::Active, KeyState::Inactive]);
        // The published PEM files, byte for byte.
        let pem = |text: &str| crate::oci::Digest::of(text.as_bytes()).hex();
        assert_eq!(pem(DHI_2), "1d02bbccf149283ae6288d96264dcad3fb23ee1911d90324a48eab28e4cb8a5f");
        assert_eq!(pem(DHI_1), "7c2b62fd43580b5ff922aa7d708543505d2bbf39bd05199643827d4e4308ee73");
    }

    #[test]
    fn dhi_2_counts_from_its_start_date_and_dhi_1_never() {
        let (two, one) = (TrustedKey::dhi_2().unwrap(), TrustedKey::dhi_1().unwrap());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(two.check_window(at("2025-04-02T12:00:00Z"), Some(TimeSource::TransparencyLog)).is_ok());
        let early =
            two.check_window(at("2025-04-02T11:59:59Z"), Some(TimeSource::TransparencyLog)).unwrap_err();
        assert!(matches!(early, Error::KeyOutsideWindow { proven: Some(TimeSource::TransparencyLog), .. }));
        let retired = TrustedKey { state: KeyState::Inactive, ..one.clone() };
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

    /// A key that is not embedded.
    const OTHER: &str = include_str!("../../fixtures/keys/other.pub");

    fn ring_file(entry: &str) -> Result<Keyring, Error> {
        let pem = |text: &str| serde_json::to_string(text).unwrap();
        let entry = entry.replace("DHI_2", &pem(DHI_2)).replace("OTHER", &pem(OTHER));
        Keyring::dhi_with_ring_file(format!(r#"{{"schemaVersion":1,"keys":[{entry}]}}"#).as_bytes(), "ring")
    }

    #[test]
    fn the_ring_file_adds_dhi_keys_and_round_trips() {
        let good = r#"{"id":"a","pem":OTHER,"state":"active","notAfter":"2030-01-01T00:00:00Z","vouchedBy":"sha256:118ba556dd52f4aec67018efd316c285c783cd3e54cc0f4527605715c643887c","added":"2026-11-21T00:00:00Z"}"#;
        let ring = ring_file(good).unwrap();
        assert_eq!(ring.iter().filter(|key| key.is_dhi()).count(), 3);
        let again = Keyring::dhi_with_ring_file(ring.endorsed_json().as_bytes(), "ring").unwrap();
        assert_eq!(again, ring);
        // A key that was embedded later counts as it is embedded.
        let embedded =
            r#"{"id":"b","pem":DHI_2,"state":"inactive","vouchedBy":"pin","added":"2026-11-21T00:00:00Z"}"#;
        assert_eq!(ring_file(embedded).unwrap(), Keyring::dhi().unwrap());
    }

    #[test]
    fn the_ring_file_is_read_strictly() {
        for bad in [
            "",
            r#"{"id":"a","pem":OTHER,"state":"active"}"#,
            r#"{"id":"a","pem":OTHER,"state":"active","vouchedBy":"pin"}"#,
            r#"{"id":"a","pem":OTHER,"state":"active","added":"2026-11-21T00:00:00Z"}"#,
            r#"{"id":"a","pem":OTHER,"state":"active","vouchedBy":"me","added":"2026-11-21T00:00:00Z"}"#,
            r#"{"id":"dhi-2","pem":OTHER,"state":"active","vouchedBy":"pin","added":"2026-11-21T00:00:00Z"}"#,
            r#"{"id":"a","pem":OTHER,"state":"active","vouchedBy":"pin","added":"2026-11-21T00:00:00Z","x":1}"#,
            // An endorser that is not in the ring.
            r#"{"id":"a","pem":OTHER,"state":"active","vouchedBy":"sha256:0000000000000000000000000000000000000000000000000000000000000000","added":"2026-11-21T00:00:00Z"}"#,
        ] {
            assert!(matches!(ring_file(bad), Err(Error::KeyFile { .. })), "{bad}");
        }
    }

    #[test]
    fn names_of_dockers_keys_are_reserved() {
        let other = PublicKey::from_pem(OTHER, "other").unwrap();
        let short = other.id().short();
        let entry = |name: &str, pem: &str| {
            let pem = serde_json::to_string(pem).unwrap();
            let text =
                format!(r#"{{"schemaVersion":1,"keys":[{{"id":"{name}","pem":{pem},"state":"active"}}]}}"#);
            Keyring::from_json(text.as_bytes(), "ring.json")
        };
        for name in
            ["dhi-2", "dhi-1", "DHI-2", " dhi-2", "dhi-2 (118ba556dd52)", "dhi-3.pub", "dhi-118ba556dd52"]
        {
            assert!(matches!(entry(name, OTHER), Err(Error::KeyFile { .. })), "{name}");
            assert_eq!(TrustedKey::active(name, other.clone(), "x").name, short, "{name}");
        }
        for name in ["team", "dhi", "dhi-mirror", "my-dhi-2", "dhi-beef", &format!("dhi-{short}")] {
            assert_eq!(entry(name, OTHER).unwrap().iter().next().unwrap().name, name);
            assert_eq!(TrustedKey::active(name, other.clone(), "x").name, name);
        }
        assert!(entry("dhi-2", DHI_2).is_ok() && entry("dhi-1", DHI_1).is_ok());
    }

    #[test]
    fn a_keyring_file_adds_no_dhi_key_but_recognises_one() {
        let claims =
            r#"{"id":"a","pem":PEM,"state":"active","vouchedBy":"pin","added":"2026-11-21T00:00:00Z"}"#;
        assert!(matches!(keyring(claims), Err(Error::KeyFile { .. })));
        let given = PublicKey::from_pem(OTHER, "other").unwrap();
        let given = Keyring::of([TrustedKey::active("other", given, "other.pub")]);
        assert!(!given.iter().any(TrustedKey::is_dhi));
        assert!(!given.clone().mark_dhi_keys(&Keyring::dhi().unwrap()).iter().any(TrustedKey::is_dhi));
        let entry =
            r#"{"id":"a","pem":OTHER,"state":"active","vouchedBy":"pin","added":"2026-11-21T00:00:00Z"}"#;
        let recognised = given.mark_dhi_keys(&ring_file(entry).unwrap());
        assert!(recognised.iter().all(TrustedKey::is_dhi));
        assert_eq!(recognised.iter().next().unwrap().name, "other");
    }
}
