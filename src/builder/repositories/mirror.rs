//! Where Debian's own repositories are fetched from.
//!
//! A definition without repositories means those of its release. Debian has many equal mirrors, so the address is not
//! part of a definition or a lock: it comes from a variable, or from the configuration of this machine's apt. Signatures
//! and hashes decide what counts, whatever the mirror.

use std::path::Path;

use super::apt_sources::{self, AptSource};
use super::limits::{APT_SOURCES, APT_SOURCES_FILE};
use crate::limits::read_whole;
use crate::registry::urls::Url;

/// The variable with the address of a mirror.
pub const MIRROR: &str = "DHI_DEBIAN_MIRROR";

/// The variable with the address of a mirror of the security archive. By default the other address with `-security`.
pub const SECURITY_MIRROR: &str = "DHI_DEBIAN_SECURITY_MIRROR";

/// The addresses of Debian's archive and its security archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebianMirror {
    /// The archive: `<url>/dists/trixie/InRelease` exists.
    pub archive: Url,
    /// The security archive: `<url>/dists/trixie-security/InRelease` exists.
    pub security: Url,
}

/// Why there is no mirror.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MirrorError {
    /// Neither the variable nor the configuration of apt names one.
    #[error("no mirror of Debian is known")]
    Unknown,
    /// The value of a variable is not usable.
    #[error("the variable `{variable}` is not the address of a mirror: `{value}`")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
}

impl DebianMirror {
    /// The mirror that the variables name, else that of this machine's apt in `etc` (`/etc/apt`).
    ///
    /// # Errors
    ///
    /// [`MirrorError`]
    pub fn of_machine(variable: impl Fn(&str) -> Option<String>, etc: &Path) -> Result<Self, MirrorError> {
        let address = |name: &'static str| match variable(name).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(value) => match value.parse::<Url>() {
                Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
                _ => Err(MirrorError::Variable { variable: name, value }),
            },
        };
        let (archive, security) = (address(MIRROR)?, address(SECURITY_MIRROR)?);
        if let Some(archive) = archive {
            let security = security.or_else(|| beside(&archive)).unwrap_or_else(|| archive.clone());
            return Ok(Self { archive, security });
        }
        let found = Self::of_sources(&sources_of(etc)).ok_or(MirrorError::Unknown)?;
        Ok(Self { security: security.unwrap_or(found.security), ..found })
    }

    /// The mirror among sources of apt.
    fn of_sources(sources: &[AptSource]) -> Option<Self> {
        let is_of = |source: &AptSource, wanted: fn(&str) -> bool| {
            source.suites.iter().any(|suite| wanted(suite)) && is_debian(&source.url)
        };
        let archive = sources.iter().find(|source| is_of(source, is_release))?.url.clone();
        let security = sources.iter().find(|source| is_of(source, |suite| suite.ends_with("-security")));
        let security = security.map(|source| source.url.clone()).or_else(|| beside(&archive))?;
        Some(Self { archive, security })
    }
}

/// Whether the address is that of a mirror, which all end in this path.
fn is_debian(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/');
    path.ends_with("/debian") || path.ends_with("/debian-security")
}

/// Whether a suite is a whole release, not an addition to one.
fn is_release(suite: &str) -> bool {
    !suite.is_empty() && !suite.contains(['-', '/'])
}

/// The security archive beside an archive.
fn beside(archive: &Url) -> Option<Url> {
    let mut url = archive.clone();
    let path = format!("{}-security", archive.path().trim_end_matches('/'));
    url.set_path(&path);
    (url != *archive).then_some(url)
}

/// The sources that apt reads below its directory, in its order.
fn sources_of(etc: &Path) -> Vec<AptSource> {
    let read = |path: &Path| {
        let file = std::fs::File::open(path).ok()?;
        String::from_utf8(read_whole(file, APT_SOURCES_FILE).ok()?).ok()
    };
    let mut sources =
        read(&etc.join("sources.list")).map(|text| apt_sources::of_lines(&text)).unwrap_or_default();
    let entries = std::fs::read_dir(etc.join("sources.list.d")).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).take(APT_SOURCES).collect();
    files.sort();
    for file in files {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => {
                sources.extend(read(&file).map(|text| apt_sources::of_lines(&text)).unwrap_or_default());
            }
            Some("sources") => {
                sources.extend(read(&file).map(|text| apt_sources::of_stanzas(&text)).unwrap_or_default());
            }
            _ => {}
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(archive: &str, security: &str) -> DebianMirror {
        DebianMirror { archive: archive.parse().unwrap(), security: security.parse().unwrap() }
    }

    #[test]
    fn the_variable_wins() {
        let empty = tempfile::tempdir().unwrap();
        let one = |name: &str| (name == MIRROR).then(|| "http://m.example/debian/".to_owned());
        assert_eq!(
            DebianMirror::of_machine(one, empty.path()),
            Ok(mirror("http://m.example/debian/", "http://m.example/debian-security"))
        );
        let both = |name: &str| match name {
            MIRROR => Some("http://m.example/d".to_owned()),
            _ => Some("https://s.example/s".to_owned()),
        };
        assert_eq!(
            DebianMirror::of_machine(both, empty.path()),
            Ok(mirror("http://m.example/d", "https://s.example/s"))
        );
        assert_eq!(DebianMirror::of_machine(|_| None, empty.path()), Err(MirrorError::Unknown));
        let wrong = |name: &str| (name == MIRROR).then(|| "debian".to_owned());
        assert_eq!(
            DebianMirror::of_machine(wrong, empty.path()),
            Err(MirrorError::Variable { variable: MIRROR, value: "debian".to_owned() })
        );
    }

    #[test]
    fn the_configuration_of_apt_names_a_mirror() {
        let etc = tempfile::tempdir().unwrap();
        std::fs::create_dir(etc.path().join("sources.list.d")).unwrap();
        let stanzas = "Types: deb\nURIs: http://m.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\n\
            Types: deb\nURIs: http://s.example/debian-security\nSuites: bookworm-security\nComponents: main\n";
        std::fs::write(etc.path().join("sources.list.d/b.sources"), stanzas).unwrap();
        std::fs::write(
            etc.path().join("sources.list.d/a.list"),
            "deb http://other.example/apt stable main\n",
        )
        .unwrap();
        assert_eq!(
            DebianMirror::of_machine(|_| None, etc.path()),
            Ok(mirror("http://m.example/debian", "http://s.example/debian-security"))
        );
    }
}
