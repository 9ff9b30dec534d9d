//! Each host function over facts that are made by hand: what it answers, and what it does not.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::evidence::{Finding, Findings};
use crate::oci::Digest;
use crate::policy::facts::{
    AttestationFacts, AttestationStatus, BaseFacts, ConfigFacts, ImageFacts, ImageKind, RootFacts,
    RootSignatureFacts, SignerFacts, Standing, UnknownMember,
};
use crate::policy::rego::{
    Answer, Evaluation, ImageValues, RegoPolicy, Settings, UnknownReason, Verdict, evaluate,
};
use crate::trust::TrustedKey;

const SPDX: &str = "https://spdx.dev/Document";
const VULNERABILITIES: &str = "https://scout.docker.com/vulnerabilities/v0.1";
const VEX: &str = "https://openvex.dev/ns/v0.2.0";
const SBOM: &str = "https://scout.docker.com/sbom/v0.1";
const KEY: &str = r#"{"key_ref": "https://dhi.io/keyring/latest.pub", "ignore_tlog": true}"#;

fn signer(log: &str) -> SignerFacts {
    SignerFacts {
        name: "dhi-2".to_owned(),
        key_id: Some(TrustedKey::dhi_2().unwrap().key.id().to_string()),
        is_dhi: true,
        is_image_signer: true,
        signed_name: Some("dhi/python".to_owned()),
        log: log.to_owned(),
    }
}

/// The keys of Docker, all of which were tried.
fn dhi_keys() -> Vec<String> {
    let keys = [TrustedKey::dhi_1().unwrap(), TrustedKey::dhi_2().unwrap()];
    keys.map(|key| key.key.id().to_string()).into()
}

fn image() -> Digest {
    Digest::of(b"image")
}

/// A verified attestation with this predicate.
fn attestation(predicate_type: &str, predicate: &Value) -> AttestationFacts {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": predicate_type,
        "subject": [{"digest": {"sha256": image().hex()}}],
        "predicate": predicate,
    });
    let digest = Digest::of(statement.to_string().as_bytes());
    AttestationFacts {
        digest,
        image: format!("dhi.io/python@{digest}"),
        predicate_type: Some(predicate_type.to_owned()),
        status: AttestationStatus::Verified,
        signers: vec![signer("proven")],
        statement: serde_json::value::to_raw_value(&statement).ok(),
    }
}

fn facts(attestations: Vec<AttestationFacts>) -> ImageFacts {
    ImageFacts {
        reference: "dhi.io/python:3.13".to_owned(),
        name: "dhi/python".to_owned(),
        tags: vec!["3.13".to_owned()],
        digest: image(),
        platform: "linux/amd64".parse().unwrap(),
        kind: ImageKind::Image,
        config: Some(ConfigFacts { user: None, labels: BTreeMap::new(), document: None }),
        manifest: None,
        index: None,
        root: RootFacts {
            digest: Digest::of(b"index"),
            signature: RootSignatureFacts::Signed(vec![signer("absent")]),
        },
        standing: Standing::Dhi,
        base: None,
        attestations,
        unread: Vec::new(),
        tried_dhi_keys: dhi_keys(),
        findings: None,
        unknown: Vec::new(),
    }
}

fn run(facts: &ImageFacts, rules: &str) -> Evaluation {
    let source = format!(
        "# METADATA\n# title: test\n# custom:\n#   name: test\npackage docker.scout\n\nimport rego.v1\n\n\
         default pass := false\n\npass if count(violation) == 0\n\n\
         violation contains v if {{\n\tfalse\n\tv := {{\"message\": \"\", \"detail\": {{}}}}\n}}\n\n{rules}\n"
    );
    let policy = RegoPolicy::parse("test.rego", &source).unwrap();
    let now = "2026-11-30T00:00:00Z".parse().unwrap();
    evaluate(&policy, &ImageValues::new(facts.clone()), &Settings { now, prints: false, bindings: true })
}

