//! Package URLs, parsed and compared as scanners do (purl specification, packageurl-go).

use std::fmt;

use super::Error;

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
    /// # Errors
    ///
    /// [`Error::PackageUrl`] if scheme, type or name is missing, or a part is not valid.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fail = |cause: &str| Error::PackageUrl { text: text.to_owned(), cause: cause.to_owned() };
        let (scheme, rest) = text.split_once(':').ok_or_else(|| fail("it has no scheme"))?;
        if !scheme.eq_ignore_ascii_case("pkg") {
            return Err(fail("its scheme is not `pkg`"));
        }
        let rest = rest.trim_start_matches('/');
        let (rest, subpath) =
            rest.split_once('#').map_or((rest, None), |(rest, subpath)| (rest, Some(subpath)));
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (kind, rest) = rest.split_once('/').ok_or_else(|| fail("it has no name"))?;
        let kind = kind.to_ascii_lowercase();
        let (namespace, name) =
            rest.rsplit_once('/').map_or((None, rest), |(namespace, name)| (Some(namespace), name));
        let (name, version) =
            name.rsplit_once('@').map_or((name, None), |(name, version)| (name, Some(version)));
        let decode = |part: &str| {
            let decoded = percent_encoding::percent_decode_str(part).decode_utf8();
            decoded.map(std::borrow::Cow::into_owned).map_err(|_| fail("a part is not UTF-8"))
        };
        let mut qualifiers = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (decode(key)?.to_ascii_lowercase(), decode(value)?);
            if !value.is_empty() {
                qualifiers.push((key, value));
            }
        }
        qualifiers.sort();
        let name = decode(name)?;
        if kind.is_empty() || name.is_empty() {
            return Err(fail("its type or name is empty"));
        }
        Ok(Self {
            namespace: namespace.map(decode).transpose()?.filter(|namespace| !namespace.is_empty()),
            name,
            version: version.map(decode).transpose()?.filter(|version| !version.is_empty()),
            qualifiers,
            subpath: subpath.map(decode).transpose()?.filter(|subpath| !subpath.is_empty()),
            kind,
        })
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

impl fmt::Display for PackageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/{}", self.kind, self.name)
    }
}
