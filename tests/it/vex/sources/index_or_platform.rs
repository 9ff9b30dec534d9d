//! VEX that is attested about an index or about one of its images, and reports that name the one or the other:
//! `../shared/data/bugs-vex/10-attested-index-or-platform`.

use std::path::PathBuf;

use dhi::gate::Verifier;
use dhi::trust::PublicKey;
use serde_json::Value;

use super::{Applied, load_with, scan};
use crate::support::base::BaseFixture;
use crate::support::env::{TestEnv, project};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::signed::Version;

const WEB: &str = "registry.acme.example/shop/web";

#[test]
fn an_attested_index_or_platform_applies_where_it_is_bound() {
    let data = project().join("../shared/data/bugs-vex/10-attested-index-or-platform");
    let Ok(expected) = std::fs::read_to_string(data.join("expected.json")) else {
        println!("skipped: {} is missing", data.display());
        return;
    };
    let read = |name: &str| std::fs::read(data.join(name)).unwrap();
    let json = |name: String| -> Value { serde_json::from_slice(&read(&name)).unwrap() };
    let fixture = BaseFixture::empty();
    for manifest in ["manifest-amd64.json", "manifest-arm64.json"] {
        fixture.registry.put_manifest(WEB, &read(manifest));
    }
    let index = fixture.registry.put_manifest(WEB, &read("index.json"));
    fixture.registry.tag(WEB, "1", &index);
    let (env, sigstore) = (TestEnv::new(), Sigstore::new());
    let key = PublicKey::from_pem(&sigstore.key.pem(), "team.pub").unwrap();
    let verifier = Verifier::builder().key("team", key).at(super::now()).build().unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let rows = expected["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 7);
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap();
        let statement = String::from_utf8(read(&format!("{}.intoto.json", text("vex")))).unwrap();
        let bundle = sigstore.keyed().attest(&statement).bundle(Version::V03).to_string();
        let file = env.write(&format!("{}.json", text("vex")), bundle);
        let report = json(format!("{}.json", text("report")));
        let target = &report["source"]["target"];
        let mut scan = scan(target["repoDigests"][0].as_str(), "pkg:npm/table@7.1.0");
        scan.subject.manifest_digest = target["manifestDigest"].as_str().map(str::to_owned);
        scan.findings[0].id = "CVE-2026-2001".to_owned();
        let is_available = row.get("index").is_none();
        let loaded = load_with(&verifier, &fixture, &scan, |options| {
            options.image = is_available.then(|| format!("{WEB}:1").parse().unwrap());
            options.paths = vec![PathBuf::from(&file)];
        });
        let applied = Applied::of(loaded.unwrap(), scan);
        if row["suppressed"].as_bool().unwrap() {
            applied.assert_suppressed();
        } else if text("near_miss").starts_with("subject") {
            applied.assert_kept("Subject {");
        } else {
            applied.assert_kept("ProductsWithoutSubject");
        }
    }
}
