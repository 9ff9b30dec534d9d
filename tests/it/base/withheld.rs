//! A withheld list of referrers is unknown, not empty: nothing that depends on it passes.

use dhi::diagnostic::Code;
use dhi::evidence::{Evidence, Outcome, PolicyInput, Requirements, Verdict, judge};
use dhi::policy::BuiltIn;
use dhi::verify::BaseOptions;

use super::{APP, BaseFixture, child, python};

const PYTHON: &str = "dhi.io/python:3.13";

/// The verdict over the image `name` by `policy`.
fn verdict(fixture: &BaseFixture, name: &str, policy: BuiltIn, requirements: &Requirements) -> Verdict {
    let evidence: Evidence = fixture.evidence(name, &BaseOptions::default());
    let base = fixture.ask(name, &BaseOptions::default());
    judge(&evidence, requirements, &policy, &[], &PolicyInput { base: Some(&base), ..PolicyInput::default() })
}

/// Exit code, and the codes of what counts.
fn counting(fixture: &BaseFixture, name: &str, policy: BuiltIn) -> (u8, Vec<Code>) {
    let verdict = verdict(fixture, name, policy, &Requirements::default());
    let counting = verdict.checks.iter().filter(|check| check.counts());
    (verdict.exit.code(), counting.map(|check| check.diagnostic.as_ref().unwrap().code).collect())
}

const UNKNOWN: (u8, [Code; 1]) = (6, [Code::REGISTRY_UNUSABLE_ANSWER]);

fn is_unknown((exit, codes): (u8, Vec<Code>)) {
    assert_eq!((exit, codes.as_slice()), (UNKNOWN.0, &UNKNOWN.1[..]));
}

#[test]
fn no_base_proves_an_image_with_a_withheld_list() {
    let (fixture, _) = BaseFixture::new();
    let app = fixture.push(APP, &[child(&python("ab"), "abc")]);
    assert_eq!(counting(&fixture, APP, BuiltIn::DhiOrDhiBased), (0, Vec::new()));
    assert_eq!(counting(&fixture, APP, BuiltIn::Attested), (3, vec![Code::ATTEST_NONE]));
    fixture.withhold_list(&app, app.images[0]["digest"].as_str().unwrap(), 0);
    is_unknown(counting(&fixture, APP, BuiltIn::DhiOrDhiBased));
    is_unknown(counting(&fixture, APP, BuiltIn::Attested));
}

#[test]
fn proofs_beside_a_withheld_list_prove_no_hardened_image() {
    let (fixture, pushed) = BaseFixture::new();
    let image = pushed.images[0]["digest"].as_str().unwrap();
    for (shown, attested) in [(2, true), (1, true), (0, false)] {
        fixture.withhold_list(&pushed, image, shown);
        for (policy, passes) in [(BuiltIn::Attested, attested), (BuiltIn::DhiOrDhiBased, false)] {
            let found = counting(&fixture, PYTHON, policy);
            if passes {
                assert_eq!(found, (0, Vec::new()), "{shown} {policy:?}");
                // What is unknown is still reported.
                let verdict = verdict(&fixture, PYTHON, policy, &Requirements::default());
                assert!(verdict.checks.iter().any(|check| {
                    check.found == Outcome::Skip
                        && check
                            .diagnostic
                            .as_ref()
                            .is_some_and(|problem| problem.code == Code::REGISTRY_UNUSABLE_ANSWER)
                }));
            } else {
                is_unknown(found);
            }
        }
    }
}

#[test]
fn a_base_whose_list_is_withheld_proves_nothing() {
    let (fixture, pushed) = BaseFixture::new();
    fixture.push(APP, &[child(&python("ab"), "abc")]);
    for shown in [0, 2] {
        fixture.withhold_list(&pushed, pushed.images[0]["digest"].as_str().unwrap(), shown);
        is_unknown(counting(&fixture, APP, BuiltIn::DhiOrDhiBased));
    }
}

#[test]
fn an_index_whose_list_is_withheld_is_not_called_unsigned() {
    let (fixture, pushed) = BaseFixture::new();
    fixture.withhold_list(&pushed, &pushed.digest, 0);
    is_unknown(counting(&fixture, PYTHON, BuiltIn::DhiOrDhiBased));
    // Of the attestations nothing is unknown.
    assert_eq!(counting(&fixture, PYTHON, BuiltIn::Attested), (0, Vec::new()));
    let demanding = Requirements { require_root_signature: true };
    for policy in [BuiltIn::Attested, BuiltIn::DhiOrDhiBased] {
        let verdict = verdict(&fixture, PYTHON, policy, &demanding);
        assert_eq!(verdict.exit.code(), UNKNOWN.0, "{policy:?}");
        let codes = verdict.checks.iter().filter_map(|check| check.diagnostic.as_ref());
        assert!(codes.into_iter().all(|problem| problem.code != Code::TRUST_UNSIGNED));
    }
}
