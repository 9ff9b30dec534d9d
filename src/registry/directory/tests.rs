//! Attacks on directories and files that `dhi` creates: links, other owners, other kinds of files.

#![cfg(unix)]

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A directory, and a victim directory with one file that must never change.
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
fn missing_directories_are_created_private() {
    let fixture = Fixture::new();
    assert!(fixture.directory().open().unwrap().is_none());
    let directory = fixture.directory().ensure().unwrap();
    directory.replace("file", b"bytes", 0o600, true).unwrap();
    let mode = |name: &str| fs::metadata(fixture.path(name)).unwrap().mode() & 0o777;
    assert_eq!([mode("root/one"), mode("root/one/two"), mode("root/one/two/file")], [0o700, 0o700, 0o600]);
    let mut text = String::new();
    let opened = fixture.directory().open().unwrap().unwrap();
    opened.file("file").unwrap().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), opened.entries().unwrap().len()), ("bytes", 1));
    // The path that the user chose may be a link.
    symlink(fixture.path("root"), fixture.path("linked")).unwrap();
    assert!(UserDirectory::new(fixture.path("linked"), &["one", "two"]).open().unwrap().is_some());
}

#[test]
fn a_link_in_place_of_a_directory_is_not_followed() {
    for name in ["root/one", "root/one/two"] {
        let fixture = Fixture::new();
        fs::create_dir_all(fixture.path(name).parent().unwrap()).unwrap();
        symlink(fixture.path("victim"), fixture.path(name)).unwrap();
        assert_error(fixture.directory().open(), "is a symbolic link");
        assert_error(fixture.directory().ensure(), "is a symbolic link");
        assert_error(UserDirectory::at(fixture.path(name)).ensure(), "is a symbolic link");
        // Nothing is created through a dangling link.
        fs::remove_file(fixture.path(name)).unwrap();
        symlink(fixture.path("nothing"), fixture.path(name)).unwrap();
        assert_error(fixture.directory().ensure(), "is a symbolic link");
        assert!(!fixture.path("nothing").exists());
        fs::remove_file(fixture.path(name)).unwrap();
        fs::write(fixture.path(name), "").unwrap();
        assert_error(fixture.directory().ensure(), "is not a directory");
        fixture.assert_victim_unchanged();
    }
}

#[test]
fn an_open_directory_stays_in_use_after_its_path_changes() {
    let fixture = Fixture::new();
    let directory = fixture.directory().ensure().unwrap();
    directory.replace("old", b"", 0o600, false).unwrap();
    fs::rename(fixture.path("root/one/two"), fixture.path("moved")).unwrap();
    symlink(fixture.path("victim"), fixture.path("root/one/two")).unwrap();
    directory.replace("file", b"new", 0o600, false).unwrap();
    directory.remove("old").unwrap();
    assert_eq!(fs::read(fixture.path("moved/file")).unwrap(), b"new");
    fixture.assert_victim_unchanged();
}

#[test]
fn files_are_neither_read_nor_written_through_links() {
    let fixture = Fixture::new();
    let directory = fixture.directory().ensure().unwrap();
    let parent = fixture.path("root/one/two");
    symlink(fixture.path("victim/file"), parent.join("link")).unwrap();
    symlink(fixture.path("nothing"), parent.join("dangling")).unwrap();
    fs::hard_link(fixture.path("victim/file"), parent.join("hard")).unwrap();
    pipe(&parent.join("pipe"));
    fs::create_dir(parent.join("folder")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(parent.join("socket")).unwrap();
    assert_error(directory.file("link"), "is a symbolic link");
    assert_error(directory.lock_file("link"), "is a symbolic link");
    assert_error(directory.lock_file("dangling"), "is a symbolic link");
    for name in ["pipe", "folder", "socket"] {
        // Opening a named pipe would block until it has a writer.
        assert_error(directory.file(name), "is not a regular file");
        assert_error(directory.lock_file(name), "is not a regular file");
    }
    let names: Vec<String> = directory.entries().unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["hard"]);
    for name in ["link", "dangling", "hard", "pipe", "socket"] {
        directory.replace(name, b"mine", 0o600, false).unwrap();
        assert_eq!(fs::read(parent.join(name)).unwrap(), b"mine");
        directory.remove(name).unwrap();
    }
    assert!(directory.replace("folder", b"mine", 0o600, false).is_err());
    assert!(directory.remove("folder").is_err());
    let left: Vec<_> = fs::read_dir(&parent).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["folder"], "temporary files are left");
    assert!(!fixture.path("nothing").exists());
    fixture.assert_victim_unchanged();
}

#[test]
fn a_directory_of_another_user_is_not_used() {
    let fixture = Fixture::new();
    fixture.directory().ensure().unwrap();
    if chown(fixture.path("root/one"), Some(12345), None).is_err() {
        // The test runner hides the output of `eprintln!` of passing tests.
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let _ = writeln!(
            io::stderr(),
            "skipped: only root can change the owner of a directory, so not run: {test}"
        );
        return;
    }
    assert_error(fixture.directory().open(), "belongs to user 12345");
    assert_error(fixture.directory().ensure(), "belongs to user 12345");
    chown(fixture.path("root/one"), Some(0), None).unwrap();
    chown(fixture.path("root/one/two"), Some(12345), None).unwrap();
    assert_error(fixture.directory().open(), "belongs to user 12345");
    // The path that the user chose may have any owner.
    chown(fixture.path("root/one/two"), Some(0), None).unwrap();
    chown(fixture.path("root"), Some(12345), None).unwrap();
    fixture.directory().ensure().unwrap();
}

#[test]
fn shared_directories_are_detected_and_made_private() {
    let fixture = Fixture::new();
    let directory = fixture.directory().ensure().unwrap();
    let path = fixture.path("root/one/two");
    for (mode, shared) in [(0o700, false), (0o755, false), (0o770, true), (0o707, true), (0o720, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(directory.is_shared().unwrap(), shared, "{mode:o}");
    }
    directory.make_private().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn names_that_lead_out_of_the_directory_are_refused() {
    let fixture = Fixture::new();
    let directory = fixture.directory().ensure().unwrap();
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
