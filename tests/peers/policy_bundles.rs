//! Policy bundles in real registries, signed by the real cosigns, copied by regctl, and read by OPA.

use std::path::Path;

use serde_json::Value;

use crate::cosign::{Form, Key};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both, succeed};

const POLICY: &str = "\
# METADATA
# title: No root
# custom:
#   name: no-root
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

violation contains v if {
    input.source.image.config.config.User == \"root\"
    v := {\"message\": \"root\", \"detail\": {\"days\": data.config.days}}
}
";

/// `dhi policy` with these arguments, over plain HTTP, which must succeed.
fn policy(env: &PeerEnv, arguments: &[&str]) -> String {
    succeed(&mut env.dhi(&[&["policy"], arguments, &["--plain-http", "127.0.0.1"]].concat()))
}

fn write_policies(env: &PeerEnv) {
    std::fs::create_dir_all(env.path("policies")).unwrap();
    env.write("policies/no-root.rego", POLICY);
    env.write("policies/data.json", r#"{"config": {"days": 7}}"#);
}

#[test]
fn each_registry_stores_bundles_and_each_cosign_signs_them() {
    let peers = ["refreg", "docker-registry", "registry3", "regctl", "cosign2", "cosign3"];
    let Some(env) = PeerEnv::with(&peers) else { return };
    write_policies(&env);
    let team = Key::generate(&env, "team");
    let other = Key::generate(&env, "other");
    let mut digests = Vec::new();
    for kind in [Kind::Ggcr, Kind::OciRegistry, Kind::Distribution2, Kind::Distribution3] {
        let registry = Registry::start(&env, kind);
        for form in Form::BOTH {
            let repository = format!("{}/{}/policies", registry.host, form.word());
            let tag = format!("{repository}:1");
            let pushed = policy(&env, &["push", "policies", &tag]);
            let digest = pushed.trim_end().rsplit('@').next().unwrap().to_owned();
            assert_eq!(env.regctl(&["image", "digest", &tag]).trim_end(), digest, "{kind:?}");
            let pull = |key: &Key| {
                let arguments = ["policy", "pull", &tag, "--bundle-key", key.public()];
                env.dhi(&[arguments.as_slice(), &["--plain-http", "127.0.0.1"]].concat()).output().unwrap()
            };
            let unsigned = pull(&team);
            assert_eq!(unsigned.status.code(), Some(3), "{kind:?} {}", both(&unsigned));
            form.sign(&env, &team, &repository, &digest);
            let signed = pull(&team);
            assert!(signed.status.success(), "{kind:?} {form:?} {}", both(&signed));
            let wrong = pull(&other);
            assert_eq!(wrong.status.code(), Some(4), "{kind:?} {form:?} {}", both(&wrong));
            digests.push(digest);
        }
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "the same files have one digest: {digests:?}");
}

#[test]
fn bundles_that_dhi_signs_are_verified_and_copied() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3"]) else { return };
    write_policies(&env);
    let (registry, team) = (Registry::start(&env, Kind::Ggcr), Key::generate(&env, "team"));
    let tag = format!("{}/team/policies:1", registry.host);
    policy(&env, &["push", "policies", &tag, "--sign-key", team.private.to_str().unwrap()]);
    let verify = ["verify", "--key", team.public(), "--allow-http-registry", "--insecure-ignore-tlog=true"];
    let old = ["--experimental-oci11", &tag];
    succeed(env.peer("cosign2").args(verify).args(old).env("COSIGN_EXPERIMENTAL", "1"));
    succeed(env.peer("cosign3").args(verify).args(["--new-bundle-format=false"]).args(old));
    // A copy with its referrers is signed too.
    let copy = format!("{}/copy/policies:1", registry.host);
    env.copy(&tag, &copy);
    policy(&env, &["pull", &copy, "--bundle-key", team.public()]);
    let layout = format!("oci:{}:1", env.path("layout").display());
    env.copy(&tag, &format!("ocidir://{}:1", env.path("layout").display()));
    policy(&env, &["pull", &layout, "--bundle-key", team.public(), "--output", "pulled"]);
    assert_eq!(std::fs::read_to_string(env.path("pulled/no-root.rego")).unwrap(), POLICY);
    // regctl gets each file by its title.
    let got = env.regctl(&["artifact", "get", "--file", "no-root.rego", &tag]);
    assert_eq!(got, POLICY);
}

/// What OPA evaluates for a root user.
fn evaluated(env: &PeerEnv, bundle: &str) -> Value {
    let input = env.write("input.json", r#"{"source": {"image": {"config": {"config": {"User": "root"}}}}}"#);
    let arguments = ["eval", "-b", bundle, "-i", input.to_str().unwrap(), "data.docker.scout"];
    let result: Value = serde_json::from_str(&env.run("opa", arguments)).unwrap();
    result["result"][0]["expressions"][0]["value"].clone()
}

#[test]
fn opa_reads_what_is_written_and_its_bundles_are_read() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    write_policies(&env);
    policy(&env, &["pull", "./policies", "--output", "bundle.tar.gz"]);
    assert!(Path::new(&env.path("bundle.tar.gz")).is_file());
    let inspected = env.run("opa", ["inspect", "bundle.tar.gz"]);
    assert!(inspected.contains("data.docker.scout") && inspected.contains("no-root.rego"), "{inspected}");
    let of_ours = evaluated(&env, "bundle.tar.gz");
    assert_eq!(of_ours["violation"][0]["detail"]["days"], 7);
    assert_eq!(of_ours["pass"], false);
    // OPA writes names that begin with a slash.
    env.run("opa", ["build", "-b", "policies", "-o", "built.tar.gz", "-r", "r7"]);
    assert_eq!(evaluated(&env, "built.tar.gz"), of_ours);
    let pulled = env.dhi(&["policy", "pull", "./built.tar.gz", "--output", "pulled"]).output().unwrap();
    assert!(pulled.status.success(), "{}", both(&pulled));
    let said = both(&pulled);
    assert!(said.contains("1 policy: no-root") && said.contains("revision r7"), "{said}");
    assert!(said.contains("sets `config` for all of them: days"), "{said}");
}
