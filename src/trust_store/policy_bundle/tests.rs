//! Tests of bundles as archives and directories, of the manifest of OPA, and of lock files.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::content::ContentBuilder;
use super::error::ContentError;
use super::{BundleError, BundleLock, BundleSource, PolicyBundle, directory, tar};
use crate::limits::Exceeded;
use crate::oci::Digest;
use crate::trust_store::limits::{POLICY_BUNDLE_FILE, POLICY_BUNDLE_FILES, POLICY_BUNDLE_UNPACKED};

const REGO: &str = "package docker.scout\n";

/// A tar archive of entries with any name and type.
fn archive(entries: &[(&str, ::tar::EntryType, &str)]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = ::tar::Header::new_ustar();
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

fn files(files: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<_> =
        files.iter().map(|(name, content)| (*name, ::tar::EntryType::Regular, *content)).collect();
    archive(&entries)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(archive: &[u8]) -> Result<PolicyBundle, ContentError> {
    let mut content = ContentBuilder::default();
    tar::read(archive, &mut content)?;
    content.finish()
}

fn cause(archive: &[u8]) -> String {
    match read(archive) {
        Err(ContentError::Layout(cause)) => cause,
        other => panic!("{other:?}"),
    }
}

fn paths(bundle: &PolicyBundle) -> Vec<&str> {
    bundle.files().map(|file| file.path).collect()
}

#[test]
fn policies_settings_and_manifest_are_read() {
    let archive = files(&[
        ("rego/b.rego", REGO),
        // As `opa build` writes names.
        ("/a.rego", REGO),
        ("a_test.rego", "package a_test"),
        ("README.md", "text"),
        ("data.json", r#"{"config": {"days": 9.0}}"#),
        (".manifest", r#"{"revision": "7", "roots": ["docker/scout", "config"], "metadata": {"a": 1}}"#),
    ]);
    for archive in [gzip(&archive), archive] {
        let bundle = read(&archive).unwrap();
        assert_eq!(paths(&bundle), [".manifest", "a.rego", "data.json", "rego/b.rego"]);
        let policies: Vec<_> = bundle.policies().map(|file| file.path).collect();
        assert_eq!(policies, ["a.rego", "rego/b.rego"]);
        assert_eq!(bundle.left_out(), ["README.md", "a_test.rego"]);
        assert_eq!(bundle.revision(), Some("7"));
        assert_eq!(bundle.config().unwrap()["days"].to_string(), "9.0");
    }
}

#[test]
fn what_is_not_read_refuses_the_bundle() {
    for (entries, text) in [
        (&[] as &[(&str, &str)], "it has no policy"),
        (&[("a.json", "{}")], "it has no policy"),
        (&[("a_test.rego", REGO)], "it has no policy"),
        (&[("a.rego", REGO), ("policy.wasm", "")], "compiled policies"),
        (&[("a.rego", REGO), ("x/data.json", "{}")], "only from `data.json` at its top"),
        (&[("a.rego", REGO), ("data.yaml", "{}")], "only from JSON"),
        (&[("a.rego", REGO), ("data.json", "[]")], "`data.json`"),
        (&[("a.rego", REGO), ("data.json", r#"{"cves": []}"#)], "only `config`, and has `cves`"),
        (&[("a.rego", REGO), ("data.json", r#"{"config": []}"#)], "is not an object"),
        (&[("a.rego", REGO), ("data.json", r#"{"config": {}, "config": {}}"#)], "`data.json`"),
        (&[("a.rego", REGO), (".manifest", "{")], "`.manifest`"),
        (&[("a.rego", REGO), (".manifest", r#"{"roots": ["docker/scouts"]}"#)], "`docker/scout`"),
        (&[("a.rego", REGO), (".manifest", r#"{"roots": []}"#)], "`docker/scout`"),
        (&[("a.rego", REGO), (".manifest", r#"{"roots": ["docker/scout/x"]}"#)], "`docker/scout`"),
        (
            &[
                ("a.rego", REGO),
                (".manifest", r#"{"roots": ["docker"]}"#),
                ("data.json", r#"{"config": {}}"#),
            ],
            "`config`",
        ),
        (&[("a.rego", REGO), (".manifest", r#"{"rego_version": 0}"#)], "Rego version 0"),
        (&[("a.rego", REGO), (".manifest", r#"{"file_rego_versions": {"/a.rego": 0}}"#)], "Rego version 0"),
        (&[("a.rego", REGO), (".manifest", r#"{"wasm": [{}]}"#)], "compiled"),
        (&[("a.rego", REGO), ("A.rego", REGO)], "differ only in case"),
        (&[("a.rego", REGO), ("./a.rego", REGO)], "two files `a.rego`"),
        (&[("../a.rego", REGO)], "leads out of it"),
        (&[("/../a.rego", REGO)], "leads out of it"),
        (&[("a.rego", REGO), ("/a.rego", REGO)], "two files `a.rego`"),
        (&[("a\n.rego", REGO)], "character"),
        (&[("a.rego", REGO), (".wh.b.rego", "")], "deletes files"),
    ] {
        let found = cause(&files(entries));
        assert!(found.contains(text), "{entries:?}: {found}");
    }
    for roots in [r#"[""]"#, r#"["docker"]"#, r#"["/docker/scout/"]"#, "null"] {
        let manifest = format!(r#"{{"roots": {roots}}}"#);
        read(&files(&[("a.rego", REGO), (".manifest", &manifest)])).unwrap();
    }
}

/// Other readers find entries there.
#[test]
fn data_behind_the_end_of_an_archive_is_refused() {
    let (first, second) = (files(&[("a.rego", REGO)]), files(&[("b.rego", REGO)]));
    for archive in [
        [gzip(&first), gzip(&second)].concat(),
        gzip(&[first.clone(), second.clone()].concat()),
        [first.clone(), second].concat(),
        [first.clone(), b"x".to_vec()].concat(),
    ] {
        let found = cause(&archive);
        assert!(found.contains("data behind its end"), "{found}");
    }
    // Writers fill the last record with zeros, and compress in parts.
    let (head, tail) = first.split_at(100);
    let parts = [gzip(head), gzip(tail), gzip(&[0; 10_240])].concat();
    assert_eq!(paths(&read(&parts).unwrap()), ["a.rego"]);
}

#[test]
fn links_devices_and_other_names_are_refused() {
    use ::tar::EntryType;
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Fifo] {
        let found = cause(&archive(&[("a.rego", EntryType::Regular, REGO), ("b", kind, "")]));
        assert!(found.contains("entry"), "{kind:?}: {found}");
    }
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut header = ::tar::Header::new_ustar();
    header.as_old_mut().name[..7].copy_from_slice(b"\xff.rego\0");
    header.set_size(0);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, &b""[..]).unwrap();
    assert!(cause(&builder.into_inner().unwrap()).contains("no UTF-8 name"));
    let mut latin = files(&[("a.rego", "xyz")]);
    latin[512] = 0xe9;
    assert!(cause(&latin).contains("`a.rego` is not UTF-8"));
}

#[test]
fn limits_hold_before_anything_is_unpacked() {
    let claim = |size: u64| {
        let mut header = ::tar::Header::new_gnu();
        header.set_path("a.rego").unwrap();
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        gzip(header.as_bytes())
    };
    for size in [POLICY_BUNDLE_FILE + 1, POLICY_BUNDLE_UNPACKED + 1] {
        assert!(matches!(read(&claim(size)), Err(ContentError::Limit(Exceeded { .. }))), "{size}");
    }
    // Zeros compress well.
    let zeros = vec![0; usize::try_from(POLICY_BUNDLE_UNPACKED).unwrap() + 1];
    let bomb = gzip(&[files(&[("a.rego", REGO)]), zeros].concat());
    assert!(matches!(read(&bomb), Err(ContentError::Limit(_))));
    let many: Vec<String> = (0..=POLICY_BUNDLE_FILES).map(|at| format!("{at}.rego")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), REGO)).collect();
    assert!(matches!(read(&files(&many)), Err(ContentError::Limit(_))));
    let cut = gzip(&files(&[("a.rego", REGO)]));
    for length in 0..cut.len() {
        assert!(read(&cut[..length]).is_err(), "{length}");
    }
}

#[test]
fn what_is_written_is_read_and_depends_on_content_alone() {
    let long = format!("{}/{}.rego", "d".repeat(120), "n".repeat(90));
    let bundle = read(&files(&[("b.rego", REGO), ("a/c.rego", "package x"), ("data.json", "{}")])).unwrap();
    let other = read(&files(&[("data.json", "{}"), ("a/c.rego", "package x"), ("b.rego", REGO)])).unwrap();
    let written = bundle.to_tar_gz().unwrap();
    assert_eq!(written, other.to_tar_gz().unwrap());
    assert_eq!(read(&written).unwrap(), bundle);
    let mut content = ContentBuilder::default();
    content.announce(&long, 1).unwrap();
    content.add(&long, b"x".to_vec()).unwrap();
    let deep = content.finish().unwrap();
    assert_eq!(paths(&read(&deep.to_tar_gz().unwrap()).unwrap()), [long.as_str()]);
}

fn read_directory(path: &Path) -> Result<PolicyBundle, BundleError> {
    let mut content = ContentBuilder::default();
    directory::read(path, "d", &mut content)?;
    content.finish().map_err(|error| error.of("d"))
}

#[test]
fn directories_are_read_without_following_links() {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().join("bundle");
    std::fs::create_dir_all(root.join("rego/deep")).unwrap();
    std::fs::create_dir_all(root.join(".git")).unwrap();
    for name in ["a.rego", "rego/b.rego", "rego/deep/c.rego", ".git/x.rego", "README"] {
        std::fs::write(root.join(name), REGO).unwrap();
    }
    let bundle = read_directory(&root).unwrap();
    assert_eq!(paths(&bundle), ["a.rego", "rego/b.rego", "rego/deep/c.rego"]);
    assert_eq!(bundle.left_out(), ["README"]);
    assert!(matches!(read_directory(&root.join("none")), Err(BundleError::Read { .. })));
    #[cfg(unix)]
    {
        let outside = scratch.path().join("outside.rego");
        std::fs::write(&outside, REGO).unwrap();
        for (name, target) in
            [("l.rego", "a.rego"), ("l.rego", "../outside.rego"), ("l", "rego"), ("l", "none")]
        {
            let link = root.join(name);
            std::os::unix::fs::symlink(target, &link).unwrap();
            let error = read_directory(&root).unwrap_err();
            assert!(matches!(error, BundleError::Layout { .. }), "{name} {target}: {error}");
            std::fs::remove_file(link).unwrap();
        }
    }
}

#[test]
fn the_spelling_tells_paths_from_references() {
    for path in ["./a", "../a", "/a/b", ".", "..", "a.tar.gz", "a/b.tgz", "x.tar"] {
        assert!(!matches!(BundleSource::parse(path), Ok(BundleSource::Reference(_))), "{path}");
    }
    for reference in
        ["dhi/policies", "dhi/policies:0.0.2", "registry.example.com/a/b:1", "registry://a/b.tar"]
    {
        let source = BundleSource::parse(reference);
        assert!(matches!(source, Ok(BundleSource::Reference(_))), "{reference}: {source:?}");
    }
    // `src` is a directory of the project, where unit tests run.
    let error = BundleSource::parse("src").unwrap_err();
    assert!(matches!(&error, BundleError::Source { instead: Some(text), .. } if text == "./src"), "{error}");
    assert!(matches!(BundleSource::parse("docker-daemon:a:1"), Err(BundleError::Source { .. })));
}

#[test]
fn lock_files_pin_digests() {
    let digest = |text: &str| Digest::of(text.as_bytes());
    let mut lock = BundleLock::empty("l");
    let files = [("a.rego".to_owned(), digest("a"))];
    assert_eq!(lock.pin("b", Some(digest("m")), files.clone().into()), None);
    lock.pin("./a", None, files.clone().into());
    let read = BundleLock::parse(lock.to_json().as_bytes(), "l").unwrap();
    assert_eq!(read, lock);
    let entry = read.entry("b").unwrap();
    entry.check_digest(Some(digest("m"))).unwrap();
    entry.check_files(&files.clone().into()).unwrap();
    for (found, text) in [
        (vec![], "`a.rego` was removed"),
        (vec![("a.rego".to_owned(), digest("x"))], "`a.rego` was changed"),
        (vec![("a.rego".to_owned(), digest("a")), ("b.rego".to_owned(), digest("x"))], "`b.rego` was added"),
    ] {
        let error = entry.check_files(&found.into_iter().collect()).unwrap_err();
        assert!(matches!(&error, BundleError::Changed { what, .. } if what == text), "{error}");
    }
    for found in [None, Some(digest("n"))] {
        assert!(matches!(entry.check_digest(found), Err(BundleError::Changed { .. })));
    }
    assert!(read.entry("./a").unwrap().check_digest(Some(digest("m"))).is_err());
    for text in [
        "",
        "{}",
        r#"{"schemaVersion": 2, "bundles": []}"#,
        r#"{"schemaVersion": 1, "bundles": [{"bundle": "a", "files": {}, "extra": 1}]}"#,
        r#"{"schemaVersion": 1, "bundles": [{"bundle": "a", "digest": "sha256:0", "files": {}}]}"#,
        r#"{"schemaVersion": 1, "bundles": [{"bundle": "a", "files": {}}, {"bundle": "a", "files": {}}]}"#,
    ] {
        assert!(matches!(BundleLock::parse(text.as_bytes(), "l"), Err(BundleError::Lock { .. })), "{text}");
    }
}
