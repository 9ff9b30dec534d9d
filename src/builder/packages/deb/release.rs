//! The list of a suite's indexes, `Release`, whose signature was verified: what it says, and whether it may be used now.
//!
//! Invariant: an expired, future, older or other list is refused before any of its hashes are used.
//!
//! Source: Debian's repository format; the rules of time are those of apt.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::control::{self, Stanzas};
use crate::builder::packages::limits::{CLOCK_AHEAD, RELEASE_FILES};
use crate::limits::Exceeded;
use crate::oci::Digest;

/// A `Release` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The field `Suite`, such as `stable`.
    pub suite: Option<String>,
    /// The field `Codename`, such as `trixie`.
    pub codename: Option<String>,
    /// When it was made.
    pub date: Timestamp,
    /// Until when it may be used. `None` without end.
    pub valid_until: Option<Timestamp>,
    /// The architectures. Empty if it names none.
    pub architectures: Vec<String>,
    /// `NotAutomatic: yes`: its packages are not taken by themselves.
    pub not_automatic: bool,
    /// `ButAutomaticUpgrades: yes`: but what is installed from it is kept up to date.
    pub automatic_upgrades: bool,
    /// Whether files are offered below `by-hash/SHA256/` too.
    pub by_hash: bool,
    /// The files that it lists, by path.
    files: BTreeMap<String, ReleaseFile>,
}

