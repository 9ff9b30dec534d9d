//! Parses login files with the syntax that Docker accepts: an empty file, member names in any case, `null` for an
//! absent member, and line breaks in base64. Hosts are matched exactly.
//!
//! Source: the Docker CLI's configuration file (`cli/config`), Go's `encoding/json` and `encoding/base64`,
//! containers-auth.json(5).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::login::Login;
use crate::diagnostic::IoCause;
use crate::limits::read_whole;
use crate::oci::reference::DOCKER_HUB;
use crate::registry::limits::SETTINGS_FILE;
use crate::registry::open::open_settings;
use crate::registry::{Error, Secret};

/// One login file. The keys are registry hosts, or hosts with the beginning of a repository path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LoginFile {
    pub(super) logins: HashMap<String, Login>,
    pub(super) helpers: HashMap<String, String>,
    pub(super) creds_store: Option<String>,
}

impl LoginFile {
    /// Reads a file. `None` if it does not exist.
    pub(super) fn read(file: &Path) -> Result<Option<Self>, Error> {
        let bad = |cause: String| Error::LoginFile {
            origin: format!("the login file `{}`", file.display()),
            cause,
        };
        let opened = match open_settings(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| bad(IoCause(&error).to_string()))?,
        };
        let bytes = read_whole(opened, SETTINGS_FILE).map_err(|error| bad(error.to_string()))?;
        Self::parse(&bytes).map(Some).map_err(bad)
    }

    /// Reads the text of a Docker or Podman configuration file. The error never quotes it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let wire: Option<Wire> = serde_json::from_slice(bytes).map_err(|error| {
            format!("it is not the JSON it should be, line {} column {}", error.line(), error.column())
        })?;
        let wire = wire.unwrap_or_default();
        let mut logins = HashMap::new();
        for (key, entry) in wire.auths {
            let Some(scope) = scope_of(&key) else { continue };
            let login = entry.unwrap_or_default().login();
            let login = login.map_err(|()| format!("`auth` of `{key}` is not base64 of `USER:PASSWORD`"))?;
            if let Some(login) = login {
                // Of several spellings of one host, the plain one takes precedence.
                if key == scope || !logins.contains_key(&scope) {
                    logins.insert(scope, login);
                }
            }
        }
        let helpers = wire.cred_helpers.into_iter();
        let helpers = helpers.filter_map(|(key, name)| Some((scope_of(&key)?, name.unwrap_or_default())));
        let creds_store = Some(wire.creds_store).filter(|creds_store| !creds_store.is_empty());
        Ok(Self { logins, helpers: helpers.collect(), creds_store })
    }
}

/// The members that are used. Values of a repeated name, in any case, are merged, as in Go.
#[derive(Default)]
struct Wire {
    // Sorted, so that of two spellings of one host the same one takes precedence in each run.
    auths: BTreeMap<String, Option<Entry>>,
    creds_store: String,
    cred_helpers: BTreeMap<String, Option<String>>,
}

