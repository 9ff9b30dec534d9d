//! Links, pipes and directories of other users in place of the cache, the locks and the trust store of `dhi`. Nothing
//! outside is read, written or deleted, and the verdict is the same.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::tampered_image::{GOOD, TamperedImage};
use crate::support::env::{Run, TestEnv, run};
use crate::support::registry::InMemoryRegistry;

const FOREIGN: u32 = 12345;
const PIN: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// Everything below the user's own `$XDG_CACHE_HOME`.
const CACHE: [&str; 6] = [
    "cache/dhi",
    "cache/dhi/v1",
    "cache/dhi/v1/blobs",
    "cache/dhi/v1/blobs/sha256",
    "cache/dhi/v1/blobs/sha512",
    "cache/dhi/v1/hints",
];

/// A user with a filled cache, and a directory that must not change, whose files are old and have names that the cache
/// gives to its own.
struct LinksFixture {
    env: TestEnv,
    registry: InMemoryRegistry,
}

impl LinksFixture {
    fn new() -> Self {
        let setup = Self { env: TestEnv::new(), registry: InMemoryRegistry::start() };
        TamperedImage::of(GOOD).serve(&setup.registry, "x", "1");
        for name in ["v1/blobs/sha256", "v1/blobs/sha512", "v1/hints", "blobs/sha256", "sha256", "locks"] {
            fs::create_dir_all(setup.path("victim").join(name)).unwrap();
        }
        let (hex, long) = ("a".repeat(64), "b".repeat(128));
        for name in [&hex, &long, "pruned", "keyring.json", "lock", "letter.txt", ".tmp-a1B2c3"] {
            for folder in
                ["", "v1", "v1/blobs/sha256", "v1/blobs/sha512", "v1/hints", "blobs/sha256", "sha256"]
            {
                let file = setup.path("victim").join(folder).join(name);
                fs::write(&file, "years of work").unwrap();
                let old = SystemTime::now() - Duration::from_secs(400 * 24 * 60 * 60);
                fs::File::options().write(true).open(file).unwrap().set_modified(old).unwrap();
            }
        }
        setup
    }

    fn path(&self, name: &str) -> PathBuf {
        self.env.path(name)
    }

    fn verify(&self, more: &[&str]) -> Run {
        let host = self.registry.host();
        self.env.verify(&[&["--plain-http", &host], more, &[&format!("{host}/x:1")]].concat())
    }

    fn offline(&self) -> Run {
        self.env.verify(&["--offline", &format!("{}/x:1", self.registry.host())])
    }

