//! The container engine of this machine, Docker or Podman, over its Unix socket: asks it about one of its images, and
//! gives it an image that was built.
//!
//! A query changes and pulls nothing. The response is a claim: it proves nothing until content of a registry agrees with
//! it.

mod error;
mod image_inspect;
mod load;
mod socket;

use std::path::Path;
use std::time::Duration;

pub use self::error::EngineError;
use self::image_inspect::ImageInspect;
use super::limits::{ENGINE_ANSWER, ENGINE_TIME};
use super::transport::{
    ConnectionFailure, Profile, Redirects, StatusClass, Transport, TransportError, too_long,
};
use super::{Error, Secrets};
use crate::limits::Limits;
use crate::oci::{Digest, LocalName, Reference, Repository};

/// An engine's description of one of its images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineImage {
    /// Its ID.
    pub id: Digest,
    /// The digests by which it was pulled or pushed (`RepoDigests`), each with its repository.
    pub repo_digests: Vec<Reference>,
    /// The engine's socket, as `unix://PATH`.
    pub engine: String,
}

/// The engine of this machine. Its socket is located at each query.
#[derive(Clone, Debug)]
pub struct Engine {
    limits: Limits,
    secrets: Secrets,
}

impl Engine {
    /// `secrets` are redacted from every text.
    pub fn new(limits: Limits, secrets: Secrets) -> Self {
        Self { limits, secrets }
    }

    /// Describes the image that `reference` names in the engine.
    pub(super) async fn image(&self, reference: &Reference) -> Result<EngineImage, Error> {
        let socket = socket::find(|name| std::env::var_os(name), std::env::home_dir().as_deref())?;
        self.inspect(&socket, reference, ENGINE_TIME).await
    }

    /// 1. Checks that `socket` is a socket.
    /// 2. Sends the query, and waits at most `time` for the response.
    /// 3. Checks that the described image has the requested name, ID or digest.
    async fn inspect(
        &self,
        socket: &Path,
        reference: &Reference,
        time: Duration,
    ) -> Result<EngineImage, Error> {
        let Repository::Local(name) = &reference.repository else {
            return Err(EngineError::NotLocalName { reference: reference.to_string() }.into());
        };
        let engine = format!("unix://{}", socket.display());
        socket::check(socket, &engine)?;
        let failed = |cause: String| EngineError::Unreachable { engine: engine.clone(), cause };
        let text = inspect_name(name, reference);
        let url = format!("http://localhost/images/{text}/json");
        let url = url.parse().map_err(|_| failed(format!("`{text}` is not a path")))?;
        let profile = Profile {
            redirects: Redirects::Never,
            success: &[200],
            absent: &[404],
            attempts: 1,
            time: Some(time),
        };
        let transport = Transport::of_socket(self.limits.clone(), socket, self.secrets.clone());
        let answer = transport.get(profile, &url, "application/json", ENGINE_ANSWER).await;
        let answer = answer.map_err(|error| Self::failed(error, &engine))?;
        match answer.class {
            StatusClass::Success => {}
            StatusClass::Absent => {
                return Err(EngineError::NoImage { image: reference.to_string(), engine }.into());
            }
            StatusClass::Other => return Err(failed(format!("it answers {}", answer.text)).into()),
        }
        let bad = |cause: String| EngineError::InvalidResponse { engine: engine.clone(), cause };
        let ImageInspect { id, tags: names, repo_digests: pulled } =
            ImageInspect::parse(&answer.body).map_err(bad)?;
        let is_named = match (name, &reference.digest) {
            (LocalName::Id(prefix), _) => id.hex().starts_with(prefix.hex()),
            (LocalName::Repository(name), Some(_)) => {
                let repository = Repository::Remote(name.clone());
                pulled.contains(&Reference { repository, tag: None, ..reference.clone() })
            }
            (LocalName::Repository(name), None) => {
                let repository = Repository::Remote(name.clone());
                names.contains(&Reference { repository, ..reference.clone() })
            }
        };
        if !is_named {
            return Err(bad(format!("it describes another image than `{text}`: {id}")).into());
        }
        Ok(EngineImage { id, repo_digests: pulled, engine })
    }

    /// The error for a request without answer.
    fn failed(error: TransportError, engine: &str) -> Error {
        match error {
            TransportError::Limit(exceeded) => Error::Limit { what: format!("answer of {engine}"), exceeded },
            TransportError::TooLong { bound, found } => {
                Error::Limit { what: format!("answer of {engine}"), exceeded: too_long(bound, found) }
            }
            TransportError::Unreachable { failure: ConnectionFailure::Denied, .. } => {
                EngineError::Denied { engine: engine.to_owned() }.into()
            }
            other => EngineError::Unreachable { engine: engine.to_owned(), cause: other.to_string() }.into(),
        }
    }
}

/// The name in the query: a complete one, since engines complete short names differently.
fn inspect_name(name: &LocalName, reference: &Reference) -> String {
    match (name, &reference.digest, &reference.tag) {
        (LocalName::Id(id), ..) => id.to_string(),
        (LocalName::Repository(name), Some(digest), _) => format!("{name}@{digest}"),
        (LocalName::Repository(name), None, Some(tag)) => format!("{name}:{tag}"),
        (LocalName::Repository(name), None, None) => name.to_string(),
    }
}

#[cfg(test)]
mod tests;
