//! The configuration file (TOML): the options of registry hosts and the cache directory.
//!
//! Every option has a flag too. An unknown key is an error, never ignored.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::printer::without_logins;
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy};
use crate::limits::read_whole;
use crate::registry::limits::SETTINGS_FILE;
use crate::registry::{self, Mirror};

/// The content of the file. Paths are relative to the file; here they are absolute.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) cache_dir: Option<PathBuf>,
    pub(super) hosts: Vec<Host>,
}

/// The options of one registry host.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) mirrors: Vec<Mirror>,
    pub(super) plain_http: bool,
    pub(super) insecure: bool,
    pub(super) ca: Vec<PathBuf>,
    /// Certificate chain and key.
    pub(super) client: Option<(PathBuf, PathBuf)>,
    pub(super) auth_realms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default)]
    cache: WireCache,
    #[serde(default)]
    registry: BTreeMap<Spanned<String>, WireHost>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCache {
    dir: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WireHost {
    #[serde(default)]
    mirrors: Vec<Spanned<String>>,
    #[serde(default)]
    plain_http: bool,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    ca: Vec<PathBuf>,
    client_cert: Option<PathBuf>,
    client_key: Option<PathBuf>,
    #[serde(default)]
    auth_realms: Vec<Spanned<String>>,
}

impl Config {
    /// Reads `named`, else `$XDG_CONFIG_HOME/dhi/config.toml`, else `~/.config/dhi/config.toml`. Only a named file
    /// must exist.
    ///
    /// # Errors
    ///
    /// `usage/config` with file, line and key.
    pub(super) fn load(named: Option<&Path>) -> Result<Self, Diagnostic> {
        let Some(file) = named.map(Path::to_owned).or_else(default_file) else { return Ok(Self::default()) };
        let unreadable = |cause: &dyn std::fmt::Display| {
            Diagnostic::new(Code::USAGE_CONFIG, format!("`{}` cannot be read: {cause}", file.display()))
                .remedy(Remedy::SeeConfiguration)
        };
        let opened = match registry::open_settings(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
                return Ok(Self::default());
            }
            opened => opened.map_err(|error| unreadable(&IoCause(&error)))?,
        };
        let bytes = read_whole(opened, SETTINGS_FILE).map_err(|error| unreadable(&error))?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable(&"it is not UTF-8"))?;
        Self::parse(&text, &file)
    }

    /// Reads the file that `DHI_CONFIG` names, else the default file: for commands without registry options.
    pub(super) fn of_environment() -> Result<Self, Diagnostic> {
        let named = std::env::var_os("DHI_CONFIG").filter(|named| !named.is_empty()).map(PathBuf::from);
        Self::load(named.as_deref())
    }

    /// Parses the text of `file`.
    fn parse(text: &str, file: &Path) -> Result<Self, Diagnostic> {
        let wrong = |span: Range<usize>, cause: &str| {
            let (line, key) = line_and_key(text, span.start);
            let diagnostic = Diagnostic::new(
                Code::USAGE_CONFIG,
                format!("`{}` line {line}: {}", file.display(), without_logins(cause)),
            )
            .remedy(Remedy::SeeConfiguration);
            if key.is_empty() { diagnostic } else { diagnostic.fact("key", without_logins(&key)) }
        };
        let wire: Wire = toml::from_str(text).map_err(|error| {
            // Some messages have several lines; the first one has the cause.
            wrong(error.span().unwrap_or_default(), error.message().lines().next().unwrap_or_default())
        })?;
        let directory = file.parent().unwrap_or(Path::new(""));
        let below = |path: &PathBuf| directory.join(path);
        let hosts = wire.registry.into_iter().map(|(key, host)| {
            let name =
                registry::parse_registry_host(key.as_ref()).map_err(|cause| wrong(key.span(), &cause))?;
            let mirrors = host
                .mirrors
                .iter()
                .map(|at| Mirror::new(&name, at.as_ref()).map_err(|cause| wrong(at.span(), &cause)));
            let mirrors = mirrors.collect::<Result<_, _>>()?;
            let client = match (&host.client_cert, &host.client_key) {
                (Some(certificate), Some(key)) => Some((below(certificate), below(key))),
                (None, None) => None,
                _ => return Err(wrong(key.span(), "`client-cert` and `client-key` require each other")),
            };
            let realms = host.auth_realms.iter();
            let realms = realms.map(|at| {
                token_server(at.as_ref()).map(str::to_owned).map_err(|cause| wrong(at.span(), cause))
            });
            Ok(Host {
                name,
                mirrors,
                plain_http: host.plain_http,
                insecure: host.insecure,
                ca: host.ca.iter().map(below).collect(),
                client,
                auth_realms: realms.collect::<Result<_, _>>()?,
            })
        });
        Ok(Self { cache_dir: wire.cache.dir.as_ref().map(below), hosts: hosts.collect::<Result<_, _>>()? })
    }
}

