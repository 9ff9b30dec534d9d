//! Archives written byte by byte, each with one property that tar readers interpret differently.

use std::io::Write as _;

use super::*;

const MARKER: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
const BLOB: &str = "blobs/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Builds an archive.
#[derive(Clone, Default)]
struct ArchiveBuilder(Vec<u8>);

impl ArchiveBuilder {
    /// Adds a header. `change` is called before the checksum is computed.
    fn header(mut self, name: &str, flag: u8, size: u64, change: impl FnOnce(&mut [u8])) -> Self {
        let mut block = [0_u8; BLOCK_LENGTH];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..108].copy_from_slice(b"0000644\0");
        block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        block[156] = flag;
        block[257..265].copy_from_slice(b"ustar\x0000");
        change(&mut block);
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(block);
        self
    }

    fn content(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self.0.resize(self.0.len().next_multiple_of(BLOCK_LENGTH), 0);
        self
    }

    fn entry(self, name: &str, flag: u8, bytes: &[u8]) -> Self {
        self.header(name, flag, bytes.len() as u64, |_| ()).content(bytes)
    }

    fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.entry(name, b'0', bytes)
    }

    /// A pax header with these records.
    fn pax(self, flag: u8, records: &[(&str, &str)]) -> Self {
        let text: String = records
            .iter()
            .map(|(key, value)| {
                let rest = key.len() + value.len() + 3;
                let length = (rest..).find(|all| *all == rest + all.to_string().len()).unwrap();
                format!("{length} {key}={value}\n")
            })
            .collect();
        self.entry("././@PaxHeader", flag, text.as_bytes())
    }

    fn end(mut self) -> Self {
        self.0.extend([0; 1024]);
        self
    }

    /// Reads the archive without adding an end mark.
    fn read_as_is(self, limits: &Limits) -> Result<Tar, TarError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&self.0).unwrap();
        Tar::open(file, self.0.len() as u64, limits)
    }

    fn read(self) -> Result<Tar, TarError> {
        self.end().read_as_is(&Limits::default())
    }

    fn cause(self) -> String {
        cause(self.read())
    }
}

fn cause(result: Result<Tar, TarError>) -> String {
    match result {
        Err(TarError::Refused(cause)) => cause,
        other => panic!("{other:?}"),
    }
}

fn content(tar: &Tar, name: &str) -> Option<Vec<u8>> {
    tar.find(name).map(|entry| tar.read(entry).unwrap())
}

#[test]
fn files_are_found_in_every_spelling_of_their_name() {
    let hex = &BLOB["blobs/sha256/".len()..];
    for archive in [
        ArchiveBuilder::default().file(BLOB, b"x"),
        ArchiveBuilder::default()
            .entry("./", b'5', b"")
            .entry("./blobs/", b'5', b"")
            .file(&format!("./{BLOB}"), b"x"),
        ArchiveBuilder::default().file(&format!(".//blobs/./sha256//{hex}"), b"x"),
        ArchiveBuilder::default().entry(BLOB, 0, b"x"),
        ArchiveBuilder::default().entry(BLOB, b'7', b"x"),
        ArchiveBuilder::default()
            .header(hex, b'0', 1, |block| block[345..357].copy_from_slice(b"blobs/sha256"))
            .content(b"x"),
        ArchiveBuilder::default()
            .entry("././@LongLink", b'L', format!("{BLOB}\0").as_bytes())
            .file("blobs/s", b"x"),
        ArchiveBuilder::default().pax(b'x', &[("path", BLOB), ("mtime", "1.5")]).file("blobs/s", b"x"),
        ArchiveBuilder::default().pax(b'g', &[("comment", "from git")]).file(BLOB, b"x"),
        // Sizes in GNU's base 256, and in both headers.
        ArchiveBuilder::default()
            .header(BLOB, b'0', 0, |block| {
                block[124..136].copy_from_slice(b"\x80\0\0\0\0\0\0\0\0\0\0\x01");
            })
            .content(b"x"),
        ArchiveBuilder::default().pax(b'x', &[("size", "1")]).file(BLOB, b"x"),
    ] {
        let tar = archive.read().unwrap();
        assert_eq!(content(&tar, BLOB).unwrap(), b"x");
    }
}

