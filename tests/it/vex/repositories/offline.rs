//! Without the network: the last copy, with its age.

use super::{Fixture, TRUSTED, assert_suppressed};

#[test]
fn offline_uses_the_copy_and_prints_its_age() {
    let fixture = Fixture::new();
    let offline = [TRUSTED.as_slice(), &["--offline"]].concat();
    let missing = fixture.apply(&offline);
    assert_suppressed(&missing, 6, 0);
    assert!(missing.stdout.contains("there is no copy of it"), "{}", missing.stdout);
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    fixture.requests();
    let applied = fixture.apply(&offline);
    assert_suppressed(&applied, 0, 1);
    assert!(
        applied.stdout.contains("its copy of 20") && applied.stdout.contains("0 min old"),
        "{}",
        applied.stdout
    );
    assert_eq!(fixture.requests(), [""; 0]);
    // A damaged copy is none.
    let pack = std::fs::read(fixture.pack()).unwrap();
    std::fs::write(fixture.pack(), &pack[..pack.len() - 200]).unwrap();
    assert_suppressed(&fixture.apply(&offline), 6, 0);
    // It is replaced where there is a network.
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    assert_suppressed(&fixture.apply(&offline), 0, 1);
}

#[test]
fn a_host_that_does_not_answer_leaves_the_copy() {
    let fixture = Fixture::new();
    fixture.change(|site| site.interval = "0s");
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    fixture.change(|site| site.instead = Some(crate::support::http::Reply::new(404, "gone")));
    let applied = fixture.apply(&TRUSTED);
    assert_suppressed(&applied, 0, 1);
    assert!(applied.stdout.contains("404"), "{}", applied.stdout);
}
