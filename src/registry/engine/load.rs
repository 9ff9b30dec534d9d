//! Gives an image to the local engine.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::{Engine, EngineError, socket};
use crate::registry::Error;
use crate::registry::limits::{ENGINE_ANSWER, ENGINE_LOAD_TIME};
use crate::registry::transport::{Profile, Redirects, StatusClass, Transport};

/// One line of the engine's answer. It reports failures with status 200.
#[derive(Deserialize)]
struct Line {
    error: Option<String>,
}

impl Engine {
    /// Loads the images of an archive, as `docker load` does. The result is the engine's socket, as `unix://PATH`.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if there is no engine, it cannot be reached, or it refuses the archive.
    pub async fn load(&self, archive: Bytes) -> Result<String, Error> {
        let socket = socket::find(|name| std::env::var_os(name), std::env::home_dir().as_deref())?;
        self.load_into(&socket, archive, ENGINE_LOAD_TIME).await
    }

    pub(super) async fn load_into(
        &self,
        socket: &Path,
        archive: Bytes,
        time: Duration,
    ) -> Result<String, Error> {
        let engine = format!("unix://{}", socket.display());
        socket::check(socket, &engine)?;
        let refused = |cause: String| EngineError::NotLoaded { engine: engine.clone(), cause };
        let url = "http://localhost/images/load?quiet=1";
        let url = url.parse().map_err(|_| refused(format!("`{url}` is no address")))?;
        let profile = Profile {
            redirects: Redirects::Never,
            success: &[200],
            absent: &[],
            attempts: 1,
            time: Some(time),
        };
        let transport = Transport::of_socket(self.limits.clone(), socket, self.secrets.clone());
        let answer = transport
            .post(profile, &url, "application/x-tar", archive, ENGINE_ANSWER)
            .await
            .map_err(|error| Self::failed(error, &engine))?;
        if answer.class != StatusClass::Success {
            return Err(refused(format!("it answers {}", answer.text)).into());
        }
        let text = String::from_utf8_lossy(&answer.body);
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        match lines.filter_map(|line| line.error).next() {
            Some(cause) => Err(refused(transport.displayable(&cause)).into()),
            None => Ok(engine),
        }
    }
}
