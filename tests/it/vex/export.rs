//! Documents for scanners.

use serde_json::Value;

use super::situation::Situation;

const TRUSTED: [&str; 4] = ["--vex", "vex-two.json", "--trust-unsigned", "vex-two.json"];
const TIME: [&str; 2] = ["--timestamp", "2026-06-01T00:00:00Z"];

#[test]
fn an_exported_document_leads_to_the_same_decisions() {
    let Some(situation) = Situation::copy("32") else { return };
    for scanner in ["grype", "trivy"] {
        let export = ["vex", "export", "report.json", "--for", scanner, "-o", "export.json"];
        situation.dhi(&[&export[..], &TRUSTED, &TIME].concat()).assert(0, "2 statements");
        let exported = situation.read("export.json");
        let own = ["--vex", "export.json", "--trust-unsigned", "export.json", "--profile", scanner];
        situation.dhi(&[&["vex", "apply", "report.json"], &own[..]].concat()).assert(0, "2 suppressed");
        // The same decisions give the same bytes.
        situation.dhi(&[&export[..], &TRUSTED, &TIME].concat()).assert(0, "2 statements");
        assert_eq!(situation.read("export.json"), exported, "{scanner}");
    }
}

#[test]
fn an_unsigned_document_is_not_exported() {
    let Some(situation) = Situation::copy("32") else { return };
    let run = situation.dhi(&["vex", "export", "report.json", "--for", "grype", "--vex", "vex-two.json"]);
    run.assert(0, "0 statements");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["statements"], Value::Array(Vec::new()));
}

#[test]
fn the_scanner_must_be_named() {
    let Some(situation) = Situation::copy("32") else { return };
    situation.dhi(&["vex", "export", "report.json"]).assert(2, "--for");
    situation.dhi(&["vex", "export", "report.json", "--for", "other"]).assert(2, "grype, trivy, scout");
}
