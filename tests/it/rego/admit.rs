//! `dhi admit check --policy`.

use super::{holds, policy};
use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture};
use crate::support::registry::InMemoryRegistry;

#[test]
fn a_policy_is_added_for_each_image_of_a_manifest() {
    let (env, registry) = (TestEnv::new(), InMemoryRegistry::start());
    registry.serve_layout(&fixture("log-shape-2"), "good/app");
    registry.serve_layout(&fixture("python"), "good/python");
    let host = registry.host();
    let manifest = env.write(
        "pod.yaml",
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n\
             \x20 - {{name: a, image: '{host}/good/app:latest'}}\n  - {{name: b, image: '{host}/good/python:3.13'}}\n"
        ),
    );
    let check = |more: &[&str]| -> Run {
        let common = ["admit", "check", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
        env.dhi(&[&common[..], more, &[&manifest]].concat())
    };
    let good = env.write("good.rego", holds("good"));
    let only_python = "violation contains {\"message\": \"no Python here\", \"detail\": {}} if {\n\
                       \tcontains(input.dhi.reference, \"/python:\")\n}\n";
    let bad = env.write("bad.rego", policy("bad", only_python));
    check(&["--policy", &good]).assert(0, "2 of 2 images pass dhi-or-dhi-based and good");
    let run = check(&["--policy", &good, "--policy", &bad]);
    run.assert(1, "no Python here");
    run.assert(1, "1 of 2 images pass dhi-or-dhi-based, good and bad; 1 failed");
    let json = check(&["--policy", &bad, "--format", "json"]).json();
    assert_eq!(
        (json["policy"].as_str(), json["addedPolicies"][0]["name"].as_str()),
        (Some("dhi-or-dhi-based"), Some("bad"))
    );
    check(&["--policy", "nonroot"]).assert(2, "write `--policy non-root`");
    let resolved = check(&["--policy", &bad, "--resolve"]);
    assert_eq!((resolved.code, resolved.stdout.contains("kind: Pod")), (1, false));
}
