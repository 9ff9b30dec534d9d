//! Fetches one file over HTTPS. No redirect is followed, so only the named host decides about content and absence.

use bytes::Bytes;

use super::error::{Error, too_long};
use crate::limits::Limits;
use crate::registry::Transport;
use crate::registry::transport::{Profile, Redirects, StatusClass, TransportError};
use crate::registry::urls::Url;

/// Object storage without permission to list responds with 403 for a missing file.
const FILE: Profile = Profile {
    redirects: Redirects::Never,
    success: &[200],
    absent: &[403, 404, 410],
    attempts: u32::MAX,
    time: None,
};

/// Fetches at most `bound` bytes from `url`, which messages name as `origin`. `None` if the host does not have the
/// file. The body of an error response is never returned as content.
pub(super) async fn fetch(
    transport: &Transport,
    url: &Url,
    origin: String,
    bound: u64,
    limits: &Limits,
) -> Result<Option<Bytes>, Error> {
    let profile = Profile { time: Some(limits.update), ..FILE };
    match transport.get(profile, url, "*/*", bound).await {
        Ok(answer) if answer.class == StatusClass::Success => Ok(Some(answer.body)),
        Ok(answer) if answer.class == StatusClass::Absent => Ok(None),
        Ok(answer) => Err(Error::Fetch { origin, cause: format!("the answer is {}", answer.text) }),
        Err(error @ TransportError::Busy { .. }) => {
            Err(Error::Fetch { origin, cause: format!("the answer is {error}") })
        }
        // Reading stopped at the bound, so the whole length is unknown.
        Err(TransportError::TooLong { bound, .. }) => Err(too_long(origin, bound)),
        Err(TransportError::Limit(exceeded)) => Err(Error::Limit { origin, exceeded }),
        Err(error) => Err(Error::Fetch { origin, cause: error.to_string() }),
    }
}
