//! The documents that whole policies are compared on.

use dhi::policy::facts::ImageFacts;
use fastrand::Rng;
use serde_json::{Map, Value, json};

const DIGEST: &str = "7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e";

/// Facts of an image with this user, these labels, an attestation and findings.
fn facts(user: Option<&str>, labels: &Value) -> ImageFacts {
    let digest = format!("sha256:{DIGEST}");
    let signer = json!({
        "name": "dhi-2", "keyId": null, "isDhi": true, "isImageSigner": true, "signedName": "dhi/python",
        "log": "proven",
    });
    serde_json::from_value(json!({
        "reference": "dhi.io/python:3.13", "name": "dhi/python", "tags": ["3.13"], "digest": digest,
        "platform": {"os": "linux", "architecture": "amd64"}, "kind": "image",
        "config": {"user": user, "labels": labels, "document": {"os": "linux", "config": {"Env": ["A=b"]}}},
        "manifest": null, "index": null,
        "root": {"digest": digest, "signature": {"outcome": "signed", "value": [signer]}},
        "standing": "dhi", "base": null,
        "attestations": [{
            "digest": digest, "image": format!("dhi.io/python@{digest}"),
            "predicateType": "https://spdx.dev/Document", "status": {"outcome": "verified"}, "signers": [signer],
            "statement": null,
        }],
        "findings": {"image": digest, "source": "report", "scannedAt": null, "all": []},
    }))
    .unwrap()
}

fn pick(rng: &mut Rng, values: &[Value]) -> Value {
    values.get(rng.usize(..values.len())).cloned().unwrap_or_default()
}

fn list(rng: &mut Rng, most: usize, mut one: impl FnMut(&mut Rng) -> Value) -> Value {
    let count = rng.usize(..=most);
    (0..count).map(|_| one(rng)).collect()
}

/// A `data.config` for the modules. Members are sometimes missing.
fn config(rng: &mut Rng) -> Map<String, Value> {
    let mixed = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(2),
        json!(-3.5),
        json!(""),
        json!("a"),
        json!("B"),
        json!([]),
        json!([1, 2]),
        json!([[1], "x"]),
        json!({}),
        json!({"a": 1}),
        json!({"b": {"c": null}}),
    ];
    let words = [json!("alpha"), json!("beta"), json!("CVE-2024-2"), json!(""), json!("\u{e9}t\u{e9}")];
    let numbers = |rng: &mut Rng| match rng.u8(..8) {
        0 => json!(2.5),
        _ => json!(rng.i32(-3..15)),
    };
    // Two items of one name are two values of a key in some modules.
    let mut names = ["alpha", "beta", "gamma", "delta"].into_iter().cycle();
    let item = |rng: &mut Rng| {
        let name = if rng.u8(..12) == 0 { Some("alpha") } else { names.next() };
        let mut item = json!({
            "name": name,
            "score": rng.i32(0..6),
            "scores": list(rng, 3, |rng| json!(rng.i32(0..9))),
            "tags": list(rng, 3, |rng| pick(rng, &[json!("t1"), json!("t2"), json!("t3")])),
        });
        if let (Some(item), false) = (item.as_object_mut(), rng.u8(..3) == 0) {
            item.insert("ok".to_owned(), pick(rng, &[json!(true), json!(false)]));
        }
        item
    };
    let mut number = 0;
    let finding = |rng: &mut Rng| {
        number += 1;
        let mut finding = json!({
            "id": format!("CVE-20{}-{number}", rng.u8(19..27)),
            "severity": pick(rng, &[json!("CRITICAL"), json!("HIGH"), json!("MEDIUM"), json!("LOW")]),
            "score": f64::from(rng.i32(0..100)) / 10.0,
            "purl": format!("pkg:deb/debian/package-{number}@1.{number}"),
            "fixed": pick(rng, &[json!("2.0"), json!(null), json!(["1", "2"])]),
        });
        if let (Some(finding), false) = (finding.as_object_mut(), rng.u8(..4) == 0) {
            let day = rng.u8(1..29);
            finding.insert("published".to_owned(), json!(format!("2026-11-{day:02}T12:30:00Z")));
        }
        finding
    };
    let mut config = json!({
        "n": match rng.u8(..8) {
            0 => json!(2),
            _ => numbers(rng),
        },
        "flag": pick(rng, &[json!(true), json!(false), json!(null)]),
        "numbers": list(rng, 6, numbers),
        "mixed": list(rng, 6, |rng| pick(rng, &mixed)),
        "words": list(rng, 4, |rng| pick(rng, &words)),
        "matrix": list(rng, 3, |rng| list(rng, 3, |rng| json!(rng.i32(0..60)))),
        "map": {"x": pick(rng, &mixed), "y": pick(rng, &mixed), "z": 1},
        "items": list(rng, 4, item),
        "findings": list(rng, 5, finding),
        "a/b": rng.bool(),
    });
    let Some(members) = config.as_object_mut() else { return Map::new() };
    // Every third document lacks one member.
    if rng.u8(..3) == 0 {
        let names: Vec<String> = members.keys().cloned().collect();
        if let Some(name) = names.get(rng.usize(..names.len())) {
            members.remove(name);
        }
    }
    members.clone()
}

/// `count` documents: facts and `data.config`.
pub(super) fn generated(count: u64) -> Vec<(ImageFacts, Map<String, Value>)> {
    let of = |seed| {
        let mut rng = Rng::with_seed(seed);
        let user = [None, Some("root"), Some("65532")][rng.usize(..3)];
        let labels =
            json!({"com.example.user": "65532", "other": "x", "com.example.n": rng.u8(..9).to_string()});
        (facts(user, &labels), config(&mut rng))
    };
    (0..count).map(of).collect()
}

