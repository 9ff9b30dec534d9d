//! How a page is made.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::shown::cut;

type Redact = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// When a page is made, and how secrets are removed from its texts.
///
/// A page cuts long texts. A secret that is cut is not recognised in the finished page, so it is removed before.
#[derive(Clone)]
pub struct Page {
    /// When the page is made. A page does not ask the clock.
    pub(super) time: Timestamp,
    redact: Option<Redact>,
}

impl Page {
    /// A page that is made at `time`, without the secrets that `redact` removes.
    pub fn new(time: Timestamp, redact: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { time, redact: Some(Arc::new(redact)) }
    }

    /// The text from which at most so many characters are shown.
    pub(super) fn redacted<'a>(&self, text: &'a str, most: usize) -> Cow<'a, str> {
        match &self.redact {
            Some(redact) if cut(text, most).all.is_some() => Cow::Owned(redact(text)),
            _ => Cow::Borrowed(text),
        }
    }
}

/// A page about data without secrets.
impl From<Timestamp> for Page {
    fn from(time: Timestamp) -> Self {
        Self { time, redact: None }
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("time", &self.time).finish_non_exhaustive()
    }
}
