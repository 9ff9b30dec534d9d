//! Images that must not pass, made by the real tools, each with its exit code and error code.

use serde_json::json;

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe, SLSA, SPDX};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, SIGNERS, succeed};
use crate::verify::verify_attested;

/// What lacks, in a registry of this kind: only a real "not there" may be read as none.
fn nothing_there(kind: Kind) {
    let Some(env) = PeerEnv::with(&[kind.program(), "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, kind);
    let key = Key::generate(&env, "team");
    let fails = |reference: &str, id: &str| {
        verify_attested(&env, &["--key", key.public(), &format!("{}/{reference}", registry.host)])
            .ends(3, &[id]);
    };

    Image::pushed(&env, Recipe { predicates: &[], ..Recipe::SMALL }, &format!("{}/bare:1", registry.host));
    fails("bare:1", "attest/none");
    fails("bare:2", "registry/not-found");
    fails("nobody/nothing:1", "registry/not-found");
    fails(&format!("bare@sha256:{}", "0".repeat(64)), "registry/not-found");

    let repository = format!("{}/unsigned", registry.host);
    let image = Image::pushed(&env, Recipe::SMALL, &format!("{repository}:1"));
    fails("unsigned:1", "trust/unsigned");
    // A signature of the index is none of the attestation.
    Form::SimpleSigning.sign(&env, &key, &repository, &image.digest);
    fails("unsigned:1", "trust/unsigned");
}

#[test]
fn nothing_there_in_go_containerregistry() {
    nothing_there(Kind::Ggcr);
}

#[test]
fn nothing_there_in_ociregistry() {
    nothing_there(Kind::OciRegistry);
}

#[test]
fn nothing_there_in_distribution_2() {
    nothing_there(Kind::Distribution2);
}

#[test]
fn nothing_there_in_distribution_3() {
    nothing_there(Kind::Distribution3);
}

#[test]
fn good_signatures_that_do_not_meet_the_requirements() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let (team, other) = (Key::generate(&env, "team"), Key::generate(&env, "other"));
    let ring = |name: &str, member: &str, value: &str| {
        let pem = std::fs::read_to_string(&team.public).unwrap();
        let mut key = json!({ "id": "team", "pem": pem, "state": "active" });
        key[member] = value.into();
        let file = env.write(name, &json!({ "schemaVersion": 1, "keys": [key] }).to_string());
        file.to_str().unwrap().to_owned()
    };
    let future = ring("future.json", "notBefore", "2099-01-01T00:00:00Z");
    let past = ring("past.json", "notAfter", "2024-01-01T00:00:00Z");
    let inactive = ring("inactive.json", "state", "inactive");
    let current = ring("current.json", "notBefore", "2024-01-01T00:00:00Z");
    let key = team.public();

    for form in Form::BOTH {
        let repository = format!("{}/{}", registry.host, form.word());
        let image = Image::pushed(&env, Recipe::SMALL, &repository);
        form.sign_image(&env, &team, &repository, &image);
        for (arguments, exit, ids) in [
            (&["--key", key][..], 0, &[][..]),
            (&["--key", other.public(), "--key", key], 0, &[]),
            (&["--key", other.public()], 4, &["trust/wrong-key"]),
            (&[], 4, &["trust/wrong-key"]),
            (&["--attestor-key", other.public()], 4, &["trust/wrong-key"]),
            (&["--keyring", &current], 0, &[]),
            (&["--keyring", &future], 4, &["trust/key-outside-window"]),
            (&["--keyring", &future, "--effective-time", "2099-06-01T00:00:00Z"], 0, &[]),
            (&["--keyring", &past], 4, &["trust/key-outside-window"]),
            (&["--keyring", &inactive], 4, &["trust/key-outside-window"]),
            (&["--key", key, "--signed-name", "dhi/nginx"], 4, &["trust/signed-name"]),
            (&["--key", key, "--require-tlog"], 4, &["trust/log-missing"]),
            (&["--key", key, "--skip-tlog"], 0, &[]),
            (&["--key", key, "--platform", "linux/riscv64"], 3, &["verify/no-such-platform"]),
            (&["--key", key, "--predicate-type", SLSA], 3, &["attest/predicate-missing"]),
        ] {
            verify_attested(&env, &[arguments, &[&repository]].concat()).ends(exit, ids);
        }
        // Only a payload has a name; a bundle meets no demand for one.
        let named = verify_attested(&env, &["--key", key, "--signed-name", "dhi/python", &repository]);
        match form {
            Form::SimpleSigning => named.passes(1, form),
            Form::Bundle => named.ends(4, &["trust/signed-name"]),
        }
    }
}

#[test]
fn genuine_signatures_in_the_wrong_place() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = Key::generate(&env, "team");
    let two = Recipe { predicates: &[(SPDX, SPDX), (SLSA, SLSA)], ..Recipe::SMALL };

    // cosign signs any payload, and attaches it to any object.
    let repository = format!("{}/payload", registry.host);
    let image = Image::pushed(&env, two, &repository);
    let [spdx, slsa] = [&image.attestations[0].digest, &image.attestations[1].digest];
    let simple = Form::SimpleSigning;
    simple.sign(&env, &key, &repository, slsa);
    let mut generate = env.peer("cosign2");
    let of_slsa = format!("{repository}@{slsa}");
    let payload = succeed(generate.args(["generate", "--allow-http-registry", &of_slsa]));
    let payload = env.write("payload.json", &payload);
    let mut sign = simple.command(&env, &key);
    succeed(sign.arg("--payload").arg(payload).arg(format!("{repository}@{spdx}")));
    verify_attested(&env, &["--key", key.public(), &repository]).ends(4, &["trust/subject-mismatch"]);
    // One good signature suffices.
    simple.sign(&env, &key, &repository, spdx);
    verify_attested(&env, &["--key", key.public(), &repository]).attestations_are(2, simple);

    // A bundle is taken from one attestation and attached to the other.
    let repository = format!("{}/bundle", registry.host);
    Image::pushed(&env, two, &repository);
    Form::Bundle.sign(&env, &key, &repository, slsa);
    let local = ["--host", &format!("reg={},tls=disabled", registry.host)];
    let of_slsa = format!("{repository}@{slsa}");
    let bundle = env.run("regctl", [&local[..], &["artifact", "get", "--subject", &of_slsa]].concat());
    let bundle = env.write("bundle.json", &bundle);
    let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let of_spdx = format!("{repository}@{spdx}");
    let put = ["artifact", "put", "--artifact-type", kind, "--subject", &of_spdx, "--file-media-type", kind];
    env.run("regctl", [&local[..], &put, &["--file", bundle.to_str().unwrap()]].concat());
    verify_attested(&env, &["--key", key.public(), &repository]).ends(4, &["trust/subject-mismatch"]);
}

