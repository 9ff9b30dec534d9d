use tar::EntryType;

use super::*;
use crate::builder::rootfs::MemorySpool;

/// An archive that is being written.
struct Archive(tar::Builder<Vec<u8>>);

impl Archive {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// A header with exactly this name, which the library would refuse or change.
    fn header(name: &str, kind: EntryType, size: usize) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1_700_000_000);
        header.set_size(size as u64);
        header
    }

    fn with(mut self, mut header: tar::Header, content: &[u8]) -> Self {
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.with(Self::header(name, EntryType::Regular, content.len()), content.as_bytes())
    }

    fn directory(self, name: &str) -> Self {
        self.with(Self::header(name, EntryType::Directory, 0), &[])
    }

    fn link(self, kind: EntryType, name: &str, target: &str) -> Self {
        let mut header = Self::header(name, kind, 0);
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        self.with(header, &[])
    }

    fn pax(mut self, records: &[(&str, &[u8])]) -> Self {
        self.0.append_pax_extensions(records.iter().copied()).unwrap();
        self
    }

    fn global(self, record: &str) -> Self {
        let header = Self::header("global", EntryType::XGlobalHeader, record.len());
        self.with(header, record.as_bytes())
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }

    fn read(self) -> Result<Vec<ArchiveEntry>, ArchiveError> {
        read_entries(&*self.bytes(), &EntryRules::PACKAGE, &mut MemorySpool)
    }
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn cause(archive: Archive) -> String {
    archive.read().unwrap_err().to_string()
}

#[test]
fn entries_keep_their_metadata() {
    let mut header = Archive::header("./usr/bin/tool", EntryType::Regular, 4);
    header.set_mode(0o104_755);
    header.set_uid(7);
    header.set_gid(42);
    let capability = [1, 0, 0, 2, 0, b'\n', b'=', 0];
    let entries = Archive::new()
        .directory("./")
        .pax(&[("mtime", b"1700000001.999"), ("SCHILY.xattr.security.capability", &capability)])
        .with(header, b"text")
        .link(EntryType::Symlink, "./sh", "/bin/../dash")
        .link(EntryType::Link, "./other", "./usr/bin/tool")
        .read()
        .unwrap();
    let [root, tool, link, other] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((&root.path, &root.kind), (&TreePath::ROOT, &EntryKind::Directory));
    assert_eq!(tool.path, path("usr/bin/tool"));
    assert_eq!(tool.kind, EntryKind::File("text".into()));
    let expected = Metadata {
        mode: 0o4755,
        uid: 7,
        gid: 42,
        mtime: 1_700_000_001,
        capability: Some(capability.as_slice().into()),
    };
    assert_eq!(tool.metadata, expected);
    assert_eq!(link.kind, EntryKind::Symlink("/bin/../dash".to_owned()));
    assert_eq!(other.kind, EntryKind::HardLink(path("usr/bin/tool")));
    assert!(entries.iter().all(|entry| entry.begins_with_dot));
}

#[test]
fn times_are_whole_seconds() {
    for (text, expected) in
        [("0", 0), ("1.5", 1), ("-1", -1), ("-1.0", -1), ("-1.5", -2), ("9223372036854775807", i64::MAX)]
    {
        let entries = Archive::new().pax(&[("mtime", text.as_bytes())]).file("a", "").read().unwrap();
        assert_eq!(entries[0].metadata.mtime, expected, "{text}");
    }
    for text in ["", ".5", "-", "1e3", "+1", "1.x", "9223372036854775808", "1.-1"] {
        let archive = Archive::new().pax(&[("mtime", text.as_bytes())]).file("a", "");
        assert!(cause(archive).contains("a time is damaged"), "{text}");
    }
    let mut header = Archive::header("a", EntryType::Regular, 0);
    header.as_old_mut().mtime = [0xff; 12];
    let entries = Archive::new().with(header, &[]).read().unwrap();
    assert_eq!(entries[0].metadata.mtime, -1);
}

