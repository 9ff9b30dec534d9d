//! The text of an index (`APKINDEX`), and of the database of installed packages, which has the same fields.
//!
//! A [`Package`] is borrowed from the text. Dependencies are not read here: the resolver reads those of the
//! packages that it meets. The text is its own compact form: a caller that caches it hashes it, and reads it
//! again.
//!
//! The invariant: name, version and architecture of a package of a repository cannot lead its file name out
//! of the folder of the architecture.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::dependency::is_package_name;
use super::limits::{INDEX_CONTENT, INDEX_PACKAGES};
use super::version;
use crate::limits::Exceeded;

/// The packages of one index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index<'a> {
    /// In the order of the text.
    pub packages: Vec<Package<'a>>,
}

/// A package of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// The line of its first field, from 1.
    pub line: usize,
    /// `C`: SHA-1 of the control member, as `Q1` and Base64.
    pub identity: &'a str,
    /// `P`.
    pub name: &'a str,
    /// `V`.
    pub version: &'a str,
    /// `A`: the architecture of the index, or `noarch`.
    pub architecture: &'a str,
    /// `S`: the size of its file in bytes.
    pub size: u64,
    /// `I`: the size of its files on disk in bytes.
    pub installed_size: u64,
    /// `o`: the source package, empty if the index names none.
    pub origin: &'a str,
    /// `t`: when it was built, in seconds since 1970.
    pub build_time: Option<u64>,
    /// `c`: the commit that it was built from.
    pub commit: &'a str,
    /// `k`: its rank among the packages that provide the same name.
    pub provider_priority: u32,
    /// `T`.
    pub description: &'a str,
    /// `U`.
    pub url: &'a str,
    /// `L`.
    pub license: &'a str,
    /// `m`.
    pub maintainer: &'a str,
    /// `D`, separated by spaces.
    pub depends: &'a str,
    /// `p`, separated by spaces.
    pub provides: &'a str,
    /// `i`, separated by spaces.
    pub install_if: &'a str,
    /// `r`, separated by spaces.
    pub replaces: &'a str,
    /// Why apk would not install it, though it lists it: an invalid version, or a field that it does not
    /// know.
    pub uninstallable: Option<Uninstallable>,
}

/// Why a listed package cannot be installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Uninstallable {
    /// Its version is none.
    #[error("its version is invalid")]
    Version,
    /// It has a field with an unknown upper-case letter. Unknown fields with lower-case letters do no harm.
    #[error("it has the unknown field `{0}`")]
    Field(char),
    /// One of its dependencies cannot be read.
    #[error("{0}")]
    Dependency(super::dependency::InvalidDependency),
    /// It has too many dependencies.
    #[error("{0}")]
    Exceeded(Exceeded),
}

/// An error of an index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A line that cannot be read.
    #[error("line {line}: {fault}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A package without a field that every package has.
    #[error("the package at line {line} has no field `{field}`")]
    NoField {
        /// The line of its first field, from 1.
        line: usize,
        /// The field.
        field: char,
    },
    /// A package for other machines than the index was asked for.
    #[error("the package `{package}` at line {line} is for `{found}`, not for `{asked}`")]
    Architecture {
        /// The line, from 1.
        line: usize,
        /// The package.
        package: String,
        /// Its architecture.
        found: String,
        /// The architecture that was asked for.
        asked: String,
    },
    /// The index is not UTF-8.
    #[error("line {0} is not UTF-8")]
    NotUtf8(usize),
    /// The index is larger than any real one.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It is not a letter, a colon and a value.
    #[error("it is not a field, such as `P:NAME`")]
    NotAField,
    /// A control character.
    #[error("it has a control character")]
    Control,
    /// The field was there before.
    #[error("the package has the field `{0}` twice")]
    Repeated(char),
    /// Not a decimal number that fits.
    #[error("the field `{0}` is not a number")]
    NotANumber(char),
    /// Not `Q1` and the Base64 of 20 bytes. Other prefixes are other hashes.
    #[error("the identity is not `Q1` and a SHA-1 in Base64")]
    Identity,
    /// A name that no package can have.
    #[error("no package can have the name {0:?}")]
    Name(String),
}

