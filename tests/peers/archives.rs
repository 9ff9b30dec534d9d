//! Archives that other tools write. None of them contains attestations, except a layout that regctl copied and tar
//! packed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, succeed};
use crate::verify::{verify, verify_attested};

fn archive(path: &Path, rest: &str) -> String {
    format!("archive:{}{rest}", path.display())
}

/// `tar`, as the user of a layout directory runs it.
fn pack(env: &PeerEnv, directory: &Path, name: &str, options: &[&str]) -> PathBuf {
    let path = env.path(name);
    let mut tar: Command = env.program(Path::new("tar"));
    succeed(tar.args(options).arg("-C").arg(directory).arg("-cf").arg(&path).arg("."));
    path
}

#[test]
fn archives_of_layouts_with_referrers_pass() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = Key::generate(&env, "team");
    for form in Form::BOTH {
        let repository = format!("{}/{}/python", registry.host, form.word());
        let image = Image::pushed(&env, Recipe::WHOLE, &format!("{repository}:3.13"));
        form.sign_image(&env, &key, &repository, &image);
        let directory = env.path(form.word());
        env.copy(&format!("{repository}:3.13"), &format!("ocidir://{}:3.13", directory.display()));
        for format in ["gnu", "pax", "ustar", "v7"] {
            let option = format!("--format={format}");
            let file = pack(&env, &directory, &format!("{}-{format}.tar", form.word()), &[&option]);
            for rest in [":3.13".to_owned(), String::new(), format!("@{}", image.digest)] {
                let reference = archive(&file, &rest);
                verify(&env, &["--key", key.public(), "--offline", &reference]).passes(6, form);
            }
            let skopeo_style = format!("oci-{}", archive(&file, ":3.13"));
            verify(&env, &["--key", key.public(), "--offline", &skopeo_style]).passes(6, form);
        }
        let compressed = pack(&env, &directory, "compressed.tar.gz", &["-z"]);
        verify(&env, &["--key", key.public(), &archive(&compressed, ":3.13")]).ends(2, &["registry/archive"]);
    }
}

#[test]
fn archives_by_skopeo_and_regctl_have_no_referrers() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "skopeo", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = Key::generate(&env, "team");
    let repository = format!("{}/python", registry.host);
    let tagged = format!("{repository}:3.13");
    let image = Image::pushed(&env, Recipe::WHOLE, &tagged);
    Form::SimpleSigning.sign_image(&env, &key, &repository, &image);

    let copy = |options: &[&str], to: &str| {
        let from = format!("docker://{tagged}");
        let common = ["copy", "--insecure-policy", "--src-tls-verify=false"];
        env.run("skopeo", [&common[..], options, &[&from, to]].concat());
    };
    let whole = env.path("skopeo.tar");
    copy(&["--all", "--preserve-digests"], &format!("oci-archive:{}:3.13", whole.display()));
    let one = env.path("skopeo-one.tar");
    copy(&["--override-os", "linux", "--override-arch", "amd64"], &format!("oci-archive:{}", one.display()));
    let exported = env.path("regctl.tar");
    env.regctl(&["image", "export", &tagged, exported.to_str().unwrap()]);

    for (file, rest) in [(&whole, ":3.13"), (&whole, ""), (&one, ""), (&exported, ":3.13"), (&exported, "")] {
        let reference = archive(file, rest);
        verify_attested(&env, &["--key", key.public(), &reference]).ends(3, &["attest/none"]);
        // Their labels name the original.
        verify(&env, &["--key", key.public(), "--offline", &reference]).ends(6, &["registry/offline"]);
    }
    // The evidence may lie elsewhere.
    for file in [&whole, &exported] {
        let reference = archive(file, ":3.13");
        verify(&env, &["--key", key.public(), "--attestations", &repository, &reference])
            .passes(6, Form::SimpleSigning);
    }

    let saved = env.path("saved.tar");
    let to = format!("docker-archive:{}:python:3.13", saved.display());
    copy(&["--override-os", "linux", "--override-arch", "amd64"], &to);
    verify(&env, &["--key", key.public(), &archive(&saved, "")]).ends(3, &["registry/docker-archive"]);
}
