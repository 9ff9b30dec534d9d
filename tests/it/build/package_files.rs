//! Package files that are not those of the signed index.

use super::{APP, BuildFixture, packages};
use crate::support::apk_repository::repository;
use crate::support::http::{Body, Reply};

/// The bytes of the file of `app`, and of that of `lib`.
fn files(fixture: &BuildFixture) -> (Vec<u8>, Vec<u8>) {
    let mut files = repository("x86_64", &packages("1-r0"), &fixture.key);
    let mut file = |name: &str| files.remove(&format!("x86_64/{name}-1-r0.apk")).unwrap();
    (file("app"), file("lib"))
}

/// With the lock made, `app` is replaced by these bytes; nothing is built, also not from what was fetched.
fn refused(change: impl Fn(&[u8], &[u8]) -> Vec<u8>, text: &str) {
    let fixture = BuildFixture::locked();
    let (good, other) = files(&fixture);
    fixture.host.put(APP, change(&good, &other));
    for _ in 0..2 {
        fixture.refuses(&["--locked"], 4, "packages/untrusted", text);
    }
    fixture.refuses(&["--locked", "--offline"], 6, "packages/repository", "app 1-r0");
    fixture.host.put(APP, good);
    fixture.built("out", &["--locked"]);
    assert_eq!(fixture.layout("out").text("usr/share/app"), "1-r0");
}

#[test]
fn other_bytes_of_the_same_size_are_refused() {
    // In the files, in the description, and in all of it.
    refused(
        |good, _| {
            let mut bad = good.to_vec();
            let at = bad.len() - 20;
            bad[at] ^= 1;
            bad
        },
        "app 1-r0",
    );
    refused(
        |good, _| {
            let mut bad = good.to_vec();
            let at = bad.len() / 2;
            bad[at] ^= 1;
            bad
        },
        "app 1-r0",
    );
    refused(|good, _| vec![b'x'; good.len()], "app 1-r0");
}

#[test]
fn a_shorter_package_file_is_refused() {
    refused(|good, _| good[..good.len() - 1].to_vec(), "is not the file in the lock: its size is");
    refused(|_, _| Vec::new(), "is not the file in the lock: its size is 0");
}

#[test]
fn a_longer_package_file_is_refused() {
    refused(|good, _| [good, b"\n"].concat(), "app 1-r0");
}

#[test]
fn the_file_of_another_package_is_refused() {
    refused(|_, other| other.to_vec(), "app 1-r0");
    // Of the same length.
    refused(
        |good, other| {
            let mut padded = other.to_vec();
            padded.resize(good.len(), 0);
            padded
        },
        "app 1-r0",
    );
}

#[test]
fn a_package_file_that_does_not_arrive_is_named() {
    let fixture = BuildFixture::locked();
    let (good, _) = files(&fixture);
    fixture.host.remove(APP);
    fixture.refuses(&["--locked"], 6, "packages/repository", "no longer has `x86_64/app-1-r0.apk`");
    fixture.host.script(APP, Reply::html());
    fixture.refuses(&["--locked"], 4, "packages/untrusted", "app 1-r0");
    // An answer that ends early is no shorter file.
    let cut = Body::Lying(good.len() as u64, good[..good.len() / 2].to_vec());
    fixture.host.script(APP, Reply::new(200, "").body(cut));
    fixture.refuses(&["--locked"], 6, "packages/repository", "app 1-r0");
    fixture.host.put(APP, good);
    fixture.built("out", &["--locked"]);
}
