//! Signatures and attestations by `dhi`, verified by the real cosigns and listed by regctl. Keys of either tool work in
//! the other.

use std::process::Command;

use serde_json::Value;

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, SIGNERS, both, succeed};
use crate::support::rekor::{RekorBehavior, RekorServer};
use crate::support::test_sigstore::Sigstore;
use crate::verify::verify_attested;

const REVIEW: &str = "https://example.org/review/v1";
const PREDICATE: &str = r#"{"approved":true}"#;
/// Two platforms, and nothing is attested of them.
const BARE: Recipe = Recipe { architectures: &["amd64", "arm64"], predicates: &[], ..Recipe::SMALL };

fn flags(form: Form) -> &'static [&'static str] {
    match form {
        Form::SimpleSigning => &["--bundle-format=false"],
        Form::Bundle => &["--bundle-format"],
    }
}

/// `dhi sign`, which must succeed.
fn sign(env: &PeerEnv, form: Form, key: &str, more: &[&str], reference: &str) -> Value {
    let arguments = ["sign", "--plain-http", "127.0.0.1", "--format", "json", "--key", key];
    let printed = succeed(&mut env.dhi(&[&arguments[..], flags(form), more, &[reference]].concat()));
    serde_json::from_str(&printed).unwrap()
}

/// `dhi attest add`, which is to succeed.
fn attest(env: &PeerEnv, form: Form, key: &str, more: &[&str], reference: &str) -> Command {
    // Once: several may be reading it already.
    let predicate = env.path("review.json");
    if !predicate.exists() {
        env.write("review.json", PREDICATE);
    }
    let arguments = ["attest", "add", "--plain-http", "127.0.0.1", "--format", "json", "--key", key];
    let mut command = env.dhi(&[&arguments[..], flags(form), more].concat());
    command.arg("--predicate").arg(predicate).arg(reference);
    command
}

/// Makes a key as a user does.
fn generate(env: &PeerEnv, name: &str) -> Key {
    succeed(&mut env.dhi(&["keys", "generate", "--output-key-prefix", env.path(name).to_str().unwrap()]));
    Key::of(env, name)
}

/// All ways in which the cosigns find simple signing in referrers, and the one in which they find bundles.
fn cosigns(env: &PeerEnv, form: Form) -> Vec<Command> {
    let mut commands = Vec::new();
    match form {
        Form::SimpleSigning => {
            for (peer, experimental) in [("cosign2", false), ("cosign2", true), ("cosign3", false)] {
                let mut command = env.peer(peer);
                command.args(["verify", "--experimental-oci11"]);
                if experimental {
                    command.env("COSIGN_EXPERIMENTAL", "1");
                }
                if peer == "cosign3" {
                    command.arg("--new-bundle-format=false");
                }
                commands.push(command);
            }
        }
        Form::Bundle => {
            let mut command = env.peer("cosign3");
            command.arg("verify");
            commands.push(command);
        }
    }
    for command in &mut commands {
        command.arg("--allow-http-registry");
    }
    commands
}

/// Whether every cosign that reads this form verifies `reference`.
fn cosigns_verify(env: &PeerEnv, form: Form, key: &Key, reference: &str) {
    for mut command in cosigns(env, form) {
        let output =
            command.args(["--insecure-ignore-tlog=true", "--key", key.public(), reference]).output().unwrap();
        assert!(output.status.success(), "{command:?}\n{}", both(&output));
    }
}

/// Digests that regctl lists as referrers.
fn listed(env: &PeerEnv, reference: &str) -> Vec<String> {
    let printed = env.regctl(&["artifact", "list", reference, "--format", "{{jsonPretty .}}"]);
    let list: Value = serde_json::from_str(&printed).unwrap();
    let descriptors = list["descriptors"].as_array().cloned().unwrap_or_default();
    descriptors.iter().map(|one| one["digest"].as_str().unwrap().to_owned()).collect()
}

