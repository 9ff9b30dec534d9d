//! Access to registries: configuration, logins, mirrors, TLS, proxies, and the secrets among them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture, run};
use crate::support::registry::{Challenge, InMemoryRegistry, Reply, Tokens};
use crate::support::tls::{CertificateAuthority, CertificatePair, Proxy, TlsProxy};

/// The smallest run that verifies something.
const ONE: [&str; 9] = [
    "verify",
    "--key",
    KEY,
    "--trusted-root",
    ROOT,
    "--platform",
    "linux/amd64",
    "--predicate-type",
    "https://spdx.dev/Document",
];
const REPO: &str = "dhi/python";
/// Basic of `me:pass`.
const ME: &str = "Basic bWU6cGFzcw==";

fn served() -> InMemoryRegistry {
    served_as(REPO)
}

fn served_as(repository: &str) -> InMemoryRegistry {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), repository);
    registry
}

fn image(host: &str) -> String {
    format!("{host}/{REPO}:3.13")
}

impl TestEnv {
    /// Verifies the image on `host`.
    fn one(&self, host: &str, more: &[&str]) -> Command {
        self.command(&[&ONE[..], more, &[&image(host)]].concat())
    }

    fn docker(&self, text: &str) {
        self.write(".docker/config.json", text);
    }

    fn config(&self, text: &str) {
        self.write(".config/dhi/config.toml", text);
    }

