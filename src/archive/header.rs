//! Headers of tar archives: layouts and layers are read with the same rules.
//!
//! A header that two tar readers could interpret differently is refused.
//!
//! Source: POSIX ustar and pax, GNU's long names and base-256 numbers.

/// The block size, to which headers and content are padded.
pub(crate) const BLOCK: u64 = 512;
/// The same as a length.
pub(crate) const BLOCK_LENGTH: usize = 512;

/// The key of the extended attribute with the capabilities of a file.
pub(crate) const CAPABILITY: &[u8] = b"SCHILY.xattr.security.capability";

/// The extended headers before an entry.
#[derive(Debug, Default)]
pub(crate) struct ExtendedHeaders {
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    pax: bool,
    path: Option<Vec<u8>>,
    link_path: Option<Vec<u8>>,
    size: Option<u64>,
    user: Option<u64>,
    group: Option<u64>,
    mtime: Option<Vec<u8>>,
    capability: Option<Vec<u8>>,
    apk_sha1: Option<Vec<u8>>,
    records: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Another name of a file.
    HardLink,
    /// A symbolic link.
    SymbolicLink,
    /// A device or pipe.
    Device,
}

/// One header, its checksum verified.
pub(crate) struct Header([u8; BLOCK_LENGTH]);

impl Kind {
    /// Its name in errors.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::HardLink | Self::SymbolicLink => "a link",
            Self::Device => "a device",
        }
    }

    /// Whether it is a link of either kind.
    pub(crate) fn is_link(self) -> bool {
        matches!(self, Self::HardLink | Self::SymbolicLink)
    }
}

impl Header {
    /// The header in `block`. `None` if its checksum is wrong.
    pub(crate) fn new(block: [u8; BLOCK_LENGTH]) -> Option<Self> {
        let header = Self(block);
        header.is_intact().then_some(header)
    }

    fn field(&self, from: usize, length: usize) -> &[u8] {
        self.0.get(from..from + length).unwrap_or_default()
    }

    /// The type of the entry.
    pub(crate) fn flag(&self) -> u8 {
        self.field(156, 1).first().copied().unwrap_or_default()
    }

