//! `dhi sign`, `dhi attest add` and `dhi keys generate`: what they store verifies, and a refused run stores nothing.

use std::path::Path;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dhi::oci::{Digest, media_type};
use serde_json::Value;

use crate::snapshots::snapshot;
use crate::support::env::{ATTESTED_ONLY, Run, TestEnv, fixture, read, run};
use crate::support::registry::{InMemoryRegistry, Reply};
use crate::support::rekor::{RekorBehavior, RekorServer};
use crate::support::test_sigstore::Sigstore;

const REPO: &str = "acme/api";
const REVIEW: &str = "https://example.org/review/v1";

/// A user with a key, and a registry with an image of two platforms that others have attested things of.
struct SignFixture {
    env: TestEnv,
    registry: InMemoryRegistry,
}

impl SignFixture {
    fn new() -> Self {
        let setup = Self { env: TestEnv::new(), registry: InMemoryRegistry::start() };
        setup.registry.serve_layout(&fixture("python"), REPO);
        setup.env.generate_key("team");
        setup.env.write("review.json", "{ \"approved\" : true, \"by\":\"security\\u0040acme\" }");
        setup
    }

    /// `HOST/acme/api:3.13`.
    fn image(&self) -> String {
        format!("{}/{REPO}:3.13", self.registry.host())
    }

    fn sign(&self, more: &[&str]) -> Run {
        self.write_to(&["sign"], more)
    }

    /// `dhi attest add` of the review.
    fn attest(&self, more: &[&str]) -> Run {
        let file = self.env.file("review.json");
        self.write_to(&["attest", "add", "--file", &file, "--predicate-type", REVIEW], more)
    }

    fn write_to(&self, command: &[&str], more: &[&str]) -> Run {
        let (host, key, image) = (self.registry.host(), self.env.file("team.key"), self.image());
        let key = if more.contains(&"--key") { vec![] } else { vec!["--key", key.as_str()] };
        let image = if more.iter().any(|word| word.contains(REPO) || word.starts_with("archive:")) {
            vec![]
        } else {
            vec![image.as_str()]
        };
        self.env.dhi(&[command, &["--plain-http", &host], &key, more, &image].concat())
    }

    fn verify(&self, more: &[&str]) -> Run {
        let (host, key, image) = (self.registry.host(), self.env.file("team.pub"), self.image());
        let common = ["verify", "--plain-http", &host, "--no-cache", "--key", &key, "--format", "json"];
        self.env.dhi(&[&common[..], &["--predicate-type", REVIEW], more, &[&image]].concat())
    }

    /// How many objects were stored.
    fn stored(&self) -> usize {
        self.registry
            .log()
            .iter()
            .filter(|one| matches!(one.method.as_str(), "PUT" | "POST" | "PATCH"))
            .count()
    }