#[test]
fn long_names_of_gnu_and_pax_are_read() {
    let long = format!("usr/{}/file", "x".repeat(200));
    let mut gnu = Archive::new();
    let mut header = Archive::header("", EntryType::Regular, 1);
    gnu.0.append_data(&mut header, &long, &b"x"[..]).unwrap();
    let pax = Archive::new().pax(&[("path", long.as_bytes())]).file("short", "x");
    let ustar = {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{}file", "x/".repeat(60))).unwrap();
        header.set_size(0);
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        Archive::new().with(header, &[])
    };
    for (archive, expected) in [(gnu, long.clone()), (pax, long), (ustar, format!("{}file", "x/".repeat(60)))]
    {
        assert_eq!(archive.read().unwrap()[0].path, path(&expected));
    }
}

#[test]
fn paths_that_lead_out_are_refused() {
    for name in ["../a", "a/../../b", "./..", "a/.."] {
        let error = Archive::new().file(name, "").read();
        assert!(matches!(error, Err(ArchiveError::Path(PathError::Upwards(_)))), "{error:?}");
        let error = Archive::new().file("f", "").link(EntryType::Link, "l", name).read();
        assert!(matches!(error, Err(ArchiveError::Path(PathError::Upwards(_)))), "{error:?}");
    }
    for archive in [
        Archive::new().file("/etc/passwd", ""),
        Archive::new().file("//etc", ""),
        Archive::new().link(EntryType::Link, "l", "/etc/passwd"),
        Archive::new().pax(&[("path", b"/etc/passwd")]).file("a", ""),
    ] {
        assert!(matches!(archive.read(), Err(ArchiveError::Rooted(_))));
    }
    let rooted = Archive::new().file("/etc/x", "").bytes();
    let rules = EntryRules { accepts_rooted: true, ..EntryRules::PACKAGE };
    assert_eq!(read_entries(&*rooted, &rules, &mut MemorySpool).unwrap()[0].path, path("etc/x"));
}

#[test]
fn names_that_no_image_can_have_are_refused() {
    for name in [".wh.keep", "opt/.wh.keep", "opt/.wh..wh..opq", "opt/.wh.", "opt/.wh.dir/x"] {
        let error = Archive::new().file(name, "").read();
        assert!(matches!(error, Err(ArchiveError::Path(PathError::Whiteout(_)))), "{error:?}");
    }
    for name in ["opt/.wh.keep", "./opt/.wh.keep"] {
        assert!(cause(Archive::new().file(name, "")).contains("`/opt/.wh.keep`"));
    }
    assert!(Archive::new().file("opt/.whatever", "").file("opt/x.wh.y", "").read().is_ok());
    for records in [&[("path", &b"a\0b"[..])], &[("path", b"a\xff")]] {
        assert!(Archive::new().pax(records).file("x", "").read().is_err());
    }
    let deep = "a/".repeat(300);
    let error = Archive::new().pax(&[("path", deep.as_bytes())]).file("x", "").read();
    assert!(matches!(error, Err(ArchiveError::Path(PathError::TooLong(_)))), "{error:?}");
    assert!(cause(Archive::new().file(".", "")).contains("not a directory"));
    // Backslashes are ordinary.
    assert!(Archive::new().file("system-x\\x2dy.slice", "").read().is_ok());
}

#[test]
fn devices_and_sparse_files_are_refused() {
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        let archive = || Archive::new().with(Archive::header("dev", kind, 0), &[]);
        assert_eq!(archive().read(), Err(ArchiveError::Special(path("dev"))));
        let rules = EntryRules { accepts_special: true, ..EntryRules::PACKAGE };
        let entries = read_entries(&*archive().bytes(), &rules, &mut MemorySpool).unwrap();
        assert!(matches!(entries[0].kind, EntryKind::Special(_)));
    }
    let mut header = Archive::header("dev", EntryType::Block, 0);
    header.set_device_major(8).unwrap();
    header.set_device_minor(17).unwrap();
    let rules = EntryRules { accepts_special: true, ..EntryRules::PACKAGE };
    let archive = Archive::new().with(header, &[]).bytes();
    let entries = read_entries(&*archive, &rules, &mut MemorySpool).unwrap();
    assert_eq!(entries[0].kind, EntryKind::Special(SpecialKind::Block { major: 8, minor: 17 }));
    let sparse = Archive::new().with(Archive::header("s", EntryType::GNUSparse, 0), &[]);
    assert!(cause(sparse).contains("sparse"));
    assert!(cause(Archive::new().pax(&[("GNU.sparse.major", b"1")]).file("s", "")).contains("sparse"));
}