    /// Whether the checksum is correct. The checksum field itself counts as spaces.
    fn is_intact(&self) -> bool {
        let sum: u64 = self
            .0
            .iter()
            .enumerate()
            .map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }))
            .sum();
        number(self.field(148, 8)).is_ok_and(|written| written == sum)
    }

    /// The number of content bytes. A pax header may have a size that does not fit into the header. If both have a size
    /// and they differ, tar readers disagree, so that is an error.
    pub(crate) fn size(&self, extended: &ExtendedHeaders) -> Result<u64, String> {
        const FITS: u64 = 1 << 33;
        let in_header = number(self.field(124, 12))?;
        match extended.size {
            _ if matches!(self.flag(), b'x' | b'g' | b'L' | b'K') => Ok(in_header),
            Some(size) if size == in_header || size >= FITS && in_header == 0 => Ok(size),
            Some(size) => Err(format!(
                "the entry has two sizes, {in_header} in its header and {size} in its pax header"
            )),
            None => Ok(in_header),
        }
    }

    /// The prefix of the name, which only the POSIX format has. Other formats have other fields at this offset, which
    /// some readers take for a prefix; the prefix of `star` is shorter.
    fn prefix(&self) -> Result<&[u8], String> {
        let field = self.field(345, 155);
        let is_posix = self.field(257, 8) == b"ustar\x0000";
        let is_star = self.field(508, 4) == b"tar\0" && !self.field(345, 131).contains(&0);
        if is_posix && !is_star {
            Ok(until_zero(field))
        } else if is_zero(field) {
            Ok(&[])
        } else {
            Err("the entry has a prefix that tar readers interpret differently".to_owned())
        }
    }

    /// The full name, from an extended header or from this header.
    pub(crate) fn name(&self, extended: &ExtendedHeaders) -> Result<Vec<u8>, String> {
        let name = match (&extended.path, &extended.long_name) {
            (Some(_), Some(_)) => return Err("the entry has a long name twice".to_owned()),
            (Some(name), None) | (None, Some(name)) => name.clone(),
            (None, None) => {
                let (prefix, name) = (self.prefix()?, until_zero(self.field(0, 100)));
                if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
            }
        };
        match name.as_slice() {
            [] => Err("the entry has no name".to_owned()),
            name if name.contains(&0) => Err("the entry has a zero byte in its name".to_owned()),
            _ => Ok(name),
        }
    }

    /// The target of a link.
    pub(crate) fn link_target(&self, extended: &ExtendedHeaders) -> Result<Vec<u8>, String> {
        let target = match (&extended.link_path, &extended.long_link) {
            (Some(_), Some(_)) => return Err("the entry has a long link twice".to_owned()),
            (Some(target), None) | (None, Some(target)) => target.clone(),
            (None, None) => until_zero(self.field(157, 100)).to_vec(),
        };
        match target.as_slice() {
            [] => Err("the entry is a link without a target".to_owned()),
            target if target.contains(&0) => Err("the entry has a zero byte in its link".to_owned()),
            _ => Ok(target),
        }
    }

    /// The permission bits, with set-user-ID, set-group-ID and sticky.
    pub(crate) fn mode(&self) -> Result<u16, String> {
        u16::try_from(number(self.field(100, 8))? & 0o7777).map_err(|_| "a mode is damaged".to_owned())
    }

    /// The IDs of the user and of the group that own the entry.
    pub(crate) fn owner(&self, extended: &ExtendedHeaders) -> Result<(u64, u64), String> {
        let user = extended.user.map_or_else(|| number(self.field(108, 8)), Ok)?;
        let group = extended.group.map_or_else(|| number(self.field(116, 8)), Ok)?;
        Ok((user, group))
    }

    /// The time of the last change, in whole seconds since 1970. Times before 1970 are negative in base 256.
    pub(crate) fn mtime(&self, extended: &ExtendedHeaders) -> Result<i64, String> {
        let bad = || "a time is damaged".to_owned();
        if let Some(text) = &extended.mtime {
            return whole_seconds(text).ok_or_else(bad);
        }
        let field = self.field(136, 12);
        match field {
            [0xff, rest @ ..] => rest.iter().try_fold(-1_i64, |sum, byte| {
                sum.checked_mul(256).and_then(|sum| sum.checked_add(i64::from(*byte))).ok_or_else(bad)
            }),
            field => i64::try_from(number(field)?).map_err(|_| bad()),
        }
    }

    /// The major and minor number of a device.
    pub(crate) fn device(&self) -> Result<(u32, u32), String> {
        let part =
            |from| u32::try_from(number(self.field(from, 8))?).map_err(|_| "a device is damaged".to_owned());
        Ok((part(329)?, part(337)?))
    }

    /// The kind of the entry.
    pub(crate) fn kind(&self, name: &[u8], size: u64) -> Result<Kind, String> {
        let kind = match self.flag() {
            // Before POSIX, a trailing slash marked a directory.
            0 | b'0' | b'7' if name.ends_with(b"/") => Kind::Directory,
            0 | b'0' | b'7' => Kind::File,
            b'5' => Kind::Directory,
            b'1' => Kind::HardLink,
            b'2' => Kind::SymbolicLink,
            b'3' | b'4' | b'6' => Kind::Device,
            b'S' => return Err("the entry is sparse, which is not supported".to_owned()),
            other => {
                return Err(format!(
                    "the entry has an unsupported type, `{}`",
                    char::from(other).escape_default()
                ));
            }
        };
        // Some tar readers skip such content, others read it as headers.
        if kind != Kind::File && size != 0 {
            return Err(format!("the entry is {} and has content", kind.as_str()));
        }
        Ok(kind)
    }
}

