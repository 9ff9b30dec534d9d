//! Registries that refuse access, do not answer, or return changed content.

use std::process::Command;

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::PeerEnv;
use crate::verify::{ATTESTED_ONLY, Verdict, command, verify, verify_attested};

/// `ada` with the password `correct horse`, bcrypt of cost 4.
pub(crate) const USERS: &str = "ada:$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";
/// Base64 of `ada:correct horse`.
pub(crate) const RIGHT: &str = "YWRhOmNvcnJlY3QgaG9yc2U=";
/// Base64 of `ada:wrong horse`.
const WRONG: &str = "YWRhOndyb25nIGhvcnNl";

fn logged_in(mut command: Command, env: &PeerEnv, host: &str, login: &str) -> Verdict {
    let config = format!(r#"{{"auths":{{"{host}":{{"auth":"{login}"}}}}}}"#);
    let file = env.write("login/config.json", &config);
    command.env("DOCKER_CONFIG", file.parent().unwrap());
    Verdict::of(command)
}

#[test]
fn a_login_is_demanded() {
    let Some(env) = PeerEnv::with(&["docker-registry", "registry3", "regctl", "cosign2", "cosign3"]) else {
        return;
    };
    for (kind, form) in [(Kind::Distribution2, Form::SimpleSigning), (Kind::Distribution3, Form::Bundle)] {
        let key = Key::generate(&env, kind.program());
        let open = Registry::start(&env, kind);
        let repository = format!("{}/dhi/python", open.host);
        let image = Image::pushed(&env, Recipe::SMALL, &repository);
        form.sign_image(&env, &key, &repository, &image);

        let closed = Registry::with_login(&env, kind, USERS);
        let repository = format!("{}/dhi/python", closed.host);
        let arguments = [&ATTESTED_ONLY[..], &["--key", key.public(), &repository]].concat();
        let anonymous = verify(&env, &arguments);
        anonymous.ends(5, &["registry/unauthorized"]);
        let hint = anonymous.image()["error"]["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("docker login"), "{anonymous}");

        logged_in(command(&env, &arguments), &env, &closed.host, WRONG).ends(5, &["registry/unauthorized"]);
        // A login for one registry is not shown to another.
        logged_in(command(&env, &arguments), &env, &open.host, RIGHT).ends(5, &["registry/unauthorized"]);
        logged_in(command(&env, &arguments), &env, &closed.host, RIGHT).passes(1, form);
    }
}

#[test]
fn cached_images_verify_offline() {
    let Some(env) = PeerEnv::with(&["docker-registry", "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, Kind::Distribution2);
    let key = Key::generate(&env, "team");
    let repository = format!("{}/dhi/python", registry.host);
    let image = Image::pushed(&env, Recipe::WHOLE, &repository);
    Form::SimpleSigning.sign_image(&env, &key, &repository, &image);

    let cache = env.path("cache");
    let cached = ["--key", key.public(), "--cache-dir", cache.to_str().unwrap()];
    let offline = [&cached[..], &["--offline", &repository]].concat();
    verify(&env, &offline).ends(6, &["registry/offline"]);
    verify(&env, &[&cached[..], &[&repository]].concat()).passes(6, Form::SimpleSigning);
    drop(registry);
    verify(&env, &offline).passes(6, Form::SimpleSigning);
    verify(&env, &["--key", key.public(), &repository]).ends(6, &["registry/unreachable"]);
}

#[test]
fn changed_bytes_are_detected() {
    let Some(env) = PeerEnv::with(&["docker-registry", "regctl", "cosign2", "cosign3"]) else { return };
    let kind = Kind::Distribution2;
    let key = Key::generate(&env, "team");
    let registry = Registry::start(&env, kind);
    let repository = format!("{}/dhi/python", registry.host);
    let image = Image::pushed(&env, Recipe::SMALL, &repository);
    Form::SimpleSigning.sign_image(&env, &key, &repository, &image);
    let arguments = ["--key", key.public(), &repository];
    verify_attested(&env, &arguments).passes(1, Form::SimpleSigning);

    // Each with a word in it whose first letter is changed, so that it stays JSON: the registry itself chokes on
    // manifests that are not.
    for (what, digest, word) in [
        ("index", &image.digest, "python"),
        ("platform manifest", &image.platforms[0], "python"),
        ("attestation manifest", &image.attestations[0].digest, "predicate-type"),
        ("statement", &image.attestations[0].statement, "python"),
    ] {
        let file = Registry::blob_file(&env, kind, digest);
        let good = std::fs::read(&file).unwrap();
        let at = good.windows(word.len()).position(|window| window == word.as_bytes());
        let mut bad = good.clone();
        bad[at.unwrap_or_else(|| panic!("there is no `{word}` in the {what}"))] = b'x';
        std::fs::write(&file, bad).unwrap();
        verify_attested(&env, &arguments).ends(4, &["trust/tampered"]);
        std::fs::write(&file, good).unwrap();
    }
    verify_attested(&env, &arguments).passes(1, Form::SimpleSigning);
}
