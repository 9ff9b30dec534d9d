//! Secrets of the user: a registry can repeat what it receives, and a URL can contain a login. No form of a secret is
//! printed or stored, and redaction removes nothing else.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use dhi::oci::{Digest, media_type};
use serde_json::json;

use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::support::env::{KEY, ROOT, Run, TestEnv, run};
use crate::support::registry::{Challenge, InMemoryRegistry, Reply, Tokens};

const PASSWORD: &str = "Tr0ub4dor-x3";
const FORMATS: [&str; 6] = ["table", "json", "sarif", "junit", "github", "markdown"];

/// A registry that requires a login, and an environment with that login.
pub(super) struct LoginFixture {
    pub(super) registry: InMemoryRegistry,
    pub(super) env: TestEnv,
    tampered: TamperedImage,
}

fn basic(password: &str) -> String {
    STANDARD.encode(format!("me:{password}"))
}

impl LoginFixture {
    fn with(password: &str) -> Self {
        let setup = Self {
            registry: InMemoryRegistry::start(),
            env: TestEnv::new(),
            tampered: TamperedImage::of(GOOD),
        };
        setup.tampered.serve(&setup.registry, "x", "1");
        setup.registry.demand(Challenge::Basic(format!("Basic {}", basic(password))));
        let login = json!({ "auths": { setup.registry.host(): { "auth": basic(password) } } });
        let file = setup.env.path(".docker/config.json");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, login.to_string()).unwrap();
        setup
    }

    pub(super) fn new() -> Self {
        Self::with(PASSWORD)
    }

    pub(super) fn image(&self) -> String {
        format!("{}/x:1", self.registry.host())
    }

    pub(super) fn command(&self, words: &[&str], more: &[&str]) -> Run {
        let (host, image) = (self.registry.host(), self.image());
        let trust = ["--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
        self.env.dhi(&[words, &trust, more, &[&image]].concat())
    }

    /// That no output of any command holds it, nor any file that is left.
    #[track_caller]
    fn is_silent(&self, secrets: &[&str], what: &str) {
        let silent = |text: &str, place: &str| {
            let text = text.to_ascii_lowercase();
            for secret in secrets {
                let forms =
                    [secret.to_string(), percent(secret), STANDARD_NO_PAD.encode(secret), basic(secret)];
                for form in forms {
                    let form = form.trim_end_matches('=').to_ascii_lowercase();
                    assert!(!text.contains(&form), "{what}: {place} shows `{form}`:\n{text}");
                }
            }
        };
        let files = FORMATS.map(|format| (format, self.env.path(format)));
        let outputs = files.each_ref().map(|(format, file)| format!("{format}={}", file.display()));
        let outputs: Vec<&str> = outputs.iter().flat_map(|output| ["--output", output.as_str()]).collect();
        let runs = [
            self.command(&["verify"], &[&["-v", "--explain"], &outputs[..]].concat()),
            self.command(&["attest", "list", "--format", "json"], &[]),
            self.command(&["base"], &[]),
        ];
        for run in runs {
            silent(&run.stdout, "standard output");
            silent(&run.stderr, "standard error");
        }
        for (format, file) in &files {
            silent(&std::fs::read_to_string(file).unwrap_or_default(), format);
        }
        each_file(&self.env.path("cache"), &mut |path, bytes| {
            silent(&String::from_utf8_lossy(bytes), &path.display().to_string());
        });
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn each_file(directory: &Path, see: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, see);
        } else {
            see(&path, &std::fs::read(&path).unwrap());
        }
    }
}

/// Ways to write the password.
fn forms() -> Vec<String> {
    vec![
        PASSWORD.to_owned(),
        PASSWORD.to_ascii_uppercase(),
        percent(PASSWORD),
        PASSWORD.replace('-', "%2D"),
        STANDARD.encode(PASSWORD),
        basic(PASSWORD),
        format!("me:{PASSWORD}"),
    ]
}

#[test]
fn the_login_is_sent_to_the_registry() {
    let setup = LoginFixture::new();
    setup.command(&["verify"], &[]).assert(0, "pass");
    setup.is_silent(&[PASSWORD], "a good run");
}

#[test]
fn a_password_that_a_registry_repeats_is_shown_nowhere() {
    for (at, form) in forms().into_iter().enumerate() {
        let setup = LoginFixture::new();
        let manifest = "/v2/x/manifests/1";
        let list = format!("/v2/x/referrers/{}", setup.tampered.image());
        let message =
            json!({ "errors": [{ "code": "DENIED", "message": format!("you sent {form}, {form}") }] });
        for path in [manifest, &list] {
            let status = [403, 404, 418][at % 3];
            setup.registry.script(path, Reply::json(status, message.to_string()));
            setup.is_silent(&[PASSWORD], &format!("{status} {path} {form}"));
            let text =
                Reply::new(400, format!("{}{form}", "x ".repeat(95))).header("Content-Type", "text/plain");
            setup.registry.script(path, text);
            setup.is_silent(&[PASSWORD], &format!("text that is cut {form}"));
            setup.registry.unscript(path);
        }
    }
}

