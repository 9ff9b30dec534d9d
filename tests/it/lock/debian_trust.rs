//! Repositories of Debian that are not proven. Debian's own mirror never answers, so the listed one decides.

use dhi::builder::definition::RepositoryLine;
use dhi::builder::lock::{self, IndexFile, Lock, PlatformLock, Repository, RepositoryKind, Suite};
use dhi::oci::{Digest, Platform};
use jiff::{SignedDuration, Timestamp};

use super::LockFixture;
use crate::support::deb_repository::{ArchiveKey, DebSuite, deb_stanza};

const IN_RELEASE: &str = "/deb/dists/trixie/InRelease";
const INDEX: &str = "/deb/dists/trixie/main/binary-amd64/Packages.gz";

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Now, in whole seconds, as lists have it.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

fn suite() -> DebSuite {
    DebSuite::new("trixie", now() - HOUR).main("amd64", &[deb_stanza("app", "1-1", "")])
}

/// A definition with a repository that is good.
fn fixture() -> (LockFixture, ArchiveKey) {
    let (fixture, key) = (LockFixture::new(), ArchiveKey::new(1));
    fixture.host.put("/keys/test.gpg", key.keyring());
    fixture.host.put_all("/deb", suite().files(&key));
    fixture.define_debian(&line(&fixture), &["app"]);
    (fixture, key)
}

fn line(fixture: &LockFixture) -> String {
    format!("deb [signed-by=/usr/share/keyrings/test.gpg] {} trixie main", fixture.host.url("/deb"))
}

impl LockFixture {
    fn refuses_list(&self, list: impl Into<Vec<u8>>, cause: &str) {
        self.host.put(IN_RELEASE, list);
        self.refuses(4, "packages/untrusted", cause);
    }
}

#[test]
fn a_list_that_is_not_proven_is_refused() {
    let (fixture, key) = fixture();
    let (suite, at) = (suite(), now());
    let text = suite.release();
    fixture.refuses_list(text.clone(), "it is not signed");
    fixture.refuses_list(ArchiveKey::new(2).signed(&text, at), "InRelease");
    let signed = key.signed(&text, at);
    let edited = signed.replace("Origin: Test", "Origin: Best");
    assert_ne!(signed, edited);
    fixture.refuses_list(edited, "InRelease");
    let unsigned_begin = format!("{text}{signed}");
    fixture.refuses_list(unsigned_begin, "InRelease");
    // The signature of a week ahead.
    fixture.refuses_list(key.signed(&text, at + DAY * 7), "InRelease");
    // The same with a signature in another file.
    fixture.host.put_all("/deb", suite.files_with_detached_signature(&ArchiveKey::new(2)));
    fixture.refuses(4, "packages/untrusted", "`Release`");
    fixture.host.remove("/deb/dists/trixie/Release.gpg");
    fixture.refuses(6, "packages/repository", "Release.gpg");
    fixture.host.remove("/deb/dists/trixie/Release");
    fixture.refuses(6, "packages/repository", "InRelease");
}

#[test]
fn a_list_of_another_time_or_suite_is_refused() {
    let (fixture, key) = fixture();
    let (good, at) = (suite(), now());
    let list = |suite: &DebSuite| key.signed(&suite.release(), at - HOUR);
    let expired = DebSuite { date: at - DAY * 8, valid_until: Some(at - DAY), ..good.clone() };
    fixture.refuses_list(list(&expired), "it expired at");
    let ahead = DebSuite { date: at + DAY, ..good.clone() };
    fixture.refuses_list(list(&ahead), "ahead of this machine's clock");
    let other = DebSuite { codename: "bookworm".to_owned(), ..good.clone() };
    fixture.refuses_list(list(&other), "`bookworm`, not of `trixie`");
    let other = DebSuite { fields: "Architectures: arm64\n".to_owned(), ..good };
    fixture.refuses_list(list(&other), "no packages for `amd64`");
}

