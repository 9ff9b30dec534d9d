//! Reads the files of a tar archive from a stream, in one pass, without unpacking it to disk.
//!
//! Invariant: an archive with an entry that leads out of it, a link or a device is refused whole, and so is one that ends
//! before its end mark. Everything that is read counts against the bounds, whatever the headers say.

use std::io::{self, Read};

use super::error::{CUT_OFF, TarError, at_byte, refused};
use super::header::{BLOCK, BLOCK_LENGTH, ExtendedHeaders, Header, Kind, escaped, global_metadata, is_zero};
use crate::limits::Exceeded;

/// The bounds of one archive that is read from a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamBounds {
    /// Bytes of the uncompressed archive.
    pub(crate) bytes: u64,
    /// Entries, extended headers included.
    pub(crate) entries: usize,
    /// Bytes of one extended header.
    pub(crate) header: u64,
    /// Parts of the path of one entry.
    pub(crate) parts: usize,
    /// Whether a file whose name is not UTF-8 is an error. Otherwise it is passed over.
    pub(crate) refuses_names: bool,
    /// Whether a name that begins with `/` is a path in the archive. Otherwise it is an error.
    pub(crate) accepts_rooted: bool,
}

/// The bounds of every archive that is read from a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemberBounds {
    /// Bytes of the uncompressed archive.
    pub(crate) bytes: u64,
    /// Entries, extended headers included.
    pub(crate) entries: usize,
    /// Bytes of one extended header.
    pub(crate) header: u64,
}

/// An entry of an archive, without its content.
pub(crate) struct Member {
    /// The header.
    pub(crate) header: Header,
    /// The extended headers before it.
    pub(crate) extended: ExtendedHeaders,
    /// The name as it is written.
    pub(crate) name: Vec<u8>,
    /// What it is.
    pub(crate) kind: Kind,
    /// The number of bytes of the content.
    pub(crate) size: u64,
    /// A record of a global pax header that sets metadata for this entry too. Whoever reads metadata refuses it.
    pub(crate) global_metadata: Option<String>,
}

/// Calls `file` with the path of each regular file, the number of its bytes, and its content. The path has neither empty
/// parts nor `.` or `..`. Content that `file` does not read is passed over.
///
/// # Errors
///
/// [`TarError::Refused`] if the archive is damaged, ambiguous, cut off or leads out of itself, [`TarError::Limit`] if it
/// exceeds a bound; the error of `file`.
pub(crate) fn read_files(
    from: impl Read,
    bounds: &StreamBounds,
    mut file: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), TarError>,
) -> Result<(), TarError> {
    let StreamBounds { bytes, entries, header, .. } = *bounds;
    read_members(from, MemberBounds { bytes, entries, header }, |member, content| {
        match path(&member.name, member.kind, bounds)? {
            Some(path) => file(&path, member.size, content),
            None => Ok(()),
        }
    })
}

