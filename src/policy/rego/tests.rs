//! The results of policies: odd ones, and the constructs that pass in Docker Scout without proof.

use jiff::Timestamp;

use super::evaluation::{Answer, Evaluation, UnknownReason, ValueType, Verdict};
use super::{ImageValues, RegoPolicy, Settings, checks, evaluate};
use crate::diagnostic::{Code, Remedy};
use crate::evidence::{Finding, Findings, Outcome};
use crate::oci::Digest;
use crate::policy::facts::{AttestationFacts, AttestationStatus, ImageFacts, SignerFacts};

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v0.2";
const SECRETS: &str = "https://scout.docker.com/secrets/v0.1";
const VIRUS: &str = "https://scout.docker.com/virus/v0.1";

fn digest() -> Digest {
    Digest::of(b"image")
}

fn facts() -> ImageFacts {
    serde_json::from_value(serde_json::json!({
        "reference": "dhi.io/python:3.13", "name": "dhi/python", "tags": ["3.13"],
        "digest": digest(), "platform": {"os": "linux", "architecture": "amd64"}, "kind": "image",
        "config": {"user": null, "labels": {}, "document": null},
        "manifest": null, "index": null,
        "root": {"digest": digest(), "signature": {"outcome": "absent"}},
        "standing": "dhi", "base": null, "findings": null,
    }))
    .unwrap()
}

/// With a verified attestation of Docker with this predicate.
fn with(mut facts: ImageFacts, predicate_type: &str, predicate: &str) -> ImageFacts {
    let hex = digest().to_string();
    let hex = hex.trim_start_matches("sha256:");
    let statement = format!(
        r#"{{"predicateType":"{predicate_type}","subject":[{{"name":"x","digest":{{"sha256":"{hex}"}}}}],"predicate":{predicate}}}"#
    );
    facts.attestations.push(AttestationFacts {
        digest: Digest::of(statement.as_bytes()),
        image: format!("dhi.io/python@{}", Digest::of(statement.as_bytes())),
        predicate_type: Some(predicate_type.to_owned()),
        status: AttestationStatus::Verified,
        signers: vec![SignerFacts {
            name: "dhi-2".to_owned(),
            key_id: None,
            is_dhi: true,
            is_image_signer: true,
            signed_name: None,
            log: "skipped".to_owned(),
        }],
        statement: Some(serde_json::value::RawValue::from_string(statement).unwrap()),
    });
    facts
}

fn policy(rules: &str) -> RegoPolicy {
    let head = "# METADATA\n# custom:\n#   name: a-policy\n#   details_order: [b, a]\npackage docker.scout\n\
                import rego.v1\n";
    RegoPolicy::parse("p.rego", &format!("{head}{rules}\n")).unwrap()
}

fn evaluated(rules: &str, facts: &ImageFacts) -> Evaluation {
    let now = "2026-11-30T00:00:00Z".parse::<Timestamp>().unwrap();
    evaluate(
        &policy(rules),
        &ImageValues::new(facts.clone()),
        &Settings { now, prints: true, bindings: true },
    )
}

fn verdict(rules: &str, facts: &ImageFacts) -> Verdict {
    evaluated(rules, facts).verdict
}

#[track_caller]
fn assert_unknown(rules: &str, facts: &ImageFacts, text: &str) {
    match verdict(rules, facts) {
        Verdict::Unknown(reason) => assert!(reason.to_string().contains(text), "{rules}: {reason}"),
        other => panic!("{rules}: {other:?}"),
    }
}

const NONE: &str = "violation contains {\"message\": \"x\"} if false\n";

#[test]
fn only_true_without_violations_passes() {
    let facts = facts();
    assert_eq!(verdict(&format!("default pass := true\n{NONE}"), &facts), Verdict::Pass);
    assert_eq!(verdict(&format!("default pass := false\n{NONE}"), &facts), Verdict::Fail);
    let both = "default pass := true\nviolation contains {\"message\": \"wrong\"}";
    let found = evaluated(both, &facts);
    assert_eq!(found.verdict, Verdict::Fail);
    assert!(found.passes_beside_violations());
    // An array has the same JSON as a set.
    assert_eq!(verdict("default pass := true\nviolation := []", &facts), Verdict::Pass);
    assert_eq!(verdict("default pass := true\nviolation := [{\"message\": \"x\"}]", &facts), Verdict::Fail);
}

