//! Credentials are looked up for one registry host and handed out for no other.
//!
//! Source: the Docker CLI's configuration file and its credential helper protocol.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::helper;
use super::secret::Secret;
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::registry::Error;

/// What Docker calls its registry in configuration files and to credential helpers.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// A user name of this means that the password is an identity token.
const TOKEN_USER: &str = "<token>";
/// Largest configuration file in bytes.
const LARGEST: u64 = 1024 * 1024;

/// What a registry or its token server is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// User name and password or access token.
    Basic {
        /// User name.
        username: String,
        /// Password or access token.
        password: Secret,
    },
    /// A refresh token, exchanged at the token server (OAuth 2).
    Identity(Secret),
}

impl Login {
    /// From a pair as configuration files and helpers hold it.
    pub(super) fn from_pair(username: &str, password: &str) -> Option<Self> {
        match (username, password) {
            (_, "") => None,
            (TOKEN_USER, token) => Some(Self::Identity(Secret::new(token))),
            _ => Some(Self::Basic { username: username.to_owned(), password: Secret::new(password) }),
        }
    }
}

/// Where credentials of registries come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    logins: HashMap<String, Login>,
    helpers: HashMap<String, String>,
    store: Option<String>,
}

impl Credentials {
    /// None at all: every request is anonymous.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the credentials of one registry host (with its port, where it has one).
    #[must_use]
    pub fn with(mut self, host: &str, login: Login) -> Self {
        self.logins.insert(host.to_ascii_lowercase(), login);
        self
    }

    /// What the user has configured: `$REGISTRY_AUTH_FILE`, else `$DOCKER_CONFIG/config.json`, else
    /// `~/.docker/config.json`, and `$DHI_USERNAME` with `$DHI_TOKEN` for `dhi.io`. No file means no
    /// credentials; one that cannot be read is [`Error::BadContent`].
    pub fn load() -> Result<Self, Error> {
        Self::from_environment(|name| std::env::var_os(name), std::env::home_dir())
    }