/// What the text lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind<'a> {
    Repository { architecture: &'a str },
    Installed,
}

impl<'a> Index<'a> {
    /// Reads the index of a repository for one architecture (`x86_64`, `aarch64`). It may list packages for
    /// all architectures (`noarch`) besides.
    ///
    /// # Errors
    ///
    /// Where a line is wrong, a package has no identity, name, version, architecture or size, or is for
    /// another one.
    pub fn parse(text: &'a [u8], architecture: &str) -> Result<Self, Error> {
        parse(text, Kind::Repository { architecture })
    }

    /// Reads the database of installed packages (`lib/apk/db/installed`). Lines about files are skipped.
    ///
    /// # Errors
    ///
    /// As [`Index::parse`], but for any architecture, and without a size.
    pub fn parse_installed(text: &'a [u8]) -> Result<Self, Error> {
        parse(text, Kind::Installed)
    }
}

impl Package<'_> {
    /// The path of its file below the address of a repository that was read for `architecture`.
    pub fn path(&self, architecture: &str) -> String {
        format!("{architecture}/{}-{}.apk", self.name, self.version)
    }

    /// The SHA-1 of its control member.
    pub fn identity_bytes(&self) -> [u8; 20] {
        // Every identity was decoded once, when the index was read.
        decode_identity(self.identity).unwrap_or_default()
    }
}

/// The bytes of an identity in the form `Q1…`.
pub(super) fn decode_identity(text: &str) -> Option<[u8; 20]> {
    STANDARD.decode(text.strip_prefix("Q1")?).ok()?.try_into().ok()
}

/// The identity of a control member with this SHA-1.
pub fn encode_identity(sha1: &[u8; 20]) -> String {
    format!("Q1{}", STANDARD.encode(sha1))
}

fn parse<'a>(text: &'a [u8], kind: Kind<'_>) -> Result<Index<'a>, Error> {
    if text.len() > INDEX_CONTENT {
        let measured = format!("index of {} bytes", text.len());
        return Err(Exceeded::new(measured, INDEX_CONTENT, "bytes").into());
    }
    let text = str::from_utf8(text).map_err(|error| {
        let before = text.get(..error.valid_up_to()).unwrap_or_default();
        Error::NotUtf8(before.iter().filter(|byte| **byte == b'\n').count() + 1)
    })?;
    let mut index = Index::default();
    let mut stanza = Stanza::default();
    for (at, line) in text.split('\n').enumerate() {
        let number = at + 1;
        if line.is_empty() {
            stanza.finish(kind, &mut index)?;
            continue;
        }
        stanza.add(number, line, kind).map_err(|fault| Error::Line { line: number, fault })?;
    }
    stanza.finish(kind, &mut index)?;
    Ok(index)
}

/// The fields of one package, by letter.
#[derive(Default)]
struct Stanza<'a> {
    line: usize,
    fields: Vec<(char, &'a str)>,
    unknown: Option<char>,
}

/// Lines about files, folders, scripts and repositories in the database of installed packages.
const FILE_FIELDS: [char; 9] = ['F', 'M', 'R', 'Z', 'a', 'f', 'g', 'q', 's'];

