//! Mirrors of registries, queried before the registry itself.
//!
//! A mirror that fails is skipped. Content by digest is hashed whatever its source, so wrong content of a mirror is an
//! error.

use std::collections::HashMap;
use std::sync::Mutex;

use super::auth::Access;
use crate::diagnostic::ToDiagnostic;
use crate::oci::reference::{DOCKER_HUB, RemoteName};
use crate::registry::Error;
use crate::registry::mutex::lock;

/// Another location of the repositories of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The registry's host, as references write it.
    registry: String,
    /// `HOST[:PORT]` or `HOST[:PORT]/PREFIX`.
    location: String,
}

impl Mirror {
    /// A mirror of the registry `of` (`HOST[:PORT]`) at `at` (`HOST[:PORT][/PREFIX]`).
    ///
    /// # Errors
    ///
    /// A text with the cause.
    pub fn new(of: &str, at: &str) -> Result<Self, String> {
        let of = parse_registry_host(of)?;
        let at = at.trim_end_matches('/');
        let at_host = parse_registry_host(at.split('/').next().unwrap_or_default())?;
        let at = match at.split_once('/') {
            Some((_, prefix)) => format!("{at_host}/{prefix}"),
            None => at_host,
        };
        if at == of {
            return Err(format!("`{of}` cannot be a mirror of itself"));
        }
        let example = format!("{at}/name");
        let name =
            RemoteName::parse(&example).map_err(|_| format!("`{at}` is not `HOST` or `HOST/PREFIX`"))?;
        // For `docker.io` without a prefix, the parser inserts `library/`.
        let is_whole = name.to_string() == example || name.path() == "library/name";
        if is_whole {
            Ok(Self { registry: of, location: at })
        } else {
            Err(format!("`{at}` is not `HOST` or `HOST/PREFIX`"))
        }
    }

    /// The name of the repository `name` at the mirror. `None` if it belongs to another registry.
    fn mirrored_name(&self, name: &RemoteName) -> Option<RemoteName> {
        if self.registry != name.host() {
            return None;
        }
        RemoteName::parse(&format!("{}/{}", self.location, name.path())).ok()
    }

    /// The mirrored registry.
    pub fn registry(&self) -> &str {
        &self.registry
    }
}

/// Parses a registry host and normalizes it as references do.
pub(crate) fn parse_registry_host(text: &str) -> Result<String, String> {
    if text.contains('@') {
        return Err(
            "a registry host is written without login; logins are read from Docker's or Podman's file"
                .to_owned(),
        );
    }
    let wrong = || format!("`{text}` is not a registry host");
    let name = RemoteName::parse(&format!("{text}/x/y")).map_err(|_| wrong())?;
    // A first component without dot, colon or `localhost` would be a path on Docker Hub.
    let is_host = name.path() == "x/y" && (name.host() != DOCKER_HUB || text.contains('.'));
    if is_host { Ok(name.host().to_owned()) } else { Err(wrong()) }
}

/// A repository at a registry or mirror, with the access that is needed.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) name: RemoteName,
    /// Whether another endpoint is queried after this one.
    pub(super) is_mirror: bool,
    /// The access that requests need.
    pub(super) access: Access,
}

impl Endpoint {
    /// The repository `name` itself, for writing. Mirrors are never written to.
    pub(super) fn to_push(name: &RemoteName) -> Self {
        Self { name: name.clone(), is_mirror: false, access: Access::Push }
    }
}

/// All mirrors, and the hosts that cannot be reached.
#[derive(Debug, Default)]
pub(super) struct Mirrors {
    all: Vec<Mirror>,
    /// The errors of unreachable mirrors and registries with mirrors, so that no request waits for them again.
    unreachable: Mutex<HashMap<String, Error>>,
}

impl Mirrors {
    pub(super) fn new(all: Vec<Mirror>) -> Self {
        Self { all, unreachable: Mutex::default() }
    }

    /// The mirrors of the repository `name`, in order, and the repository itself.
    fn endpoints(&self, name: &RemoteName) -> Vec<RemoteName> {
        self.all.iter().filter_map(|mirror| mirror.mirrored_name(name)).chain([name.clone()]).collect()
    }

    /// The endpoints of the repository `name`, to be queried one after another.
    pub(super) fn fallback(&self, name: &RemoteName) -> MirrorFallback<'_> {
        MirrorFallback { mirrors: self, endpoints: self.endpoints(name), tried: 0, failures: Vec::new() }
    }
}

/// An iteration over the endpoints of one repository: query each endpoint from [`MirrorFallback::next`], and pass the
/// result to [`MirrorFallback::final_result`].
pub(super) struct MirrorFallback<'a> {
    mirrors: &'a Mirrors,
    endpoints: Vec<RemoteName>,
    tried: usize,
    failures: Vec<Error>,
}

