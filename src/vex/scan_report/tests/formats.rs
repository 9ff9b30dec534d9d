//! What is written into each format.

use bytes::Bytes;
use serde_json::json;

use super::*;

#[test]
fn a_result_under_investigation_gets_one_entry_under_review() {
    let text = Bytes::from_static(
        br#"{"runs":[{"results":[{"ruleId":"CVE-1-1"},{"ruleId":"CVE-1-2","suppressions":[]},{"ruleId":"CVE-1-3","suppressions":null}]}]}"#,
    );
    let once = apply(&text, &|_| Some(2));
    assert_eq!(findings(&once).len(), 3);
    for result in list(&value(&once)["runs"][0], "results") {
        assert_eq!(
            result["suppressions"],
            json!([{
                "kind": "external",
                "status": "underReview",
                "justification": "under_investigation: looking at \"it\"",
                "properties": {"statement": "dhi: vex.json#2"},
            }])
        );
    }
    assert!(apply(&once, &|_| Some(2)) == once);
    // A later decision replaces the entry.
    let fixed = value(&apply(&once, &|_| Some(1)));
    for result in list(&fixed["runs"][0], "results") {
        assert_eq!(list(result, "suppressions").len(), 1);
        assert_eq!(result["suppressions"][0]["justification"], json!("fixed"));
        assert_eq!(result["suppressions"][0]["status"], json!("accepted"));
    }
}

#[test]
fn cyclonedx_entries_are_split_between_components() {
    let text = Bytes::from_static(
        br#"{"bomFormat":"CycloneDX","vulnerabilities":[{"bom-ref":"v1","id":"CVE-1-1","affects":[{"ref":"a"},{"ref":"b"},{"ref":"c"}]}]}"#,
    );
    let statement = |finding: &Finding| match finding.package.name.as_str() {
        "a" => Some(0),
        "c" => Some(1),
        _ => None,
    };
    let once = apply(&text, &statement);
    let after = value(&once);
    let all = list(&after, "vulnerabilities");
    assert_eq!(all.len(), 3);
    assert_eq!(all[0], json!({"bom-ref": "v1", "id": "CVE-1-1", "affects": [{"ref": "b"}]}));
    assert_eq!(all[1]["affects"], json!([{"ref": "a"}]));
    assert_eq!(all[1]["analysis"]["justification"], json!("code_not_present"));
    assert_eq!(all[2]["affects"], json!([{"ref": "c"}]));
    assert_eq!(all[2]["analysis"], json!({"state": "resolved"}));
    assert!(all[1].get("bom-ref").is_none() && all[2].get("bom-ref").is_none());
    assert!(apply(&once, &statement) == once);
    // Nothing is kept: the first entry stays in place.
    let both = value(&apply(&text, &|finding| Some(usize::from(finding.package.name == "c"))));
    assert_eq!(list(&both, "vulnerabilities")[0]["affects"], json!([{"ref": "a"}, {"ref": "b"}]));
    assert_eq!(list(&both, "vulnerabilities").len(), 2);
}

#[test]
fn an_analysis_that_is_there_is_changed_member_by_member() {
    let text = Bytes::from_static(
        br#"{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"CVE-1-1","analysis":{"state":"in_triage","x":1,"detail":"mine"},"properties":[{"name":"p"}],"affects":[{"ref":"a"}]},{"id":"CVE-1-2","analysis":null,"properties":[],"affects":[{"ref":"a"}]}]}"#,
    );
    let after = value(&apply(&text, &|_| Some(0)));
    let analysis = json!({"state": "not_affected", "x": 1, "detail": "vulnerable_code_not_present: not called", "justification": "code_not_present"});
    assert_eq!(after["vulnerabilities"][0]["analysis"], analysis);
    assert_eq!(after["vulnerabilities"][0]["properties"][1]["value"], json!("dhi: vex.json#0"));
    assert_eq!(after["vulnerabilities"][1]["analysis"]["state"], json!("not_affected"));
    // Of a finding that is kept, the words of the author stay.
    let kept = apply(&text, &|_| Some(2));
    assert_eq!(
        value(&kept)["vulnerabilities"][0]["analysis"],
        json!({"state": "in_triage", "x": 1, "detail": "mine"})
    );
    assert!(apply(&kept, &|_| Some(2)) == kept);
}

#[test]
fn a_trivy_list_that_loses_all_is_left_out() {
    let apply_all = |text: &str| {
        let written = apply(&Bytes::copy_from_slice(text.as_bytes()), &|_| Some(1));
        String::from_utf8(written.to_vec()).unwrap()
    };
    let vulnerability = r#"{"VulnerabilityID":"CVE-1-1","PkgName":"a"}"#;
    let modified = format!(
        r#"{{"Type":"vulnerability","Status":"fixed","Statement":"","Source":"dhi: vex.json#1","Finding":{vulnerability}}}"#
    );
    let old = r#"{"Type":"secret","Finding":{}}"#;
    for (before, after) in [
        (
            format!(r#"{{"Results":[{{"Vulnerabilities":[{vulnerability}]}}]}}"#),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{modified}]}}]}}"#),
        ),
        (
            format!(
                r#"{{"Results":[{{"Vulnerabilities":[{vulnerability}],"ExperimentalModifiedFindings":[{old}]}}]}}"#
            ),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{old},{modified}]}}]}}"#),
        ),
        (
            format!(
                r#"{{"Results":[{{"ExperimentalModifiedFindings":null,"T":1,"Vulnerabilities":[{vulnerability}]}}]}}"#
            ),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{modified}],"T":1}}]}}"#),
        ),
        (
            format!(
                r#"{{"Results":[{{"ExperimentalModifiedFindings":[],"Vulnerabilities":[{vulnerability}]}}]}}"#
            ),
            format!(r#"{{"Results":[{{"ExperimentalModifiedFindings":[{modified}]}}]}}"#),
        ),
    ] {
        assert_eq!(apply_all(&before), after);
        assert_eq!(apply_all(&after), after);
    }
}

#[test]
fn the_list_of_trivys_first_schema_is_read_only() {
    let text = r#"[{"Target":"alpine:3.10 (alpine 3.10.2)","Vulnerabilities":[{"VulnerabilityID":"CVE-1-1","PkgName":"musl","InstalledVersion":"1.1"}]},{"Target":"x","Vulnerabilities":null}]"#;
    let (report, scans) = read(Bytes::from_static(text.as_bytes()), "old.json").unwrap();
    assert_eq!((scans.len(), scans[0].findings.len(), scans[0].subject.name.as_str()), (1, 1, "alpine:3.10"));
    let result = AppliedReport { name: "old.json".to_owned(), scans: Vec::new() };
    let error = report.rewrite(&result, &statements(), &WriteOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "old.json cannot be written back: Trivy JSON of schema 1 has no place for suppressed findings"
    );
}
