//! Children of a hardened image that the Docker engine builds with its classic builder. They have no attestation, so
//! only labels or the caller can name the base, and only the layers can prove it.

use serde_json::Value;

use crate::base::{BuiltBaseFixture, LABELS, proof};
use crate::engine::Engine;
use crate::registry::{Kind, Registry};
use crate::support::peers::PeerEnv;

const PEERS: [&str; 9] =
    ["refreg", "regctl", "cosign2", "cosign3", "buildkitd", "buildctl", "runc", "dockerd", "docker"];
const APP: &str = "acme/app:1";
const BASE: &str = "dhi/python:3.13";

/// The answer of `dhi base` about an image. `dhi verify` with the policy must agree.
fn judged(built: &BuiltBaseFixture<'_>, image: &str, flags: &[&str]) -> (String, i32, Value) {
    let (exit, document) = built.dhi("base", image, flags);
    let policy = [&["--policy", "dhi-or-dhi-based"], flags].concat();
    let (code, verdict) = built.dhi("verify", image, &policy);
    assert_eq!(code, exit, "{verdict:#}");
    let checks = verdict["images"][0]["checks"].as_array().unwrap();
    let base = checks.iter().find(|check| check["id"] == "base").unwrap();
    assert_eq!(base["outcome"] == "pass", exit == 0, "{verdict:#}");
    (document["answer"].as_str().unwrap().to_owned(), exit, document)
}

#[track_caller]
fn answers(found: &(String, i32, Value), answer: &str, exit: i32) {
    assert_eq!((found.0.as_str(), found.1), (answer, exit), "{:#}", found.2);
}

#[test]
fn without_attestations_the_base_must_be_named() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    let engine = Engine::start(&env);
    let (base, app) = (built.name(BASE), built.name(APP));
    let named = ["--base", base.as_str()];
    engine.build(&format!("FROM {base}\nCOPY c /c\nENV x=y\n"), &app, &[]);
    let found = judged(&built, &app, &[]);
    answers(&found, "not-dhi", 1);
    assert_eq!(found.2["platforms"][0]["candidates"].as_array().unwrap().len(), 0);
    let hint = found.2["platforms"][0]["failure"]["hint"].as_str().unwrap();
    assert!(hint.contains("--base REF@DIGEST"), "{hint}");
    // To the registry that it has the base from, the engine pushes the very same layers.
    let found = judged(&built, &app, &named);
    answers(&found, "dhi-based", 0);
    assert_eq!(proof(&found.2), (2, 3, "blobs"));
    assert_eq!(found.2["platforms"][0]["candidates"][0]["namedBy"][0], "flag");
    // The engine's copy of the hardened image has none of its attestations, and all of its layers.
    engine.run(&["tag", &base, &app]);
    engine.run(&["push", &app]);
    answers(&judged(&built, &app, &[]), "not-dhi", 1);
    let found = judged(&built, &app, &named);
    answers(&found, "dhi-based", 0);
    assert_eq!(proof(&found.2), (2, 2, "blobs"));
    // Files alone prove nothing for any named base.
    engine.build(&format!("FROM {base} AS base\nFROM scratch\nCOPY --from=base /a /a\n"), &app, &[]);
    answers(&judged(&built, &app, &named), "not-dhi", 1);
    // Only the own layers are squashed.
    engine.build(&format!("FROM {base}\nCOPY c /c\nCOPY b /d\n"), &app, &["--squash"]);
    let found = judged(&built, &app, &named);
    answers(&found, "dhi-based", 0);
    assert_eq!(proof(&found.2), (2, 3, "blobs"));
}

#[test]
fn inherited_labels_name_the_base() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, LABELS);
    let engine = Engine::start(&env);
    let (base, app) = (built.name(BASE), built.name(APP));
    engine.build(&format!("FROM {base}\nCOPY c /c\nLABEL a=b\n"), &app, &[]);
    let found = judged(&built, &app, &[]);
    answers(&found, "dhi-based", 0);
    assert_eq!(proof(&found.2), (2, 3, "blobs"));
    assert_eq!(found.2["platforms"][0]["candidates"][0]["namedBy"][0], "label");
    // Forged.
    engine.build(&format!("FROM scratch\nCOPY c /c\nCOPY a /a\n{LABELS}"), &app, &[]);
    let found = judged(&built, &app, &[]);
    answers(&found, "claims-only", 1);
    assert_eq!(found.2["platforms"][0]["candidates"][0]["result"], "refuted");
}

/// The engine keeps no blobs: what it pushes to a registry that does not have them it compresses again.
#[test]
fn layers_that_the_engine_compresses_again() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    let engine = Engine::start(&env);
    let other = Registry::start(&env, Kind::OciRegistry);
    let (base, app) = (built.name(BASE), format!("{}/{APP}", other.host));
    let judged = |flags: &[&str]| judged(&built, &app, &[&["--base", base.as_str()], flags].concat());
    // BuildKit and the engine compress alike by default.
    engine.build(&format!("FROM {base}\nCOPY c /c\n"), &app, &[]);
    let found = judged(&[]);
    answers(&found, "dhi-based", 0);
    assert_eq!(proof(&found.2), (2, 3, "blobs"));
    // Otherwise the blobs are others, and the content is the same.
    built.small_base(BASE);
    engine.build(&format!("FROM {base}\nCOPY c /c\n"), &app, &["--pull"]);
    let found = judged(&[]);
    answers(&found, "undetermined", 3);
    assert_eq!(found.2["platforms"][0]["failure"]["code"], "base/layers-declared");
    for (flag, kind) in [("--accept-declared-layers", "declared"), ("--verify-layers", "hashed")] {
        let found = judged(&[flag]);
        answers(&found, "dhi-based", 0);
        assert_eq!(proof(&found.2), (2, 3, kind));
    }
}
