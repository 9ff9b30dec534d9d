//! The shared HTTP transport: settings for hosts apply to keys from URLs, key updates, TUF repositories and
//! transparency logs alike, and settings for registries apply to none of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use dhi::trust::PublicKey;

use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture, project, read, run};
use crate::support::registry::{InMemoryRegistry, Reply};
use crate::support::rekor::{RekorBehavior, RekorServer};
use crate::support::test_sigstore::Sigstore;
use crate::support::tls::{CertificateAuthority, Proxy, TlsProxy};
use crate::support::tuf::{TufRepository, put};

const REPO: &str = "acme/api";
const ENTRIES: &str = "/api/v1/log/entries";
/// Basic of `me:pass`.
const ME: &str = "bWU6cGFzcw==";

/// A host that is no registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// `--key https://…`.
    Key,
    /// `dhi keys update --from https://…`.
    Update,
    /// `dhi keys update --sigstore`.
    Tuf,
    /// `--rekor-url`.
    Log,
}

const ALL: [Use; 4] = [Use::Key, Use::Update, Use::Tuf, Use::Log];

impl Use {
    /// The first path that is asked for.
    fn path(self) -> &'static str {
        match self {
            Self::Key | Self::Update => "/key.pub",
            Self::Tuf => "/tuf/timestamp.json",
            Self::Log => ENTRIES,
        }
    }

    /// How its failure is called.
    fn failure(self) -> &'static str {
        match self {
            Self::Log => "error[sign/log]",
            _ => "error[registry/unreachable]",
        }
    }
}

/// A host with everything that the uses ask for, a log, and a user with an image to sign.
struct TransportFixture {
    env: TestEnv,
    server: InMemoryRegistry,
    log: RekorServer,
    authority: CertificateAuthority,
}

impl TransportFixture {
    fn new() -> Self {
        Self::with(RekorBehavior::Honest)
    }

    fn with(behavior: RekorBehavior) -> Self {
        let (env, server, tuf) =
            (TestEnv::new(), InMemoryRegistry::start(), TufRepository::new(read(ROOT).as_bytes()));
        server.serve_layout(&fixture("python"), REPO);
        server.script("/key.pub", Reply::new(200, read(KEY)));
        put(&server, "1.root.json", tuf.first());
        tuf.publish(&server);
        let log = RekorServer::start(&Sigstore::new().rekor, behavior);
        let setup = Self { env, server, log, authority: CertificateAuthority::new() };
        setup.env.write("root.json", tuf.first());
        setup.env.write("ca.pem", setup.authority.pem().as_bytes());
        let generate = ["keys", "generate", "-o", &setup.env.file("team")];
        setup.env.dhi(&generate).assert(0, "");
        setup
    }

    /// TLS before what the use asks.
    fn tls(&self, case: Use, clients: Option<&CertificateAuthority>) -> TlsProxy {
        match case {
            Use::Log => {
                let host = self.log.url();
                TlsProxy::before(host.strip_prefix("http://").unwrap(), &self.authority, clients, false)
            }
            _ => TlsProxy::start(&self.server, &self.authority, clients, false),
        }
    }

    /// The command that asks `base`.
    fn command(&self, case: Use, base: &str, more: &[&str]) -> Command {
        let (url, host) = (format!("{base}/key.pub"), self.server.host());
        let (root, key, image) =
            (self.env.file("root.json"), self.env.file("team.key"), format!("{host}/{REPO}:3.13"));
        let (pin, tuf) =
            (PublicKey::from_pem(&read(KEY), "key").unwrap().id().to_string(), format!("{base}/tuf"));
        let arguments: Vec<&str> = match case {
            Use::Key => vec![
                "verify",
                "--policy",
                "attested",
                "--platform",
                "linux/amd64",
                "--predicate-type",
                "https://spdx.dev/Document",
                "--trusted-root",
                ROOT,
                "--key",
                &url,
                "oci:fixtures/python:3.13",
            ],
            Use::Update => vec!["keys", "update", "--from", &url, "--pin", &pin],
            Use::Tuf => vec!["keys", "update", "--sigstore", "--tuf-url", &tuf, "--tuf-root", &root],
            Use::Log => vec!["sign", "--plain-http", &host, "--key", &key, "--rekor-url", base, &image],
        };
        self.env.command(&[&arguments[..], more].concat())
    }

