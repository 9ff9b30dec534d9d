//! One transport: what is said of hosts reaches keys from URLs, updates of keys, TUF repositories and transparency logs
//! alike, and what is a registry's alone reaches none of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use dhi::trust::PublicKey;

use crate::binary::{KEY, ROOT, Run, User, fixture, project, read, run};
use crate::front::{Authority, Front, Proxy};
use crate::keys_update::tuf::{Tuf, put};
use crate::scripted::{Reply, Scripted};
use crate::sigstore::Sigstore;
use crate::sigstore::server::{Manner, Server};

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
struct Scene {
    user: User,
    server: Scripted,
    log: Server,
    authority: Authority,
}

impl Scene {
    fn new() -> Self {
        Self::with(Manner::Honest)
    }

    fn with(manner: Manner) -> Self {
        let (user, server, tuf) = (User::new(), Scripted::start(), Tuf::new(read(ROOT).as_bytes()));
        server.serve_layout(&fixture("python"), REPO);
        server.script("/key.pub", Reply::new(200, read(KEY)));
        put(&server, "1.root.json", tuf.first());
        tuf.publish(&server);
        let log = Server::start(&Sigstore::new().rekor, manner);
        let scene = Self { user, server, log, authority: Authority::new() };
        scene.write("root.json", &tuf.first());
        scene.write("ca.pem", scene.authority.pem().as_bytes());
        let generate = ["keys", "generate", "-o", &scene.path("team")];
        run(scene.user.command(&generate).env("COSIGN_PASSWORD", "")).assert(0, "");
        scene
    }

