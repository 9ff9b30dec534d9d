//! A file of a host is what that host itself answers: no redirect is followed, and only it may say that there is nothing.

use bytes::Bytes;

use super::error::{Error, too_long};
use crate::limits::Limits;
use crate::registry::Transport;
use crate::registry::transport::{Profile, Redirects, StatusClass, TransportError};
use crate::registry::urls::Url;

/// Storage that may not be listed answers 403 for what is not there.
const FILE: Profile = Profile {
    redirects: Redirects::Never,
    success: &[200],
    absent: &[403, 404, 410],
    attempts: u32::MAX,
    time: None,
};

/// The bytes at `url`, which messages call `origin`, at most `bound`; `None` where the host says that there is nothing. What a refusal says is no key.
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
        Err(fault @ TransportError::Busy { .. }) => {
            Err(Error::Fetch { origin, cause: format!("the answer is {fault}") })
        }
        // Reading ended there: how long it is nobody knows.
        Err(TransportError::TooLong { bound, .. }) => Err(too_long(origin, bound)),
        Err(TransportError::Limit(exceeded)) => Err(Error::Limit { origin, exceeded }),
        Err(fault) => Err(Error::Fetch { origin, cause: fault.to_string() }),
    }
}
