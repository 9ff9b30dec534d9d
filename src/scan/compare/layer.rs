//! Reads one layer: its entries are applied to the tree, and its uncompressed bytes are hashed.
//!
//! Only the headers are kept, and the content of the few files that name users and packages.

use std::io::{self, BufReader, Read};

use super::error::LayerError;
use super::tree::{Entry, EntryKind, File, Tree};
use crate::archive::{BLOCK, BLOCK_LENGTH, ExtendedHeaders, Header, Kind, is_zero};
use crate::limits::Exceeded;
use crate::oci::{Digest, Hasher};
use crate::scan::limits::{FILE_CONTENT, FILE_CONTENTS, HEADER, UNPACKED};
use crate::verify::decompressed;

/// The files of an image while its layers are read.
#[derive(Debug, Default)]
pub(super) struct LayersRead {
    /// The files.
    pub(super) tree: Tree,
    /// The size of all regular files in all layers: what an engine stores.
    pub(super) stored: u64,
    /// All uncompressed bytes.
    unpacked: u64,
    /// All content that is kept.
    kept: u64,
}

impl LayersRead {
    /// Applies a layer. `declared` is the digest of its uncompressed bytes, `limit` the most of them.
    ///
    /// # Errors
    ///
    /// [`LayerError`]. The files are then unknown, and those read so far must not be used.
    pub(super) fn add(&mut self, bytes: &[u8], declared: Digest, limit: u64) -> Result<(), LayerError> {
        let reader = decompressed(bytes).map_err(|error| LayerError::Compression(error.to_string()))?;
        let limit = limit.min(UNPACKED.saturating_sub(self.unpacked));
        let mut layer = LayerReader {
            reader: BufReader::with_capacity(64 * 1024, reader),
            hasher: declared.hasher(),
            at: 0,
            limit,
        };
        self.tree.begin_layer();
        while let Some((entry, size)) = layer.next_entry()? {
            self.apply(entry, size, &mut layer)?;
        }
        layer.rest()?;
        self.unpacked += layer.at;
        match layer.hasher.finish() {
            found if found == declared => Ok(()),
            found => Err(LayerError::Digest { declared, found }),
        }
    }

    /// Applies an entry whose content is next.
    fn apply(&mut self, mut entry: Entry, size: u64, layer: &mut LayerReader<'_>) -> Result<(), LayerError> {
        self.stored = self.stored.saturating_add(size);
        if let EntryKind::File(file) = &mut entry.kind
            && is_read(&entry.name)
        {
            self.kept = self.kept.saturating_add(size);
            if size > FILE_CONTENT {
                let what = format!("a list of users or packages of {size} bytes");
                return Err(LayerError::Limit(Exceeded::new(what, FILE_CONTENT, "bytes")));
            }
            if self.kept > FILE_CONTENTS {
                let what = format!("{} bytes of lists of users and packages", self.kept);
                return Err(LayerError::Limit(Exceeded::new(what, FILE_CONTENTS, "bytes")));
            }
            file.text = Some(layer.content(size)?.into_boxed_slice());
        } else {
            layer.skip(size)?;
        }
        layer.skip(size.next_multiple_of(BLOCK).saturating_sub(size))?;
        self.tree.apply(entry)
    }
}

/// Whether the content of the file with this name is read: users, groups, and lists of packages.
fn is_read(name: &[u8]) -> bool {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let mut parts: Vec<&[u8]> = parts.collect();
    if parts.first() == Some(&b"usr".as_slice()) {
        parts.remove(0);
    }
    match parts.as_slice() {
        [b"etc", b"passwd" | b"group"]
        | [b"lib", b"apk", b"db", b"installed"]
        | [b"var", b"lib", b"dpkg", b"status"] => true,
        [b"var", b"lib", b"dpkg", b"status.d", name] => !name.ends_with(b".md5sums"),
        _ => false,
    }
}

/// Reads the entries of a tar archive from a stream, which may lack the mark at its end.
struct LayerReader<'a> {
    reader: BufReader<Box<dyn Read + 'a>>,
    hasher: Hasher,
    at: u64,
    limit: u64,
}