/// A statement about the image.
fn statement(predicate: &Value) -> Value {
    json!({
        "image": "dhi.io/python@sha256:00",
        "statement": {"subject": [{"name": "x", "digest": {"sha256": DIGEST}}], "predicate": predicate},
    })
}

/// Documents for the policies of the contract: nothing, everything good, everything bad, and odd values.
pub(super) fn of_contract() -> Vec<(ImageFacts, Map<String, Value>)> {
    const SPDX: &str = "https://spdx.dev/Document";
    const SLSA: &str = "https://slsa.dev/provenance/v0.2";
    const VIRUS: &str = "https://scout.docker.com/virus/v0.1";
    const SECRETS: &str = "https://scout.docker.com/secrets/v0.1";
    const TESTS: &str = "https://scout.docker.com/tests/v0.1";
    const STIG: &str = "https://docker.com/dhi/stig/v0.1";
    const SCAN: &str = "https://scout.docker.com/vulnerabilities/v0.1";
    const VEX: &str = "https://openvex.dev/ns/v0.2.0";
    let package = |name: &str| json!({"name": name, "externalRefs": [{"referenceLocator": format!("pkg:deb/debian/{name}@1")}]});
    let profile =
        |score: f64, most: f64| json!({"summary": {"defaultScore": score, "maxDefaultScore": most}});
    let scan = |published: &str, cvss: &Value| {
        json!([{
            "purl": "pkg:deb/debian/openssl@3",
            "vulnerabilities": [
                {"source_id": "CVE-2024-3094", "aliases": ["GHSA-x"], "published_at": published, "fixed_by": "3.1",
                    "cisa_exploited": false, "cvss": cvss},
                {"source_id": "CVE-2025-1", "fixed_by": "", "cisa_exploited": true, "cvss": {"severity": "LOW"}},
                {"source_id": "CVE-2025-2", "published_at": published, "cisa_exploited": false, "cvss": cvss},
            ],
        }, {"purl": "pkg:npm/x@1", "vulnerabilities": null}])
    };
    let infected = |count: &str| {
        use base64::Engine as _;
        let report = format!("----------- SCAN SUMMARY -----------\nInfected files: {count}\nTime: 1\n");
        json!({"scanner": {"report": base64::engine::general_purpose::STANDARD.encode(report)}})
    };
    let vex = |status: &str| {
        json!({"statements": [{
            "vulnerability": {"name": "CVE-2024-3094"}, "status": status,
            "products": [{"@id": "pkg:deb/debian/openssl@3"}],
        }]})
    };
    let all = |predicates: &[(&str, Value)]| -> Value {
        predicates
            .iter()
            .map(|(kind, predicate)| ((*kind).to_owned(), statement(predicate)))
            .collect::<Map<_, _>>()
            .into()
    };
    let cvss = json!({"score": 9.8, "severity": "CRITICAL"});
    let good = all(&[
        (SPDX, json!({"packages": [package("openssl")]})),
        (SLSA, json!({})),
        (VIRUS, infected("0")),
        (SECRETS, json!([])),
        (TESTS, json!({"results": {"summary": {"failed": 0}}})),
        (STIG, json!([profile(100.0, 100.0)])),
        (SCAN, json!([])),
        (VEX, vex("fixed")),
    ]);
    let bad = all(&[
        (SPDX, json!({"packages": [package("bash"), package("apt"), {"name": "busybox"}]})),
        (SLSA, json!({})),
        (VIRUS, infected("12")),
        (SECRETS, json!([{"file": "a"}])),
        (TESTS, json!({"results": {"summary": {"failed": 3}}})),
        (STIG, json!([profile(97.5, 100.0), profile(2.0, 3.0), {"summary": {}}])),
        (SCAN, scan("2020-01-01T00:00:00Z", &cvss)),
        (VEX, vex("affected")),
    ]);
    let odd = all(&[
        (SPDX, json!({})),
        (VIRUS, json!({"scanner": {"report": "not base64"}})),
        (SECRETS, json!({})),
        (TESTS, json!({"results": {}})),
        (STIG, json!([profile(0.0, 0.0)])),
        (SCAN, scan("yesterday", &json!({"score": "high"}))),
        (VEX, vex("not_affected")),
    ]);
    let labels = json!({
        "com.docker.dhi.shell": "", "com.docker.dhi.package-manager": "", "com.docker.dhi.compliance": "cis, fips",
        "com.docker.dhi.version": "3.13",
    });
    let none = json!({});
    let signatures = json!({"dhi.io/python@sha256:00": {"error": "no signature"}});
    let settings = json!({"slas": {"CRITICAL": 100_000}, "package_types": ["deb"], "target_score": 90, "cves": ["GHSA-x"]});
    let document = |user, labels: &Value, referrers: &Value, signatures: &Value, settings: &Value| {
        let mut config = settings.as_object().cloned().unwrap_or_default();
        config.insert("referrers".to_owned(), referrers.clone());
        config.insert("signatures".to_owned(), signatures.clone());
        (facts(user, labels), config)
    };
    let development = json!({"com.docker.dhi.version": "3.13-dev"});
    vec![
        document(Some("65532"), &labels, &good, &none, &none),
        document(Some("root"), &labels, &bad, &signatures, &none),
        document(None, &labels, &odd, &none, &none),
        document(None, &none, &none, &none, &none),
        document(None, &development, &bad, &none, &settings),
    ]
}