#[test]
fn a_password_in_a_redirect_a_type_or_a_header_is_shown_nowhere() {
    // Each form in one case of each kind: all forms of all kinds are the unit tests' business.
    for (at, form) in forms().into_iter().enumerate() {
        let setup = LoginFixture::new();
        let manifest = "/v2/x/manifests/1";
        let bytes = setup.tampered.bytes(&setup.tampered.root).unwrap();
        let locations = [
            format!("http://{form}.example/x"),
            format!("ftp://{form}.example/x"),
            format!("http://me:{form}@localhost/x"),
            format!("/v2/x/manifests/{form}"),
        ];
        setup.registry.script(manifest, Reply::redirect(&locations[at % 4]));
        setup.is_silent(&[PASSWORD], &locations[at % 4]);
        let content_type = [format!("text/{form}"), format!("application/{form}+json")][at % 2].clone();
        let typed = Reply::new(200, bytes.clone()).header("Content-Type", &content_type);
        setup.registry.script(manifest, typed);
        setup.is_silent(&[PASSWORD], &content_type);
        let encoded = Reply::json(200, bytes.clone()).header("Content-Encoding", &form);
        setup.registry.script(manifest, encoded);
        setup.is_silent(&[PASSWORD], "an encoding");
        // JSON that is no manifest, and one that is not what it should be.
        let bodies = [
            json!({ "you": form }),
            json!({ "schemaVersion": form, "mediaType": form, "manifests": [] }),
            json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [{ "digest": form }] }),
        ];
        setup.registry.script(manifest, Reply::json(200, bodies[at % 3].to_string()));
        setup.is_silent(&[PASSWORD], &bodies[at % 3].to_string());
    }
}

#[test]
fn a_password_in_a_list_or_an_annotation_is_shown_nowhere() {
    for form in forms() {
        let setup = LoginFixture::new();
        let list = json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [
                { "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(b"x"), "size": 1,
                  "artifactType": format!("application/{form}"), "annotations": { "a": form, form.clone(): "b",
                  "in-toto.io/predicate-type": format!("https://{form}/x") } },
            ]
        });
        let reply = Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX);
        setup.registry.script(&format!("/v2/x/referrers/{}", setup.tampered.image()), reply.clone());
        setup.is_silent(&[PASSWORD], "a list of referrers");
        setup.registry.script(&format!("/v2/x/referrers/{}", setup.tampered.root), reply);
        setup.is_silent(&[PASSWORD], "a list of referrers of the index");
    }
}