#[test]
fn entries_outside_the_layout_are_ignored() {
    let long = format!("blobs/sha256/{}", "a".repeat(300));
    let tar = ArchiveBuilder::default()
        .entry("dev/null", b'3', b"")
        .entry("link", b'2', b"")
        .entry("hard", b'1', b"")
        .entry("fifo", b'6', b"")
        .file("README", b"hello")
        .file("blobs/sha256/x/y", b"")
        .pax(b'x', &[("path", &long)])
        .file("x", b"")
        .file("oci-layout", MARKER)
        .file("README", b"other")
        .read()
        .unwrap();
    assert_eq!(tar.entries.len(), 1);
    assert_eq!(content(&tar, "oci-layout").unwrap(), MARKER);
    assert_eq!(content(&tar, "README"), None);
    assert!(!tar.has_docker_manifest && tar.folder.is_none());

    let tar = ArchiveBuilder::default()
        .file("manifest.json", b"[]")
        .file("python/oci-layout", MARKER)
        .read()
        .unwrap();
    assert!(tar.has_docker_manifest);
    assert_eq!(tar.folder.as_deref(), Some("python"));
}

#[test]
fn two_entries_of_one_name_must_have_equal_content() {
    let twice =
        ArchiveBuilder::default().file(BLOB, b"same").file(&format!("./{BLOB}"), b"same").read().unwrap();
    assert_eq!(content(&twice, BLOB).unwrap(), b"same");
    let large = vec![7; 200_000];
    let mut other = large.clone();
    *other.last_mut().unwrap() = 8;
    assert!(ArchiveBuilder::default().file(BLOB, &large).file(BLOB, &large).read().is_ok());
    for archive in [
        ArchiveBuilder::default().file(BLOB, b"one").file(BLOB, b"two"),
        ArchiveBuilder::default().file(BLOB, b"one").file(BLOB, b"longer"),
        ArchiveBuilder::default().file(BLOB, &large).file(BLOB, &other),
        ArchiveBuilder::default().file("index.json", b"{}").file("./index.json", b"[]"),
    ] {
        assert!(archive.cause().contains("two entries"), "{}", BLOB);
    }
}

/// Each of these is `index.json` for some tar readers and another file for others.
#[test]
fn ambiguous_names_and_sizes_are_refused() {
    let prefixed = |magic: &'static [u8], prefix: &'static [u8], trailer: &'static [u8]| {
        ArchiveBuilder::default().header("index.json", b'0', 0, move |block| {
            block[257..265].copy_from_slice(magic);
            block[345..345 + prefix.len()].copy_from_slice(prefix);
            block[508..508 + trailer.len()].copy_from_slice(trailer);
        })
    };
    // A prefix for some readers, other fields for others.
    for magic in [&b"ustar  \0"[..], b"ustar\x0001", b"ustar\0  ", b"\0\0\0\0\0\0\0\0"] {
        let cause = prefixed(magic, b"x", b"").cause();
        assert!(cause.contains("a prefix that tar readers interpret differently"), "{magic:?} {cause}");
        assert!(prefixed(magic, b"", b"").read().unwrap().find("index.json").is_some(), "{magic:?}");
    }
    // The prefix of `star` is shorter.
    let full: &[u8] = Box::leak([&b"./".repeat(65)[..], b"./x"].concat().into_boxed_slice());
    assert!(prefixed(b"ustar\x0000", full, b"tar\0").cause().contains("a prefix"));
    assert!(prefixed(b"ustar\x0000", b".", b"tar\0").read().unwrap().find("index.json").is_some());
    // Zero bytes before a number end it for some readers, and are skipped by others.
    for size in [&b"\x0000000001000\0"[..12], b"00\x001\0\0\0\0\0\0\0\0"] {
        let archive = ArchiveBuilder::default()
            .header("index.json", b'0', 0, |block| block[124..136].copy_from_slice(size))
            .content(&[b'x'; 512]);
        assert!(archive.cause().contains("a number in a header is damaged"), "{size:?}");
    }
    // Readers disagree about a global header after another extended header.
    for archive in [
        ArchiveBuilder::default()
            .pax(b'x', &[("path", "index.json")])
            .pax(b'g', &[("comment", "x")])
            .file("x", b"1"),
        ArchiveBuilder::default()
            .entry("x", b'L', b"index.json\0")
            .pax(b'g', &[("comment", "x")])
            .file("x", b"1"),
    ] {
        assert!(archive.cause().contains("a global pax header is between"));
    }
}

/// On a case-insensitive file system, the second file replaces the first.
#[test]
fn layout_files_that_differ_only_in_case_are_refused() {
    for name in ["INDEX.json", "./Index.JSON", "OCI-layout"] {
        let cause = ArchiveBuilder::default().file("index.json", b"{}").file(name, b"[]").cause();
        assert!(cause.contains("differs from a layout's file only in case"), "{cause}");
    }
    assert!(ArchiveBuilder::default().file("a/Index.json", b"{}").read().is_ok());
}

