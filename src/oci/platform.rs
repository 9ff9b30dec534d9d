//! Platforms are compared only after containerd's normalisation, so that `arm64` and `arm64/v8` are one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// Operating system, architecture and variant, as written; [`Platform::normalized`] gives the comparable form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`, `windows`, …
    #[serde(default)]
    pub os: String,
    /// `amd64`, `arm64`, …
    #[serde(default)]
    pub architecture: String,
    /// `v7`, `v8`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Platform {
    /// The form in which two platforms can be compared (containerd `platforms`, `normalizeArch`).
    #[must_use]
    pub fn normalized(&self) -> Self {
        let os = match self.os.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        let variant = self.variant.as_deref().unwrap_or_default().to_ascii_lowercase();
        let (architecture, variant) =
            match (self.architecture.to_ascii_lowercase().as_str(), variant.as_str()) {
                ("i386" | "386", _) => ("386", ""),
                ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
                ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
                ("aarch64" | "arm64", "8" | "v8") => ("arm64", ""),
                ("aarch64" | "arm64", variant) => ("arm64", variant),
                ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
                ("armel", _) | ("arm", "6") => ("arm", "v6"),
                ("arm", "5") => ("arm", "v5"),
                ("arm", "8") => ("arm", "v8"),
                (architecture, variant) => return Self::of(&os, architecture, variant),
            };
        Self::of(&os, architecture, variant)
    }

    fn of(os: &str, architecture: &str, variant: &str) -> Self {
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: (!variant.is_empty()).then(|| variant.to_owned()),
        }
    }

    /// Whether both name one platform: os and architecture equal, and the variant where both name one.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let (one, other) = (self.normalized(), other.normalized());
        one.os == other.os
            && one.architecture == other.architecture
            && match (&one.variant, &other.variant) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            }
    }

    /// Whether it is what was asked for: a variant that is asked for must be there. Without it engines would take a
    /// variant that is nearer than none, which may be another entry.
    pub fn answers(&self, asked: &Self) -> bool {
        self.agrees_with(asked)
            && (asked.normalized().variant.is_none()
                || self.normalized().variant == asked.normalized().variant)
    }

    /// Whether it names a platform at all: neither part is missing or `unknown`.
    pub fn is_named(&self) -> bool {
        let named = |part: &str| !part.is_empty() && !part.eq_ignore_ascii_case("unknown");
        named(&self.os) && named(&self.architecture)
    }

    /// `unknown/unknown`, which BuildKit writes on entries that are no image.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) if !variant.is_empty() => write!(f, "/{variant}"),
            _ => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split('/').collect();
        let well_formed = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        match parts.as_slice() {
            [os, architecture] if parts.iter().all(well_formed) => Ok(Self::of(os, architecture, "")),
            [os, architecture, variant] if parts.iter().all(well_formed) => {
                Ok(Self::of(os, architecture, variant))
            }
            _ => Err(Error::Platform(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(one: &str, other: &str) -> bool {
        one.parse::<Platform>().unwrap().agrees_with(&other.parse().unwrap())
    }

    #[test]
    fn names_of_one_platform_agree() {
        assert!(agree("linux/amd64", "linux/x86_64"));
        assert!(agree("linux/arm64", "linux/aarch64/v8"));
        assert!(agree("linux/arm", "linux/arm/v7"));
        assert!(agree("linux/amd64/v1", "linux/amd64"));
        assert!(!agree("linux/arm/v6", "linux/arm"));
        assert!(!agree("linux/arm/v6", "linux/arm/v7"));
        assert!(!agree("linux/amd64", "linux/arm64"));
        assert!(!agree("linux/amd64", "windows/amd64"));
    }

    #[test]
    fn a_variant_that_is_asked_for_must_be_there() {
        let answers =
            |own: &str, asked: &str| own.parse::<Platform>().unwrap().answers(&asked.parse().unwrap());
        assert!(answers("linux/amd64/v3", "linux/amd64"));
        assert!(answers("linux/amd64/v3", "linux/amd64/v3"));
        assert!(answers("linux/amd64", "linux/amd64/v1"));
        assert!(answers("linux/arm64", "linux/arm64/v8"));
        assert!(answers("linux/arm", "linux/arm/v7"));
        assert!(!answers("linux/amd64", "linux/amd64/v3"));
        assert!(!answers("linux/amd64/v2", "linux/amd64/v3"));
    }

    #[test]
    fn text_that_is_no_platform_is_refused() {
        for text in ["", "linux", "linux/", "/amd64", "linux/amd64/", "linux/a/b/c", "linux/am d64"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