/// The value of `expression`, and the answer to its only question.
fn ask(facts: &ImageFacts, expression: &str) -> (Value, Answer) {
    let evaluation = run(facts, &format!("answer := {expression}"));
    assert_eq!(evaluation.questions.len(), 1, "{expression}: {:?}", evaluation.questions);
    let passed = evaluation.verdict == Verdict::Pass;
    assert_eq!(passed, evaluation.questions[0].answer == Answer::Given, "{expression}");
    (evaluation.bindings["answer"].clone(), evaluation.questions[0].answer.clone())
}

fn referrer(facts: &ImageFacts, predicate_type: &str) -> (Value, Answer) {
    ask(facts, &format!("oci.referrer({predicate_type:?})"))
}

/// The cause for which a question has no answer, which the policy gets as `error`.
fn cause(asked: (Value, Answer)) -> String {
    let Answer::None(cause) = asked.1 else { panic!("{asked:?}") };
    assert_eq!(asked.0, json!({ "error": cause.text }));
    cause.text
}

#[test]
fn an_else_is_taken_if_the_body_gives_no_value() {
    let rules = "f(x) := y if y := upper(x) else := \"none\"\nanswer := [f(\"a\"), f(5), f(null), f([])]";
    assert_eq!(run(&facts(Vec::new()), rules).bindings["answer"], json!(["A", "none", "none", "none"]));
}

#[test]
fn an_absent_type_is_null_only_if_all_was_searched() {
    let some = facts(vec![attestation(SPDX, &json!({"packages": []}))]);
    let (found, answer) = referrer(&some, SPDX);
    assert_eq!(answer, Answer::Given);
    assert_eq!(found["statement"]["predicateType"], SPDX);
    assert_eq!(found["image"], some.attestations[0].image);
    assert_eq!(referrer(&some, "https://example.com/x"), (Value::Null, Answer::Absent));

    let mut unread = some.clone();
    unread.unread = vec!["the registry withholds the list".into()];
    assert!(cause(referrer(&unread, "https://example.com/x")).contains("withholds"));
    let mut based = some.clone();
    based.standing = Standing::DhiBased;
    assert!(cause(referrer(&based, "https://example.com/x")).contains("its base"));
    assert_eq!(referrer(&based, SPDX).1, Answer::Given);
}

#[test]
fn only_what_verified_is_given() {
    for status in
        [AttestationStatus::Failed("bad".to_owned()), AttestationStatus::NotJudged("other".to_owned())]
    {
        let mut other = facts(vec![attestation(SPDX, &json!({}))]);
        other.attestations[0].status = status;
        cause(referrer(&other, SPDX));
        // One of an unknown type may be the one that is asked for.
        other.attestations[0].predicate_type = None;
        let is_bad = matches!(other.attestations[0].status, AttestationStatus::Failed(_));
        assert_eq!(referrer(&other, SPDX).1 == Answer::Absent, !is_bad);
    }
    let mut without = facts(vec![attestation(SPDX, &json!({}))]);
    without.attestations[0].statement = None;
    assert!(cause(referrer(&without, SPDX)).contains("not recorded"));
}

#[test]
fn several_statements_that_differ_have_no_answer() {
    let one = attestation(SPDX, &json!({"name": "one"}));
    let other = attestation(SPDX, &json!({"name": "other"}));
    assert_eq!(referrer(&facts(vec![one.clone(), one.clone()]), SPDX).1, Answer::Given);
    assert!(cause(referrer(&facts(vec![one.clone(), other.clone()]), SPDX)).contains("differ"));
    // What an attestor signed does not compete with what a signer of the image signed.
    let mut by_attestor = other;
    by_attestor.signers[0].is_image_signer = false;
    let (found, _) = referrer(&facts(vec![by_attestor, one]), SPDX);
    assert_eq!(found["statement"]["predicate"]["name"], "one");
}

