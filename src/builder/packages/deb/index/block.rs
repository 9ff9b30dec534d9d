//! The block of bytes: where its parts are, how they are checked, how they are read.
//!
//! All numbers are little-endian. A header, then four tables without gaps:
//!
//! * names, sorted by bytes, one more than there are: text, first package, first provider;
//! * packages, by name, in the order of the index: [`PACKAGE`] bytes each;
//! * providers, by name, in the order of the index: package, version, kind;
//! * texts: UTF-8, each ended by a NUL, so that one check covers all. A reference to a text is its offset here.

use std::ops::Range;
use std::str;

use memchr::memchr;

use super::contents::Contents;
use super::error::Damaged;
use super::package::{MultiArch, Package, Priority};

/// The version of the compact form. It counts its changes.
pub const FORMAT: u8 = 1;
/// Written first. The last byte is [`FORMAT`].
pub(super) const MAGIC: [u8; 16] = *b"dhi-deb-index\0\0\x01";
/// The magic, the four counts, the architecture, the kind of contents.
pub(super) const HEADER: usize = MAGIC.len() + 6 * 4;
/// One name.
pub(super) const NAME: usize = 3 * 4;
/// One package: ten references, two sizes, the digest, five codes and three zeros.
pub(super) const PACKAGE: usize = 10 * 4 + 2 * 8 + 32 + 8;
/// One provider.
pub(super) const PROVIDER: usize = 3 * 4;

/// The kinds of providers, as codes.
pub(super) const PROVIDES_NAME: u32 = 0;
pub(super) const PROVIDES_ANY: u32 = 1;
pub(super) const PROVIDES_ARCHITECTURE: u32 = 2;

/// A checked index. Positions of packages are numbers below [`Index::len`].
#[derive(Clone, PartialEq, Eq)]
pub struct Index {
    bytes: Vec<u8>,
    names: usize,
    packages: usize,
    providers: usize,
    architecture: u32,
    contents: Contents,
}

/// A package that provides a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider<'a> {
    /// The position of the package.
    pub package: u32,
    /// The version at which it provides the name, if it says one.
    pub version: Option<&'a str>,
    /// Whether it provides only `NAME:any`.
    pub only_any: bool,
    /// Whether it names its architecture, so that it does not provide `NAME:any` besides.
    pub with_architecture: bool,
}

