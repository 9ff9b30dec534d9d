use jiff::Timestamp;

use super::limits::LOCK_FILE;
use super::*;
use crate::oci::{Digest, Platform};

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn platform(text: &str) -> Platform {
    text.parse().unwrap()
}

fn package(name: &str, version: &str, reason: Reason) -> Package {
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        architecture: "amd64".to_owned(),
        repository: 0,
        path: format!("pool/main/{name}_{version}.deb"),
        size: 1234,
        identity: Identity::Deb(digest(&format!("{name} {version}"))),
        source: None,
        reason,
    }
}

fn dependency(by: &str, relation: &str) -> Dependency {
    Dependency { by: by.to_owned(), field: "Depends".to_owned(), relation: relation.to_owned() }
}

fn needed(by: &str, relation: &str) -> Reason {
    Reason::Needed(dependency(by, relation))
}

fn repository(line: &str, component: &str) -> Repository {
    Repository {
        line: line.to_owned(),
        kind: RepositoryKind::Deb,
        suite: Some(Suite {
            suite: Some("stable".to_owned()),
            codename: Some("trixie".to_owned()),
            component: Some(component.to_owned()),
            date: "2026-11-21T08:17:00Z".parse::<Timestamp>().unwrap(),
            release: digest("InRelease"),
        }),
        index: IndexFile {
            path: format!("dists/trixie/{component}/binary-amd64/Packages.xz"),
            digest: digest("Packages"),
            size: 9_680_000,
        },
    }
}

fn debian() -> PlatformLock {
    PlatformLock {
        platform: platform("linux/amd64"),
        repositories: vec![repository("deb https://deb.example/debian trixie main", "main")],
        packages: vec![
            package("redis", "5:8.0.2-3", Reason::Requested("redis".to_owned())),
            Package {
                source: Some(Source { name: "glibc".to_owned(), version: "2.41-12".to_owned() }),
                ..package("libc6", "2.41-12", needed("redis", "libc6 (>= 2.38) | libc6.1 (>= 2.38)"))
            },
        ],
        waived: vec![Waived {
            dependency: dependency("ca-certificates", "openssl (>= 1.1.1)"),
            excluded: vec![Excluded { name: "openssl".to_owned(), version: "3.5.1-1".to_owned() }],
        }],
        choices: vec![Choice {
            name: "awk".to_owned(),
            dependency: Some(dependency("base-files", "awk")),
            taken: "mawk".to_owned(),
            candidates: vec![Candidate {
                name: "mawk".to_owned(),
                version: "1.3.4".to_owned(),
                priority: "required".to_owned(),
            }],
        }],
        warnings: vec!["`mawk` is listed and excluded".to_owned()],
    }
}

fn alpine() -> PlatformLock {
    PlatformLock {
        platform: platform("linux/arm64"),
        repositories: vec![Repository {
            line: "https://apk.example/alpine/v3.22/main".to_owned(),
            kind: RepositoryKind::Apk,
            suite: None,
            index: IndexFile {
                path: "aarch64/APKINDEX.tar.gz".to_owned(),
                digest: digest("APKINDEX"),
                size: 1,
            },
        }],
        packages: vec![Package {
            path: "aarch64/musl-1.2.5-r10.apk".to_owned(),
            identity: Identity::Apk { checksum: ApkChecksum([7; 20]), digest: Some(digest("musl")) },
            ..package(
                "musl",
                "1.2.5-r10",
                Reason::Condition { by: "busybox".to_owned(), terms: vec!["busybox=1.37.0-r18".to_owned()] },
            )
        }],
        waived: Vec::new(),
        choices: Vec::new(),
        warnings: Vec::new(),
    }
}