/// Checks the host of a token server: no URL, no login.
pub(super) fn token_server(text: &str) -> Result<&str, &'static str> {
    let is_host =
        !text.is_empty() && !text.contains(['@', '/', '\\', '?', '#']) && !text.contains(char::is_whitespace);
    if is_host {
        Ok(text)
    } else {
        Err("expected only the host of a token server, such as `auth.example.com`")
    }
}

fn default_file() -> Option<PathBuf> {
    let set = std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = set.filter(|path| path.is_absolute());
    Some(directory.or_else(|| Some(std::env::home_dir()?.join(".config")))?.join("dhi/config.toml"))
}

/// The line of a position, counted from 1, and the key or table there.
fn line_and_key(text: &str, at: usize) -> (usize, String) {
    let before = text.get(..at).unwrap_or_default();
    let number = before.matches('\n').count();
    let key = text.lines().take(number + 1).collect::<Vec<_>>().into_iter().rev().find_map(|line| {
        let line = line.trim();
        if line.starts_with('[') {
            return Some(line.trim_matches(['[', ']']));
        }
        line.split_once('=').map(|(key, _)| key.trim())
    });
    (number + 1, key.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Diagnostic> {
        Config::parse(text, Path::new("/etc/dhi/config.toml"))
    }

    #[test]
    fn paths_are_relative_to_the_configuration_file() {
        let config = parse(
            r#"
            [cache]
            dir = "store"
            [registry."DHI.io"]
            mirrors = ["mirror.example/dhi", "127.0.0.1:5000"]
            auth-realms = ["login.example"]
            ca = ["ca.pem", "/etc/ssl/ca.pem"]
            client-cert = "me.pem"
            client-key = "me.key"
            [registry."localhost:5000"]
            plain-http = true
            [registry."old.example"]
            insecure = true
            "#,
        )
        .unwrap();
        let path = |text: &str| PathBuf::from(text);
        assert_eq!(config.cache_dir, Some(path("/etc/dhi/store")));
        let [dhi, local, old] = config.hosts.as_slice() else { panic!("{config:?}") };
        assert_eq!((dhi.name.as_str(), dhi.mirrors.len()), ("dhi.io", 2));
        assert_eq!(dhi.auth_realms, ["login.example"]);
        assert_eq!(dhi.ca, [path("/etc/dhi/ca.pem"), path("/etc/ssl/ca.pem")]);
        assert_eq!(dhi.client, Some((path("/etc/dhi/me.pem"), path("/etc/dhi/me.key"))));
        assert!(local.plain_http && !local.insecure && old.insecure && !old.plain_http);
        assert_eq!(parse(""), Ok(Config::default()));
    }

    #[test]
    fn errors_name_file_line_and_key() {
        for (text, line, key) in [
            ("[cache]\ndri = \"x\"", 2, "dri"),
            ("[cach]\ndir = \"x\"", 1, "cach"),
            ("[cache]\ndir = 5", 2, "dir"),
            ("\n\n[registry.\"dhi.io\"]\nplain-http = \"yes\"", 4, "plain-http"),
            ("[registry.\"dhi.io\"]\nmirrors = [\n  \"m.example\",\n  \"mirror\",\n]", 4, "mirrors"),
            ("[registry.dhi]\ninsecure = true", 1, "registry.dhi"),
            ("[registry.\"dhi.io\"]\nauth-realms = [\"https://me:pw@h/x y\"]", 2, "auth-realms"),
            ("[registry.\"dhi.io\"]\nauth-realms = [\"me:pw@h\"]", 2, "auth-realms"),
            ("[registry.\"dhi.io\"]\nclient-cert = \"x\"", 1, "registry.\"dhi.io\""),
            ("[registry.\"dhi.io\"]\nplain_http = true", 2, "plain_http"),
            ("[cache]\ndir = ", 2, "dir"),
            ("[cache]\ndir = \"a\"\ndir = \"b\"", 3, "dir"),
        ] {
            let diagnostic = parse(text).unwrap_err();
            assert_eq!(diagnostic.code, Code::USAGE_CONFIG);
            let start = format!("`/etc/dhi/config.toml` line {line}: ");
            assert!(diagnostic.message.starts_with(&start), "{text}\n{diagnostic:?}");
            assert_eq!(diagnostic.facts, [("key".to_owned(), key.to_owned())], "{text}");
        }
        // Without a key there is no fact.
        assert_eq!(parse("]").unwrap_err().facts, []);
    }

    proptest::proptest! {
        #[test]
        fn parser_never_panics(text in "[\\[\\]\"=.a-z\\n #\\PC]{0,80}") {
            let _ = parse(&text);
        }
    }
}