/// A program that unpacks such an archive writes through the link to a file of another name.
#[test]
fn entries_at_or_below_a_link_are_refused() {
    for (link, flag, through) in [
        ("x", b'2', "x/index.json"),
        ("./a/b", b'2', "a//b/c/index.json"),
        ("x", b'2', "x"),
        ("x", b'1', "./x"),
        ("x", b'2', "x/y/"),
    ] {
        let archive =
            ArchiveBuilder::default().file("index.json", b"{}").entry(link, flag, b"").file(through, b"");
        assert!(archive.cause().contains("is at or below a link"), "{link} {through}");
    }
    let deep = "a/".repeat(70);
    assert!(
        ArchiveBuilder::default()
            .pax(b'x', &[("path", &deep[..139])])
            .entry("x", b'2', b"")
            .cause()
            .contains("a link")
    );
    let beside = ArchiveBuilder::default().entry("x", b'2', b"").file("xy/index.json", b"").file("y/x", b"");
    assert!(beside.read().is_ok());
}

#[test]
fn links_and_names_that_lead_out_are_refused() {
    for (name, flag, expected) in [
        (BLOB, b'2', "is a link, where a layout has a file"),
        (BLOB, b'1', "is a link"),
        (BLOB, b'3', "is a device"),
        (BLOB, b'5', "is a directory, where"),
        ("blobs", b'2', "is a link, where a layout has a directory"),
        ("./blobs/sha256", b'2', "is a link"),
        ("blobs/sha256", b'0', "is a file, where"),
        ("index.json", b'2', "is a link"),
        ("index.json/", b'0', "is a directory"),
        ("oci-layout", b'6', "is a device"),
        ("/oci-layout", b'0', "leads out"),
        ("../x", b'0', "leads out"),
        ("blobs/sha256/../../x", b'0', "leads out"),
        ("blobs/../index.json", b'0', "leads out"),
        ("x/..", b'5', "leads out"),
    ] {
        let cause = ArchiveBuilder::default().file("oci-layout", MARKER).entry(name, flag, b"").cause();
        assert!(cause.contains(expected), "{name}: {cause}");
    }
    // Control characters are escaped.
    let cause = ArchiveBuilder::default().file("/\u{1b}[2J", b"").cause();
    assert!(!cause.contains('\u{1b}'), "{cause}");
}

#[test]
fn sizes_beyond_the_file_are_refused() {
    let huge = |field: &'static [u8; 12]| {
        ArchiveBuilder::default().header(BLOB, b'0', 0, |block| block[124..136].copy_from_slice(field))
    };
    for (archive, expected) in [
        (huge(b"77777777777\0"), "more than there are"),
        (huge(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), "more than there are"),
        (huge(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), "more than there are"),
        (huge(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "damaged"),
        (huge(b"-0000000001\0"), "damaged"),
        (huge(b"00000000009\0"), "damaged"),
        (ArchiveBuilder::default().header("././@LongLink", b'L', 9999, |_| ()), "more than there are"),
        (
            ArchiveBuilder::default().pax(b'x', &[("size", "8589934592")]).file(BLOB, b""),
            "more than there are",
        ),
        (
            ArchiveBuilder::default().pax(b'x', &[("size", "99999999999999999999")]).file(BLOB, b""),
            "not a number",
        ),
        (ArchiveBuilder::default().pax(b'x', &[("size", "-1")]).file(BLOB, b""), "not a number"),
        (ArchiveBuilder::default().pax(b'x', &[("size", "")]).file(BLOB, b""), "not a number"),
        // Content of an entry that can have none: skipped by some readers, read as headers by others.
        (ArchiveBuilder::default().entry("link", b'2', b"hidden"), "has content"),
        (ArchiveBuilder::default().entry("dir/", b'5', b"hidden"), "has content"),
        (ArchiveBuilder::default().file("dir/", b"hidden"), "has content"),
    ] {
        let cause = archive.cause();
        assert!(cause.contains(expected), "{cause}");
    }
}

