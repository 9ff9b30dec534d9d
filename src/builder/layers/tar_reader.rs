//! Reads the entries of a layer that this program has written.
//!
//! Invariant: an archive of another form than that of `tar_entry.rs` is refused, even if all engines would read it.

use std::io::{self, Read};

use super::fault::LayerFault;
use super::limits::LAYER_HEADER;
use super::tar_entry::padding;
use crate::archive::{BLOCK_LENGTH, CAPABILITY, ExtendedHeaders, Header, Kind, escaped, is_zero};

type Block = [u8; BLOCK_LENGTH];

/// One entry.
#[derive(Debug)]
pub(super) struct ReadEntry {
    /// The name, as it is written.
    pub(super) name: Vec<u8>,
    pub(super) kind: Kind,
    /// The type flag.
    pub(super) flag: u8,
    pub(super) mode: u16,
    pub(super) uid: u64,
    pub(super) gid: u64,
    /// Seconds since 1970.
    pub(super) mtime: i64,
    /// The number of bytes of content.
    pub(super) size: u64,
    /// The target of a link.
    pub(super) target: Option<Vec<u8>>,
    /// The major and minor number of a device.
    pub(super) device: (i64, i64),
    /// The extended attribute `security.capability`.
    pub(super) capability: Option<Vec<u8>>,
}

/// Calls `visit` with each entry and its content, which it must read to its end.
pub(super) fn read_entries(
    mut from: impl Read,
    mut visit: impl FnMut(ReadEntry, &mut dyn Read) -> Result<(), LayerFault>,
) -> Result<(), LayerFault> {
    let mut extended = ExtendedHeaders::default();
    loop {
        let block = block(&mut from)?;
        if is_zero(&block) {
            return end(from, &extended);
        }
        let header = Header::new(block).ok_or_else(|| archive("a header's checksum is wrong"))?;
        let size = header.size(&extended).map_err(LayerFault::Archive)?;
        let mut content = from.by_ref().take(size);
        if header.flag() == b'x' {
            if size > LAYER_HEADER {
                return Err(archive("an extended header is too long"));
            }
            let mut records = Vec::new();
            content.read_to_end(&mut records).map_err(|error| unreadable(&error))?;
            if content.limit() > 0 {
                return Err(archive("it is cut off"));
            }
            extended.add(b'x', records).map_err(LayerFault::Archive)?;
        } else {
            let entry = entry(&block, &header, &std::mem::take(&mut extended), size);
            let entry = entry.map_err(LayerFault::Archive)?;
            visit(entry, &mut content)?;
            if content.limit() > 0 {
                return Err(archive("it is cut off"));
            }
        }
        let mut zeros = [0; BLOCK_LENGTH];
        let zeros = zeros.get_mut(..padding(size)).unwrap_or_default();
        from.read_exact(zeros).map_err(|error| unreadable(&error))?;
        if !is_zero(zeros) {
            return Err(archive("the padding of an entry is not zero"));
        }
    }
}

fn entry(block: &Block, header: &Header, extended: &ExtendedHeaders, size: u64) -> Result<ReadEntry, String> {
    let name = header.name(extended)?;
    let of = |what: &str| format!("`{}` has {what}", escaped(&name));
    if !is_zero(field(block, 265, 64)) {
        return Err(of("names of its owners"));
    }
    if let Some((key, _)) = extended.records().find(|(key, _)| !is_known(key)) {
        return Err(of(&format!("the extended header `{}`", escaped(key))));
    }
    if !extended.records().is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(of("extended headers out of order"));
    }
    let value = |wanted: &[u8]| extended.records().find(|(key, _)| *key == wanted).map(|(_, value)| value);
    let mtime = match value(b"mtime") {
        Some(written) => str::from_utf8(written).ok().and_then(|written| written.parse().ok()),
        None => octal(field(block, 136, 12)),
    };
    let device = octal(field(block, 329, 8)).zip(octal(field(block, 337, 8)));
    let kind = header.kind(&name, size)?;
    let (uid, gid) = header.owner(extended)?;
    Ok(ReadEntry {
        kind,
        flag: header.flag(),
        mode: header.mode()?,
        uid,
        gid,
        mtime: mtime.ok_or_else(|| of("a time that is not in whole seconds"))?,
        size,
        target: kind.is_link().then(|| header.link_target(extended)).transpose()?,
        device: device.ok_or_else(|| of("a device number of another form"))?,
        capability: value(CAPABILITY).map(<[u8]>::to_vec),
        name,
    })
}

/// Times of access and of creation, other attributes and comments are not.
fn is_known(key: &[u8]) -> bool {
    matches!(key, b"gid" | b"linkpath" | b"mtime" | b"path" | b"size" | b"uid" | CAPABILITY)
}

fn field(block: &Block, from: usize, length: usize) -> &[u8] {
    block.get(from..from + length).unwrap_or_default()
}

/// A number of octal digits up to the last byte of its field, which is zero.
fn octal(field: &[u8]) -> Option<i64> {
    let digits = field.strip_suffix(b"\0").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    i64::from_str_radix(str::from_utf8(digits).ok()?, 8).ok()
}

fn block(from: &mut impl Read) -> Result<Block, LayerFault> {
    let mut block = [0; BLOCK_LENGTH];
    from.read_exact(&mut block).map_err(|error| unreadable(&error))?;
    Ok(block)
}

/// Reads the second block of the end mark, behind which there is nothing.
fn end(mut from: impl Read, extended: &ExtendedHeaders) -> Result<(), LayerFault> {
    if !extended.is_empty() {
        return Err(archive("it ends after an extended header"));
    }
    if !is_zero(&block(&mut from)?) {
        return Err(archive("a block of zeros is between entries"));
    }
    match from.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(archive("there is data behind its end")),
        Err(error) => Err(unreadable(&error)),
    }
}

fn archive(cause: &str) -> LayerFault {
    LayerFault::Archive(cause.to_owned())
}

fn unreadable(error: &io::Error) -> LayerFault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => archive("it is cut off"),
        _ => LayerFault::Archive(error.to_string()),
    }
}