impl Index {
    /// Checks a stored block and takes it.
    ///
    /// # Errors
    ///
    /// Where the block is of another version, or any part of it does not fit.
    pub fn open(bytes: Vec<u8>) -> Result<Self, Damaged> {
        if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(Damaged::Format);
        }
        let number = |at: usize| read_u32(&bytes, MAGIC.len() + at * 4).ok_or(Damaged::Part("header"));
        let count = |at| Ok(usize::try_from(number(at)?).unwrap_or(usize::MAX));
        let (names, packages, providers, texts) = (count(0)?, count(1)?, count(2)?, count(3)?);
        let architecture = number(4)?;
        let contents = Contents::from_code(number(5)?).ok_or(Damaged::Part("header"))?;
        // Each count is below 2^32, so nothing overflows.
        let size = HEADER + (names + 1) * NAME + packages * PACKAGE + providers * PROVIDER + texts;
        if bytes.len() != size {
            return Err(Damaged::Part("size"));
        }
        let index = Self { bytes, names, packages, providers, architecture, contents };
        index.check()?;
        Ok(index)
    }

    /// The block, to be stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of packages, each version counted.
    pub fn len(&self) -> usize {
        self.packages
    }

    /// Whether there are no packages.
    pub fn is_empty(&self) -> bool {
        self.packages == 0
    }

    /// The architecture.
    pub fn architecture(&self) -> &str {
        self.text(self.architecture)
    }

    /// Whether its packages are in a repository or installed.
    pub fn contents(&self) -> Contents {
        self.contents
    }

    /// All names, sorted: of packages, and those that packages provide.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.names).map(|at| self.name(at))
    }

    /// The position of a name, for the two methods below.
    pub fn find(&self, name: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.names);
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return u32::try_from(middle).ok(),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The positions of the packages of a name, in the order of the index.
    pub fn packages_of(&self, name: u32) -> Range<u32> {
        self.range(name, 1)
    }

    /// The packages that provide a name, in the order of the index.
    pub fn providers_of(&self, name: u32) -> impl Iterator<Item = Provider<'_>> {
        self.range(name, 2).map(|at| self.provider(at))
    }

    /// The package at a position.
    pub fn package(&self, at: u32) -> Option<Package<'_>> {
        let at = usize::try_from(at).ok().filter(|at| *at < self.packages)?;
        let start = self.packages_start() + at * PACKAGE;
        let reference = |field: usize| self.u32(start + field * 4);
        let code = |field: usize| self.bytes.get(start + 88 + field).copied().unwrap_or_default();
        let digest = self.bytes.get(start + 56..start + 88).and_then(|bytes| bytes.try_into().ok());
        Some(Package {
            name: self.name(reference(0) as usize),
            version: self.text(reference(1)),
            pre_depends: self.text(reference(2)),
            depends: self.text(reference(3)),
            provides: self.text(reference(4)),
            conflicts: self.text(reference(5)),
            breaks: self.text(reference(6)),
            replaces: self.text(reference(7)),
            source: self.text(reference(8)),
            path: self.text(reference(9)),
            has_plain_name: code(4) == 1,
            size: self.u64(start + 40),
            installed_size: self.u64(start + 48),
            sha256: digest.unwrap_or_default(),
            is_all: code(0) == 1,
            multi_arch: MultiArch::from_code(code(1)).unwrap_or_default(),
            priority: Priority::from_code(code(2)).unwrap_or_default(),
            is_essential: code(3) == 1,
        })
    }

    /// Checks what the readers below rely on.
    fn check(&self) -> Result<(), Damaged> {
        let texts = self.texts();
        if texts.last() != Some(&0) || str::from_utf8(texts).is_err() {
            return Err(Damaged::Part("texts"));
        }
        if !self.is_text(self.architecture) {
            return Err(Damaged::Part("header"));
        }
        let mut before: Option<&str> = None;
        for at in 0..self.names {
            let reference = self.u32(HEADER + at * NAME);
            let name = self.text(reference);
            if !self.is_text(reference) || before.is_some_and(|before| before >= name) {
                return Err(Damaged::Part("names"));
            }
            before = Some(name);
        }
        self.check_ranges(1, self.packages)?;
        self.check_ranges(2, self.providers)?;
        for name in 0..self.names {
            let name = u32::try_from(name).map_err(|_| Damaged::Part("names"))?;
            for package in self.packages_of(name) {
                self.check_package(package as usize, name)?;
            }
        }
        for at in 0..self.providers {
            let start = self.providers_start() + at * PROVIDER;
            let package = self.u32(start) as usize;
            let is_text = self.is_text(self.u32(start + 4));
            if package >= self.packages || !is_text || self.u32(start + 8) > PROVIDES_ARCHITECTURE {
                return Err(Damaged::Part("providers"));
            }
        }
        Ok(())
    }

    /// The ranges of the names begin at 0, never fall, and end at the size of the table.
    fn check_ranges(&self, column: usize, size: usize) -> Result<(), Damaged> {
        let mut before = 0;
        for at in 0..=self.names {
            let start = self.u32(HEADER + at * NAME + column * 4) as usize;
            let fits = if at == 0 { start == 0 } else { start >= before };
            if !fits || (at == self.names && start != size) {
                return Err(Damaged::Part("names"));
            }
            before = start;
        }
        Ok(())
    }

    fn check_package(&self, at: usize, name: u32) -> Result<(), Damaged> {
        let start = self.packages_start() + at * PACKAGE;
        let texts = (1..10).all(|field| self.is_text(self.u32(start + field * 4)));
        let code = |field: usize| self.bytes.get(start + 88 + field).copied().unwrap_or(u8::MAX);
        let codes = code(0) <= 1
            && MultiArch::from_code(code(1)).is_some()
            && Priority::from_code(code(2)).is_some()
            && code(3) <= 1
            && code(4) <= 1;
        if self.u32(start) == name && texts && codes { Ok(()) } else { Err(Damaged::Part("packages")) }
    }

    fn name(&self, at: usize) -> &str {
        self.text(self.u32(HEADER + at * NAME))
    }

    fn provider(&self, at: u32) -> Provider<'_> {
        let start = self.providers_start() + at as usize * PROVIDER;
        let version = self.text(self.u32(start + 4));
        let kind = self.u32(start + 8);
        Provider {
            package: self.u32(start),
            version: Some(version).filter(|version| !version.is_empty()),
            only_any: kind == PROVIDES_ANY,
            with_architecture: kind == PROVIDES_ARCHITECTURE,
        }
    }

    fn range(&self, name: u32, column: usize) -> Range<u32> {
        let start = HEADER + name as usize * NAME + column * 4;
        if (name as usize) < self.names { self.u32(start)..self.u32(start + NAME) } else { 0..0 }
    }

    fn packages_start(&self) -> usize {
        HEADER + (self.names + 1) * NAME
    }

    fn providers_start(&self) -> usize {
        self.packages_start() + self.packages * PACKAGE
    }

    fn texts(&self) -> &[u8] {
        self.bytes.get(self.providers_start() + self.providers * PROVIDER..).unwrap_or_default()
    }

    /// Whether a text begins here: at the start, or after the end of another.
    fn is_text(&self, reference: u32) -> bool {
        let texts = self.texts();
        let before = (reference as usize).checked_sub(1).map(|at| texts.get(at));
        (reference as usize) < texts.len() && before.is_none_or(|byte| byte == Some(&0))
    }

    fn text(&self, reference: u32) -> &str {
        let rest = self.texts().get(reference as usize..).unwrap_or_default();
        let text = rest.get(..memchr(0, rest).unwrap_or_default()).unwrap_or_default();
        str::from_utf8(text).unwrap_or_default()
    }

    fn u32(&self, at: usize) -> u32 {
        read_u32(&self.bytes, at).unwrap_or_default()
    }

    fn u64(&self, at: usize) -> u64 {
        let bytes = self.bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u64::from_le_bytes).unwrap_or_default()
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("architecture", &self.architecture())
            .field("packages", &self.packages)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