impl<'a> Stanza<'a> {
    fn add(&mut self, number: usize, line: &'a str, kind: Kind<'_>) -> Result<(), Fault> {
        if self.line == 0 {
            self.line = number;
        }
        let mut characters = line.chars();
        let (Some(letter), Some(':')) = (characters.next(), characters.next()) else {
            return Err(Fault::NotAField);
        };
        if !letter.is_ascii_alphabetic() {
            return Err(Fault::NotAField);
        }
        if kind == Kind::Installed && FILE_FIELDS.contains(&letter) {
            return Ok(());
        }
        let value = characters.as_str();
        if value.chars().any(char::is_control) {
            return Err(Fault::Control);
        }
        match letter {
            'C' if decode_identity(value).is_none() => return Err(Fault::Identity),
            'P' if !is_package_name(value) && kind != Kind::Installed => {
                return Err(Fault::Name(value.to_owned()));
            }
            'S' | 'I' | 't' if number_in(value).is_none() => return Err(Fault::NotANumber(letter)),
            'k' if number_in(value).is_none_or(|number| u32::try_from(number).is_err()) => {
                return Err(Fault::NotANumber(letter));
            }
            'C' | 'P' | 'V' | 'A' | 'S' | 'I' | 'T' | 'U' | 'L' | 'o' | 'm' | 't' | 'c' | 'k' | 'D' | 'p'
            | 'i' | 'r' => {}
            other => {
                if other.is_ascii_uppercase() {
                    self.unknown = Some(other);
                }
                return Ok(());
            }
        }
        if self.fields.iter().any(|(known, _)| *known == letter) {
            return Err(Fault::Repeated(letter));
        }
        self.fields.push((letter, value));
        Ok(())
    }

    fn field(&self, letter: char) -> Option<&'a str> {
        self.fields.iter().find(|(known, _)| *known == letter).map(|(_, value)| *value)
    }

    fn number(&self, letter: char) -> Option<u64> {
        self.field(letter).and_then(number_in)
    }

    /// Adds the package, if there is one, and begins the next.
    fn finish(&mut self, kind: Kind<'_>, index: &mut Index<'a>) -> Result<(), Error> {
        let stanza = std::mem::take(self);
        if stanza.line == 0 {
            return Ok(());
        }
        if index.packages.len() >= INDEX_PACKAGES {
            let measured = format!("index of more than {INDEX_PACKAGES} packages");
            return Err(Exceeded::new(measured, INDEX_PACKAGES, "packages").into());
        }
        let line = stanza.line;
        let required = |field| stanza.field(field).ok_or(Error::NoField { line, field });
        let (name, version) = (required('P')?, required('V')?);
        let architecture = required('A')?;
        let size = match kind {
            Kind::Installed => stanza.number('S').unwrap_or_default(),
            Kind::Repository { architecture: asked } => {
                if architecture != asked && architecture != "noarch" {
                    return Err(Error::Architecture {
                        line,
                        package: name.to_owned(),
                        found: architecture.to_owned(),
                        asked: asked.to_owned(),
                    });
                }
                stanza.number('S').ok_or(Error::NoField { line, field: 'S' })?
            }
        };
        let unknown = stanza.unknown.map(Uninstallable::Field);
        let invalid = (!version::is_valid(version)).then_some(Uninstallable::Version);
        let text = |letter| stanza.field(letter).unwrap_or_default();
        index.packages.push(Package {
            line,
            identity: required('C')?,
            name,
            version,
            architecture,
            size,
            installed_size: stanza.number('I').unwrap_or_default(),
            origin: text('o'),
            build_time: stanza.number('t'),
            commit: text('c'),
            provider_priority: stanza
                .number('k')
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or_default(),
            description: text('T'),
            url: text('U'),
            license: text('L'),
            maintainer: text('m'),
            depends: text('D'),
            provides: text('p'),
            install_if: text('i'),
            replaces: text('r'),
            uninstallable: invalid.or(unknown),
        });
        Ok(())
    }
}