#[test]
fn results_of_other_types_are_unknown() {
    let facts = facts();
    for (value, found) in [
        ("null", ValueType::Null),
        ("0", ValueType::Number),
        ("\"true\"", ValueType::String),
        ("[]", ValueType::Array),
        ("set()", ValueType::Set),
        ("{}", ValueType::Object),
    ] {
        let rules = format!("pass := {value}\n{NONE}");
        assert_eq!(verdict(&rules, &facts), Verdict::Unknown(UnknownReason::PassIsNot(found)), "{value}");
        if !matches!(value, "[]" | "set()") {
            let rules = format!("default pass := true\nviolation := {value}");
            let expected = UnknownReason::ViolationsAreNot(found);
            assert_eq!(verdict(&rules, &facts), Verdict::Unknown(expected), "{value}");
        }
        let rules = format!("default pass := true\nviolation contains {value}");
        let expected = match found {
            ValueType::Object => UnknownReason::ViolationMember {
                member: "message".to_owned(),
                found: ValueType::Undefined,
                expected: ValueType::String,
            },
            other => UnknownReason::ViolationIsNot(other),
        };
        assert_eq!(verdict(&rules, &facts), Verdict::Unknown(expected), "{value}");
    }
    assert_unknown(&format!("pass if input.nothing\n{NONE}"), &facts, "pass is undefined");
    assert_unknown(
        "default pass := true\nviolation := true if input.nothing",
        &facts,
        "violation is undefined",
    );
    // The syntax of Rego v0 makes an object in Rego v1.
    assert_unknown("default pass := true\nviolation[v] if v := \"x\"", &facts, "violation is an object");
    for (member, text) in [
        ("\"message\": 1", "the message of a violation is a number, not a string"),
        ("\"message\": \"x\", \"detail\": []", "the detail of a violation is an array, not an object"),
        ("\"message\": \"x\", \"detail\": null", "the detail of a violation is null, not an object"),
        (
            "\"message\": \"x\", \"remediation\": 1",
            "the remediation of a violation is a number, not a string",
        ),
    ] {
        assert_unknown(&format!("default pass := false\nviolation contains {{{member}}}"), &facts, text);
    }
    // Those that are understood are still shown.
    let rules = "default pass := false\nviolation contains {\"message\": \"x\"}\nviolation contains 1";
    let found = evaluated(rules, &facts);
    assert_eq!(found.violations.len(), 1);
    assert_eq!(found.verdict, Verdict::Unknown(UnknownReason::ViolationIsNot(ValueType::Number)));
}

#[test]
fn two_values_are_unknown() {
    let facts = facts();
    for rules in [
        "pass := true\npass := false",
        "default pass := false\npass if true\npass := false if input.source.image.digest",
    ] {
        assert_unknown(&format!("{rules}\n{NONE}"), &facts, "pass has two values");
    }
    let rules =
        format!("f(x) := 1\nf(x) := 2 if x == 1\ndefault pass := false\npass if not f(1) == 3\n{NONE}");
    assert_unknown(&rules, &facts, "functions must not produce multiple outputs");
}

