//! What a step uses: an action or an image.

use std::fmt;
use std::str::FromStr;

use super::{ImageSource, InvalidValue};

/// The key `uses` of a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepUses {
    /// A built-in action: `go/build@v1`.
    Action {
        /// Its name, without the version.
        name: String,
        /// The version, after `v`.
        version: u32,
    },
    /// An image: an action of its own (`dhi/build-pkg:0`), or the place in which the script runs.
    Image(ImageSource),
}

impl FromStr for StepUses {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::Action(text.to_owned());
        // A digest has a colon.
        if let Some((name, version)) = text.split_once('@').filter(|(_, version)| !version.contains(':')) {
            let version =
                version.strip_prefix('v').and_then(|digits| digits.parse().ok()).ok_or_else(invalid)?;
            let is_part = |part: &str| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            };
            return match name.split('/').all(is_part) {
                true => Ok(Self::Action { name: name.to_owned(), version }),
                false => Err(invalid()),
            };
        }
        text.parse().map(Self::Image).map_err(|_| invalid())
    }
}

impl fmt::Display for StepUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action { name, version } => write!(f, "{name}@v{version}"),
            Self::Image(image) => image.fmt(f),
        }
    }
}
