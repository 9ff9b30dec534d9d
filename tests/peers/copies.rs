//! Copies: with their referrers they verify in any registry. Without them the repository of the attestations must be
//! given.

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::PeerEnv;
use crate::verify::{verify, verify_attested};

#[test]
fn copies_with_referrers_pass_everywhere() {
    let peers = ["refreg", "docker-registry", "registry3", "regctl", "cosign2", "cosign3"];
    let Some(env) = PeerEnv::with(&peers) else { return };
    let origin = Registry::start(&env, Kind::Ggcr);
    let others = [Kind::OciRegistry, Kind::Distribution2, Kind::Distribution3];
    let others = others.map(|kind| Registry::start(&env, kind));
    let key = Key::generate(&env, "team");
    for form in Form::BOTH {
        let name = format!("{}/python:3.13", form.word());
        let repository = format!("{}/{}/python", origin.host, form.word());
        let image = Image::pushed(&env, Recipe::WHOLE, &format!("{}/{name}", origin.host));
        form.sign_image(&env, &key, &repository, &image);

        // From an API to another one, to tags, from tags to tags, and back from tags to an API.
        let mut last = format!("{}/{name}", origin.host);
        let back = format!("{}/back/{name}", origin.host);
        for copy in others.iter().map(|registry| format!("{}/{name}", registry.host)).chain([back]) {
            env.copy(&last, &copy);
            verify(&env, &["--key", key.public(), &copy]).passes(6, form);
            last = copy;
        }

        let directory = env.path(form.word());
        env.copy(&last, &format!("ocidir://{}:3.13", directory.display()));
        let layout = format!("oci:{}:3.13", directory.display());
        verify(&env, &["--key", key.public(), &layout]).passes(6, form);
        verify(&env, &["--key", key.public(), "--offline", &layout]).passes(6, form);
        let by_digest = format!("oci:{}@{}", directory.display(), image.digest);
        verify(&env, &["--key", key.public(), "--offline", &by_digest]).passes(6, form);
    }
}

#[test]
fn copies_without_referrers_need_the_original_repository() {
    let Some(env) =
        PeerEnv::with(&["refreg", "docker-registry", "regctl", "crane", "skopeo", "cosign2", "cosign3"])
    else {
        return;
    };
    let (origin, other) = (Registry::start(&env, Kind::Ggcr), Registry::start(&env, Kind::Distribution2));
    let key = Key::generate(&env, "team");
    let repository = format!("{}/dhi/python", origin.host);
    let tagged = format!("{repository}:3.13");
    let image = Image::pushed(&env, Recipe::WHOLE, &tagged);
    Form::SimpleSigning.sign_image(&env, &key, &repository, &image);

    let by_crane = format!("{}/crane/python:3.13", other.host);
    env.run("crane", ["copy", "--insecure", &tagged, &by_crane]);
    let by_skopeo = format!("{}/skopeo/python:3.13", other.host);
    let (from, to) = (format!("docker://{tagged}"), format!("docker://{by_skopeo}"));
    let insecure = ["--src-tls-verify=false", "--dest-tls-verify=false", "--insecure-policy"];
    env.run("skopeo", [&["copy", "--all", "--preserve-digests"], &insecure[..], &[&from, &to]].concat());

    env.copy(&tagged, &format!("{repository}:3.13.5-debian13"));
    let mirror = format!("dhi.io={}/dhi", origin.host);
    for copy in [&by_crane, &by_skopeo] {
        verify_attested(&env, &["--key", key.public(), copy]).ends(3, &["attest/none"]);
        // The original, which their labels name, answers for them.
        verify(&env, &["--key", key.public(), "--mirror", &mirror, copy]).ends(0, &[]);
        verify(&env, &["--key", key.public(), "--attestations", &repository, copy])
            .passes(6, Form::SimpleSigning);
    }
    // The repository that is named is the only one that is asked.
    let without = format!("{}/crane/python", other.host);
    verify_attested(&env, &["--key", key.public(), "--attestations", &without, &tagged])
        .ends(3, &["attest/none"]);
    let nowhere = format!("{}/nobody/nothing", other.host);
    verify_attested(&env, &["--key", key.public(), "--attestations", &nowhere, &tagged])
        .ends(3, &["attest/none"]);
}