/// Trap 1: a reference without an entry would make the rule of signatures vanish.
#[test]
fn each_reference_has_a_signature_result() {
    let rules = format!(
        "refs := [oci.referrer(\"{SPDX}\").image]\nopts := {{\"key_ref\": \"https://dhi.io/keyring/latest.pub\", \
         \"ignore_tlog\": true}}\ndefault pass := false\npass if count(violation) == 0\n\
         violation contains {{\"message\": r.error}} if {{ some _, r in cosign.verify_images(refs, opts); r.error }}\n\
         violation contains {{\"message\": \"no result\"}} if count(cosign.verify_images(refs, opts)) != count(refs)"
    );
    let signed = with(facts(), SPDX, "{}");
    assert_eq!(verdict(&rules, &signed), Verdict::Pass);
    let mut other = signed.clone();
    for attestation in &mut other.attestations {
        attestation.signers.iter_mut().for_each(|signer| signer.is_dhi = false);
    }
    assert_ne!(verdict(&rules, &other), Verdict::Pass);
    let other_key = rules.replace("latest.pub", "other.pub");
    assert!(matches!(verdict(&other_key, &signed), Verdict::Unknown(UnknownReason::Unanswered { .. })));
}

/// Trap 2: `null` and `""` as `error` both count as failures.
#[test]
fn a_success_has_no_error_member() {
    let rules = format!(
        "default pass := false\npass if count(violation) == 0\nviolation contains {{\"message\": \"has error\"}} if {{\n\
         ref := oci.referrer(\"{SPDX}\").image\n\
         r := cosign.verify_image(ref, {{\"key_ref\": \"https://dhi.io/keyring/latest.pub\", \"ignore_tlog\": true}})\n\
         \"error\" in object.keys(r)\n}}"
    );
    assert_eq!(verdict(&rules, &with(facts(), SPDX, "{}")), Verdict::Pass);
}

fn finding() -> Finding {
    Finding {
        id: "CVE-2026-1".to_owned(),
        aliases: Vec::new(),
        purl: Some("pkg:deb/debian/tar@1".to_owned()),
        severity: "HIGH".to_owned(),
        fixed_by: None,
        cvss_score: None,
        published_at: None,
        known_exploited: None,
        vex_status: None,
        suppressed: false,
    }
}

fn with_finding(finding: Finding) -> ImageFacts {
    let findings =
        Findings { image: digest(), source: "test".to_owned(), scanned_at: None, all: vec![finding] };
    ImageFacts { findings: Some(findings), ..facts() }
}

const VULNERABILITIES: &str = "report := oci.referrer(\"https://scout.docker.com/vulnerabilities/v0.1\")\n\
                               found contains v if { some p in report.statement.predicate; some v in p.vulnerabilities }\n";

/// Trap 3: `""` and `null` would count as a fix, `null` as known to be exploited. The note: `cvss` is always there.
#[test]
fn absent_members_of_findings_are_absent() {
    let rules = format!(
        "{VULNERABILITIES}default pass := false\npass if count(violation) == 0\n\
         violation contains {{\"message\": \"fixed\"}} if {{ some v in found; v.fixed_by != \"none\" }}\n\
         violation contains {{\"message\": \"exploited\"}} if {{ some v in found; v.cisa_exploited != false }}\n\
         violation contains {{\"message\": \"no cvss\"}} if {{ some v in found; not is_object(v.cvss) }}\n\
         violation contains {{\"message\": \"none\"}} if count(found) != 1"
    );
    assert_eq!(verdict(&rules, &with_finding(finding())), Verdict::Pass);
    let fixed = Finding { fixed_by: Some("2".to_owned()), ..finding() };
    assert_eq!(verdict(&rules, &with_finding(fixed)), Verdict::Fail);
    let exploited = Finding { known_exploited: Some(true), ..finding() };
    assert_eq!(verdict(&rules, &with_finding(exploited)), Verdict::Fail);
}

/// Trap 4: without data, rules about findings do not fire.
#[test]
fn a_pass_without_data_is_unknown() {
    let rules = format!(
        "{VULNERABILITIES}default pass := false\npass if count(violation) == 0\n\
         violation contains {{\"message\": v.id}} if {{ some v in found; v.fixed_by }}"
    );
    let found = evaluated(&rules, &facts());
    let question = "oci.referrer(\"https://scout.docker.com/vulnerabilities/v0.1\")".to_owned();
    assert_eq!(found.verdict, Verdict::Unknown(UnknownReason::PassWithout { question: question.clone() }));
    // It was asked by several rules, and is listed once.
    assert_eq!(found.questions.len(), 1);
    assert_eq!(found.questions.first().map(|question| &question.answer), Some(&Answer::Absent));
    // A violation is certain without the data too.
    let fails = format!("{rules}\nviolation contains {{\"message\": \"other\"}}");
    assert_eq!(verdict(&fails, &facts()), Verdict::Fail);
}

