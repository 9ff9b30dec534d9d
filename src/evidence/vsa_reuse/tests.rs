use super::*;
use crate::attestation::{NewVsa, ResourceDescriptor};
use crate::evidence::{AttestationForm, Excused};
use crate::oci::{Reference, media_type};
use crate::trust::tests::signing::TestSigner;
use crate::trust::{Role, TrustedKey};

const SIGNER: TestSigner = TestSigner { name: Some("dhi/x"), is_dhi: true, role: Role::Image };
const NOW: &str = "2026-11-21T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn root() -> Root {
    Root {
        digest: Digest::of(b"index"),
        media_type: media_type::OCI_INDEX.to_owned(),
        size: 5,
        is_index: true,
        annotations: std::collections::BTreeMap::new(),
        document: None,
        age: None,
    }
}

fn inputs(policy: &str) -> serde_json::Value {
    serde_json::json!({ "policy": policy, "platforms": [] })
}

fn digest(inputs: &serde_json::Value) -> Digest {
    Digest::of(inputs.to_string().as_bytes())
}

fn expected() -> VsaExpectation {
    let inputs = inputs("a");
    VsaExpectation {
        verifier: Some("https://example.com/ci".to_owned()),
        resource: "oci://registry.example.com/api".to_owned(),
        part: None,
        policy: digest(&inputs),
        inputs,
        log: LogPolicy::VerifyIfPresent,
        skipped: BTreeSet::new(),
        max_age: SignedDuration::from_hours(24),
        known: Catalogue::new(&[crate::evidence::CODES, crate::trust::CODES]),
        now: at(NOW),
    }
}

/// A summary that is accepted.
fn good() -> NewVsa {
    let inputs = inputs("a");
    NewVsa {
        verifier: "https://example.com/ci".to_owned(),
        version: "1",
        time: at("2026-11-21T11:00:00Z"),
        resource: "oci://registry.example.com/api".to_owned(),
        policy: ResourceDescriptor { uri: "urn:dhi:policy:a".to_owned(), digest: digest(&inputs) },
        inputs: Vec::new(),
        passed: true,
        levels: Vec::new(),
        verification: VsaExtension {
            proven: "signed by me".to_owned(),
            inputs,
            keyring: Digest::of(b"keys").into(),
            log_policy: "verify-if-present".to_owned(),
            skipped: Vec::new(),
            warnings: Vec::new(),
        },
    }
}

/// A signed statement with this predicate about the objects of these contents.
fn about(contents: &[&str], predicate: &str) -> AttestationEvidence {
    stated(VSA_TYPE, contents, predicate)
}

fn stated(predicate_type: &str, contents: &[&str], predicate: &str) -> AttestationEvidence {
    let subjects: Vec<String> = contents
        .iter()
        .map(|content| format!(r#"{{"digest":{{"sha256":"{}"}}}}"#, Digest::of(content.as_bytes()).hex()))
        .collect();
    let text = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"{predicate_type}","subject":[{}],"predicate":{predicate}}}"#,
        subjects.join(",")
    );
    let object = Digest::of(contents.first().unwrap_or(&"index").as_bytes());
    AttestationEvidence {
        digest: Digest::of(text.as_bytes()),
        predicate_type: Some(VSA_TYPE.to_owned()),
        found_in: "dhi.io/python".parse::<Reference>().unwrap().repository,
        form: AttestationForm::InToto,
        outcome: SIGNER.attest(&text, object).map(|attested| attested.reduce(false)).map_err(Failure::from),
    }
}

fn signed(summaries: &[NewVsa]) -> Vec<AttestationEvidence> {
    summaries.iter().map(|summary| about(&["index"], &summary.to_json().unwrap())).collect()
}

fn rejection(summaries: &[NewVsa]) -> Option<VsaRejection> {
    accept_vsa(&root(), &signed(summaries), &expected()).err()
}

#[test]
fn a_matching_summary_is_accepted_and_reported() {
    let warning = Warning {
        id: "base/not-dhi".to_owned(),
        scope: "linux/amd64".to_owned(),
        message: "no".to_owned(),
        policy: None,
    };
    let skipped = SkippedCheckRecord {
        check: "referrer".to_owned(),
        scope: "SPDX of linux/amd64".to_owned(),
        reason: "a bundle".to_owned(),
    };
    let mut summary = good();
    summary.verification.warnings.push(warning);
    summary.verification.skipped.push(skipped);
    let accepted = accept_vsa(&root(), &signed(&[summary]), &expected()).unwrap();
    // What was excused then counts until an exception of this run excuses it.
    let mut verdict = accepted.verdict();
    assert_eq!(verdict.exit, Exit::Fail);
    for check in verdict.checks.iter_mut().filter(|check| check.denial() == Some(Code::BASE_NOT_DHI)) {
        let (reason, expires) = ("until the rebuild".to_owned(), "2026-12-31".parse().unwrap());
        check.excused = Some(Excused::Exception { reason, expires });
    }
    verdict.update_exit();
    assert_eq!(verdict.conclusion().to_string(), "pass (1 finding excused until 2026-12-31)");
    let outcomes: Vec<(&str, Outcome)> =
        verdict.checks.iter().map(|check| (check.kind.as_str(), check.outcome())).collect();
    assert_eq!(
        outcomes,
        [
            ("summary", Outcome::Pass),
            ("summary", Outcome::Warn),
            ("attestation", Outcome::Skip),
            ("summary", Outcome::Skip)
        ]
    );
    assert!(verdict.checks[0].message.contains("signed by me, verified 60 min ago by key"), "{verdict:?}");
    assert_eq!(verdict.claim.to_string(), "signed by me, as verified at 2026-11-21T11:00:00Z");
}