/// A file that a `Release` lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its SHA-256.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// Why a `Release` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// It is not a control file.
    #[error("{0}")]
    Control(#[from] control::Error),
    /// It has no stanza, or several.
    #[error("it is not one stanza")]
    Stanzas,
    /// A field that is needed is missing.
    #[error("it has no field `{0}`")]
    Missing(&'static str),
    /// A time that cannot be read.
    #[error("`{field}: {value}` is not a time in UTC")]
    Time {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// A line of the list of files that is none.
    #[error("`{0}` is not a SHA-256, a size and a path inside the repository")]
    File(String),
    /// A path with two hashes.
    #[error("`{0}` is listed twice, with different hashes")]
    Twice(String),
    /// Too many files.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

/// Why a `Release` may not be used now, or for this suite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Its `Valid-Until` has passed.
    #[error("it expired at {until}")]
    Expired {
        /// `Valid-Until`.
        until: Timestamp,
    },
    /// Its `Date` is ahead.
    #[error("it was made at {date}, which is ahead of this machine's clock ({now})")]
    Ahead {
        /// `Date`.
        date: Timestamp,
        /// The time of this machine.
        now: Timestamp,
    },
    /// It is older than one that was seen before.
    #[error("it was made at {date}, but one of {seen} was seen before")]
    RolledBack {
        /// `Date`.
        date: Timestamp,
        /// The `Date` of the one that was seen.
        seen: Timestamp,
    },
    /// It is that of another suite.
    #[error("it is that of {}, not of `{asked}`", names(.suite.as_deref(), .codename.as_deref()))]
    OtherSuite {
        /// The suite that was asked for.
        asked: String,
        /// `Suite`.
        suite: Option<String>,
        /// `Codename`.
        codename: Option<String>,
    },
    /// It does not have the architecture.
    #[error("it has no packages for `{architecture}`, but for `{}`", .known.join("`, `"))]
    OtherArchitecture {
        /// The architecture.
        architecture: String,
        /// Those that it has.
        known: Vec<String>,
    },
}

/// What a `Release` is judged against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The suite of the definition. `None` for a flat repository, which has none.
    pub suite: Option<&'a str>,
    /// The architecture, as Debian names it.
    pub architecture: &'a str,
    /// The time.
    pub now: Timestamp,
    /// The `Date` of the last one that was seen from there.
    pub seen: Option<Timestamp>,
}

impl Release {
    /// Reads the signed text.
    ///
    /// # Errors
    ///
    /// [`ReleaseError`]
    pub fn read(text: &str) -> Result<Self, ReleaseError> {
        let mut stanzas = Stanzas::new(text.as_bytes());
        let stanza = stanzas.next().ok_or(ReleaseError::Stanzas)?;
        if stanzas.next().is_some() {
            return Err(ReleaseError::Stanzas);
        }
        let mut fields = BTreeMap::new();
        for field in stanza.fields() {
            let field = field?;
            let name = field.name.to_ascii_lowercase();
            if fields.insert(name, field.text()?).is_some() {
                let cause = control::Cause::Twice(field.name.to_owned());
                return Err(control::Error { line: field.line, cause }.into());
            }
        }
        let text = |name: &str| fields.get(name).map(|value| (*value).to_owned());
        let is_yes = |name: &str| fields.get(name).is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        let time = |name: &'static str, field: &'static str| {
            let value = fields.get(name).copied();
            value
                .map(|value| time(value).ok_or(ReleaseError::Time { field, value: value.to_owned() }))
                .transpose()
        };
        let words = |name: &str| {
            let value = fields.get(name).copied().unwrap_or_default();
            value.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        Ok(Self {
            suite: text("suite"),
            codename: text("codename"),
            date: time("date", "Date")?.ok_or(ReleaseError::Missing("Date"))?,
            valid_until: time("valid-until", "Valid-Until")?,
            architectures: words("architectures"),
            not_automatic: is_yes("notautomatic"),
            automatic_upgrades: is_yes("butautomaticupgrades"),
            by_hash: is_yes("acquire-by-hash"),
            files: files(fields.get("sha256").ok_or(ReleaseError::Missing("SHA256"))?)?,
        })
    }

    /// Judges whether it may be used.
    ///
    /// # Errors
    ///
    /// [`Refused`]
    pub fn check(&self, expected: Expected<'_>) -> Result<(), Refused> {
        let Expected { suite, architecture, now, seen } = expected;
        if let Some(asked) = suite {
            // A suite may be a path (`stable/updates`), of which the fields have the first part.
            let first = asked.split('/').next().unwrap_or(asked);
            let names = [self.suite.as_deref(), self.codename.as_deref()];
            let is_other = names.iter().flatten().all(|name| *name != asked && *name != first);
            // A list that names no suite could be that of any suite which the same key signs.
            if is_other {
                let (suite, codename) = (self.suite.clone(), self.codename.clone());
                return Err(Refused::OtherSuite { asked: asked.to_owned(), suite, codename });
            }
        }
        if self.date
            > now.saturating_add(SignedDuration::try_from(CLOCK_AHEAD).unwrap_or_default()).unwrap_or(now)
        {
            return Err(Refused::Ahead { date: self.date, now });
        }
        if let Some(until) = self.valid_until.filter(|until| *until < now) {
            return Err(Refused::Expired { until });
        }
        if let Some(seen) = seen.filter(|seen| self.date < *seen) {
            return Err(Refused::RolledBack { date: self.date, seen });
        }
        if !self.architectures.is_empty() && !self.architectures.iter().any(|known| known == architecture) {
            let known = self.architectures.clone();
            return Err(Refused::OtherArchitecture { architecture: architecture.to_owned(), known });
        }
        Ok(())
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&ReleaseFile> {
        self.files.get(path)
    }
}

/// A time as `Release` files write it (RFC 5322, in UTC).
fn time(value: &str) -> Option<Timestamp> {
    let zone = value.rsplit(' ').next()?;
    if !matches!(zone, "UTC" | "GMT" | "Z" | "+0000") {
        return None;
    }
    let value = value.strip_suffix(zone)?;
    jiff::fmt::rfc2822::parse(&format!("{value}+0000")).ok().map(|zoned| zoned.timestamp())
}

fn files(table: &str) -> Result<BTreeMap<String, ReleaseFile>, ReleaseError> {
    let mut files = BTreeMap::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let file = || ReleaseError::File(line.chars().take(120).collect());
        let mut words = line.split_ascii_whitespace();
        let (Some(digest), Some(size), Some(path), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(file());
        };
        let is_inside = !path.starts_with('/')
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
            && path.bytes().all(|byte| byte.is_ascii_graphic());
        let digest: Digest = format!("sha256:{digest}").parse().map_err(|_| file())?;
        let size = size.parse().map_err(|_| file())?;
        if !is_inside {
            return Err(file());
        }
        let listed = ReleaseFile { digest, size };
        match files.insert(path.to_owned(), listed.clone()) {
            Some(other) if other != listed => return Err(ReleaseError::Twice(path.to_owned())),
            _ => {}
        }
        if files.len() > RELEASE_FILES {
            return Err(Exceeded::new("the number of listed files", RELEASE_FILES, "files").into());
        }
    }
    Ok(files)
}

fn names(suite: Option<&str>, codename: Option<&str>) -> String {
    let names: Vec<String> = [suite, codename].iter().flatten().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "no named suite".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn text(more: &str) -> String {
        format!(
            "Origin: Debian\nSuite: stable\nCodename: trixie\nDate: Sat, 12 Sep 2026 07:55:41 UTC\n\
            Architectures: all amd64 arm64\n{more}SHA256:\n {SHA} 12 main/binary-amd64/Packages.xz\n"
        )
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn expected(now: &str) -> Expected<'static> {
        Expected { suite: Some("trixie"), architecture: "amd64", now: at(now), seen: None }
    }

    #[test]
    fn fields_and_files_are_read() {
        let release =
            Release::read(&text("NotAutomatic: yes\nButAutomaticUpgrades: yes\nAcquire-By-Hash: yes\n"))
                .unwrap();
        assert_eq!(release.date, at("2026-09-12T07:55:41Z"));
        assert!(release.not_automatic && release.automatic_upgrades && release.by_hash);
        let file = release.file("main/binary-amd64/Packages.xz").unwrap();
        assert_eq!((file.digest.hex().as_str(), file.size), (SHA, 12));
        assert_eq!(release.file("main"), None);
    }

    #[test]
    fn a_list_is_judged_by_time_suite_and_architecture() {
        let release = Release::read(&text("Valid-Until: Sat, 19 Sep 2026 07:55:41 UTC\n")).unwrap();
        let date = at("2026-09-12T07:55:41Z");
        assert_eq!(release.check(expected("2026-09-13T00:00:00Z")), Ok(()));
        assert_eq!(
            release.check(Expected { suite: Some("stable"), ..expected("2026-09-13T00:00:00Z") }),
            Ok(())
        );
        assert_eq!(release.check(Expected { suite: None, ..expected("2026-09-13T00:00:00Z") }), Ok(()));
        assert_eq!(
            release.check(expected("2026-09-20T00:00:00Z")),
            Err(Refused::Expired { until: at("2026-09-19T07:55:41Z") })
        );
        // A few minutes are a clock that is not exact.
        assert_eq!(release.check(expected("2026-09-12T07:52:00Z")), Ok(()));
        let now = at("2026-09-12T07:00:00Z");
        assert_eq!(release.check(expected("2026-09-12T07:00:00Z")), Err(Refused::Ahead { date, now }));
        let seen = at("2026-09-12T08:00:00Z");
        assert_eq!(
            release.check(Expected { seen: Some(seen), ..expected("2026-09-13T00:00:00Z") }),
            Err(Refused::RolledBack { date, seen })
        );
        let other = Expected { suite: Some("bookworm"), ..expected("2026-09-13T00:00:00Z") };
        assert!(matches!(release.check(other), Err(Refused::OtherSuite { .. })));
        let nameless = text("").replace("Suite: stable\nCodename: trixie\n", "");
        let nameless = Release::read(&nameless).unwrap();
        assert!(matches!(nameless.check(expected("2026-09-13T00:00:00Z")), Err(Refused::OtherSuite { .. })));
        let flat = Expected { suite: None, ..expected("2026-09-13T00:00:00Z") };
        assert_eq!(nameless.check(flat), Ok(()));
        let other = Expected { architecture: "riscv64", ..expected("2026-09-13T00:00:00Z") };
        assert!(matches!(release.check(other), Err(Refused::OtherArchitecture { .. })));
    }

    #[test]
    fn wrong_lists_are_refused() {
        let listed =
            |line: &str| Release::read(&format!("Date: Sat, 12 Sep 2026 07:55:41 UTC\nSHA256:\n{line}\n"));
        for line in [
            format!(" {SHA} 12 ../Packages"),
            format!(" {SHA} 12 /main/Packages"),
            format!(" {SHA} 12 main//Packages"),
            format!(" {SHA} -1 main/Packages"),
            format!(" {} 12 main/Packages", &SHA[1..]),
            format!(" {SHA} main/Packages"),
        ] {
            assert!(matches!(listed(&line), Err(ReleaseError::File(_))), "{line}");
        }
        let twice = format!(" {SHA} 12 a\n {SHA} 13 a");
        assert_eq!(listed(&twice), Err(ReleaseError::Twice("a".to_owned())));
        assert_eq!(Release::read("Suite: stable\nSHA256:\n"), Err(ReleaseError::Missing("Date")));
        assert_eq!(
            Release::read("Date: Sat, 12 Sep 2026 07:55:41 UTC\n"),
            Err(ReleaseError::Missing("SHA256"))
        );
        assert!(matches!(
            Release::read("Date: Sat, 12 Sep 2026 07:55:41 +0200\nSHA256:\n"),
            Err(ReleaseError::Time { field: "Date", .. })
        ));
        assert_eq!(Release::read(&format!("{}\n\nDate: x\n", text(""))), Err(ReleaseError::Stanzas));
        assert!(matches!(Release::read(&text("Suite: x\n")), Err(ReleaseError::Control(_))));
    }
}
