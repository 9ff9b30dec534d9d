//! Reads the entries of a tar archive with all their metadata: packages, and archives that a definition fetches.
//!
//! Invariant: an archive that two readers could interpret differently, leads out of its root or has a path twice is refused
//! whole. No size in it is believed before it is compared with a bound, and a checksum that an entry carries is
//! that of its content.
//!
//! Source: POSIX ustar and pax, GNU tar, and the pax record of `abuild-tar`.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

use crate::archive::{Kind, Member, MemberBounds, TarError, escaped, read_members};
use crate::builder::rootfs::content::Content;
use crate::builder::rootfs::limits::{
    ARCHIVE_BYTES, ARCHIVE_ENTRIES, ARCHIVE_HEADER, CAPABILITY_BYTES, PATH_BYTES,
};
use crate::builder::rootfs::node::{Metadata, SpecialKind};
use crate::builder::rootfs::path::{PathError, TreePath};
use crate::builder::rootfs::spool::Spool;
use crate::diagnostic::IoCause;
use crate::limits::Exceeded;
use crate::oci::hex;

/// An entry of an archive.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveEntry {
    /// Its path.
    pub path: TreePath,
    /// Whether the name begins with `.` as it is written: `.PKGINFO`, and `./usr` too.
    pub begins_with_dot: bool,
    /// What it is.
    pub kind: EntryKind,
    /// Owner, permissions, time and capability.
    pub metadata: Metadata,
    /// SHA-1 of the content or of the target of a symbolic link, as Alpine packages record it. It was compared.
    pub sha1: Option<[u8; 20]>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File(Content),
    /// Another name of the file that an earlier entry has at this path.
    HardLink(TreePath),
    /// A symbolic link with its target, as it is written.
    Symlink(String),
    /// A device or named pipe.
    Special(SpecialKind),
}

/// What an archive may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRules {
    /// The most bytes of the archive, uncompressed.
    pub bytes: u64,
    /// The most entries, extended headers included.
    pub entries: usize,
    /// Whether a name that begins with `/` is a path below the root. Otherwise it is an error.
    pub accepts_rooted: bool,
    /// Whether devices and pipes are accepted. Otherwise they are errors.
    pub accepts_special: bool,
}

/// Why an archive is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It is not a tar archive, or is damaged, ambiguous or cut off.
    #[error("{0}")]
    Tar(String),
    /// A limit is exceeded.
    #[error(transparent)]
    Limit(#[from] Exceeded),
    /// A name that is not a path in an image.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A name that begins with `/`.
    #[error("the path `{0}` is absolute")]
    Rooted(String),
    /// A device or pipe.
    #[error("`{0}` is a device or pipe")]
    Special(TreePath),
    /// A path that two entries have, not both of them directories.
    #[error("`{0}` is in the archive twice")]
    Twice(TreePath),
    /// Metadata that is damaged or that an image cannot have.
    #[error("`{path}`: {cause}")]
    Metadata {
        /// The path.
        path: TreePath,
        /// What is wrong.
        cause: String,
    },
    /// Content or target of a link that is not the one whose checksum is recorded.
    #[error("the SHA-1 of `{0}` is not the one that the archive records")]
    Checksum(TreePath),
    /// The bytes cannot be stored.
    #[error("`{path}` cannot be stored: {cause}")]
    Store {
        /// The path.
        path: TreePath,
        /// The cause.
        cause: String,
    },
}

impl EntryRules {
    /// The rules for packages: nothing but directories, files and links, below the root.
    pub const PACKAGE: Self = Self {
        bytes: ARCHIVE_BYTES,
        entries: ARCHIVE_ENTRIES,
        accepts_rooted: false,
        accepts_special: false,
    };
}

/// Reads all entries of an uncompressed archive, in its order. The bytes of files go to `spool`.
///
/// # Errors
///
/// [`ArchiveError`]. What is in the spool then is of no use.
pub fn read_entries(
    archive: impl Read,
    rules: &EntryRules,
    spool: &mut dyn Spool,
) -> Result<Vec<ArchiveEntry>, ArchiveError> {
    let bounds = MemberBounds { bytes: rules.bytes, entries: rules.entries, header: ARCHIVE_HEADER };
    let mut entries = Vec::new();
    let mut is_directory: BTreeMap<TreePath, bool> = BTreeMap::new();
    read_members(archive, bounds, |member, content| {
        let entry = entry(member, content, rules, spool)?;
        let directory = entry.kind == EntryKind::Directory;
        if is_directory.insert(entry.path.clone(), directory).is_some_and(|other| !(other && directory)) {
            return Err(ArchiveError::Twice(entry.path));
        }
        entries.push(entry);
        Ok(())
    })?;
    Ok(entries)
}

