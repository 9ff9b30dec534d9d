//! Credentials are looked up for one repository, by the longest name that a file has for it, and handed out for no
//! other registry.
//!
//! Source: the Docker CLI's configuration file and its credential helper protocol, containers-auth.json(5).

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::helper;
use super::login::Login;
use crate::limits::read_whole;
use crate::oci::reference::{DHI, DOCKER_HUB, RemoteName, SCOUT};
use crate::registry::limits::SETTINGS_FILE;
use crate::registry::{Error, Secret, Secrets};

/// What Docker calls its registry in configuration files and to credential helpers.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// Any repository of Docker Hub.
const DOCKER_HUB_NAME: &str = "docker.io/library/hub";

/// Where credentials of registries come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Given by hand: they win over every file.
    given: HashMap<String, Login>,
    /// The first that has a login decides.
    files: Vec<AuthFile>,
}

/// One configuration file. Its keys are registry hosts, or hosts with the beginning of a repository's path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct AuthFile {
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
        self.given.insert(host.to_ascii_lowercase(), login);
        self
    }

    /// What the user has configured: `$DHI_USERNAME` with `$DHI_TOKEN` for `dhi.io`; then `$REGISTRY_AUTH_FILE`
    /// alone where it is set, else Docker's file (`$DOCKER_CONFIG/config.json` or `~/.docker/config.json`) and
    /// after it Podman's (`$XDG_RUNTIME_DIR/containers/auth.json`, `~/.config/containers/auth.json`). No file
    /// means no credentials; one that cannot be read is [`Error::LoginFile`].
    pub fn load() -> Result<Self, Error> {
        Self::from_environment(|name| std::env::var_os(name), std::env::home_dir().as_deref())
    }

    /// What a Docker or Podman configuration file of these bytes says. `origin` names it in errors, which never quote
    /// it.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let file =
            AuthFile::parse(bytes).map_err(|cause| Error::LoginFile { path: origin.to_owned(), cause })?;
        Ok(Self { given: HashMap::new(), files: vec![file] })
    }

    fn from_environment(
        variable: impl Fn(&str) -> Option<OsString>,
        home: Option<&Path>,
    ) -> Result<Self, Error> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = |name: &str| set(name).map(PathBuf::from);
        let below_home = |name: &str| home.map(|home| home.join(name));
        let containers = |directory: PathBuf| directory.join("containers/auth.json");
        let files = match path("REGISTRY_AUTH_FILE") {
            Some(file) => vec![file],
            None => [
                path("DOCKER_CONFIG")
                    .or_else(|| below_home(".docker"))
                    .map(|docker| docker.join("config.json")),
                path("XDG_RUNTIME_DIR").map(containers),
                path("XDG_CONFIG_HOME").or_else(|| below_home(".config")).map(containers),
            ]
            .into_iter()
            .flatten()
            .collect(),
        };
        let files: Vec<_> = files.iter().map(|file| AuthFile::read(file)).collect::<Result<_, _>>()?;
        let credentials = Self { given: HashMap::new(), files: files.into_iter().flatten().collect() };
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        Ok(match (text("DHI_USERNAME"), text("DHI_TOKEN")) {
            (Some(username), Some(token)) => {
                credentials.with(DHI, Login::Basic { username, password: Secret::new(token) })
            }
            _ => credentials,
        })
    }

    /// Adds all logins that are known without asking anybody.
    pub(super) fn tell(&self, secrets: &Secrets) {
        let written = self.files.iter().flat_map(|file| file.logins.values());
        self.given.values().chain(written).for_each(|login| login.tell(secrets));
    }

    /// What part of `name` decides which credentials it has: two repositories with the same part have the same.
    pub(super) fn scope(&self, name: &RemoteName) -> String {
        let longest = self.files.iter().flat_map(|file| {
            scopes(name).find(|scope| file.logins.contains_key(scope) || file.helpers.contains_key(scope))
        });
        longest.max_by_key(String::len).unwrap_or_else(|| name.host().to_owned())
    }

    /// The credentials of the repository `name`, asked of a helper where it has one.
    pub(super) async fn get(&self, name: &RemoteName) -> Result<Option<Login>, Error> {
        if let Some(login) = self.given.get(name.host()) {
            return Ok(Some(login.clone()));
        }
        for file in &self.files {
            if let Some(login) = file.get(name).await? {
                return Ok(Some(login));
            }
        }
        // Docker Scout's registry knows the accounts of Docker Hub.
        if name.host() == SCOUT
            && let Ok(hub) = RemoteName::parse(DOCKER_HUB_NAME)
        {
            return Box::pin(self.get(&hub)).await;
        }
        Ok(None)
    }
}