fn lock() -> Lock {
    let bytes = b"\x99\x02\x0d key".to_vec();
    Lock {
        definition: digest("definition"),
        substitutions: vec![
            Substitution::Repository {
                from: "deb https://gated.example trixie main".to_owned(),
                to: "deb https://deb.example/debian trixie main".to_owned(),
            },
            Substitution::Package {
                from: "ca-certificates-bundle".to_owned(),
                to: "ca-certificates".to_owned(),
            },
            Substitution::Dropped { from: "redis-oci-config".to_owned() },
        ],
        keys: vec![Key {
            url: "https://deb.example/key.gpg".to_owned(),
            digest: Digest::of(&bytes),
            fingerprints: vec!["05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0".to_owned()],
            bytes,
        }],
        artifacts: vec![Artifact {
            reference: "registry.example/golang:1.25".to_owned(),
            digests: vec![
                ArtifactDigest { platform: platform("linux/arm64"), digest: digest("arm64") },
                ArtifactDigest { platform: platform("linux/amd64"), digest: digest("amd64") },
            ],
        }],
        files: vec![
            LockedFile {
                url: "https://src.example/redis.tar.gz".to_owned(),
                pin: FilePin::Digest(digest("redis.tar.gz")),
            },
            LockedFile {
                url: "https://git.example/redis.git#8.0".to_owned(),
                pin: FilePin::Commit("0123456789abcdef0123456789abcdef01234567".to_owned()),
            },
        ],
        platforms: vec![alpine(), debian()],
    }
}

fn text(lock: &Lock) -> String {
    String::from_utf8(write(lock).unwrap()).unwrap()
}

/// The lock as it is read again: everything in its order.
fn ordered(lock: &Lock) -> Lock {
    read(&write(lock).unwrap()).unwrap()
}

fn refused(change: impl FnOnce(&mut Lock)) -> (String, Cause) {
    let mut lock = lock();
    change(&mut lock);
    match write(&lock) {
        Err(Error::Invalid { place, cause }) => (place, cause),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lock_is_written_and_read_again() {
    let text = text(&lock());
    let read = read(text.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(write(&read).unwrap()).unwrap(), text);
    let names: Vec<_> = read.platforms[0].packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["libc6", "redis"]);
    let mut expected = lock();
    expected.platforms.reverse();
    expected.platforms[0].packages.reverse();
    expected.artifacts[0].digests.reverse();
    expected.files.reverse();
    expected.substitutions.sort();
    assert_eq!(read, expected);
}

#[test]
fn the_order_of_what_is_given_changes_no_byte() {
    let mut other = lock();
    other.platforms.reverse();
    other.files.reverse();
    other.substitutions.reverse();
    other.platforms[0].packages.reverse();
    assert_eq!(text(&other), text(&lock()));
    // The order of repositories has a meaning.
    let mut two = lock();
    two.platforms[1].repositories.push(repository("deb https://deb.example/debian trixie main", "contrib"));
    let mut reversed = two.clone();
    reversed.platforms[1].repositories.reverse();
    assert_ne!(text(&reversed), text(&two));
}

#[test]
fn each_package_is_one_line() {
    let text = text(&lock());
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("\"reason\"")).collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].starts_with(r#"        {"name":"libc6","version":"2.41-12","architecture":"amd64","#),
        "{}",
        lines[0]
    );
    assert!(
        lines[2].contains(r#""identity":{"apk":{"checksum":"Q1BwcHBwcHBwcHBwcHBwcHBwcHBwc=","#),
        "{}",
        lines[2]
    );
    assert!(text.starts_with("{\n  \"format\": 1,\n  \"definition\": \"sha256:"), "{text}");
    assert!(text.ends_with("    }\n  ]\n}\n"), "{text}");
    let empty = Lock {
        definition: digest(""),
        substitutions: vec![],
        keys: vec![],
        artifacts: vec![],
        files: vec![],
        platforms: vec![],
    };
    let empty_text = self::text(&empty);
    assert!(empty_text.contains("\"platforms\": []\n}"), "{empty_text}");
    assert_eq!(ordered(&empty), empty);
}

