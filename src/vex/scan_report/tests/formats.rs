//! What is written into each format.

use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::vex::PackageUrl;

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
                "properties": {"dhi:vex:statement": "dhi: vex.json#2"},
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

#[test]
fn a_result_of_grype_has_the_package_url_of_its_version() {
    let report = |purls: &str| {
        let text = format!(
            r#"{{"runs":[{{"results":[{{"ruleId":"CVE-1-1-tar","message":{{"text":"A low vulnerability in deb package: tar, version 1.34 was found in image a:1 at: /x"}}}}],"tool":{{"driver":{{"name":"Grype","rules":[{{"id":"CVE-1-1-tar","properties":{{"purls":{purls},"security-severity":"3.1"}}}}]}}}}}}]}}"#
        );
        findings(&Bytes::from(text)).remove(0)
    };
    let finding = report(r#"["pkg:deb/debian/tar@1.33","pkg:deb/debian/tar@1.34?arch=amd64"]"#);
    assert_eq!((finding.id.as_str(), finding.scores.as_slice()), ("CVE-1-1", [3.1].as_slice()));
    assert_eq!(finding.package.purl, PackageUrl::parse("pkg:deb/debian/tar@1.34?arch=amd64").ok());
    assert_eq!((finding.package.name.as_str(), finding.package.version.as_deref()), ("tar", Some("1.34")));
    // Without one, the type remains; two that may be meant are none.
    for purls in ["[]", r#"["pkg:deb/debian/tar@1.34?arch=amd64","pkg:deb/debian/tar@1.34?arch=arm64"]"#] {
        let finding = report(purls);
        assert_eq!((finding.package.purl, finding.package.kind.as_deref()), (None, Some("deb")));
    }
}

#[test]
fn the_graph_of_trivy_is_that_of_its_packages() {
    let text = r#"{"ArtifactName":"a","ArtifactType":"repository","Results":[{"Target":"go.mod","Class":"lang-pkgs","Type":"gomod","Packages":[{"ID":"root","Identifier":{"PURL":"pkg:golang/acme/app","UID":"r"},"Relationship":"root","DependsOn":["dep@1"]},{"ID":"dep@1","Identifier":{"PURL":"pkg:golang/acme/dep@v1","UID":"d"},"Relationship":"direct","DependsOn":["leaf@1"]},{"ID":"leaf@1","Identifier":{"PURL":"pkg:golang/acme/leaf@v1","UID":"l"},"Relationship":"indirect","SrcName":"leaf-src","SrcVersion":"1","SrcRelease":"2","SrcEpoch":3}],"Vulnerabilities":[{"VulnerabilityID":"CVE-1-1","PkgName":"leaf","PkgIdentifier":{"UID":"l"}}]}]}"#;
    let (_, scans) = read(Bytes::from_static(text.as_bytes()), "r.json").unwrap();
    let (graph, package) = (scans[0].graph.as_ref().unwrap(), &scans[0].findings[0].package);
    // The artifact, the result, then the packages.
    assert_eq!(graph.parents, [vec![], vec![0], vec![1], vec![2], vec![3]]);
    assert_eq!((package.node, graph.root), (Some(4), 0));
    assert_eq!(package.purl, graph.nodes[4]);
    assert_eq!(package.sources[0].name, "leaf-src");
    assert_eq!(package.sources[0].version.as_deref(), Some("3:1-2"));
}

#[test]
fn a_rejected_suppression_stays_and_keeps_the_finding() {
    let text = Bytes::from_static(
        br#"{"runs":[{"results":[{"ruleId":"CVE-1-1","suppressions":[{"kind":"external","status":"rejected"}]},{"ruleId":"CVE-1-2"}]}]}"#,
    );
    for drop in [false, true] {
        let (after, rewritten) = applied(&text, drop, &|finding| (finding.id == "CVE-1-1").then_some(0));
        assert!(after == text && rewritten.overruled() == 0);
    }
    let (report, _) = read(text, "report.json").unwrap();
    let mut decisions = [decision(Some(0)), decision(Some(0))];
    report.keep_rejected(0, &mut decisions);
    assert_eq!(decisions.each_ref().map(|this| this.outcome), [Outcome::Kept, Outcome::Suppressed]);
    assert_eq!(decisions[0].reason, Some(Inapplicable::RejectedInReport));
}

#[test]
fn a_suppression_of_others_is_not_taken_for_our_own() {
    let text = Bytes::from_static(
        br#"{"runs":[{"results":[{"ruleId":"CVE-1-1","suppressions":[{"status":"underReview","properties":{"statement":"dhi is unused"}}]}]}]}"#,
    );
    let after = value(&apply(&text, &|_| Some(2)));
    assert_eq!(list(&after["runs"][0]["results"][0], "suppressions").len(), 2);
}

#[test]
fn what_is_no_report_is_not_read() {
    for text in [
        "[]",
        r#"[{"Target":"x"}]"#,
        r#"{"matches":null}"#,
        r#"{"matches":[],"Results":[]}"#,
        r#"{"results":[]}"#,
        r#"{"results":[{"check_id":"x"}]}"#,
        r#"{"ArtifactName":"x"}"#,
        r#"{"Findings":[{"Title":"x"}]}"#,
        r#"{"bomFormat":"x","vulnerabilities":[]}"#,
    ] {
        assert!(read(Bytes::from_static(text.as_bytes()), "report.json").is_err(), "{text}");
    }
}

#[test]
fn a_list_of_findings_in_two_spellings_is_an_error() {
    for text in [
        r#"{"matches":[],"Matches":[{}]}"#,
        r#"{"MATCHES":[{}],"matches":[]}"#,
        r#"{"matches":[],"IgnoredMatches":[]}"#,
        r#"{"Results":[],"RESULTS":[],"SchemaVersion":2}"#,
        r#"{"SchemaVersion":2,"Results":[{"Class":"os-pkgs","vulnerabilities":[]}]}"#,
        r#"{"ClusterName":"c","Resources":[],"resources":[]}"#,
        r#"{"ClusterName":"c","Resources":[{"Kind":"Pod","results":[]}]}"#,
        r#"{"bomFormat":"CycloneDX","specVersion":"1.5","vulnerabilities":[],"Vulnerabilities":[]}"#,
        r#"{"rEsults":[],"results":[]}"#,
        r#"{"runs":[{"tool":{},"results":[]}],"Runs":[]}"#,
    ] {
        let error = read(Bytes::from_static(text.as_bytes()), "r.json").unwrap_err();
        assert!(error.to_string().contains("is spelled `"), "{text}: {error}");
    }
}

#[test]
fn what_may_not_have_been_scanned_is_told() {
    for (text, is_scanned) in [
        (r#"{"bomFormat":"CycloneDX","vulnerabilities":[]}"#, true),
        (r#"{"bomFormat":"CycloneDX"}"#, false),
        (r#"{"SchemaVersion":2,"ArtifactName":"x"}"#, false),
        (r#"{"SchemaVersion":2,"Results":[]}"#, false),
        (r#"{"SchemaVersion":2,"Results":[{"Target":"x","Class":"secret"}]}"#, false),
        (r#"{"SchemaVersion":2,"Results":[{"Target":"x","Class":"config","Type":"dockerfile"}]}"#, false),
        (r#"{"SchemaVersion":2,"Results":[{"Target":"x","Class":"os-pkgs","Type":"debian"}]}"#, true),
        (r#"{"SchemaVersion":2,"Results":[{"Target":"x","Class":"secret"},{"Class":"lang-pkgs"}]}"#, true),
        (r#"{"SchemaVersion":2,"Results":[{"Target":"x","Type":"debian"}]}"#, true),
        (r#"{"SchemaVersion":2,"Results":[{"Target":"x","Vulnerabilities":[]}]}"#, true),
        (
            r#"{"SchemaVersion":2,"Results":[{"ExperimentalModifiedFindings":[{"Type":"vulnerability"}]}]}"#,
            true,
        ),
        (r#"{"Resources":[{"Kind":"Service","Results":[{"Class":"config","Type":"kubernetes"}]}]}"#, true),
        (r#"{"Resources":[{"Kind":"Service"}]}"#, false),
        (r#"{"Resources":[{"Kind":"Pod","Metadata":[{"ImageID":"sha256:1"}],"Results":[]}]}"#, false),
        (
            r#"{"Resources":[{"Kind":"Pod","Metadata":{"ImageID":"x"},"Results":[{"Class":"os-pkgs"}]}]}"#,
            true,
        ),
        (r#"{"runs":[{"results":[],"invocations":[{"executionSuccessful":true}]}]}"#, true),
        (r#"{"runs":[{"results":[],"invocations":[{"executionSuccessful":false}]}]}"#, false),
    ] {
        let (_, scans) = read(Bytes::from_static(text.as_bytes()), "report.json").unwrap();
        assert_eq!(scans[0].not_scanned.is_none(), is_scanned, "{text}");
    }
}

#[test]
fn a_record_that_a_kept_group_names_stays() {
    let text = Bytes::from_static(
        br#"{"results":[{"source":{},"packages":[{"package":{"name":"a"},"vulnerabilities":[{"id":"A"},{"id":"B"},{"id":"C"}],"groups":[{"ids":["A","B"]},{"ids":["B","C"]}]}]}]}"#,
    );
    let after = value(&apply(&text, &|finding| (finding.id == "A").then_some(0)));
    let package = &after["results"][0]["packages"][0];
    assert_eq!(package["groups"], json!([{"ids": ["B", "C"]}]));
    assert_eq!(package["vulnerabilities"], json!([{"id": "B"}, {"id": "C"}]));
}

#[test]
fn a_group_is_unimportant_only_by_all_of_its_ids() {
    let unimportant = r#"{"unimportant":true}"#;
    for (analysis, expected) in [
        (format!(r#"{{"A":{unimportant},"B":{unimportant}}}"#), 0),
        (format!(r#"{{"A":{unimportant}}}"#), 1),
        (format!(r#"{{"A":{unimportant},"B":{{"unimportant":false}}}}"#), 1),
        (r#"{"A":{"called":false},"B":{"called":false}}"#.to_owned(), 0),
        (r#"{"A":{"called":true}}"#.to_owned(), 1),
    ] {
        let text = format!(
            r#"{{"results":[{{"source":{{}},"packages":[{{"package":{{"name":"a"}},"groups":[{{"ids":["A","B"],"experimental_analysis":{analysis}}}]}}]}}]}}"#
        );
        assert_eq!(findings(&Bytes::from(text)).len(), expected, "{analysis}");
    }
}
