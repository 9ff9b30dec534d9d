//! The signed description of a suite: `Release`, or the text of `InRelease`.
//!
//! The signature is checked elsewhere. Only text that it covers may come here.
//!
//! The invariant: a file of the suite is known by its SHA-256 and size, or not at all. MD5 and SHA-1 are not read.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::control::{self, Stanza, Stanzas};
use super::index::{is_inside, parse_digest};
use super::resolve::Rank;
use crate::builder::packages::limits::RELEASE_FILES;
use crate::limits::Exceeded;

/// How far a clock may be behind that of the repository.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// What a `Release` file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The suite, such as `stable-security`.
    pub suite: Option<String>,
    /// The code name, such as `trixie-security`.
    pub codename: Option<String>,
    /// When it was made.
    pub date: Timestamp,
    /// When it must have been replaced.
    pub valid_until: Option<Timestamp>,
    /// The components. Those of a security suite are written `updates/main`.
    pub components: Vec<String>,
    /// The architectures.
    pub architectures: Vec<String>,
    /// Whether its packages are taken by themselves.
    pub rank: Rank,
    /// Whether files can be fetched by their digest.
    pub by_hash: bool,
    /// Whether the index of an architecture has the packages of architecture `all` too, so that `binary-all` is not to
    /// be read.
    pub has_all_packages: bool,
    files: BTreeMap<String, File>,
}

/// A file that a `Release` file vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its size in bytes.
    pub size: u64,
}

/// How an index is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `Packages.xz`
    Xz,
    /// `Packages.gz`
    Gzip,
    /// `Packages`
    None,
}

/// What a `Release` file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The suite or the code name that the definition names. `None` for a flat repository, which has neither.
    pub suite: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
    /// The highest date of this suite that was ever accepted.
    pub last_date: Option<Timestamp>,
}

