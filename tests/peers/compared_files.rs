//! The files that a comparison of images finds in random layers are those that Podman unpacks.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::env::{TestEnv, run};
use crate::support::layered_image::LayeredImage;
use crate::support::peers::{PeerEnv, both};

/// The number of images.
const IMAGES: u64 = 40;

/// A layer with random entries, each path once. Every file has set-user-ID, so that a comparison lists it.
fn layer(random: &mut fastrand::Rng, is_first: bool) -> Vec<u8> {
    const FOLDERS: [&str; 3] = ["a", "b", "c"];
    const FILES: [&str; 3] = ["x", "y", "z"];
    let mut builder = tar::Builder::new(Vec::new());
    let (mut seen, mut files) = (BTreeSet::new(), Vec::new());
    for _ in 0..random.usize(3..10) {
        let parts = random.usize(1..3);
        let folder: Vec<&str> = (0..parts).map(|_| FOLDERS[random.usize(..3)]).collect();
        let folder = folder.join("/");
        let file = format!("{folder}/{}", FILES[random.usize(..3)]);
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o4755);
        header.set_size(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        let name = match random.usize(..10) {
            0..4 => {
                header.set_entry_type(tar::EntryType::Regular);
                files.push(file.clone());
                file
            }
            4..6 => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_mode(0o755);
                folder
            }
            6 => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_link_name(["x", "/a", "../c"][random.usize(..3)]).unwrap();
                file
            }
            7 if !files.is_empty() => {
                header.set_entry_type(tar::EntryType::Link);
                header.set_link_name(&files[random.usize(..files.len())]).unwrap();
                file
            }
            8 if !is_first => {
                let hidden = if random.bool() { &file } else { &folder };
                match hidden.rsplit_once('/') {
                    Some((above, name)) => format!("{above}/.wh.{name}"),
                    None => format!(".wh.{hidden}"),
                }
            }
            9 if !is_first => format!("{folder}/.wh..wh..opq"),
            _ => continue,
        };
        if seen.insert(name.clone()) {
            builder.append_data(&mut header, &name, std::io::empty()).unwrap();
        } else {
            files.retain(|file| *file != name);
        }
    }
    builder.into_inner().unwrap()
}

/// The regular files below a directory, as paths of the image.
fn files_below(folder: &Path, above: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{above}/{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files_below(&entry.path(), &path, found);
        } else if kind.is_file() {
            assert_eq!(entry.metadata().unwrap().mode() & 0o7777, 0o4755, "{path}");
            found.insert(path);
        }
    }
}

#[test]
fn podman_unpacks_the_files_that_are_found() {
    let Some(peers) = PeerEnv::with(&["podman"]) else { return };
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        let _ = writeln!(std::io::stderr(), "skipped: only root can mount images of podman");
        return;
    }
    let storage = peers.path("podman");
    let podman = |folder: &Path, arguments: &[&str]| {
        let mut command: Command = peers.peer("podman");
        command.arg("--root").arg(storage.join("root")).arg("--runroot").arg(storage.join("run"));
        command.args(["--storage-driver", "vfs"]).args(arguments);
        command.current_dir(folder).output().unwrap()
    };
    let (mut compared, mut refused) = (0, 0);
    for seed in 0..IMAGES {
        let env = TestEnv::new();
        let mut random = fastrand::Rng::with_seed(seed);
        let layers: Vec<Vec<u8>> = (0..3).map(|number| layer(&mut random, number == 0)).collect();
        let image = LayeredImage::new(&env, "image", &Value::Null, &layers);
        let report = image.report(&env, "report.json", &[]);
        let compare =
            ["scan", &image.reference, "--compare", &image.reference, "--offline", "--format", "json"];
        let reports = ["--report", &report, "--report", &report, "--platform", "linux/amd64"];
        let document = run(&mut env.command(&[compare.as_slice(), &reports].concat())).json();
        let files = &document["to"]["files"];
        if files.is_null() {
            refused += 1;
            continue;
        }
        let listed = files["privileged"].as_array().unwrap().iter();
        let found: BTreeSet<String> = listed.map(|file| file["path"].as_str().unwrap().to_owned()).collect();
        // Podman names the image by the path, in which it accepts no capital letters.
        let pulled = podman(env.home(), &["pull", "--quiet", "oci:image:1"]);
        assert!(pulled.status.success(), "image {seed}: {}", both(&pulled));
        let id = String::from_utf8(pulled.stdout).unwrap();
        let mounted = podman(env.home(), &["image", "mount", id.trim()]);
        assert!(mounted.status.success(), "image {seed}: {}", both(&mounted));
        let mut unpacked = BTreeSet::new();
        let root = String::from_utf8(mounted.stdout).unwrap();
        files_below(Path::new(root.trim()), "", &mut unpacked);
        podman(env.home(), &["image", "unmount", "--force", id.trim()]);
        assert_eq!(found, unpacked, "image {seed}");
        compared += 1;
    }
    assert!(compared > 10 && refused > 0, "{compared} compared, {refused} refused");
}