    /// Puts a link to the victim in the place of what is there.
    fn link(&self, name: &str) {
        let path = self.path(name);
        if path.symlink_metadata().is_ok() {
            fs::rename(&path, self.path("moved")).unwrap();
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(self.path("victim"), path).unwrap();
    }

    fn victim(&self) -> BTreeMap<PathBuf, (Vec<u8>, u32, SystemTime)> {
        let mut all = BTreeMap::new();
        let mut open = vec![self.path("victim")];
        while let Some(path) = open.pop() {
            let seen = fs::metadata(&path).unwrap();
            let bytes = if seen.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            if seen.is_dir() {
                open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            all.insert(path, (bytes, seen.mode(), seen.modified().unwrap()));
        }
        all
    }

    /// Every command works without the cache, prints one note, and changes no other file.
    #[track_caller]
    fn does_without_cache(&self, reason: &str) {
        let before = self.victim();
        let good = self.verify(&[]);
        good.assert(0, reason);
        assert_eq!(good.stderr.matches("nothing is cached").count(), 1, "{}", good.stderr);
        self.verify(&["--signed-name", "dhi/nginx"]).assert(4, reason);
        self.offline().assert(6, reason);
        for command in [&["prune"][..], &["prune", "--older-than", "0s"], &["prune", "--keep", "0"], &["df"]]
        {
            self.env.dhi(&[&["cache"], command].concat()).assert(6, reason);
        }
        assert_eq!(self.victim(), before);
    }
}

fn is_root(path: &Path) -> bool {
    let is = fs::metadata(path).unwrap().uid() == 0;
    if !is {
        // Not by `eprintln!`, which the test runner keeps to itself when the test passes.
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let _ =
            writeln!(std::io::stderr(), "skipped: only root can give a directory away, so not run: {test}");
    }
    is
}

fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_link_in_place_of_a_cache_directory_is_not_followed() {
    for name in CACHE {
        let setup = LinksFixture::new();
        setup.verify(&[]).assert(0, "pass");
        setup.link(name);
        setup.does_without_cache("is a symbolic link");
        assert!(setup.path(name).symlink_metadata().unwrap().is_symlink(), "it is the user's to remove");
        // A link to what the cache made itself is no better: what it leads to can change at any time.
        fs::remove_file(setup.path(name)).unwrap();
        symlink(setup.path("moved"), setup.path(name)).unwrap();
        setup.does_without_cache("is a symbolic link");
        fs::remove_file(setup.path(name)).unwrap();
        fs::write(setup.path(name), "").unwrap();
        setup.does_without_cache("is not a directory");
    }
}

#[test]
fn a_cache_directory_of_another_user_is_not_used() {
    let setup = LinksFixture::new();
    if !is_root(&setup.path("victim")) {
        return;
    }
    for name in CACHE {
        let setup = LinksFixture::new();
        setup.verify(&[]).assert(0, "pass");
        chown(setup.path(name), Some(FOREIGN), None).unwrap();
        setup.does_without_cache("belongs to user 12345");
    }
}

#[test]
fn links_and_pipes_in_place_of_cache_files_are_not_opened() {
    let setup = LinksFixture::new();
    let spoilt: [fn(&Path, &Path); 5] = [
        |victim, path| symlink(victim, path).unwrap(),
        |victim, path| fs::hard_link(victim, path).unwrap(),
        |_, path| pipe(path),
        |_, path| drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
        |_, path| fs::create_dir(path).unwrap(),
    ];
    let before = setup.victim();
    for spoil in spoilt {
        let _ = fs::remove_dir_all(setup.path("cache"));
        setup.verify(&[]).assert(0, "pass");
        let mut spoiled = 0;
        for folder in ["v1", "v1/blobs/sha256", "v1/hints"] {
            for entry in fs::read_dir(setup.path("cache/dhi").join(folder)).unwrap() {
                let path = entry.unwrap().path();
                // The path of a socket is short.
                let place = setup.path("s");
                if path.is_file() {
                    fs::remove_file(&path).unwrap();
                    spoil(&setup.path("victim/letter.txt"), &place);
                    fs::rename(&place, &path).unwrap();
                    spoiled += 1;
                }
            }
        }
        assert!(spoiled > 15, "{spoiled}");
        assert_ne!(setup.offline().code, 0);
        setup.verify(&[]).assert(0, "pass");
        setup.verify(&["--signed-name", "dhi/nginx"]).assert(4, "trust/signed-name");
        setup.env.dhi(&["cache", "df"]).assert(0, "objects");
        setup.env.dhi(&["cache", "prune"]).assert(0, "removed");
        let after = setup.victim();
        assert!(after == before, "the victim has changed");
    }
}

#[test]
fn lock_files_are_not_reached_through_links() {
    for place in ["cache/dhi", "cache/dhi/locks"] {
        let setup = LinksFixture::new();
        let layout = TamperedImage::of(GOOD).write();
        setup.env.generate_key("team");
        let key = setup.env.file("team.key");
        let dhi = |arguments: &[&str]| setup.env.dhi(arguments);
        let reference = format!("oci:{}:1", layout.path().display());
        let index = fs::read(layout.path().join("index.json")).unwrap();
        setup.link(place);
        let before = setup.victim();
        let sign = || dhi(&["sign", "--key", &key, "--sign-container-identity", "example.org/x", &reference]);
        sign().assert(6, "is a symbolic link");
        assert_eq!(fs::read(layout.path().join("index.json")).unwrap(), index);
        assert!(setup.victim() == before);
        fs::remove_file(setup.path(place)).unwrap();
        sign().assert(0, "stored");
        // A link in the place of a lock is not followed either, and a pipe is not waited for.
        let locks = setup.path("cache/dhi/locks");
        let lock = fs::read_dir(&locks).unwrap().next().unwrap().unwrap().path();
        fs::remove_file(&lock).unwrap();
        symlink(setup.path("victim/new"), &lock).unwrap();
        sign().assert(6, "is a symbolic link");
        fs::remove_file(&lock).unwrap();
        pipe(&lock);
        sign().assert(6, "is not a regular file");
        assert!(setup.victim() == before);
    }
}

#[test]
fn a_layout_is_not_written_through_links() {
    for name in ["blobs", "blobs/sha256"] {
        let setup = LinksFixture::new();
        let layout = TamperedImage::of(GOOD).write();
        setup.env.generate_key("team");
        let key = setup.env.file("team.key");
        let dhi = |arguments: &[&str]| setup.env.dhi(arguments);
        let moved = setup.path("victim/moved");
        fs::rename(layout.path().join(name), &moved).unwrap();
        symlink(&moved, layout.path().join(name)).unwrap();
        let before = setup.victim();
        let reference = format!("oci:{}:1", layout.path().display());
        dhi(&["sign", "--key", &key, "--sign-container-identity", "example.org/x", &reference])
            .assert(2, "is a symbolic link");
        assert!(setup.victim() == before);
    }
}

#[test]
fn the_trust_store_must_be_a_real_directory_of_the_user() {
    const STORE: &str = ".local/share/dhi";
    let commands: [&[&str]; 4] = [
        &["keys", "list"],
        &["keys", "update", "--from", "fixtures/keys/other.pub", "--pin", PIN],
        &["verify", "oci:fixtures/python:3.13"],
        &["verify", "--key", "fixtures/keys/fixture.pub", "oci:fixtures/python:3.13"],
    ];
    let setup = LinksFixture::new();
    setup.link(STORE);
    let before = setup.victim();
    for arguments in &commands {
        let run = setup.env.dhi(arguments);
        assert_eq!(run.code, 2, "{}", run.stderr);
    }
    setup.env.dhi(commands[0]).assert(2, "error[trust/store]");
    setup.env.dhi(commands[2]).assert(2, "is a symbolic link");
    fs::remove_file(setup.path(STORE)).unwrap();
    fs::write(setup.path(STORE), "").unwrap();
    setup.env.dhi(commands[2]).assert(2, "is not a directory");
    fs::remove_file(setup.path(STORE)).unwrap();
    fs::create_dir(setup.path(STORE)).unwrap();
    setup.env.dhi(commands[0]).assert(0, "dhi");
    // Other objects in place of its files.
    for name in ["keyring.json", "sigstore.json"] {
        let file = setup.path(STORE).join(name);
        symlink(setup.path("victim/keyring.json"), &file).unwrap();
        setup.env.dhi(commands[0]).assert(2, "is a symbolic link");
        fs::remove_file(&file).unwrap();
        symlink(setup.path("nothing"), &file).unwrap();
        setup.env.dhi(commands[0]).assert(2, "is a symbolic link");
        fs::remove_file(&file).unwrap();
        pipe(&file);
        setup.env.dhi(commands[0]).assert(2, "is not a regular file");
        fs::remove_file(&file).unwrap();
    }
    assert!(setup.victim() == before);
    // Where others may write they may put anything.
    let mode = |mode: u32| {
        fs::set_permissions(setup.path(STORE), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    mode(0o770);
    setup.env.dhi(commands[2]).assert(2, "users other than its owner may write to");
    mode(0o755);
    setup.env.dhi(commands[0]).assert(0, "dhi");
    if is_root(&setup.path(STORE)) {
        chown(setup.path(STORE), Some(FOREIGN), None).unwrap();
        setup.env.dhi(commands[2]).assert(2, "belongs to user 12345");
    }
}

#[test]
fn links_above_the_cache_directory_are_followed() {
    // A home on another disk, a cache directory that is a link, and one that is named by a link.
    let setup = LinksFixture::new();
    let host = setup.registry.host();
    let image = format!("{host}/x:1");
    fs::create_dir(setup.path("disk")).unwrap();
    symlink(setup.path("disk"), setup.path("home")).unwrap();
    symlink(setup.path("disk/own"), setup.path("linked")).unwrap();
    fs::create_dir(setup.path("disk/own")).unwrap();
    type Ways<'a> = [(&'a [(&'a str, PathBuf)], Vec<String>); 3];
    let ways: Ways<'_> = [
        (&[("XDG_CACHE_HOME", PathBuf::new()), ("HOME", setup.path("home"))], Vec::new()),
        (&[("XDG_CACHE_HOME", setup.path("linked"))], Vec::new()),
        (&[], vec!["--cache-dir".to_owned(), setup.path("linked").display().to_string()]),
    ];
    for (variables, flags) in ways {
        let verify = |more: &[&str]| {
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            let first =
                ["verify", "--key", crate::support::env::KEY, "--trusted-root", crate::support::env::ROOT];
            let mut command = setup.env.command(&[&first, more, &flags, &[image.as_str()]].concat());
            run(command.envs(variables.iter().cloned()))
        };
        assert_ne!(verify(&["--offline"]).code, 0);
        let first = verify(&["--plain-http", &host]);
        assert_eq!((first.code, first.stderr.as_str()), (0, ""));
        verify(&["--offline"]).assert(0, "pass");
    }
    assert!(setup.path("disk/.cache/dhi/v1/hints").is_dir() && setup.path("disk/own/v1/hints").is_dir());
}

#[test]
fn a_cache_restored_from_an_archive_is_used() {
    let setup = LinksFixture::new();
    setup.verify(&[]).assert(0, "pass");
    let tar = |arguments: &[&str]| {
        let mut command = std::process::Command::new("tar");
        assert!(command.current_dir(setup.env.home()).args(arguments).status().unwrap().success());
    };
    tar(&["-cf", "cache.tar", "cache/dhi"]);
    fs::remove_dir_all(setup.path("cache")).unwrap();
    assert_ne!(setup.offline().code, 0);
    tar(&["-xf", "cache.tar"]);
    let restored = setup.offline();
    assert_eq!(
        (restored.code, restored.stderr.contains("nothing is cached")),
        (0, false),
        "{}",
        restored.stderr
    );
    // One that an archive filled with links has none of them followed.
    fs::remove_dir_all(setup.path("cache/dhi/v1/blobs")).unwrap();
    symlink("../../../victim", setup.path("cache/dhi/v1/blobs")).unwrap();
    tar(&["-cf", "cache.tar", "cache/dhi"]);
    fs::remove_dir_all(setup.path("cache")).unwrap();
    tar(&["-xf", "cache.tar"]);
    setup.does_without_cache("is a symbolic link");
}

#[test]
fn processes_share_a_cache_while_it_is_pruned() {
    let setup = LinksFixture::new();
    std::thread::scope(|scope| {
        let verifiers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..3).map(|_| setup.verify(&[])).collect::<Vec<_>>())).collect();
        for _ in 0..6 {
            setup.env.dhi(&["cache", "prune", "--keep", "0"]).assert(0, "removed");
        }
        for run in verifiers.into_iter().flat_map(|verifier| verifier.join().unwrap()) {
            assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        }
    });
}