fn signs_in(kind: Kind) {
    let Some(env) = PeerEnv::with(&[kind.program(), "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, kind);
    let key = generate(&env, "team");
    let private = key.private.to_str().unwrap();
    for form in Form::BOTH {
        let repository = format!("{}/{}/api", registry.host, form.word());
        let tagged = format!("{repository}:1.0");
        let image = Image::pushed(&env, BARE, &tagged);
        let signed = sign(&env, form, private, &[], &tagged);
        assert_eq!(signed["objects"][0]["digest"], image.digest);
        let by_digest = format!("{repository}@{}", image.digest);
        cosigns_verify(&env, form, &key, &by_digest);
        assert_eq!(listed(&env, &by_digest), [signed["objects"][0]["stored"][0]["digest"].as_str().unwrap()]);

        let all = ["--platform", "all", "--type", REVIEW];
        let attested = succeed(&mut attest(&env, form, private, &all, &tagged));
        let attested: Value = serde_json::from_str(&attested).unwrap();
        for (platform, object) in image.platforms.iter().zip(attested["objects"].as_array().unwrap()) {
            assert_eq!(object["digest"], *platform);
            let attestation =
                object["stored"].as_array().unwrap().last().unwrap()["digest"].as_str().unwrap();
            let subject = format!("{repository}@{platform}");
            assert_eq!(listed(&env, &subject), [attestation]);
            match form {
                // What Docker documents for its own attestations.
                Form::SimpleSigning => {
                    cosigns_verify(&env, form, &key, &format!("{repository}@{attestation}"));
                    let statement = env.regctl(&["artifact", "get", &format!("{repository}@{attestation}")]);
                    let statement: Value = serde_json::from_str(&statement).unwrap();
                    assert_eq!(statement["predicateType"], REVIEW);
                    assert_eq!(statement["predicate"].to_string(), PREDICATE);
                }
                Form::Bundle => {
                    let mut cosign = env.peer("cosign3");
                    cosign.args([
                        "verify-attestation",
                        "--allow-http-registry",
                        "--insecure-ignore-tlog=true",
                    ]);
                    succeed(cosign.args(["--type", REVIEW, "--key", key.public(), &subject]));
                }
            }
        }
        verify_attested(&env, &["--key", key.public(), "--require-index-signature", &tagged]).passes(2, form);
        // The same with another key of the same kind.
        let unknown = generate(&env, &format!("unknown-{}", form.word()));
        for mut command in cosigns(&env, form) {
            let command =
                command.args(["--insecure-ignore-tlog=true", "--key", unknown.public(), &by_digest]);
            assert!(!command.output().unwrap().status.success());
        }
    }
}

#[test]
fn in_go_containerregistry() {
    signs_in(Kind::Ggcr);
}

#[test]
fn in_ociregistry() {
    signs_in(Kind::OciRegistry);
}

#[test]
fn in_distribution_2() {
    signs_in(Kind::Distribution2);
}

#[test]
fn in_distribution_3() {
    signs_in(Kind::Distribution3);
}

#[test]
fn every_entry_is_signed_recursively() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = generate(&env, "team");
    for form in Form::BOTH {
        let repository = format!("{}/{}/api", registry.host, form.word());
        let image = Image::pushed(&env, BARE, &format!("{repository}:1.0"));
        sign(&env, form, key.private.to_str().unwrap(), &["--recursive"], &format!("{repository}:1.0"));
        for digest in image.platforms.iter().chain([&image.digest]) {
            cosigns_verify(&env, form, &key, &format!("{repository}@{digest}"));
        }
    }
}

#[test]
fn concurrent_attestations_are_all_stored() {
    let Some(env) = PeerEnv::with(&["docker-registry", "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, Kind::Distribution2);
    let key = generate(&env, "team");
    let one_platform = Recipe { architectures: &["amd64"], ..BARE };
    for form in Form::BOTH {
        let tagged = format!("{}/{}/api:1.0", registry.host, form.word());
        let image = Image::pushed(&env, one_platform, &tagged);
        let types: Vec<String> =
            (1..=8).map(|number| format!("https://example.org/review/v{number}")).collect();
        let children: Vec<_> = types
            .iter()
            .map(|uri| {
                let key = key.private.to_str().unwrap();
                let mut command = attest(&env, form, key, &["--predicate-type", uri], &tagged);
                command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", both(&output));
        }
        let subject = format!("{}/{}/api@{}", registry.host, form.word(), image.platforms[0]);
        assert_eq!(listed(&env, &subject).len(), 8);
        let verdict = verify_attested(&env, &["--key", key.public(), &tagged]);
        verdict.attestations_are(8, form);
        let found = verdict.verified(|one| one["predicateType"].as_str().unwrap().to_owned());
        assert_eq!(found.keys().collect::<Vec<_>>(), types.iter().collect::<Vec<_>>());
    }
}

#[test]
fn keys_of_dhi_sign_with_cosign() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::OciRegistry);
    for password in ["", "pass word"] {
        let name = format!("key-{}", password.len());
        succeed(env.dhi(&["keys", "generate", "-o", &name]).env("COSIGN_PASSWORD", password));
        let key = Key::of(&env, &name);
        for (form, peer) in [(Form::SimpleSigning, "cosign2"), (Form::Bundle, "cosign3")] {
            let mut public = env.peer(peer);
            public.args(["public-key", "--key"]).arg(&key.private).env("COSIGN_PASSWORD", password);
            assert_eq!(succeed(&mut public), std::fs::read_to_string(key.public()).unwrap());
            let repository = format!("{}/{name}/{}", registry.host, form.word());
            let image = Image::pushed(&env, BARE, &format!("{repository}:1.0"));
            let reference = format!("{repository}@{}", image.digest);
            succeed(form.command(&env, &key).env("COSIGN_PASSWORD", password).arg(&reference));
            assert!(form.verifies(&env, &key, "sha256", &reference));
        }
    }
}

#[test]
fn keys_of_cosign_sign_with_dhi() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3", "openssl"]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let import = |name: &str, options: &[&str]| Key::import(&env, name, options);
    env.run("cosign2", ["generate-key-pair", "--output-key-prefix", "of-cosign2"]);
    for (algorithm, key) in [
        ("ecdsa-p256", Key::of(&env, "of-cosign2")),
        ("ecdsa-p256", Key::generate(&env, "of-cosign3")),
        ("ecdsa-p256", import("p256", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])),
        ("ecdsa-p384", import("p384", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"])),
        ("rsa", import("rsa2048", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])),
        ("rsa", import("rsa3072", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"])),
        ("ed25519", import("ed25519", &["-algorithm", "ED25519"])),
    ] {
        let name = key.public.file_stem().unwrap().to_str().unwrap();
        let digest_algorithm = match algorithm {
            "ecdsa-p384" => "sha384",
            "ed25519" => "sha512",
            _ => "sha256",
        };
        let mut files = vec![key.private.to_str().unwrap().to_owned()];
        // What openssl made, as it is.
        let plain = env.path(&format!("{name}.pem"));
        files.extend(plain.exists().then(|| plain.to_str().unwrap().to_owned()));
        for (number, file) in files.iter().enumerate() {
            for form in Form::BOTH {
                let repository = format!("{}/{name}/{number}/{}", registry.host, form.word());
                let image = Image::pushed(&env, BARE, &format!("{repository}:1.0"));
                let reference = format!("{repository}@{}", image.digest);
                let signed = sign(&env, form, file, &[], &reference);
                assert_eq!(signed["key"]["algorithm"], algorithm);
                assert!(form.verifies(&env, &key, digest_algorithm, &reference), "{name} {form:?}");
                let all = ["--platform", "all", "--type", REVIEW];
                succeed(&mut attest(&env, form, file, &all, &reference));
                let arguments = ["--key", key.public(), "--require-index-signature", &reference];
                verify_attested(&env, &arguments).passes(2, form);
            }
        }
    }
}

#[test]
fn a_program_signs_with_openssl() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3", "openssl"]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    for (name, options, hash) in [
        ("p256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "sha256"),
        ("p384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "sha384"),
        ("rsa", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "sha256"),
    ] {
        let key = Key::import(&env, name, &options);
        // The one in docs/signing.md.
        let script = env.write(
            &format!("sign-{name}"),
            &format!(
                "case $2 in\npublic-key) exec openssl pkey -in $1 -pubout ;;\n\
                 sign) exec openssl pkeyutl -sign -inkey $1 -pkeyopt digest:{hash} ;;\nesac\n"
            ),
        );
        let program = format!("exec:sh {} {name}.pem", script.display());
        for form in Form::BOTH {
            let repository = format!("{}/{name}/{}", registry.host, form.word());
            let image = Image::pushed(&env, BARE, &format!("{repository}:1.0"));
            let reference = format!("{repository}@{}", image.digest);
            sign(&env, form, &program, &[], &reference);
            assert!(form.verifies(&env, &key, hash, &reference), "{name} {form:?}");
        }
    }
}

#[test]
fn short_names_of_predicate_types_match_cosign() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = generate(&env, "team");
    let one_platform = Recipe { architectures: &["amd64"], ..BARE };
    let types = |short: &str, by: &dyn Fn(&str)| {
        let repository = format!("{}/{short}", registry.host);
        let image = Image::pushed(&env, one_platform, &format!("{repository}:1.0"));
        let subject = format!("{repository}@{}", image.platforms[0]);
        by(&subject);
        let printed = env.regctl(&["artifact", "list", &subject, "--format", "{{jsonPretty .}}"]);
        let list: Value = serde_json::from_str(&printed).unwrap();
        let annotation = "dev.sigstore.bundle.predicateType";
        let descriptors = list["descriptors"].as_array().unwrap().clone();
        descriptors.iter().map(|one| one["annotations"][annotation].clone()).collect::<Vec<_>>()
    };
    let predicates = ["slsaprovenance", "slsaprovenance02", "slsaprovenance1", "spdxjson"];
    for short in predicates.into_iter().chain(["cyclonedx", "vuln", "openvex"]) {
        let ours = types(&format!("ours/{short}"), &|subject| {
            let key = key.private.to_str().unwrap();
            succeed(&mut attest(&env, Form::Bundle, key, &["--type", short], subject));
        });
        let theirs = types(&format!("theirs/{short}"), &|subject| {
            crate::cosign::attest_as(&env, &key, short, subject);
        });
        assert_eq!(ours[0], theirs[0], "{short}");
    }
}

/// Which cosign reads what `attest add` writes: the table in docs/signing.md.
#[test]
fn the_default_form_of_attest_add_is_found_by_cosign() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let (key, unknown) = (generate(&env, "team"), generate(&env, "unknown"));
    let file = env.write("predicate.json", PREDICATE);
    let one_platform = Recipe { architectures: &["amd64"], ..BARE };
    for (name, flags, form) in [
        ("default", &[][..], Form::Bundle),
        ("bundle", &["--bundle-format"], Form::Bundle),
        ("plain", &["--bundle-format=false"], Form::SimpleSigning),
    ] {
        let tagged = format!("{}/{name}/api:1.0", registry.host);
        let image = Image::pushed(&env, one_platform, &tagged);
        let mut add = env.dhi(&["attest", "add", "--plain-http", "127.0.0.1", "--type", REVIEW, "--key"]);
        succeed(add.arg(&key.private).args(flags).arg("--file").arg(&file).arg(&tagged));
        let subject = format!("{}/{name}/api@{}", registry.host, image.platforms[0]);
        assert_eq!(listed(&env, &subject).len(), 1, "{name}");
        // cosign 2 wants a trusted root for bundles, and else fetches one.
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/trusted_root.json");
        let of_cosign2 = ["--new-bundle-format", "--trusted-root", root];
        for (peer, more) in [("cosign3", &[][..]), ("cosign2", &of_cosign2)] {
            for (key, is_ours) in [(&key, true), (&unknown, false)] {
                let mut cosign = env.peer(peer);
                cosign.args(["verify-attestation", "--allow-http-registry", "--insecure-ignore-tlog=true"]);
                let output = cosign
                    .args(more)
                    .args(["--type", REVIEW, "--key", key.public(), &subject])
                    .output()
                    .unwrap();
                let is_found = form == Form::Bundle && is_ours;
                assert_eq!(output.status.success(), is_found, "{name} {peer}: {}", both(&output));
            }
        }
        verify_attested(&env, &["--key", key.public(), &tagged]).attestations_are(1, form);
    }
}

#[test]
fn cosign_verifies_the_log_entries() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let (key, sigstore) = (generate(&env, "team"), Sigstore::new());
    let log = RekorServer::start(&sigstore.rekor, RekorBehavior::Honest);
    let root = env.write("root.json", &sigstore.trusted_root().json());
    let log_key = env.write("rekor.pub", &sigstore.rekor.key.pem());
    for form in Form::BOTH {
        let repository = format!("{}/{}/api", registry.host, form.word());
        let image = Image::pushed(&env, BARE, &format!("{repository}:1.0"));
        let reference = format!("{repository}@{}", image.digest);
        let private = key.private.to_str().unwrap();
        sign(&env, form, private, &["--rekor-url", &log.url()], &reference);
        for mut command in cosigns(&env, form) {
            command
                .args(["--offline=true", "--key", key.public()])
                .env("SIGSTORE_REKOR_PUBLIC_KEY", &log_key);
            if form == Form::Bundle {
                command.arg("--trusted-root").arg(&root);
            }
            let output = command.arg(&reference).output().unwrap();
            assert!(output.status.success(), "{command:?}\n{}", both(&output));
        }
        let arguments = ["--key", key.public(), "--trusted-root", root.to_str().unwrap(), "--require-tlog"];
        let all = ["--platform", "all", "--type", REVIEW, "--rekor-url", &log.url()];
        succeed(&mut attest(&env, form, private, &all, &reference));
        verify_attested(&env, &[&arguments[..], &["--require-index-signature", &reference]].concat())
            .passes(2, form);
    }
}

#[test]
fn a_layout_is_signed_offline_and_copied() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = generate(&env, "team");
    let private = key.private.to_str().unwrap();
    for form in Form::BOTH {
        let source = format!("{}/source/{}:1.0", registry.host, form.word());
        let image = Image::pushed(&env, BARE, &source);
        let layout = env.path(&format!("layout-{}", form.word()));
        env.copy(&source, &format!("ocidir://{}:1.0", layout.display()));
        let local = format!("oci:{}:1.0", layout.display());
        let named = ["--offline", "--sign-container-identity", "registry.example.com/team/api"];
        sign(&env, form, private, &named, &local);
        let all = [&named[..], &["--platform", "all", "--type", REVIEW]].concat();
        succeed(&mut attest(&env, form, private, &all, &local));
        let repository = format!("{}/copied/{}", registry.host, form.word());
        env.copy(&format!("ocidir://{}:1.0", layout.display()), &format!("{repository}:1.0"));
        cosigns_verify(&env, form, &key, &format!("{repository}@{}", image.digest));
        let arguments = ["--key", key.public(), "--require-index-signature"];
        verify_attested(&env, &[&arguments[..], &[&format!("{repository}:1.0")]].concat()).passes(2, form);
    }
}
