//! Platforms, and which entries of an index an engine can choose for a platform. `docs/platforms.md` has the rules of
//! each engine.
//!
//! Platforms are compared only after containerd's normalization, so `arm64` and `arm64/v8` are equal. Only ASCII is
//! accepted: Go folds two other letters to ASCII, so engines read `lİnux` as `linux`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Digest, Error, Reference};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};

/// Operating system, architecture and variant, as written. [`Platform::normalized`] returns the comparable form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Platform {
    /// `linux`, `windows`, …
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `v7`, `v8`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

impl TryFrom<Wire> for Platform {
    type Error = Error;

    fn try_from(wire: Wire) -> Result<Self, Error> {
        let platform = Self { os: wire.os, architecture: wire.architecture, variant: wire.variant };
        if platform.parts().all(|part| part.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Ok(platform);
        }
        Err(Error::PlatformText(platform.to_string().escape_default().to_string()))
    }
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

    /// Whether both name one platform: os and architecture are equal, and the variants if both name one.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let (one, other) = (self.normalized(), other.normalized());
        one.os == other.os
            && one.architecture == other.architecture
            && match (&one.variant, &other.variant) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            }
    }

    /// Whether it matches a requested platform: operating system and architecture are equal, and the variant if one is
    /// requested.
    pub fn matches_request(&self, requested: &Self) -> bool {
        let any_variant = requested.variant.as_deref().unwrap_or_default().is_empty();
        let (entry, requested) = (self.normalized(), requested.normalized());
        (&entry.os, &entry.architecture) == (&requested.os, &requested.architecture)
            && (any_variant || entry.variant == requested.variant)
    }

    /// Whether some engine can choose an index entry with this platform when `requested` is requested, also as a
    /// fallback: every variant, 386 for amd64, arm for arm64, and Linux on hosts that also run Linux images. An entry
    /// that does not name a platform ([`Platform::is_named`]) can be chosen for any.
    pub fn can_be_chosen_for(&self, requested: &Self) -> bool {
        if !self.is_named() {
            return true;
        }
        let (entry, requested) = (self.normalized(), requested.normalized());
        let os = entry.os == requested.os
            || (entry.os == "linux" && matches!(requested.os.as_str(), "darwin" | "freebsd" | "windows"));
        let architecture = entry.architecture == requested.architecture
            || matches!(
                (requested.architecture.as_str(), entry.architecture.as_str()),
                ("amd64", "386") | ("arm64", "arm")
            );
        os && architecture
    }

    /// Whether it names a platform: operating system and architecture are plain words other than `unknown`.
    pub fn is_named(&self) -> bool {
        let named = |part: &str| is_word(part) && !part.eq_ignore_ascii_case("unknown");
        named(&self.os) && named(&self.architecture)
    }

    /// Whether the text can be an operating system or an architecture alone, which engines complete from their host.
    pub fn is_part(text: &str) -> bool {
        is_word(text)
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        [self.os.as_str(), &self.architecture].into_iter().chain(self.variant.as_deref())
    }

    /// Whether it is `unknown/unknown`, which BuildKit writes for entries that are not images.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

/// Error: one image is required, but an index has several that an engine may choose for the platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reference} has {} images that engines may choose for {wanted}", .images.len())]
pub struct AmbiguousPlatform {
    /// The index.
    pub reference: Reference,
    /// The requested platform.
    pub wanted: Platform,
    /// All of them, with the platform that each is listed under.
    pub images: Vec<(String, Digest)>,
}

impl ToDiagnostic for AmbiguousPlatform {
    fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::VERIFY_AMBIGUOUS_PLATFORM, self.to_string());
        let listed =
            self.images.iter().fold(diagnostic, |diagnostic, (label, digest)| diagnostic.fact(label, digest));
        match self.images.first() {
            Some((_, digest)) => listed
                .remedy(Remedy::NameImage { reference: format!("{}@{digest}", self.reference.repository) }),
            None => listed,
        }
    }
}