#[test]
fn a_challenge_that_repeats_a_secret_is_not_cached() {
    for (at, form) in forms().into_iter().enumerate() {
        let setup = LoginFixture::new();
        let challenges = [
            format!(r#"Bearer realm="https://{form}.example/token""#),
            format!(r#"Bearer realm="{}",service="{form}""#, setup.registry.url("/token")),
            format!(r#"Bearer realm="{}",scope="repository:{form}:pull""#, setup.registry.url("/token")),
            format!(r#"Basic realm="{form}""#),
            format!(r#"Bearer realm="{form}""#),
        ];
        let challenge = &challenges[at % 5];
        setup.registry.demand(Challenge::Never(challenge.clone()));
        setup.registry.script("/token", Reply::json(401, json!({ "details": form }).to_string()));
        setup.is_silent(&[PASSWORD], challenge);
    }
}

#[test]
fn a_long_password_or_a_key_of_several_lines_is_shown_nowhere() {
    let tail = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    let key = json!({ "type": "service_account", "private_key_id": "0123456789abcdef",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{tail}\n-----END PRIVATE KEY-----\n"), "last": "x@TA1LSECRET" });
    let passwords = [
        "correct horse battery staple, number nine and then ten more! TA1LSECRET end".to_owned(),
        format!("{key:#}\n"),
        key.to_string(),
        "abc\tTA1LSECRET".to_owned(),
        "hunter\u{200b}TA1LSECRET".to_owned(),
        "p\u{e4}ssw\u{f6}rtTA1LSECRET".to_owned(),
    ];
    for password in passwords {
        let setup = LoginFixture::with(&password);
        let message = json!({ "errors": [{ "code": "DENIED", "message": format!("you sent {password}") }] });
        let list = json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [
                { "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(b"x"), "size": 1,
                  "artifactType": "application/x", "annotations": { "in-toto.io/predicate-type": password } },
            ]
        });
        let referrers = format!("/v2/x/referrers/{}", setup.tampered.image());
        let replies = [
            ("/v2/x/manifests/1", Reply::json(403, message.to_string())),
            ("/v2/x/manifests/1", Reply::new(400, password.clone()).header("Content-Type", "text/plain")),
            ("/v2/x/manifests/1", Reply::json(200, json!({ "schemaVersion": password }).to_string())),
            (&referrers, Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX)),
        ];
        for (path, reply) in replies {
            setup.registry.script(path, reply);
            setup.is_silent(&["TA1LSECRET", tail], &format!("{path} {password}"));
            setup.registry.unscript(path);
        }
    }
}

#[test]
fn registry_tokens_are_redacted() {
    let setup = LoginFixture::new();
    let token = format!("{}.aZ09_-{}", "eyJhbGciOiJSUzI1NiJ9", "q8".repeat(150));
    setup.registry.demand(Challenge::bearer(&setup.registry.url("/token"), &Tokens::new()));
    let (access, refresh) = ("An0therT0ken-1", "An0therT0ken-2");
    let answer = json!({ "token": token, "access_token": access, "refresh_token": refresh });
    setup.registry.script("/token", Reply::json(200, answer.to_string()));
    let repeated = format!(r#"Bearer realm="{}",service="{token}""#, setup.registry.url("/token"));
    let message =
        json!({ "errors": [{ "code": token, "message": format!("not {access} {refresh} {token}") }] })
            .to_string();
    setup.registry.demand(Challenge::Never(repeated));
    setup.registry.script("/v2/x/manifests/1", Reply::json(403, message));
    setup.is_silent(&[&token, &token[..60], access, refresh], "a token");
}

#[test]
fn short_secrets_do_not_garble_the_output() {
    for password in ["a", "pass", "e", "1", "sha"] {
        let (setup, other) = (LoginFixture::with(password), LoginFixture::new());
        for format in FORMATS {
            let run = setup.command(&["verify"], &["--format", format]);
            let same = other.command(&["verify"], &["--format", format]);
            let port = |run: &Run, setup: &LoginFixture| {
                let host = setup.registry.host();
                run.stdout.replace(host.rsplit(':').next().unwrap(), "PORT")
            };
            assert_eq!((run.code, port(&run, &setup)), (0, port(&same, &other)), "{password} {format}");
        }
    }
}

#[test]
fn redaction_never_changes_digests_or_documents() {
    let hex = TamperedImage::of(GOOD).root[7..].to_owned();
    for password in [&hex[..12], "platforms", "verdict", "schemaVersion", "sha256:", r#"","verdict":""#] {
        let setup = LoginFixture::with(password);
        let run = setup.command(&["verify"], &["--format", "json"]);
        let document = run.json();
        assert_eq!(
            (run.code, &document["images"][0]["digest"]),
            (0, &json!(setup.tampered.root)),
            "{password}"
        );
        assert!(document["images"][0]["platforms"].is_array(), "{password}: {document}");
        assert_eq!(document["verdict"], "pass", "{password}");
        let sarif = setup.command(&["verify"], &["--format", "sarif"]).json();
        assert_eq!(sarif["version"], "2.1.0", "{password}");
    }
    for password in ["version", "testsuite", "classname", "encoding", "<testcase"] {
        let junit = LoginFixture::with(password).command(&["verify"], &["--format", "junit"]);
        assert_eq!(junit.code, 0, "{password}");
        assert!(junit.stdout.starts_with("<?xml version=\"1.0\""), "{password}: {}", junit.stdout);
        for part in ["<testsuites", "</testsuite>", "<testcase", "classname=\""] {
            assert!(junit.stdout.contains(part), "{password}: {}", junit.stdout);
        }
    }
}

#[test]
fn redaction_never_changes_signed_bytes() {
    // A word that occurs in every statement.
    let setup = LoginFixture::with("predicateType");
    let other = LoginFixture::with("something-else");
    let get = |setup: &LoginFixture, more: &[&str]| {
        let words = ["attest", "get", "--predicate-type", SPDX];
        let run = setup.command(&words, more);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let statement = get(&other, &[]);
    assert!(statement.contains("predicateType"));
    assert_eq!(get(&setup, &[]), statement);
    let file = setup.env.path("statement");
    get(&setup, &["--output", file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), statement);
}

#[test]
fn logins_in_urls_are_refused_and_redacted() {
    let env = TestEnv::new();
    let image = "oci:fixtures/python:3.13";
    let layout = "oci:fixtures/bad/two-signatures";
    let urls = [
        "https://USER:PA55W0RD@host.example/key.pem?tok=T0KEN",
        "https://PA55W0RD@host.example/key.pem",
        "HTTPS://USER:PA55W0RD@host.example/",
        "https:USER:PA55W0RD@host.example",
        "http://USER:PA55W0RD@host.example/",
        "https://USER:PA55W0RD@[bad?T0KEN",
        "ftp://USER:PA55W0RD@host.example/T0KEN?T0KEN",
    ];
    let silent = |run: &Run, what: &str| {
        let all = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, 2, "{what}: {all}");
        assert!(
            !all.contains("PA55W0RD") && !all.contains("?T0KEN") && !all.contains("tok="),
            "{what}: {all}"
        );
    };
    for url in urls {
        for flag in ["--key", "--keyring", "--attestor-key", "--trusted-root"] {
            silent(&env.dhi(&["verify", flag, url, image]), flag);
        }
        silent(&env.dhi(&["keys", "list", "--key", url]), "keys list");
        for flag in ["--from", "--signature"] {
            let other = if flag == "--from" { vec![] } else { vec!["--from", KEY] };
            let run = env.dhi(&[&["keys", "update"][..], &other, &[flag, url]].concat());
            silent(&run, flag);
        }
        for root in [&[][..], &["--tuf-root", "src/trust_store/tuf_root.json"]] {
            let run = env.dhi(&[&["keys", "update", "--sigstore", "--tuf-url", url], root].concat());
            let all = format!("{}{}", run.stdout, run.stderr);
            assert!(run.code != 0 && !all.contains("PA55W0RD") && !all.contains("T0KEN?"), "{all}");
        }
        silent(&env.dhi(&["sign", "--key", url, layout]), "the key of sign");
        silent(&env.dhi(&["sign", "--key", KEY, "--rekor-url", url, layout]), "--rekor-url");
        let issuer = ["verify", "--certificate-identity", "me", "--certificate-oidc-issuer", url, image];
        silent(&env.dhi(&issuer), "the issuer");
        let certificate = env.dhi(&["verify", "--mirror", &format!("dhi.io={url}"), image]);
        silent(&certificate, "--mirror");
        for flag in ["--plain-http", "--insecure", "--base-registry"] {
            silent(&env.dhi(&["verify", flag, url, image]), flag);
        }
        silent(&env.dhi(&["verify", "--auth-realm", &format!("dhi.io={url}"), image]), "--auth-realm");
    }
    let login = "USER:PA55W0RD@host.example";
    for flag in ["--plain-http", "--insecure"] {
        silent(&env.dhi(&["verify", flag, login, image]), flag);
    }
    for flag in ["--mirror", "--auth-realm"] {
        silent(&env.dhi(&["verify", flag, &format!("dhi.io={login}"), image]), flag);
    }
    for text in [
        "[registry.\"dhi.io\"]\nmirrors = [\"USER:PA55W0RD@host.example\"]",
        "[registry.\"dhi.io\"]\nmirrors = [\"https://USER:PA55W0RD@host.example\"]",
        "[registry.\"USER:PA55W0RD@host.example\"]\nplain-http = true",
    ] {
        let file = env.path("config.toml");
        std::fs::write(&file, text).unwrap();
        silent(&env.dhi(&["verify", "--config", file.to_str().unwrap(), image]), text);
    }
}

#[test]
fn the_query_of_a_url_is_sent_and_redacted() {
    let env = TestEnv::new();
    let url = "https://127.0.0.1:1/key.pem?tok=T0KEN#T0KEN";
    let image = "oci:fixtures/python:3.13";
    for arguments in [
        &["verify", "--key", url, image][..],
        &["-v", "verify", "--key", url, "--format", "json", image],
        &["verify", "--offline", "--key", url, image],
        &["verify", "--trusted-root", url, image],
        &["keys", "list", "--key", url],
        &["keys", "update", "--from", url],
        &["keys", "update", "--sigstore", "--tuf-url", url],
    ] {
        let run = env.dhi(arguments);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(
            run.code != 0 && all.contains("https://127.0.0.1:1/key.pem") && !all.contains("T0KEN"),
            "{all}"
        );
    }
}

#[test]
fn proxy_logins_and_variable_tokens_are_redacted() {
    let env = TestEnv::new();
    let mut command = env.command(&["-v", "verify", "--no-cache", "dhi.io/python:Pr0xyPa55"]);
    let command = command
        .env("ALL_PROXY", "http://me:Pr0xyPa55@127.0.0.1:1")
        .env("DHI_USERNAME", "me")
        .env("DHI_TOKEN", "python:Pr0x");
    let run = run(command);
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code == 6 && !all.contains("Pr0xyPa55") && all.contains("***"), "{all}");
}
