#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write;

use super::super::spool::MemorySpool;
use super::*;
use crate::builder::definition;

const EPOCH: i64 = 1_700_000_000;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn source(more: &str) -> FileSource {
    let text = format!("contents:\n  files:\n    - {{url: https://x.example/f, {more}}}\n");
    let read = definition::read(&text, "test.yaml").unwrap();
    read.definition.contents.unwrap().files.into_iter().next().unwrap()
}

fn added(url: &str, more: &str, bytes: &[u8]) -> Result<Tree, FetchedFault> {
    let mut tree = Tree::new(EPOCH);
    add_to(&mut tree, url, more, Fetched::File(bytes.to_vec().into())).map(|_| tree)
}

fn add_to(tree: &mut Tree, url: &str, more: &str, fetched: Fetched) -> Result<Transferred, FetchedFault> {
    add_fetched(tree, &source(more), url, fetched, &mut MemorySpool, EPOCH).map_err(|error| error.cause)
}

fn lines(tree: &Tree) -> Vec<String> {
    let line = |(path, node): (&TreePath, &Node)| {
        let kind = match &node.kind {
            NodeKind::Directory => "/".to_owned(),
            NodeKind::File { content, .. } => {
                format!(" = {}", String::from_utf8_lossy(&content.read_all().unwrap()))
            }
            NodeKind::Symlink { target } => format!(" -> {target}"),
            NodeKind::Special(_) => "special".to_owned(),
        };
        let Metadata { mode, uid, gid, mtime, .. } = node.metadata;
        format!("{path}{kind} {mode:o} {uid}:{gid}{}", if mtime == EPOCH { "" } else { " own" })
    };
    tree.iter().skip(1).map(line).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A tar archive of members: name, type, text or target, mode.
fn tar(members: &[(&str, tar::EntryType, &str, u32)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, text, mode) in members {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_mtime(1_000);
        header.set_uid(1001);
        header.set_gid(1002);
        let content = if *kind == tar::EntryType::Regular { text.as_bytes() } else { b"" };
        if content.is_empty() {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn runtime() -> Vec<u8> {
    use tar::EntryType;
    tar(&[
        ("./", EntryType::Directory, "", 0o700),
        ("./bin/", EntryType::Directory, "", 0o755),
        ("./bin/run", EntryType::Regular, "#!", 0o755),
        ("./bin/again", EntryType::Link, "./bin/run", 0o644),
        ("./LICENSE", EntryType::Regular, "text", 0o644),
        ("./l", EntryType::Symlink, "bin/run", 0o777),
    ])
}

#[test]
fn what_becomes_of_a_file_is_decided_by_url_and_path() {
    use Placement::{Gunzip, Store, Unpack, Unsupported};
    for (url, target, placement) in [
        ("https://x/aspnetcore-8.0.30-linux-x64.tar.gz", "/opt/dotnet", Unpack(Compression::Gzip)),
        ("https://x/a.tgz", "/opt/a/", Unpack(Compression::Gzip)),
        ("https://x/a.tar.xz?sig=b.zip#c", "/opt/a", Unpack(Compression::Xz)),
        ("https://x/a.tar.zst", "/opt/a", Unpack(Compression::Zstd)),
        ("https://x/a.tar", "/opt/.cache", Unpack(Compression::None)),
        ("https://x/A.TAR.GZ", "/opt/python-3.14", Unpack(Compression::Gzip)),
        ("https://x/a.tar.bz2", "/opt/a", Unsupported("bzip2")),
        ("https://x/a.tar.bz2", "/opt/a.tar.bz2", Store),
        ("https://x/a.tar.gz", "/opt/a.tar.gz", Store),
        ("https://x/a.tar.gz", "/opt/a.tgz", Store),
        ("https://x/a.tar.gz", "/var/cache/distfiles/a-1.noextract", Store),
        ("https://x/a.tar.gz", "/var/cache/distfiles/a.noauto", Store),
        ("https://x/argo-linux-amd64.gz", "/usr/local/bin/argo", Gunzip),
        ("https://x/a.sql.gz", "/opt/", Gunzip),
        ("https://x/a.gz", "/opt/a.gz", Store),
        ("https://x/a.zip", "/opt/a", Store),
        ("https://x/a.xz", "/opt/a", Store),
        ("https://x/script.sh", "/usr/bin/script", Store),
        ("https://x/?file=a.tar.gz", "/opt/a", Store),
    ] {
        assert_eq!(Placement::of(url, target), placement, "{url} {target}");
    }
}

#[test]
fn a_file_is_stored_as_it_is() {
    let made = |more: &str| lines(&added("https://x/dir/f.sh?v=1", more, b"x").unwrap());
    assert_eq!(made("path: /a/b"), ["/a/ 755 0:0", "/a/b = x 644 0:0"]);
    assert_eq!(added("https://x/dir/", "path: /a/", b"x"), Err(FetchedFault::NoName));
    assert_eq!(made("path: /b, uid: 5, gid: 6, mode: '755'"), ["/b = x 755 5:6"]);
    assert_eq!(made("path: /a/, mode: '0600'"), ["/a/ 755 0:0", "/a/f.sh = x 600 0:0"]);
}

#[test]
fn a_compressed_file_is_decompressed() {
    let made = |more: &str| lines(&added("https://x/argo.gz", more, &gzip(b"program")).unwrap());
    assert_eq!(made("path: /bin/argo, mode: '0755'"), ["/bin/ 755 0:0", "/bin/argo = program 755 0:0"]);
    assert_eq!(made("path: /bin/"), ["/bin/ 755 0:0", "/bin/argo = program 644 0:0"]);
    for damaged in [&b"program"[..], &gzip(b"program")[..12], &[gzip(b"program"), b"x".to_vec()].concat()] {
        assert!(matches!(added("https://x/a.gz", "path: /a", damaged), Err(FetchedFault::Unpack(_))));
    }
}

#[test]
fn an_archive_is_unpacked_without_dropping_parts() {
    let expected = [
        "/opt/ 755 0:0",
        "/opt/net/ 700 0:0 own",
        "/opt/net/LICENSE = text 644 0:0 own",
        "/opt/net/bin/ 755 0:0 own",
        "/opt/net/bin/again = #! 755 0:0 own",
        "/opt/net/bin/run = #! 755 0:0 own",
        "/opt/net/l -> bin/run 777 0:0 own",
    ];
    let xz = {
        let mut writer = liblzma::write::XzEncoder::new(Vec::new(), 1);
        writer.write_all(&runtime()).unwrap();
        writer.finish().unwrap()
    };
    let zstd = zstd::encode_all(runtime().as_slice(), 1).unwrap();
    for (ending, bytes) in
        [("tar", runtime()), ("tar.gz", gzip(&runtime())), ("tar.xz", xz), ("tar.zst", zstd)]
    {
        let tree = added(&format!("https://x/a.{ending}"), "path: /opt/net", &bytes).unwrap();
        assert_eq!(lines(&tree), expected, "{ending}");
        let group = |name: &str| tree.get(&path(name)).unwrap().link_group();
        assert!(group("opt/net/bin/run").is_some() && group("opt/net/bin/run") == group("opt/net/bin/again"));
        let origin = tree.get(&path("opt/net/l")).unwrap().origin.as_ref().clone();
        assert_eq!(origin, Origin::Fetched(format!("https://x/a.{ending}")));
    }
}

#[test]
fn parts_of_an_archive_are_selected() {
    let made =
        |more: &str| lines(&added("https://x/a.tar", &format!("path: /o, {more}"), &runtime()).unwrap());
    assert_eq!(
        made("includes: [LICENSE], uid: 7, gid: 8"),
        ["/o/ 700 7:8 own", "/o/LICENSE = text 644 7:8 own"]
    );
    let expected = ["/o/ 700 0:0 own", "/o/LICENSE = text 600 0:0 own", "/o/l -> bin/run 777 0:0 own"];
    assert_eq!(made("excludes: ['**/bin'], mode: '0600'"), expected);
}

#[test]
fn hostile_archives_are_refused() {
    use tar::EntryType::{Block, Fifo, Link, Regular, Symlink};
    let fault = |members: &[(&str, tar::EntryType, &str, u32)]| {
        added("https://x/a.tar", "path: /o", &tar(members)).unwrap_err()
    };
    for members in [
        &[("../a", Regular, "x", 0o644)][..],
        &[("/etc/passwd", Regular, "x", 0o644)],
        &[("a/../../b", Regular, "x", 0o644)],
        &[("opt/.wh.keep", Regular, "x", 0o644)],
        &[("dev", Block, "", 0o644)],
        &[("pipe", Fifo, "", 0o644)],
        &[("a", Regular, "x", 0o644), ("a", Regular, "y", 0o644)],
    ] {
        assert!(matches!(fault(members), FetchedFault::Archive(ArchiveFault::Archive(_))), "{members:?}");
    }
    let below_link = fault(&[("l", Symlink, "/etc", 0o777), ("l/passwd", Regular, "x", 0o644)]);
    assert!(matches!(below_link, FetchedFault::Archive(ArchiveFault::NotInDirectory(_))));
    for members in [
        &[("l", Symlink, "/etc/shadow", 0o777), ("h", Link, "l", 0o644)][..],
        &[("h", Link, "none", 0o644)],
        &[("h", Link, "f", 0o644), ("f", Regular, "x", 0o644)],
    ] {
        assert!(
            matches!(fault(members), FetchedFault::Archive(ArchiveFault::HardLink { .. })),
            "{members:?}"
        );
    }
    for cut in [&b""[..], b"not an archive", &runtime()[..700]] {
        assert!(added("https://x/a.tar", "path: /o", cut).is_err());
    }
    assert_eq!(
        added("https://x/a.tar.bz2", "path: /o", b"BZh").unwrap_err(),
        FetchedFault::Compression("bzip2")
    );
}

#[test]
fn a_whiteout_from_an_archive_is_named() {
    let members = [("opt/.wh.keep", tar::EntryType::Regular, "x", 0o644)];
    let mut tree = Tree::new(EPOCH);
    let url = "https://x.example/keeps.tar";
    let fetched = Fetched::File(tar(&members).into());
    let error =
        add_fetched(&mut tree, &source("path: /o"), url, fetched, &mut MemorySpool, EPOCH).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("opt/.wh.keep") && text.contains(url), "{text}");
    for path in ["/opt/.wh.keep", "/opt/.wh.d/x", "/.wh..wh..opq"] {
        let error = added("https://x/f", &format!("path: {path}"), b"x").unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
    }
    assert!(matches!(added("https://x/.wh.a", "path: /opt/", b"x"), Err(FetchedFault::Path(_))));
}

#[test]
fn a_checkout_is_put_at_its_path() {
    let entry = |path: &str, kind| CheckoutEntry { path: path.to_owned(), kind };
    let file = |text: &str, is_executable| CheckoutKind::File { content: text.into(), is_executable };
    let entries = vec![
        entry("src/run", file("#!", true)),
        entry("README", file("r", false)),
        entry("l", CheckoutKind::Symlink("src".to_owned())),
        entry("sub", CheckoutKind::Directory),
        entry(".git/HEAD", file("ref", false)),
    ];
    let mut tree = Tree::new(EPOCH);
    add_to(
        &mut tree,
        "git+https://x/r#v1",
        "path: /s, uid: 3, gid: 4, excludes: [.git]",
        Fetched::Checkout(entries),
    )
    .unwrap();
    let expected = [
        "/s/ 755 3:4",
        "/s/README = r 644 3:4",
        "/s/l -> src 777 3:4",
        "/s/src/ 755 3:4",
        "/s/src/run = #! 755 3:4",
        "/s/sub/ 755 3:4",
    ];
    assert_eq!(lines(&tree), expected);
    for (entries, expected) in [
        (vec![entry("../a", file("", false))], "leads upwards"),
        (vec![entry("a/.wh.b", file("", false))], ".wh.b"),
        (vec![entry("a", file("", false)), entry("./a", file("", false))], "twice"),
        (
            vec![entry("a", CheckoutKind::Symlink("/etc".to_owned())), entry("a/b", file("", false))],
            "not a directory",
        ),
    ] {
        let error =
            add_to(&mut Tree::new(EPOCH), "git+https://x/r#v1", "path: /s", Fetched::Checkout(entries));
        let text = error.unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn what_stands_at_the_path_is_kept_or_reported() {
    let mut tree = Tree::new(EPOCH);
    let mut add = |more: &str, text: &str| add_to(&mut tree, "https://x/f", more, Fetched::File(text.into()));
    assert_eq!(add("path: /d/f", "1").unwrap(), Transferred::default());
    let done = add("path: /d/f", "2").unwrap();
    assert_eq!((done.replaced.len(), done.replaced[0].path.as_str()), (1, "d/f"));
    assert_eq!(add("path: /d", "3").unwrap_err(), FetchedFault::IsDirectory(path("d")));
    assert!(add("path: /d/f/x", "4").is_err());
    assert!(matches!(add("path: ''", "5").unwrap_err(), FetchedFault::NoPath));
    assert!(matches!(add("path: /../a", "6").unwrap_err(), FetchedFault::Path(_)));
    assert_eq!(add("path: /m, mode: '${M}'", "7").unwrap_err(), FetchedFault::Mode("${M}".to_owned()));
    add("path: /", "8").unwrap();
    assert!(tree.get(&path("f")).is_some());
}
