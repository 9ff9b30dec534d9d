//! Locates the socket of the local engine.
//!
//! The first setting or path that exists decides, even if no engine answers there: otherwise an engine could be queried
//! that the user does not mean.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::EngineError;
use crate::diagnostic::IoCause;
use crate::limits::read_whole;
use crate::oci::Digest;
use crate::registry::limits::SETTINGS_FILE;

const DOCKER: &str = "/var/run/docker.sock";
const PODMAN: &str = "/run/podman/podman.sock";
/// The context without a file: Docker's default socket.
const DEFAULT_CONTEXT: &str = "default";

/// Finds the socket of the engine, by the first of these that is set or exists:
///
/// 1. `$DOCKER_HOST`
/// 2. the Docker context that `$DOCKER_CONTEXT` names
/// 3. `$CONTAINER_HOST`
/// 4. the current context of Docker's configuration file, unless it is `default`
/// 5. the first that exists of `/var/run/docker.sock`, `$XDG_RUNTIME_DIR/docker.sock`,
///    `$XDG_RUNTIME_DIR/podman/podman.sock` and `/run/podman/podman.sock`
pub(super) fn find(
    variable: impl Fn(&str) -> Option<OsString>,
    home: Option<&Path>,
) -> Result<PathBuf, EngineError> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
    if let Some(host) = text("DOCKER_HOST") {
        return socket_of_host("`DOCKER_HOST`", &host);
    }
    let settings = set("DOCKER_CONFIG").map(PathBuf::from).or_else(|| home.map(|home| home.join(".docker")));
    if let Some(name) = text("DOCKER_CONTEXT") {
        return socket_of_context(&name, settings.as_deref());
    }
    if let Some(host) = text("CONTAINER_HOST") {
        return socket_of_host("`CONTAINER_HOST`", &host);
    }
    if let Some(settings) = &settings
        && let Some(name) = current_context(settings)?
    {
        return socket_of_context(&name, Some(settings));
    }
    let runtime = set("XDG_RUNTIME_DIR").map(PathBuf::from);
    let in_runtime = |name: &str| runtime.as_ref().map(|runtime| runtime.join(name));
    let paths: Vec<PathBuf> = [
        Some(PathBuf::from(DOCKER)),
        in_runtime("docker.sock"),
        in_runtime("podman/podman.sock"),
        Some(PathBuf::from(PODMAN)),
    ]
    .into_iter()
    .flatten()
    .collect();
    first_existing(&paths)
}

/// The first path that exists, whether it can be used or not.
fn first_existing(paths: &[PathBuf]) -> Result<PathBuf, EngineError> {
    let exists = |path: &&PathBuf| match path.symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    };
    match paths.iter().find(exists) {
        Some(path) => Ok(path.clone()),
        None => Err(EngineError::NoSocket {
            paths: paths.iter().map(|path| path.display().to_string()).collect(),
        }),
    }
}

/// The socket of an address in the format of `DOCKER_HOST`.
fn socket_of_host(set_by: &str, host: &str) -> Result<PathBuf, EngineError> {
    match host.strip_prefix("unix://") {
        Some(path) if path.starts_with('/') => Ok(PathBuf::from(path)),
        _ => {
            // A login may precede `@`.
            let host = host.rsplit_once('@').map_or(host.to_owned(), |(_, host)| format!("***@{host}"));
            Err(EngineError::OtherHost { set_by: set_by.to_owned(), host })
        }
    }
}

/// The members of Docker's `config.json` that concern contexts.
#[derive(Deserialize)]
struct Settings {
    #[serde(default, rename = "currentContext")]
    current_context: Option<String>,
}

/// The `meta.json` of a context.
#[derive(Deserialize)]
struct Context {
    #[serde(rename = "Endpoints")]
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Endpoint,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "Host")]
    host: String,
}

/// The current context, if it is not the default.
fn current_context(settings: &Path) -> Result<Option<String>, EngineError> {
    let file = settings.join("config.json");
    let bad = |cause: String| EngineError::Context { name: file.display().to_string(), cause };
    let Some(bytes) = read(&file).map_err(bad)? else { return Ok(None) };
    if bytes.trim_ascii().is_empty() {
        return Ok(None);
    }
    let settings: Settings = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    Ok(settings.current_context.filter(|name| !name.is_empty() && name != DEFAULT_CONTEXT))
}

/// The socket of a context, whose file is in a directory named by the hash of the context's name.
fn socket_of_context(name: &str, settings: Option<&Path>) -> Result<PathBuf, EngineError> {
    if name == DEFAULT_CONTEXT {
        return Ok(PathBuf::from(DOCKER));
    }
    let bad = |cause: String| EngineError::Context { name: name.to_owned(), cause };
    let Some(settings) = settings else { return Err(bad("there is no home directory".to_owned())) };
    let hash = Digest::of(name.as_bytes()).hex();
    let file = settings.join("contexts/meta").join(hash).join("meta.json");
    let Some(bytes) = read(&file).map_err(bad)? else {
        return Err(bad(format!("{} does not exist", file.display())));
    };
    let context: Context = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    socket_of_host(&format!("Docker's context `{name}`"), &context.endpoints.docker.host)
}

