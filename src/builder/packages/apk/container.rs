//! The container of Alpine packages and indexes (apk v2): gzip members one after the other.
//!
//! A package is signatures, control member and data member; an index is signatures and one member. Each holds
//! a tar archive. Signatures and hashes are over the *compressed* bytes, so each member keeps its bytes.
//!
//! The invariant: nothing after the signatures is unpacked here, except by the functions that the caller uses
//! after it verified them; every output is bounded; and every byte of the file belongs to a member that
//! something covers.

mod archive;

use std::io::Read;

use aws_lc_rs::digest as hash;
use flate2::bufread::GzDecoder;

pub use archive::{ArchiveFault, Entry};

use super::limits::{CONTROL_CONTENT, CONTROL_ENTRIES, INDEX_CONTENT, SIGNATURE_CONTENT, SIGNATURE_MEMBERS};
use crate::limits::Exceeded;

/// What a gzip stream begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What files of apk v3 begin with; a byte for the compression follows.
const ADB: &[u8] = b"ADB";
/// The name of the first entry of a member with signatures begins with this.
const SIGNATURE_PREFIX: &str = ".SIGN.";
/// The size of a header in a tar archive.
const HEADER: usize = 512;

/// An error of a container.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of apk v3.
    #[error("it is in the format of apk v3 (`{0}`), which is not supported; publish it as v2 too")]
    ApkV3(String),
    /// It does not begin as a gzip stream.
    #[error("{part} is not a gzip stream")]
    NotGzip {
        /// The part of the file.
        part: Part,
    },
    /// A gzip stream that ends early, or whose checksum is wrong.
    #[error("{part} is damaged: {cause}")]
    Damaged {
        /// The part of the file.
        part: Part,
        /// The cause.
        cause: String,
    },
    /// The tar archive in a member is wrong.
    #[error("{part}: {fault}")]
    Archive {
        /// The part of the file.
        part: Part,
        /// What is wrong.
        fault: ArchiveFault,
    },
    /// A package without a data member.
    #[error("{0} is missing")]
    Missing(Part),
    /// A member too many.
    #[error("something follows {0}, the last part")]
    Trailing(Part),
    /// No, or more than one, file that a part must have.
    #[error("{part} has not exactly one file `{name}`")]
    NotOne {
        /// The part of the file.
        part: Part,
        /// The name of the file.
        name: &'static str,
    },
    /// More than any real package or index has.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

/// A part of a package or an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The signatures.
    Signatures,
    /// The member that describes a package.
    Control,
    /// The member with the files of a package.
    Data,
    /// The member of an index.
    Index,
}

/// A signature of a package or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `RSA` (SHA-1), `RSA256`, and others.
    pub algorithm: String,
    /// The file name of the key.
    pub key: String,
    /// The bytes of the signature.
    pub bytes: Vec<u8>,
}

/// A package or an index, split into signatures and what they sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The signatures, in the order of the file.
    pub signatures: Vec<Signature>,
    /// All bytes after them.
    pub rest: &'a [u8],
}

/// A package after its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// The compressed bytes of the control member. They are what a package's signature signs.
    pub control: &'a [u8],
    /// The files of the control member: `.PKGINFO` and scripts.
    pub files: Vec<Entry>,
    /// The compressed bytes of the data member.
    pub data: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Splits a package or an index.
    ///
    /// # Errors
    ///
    /// Where it is not a gzip stream, or a signature is damaged. Files of apk v3 have their own error.
    pub fn split(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.starts_with(ADB) {
            let magic = bytes.get(..4).unwrap_or(bytes);
            return Err(Error::ApkV3(magic.escape_ascii().to_string()));
        }
        let mut signed = Self { signatures: Vec::new(), rest: bytes };
        while begins_with_signature(signed.rest)? {
            let part = Part::Signatures;
            let (content, rest) = member(signed.rest, part, SIGNATURE_CONTENT)?;
            for entry in archive::entries(&content, SIGNATURE_MEMBERS)
                .map_err(|fault| Error::Archive { part, fault })?
            {
                let name = entry.name.strip_prefix(SIGNATURE_PREFIX).unwrap_or_default();
                let Some((algorithm, key)) = name.split_once('.') else {
                    let fault = ArchiveFault::Name(entry.name);
                    return Err(Error::Archive { part, fault });
                };
                if signed.signatures.len() >= SIGNATURE_MEMBERS {
                    let measured = format!("file with more than {SIGNATURE_MEMBERS} signatures");
                    return Err(Exceeded::new(measured, SIGNATURE_MEMBERS, "signatures").into());
                }
                let (algorithm, key) = (algorithm.to_owned(), key.to_owned());
                signed.signatures.push(Signature { algorithm, key, bytes: entry.content });
            }
            signed.rest = rest;
        }
        Ok(signed)
    }

    /// Splits what follows the signatures of a package, and unpacks its control member.
    ///
    /// # Errors
    ///
    /// Where the control member is damaged or too large, or the data member is missing.
    pub fn package(&self) -> Result<Package<'a>, Error> {
        let part = Part::Control;
        let (content, data) = member(self.rest, part, CONTROL_CONTENT)?;
        let control = self.rest.get(..self.rest.len() - data.len()).unwrap_or_default();
        if data.is_empty() {
            return Err(Error::Missing(Part::Data));
        }
        check_gzip(data, Part::Data)?;
        let files =
            archive::entries(&content, CONTROL_ENTRIES).map_err(|fault| Error::Archive { part, fault })?;
        // Names that begin with a dot are what apk knows a control member by.
        if let Some(other) = files.iter().find(|file| !file.name.starts_with('.') || file.name.contains('/'))
        {
            return Err(Error::Archive { part, fault: ArchiveFault::Name(other.name.clone()) });
        }
        Ok(Package { control, files, data })
    }

    /// Unpacks the text of an index, after its signatures were verified.
    ///
    /// # Errors
    ///
    /// Where the member is damaged or too large, something follows it, or it has not exactly one `APKINDEX`.
    pub fn index(&self) -> Result<Vec<u8>, Error> {
        let part = Part::Index;
        let (content, trailing) = member(self.rest, part, INDEX_CONTENT)?;
        if !trailing.is_empty() {
            return Err(Error::Trailing(part));
        }
        let entries =
            archive::entries(&content, CONTROL_ENTRIES).map_err(|fault| Error::Archive { part, fault })?;
        one(entries, "APKINDEX").ok_or(Error::NotOne { part, name: "APKINDEX" })
    }
}

