//! Several processes at once: each uses whole content, and one of them fetches it.

use super::{ARCHIVE, Fixture, MANIFEST, TRUSTED, archive, assert_suppressed, document, index};
use crate::support::env::{Run, run};

/// Runs the same command in several processes at once.
fn at_once(fixture: &Fixture, count: usize) -> Vec<Run> {
    let arguments = fixture.applying(&TRUSTED);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..count)
            .map(|_| {
                let mut command = fixture.env.command(&arguments);
                scope.spawn(move || run(&mut command))
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

#[test]
fn one_of_several_processes_fetches() {
    let fixture = Fixture::new();
    for run in at_once(&fixture, 4) {
        assert_suppressed(&run, 0, 1);
    }
    assert_eq!(fixture.requests(), [format!("200 {MANIFEST}"), format!("200 {ARCHIVE}")]);
}

#[test]
fn processes_that_replace_the_copy_leave_it_whole() {
    let fixture = Fixture::new();
    // Each process fetches, and content changes with every round.
    fixture.change(|site| (site.interval, site.tag) = ("0s", None));
    for round in 1..4 {
        let day = format!("2026-0{round}-01");
        fixture.change(|site| {
            site.archive =
                archive(&[("index.json", index()), ("table.json", document("not_affected", &day))]);
        });
        for run in at_once(&fixture, 3) {
            assert_suppressed(&run, 0, 1);
            assert_eq!(run.json()["problems"].as_array().map_or(0, Vec::len), 0, "{}", run.stdout);
        }
        fixture.pack();
    }
}