    /// Installs a credential helper, and gives the search path that has it.
    fn helper(&self, name: &str, body: &str) -> String {
        let path = self.write(&format!("bin/docker-credential-{name}"), format!("#!/bin/sh\n{body}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let directory = Path::new(&path).parent().unwrap();
        format!("{}:{}", directory.display(), std::env::var("PATH").unwrap())
    }

    /// Writes a certificate and its key as `NAME.pem` and `NAME.key`.
    fn pair(&self, name: &str, pair: &CertificatePair) -> [String; 2] {
        [self.write(&format!("{name}.pem"), &pair.certificate), self.write(&format!("{name}.key"), &pair.key)]
    }
}

fn basic(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{user}:{password}"))
}

// Configuration.

#[test]
fn an_unusable_configuration_file_is_a_usage_error() {
    let env = TestEnv::new();
    let layout = "oci:fixtures/python:3.13";
    env.dhi(&["verify", "--config", "absent.toml", layout]).assert(2, "usage/config");
    run(env.command(&["verify", layout]).env("DHI_CONFIG", "absent.toml")).assert(2, "absent.toml");
    for (text, needle) in [
        ("[registry.\"dhi.io\"]\nmirror = []", "line 2: unknown field `mirror`"),
        ("cache = ", "line 1"),
        ("[cache]\n\ndir = true", "line 3: invalid type"),
        ("[registry.\"dhi.io\"]\nmirrors = [\"x\"]", "line 2: `x` is not a registry host"),
        ("[registry.\"dhi.io\"]\nca = [\"absent.pem\"]", "absent.pem"),
        ("[registry.\"dhi.io\"]\nplain-http = true", "registry/plain-http"),
    ] {
        env.config(text);
        env.dhi(&["verify", layout]).assert(2, needle);
    }
    env.config("");
    assert_eq!(env.verify(&[layout]).code, 0);
}

#[test]
fn flags_override_variables_and_variables_override_the_file() {
    let (registry, env) = (served(), TestEnv::new());
    let host = registry.host();
    let [of_file, of_variable, of_flag] = ["file", "variable", "flag"].map(|name| env.path(name));
    env.config(&format!(
        "[cache]\ndir = \"../../file\"\n[registry.\"{host}\"]\nplain-http = true\nmirrors = [\"127.0.0.1:1\"]"
    ));
    let flag = of_flag.to_str().unwrap();
    let there = || [&of_file, &of_variable, &of_flag].map(|path| path.exists());
    let mut command = env.one(&host, &["--cache-dir", flag]);
    assert_eq!(run(command.env("DHI_CACHE_DIR", &of_variable)).code, 0);
    assert_eq!(there(), [false, false, true]);
    assert_eq!(run(env.one(&host, &[]).env("DHI_CACHE_DIR", &of_variable)).code, 0);
    assert_eq!(there(), [false, true, true]);
    let with_file = run(&mut env.one(&host, &["-v"]));
    assert_eq!((with_file.code, there()), (0, [true, true, true]));
    assert!(with_file.stderr.contains("127.0.0.1:1/dhi/python is skipped"), "{}", with_file.stderr);
    // A mirror of a flag replaces those of the file.
    let mirror = served_as("m/dhi/python");
    let flag = format!("{host}={}/m", mirror.host());
    let other =
        run(&mut env.one(&host, &["-v", "--no-cache", "--plain-http", &mirror.host(), "--mirror", &flag]));
    other.assert(0, &mirror.host());
    assert!(!other.stderr.contains("127.0.0.1:1/"), "{}", other.stderr);
}

// Logins.

#[test]
fn credential_helpers_have_limits_and_named_failures() {
    let (registry, env) = (served(), TestEnv::new());
    registry.demand(Challenge::Basic(ME.to_owned()));
    let host = registry.host();
    env.docker(&format!(r#"{{"credHelpers":{{"{host}":"test"}}}}"#));
    let ask = |body: &str| {
        let path = env.helper("test", body);
        run(env.one(&host, &["--no-cache", "--plain-http", &host]).env("PATH", path))
    };
    ask(r#"read key; [ "$#$1" = 1get ] || exit 1; echo "{\"Username\":\"me\",\"Secret\":\"pass\"}""#)
        .assert(0, "");
    let start = Instant::now();
    ask("exec sleep 3600").assert(5, "docker-credential-test");
    assert!(start.elapsed() < Duration::from_secs(600));
    ask("exec yes hunter2").assert(5, "over 65536 bytes");
    let loud = ask("echo hunter2 >&2; echo hunter2; exit 3");
    loud.assert(5, "it fails (exit status: 3)");
    assert!(!format!("{}{}", loud.stdout, loud.stderr).contains("hunter2"));
    ask("echo credentials not found in native keychain; exit 1").assert(5, "none found");
    env.docker(r#"{"credsStore":"absent"}"#);
    run(&mut env.one(&host, &["--plain-http", &host])).assert(5, "docker-credential-absent");
}

#[test]
fn podman_login_files_have_logins_for_single_repositories() {
    let (registry, env) = (served(), TestEnv::new());
    registry.demand(Challenge::Basic(ME.to_owned()));
    let host = registry.host();
    let auths =
        |scope: &str, login: &str| format!(r#""{host}{scope}": {{"auth": "{}"}}"#, STANDARD.encode(login));
    let write = |file: &str, entries: &[String]| {
        env.write(file, format!(r#"{{"auths": {{{}}}}}"#, entries.join(",")));
    };
    let verify = |variables: &[(&str, PathBuf)]| {
        run(env.one(&host, &["--no-cache", "--plain-http", &host]).envs(variables.iter().cloned())).code
    };
    assert_eq!(verify(&[]), 5);
    write(".config/containers/auth.json", &[auths("", "no:no"), auths("/dhi/python", "me:pass")]);
    assert_eq!(verify(&[]), 0);
    write(".config/containers/auth.json", &[auths("", "no:no"), auths("/dhi/pyth", "me:pass")]);
    assert_eq!(verify(&[]), 5);
    write("run/containers/auth.json", &[auths("/dhi", "me:pass")]);
    let runtime = ("XDG_RUNTIME_DIR", env.path("run"));
    assert_eq!(verify(std::slice::from_ref(&runtime)), 0);
    // Docker's file comes first.
    write(".docker/config.json", &[auths("", "no:no")]);
    assert_eq!(verify(&[runtime]), 5);
    write("own.json", &[auths("", "me:pass")]);
    assert_eq!(verify(&[("REGISTRY_AUTH_FILE", env.path("own.json"))]), 0);
}

// Mirrors.

/// A registry, its mirror, and the flags that say so.
fn mirrored() -> (InMemoryRegistry, InMemoryRegistry, Vec<String>) {
    let (registry, mirror) = (served(), served_as("m/dhi/python"));
    let (host, other) = (registry.host(), mirror.host());
    let flags = ["-v", "--no-cache", "--plain-http", &host, "--plain-http", &other, "--mirror"];
    let flags = flags.into_iter().map(str::to_owned).chain([format!("{host}={other}/m")]).collect();
    (registry, mirror, flags)
}

fn through(env: &TestEnv, registry: &InMemoryRegistry, flags: &[String]) -> Run {
    run(&mut env.one(&registry.host(), &flags.iter().map(String::as_str).collect::<Vec<_>>()))
}

#[test]
fn a_mirror_is_asked_first_and_shown_as_a_mirror() {
    let (registry, mirror, flags) = mirrored();
    registry.demand(Challenge::Basic(ME.to_owned()));
    let env = TestEnv::new();
    env.docker(&format!(r#"{{"auths":{{"{}":{{"auth":"bWU6cGFzcw=="}}}}}}"#, registry.host()));
    let run = through(&env, &registry, &flags);
    run.assert(0, &image(&registry.host()));
    assert!(!run.stdout.contains(&mirror.host()), "{}", run.stdout);
    assert!(registry.log().is_empty());
    assert!(mirror.log().iter().all(|one| one.header("authorization").is_none()));
    // Its login is its own.
    mirror.demand(Challenge::Basic(format!("Basic {}", basic("you", "word"))));
    env.docker(&format!(r#"{{"auths":{{"{}/m":{{"auth":"{}"}}}}}}"#, mirror.host(), basic("you", "word")));
    through(&env, &registry, &flags).assert(0, "");
    assert!(registry.log().is_empty());
}

#[test]
fn a_failing_mirror_is_skipped() {
    type Break = fn(&InMemoryRegistry);
    let breaks: [Break; 5] = [
        |mirror| mirror.demand(Challenge::Never(r#"Basic realm="x""#.to_owned())),
        |mirror| mirror.script("/v2/m/dhi/python/manifests/3.13", Reply::json(404, "{}")),
        |mirror| mirror.script("/v2/m/dhi/python/manifests/3.13", Reply::json(503, "{}")),
        |mirror| mirror.script("/v2/m/dhi/python/manifests/3.13", Reply::json(429, "{}")),
        |mirror| mirror.script("/v2/m/dhi/python/manifests/3.13", Reply::cut()),
    ];
    for (at, breaks) in breaks.into_iter().enumerate() {
        let (registry, mirror, flags) = mirrored();
        breaks(&mirror);
        let run = through(&TestEnv::new(), &registry, &flags);
        run.assert(0, "is skipped,");
        assert!(!registry.log().is_empty(), "{at}");
    }
    // A mirror without the lists of referrers is asked for all else.
    let (registry, mirror, flags) = mirrored();
    mirror.referrers_api(false);
    through(&TestEnv::new(), &registry, &flags).assert(0, "");
    assert!(registry.log().iter().all(|one| one.target.contains("/referrers/")), "{:?}", registry.lines());
}

#[test]
fn an_empty_list_of_a_mirror_is_asked_of_the_registry() {
    let (registry, mirror, flags) = mirrored();
    let subjects: Vec<String> = through(&TestEnv::new(), &registry, &flags)
        .stderr
        .split("/referrers/")
        .skip(1)
        .map(|rest| rest.split_whitespace().next().unwrap().to_owned())
        .collect();
    assert!(!subjects.is_empty());
    let none = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    for subject in &subjects {
        mirror.script(&format!("/v2/m/dhi/python/referrers/{subject}"), Reply::json(200, none));
    }
    through(&TestEnv::new(), &registry, &flags).assert(0, "");
    assert!(registry.log().iter().any(|one| one.target.contains("/referrers/")), "{:?}", registry.lines());
}

#[test]
fn an_unreachable_mirror_costs_its_attempts_once() {
    let (registry, env) = (served(), TestEnv::new());
    let host = registry.host();
    let mirror = format!("{host}=127.0.0.1:1");
    let run = run(&mut env.one(&host, &["-v", "--plain-http", "127.0.0.1", "--mirror", &mirror]));
    run.assert(0, "attempt 2");
    assert_eq!(run.stderr.matches("http://127.0.0.1:1/").count(), 2, "{}", run.stderr);
}

#[test]
fn wrong_content_from_a_mirror_is_an_error() {
    let (registry, mirror, flags) = mirrored();
    let index = mirror_digest(&registry, &flags);
    mirror.put_manifest_as("m/dhi/python", &index, br#"{"schemaVersion":2,"manifests":[]}"#);
    through(&TestEnv::new(), &registry, &flags).assert(4, "trust/tampered");
    assert!(registry.log().is_empty(), "{:?}", registry.lines());
}

/// The digest of the first manifest that a run asks for by digest.
fn mirror_digest(registry: &InMemoryRegistry, flags: &[String]) -> String {
    let run = through(&TestEnv::new(), registry, flags);
    let start = run.stderr.find("/manifests/sha256:").unwrap() + "/manifests/".len();
    run.stderr[start..].split(' ').next().unwrap().to_owned()
}

#[test]
fn if_all_mirrors_fail_the_most_severe_error_is_reported() {
    let (registry, mirror, flags) = mirrored();
    let env = TestEnv::new();
    mirror.demand(Challenge::Never(r#"Basic realm="x""#.to_owned()));
    registry.script("/v2/dhi/python/manifests/3.13", Reply::json(404, "{}"));
    let run = through(&env, &registry, &flags);
    run.assert(5, "registry/unauthorized");
    run.assert(5, &format!("manifest {} does not exist", image(&registry.host())));
    let (registry, mirror, flags) = mirrored();
    for (server, prefix) in [(&registry, ""), (&mirror, "m/")] {
        server.script(&format!("/v2/{prefix}dhi/python/manifests/3.13"), Reply::json(404, "{}"));
    }
    through(&env, &registry, &flags).assert(3, "registry/not-found");
}

// TLS.

#[test]
fn a_private_ca_is_trusted_only_for_its_hosts() {
    let (registry, authority, env) = (served(), CertificateAuthority::new(), TestEnv::new());
    let tls = TlsProxy::start(&registry, &authority, None, false);
    let host = tls.host();
    let ca = env.write("certs/ca.pem", authority.pem());
    run(&mut env.one(&host, &[])).assert(6, "`--ca FILE`");
    run(&mut env.one(&host, &["--no-cache", "--ca", &ca])).assert(0, "");
    run(env.one(&host, &["--no-cache"]).env("DHI_CA", &ca)).assert(0, "");
    let insecure = run(&mut env.one(&host, &["--no-cache", "--insecure", &host]));
    insecure.assert(0, &format!("warning: the TLS certificate of {host} is not checked"));
    let other = env.write("certs/other.pem", CertificateAuthority::new().pem());
    run(&mut env.one(&host, &["--ca", &other, "--insecure", "other.example"])).assert(6, "certificate");
    env.config(&format!("[registry.\"{host}\"]\nca = [\"../../certs/ca.pem\"]"));
    run(&mut env.one(&host, &["--no-cache"])).assert(0, "");
    env.config(&format!("[registry.\"{host}\"]\ninsecure = true"));
    run(&mut env.one(&host, &["--no-cache"])).assert(0, "is not checked");
    env.config("");
    let none = env.write("certs/none.pem", "hunter2");
    let none = run(&mut env.one(&host, &["--ca", &none]));
    none.assert(2, "usage/config");
    assert!(!none.stderr.contains("hunter2"));
}

#[test]
fn a_client_certificate_is_sent_where_required() {
    let (registry, authority, env) = (served(), CertificateAuthority::new(), TestEnv::new());
    let clients = CertificateAuthority::new();
    let tls = TlsProxy::start(&registry, &authority, Some(&clients), false);
    let host = tls.host();
    let ca = env.write("ca.pem", authority.pem());
    let [certificate, key] = env.pair("me", &clients.issue(&["me"]));
    let [foreign, foreign_key] = env.pair("foreign", &CertificateAuthority::new().issue(&["me"]));
    let with = |more: &[&str]| run(&mut env.one(&host, &[&["--no-cache", "--ca", &ca], more].concat()));
    with(&[]).assert(6, "--client-cert FILE");
    with(&["--client-cert", &certificate, "--client-key", &key]).assert(0, "");
    let pair = clients.issue(&["me"]);
    let both = env.write("both.pem", format!("{}{}", pair.key, pair.certificate));
    with(&["--client-cert", &both, "--client-key", &both]).assert(0, "");
    with(&["--client-cert", &foreign, "--client-key", &foreign_key]).assert(6, "registry/unreachable");
    with(&["--client-cert", &certificate, "--client-key", &foreign_key])
        .assert(2, "the key does not belong to the certificate");
    with(&["--client-cert", &certificate, "--client-key", &certificate]).assert(2, "no private key");
    with(&["--client-cert", &certificate]).assert(2, "--client-key");
    env.config(&format!(
        "[registry.\"{host}\"]\nclient-cert = \"../../me.pem\"\nclient-key = \"../../me.key\""
    ));
    with(&[]).assert(0, "");
    env.config("[registry.\"other.example\"]\nclient-cert = \"../../me.pem\"\nclient-key = \"../../me.key\"");
    with(&[]).assert(6, "registry/unreachable");
}

#[test]
fn a_client_certificate_is_not_sent_after_a_redirect() {
    let (registry, store, env) = (served(), served_as("x"), TestEnv::new());
    let (authority, clients) = (CertificateAuthority::new(), CertificateAuthority::new());
    let tls = TlsProxy::start(&registry, &authority, Some(&clients), false);
    let other = TlsProxy::start(&store, &authority, Some(&clients), false);
    let (host, there) = (tls.host(), other.host());
    let manifest = format!("https://{there}/v2/x/manifests/3.13");
    registry.script("/v2/dhi/python/manifests/3.13", Reply::redirect(&manifest));
    let ca = env.write("ca.pem", authority.pem());
    let [certificate, key] = env.pair("me", &clients.issue(&["me"]));
    let tls = ["-v", "--no-cache", "--ca", &ca, "--client-cert", &certificate, "--client-key", &key];
    run(&mut env.one(&host, &tls)).assert(6, "CertificateRequired");
    assert!(store.log().is_empty());
    // Where it is asked for by name it is shown.
    let of = |host: &str| {
        format!("[registry.\"{host}\"]\nclient-cert = \"../../me.pem\"\nclient-key = \"../../me.key\"\n")
    };
    env.config(&format!("{}{}", of(&host), of(&there)));
    run(&mut env.one(&host, &["--no-cache", "--ca", &ca])).assert(0, "");
    assert_eq!(store.log().len(), 1);
}

#[test]
fn http_2_is_used_where_the_server_offers_it() {
    let (registry, authority, env) = (served(), CertificateAuthority::new(), TestEnv::new());
    let tls = TlsProxy::start(&registry, &authority, None, true);
    let ca = env.write("ca.pem", authority.pem());
    let run = run(&mut env.verify_all(&tls.host(), &["--ca", &ca]));
    run.assert(0, "");
    assert_eq!(tls.protocols(), ["h2"], "one connection for all");
    assert!(registry.log().len() > 100);
}

impl TestEnv {
    fn verify_all(&self, host: &str, more: &[&str]) -> Command {
        self.command(&[&ONE[..5], more, &[&image(host)]].concat())
    }
}

// Proxies.

#[test]
fn a_proxy_with_login_is_used_except_for_loopback() {
    let (registry, authority, env) = (served(), CertificateAuthority::new(), TestEnv::new());
    let tls = TlsProxy::start(&registry, &authority, None, false);
    let ca = env.write("ca.pem", authority.pem());
    let proxy = Proxy::start(&tls.host(), Some(&format!("Basic {}", basic("me", "p@ss"))));
    let through = |host: &str, variables: &[(&str, &str)]| {
        run(env.one(host, &["--no-cache", "--ca", &ca]).envs(variables.iter().copied()))
    };
    let far = "registry.example.com";
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        through(far, &[(name, &proxy.url("me:p%40ss"))]).assert(0, "");
    }
    assert!(
        proxy.log().iter().all(|(line, good)| *good && line.starts_with("CONNECT registry.example.com:443 "))
    );
    let refused = through(far, &[("HTTPS_PROXY", &proxy.url("me:hunter2"))]);
    refused.assert(5, "registry/proxy");
    refused.assert(5, "sent and refused");
    assert!(!format!("{}{}", refused.stdout, refused.stderr).contains("hunter2"));
    let before = proxy.log().len();
    through(&tls.host(), &[("HTTPS_PROXY", &proxy.url("x:y")), ("ALL_PROXY", &proxy.url("x:y"))])
        .assert(0, "");
    // This address is not a loopback one by its text, and yet leads to this machine.
    let near = format!("0.0.0.0:{}", tls.port());
    through(&near, &[("HTTPS_PROXY", &proxy.url("x:y")), ("NO_PROXY", "0.0.0.0")]).assert(0, "");
    assert_eq!(proxy.log().len(), before);
    through(&near, &[("HTTPS_PROXY", &proxy.url("x:y"))]).assert(5, "registry/proxy");
}

#[test]
fn a_socks_proxy_with_login_resolves_host_names() {
    let (registry, authority, env) = (served(), CertificateAuthority::new(), TestEnv::new());
    let tls = TlsProxy::start(&registry, &authority, None, false);
    let ca = env.write("ca.pem", authority.pem());
    let proxy = Proxy::socks(&tls.host());
    let through = |login: &str| {
        let url = format!("socks5h://{login}@{}", proxy.host());
        run(env.one("registry.example.com", &["-v", "--no-cache", "--ca", &ca]).env("ALL_PROXY", url))
    };
    through("me:p%40ss").assert(0, "");
    assert!(
        proxy.log().iter().all(|one| *one == ("registry.example.com".to_owned(), true)),
        "{:?}",
        proxy.log()
    );
    let refused = through("me:hunter2");
    refused.assert(6, "registry/unreachable");
    assert!(!format!("{}{}", refused.stdout, refused.stderr).contains("hunter2"));
}

#[test]
fn an_empty_variable_is_ignored() {
    let env = TestEnv::new();
    let mut command = env.command(&[&ONE[..], &["oci:fixtures/python:3.13"]].concat());
    for name in ["DHI_CONFIG", "DHI_CA", "DHI_CACHE_DIR", "HTTPS_PROXY"] {
        command.env(name, "");
    }
    run(&mut command).assert(0, "");
}

// Secrets.

const PASSWORD: &str = "marker-password-1";
const IDENTITY: &str = "marker-identity-2";
const PROXY: &str = "marker-proxy-3";

/// No secret in what was printed or left behind.
fn clean(env: &TestEnv, runs: &[(&str, Run)], key: &str) {
    let middle: String = key.lines().nth(1).unwrap().to_owned();
    let mut secrets = vec![PASSWORD.to_owned(), IDENTITY.to_owned(), PROXY.to_owned(), middle];
    secrets.push(basic("me", PASSWORD));
    secrets.push(basic("me", PROXY));
    secrets.push("token-0".to_owned());
    let find = |text: &str| secrets.iter().find(|secret| text.contains(secret.as_str())).cloned();
    for (what, run) in runs {
        assert_eq!(
            find(&format!("{}{}", run.stdout, run.stderr)),
            None,
            "{what}\n{}{}",
            run.stdout,
            run.stderr
        );
    }
    let mut folders = vec![env.path("cache")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                let bytes = std::fs::read(&path).unwrap();
                assert_eq!(find(&String::from_utf8_lossy(&bytes)), None, "{}", path.display());
            }
        }
    }
    assert!(files > 5);
    let arguments = std::fs::read_to_string(env.path("arguments")).unwrap();
    assert!(arguments.contains("docker-credential-test") && arguments.contains("verify"), "{arguments}");
    assert_eq!(find(&arguments), None, "{arguments}");
}

#[test]
fn secrets_appear_in_no_output_and_no_file() {
    let (registry, authority, clients, env) =
        (served(), CertificateAuthority::new(), CertificateAuthority::new(), TestEnv::new());
    let tls = TlsProxy::start(&registry, &authority, Some(&clients), false);
    let ca = env.write("ca.pem", authority.pem());
    let pair = clients.issue(&["me"]);
    let [certificate, key] = env.pair("me", &pair);
    let proxy = Proxy::start(&tls.host(), Some(&format!("Basic {}", basic("me", PROXY))));
    let closed = Proxy::start(&tls.host(), Some("Basic other"));
    let host = "registry.example.com";
    // The helper writes down the arguments of itself and of its caller.
    let listing = env.path("arguments");
    let body = |rest: &str| {
        let listing = listing.display();
        format!("cat /proc/$$/cmdline /proc/$PPID/cmdline | tr '\\0' ' ' >> {listing}\n{rest}")
    };
    let tokens = Tokens::new();
    registry.serve_tokens(&tokens);
    let bearer = || Challenge::bearer(&format!("https://{host}/token"), &tokens);
    let go = |helper: &str, proxy: &Proxy, more: &[&str]| {
        let path = env.helper("test", &body(helper));
        let tls = ["-v", "--ca", &ca, "--client-cert", &certificate, "--client-key", &key];
        let mut command = env.one(host, &[&tls, more].concat());
        run(command.env("PATH", path).env("HTTPS_PROXY", proxy.url(&format!("me:{PROXY}"))))
    };
    let password = format!(r#"echo '{{"Username":"me","Secret":"{PASSWORD}"}}'"#);
    let identity = format!(r#"echo '{{"Username":"<token>","Secret":"{IDENTITY}"}}'"#);
    let file = format!(r#""auths":{{"{host}":{{"auth":"{}"}}}}"#, basic("me", PASSWORD));
    let mut runs = Vec::new();
    let mut add = |what: &'static str, code: i32, run: Run| {
        run.assert(code, "");
        assert!(run.stderr.contains("> "), "{}", run.stderr);
        runs.push((what, run));
    };

    env.docker(&format!(r#"{{"credHelpers":{{"{host}":"test"}},{file}}}"#));
    registry.demand(Challenge::Basic(format!("Basic {}", basic("me", PASSWORD))));
    add("basic", 0, go(&password, &proxy, &[]));
    add("proxy refuses", 5, go(&password, &closed, &["--no-cache"]));
    registry.demand(bearer());
    tokens.only_for(&format!("Basic {}", basic("me", PASSWORD)));
    add("password for a token", 0, go(&password, &proxy, &[]));
    tokens.only_for(IDENTITY);
    add("identity token", 0, go(&identity, &proxy, &["--no-cache"]));
    add("wrong login at the token server", 5, go(&password, &proxy, &["--no-cache"]));

    // Servers that repeat what they were sent.
    let echo = format!(
        r#"{{"errors":[{{"code":"DENIED","message":"{PASSWORD} {IDENTITY} {PROXY} {}"}}]}}"#,
        basic("me", PASSWORD)
    );
    for status in [400, 401, 403, 500] {
        registry.script("/token", Reply::json(status, echo.replace(IDENTITY, "").as_str()));
        let code = if matches!(status, 401 | 403 | 400) { 5 } else { 6 };
        add("token server repeats the password", code, go(&password, &proxy, &["--no-cache"]));
        registry.script(
            "/token",
            Reply::json(status, echo.replace(PASSWORD, "").replace(&basic("me", PASSWORD), "").as_str()),
        );
        add("token server repeats the identity token", code, go(&identity, &proxy, &["--no-cache"]));
    }
    registry.script("/token", Reply::cut());
    add("token server breaks off", 6, go(&password, &proxy, &["--no-cache"]));
    let manifest = "/v2/dhi/python/manifests/3.13";
    registry.demand(Challenge::Basic(format!("Basic {}", basic("me", PASSWORD))));
    for reply in [
        Reply::json(403, echo.replace(IDENTITY, "").as_str()),
        Reply::json(404, "{}"),
        Reply::html(),
        Reply::cut(),
        Reply::redirect(&format!("https://{host}/x?token={PASSWORD}")),
        Reply::redirect(&format!("http://me:{PASSWORD}@{host}/x?token={PASSWORD}")),
    ] {
        registry.script(manifest, reply);
        let run = go(&password, &proxy, &["--no-cache"]);
        assert_ne!(run.code, 0);
        add("manifest", run.code, run);
    }
    for body in ["echo x; exit 0", "exit 1", "kill -9 $$"] {
        let body = format!("echo {PASSWORD} >&2; {body}");
        add("helper", 5, go(&body, &proxy, &["--no-cache"]));
    }
    clean(&env, &runs, &pair.key);
}