    fn path(&self, name: &str) -> String {
        self.user.home.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = PathBuf::from(self.path(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        self.path(name)
    }

    /// TLS before what the use asks.
    fn front(&self, case: Use, clients: Option<&Authority>) -> Front {
        match case {
            Use::Log => {
                let host = self.log.url();
                Front::before(host.strip_prefix("http://").unwrap(), &self.authority, clients, false)
            }
            _ => Front::start(&self.server, &self.authority, clients, false),
        }
    }

    /// The command that asks `base`.
    fn command(&self, case: Use, base: &str, more: &[&str]) -> Command {
        let (url, host) = (format!("{base}/key.pub"), self.server.host());
        let (root, key, image) =
            (self.path("root.json"), self.path("team.key"), format!("{host}/{REPO}:3.13"));
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
        let mut command = self.user.command(&[&arguments[..], more].concat());
        command.env("COSIGN_PASSWORD", "").stdin(std::process::Stdio::null());
        command
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
fn the_authorities_of_a_flag_reach_every_use_and_requests_are_shown() {
    for case in ALL {
        let scene = Scene::new();
        let front = scene.front(case, None);
        let base = format!("https://{}", front.host());
        run(&mut scene.command(case, &base, &[])).assert(6, case.failure());
        assert_eq!(scene.asked(case), 0, "{case:?}");
        let ca = scene.path("ca.pem");
        let done = run(&mut scene.command(case, &base, &["--ca", &ca, "-v"]));
        done.assert(0, "");
        assert_eq!(scene.asked(case), 1, "{case:?}");
        let method = if case == Use::Log { "POST" } else { "GET" };
        let line = format!("> {method} {base}{} 20", case.path());
        assert!(done.stderr.contains(&line), "{case:?}: `{line}` is missing in\n{}", done.stderr);
        // The variable does the same.
        run(scene.command(case, &base, &[]).env("DHI_CA", &ca)).assert(0, "");
        assert_eq!(scene.asked(case), 2, "{case:?}");
    }
}

#[test]
fn a_listed_key_is_fetched_as_a_verifying_one() {
    let scene = Scene::new();
    let front = scene.front(Use::Key, None);
    let (url, ca) = (format!("https://{}/key.pub", front.host()), scene.path("ca.pem"));
    scene.user.dhi(&["keys", "list", "--key", &url]).assert(6, "registry/unreachable");
    scene.user.dhi(&["keys", "list", "--key", &url, "--ca", &ca]).assert(0, "sha256:");
}

#[test]
fn a_proxy_reaches_every_use_and_its_login_is_not_shown() {
    for case in ALL {
        let scene = Scene::new();
        let front = scene.front(case, None);
        let proxy = Proxy::start(&front.host(), Some(&format!("Basic {ME}")));
        let ca = scene.path("ca.pem");
        let go = |login: &str| {
            let mut command = scene.command(case, "https://registry.example.com", &["--ca", &ca, "-v"]);
            run(command.env("HTTPS_PROXY", proxy.url(login)))
        };
        let refused = go("me:hunter2");
        refused.assert(6, case.failure());
        refused.assert(6, "the proxy refuses the login");
        assert!(!all(&refused).contains("hunter2"), "{}", refused.stderr);
        assert_eq!(scene.asked(case), 0, "{case:?}");
        go("me:pass").assert(0, "");
        assert_eq!(scene.asked(case), 1, "{case:?}");
        let log = proxy.log();
        assert!(log.iter().all(|(line, _)| line.starts_with("CONNECT registry.example.com:443 ")), "{log:?}");
    }
}

#[test]
fn a_busy_host_is_asked_again_after_the_wait_that_it_names() {
    for case in ALL {
        let scene = Scene::with(Manner::Busy);
        let front = scene.front(case, None);
        let (base, ca) = (format!("https://{}", front.host()), scene.path("ca.pem"));
        scene.server.script_once(case.path(), Reply::new(503, "").header("Retry-After", "1"));
        let begun = Instant::now();
        let done = run(&mut scene.command(case, &base, &["--ca", &ca, "-v"]));
        done.assert(0, "");
        assert!(begun.elapsed() >= Duration::from_secs(1), "{case:?}");
        assert_eq!(scene.asked(case), 2, "{case:?}");
        assert!(done.stderr.contains("503, ") && done.stderr.contains(", attempt 2"), "{}", done.stderr);
    }
}

#[test]
fn a_wait_for_which_there_is_no_time_is_none() {
    for (wait, case) in ["60", "3600"].iter().flat_map(|wait| ALL.map(|case| (wait, case))) {
        let scene = Scene::new();
        let front = Front::start(&scene.server, &scene.authority, None, false);
        let (base, ca) = (format!("https://{}", front.host()), scene.path("ca.pem"));
        scene.server.script(case.path(), Reply::new(429, "").header("Retry-After", wait));
        let done = run(&mut scene.command(case, &base, &["--ca", &ca]));
        done.assert(6, case.failure());
        done.assert(6, "429 Too Many Requests");
        let asked = scene.server.log().iter().filter(|one| one.target == case.path()).count();
        assert_eq!(asked, 1, "{case:?}");
    }
}

#[test]
fn an_entry_whose_answer_was_lost_is_sent_again_and_stands_in_the_log_once() {
    let scene = Scene::with(Manner::Lossy);
    let url = scene.log.url();
    run(&mut scene.command(Use::Log, &url, &[])).assert(0, "note: log entry ");
    let requests = scene.log.requests();
    assert_eq!(requests.len(), 3, "{requests:?}");
    assert_eq!(&requests[..2], ["POST /api/v1/log/entries"; 2]);
    assert!(requests[2].starts_with("GET /api/v1/log/entries/"), "{requests:?}");
}

#[test]
fn what_a_host_repeats_is_shown_without_secrets() {
    for case in ALL {
        let scene = Scene::new();
        let front = Front::start(&scene.server, &scene.authority, None, false);
        let (base, ca) = (format!("https://{}", front.host()), scene.path("ca.pem"));
        scene.server.script(case.path(), Reply::json(400, r#"{"code":400,"message":"no PA55W0RD here"}"#));
        let mut command = scene.command(case, &base, &["--ca", &ca, "-vv"]);
        let done = run(command.env("DHI_USERNAME", "me").env("DHI_TOKEN", "PA55W0RD"));
        done.assert(6, case.failure());
        done.assert(6, "400 Bad Request: no *** here");
        assert!(!all(&done).contains("PA55W0RD"), "{}", done.stderr);
    }
}

#[test]
fn logins_of_registries_reach_no_other_use() {
    for case in ALL {
        let scene = Scene::new();
        let front = Front::start(&scene.server, &scene.authority, None, false);
        let (host, ca) = (front.host(), scene.path("ca.pem"));
        let auths = format!(r#"{{"auths":{{"{host}":{{"auth":"{ME}"}},"127.0.0.1":{{"auth":"{ME}"}}}}}}"#);
        scene.write(".docker/config.json", auths.as_bytes());
        let challenge = Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\"");
        scene.server.script(case.path(), challenge);
        run(&mut scene.command(case, &format!("https://{host}"), &["--ca", &ca]))
            .assert(6, "401 Unauthorized");
        let asked: Vec<_> = scene.server.log().into_iter().filter(|one| one.target == case.path()).collect();
        assert_eq!(asked.len(), 1, "{case:?}");
        assert_eq!(asked[0].header("authorization"), None, "{case:?}");
    }
}

#[test]
fn client_certificates_of_registries_reach_no_other_use() {
    for case in ALL {
        let (scene, clients) = (Scene::new(), Authority::new());
        let front = scene.front(case, Some(&clients));
        let (host, ca) = (front.host(), scene.path("ca.pem"));
        let pair = clients.issue(&["me"]);
        let certificate = scene.write("me.pem", pair.certificate.as_bytes());
        let key = scene.write("me.key", pair.key.as_bytes());
        let config =
            format!("[registry.\"{host}\"]\nclient-cert = \"../../me.pem\"\nclient-key = \"../../me.key\"\n");
        scene.write(".config/dhi/config.toml", config.as_bytes());
        let mut more = vec!["--ca", ca.as_str()];
        if matches!(case, Use::Key | Use::Log) {
            more.extend(["--client-cert", &certificate, "--client-key", &key]);
        }
        run(&mut scene.command(case, &format!("https://{host}"), &more)).assert(6, case.failure());
        assert_eq!(scene.asked(case), 0, "{case:?}");
    }
}

#[test]
fn no_certificate_is_left_unchecked_for_another_use() {
    for case in [Use::Key, Use::Log] {
        let scene = Scene::new();
        let front = scene.front(case, None);
        let host = front.host();
        run(&mut scene.command(case, &format!("https://{host}"), &["--insecure", &host]))
            .assert(6, case.failure());
        assert_eq!(scene.asked(case), 0, "{case:?}");
    }
}

// The log.

#[test]
fn more_is_told_by_a_second_flag_or_a_variable() {
    let scene = Scene::new();
    let go = |more: &[&str], directives: &str| {
        let mut command =
            scene.user.command(&["verify", "--policy", "attested", "--key", KEY, "--trusted-root", ROOT]);
        command.args(["--plain-http", &scene.server.host(), "--platform", "linux/amd64"]).args(more);
        let run = run(command.arg(format!("{}/{REPO}:3.13", scene.server.host())).env("DHI_LOG", directives));
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
        let run = run(scene.user.command(&["keys", "list"]).env("DHI_LOG", wrong));
        run.assert(2, "error[usage/arguments]: `DHI_LOG` cannot be used");
        run.assert(2, "hint: `DHI_LOG=debug`");
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
fn one_file_makes_http_clients_and_one_module_knows_them() {
    let mut files = Vec::new();
    sources(&project().join("src"), &mut files);
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