/// `name` and what it begins with, the longest first, the host alone last.
fn scopes(name: &RemoteName) -> impl Iterator<Item = String> {
    let whole = name.to_string();
    let ends: Vec<usize> = whole.match_indices('/').map(|(at, _)| at).chain([whole.len()]).collect();
    ends.into_iter().rev().filter_map(move |end| whole.get(..end).map(str::to_owned))
}

impl AuthFile {
    /// `None` where there is no such file.
    fn read(file: &Path) -> Result<Option<Self>, Error> {
        let bad = |cause: String| Error::LoginFile { path: file.display().to_string(), cause };
        let opened = match std::fs::File::open(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| bad(error.to_string()))?,
        };
        let bytes = read_whole(opened, SETTINGS_FILE).map_err(|error| bad(error.to_string()))?;
        Self::parse(&bytes).map(Some).map_err(bad)
    }

    /// Reads the text of a Docker or Podman configuration file. The error never quotes it.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| {
            format!("it is not the JSON it should be, line {} column {}", error.line(), error.column())
        })?;
        let mut logins = HashMap::new();
        for (key, entry) in wire.auths.unwrap_or_default() {
            let Some(scope) = scope_of(&key) else { continue };
            let login =
                entry.login().map_err(|()| format!("`auth` of `{key}` is not base64 of `USER:PASSWORD`"))?;
            if let Some(login) = login {
                // Of several spellings of one host the plain one wins.
                if key == scope || !logins.contains_key(&scope) {
                    logins.insert(scope, login);
                }
            }
        }
        let helpers = wire.cred_helpers.unwrap_or_default();
        let helpers = helpers.into_iter().filter_map(|(key, name)| Some((scope_of(&key)?, name))).collect();
        Ok(Self { logins, helpers, store: wire.creds_store.filter(|store| !store.is_empty()) })
    }

    /// The longest scope decides; at the same scope a helper goes before what is written down.
    async fn get(&self, name: &RemoteName) -> Result<Option<Login>, Error> {
        for scope in scopes(name) {
            let is_host = scope == name.host();
            let store = self.store.as_ref().filter(|_| is_host);
            let helper = self.helpers.get(&scope).or(store).filter(|helper| !helper.is_empty());
            if let Some(helper) = helper {
                let key = if scope == DOCKER_HUB { DOCKER_HUB_KEY } else { &scope };
                let login = helper::get(helper, key).await.map_err(|cause| Error::Helper {
                    host: name.host().to_owned(),
                    helper: format!("docker-credential-{helper}"),
                    cause,
                })?;
                if login.is_some() {
                    return Ok(login);
                }
            }
            if let Some(login) = self.logins.get(&scope) {
                return Ok(Some(login.clone()));
            }
        }
        Ok(None)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    // In order: of two spellings of one host the same one wins in each run.
    auths: Option<BTreeMap<String, Entry>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, String>>,
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

/// What a key of the configuration file is about: a registry host, or with a path (Podman) the repositories of
/// that name or below it.
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

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_refused() {
        let error = AuthFile::read(Path::new("/dev/zero")).unwrap_err();
        assert!(error.to_string().contains("over 1048576 bytes"), "{error}");
        assert_eq!(AuthFile::read(Path::new("/nowhere/config.json")), Ok(None));
    }

    fn parse(text: &str) -> Result<AuthFile, String> {
        AuthFile::parse(text.as_bytes())
    }

    fn name(text: &str) -> RemoteName {
        RemoteName::parse(text).unwrap()
    }

    fn files(texts: &[&str]) -> Credentials {
        let files = texts.iter().map(|text| parse(text).unwrap()).collect();
        Credentials { given: HashMap::new(), files }
    }

    fn basic(username: &str, password: &str) -> Login {
        Login::Basic { username: username.to_owned(), password: Secret::new(password) }
    }

    #[test]
    fn of_two_spellings_of_a_host_the_same_one_wins_each_time() {
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
            ("quay.io/only/this", basic("u", "p")),
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
        assert_eq!(parse("{}"), Ok(AuthFile::default()));
        assert_eq!(parse(r#"{"auths": null}"#), Ok(AuthFile::default()));
    }

    #[test]
    fn files_are_found_as_docker_finds_them() {
        let home = tempfile::tempdir().unwrap();
        let load = |pairs: &[(&str, &str)]| {
            let pairs: HashMap<String, OsString> =
                pairs.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
            Credentials::from_environment(|name| pairs.get(name).cloned(), Some(home.path()))
        };
        assert_eq!(load(&[]), Ok(Credentials::none()));
        let docker = home.path().join(".docker");
        std::fs::create_dir(&docker).unwrap();
        std::fs::write(docker.join("config.json"), r#"{"auths":{"a.io":{"username":"u","password":"p"}}}"#)
            .unwrap();
        assert_eq!(load(&[]).unwrap().files.len(), 1);
        assert_eq!(load(&[("DOCKER_CONFIG", "/nowhere")]), Ok(Credentials::none()));
        let dhi = load(&[("DHI_USERNAME", "me"), ("DHI_TOKEN", "t")]).unwrap();
        assert_eq!(dhi.given.get("dhi.io"), Some(&basic("me", "t")));
        for folder in ["run/containers", ".config/containers"] {
            std::fs::create_dir_all(home.path().join(folder)).unwrap();
            std::fs::write(home.path().join(folder).join("auth.json"), "{}").unwrap();
        }
        let run = home.path().join("run").to_str().unwrap().to_owned();
        let all = load(&[("XDG_RUNTIME_DIR", &run)]).unwrap().files;
        assert_eq!(all.iter().map(|file| file.logins.len()).collect::<Vec<_>>(), [1, 0, 0]);
        let own = docker.join("config.json").to_str().unwrap().to_owned();
        let alone = load(&[("XDG_RUNTIME_DIR", &run), ("REGISTRY_AUTH_FILE", &own)]).unwrap().files;
        assert_eq!(alone, all[..1]);
        std::fs::write(docker.join("config.json"), "{").unwrap();
        let error = load(&[]).unwrap_err().to_string();
        assert!(error.contains("config.json"), "{error}");
    }

    #[tokio::test]
    async fn helpers_are_asked_for_their_hosts_and_their_failure_is_named() {
        let credentials = files(&[r#"{"credHelpers": {"ghcr.io": "no-such-helper", "quay.io": "../evil"},
                "auths": {"ghcr.io": {"username": "u", "password": "p"},
                          "ghcr.io/acme": {"username": "a", "password": "p"},
                          "other.io": {"username": "u", "password": "p"}}}"#]);
        for (host, helper) in [("ghcr.io", "no-such-helper"), ("quay.io", "../evil")] {
            let answer = credentials.get(&name(&format!("{host}/x"))).await;
            let Err(error @ Error::Helper { .. }) = answer else { panic!("{answer:?}") };
            assert!(error.to_string().contains(&format!("docker-credential-{helper}")), "{error}");
        }
        assert_eq!(credentials.get(&name("ghcr.io/acme/x")).await, Ok(Some(basic("a", "p"))));
        assert_eq!(credentials.get(&name("other.io/x")).await, Ok(Some(basic("u", "p"))));
        let store = files(&[r#"{"credsStore": "no-such-helper"}"#]);
        assert!(store.get(&name("python")).await.is_err());
        let given = store.with(DHI, basic("u", "p"));
        assert_eq!(given.get(&name("dhi.io/python")).await, Ok(Some(basic("u", "p"))));
    }

    #[tokio::test]
    async fn the_longest_name_and_then_the_first_file_decide() {
        let credentials = files(&[
            r#"{"auths": {"a.io/one": {"username": "1", "password": "p"},
                          "a.io/one/two/three": {"username": "3", "password": "p"}}}"#,
            r#"{"auths": {"a.io": {"username": "0", "password": "p"},
                          "a.io/one": {"username": "x", "password": "p"}}}"#,
        ]);
        for (text, user, scope) in [
            ("a.io/one", "1", "a.io/one"),
            ("a.io/one/two", "1", "a.io/one"),
            ("a.io/one/two/three", "3", "a.io/one/two/three"),
            ("a.io/oneself", "0", "a.io"),
            ("a.io/two/one", "0", "a.io"),
        ] {
            assert_eq!(credentials.get(&name(text)).await, Ok(Some(basic(user, "p"))), "{text}");
            assert_eq!(credentials.scope(&name(text)), scope);
        }
        assert_eq!(credentials.get(&name("b.io/one")).await, Ok(None));
        assert_eq!(credentials.scope(&name("b.io/one")), "b.io");
    }

    #[tokio::test]
    async fn docker_scout_takes_the_login_of_docker_hub_unless_it_has_its_own() {
        let hub = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "bWU6cGFzcw=="}}}"#;
        let own = r#"{"auths": {"registry.scout.docker.com": {"username": "s", "password": "p"}}}"#;
        let scout = name("registry.scout.docker.com/acme/x");
        assert_eq!(files(&[hub]).get(&scout).await, Ok(Some(basic("me", "pass"))));
        assert_eq!(files(&[hub, own]).get(&scout).await, Ok(Some(basic("s", "p"))));
        assert_eq!(files(&[hub]).get(&name("dhi.io/x")).await, Ok(None));
    }
}
