//! Declared sizes: no memory is allocated for a number that is only declared.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::measure::{MIB, Measured, verify};
use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::support::env::{KEY, ROOT, TestEnv};
use crate::support::registry::{Body, InMemoryRegistry, Reply};

const SECONDS: Duration = Duration::from_secs(10);
const TERABYTE: u64 = 1 << 40;

/// JSON pointers of all sizes in a manifest.
fn sizes(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                sizes(member, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                sizes(element, &format!("{pointer}/{at}"), found);
            }
        }
        _ if pointer.ends_with("/size") => found.push(pointer.to_owned()),
        _ => {}
    }
}

#[test]
fn the_size_in_a_descriptor_is_not_trusted() {
    let good = TamperedImage::of(GOOD);
    let (mut lies, mut unread) = (0, 0);
    for digest in good.all() {
        let manifest = good.value(&digest);
        let is_signature =
            manifest["config"]["mediaType"] == "application/vnd.dev.cosign.artifact.sig.v1+json";
        let mut pointers = Vec::new();
        sizes(&manifest, "", &mut pointers);
        for pointer in pointers {
            for size in [json!(1_u64 << 62), json!(u64::MAX), json!(-1), json!(1e300)] {
                let mut tampered = good.clone();
                tampered.edit(&digest, |value| *value.pointer_mut(&pointer).unwrap() = size.clone());
                let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
                tampered.serve(&registry, "x", "1");
                let host = registry.host();
                let measured = Measured::of(&verify(&env, &host, &format!("{host}/x:1"), &[]));
                measured.within(0, SECONDS);
                lies += 1;
                // Nobody reads the configuration of a signature, so its size says nothing; where it is no size at
                // all the manifest cannot be read.
                if is_signature && pointer == "/config/size" && size.is_u64() {
                    assert_eq!(measured.run.code, 0, "{}", measured.run.stdout);
                    unread += 1;
                } else {
                    assert!([3, 4].contains(&measured.run.code), "{pointer} {size}: {}", measured.run.stdout);
                }
            }
        }
    }
    assert!(lies >= 80 && unread == 6, "{lies} {unread}");
}

#[test]
fn the_sizes_in_a_list_of_referrers_are_not_trusted() {
    let tampered = TamperedImage::of(GOOD);
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    tampered.serve(&registry, "x", "1");
    let host = registry.host();
    for subject in [tampered.root.clone(), tampered.image(), tampered.attestation(SPDX)] {
        for size in [json!(1_u64 << 62), json!(u64::MAX), json!(-1), json!(0), json!("7"), json!(null)] {
            let mut list: Vec<Value> =
                tampered.referrers(&subject).iter().map(|one| serde_json::to_value(one).unwrap()).collect();
            list[0]["size"] = size.clone();
            let list = json!({
                "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": list
            });
            let path = format!("/v2/x/referrers/{subject}");
            let reply = Reply::new(200, list.to_string());
            registry.script(&path, reply.header("Content-Type", "application/vnd.oci.image.index.v1+json"));
            let more = ["--require-index-signature"];
            let measured = Measured::of(&verify(&env, &host, &format!("{host}/x:1"), &more));
            measured.within(0, SECONDS);
            // What is no size makes the list one that cannot be used.
            let code = if size.is_u64() { 4 } else { 6 };
            assert_eq!(measured.run.code, code, "{size}: {}", measured.run.stdout);
            registry.unscript(&path);
        }
    }
}

#[test]
fn the_length_of_an_http_answer_is_not_trusted() {
    let tampered = TamperedImage::of(GOOD);
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    tampered.serve(&registry, "x", "1");
    let host = registry.host();
    let layer =
        tampered.value(&tampered.attestation(SPDX))["layers"][0]["digest"].as_str().unwrap().to_owned();
    let head = |headers: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{{}}").into_bytes()
    };
    for headers in [
        "Content-Length: 18446744073709551615",
        "Content-Length: 18446744073709551616",
        "Content-Length: 99999999999999999999999999999999",
        "Content-Length: -1",
        "Content-Length: 2\r\nContent-Length: 4611686018427387904",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff",
        "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff",
        "Transfer-Encoding: chunked\r\n\r\n4000000000000000",
        "Transfer-Encoding: chunked\r\nContent-Length: 4611686018427387904",
    ] {
        for path in [
            "/v2/x/manifests/1".to_owned(),
            format!("/v2/x/referrers/{}", tampered.image()),
            format!("/v2/x/blobs/{layer}"),
        ] {
            registry.script(&path, Reply::new(200, "").body(Body::Raw(head(headers))));
            let measured = Measured::of(&verify(&env, &host, &format!("{host}/x:1"), &[]));
            measured.within(4 * MIB, 2 * SECONDS);
            assert!([4, 6].contains(&measured.run.code), "{headers} {path}: {}", measured.run.stdout);
            registry.unscript(&path);
        }
    }
}

/// A file that claims to be so long, without being it on the disk.
fn hollow(path: &Path, length: u64) {
    File::options().write(true).create(true).truncate(true).open(path).unwrap().set_len(length).unwrap();
}

fn local(env: &TestEnv, reference: &str) -> Measured {
    Measured::of(&env.command(&[
        "verify",
        "--format",
        "json",
        "--key",
        KEY,
        "--trusted-root",
        ROOT,
        reference,
    ]))
}