impl MirrorFallback<'_> {
    pub(super) fn next(&mut self) -> Option<Endpoint> {
        loop {
            let name = self.endpoints.get(self.tried)?;
            self.tried += 1;
            match lock(&self.mirrors.unreachable).get(name.host()) {
                Some(error) => self.failures.push(error.clone()),
                None => {
                    let is_mirror = self.tried < self.endpoints.len();
                    return Some(Endpoint { name: name.clone(), is_mirror, access: Access::Pull });
                }
            }
        }
    }

    /// The result to return, or `None` if the next endpoint must be queried. `Ok(None)` means that an object does not
    /// exist only if it comes from the registry itself, not from a mirror.
    pub(super) fn final_result<T>(
        &mut self,
        answer: Result<Option<T>, Error>,
    ) -> Option<Result<Option<T>, Error>> {
        let next = self.endpoints.get(self.tried);
        let error = match answer {
            Ok(None) if next.is_some() => return None,
            Err(error) if self.endpoints.len() > 1 && allows_fallback(&error) => error,
            answer => return Some(answer),
        };
        let endpoint = self.tried.checked_sub(1).and_then(|at| self.endpoints.get(at));
        if let (Some(endpoint), Error::Unreachable { .. }) = (endpoint, &error) {
            lock(&self.mirrors.unreachable)
                .entry(endpoint.host().to_owned())
                .or_insert_with(|| error.clone());
        }
        if let (Some(endpoint), Some(next)) = (endpoint, next) {
            tracing::info!(target: "dhi::mirror", "{endpoint} is skipped, {next} is next: {error}");
        }
        self.failures.push(error);
        None
    }

    /// The error after all endpoints failed.
    pub(super) fn into_error(self) -> Error {
        combine(self.failures)
    }
}

/// Whether the next endpoint is queried after this error. Errors about the content itself are final.
fn allows_fallback(error: &Error) -> bool {
    match error {
        Error::NotFound { .. }
        | Error::Forbidden { .. }
        | Error::Unauthorized { .. }
        | Error::NotJson { .. }
        | Error::Helper { .. }
        | Error::Proxy { .. }
        | Error::RealmRefused { .. }
        | Error::RateLimited { .. }
        | Error::Unreachable { .. }
        | Error::Server { .. } => true,
        Error::Mirrored { .. }
        | Error::PushRefused { .. }
        | Error::OfflinePush { .. }
        | Error::Unlisted { .. }
        | Error::Contended { .. }
        | Error::LockTimeout { .. }
        | Error::ReadOnly { .. }
        | Error::Digest { .. }
        | Error::Size { .. }
        | Error::BadContent { .. }
        | Error::Limit { .. }
        | Error::LoginFile { .. }
        | Error::AmbiguousName { .. }
        | Error::AmbiguousPath { .. }
        | Error::Offline { .. }
        | Error::PlainHttp { .. }
        | Error::Layout { .. }
        | Error::Archive { .. }
        | Error::DockerArchive { .. }
        | Error::Engine(_)
        | Error::Write { .. } => false,
    }
}

/// Combines all failures. The result is "not found" only if every endpoint responded so. Of equally severe failures,
/// that of the registry itself counts.
fn combine(mut failures: Vec<Error>) -> Error {
    let worst =
        failures.iter().enumerate().max_by_key(|(_, error)| error.to_diagnostic().exit()).map(|(at, _)| at);
    let Some(worst) = worst.map(|at| failures.remove(at)) else {
        return Error::BadContent { what: "mirrors".to_owned(), cause: "no endpoint was queried".to_owned() };
    };
    if failures.is_empty() || worst.is_not_found() {
        worst
    } else {
        Error::Mirrored { worst: Box::new(worst), others: failures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(of: &str, at: &str, name: &str) -> Option<String> {
        Mirror::new(of, at)
            .unwrap()
            .mirrored_name(&RemoteName::parse(name).unwrap())
            .map(|name| name.to_string())
    }

    #[test]
    fn repository_names_are_mapped_to_the_mirror() {
        for (of, at, name, endpoint) in [
            ("dhi.io", "m.example", "dhi.io/python", Some("m.example/python")),
            ("dhi.io", "m.example:5000/dhi/", "dhi.io/python", Some("m.example:5000/dhi/python")),
            ("DHI.io", "localhost/a/b", "dhi.io/python", Some("localhost/a/b/python")),
            ("docker.io", "m.example", "python", Some("m.example/library/python")),
            ("index.docker.io", "m.example", "acme/x", Some("m.example/acme/x")),
            ("dhi.io", "docker.io/acme", "dhi.io/python", Some("docker.io/acme/python")),
            ("dhi.io", "m.example", "dhi.io.example/python", None),
        ] {
            assert_eq!(located(of, at, name).as_deref(), endpoint, "{of} {at} {name}");
        }
    }

    #[test]
    fn invalid_mirrors_are_refused() {
        for (of, at) in [
            ("dhi.io", ""),
            ("dhi.io", "mirror"),
            ("dhi.io", "mirror/dhi"),
            ("dhi.io", "https://m.example"),
            ("dhi.io", "m.example//x"),
            ("dhi.io", "m.example/X"),
            ("dhi.io", "dhi.io"),
            ("dhi", "m.example"),
            ("dhi.io/python", "m.example"),
            ("", "m.example"),
        ] {
            assert!(Mirror::new(of, at).is_err(), "{of} {at}");
        }
    }

    #[test]
    fn the_most_severe_failure_is_reported() {
        let none = || Error::NotFound { what: "x".to_owned() };
        let refused = Error::RealmRefused { host: "h".to_owned(), realm: "r".to_owned() };
        assert!(combine(vec![none(), none()]).is_not_found());
        let all = combine(vec![none(), refused.clone(), none()]);
        assert!(!all.is_not_found() && all.code() == refused.code());
        assert_eq!(all.to_diagnostic().facts.len(), 2);
    }
}