/// RUSTSEC-2026-0068 and CVE-2025-62518: if one reader uses the size of the pax header and another that of the header,
/// the second reads the content of an entry as headers.
#[test]
fn an_archive_inside_an_entry_stays_content() {
    let inner = ArchiveBuilder::default().file("index.json", b"smuggled").end().0;
    let whole =
        ArchiveBuilder::default().file("inner.tar", &inner).file("index.json", b"true").read().unwrap();
    assert_eq!(content(&whole, "index.json").unwrap(), b"true");
    let length = inner.len().to_string();
    for archive in [
        ArchiveBuilder::default().pax(b'x', &[("size", "0")]).file("inner.tar", &inner),
        ArchiveBuilder::default()
            .pax(b'x', &[("size", &length)])
            .header("inner.tar", b'0', 0, |_| ())
            .content(&inner),
        ArchiveBuilder::default()
            .pax(b'x', &[("size", &length)])
            .header("inner.tar", b'0', 512, |_| ())
            .content(&inner),
    ] {
        let cause = archive.cause();
        assert!(cause.contains("two sizes"), "{cause}");
    }
}

#[test]
fn contradicting_extended_headers_are_refused() {
    let long = |name: &str| format!("{name}\0");
    for (archive, expected) in [
        (ArchiveBuilder::default().pax(b'x', &[("path", "a"), ("path", "b")]).file("c", b""), "twice"),
        (ArchiveBuilder::default().pax(b'x', &[("size", "0"), ("size", "0")]).file("c", b""), "twice"),
        (
            ArchiveBuilder::default().pax(b'x', &[]).pax(b'x', &[("path", "b")]).file("c", b""),
            "two pax headers",
        ),
        (
            ArchiveBuilder::default()
                .entry("l", b'L', long("a").as_bytes())
                .entry("l", b'L', long("b").as_bytes())
                .file("c", b""),
            "twice",
        ),
        (
            ArchiveBuilder::default()
                .entry("l", b'L', long("a").as_bytes())
                .pax(b'x', &[("path", "b")])
                .file("c", b""),
            "twice",
        ),
        (ArchiveBuilder::default().entry("l", b'K', b"a").entry("l", b'K', b"b").file("c", b""), "twice"),
        (ArchiveBuilder::default().entry("l", b'L', b"index.json\0.txt\0").file("c", b""), "zero byte"),
        (ArchiveBuilder::default().pax(b'x', &[("path", "index.json\0.txt")]).file("c", b""), "zero byte"),
        (ArchiveBuilder::default().pax(b'x', &[("path", "")]).file("c", b""), "no name"),
        (ArchiveBuilder::default().file("", b""), "no name"),
        (ArchiveBuilder::default().pax(b'x', &[("path", "../x")]).file("c", b""), "leads out"),
        (ArchiveBuilder::default().pax(b'g', &[("path", "x")]).file("c", b""), "for all entries"),
        (ArchiveBuilder::default().pax(b'g', &[("size", "1")]).file("c", b""), "for all entries"),
        (ArchiveBuilder::default().entry("p", b'x', b"8 path=a\n").file("c", b""), "damaged"),
        (ArchiveBuilder::default().entry("p", b'x', b"99 path=a\n").file("c", b""), "damaged"),
        (ArchiveBuilder::default().entry("p", b'x', b"0 \n").file("c", b""), "damaged"),
        (ArchiveBuilder::default().entry("p", b'x', b"8 patha\n").file("c", b""), "damaged"),
        (
            ArchiveBuilder::default().entry("p", b'x', b"99999999999999999999999 path=a\n").file("c", b""),
            "damaged",
        ),
        (ArchiveBuilder::default().pax(b'x', &[("path", "a")]), "ends after"),
        (ArchiveBuilder::default().entry("l", b'L', b"a\0"), "ends after"),
    ] {
        let cause = archive.cause();
        assert!(cause.contains(expected), "{expected}: {cause}");
    }
    // An extended header applies only to the next entry.
    let tar =
        ArchiveBuilder::default().pax(b'x', &[("path", "x")]).file("c", b"").file(BLOB, b"1").read().unwrap();
    assert_eq!(content(&tar, BLOB).unwrap(), b"1");
}

#[test]
fn sparse_and_unknown_entries_are_refused() {
    for (archive, expected) in [
        (ArchiveBuilder::default().entry(BLOB, b'S', b""), "sparse"),
        (
            ArchiveBuilder::default()
                .pax(b'x', &[("GNU.sparse.major", "1"), ("GNU.sparse.name", BLOB)])
                .file("x", b""),
            "sparse",
        ),
        (ArchiveBuilder::default().pax(b'g', &[("GNU.sparse.name", BLOB)]).file("x", b""), "GNU.sparse"),
        (ArchiveBuilder::default().entry("x", b'M', b""), "unsupported type, `M`"),
        (ArchiveBuilder::default().entry("x", 0x1b, b""), "unsupported type, `\\u{1b}`"),
    ] {
        let cause = archive.cause();
        assert!(cause.contains(expected), "{cause}");
    }
}

