//! Documents of a small build.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::builder::lock::{
    ApkChecksum, Artifact, ArtifactDigest, Dependency, Excluded, FilePin, Identity, IndexFile, Key, Lock,
    LockedFile, Package, PlatformLock, Reason, Repository, RepositoryKind, Substitution, Suite, Waived,
};
use crate::oci::{Digest, Platform};

fn digest(of: &str) -> Digest {
    Digest::of(of.as_bytes())
}

fn platform() -> Platform {
    Platform { os: "linux".to_owned(), architecture: "amd64".to_owned(), variant: None }
}

fn parameter(name: &str, value: &str) -> Parameter {
    Parameter { name: name.to_owned(), value: value.to_owned() }
}

fn waived() -> Waived {
    Waived {
        dependency: Dependency {
            by: "ca-certificates".to_owned(),
            field: "Depends".to_owned(),
            relation: "openssl (>= 1.1.1)".to_owned(),
        },
        excluded: vec![Excluded { name: "openssl".to_owned(), version: "3.5.1-1".to_owned() }],
    }
}

fn build() -> Build {
    Build {
        builder_id: "https://ci.example/builder".to_owned(),
        builder_version: "1.2.3".to_owned(),
        definition: Material::new("https://git.example/catalog/redis.yaml", &digest("definition")),
        platform: platform(),
        arguments: vec![parameter("b", "2"), parameter("a", "1")],
        substitutions: vec![Substitution::Dropped { from: "x-oci-config".to_owned() }],
        network: Network::None,
        lock: digest("lock"),
        waived: vec![waived()],
        internal: vec![parameter("compression", "zstd")],
        dependencies: vec![
            Material::new("https://deb.example/pool/redis.deb", &digest("redis")),
            Material::of_commit("https://git.example/lib.git", "0123456789abcdef0123456789abcdef01234567"),
            Material::new("https://deb.example/key.asc", &digest("key")).named("key"),
            Material::new("https://deb.example/pool/redis.deb", &digest("redis")),
        ],
        epoch: 1_700_000_000,
        is_reproducible: true,
    }
}

