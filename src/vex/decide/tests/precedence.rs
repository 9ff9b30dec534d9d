use super::*;

const BASH_PRODUCT: &str = "pkg:deb/debian/bash@5.2-1";

fn one(statements: Vec<Statement>) -> Decision {
    decision(&bash(), vec![document(statements)])
}

#[test]
fn the_newest_statement_decides() {
    let affected = |day| statement(Status::Affected, day, &[BASH_PRODUCT]);
    let not_affected = |day| statement(Status::NotAffected, day, &[BASH_PRODUCT]);
    for statements in [vec![affected(1), not_affected(2)], vec![not_affected(2), affected(1)]] {
        let decided = one(statements);
        assert_eq!(decided.outcome, Outcome::Suppressed, "{decided:?}");
        assert!(matches!(decided.warnings.as_slice(), [Warning::ShadowedKeeping { .. }, ..]), "{decided:?}");
    }
    for statements in [vec![affected(2), not_affected(1)], vec![not_affected(1), affected(2)]] {
        let decided = one(statements);
        assert_eq!(decided.outcome, Outcome::Kept, "{decided:?}");
        assert_eq!(decided.ruling.unwrap().status, Status::Affected);
    }
}

#[test]
fn image_and_package_are_decided_together() {
    let image = format!("pkg:oci/web@{DIGEST}");
    let decided = one(vec![
        statement(Status::Affected, 2, &["pkg:deb/debian/bash"]),
        statement(Status::NotAffected, 1, &[&image]),
    ]);
    assert_eq!(summary(&decided), "kept by 0#0 affected package-any-version");
    let decided = one(vec![
        statement(Status::Affected, 1, &[&image]),
        statement(Status::NotAffected, 2, &["pkg:deb/debian/bash"]),
    ]);
    assert_eq!(summary(&decided), "suppressed by 0#1 not_affected package-any-version");
}

#[test]
fn equal_times_are_decided_by_the_safer_status() {
    let order = [Status::NotAffected, Status::Fixed, Status::UnderInvestigation, Status::Affected];
    for (weaker, status) in order.iter().enumerate() {
        for other in &order[weaker + 1..] {
            for pair in [[status, other], [other, status]] {
                let decided = one(pair.map(|status| statement(*status, 1, &[BASH_PRODUCT])).to_vec());
                assert_eq!(decided.ruling.as_ref().map(|ruling| ruling.status), Some(*other), "{pair:?}");
                assert!(decided.conflict, "{pair:?}");
            }
        }
        let decided =
            one(vec![statement(*status, 1, &[BASH_PRODUCT]), statement(*status, 1, &[BASH_PRODUCT])]);
        assert_eq!(decided.ruling.as_ref().map(|ruling| ruling.statement), Some(at(0, 1)));
        assert!(!decided.conflict);
    }
}

#[test]
fn a_conflict_of_older_statements_is_none() {
    let decided = one(vec![
        statement(Status::Affected, 1, &[BASH_PRODUCT]),
        statement(Status::NotAffected, 1, &[BASH_PRODUCT]),
        statement(Status::Fixed, 2, &[BASH_PRODUCT]),
    ]);
    assert_eq!(summary(&decided), "suppressed by 0#2 fixed package");
    assert!(!decided.conflict);
}

#[test]
fn nanoseconds_and_offsets_count() {
    let at_time = |status, text: &str| Statement {
        timestamp: Some(time(text)),
        ..statement(status, 1, &[BASH_PRODUCT])
    };
    let decided = one(vec![
        at_time(Status::NotAffected, "2026-01-02T00:00:00.000000001Z"),
        at_time(Status::Affected, "2026-01-02T02:00:00+02:00"),
    ]);
    assert_eq!(decided.outcome, Outcome::Suppressed);
    assert!(!decided.conflict);
}

