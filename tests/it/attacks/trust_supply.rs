//! Fetched data selects among the trusted keys and never adds one.

use serde_json::json;

use super::OTHER;
use super::measure::{MIB, Measured};
use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, TestEnv};
use crate::support::keyring::KeyringFixture;
use crate::support::registry::{Body, InMemoryRegistry, Reply};
use crate::support::test_sigstore::key::{Key, base64, hex};
use crate::support::tls::{CertificateAuthority, TlsProxy};

#[test]
fn verification_material_in_a_bundle_never_adds_a_key() {
    use base64::Engine;
    let pem = crate::support::env::read(KEY);
    let spki: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let hint = base64::engine::general_purpose::STANDARD.encode("x");
    for (material, is_of_keys) in [
        (json!({ "publicKey": { "hint": hint, "rawBytes": spki } }), true),
        (json!({ "publicKey": { "hint": pem } }), true),
        // What is no key's material is nothing that a key is asked for.
        (json!({ "certificate": { "rawBytes": spki } }), false),
        (json!({ "certificate": { "rawBytes": hint } }), false),
        (json!({ "x509CertificateChain": { "certificates": [{ "rawBytes": spki }] } }), false),
        (json!({ "publicKey": { "hint": hint }, "certificate": { "rawBytes": spki } }), false),
        (json!({}), false),
    ] {
        let mut tampered = TamperedImage::of("bundles");
        let bundles: Vec<String> = tampered.bundles();
        assert!(bundles.len() >= 5);
        for bundle in bundles {
            tampered.edit(&bundle, |bundle| bundle["verificationMaterial"] = material.clone());
        }
        let directory = tampered.write();
        let reference = format!("oci:{}:1", directory.path().display());
        let env = TestEnv::new();
        if is_of_keys {
            env.dhi(&["verify", "--key", OTHER, &reference]).assert(4, "trust/wrong-key");
            let verify =
                |keys: &[&str]| env.dhi(&[&["verify"], &ATTESTED_ONLY[..], keys, &[&reference]].concat());
            verify(&["--key", OTHER, "--attestor-key", KEY]).assert(3, "attest/none");
            verify(&["--key", KEY]).assert(0, "pass");
        } else {
            env.dhi(&["verify", "--key", OTHER, &reference]).assert(4, "attest/unreadable");
            env.dhi(&["verify", "--key", KEY, &reference]).assert(4, "attest/unreadable");
        }
    }
}

