//! The description that a package carries (`.PKGINFO`), and its comparison with the signed index.
//!
//! The invariant: [`check`] passes only for the very package that the index lists. The control member hashes
//! to the index's identity and names the hash of the data member, so the index's signature covers every byte
//! that is used.

use super::container::{self, Package, Signed};
use super::index;
use crate::oci::hex;

/// The description of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageInfo {
    /// `pkgname`.
    pub name: String,
    /// `pkgver`.
    pub version: String,
    /// `arch`.
    pub architecture: String,
    /// `datahash`: SHA-256 of the compressed data member.
    pub data_hash: [u8; 32],
    /// `origin`: the source package.
    pub origin: Option<String>,
    /// `size`: bytes of the files on disk.
    pub installed_size: u64,
    /// `depend`, in order.
    pub depends: Vec<String>,
    /// `provides`, in order.
    pub provides: Vec<String>,
    /// `install_if`, in order.
    pub install_if: Vec<String>,
    /// `replaces`, in order.
    pub replaces: Vec<String>,
    /// `replaces_priority`.
    pub replaces_priority: u32,
    /// `triggers`: the paths that its trigger script wants to hear of.
    pub triggers: Vec<String>,
    /// The other lines as they are: `pkgdesc`, `url`, `license`, `maintainer`, `builddate`, `commit` and
    /// more.
    pub other: Vec<(String, String)>,
}

/// An error of the description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The container cannot be read.
    #[error(transparent)]
    Container(#[from] container::Error),
    /// It is not UTF-8.
    #[error("`.PKGINFO` is not UTF-8")]
    NotUtf8,
    /// A line that is not `KEY = VALUE`.
    #[error("line {line} of `.PKGINFO` is not `KEY = VALUE`")]
    Line {
        /// The line, from 1.
        line: usize,
    },
    /// A key that can be there only once.
    #[error("`.PKGINFO` has `{0}` twice")]
    Repeated(&'static str),
    /// A key that every package has, or its value.
    #[error("`.PKGINFO` has no valid `{0}`")]
    Invalid(&'static str),
    /// The package is not the one that the index lists.
    #[error("its {what} is {found}, but the signed index lists {listed}")]
    Differs {
        /// What differs.
        what: &'static str,
        /// As in the package.
        found: String,
        /// As in the index, or in the control member that the index covers.
        listed: String,
    },
}

/// What a signed index, or a lock that was made from one, says about a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The size of the file in bytes.
    pub size: u64,
    /// SHA-1 of the control member.
    pub identity: [u8; 20],
    /// The name.
    pub name: &'a str,
    /// The version, as it is written.
    pub version: &'a str,
    /// The architecture of the index.
    pub architecture: &'a str,
}

/// The architecture of packages for all of them. An index lists them under its own.
const ANY_ARCHITECTURE: &str = "noarch";

/// Reads a package and compares it with what is listed: size, identity, name, version, architecture and the hash of its
/// data. Nothing of the package is unpacked before size and identity are compared, except the headers of its members.
///
/// # Errors
///
/// Where the package cannot be read, or differs.
pub fn check<'a>(bytes: &'a [u8], listed: &Listed<'_>) -> Result<(Package<'a>, PackageInfo), Error> {
    let differs = |what, found: &str, listed: &str| {
        let (found, listed) = (format!("`{}`", found.escape_debug()), format!("`{listed}`"));
        if found == listed { Ok(()) } else { Err(Error::Differs { what, found, listed }) }
    };
    // A file of apk v3 is named as that, whatever its size.
    let signed = Signed::split(bytes)?;
    differs("size", &bytes.len().to_string(), &listed.size.to_string())?;
    let package = signed.package()?;
    let encode = index::encode_identity;
    differs("identity", &encode(&package.identity()), &encode(&listed.identity))?;
    let info = PackageInfo::parse(package.pkginfo()?)?;
    differs("name", &info.name, listed.name)?;
    differs("version", &info.version, listed.version)?;
    if info.architecture != ANY_ARCHITECTURE {
        differs("architecture", &info.architecture, listed.architecture)?;
    }
    differs("hash of its data", &hex::encode(&package.data_hash()), &hex::encode(&info.data_hash))?;
    Ok((package, info))
}

impl<'a> From<&index::Package<'a>> for Listed<'a> {
    fn from(package: &index::Package<'a>) -> Self {
        Self {
            size: package.size,
            identity: package.identity_bytes(),
            name: package.name,
            version: package.version,
            architecture: package.architecture,
        }
    }
}