/// Calls `each` with every entry and its content. Content that `each` does not read is passed over.
///
/// # Errors
///
/// [`TarError::Refused`] if the archive is damaged, ambiguous or cut off, [`TarError::Limit`] if it exceeds a bound; the
/// error of `each`.
pub(crate) fn read_members<E: From<TarError>>(
    from: impl Read,
    bounds: MemberBounds,
    mut each: impl FnMut(&Member, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut stream = Stream { from, read: 0, bound: bounds.bytes };
    let mut extended = ExtendedHeaders::default();
    let mut global_metadata = None;
    let mut count = 0_usize;
    while let Some((header, at)) = stream.header()? {
        count += 1;
        if count > bounds.entries {
            let exceeded = Exceeded::new("the number of its entries", bounds.entries, "entries");
            return Err(TarError::Limit(exceeded).into());
        }
        let wrong = |cause: String| at_byte(&cause, at);
        let size = header.size(&extended).map_err(wrong)?;
        match header.flag() {
            flag @ (b'x' | b'g' | b'L' | b'K') => {
                if size > bounds.header {
                    let what = format!("an extended header of {size} bytes");
                    return Err(TarError::Limit(Exceeded::new(what, bounds.header, "bytes")).into());
                }
                if flag == b'g' && !extended.is_empty() {
                    let cause = "a global pax header is between another extended header and its entry";
                    return Err(at_byte(cause, at).into());
                }
                let mut bytes = Vec::new();
                stream.content(size, |content| match content.read_to_end(&mut bytes) {
                    Ok(_) => Ok(()),
                    Err(error) => Err(TarError::in_stream(&error)),
                })?;
                if flag == b'g' {
                    global_metadata = self::global_metadata(&bytes).map_err(wrong)?.or(global_metadata);
                }
                extended.add(flag, bytes).map_err(wrong)?;
            }
            _ => {
                let extended = std::mem::take(&mut extended);
                let name = header.name(&extended).map_err(wrong)?;
                let kind = header.kind(&name, size).map_err(wrong)?;
                let global_metadata = global_metadata.clone();
                let member = Member { header, extended, name, kind, size, global_metadata };
                stream.content(size, |content| each(&member, content))?;
            }
        }
    }
    if !extended.is_empty() {
        return Err(refused("it ends after an extended header").into());
    }
    // The check value of a compressed stream is behind its last byte.
    Ok(stream.drain()?)
}

/// The path of a file. `None` for a directory, and for a file that is passed over.
fn path(name: &[u8], kind: Kind, bounds: &StreamBounds) -> Result<Option<String>, TarError> {
    let most = bounds.parts;
    let entry = || format!("its entry `{}`", escaped(name));
    let parts: Vec<&[u8]> =
        name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
    let is_rooted = name.starts_with(b"/") && !bounds.accepts_rooted;
    if is_rooted || name.contains(&b'\\') || parts.contains(&b"..".as_slice()) {
        return Err(refused(format!("{} leads out of it", entry())));
    }
    if parts.len() > most {
        let what = format!("the path of {} with {} parts", entry(), parts.len());
        return Err(TarError::Limit(Exceeded::new(what, most, "parts")));
    }
    match kind {
        Kind::Directory => Ok(None),
        Kind::File => match String::from_utf8(parts.join(&b'/')) {
            Ok(path) => Ok(Some(path)),
            Err(_) if bounds.refuses_names => Err(refused(format!("{} has no UTF-8 name", entry()))),
            Err(_) => Ok(None),
        },
        Kind::HardLink | Kind::SymbolicLink | Kind::Device => {
            Err(refused(format!("{} is {}", entry(), kind.as_str())))
        }
    }
}

/// A stream of blocks, with the number of bytes read.
struct Stream<R> {
    from: R,
    read: u64,
    bound: u64,
}

impl<R: Read> Stream<R> {
    /// The next header, with its position. `None` at the end mark.
    fn header(&mut self) -> Result<Option<(Header, u64)>, TarError> {
        let at = self.read;
        let mut block = [0; BLOCK_LENGTH];
        self.fill(&mut block).map_err(|error| match (error.kind(), at) {
            (io::ErrorKind::UnexpectedEof, 0) => refused("it is not a tar archive"),
            _ => TarError::in_stream(&error),
        })?;
        self.count(BLOCK)?;
        if is_zero(&block) {
            return self.end_mark(at).map(|()| None);
        }
        match (Header::new(block), at) {
            (Some(header), _) => Ok(Some((header, at))),
            (None, 0) => Err(refused("it is not a tar archive")),
            (None, _) => Err(at_byte("a header's checksum is wrong", at)),
        }
    }

    /// Reads the second block of the end mark, which some writers omit.
    fn end_mark(&mut self, at: u64) -> Result<(), TarError> {
        let mut block = Vec::new();
        let read = self
            .from
            .by_ref()
            .take(BLOCK)
            .read_to_end(&mut block)
            .map_err(|error| TarError::in_stream(&error))?;
        self.count(read as u64)?;
        if is_zero(&block) { Ok(()) } else { Err(at_byte("a block of zeros is between entries", at)) }
    }

    /// Calls `read` with content of this size, and passes over the rest of it and its padding.
    fn content<E: From<TarError>>(
        &mut self,
        size: u64,
        read: impl FnOnce(&mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        // Before anything is read, so that `read` is never given more than the bound allows.
        self.count(size)?;
        let mut content = self.from.by_ref().take(size);
        read(&mut content)?;
        io::copy(&mut content, &mut io::sink()).map_err(|error| TarError::in_stream(&error))?;
        if content.limit() > 0 {
            return Err(refused(CUT_OFF).into());
        }
        let padding = (BLOCK - size % BLOCK) % BLOCK;
        self.count(padding)?;
        let mut block = [0; BLOCK_LENGTH];
        let length = usize::try_from(padding).unwrap_or_default();
        let padding = block.get_mut(..length).unwrap_or_default();
        Ok(self.fill(padding).map_err(|error| TarError::in_stream(&error))?)
    }

    /// Reads the rest, which must be zeros: other readers find entries behind the end mark.
    fn drain(&mut self) -> Result<(), TarError> {
        let mut block = [0; BLOCK_LENGTH];
        loop {
            let at = self.read;
            let read = match self.from.read(&mut block) {
                Ok(0) => return Ok(()),
                Ok(read) => block.get(..read).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(TarError::in_stream(&error)),
            };
            self.count(read.len() as u64)?;
            if !is_zero(read) {
                return Err(at_byte("there is data behind its end", at));
            }
        }
    }

    fn fill(&mut self, block: &mut [u8]) -> io::Result<()> {
        self.from.read_exact(block)
    }

    fn count(&mut self, bytes: u64) -> Result<(), TarError> {
        self.read = self.read.saturating_add(bytes);
        if self.read > self.bound {
            return Err(TarError::Limit(Exceeded::new(
                "the size of the unpacked archive",
                self.bound,
                "bytes",
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: StreamBounds = StreamBounds {
        bytes: 8192,
        entries: 8,
        header: 1024,
        parts: 3,
        refuses_names: false,
        accepts_rooted: false,
    };

    fn archive(entries: &[(&str, tar::EntryType, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, content) in entries {
            let mut header = tar::Header::new_ustar();
            // `set_path` refuses what some of these tests need.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, content.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn read(archive: &[u8], bounds: StreamBounds) -> Result<Vec<(String, String)>, TarError> {
        let mut files = Vec::new();
        read_files(archive, &bounds, |path, size, content| {
            let mut text = String::new();
            content.read_to_string(&mut text).map_err(|error| TarError::in_stream(&error))?;
            files.push((path.to_owned(), text, size));
            Ok(())
        })?;
        assert!(files.iter().all(|(_, text, size)| text.len() as u64 == *size));
        Ok(files.into_iter().map(|(path, text, _)| (path, text)).collect())
    }

    fn cause(archive: &[u8]) -> String {
        match read(archive, BOUNDS) {
            Err(TarError::Refused(cause)) => cause,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_are_read_in_their_order() {
        use tar::EntryType;
        let two = archive(&[
            ("a/", EntryType::Directory, ""),
            ("./a//b.json", EntryType::Regular, "{}"),
            ("c", EntryType::Regular, ""),
        ]);
        let files = [("a/b.json", "{}"), ("c", "")].map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(read(&two, BOUNDS), Ok(files.to_vec()));
        // Content that nobody reads is passed over.
        assert_eq!(read_files(&*two, &BOUNDS, |_, _, _| Ok(())), Ok(()));
    }

    #[test]
    fn entries_that_lead_out_links_and_devices_are_refused() {
        use tar::EntryType;
        for (name, kind, expected) in [
            ("../a", EntryType::Regular, "leads out of it"),
            ("a/../../b", EntryType::Regular, "leads out of it"),
            ("/etc/passwd", EntryType::Regular, "leads out of it"),
            ("..\\a", EntryType::Regular, "leads out of it"),
            ("a/..", EntryType::Directory, "leads out of it"),
            ("a", EntryType::Symlink, "is a link"),
            ("a", EntryType::Link, "is a link"),
            ("a", EntryType::Char, "is a device"),
            ("a", EntryType::Block, "is a device"),
            ("a", EntryType::Fifo, "is a device"),
        ] {
            let cause = cause(&archive(&[("good", EntryType::Regular, "x"), (name, kind, "")]));
            assert!(cause.contains(expected), "{name}: {cause}");
        }
    }

    #[test]
    fn each_truncation_is_refused() {
        let whole =
            archive(&[("a", tar::EntryType::Regular, "content"), ("b", tar::EntryType::Regular, "x")]);
        // The last block may be missing: some writers omit it.
        for length in 0..=whole.len() - 2 * BLOCK_LENGTH {
            let cut = cause(&whole[..length]);
            assert!(cut.contains("cut off") || cut.contains("not a tar archive"), "{length}: {cut}");
        }
        assert!(read(&whole[..whole.len() - BLOCK_LENGTH], BOUNDS).is_ok());
    }

    #[test]
    fn each_bound_is_applied() {
        let deep = archive(&[("a/b/c/d", tar::EntryType::Regular, "x")]);
        let many: Vec<_> = (0..9).map(|_| ("a", tar::EntryType::Regular, "")).collect();
        let large = archive(&[("a", tar::EntryType::Regular, &"x".repeat(9000))]);
        for archive in [deep, archive(&many), large] {
            let read = read(&archive, BOUNDS);
            assert!(matches!(read, Err(TarError::Limit(_))), "{read:?}");
        }
        // Bytes behind the end mark count too.
        let mut padded = archive(&[("a", tar::EntryType::Regular, "x")]);
        padded.resize(9000, 0);
        assert!(matches!(read(&padded, BOUNDS), Err(TarError::Limit(_))));
    }
}