#[test]
fn every_reference_has_an_entry_and_a_success_no_error() {
    let mut known = facts(vec![attestation(SPDX, &json!({}))]);
    let image = known.attestations[0].image.clone();
    let verify = |facts: &ImageFacts, references: &[&str], options: &str| {
        ask(facts, &format!("cosign.verify_images({}, {options})", json!(references)))
    };
    assert_eq!(verify(&known, &[&image], KEY), (json!({ &image: {} }), Answer::Given));
    let (both, answer) = verify(&known, &[&image, "dhi.io/other:1"], KEY);
    assert!(matches!(answer, Answer::None(_)));
    assert_eq!(both[&image], json!({}));
    assert!(both["dhi.io/other:1"]["error"].is_string());
    for options in [
        r#"{"key_ref": "https://example.com/key.pub"}"#,
        r#"{"key_ref": "https://dhi.io/keyring/latest.pub", "annotations": {}}"#,
        "{}",
    ] {
        let (found, answer) = verify(&known, &[&image], options);
        assert!(matches!(answer, Answer::None(_)) && found[&image]["error"].is_string(), "{options}");
    }
    // Another key signed it, and no log has it.
    let mut other = known.clone();
    other.attestations[0].signers[0].is_dhi = false;
    let (found, answer) = verify(&other, &[&image], KEY);
    assert!(answer == Answer::Given && found[&image]["error"].is_string());
    known.attestations[0].signers = vec![signer("absent")];
    let needs_log = r#"{"key_ref": "https://dhi.io/keyring/2.pub"}"#;
    let (found, answer) = verify(&known, &[&image], needs_log);
    assert!(answer == Answer::Given && found[&image]["error"].is_string());
    known.attestations[0].signers.push(signer("proven"));
    assert_eq!(verify(&known, &[&image], needs_log).0, json!({ &image: {} }));
    let dhi_1 = r#"{"key_ref": "https://dhi.io/keyring/1.pub"}"#;
    assert!(verify(&known, &[&image], dhi_1).0[&image]["error"].is_string());
}