#[test]
fn no_time_is_the_oldest_time() {
    let timeless =
        |status| Statement { timestamp: None, has_own_time: false, ..statement(status, 1, &[BASH_PRODUCT]) };
    let decided = one(vec![timeless(Status::Affected), statement(Status::NotAffected, 1, &[BASH_PRODUCT])]);
    assert_eq!(decided.outcome, Outcome::Suppressed);
    let decided = one(vec![timeless(Status::NotAffected), timeless(Status::Affected)]);
    assert_eq!(decided.outcome, Outcome::Kept);
    assert!(decided.conflict);
    assert_eq!(one(vec![timeless(Status::NotAffected)]).outcome, Outcome::Suppressed);
}

#[test]
fn a_time_more_than_a_day_ahead_counts_as_none() {
    let at_time = |status, text: &str| Statement {
        timestamp: Some(time(text)),
        ..statement(status, 1, &[BASH_PRODUCT])
    };
    let old = || statement(Status::Affected, 1, &[BASH_PRODUCT]);
    let future = |decided: &Decision| {
        decided.warnings.iter().any(|warning| matches!(warning, Warning::FutureTime { .. }))
    };
    // `now` is the first of June.
    let decided = one(vec![old(), at_time(Status::NotAffected, "2026-06-02T00:00:00Z")]);
    assert_eq!(decided.outcome, Outcome::Suppressed);
    assert!(future(&decided));
    let decided = one(vec![old(), at_time(Status::NotAffected, "2026-06-02T00:00:00.000000001Z")]);
    assert_eq!(decided.outcome, Outcome::Kept);
    assert!(future(&decided));
    let decided = one(vec![old(), at_time(Status::NotAffected, "2026-06-01T00:00:00Z")]);
    assert!(!future(&decided));
}

#[test]
fn a_time_at_the_end_of_all_times_is_no_error() {
    let rules = Rules { now: Timestamp::MAX, ..rules() };
    let newest =
        Statement { timestamp: Some(Timestamp::MAX), ..statement(Status::Fixed, 1, &[BASH_PRODUCT]) };
    let decided = decide_with(&bash(), &ImageFacts::default(), vec![document(vec![newest])], &rules);
    assert_eq!(decided.outcome, Outcome::Suppressed);
}

#[test]
fn the_first_group_with_a_statement_decides() {
    let with_priority = |status, day, priority, product: &str| {
        let mut sourced = document(vec![statement(status, day, &[product])]);
        sourced.source.priority = priority;
        sourced
    };
    let decided = decision(
        &bash(),
        vec![
            with_priority(Status::Affected, 2, 1, BASH_PRODUCT),
            with_priority(Status::NotAffected, 1, 0, BASH_PRODUCT),
        ],
    );
    assert_eq!(decided.ruling.as_ref().map(|ruling| ruling.statement), Some(at(1, 0)));
    assert!(!decided.conflict);
    assert!(decided.warnings.contains(&Warning::OverruledByPriority { statement: at(0, 0) }));
    // A group whose statements are about another package does not decide.
    let decided = decision(
        &bash(),
        vec![
            with_priority(Status::Affected, 2, 1, BASH_PRODUCT),
            with_priority(Status::NotAffected, 1, 0, "pkg:deb/debian/bash@5.3-1"),
        ],
    );
    assert_eq!(summary(&decided), "kept by 0#0 affected package");
}

#[test]
fn a_statement_that_inherits_a_new_time_is_told() {
    // A new edition moves the time of the document on; an old statement without a time becomes the newest.
    let inherited = Statement { has_own_time: false, ..statement(Status::Affected, 20, &[BASH_PRODUCT]) };
    let decided = one(vec![inherited, statement(Status::NotAffected, 10, &[BASH_PRODUCT])]);
    assert_eq!(summary(&decided), "kept by 0#0 affected package");
    let shadowed = Warning::ShadowedSuppression { older: at(0, 1), newer: at(0, 0), inherited_time: true };
    assert!(decided.warnings.contains(&shadowed), "{:?}", decided.warnings);
    let decided = one(vec![
        statement(Status::Affected, 20, &[BASH_PRODUCT]),
        statement(Status::NotAffected, 10, &[BASH_PRODUCT]),
    ]);
    let shadowed = Warning::ShadowedSuppression { older: at(0, 1), newer: at(0, 0), inherited_time: false };
    assert!(decided.warnings.contains(&shadowed), "{:?}", decided.warnings);
}
