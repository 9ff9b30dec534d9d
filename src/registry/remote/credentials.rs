//! Looks up the credentials of a repository in variables, login files and credential helpers.
//!
//! The longest matching key of a file decides, and credentials are never used for another registry.
//!
//! Source: the Docker CLI's configuration file and its credential helper protocol, containers-auth.json(5).

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base64::Engine as _;

use super::credential_helper;
use super::login::Login;
use super::login_file::LoginFile;
use crate::oci::reference::{DHI, DOCKER_HUB, RemoteName, SCOUT};
use crate::registry::{Error, Secret, Secrets};

/// The key of Docker Hub in configuration files and for credential helpers.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// A variable with the text of a configuration file. GitLab's runner and the Docker CLI read it before all files.
const AUTH_VARIABLE: &str = "DOCKER_AUTH_CONFIG";
/// Any repository of Docker Hub.
const DOCKER_HUB_NAME: &str = "docker.io/library/hub";

/// The sources of registry credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Logins set by the caller. They take precedence over every file.
    explicit: HashMap<String, Login>,
    /// The first file with a login decides.
    files: Vec<LoginFile>,
}

impl Credentials {
    /// No credentials: every request is anonymous.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the credentials of one registry host (with its port, where it has one).
    #[must_use]
    pub fn with(mut self, host: &str, login: Login) -> Self {
        self.explicit.insert(host.to_ascii_lowercase(), login);
        self
    }

    /// Loads the credentials that the user configured, in this order:
    ///
    /// 1. for `dhi.io`: `$DHI_USERNAME` with `$DHI_TOKEN`
    /// 2. `$DOCKER_AUTH_CONFIG`, which holds the text of a login file
    /// 3. if `$REGISTRY_AUTH_FILE` is set: that file and no other
    /// 4. Docker's file: `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`
    /// 5. Podman's files: `$XDG_RUNTIME_DIR/containers/auth.json`, `~/.config/containers/auth.json`
    ///
    /// A missing file has no credentials.
    ///
    /// # Errors
    ///
    /// [`Error::LoginFile`] if a file or variable cannot be read.
    pub fn load() -> Result<Self, Error> {
        Self::from_environment(|name| std::env::var_os(name), std::env::home_dir().as_deref())
    }

    /// Reads the text of a Docker or Podman configuration file.
    ///
    /// # Errors
    ///
    /// [`Error::LoginFile`], which names it as `origin` and quotes nothing of it.
    pub fn from_json(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let file =
            LoginFile::parse(bytes).map_err(|cause| Error::LoginFile { origin: origin.to_owned(), cause })?;
        Ok(Self { explicit: HashMap::new(), files: vec![file] })
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
        let bad = |cause| Error::LoginFile { origin: format!("the variable `{AUTH_VARIABLE}`"), cause };
        let in_variable =
            set(AUTH_VARIABLE).map(|text| LoginFile::parse(text.as_encoded_bytes())).transpose();
        let in_variable = in_variable.map_err(bad)?;
        let files: Vec<_> = files.iter().map(|file| LoginFile::read(file)).collect::<Result<_, _>>()?;
        let files = in_variable.into_iter().chain(files.into_iter().flatten()).collect();
        let credentials = Self { explicit: HashMap::new(), files };
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        Ok(match (text("DHI_USERNAME"), text("DHI_TOKEN")) {
            (Some(username), Some(token)) => {
                credentials.with(DHI, Login::Basic { username, password: Secret::new(token) })
            }
            _ => credentials,
        })
    }