    /// Asserts that nothing was stored, and how the run ended.
    fn refused(&self, run: &Run, code: i32, text: &str) {
        run.assert(code, text);
        assert_eq!(self.stored(), 0, "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

/// What varies from run to run is left out: the port, the folder, digests and key ids.
fn steady(setup: &SignFixture, run: &Run) -> Run {
    let clean = |text: &str| {
        let text = text.replace(&setup.registry.host(), "HOST").replace(&setup.env.file(""), "");
        text.split_inclusive(|c: char| !c.is_ascii_alphanumeric())
            .map(|word| {
                let hex = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
                let is_hex = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if is_hex && hex.len() >= 12 { word.replace(hex, "HEX") } else { word.to_owned() }
            })
            .collect()
    };
    Run { code: run.code, stdout: clean(&run.stdout), stderr: clean(&run.stderr) }
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&read("docs/schemas/signed-1.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn pkcs8(der: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

const FORMS: [(&str, &[&str]); 2] =
    [("simple-signing", &["--bundle-format=false"]), ("bundle", &["--bundle-format"])];

#[test]
fn signed_and_attested_images_verify() {
    for (form, flags) in FORMS {
        for api in [true, false] {
            let setup = SignFixture::new();
            setup.registry.referrers_api(api);
            setup.verify(&[]).assert(3, "attest/predicate-missing");
            let signed = setup.sign(&[flags, &["--format", "json"]].concat());
            let attested = setup.attest(&[flags, &["--platform", "all", "--format", "json"]].concat());
            for run in [&signed, &attested] {
                let document = run.json();
                let errors: Vec<String> =
                    schema().iter_errors(&document).map(|error| error.to_string()).collect();
                assert_eq!((run.code, errors.as_slice()), (0, &[][..]), "{}", run.stderr);
                assert_eq!(document["form"], form);
                assert_eq!(run.stderr.contains("no referrers API"), !api, "{}", run.stderr);
            }
            assert!(signed.stderr.contains("no transparency log entry"), "{}", signed.stderr);
            let verified = setup.verify(&["--require-index-signature"]);
            assert_eq!(verified.code, 0, "{}", verified.stderr);
            let image = &verified.json()["images"][0];
            assert_eq!(image["rootSignature"]["signature"]["form"], form);
            for (platform, object) in image["platforms"]
                .as_array()
                .unwrap()
                .iter()
                .zip(attested.json()["objects"].as_array().unwrap())
            {
                assert_eq!(platform["digest"], object["digest"]);
                let attestations = platform["attestations"].as_array().unwrap();
                assert_eq!(attestations.len(), 1);
                assert_eq!(attestations[0]["predicateType"], REVIEW);
                assert_eq!(
                    attestations[0]["digest"],
                    object["stored"].as_array().unwrap().last().unwrap()["digest"]
                );
                if form == "simple-signing" {
                    assert_eq!(attestations[0]["signature"]["signedName"], REPO);
                }
            }
            // Another key made none of it.
            let other = ["--key", "fixtures/keys/other.pub", &setup.image()].map(str::to_owned);
            let host = setup.registry.host();
            let arguments = ["verify", "--plain-http", &host, "--no-cache", &other[0], &other[1], &other[2]];
            let by_another = setup.env.dhi(&arguments);
            assert_ne!(by_another.code, 0, "{}", by_another.stderr);
        }
    }
}

#[test]
fn the_predicate_has_the_bytes_of_the_file() {
    for (_, flags) in FORMS {
        let setup = SignFixture::new();
        setup.attest(&[flags, &["--platform", "linux/amd64"]].concat()).assert(0, "stored");
        let (host, key, image) = (setup.registry.host(), setup.env.file("team.pub"), setup.image());
        let get = |more: &[&str]| {
            let common = ["attest", "get", "--plain-http", &host, "--no-cache", "--key", &key];
            setup.env.dhi(
                &[&common[..], &["--platform", "linux/amd64", "--predicate-type", REVIEW], more, &[&image]]
                    .concat(),
            )
        };
        assert_eq!(get(&["--predicate"]).stdout, read(setup.env.file("review.json")));
        // A whole statement is used as it is, if it matches the flags.
        let statement = get(&[]).stdout;
        assert!(statement.contains(r#""name":"pkg:docker/127.0.0.1:"#), "{statement}");
        let whole = setup.env.write("statement.json", &statement);
        let add = |more: &[&str]| {
            let common = ["attest", "add", "--file", &whole, "--plain-http", &host];
            let key = setup.env.file("team.key");
            setup.env.dhi(&[&common[..], &["--key", &key], more, &[&image]].concat())
        };
        let platform = ["--platform", "linux/amd64"];
        add(&[&platform[..], &["--type", REVIEW]].concat()).assert(0, "stored");
        setup.registry.clear_log();
        setup.refused(&add(&[&platform[..], &["--type", "vuln"]].concat()), 2, "its predicate type is");
        setup.refused(&add(&["--platform", "linux/arm64", "--type", REVIEW]), 2, "jq .predicate");
    }
}

#[test]
fn all_is_signed_first_and_signatures_are_stored_first() {
    let setup = SignFixture::new();
    setup.registry.clear_log();
    setup.attest(&["--bundle-format=false", "--platform", "linux/amd64"]).assert(0, "attest");
    let kinds: Vec<bool> = setup
        .registry
        .log()
        .iter()
        .filter(|one| one.method == "PUT" && one.target.contains("/manifests/"))
        .map(|one| one.body.contains("simplesigning"))
        .collect();
    assert_eq!(kinds, [true, false]);

    // A token that is pulled out after the first signature.
    let setup = SignFixture::new();
    setup.registry.clear_log();
    let (once, public) = (setup.env.file("once"), setup.env.file("team.pub"));
    let script = setup.env.write(
        "signer",
        format!("[ $1 = public-key ] && exec cat {public}\n[ -e {once} ] && exit 7\n: >{once}\ncat"),
    );
    // What it answers is no signature either; both are found before anything is stored.
    let by_program = setup.attest(&["--platform", "all", "--key", &format!("exec:sh {script}")]);
    setup.refused(&by_program, 4, "error[sign/bad-signature]");
    let gone = setup.attest(&["--platform", "all", "--key", &format!("exec:sh {script}")]);
    setup.refused(&gone, 6, "error[sign/program]");
    gone.assert(6, "exit status: 7");
}

#[test]
fn recursive_signs_every_entry_of_an_index() {
    let setup = SignFixture::new();
    let (plain, recursive) = (setup.sign(&[]), setup.sign(&["--recursive"]));
    assert_eq!(
        (plain.stdout.lines().count(), recursive.stdout.lines().count()),
        (1, 3),
        "{}",
        recursive.stderr
    );
    for line in recursive.stdout.lines() {
        assert!(line.starts_with(&format!("{}/{REPO}@sha256:", setup.registry.host())), "{line}");
    }
}

#[test]
fn a_log_entry_is_stored_with_the_signature_and_verifies() {
    for (_, flags) in FORMS {
        let (setup, sigstore) = (SignFixture::new(), Sigstore::new());
        let root = setup.env.write("root.json", sigstore.trusted_root().json());
        let log = RekorServer::start(&sigstore.rekor, RekorBehavior::Honest);
        let url = log.url();
        let logged = [flags, &["--rekor-url", &url, "--format", "json"]].concat();
        let (signed, attested) =
            (setup.sign(&logged), setup.attest(&[&logged[..], &["--platform", "all"]].concat()));
        for run in [signed, attested] {
            assert_eq!(run.code, 0, "{}", run.stderr);
            let document = run.json();
            assert!(schema().is_valid(&document), "{document}");
            assert_eq!(document["log"], log.url());
            assert!(document["objects"][0]["logIndex"].is_u64(), "{document}");
            assert!(run.stderr.contains("note: log entry "), "{}", run.stderr);
            assert!(!run.stderr.contains("no transparency log entry"), "{}", run.stderr);
        }
        let verified =
            setup.verify(&["--trusted-root", &root, "--require-tlog", "--require-index-signature"]);
        assert_eq!(verified.code, 0, "{}", verified.stdout);
        assert_eq!(log.requests(), ["POST /api/v1/log/entries"; 3]);
    }
}

#[test]
fn a_failing_log_stops_the_run_before_storing() {
    let sigstore = Sigstore::new();
    for (_, flags) in FORMS {
        for (behavior, code, text) in [
            (RekorBehavior::Status(500), 6, "error[sign/log]"),
            (RekorBehavior::Status(400), 6, "not like this"),
            (RekorBehavior::Status(429), 6, "error[sign/log]"),
            (RekorBehavior::Another, 4, "error[sign/log-answer]"),
            (RekorBehavior::Html, 4, "error[sign/log-answer]"),
            (RekorBehavior::Endless, 6, "over 1048576 bytes"),
        ] {
            let setup = SignFixture::new();
            let log = RekorServer::start(&sigstore.rekor, behavior);
            setup.refused(&setup.sign(&[flags, &["--rekor-url", &log.url()]].concat()), code, text);
        }
    }
    let setup = SignFixture::new();
    setup.refused(&setup.sign(&["--rekor-url", "http://127.0.0.1:9"]), 6, "error[sign/log]");
    for (url, text) in [
        ("http://rekor.example.com", "plain HTTP is only for logs on this machine"),
        ("rekor.example.com", "cannot be used as transparency log"),
        ("https://me:hunter2@rekor.example.com", "a URL with a login"),
    ] {
        let run = setup.sign(&["--rekor-url", url]);
        setup.refused(&run, 2, text);
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    setup.refused(&setup.sign(&["--rekor-url", "https://x", "--offline"]), 2, "--offline");
    // The log could not check such signatures from a SHA-256.
    let log = RekorServer::start(&sigstore.rekor, RekorBehavior::Honest);
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let key = setup.env.write("ed25519.pem", pkcs8(ed25519.to_pkcs8v1().unwrap().as_ref()));
    setup.refused(&setup.sign(&["--rekor-url", &log.url(), "--key", &key]), 2, "hint: use `--bundle-format`");
    assert_eq!(log.requests(), [""; 0]);
}

#[test]
fn an_existing_log_entry_is_fetched() {
    // RSA and Ed25519 sign alike each time; so a bundle of an Ed25519 key is the same twice.
    let (setup, sigstore) = (SignFixture::new(), Sigstore::new());
    let log = RekorServer::start(&sigstore.rekor, RekorBehavior::Honest);
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let key = setup.env.write("ed25519.pem", pkcs8(ed25519.to_pkcs8v1().unwrap().as_ref()));
    let sign =
        || setup.sign(&["--bundle-format", "--key", &key, "--rekor-url", &log.url(), "--format", "json"]);
    let (first, second) = (sign(), sign());
    assert_eq!((first.code, second.code), (0, 0), "{}{}", first.stderr, second.stderr);
    assert_eq!(first.json()["objects"][0]["logIndex"], second.json()["objects"][0]["logIndex"]);
    assert!(log.requests()[2].starts_with("GET /api/v1/log/entries/"), "{:?}", log.requests());
}

#[test]
fn unencrypted_keys_of_every_kind_sign() {
    let setup = SignFixture::new();
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    for (algorithm, der) in [
        ("ecdsa-p384", p384.to_pkcs8v1().unwrap().as_ref()),
        ("ed25519", ed25519.to_pkcs8v1().unwrap().as_ref()),
        ("rsa", rsa.as_der().unwrap().as_ref()),
    ] {
        let key = setup.env.write("plain.pem", pkcs8(der));
        for (_, flags) in FORMS {
            // No password is asked for.
            let host = setup.registry.host();
            let mut command =
                setup.env.command(&["sign", "--plain-http", &host, "--key", &key, "--format", "json"]);
            let signed = run(command.args(flags).arg(setup.image()));
            assert_eq!(signed.code, 0, "{}", signed.stderr);
            assert_eq!(signed.json()["key"]["algorithm"], algorithm);
        }
    }
    let mut command = setup.env.command(&["sign", "--plain-http", &setup.registry.host()]);
    let by_variable = run(command
        .args(["--key", "env://TEAM_KEY", &setup.image()])
        .env("TEAM_KEY", read(setup.env.file("team.key"))));
    by_variable.assert(0, "signed by key");
}

#[test]
fn a_key_file_needs_its_password() {
    let setup = SignFixture::new();
    let generate = setup
        .env
        .command(&["keys", "generate", "-o", &setup.env.file("secret")])
        .env("COSIGN_PASSWORD", "hunter2")
        .output();
    assert!(generate.unwrap().status.success());
    let key = setup.env.file("secret.key");
    let (host, image) = (setup.registry.host(), setup.image());
    let sign = |password: Option<&str>| {
        let mut command = setup.env.command(&["sign", "--plain-http", &host, "--key", &key, &image]);
        match password {
            Some(password) => command.env("COSIGN_PASSWORD", password),
            None => command.env_remove("COSIGN_PASSWORD"),
        };
        run(&mut command)
    };
    for wrong in ["", "Hunter2", "hunter2\n"] {
        let run = sign(Some(wrong));
        setup.refused(&run, 2, "error[sign/password]");
        assert!(!run.stderr.to_lowercase().contains("hunter2"), "{}", run.stderr);
    }
    setup.refused(&sign(None), 2, "no terminal for a prompt");
    sign(Some("hunter2")).assert(0, "signed by key");
    let generate = setup
        .env
        .command(&["keys", "generate", "-o", &setup.env.file("other")])
        .env_remove("COSIGN_PASSWORD")
        .output();
    assert_eq!(generate.unwrap().status.code(), Some(2));
}

#[test]
fn keys_that_cannot_sign_are_refused() {
    let setup = SignFixture::new();
    let (public, garbage) = (setup.env.file("team.pub"), setup.env.write("garbage", "garbage"));
    let large = setup.env.write("large", vec![b' '; 70_000]);
    let costly = {
        let pem = read(setup.env.file("team.key"));
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let content = String::from_utf8(STANDARD.decode(lines.concat()).unwrap()).unwrap();
        let changed = content.replace(r#""N":32768"#, r#""N":1073741824"#);
        assert_ne!(content, changed);
        let label = "ENCRYPTED SIGSTORE PRIVATE KEY";
        setup.env.write(
            "costly",
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(changed)),
        )
    };
    let program = |body: &str| {
        let script = setup.env.write(&format!("signer-{}", body.len()), body.replace("KEY", &public));
        format!("exec:sh {script}")
    };
    for (key, code, text) in [
        (public.clone(), 2, "it is a public key"),
        (garbage, 2, "no PEM block"),
        (large, 2, "over 65536 bytes"),
        (costly, 2, "its scrypt parameters exceed those of cosign"),
        (setup.env.file("missing"), 2, "error[sign/key]"),
        ("https://example.org/team.key".to_owned(), 2, "is a URL"),
        ("env://NO_SUCH_KEY".to_owned(), 2, "error[sign/key]"),
        ("exec:".to_owned(), 2, "names no program"),
        ("exec:/no/such/program".to_owned(), 6, "cannot be run"),
        (program("exit 3"), 6, "exit status: 3"),
        (program("echo garbage"), 2, "no `BEGIN PUBLIC KEY` block"),
        (program("[ $1 = public-key ] && exec cat KEY; exit 4"), 6, "failed at `sign`"),
        (program("[ $1 = public-key ] && exec cat KEY; echo garbage"), 4, "error[sign/bad-signature]"),
        (program("[ $1 = public-key ] && exec cat KEY; exec yes"), 6, "over 65536 bytes"),
    ] {
        setup.refused(&setup.sign(&["--key", &key]), code, text);
        setup.refused(&setup.attest(&["--platform", "all", "--key", &key]), code, text);
    }
}

#[test]
fn files_that_are_not_a_predicate_are_refused() {
    let setup = SignFixture::new();
    for (name, content, code, text) in [
        ("text", b"approved".to_vec(), 2, "error[sign/predicate]"),
        ("number", b"7".to_vec(), 2, "neither an object nor a list"),
        ("twice", br#"{"a":{"b":1,"b":2}}"#.to_vec(), 2, "`b` occurs twice"),
        ("two", b"{} {}".to_vec(), 2, "error[sign/predicate]"),
        ("deep", [vec![b'['; 200], vec![b']'; 200]].concat(), 2, "nested deeper"),
    ] {
        let file = setup.env.write(name, content);
        let run = setup
            .write_to(&["attest", "add", "--type", REVIEW, "--predicate", &file], &["--platform", "all"]);
        setup.refused(&run, code, text);
    }
    // A file with a hole: what tests hold themselves would count for programs that they measure.
    let large = setup.env.write("large", "");
    let file = std::fs::File::options().write(true).open(&large).unwrap();
    file.set_len(dhi::limits::Limits::default().statement + 1).unwrap();
    let run = setup.write_to(&["attest", "add", "--type", REVIEW, "--predicate", &large], &[]);
    setup.refused(&run, 4, "error[limits/exceeded]");
    let missing = setup.env.file("missing");
    let run = setup.write_to(&["attest", "add", "--type", REVIEW, "--predicate", &missing], &[]);
    setup.refused(&run, 2, "error[sign/predicate]");
    let file = setup.env.file("review.json");
    for (predicate_type, text) in [
        ("nonsense", "slsaprovenance1"),
        ("custom", "cosign would wrap the file"),
        ("https://sigstore.dev/cosign/sign/v1", "hint: to make a signature, use `dhi sign`"),
    ] {
        let run = setup.write_to(&["attest", "add", "--type", predicate_type, "--file", &file], &[]);
        setup.refused(&run, 2, text);
    }
}

#[test]
fn references_that_cannot_be_signed_are_refused() {
    let setup = SignFixture::new();
    let missing = format!("{}/{REPO}:missing", setup.registry.host());
    setup.refused(&setup.sign(&[&missing]), 3, "error[registry/not-found]");
    setup.refused(
        &setup.attest(&[]),
        2,
        "hint: name one with `--platform OS/ARCH`, or all with `--platform all`",
    );
    setup.refused(&setup.attest(&["--platform", "linux/s390x"]), 3, "error[verify/no-such-platform]");
    setup.refused(&setup.sign(&["--offline"]), 2, "which `--offline` forbids");
    setup.refused(
        &setup.sign(&["--sign-container-identity", "Not A Name"]),
        2,
        "cannot be used as signed name",
    );

    for (path, reply, code, text) in [
        (
            "blobs/uploads/",
            Reply::json(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#),
            5,
            "registry/unauthorized",
        ),
        ("blobs/uploads/", Reply::json(401, ""), 5, "registry/unauthorized"),
        ("blobs/uploads/", Reply::json(405, ""), 6, "registry/"),
    ] {
        let setup = SignFixture::new();
        setup.registry.script(&format!("/v2/{REPO}/{path}"), reply);
        let run = setup.sign(&[]);
        run.assert(code, text);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn layouts_are_signed_offline() {
    for (form, flags) in FORMS {
        let setup = SignFixture::new();
        let source = fixture("bad/no-attestations");
        let layout = setup.env.path("layout");
        copy(&source, &layout);
        let (reference, key) = (format!("oci:{}:latest", layout.display()), setup.env.file("team.key"));
        let dhi = |command: &[&str], more: &[&str]| {
            setup.env.dhi(&[command, &["--offline", "--key", &key, &reference], flags, more].concat())
        };
        let file = setup.env.file("review.json");
        let add = ["attest", "add", "--file", &file, "--type", REVIEW];
        let named = ["--sign-container-identity", "registry.example.com/acme/api"];
        dhi(&add, &[]).assert(2, "hint: name its repository: `--sign-container-identity");
        if form == "simple-signing" {
            dhi(&["sign"], &[]).assert(2, "a layout directory has no repository name to sign");
        }
        assert_eq!(read(layout.join("index.json")), read(source.join("index.json")));
        if form == "bundle" {
            // It only signs, and so needs no name.
            dhi(&["sign"], &[]).assert(0, "stored bundle");
        }
        dhi(&["sign"], &named).assert(0, "stored");
        dhi(&add, &named).assert(0, "stored");
        let public = setup.env.file("team.pub");
        let verified = setup.env.dhi(
            &[
                &["verify", "--offline", "--require-index-signature", "--key", &public, &reference],
                &ATTESTED_ONLY[..],
            ]
            .concat(),
        );
        verified.assert(0, "pass");
    }
    let setup = SignFixture::new();
    setup.refused(&setup.sign(&["archive:no-such-file.tar"]), 2, "is an archive: archives are read-only");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_tag_is_resolved_once() {
    let setup = SignFixture::new();
    setup.registry.clear_log();
    setup.sign(&["--recursive"]).assert(0, "stored");
    assert_eq!(
        setup.registry.count(&format!("/v2/{REPO}/manifests/3.13")),
        1,
        "{:?}",
        setup.registry.lines()
    );
}

#[test]
fn a_partial_failure_reports_what_is_stored() {
    // RSA signs alike each time, so that the digests are known beforehand.
    let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let attest = |setup: &SignFixture| {
        let key = setup.env.write("rsa.pem", pkcs8(rsa.as_der().unwrap().as_ref()));
        let named = ["--sign-container-identity", "registry.example.com/acme/other"];
        let plain = ["--bundle-format=false", "--platform", "all", "--format", "json", "--key", &key];
        setup.attest(&[&named[..], &plain].concat())
    };
    let document = attest(&SignFixture::new()).json();
    let stored = |object: usize, place: usize| {
        document["objects"][object]["stored"][place]["digest"].as_str().unwrap().to_owned()
    };
    let setup = SignFixture::new();
    let refusal = Reply::json(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#);
    setup.registry.script(&format!("/v2/{REPO}/manifests/{}", stored(1, 1)), refusal);
    let half = attest(&setup);
    half.assert(5, "error[registry/unauthorized]");
    assert_eq!(half.stdout, "");
    for digest in [stored(0, 0), stored(0, 1), stored(1, 0)] {
        half.assert(5, &format!("stored already  {digest}"));
    }
}

/// Puts an index around another object, which it promises to have `size`.
fn wrap(setup: &SignFixture, inner: &[u8], size: usize) -> Vec<u8> {
    let index = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": media_type::OCI_INDEX,
        "manifests": [{ "mediaType": media_type::OCI_INDEX, "digest": Digest::of(inner), "size": size }],
    });
    let bytes = index.to_string().into_bytes();
    let digest = setup.registry.put_manifest(REPO, &bytes);
    setup.registry.tag(REPO, "wrapped", &digest);
    bytes
}

#[test]
fn nested_indexes_are_followed_up_to_a_limit() {
    let setup = SignFixture::new();
    let wrapped = format!("{}/{REPO}:wrapped", setup.registry.host());
    let mut index = setup.registry.tagged(REPO, "3.13").unwrap();
    for level in 1..=5 {
        index = wrap(&setup, &index, index.len());
        let (signed, attested) =
            (setup.sign(&["--recursive", &wrapped]), setup.attest(&["--platform", "all", &wrapped]));
        if level <= 4 {
            assert_eq!(signed.stdout.lines().count(), 3 + level, "{}", signed.stderr);
            assert_eq!(attested.stdout.lines().count(), 2, "{}", attested.stderr);
        } else {
            signed.assert(4, "error[limits/exceeded]");
            attested.assert(4, "error[limits/exceeded]");
        }
        // The index alone needs nothing of what is in it.
        setup.sign(&[&wrapped]).assert(0, "stored");
    }
    let index = setup.registry.tagged(REPO, "3.13").unwrap();
    wrap(&setup, &index, index.len() + 1);
    setup.registry.clear_log();
    setup.refused(&setup.sign(&["--recursive", &wrapped]), 4, "error[trust/tampered]");
    setup.refused(&setup.attest(&["--platform", "all", &wrapped]), 4, "error[trust/tampered]");
}

#[test]
fn key_files_are_not_overwritten() {
    let setup = SignFixture::new();
    let (key, public) = (read(setup.env.file("team.key")), read(setup.env.file("team.pub")));
    let generate =
        |more: &[&str]| setup.env.dhi(&[&["keys", "generate", "-o", &setup.env.file("team")], more].concat());
    generate(&[]).assert(2, "error[output/exists]");
    std::fs::remove_file(setup.env.file("team.key")).unwrap();
    generate(&[]).assert(2, "team.pub` exists already");
    assert!(!Path::new(&setup.env.file("team.key")).exists());
    assert_eq!(read(setup.env.file("team.pub")), public);
    generate(&["--force"]).assert(0, "team.key");
    assert_ne!(read(setup.env.file("team.key")), key);
    setup
        .env
        .dhi(&["keys", "generate", "-o", &setup.env.file("no/such/folder/team")])
        .assert(6, "error[output/write]");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, symlink};
        let mode = |name: &str| std::fs::metadata(setup.env.file(name)).unwrap().mode() & 0o777;
        assert_eq!(mode("team.key"), 0o600);
        assert_eq!(mode("team.pub") & 0o600, 0o600);
        // Not through a link either, even one that leads nowhere.
        symlink(setup.env.file("nowhere"), setup.env.file("link.key")).unwrap();
        setup.env.dhi(&["keys", "generate", "-o", &setup.env.file("link")]).assert(2, "error[output/exists]");
    }
    let entries = std::fs::read_dir(setup.env.home()).unwrap();
    let left: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.starts_with(".tmp")), "{left:?}");
}

#[test]
fn sign_output_matches_its_snapshots() {
    let setup = SignFixture::new();
    let show = |name: &str, run: Run| snapshot!(name, steady(&setup, &run));
    show("sign-help", setup.env.dhi(&["sign", "--help"]));
    show("sign-attest-help", setup.env.dhi(&["attest", "add", "--help"]));
    show("sign-generate-help", setup.env.dhi(&["keys", "generate", "--help"]));
    show("sign-image", setup.sign(&[]));
    show("sign-bundle", setup.sign(&["--bundle-format"]));
    show("sign-recursive", setup.sign(&["--recursive"]));
    show("sign-attest", setup.attest(&["--platform", "all"]));
    show("sign-attest-several", setup.attest(&[]));
    show("sign-generate", setup.env.dhi(&["keys", "generate", "-o", &setup.env.file("fresh")]));
    show("sign-generate-again", setup.env.dhi(&["keys", "generate", "-o", &setup.env.file("fresh")]));
    show("sign-public-key", setup.sign(&["--key", &setup.env.file("team.pub")]));
    show("sign-no-program", setup.sign(&["--key", "exec:/no/such/program key-7"]));
    show("sign-no-log", setup.sign(&["--rekor-url", "http://rekor.example.com"]));
    setup.registry.referrers_api(false);
    show("sign-fallback", setup.sign(&[]));
}