fn value(text: Result<String, Error>) -> Value {
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// What both versions have.
fn parameters() -> (Value, Value) {
    let external = json!({
        "definition": {
            "uri": "https://git.example/catalog/redis.yaml",
            "digest": {"sha256": digest("definition").hex()},
        },
        "platform": "linux/amd64",
        "arguments": {"a": "1", "b": "2"},
        "substitutions": [{"dropped": {"from": "x-oci-config"}}],
        "network": "none",
    });
    let internal = json!({
        "sourceDateEpoch": 1_700_000_000,
        "lock": {"digest": {"sha256": digest("lock").hex()}},
        "waived": [{
            "dependency": {"by": "ca-certificates", "field": "Depends", "relation": "openssl (>= 1.1.1)"},
            "excluded": [{"name": "openssl", "version": "3.5.1-1"}],
        }],
        "compression": "zstd",
    });
    (external, internal)
}

#[test]
fn the_document_of_v1_is_this_one() {
    let (external, internal) = parameters();
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let expected = json!({
        "buildDefinition": {
            "buildType": "urn:dhi:build:1",
            "externalParameters": external,
            "internalParameters": internal,
            "resolvedDependencies": [
                {"uri": "https://deb.example/key.asc", "digest": {"sha256": digest("key").hex()}, "name": "key"},
                {"uri": "https://deb.example/pool/redis.deb", "digest": {"sha256": digest("redis").hex()}},
                {"uri": "https://git.example/lib.git", "digest": {"gitCommit": commit, "sha1": commit}},
            ],
        },
        "runDetails": {
            "builder": {"id": "https://ci.example/builder", "version": {"dhi": "1.2.3"}},
            "metadata": {
                "invocationId": "sha256:05e6898753b1dd19138a38141ab73037f4104b544629db8ca7b24a2b3dea6241",
                "startedOn": "2023-11-14T22:13:20Z",
                "finishedOn": "2023-11-14T22:13:20Z",
            },
        },
    });
    assert_eq!(value(v1::write(&build())), expected);
}

#[test]
fn the_document_of_v02_is_this_one() {
    let (external, mut internal) = parameters();
    internal["platform"] = json!("linux/amd64");
    internal["version"] = json!("1.2.3");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let expected = json!({
        "builder": {"id": "https://ci.example/builder"},
        "buildType": "urn:dhi:build:1",
        "invocation": {
            "configSource": external["definition"],
            "parameters": external,
            "environment": internal,
        },
        "metadata": {
            "buildInvocationID": "sha256:05e6898753b1dd19138a38141ab73037f4104b544629db8ca7b24a2b3dea6241",
            "buildStartedOn": "2023-11-14T22:13:20Z",
            "buildFinishedOn": "2023-11-14T22:13:20Z",
            "completeness": {"parameters": true, "environment": true, "materials": true},
            "reproducible": true,
        },
        "materials": [
            {"uri": "https://deb.example/key.asc", "digest": {"sha256": digest("key").hex()}},
            {"uri": "https://deb.example/pool/redis.deb", "digest": {"sha256": digest("redis").hex()}},
            {"uri": "https://git.example/lib.git", "digest": {"gitCommit": commit, "sha1": commit}},
        ],
    });
    assert_eq!(value(v02::write(&build())), expected);
}

#[test]
fn the_order_of_inputs_does_not_count() {
    let mut other = build();
    other.dependencies.reverse();
    other.arguments.reverse();
    assert_eq!(v1::write(&other), v1::write(&build()));
    assert_eq!(v02::write(&other), v02::write(&build()));
}

#[test]
fn an_open_network_is_recorded() {
    let hosts = Network::Hosts(vec!["b.example".to_owned(), "a.example".to_owned(), "b.example".to_owned()]);
    for (network, expected) in [(hosts, json!(["a.example", "b.example"])), (Network::All, json!("all"))] {
        let open = Build { network, ..build() };
        assert_eq!(value(v1::write(&open))["buildDefinition"]["externalParameters"]["network"], expected);
        let old = value(v02::write(&open));
        assert_eq!(old["invocation"]["parameters"]["network"], expected);
        assert_eq!(old["metadata"]["completeness"]["materials"], false);
    }
}

#[test]
fn what_cannot_be_stated_is_an_error() {
    let twice = Build { arguments: vec![parameter("a", "1"), parameter("a", "1")], ..build() };
    let fixed = Build { internal: vec![parameter("lock", "1")], ..build() };
    let mut bare = build();
    bare.dependencies.push(Material::of_commit("https://git.example/x.git", ""));
    let timeless = Build { epoch: i64::MAX, ..build() };
    for (build, expected) in [
        (twice, Error::Twice("a".to_owned())),
        (fixed, Error::Twice("lock".to_owned())),
        (bare, Error::NoDigest("https://git.example/x.git".to_owned())),
        (timeless, Error::Time(i64::MAX)),
    ] {
        assert_eq!(v1::write(&build), Err(expected.clone()));
        assert_eq!(v02::write(&build), Err(expected));
    }
}

fn repository(line: &str, path: &str) -> Repository {
    let is_apk = path.ends_with(".tar.gz");
    let component = path.contains("/main/").then(|| "main".to_owned());
    Repository {
        line: line.to_owned(),
        kind: if is_apk { RepositoryKind::Apk } else { RepositoryKind::Deb },
        suite: (!is_apk).then(|| Suite {
            suite: None,
            codename: None,
            component,
            date: Timestamp::UNIX_EPOCH,
            release: digest(&format!("release of {line}")),
        }),
        index: IndexFile { path: path.to_owned(), digest: digest(&format!("index of {line}")), size: 1 },
    }
}

fn package(name: &str, repository: usize, path: &str) -> Package {
    let checksum = ApkChecksum([7; 20]);
    Package {
        name: name.to_owned(),
        version: "1:2+3~4".to_owned(),
        architecture: "amd64".to_owned(),
        repository,
        path: path.to_owned(),
        size: 1,
        identity: match path.ends_with(".apk") {
            true => Identity::Apk { checksum, digest: Some(digest(name)) },
            false => Identity::Deb(digest(name)),
        },
        source: None,
        reason: Reason::Implied,
    }
}

fn lock() -> Lock {
    Lock {
        definition: digest("definition"),
        substitutions: Vec::new(),
        keys: vec![Key {
            url: "https://deb.example/key.asc".to_owned(),
            digest: digest("key"),
            fingerprints: Vec::new(),
            bytes: Vec::new(),
        }],
        artifacts: vec![Artifact {
            reference: "dhi.example/static:1".to_owned(),
            digests: vec![ArtifactDigest { platform: platform(), digest: digest("static") }],
        }],
        files: vec![
            LockedFile { url: "https://files.example/a".to_owned(), pin: FilePin::Digest(digest("a")) },
            LockedFile { url: "https://git.example/b.git".to_owned(), pin: FilePin::Commit("01".repeat(32)) },
        ],
        platforms: vec![PlatformLock {
            platform: platform(),
            repositories: vec![
                repository(
                    "deb [signed-by=/k.asc] https://deb.example/debian/ trixie main",
                    "dists/trixie/main/binary-amd64/Packages.xz",
                ),
                repository("debian trixie main", "dists/trixie/main/binary-amd64/Packages.xz"),
                repository("deb https://flat.example/x ./", "./Packages.gz"),
                repository("https://apk.example/v3.22/main", "x86_64/APKINDEX.tar.gz"),
            ],
            packages: vec![
                package("listed", 0, "pool/listed.deb"),
                package("implied", 1, "pool/implied.deb"),
                package("flat", 2, "./flat.deb"),
                package("alpine", 3, "x86_64/alpine.apk"),
            ],
            waived: Vec::new(),
            choices: Vec::new(),
            warnings: Vec::new(),
        }],
    }
}

#[test]
fn everything_in_a_lock_is_a_material() {
    let materials = materials(&lock(), &platform()).unwrap();
    let image = format!("pkg:docker/dhi.example/static@1?digest={}&platform=linux%2Famd64", digest("static"));
    let shown: Vec<(&str, Option<&str>)> =
        materials.iter().map(|material| (material.uri.as_str(), material.name.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("https://apk.example/v3.22/main/x86_64/APKINDEX.tar.gz", Some("index")),
            ("https://apk.example/v3.22/main/x86_64/alpine.apk", None),
            ("https://deb.example/debian/dists/trixie/InRelease", Some("release")),
            ("https://deb.example/debian/dists/trixie/main/binary-amd64/Packages.xz", Some("index")),
            ("https://deb.example/debian/pool/listed.deb", None),
            ("https://deb.example/key.asc", Some("key")),
            ("https://files.example/a", None),
            ("https://flat.example/x/InRelease", Some("release")),
            ("https://flat.example/x/Packages.gz", Some("index")),
            ("https://flat.example/x/flat.deb", None),
            ("https://git.example/b.git", None),
            ("pkg:deb/debian/implied@1:2%2B3~4?arch=amd64", None),
            (image.as_str(), Some("artifact")),
            ("urn:dhi:debian:dists/trixie/InRelease", Some("release")),
            ("urn:dhi:debian:dists/trixie/main/binary-amd64/Packages.xz", Some("index")),
        ]
    );
    let digest_of = |uri: &str| &materials.iter().find(|material| material.uri == uri).unwrap().digest;
    assert_eq!(
        digest_of("https://apk.example/v3.22/main/x86_64/alpine.apk")["sha256"],
        digest("alpine").hex()
    );
    assert_eq!(digest_of("https://git.example/b.git").keys().collect::<Vec<_>>(), ["gitCommit"]);
    let flat = digest("release of deb https://flat.example/x ./").hex();
    assert_eq!(digest_of("https://flat.example/x/InRelease")["sha256"], flat);
}

#[test]
fn an_unhashed_alpine_package_is_an_error() {
    let mut lock = lock();
    let [.., package] = lock.platforms[0].packages.as_mut_slice() else { panic!("no package") };
    package.identity = Identity::Apk { checksum: ApkChecksum([7; 20]), digest: None };
    assert_eq!(materials(&lock, &platform()), Err(Error::NoDigest("alpine 1:2+3~4".to_owned())));
}