#[test]
fn a_path_twice_is_refused_unless_it_is_a_directory() {
    assert!(Archive::new().directory("a/").directory("./a").file("a/b", "").read().is_ok());
    for archive in [
        Archive::new().file("a", "1").file("./a", "2"),
        Archive::new().directory("a").file("a", ""),
        Archive::new().file("a", "").directory("a/"),
        Archive::new().link(EntryType::Symlink, "a", "/etc").directory("a/"),
        Archive::new().file("a", "").link(EntryType::Link, ".//a", "a"),
    ] {
        assert_eq!(archive.read(), Err(ArchiveError::Twice(path("a"))));
    }
}

#[test]
fn sizes_that_disagree_are_refused() {
    for size in ["0", "3", "5", "9999999999"] {
        let archive = Archive::new().pax(&[("size", size.as_bytes())]).file("a", "text");
        assert!(cause(archive).contains("two sizes"), "{size}");
    }
    assert!(Archive::new().pax(&[("size", b"4")]).file("a", "text").read().is_ok());
    for size in ["-4", "4x", "99999999999999999999999"] {
        assert!(Archive::new().pax(&[("size", size.as_bytes())]).file("a", "text").read().is_err());
    }
    assert!(Archive::new().pax(&[("size", b"4"), ("size", b"4")]).file("a", "text").read().is_err());
    // A link with content.
    let header = Archive::header("l", EntryType::Symlink, 512);
    assert!(cause(Archive::new().with(header, &[b'x'; 512])).contains("has content"));
    // What a header claims is counted before it is read.
    let mut header = Archive::header("huge", EntryType::Regular, 0);
    header.set_size(1 << 40);
    header.set_cksum();
    let read = read_entries(header.as_bytes().as_slice(), &EntryRules::PACKAGE, &mut MemorySpool);
    assert!(matches!(read, Err(ArchiveError::Limit(_))), "{read:?}");
}

#[test]
fn global_headers_cannot_set_metadata() {
    for record in ["9 uid=1\n", "9 gid=1\n", "11 mtime=1\n", "38 SCHILY.xattr.security.capability=x\n"] {
        let record = record.split_once(' ').unwrap().1;
        let length = record.len() + 3;
        let record =
            if length < 11 { format!("{} {record}", record.len() + 2) } else { format!("{length} {record}") };
        let error = cause(Archive::new().global(&record).file("a", "").file("b", ""));
        assert!(error.contains("a global pax header sets"), "{record}: {error}");
    }
    assert!(Archive::new().global("14 comment=hi\n").file("a", "").read().is_ok());
    assert!(cause(Archive::new().global("10 path=x\n").file("a", "")).contains("global pax header"));
}

#[test]
fn owners_and_capabilities_have_bounds() {
    for (key, value) in [("uid", "4294967295"), ("gid", "4294967296")] {
        let error = cause(Archive::new().pax(&[(key, value.as_bytes())]).file("a", ""));
        assert!(error.contains(value) && error.contains("too high"), "{error}");
    }
    let entries = Archive::new().pax(&[("uid", b"4294967294")]).file("a", "").read().unwrap();
    assert_eq!(entries[0].metadata.uid, u32::MAX - 1);
    let capability = "SCHILY.xattr.security.capability";
    let long = vec![1; CAPABILITY_BYTES + 1];
    assert!(cause(Archive::new().pax(&[(capability, &long)]).file("a", "")).contains("65 bytes"));
    assert!(cause(Archive::new().pax(&[(capability, b"x")]).directory("a")).contains("not a file"));
    let twice = Archive::new().pax(&[(capability, b"x"), (capability, b"y")]).file("a", "");
    assert!(cause(twice).contains("twice"));
}

