//! `http://` and `https://` addresses.

use std::fmt;
use std::str::FromStr;

use super::InvalidValue;

/// An address that begins with `http://` or `https://`. It is kept as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebUrl {
    text: String,
    /// The bytes before the host.
    host_start: usize,
    /// The bytes before the path.
    path_start: usize,
}

impl WebUrl {
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nothing protects the connection.
    pub fn is_plain_http(&self) -> bool {
        self.text.starts_with("http:")
    }

    /// The host, with the port if there is one.
    pub fn host(&self) -> &str {
        self.text.get(self.host_start..self.path_start).unwrap_or_default()
    }

    /// The path, without query and fragment.
    pub fn path(&self) -> &str {
        let rest = self.text.get(self.path_start..).unwrap_or_default();
        rest.split(['?', '#']).next().unwrap_or_default()
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path().rsplit('/').next().unwrap_or_default()
    }
}

impl FromStr for WebUrl {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |cause| InvalidValue::Url { text: text.to_owned(), cause };
        let host_start = ["https://", "http://"]
            .iter()
            .find(|scheme| text.starts_with(**scheme))
            .map(|scheme| scheme.len())
            .ok_or_else(|| invalid("expected `https://` or `http://`"))?;
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(invalid("it contains white space"));
        }
        let rest = text.get(host_start..).unwrap_or_default();
        let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let host = rest.get(..length).unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        if name.is_empty() {
            return Err(invalid("it has no host"));
        }
        if host.contains('@') {
            return Err(invalid("it holds a login; use a secret"));
        }
        Ok(Self { text: text.to_owned(), host_start, path_start: host_start + length })
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
