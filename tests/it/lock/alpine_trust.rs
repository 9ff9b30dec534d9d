//! Repositories of Alpine that are not proven, and keys that change.

use super::{KEY, LockFixture};
use crate::support::apk_repository::{
    ApkPackage, RepositoryKey, Signing, gzip, index_member, index_text, signed_index,
};
use crate::support::http::Reply;

const INDEX: &str = "/alpine/x86_64/APKINDEX.tar.gz";

fn fixture() -> (LockFixture, RepositoryKey) {
    LockFixture::alpine(&[ApkPackage::new("app", "1-r0")], &["app"])
}

/// The text of an index with one package.
fn text(key: &RepositoryKey) -> String {
    index_text([ApkPackage::new("app", "1-r0").build(key).stanza.as_str()])
}

#[test]
fn an_index_that_is_not_proven_is_refused() {
    let (fixture, key) = fixture();
    let text = text(&key);
    let untrusted = |index: Vec<u8>, cause: &str| {
        fixture.host.put(INDEX, index);
        fixture.refuses(4, "packages/untrusted", cause);
    };
    untrusted(index_member(&text), "it is not signed");
    untrusted(signed_index(&text, &RepositoryKey::generate("other.rsa.pub")), "`other.rsa.pub`");
    // Another key with the same file name.
    untrusted(signed_index(&text, &RepositoryKey::generate(KEY)), "does not match");
    // The signatures of another index.
    let signatures = key.signatures(&index_member(&text), &[Signing::Sha256]);
    let edited = index_member(&text.replace("V:1-r0", "V:2-r0"));
    untrusted([signatures, edited].concat(), "does not match");
    // A good signature beside a wrong one by the same key.
    let member = index_member(&text);
    let good = key.signatures(&member, &[Signing::Sha256]);
    let wrong = RepositoryKey::generate(KEY).signatures(&member, &[Signing::Sha1]);
    untrusted([wrong, good, member].concat(), "does not match");
}

#[test]
fn an_index_that_cannot_be_used_is_named() {
    let (fixture, _key) = fixture();
    let unusable = |reply: Reply, cause: &str| {
        fixture.host.script(INDEX, reply);
        fixture.refuses(6, "packages/repository", cause);
    };
    unusable(Reply::new(200, b"ADBd\0\0\0\0".to_vec()), "the format of apk v3");
    unusable(Reply::new(200, b"ADB.\0\0\0\0".to_vec()), "the format of apk v3");
    unusable(Reply::new(404, ""), "its host does not have `x86_64/APKINDEX.tar.gz`");
    unusable(Reply::html(), "is not a gzip stream");
    fixture.host.script(INDEX, Reply::new(200, gzip(b"text")));
    fixture.refuses(4, "packages/untrusted", "it is not signed");
}

#[test]
fn a_changed_key_is_refused_without_update() {
    let (fixture, _key) = fixture();
    let one = fixture.locked(&[]);
    let new = RepositoryKey::generate(KEY);
    fixture.host.put(&format!("/keys/{KEY}"), new.public_pem());
    fixture.serve(&[ApkPackage::new("app", "2-r0"), ApkPackage::new("extra", "1-r0")], &new);
    // A lock that fits does not look.
    fixture.lock(&[]).assert(0, "fits");
    fixture.define(&["app", "extra"]);
    fixture.lock(&[]).assert(4, "error[lock/key-changed]");
    fixture.lock(&["--update=app"]).assert(4, "error[lock/key-changed]");
    assert_eq!(fixture.bytes(), one);
    let accepted = fixture.lock(&["--update"]);
    accepted.assert(0, "test-1.rsa.pub");
    assert_eq!(fixture.packages(), ["app 2-r0", "extra 1-r0"]);
    fixture.lock(&["--update=app"]).assert(0, "");
}
