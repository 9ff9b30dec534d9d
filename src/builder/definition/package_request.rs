//! Packages that a definition requests or excludes.

use std::fmt;
use std::str::FromStr;

use super::InvalidValue;

/// One entry of `contents.packages`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PackageRequest {
    /// The name of a package, or what a package provides (`cmd:resolvconf`).
    pub name: String,
    /// What is requested of it.
    pub kind: PackageRequestKind,
}

/// What is requested of a package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PackageRequestKind {
    /// `name`: any version.
    Any,
    /// `name=version`: this version. For Alpine, a version without `-rN` means every build of it.
    Version(String),
    /// `name~version`: a version that begins with this one (Alpine).
    Begins(String),
    /// `!name`: dependencies on it count as satisfied, and it is not installed for them.
    Excluded,
}

impl PackageRequest {
    /// Whether the package is excluded.
    pub fn is_excluded(&self) -> bool {
        self.kind == PackageRequestKind::Excluded
    }

    /// The version, if one is requested.
    pub fn version(&self) -> Option<&str> {
        match &self.kind {
            PackageRequestKind::Version(version) | PackageRequestKind::Begins(version) => Some(version),
            PackageRequestKind::Any | PackageRequestKind::Excluded => None,
        }
    }
}

impl FromStr for PackageRequest {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |cause, suggestion: Option<String>| InvalidValue::Package {
            text: text.to_owned(),
            cause,
            suggestion,
        };
        if text.is_empty() {
            return Err(invalid("the name is empty", None));
        }
        if text.contains(char::is_whitespace) {
            return Err(invalid("it contains white space", packed(text)));
        }
        let (excluded, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.contains(['<', '>']) {
            let cause = "only `name=version` and `name~version` select a version, not `<` or `>`";
            return Err(invalid(cause, None));
        }
        let (name, kind) = match rest.find(['=', '~']) {
            _ if excluded => (rest, PackageRequestKind::Excluded),
            None => (rest, PackageRequestKind::Any),
            Some(at) => {
                let (name, version) = rest.split_at(at);
                let equal = version.starts_with('=');
                let version = version.get(1..).unwrap_or_default();
                if !is_version(version) {
                    let doubled = version.strip_prefix('=').filter(|version| is_version(version));
                    let suggestion = doubled.map(|version| format!("{name}={version}"));
                    return Err(invalid("the version after the name is not well-formed", suggestion));
                }
                let version = version.to_owned();
                let kind = if equal {
                    PackageRequestKind::Version(version)
                } else {
                    PackageRequestKind::Begins(version)
                };
                (name, kind)
            }
        };
        if excluded && let Some((name, _)) = name.split_once(['=', '~']) {
            return Err(invalid("`!` excludes every version", Some(format!("!{name}"))));
        }
        if !is_name(name) {
            return Err(invalid("the name has a character that no package name has", None));
        }
        Ok(Self { name: name.to_owned(), kind })
    }
}

/// The request without white space, if that is only around its signs.
fn packed(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_around = words
        .iter()
        .zip(words.iter().skip(1))
        .all(|(word, next)| word.ends_with(['=', '~', '!']) || next.starts_with(['=', '~']));
    let packed = words.concat();
    (is_around && packed.parse::<PackageRequest>().is_ok()).then_some(packed)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_' || first == '.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._:/".contains(&byte))
}

fn is_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._:~".contains(&byte))
}

impl fmt::Display for PackageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.kind {
            PackageRequestKind::Any => f.write_str(name),
            PackageRequestKind::Version(version) => write!(f, "{name}={version}"),
            PackageRequestKind::Begins(version) => write!(f, "{name}~{version}"),
            PackageRequestKind::Excluded => write!(f, "!{name}"),
        }
    }
}
