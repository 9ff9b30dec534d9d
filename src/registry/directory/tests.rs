//! What stands in the place of a directory or file that `dhi` makes, and what becomes of it.

#![cfg(unix)]

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A directory with a victim beside it, which holds one file.
struct Fixture {
    scratch: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("victim")).unwrap();
        fs::write(scratch.path().join("victim/file"), "precious").unwrap();
        fs::create_dir(scratch.path().join("root")).unwrap();
        Self { scratch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn directory(&self) -> UserDirectory {
        UserDirectory::new(self.path("root"), &["one", "two"])
    }

    #[track_caller]
    fn assert_victim_unchanged(&self) {
        let names: Vec<_> = fs::read_dir(self.path("victim")).unwrap().collect();
        assert_eq!(names.len(), 1);
        assert_eq!(fs::read(self.path("victim/file")).unwrap(), b"precious");
    }
}

fn pipe(path: &Path) {
    let directory = fs::File::open(path.parent().unwrap()).unwrap();
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR);
    rustix::fs::mknodat(&directory, path.file_name().unwrap(), kind, mode, 0).unwrap();
}

fn assert_error<T: std::fmt::Debug>(result: io::Result<T>, words: &str) {
    let error = result.unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn what_is_missing_is_made_for_the_user_alone() {
    let scene = Fixture::new();
    assert!(scene.directory().open().unwrap().is_none());
    let directory = scene.directory().ensure().unwrap();
    directory.replace("file", b"bytes", 0o600, true).unwrap();
    let mode = |name: &str| fs::metadata(scene.path(name)).unwrap().mode() & 0o777;
    assert_eq!([mode("root/one"), mode("root/one/two"), mode("root/one/two/file")], [0o700, 0o700, 0o600]);
    let mut text = String::new();
    let opened = scene.directory().open().unwrap().unwrap();
    opened.file("file").unwrap().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), opened.entries().unwrap().len()), ("bytes", 1));
    // The user's own part may be a link.
    symlink(scene.path("root"), scene.path("linked")).unwrap();
    assert!(UserDirectory::new(scene.path("linked"), &["one", "two"]).open().unwrap().is_some());
}

#[test]
fn a_link_in_the_place_of_a_directory_is_not_followed() {
    for name in ["root/one", "root/one/two"] {
        let scene = Fixture::new();
        fs::create_dir_all(scene.path(name).parent().unwrap()).unwrap();
        symlink(scene.path("victim"), scene.path(name)).unwrap();
        assert_error(scene.directory().open(), "is a symbolic link");
        assert_error(scene.directory().ensure(), "is a symbolic link");
        assert_error(UserDirectory::at(scene.path(name)).ensure(), "is a symbolic link");
        // One that leads nowhere makes nothing there either.
        fs::remove_file(scene.path(name)).unwrap();
        symlink(scene.path("nothing"), scene.path(name)).unwrap();
        assert_error(scene.directory().ensure(), "is a symbolic link");
        assert!(!scene.path("nothing").exists());
        fs::remove_file(scene.path(name)).unwrap();
        fs::write(scene.path(name), "").unwrap();
        assert_error(scene.directory().ensure(), "is not a directory");
        scene.assert_victim_unchanged();
    }
}

#[test]
fn the_directory_that_was_opened_stays_the_one_that_is_used() {
    let scene = Fixture::new();
    let directory = scene.directory().ensure().unwrap();
    directory.replace("old", b"", 0o600, false).unwrap();
    fs::rename(scene.path("root/one/two"), scene.path("moved")).unwrap();
    symlink(scene.path("victim"), scene.path("root/one/two")).unwrap();
    directory.replace("file", b"new", 0o600, false).unwrap();
    directory.remove("old").unwrap();
    assert_eq!(fs::read(scene.path("moved/file")).unwrap(), b"new");
    scene.assert_victim_unchanged();
}

#[test]
fn files_are_neither_read_nor_written_through_links() {
    let scene = Fixture::new();
    let directory = scene.directory().ensure().unwrap();
    let there = scene.path("root/one/two");
    symlink(scene.path("victim/file"), there.join("link")).unwrap();
    symlink(scene.path("nothing"), there.join("dangling")).unwrap();
    fs::hard_link(scene.path("victim/file"), there.join("hard")).unwrap();
    pipe(&there.join("pipe"));
    fs::create_dir(there.join("folder")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(there.join("socket")).unwrap();
    assert_error(directory.file("link"), "is a symbolic link");
    assert_error(directory.lock_file("link"), "is a symbolic link");
    assert_error(directory.lock_file("dangling"), "is a symbolic link");
    for name in ["pipe", "folder", "socket"] {
        // Opening a pipe would wait for a writer.
        assert_error(directory.file(name), "is not a regular file");
        assert_error(directory.lock_file(name), "is not a regular file");
    }
    let names: Vec<String> = directory.entries().unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["hard"]);
    for name in ["link", "dangling", "hard", "pipe", "socket"] {
        directory.replace(name, b"mine", 0o600, false).unwrap();
        assert_eq!(fs::read(there.join(name)).unwrap(), b"mine");
        directory.remove(name).unwrap();
    }
    assert!(directory.replace("folder", b"mine", 0o600, false).is_err());
    assert!(directory.remove("folder").is_err());
    let left: Vec<_> = fs::read_dir(&there).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["folder"], "nothing unfinished stays");
    assert!(!scene.path("nothing").exists());
    scene.assert_victim_unchanged();
}

#[test]
fn a_directory_of_another_user_is_not_used() {
    let scene = Fixture::new();
    scene.directory().ensure().unwrap();
    if chown(scene.path("root/one"), Some(12345), None).is_err() {
        // Not by `eprintln!`, which the test runner keeps to itself when the test passes.
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let _ = writeln!(io::stderr(), "skipped: only root can give a directory away, so not run: {test}");
        return;
    }
    assert_error(scene.directory().open(), "belongs to user 12345");
    assert_error(scene.directory().ensure(), "belongs to user 12345");
    chown(scene.path("root/one"), Some(0), None).unwrap();
    chown(scene.path("root/one/two"), Some(12345), None).unwrap();
    assert_error(scene.directory().open(), "belongs to user 12345");
    // Who owns the user's own part is the user's business.
    chown(scene.path("root/one/two"), Some(0), None).unwrap();
    chown(scene.path("root"), Some(12345), None).unwrap();
    scene.directory().ensure().unwrap();
}

#[test]
fn what_others_may_write_to_is_known_and_can_be_closed() {
    let scene = Fixture::new();
    let directory = scene.directory().ensure().unwrap();
    let path = scene.path("root/one/two");
    for (mode, shared) in [(0o700, false), (0o755, false), (0o770, true), (0o707, true), (0o720, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(directory.is_shared().unwrap(), shared, "{mode:o}");
    }
    directory.make_private().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn names_lead_nowhere_else() {
    let scene = Fixture::new();
    let directory = scene.directory().ensure().unwrap();
    for name in ["", ".", "..", "a/b", "/a", "../x", "a/", "./a"] {
        assert!(directory.file(name).is_err() && directory.remove(name).is_err(), "{name}");
        assert!(directory.replace(name, b"", 0o600, false).is_err(), "{name}");
        assert!(directory.ensure_child(name, 0o700).is_err(), "{name}");
    }
    for (name, unfinished) in
        [(".tmp-aB3456", true), (".tmp-1", false), (".tmp-1234567", false), ("x", false)]
    {
        assert_eq!(is_temp_name(name), unfinished, "{name}");
    }
}
