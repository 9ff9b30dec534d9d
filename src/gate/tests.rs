//! Options of a verifier: what they trust, what follows from them, and which contradict each other.

use jiff::Timestamp;

use super::{BuildError, Verifier, VerifierBuilder};
use crate::attestation::PredicateSelector;
use crate::policy::BuiltIn;
use crate::trust::{IdentityRule, KeyState, Keyring, Matcher, PublicKey, Threshold, Trust, TrustedKey};
use crate::verify::CosignTags;

fn key(name: &str) -> PublicKey {
    let path = format!("fixtures/keys/{name}.pub");
    PublicKey::from_pem(&std::fs::read_to_string(&path).unwrap(), &path).unwrap()
}

fn by_key() -> VerifierBuilder {
    Verifier::builder().key("team", key("fixture"))
}

fn identity() -> IdentityRule {
    IdentityRule::new(Matcher::exact("dev@example.com"), Matcher::exact("https://accounts.example.com"))
}

fn trust(builder: VerifierBuilder) -> Trust {
    builder.build().unwrap().trust_at(Timestamp::UNIX_EPOCH)
}

#[test]
fn a_verifier_needs_a_key_or_an_identity() {
    for nobody in [
        Verifier::builder(),
        Verifier::builder().keyring(Keyring::default()),
        Verifier::builder().attestor_key("attestor", key("other")),
    ] {
        assert_eq!(nobody.build().unwrap_err(), BuildError::NoSigner);
    }
    for somebody in [
        by_key(),
        Verifier::builder().identity(identity()),
        Verifier::builder().keyring(Keyring::dhi().unwrap()),
        Verifier::builder().docker_keys().unwrap(),
    ] {
        assert!(somebody.build().is_ok());
    }
}

#[test]
fn a_threshold_counts_keys_and_identities() {
    let two = Threshold::new(2).unwrap();
    let missing = Err(BuildError::Threshold { needed: 2, given: 1 });
    assert_eq!(by_key().threshold(two).build().map(drop), missing);
    // The same key twice is one signer.
    assert_eq!(by_key().key("again", key("fixture")).threshold(two).build().map(drop), missing);
    assert_eq!(by_key().key("other", key("other")).threshold(two).build().map(drop), Ok(()));
    assert_eq!(by_key().identity(identity()).threshold(two).build().map(drop), Ok(()));
}

#[test]
fn options_that_the_policy_ignores_are_errors() {
    use BuiltIn::{Attested, DhiOrDhiBased, Signed};
    let day: Timestamp = "2027-01-31T00:00:00Z".parse().unwrap();
    let excused = b"- {image: '**', check: base/not-dhi, reason: rebuild, expires: 2026-12-31}";
    let nothing = |policy, is_default| Err(BuildError::NothingToExcuse { policy, is_default });
    let of_type =
        |builder: VerifierBuilder| builder.predicate_type(PredicateSelector::parse("spdx").unwrap());
    let twice = BuildError::AnnotationTwice { key: "stage".to_owned() };
    for (builder, expected) in [
        (of_type(by_key().policy(Signed)), Err(BuildError::PredicateTypes)),
        (by_key().policy(Signed).platform("linux/amd64".parse().unwrap()), Err(BuildError::Platforms)),
        (by_key().policy(Signed).attestor_key("a", key("other")), Err(BuildError::AttestorKeys)),
        (by_key().require_annotation("stage", "prod"), Err(BuildError::Annotations)),
        (by_key().policy(Attested).require_annotation("stage", "prod"), Err(BuildError::Annotations)),
        (by_key().policy(Signed).require_annotation("stage", "prod"), Ok(())),
        (
            by_key().policy(Signed).require_annotation("stage", "prod").require_annotation("stage", "dev"),
            Err(twice),
        ),
        (by_key().enforce_from(day), Ok(())),
        (by_key().policy(Attested).enforce_from(day), nothing(Attested, false)),
        (of_type(by_key().enforce_from(day)), nothing(Attested, true)),
        (by_key().policy(DhiOrDhiBased).exceptions(excused, "list").unwrap(), Ok(())),
        (by_key().policy(Signed).exceptions(excused, "list").unwrap(), nothing(Signed, false)),
    ] {
        assert_eq!(builder.build().map(drop), expected);
    }
    let unknown = b"- {image: '**', check: trust/tampered, reason: no, expires: 2026-12-31}";
    assert!(matches!(by_key().exceptions(unknown, "list"), Err(BuildError::Exceptions(_))));
}

#[test]
fn the_default_policy_follows_from_the_predicate_types() {
    assert_eq!(by_key().build().unwrap().policy(), BuiltIn::DhiOrDhiBased);
    let narrowed = by_key().predicate_type(PredicateSelector::parse("spdx").unwrap());
    assert_eq!(narrowed.build().unwrap().policy(), BuiltIn::Attested);
}

#[test]
fn enveloped_attestations_are_judged_for_given_signers_alone() {
    let reference = "registry.example.com/team/api:1".parse().unwrap();
    let docker = || Verifier::builder().docker_keys().unwrap();
    for (builder, judged, tagged) in [
        (docker(), false, CosignTags::IfNeeded),
        (docker().key("team", key("fixture")), true, CosignTags::IfNeeded),
        (Verifier::builder().keyring(Keyring::dhi().unwrap()), true, CosignTags::IfNeeded),
        (docker().identity(identity()), true, CosignTags::Always),
        (docker().attestor_key("attestor", key("other")), true, CosignTags::Always),
    ] {
        let verifier = builder.build().unwrap();
        let (options, base) = (verifier.options(&reference), verifier.base_options());
        assert_eq!((options.judge_enveloped, options.cosign_tags), (judged, tagged));
        assert_eq!((base.judge_enveloped, base.cosign_tags), (judged, tagged));
    }
}

#[test]
fn a_key_of_docker_keeps_its_name_and_dates() {
    let (first, second) = (TrustedKey::dhi_1().unwrap(), TrustedKey::dhi_2().unwrap());
    let given = trust(Verifier::builder().key("mine", second.key.clone()));
    assert_eq!(given.keys.iter().collect::<Vec<_>>(), [&second]);
    // dhi-1 counts only where it is given by itself.
    let state = |trust: &Trust| trust.keys.get(first.key.id()).unwrap().state;
    let docker = || Verifier::builder().docker_keys().unwrap();
    assert_eq!(state(&trust(docker())), KeyState::Inactive);
    assert_eq!(state(&trust(docker().key("old", first.key.clone()))), KeyState::Active);
}

#[test]
fn a_verifier_judges_by_the_clock_unless_a_time_is_given() {
    let (now, time) = (Timestamp::UNIX_EPOCH, "2026-11-21T00:00:00Z".parse().unwrap());
    assert_eq!(by_key().build().unwrap().trust_at(now).effective_time, now);
    assert_eq!(by_key().at(time).build().unwrap().trust_at(now).effective_time, time);
}
