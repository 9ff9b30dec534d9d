//! Every type of key that cosign signs with.

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::PeerEnv;
use crate::verify::verify_attested;

#[test]
fn all_key_types_verify_in_both_forms() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3", "openssl"]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let openssl = |name: &str, options: &[&str]| Key::import(&env, name, options);
    for (algorithm, key) in [
        ("ecdsa-p256", Key::generate(&env, "p256")),
        ("ecdsa-p384", openssl("p384", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"])),
        ("rsa", openssl("rsa2048", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])),
        ("rsa", openssl("rsa3072", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"])),
        ("ed25519", openssl("ed25519", &["-algorithm", "ED25519"])),
    ] {
        for form in Form::BOTH {
            let name = key.public.file_stem().unwrap().to_str().unwrap();
            let repository = format!("{}/{}/{name}", registry.host, form.word());
            let image = Image::pushed(&env, Recipe::SMALL, &format!("{repository}:latest"));
            form.sign_image(&env, &key, &repository, &image);
            let verdict = verify_attested(&env, &["--key", key.public(), &repository]);
            let digest_algorithm = match algorithm {
                "ecdsa-p384" => "sha384",
                "ed25519" => "sha512",
                _ => "sha256",
            };
            let by_cosign = form.verifies(&env, &key, digest_algorithm, &repository);
            if algorithm == "ed25519" {
                // Both sign with Ed25519ph (RFC 8032, the only one that their log takes) and both refuse their
                // own signatures, since they verify with plain Ed25519. `dhi` reads plain Ed25519 too.
                assert!(!by_cosign, "{form:?}: cosign now verifies Ed25519ph, and so should this program");
                verdict.ends(4, &["trust/wrong-key"]);
                continue;
            }
            assert!(by_cosign, "{algorithm} {form:?}");
            verdict.passes(1, form);
            let algorithms =
                verdict.verified(|one| one["signature"]["algorithm"].as_str().unwrap().to_owned());
            assert_eq!(algorithms.keys().collect::<Vec<_>>(), [algorithm], "{verdict}");
        }
    }
}
