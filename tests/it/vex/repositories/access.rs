//! Logins: which hosts get them, and where they are never written.

use std::sync::{Arc, Mutex};

use super::{ARCHIVE, Fixture, MANIFEST, TRUSTED, assert_suppressed};
use crate::support::env::run;
use crate::support::http::{HttpServer, Reply, RequestLog};

const TOKEN: &str = "hunter2-token";

#[test]
fn a_token_is_sent_as_bearer_and_not_stored() {
    let fixture = Fixture::unlisted();
    fixture.change(|site| site.login = Some(format!("Bearer {TOKEN}")));
    fixture
        .env
        .dhi(&["vex", "repo", "add", "test", &fixture.url(), "--token-env", "VEX_TOKEN"])
        .assert(0, "added");
    // Without it.
    let denied = fixture.apply(&TRUSTED);
    assert_suppressed(&denied, 5, 0);
    assert!(
        denied.stdout.contains("the variable `VEX_TOKEN` with its login is not set"),
        "{}",
        denied.stdout
    );
    assert!(!format!("{}{}", denied.stdout, denied.stderr).contains("docker login"), "{}", denied.stderr);
    assert_eq!(fixture.requests(), [""; 0]);
    let arguments = fixture.applying(&[TRUSTED.as_slice(), &["-vv"]].concat());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let applied = run(fixture.env.command(&arguments).env("VEX_TOKEN", TOKEN));
    assert_suppressed(&applied, 0, 1);
    assert!(!format!("{}{}", applied.stdout, applied.stderr).contains(TOKEN));
    let sent = fixture.log.all();
    assert!(sent.iter().all(|request| !request.target.contains(TOKEN)));
    let list = std::fs::read_to_string(fixture.env.trust_store().join("vex-repositories.json")).unwrap();
    assert!(list.contains("VEX_TOKEN") && !list.contains(TOKEN), "{list}");
    let record = std::fs::read_to_string(fixture.copy().join("record.json")).unwrap();
    assert!(!record.contains(TOKEN), "{record}");
}

#[test]
fn a_wrong_login_is_denied_and_the_copy_is_used() {
    let fixture = Fixture::unlisted();
    let add =
        ["vex", "repo", "add", "test", &fixture.url(), "--username", "me", "--password-env", "VEX_PASSWORD"];
    fixture.env.dhi(&add).assert(0, "added");
    fixture.change(|site| (site.interval, site.login) = ("0s", Some("Basic bWU6aHVudGVyMg==".to_owned())));
    let apply = |password: &str| {
        let arguments = fixture.applying(&TRUSTED);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(fixture.env.command(&arguments).env("VEX_PASSWORD", password))
    };
    let denied = apply("wrong");
    assert_suppressed(&denied, 5, 0);
    assert!(denied.stdout.contains("vex/repository-denied"), "{}", denied.stdout);
    assert_suppressed(&apply("hunter2"), 0, 1);
    let expired = apply("wrong");
    assert_suppressed(&expired, 0, 1);
    assert!(expired.stdout.contains("its copy of"), "{}", expired.stdout);
}

#[test]
fn the_login_of_docker_is_sent_to_a_host_that_demands_it() {
    let fixture = Fixture::new();
    let auths = format!(r#"{{"auths": {{"{}": {{"auth": "bWU6aHVudGVyMg=="}}}}}}"#, fixture.server.host());
    fixture.env.write(".docker/config.json", auths);
    // A host that demands nothing gets nothing.
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    assert!(fixture.log.take().iter().all(|request| request.header("authorization").is_none()));
    fixture.change(|site| (site.interval, site.login) = ("0s", Some("Basic bWU6aHVudGVyMg==".to_owned())));
    fixture.env.dhi(&["vex", "repo", "update"]).assert(0, "unchanged");
    let requests = fixture.requests();
    assert_eq!(
        requests,
        ["401", "200", "401", "304"]
            .iter()
            .zip([MANIFEST, MANIFEST, ARCHIVE, ARCHIVE])
            .map(|(status, path)| format!("{status} {path}"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn no_login_goes_to_another_host() {
    let fixture = Fixture::unlisted();
    fixture
        .env
        .dhi(&["vex", "repo", "add", "test", &fixture.url(), "--token-env", "VEX_TOKEN"])
        .assert(0, "added");
    fixture.change(|site| site.login = Some(format!("Bearer {TOKEN}")));
    // Another port of this machine is another origin.
    let content = fixture.site.lock().unwrap().archive.clone();
    let (log, body) = (RequestLog::default(), Arc::new(Mutex::new(content)));
    let other = HttpServer::start("127.0.0.1", &log, move |_| Reply::new(200, body.lock().unwrap().clone()));
    let elsewhere = format!("http://{}/a.tar.gz//repo-main", other.host());
    fixture.change(|site| (site.interval, site.locations) = ("0s", vec![elsewhere.clone()]));
    let arguments = fixture.applying(&TRUSTED);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let apply = || run(fixture.env.command(&arguments).env("VEX_TOKEN", TOKEN));
    assert_suppressed(&apply(), 0, 1);
    // A redirect is no other way to get it.
    let target = format!("http://{}/a.tar.gz", other.host());
    fixture.change(|site| {
        site.locations = vec!["/moved.tar.gz//repo-main".to_owned()];
        site.redirect = Some(target);
    });
    let update = fixture.env.command(&["vex", "repo", "update"]).env("VEX_TOKEN", TOKEN).output().unwrap();
    assert!(update.status.success(), "{update:?}");
    assert!(
        fixture.log.all().iter().any(|request| request.path() == "/moved.tar.gz" && request.status == 307)
    );
    let requests = log.all();
    assert_eq!(requests.len(), 2, "{requests:?}");
    assert!(requests.iter().all(|request| request.header("authorization").is_none()), "{requests:?}");
}

#[test]
fn locations_that_leave_tls_or_have_a_login_are_refused() {
    for location in [
        "http://example.com/a.tar.gz",
        "http://me:hunter2@127.0.0.1/a.tar.gz",
        "file:///etc/passwd",
        "git::ssh://a/b",
    ] {
        let fixture = Fixture::new();
        fixture.change(|site| site.locations = vec![location.to_owned()]);
        let run = fixture.apply(&TRUSTED);
        assert_suppressed(&run, 6, 0);
        assert_eq!(fixture.requests(), [format!("200 {MANIFEST}")]);
        assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
    }
}