    fn from_environment(
        variable: impl Fn(&str) -> Option<OsString>,
        home: Option<PathBuf>,
    ) -> Result<Self, Error> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let file = set("REGISTRY_AUTH_FILE").map(PathBuf::from).or_else(|| {
            let directory = set("DOCKER_CONFIG").map(PathBuf::from);
            Some(directory.or_else(|| home.map(|home| home.join(".docker")))?.join("config.json"))
        });
        let credentials = match file {
            Some(file) => Self::read(&file)?,
            None => Self::none(),
        };
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        Ok(match (text("DHI_USERNAME"), text("DHI_TOKEN")) {
            (Some(username), Some(token)) => credentials
                .with(DHI, Login::Basic { username, password: Secret::new(token) })
                .without_helper(DHI),
            _ => credentials,
        })
    }

    fn without_helper(mut self, host: &str) -> Self {
        // A login that was given by hand wins over every helper.
        self.helpers.insert(host.to_owned(), String::new());
        self
    }

    fn read(file: &Path) -> Result<Self, Error> {
        let bad = |cause: String| Error::BadContent {
            what: format!("Docker configuration `{}`", file.display()),
            cause,
        };
        match std::fs::metadata(file) {
            Ok(metadata) if metadata.len() > LARGEST => return Err(bad(format!("over {LARGEST} bytes"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::none()),
            _ => {}
        }
        let bytes = std::fs::read(file).map_err(|error| bad(error.to_string()))?;
        Self::parse(&bytes).map_err(bad)
    }

    /// Reads the text of a Docker configuration file. The error never quotes it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| {
            format!("it is not the JSON it should be, line {} column {}", error.line(), error.column())
        })?;
        let mut logins = HashMap::new();
        for (key, entry) in wire.auths.unwrap_or_default() {
            let Some(host) = host_of(&key) else { continue };
            let login =
                entry.login().map_err(|()| format!("`auth` of `{key}` is not base64 of `USER:PASSWORD`"))?;
            if let Some(login) = login {
                // Of several spellings of one host the plain one wins.
                if key == host || !logins.contains_key(&host) {
                    logins.insert(host, login);
                }
            }
        }
        let helpers = wire.cred_helpers.unwrap_or_default();
        let helpers = helpers.into_iter().filter_map(|(key, name)| Some((host_of(&key)?, name))).collect();
        Ok(Self { logins, helpers, store: wire.creds_store.filter(|store| !store.is_empty()) })
    }

    /// The credentials of `host`, asked of its helper where it has one.
    pub(super) async fn get(&self, host: &str) -> Result<Option<Login>, Error> {
        let helper = self.helpers.get(host).or(self.store.as_ref()).filter(|name| !name.is_empty());
        if let Some(name) = helper {
            let key = if host == DOCKER_HUB { DOCKER_HUB_KEY } else { host };
            let login = helper::get(name, key).await.map_err(|cause| Error::Unauthorized {
                host: host.to_owned(),
                what: "a login".to_owned(),
                answer: format!("credential helper `docker-credential-{name}`: {cause}"),
                logged_in: false,
            })?;
            if login.is_some() {
                return Ok(login);
            }
        }
        Ok(self.logins.get(host).cloned())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    auths: Option<HashMap<String, Entry>>,
    creds_store: Option<String>,
    cred_helpers: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl Entry {
    fn login(self) -> Result<Option<Login>, ()> {
        const BASE64: GeneralPurpose = GeneralPurpose::new(
            &STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        if let Some(token) = self.identitytoken.filter(|token| !token.is_empty()) {
            return Ok(Some(Login::Identity(Secret::new(token))));
        }
        if let Some(auth) = self.auth.filter(|auth| !auth.is_empty()) {
            let pair = BASE64.decode(auth.trim()).map_err(|_| ())?;
            let pair = String::from_utf8(pair).map_err(|_| ())?;
            let (username, password) = pair.split_once(':').ok_or(())?;
            return Ok(Login::from_pair(username, password.trim_matches('\0')));
        }
        Ok(Login::from_pair(&self.username.unwrap_or_default(), &self.password.unwrap_or_default()))
    }
}

/// The registry host that a key of the configuration file is about. Keys with a repository path are about
/// less than a host, and are not used.
fn host_of(key: &str) -> Option<String> {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() || !matches!(path, "" | "v1" | "v1/" | "v2" | "v2/") {
        return None;
    }
    let host = host.to_ascii_lowercase();
    Some(match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB.to_owned(),
        _ => host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Credentials, String> {
        Credentials::parse(text.as_bytes())
    }

    fn basic(username: &str, password: &str) -> Login {
        Login::Basic { username: username.to_owned(), password: Secret::new(password) }
    }

    #[test]
    fn all_forms_of_entries_are_read() {
        let credentials = parse(
            r#"{"auths": {
                "https://index.docker.io/v1/": {"auth": "bWU6cDphc3M="},
                "https://reg.example:5000/v1/": {"username": "u", "password": "p"},
                "GHCR.io": {"auth": "bWU6cGFzcwA"},
                "acr.example": {"auth": "bWU6eA==", "identitytoken": "refresh"},
                "token.example": {"username": "<token>", "password": "refresh"},
                "quay.io/only/this": {"username": "u", "password": "p"},
                "empty.example": {}
            }, "HttpHeaders": {"x": "y"}}"#,
        )
        .unwrap();
        let expected = [
            ("docker.io", basic("me", "p:ass")),
            ("reg.example:5000", basic("u", "p")),
            ("ghcr.io", basic("me", "pass")),
            ("acr.example", Login::Identity(Secret::new("refresh"))),
            ("token.example", Login::Identity(Secret::new("refresh"))),
        ];
        assert_eq!(
            credentials.logins,
            expected.into_iter().map(|(host, login)| (host.to_owned(), login)).collect()
        );
    }

    #[test]
    fn an_unreadable_file_is_an_error_that_shows_no_secret() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"auths": {"x": {"auth": "hunter2!"}}}"#,
            r#"{"auths": {"hunter2": 5, "x": "hunter2"}}"#,
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert_eq!(parse("{}"), Ok(Credentials::none()));
        assert_eq!(parse(r#"{"auths": null}"#), Ok(Credentials::none()));
    }

    #[test]
    fn files_are_found_as_docker_finds_them() {
        let home = tempfile::tempdir().unwrap();
        let load = |pairs: &[(&str, &str)]| {
            let pairs: HashMap<String, OsString> =
                pairs.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
            Credentials::from_environment(|name| pairs.get(name).cloned(), Some(home.path().to_owned()))
        };
        assert_eq!(load(&[]), Ok(Credentials::none()));
        let docker = home.path().join(".docker");
        std::fs::create_dir(&docker).unwrap();
        std::fs::write(docker.join("config.json"), r#"{"auths":{"a.io":{"username":"u","password":"p"}}}"#)
            .unwrap();
        assert_eq!(load(&[]).unwrap().logins.len(), 1);
        assert_eq!(load(&[("DOCKER_CONFIG", "/nowhere")]), Ok(Credentials::none()));
        let dhi = load(&[("DHI_USERNAME", "me"), ("DHI_TOKEN", "t")]).unwrap();
        assert_eq!(dhi.logins.get("dhi.io"), Some(&basic("me", "t")));
        std::fs::write(docker.join("config.json"), "{").unwrap();
        let error = load(&[]).unwrap_err().to_string();
        assert!(error.contains("config.json"), "{error}");
    }

    #[tokio::test]
    async fn helpers_are_asked_for_their_hosts_and_their_failure_is_named() {
        let credentials = parse(
            r#"{"credHelpers": {"ghcr.io": "no-such-helper", "quay.io": "../evil"},
                "auths": {"ghcr.io": {"username": "u", "password": "p"},
                          "other.io": {"username": "u", "password": "p"}}}"#,
        )
        .unwrap();
        for (host, name) in [("ghcr.io", "no-such-helper"), ("quay.io", "../evil")] {
            let answer = credentials.get(host).await;
            let Err(Error::Unauthorized { answer, .. }) = answer else { panic!("{answer:?}") };
            assert!(answer.contains(&format!("docker-credential-{name}")), "{answer}");
        }
        assert_eq!(credentials.get("other.io").await, Ok(Some(basic("u", "p"))));
        let store = parse(r#"{"credsStore": "no-such-helper"}"#).unwrap();
        assert!(store.get("docker.io").await.is_err());
        let given = store.with(DHI, basic("u", "p")).without_helper(DHI);
        assert_eq!(given.get(DHI).await, Ok(Some(basic("u", "p"))));
    }
}