#[test]
fn truncated_files_and_other_formats_are_refused() {
    let whole = ArchiveBuilder::default().file("oci-layout", MARKER).file(BLOB, &[1; 700]);
    let length = whole.0.len();
    for cut in [length, length - 1, length - 512, length - 1024, 1100, 1024, 600, 512] {
        let mut cut_off = whole.clone();
        cut_off.0.truncate(cut);
        let cause = cause(cut_off.read_as_is(&Limits::default()));
        assert!(cause.contains("cut off") || cause.contains("more than there are"), "{cut}: {cause}");
    }
    // Some writers end with one block of zeros. Data after the end mark is not read.
    let mut one = whole.clone();
    one.0.extend([0; 512]);
    assert!(one.read_as_is(&Limits::default()).is_ok());
    assert!(whole.clone().end().file("/behind", b"").read_as_is(&Limits::default()).is_ok());
    let mut hole = whole.clone();
    hole.0.extend([0; 512]);
    assert!(hole.file("index.json", b"{}").cause().contains("zeros"));
    let mut changed = whole.clone();
    changed.0[1024 + 3] ^= 1;
    assert!(changed.cause().contains("checksum"));

    let read = |bytes: &[u8]| ArchiveBuilder(bytes.to_vec()).read_as_is(&Limits::default());
    assert_eq!(cause(read(b"")), "it is empty");
    assert_eq!(cause(read(b"hello")), "it is not a tar archive");
    assert_eq!(cause(read(&[b'x'; 4096])), "it is not a tar archive");
    for (magic, by) in [
        (&b"\x1f\x8b\x08"[..], "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh9", "bzip2"),
    ] {
        let bytes = [magic, &[0; 600]].concat();
        assert!(matches!(read(&bytes), Err(TarError::Compressed { by: found, .. }) if found == by), "{by}");
    }
}

#[test]
fn headers_are_bounded_in_number_and_size() {
    let mut many = ArchiveBuilder::default();
    let entry = ArchiveBuilder::default().file("x", b"").0;
    for _ in 0..100_000 {
        many.0.extend(&entry);
    }
    assert!(matches!(many.read(), Err(TarError::Limit(_))));
    let limits = Limits { archive_entries: 2, archive_header: 16, ..Limits::default() };
    let two = ArchiveBuilder::default().file("x", b"").file("y", b"").end();
    assert!(two.read_as_is(&limits).is_ok());
    let three = ArchiveBuilder::default().file("x", b"").file("y", b"").file("z", b"").end();
    assert!(matches!(three.read_as_is(&limits), Err(TarError::Limit(_))));
    let long = ArchiveBuilder::default().entry("l", b'L', &[b'a'; 17]).file("x", b"").end();
    assert!(matches!(long.read_as_is(&limits), Err(TarError::Limit(_))));
}

proptest::proptest! {
    /// Archives of the `tar` crate, with names of any length, are read correctly.
    #[test]
    fn archives_of_another_writer_are_read(
        files in proptest::collection::btree_map("[a-f0-9]{1,140}", ".{0,600}", 0..6),
        junk in "[a-z]{1,300}",
    ) {
        let mut writer = ::tar::Builder::new(Vec::new());
        let mut add = |name: &str, content: &str| {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            writer.append_data(&mut header, name, content.as_bytes()).unwrap();
        };
        for (name, content) in &files {
            add(&junk, "junk");
            add(&format!("blobs/sha256/{name}"), content);
        }
        let tar = ArchiveBuilder(writer.into_inner().unwrap()).read_as_is(&Limits::default()).unwrap();
        for (name, written) in files.iter().filter(|(name, _)| name.len() <= 128) {
            let read = content(&tar, &format!("blobs/sha256/{name}")).unwrap();
            proptest::prop_assert_eq!(read, written.as_bytes());
        }
    }

    #[test]
    fn no_bytes_panic_the_reader(bytes in proptest::collection::vec(0_u8.., 0..1600), at in 0_usize..1024) {
        let mut archive = ArchiveBuilder::default().pax(b'x', &[("path", BLOB), ("size", "3")]).file("x", b"abc").end();
        let _ = ArchiveBuilder(bytes.clone()).read_as_is(&Limits::default());
        for (target, byte) in archive.0.iter_mut().skip(at).zip(&bytes).take(16) {
            *target = *byte;
        }
        let _ = archive.read_as_is(&Limits::default());
    }
}