impl LayerReader<'_> {
    /// The next entry and the size of its content.
    fn next_entry(&mut self) -> Result<Option<(Entry, u64)>, LayerError> {
        let mut extended = ExtendedHeaders::default();
        loop {
            let at = self.at;
            let damaged = |cause: String| LayerError::Header { cause, at };
            let Some(block) = self.block()? else {
                return if extended.is_empty() { Ok(None) } else { Err(LayerError::CutOff) };
            };
            if is_zero(&block) {
                // The end mark is two blocks of zeros. Some writers omit the second.
                return match self.block()? {
                    _ if !extended.is_empty() => Err(LayerError::CutOff),
                    Some(second) if !is_zero(&second) => {
                        Err(damaged("a block of zeros is between entries".to_owned()))
                    }
                    _ => Ok(None),
                };
            }
            let header = Header::new(block).ok_or_else(|| {
                damaged(
                    if at == 0 { "it is not a tar archive" } else { "a header's checksum is wrong" }
                        .to_owned(),
                )
            })?;
            let size = header.size(&extended).map_err(damaged)?;
            let flag = header.flag();
            if matches!(flag, b'x' | b'g' | b'L' | b'K') {
                if size > HEADER {
                    let what = format!("an extended header of {size} bytes");
                    return Err(LayerError::Limit(Exceeded::new(what, HEADER, "bytes")));
                }
                if flag == b'g' && !extended.is_empty() {
                    let cause = "a global pax header is between another extended header and its entry";
                    return Err(damaged(cause.to_owned()));
                }
                let bytes = self.content(size)?;
                self.skip(size.next_multiple_of(BLOCK).saturating_sub(size))?;
                extended.add(flag, bytes).map_err(damaged)?;
                continue;
            }
            let entry = entry(&header, &extended, size).map_err(damaged)?;
            return Ok(Some((entry, size)));
        }
    }

    /// The next block. `None` at the end.
    fn block(&mut self) -> Result<Option<[u8; BLOCK_LENGTH]>, LayerError> {
        let mut block = [0; BLOCK_LENGTH];
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read(rest)? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(LayerError::CutOff),
                read => filled += read,
            }
        }
        Ok(Some(block))
    }

    /// The next bytes. The caller has checked their number.
    fn content(&mut self, size: u64) -> Result<Vec<u8>, LayerError> {
        let mut content = Vec::new();
        self.each_piece(size, |piece| content.extend_from_slice(piece))?;
        Ok(content)
    }

    /// Reads over bytes.
    fn skip(&mut self, size: u64) -> Result<(), LayerError> {
        self.each_piece(size, |_| ())
    }

    fn each_piece(&mut self, size: u64, mut add: impl FnMut(&[u8])) -> Result<(), LayerError> {
        let mut buffer = [0; 16 * 1024];
        let mut left = size;
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(buffer.len()).min(buffer.len());
            let read = match self.read(buffer.get_mut(..length).unwrap_or_default())? {
                0 => return Err(LayerError::CutOff),
                read => read,
            };
            add(buffer.get(..read).unwrap_or_default());
            left = left.saturating_sub(read as u64);
        }
        Ok(())
    }

    /// Hashes everything after the last entry.
    fn rest(&mut self) -> Result<(), LayerError> {
        let mut buffer = [0; 16 * 1024];
        while self.read(&mut buffer)? > 0 {}
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LayerError> {
        let read = loop {
            match self.reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(LayerError::Compression(error.to_string())),
                Ok(read) => break read,
            }
        };
        self.at += read as u64;
        if self.at > self.limit {
            return Err(LayerError::Limit(Exceeded::new("its uncompressed size", self.limit, "bytes")));
        }
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

fn entry(header: &Header, extended: &ExtendedHeaders, size: u64) -> Result<Entry, String> {
    let name = header.name(extended)?;
    let kind = match header.kind(&name, size)? {
        Kind::File => {
            EntryKind::File(File { has_capabilities: extended.has_capabilities(), ..File::default() })
        }
        Kind::Directory => EntryKind::Directory,
        Kind::SymbolicLink => EntryKind::Link(header.link_target(extended)?),
        Kind::HardLink => EntryKind::HardLink(header.link_target(extended)?),
        Kind::Device => EntryKind::Device,
    };
    let (user, group) = header.owner(extended)?;
    Ok(Entry { name, mode: header.mode()?, user, group, kind })
}