fn number_in(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn stanza(name: &str, more: &str) -> String {
        format!("C:{ID}\nP:{name}\nV:1.0-r0\nA:x86_64\nS:10\n{more}\n")
    }

    fn fault(more: &str) -> Option<(usize, Fault)> {
        match Index::parse(stanza("a", more).as_bytes(), "x86_64") {
            Err(Error::Line { line, fault }) => Some((line, fault)),
            _ => None,
        }
    }

    #[test]
    fn packages_have_their_fields() {
        let text = format!(
            "C:{ID}\nP:libx\nV:1.0-r3\nA:x86_64\nS:10\nI:20\nT:a: library\nU:https://x.example\nL:MIT\no:x\nm:A <a@x.example>\n\
             t:1735689600\nc:abc\nk:5\nD:so:libc.so.1 !y\np:so:libx.so.1=1.0\ni:a b=1\nr:old\n\n{}",
            stanza("b", "")
        );
        let index = Index::parse(text.as_bytes(), "x86_64").unwrap();
        let [x, b] = index.packages.as_slice() else { panic!("{index:?}") };
        assert_eq!((x.line, x.name, x.version, x.size, x.installed_size), (1, "libx", "1.0-r3", 10, 20));
        assert_eq!(
            (x.origin, x.build_time, x.commit, x.provider_priority),
            ("x", Some(1_735_689_600), "abc", 5)
        );
        assert_eq!((x.description, x.url, x.license), ("a: library", "https://x.example", "MIT"));
        assert_eq!(
            (x.depends, x.provides, x.install_if, x.replaces),
            ("so:libc.so.1 !y", "so:libx.so.1=1.0", "a b=1", "old")
        );
        assert_eq!((x.identity, x.identity_bytes(), x.maintainer), (ID, [0; 20], "A <a@x.example>"));
        assert_eq!(x.path("x86_64"), "x86_64/libx-1.0-r3.apk");
        assert_eq!((b.line, b.name, b.depends), (20, "b", ""));
    }

    #[test]
    fn wrong_lines_are_named() {
        assert_eq!(fault("no field"), Some((6, Fault::NotAField)));
        assert_eq!(fault("1:x"), Some((6, Fault::NotAField)));
        assert_eq!(fault("V:2"), Some((6, Fault::Repeated('V'))));
        assert_eq!(fault("I:-1"), Some((6, Fault::NotANumber('I'))));
        assert_eq!(fault("I:"), Some((6, Fault::NotANumber('I'))));
        assert_eq!(fault("k:4294967296"), Some((6, Fault::NotANumber('k'))));
        assert_eq!(fault("T:a\r"), Some((6, Fault::Control)));
        let index = |text: &str| Index::parse(text.as_bytes(), "x86_64").unwrap_err();
        let at = |line, fault| Error::Line { line, fault };
        assert_eq!(index("C:Q2AAAA\n"), at(1, Fault::Identity));
        assert_eq!(index("P:../x\n"), at(1, Fault::Name("../x".to_owned())));
        assert_eq!(index(&format!("C:{ID}\nP:a\n")), Error::NoField { line: 1, field: 'V' });
        assert_eq!(Index::parse(b"P:a\nV:\xff\n", "x86_64"), Err(Error::NotUtf8(2)));
    }

    #[test]
    fn only_the_asked_architecture_is_listed() {
        let text = stanza("a", "").replace("x86_64", "aarch64");
        assert_eq!(
            Index::parse(text.as_bytes(), "x86_64"),
            Err(Error::Architecture {
                line: 1,
                package: "a".to_owned(),
                found: "aarch64".to_owned(),
                asked: "x86_64".to_owned()
            })
        );
        let text = stanza("a", "").replace("x86_64", "noarch");
        assert_eq!(
            Index::parse(text.as_bytes(), "x86_64").unwrap().packages[0].path("x86_64"),
            "x86_64/a-1.0-r0.apk"
        );
    }

    #[test]
    fn what_apk_would_not_install_is_marked() {
        let read =
            |text: &str| Index::parse(text.as_bytes(), "x86_64").unwrap().packages[0].uninstallable.clone();
        assert_eq!(read(&stanza("a", "X:1")), Some(Uninstallable::Field('X')));
        assert_eq!(read(&stanza("a", "x:1")), None);
        assert_eq!(read(&stanza("a", "").replace("1.0-r0", "../1")), Some(Uninstallable::Version));
    }

    #[test]
    fn files_of_installed_packages_are_skipped() {
        let text = format!("C:{ID}\nP:.build\nV:1\nA:noarch\nF:usr\nM:0:0:755\nR:x\nZ:Q1x\nF:etc\n\n");
        let index = Index::parse_installed(text.as_bytes()).unwrap();
        assert_eq!((index.packages[0].name, index.packages[0].size), (".build", 0));
    }
}