#[derive(Default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identity_token: String,
    registry_token: String,
}

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Wire;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire, A::Error> {
                let mut wire = Wire::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.to_ascii_lowercase().as_str() {
                        "auths" => wire.auths.extend(or_empty(map.next_value()?)),
                        "credsstore" => set(&mut wire.creds_store, map.next_value()?),
                        "credhelpers" => wire.cred_helpers.extend(or_empty(map.next_value()?)),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(wire)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let mut entry = Entry::default();
                while let Some(name) = map.next_key::<String>()? {
                    let member = match name.to_ascii_lowercase().as_str() {
                        "auth" => &mut entry.auth,
                        "username" => &mut entry.username,
                        "password" => &mut entry.password,
                        "identitytoken" => &mut entry.identity_token,
                        "registrytoken" => &mut entry.registry_token,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    set(member, map.next_value()?);
                }
                Ok(entry)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Sets `member`, unless the value is `null`.
fn set(member: &mut String, value: Option<String>) {
    if let Some(value) = value {
        *member = value;
    }
}

fn or_empty<V>(members: Option<BTreeMap<String, V>>) -> BTreeMap<String, V> {
    members.unwrap_or_default()
}

impl Entry {
    fn login(self) -> Result<Option<Login>, ()> {
        if !self.registry_token.is_empty() {
            return Ok(Some(Login::RegistryToken(Secret::new(self.registry_token))));
        }
        if !self.identity_token.is_empty() {
            return Ok(Some(Login::IdentityToken(Secret::new(self.identity_token))));
        }
        let auth: String = self.auth.trim().chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        if auth.is_empty() {
            return Ok(Login::from_pair(&self.username, &self.password));
        }
        let pair =
            String::from_utf8(STANDARD_PAD_INDIFFERENT.decode(auth).map_err(|_| ())?).map_err(|_| ())?;
        let (username, password) = pair.split_once(':').ok_or(())?;
        Ok(Login::from_pair(username, password.trim_matches('\0')))
    }
}

/// The scope of a key: a registry host, or with a path (Podman) the repository of that name and those below it.
fn scope_of(key: &str) -> Option<String> {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() {
        return None;
    }
    let host = host.to_ascii_lowercase();
    let host = match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB.to_owned(),
        _ => host,
    };
    Some(match path.trim_end_matches('/') {
        "" | "v1" | "v2" => host,
        path => format!("{host}/{path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<LoginFile, String> {
        LoginFile::parse(text.as_bytes())
    }

    fn basic(username: &str, password: &str) -> Login {
        Login::Basic { username: username.to_owned(), password: Secret::new(password) }
    }

    #[cfg(unix)]
    #[test]
    fn endless_files_and_named_pipes_are_refused() {
        let error = LoginFile::read(Path::new("/dev/zero")).unwrap_err();
        assert!(error.to_string().contains("over 1048576 bytes"), "{error}");
        assert_eq!(LoginFile::read(Path::new("/nowhere/config.json")), Ok(None));
        assert_eq!(LoginFile::read(Path::new("/dev/null")), Ok(Some(LoginFile::default())));
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("config.json");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        let error = LoginFile::read(&pipe).unwrap_err();
        assert!(error.to_string().contains("it is a named pipe"), "{error}");
    }

    #[test]
    fn an_empty_file_holds_no_logins() {
        for text in ["", " ", "\n\t \r\n", "{}", "null", r#"{"auths": null}"#, r#"{"auths": {"a.io": null}}"#]
        {
            assert_eq!(parse(text), Ok(LoginFile::default()), "{text:?}");
        }
    }

    #[test]
    fn member_names_in_any_case_and_broken_base64_lines_are_read() {
        let file = parse(
            r#"{"Auths": {"a.io": {"Auth": "bWU6c\r\nGFzcw==\n"}, "b.io": {"USERNAME": "u", "Password": "p"}},
                "AUTHS": {"c.io": {"auth": "bWU6cGFzcw"}, "d.io": {"auth": "\r\n"}},
                "CredsStore": "s", "credSstore": null, "CREDHELPERS": {"e.io": "h", "f.io": null}}"#,
        )
        .unwrap();
        assert_eq!(file.logins.get("a.io"), Some(&basic("me", "pass")));
        assert_eq!(file.logins.get("b.io"), Some(&basic("u", "p")));
        assert_eq!(file.logins.get("c.io"), Some(&basic("me", "pass")));
        assert_eq!(file.logins.len(), 3);
        assert_eq!(file.creds_store.as_deref(), Some("s"));
        assert_eq!(file.helpers.get("e.io").map(String::as_str), Some("h"));
    }

    #[test]
    fn hosts_are_matched_exactly() {
        let file = parse(r#"{"auths": {"a.io ": {"username": "u", "password": "p"}, "*.b.io": {"username": "u", "password": "p"}}}"#).unwrap();
        assert!(!file.logins.contains_key("a.io") && !file.logins.contains_key("x.b.io"));
    }

    #[test]
    fn two_spellings_of_a_host_have_a_stable_precedence() {
        let text = r#"{"auths": {"https://a.test/v1/": {"username": "s", "password": "p"},
            "http://a.test": {"username": "u", "password": "p"}, "A.test/v2/": {"username": "v", "password": "p"}},
            "credHelpers": {"https://b.test": "s", "http://b.test": "u"}}"#;
        let first = parse(text).unwrap();
        assert_eq!(first.logins.get("a.test"), Some(&basic("v", "p")));
        for _ in 0..20 {
            assert_eq!(parse(text).unwrap(), first);
        }
    }

    #[test]
    fn every_form_of_an_entry_is_read() {
        let file = parse(
            r#"{"auths": {
                "https://index.docker.io/v1/": {"auth": "bWU6cDphc3M="},
                "https://reg.example:5000/v1/": {"username": "u", "password": "p"},
                "GHCR.io": {"auth": "bWU6cGFzcwA"},
                "acr.example": {"auth": "bWU6eA==", "identitytoken": "refresh"},
                "token.example": {"username": "<token>", "password": "refresh"},
                "bearer.example": {"identitytoken": "refresh", "registrytoken": "bearer"},
                "quay.io/only/this": {"username": "u", "password": "p"},
                "empty.example": {}
            }, "HttpHeaders": {"x": "y"}}"#,
        )
        .unwrap();
        let expected = [
            ("docker.io", basic("me", "p:ass")),
            ("reg.example:5000", basic("u", "p")),
            ("ghcr.io", basic("me", "pass")),
            ("acr.example", Login::IdentityToken(Secret::new("refresh"))),
            ("token.example", Login::IdentityToken(Secret::new("refresh"))),
            ("bearer.example", Login::RegistryToken(Secret::new("bearer"))),
            ("quay.io/only/this", basic("u", "p")),
        ];
        assert_eq!(file.logins, expected.into_iter().map(|(host, login)| (host.to_owned(), login)).collect());
    }

    #[test]
    fn errors_about_login_files_quote_no_secret() {
        for text in [
            "{",
            "[]",
            "\u{feff}{}",
            "{} {}",
            r#"{"auths": {"x": {"auth": "hunter2!"}}}"#,
            r#"{"auths": {"x": {"Auth": "hunt er2"}}}"#,
            r#"{"auths": {"hunter2": 5, "x": "hunter2"}}"#,
            r#"{"auths": {"x": {"password": ["hunter2"]}}}"#,
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
