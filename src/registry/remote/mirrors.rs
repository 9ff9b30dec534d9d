//! A mirror can only save the way to the registry: what is asked for by digest is hashed wherever it comes from,
//! a mirror that fails is passed over, and one that lies is an error.

use std::collections::HashMap;
use std::sync::Mutex;

use super::auth::Access;
use crate::diagnostic::ToDiagnostic;
use crate::oci::reference::{DOCKER_HUB, RemoteName};
use crate::registry::Error;
use crate::registry::mutex::lock;

/// Another place where the repositories of a registry are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The registry's host, as references write it.
    registry: String,
    /// `HOST[:PORT]` or `HOST[:PORT]/PREFIX`.
    location: String,
}

impl Mirror {
    /// The repositories of the registry `of`, `HOST[:PORT]`, are also at `HOST[:PORT][/PREFIX]`. The error says what
    /// is wrong.
    pub fn new(of: &str, at: &str) -> Result<Self, String> {
        let of = parse_registry_host(of)?;
        let at = at.trim_end_matches('/');
        let at_host = parse_registry_host(at.split('/').next().unwrap_or_default())?;
        let at = match at.split_once('/') {
            Some((_, prefix)) => format!("{at_host}/{prefix}"),
            None => at_host,
        };
        if at == of {
            return Err(format!("`{of}` is no mirror of itself"));
        }
        let example = format!("{at}/name");
        let name =
            RemoteName::parse(&example).map_err(|_| format!("`{at}` is not `HOST` or `HOST/PREFIX`"))?;
        // `docker.io` alone would put `library/` before the name.
        let is_whole = name.to_string() == example || name.path() == "library/name";
        if is_whole {
            Ok(Self { registry: of, location: at })
        } else {
            Err(format!("`{at}` is not `HOST` or `HOST/PREFIX`"))
        }
    }

    /// Where the repository `name` is.
    fn mirrored_name(&self, name: &RemoteName) -> Option<RemoteName> {
        if self.registry != name.host() {
            return None;
        }
        RemoteName::parse(&format!("{}/{}", self.location, name.path())).ok()
    }

    /// The registry that it mirrors.
    pub fn registry(&self) -> &str {
        &self.registry
    }
}

/// A registry host as references write it, in its one spelling.
pub(crate) fn parse_registry_host(text: &str) -> Result<String, String> {
    if text.contains('@') {
        return Err(
            "a registry host is written without login; logins stand in Docker's or Podman's file".to_owned()
        );
    }
    let wrong = || format!("`{text}` is not a registry host");
    let name = RemoteName::parse(&format!("{text}/x/y")).map_err(|_| wrong())?;
    // A first word without dot, colon or `localhost` would be a path on Docker Hub.
    let is_host = name.path() == "x/y" && (name.host() != DOCKER_HUB || text.contains('.'));
    if is_host { Ok(name.host().to_owned()) } else { Err(wrong()) }
}

/// One of the places to ask.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) name: RemoteName,
    /// Whether another place is asked after this one.
    pub(super) is_mirror: bool,
    /// What is wanted of it.
    pub(super) access: Access,
}

impl Endpoint {
    /// The repository `name` itself, to be written: no mirror ever is.
    pub(super) fn to_push(name: &RemoteName) -> Self {
        Self { name: name.clone(), is_mirror: false, access: Access::Push }
    }
}

/// All mirrors, and which hosts do not answer.
#[derive(Debug, Default)]
pub(super) struct Mirrors {
    all: Vec<Mirror>,
    /// Of hosts with mirrors and of mirrors: nobody waits twice for what is not there.
    unreachable: Mutex<HashMap<String, Error>>,
}

impl Mirrors {
    pub(super) fn new(all: Vec<Mirror>) -> Self {
        Self { all, unreachable: Mutex::default() }
    }

    /// The mirrors of the repository `name` in their order, and itself.
    fn endpoints(&self, name: &RemoteName) -> Vec<RemoteName> {
        self.all.iter().filter_map(|mirror| mirror.mirrored_name(name)).chain([name.clone()]).collect()
    }

    /// The places of the repository `name`, to be asked one after another.
    pub(super) fn fallback(&self, name: &RemoteName) -> MirrorFallback<'_> {
        MirrorFallback { mirrors: self, endpoints: self.endpoints(name), tried: 0, failures: Vec::new() }
    }
}

/// The way over the places of one repository: each that [`Walk::next`] gives is asked, and [`Walk::judge`] says
/// whether its answer is the end.
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

    /// `None` where the next place is to be asked. `Ok(None)` of a mirror is no proof that something does not exist,
    /// of the registry itself it is.
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
        let place = self.tried.checked_sub(1).and_then(|at| self.endpoints.get(at));
        if let (Some(place), Error::Unreachable { .. }) = (place, &error) {
            lock(&self.mirrors.unreachable).entry(place.host().to_owned()).or_insert_with(|| error.clone());
        }
        if let (Some(place), Some(next)) = (place, next) {
            tracing::info!(target: "dhi::mirror", "{place} is passed over for {next}: {error}");
        }
        self.failures.push(error);
        None
    }

    /// The failure, when no place is left.
    pub(super) fn into_error(self) -> Error {
        combine(self.failures)
    }
}

/// Whether another place may do better: what failed says nothing of the content.
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

/// All failures as one. It is "not found" only where every place says so; of failures that are as severe the
/// registry's own counts.
fn combine(mut failures: Vec<Error>) -> Error {
    let worst =
        failures.iter().enumerate().max_by_key(|(_, error)| error.to_diagnostic().exit()).map(|(at, _)| at);
    let Some(worst) = worst.map(|at| failures.remove(at)) else {
        return Error::BadContent { what: "mirrors".to_owned(), cause: "nothing was asked".to_owned() };
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
    fn names_are_found_in_their_mirror() {
        for (of, at, name, place) in [
            ("dhi.io", "m.example", "dhi.io/python", Some("m.example/python")),
            ("dhi.io", "m.example:5000/dhi/", "dhi.io/python", Some("m.example:5000/dhi/python")),
            ("DHI.io", "localhost/a/b", "dhi.io/python", Some("localhost/a/b/python")),
            ("docker.io", "m.example", "python", Some("m.example/library/python")),
            ("index.docker.io", "m.example", "acme/x", Some("m.example/acme/x")),
            ("dhi.io", "docker.io/acme", "dhi.io/python", Some("docker.io/acme/python")),
            ("dhi.io", "m.example", "dhi.io.example/python", None),
        ] {
            assert_eq!(located(of, at, name).as_deref(), place, "{of} {at} {name}");
        }
    }

    #[test]
    fn what_is_no_mirror_is_refused() {
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
    fn the_most_severe_failure_speaks_for_all() {
        let none = || Error::NotFound { what: "x".to_owned() };
        let refused = Error::RealmRefused { host: "h".to_owned(), realm: "r".to_owned() };
        assert!(combine(vec![none(), none()]).is_not_found());
        let all = combine(vec![none(), refused.clone(), none()]);
        assert!(!all.is_not_found() && all.code() == refused.code());
        assert_eq!(all.to_diagnostic().facts.len(), 2);
    }
}