    fn dhi(&self, case: Use, base: &str, more: &[&str]) -> Run {
        run(&mut self.command(case, base, more))
    }

    /// Requests for what the use asks.
    fn asked(&self, case: Use) -> usize {
        match case {
            Use::Log => self.log.requests().len(),
            _ => self.server.log().iter().filter(|one| one.target == case.path()).count(),
        }
    }
}

fn all(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

#[test]
fn ca_certificates_apply_to_every_use() {
    for case in ALL {
        let setup = TransportFixture::new();
        let tls = setup.tls(case, None);
        let base = format!("https://{}", tls.host());
        setup.dhi(case, &base, &[]).assert(6, case.failure());
        assert_eq!(setup.asked(case), 0, "{case:?}");
        let ca = setup.env.file("ca.pem");
        let done = setup.dhi(case, &base, &["--ca", &ca, "-v"]);
        done.assert(0, "");
        assert_eq!(setup.asked(case), 1, "{case:?}");
        let method = if case == Use::Log { "POST" } else { "GET" };
        let line = format!("> {method} {base}{} 20", case.path());
        assert!(done.stderr.contains(&line), "{case:?}: `{line}` is missing in\n{}", done.stderr);
        // The variable does the same.
        run(setup.command(case, &base, &[]).env("DHI_CA", &ca)).assert(0, "");
        assert_eq!(setup.asked(case), 2, "{case:?}");
    }
}

#[test]
fn keys_list_fetches_keys_as_verify_does() {
    let setup = TransportFixture::new();
    let tls = setup.tls(Use::Key, None);
    let (url, ca) = (format!("https://{}/key.pub", tls.host()), setup.env.file("ca.pem"));
    setup.env.dhi(&["keys", "list", "--key", &url]).assert(6, "registry/unreachable");
    setup.env.dhi(&["keys", "list", "--key", &url, "--ca", &ca]).assert(0, "sha256:");
}

#[test]
fn proxies_apply_to_every_use_and_their_login_is_redacted() {
    for case in ALL {
        let setup = TransportFixture::new();
        let tls = setup.tls(case, None);
        let proxy = Proxy::start(&tls.host(), Some(&format!("Basic {ME}")));
        let ca = setup.env.file("ca.pem");
        let go = |login: &str| {
            let mut command = setup.command(case, "https://registry.example.com", &["--ca", &ca, "-v"]);
            run(command.env("HTTPS_PROXY", proxy.url(login)))
        };
        let refused = go("me:hunter2");
        refused.assert(6, case.failure());
        refused.assert(6, "the proxy refuses the login");
        assert!(!all(&refused).contains("hunter2"), "{}", refused.stderr);
        assert_eq!(setup.asked(case), 0, "{case:?}");
        go("me:pass").assert(0, "");
        assert_eq!(setup.asked(case), 1, "{case:?}");
        let log = proxy.log();
        assert!(log.iter().all(|(line, _)| line.starts_with("CONNECT registry.example.com:443 ")), "{log:?}");
    }
}

#[test]
fn retry_after_applies_to_every_use() {
    for case in ALL {
        let setup = TransportFixture::with(RekorBehavior::Busy);
        let tls = setup.tls(case, None);
        let (base, ca) = (format!("https://{}", tls.host()), setup.env.file("ca.pem"));
        setup.server.script_once(case.path(), Reply::new(503, "").header("Retry-After", "1"));
        let begun = Instant::now();
        let done = setup.dhi(case, &base, &["--ca", &ca, "-v"]);
        done.assert(0, "");
        assert!(begun.elapsed() >= Duration::from_secs(1), "{case:?}");
        assert_eq!(setup.asked(case), 2, "{case:?}");
        assert!(done.stderr.contains("503, ") && done.stderr.contains(", attempt 2"), "{}", done.stderr);
    }
}

#[test]
fn a_retry_after_beyond_the_timeout_fails_at_once() {
    for (wait, case) in ["60", "3600"].iter().flat_map(|wait| ALL.map(|case| (wait, case))) {
        let setup = TransportFixture::new();
        let tls = TlsProxy::start(&setup.server, &setup.authority, None, false);
        let (base, ca) = (format!("https://{}", tls.host()), setup.env.file("ca.pem"));
        setup.server.script(case.path(), Reply::new(429, "").header("Retry-After", wait));
        let done = setup.dhi(case, &base, &["--ca", &ca]);
        done.assert(6, case.failure());
        done.assert(6, "429 Too Many Requests");
        let asked = setup.server.log().iter().filter(|one| one.target == case.path()).count();
        assert_eq!(asked, 1, "{case:?}");
    }
}

#[test]
fn an_entry_with_a_lost_answer_is_recorded_once() {
    let setup = TransportFixture::with(RekorBehavior::Lossy);
    let url = setup.log.url();
    setup.dhi(Use::Log, &url, &[]).assert(0, "note: log entry ");
    let requests = setup.log.requests();
    assert_eq!(requests.len(), 3, "{requests:?}");
    assert_eq!(&requests[..2], ["POST /api/v1/log/entries"; 2]);
    assert!(requests[2].starts_with("GET /api/v1/log/entries/"), "{requests:?}");
}

#[test]
fn answers_that_repeat_secrets_are_redacted() {
    for case in ALL {
        let setup = TransportFixture::new();
        let tls = TlsProxy::start(&setup.server, &setup.authority, None, false);
        let (base, ca) = (format!("https://{}", tls.host()), setup.env.file("ca.pem"));
        setup.server.script(case.path(), Reply::json(400, r#"{"code":400,"message":"no PA55W0RD here"}"#));
        let mut command = setup.command(case, &base, &["--ca", &ca, "-vv"]);
        let done = run(command.env("DHI_USERNAME", "me").env("DHI_TOKEN", "PA55W0RD"));
        done.assert(6, case.failure());
        done.assert(6, "400 Bad Request: no *** here");
        assert!(!all(&done).contains("PA55W0RD"), "{}", done.stderr);
    }
}

#[test]
fn registry_logins_are_not_sent_to_other_uses() {
    for case in ALL {
        let setup = TransportFixture::new();
        let tls = TlsProxy::start(&setup.server, &setup.authority, None, false);
        let (host, ca) = (tls.host(), setup.env.file("ca.pem"));
        let auths = format!(r#"{{"auths":{{"{host}":{{"auth":"{ME}"}},"127.0.0.1":{{"auth":"{ME}"}}}}}}"#);
        setup.env.write(".docker/config.json", auths.as_bytes());
        let challenge = Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\"");
        setup.server.script(case.path(), challenge);
        setup.dhi(case, &format!("https://{host}"), &["--ca", &ca]).assert(6, "401 Unauthorized");
        let asked: Vec<_> = setup.server.log().into_iter().filter(|one| one.target == case.path()).collect();
        assert_eq!(asked.len(), 1, "{case:?}");
        assert_eq!(asked[0].header("authorization"), None, "{case:?}");
    }
}

#[test]
fn client_certificates_are_not_sent_to_other_uses() {
    for case in ALL {
        let (setup, clients) = (TransportFixture::new(), CertificateAuthority::new());
        let tls = setup.tls(case, Some(&clients));
        let (host, ca) = (tls.host(), setup.env.file("ca.pem"));
        let pair = clients.issue(&["me"]);
        let certificate = setup.env.write("me.pem", pair.certificate.as_bytes());
        let key = setup.env.write("me.key", pair.key.as_bytes());
        let config =
            format!("[registry.\"{host}\"]\nclient-cert = \"../../me.pem\"\nclient-key = \"../../me.key\"\n");
        setup.env.write(".config/dhi/config.toml", config.as_bytes());
        let mut more = vec!["--ca", ca.as_str()];
        if matches!(case, Use::Key | Use::Log) {
            more.extend(["--client-cert", &certificate, "--client-key", &key]);
        }
        setup.dhi(case, &format!("https://{host}"), &more).assert(6, case.failure());
        assert_eq!(setup.asked(case), 0, "{case:?}");
    }
}

#[test]
fn insecure_hosts_apply_to_registries_only() {
    for case in [Use::Key, Use::Log] {
        let setup = TransportFixture::new();
        let tls = setup.tls(case, None);
        let host = tls.host();
        setup.dhi(case, &format!("https://{host}"), &["--insecure", &host]).assert(6, case.failure());
        assert_eq!(setup.asked(case), 0, "{case:?}");
    }
}

// The log.

#[test]
fn more_events_by_a_second_flag_or_a_variable() {
    let setup = TransportFixture::new();
    let go = |more: &[&str], directives: &str| {
        let mut command =
            setup.env.command(&["verify", "--policy", "attested", "--key", KEY, "--trusted-root", ROOT]);
        command.args(["--plain-http", &setup.server.host(), "--platform", "linux/amd64"]).args(more);
        let run = run(command.arg(format!("{}/{REPO}:3.13", setup.server.host())).env("DHI_LOG", directives));
        run.assert(0, "");
        run.stderr
    };
    let lines = |text: &str, start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    let quiet = go(&[], "");
    assert_eq!(lines(&quiet, "> "), 0, "{quiet}");
    let once = go(&["-v"], "");
    assert!(lines(&once, "> HEAD ") + lines(&once, "> GET ") > 0 && lines(&once, "> dhi::") == 0, "{once}");
    for more in [go(&["-vv"], ""), go(&[], "debug"), go(&[], "dhi=debug"), go(&["-v"], "dhi::cache=debug")] {
        assert!(lines(&more, "> dhi::cache: ") > 0 && lines(&more, "> HEAD ") > 0, "{more}");
    }
    let part = go(&[], "dhi::cache=debug");
    assert!(lines(&part, "> dhi::cache: ") > 0 && lines(&part, "> HEAD ") == 0, "{part}");
    for wrong in ["loud", "h2=trace", "dhi=loud"] {
        let run = run(setup.env.command(&["keys", "list"]).env("DHI_LOG", wrong));
        run.assert(2, "error[usage/arguments]: `DHI_LOG` cannot be used");
        run.assert(2, "hint: write `DHI_LOG=debug`");
    }
}

// One place.

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn only_one_file_makes_http_clients() {
    let mut files = Vec::new();
    sources(&project().join("src"), &mut files);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let with = |words: &[&str]| -> Vec<String> {
        let has = |path: &&PathBuf| {
            let text = std::fs::read_to_string(path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.into_iter().any(|line| words.iter().any(|word| line.contains(word)))
        };
        let shown = |path: &PathBuf| path.strip_prefix(project()).unwrap().to_str().unwrap().to_owned();
        files.iter().filter(has).map(shown).collect()
    };
    let made = with(&[
        "Client::builder()",
        "ClientBuilder::new(",
        "Client::new(",
        "reqwest::get(",
        "Client::default()",
    ]);
    assert_eq!(made, ["src/registry/transport/clients.rs"]);
    let known = with(&["reqwest::"]);
    assert!(known.len() > 5 && known.iter().all(|file| file.starts_with("src/registry/")), "{known:?}");
}
