//! A statement counts only for what was signed. The tests change each step from the signatures to the subject, one at a
//! time.

pub(crate) mod signing;

use crate::oci::Digest;
use crate::trust::{Error, Reduced, Role, Statement, Threshold, Trust, Verified};

use signing::{TestSigner, manifest};

const SPDX: &str = "https://spdx.dev/Document";
const TEAM: TestSigner = TestSigner { name: Some("team/api"), is_dhi: false, role: Role::Image };
const DOCKER: TestSigner = TestSigner { name: Some("dhi/python"), is_dhi: true, role: Role::Image };

fn statement(predicate_type: &str, subjects: &[&str]) -> String {
    let subjects: Vec<String> = subjects
        .iter()
        .map(|content| format!(r#"{{"digest":{{"sha256":"{}"}}}}"#, Digest::of(content.as_bytes()).hex()))
        .collect();
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"{predicate_type}","subject":[{}]}}"#,
        subjects.join(",")
    )
}

#[test]
fn a_statement_is_bound_to_its_signatures_and_subject() {
    let image = Digest::of(b"image");
    let good = statement(SPDX, &["other", "image"]);
    let attested = TEAM.attest(&good, image).unwrap();
    assert_eq!(attested.signature().signer().key_id(), Some(TEAM.trusted_key().key.id()));
    assert_eq!(attested.whole().bytes(), good.as_bytes());
    assert_eq!((attested.whole().subject(), attested.whole().digest()), (image, Digest::of(good.as_bytes())));

    let stored = manifest(&good, SPDX);
    let attest = |signed: &str, manifest: &str, statement: &str, payload: Option<&str>| {
        let signed = TEAM.sign_object(signed, payload);
        signed.verify_statement(manifest.as_bytes(), statement.to_owned().into(), image).map(|_| ())
    };
    assert_eq!(attest(&stored, &stored, &good, None), Ok(()));
    // Another manifest than the signed one, another statement than its layer, an index, no manifest.
    let forged = statement(SPDX, &["image", "forged"]);
    let other = manifest(&forged, SPDX);
    let (signed, expected) = (Digest::of(stored.as_bytes()).to_string(), Digest::of(other.as_bytes()));
    assert_eq!(attest(&stored, &other, &forged, None), Err(Error::SubjectMismatch { signed, expected }));
    assert!(matches!(attest(&stored, &stored, &forged, None), Err(Error::Payload { .. })));
    let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    let twice = stored.replacen(r#""layers":["#, r#""layers":[LAYER,"#, 1);
    let layer = &stored[stored.find(r#""layers":["#).unwrap() + 10..stored.find("],").unwrap()];
    for object in [index, "{}", "", &twice.replace("LAYER", layer)] {
        assert!(matches!(attest(object, object, &good, None), Err(Error::Payload { .. })), "{object}");
    }
    // A predicate type other than the one in the manifest or in the signed payload.
    let mismatch = |claimed: Option<&str>, signed: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Err(Error::PredicateType { stated: SPDX.to_owned(), claimed: owned(claimed), signed: owned(signed) })
    };
    let claims = |kind: &str| manifest(&good, kind);
    assert_eq!(attest(&claims("x"), &claims("x"), &good, None), mismatch(Some("x"), None));
    assert_eq!(attest(&stored, &stored, &good, Some("x")), mismatch(Some(SPDX), Some("x")));
    let bare =
        stored.replace(r#","annotations":{"in-toto.io/predicate-type":"https://spdx.dev/Document"}"#, "");
    assert_ne!(bare, stored);
    assert_eq!(attest(&bare, &bare, &good, None), mismatch(None, None));
    // Other subjects, and bytes that are not a statement.
    for subjects in [&["other"][..], &[]] {
        let text = statement(SPDX, subjects);
        let subjects = Statement::parse(text.as_bytes()).unwrap().subject_digests();
        let refused = TEAM.attest(&text, image).map(|_| ());
        assert_eq!(refused, Err(Error::StatementSubject { subjects, expected: image }));
    }
    let none = manifest("{}", SPDX);
    assert!(matches!(attest(&none, &none, "{}", None), Err(Error::Statement { .. })));
}

#[test]
fn each_signer_of_the_object_counts_once() {
    let (object, other) = (Digest::of(b"object"), Digest::of(b"other"));
    let trust = |threshold| Trust { threshold: Threshold::new(threshold).unwrap(), ..TEAM.trust() };
    let (team, docker) = (TEAM.sign(object, None), DOCKER.sign(object, None));
    let elsewhere = DOCKER.sign(other, None);
    let counted = |threshold, signatures: &[_]| {
        let signed = trust(threshold).quorum(object, signatures)?;
        assert_eq!(signed.digest(), object);
        Some(signed.signatures().iter().count())
    };
    assert_eq!(counted(1, std::slice::from_ref(&team)), Some(1));
    assert_eq!(counted(1, std::slice::from_ref(&elsewhere)), None);
    assert_eq!(counted(2, &[team.clone(), elsewhere]), None);
    assert_eq!(counted(2, &[team.clone(), team.clone(), TEAM.sign(object, None)]), None);
    assert_eq!(counted(2, &[team.clone(), docker]), Some(2));
    let attestor = TestSigner { role: Role::Attestor, ..DOCKER }.sign(object, None);
    assert_eq!(counted(2, &[team, attestor]), None);
}

#[test]
fn enveloped_statements_count_together_only_if_equal() {
    let image = Digest::of(b"image");
    let trust = Trust { threshold: Threshold::new(2).unwrap(), ..TEAM.trust() };
    let (one, two) = (statement(SPDX, &["image"]), statement(SPDX, &["image", "other"]));
    let signed = |author: TestSigner, text: &str, subject: Digest| {
        author.sign_statement(text, subject).unwrap().reduce::<Nothing>(false)
    };
    let decide = |statements: Vec<Verified<Reduced<Nothing>>>| -> Vec<_> {
        let labelled = statements.into_iter().enumerate().collect();
        let decided = trust.count_enveloped(labelled).into_iter();
        decided.map(|(label, outcome)| (label, outcome.map(|attested| attested.subject()))).collect()
    };
    let few = |author: TestSigner| {
        Err(Error::Threshold { needed: 2, by: vec![author.facts().signer().to_string()] })
    };
    assert_eq!(
        decide(vec![signed(TEAM, &one, image), signed(DOCKER, &two, image), signed(DOCKER, &one, image)]),
        [(0, Ok(image)), (1, few(DOCKER)), (2, Ok(image))]
    );
    assert_eq!(
        decide(vec![signed(TEAM, &one, image), signed(TEAM, &one, image)]),
        [(0, few(TEAM)), (1, few(TEAM))]
    );
    // The same bytes, verified for two objects, are counted separately.
    let other = Digest::of(b"other");
    assert_eq!(
        decide(vec![signed(TEAM, &two, image), signed(DOCKER, &two, other)]),
        [(0, few(TEAM)), (1, few(DOCKER))]
    );
    let subjects = Digest::of(b"image").to_string();
    let refused = TEAM.sign_statement(&one, other).map(|_| ());
    assert_eq!(refused, Err(Error::SubjectMismatch { signed: subjects, expected: other }));
}

/// What is kept of a predicate in these tests.
struct Nothing;

impl From<&Statement> for Nothing {
    fn from(_: &Statement) -> Self {
        Self
    }
}