/// Reads an entry.
pub(super) fn entry(
    member: &Member,
    content: &mut dyn Read,
    rules: &EntryRules,
    spool: &mut dyn Spool,
) -> Result<ArchiveEntry, ArchiveError> {
    let path = path(&member.name, rules)?;
    let wrong = |cause: String| ArchiveError::Metadata { path: path.clone(), cause };
    if path.is_root() && member.kind != Kind::Directory {
        return Err(wrong("the root is not a directory".to_owned()));
    }
    let metadata = metadata(member).map_err(wrong)?;
    let sha1 = match member.extended.apk_sha1() {
        None => None,
        Some(digits) => {
            let digits = str::from_utf8(digits).ok().and_then(hex::decode);
            Some(digits.ok_or_else(|| wrong("its recorded SHA-1 is not one".to_owned()))?)
        }
    };
    let target = || member.header.link_target(&member.extended).map_err(wrong);
    let mut found_sha1 = None;
    let kind = match member.kind {
        Kind::Directory => EntryKind::Directory,
        Kind::File => {
            let mut content = Watched::new(content, member.size, sha1.is_some());
            let stored = spool.store(member.size, &mut content);
            found_sha1 = content.end(&path, stored.as_ref())?;
            EntryKind::File(stored.map_err(|error| store_error(&path, &error))?)
        }
        Kind::HardLink => EntryKind::HardLink(self::path(&target()?, rules)?),
        Kind::SymbolicLink => {
            let target = String::from_utf8(target()?)
                .map_err(|_| wrong("the target of the link is not UTF-8".to_owned()))?;
            if target.len() > PATH_BYTES {
                let what = format!("target of the link `{path}`");
                return Err(Exceeded::new(what, PATH_BYTES, "bytes").into());
            }
            found_sha1 = sha1.map(|_| digest(target.as_bytes()));
            EntryKind::Symlink(target)
        }
        Kind::Device if rules.accepts_special => EntryKind::Special(special(member).map_err(wrong)?),
        Kind::Device => return Err(ArchiveError::Special(path)),
    };
    if let (Some(recorded), Some(found)) = (sha1, found_sha1)
        && recorded != found
    {
        return Err(ArchiveError::Checksum(path));
    }
    Ok(ArchiveEntry { path, begins_with_dot: member.name.starts_with(b"."), kind, metadata, sha1 })
}

fn path(name: &[u8], rules: &EntryRules) -> Result<TreePath, ArchiveError> {
    if name.starts_with(b"/") && !rules.accepts_rooted {
        return Err(ArchiveError::Rooted(escaped(name)));
    }
    // Errors show the path in the image.
    let in_image = |_| TreePath::of_bytes(&[b"/", name.strip_prefix(b"./").unwrap_or(name)].concat());
    Ok(TreePath::of_bytes(name).or_else(in_image)?)
}

fn metadata(member: &Member) -> Result<Metadata, String> {
    let Member { header, extended, .. } = member;
    if let Some(key) = &member.global_metadata {
        return Err(format!("a global pax header sets `{key}` for all entries"));
    }
    let (user, group) = header.owner(extended)?;
    let number = |what: &str, number: u64| {
        // The highest number means "unchanged" to the system.
        u32::try_from(number)
            .ok()
            .filter(|number| *number != u32::MAX)
            .ok_or_else(|| format!("the number {number} of its {what} is too high"))
    };
    let capability = match extended.capability() {
        Some(bytes) if member.kind != Kind::File => {
            return Err(format!("it has capabilities of {} bytes and is not a file", bytes.len()));
        }
        Some(bytes) if bytes.len() > CAPABILITY_BYTES => {
            return Err(format!("it has capabilities of {} bytes", bytes.len()));
        }
        bytes => bytes.map(Arc::from),
    };
    Ok(Metadata {
        mode: header.mode()?,
        uid: number("owner", user)?,
        gid: number("group", group)?,
        mtime: header.mtime(extended)?,
        capability,
    })
}

fn special(member: &Member) -> Result<SpecialKind, String> {
    if member.header.flag() == b'6' {
        return Ok(SpecialKind::Pipe);
    }
    let (major, minor) = member.header.device()?;
    Ok(match member.header.flag() {
        b'4' => SpecialKind::Block { major, minor },
        _ => SpecialKind::Character { major, minor },
    })
}

/// The content of an entry on its way to the spool: counted, hashed where that is asked for, and an error if it ends
/// early.
struct Watched<'a> {
    content: &'a mut dyn Read,
    left: u64,
    hash: Option<Context>,
    failure: Option<TarError>,
}

impl<'a> Watched<'a> {
    fn new(content: &'a mut dyn Read, length: u64, is_hashed: bool) -> Self {
        let hash = is_hashed.then(|| Context::new(&SHA1_FOR_LEGACY_USE_ONLY));
        Self { content, left: length, hash, failure: None }
    }

    /// SHA-1 of all content, which `stored` must have.
    fn end(
        self,
        path: &TreePath,
        stored: Result<&Content, &io::Error>,
    ) -> Result<Option<[u8; 20]>, ArchiveError> {
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        if let Err(error) = stored {
            return Err(store_error(path, error));
        }
        if self.left > 0 {
            return Err(store_error(path, &io::ErrorKind::WriteZero.into()));
        }
        Ok(self.hash.map(|hash| hash.finish().as_ref().try_into().unwrap_or_default()))
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.left == 0 {
            return Ok(0);
        }
        let read = match self.content.read(buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            read => read,
        };
        match &read {
            Ok(read) => {
                self.left = self.left.saturating_sub(*read as u64);
                if let Some(hash) = &mut self.hash {
                    hash.update(buffer.get(..*read).unwrap_or_default());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.failure = Some(TarError::in_stream(error)),
        }
        read
    }
}

fn digest(bytes: &[u8]) -> [u8; 20] {
    let digest = aws_lc_rs::digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    digest.as_ref().try_into().unwrap_or_default()
}

fn store_error(path: &TreePath, error: &io::Error) -> ArchiveError {
    ArchiveError::Store { path: path.clone(), cause: IoCause(error).to_string() }
}

impl From<TarError> for ArchiveError {
    fn from(error: TarError) -> Self {
        match error {
            TarError::Refused(cause) => Self::Tar(cause),
            TarError::Compressed { by, .. } => Self::Tar(format!("it is compressed with {by}")),
            TarError::Limit(exceeded) => Self::Limit(exceeded),
        }
    }
}
