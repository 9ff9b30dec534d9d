//! Archives that are not used: the last copy stays, and the run says why.

use super::{Fixture, TRUSTED, archive, assert_suppressed, document, gzip, index};
use crate::support::http::{Body, Reply};

/// Archives that are refused, with a word of the reason.
fn bad_archives() -> Vec<(&'static str, Vec<u8>)> {
    let good = archive(&[("index.json", index()), ("table.json", document("affected", "2026-02-01"))]);
    let with = |name: &str, kind: tar::EntryType| {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, content) in
            [("repo-main/index.json", tar::EntryType::Regular, index()), (name, kind, String::new())]
        {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(kind);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, content.as_bytes()).unwrap();
        }
        gzip(&builder.into_inner().unwrap())
    };
    let mut changed = good.clone();
    let at = changed.len() / 2;
    changed[at] ^= 0xff;
    vec![
        ("cut off", good[..good.len() / 2].to_vec()),
        ("cannot be used", changed),
        ("leads out of it", with("../../evil.json", tar::EntryType::Regular)),
        ("leads out of it", with("/etc/evil.json", tar::EntryType::Regular)),
        ("is a link", with("repo-main/evil.json", tar::EntryType::Symlink)),
        ("is a link", with("repo-main/evil.json", tar::EntryType::Link)),
        ("is a device", with("repo-main/evil.json", tar::EntryType::Char)),
        ("has no `index.json`", archive(&[("table.json", document("affected", "2026-02-01"))])),
        ("test is not readable", archive(&[("index.json", "{\"packages\": [".to_owned())])),
        ("are not a list", archive(&[("index.json", "{\"packages\": {}}".to_owned())])),
        ("not a tar archive", b"<html>Please log in</html>".to_vec()),
        ("`*.zip` are not read", b"PK\x03\x04".to_vec()),
    ]
}

#[test]
fn a_refused_archive_leaves_the_copy_as_it_was() {
    let fixture = Fixture::new();
    fixture.change(|site| site.interval = "0s");
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    let copy = std::fs::read(fixture.pack()).unwrap();
    for (word, archive) in bad_archives() {
        fixture.change(|site| (site.archive, site.tag) = (archive, Some(format!("{word:?}"))));
        let run = fixture.apply(&TRUSTED);
        assert_suppressed(&run, 0, 1);
        assert!(run.stdout.contains(word), "{word}: {}", run.json()["problems"]);
        assert_eq!(std::fs::read(fixture.pack()).unwrap(), copy);
        // The tag of a refused archive is not remembered.
        let update = fixture.env.dhi(&["vex", "repo", "update"]);
        update.assert(6, word);
        assert!(update.stderr.contains("kept"), "{}", update.stderr);
    }
    assert!(!fixture.env.path("cache/evil.json").exists() && !fixture.env.path("evil.json").exists());
}

#[test]
fn without_a_copy_a_refused_archive_makes_the_run_incomplete() {
    for (word, archive) in bad_archives() {
        let fixture = Fixture::new();
        fixture.change(|site| site.archive = archive);
        let run = fixture.apply(&TRUSTED);
        assert_suppressed(&run, 6, 0);
        assert!(run.stdout.contains(word), "{word}: {}", run.stdout);
    }
}

#[test]
fn a_truncated_answer_is_refused() {
    let fixture = Fixture::new();
    let whole = archive(&[("index.json", index()), ("table.json", document("not_affected", "2026-02-01"))]);
    let half = whole[..whole.len() / 2].to_vec();
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    fixture.change(|site| {
        site.instead = Some(Reply::new(200, "").body(Body::Lying(whole.len() as u64, half)));
    });
    let update = fixture.env.dhi(&["vex", "repo", "update", "test"]);
    assert_eq!(update.code, 6, "{}", update.stderr);
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
}

#[test]
fn archives_and_manifests_over_a_limit_are_refused() {
    let fixture = Fixture::new();
    // 1 GiB and a byte, of which only the header is sent.
    let mut header = tar::Header::new_gnu();
    header.set_path("repo-main/index.json").unwrap();
    header.set_size((1 << 30) + 1);
    header.set_mode(0o644);
    header.set_cksum();
    fixture.change(|site| site.archive = gzip(header.as_bytes()));
    let run = fixture.env.dhi(&["vex", "repo", "update"]);
    run.assert(4, "limits/exceeded");
    // The path of one entry.
    let deep = format!("{}index.json", "a/".repeat(40));
    fixture.change(|site| site.archive = archive(&[(&deep, index())]));
    fixture.env.dhi(&["vex", "repo", "update"]).assert(4, "limits/exceeded");
    // The manifest.
    fixture.change(|site| site.instead = Some(Reply::new(200, " ".repeat((1 << 20) + 1))));
    fixture.env.dhi(&["vex", "repo", "update"]).assert(4, "limits/exceeded");
    // Without end.
    fixture.change(|site| site.instead = Some(Reply::new(200, "").body(Body::Endless)));
    fixture.env.dhi(&["vex", "repo", "update"]).assert(4, "limits/exceeded");
}

#[test]
fn a_document_that_cannot_be_read_is_not_used_and_said() {
    let fixture = Fixture::new();
    let listed = r#"{"packages": [
        {"id": "pkg:npm/table", "location": "broken.json"},
        {"id": "pkg:npm/table", "location": "missing.json"},
        {"id": "pkg:npm/table", "location": "../outside.json"},
        {"id": "pkg:npm/table", "location": "table.json"}]}"#;
    fixture.change(|site| {
        site.archive = archive(&[
            ("index.json", listed.to_owned()),
            ("broken.json", "{".to_owned()),
            ("table.json", document("not_affected", "2026-01-01")),
        ]);
    });
    let run = fixture.apply(&TRUSTED);
    assert_suppressed(&run, 0, 1);
    let problems = run.json()["problems"].to_string();
    for word in ["broken.json", "missing.json", "../outside.json"] {
        assert!(problems.contains(word), "{word}: {problems}");
    }
}

#[test]
fn many_entries_of_one_package_give_one_problem_of_a_kind() {
    let fixture = Fixture::new();
    let entries = |location: &dyn Fn(usize) -> String| {
        let entries = (0..50_000).map(|n| {
            let location = location(n);
            serde_json::json!({ "id": "pkg:npm/table", "location": location })
        });
        serde_json::json!({ "packages": entries.collect::<Vec<_>>() }).to_string()
    };
    for (location, code, word) in [
        (&(|n| format!("../{n}.json")) as &dyn Fn(usize) -> String, 0, "49999"),
        (&|n| format!("{n}.json"), 4, "limits/exceeded"),
    ] {
        fixture.change(|site| {
            site.archive = archive(&[("index.json", entries(location))]);
            site.tag = Some(format!("{word:?}"));
        });
        fixture.env.dhi(&["vex", "repo", "update"]).assert(0, "updated");
        let run = fixture.apply(&TRUSTED);
        assert_suppressed(&run, code, 0);
        let problems = run.json()["problems"].as_array().unwrap().clone();
        assert!(problems.len() <= 2, "{} problems", problems.len());
        assert!(serde_json::to_string(&problems).unwrap().contains(word), "{problems:?}");
    }
}
