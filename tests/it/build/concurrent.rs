//! Builds at the same time.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{APP, BuildFixture, packages};
use crate::support::apk_repository::repository;
use crate::support::http::Reply;

/// The names in a directory.
fn names(directory: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Four processes share an empty cache, and one is killed this long after the first request.
fn race(after: Duration) {
    let fixture = BuildFixture::locked();
    let app = repository("x86_64", &packages("1-r0"), &fixture.key).remove("x86_64/app-1-r0.apk").unwrap();
    fixture.host.script(APP, Reply::new(200, app).delay(Duration::from_millis(150)));
    let mut children: Vec<_> = (0..4)
        .map(|number| {
            let directory = fixture.env.file(&format!("out/{number}"));
            std::fs::create_dir_all(&directory).unwrap();
            let (layout, archive) =
                (format!("oci:{directory}/layout:app"), format!("archive:{directory}/app.tar"));
            let mut command = fixture.command(&["--locked", "-o", &layout, "-o", &archive]);
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
    let expected = fixture.built("after", &["--offline", "--locked"]);
    let archives: Vec<Vec<u8>> = (1..4)
        .map(|number| {
            let directory = fixture.env.path(&format!("out/{number}"));
            assert_eq!(names(&directory), BTreeSet::from(["app.tar".to_owned(), "layout".to_owned()]));
            let layout = fixture.layout(&format!("out/{number}/layout"));
            assert_eq!(layout.root()["digest"], expected);
            assert_eq!(layout.blobs(), fixture.layout("after").blobs());
            std::fs::read(directory.join("app.tar")).unwrap()
        })
        .collect();
    assert!(archives.iter().all(|one| *one == archives[0]));
    // The archive of the killed one is whole, or not there.
    if let Ok(left) = std::fs::read(fixture.env.path("out/0/app.tar")) {
        assert!(left == archives[0]);
    }
    // What it left in the cache does not change a build that reads it, nor one that does not.
    assert_eq!(fixture.built("cold", &["--locked", "--no-cache"]), expected);
}

#[test]
fn one_of_four_builds_is_killed_and_the_others_agree() {
    for after in [0, 100, 180, 300] {
        race(Duration::from_millis(after));
    }
}
