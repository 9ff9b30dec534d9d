//! The output of real tools, unchanged: each file in `rendered/` is named after its tool. `kubectl kustomize` 1.34 and
//! `kustomize build` 5.7.1 print the same. Helm is in `tests/peers`.

use super::AdmitFixture;
use crate::support::env::read;

/// The image in the kept files.
const IMAGE: &str = "registry.example.com/good/app:latest";

fn rendered(setup: &AdmitFixture, name: &str) -> String {
    read(format!("tests/it/admit/rendered/{name}")).replace(IMAGE, &setup.good())
}

#[test]
fn rendered_manifests_are_resolved_without_other_changes() {
    let setup = AdmitFixture::new();
    for (name, uses) in
        [("kubectl-1.34-kustomize.yaml", 4), ("kubectl-1.34-create.yaml", 1), ("kubectl-1.34-create.json", 1)]
    {
        let text = rendered(&setup, name);
        let run = setup.piped(&["--strict", "--format", "json", "-"], &text);
        assert_eq!(run.code, 0, "{name}: {}{}", run.stdout, run.stderr);
        let images = run.json()["images"].as_array().unwrap().clone();
        assert_eq!(images.len(), 1, "{name}: {images:?}");
        assert_eq!(images[0]["uses"].as_array().unwrap().len(), uses, "{name}");
        let run = setup.piped(&["--resolve", "-"], &text);
        let text = text.replace(&setup.registry.host(), "127.0.0.1:PORT");
        let changed: Vec<(&str, &str)> =
            text.lines().zip(run.stdout.lines()).filter(|(before, after)| before != after).collect();
        assert_eq!((changed.len(), run.stdout.lines().count()), (uses, text.lines().count()), "{name}");
        for (before, after) in changed {
            let (tag, digest) = after.split_once("@sha256:").unwrap();
            assert!(before.starts_with(tag) && before.ends_with(&digest[64..]), "{name}: {after}");
        }
    }
}

/// Without a server, kubectl prints several objects with nothing between them.
#[test]
fn objects_without_a_separator_are_refused() {
    let setup = AdmitFixture::new();
    for name in ["kubectl-1.34-local.yaml", "kubectl-1.34-local.json"] {
        let run = setup.piped(&["-"], &rendered(&setup, name));
        run.assert(2, "error[usage/yaml]");
        run.assert(2, "hint: write a line `---` between two objects");
    }
    assert_eq!(setup.registry.lines(), [""; 0]);
}
