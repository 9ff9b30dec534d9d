use super::*;

fn entry<'a>(name: &'a str, kind: EntryKind<'a>) -> TarEntry<'a> {
    TarEntry { name, kind, mode: 0o4755, uid: 1000, gid: 42, mtime: 1_700_000_000, capability: None }
}

/// The records of the pax header, and the fields of the last block that hold names.
fn fields(entry: &TarEntry<'_>) -> (String, String, String) {
    let header = entry.header();
    assert_eq!(header.len() % 512, 0);
    let (pax, block) = header.split_at(header.len() - 512);
    let text =
        |bytes: &[u8]| String::from_utf8(bytes.split(|byte| *byte == 0).next().unwrap().to_vec()).unwrap();
    let records = pax.get(512..).map(text).unwrap_or_default();
    (records, text(&block[..100]), text(&block[345..500]))
}

#[test]
fn a_usual_entry_is_one_block_of_pinned_bytes() {
    let header = entry("usr/bin/su", EntryKind::File(71_912)).header();
    let mut expected = [0; 512];
    for (at, text) in [
        (0, &b"usr/bin/su"[..]),
        (100, b"0004755"),
        (108, b"0001750"),
        (116, b"0000052"),
        (124, b"00000214350"),
        (136, b"14524770400"),
        (148, b"011242\0 0"),
        (257, b"ustar\x0000"),
        (329, b"0000000"),
        (337, b"0000000"),
    ] {
        expected[at..at + text.len()].copy_from_slice(text);
    }
    assert_eq!(header.escape_ascii().to_string(), expected.escape_ascii().to_string());
}

#[test]
fn long_names_are_split_where_ustar_can_hold_them() {
    let (long, short) = ("d".repeat(60), "f".repeat(60));
    let name = format!("{long}/{long}/{short}");
    let prefix = format!("{long}/{long}");
    assert_eq!(fields(&entry(&name, EntryKind::File(0))), (String::new(), short, prefix));
    // The slash at the end of a directory belongs to the name.
    let name = format!("{}/{}", "p".repeat(155), "n".repeat(99));
    let (records, last, prefix) = fields(&entry(&name, EntryKind::Directory));
    assert_eq!((records.as_str(), last.len(), prefix.len()), ("", 100, 155));
    assert!(last.ends_with("n/"));
}

#[test]
fn what_ustar_cannot_hold_is_in_a_pax_header() {
    let long = "n".repeat(101);
    let cases = [
        (entry(&long, EntryKind::File(0)), format!("111 path={long}\n")),
        (entry("é", EntryKind::File(0)), "11 path=é\n".to_owned()),
        (entry("a", EntryKind::Symlink(&long)), format!("115 linkpath={long}\n")),
        (entry("a", EntryKind::HardLink("ü/b")), "17 linkpath=ü/b\n".to_owned()),
        (entry("a", EntryKind::File(1 << 33)), "19 size=8589934592\n".to_owned()),
        (TarEntry { uid: 2_097_152, ..entry("a", EntryKind::Directory) }, "15 uid=2097152\n".to_owned()),
        (TarEntry { gid: u32::MAX, ..entry("a", EntryKind::Directory) }, "18 gid=4294967295\n".to_owned()),
        (TarEntry { mtime: -1, ..entry("a", EntryKind::Directory) }, "12 mtime=-1\n".to_owned()),
        (TarEntry { mtime: 1 << 33, ..entry("a", EntryKind::Pipe) }, "20 mtime=8589934592\n".to_owned()),
        (
            TarEntry { capability: Some(b"\x01"), gid: 1 << 21, ..entry("é", EntryKind::File(0)) },
            "38 SCHILY.xattr.security.capability=\u{1}\n15 gid=2097152\n11 path=é\n".to_owned(),
        ),
    ];
    for (entry, expected) in cases {
        assert_eq!(fields(&entry).0, expected);
    }
    for entry in [
        entry(&long[1..], EntryKind::Symlink(&long[1..])),
        entry("a", EntryKind::File((1 << 33) - 1)),
        TarEntry { uid: 2_097_151, gid: 2_097_151, mtime: (1 << 33) - 1, ..entry("a", EntryKind::Directory) },
    ] {
        assert_eq!(fields(&entry).0, "");
    }
}

#[test]
fn the_length_of_a_record_counts_its_digits() {
    for value in 0..2000 {
        let record = record(b"k", "v".repeat(value).as_bytes());
        let text = std::str::from_utf8(&record).unwrap();
        assert_eq!(text.split_once(' ').unwrap().0.parse(), Ok(record.len()), "{value}");
    }
}