#[test]
fn an_older_list_than_the_last_one_is_refused() {
    let (fixture, key) = fixture();
    let newer = suite();
    fixture.host.put_all("/deb", newer.files(&key));
    // The list counts as seen although its index is missing.
    fixture.host.remove(INDEX);
    fixture.refuses(6, "packages/repository", "Packages.gz");
    let older = DebSuite { date: newer.date - DAY, ..newer };
    fixture.host.put_all("/deb", older.files(&key));
    fixture.refuses(4, "packages/untrusted", "was seen before");
}

#[test]
fn an_older_list_than_that_of_the_lock_is_refused() {
    let (fixture, key) = fixture();
    let line = line(&fixture).parse::<RepositoryLine>().unwrap().to_string();
    let repository = Repository {
        line,
        kind: RepositoryKind::Deb,
        suite: Some(Suite {
            suite: None,
            codename: Some("trixie".to_owned()),
            component: Some("main".to_owned()),
            date: now() - HOUR,
            release: Digest::of(b"list"),
        }),
        index: IndexFile {
            path: "dists/trixie/main/binary-amd64/Packages.gz".to_owned(),
            digest: Digest::of(b"index"),
            size: 5,
        },
    };
    let platform = PlatformLock {
        platform: Platform { os: "linux".to_owned(), architecture: "amd64".to_owned(), variant: None },
        repositories: vec![repository],
        packages: Vec::new(),
        waived: Vec::new(),
        choices: Vec::new(),
        warnings: Vec::new(),
    };
    let last = Lock {
        definition: Digest::of(b"another definition"),
        substitutions: Vec::new(),
        keys: Vec::new(),
        artifacts: Vec::new(),
        files: Vec::new(),
        platforms: vec![platform],
    };
    let bytes = lock::write(&last).unwrap();
    fixture.env.write("image.yaml.lock", &bytes);
    let older = DebSuite { date: now() - DAY, ..suite() };
    fixture.host.put_all("/deb", older.files(&key));
    // Updates do not go back either.
    let updates: [&[&str]; 2] = [&[], &["--update"]];
    for more in updates {
        let refused = fixture.lock(more);
        refused.assert(4, "error[packages/untrusted]");
        refused.assert(4, "was seen before");
        assert_eq!(fixture.bytes(), bytes);
    }
}

#[test]
fn an_index_that_its_list_does_not_name_is_refused() {
    let (fixture, key) = fixture();
    let suite = suite();
    let other = DebSuite::new("trixie", suite.date).main("amd64", &[deb_stanza("app", "9-9", "")]);
    let (mut files, index) = (suite.files(&key), "dists/trixie/main/binary-amd64/Packages.gz");
    files.insert(index.to_owned(), other.files(&key).remove(index).unwrap());
    fixture.host.put_all("/deb", files);
    fixture.refuses(4, "packages/untrusted", "is not the file that the signed list names");
    // Longer, and shorter.
    let good = suite.files(&key).remove(index).unwrap();
    fixture.host.put(INDEX, [&good[..], b"\n"].concat());
    fixture.refuses(4, "packages/untrusted", "is not the file that the signed list names");
    fixture.host.put(INDEX, &good[..good.len() - 1]);
    fixture.refuses(4, "packages/untrusted", "is not the file that the signed list names");
    // The list names none for the architecture.
    let arm = DebSuite::new("trixie", suite.date).main("arm64", &[deb_stanza("app", "1-1", "")]);
    fixture.host.put_all("/deb", arm.files(&key));
    fixture.refuses(6, "packages/repository", "no component `main`");
}

#[test]
fn keys_that_cannot_be_used_are_refused() {
    let (fixture, _key) = fixture();
    fixture.host.put("/keys/test.gpg", "no keys");
    fixture.refuses(6, "packages/repository", "/keys/test.gpg");
    fixture.host.remove("/keys/test.gpg");
    fixture.refuses(6, "packages/repository", "/keys/test.gpg");
    // Those of the release do not stand in for them.
    let text = std::fs::read_to_string(fixture.env.path("image.yaml")).unwrap();
    let without: String =
        text.lines().filter(|line| !line.contains("keyring:")).map(|line| format!("{line}\n")).collect();
    assert_ne!(text, without);
    fixture.env.write("image.yaml", without);
    fixture.refuses(4, "packages/untrusted", "signed-by");
}
