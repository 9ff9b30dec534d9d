//! Children of children that BuildKit builds from a hardened image with all labels of a real one.

use serde_json::Value;

use crate::base::{BuiltBaseFixture, PEERS, proof};
use crate::buildkit::Provenance;
use crate::support::peers::PeerEnv;

const TWO_LAYERS: &str = "FROM scratch\nCOPY a /a\nCOPY b /b\n";
/// An unsigned image of other layers: the target of labels after a tag has moved.
const MOVED_ON: &str = "python:moved-on";

fn built(env: &PeerEnv) -> BuiltBaseFixture<'_> {
    let built = BuiltBaseFixture::new(env, "");
    built.build("FROM scratch\nCOPY c /other\n", &format!("dhi/{MOVED_ON}"), Provenance::None);
    built
}

/// Builds `acme/level1:1` on `first`, `acme/level2:1` on that, and so on.
fn build_levels(built: &BuiltBaseFixture<'_>, first: &str, provenance: Provenance, labels: &str) {
    let mut last = first.to_owned();
    for level in 1..=3 {
        let name = format!("acme/level{level}:1");
        built.build(&format!("FROM HOST/{last}\nCOPY c /c{level}\n{labels}"), &name, provenance);
        last = name;
    }
}

/// What is proven of each level.
fn levels(built: &BuiltBaseFixture<'_>) -> Vec<(String, i32, Value)> {
    (1..=3).map(|level| built.ask_about(&format!("acme/level{level}:1"), &[])).collect()
}

#[track_caller]
fn all_are(levels: &[(String, i32, Value)], expected: (&str, i32)) {
    for (answer, exit, document) in levels {
        assert_eq!((answer.as_str(), *exit), expected, "{document:#}");
    }
}

#[test]
fn one_two_and_three_levels_over_a_labelled_image() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = built(&env);
    for (leads_to, provenance, named_by) in [
        (MOVED_ON, Provenance::Max, "provenance"),
        (MOVED_ON, Provenance::Min, "provenance"),
        ("python:3.13", Provenance::None, "label"),
    ] {
        built.labelled_base("dhi/python:3.13", TWO_LAYERS, leads_to);
        build_levels(&built, "dhi/python:3.13", provenance, "");
        let levels = levels(&built);
        all_are(&levels, ("dhi-based", 0));
        for (level, (_, _, document)) in levels.iter().enumerate() {
            let layers = u64::try_from(level).unwrap() + 3;
            assert_eq!(proof(document), (2, layers, "blobs"), "{document:#}");
            let candidates = document["platforms"][0]["candidates"].as_array().unwrap();
            let proved = candidates.iter().find(|candidate| candidate["result"] == "proved").unwrap();
            assert_eq!(proved["namedBy"][0], named_by, "{document:#}");
        }
    }
    // With neither, nothing names it.
    built.labelled_base("dhi/python:3.13", TWO_LAYERS, MOVED_ON);
    build_levels(&built, "dhi/python:3.13", Provenance::None, "");
    all_are(&levels(&built), ("claims-only", 1));
}

#[test]
fn a_hardened_image_on_a_hardened_image() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = built(&env);
    built.labelled_base("dhi/python:3.13", TWO_LAYERS, "python:3.13");
    for (leads_to, provenance) in [(MOVED_ON, Provenance::Max), ("tool:1", Provenance::None)] {
        built.labelled_base("dhi/tool:1", "FROM HOST/dhi/python:3.13\nCOPY c /tool\n", leads_to);
        let (answer, exit, document) = built.ask_about("dhi/tool:1", &[]);
        assert_eq!((answer.as_str(), exit), ("dhi", 0), "{document:#}");
        build_levels(&built, "dhi/tool:1", provenance, "");
        let levels = levels(&built);
        all_are(&levels, ("dhi-based", 0));
        // The nearest one, whose labels they have.
        let layers: Vec<u64> = levels.iter().map(|(_, _, document)| proof(document).0).collect();
        assert_eq!(layers, [3, 3, 3]);
    }
}

#[test]
fn false_labels_prove_nothing_at_any_level() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    let labels = built.labelled_base("dhi/python:3.13", TWO_LAYERS, "python:3.13");
    let first = built.chain_ids(&built.name("dhi/python:3.13")).swap_remove(0);
    for chain_id in [format!("sha256:{}", "0".repeat(64)), first] {
        let lie = format!("LABEL com.docker.dhi.chain-id={chain_id}\n");
        build_levels(&built, "dhi/python:3.13", Provenance::Max, &lie);
        all_are(&levels(&built), ("claims-only", 1));
    }
    // All labels of the hardened image on a plain one, and on what is built on that.
    for provenance in [Provenance::Max, Provenance::None] {
        built.build(&format!("FROM scratch\nCOPY c /c\nCOPY a /a\n{labels}"), "acme/plain:1", provenance);
        build_levels(&built, "acme/plain:1", provenance, "");
        all_are(&levels(&built), ("claims-only", 1));
        let own = built.chain_ids(&built.name("acme/plain:1")).pop().unwrap();
        let fitting = format!("{labels}LABEL com.docker.dhi.chain-id={own}\n");
        built.build(&format!("FROM scratch\nCOPY c /c\nCOPY a /a\n{fitting}"), "acme/plain:1", provenance);
        build_levels(&built, "acme/plain:1", provenance, "");
        all_are(&levels(&built), ("claims-only", 1));
    }
}