#[test]
fn other_format_versions_are_refused_first() {
    let text = text(&lock());
    for (format, found) in [("2", "2"), ("0", "0"), ("\"1\"", "\\\"1\\\""), ("1.0", "1.0"), ("null", "none")]
    {
        // The rest of another version need not be understood.
        let other = text.replacen("\"format\": 1", &format!("\"new\": true, \"format\": {format}"), 1);
        assert_eq!(read(other.as_bytes()), Err(Error::Format { found: found.to_owned() }), "{format}");
    }
    assert_eq!(read(b"{}"), Err(Error::Format { found: "none".to_owned() }));
    let error = Error::Format { found: "2".to_owned() };
    assert_eq!(error.to_string(), "the lock file has the format version 2, this program knows 1");
}

#[test]
fn unknown_missing_and_doubled_members_are_refused() {
    let text = text(&lock());
    for (from, to, expected) in [
        ("\"files\"", "\"extra\": 1, \"files\"", "unknown field `extra`"),
        ("\"size\":1234", "\"size\":1234,\"extra\":1", "unknown field `extra`"),
        ("\"size\":1234,", "", "missing field `size`"),
        ("\"size\":1234", "\"size\":-1", "invalid value"),
        ("\"size\":1234", "\"size\":1.5", "invalid type"),
        ("\"size\":1234", "\"size\":1234,\"size\":1234", "occurs twice"),
        ("\"keys\": [", "\"keys\": [], \"keys\": [", "occurs twice"),
        ("\"requested\":", "\"wanted\":", "unknown variant `wanted`"),
        ("sha256:", "sha1:", "is not a digest"),
        ("\"deb\":\"sha256:", "\"deb\":\"sha256:0", "is not a digest"),
        ("\"Q1B", "\"Q2B", "expected `Q1`"),
        ("\"Q1B", "\"Q1BB", "expected `Q1`"),
        ("\"platform\": \"linux/amd64\"", "\"platform\": \"amd64\"", "is not a platform"),
        ("\"bytes\":\"", "\"bytes\":\"!", "expected base64"),
        ("2026-11-21T08", "2026-13-21T08", "month"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error = match read(changed.as_bytes()) {
            Err(Error::Json { cause }) => cause,
            other => panic!("{from}: {other:?}"),
        };
        assert!(error.contains(expected), "{from}: {error}");
    }
}

#[test]
fn entries_that_are_not_well_formed_are_refused() {
    let redis = "linux/amd64, package redis".to_owned();
    let first = |lock: &mut Lock| lock.platforms[1].packages[0].clone();
    let place = |cause| (redis.clone(), cause);
    assert_eq!(
        refused(|lock| {
            let package = first(lock);
            lock.platforms[1].packages.push(package);
        }),
        place(Cause::Twice)
    );
    for path in ["../redis.deb", "/pool/redis.deb", "pool//redis.deb", "pool/./redis.deb", "a\\..\\b"] {
        let cause = Cause::Path { path: path.to_owned() };
        assert_eq!(refused(|lock| lock.platforms[1].packages[0].path = path.to_owned()), place(cause));
    }
    assert_eq!(
        refused(|lock| lock.platforms[1].packages[0].repository = 1),
        place(Cause::Repository { number: 1 })
    );
    let identity = Identity::Apk { checksum: ApkChecksum([0; 20]), digest: None };
    assert_eq!(refused(|lock| lock.platforms[1].packages[0].identity = identity), place(Cause::Identity));
    let sha512 = format!("sha512:{}", "0".repeat(128)).parse().unwrap();
    assert_eq!(
        refused(|lock| lock.platforms[1].packages[0].identity = Identity::Deb(sha512)),
        place(Cause::Algorithm { member: "identity" })
    );
    assert_eq!(
        refused(|lock| lock.platforms[1].packages[0].version = "1 2".to_owned()),
        place(Cause::Space { member: "version" })
    );
    assert_eq!(
        refused(|lock| lock.platforms[1].packages[0].version = "1\u{1b}[2J".to_owned()),
        place(Cause::Character { member: "version", character: '\u{1b}' })
    );
    assert_eq!(
        refused(|lock| lock.platforms[1].packages[0].name = String::new()),
        ("linux/amd64, package ".to_owned(), Cause::Empty { member: "name" })
    );
    let platforms = |lock: &mut Lock| {
        let mut same = debian();
        same.platform = platform("linux/x86_64");
        lock.platforms.push(same);
    };
    assert_eq!(refused(platforms), ("linux/x86_64".to_owned(), Cause::Twice));
}

#[test]
fn keys_files_and_substitutions_are_checked() {
    let key = "key https://deb.example/key.gpg".to_owned();
    assert_eq!(refused(|lock| lock.keys[0].bytes.push(0)), (key.clone(), Cause::KeyDigest));
    assert_eq!(
        refused(|lock| lock.keys[0].fingerprints[0].make_ascii_lowercase()),
        (key.clone(), Cause::Fingerprint)
    );
    assert_eq!(
        refused(|lock| {
            let twice = lock.keys[0].clone();
            lock.keys.push(twice);
        }),
        (key, Cause::Twice)
    );
    let commit = |commit: &str| {
        let pin = FilePin::Commit(commit.to_owned());
        refused(|lock| lock.files[1].pin = pin).1
    };
    assert_eq!(commit("0123456"), Cause::Commit);
    assert_eq!(commit(&"A".repeat(40)), Cause::Commit);
    let both = refused(|lock| {
        lock.substitutions.push(Substitution::Dropped { from: "ca-certificates-bundle".to_owned() });
    });
    assert_eq!(both.1, Cause::Twice);
    let suite = refused(|lock| lock.platforms[1].repositories[0].suite = None);
    assert_eq!(suite.1, Cause::Empty { member: "suite" });
}

#[test]
fn what_is_no_lock_is_refused() {
    let text = text(&lock());
    assert!(matches!(read(&vec![b' '; LOCK_FILE + 1]), Err(Error::Limit(_))));
    for length in (0..text.len() - 2).step_by(7) {
        assert!(read(&text.as_bytes()[..length]).is_err(), "{length}");
    }
    let mut long = lock();
    long.platforms[1].warnings[0] = "x".repeat(70_000);
    assert!(matches!(write(&long), Err(Error::Limit(_))));
}

#[test]
fn why_leads_from_the_definition_to_a_package() {
    let lock = lock();
    let steps = |name| {
        let steps = lock.platforms[1].why(name);
        steps.iter().map(|step| (step.package.name.clone(), step.by.map(str::to_owned))).collect::<Vec<_>>()
    };
    let redis = ("redis".to_owned(), None);
    assert_eq!(steps("libc6"), [redis.clone(), ("libc6".to_owned(), Some("redis".to_owned()))]);
    assert_eq!(steps("redis"), [redis]);
    assert_eq!(steps("openssl"), []);
    // What brought it is not in the lock.
    assert_eq!(lock.platforms[0].why("musl")[0].by, Some("busybox"));
}

#[test]
fn reasons_in_a_circle_end() {
    let mut circle = debian();
    circle.packages[0].reason = needed("libc6", "redis");
    assert_eq!(circle.why("libc6").len(), 2);
    circle.packages[0].reason = needed("redis", "redis");
    assert_eq!(circle.why("redis").len(), 1);
}

#[test]
fn locks_without_difference_have_no_rows() {
    let mut other = lock();
    other.platforms.reverse();
    other.platforms[0].warnings.push("another".to_owned());
    other.platforms[1].packages[0].identity = Identity::Apk { checksum: ApkChecksum([7; 20]), digest: None };
    assert_eq!(diff(&lock(), &other), []);
}

/// Two platforms that are equal but for their name.
fn two() -> Lock {
    let mut lock = lock();
    lock.platforms = vec![debian(), PlatformLock { platform: platform("linux/arm64"), ..debian() }];
    lock
}

#[test]
fn differences_of_packages_are_rows() {
    let mut new = two();
    for platform in &mut new.platforms {
        platform.packages[0] = package("redis", "5:8.0.3-1", Reason::Requested("redis".to_owned()));
    }
    new.platforms[1].packages.push(package("tzdata", "2026b", Reason::Requested("tzdata".to_owned())));
    new.platforms[0].packages.retain(|package| package.name != "libc6");
    new.platforms[1].packages[1].identity = Identity::Deb(digest("other bytes"));
    let (amd64, arm64) = (platform("linux/amd64"), platform("linux/arm64"));
    let subject = |name: &str| Subject::Package(name.to_owned());
    let rows = diff(&two(), &new);
    assert_eq!(
        rows,
        [
            Row {
                subject: subject("libc6"),
                change: Change::Removed { from: "2.41-12".to_owned() },
                platforms: vec![amd64.clone()],
            },
            Row {
                subject: subject("libc6"),
                change: Change::OtherBytes {
                    same: "2.41-12".to_owned(),
                    from: digest("libc6 2.41-12").to_string(),
                    to: digest("other bytes").to_string(),
                },
                platforms: vec![arm64.clone()],
            },
            Row {
                subject: subject("redis"),
                change: Change::Changed { from: "5:8.0.2-3".to_owned(), to: "5:8.0.3-1".to_owned() },
                platforms: vec![amd64, arm64.clone()],
            },
            Row {
                subject: subject("tzdata"),
                change: Change::Added { to: "2026b".to_owned() },
                platforms: vec![arm64],
            },
        ]
    );
    let suspicious: Vec<bool> = rows.iter().map(Row::is_suspicious).collect();
    assert_eq!(suspicious, [false, true, false, false]);
}

#[test]
fn differences_of_everything_else_are_rows() {
    let (old, mut new) = (lock(), lock());
    new.definition = digest("other");
    new.substitutions.remove(1);
    new.keys[0].bytes = b"other".to_vec();
    new.keys[0].digest = Digest::of(b"other");
    new.artifacts[0].digests[0].digest = digest("newer");
    new.files[0].pin = FilePin::Digest(digest("other"));
    new.files[1].pin = FilePin::Commit("f".repeat(40));
    new.platforms[1].repositories[0].suite.as_mut().unwrap().date += jiff::SignedDuration::from_hours(1);
    new.platforms[1].waived.clear();
    new.platforms[1].choices[0].taken = "gawk".to_owned();
    new.platforms.remove(0);
    let rows = diff(&old, &new);
    let shown: Vec<String> = rows.iter().map(|row| row.subject.to_string()).collect();
    assert_eq!(
        shown,
        [
            "definition",
            "platform linux/arm64",
            "repository deb https://deb.example/debian trixie main [main]",
            "waived ca-certificates: Depends: openssl (>= 1.1.1)",
            "choice awk (base-files: awk)",
            "artifact registry.example/golang:1.25",
            "file https://git.example/redis.git#8.0",
            "file https://src.example/redis.tar.gz",
            "key https://deb.example/key.gpg",
            "substitution ca-certificates-bundle",
        ]
    );
    let suspicious: Vec<&str> = rows
        .iter()
        .filter(|row| row.is_suspicious())
        .map(|row| match &row.subject {
            Subject::File(name) | Subject::Key(name) => name.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(suspicious, ["https://src.example/redis.tar.gz", "https://deb.example/key.gpg"]);
    assert_eq!(rows[1].change, Change::Removed { from: "1 package".to_owned() });
    // The index of a suite changes without a new date.
    let mut swapped = lock();
    swapped.platforms[1].repositories[0].index.digest = digest("other");
    assert!(diff(&old, &swapped).iter().all(Row::is_suspicious));
}

#[test]
fn lookups_find_entries() {
    let lock = lock();
    assert!(lock.platform(&platform("linux/x86_64")).unwrap().package("redis").is_some());
    assert!(lock.platform(&platform("linux/s390x")).is_none());
    assert_eq!(lock.key("https://deb.example/key.gpg"), Some(&lock.keys[0]));
    assert_eq!(lock.key("https://deb.example/other.gpg"), None);
}