#[test]
fn the_length_of_a_layout_file_is_not_trusted() {
    let env = TestEnv::new();
    let good = TamperedImage::of(GOOD);
    for (length, limited) in [(TERABYTE, true), (3 * MIB, false)] {
        let directory = good.write();
        for name in ["oci-layout", "index.json"] {
            let path = directory.path().join(name);
            let kept = std::fs::read(&path).unwrap();
            hollow(&path, length);
            let measured = local(&env, &format!("oci:{}:1", directory.path().display()));
            measured.within(4 * MIB, SECONDS);
            assert_ne!(measured.run.code, 0, "{name}");
            if limited {
                assert_eq!(measured.run.ids(), ["limits/exceeded"], "{name}");
            }
            std::fs::write(path, kept).unwrap();
        }
        let mut failed = 0;
        for file in std::fs::read_dir(directory.path().join("blobs/sha256")).unwrap() {
            let path = file.unwrap().path();
            let kept = std::fs::read(&path).unwrap();
            hollow(&path, length);
            let measured = local(&env, &format!("oci:{}:1", directory.path().display()));
            measured.within(4 * MIB, SECONDS);
            failed += usize::from(measured.run.code != 0);
            std::fs::write(path, kept).unwrap();
        }
        // All but layers, BuildKit's statements and the empty configuration.
        assert!(failed >= 14, "{failed}");
        assert_eq!(local(&env, &format!("oci:{}:1", directory.path().display())).run.code, 0);
    }
}

/// A tar archive of one entry with this header.
fn tar(path: &Path, name: &str, flag: u8, size: &[u8; 12], length: u64) {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(size);
    header[156] = flag;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    std::fs::write(path, header).unwrap();
    File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[test]
fn the_size_in_an_archive_header_is_not_trusted() {
    let env = TestEnv::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    // In octal, and in binary as GNU writes what does not fit.
    let sizes: [&[u8; 12]; 6] = [
        b"77777777777\0",
        b"\x80\0\0\0\x40\0\0\0\0\0\0\0",
        b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"-0000000001\0",
    ];
    for name in ["index.json", "x"] {
        for flag in *b"0xgLK5S" {
            for size in sizes {
                tar(&path, name, flag, size, 4096);
                let measured = local(&env, &format!("archive:{}:1", path.display()));
                measured.within(0, SECONDS);
                assert!(
                    [2, 4].contains(&measured.run.code),
                    "{name} {flag} {size:?}: {}",
                    measured.run.stdout
                );
            }
        }
    }
    // The archive has the length in its header, and no content.
    for (name, flag) in [("oci-layout", b'0'), ("index.json", b'0'), ("x", b'x'), ("x", b'L')] {
        tar(&path, name, flag, b"\x80\0\0\0\0\0\x01\0\0\0\0\0", TERABYTE + 2048);
        let measured = local(&env, &format!("archive:{}:1", path.display()));
        measured.within(0, SECONDS);
        assert!([2, 4].contains(&measured.run.code), "{name} {flag}: {}", measured.run.stdout);
    }
}

#[test]
fn the_length_of_an_input_file_is_not_trusted() {
    let env = TestEnv::new();
    let path = env.path("hollow");
    hollow(&path, TERABYTE);
    let good = format!("oci:fixtures/{GOOD}:latest");
    for file in [path.to_str().unwrap(), "/dev/zero"] {
        for flag in ["--key", "--keyring", "--attestor-key", "--trusted-root", "--config"] {
            let measured = Measured::of(&env.command(&["verify", flag, file, &good]));
            measured.within(2 * MIB, SECONDS);
            assert!([2, 4].contains(&measured.run.code), "{flag} {file}: {}", measured.run.stderr);
        }
    }
    // Logins.
    let docker = env.path(".docker");
    std::fs::create_dir_all(&docker).unwrap();
    hollow(&docker.join("config.json"), TERABYTE);
    let registry = InMemoryRegistry::start();
    TamperedImage::of(GOOD).serve(&registry, "x", "1");
    registry.demand_own_tokens();
    let host = registry.host();
    let measured = Measured::of(&verify(&env, &host, &format!("{host}/x:1"), &[]));
    measured.within(2 * MIB, SECONDS);
    assert_eq!(measured.run.code, 2, "{}", measured.run.stdout);
}

#[test]
fn the_length_of_a_cache_file_is_not_trusted() {
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    TamperedImage::of(GOOD).serve(&registry, "x", "1");
    let host = registry.host();
    let reference = format!("{host}/x:1");
    let go = || {
        let first = ["verify", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host, &reference];
        Measured::of(&env.command(&first))
    };
    go().run.assert(0, "pass");
    let cache = env.path("cache/dhi/v1");
    let mut files = 0;
    for folder in ["blobs/sha256", "hints"] {
        for file in std::fs::read_dir(cache.join(folder)).unwrap() {
            hollow(&file.unwrap().path(), TERABYTE);
            files += 1;
        }
    }
    assert!(files > 15, "{files}");
    let measured = go();
    measured.within(0, SECONDS);
    measured.run.assert(0, "pass");
}

#[test]
fn a_statement_of_maximum_size_is_held_at_most_twice() {
    use super::wide::bundle_on;

    // What the limits admit: a bundle of 60 MiB and the payload in it. Nobody signed either.
    let payload = vec![b' '; 45 << 20];
    let bundle = super::wide::bundle(&payload, "");
    for subject in [TamperedImage::image, |tampered: &TamperedImage| tampered.root.clone()] {
        let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
        bundle_on(subject, &bundle).serve(&registry, "x", "1");
        let host = registry.host();
        let measured = Measured::of(&verify(&env, &host, &format!("{host}/x:1"), &[]));
        measured.within((60 + 45) * MIB, 2 * SECONDS);
    }
}