/// Whether a part consists of the characters that all engines read alike.
fn is_word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
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
        if !parts.iter().all(|part| is_word(part)) {
            return Err(Error::Platform(text.to_owned()));
        }
        match parts.as_slice() {
            [os, architecture] => Ok(Self::of(os, architecture, "")),
            [os, architecture, variant] => Ok(Self::of(os, architecture, variant)),
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
    fn synonyms_of_one_platform_agree() {
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
    fn a_requested_variant_must_exist() {
        let answers = |own: &str, asked: &str| {
            own.parse::<Platform>().unwrap().matches_request(&asked.parse().unwrap())
        };
        assert!(answers("linux/amd64/v3", "linux/amd64"));
        assert!(answers("linux/amd64/v3", "linux/amd64/v3"));
        assert!(answers("linux/amd64", "linux/amd64/v1"));
        assert!(answers("linux/arm64", "linux/arm64/v8"));
        assert!(answers("linux/arm", "linux/arm/v7"));
        assert!(!answers("linux/amd64", "linux/amd64/v3"));
        assert!(!answers("linux/amd64/v2", "linux/amd64/v3"));
        assert!(!answers("linux/arm64/v9", "linux/arm64/v8"));
        // `linux/arm` names no variant: engines begin with different ones.
        assert!(answers("linux/arm/v6", "linux/arm"));
        assert!(!answers("linux/arm/v6", "linux/arm/v7"));
        assert!(!answers("linux/386", "linux/amd64"));
    }

    #[test]
    fn an_entry_can_be_chosen_if_any_engine_falls_back_to_it() {
        let read = |text: &str| -> Platform {
            let mut parts = text.split('/').map(str::to_owned);
            let (os, architecture) = (parts.next().unwrap(), parts.next().unwrap());
            Platform { os, architecture, variant: parts.next() }
        };
        for (asked, can, cannot) in [
            (
                "linux/amd64",
                &["linux/amd64", "linux/amd64/v3", "linux/386", "linux/x86_64", "LINUX/AMD64", "Linux/i386"]
                    [..],
                &["linux/arm64", "linux/arm", "windows/amd64", "freebsd/amd64", "linux/amd64p32"][..],
            ),
            (
                "linux/amd64/v3",
                &["linux/amd64", "linux/amd64/v2", "linux/amd64/v4", "linux/386"],
                &["linux/arm"],
            ),
            ("linux/386", &["linux/386", "linux/i386"], &["linux/amd64", "linux/arm"]),
            (
                "linux/arm64",
                &[
                    "linux/arm64/v9",
                    "linux/aarch64",
                    "linux/arm",
                    "linux/arm/v5",
                    "linux/armhf",
                    "linux/armel",
                ],
                &["linux/amd64", "linux/386", "darwin/arm64", "linux/arm64be"],
            ),
            ("linux/arm/v6", &["linux/arm", "linux/arm/v7", "linux/arm/v5"], &["linux/arm64", "linux/386"]),
            ("linux/s390x", &["linux/s390x"], &["linux/amd64", "linux/s390"]),
            // containerd on FreeBSD and macOS, and regctl for Windows and macOS, take Linux images too.
            ("freebsd/amd64", &["freebsd/amd64", "linux/amd64", "linux/386"], &["darwin/amd64", "linux/arm"]),
            ("windows/amd64", &["windows/amd64", "linux/amd64"], &["freebsd/amd64"]),
            ("darwin/arm64", &["macos/arm64", "linux/arm64"], &["windows/arm64"]),
        ] {
            let asked = read(asked);
            for own in can {
                assert!(read(own).can_be_chosen_for(&asked), "{own} for {asked}");
            }
            for own in cannot {
                assert!(!read(own).can_be_chosen_for(&asked), "{own} for {asked}");
            }
            // An entry that names no platform can be chosen for any.
            for own in
                ["/", "linux/", "/s390x", "unknown/unknown", "Unknown/s390x", "linux(1)/s390x", "a+b/s390x"]
            {
                assert!(read(own).can_be_chosen_for(&asked), "{own} for {asked}");
            }
        }
    }

    #[test]
    fn letters_that_engines_fold_to_ascii_are_refused() {
        for (os, architecture, variant) in [
            ("l\u{130}nux", "amd64", None),
            ("linux", "aarch64", Some("\u{212a}")),
            ("linux", "amd\u{200b}64", None),
            ("linux ", "amd64", None),
            ("linux", "amd64", Some("v\n3")),
        ] {
            let text = serde_json::json!({ "os": os, "architecture": architecture, "variant": variant });
            let error = serde_json::from_value::<Platform>(text).unwrap_err().to_string();
            assert!(error.contains("engines may read as another character"), "{error}");
            assert!(error.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{error}");
        }
        for text in [r#"{"os":"linux","architecture":"amd64","variant":null}"#, "{}", r#"{"os":"linux(10)"}"#]
        {
            assert!(serde_json::from_str::<Platform>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn malformed_platforms_are_refused() {
        for text in ["", "linux", "linux/", "/amd64", "linux/amd64/", "linux/a/b/c", "linux/am d64"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