impl PackageInfo {
    /// Reads the text.
    ///
    /// # Errors
    ///
    /// Where a line is not `KEY = VALUE`, or name, version, architecture or hash are missing, empty or there twice.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let text = str::from_utf8(text).map_err(|_| Error::NotUtf8)?;
        let mut info = Self::default();
        let mut once = Once::default();
        for (at, line) in text.split('\n').enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = Error::Line { line: at + 1 };
            let Some((key, value)) = line.split_once(" = ") else {
                // `url = ` without a value loses its last space in some packages.
                if line.ends_with(" =") {
                    continue;
                }
                return Err(wrong);
            };
            if line.chars().any(|character| character.is_control() && character != '\t') {
                return Err(wrong);
            }
            let value = value.to_owned();
            match key {
                "pkgname" => once.set("pkgname", &mut info.name, value)?,
                "pkgver" => once.set("pkgver", &mut info.version, value)?,
                "arch" => once.set("arch", &mut info.architecture, value)?,
                "datahash" => {
                    let hash = hex::decode(&value).ok_or(Error::Invalid("datahash"))?;
                    once.set("datahash", &mut info.data_hash, hash)?;
                }
                "origin" => once.set("origin", &mut info.origin, Some(value))?,
                "size" => {
                    let size = value.parse().map_err(|_| Error::Invalid("size"))?;
                    once.set("size", &mut info.installed_size, size)?;
                }
                "replaces_priority" => {
                    let priority = value.parse().map_err(|_| Error::Invalid("replaces_priority"))?;
                    once.set("replaces_priority", &mut info.replaces_priority, priority)?;
                }
                "depend" => info.depends.push(value),
                "provides" => info.provides.push(value),
                "install_if" => info.install_if.extend(words(&value)),
                "replaces" => info.replaces.push(value),
                "triggers" => info.triggers.extend(words(&value)),
                other => info.other.push((other.to_owned(), value)),
            }
        }
        for (key, value) in [("pkgname", &info.name), ("pkgver", &info.version), ("arch", &info.architecture)]
        {
            if value.is_empty() {
                return Err(Error::Invalid(key));
            }
        }
        if !once.0.contains(&"datahash") {
            return Err(Error::Invalid("datahash"));
        }
        Ok(info)
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_ascii_whitespace().map(str::to_owned)
}

/// The keys that were there.
#[derive(Default)]
struct Once(Vec<&'static str>);

impl Once {
    fn set<T>(&mut self, key: &'static str, place: &mut T, value: T) -> Result<(), Error> {
        if self.0.contains(&key) {
            return Err(Error::Repeated(key));
        }
        self.0.push(key);
        *place = value;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Generated\npkgname = a\npkgver = 1-r0\narch = x86_64\nsize = 4096\norigin = x\ndepend = b\n\
        depend = so:c.so.1\nprovides = cmd:a=1-r0\ninstall_if = b c=1\nreplaces = old\nreplaces_priority = 5\n\
        triggers = /usr/share/x /etc/y\nurl =\npkgdesc = an a = b\n\
        datahash = 0000000000000000000000000000000000000000000000000000000000000001\n";

    #[test]
    fn a_description_has_its_fields() {
        let info = PackageInfo::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(
            (info.name.as_str(), info.version.as_str(), info.architecture.as_str()),
            ("a", "1-r0", "x86_64")
        );
        assert_eq!(
            (info.depends, info.provides),
            (vec!["b".to_owned(), "so:c.so.1".to_owned()], vec!["cmd:a=1-r0".to_owned()])
        );
        assert_eq!((info.install_if.len(), info.replaces.len(), info.replaces_priority), (2, 1, 5));
        assert_eq!((info.triggers.len(), info.installed_size, info.data_hash[31]), (2, 4096, 1));
        assert_eq!(info.other, [("pkgdesc".to_owned(), "an a = b".to_owned())]);
        assert_eq!(info.origin.as_deref(), Some("x"));
    }

    #[test]
    fn wrong_descriptions_are_refused() {
        let parse =
            |from: &str, to: &str| PackageInfo::parse(TEXT.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(parse("depend = b", "depend"), Error::Line { line: 7 });
        assert_eq!(parse("depend = b", "depend = b\rpkgname = c"), Error::Line { line: 7 });
        assert_eq!(parse("depend = b", "pkgname = b"), Error::Repeated("pkgname"));
        assert_eq!(parse("depend = b", "datahash = 0"), Error::Invalid("datahash"));
        assert_eq!(parse("datahash", "other"), Error::Invalid("datahash"));
        assert_eq!(parse("arch", "march"), Error::Invalid("arch"));
        for (key, value) in [("pkgname", "a"), ("pkgver", "1-r0"), ("arch", "x86_64")] {
            assert_eq!(parse(&format!("{key} = {value}\n"), &format!("{key} = \n")), Error::Invalid(key));
        }
        assert_eq!(PackageInfo::parse(b"\xff"), Err(Error::NotUtf8));
    }
}