/// Trap 5: an error of a built-in function makes its expression undefined, and does not end the evaluation.
#[test]
fn errors_of_built_in_functions_are_undefined() {
    let rules = "age := time.now_ns() - time.parse_rfc3339_ns(\"not a time\")\ndefault pass := false\n\
                 pass if not age\nviolation contains {\"message\": \"old\"} if age > 0\n";
    assert_eq!(verdict(rules, &facts()), Verdict::Pass);
    let divided = format!("default pass := false\npass if not 1 / 0\n{NONE}");
    assert_eq!(verdict(&divided, &facts()), Verdict::Pass);
}

/// Trap 6: a rule that counts items does not fire for `null` or `{}`.
#[test]
fn a_predicate_of_another_shape_is_seen() {
    let loose = format!(
        "found := oci.referrer(\"{SECRETS}\")\ndefault pass := false\npass if count(violation) == 0\n\
         violation contains {{\"message\": \"missing\"}} if is_null(found)\n\
         violation contains {{\"message\": \"a secret\"}} if some secret in found.statement.predicate"
    );
    let strict = format!(
        "{loose}\nviolation contains {{\"message\": \"odd\"}} if not is_array(found.statement.predicate)"
    );
    for (predicate, expected) in [("[]", Verdict::Pass), ("{}", Verdict::Fail)] {
        assert_eq!(verdict(&strict, &with(facts(), SECRETS, predicate)), expected, "{predicate}");
    }
    // The engine ends with an error where OPA is undefined.
    assert_unknown(&strict, &with(facts(), SECRETS, "null"), "`some .. in collection` expects");
    // The rule as others write it passes, as documented: the policy decides, and the predicate is verified.
    assert_eq!(verdict(&loose, &with(facts(), SECRETS, "{}")), Verdict::Pass);
    // A missing predicate fires each rule about it.
    assert_eq!(evaluated(&strict, &facts()).violations.len(), 2);
}

