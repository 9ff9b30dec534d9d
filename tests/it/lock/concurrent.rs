//! Locks that are made at the same time.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{KEY, LockFixture};
use crate::support::apk_repository::{ApkPackage, repository};
use crate::support::http::Reply;

const INDEX: &str = "x86_64/APKINDEX.tar.gz";

/// Four processes share an empty cache, and one is killed this long after the first request.
fn race(after: Duration) {
    let packages: Vec<ApkPackage> =
        (0..100).map(|number| ApkPackage::new(&format!("package{number}"), "1-r0")).collect();
    let (fixture, key) = LockFixture::alpine(&packages[..1], &["package0", "package99"]);
    let index = repository("x86_64", &packages, &key).remove(INDEX).unwrap();
    let delayed = |bytes: Vec<u8>| Reply::new(200, bytes).delay(Duration::from_millis(150));
    fixture.host.script(&format!("/keys/{KEY}"), delayed(key.public_pem().into_bytes()));
    fixture.host.script(&format!("/alpine/{INDEX}"), delayed(index));
    let files: Vec<String> = (0..4).map(|number| fixture.env.file(&format!("{number}.lock"))).collect();
    let mut children: Vec<_> = files
        .iter()
        .map(|file| {
            let mut command = fixture.command(&["-o", file]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let start = Instant::now();
    while fixture.host.log.all().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(after);
    let mut killed = children.remove(0);
    killed.kill().unwrap();
    killed.wait().unwrap();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let bytes: Vec<_> = files[1..].iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(bytes.iter().all(|one| *one == bytes[0]));
    // What the killed one left is whole, or not there. The cache stays usable, without network too.
    if let Ok(left) = std::fs::read(&files[0]) {
        assert_eq!(left, bytes[0]);
    }
    assert_eq!(fixture.locked(&["--offline"]), bytes[0]);
    fixture.remove_lock();
    assert_eq!(fixture.locked(&[]), bytes[0]);
}

#[test]
fn one_of_four_is_killed_and_the_others_agree() {
    for after in [0, 100, 180, 300] {
        race(Duration::from_millis(after));
    }
}
