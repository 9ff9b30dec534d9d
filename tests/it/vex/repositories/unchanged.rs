//! When a repository is fetched: its interval, its entity tag, and content that is not there any more.

use super::{ARCHIVE, Fixture, MANIFEST, TRUSTED, archive, assert_suppressed, document, index};
use crate::support::http::Reply;
use crate::vex::situation::Situation;

/// The steps of the situation about lost content, with a server that answers as the one in its folder does.
#[test]
fn lost_and_spoilt_content_is_fetched_without_its_tag() {
    let Some(situation) = Situation::copy("31") else { return };
    let steps = situation.expected["steps"].as_array().unwrap();
    let fixture = Fixture::new();
    fixture.change(|site| site.interval = "0s");
    let report = fixture.env.write("report.json", situation.read("report.json"));
    let apply =
        || fixture.env.dhi(&[&["vex", "apply", &report, "--format", "json"], TRUSTED.as_slice()].concat());
    let expect = |step: usize| {
        let run = apply();
        let expected = &steps[step];
        let exit = expected["exit"].as_i64().unwrap_or(0);
        assert_eq!(i64::from(run.code), exit, "{expected}\n{}{}", run.stdout, run.stderr);
        if let Some(suppressed) = expected.get("suppressed") {
            assert_eq!(&run.json()["counts"]["suppressed"], suppressed, "{expected}\n{}", run.stderr);
        }
        if let Some(requests) = expected.get("requests") {
            assert_eq!(serde_json::json!(fixture.requests()), *requests, "{expected}");
        }
        run
    };
    expect(0);
    expect(1);
    std::fs::remove_file(fixture.pack()).unwrap();
    expect(2);
    // The end of the pack is that of the last document: only reading the document finds it.
    let pack = std::fs::read(fixture.pack()).unwrap();
    std::fs::write(fixture.pack(), &pack[..pack.len() - 200]).unwrap();
    expect(3);
    fixture.change(|site| site.instead = Some(Reply::cut()));
    let stopped = expect(4);
    let warned = stopped.json()["problems"].to_string();
    assert!(warned.contains("test") && warned.contains("its copy of 20"), "{warned}");
    std::fs::remove_file(fixture.pack()).unwrap();
    let gone = expect(5);
    assert!(
        gone.stderr.contains("vex/repository-unavailable")
            || gone.stdout.contains("vex/repository-unavailable")
    );
    assert_suppressed(&gone, 6, 0);
}

#[test]
fn within_its_interval_nothing_is_requested() {
    let fixture = Fixture::new();
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    assert_eq!(fixture.requests(), [format!("200 {MANIFEST}"), format!("200 {ARCHIVE}")]);
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    assert_eq!(fixture.requests(), [""; 0]);
    // An update asks always, and reads the manifest again.
    fixture.env.dhi(&["vex", "repo", "update"]).assert(0, "unchanged  test");
    assert_eq!(fixture.requests(), [format!("200 {MANIFEST}"), format!("304 {ARCHIVE}")]);
}

#[test]
fn within_its_interval_spoilt_content_is_found_when_it_is_read() {
    let fixture = Fixture::new();
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    fixture.requests();
    let pack = std::fs::read(fixture.pack()).unwrap();
    // The index is before the document, so the first change is in the document and the second in the index.
    for at in [pack.len() - 10, pack.len() - document("not_affected", "2026-01-01").len() - 10] {
        let mut spoilt = pack.clone();
        spoilt[at] ^= 1;
        std::fs::write(fixture.pack(), spoilt).unwrap();
        assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
        assert_eq!(fixture.requests(), [format!("200 {ARCHIVE}")], "byte {at}");
        assert_eq!(std::fs::read(fixture.pack()).unwrap(), pack);
    }
}

#[test]
fn changed_content_replaces_the_copy() {
    let fixture = Fixture::new();
    fixture.change(|site| site.interval = "0s");
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    let first = fixture.pack();
    fixture.change(|site| {
        site.archive =
            archive(&[("index.json", index()), ("table.json", document("affected", "2026-02-01"))]);
        site.tag = Some("\"two\"".to_owned());
    });
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 0);
    assert_ne!(fixture.pack(), first);
    fixture.requests();
    fixture.apply(&TRUSTED);
    assert_eq!(fixture.requests(), [format!("304 {ARCHIVE}")]);
}

