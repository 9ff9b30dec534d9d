//! Package URLs, parsed as packageurl-go parses them (purl specification, ECMA-427).
//!
//! Scanners compare package URLs after this parser, so a difference to it is a statement that matches elsewhere and not
//! here, or the reverse. Each part is split first and decoded on its own: an encoded slash never separates parts. What
//! packageurl-go refuses is an error, and matches nothing.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::vex::Error;
use crate::vex::limits::PACKAGE_URL;

/// Types whose namespace is lower case.
const LOWER_CASE_NAMESPACE: [&str; 10] =
    ["alpm", "apk", "bitbucket", "brew", "composer", "deb", "github", "golang", "rpm", "qpkg"];

/// Types whose name is lower case. `pypi` also has `-` for `_`.
const LOWER_CASE_NAME: [&str; 10] =
    ["alpm", "apk", "bitbucket", "bitnami", "brew", "composer", "deb", "github", "golang", "pypi"];

/// Types whose name means nothing without a namespace.
const NEEDS_NAMESPACE: [&str; 2] = ["swift", "vscode-extension"];

/// What stands for itself in a part. Everything else is encoded (ECMA-427, "Character encoding").
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// A parsed package URL. Each part is percent-decoded and normalized for its type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageUrl {
    kind: String,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
    qualifiers: Vec<(String, String)>,
    subpath: Option<String>,
}

impl PackageUrl {
    /// Reads a package URL.
    ///
    /// 1. The subpath begins at the first `#`, the qualifiers at the first `?` before it.
    /// 2. The namespace ends at the last `/`. In the rest, the version begins at the last `@`.
    /// 3. Each part is decoded, and put into the form of its type.
    ///
    /// # Errors
    ///
    /// [`Error::PackageUrl`] if scheme, type or name is missing, or a part is not valid.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text).map_err(|cause| Error::PackageUrl { text: text.to_owned(), cause: cause.to_owned() })
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        if text.len() > PACKAGE_URL {
            return Err("it is too long");
        }
        let (scheme, rest) = text.split_once(':').ok_or("it has no scheme")?;
        if !scheme.eq_ignore_ascii_case("pkg") {
            return Err("its scheme is not `pkg`");
        }
        let (rest, subpath) = split(rest.trim_start_matches('/'), '#');
        let (rest, query) = split(rest, '?');
        let (kind, rest) = rest.split_once('/').ok_or("it has no name")?;
        let (namespace, rest) =
            rest.rsplit_once('/').map_or((None, rest), |(namespace, rest)| (Some(namespace), rest));
        let (name, version) = rest.rsplit_once('@').map_or((rest, ""), |(name, version)| (name, version));
        let mut purl = Self::of(
            kind,
            segments(namespace.unwrap_or_default())?,
            decode(name)?.into_owned(),
            decode(version)?.into_owned(),
        )?;
        purl.qualifiers = qualifiers(query)?;
        purl.subpath = text_of(segments(subpath)?);
        if purl.subpath().is_some_and(|path| path.split('/').skip(1).any(|part| matches!(part, "." | ".."))) {
            return Err("its subpath has `.` or `..`");
        }
        Ok(purl)
    }

    /// A package URL of these parts, which are not encoded.
    ///
    /// # Errors
    ///
    /// [`Error::PackageUrl`] if a part is not valid.
    pub fn new(
        kind: &str,
        namespace: Option<&str>,
        name: &str,
        version: Option<&str>,
    ) -> Result<Self, Error> {
        let namespace = namespace.unwrap_or_default().to_owned();
        Self::of(kind, joined(&namespace), name.to_owned(), version.unwrap_or_default().to_owned()).map_err(
            |cause| Error::PackageUrl {
                text: format!("pkg:{kind}/{namespace}/{name}"),
                cause: cause.to_owned(),
            },
        )
    }

    /// The package URL with this qualifier, in place of one with the same name. An empty value removes it.
    ///
    /// # Errors
    ///
    /// [`Error::PackageUrl`] if the name is not valid.
    pub fn with_qualifier(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let name = name.to_ascii_lowercase();
        if !is_qualifier_name(&name) {
            return Err(Error::PackageUrl {
                text: format!("{self}?{name}={value}"),
                cause: BAD_QUALIFIER.to_owned(),
            });
        }
        self.qualifiers.retain(|(key, _)| *key != name);
        if !value.is_empty() {
            self.qualifiers.push((name, value.to_owned()));
            self.qualifiers.sort();
        }
        Ok(self)
    }

    /// The package in every version, without qualifiers and subpath.
    #[must_use]
    pub fn unversioned(&self) -> Self {
        Self {
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            version: None,
            qualifiers: Vec::new(),
            subpath: None,
        }
    }

    fn of(kind: &str, namespace: String, name: String, version: String) -> Result<Self, &'static str> {
        if !is_type(kind) {
            return Err("its type is not valid");
        }
        if name.is_empty() {
            return Err("it has no name");
        }
        let kind = kind.to_ascii_lowercase();
        let lower = |text: String, types: &[&str]| match types.contains(&kind.as_str()) {
            true => lower_case(text),
            false => text,
        };
        let namespace = text_of(lower(namespace, &LOWER_CASE_NAMESPACE));
        if namespace.is_none() && NEEDS_NAMESPACE.contains(&kind.as_str()) {
            return Err("its type needs a namespace");
        }
        let name = lower(name, &LOWER_CASE_NAME);
        let name = if kind == "pypi" { name.replace('_', "-") } else { name };
        let version = lower(version, &["huggingface"]);
        Ok(Self { namespace, name, version: text_of(version), qualifiers: Vec::new(), subpath: None, kind })
    }

    /// The type, lower-case: `deb`, `npm`, `oci`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The namespace, decoded. It may contain slashes.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name, decoded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, decoded.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The qualifiers, sorted by name. Names are lower-case; none has an empty value.
    pub fn qualifiers(&self) -> &[(String, String)] {
        &self.qualifiers
    }

    /// The value of a qualifier.
    pub fn qualifier(&self, name: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The subpath, decoded.
    pub fn subpath(&self) -> Option<&str> {
        self.subpath.as_deref()
    }
}

