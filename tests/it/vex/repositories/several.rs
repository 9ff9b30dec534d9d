//! Several repositories: all are read, and the newest statement decides.

use serde_json::Value;

use super::{ARCHIVE, MANIFEST};
use crate::support::env::TestEnv;
use crate::support::http::{HttpServer, Reply, RequestLog};
use crate::vex::situation::Situation;

/// A server with the repositories of a case, each below its name.
fn serve(case: &Value) -> HttpServer {
    let repositories = case["repositories"].clone();
    HttpServer::start("127.0.0.1", &RequestLog::default(), move |request| {
        let path = request.path().to_owned();
        let one = repositories
            .as_array()
            .unwrap()
            .iter()
            .find(|one| path.starts_with(&format!("/{}/", one["name"].as_str().unwrap())));
        let Some(one) = one else { return Reply::new(404, "") };
        let name = one["name"].as_str().unwrap();
        if path.ends_with(MANIFEST) {
            let url = format!("http://{}/{name}{ARCHIVE}//repo-main", request.header("host").unwrap());
            let version = serde_json::json!({
                "spec_version": "0.1", "locations": [{ "url": url }], "update_interval": "1h",
            });
            return Reply::json(200, serde_json::json!({ "versions": [version] }).to_string());
        }
        let mut files = vec![("index.json", one["index"].to_string())];
        files.extend(
            one["files"].as_object().unwrap().iter().map(|(name, file)| (name.as_str(), file.to_string())),
        );
        Reply::new(200, super::archive(&files))
    })
}

fn report(case: &Value) -> String {
    let purl = case["package_purl"].as_str().unwrap();
    let mut report = super::report();
    report["matches"][0]["vulnerability"]["id"] = case["vuln_id"].clone();
    let artifact = &mut report["matches"][0]["artifact"];
    artifact["purl"] = purl.into();
    artifact["name"] = "perl-base".into();
    artifact["version"] = "5.40.1-6".into();
    artifact["type"] = "deb".into();
    report.to_string()
}

/// Every case of the situation about silent repositories, over HTTP.
#[test]
fn a_repository_that_says_nothing_hides_no_other() {
    let Some(situation) = Situation::copy("29") else { return };
    let cases: Value = serde_json::from_slice(&situation.read("cases.json")).unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let (env, server) = (TestEnv::new(), serve(case));
        let names: Vec<&str> = case["repositories"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        for name in &names {
            env.dhi(&["vex", "repo", "add", name, &format!("http://{}/{name}", server.host())])
                .assert(0, name);
        }
        let report = env.write("report.json", report(case));
        let mut arguments = vec!["vex", "apply", &report, "--format", "json", "--vex-repo", "all"];
        arguments.extend(names.iter().flat_map(|name| ["--trust-unsigned", name]));
        for (profile, expected) in case["expected"].as_object().unwrap() {
            let run = env.dhi(&[arguments.as_slice(), &["--profile", profile]].concat());
            let suppressed = u64::from(expected["filtered"].as_bool().unwrap());
            let context = format!("{} {profile}: {}", case["id"], run.stdout);
            assert_eq!(run.json()["counts"]["suppressed"], suppressed, "{context}");
            assert_eq!(run.code, 0, "{context}");
        }
        // The first group with an applicable statement decides.
        if names.len() == 2 {
            let run = env.dhi(&[arguments.as_slice(), &["--source-priority", "first,second"]].concat());
            let suppressed = u64::from(case["id"] == "B29a");
            assert_eq!(run.json()["counts"]["suppressed"], suppressed, "{} {}", case["id"], run.stdout);
        }
        let explained = ["vex", "explain", case["vuln_id"].as_str().unwrap(), &report, "--vex-repo", "all"];
        let explained = env.dhi(&explained);
        for name in &names {
            assert!(explained.stdout.contains(&format!("{name}: ")), "{name}: {}", explained.stdout);
        }
    }
}

#[test]
fn a_repository_is_trusted_by_its_own_name_alone() {
    let fixture = super::Fixture::new();
    let own = fixture.apply(&["--vex-repo", "test"]);
    super::assert_suppressed(&own, 0, 0);
    assert!(own.stdout.contains("`test` is not verified"), "{}", own.stdout);
    fixture
        .apply(&["--vex-repo", "test", "--trust-unsigned", "other"])
        .assert(2, "no VEX source is called `other`");
    // A name that is also that of a file could be another's.
    let file = fixture.env.write("test", super::document("not_affected", "2026-01-01"));
    let mut command = fixture.env.command(&[
        "vex",
        "apply",
        &fixture.env.write("report.json", super::report().to_string()),
    ]);
    command.current_dir(fixture.env.home()).args(["--vex", "test"]).args(super::TRUSTED);
    crate::support::env::run(&mut command).assert(2, "several VEX sources are called `test`");
    let both = ["--vex", &file, "--vex-repo", "test", "--trust-unsigned", "test"];
    super::assert_suppressed(&fixture.apply(&both), 0, 1);
}