    /// The text of a login file in Docker's form with the login of `name` alone, for another program. `None`: there is no
    /// login. Its secrets are added to `secrets`.
    ///
    /// # Errors
    ///
    /// [`Error::Helper`] if a credential helper fails.
    pub async fn login_file(&self, name: &RemoteName, secrets: &Secrets) -> Result<Option<String>, Error> {
        let Some(login) = self.get(name).await? else { return Ok(None) };
        login.add_to_secrets(secrets);
        let entry = match &login {
            Login::Basic { username, password } => {
                let pair = format!("{username}:{}", password.expose());
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                secrets.add(&pair);
                serde_json::json!({ "auth": pair })
            }
            Login::IdentityToken(token) => serde_json::json!({ "identitytoken": token.expose() }),
            Login::RegistryToken(token) => serde_json::json!({ "registrytoken": token.expose() }),
        };
        let host = if name.host() == DOCKER_HUB { DOCKER_HUB_KEY } else { name.host() };
        Ok(Some(serde_json::json!({ "auths": { host: entry } }).to_string()))
    }

    /// Adds all logins to `secrets` that are known without running a credential helper.
    pub(super) fn add_to_secrets(&self, secrets: &Secrets) {
        let written = self.files.iter().flat_map(|file| file.logins.values());
        self.explicit.values().chain(written).for_each(|login| login.add_to_secrets(secrets));
    }

    /// The part of `name` that decides its credentials. Repositories with equal parts have equal credentials.
    pub(super) fn scope(&self, name: &RemoteName) -> String {
        let longest = self.files.iter().flat_map(|file| {
            scopes(name).find(|scope| file.logins.contains_key(scope) || file.helpers.contains_key(scope))
        });
        longest.max_by_key(String::len).unwrap_or_else(|| name.host().to_owned())
    }

    /// The credentials of the repository `name`. A configured credential helper is run.
    pub(super) async fn get(&self, name: &RemoteName) -> Result<Option<Login>, Error> {
        if let Some(login) = self.explicit.get(name.host()) {
            return Ok(Some(login.clone()));
        }
        for file in &self.files {
            if let Some(login) = file.get(name).await? {
                return Ok(Some(login));
            }
        }
        // Docker Scout's registry accepts the accounts of Docker Hub.
        if name.host() == SCOUT
            && let Ok(hub) = RemoteName::parse(DOCKER_HUB_NAME)
        {
            return Box::pin(self.get(&hub)).await;
        }
        Ok(None)
    }
}