#[test]
fn valid_signatures_of_wrong_claims() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::OciRegistry);
    let key = Key::generate(&env, "team");
    for form in Form::BOTH {
        // The manifest claims another type than the statement has.
        let repository = format!("{}/annotated/{}", registry.host, form.word());
        let image = Image::pushed(&env, Recipe { predicates: &[(SPDX, SLSA)], ..Recipe::SMALL }, &repository);
        form.sign_image(&env, &key, &repository, &image);
        verify_attested(&env, &["--key", key.public(), &repository]).ends(4, &["trust/predicate-mismatch"]);
    }
    // The signed payload claims another one.
    let repository = format!("{}/payload", registry.host);
    let image = Image::pushed(&env, Recipe::SMALL, &repository);
    let mut sign = Form::SimpleSigning.command(&env, &key);
    sign.args(["-a", &format!("predicateType={SLSA}")]);
    succeed(sign.arg(format!("{repository}@{}", image.attestations[0].digest)));
    verify_attested(&env, &["--key", key.public(), &repository]).ends(4, &["trust/predicate-mismatch"]);
}

#[test]
fn removed_signatures() {
    let Some(env) = PeerEnv::with(&["refreg", "docker-registry", "regctl", "cosign2", "cosign3"]) else {
        return;
    };
    let key = Key::generate(&env, "team");
    for kind in [Kind::Ggcr, Kind::Distribution2] {
        let registry = Registry::start(&env, kind);
        let local = ["--host", &format!("reg={},tls=disabled", registry.host)];
        let regctl = |arguments: &[&str]| env.run("regctl", [&local[..], arguments].concat());
        let repository = format!("{}/dhi/python", registry.host);
        let image = Image::pushed(&env, Recipe::SMALL, &repository);
        Form::SimpleSigning.sign_image(&env, &key, &repository, &image);
        let attestation = format!("{repository}@{}", image.attestations[0].digest);
        let list = regctl(&["artifact", "list", "--format", "{{json .}}", &attestation]);
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        let signature = list["descriptors"][0]["digest"].as_str().unwrap_or_else(|| panic!("{list}"));
        regctl(&["manifest", "delete", &format!("{repository}@{signature}")]);
        // A list in a tag still names what is gone, which is not the same as no signature.
        let id = match kind {
            Kind::Ggcr => "trust/unsigned",
            _ => "registry/not-found",
        };
        verify_attested(&env, &["--key", key.public(), &repository]).ends(3, &[id]);
    }
}