const BAD_QUALIFIER: &str = "a qualifier has no valid name";

/// The text before the first `mark`, and that after it.
fn split(text: &str, mark: char) -> (&str, &str) {
    text.split_once(mark).unwrap_or((text, ""))
}

fn text_of(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Go lower-cases letters of all scripts.
fn lower_case(mut text: String) -> String {
    if text.is_ascii() {
        text.make_ascii_lowercase();
        return text;
    }
    text.to_lowercase()
}

fn decode(part: &str) -> Result<Cow<'_, str>, &'static str> {
    if !part.contains('%') {
        return Ok(Cow::Borrowed(part));
    }
    // The decoder leaves a `%` without two digits as it is.
    let is_escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !part.split('%').skip(1).all(is_escape) {
        return Err("`%` is not followed by two hex digits");
    }
    percent_decode_str(part).decode_utf8().map_err(|_| "a part is not UTF-8")
}

/// Decodes each segment of a path. Empty segments do not count.
fn segments(path: &str) -> Result<String, &'static str> {
    let mut decoded = String::with_capacity(path.len());
    for segment in path.split('/') {
        decoded.push('/');
        decoded.push_str(&decode(segment)?);
    }
    Ok(joined(&decoded))
}

fn joined(path: &str) -> String {
    let mut joined = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if !joined.is_empty() {
            joined.push('/');
        }
        joined.push_str(segment);
    }
    joined
}

fn qualifiers(query: &str) -> Result<Vec<(String, String)>, &'static str> {
    let mut qualifiers = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if pair.contains(';') {
            return Err("qualifiers are separated by `;`");
        }
        let (name, value) = split(pair, '=');
        if !is_qualifier_name(name) {
            return Err(BAD_QUALIFIER);
        }
        let value = decode(value)?;
        if !value.is_empty() {
            qualifiers.push((name.to_ascii_lowercase(), value.into_owned()));
        }
    }
    qualifiers.sort();
    let mut names = qualifiers.iter().map(|(name, _)| name);
    let mut before = names.next();
    for name in names {
        if before == Some(name) {
            return Err("it has a qualifier twice");
        }
        before = Some(name);
    }
    Ok(qualifiers)
}

fn is_type(text: &str) -> bool {
    is_word(text, |byte| matches!(byte, b'.' | b'-' | b'+'))
}

fn is_qualifier_name(text: &str) -> bool {
    is_word(text, |byte| matches!(byte, b'.' | b'-' | b'_'))
}

/// Whether it has only letters, digits and these marks, and does not begin with a digit.
fn is_word(text: &str, is_mark: fn(u8) -> bool) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
}

impl fmt::Display for PackageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text| utf8_percent_encode(text, ENCODED);
        write!(f, "pkg:{}/", self.kind)?;
        for segment in self.namespace.iter().flat_map(|namespace| namespace.split('/')) {
            write!(f, "{}/", encoded(segment))?;
        }
        encoded(&self.name).fmt(f)?;
        if let Some(version) = &self.version {
            write!(f, "@{}", encoded(version))?;
        }
        for (position, (name, value)) in self.qualifiers.iter().enumerate() {
            let mark = if position == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={}", encoded(value))?;
        }
        for (position, segment) in self.subpath.iter().flat_map(|path| path.split('/')).enumerate() {
            let mark = if position == 0 { '#' } else { '/' };
            write!(f, "{mark}{}", encoded(segment))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