#[test]
fn a_key_that_was_not_tried_has_no_answer() {
    let mut known = facts(vec![attestation(SPDX, &json!({}))]);
    let attested = known.attestations[0].image.clone();
    known.attestations[0].signers[0].is_dhi = false;
    known.root.signature = RootSignatureFacts::Failed("not signed by a trusted key".to_owned());
    let verify = |facts: &ImageFacts, reference: &str, key: &str| {
        let options = format!(r#"{{"key_ref": "https://dhi.io/keyring/{key}.pub"}}"#);
        ask(facts, &format!("cosign.verify_images([{reference:?}], {options})")).1
    };
    let [dhi_1, dhi_2] = dhi_keys().try_into().unwrap();
    for (tried, key, is_answered) in [
        (vec![], "latest", false),
        (vec![dhi_1.clone()], "latest", false),
        (vec![dhi_2.clone()], "latest", true),
        (vec![dhi_2.clone()], "2", true),
        (vec![dhi_2], "1", false),
        (vec![dhi_1], "1", true),
    ] {
        known.tried_dhi_keys = tried;
        for reference in [attested.as_str(), "dhi.io/python:3.13"] {
            let answer = verify(&known, reference, key);
            assert_eq!(answer == Answer::Given, is_answered, "{key}: {:?} {answer:?}", known.tried_dhi_keys);
        }
    }
}

#[test]
fn the_image_itself_is_verified_by_its_root_signature() {
    let known = facts(Vec::new());
    let verify = |facts: &ImageFacts, reference: &str| {
        ask(facts, &format!("cosign.verify_image({reference:?}, {KEY})"))
    };
    let by_digest = format!("dhi.io/python@{}", known.root.digest);
    for reference in ["dhi.io/python:3.13", &by_digest] {
        assert_eq!(verify(&known, reference), (json!({}), Answer::Given), "{reference}");
    }
    cause(verify(&known, "dhi.io/python:3.12"));
    cause(verify(&known, &format!("dhi.io/other@{}", known.root.digest)));
    let mut unsigned = known;
    unsigned.root.signature = RootSignatureFacts::Absent;
    let (found, answer) = verify(&unsigned, "dhi.io/python:3.13");
    assert!(answer == Answer::Given && found["error"].is_string());
}

#[test]
fn an_envelope_is_signed_if_its_statement_is() {
    use base64::Engine as _;
    let known = facts(vec![attestation(SPDX, &json!({"name": "one"}))]);
    let statement = known.attestations[0].statement.as_ref().unwrap().get();
    let payload = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let verify =
        |text: &str| ask(&known, &format!("cosign.verify_dsse({{\"payload\": {:?}}}, {KEY})", payload(text)));
    assert_eq!(verify(statement), (json!({}), Answer::Given));
    cause(verify(&statement.replace("one", "two")));
}

fn finding(id: &str, purl: Option<&str>) -> Finding {
    Finding {
        id: id.to_owned(),
        aliases: Vec::new(),
        purl: purl.map(str::to_owned),
        severity: "HIGH".to_owned(),
        fixed_by: None,
        cvss_score: Some("9.5".to_owned()),
        published_at: None,
        known_exploited: None,
        vex_status: None,
        suppressed: false,
    }
}

fn findings(all: Vec<Finding>) -> Findings {
    Findings { image: image(), source: "a scanner".to_owned(), scanned_at: None, all }
}

#[test]
fn findings_have_the_shape_of_attested_ones() {
    let given =
        findings(vec![finding("CVE-2026-1", Some("pkg:deb/debian/curl@1")), finding("CVE-2026-2", None)]);
    let known = facts(Vec::new()).with_findings(std::slice::from_ref(&given));
    let (found, answer) = referrer(&known, VULNERABILITIES);
    assert_eq!(answer, Answer::Given);
    let expected =
        |id: &str| json!([{"source_id": id, "aliases": [], "cvss": {"severity": "HIGH", "score": 9.5}}]);
    assert_eq!(
        found["statement"]["predicate"],
        json!([
            {"purl": "", "given_by": "a scanner", "vulnerabilities": expected("CVE-2026-2")},
            {"purl": "pkg:deb/debian/curl@1", "given_by": "a scanner", "vulnerabilities": expected("CVE-2026-1")},
        ])
    );
    assert_eq!(found["statement"]["subject"][0]["digest"]["sha256"], image().hex());
    let (some, _) =
        ask(&known, r#"scout.vulnerabilities(["pkg:deb/debian/curl@1", "pkg:deb/debian/tar@1"])"#);
    assert_eq!(some.as_array().unwrap().len(), 1);
    // Findings of another image do not count.
    let other = Findings { image: Digest::of(b"other"), ..given.clone() };
    assert_eq!(referrer(&facts(Vec::new()).with_findings(&[other]), VULNERABILITIES).1, Answer::Absent);
}

#[test]
fn the_findings_of_all_scans_of_the_image_count() {
    let time = |text: &str| text.parse().ok();
    let first = Findings {
        scanned_at: time("2026-02-01T00:00:00Z"),
        ..findings(vec![finding("CVE-2026-1", None), finding("CVE-2026-2", None)])
    };
    let second = Findings {
        source: "another".to_owned(),
        scanned_at: time("2026-01-01T00:00:00Z"),
        ..findings(vec![finding("CVE-2026-2", None), finding("CVE-2026-3", None)])
    };
    let other = Findings { image: Digest::of(b"other"), ..first.clone() };
    let both = facts(Vec::new()).with_findings(&[first.clone(), other, second]).findings.unwrap();
    let ids: Vec<&str> = both.all.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, ["CVE-2026-1", "CVE-2026-2", "CVE-2026-3"]);
    assert_eq!(both.source, "a scanner, another");
    assert_eq!(both.scanned_at, time("2026-01-01T00:00:00Z"));
    let untimed = facts(Vec::new()).with_findings(&[first, findings(Vec::new())]).findings.unwrap();
    assert_eq!((untimed.scanned_at, untimed.source.as_str()), (None, "a scanner"));
}

#[test]
fn findings_are_added_to_attested_vulnerabilities() {
    let curl = "pkg:deb/debian/curl@1";
    let predicate = json!([{"purl": curl, "given_by": "x", "vulnerabilities": [{"source_id": "CVE-2026-1", "cvss": {}}]}]);
    let attested = facts(vec![attestation(VULNERABILITIES, &predicate)]);
    let known = attested.with_findings(&[findings(vec![finding("CVE-2026-2", Some(curl))])]);
    let (found, answer) = referrer(&known, VULNERABILITIES);
    assert_eq!(answer, Answer::Given);
    assert_eq!(found["image"], json!(known.attestations[0].image));
    assert_eq!(
        found["statement"]["predicate"],
        json!([
            {"purl": curl, "vulnerabilities": [{"source_id": "CVE-2026-1", "cvss": {}}]},
            {"purl": curl, "given_by": "a scanner", "vulnerabilities": [
                {"source_id": "CVE-2026-2", "aliases": [], "cvss": {"severity": "HIGH", "score": 9.5}},
            ]},
        ])
    );
    let (both, _) = ask(&known, &format!(r#"scout.vulnerabilities(["{curl}"])"#));
    assert_eq!(both.as_array().unwrap().len(), 2);
}

#[test]
fn attested_vulnerabilities_have_no_empty_members() {
    let predicate = json!([{"purl": "pkg:deb/debian/curl@1", "vulnerabilities": [
        {"source_id": "CVE-2026-1", "fixed_by": "", "cisa_exploited": null, "published_at": null, "cvss": null},
        {"source_id": "CVE-2026-2", "fixed_by": null, "cisa_exploited": true, "cvss": {"score": 9.5}},
        {"source_id": "CVE-2026-3", "fixed_by": "2"},
        {"source_id": "CVE-2026-4", "fixed_by": 2, "cisa_exploited": "true", "cvss": {"severity": null}},
        {"source_id": "CVE-2026-5", "fixed_by": ["2"], "cisa_exploited": "false", "cvss": {"severity": ["HIGH"]}},
        {"source_id": "CVE-2026-6", "fixed_by": false, "cisa_exploited": 1, "cvss": {"severity": ""}},
    ]}]);
    let (found, _) = referrer(&facts(vec![attestation(VULNERABILITIES, &predicate)]), VULNERABILITIES);
    assert_eq!(
        found["statement"]["predicate"][0]["vulnerabilities"],
        json!([
            {"source_id": "CVE-2026-1", "cvss": {}},
            {"source_id": "CVE-2026-2", "cisa_exploited": true, "cvss": {"score": 9.5}},
            {"source_id": "CVE-2026-3", "fixed_by": "2", "cvss": {}},
            {"source_id": "CVE-2026-4", "fixed_by": "2", "cisa_exploited": true, "cvss": {"severity": "UNSPECIFIED"}},
            {"source_id": "CVE-2026-5", "fixed_by": "[\"2\"]", "cisa_exploited": false,
             "cvss": {"severity": "UNSPECIFIED"}},
            {"source_id": "CVE-2026-6", "cisa_exploited": true, "cvss": {"severity": "UNSPECIFIED"}},
        ])
    );
    for unreadable in [json!({}), Value::Null, json!([1]), json!([{"purl": "x", "vulnerabilities": {}}])] {
        cause(referrer(&facts(vec![attestation(VULNERABILITIES, &unreadable)]), VULNERABILITIES));
    }
}

fn vex(time: &str, status: &str, products: &Value) -> AttestationFacts {
    let statement = json!({
        "vulnerability": {"name": "CVE-2026-1"}, "timestamp": time, "status": status, "products": products,
    });
    attestation(VEX, &json!({"@context": VEX, "statements": [statement]}))
}

/// Each product that some statement covers, with the status.
fn covered(facts: &ImageFacts) -> BTreeMap<String, String> {
    let (found, answer) = referrer(facts, VEX);
    assert_eq!(answer, Answer::Given);
    let mut covered = BTreeMap::new();
    for statement in found["statement"]["predicate"]["statements"].as_array().unwrap() {
        for product in statement["products"].as_array().unwrap() {
            let id = product["@id"].as_str().unwrap().to_owned();
            let other = covered.insert(id, statement["status"].as_str().unwrap().to_owned());
            assert_eq!(other, None, "{found}");
        }
    }
    covered
}

#[test]
fn vex_names_the_packages_that_it_covers() {
    const CURL: &str = "pkg:deb/debian/curl@1?arch=amd64";
    let sbom = attestation(SBOM, &json!({"artifacts": [{"purl": CURL}, {"purl": "pkg:deb/debian/tar@1"}]}));
    let of = |products: Value| {
        let document = vex("2026-01-01T00:00:00Z", "not_affected", &products);
        covered(&facts(vec![sbom.clone(), document])).contains_key(CURL)
    };
    assert!(of(json!([{"@id": "pkg:deb/debian/curl"}])));
    assert!(of(json!([{"@id": "pkg:deb/debian/curl@1"}])));
    let image = "pkg:docker/dhi/python";
    assert!(of(json!([{"@id": image, "subcomponents": [{"@id": "pkg:deb/debian/curl@1"}]}])));
    // Another version, package or image, and the image as a whole.
    assert!(!of(json!([{"@id": "pkg:deb/debian/curl@2"}])));
    assert!(!of(json!([{"@id": "pkg:deb/debian/curl@1?arch=arm64"}])));
    assert!(!of(json!([{"@id": "pkg:apk/debian/curl@1"}])));
    let other = "pkg:docker/dhi/node";
    assert!(!of(json!([{"@id": other, "subcomponents": [{"@id": "pkg:deb/debian/curl@1"}]}])));
    assert!(!of(json!([{ "@id": image }])));
}

#[test]
fn the_newest_statement_about_a_package_counts() {
    const CURL: &str = "pkg:deb/debian/curl@1";
    let products = || json!([{ "@id": CURL }]);
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let status = |documents: Vec<AttestationFacts>| covered(&facts(documents))[CURL].clone();
    let not_affected = |time| vex(time, "not_affected", &products());
    let affected = |time| vex(time, "affected", &products());
    assert_eq!(status(vec![not_affected(early), affected(late)]), "affected");
    assert_eq!(status(vec![not_affected(late), affected(early)]), "not_affected");
    assert_eq!(status(vec![affected(early), not_affected(early)]), "affected");
    assert_eq!(status(vec![not_affected("x"), affected(early)]), "affected");
    // A statement about the image as a whole limits those about its packages.
    let sbom = attestation(SBOM, &json!({"artifacts": [{ "purl": CURL }]}));
    let whole = vex(late, "affected", &json!([{"@id": "pkg:docker/dhi/python"}]));
    assert_eq!(status(vec![sbom, not_affected(early), whole]), "affected");
    // What a scan decided by verified VEX.
    let mut decided = finding("CVE-2026-1", Some(CURL));
    decided.vex_status = Some("not_affected".to_owned());
    let known = facts(vec![affected(late)]).with_findings(&[findings(vec![decided])]);
    assert_eq!(covered(&known)[CURL], "not_affected");
    // A document that is not readable may limit the others.
    let broken = attestation(VEX, &json!({"statements": {}}));
    cause(referrer(&facts(vec![not_affected(early), broken]), VEX));
}

#[test]
fn only_the_own_reference_is_resolved() {
    let known = facts(vec![attestation(SPDX, &json!({}))]);
    let value = |expression: &str| ask(&known, expression).0;
    assert_eq!(value(r#"oci.canonical_name("node:25")"#), "docker.io/library/node");
    assert_eq!(value(r#"oci.image_digest("dhi.io/python:3.13")"#), known.root.digest.to_string());
    cause(ask(&known, r#"oci.image_digest("dhi.io/python:3.12")"#));
    let index = format!(r#"oci.index("dhi.io/python:3.13", "{}")"#, known.root.digest);
    assert!(cause(ask(&known, &index)).contains("not recorded"));
    let list = format!(r#"oci.referrer_index("dhi.io/python", "{}")"#, known.digest);
    assert_eq!(value(&list)["manifests"][0]["digest"], known.attestations[0].digest.to_string());
    let one = format!(r#"oci.referrer_by_digest("dhi.io/python", "{}")"#, known.attestations[0].digest);
    assert_eq!(value(&one)["statement"]["predicateType"], SPDX);
    cause(ask(&known, &format!(r#"oci.referrer_by_digest("dhi.io/python", "{}")"#, known.digest)));
}

#[test]
fn packages_and_bases_come_from_verified_facts() {
    let sbom = json!({
        "source": {"base_images": [{"images": [{"digest": "sha256:1"}]}]},
        "artifacts": [{"purl": "pkg:npm/a@1", "provenance": {"builder": "x"}}, {"purl": "pkg:npm/b@1"}],
    });
    let known = facts(vec![attestation(SBOM, &sbom)]);
    let parsed = ask(&known, r#"scout.parse_purl("pkg:deb/debian/curl@1%2B2?arch=amd64")"#).0;
    let expected = json!({
        "type": "deb", "namespace": "debian", "name": "curl", "version": "1+2", "qualifiers": {"arch": "amd64"},
    });
    assert_eq!(parsed, expected);
    cause(ask(&known, r#"scout.parse_purl("curl")"#));
    assert_eq!(ask(&known, r#"scout.package_provenance("pkg:npm/a@1")"#).0, json!({"builder": "x"}));
    assert_eq!(ask(&known, r#"scout.package_provenance("pkg:npm/b@1")"#).1, Answer::Absent);
    assert_eq!(ask(&known, "scout.base_image()").0[0]["images"][0]["digest"], "sha256:1");
    let base = BaseFacts {
        reference: format!("dhi.io/python@{}", Digest::of(b"base")),
        name: Some("dhi/python".to_owned()),
        digest: Digest::of(b"base"),
        proof: "blobs".to_owned(),
        layers: 2,
        labels: BTreeMap::new(),
        attestations: Vec::new(),
    };
    let based = ImageFacts { base: Some(base), standing: Standing::DhiBased, ..known };
    let found = ask(&based, "scout.base_image()").0;
    assert_eq!(found[0]["images"][0]["repository"], json!({"host": "dhi.io", "repo": "dhi/python"}));
}

#[test]
fn no_argument_ends_an_evaluation_with_an_error() {
    let known = facts(vec![attestation(SPDX, &json!({}))]);
    for function in super::host_functions() {
        for argument in ["null", "1", "\"\"", "[]", "{}", "[null]", r#"{"a": 1}"#, "set()"] {
            let arguments = vec![argument; usize::from(function.arity.unwrap())].join(", ");
            let call = format!("{}({arguments})", function.name);
            let evaluation = run(&known, &format!("answer := {call}"));
            assert!(evaluation.bindings.is_object(), "{call}: {:?}", evaluation.verdict);
            assert!(evaluation.bindings.get("answer").is_some(), "{call}");
            assert_eq!(evaluation.questions.len(), 1, "{call}");
        }
    }
}

#[test]
fn the_input_is_that_of_the_facts() {
    let sbom = json!({
        "source": {
            "type": "other",
            "image": {"name": "dhi/pkg-x", "digest": "sha256:0", "config": {"config": {"User": "root"}}, "distro": {"os": "x"}},
            "base_images": [],
        },
        "dhi": {"standing": "dhi"},
        "artifacts": [{"purl": "pkg:npm/a@1"}],
    });
    let mut known = facts(vec![attestation(SBOM, &sbom)]);
    known.standing = Standing::NotDhi;
    let document =
        r#"{"os":"linux","created":"2026-01-01T00:00:00Z","config":{"User":"","Env":["A=1"],"Labels":null}}"#;
    known.config.as_mut().unwrap().document = serde_json::from_str(document).ok();
    let input: Value = serde_json::from_str(&super::input(&known)).unwrap();
    let source = &input["source"];
    assert_eq!(source["type"], "image");
    assert_eq!(source["image"]["name"], "dhi/python");
    assert_eq!(source["image"]["digest"], image().to_string());
    assert_eq!(source["image"]["distro"], json!({"os": "x"}));
    assert_eq!(source["image"]["config"]["config"], json!({"Env": ["A=1"]}));
    assert_eq!(source["image"]["config"]["created"], "2026-01-01T00:00:00Z");
    assert_eq!(source["base_images"], json!([]));
    assert_eq!(input["dhi"]["standing"], "not-dhi");
    assert_eq!(input["artifacts"][0]["purl"], "pkg:npm/a@1");
    fn no_nulls(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Array(items) => items.iter().all(no_nulls),
            Value::Object(members) => members.values().all(no_nulls),
            _ => true,
        }
    }
    assert!(no_nulls(&input), "{input}");
}

#[test]
fn a_policy_that_reads_a_missing_member_does_not_pass() {
    let verdict =
        |facts: &ImageFacts, expression: &str| run(facts, &format!("answer if {expression}")).verdict;
    let is_unanswered = |verdict: Verdict| {
        matches!(
            verdict,
            Verdict::Unknown(
                UnknownReason::Unanswered { .. }
                    | UnknownReason::PassWithout { .. }
                    | UnknownReason::FindingsNotGiven
            )
        )
    };
    let known = facts(Vec::new());
    assert!(is_unanswered(verdict(&known, "input.artifacts[_].purl")));
    assert_eq!(verdict(&known, "input.source.image.config.config.Env"), Verdict::Pass);
    let mut unknown = known.clone();
    unknown.unknown = vec![UnknownMember {
        member: "input.source.image.config".to_owned(),
        known: vec!["input.source.image.config.config.User".to_owned()],
        cause: "not recorded".into(),
    }];
    assert!(is_unanswered(verdict(&unknown, "input.source.image.config.config.Env")));
    assert_eq!(verdict(&unknown, "input.source.image.config.config.User"), Verdict::Pass);
    assert_eq!(verdict(&unknown, "input.source.image.name"), Verdict::Pass);
    let with_sbom = facts(vec![attestation(SBOM, &json!({"artifacts": []}))]);
    assert_eq!(verdict(&with_sbom, "input.artifacts[_].purl"), Verdict::Pass);
    for of_sbom in
        ["input.source.image.distro.os", "input.source.provenance.x", "input.source.image[\"distro\"]"]
    {
        assert!(is_unanswered(verdict(&known, of_sbom)), "{of_sbom}");
        assert_eq!(verdict(&with_sbom, of_sbom), Verdict::Pass, "{of_sbom}");
    }
    assert!(is_unanswered(verdict(&known, "{ image := input.source.image; image.distro.os }")));
    assert_eq!(verdict(&known, "{ image := input.source.image; image.tags }"), Verdict::Pass);
    let of_findings = "input.dhi.findings.all[_].id";
    assert!(is_unanswered(verdict(&known, of_findings)));
    assert!(is_unanswered(verdict(&known, "object.get(input.dhi, \"findings\", {})")));
    assert_eq!(verdict(&known, "object.get(input.dhi, \"standing\", 1)"), Verdict::Pass);
    assert_eq!(verdict(&known.clone().with_findings(&[findings(Vec::new())]), of_findings), Verdict::Pass);
    // The attested vulnerabilities are findings too, if the policy reads them.
    let scanned = facts(vec![attestation(VULNERABILITIES, &json!([]))]);
    assert!(is_unanswered(verdict(&scanned, of_findings)));
    let either = format!("{{ oci.referrer({VULNERABILITIES:?}); not {of_findings} }}");
    assert_eq!(verdict(&scanned, &either), Verdict::Pass);
}