impl<'a> Package<'a> {
    /// SHA-1 of the control member: the identity of the package in the index.
    pub fn identity(&self) -> [u8; 20] {
        let digest = hash::digest(&hash::SHA1_FOR_LEGACY_USE_ONLY, self.control);
        digest.as_ref().try_into().unwrap_or_default()
    }

    /// SHA-256 of the data member, which the control member names as `datahash`.
    pub fn data_hash(&self) -> [u8; 32] {
        hash::digest(&hash::SHA256, self.data).as_ref().try_into().unwrap_or_default()
    }

    /// The text of `.PKGINFO`.
    ///
    /// # Errors
    ///
    /// Where the control member has none, or more than one.
    pub fn pkginfo(&self) -> Result<&[u8], Error> {
        let missing = Error::NotOne { part: Part::Control, name: ".PKGINFO" };
        let mut found = self.files.iter().filter(|file| file.name == ".PKGINFO");
        match (found.next(), found.next()) {
            (Some(file), None) => Ok(&file.content),
            _ => Err(missing),
        }
    }

    /// A reader of the unpacked data member, a tar archive. It fails after `limit` bytes, and where something
    /// follows the member.
    pub fn unpacked_data(&self, limit: u64) -> DataReader<'a> {
        DataReader { decoder: GzDecoder::new(self.data), limit, read: 0 }
    }
}

/// The unpacked data member of a package.
#[derive(Debug)]
pub struct DataReader<'a> {
    decoder: GzDecoder<&'a [u8]>,
    limit: u64,
    read: u64,
}

impl Read for DataReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.decoder.read(buffer)?;
        self.read = self.read.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if self.read > self.limit {
            let exceeded = Exceeded::new("data member of a package, unpacked", self.limit, "bytes");
            return Err(std::io::Error::other(exceeded));
        }
        if read == 0 && !self.decoder.get_ref().is_empty() {
            return Err(std::io::Error::other(Error::Trailing(Part::Data)));
        }
        Ok(read)
    }
}

/// The content of the only entry with this name.
fn one(entries: Vec<Entry>, name: &str) -> Option<Vec<u8>> {
    let mut found = entries.into_iter().filter(|entry| entry.name == name);
    match (found.next(), found.next()) {
        (Some(entry), None) => Some(entry.content),
        _ => None,
    }
}

fn check_gzip(bytes: &[u8], part: Part) -> Result<(), Error> {
    if bytes.starts_with(&GZIP) { Ok(()) } else { Err(Error::NotGzip { part }) }
}

/// Whether the next member is one with signatures. Only the header of its first entry is unpacked.
fn begins_with_signature(bytes: &[u8]) -> Result<bool, Error> {
    check_gzip(bytes, Part::Signatures)?;
    let mut header = [0; HEADER];
    // Damage is reported by the function that reads the whole member.
    let is_whole = GzDecoder::new(bytes).read_exact(&mut header).is_ok();
    Ok(is_whole && header.starts_with(SIGNATURE_PREFIX.as_bytes()))
}

/// Unpacks one gzip member, and returns it with the bytes that follow it.
fn member(bytes: &[u8], part: Part, limit: usize) -> Result<(Vec<u8>, &[u8]), Error> {
    check_gzip(bytes, part)?;
    let mut content = Vec::new();
    let mut rest = bytes;
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoder = GzDecoder::new(&mut rest);
    let read = (&mut decoder).take(bound).read_to_end(&mut content);
    read.map_err(|error| Error::Damaged { part, cause: error.to_string() })?;
    if content.len() > limit {
        return Err(Exceeded::new(format!("{part}, unpacked"), limit, "bytes").into());
    }
    // Nothing was buffered beyond the member, since a slice is its own buffer.
    let rest = *decoder.into_inner();
    Ok((content, rest))
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Signatures => "the signature member",
            Self::Control => "the control member",
            Self::Data => "the data member",
            Self::Index => "the index member",
        })
    }
}
