//! VEX repositories in scans.

use serde_json::{Value, json};

use super::{IMAGE, REPORT, scan};
use crate::support::env::{TestEnv, project};
use crate::support::http::{HttpServer, Reply, RequestLog};

/// A repository with one document: `not_affected` for this vulnerability of this package.
fn serve(id: &str, purl: &str) -> HttpServer {
    let unversioned = purl.split(['@', '?']).next().unwrap().to_owned();
    let index = json!({ "packages": [{ "id": unversioned, "location": "a.json" }] }).to_string();
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://acme.example/vex/1",
        "author": "Acme",
        "timestamp": "2026-09-01T00:00:00Z",
        "version": 1,
        "statements": [{
            "vulnerability": { "name": id },
            "products": [{ "@id": purl.split('?').next().unwrap() }],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
        }],
    })
    .to_string();
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in [("index.json", index), ("a.json", document)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    HttpServer::start("127.0.0.1", &RequestLog::default(), move |request| match request.path() {
        "/.well-known/vex-repository.json" => {
            let url = format!("http://{}/a.tar", request.header("host").unwrap());
            let version =
                json!({ "spec_version": "0.1", "locations": [{ "url": url }], "update_interval": "1h" });
            Reply::json(200, json!({ "versions": [version] }).to_string())
        }
        "/a.tar" => Reply::new(200, archive.clone()),
        _ => Reply::new(404, ""),
    })
}

#[test]
fn the_findings_of_a_scan_are_looked_up() {
    let env = TestEnv::new();
    let counts = |more: &[&str]| -> (i32, Value) {
        let run = scan(&env, &[&[IMAGE, "--report", REPORT, "--format", "json"], more].concat());
        (run.code, run.json())
    };
    let remaining =
        |document: &Value| document["images"][0]["result"]["counts"]["remaining"].as_u64().unwrap();
    let (_, before) = counts(&[]);
    // A finding that stays, as the report names it.
    let report: Value = serde_json::from_slice(&std::fs::read(project().join(REPORT)).unwrap()).unwrap();
    let id = "CVE-2005-2541";
    let found =
        report["matches"].as_array().unwrap().iter().find(|one| one["vulnerability"]["id"] == id).unwrap();
    let server = serve(id, found["artifact"]["purl"].as_str().unwrap());
    env.dhi(&["vex", "repo", "add", "test", &format!("http://{}", server.host())]).assert(0, "added");
    let (_, unsigned) = counts(&["--vex-repo", "test"]);
    assert_eq!(remaining(&unsigned), remaining(&before));
    assert!(unsigned.to_string().contains("test: a.json"), "{unsigned}");
    let (code, trusted) = counts(&["--vex-repo", "test", "--trust-unsigned", "test"]);
    assert_eq!(remaining(&trusted) + 1, remaining(&before), "{trusted}");
    assert_eq!(code, 0, "{trusted}");
    drop(server);
    // The copy is used, and a name that is none is an error.
    assert_eq!(counts(&["--vex-repo", "all", "--trust-unsigned", "test"]).1, trusted);
    scan(&env, &[IMAGE, "--report", REPORT, "--vex-repo", "tset"])
        .assert(2, "there is no VEX repository `tset`");
}