impl LoginFile {
    /// The login for the longest matching key. For equal keys, a credential helper precedes a stored login.
    async fn get(&self, name: &RemoteName) -> Result<Option<Login>, Error> {
        for scope in scopes(name) {
            let is_host = scope == name.host();
            let store = self.creds_store.as_ref().filter(|_| is_host);
            let helper = self.helpers.get(&scope).or(store).filter(|helper| !helper.is_empty());
            if let Some(helper) = helper {
                let key = if scope == DOCKER_HUB { DOCKER_HUB_KEY } else { &scope };
                let login = credential_helper::get(helper, key).await.map_err(|cause| Error::Helper {
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

/// `name` and its parent paths, the longest first, the host last.
fn scopes(name: &RemoteName) -> impl Iterator<Item = String> {
    let whole = name.to_string();
    let ends: Vec<usize> = whole.match_indices('/').map(|(at, _)| at).chain([whole.len()]).collect();
    ends.into_iter().rev().filter_map(move |end| whole.get(..end).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> LoginFile {
        LoginFile::parse(text.as_bytes()).unwrap()
    }

    fn name(text: &str) -> RemoteName {
        RemoteName::parse(text).unwrap()
    }

    fn files(texts: &[&str]) -> Credentials {
        let files = texts.iter().map(|text| parse(text)).collect();
        Credentials { explicit: HashMap::new(), files }
    }

    fn basic(username: &str, password: &str) -> Login {
        Login::Basic { username: username.to_owned(), password: Secret::new(password) }
    }

    #[tokio::test]
    async fn a_login_file_has_one_login() {
        let file = r#"{"auths":{"a.io":{"auth":"bWU6cGFzc3dvcmQtb2YtYQ=="},"b.io":{"identitytoken":"token-of-b"},
            "https://index.docker.io/v1/":{"auth":"bWU6cGFzc3dvcmQtb2YtaHVi"}}}"#;
        let credentials = Credentials::from_json(file.as_bytes(), "file").unwrap();
        let secrets = Secrets::default();
        let written = async |name: &str| {
            let name = RemoteName::parse(name).unwrap();
            credentials.login_file(&name, &secrets).await.unwrap()
        };
        assert_eq!(
            written("a.io/x").await.unwrap(),
            r#"{"auths":{"a.io":{"auth":"bWU6cGFzc3dvcmQtb2YtYQ=="}}}"#
        );
        assert_eq!(written("b.io/x").await.unwrap(), r#"{"auths":{"b.io":{"identitytoken":"token-of-b"}}}"#);
        let hub = written("docker.io/library/x").await.unwrap();
        assert_eq!(hub, r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cGFzc3dvcmQtb2YtaHVi"}}}"#);
        assert_eq!(written("c.io/x").await, None);
        let shown = secrets.redact("password-of-a token-of-b bWU6cGFzc3dvcmQtb2YtaHVi");
        assert!(
            !shown.contains("password") && !shown.contains("token") && !shown.contains("bWU6"),
            "{shown}"
        );
    }

    #[test]
    fn login_files_are_found_where_docker_finds_them() {
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
        assert_eq!(dhi.explicit.get("dhi.io"), Some(&basic("me", "t")));
        for folder in ["run/containers", ".config/containers"] {
            std::fs::create_dir_all(home.path().join(folder)).unwrap();
            std::fs::write(home.path().join(folder).join("auth.json"), "{}").unwrap();
        }
        let run = home.path().join("run").to_str().unwrap().to_owned();
        let all = load(&[("XDG_RUNTIME_DIR", &run)]).unwrap().files;
        assert_eq!(all.iter().map(|file| file.logins.len()).collect::<Vec<_>>(), [1, 0, 0]);
        let in_variable = docker.join("config.json").to_str().unwrap().to_owned();
        let alone = load(&[("XDG_RUNTIME_DIR", &run), ("REGISTRY_AUTH_FILE", &in_variable)]).unwrap().files;
        assert_eq!(alone, all[..1]);
        let variable = r#"{"auths": {"a.io": {"username": "env", "password": "p"}}}"#;
        let both = load(&[("DOCKER_AUTH_CONFIG", variable), ("XDG_RUNTIME_DIR", &run)]).unwrap().files;
        assert_eq!(both[0], parse(variable));
        assert_eq!(both[1..], all);
        assert_eq!(
            load(&[("DOCKER_AUTH_CONFIG", " "), ("DOCKER_CONFIG", "/nowhere")]).unwrap().files[0],
            parse("")
        );
        let error = load(&[("DOCKER_AUTH_CONFIG", "hunter2")]).unwrap_err().to_string();
        assert!(error.contains("`DOCKER_AUTH_CONFIG`") && !error.contains("hunter2"), "{error}");
        std::fs::write(docker.join("config.json"), "{").unwrap();
        let error = load(&[]).unwrap_err().to_string();
        assert!(error.contains("config.json"), "{error}");
    }

    #[tokio::test]
    async fn a_failing_credential_helper_is_an_error() {
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
    async fn the_longest_key_decides_then_the_first_file() {
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
    async fn docker_scout_uses_its_own_login_or_that_of_docker_hub() {
        let hub = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "bWU6cGFzcw=="}}}"#;
        let in_variable = r#"{"auths": {"registry.scout.docker.com": {"username": "s", "password": "p"}}}"#;
        let scout = name("registry.scout.docker.com/acme/x");
        assert_eq!(files(&[hub]).get(&scout).await, Ok(Some(basic("me", "pass"))));
        assert_eq!(files(&[hub, in_variable]).get(&scout).await, Ok(Some(basic("s", "p"))));
        assert_eq!(files(&[hub]).get(&name("dhi.io/x")).await, Ok(None));
    }
}