impl ExtendedHeaders {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        !self.pax && self.long_link.is_none() && self.long_name.is_none()
    }

    /// Whether the file has capabilities, which it gives to the process that runs it.
    pub(crate) fn has_capabilities(&self) -> bool {
        self.capability.is_some()
    }

    /// The extended attribute `security.capability`.
    pub(crate) fn capability(&self) -> Option<&[u8]> {
        self.capability.as_deref()
    }

    /// SHA-1 of the content or of the target of a link, in hexadecimal digits, as Alpine packages record it.
    pub(crate) fn apk_sha1(&self) -> Option<&[u8]> {
        self.apk_sha1.as_deref()
    }

    /// Keys and values of the pax header, in its order.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.records.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// Adds an extended header. Each entry can have one of each kind.
    pub(crate) fn add(&mut self, flag: u8, mut bytes: Vec<u8>) -> Result<(), String> {
        match flag {
            b'L' => {
                if bytes.last() == Some(&0) {
                    bytes.pop();
                }
                if self.long_name.replace(bytes).is_some() {
                    return Err("the entry has a long name twice".to_owned());
                }
            }
            b'K' => {
                if bytes.last() == Some(&0) {
                    bytes.pop();
                }
                if self.long_link.replace(bytes).is_some() {
                    return Err("the entry has a long link twice".to_owned());
                }
            }
            b'x' => {
                if std::mem::replace(&mut self.pax, true) {
                    return Err("the entry has two pax headers".to_owned());
                }
                for (key, value) in records(&bytes)? {
                    self.record(key, value)?;
                }
            }
            _ => {
                // A global header applies to all later entries. Comments are common; names and sizes would be
                // ambiguous.
                for (key, _) in records(&bytes)? {
                    if matches!(key, b"path" | b"size" | b"linkpath") || key.starts_with(b"GNU.sparse.") {
                        return Err(format!("a global pax header sets `{}` for all entries", escaped(key)));
                    }
                }
            }
        }
        Ok(())
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let check_first = |is_repeated: bool| {
            if is_repeated { Err("a pax header sets a name twice".to_owned()) } else { Ok(()) }
        };
        self.records.push((key.to_vec(), value.to_vec()));
        match key {
            b"path" => check_first(self.path.replace(value.to_vec()).is_some()),
            b"linkpath" => check_first(self.link_path.replace(value.to_vec()).is_some()),
            b"size" => {
                let size = decimal(value).ok_or("the size in a pax header is not a number")?;
                check_first(self.size.replace(size).is_some())
            }
            b"uid" => {
                let user = decimal(value).ok_or("the user in a pax header is not a number")?;
                check_first(self.user.replace(user).is_some())
            }
            b"gid" => {
                let group = decimal(value).ok_or("the group in a pax header is not a number")?;
                check_first(self.group.replace(group).is_some())
            }
            b"mtime" => check_first(self.mtime.replace(value.to_vec()).is_some()),
            b"SCHILY.xattr.security.capability" => {
                check_first(self.capability.replace(value.to_vec()).is_some())
            }
            b"APK-TOOLS.checksum.SHA1" => check_first(self.apk_sha1.replace(value.to_vec()).is_some()),
            key if key.starts_with(b"GNU.sparse.") => {
                Err("the entry is sparse, which is not supported".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// The key of a record of a global pax header that sets metadata of all later entries, if there is one.
pub(crate) fn global_metadata(bytes: &[u8]) -> Result<Option<String>, String> {
    let sets_metadata = |key: &[u8]| {
        matches!(key, b"uid" | b"gid" | b"mtime" | b"APK-TOOLS.checksum.SHA1")
            || key.starts_with(b"SCHILY.xattr.")
    };
    Ok(records(bytes)?.into_iter().find(|(key, _)| sets_metadata(key)).map(|(key, _)| escaped(key)))
}

/// The key and value of a pax record.
pub(crate) type Record<'a> = (&'a [u8], &'a [u8]);

/// Parses the records of a pax header: `LENGTH KEY=VALUE\n`. The length includes itself.
fn records(mut bytes: &[u8]) -> Result<Vec<Record<'_>>, String> {
    let bad = || "a pax header is damaged".to_owned();
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().take(20).position(|byte| *byte == b' ').ok_or_else(bad)?;
        let length = bytes.get(..space).and_then(decimal).ok_or_else(bad)?;
        let length = usize::try_from(length).map_err(|_| bad())?;
        let (record, rest) = bytes.split_at_checked(length).ok_or_else(bad)?;
        let record = record.get(space + 1..).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(bad)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(bad)?;
        let (key, value) = record.split_at(equals);
        records.push((key, value.strip_prefix(b"=").ok_or_else(bad)?));
        bytes = rest;
    }
    Ok(records)
}

/// A number in a header: octal, or GNU's base 256, which has the first bit set.
fn number(field: &[u8]) -> Result<u64, String> {
    let bad = || "a number in a header is damaged".to_owned();
    if let [first @ 0x80..=0xff, rest @ ..] = field {
        // The second bit is the sign, so negative numbers overflow here.
        return rest.iter().try_fold(u64::from(first & 0x7f), |sum, byte| {
            sum.checked_mul(256).and_then(|sum| sum.checked_add(u64::from(*byte))).ok_or_else(bad)
        });
    }
    let digits = until_zero(field);
    // Some readers skip zero bytes before the digits.
    let after = field.get(digits.len()..).unwrap_or_default();
    if after.iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return Err(bad());
    }
    let digits = digits.trim_ascii();
    digits.iter().try_fold(0_u64, |sum, byte| match byte {
        b'0'..=b'7' => {
            sum.checked_mul(8).and_then(|sum| sum.checked_add(u64::from(byte - b'0'))).ok_or_else(bad)
        }
        _ => Err(bad()),
    })
}

/// The seconds of a time in a pax header, `[-]SECONDS[.FRACTION]`, rounded down.
fn whole_seconds(text: &[u8]) -> Option<i64> {
    let (sign, text) = text.strip_prefix(b"-").map_or((1, text), |rest| (-1, rest));
    let dot = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let (seconds, fraction) = text.split_at_checked(dot)?;
    let fraction = fraction.strip_prefix(b".").unwrap_or(fraction);
    if seconds.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = i64::try_from(decimal(seconds)?).ok()?.checked_mul(sign)?;
    let rounds_down = sign < 0 && fraction.iter().any(|digit| *digit != b'0');
    seconds.checked_sub(i64::from(rounds_down))
}

fn decimal(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(bytes).ok().filter(|_| digits)?.parse().ok()
}

/// The bytes before the first zero byte.
fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The beginning of a name, with control characters escaped.
pub(crate) fn escaped(name: &[u8]) -> String {
    String::from_utf8_lossy(name.get(..name.len().min(200)).unwrap_or(name)).escape_debug().to_string()
}

/// Whether it is part of the end mark.
pub(crate) fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}