fn keyring(env: &TestEnv, entry: &str) -> String {
    let pem = serde_json::to_string(&crate::support::env::read(KEY)).unwrap();
    let path = env.path("ring.json");
    std::fs::write(&path, format!(r#"{{"schemaVersion":1,"keys":[{{"id":"k","pem":{pem},{entry}}}]}}"#))
        .unwrap();
    path.display().to_string()
}

/// The log proves that everything was signed on 2026-09-15.
#[test]
fn a_key_window_is_judged_at_the_log_or_effective_time() {
    let env = TestEnv::new();
    let verify = |entry: &str, more: &[&str]| {
        let ring = keyring(&env, entry);
        let reference = format!("oci:fixtures/{GOOD}:latest");
        let run = env.dhi(
            &[
                &["verify", "--format", "json", "--keyring", &ring, "--trusted-root", ROOT],
                more,
                &[&reference],
            ]
            .concat(),
        );
        (run.code, run.ids().join(" "))
    };
    let (good, outside) = ((0, String::new()), (4, "trust/key-outside-window".to_owned()));
    let at = |time| ["--effective-time", time];
    let skip = |time| ["--skip-tlog", "--effective-time", time];
    let ended = r#""state":"active","notAfter":"2026-09-01T00:00:00Z""#;
    assert_eq!(
        verify(ended, &at("2026-08-01T00:00:00Z")),
        outside,
        "the log's time counts, not the effective one"
    );
    assert_eq!(verify(ended, &skip("2026-08-01T00:00:00Z")), good);
    assert_eq!(
        verify(ended, &skip("2026-09-02T00:00:00Z")),
        outside,
        "without the log the window still counts"
    );
    assert_eq!(verify(ended, &["--skip-tlog"]), outside);
    let then = r#""state":"active","notBefore":"2026-09-10T00:00:00Z","notAfter":"2026-09-20T00:00:00Z""#;
    assert_eq!(verify(then, &[]), good, "signed in time");
    assert_eq!(verify(then, &at("2031-01-01T00:00:00Z")), good);
    assert_eq!(verify(then, &skip("2031-01-01T00:00:00Z")), outside);
    assert_eq!(verify(then, &skip("2026-09-01T00:00:00Z")), outside);
    let inactive =
        r#""state":"inactive","notBefore":"2026-09-10T00:00:00Z","notAfter":"2026-09-20T00:00:00Z""#;
    assert_eq!(verify(inactive, &[]), outside);
    assert_eq!(verify(inactive, &skip("2026-09-15T00:00:00Z")), outside);
}

#[test]
fn an_attestor_key_never_proves_the_image() {
    let env = TestEnv::new();
    let reference = format!("oci:fixtures/{GOOD}:latest");
    let verify = |more: &[&str]| {
        env.dhi(&[&["verify", "--trusted-root", ROOT, "--attestor-key", KEY], more, &[&reference]].concat())
    };
    for keys in [&[][..], &["--key", OTHER]] {
        verify(&[keys, &ATTESTED_ONLY].concat()).assert(3, "attest/none");
        assert_ne!(verify(keys).code, 0);
        verify(&[keys, &["--predicate-type", SPDX]].concat()).assert(3, "attest/predicate-missing");
        // Nor for the index.
        verify(&[keys, &["--require-index-signature"]].concat()).assert(4, "trust/wrong-key");
    }
}

#[test]
fn an_expired_key_is_reported_with_its_window() {
    let env = TestEnv::new();
    let ring = keyring(&env, r#""state":"active","notAfter":"2026-09-01T00:00:00Z""#);
    let reference = format!("oci:fixtures/{GOOD}:latest");
    let run = env.dhi(&["verify", "--keyring", &ring, "--trusted-root", ROOT, &reference]);
    run.assert(4, "error[trust/key-outside-window]");
    run.assert(4, "2026-09-01");
    // A key that is no longer active counts at no time.
    let ring = keyring(&env, r#""state":"inactive""#);
    let run = env.dhi(&["verify", "--keyring", &ring, "--trusted-root", ROOT, &reference]);
    run.assert(4, "error[trust/key-outside-window]");
    run.assert(4, "inactive");
}

#[test]
fn only_embedded_keys_count_as_dockers() {
    // Nothing that an image brings along is asked for when no key is given.
    for layout in [GOOD, "bundles", "bad/wrong-key"] {
        for policy in [&[][..], &ATTESTED_ONLY] {
            let reference = format!("oci:fixtures/{layout}");
            let run = TestEnv::new().dhi(&[&["verify", "--trusted-root", ROOT, &reference], policy].concat());
            assert!([3, 4].contains(&run.code), "{layout}: {}", run.stdout);
            assert!(!run.stdout.contains("Hardened Image"), "{}", run.stdout);
        }
    }
    let keys = TestEnv::new().dhi(&["keys", "list"]);
    keys.assert(0, "dhi-2");
    keys.assert(0, "inactive");
}

/// `--key URL` takes what the host of the URL says, as a file that somebody else keeps: with TLS, from that host and no
/// other, of the size of a key.
#[test]
fn a_key_from_a_url_needs_tls_and_its_own_host() {
    let (server, elsewhere, env) = (InMemoryRegistry::start(), InMemoryRegistry::start(), TestEnv::new());
    let authority = CertificateAuthority::new();
    let tls = TlsProxy::start(&server, &authority, None, false);
    let ca = env.path("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    let reference = format!("oci:fixtures/{GOOD}:latest");
    let verify = |url: &str, trusted: bool| {
        let arguments = ["verify", "--key", url, "--trusted-root", ROOT, &reference];
        let mut command = env.command(&arguments);
        if trusted {
            command.env("SSL_CERT_FILE", &ca);
        }
        Measured::of(&command)
    };
    let url = format!("https://{}/key.pub", tls.host());
    let pem = crate::support::env::read(KEY);
    server.script("/key.pub", Reply::new(200, pem.clone()));
    verify(&url, true).run.assert(0, "pass");
    verify(&url, false).run.assert(6, "cannot be fetched");
    verify(&url.replace("https", "http"), true).run.assert(2, "is not https");
    // Another key than yesterday is another key.
    server.script("/key.pub", Reply::new(200, crate::support::env::read(OTHER)));
    verify(&url, true).run.assert(4, "trust/wrong-key");
    elsewhere.script("/key.pub", Reply::new(200, pem.clone()));
    for (reply, code) in [
        (Reply::redirect(&elsewhere.url("/key.pub")), 6),
        (Reply::redirect(&format!("https://{}/other.pub", tls.host())), 6),
        (Reply::new(302, pem.clone()), 6),
        (Reply::html(), 2),
        (Reply::new(404, ""), 6),
        (Reply::new(200, ""), 2),
        (Reply::new(200, "").body(Body::Endless), 4),
        (Reply::new(200, "").body(Body::Lying(1 << 62, b"x".to_vec())), 6),
    ] {
        server.script("/key.pub", reply.clone());
        let measured = verify(&url, true);
        measured.within(2 * MIB, std::time::Duration::from_secs(10));
        assert_eq!(measured.run.code, code, "{reply:?}: {}", measured.run.stderr);
    }
    assert!(elsewhere.log().is_empty());
}

fn update(fixture: &KeyringFixture, more: &[&str]) -> Measured {
    Measured::of(&fixture.update_key_command(more))
}

#[test]
fn a_key_replaced_at_its_host_changes_no_keyring() {
    let fixture = KeyringFixture::new();
    let (docker, next, attacker) = (Key::p256(), Key::p256(), Key::p256());
    fixture.publish_key("latest.pub", Reply::new(200, docker.pem()));
    update(&fixture, &["--pin", &format!("sha256:{}", hex(&docker.id()))]).run.assert(0, "added");
    let ring = fixture.keyring();
    assert!(ring.is_some());
    fixture.publish_key("latest.pub", Reply::new(200, attacker.pem()));
    let spki = attacker.spki();
    for signature in [
        None,
        Some(attacker.sign(&spki)),
        Some(next.sign(&spki)),
        Some(docker.sign(&next.spki())),
        Some(docker.sign(attacker.pem().as_bytes())),
        Some(Vec::new()),
        Some(vec![0; 72]),
    ] {
        match &signature {
            None => fixture.server.unscript("/keyring/latest.pub.sig"),
            Some(bytes) => fixture.publish_key("latest.pub.sig", Reply::new(200, base64(bytes))),
        }
        let run = update(&fixture, &[]).run;
        run.assert(4, "error[trust/key-not-vouched]");
        run.assert(4, &hex(&attacker.id()));
        assert_eq!(fixture.keyring(), ring);
    }
    // Nor by what is no key, no signature, or elsewhere.
    let elsewhere = InMemoryRegistry::start();
    elsewhere.script("/keyring/latest.pub.sig", Reply::new(200, base64(&docker.sign(&spki))));
    let there = elsewhere.url("/keyring/latest.pub.sig");
    for (name, reply) in [
        ("latest.pub.sig", Reply::redirect(&there)),
        ("latest.pub.sig", Reply::html()),
        ("latest.pub.sig", Reply::new(500, "")),
        ("latest.pub.sig", Reply::new(200, "").body(Body::Endless)),
        ("latest.pub", Reply::redirect(&there)),
        ("latest.pub", Reply::html()),
        ("latest.pub", Reply::new(404, "")),
        ("latest.pub", Reply::new(200, format!("{}{}", docker.pem(), attacker.pem()))),
        ("latest.pub", Reply::new(200, "").body(Body::Endless)),
    ] {
        fixture.publish_key(name, reply.clone());
        let measured = update(&fixture, &[]);
        measured.within(2 * MIB, std::time::Duration::from_secs(10));
        assert!([2, 4, 6].contains(&measured.run.code), "{reply:?}: {}", measured.run.stdout);
        assert_eq!(fixture.keyring(), ring);
    }
    assert!(elsewhere.log().is_empty());
    // Docker's own next key is endorsed by the previous one.
    fixture.publish_key("latest.pub", Reply::new(200, next.pem()));
    fixture.publish_key("latest.pub.sig", Reply::new(200, base64(&docker.sign(&next.spki()))));
    update(&fixture, &[]).run.assert(0, "signed by dhi-");
    assert_ne!(fixture.keyring(), ring);
}

/// A URL is asked each time, so what it says is trust on first use each time: it stays a key of somebody, which no
/// later run remembers. Only `dhi keys update` adds a DHI key.
#[test]
fn a_key_from_a_url_never_becomes_a_dhi_key() {
    let fixture = KeyringFixture::new();
    fixture.publish_key("latest.pub", Reply::new(200, crate::support::env::read(KEY)));
    let url = format!("https://{}/keyring/latest.pub", fixture.tls.host());
    let reference = format!("oci:fixtures/{GOOD}:latest");
    let verify = |more: &[&str]| {
        let all = [&["verify", "--trusted-root", ROOT, &reference], more].concat();
        let mut command = fixture.env.command(&all);
        crate::support::env::run(command.env("SSL_CERT_FILE", fixture.env.path("ca.pem")))
    };
    let run = verify(&["--key", &url]);
    run.assert(0, "is authenticated only by TLS");
    assert!(!run.stdout.contains("Docker Hardened Image"), "{}", run.stdout);
    assert_eq!(fixture.keyring(), None);
    let asked = fixture.server.log().len();
    verify(&[]).assert(4, "trust/wrong-key");
    assert_eq!(fixture.server.log().len(), asked, "keys are not fetched unless a flag says so");
}