#[test]
fn each_input_of_the_decision_is_checked() {
    let with = |change: &dyn Fn(&mut NewVsa)| {
        let mut summary = good();
        change(&mut summary);
        rejection(&[summary])
    };
    assert_eq!(with(&|_| ()), None);
    assert_eq!(rejection(&[]), Some(VsaRejection::None));
    assert_eq!(
        with(&|summary| summary.verifier.push('2')),
        Some(VsaRejection::OtherVerifier(vec!["https://example.com/ci2".to_owned()]))
    );
    // Without a verifier name each key is its own verifier.
    let own = SIGNER.trusted_key().key.id();
    let unnamed = VsaExpectation { verifier: None, ..expected() };
    let by = |verifier: String| {
        let found = signed(&[NewVsa { verifier, ..good() }]);
        accept_vsa(&root(), &found, &unnamed).is_ok()
    };
    assert!(by(verifier_of(own)));
    assert!(!by(verifier_of(TrustedKey::dhi_1().unwrap().key.id())));
    assert!(!by("https://example.com/ci".to_owned()));
    assert_eq!(
        with(&|summary| summary.resource.push('2')),
        Some(VsaRejection::OtherRepository(vec!["oci://registry.example.com/api2".to_owned()]))
    );
    assert_eq!(
        with(&|summary| {
            summary.verification.inputs = inputs("b");
            summary.policy.digest = digest(&inputs("b"));
        }),
        Some(VsaRejection::OtherInputs { differ: vec!["`policy`".to_owned()] })
    );
    // The digest decides, not the inputs next to it.
    assert_eq!(
        with(&|summary| summary.policy.digest = Digest::of(b"")),
        Some(VsaRejection::OtherInputs { differ: Vec::new() })
    );
    assert_eq!(
        with(&|summary| summary.passed = false),
        Some(VsaRejection::NotPassed { result: "FAILED".to_owned() })
    );
    let late = at("2026-11-21T12:00:00.1Z");
    assert_eq!(with(&|summary| summary.time = late), Some(VsaRejection::Future(late)));
    assert_eq!(
        with(&|summary| summary.time = at("2026-11-20T11:59:59Z")),
        Some(VsaRejection::TooOld(SignedDuration::from_secs(24 * 3600 + 1)))
    );
    assert_eq!(with(&|summary| summary.time = at("2026-11-20T12:00:00Z")), None);
    for policy in ["skip", "", "REQUIRE"] {
        assert_eq!(
            with(&|summary| policy.clone_into(&mut summary.verification.log_policy)),
            Some(VsaRejection::LogPolicy(policy.to_owned()))
        );
    }
    assert_eq!(with(&|summary| "require".clone_into(&mut summary.verification.log_policy)), None);
    let unknown =
        Warning { id: "base/nothing".to_owned(), scope: String::new(), message: String::new(), policy: None };
    assert!(matches!(
        with(&|summary| summary.verification.warnings.push(unknown.clone())),
        Some(VsaRejection::Bad { .. })
    ));
}

#[test]
fn skipped_checks_must_be_skipped_again() {
    let accepts = |check: &str, left_out: &[SkippedCheck]| {
        let mut summary = good();
        summary.verification.skipped.push(SkippedCheckRecord {
            check: check.to_owned(),
            scope: "everything".to_owned(),
            reason: "x".to_owned(),
        });
        let expected = VsaExpectation { skipped: left_out.iter().copied().collect(), ..expected() };
        accept_vsa(&root(), &signed(&[summary]), &expected).is_ok()
    };
    for left_out in SkippedCheck::ALL {
        assert!(!accepts(left_out.as_str(), &[]), "{left_out:?}");
        assert!(accepts(left_out.as_str(), &SkippedCheck::ALL), "{left_out:?}");
        assert!(accepts("platform", &[left_out]));
    }
    // What could not be fetched then may be fetched now.
    for check in ["attestation", "base", "summary", "signed-name", ""] {
        assert!(!accepts(check, &SkippedCheck::ALL), "{check}");
    }
}