#[test]
fn an_answer_of_unchanged_to_a_request_without_tag_is_refused() {
    let fixture = Fixture::new();
    fixture.change(|site| site.instead = Some(Reply::new(304, "")));
    let run = fixture.apply(&TRUSTED);
    assert_suppressed(&run, 6, 0);
    assert!(run.stdout.contains("304"), "{}", run.stdout);
    // Neither is a manifest that is none.
    fixture.change(|site| site.instead = Some(Reply::html()));
    assert_suppressed(&fixture.apply(&TRUSTED), 6, 0);
}

#[test]
fn a_host_without_tags_is_fetched_again() {
    let fixture = Fixture::new();
    fixture.change(|site| (site.interval, site.tag) = ("0s", None));
    for requests in [vec![MANIFEST, ARCHIVE], vec![ARCHIVE]] {
        assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
        let expected: Vec<String> = requests.iter().map(|path| format!("200 {path}")).collect();
        assert_eq!(fixture.requests(), expected);
    }
}

#[test]
fn without_a_cache_nothing_is_stored() {
    let fixture = Fixture::new();
    for _ in 0..2 {
        assert_suppressed(&fixture.apply(&[TRUSTED.as_slice(), &["--no-cache"]].concat()), 0, 1);
        assert_eq!(fixture.requests(), [format!("200 {MANIFEST}"), format!("200 {ARCHIVE}")]);
    }
    assert!(!fixture.env.path("cache/dhi/vex").exists());
}

#[test]
fn locations_are_tried_in_their_order() {
    let fixture = Fixture::new();
    fixture.change(|site| {
        site.locations = [
            "/gone.tar.gz",
            "/a.zip",
            "ftp://127.0.0.1/a.tar.gz",
            "/a.tar.gz//other",
            "/a.tar.gz//repo-main",
        ]
        .map(str::to_owned)
        .to_vec();
    });
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    let expected = [MANIFEST, "/gone.tar.gz", ARCHIVE, ARCHIVE];
    let requests = fixture.requests();
    assert_eq!(requests.iter().map(|line| &line[4..]).collect::<Vec<_>>(), expected, "{requests:?}");
}

#[test]
fn a_moved_archive_is_found_by_the_new_manifest() {
    let fixture = Fixture::new();
    fixture.change(|site| site.interval = "0s");
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    fixture.requests();
    let moved = "/b.tar.gz";
    fixture.change(|site| {
        site.path = moved;
        site.locations = vec![format!("{moved}//repo-main")];
        site.archive =
            archive(&[("index.json", index()), ("table.json", document("affected", "2026-02-01"))]);
    });
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 0);
    assert_eq!(
        fixture.requests(),
        [format!("404 {ARCHIVE}"), format!("200 {MANIFEST}"), format!("200 {moved}")]
    );
}

#[test]
fn content_that_cannot_be_stored_is_used() {
    let fixture = Fixture::new();
    let file = fixture.env.write("file", "");
    let run = fixture.apply(&[TRUSTED.as_slice(), &["--cache-dir", &file]].concat());
    assert_suppressed(&run, 0, 1);
    let problems = run.json()["problems"].to_string();
    assert!(problems.contains("its copy in"), "{problems}");
    fixture.env.dhi(&["vex", "repo", "update", "--cache-dir", &file]).assert(6, "its copy in");
    // A directory in which nothing can be written, with a copy whose interval is over.
    fixture.change(|site| site.interval = "0s");
    fixture.env.dhi(&["vex", "repo", "update"]).assert(0, "updated");
    let lock = fixture.copy().join("lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let run = fixture.apply(&TRUSTED);
    assert_suppressed(&run, 0, 1);
    assert!(run.json()["problems"].to_string().contains("its copy in"), "{}", run.stdout);
}

/// Sets when the only copy was compared with its origin.
fn check_days_ago(fixture: &Fixture, days: i64) {
    let file = fixture.copy().join("record.json");
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days + 1);
    record["checked"] = time.to_string().into();
    std::fs::write(file, record.to_string()).unwrap();
}

#[test]
fn a_publisher_cannot_stop_updates() {
    let fixture = Fixture::new();
    fixture.change(|site| site.interval = "2000000h");
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    fixture.requests();
    check_days_ago(&fixture, 6);
    let run = fixture.apply(&TRUSTED);
    assert_suppressed(&run, 0, 1);
    assert_eq!(fixture.requests(), [""; 0]);
    let problems = run.json()["problems"].to_string();
    assert!(problems.contains("was last compared with its origin 6 days ago"), "{problems}");
    check_days_ago(&fixture, 7);
    let run = fixture.apply(&TRUSTED);
    assert_suppressed(&run, 0, 1);
    assert!(!fixture.requests().is_empty());
    assert_eq!(run.json()["problems"], serde_json::json!([]), "{}", run.stdout);
}
