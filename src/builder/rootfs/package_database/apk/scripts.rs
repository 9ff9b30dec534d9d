//! The archive `scripts.tar`, in the ustar format.

use crate::archive::BLOCK_LENGTH;

/// The scripts of a package that apk keeps.
const SCRIPTS: &[&str] = &[
    ".pre-install",
    ".post-install",
    ".pre-deinstall",
    ".post-deinstall",
    ".pre-upgrade",
    ".post-upgrade",
    ".trigger",
];
/// The longest name that fits into a header.
const NAME: usize = 100;

pub(super) fn is_script(name: &str) -> bool {
    SCRIPTS.contains(&name)
}

/// Adds a script with mode 0755. A long name goes before it, in the way of GNU, which all versions of apk
/// read.
pub(super) fn push(archive: &mut Vec<u8>, name: &str, content: &[u8], epoch: i64) {
    if name.len() > NAME {
        let long = [name.as_bytes(), b"\0"].concat();
        push_entry(archive, b"././@LongLink", b'L', 0, &long);
    }
    let name = name.as_bytes();
    push_entry(archive, name.get(..NAME).unwrap_or(name), b'0', epoch, content);
}

/// Ends the archive.
pub(super) fn end(archive: &mut Vec<u8>) {
    archive.resize(archive.len() + 2 * BLOCK_LENGTH, 0);
}

fn push_entry(archive: &mut Vec<u8>, name: &[u8], flag: u8, epoch: i64, content: &[u8]) {
    let mut header = [0; BLOCK_LENGTH];
    let mut put = |from: usize, bytes: &[u8]| {
        if let Some(place) = header.get_mut(from..from + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    // Eleven octal digits hold no more.
    let seconds = epoch.clamp(0, 0o77_777_777_777);
    put(0, name);
    put(100, b"0000755\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, format!("{seconds:011o}\0").as_bytes());
    // The checksum counts its own field as spaces.
    put(148, b"        ");
    put(156, &[flag]);
    put(257, b"ustar\x0000");
    put(265, b"root");
    put(297, b"root");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(place) = header.get_mut(148..156) {
        place.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    archive.extend(header);
    archive.extend(content);
    archive.resize(archive.len().next_multiple_of(BLOCK_LENGTH), 0);
}