/// Trap 7: the first `Infected files` line alone, and lines that end with `\r\n`.
#[test]
fn each_summary_of_a_report_can_be_read() {
    use base64::Engine as _;
    let rules = format!(
        "report := base64.decode(oci.referrer(\"{VIRUS}\").statement.predicate.scanner.report)\n\
         counts := regex.find_n(`(?im)^infected files: *[0-9]+`, replace(report, \"\\r\", \"\"), -1)\n\
         default pass := false\npass if count(violation) == 0\n\
         violation contains {{\"message\": \"no count\"}} if count(counts) == 0\n\
         violation contains {{\"message\": c}} if {{ some c in counts; not endswith(c, \" 0\") }}"
    );
    for (report, expected) in [
        ("x\nInfected files: 0\n", Verdict::Pass),
        ("x\r\nInfected files: 0\r\nInfected files: 2\r\n", Verdict::Fail),
        ("nothing", Verdict::Fail),
    ] {
        let encoded = base64::engine::general_purpose::STANDARD.encode(report);
        let facts = with(facts(), VIRUS, &format!(r#"{{"scanner":{{"report":"{encoded}"}}}}"#));
        assert_eq!(verdict(&rules, &facts), expected, "{report}");
    }
}

/// Trap 8: a hit whose optional member is missing is dropped unless the rule has a default for it.
#[test]
fn a_missing_member_drops_an_element() {
    let rules = |locator: &str| {
        format!(
            "packages := oci.referrer(\"{SPDX}\").statement.predicate.packages\ndefault pass := false\n\
             pass if count(violation) == 0\nviolation contains {{\"message\": p.name, \"detail\": {{\"at\": {locator}}}}} if \
             {{ some p in packages; p.name == \"busybox\" }}"
        )
    };
    let image = with(facts(), SPDX, r#"{"packages":[{"name":"busybox"}]}"#);
    assert_eq!(verdict(&rules("p.externalRefs[0].referenceLocator"), &image), Verdict::Pass);
    assert_eq!(
        verdict(&rules("object.get(p, [\"externalRefs\", 0, \"referenceLocator\"], \"\")"), &image),
        Verdict::Fail
    );
}

/// Trap 9, and the note about `User`: it is absent if it is empty.
#[test]
fn an_empty_user_is_absent() {
    let rules = "user := input.source.image.config.config.User\ndefault pass := false\npass if count(violation) == 0\n\
                 violation contains {\"message\": \"no user\"} if not user\n\
                 violation contains {\"message\": \"root\"} if user in {\"root\", \"0\", \"0:0\"}";
    let with_user = |user: Option<&str>| {
        let mut facts = facts();
        if let Some(config) = &mut facts.config {
            config.user = user.map(str::to_owned);
        }
        facts
    };
    assert_eq!(verdict(rules, &with_user(Some("65532"))), Verdict::Pass);
    for user in [None, Some("0"), Some("0:0"), Some("root")] {
        assert_eq!(verdict(rules, &with_user(user)), Verdict::Fail, "{user:?}");
    }
}

/// Trap 11: an image with provenance v1 alone has no provenance v0.2.
#[test]
fn a_type_is_not_answered_by_another_version() {
    let rules = format!(
        "default pass := false\npass if count(violation) == 0\n\
         violation contains {{\"message\": \"missing\"}} if is_null(oci.referrer(\"{SLSA}\"))"
    );
    assert_eq!(verdict(&rules, &with(facts(), "https://slsa.dev/provenance/v1", "{}")), Verdict::Fail);
    assert_eq!(verdict(&rules, &with(facts(), SLSA, "{}")), Verdict::Pass);
}

/// Trap 12, and `data.config`, which is always an object.
#[test]
fn settings_have_their_defaults() {
    let rules = format!(
        "target := object.get(data.config, \"target_score\", 100)\ndefault pass := false\npass if target == 100\n{NONE}"
    );
    assert_eq!(verdict(&rules, &facts()), Verdict::Pass);
    let config = serde_json::json!({"target_score": 99});
    let serde_json::Value::Object(config) = config else { panic!("no object") };
    let now = Timestamp::UNIX_EPOCH;
    let settings = Settings { now, prints: false, bindings: true };
    let image = ImageValues::new(facts());
    let found = evaluate(&policy(&rules).with_config(config), &image, &settings);
    assert_eq!(found.verdict, Verdict::Fail);
    let bindings = serde_json::json!({"target": 99, "pass": false, "violation": []});
    assert_eq!(found.bindings, bindings);
}

#[test]
fn the_time_is_a_setting() {
    let rules = format!("default pass := false\npass if time.now_ns() == 1796083200000000000\n{NONE}");
    assert_eq!(verdict(&rules, &facts()), Verdict::Fail);
    let rules = rules.replace(
        "1796083200000000000",
        &"2026-11-30T00:00:00Z".parse::<Timestamp>().unwrap().as_nanosecond().to_string(),
    );
    assert_eq!(verdict(&rules, &facts()), Verdict::Pass);
}

#[test]
fn printed_lines_have_the_name_of_the_policy() {
    let rules =
        format!("default pass := false\npass if {{\n\tprint(\"a: b\", [1], input.nothing)\n}}\n{NONE}");
    let found = evaluated(&rules, &facts());
    assert_eq!(found.prints, ["a-policy#9: a: b [1] <undefined>"]);
    let settings = Settings { now: Timestamp::UNIX_EPOCH, prints: false, bindings: true };
    assert!(evaluate(&policy(&rules), &ImageValues::new(facts()), &settings).prints.is_empty());
}

#[test]
fn all_violations_are_facts_of_the_check() {
    let rules = "default pass := false\n\
                 violation contains {\"message\": \"ünïcode \\u202e\", \"detail\": {\"a\": 1, \"b\": \"x\", \"c\": [1]}, \
                 \"remediation\": \"do this\"}\n\
                 violation contains {\"message\": \"second\", \"detail\": {}, \"remediation\": \"do this\"}";
    let found = evaluated(rules, &facts());
    let (outcome, diagnostic) = checks::diagnostic(&policy(rules), &found).unwrap();
    assert_eq!((outcome, diagnostic.code), (Outcome::Fail, Code::POLICY_VIOLATION));
    assert_eq!(diagnostic.message, "the policy does not hold: 2 violations");
    let facts: Vec<&str> = diagnostic.facts.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(facts, ["second", "ünïcode \u{202e} (b: x, a: 1, c: [1])"]);
    assert_eq!(diagnostic.remedies, [Remedy::FollowPolicy { text: "do this".to_owned() }]);
}

#[test]
fn an_unknown_result_shows_what_was_asked() {
    let rules = format!("x := oci.referrer(\"{SPDX}\")\ndefault pass := true\n{NONE}");
    let mut image = facts();
    let (outcome, diagnostic) = checks::diagnostic(&policy(&rules), &evaluated(&rules, &image)).unwrap();
    assert_eq!((outcome, diagnostic.code), (Outcome::Unknown, Code::POLICY_UNKNOWN));
    // The message names the question.
    assert!(diagnostic.message.contains(&format!("oci.referrer(\"{SPDX}\")")), "{}", diagnostic.message);
    assert_eq!(diagnostic.facts, []);
    image.unread.push("the list cannot be read".into());
    let (_, diagnostic) = checks::diagnostic(&policy(&rules), &evaluated(&rules, &image)).unwrap();
    assert!(diagnostic.message.contains("has no answer"), "{}", diagnostic.message);
}

/// `not` would make them a pass.
#[test]
fn a_call_that_only_opa_answers_is_unknown() {
    for (call, cause) in [
        (r#"regex.match(`\p{Yi}`, "a")"#, "the regular expression is not supported"),
        (r#"time.clock([1, "Europe/Berlin"])"#, "the time zone is not UTC"),
        (r#"hex.decode("ff")"#, "the decoded text is not UTF-8"),
        (r#"sprintf("%p", [99999999999999999999])"#, "it would print the address of a large integer"),
    ] {
        let rules = format!("pass if not {call}\nviolation contains {{}} if false");
        let Verdict::Unknown(UnknownReason::Unanswered { question, cause: found }) =
            verdict(&rules, &facts())
        else {
            panic!("{call}");
        };
        assert_eq!(found.text, cause, "{call}");
        let name = call.split('(').next().unwrap();
        assert!(question.starts_with(name), "{call}: {question}");
    }
}

#[test]
fn an_error_of_opa_is_undefined_and_no_question() {
    for call in [r#"regex.match("[a", "a")"#, r#"base64.decode("/")"#, r#"time.parse_rfc3339_ns("x")"#] {
        let found = evaluated(&format!("pass if not {call}\nviolation contains {{}} if false"), &facts());
        assert_eq!(found.verdict, Verdict::Pass, "{call}");
        assert!(found.questions.is_empty(), "{call}");
    }
}

#[test]
fn the_whole_document_is_kept_if_it_is_asked_for() {
    let rules = format!("default pass := false\nanswer := oci.referrer(\"{SPDX}\")\n{NONE}");
    let image = ImageValues::new(with(facts(), SPDX, r#"{"packages":[]}"#));
    let found = |bindings| {
        evaluate(&policy(&rules), &image, &Settings { now: Timestamp::UNIX_EPOCH, prints: false, bindings })
    };
    let (whole, short) = (found(true), found(false));
    assert!(whole.bindings["answer"]["statement"].is_object());
    assert_eq!(short.bindings, serde_json::json!({"pass": false}));
    assert_eq!(Evaluation { bindings: short.bindings.clone(), ..whole }, short);
    let undefined = policy("pass if false\nviolation contains {} if false");
    let settings = Settings { now: Timestamp::UNIX_EPOCH, prints: false, bindings: false };
    assert_eq!(evaluate(&undefined, &image, &settings).bindings, serde_json::json!({}));
}

/// What one policy does with a value changes it for no other.
#[test]
fn policies_share_the_values_of_an_image() {
    let rules =
        format!("default pass := false\nanswer := oci.referrer(\"{SPDX}\").statement.predicate\n{NONE}");
    let changes = format!(
        "{rules}changed := json.remove(answer, [\"packages\"])\nother if {{ answer.packages with input as {{\"a\": 1}} }}"
    );
    let image = ImageValues::new(with(facts(), SPDX, r#"{"packages":[1,2]}"#));
    let settings = Settings { now: Timestamp::UNIX_EPOCH, prints: false, bindings: true };
    let before = evaluate(&policy(&rules), &image, &settings);
    let between = evaluate(&policy(&changes), &image, &settings);
    assert_eq!(between.bindings["changed"], serde_json::json!({}));
    let after = evaluate(&policy(&rules), &image, &settings);
    assert_eq!(before, after);
    assert_eq!(after.bindings["answer"], serde_json::json!({"packages": [1, 2]}));
    assert_eq!(after.questions.len(), 1);
}

/// The engine alone forgets the other elements, or ends with an error.
#[test]
fn an_undefined_value_drops_no_other() {
    let rules = |head: &str| {
        format!(
            "default pass := false\npass if count(violation) == 0\nitems := data.config.items\n\
             first(item) := item.a\n{head} if some item in items\n"
        )
    };
    let evaluated = |head: &str, items: serde_json::Value| {
        let config = serde_json::json!({ "items": items });
        let policy = policy(&rules(head)).with_config(config.as_object().cloned().unwrap());
        let settings = Settings { now: Timestamp::UNIX_EPOCH, prints: false, bindings: true };
        evaluate(&policy, &ImageValues::new(facts()), &settings)
    };
    for head in [
        "violation contains {\"message\": \"x\", \"detail\": {\"a\": item.a}}",
        "violation contains {\"message\": sprintf(\"%v\", [item.a])}",
        "violation contains {\n\t\"message\": \"x\",\n\t\"detail\": {\"a\": first(item)},\n}",
    ] {
        for items in [serde_json::json!([{"a": 1}, {}]), serde_json::json!([{}, {"a": 1}, {"b": 1}])] {
            let found = evaluated(head, items.clone());
            assert_eq!(found.verdict, Verdict::Fail, "{head} {items}");
            assert_eq!(found.violations.len(), 1, "{head} {items}");
        }
        assert_eq!(evaluated(head, serde_json::json!([{}])).verdict, Verdict::Pass, "{head}");
    }
}

/// Lines of messages are those of the file, also where the evaluated text is another one.
#[test]
fn lines_of_messages_are_those_of_the_file() {
    let rules = "default pass := false\nviolation contains {\n\t\"message\": input.nothing,\n\t\"b\": 1,\n} if {\n\
                 \tsome x in [1]\n\tprint(x)\n\ty := x + \"a\"\n\ty\n}\npass if {\n\tprint(\"after\")\n\tfalse\n}";
    let found = evaluated(rules, &facts());
    assert!(found.prints.contains(&"a-policy#13: 1".to_owned()), "{:?}", found.prints);
    let Verdict::Unknown(reason) = &found.verdict else { panic!("{found:?}") };
    assert!(reason.to_string().contains("line 14: "), "{reason}");
    let found = evaluated(&rules.replace("\ty := x + \"a\"\n\ty\n", ""), &facts());
    let mut prints = found.prints;
    prints.sort();
    assert_eq!(prints, ["a-policy#13: 1", "a-policy#16: after"]);
}