#[test]
fn recorded_checksums_are_compared() {
    let key = "APK-TOOLS.checksum.SHA1";
    let sha1 = |content: &str| hex::encode(&digest(content.as_bytes()));
    let entries = Archive::new()
        .pax(&[(key, sha1("text").as_bytes())])
        .file("a", "text")
        .pax(&[(key, sha1("../target").as_bytes())])
        .link(EntryType::Symlink, "l", "../target")
        .read()
        .unwrap();
    assert_eq!(entries[0].sha1, Some(digest(b"text")));
    assert_eq!(entries[1].sha1, Some(digest(b"../target")));
    let other = Archive::new().pax(&[(key, sha1("other").as_bytes())]).file("a", "text");
    assert_eq!(other.read(), Err(ArchiveError::Checksum(path("a"))));
    let other = Archive::new().pax(&[(key, sha1("b").as_bytes())]).link(EntryType::Symlink, "l", "a");
    assert_eq!(other.read(), Err(ArchiveError::Checksum(path("l"))));
    for digits in ["", "00", &sha1("text").to_uppercase(), &"g".repeat(40)] {
        let error = cause(Archive::new().pax(&[(key, digits.as_bytes())]).file("a", "text"));
        assert!(error.contains("SHA-1"), "{digits}: {error}");
    }
}

#[test]
fn cut_off_and_trailing_data_are_refused() {
    let whole = Archive::new().file("a", "content").file("b", "x").bytes();
    for length in 0..=whole.len() - 1024 {
        let read = read_entries(&whole[..length], &EntryRules::PACKAGE, &mut MemorySpool);
        assert!(matches!(read, Err(ArchiveError::Tar(_))), "{length}: {read:?}");
    }
    let read = |bytes: &[u8]| read_entries(bytes, &EntryRules::PACKAGE, &mut MemorySpool);
    assert!(read(&[whole.clone(), vec![0; 10_240]].concat()).is_ok());
    let trailing = read(&[whole.clone(), Archive::new().file("c", "").bytes()].concat());
    assert!(trailing.unwrap_err().to_string().contains("data behind its end"));
    let ends = Archive::new().pax(&[("path", b"x")]);
    assert!(cause(ends).contains("ends after an extended header"));
}

#[test]
fn bounds_of_an_archive_are_applied() {
    let rules = EntryRules { bytes: 4096, entries: 3, ..EntryRules::PACKAGE };
    let read = |archive: Archive| read_entries(&*archive.bytes(), &rules, &mut MemorySpool);
    assert!(read(Archive::new().file("a", "").file("b", "").file("c", "")).is_ok());
    let many = Archive::new().file("a", "").file("b", "").file("c", "").file("d", "");
    assert!(matches!(read(many), Err(ArchiveError::Limit(_))));
    assert!(matches!(read(Archive::new().file("a", &"x".repeat(5000))), Err(ArchiveError::Limit(_))));
    let header = vec![b'x'; usize::try_from(ARCHIVE_HEADER).unwrap()];
    let archive = Archive::new().pax(&[("comment", &header)]).file("a", "").bytes();
    let read = read_entries(&*archive, &EntryRules::PACKAGE, &mut MemorySpool);
    assert!(matches!(read, Err(ArchiveError::Limit(_))), "{read:?}");
}

#[test]
fn failures_of_the_spool_are_reported_as_such() {
    /// Reads nothing, or fails.
    struct Broken(bool);
    impl Spool for Broken {
        fn store(&mut self, _: u64, _: &mut dyn Read) -> io::Result<Content> {
            if self.0 { Ok("".into()) } else { Err(io::ErrorKind::StorageFull.into()) }
        }
    }
    let archive = Archive::new().file("a", "text").bytes();
    for forgets in [true, false] {
        let read = read_entries(&*archive, &EntryRules::PACKAGE, &mut Broken(forgets));
        assert!(matches!(read, Err(ArchiveError::Store { .. })), "{read:?}");
    }
    let cut = read_entries(&archive[..514], &EntryRules::PACKAGE, &mut MemorySpool);
    assert_eq!(cut, Err(ArchiveError::Tar("it is cut off".to_owned())));
}

#[test]
fn damaged_archives_do_not_panic() {
    let archive = Archive::new()
        .directory("d")
        .pax(&[("mtime", b"1.5"), ("APK-TOOLS.checksum.SHA1", b"00")])
        .file("d/a", "text")
        .link(EntryType::Symlink, "l", "d")
        .bytes();
    for position in 0..archive.len() {
        let mut damaged = archive.clone();
        damaged[position] ^= 0x55;
        let _ = read_entries(&*damaged, &EntryRules::PACKAGE, &mut MemorySpool);
    }
}