#[test]
fn the_newest_summary_with_equal_inputs_counts() {
    let timed = |time: &str, passed: bool| NewVsa { time: at(time), passed, ..good() };
    let (old, new) = ("2026-11-21T10:00:00Z", "2026-11-21T11:30:00Z");
    assert_eq!(rejection(&[timed(old, false), timed(new, true)]), None);
    assert!(matches!(
        rejection(&[timed(new, false), timed(old, true)]),
        Some(VsaRejection::NotPassed { .. })
    ));
    assert_eq!(rejection(&[timed(new, false), timed(new, true)]), Some(VsaRejection::NoOrder));
    assert_eq!(rejection(&[timed(new, true), timed(new, true)]), None);
    // A newer summary with other inputs is ignored.
    let mut other = timed(new, false);
    other.policy.digest = Digest::of(b"other");
    assert_eq!(rejection(&[other, timed(old, true)]), None);
    let mut elsewhere = timed(new, false);
    elsewhere.resource = "oci://registry.example.com/other".to_owned();
    assert_eq!(rejection(&[elsewhere, timed(old, true)]), None);
    let undated = good().to_json().unwrap().replace("timeVerified", "timeOfDay");
    let found = [signed(&[good()]), vec![about(&["index"], &undated)]].concat();
    assert_eq!(accept_vsa(&root(), &found, &expected()).err(), Some(VsaRejection::NoOrder));
}

#[test]
fn a_bad_or_shared_summary_rejects_all() {
    let text = good().to_json().unwrap();
    let bad = |attestation: AttestationEvidence| {
        let found = [signed(&[good()]), vec![attestation]].concat();
        matches!(accept_vsa(&root(), &found, &expected()), Err(VsaRejection::Bad { .. }))
    };
    assert!(!bad(about(&["index"], &text)));
    assert!(bad(about(&["other"], &text)));
    assert!(bad(about(&["index", "other"], &text)));
    assert!(bad(about(&[], &text)));
    assert!(bad(about(&["index"], "{}")));
    assert!(bad(stated("https://spdx.dev/Document", &["index"], &text)));
    let failure = crate::evidence::failure::tests::failure(Code::TRUST_WRONG_KEY);
    assert!(bad(AttestationEvidence { outcome: Err(failure), ..about(&["index"], &text) }));
    // Without the extension the skipped checks are unknown.
    let found = [about(&["index"], &text.replace("urn:dhi:verification:1", "x"))];
    assert!(matches!(accept_vsa(&root(), &found, &expected()), Err(VsaRejection::Bad { .. })));
}

/// Every text in `value`, as a pointer (RFC 6901).
fn texts(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                texts(member, &format!("{at}/{name}"), found);
            }
        }
        serde_json::Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                texts(item, &format!("{at}/{number}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

#[test]
fn each_member_that_decides_is_checked() {
    let mut summary = good();
    summary.inputs.push(ResourceDescriptor { uri: "oci://r/a".to_owned(), digest: Digest::of(b"a") });
    summary.levels.push("DHI".to_owned());
    summary.verification.skipped.push(SkippedCheckRecord {
        check: "platform".to_owned(),
        scope: "linux/arm64".to_owned(),
        reason: "not asked for".to_owned(),
    });
    summary.verification.warnings.push(Warning {
        id: "base/not-dhi".to_owned(),
        scope: "linux/amd64".to_owned(),
        message: "no".to_owned(),
        policy: None,
    });
    let text = summary.to_json().unwrap();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut all = Vec::new();
    texts(&whole, "", &mut all);
    let is_accepted = |value: &serde_json::Value| {
        let found = [about(&["index"], &value.to_string())];
        accept_vsa(&root(), &found, &expected()).is_ok()
    };
    assert!(is_accepted(&whole));
    let mut without_effect = Vec::new();
    for pointer in &all {
        let mut changed = whole.clone();
        let text = changed.pointer_mut(pointer).unwrap();
        *text = format!("{}x", text.as_str().unwrap_or_default()).into();
        if is_accepted(&changed) {
            without_effect.push(pointer.replace("/urn:dhi:verification:1", "~"));
        }
    }
    // These are for people and other programs. Other members decide in their place: the digest for the inputs, the
    // result for the levels.
    assert_eq!(
        without_effect,
        [
            "/verifier/version/dhi",
            "/policy/uri",
            "/inputAttestations/0/uri",
            "/inputAttestations/0/digest/sha256",
            "/verifiedLevels/0",
            "/slsaVersion",
            "~/proven",
            "~/inputs/policy",
            "~/keyring/sha256",
            "~/skipped/0/scope",
            "~/skipped/0/reason",
            "~/warnings/0/scope",
            "~/warnings/0/says",
        ]
    );
    for member in whole.as_object().unwrap().keys() {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().shift_remove(member);
        let without_effect =
            ["inputAttestations", "verifiedLevels", "slsaVersion"].contains(&member.as_str());
        assert_eq!(is_accepted(&without), without_effect, "{member}");
    }
}
