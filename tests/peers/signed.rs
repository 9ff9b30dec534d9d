//! Images that each cosign signs, in each registry.

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::PeerEnv;
use crate::verify::verify;

fn a_signed_image_passes(kind: Kind) {
    let Some(env) = PeerEnv::with(&[kind.program(), "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, kind);
    let key = Key::generate(&env, "team");
    for form in Form::BOTH {
        let repository = format!("{}/{}/python", registry.host, form.word());
        let image = Image::pushed(&env, Recipe::WHOLE, &format!("{repository}:3.13"));
        form.sign_image(&env, &key, &repository, &image);

        let tagged = format!("{repository}:3.13");
        let arguments = ["--key", key.public(), "--require-index-signature"];
        verify(&env, &[&arguments[..], &[&tagged]].concat()).passes(6, form);
        let by_digest = format!("{repository}@{}", image.digest);
        verify(&env, &[&arguments[..], &[&by_digest]].concat()).passes(6, form);
    }
}

#[test]
fn in_go_containerregistry() {
    a_signed_image_passes(Kind::Ggcr);
}

#[test]
fn in_ociregistry() {
    a_signed_image_passes(Kind::OciRegistry);
}

#[test]
fn in_distribution_2() {
    a_signed_image_passes(Kind::Distribution2);
}

#[test]
fn in_distribution_3() {
    a_signed_image_passes(Kind::Distribution3);
}