/// Reads a settings file. `None` if it does not exist.
fn read(file: &Path) -> Result<Option<Vec<u8>>, String> {
    match file.metadata() {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(format!("{} is not a file", file.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(IoCause(&error).to_string()),
    }
    let opened = std::fs::File::open(file).map_err(|error| IoCause(&error).to_string())?;
    read_whole(opened, SETTINGS_FILE).map(Some).map_err(|error| error.to_string())
}

/// Checks that the file is a socket.
pub(super) fn check(socket: &Path, engine: &str) -> Result<(), EngineError> {
    let engine = engine.to_owned();
    match socket.metadata() {
        Ok(found) if found.file_type().is_socket() => Ok(()),
        Ok(_) => Err(EngineError::Unreachable { engine, cause: "it is not a socket".to_owned() }),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(EngineError::Denied { engine }),
        Err(error) => Err(EngineError::Unreachable { engine, cause: IoCause(&error).to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn found(variables: &[(&str, &str)], home: &Path) -> Result<PathBuf, EngineError> {
        let variables: HashMap<&str, &str> = variables.iter().copied().collect();
        find(|name| variables.get(name).map(OsString::from), Some(home))
    }

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn context(home: &Path, name: &str, host: &str) {
        let hash = Digest::of(name.as_bytes()).hex();
        let text =
            format!(r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
        write(&home.join(".docker/contexts/meta").join(hash).join("meta.json"), &text);
    }

    #[test]
    fn the_first_setting_decides() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        context(home, "rootless", "unix:///run/user/1/docker.sock");
        write(&home.join(".docker/config.json"), r#"{"currentContext":"rootless","auths":{}}"#);
        let all = [
            ("DOCKER_HOST", "unix:///a"),
            ("DOCKER_CONTEXT", "default"),
            ("CONTAINER_HOST", "unix:///b"),
            ("XDG_RUNTIME_DIR", "/c"),
        ];
        for (from, socket) in [
            (0, "/a"),
            (1, DOCKER),
            (2, "/b"),
            (3, "/run/user/1/docker.sock"),
            (4, "/run/user/1/docker.sock"),
        ] {
            assert_eq!(found(&all[from..], home), Ok(socket.into()), "{from}");
        }
        assert_eq!(found(&[("DOCKER_CONTEXT", "rootless")], home), Ok("/run/user/1/docker.sock".into()));
        // An empty variable is none.
        assert_eq!(found(&[("DOCKER_HOST", ""), ("CONTAINER_HOST", "unix:///b")], home), Ok("/b".into()));
    }

    #[test]
    fn remote_engines_are_refused_and_not_skipped() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        context(home, "far", "ssh://me@far.example.com");
        let hosts = [
            "tcp://127.0.0.1:2375",
            "ssh://me@h.example.com",
            "http://h",
            "npipe:////./x",
            "/a",
            "unix://a",
            "fd://",
        ];
        for host in hosts {
            for variables in [&[("DOCKER_HOST", host)][..], &[("CONTAINER_HOST", host)]] {
                let Err(EngineError::OtherHost { set_by, host: shown }) = found(variables, home) else {
                    panic!("{host}");
                };
                assert!(set_by.contains(variables[0].0) && !shown.contains("me@"), "{set_by} {shown}");
            }
        }
        let refused = found(&[("DOCKER_CONTEXT", "far")], home);
        assert!(matches!(refused, Err(EngineError::OtherHost { .. })), "{refused:?}");
        let unknown = found(&[("DOCKER_CONTEXT", "nope")], home);
        assert!(matches!(unknown, Err(EngineError::Context { .. })), "{unknown:?}");
        for text in ["{", r#"{"currentContext":"nope"}"#, r#"{"currentContext":7}"#] {
            write(&home.join(".docker/config.json"), text);
            let unknown = found(&[], home);
            assert!(matches!(unknown, Err(EngineError::Context { .. })), "{text}: {unknown:?}");
        }
    }

    #[test]
    fn the_first_path_that_exists_decides() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        let paths = [at("none"), at("link"), at("file"), at("socket")];
        let none = first_existing(&[at("none"), at("file/below")]);
        assert!(matches!(none, Err(EngineError::NoSocket { paths }) if paths.len() == 2));
        let _listener = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        assert_eq!(first_existing(&paths), Ok(at("socket")));
        assert_eq!(check(&at("socket"), "x"), Ok(()));
        // A path that exists but cannot be used is not skipped for another engine.
        std::fs::write(at("file"), "").unwrap();
        assert_eq!(first_existing(&paths), Ok(at("file")));
        std::os::unix::fs::symlink(at("none"), at("link")).unwrap();
        assert_eq!(first_existing(&paths), Ok(at("link")));
        for name in ["none", "link", "file"] {
            assert!(matches!(check(&at(name), "x"), Err(EngineError::Unreachable { .. })), "{name}");
        }
    }
}