/// Why a `Release` file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRelease {
    /// It is no control file.
    #[error(transparent)]
    Control(#[from] control::Error),
    /// Not one stanza.
    #[error("a `Release` file has one stanza, this has {0}")]
    Stanzas(usize),
    /// A field is missing.
    #[error("field `{0}` is missing")]
    Missing(&'static str),
    /// A field that is no date.
    #[error("field `{field}` has `{value}`, which is not a date such as `Sat, 12 Sep 2026 07:55:41 UTC`")]
    Date {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// A line of the table that is not a digest, a size and a path inside the suite.
    #[error("line `{0}` of `SHA256` is not a digest, a size and a path")]
    Line(String),
    /// One path with two digests.
    #[error("`SHA256` has two digests for `{0}`")]
    TwoDigests(String),
    /// Too many files.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

/// Why a `Release` file is not the one that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It is of another suite.
    #[error("this is suite {}, not `{wanted}`", found(.suite, .codename))]
    OtherSuite {
        /// The suite that was asked for.
        wanted: String,
        /// Its suite.
        suite: Option<String>,
        /// Its code name.
        codename: Option<String>,
    },
    /// Nobody renewed it in time: updates may be kept back.
    #[error("it was valid until {valid_until}, and now is {now}")]
    Expired {
        /// When it ended.
        valid_until: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// It is from the future: this clock or that of the repository is wrong.
    #[error("it is of {date}, and now is {now}")]
    Ahead {
        /// Its date.
        date: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// A newer one was seen before.
    #[error("it is of {date}, older than the one of {last_date} that was accepted before")]
    RolledBack {
        /// Its date.
        date: Timestamp,
        /// The date of the newer one.
        last_date: Timestamp,
    },
}

impl Release {
    /// Reads the text that a signature covers.
    ///
    /// # Errors
    ///
    /// Where it has no date, no table of SHA-256, or anything in them cannot be read.
    pub fn read(text: &str) -> Result<Self, InvalidRelease> {
        let mut stanzas = Stanzas::new(text.as_bytes());
        let (Some(stanza), 0) = (stanzas.next(), stanzas.count()) else {
            return Err(InvalidRelease::Stanzas(Stanzas::new(text.as_bytes()).count()));
        };
        let word = |field| Ok::<_, control::Error>(stanza.get(field)?.filter(|value| !value.is_empty()));
        let words = |field| {
            let value = word(field)?.unwrap_or_default();
            Ok::<Vec<_>, control::Error>(value.split_ascii_whitespace().map(str::to_owned).collect())
        };
        let is_yes = |field| Ok::<_, control::Error>(word(field)? == Some("yes"));
        let date = |field: &'static str| {
            let Some(value) = word(field)? else { return Ok(None) };
            let parsed = parse_date(value);
            parsed.map(Some).ok_or_else(|| InvalidRelease::Date { field, value: value.to_owned() })
        };
        let rank = match (is_yes("NotAutomatic")?, is_yes("ButAutomaticUpgrades")?) {
            (false, _) => Rank::Automatic,
            (true, true) => Rank::AutomaticUpgrades,
            (true, false) => Rank::NotAutomatic,
        };
        Ok(Self {
            suite: word("Suite")?.map(str::to_owned),
            codename: word("Codename")?.map(str::to_owned),
            date: date("Date")?.ok_or(InvalidRelease::Missing("Date"))?,
            valid_until: date("Valid-Until")?,
            components: words("Components")?,
            architectures: words("Architectures")?,
            rank,
            by_hash: is_yes("Acquire-By-Hash")?,
            has_all_packages: words("No-Support-for-Architecture-all")?.iter().any(|one| one == "Packages"),
            files: read_files(&stanza)?,
        })
    }

    /// Checks that it is the one that is wanted, at the time when a lock is made.
    ///
    /// # Errors
    ///
    /// If it is of another suite, expired, ahead of the time, or older than one that was seen.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), Refused> {
        let Expected { suite, now, last_date } = *expected;
        let (date, has_name) = (self.date, |wanted: &str| {
            [&self.suite, &self.codename].into_iter().any(|name| name.as_deref() == Some(wanted))
        });
        if let Some(wanted) = suite.filter(|wanted| !has_name(wanted)) {
            let (suite, codename) = (self.suite.clone(), self.codename.clone());
            return Err(Refused::OtherSuite { wanted: wanted.to_owned(), suite, codename });
        }
        if let Some(last_date) = last_date.filter(|last_date| date < *last_date) {
            return Err(Refused::RolledBack { date, last_date });
        }
        if date.duration_since(now) > jiff::SignedDuration::try_from(CLOCK_SKEW).unwrap_or_default() {
            return Err(Refused::Ahead { date, now });
        }
        match self.valid_until {
            Some(valid_until) if valid_until < now => Err(Refused::Expired { valid_until, now }),
            _ => Ok(()),
        }
    }

    /// A file, by its path below the directory of the suite.
    pub fn file(&self, path: &str) -> Option<File> {
        self.files.get(path).copied()
    }

    /// Whether it has a component. That of a security suite is written `updates/main` and named `main`.
    pub fn has_component(&self, component: &str) -> bool {
        self.components.iter().any(|one| one == component || last_part(one) == last_part(component))
    }

    /// The index of a component and an architecture, or of a flat repository, in the forms that there are, the
    /// smallest one first.
    pub fn packages(
        &self,
        component: Option<&str>,
        architecture: &str,
    ) -> impl Iterator<Item = (String, Compression, File)> {
        let directory =
            component.map_or_else(String::new, |one| format!("{}/binary-{architecture}/", last_part(one)));
        let forms = [(".xz", Compression::Xz), (".gz", Compression::Gzip), ("", Compression::None)];
        forms.into_iter().filter_map(move |(end, compression)| {
            let path = format!("{directory}Packages{end}");
            self.file(&path).map(|file| (path, compression, file))
        })
    }
}

impl File {
    /// The path by which a file is fetched by its digest, beside its own path.
    pub fn by_hash(&self, path: &str) -> String {
        let directory =
            path.rsplit_once('/').map_or_else(String::new, |(directory, _)| format!("{directory}/"));
        let digest = self.sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        format!("{directory}by-hash/SHA256/{digest}")
    }
}

/// Paths have only the last part of a component's name.
fn last_part(component: &str) -> &str {
    component.rsplit_once('/').map_or(component, |(_, last)| last)
}

fn read_files(stanza: &Stanza<'_>) -> Result<BTreeMap<String, File>, InvalidRelease> {
    let table = stanza.get("SHA256")?.ok_or(InvalidRelease::Missing("SHA256"))?;
    let mut files = BTreeMap::new();
    for line in table.lines().map(str::trim_ascii).filter(|line| !line.is_empty()) {
        let wrong = || InvalidRelease::Line(line.to_owned());
        let [digest, size, path] = line.split_ascii_whitespace().collect::<Vec<_>>()[..] else {
            return Err(wrong());
        };
        let sha256 = parse_digest(digest).ok_or_else(wrong)?;
        let is_number = size.bytes().all(|byte| byte.is_ascii_digit());
        let size = size.parse().ok().filter(|_| is_number).ok_or_else(wrong)?;
        if !is_inside(path) {
            return Err(wrong());
        }
        let path = path.strip_prefix("./").unwrap_or(path);
        let file = File { sha256, size };
        if files.insert(path.to_owned(), file).is_some_and(|before| before != file) {
            return Err(InvalidRelease::TwoDigests(path.to_owned()));
        }
        if files.len() > RELEASE_FILES {
            let measured = format!("more than {RELEASE_FILES} files in `SHA256`");
            return Err(Exceeded::new(measured, RELEASE_FILES, "files").into());
        }
    }
    Ok(files)
}

/// `Sat, 12 Sep 2026 07:55:41 UTC`: in UTC, which repositories write in four ways.
fn parse_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "UTC" | "GMT" | "Z" | "+0000"] = words[..] else { return None };
    let month = MONTHS.iter().position(|one| *one == month)? + 1;
    let date = Date::new(year.parse().ok()?, i8::try_from(month).ok()?, day.parse().ok()?).ok()?;
    let mut parts = time.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    let time = Time::new(hour, minute, second, 0).ok()?;
    date.to_datetime(time).to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn found(suite: &Option<String>, codename: &Option<String>) -> String {
    match (suite, codename) {
        (None, None) => "without a name".to_owned(),
        (Some(one), None) | (None, Some(one)) => format!("`{one}`"),
        (Some(suite), Some(codename)) => format!("`{suite}` (`{codename}`)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Origin: Debian\nSuite: stable-security\nCodename: trixie-security\n\
        Date: Wed, 18 Nov 2026 22:17:43 UTC\nValid-Until: Wed, 25 Nov 2026 22:17:43 UTC\nAcquire-By-Hash: yes\n\
        Architectures: amd64 arm64\nComponents: updates/main updates/contrib\nMD5Sum:\n x 1 y\nSHA256:\n \
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855        0 main/binary-amd64/Packages\n \
        f61f27bd17de546264aa58f40f3aafaac7021e0ef69c17f6b1b4cd7664a037ec       20 main/binary-amd64/Packages.xz\n";

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn expected(now: &str) -> Expected<'static> {
        Expected { suite: Some("trixie-security"), now: time(now), last_date: None }
    }

    #[test]
    fn a_release_has_its_fields() {
        let release = Release::read(TEXT).unwrap();
        assert_eq!(release.suite.as_deref(), Some("stable-security"));
        assert_eq!(release.date, time("2026-11-18T22:17:43Z"));
        assert_eq!(release.valid_until, Some(time("2026-11-25T22:17:43Z")));
        assert_eq!((release.rank, release.by_hash, release.has_all_packages), (Rank::Automatic, true, false));
        assert!(release.has_component("main") && release.has_component("updates/contrib"));
        assert!(!release.has_component("updates"));
        let packages: Vec<_> = release.packages(Some("main"), "amd64").collect();
        let paths: Vec<_> =
            packages.iter().map(|(path, form, file)| (path.as_str(), *form, file.size)).collect();
        assert_eq!(
            paths,
            [
                ("main/binary-amd64/Packages.xz", Compression::Xz, 20),
                ("main/binary-amd64/Packages", Compression::None, 0)
            ]
        );
        assert_eq!(
            packages[0].2.by_hash(&packages[0].0),
            "main/binary-amd64/by-hash/SHA256/f61f27bd17de546264aa58f40f3aafaac7021e0ef69c17f6b1b4cd7664a037ec"
        );
        assert_eq!(release.packages(Some("main"), "arm64").count(), 0);
    }

    #[test]
    fn backports_are_not_automatic() {
        let rank = |fields: &str| Release::read(&format!("{fields}{TEXT}")).unwrap().rank;
        assert_eq!(rank("NotAutomatic: yes\nButAutomaticUpgrades: yes\n"), Rank::AutomaticUpgrades);
        assert_eq!(rank("NotAutomatic: yes\n"), Rank::NotAutomatic);
        assert_eq!(rank("ButAutomaticUpgrades: yes\n"), Rank::Automatic);
        assert!(
            Release::read(&format!("No-Support-for-Architecture-all: Packages\n{TEXT}"))
                .unwrap()
                .has_all_packages
        );
    }

    #[test]
    fn only_the_wanted_suite_in_time_is_accepted() {
        let release = Release::read(TEXT).unwrap();
        let at = |now| release.check(&expected(now));
        assert_eq!(at("2026-11-20T00:00:00Z"), Ok(()));
        assert_eq!(at("2026-11-18T22:12:43Z"), Ok(()), "five minutes ahead");
        assert!(matches!(at("2026-11-18T22:12:42Z"), Err(Refused::Ahead { .. })));
        assert_eq!(at("2026-11-25T22:17:43Z"), Ok(()));
        assert!(matches!(at("2026-11-25T22:17:44Z"), Err(Refused::Expired { .. })));
        let now = expected("2026-11-20T00:00:00Z");
        assert_eq!(release.check(&Expected { suite: Some("stable-security"), ..now }), Ok(()));
        assert_eq!(release.check(&Expected { suite: None, ..now }), Ok(()));
        let refused = release.check(&Expected { suite: Some("trixie"), ..now }).unwrap_err();
        assert_eq!(refused.to_string(), "this is suite `stable-security` (`trixie-security`), not `trixie`");
        let seen = |last| release.check(&Expected { last_date: Some(time(last)), ..now });
        assert_eq!(seen("2026-11-18T22:17:43Z"), Ok(()));
        assert!(matches!(seen("2026-11-18T22:17:44Z"), Err(Refused::RolledBack { .. })));
    }

    #[test]
    fn texts_that_are_no_release_are_refused() {
        let without = |field: &str| {
            let lines = TEXT.lines().filter(|line| !line.starts_with(field));
            Release::read(&lines.map(|line| format!("{line}\n")).collect::<String>()).unwrap_err()
        };
        assert_eq!(without("Date"), InvalidRelease::Missing("Date"));
        assert_eq!(
            Release::read("Date: Wed, 18 Nov 2026 22:17:43 UTC\n"),
            Err(InvalidRelease::Missing("SHA256"))
        );
        assert_eq!(Release::read(""), Err(InvalidRelease::Stanzas(0)));
        assert_eq!(Release::read(&format!("{TEXT}\nA: 1\n")), Err(InvalidRelease::Stanzas(2)));
        for date in [
            "2026-11-18",
            "Wed, 18 Nov 2026 22:17:43 +0100",
            "Wed, 31 Feb 2026 22:17:43 UTC",
            "Wed, 1 Nov 2026 1:2 UTC",
        ] {
            let text = TEXT.replace("Wed, 18 Nov 2026 22:17:43 UTC", date);
            assert_eq!(
                Release::read(&text),
                Err(InvalidRelease::Date { field: "Date", value: date.to_owned() })
            );
        }
        let digest = "e".repeat(64);
        for line in
            [format!("{digest} 1"), "e 1 a".to_owned(), format!("{digest} -1 a"), format!("{digest} 1 ../a")]
        {
            assert_eq!(Release::read(&format!("{TEXT} {line}\n")), Err(InvalidRelease::Line(line)));
        }
        assert_eq!(
            Release::read(&format!("{TEXT} {digest} 1 main/binary-amd64/Packages\n")),
            Err(InvalidRelease::TwoDigests("main/binary-amd64/Packages".to_owned()))
        );
    }
}
