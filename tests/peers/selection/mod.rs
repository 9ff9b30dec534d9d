//! The image of an index that real engines select for a platform, over generated indexes: `dhi verify --platform` must
//! judge every image that an engine selects, or refuse the index.
//!
//! Each run uses the same seeds; `DHI_SELECTION_CASES` sets their number. A finding becomes a case of [`KEPT`].

mod containerd;
mod engines;
mod index;

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::Value;

use crate::buildkit::BuildKit;
use crate::engine::Engine;
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both};
use containerd::Containerd;
use index::{Index, Leaf};

const PEERS: [&str; 12] = [
    "refreg",
    "crane",
    "regctl",
    "skopeo",
    "podman",
    "containerd",
    "ctr",
    "buildkitd",
    "buildctl",
    "runc",
    "dockerd",
    "docker",
];

/// What is asked for.
const ASKED: [&str; 9] = [
    "linux/amd64",
    "linux/amd64/v3",
    "linux/386",
    "linux/arm64",
    "linux/arm64/v8",
    "linux/arm",
    "linux/arm/v7",
    "linux/arm/v6",
    "linux/s390x",
];

/// Indexes that once were judged otherwise than an engine read them: the entries, `-` for no platform, `(…)` for an
/// index in it; and what is asked for.
const KEPT: [(&str, &str); 12] = [
    ("linux/amd64/v3 linux/386", "linux/amd64"),
    ("- linux/386", "linux/amd64"),
    ("l\u{130}nux/amd64 linux/amd64/v3", "linux/amd64"),
    ("linux/arm64/v9 linux/arm/v7", "linux/arm64"),
    ("linux/arm/v5 linux/arm/v8", "linux/arm"),
    ("linux/arm/v6 linux/arm/v5", "linux/arm/v7"),
    ("linux/amd64(linux/s390x) linux/amd64", "linux/amd64"),
    ("linux/s390x(linux/amd64) linux/amd64/v2", "linux/amd64"),
    ("linux/amd64(-) linux/s390x", "linux/amd64"),
    ("linux/amd64 linux/amd64", "linux/amd64"),
    ("-(linux/386) linux/arm64", "linux/amd64"),
    ("LINUX/AMD64 linux/X86_64/V1", "linux/amd64"),
];

/// The registry, and the engines that pull from it.
struct SelectionFixture<'a> {
    env: &'a PeerEnv,
    registry: Registry,
    containerd: Containerd<'a>,
    kit: BuildKit<'a>,
    engine: Engine<'a>,
    /// How often each engine picked an image.
    picks: BTreeMap<&'static str, usize>,
}

impl SelectionFixture<'_> {
    /// Holds every engine to what `dhi` judges of `index` for `asked`.
    fn hold(&mut self, name: &str, index: &Index, asked: &str, slow: bool) {
        let reference = format!("{}/{name}:1", self.registry.host);
        let leaves = index.push(&self.registry.host, name);
        let judged = self.judged(&reference, asked);
        for (engine, picked) in engines::picked(self, &reference, asked, slow) {
            let Some(leaf) = picked.as_deref().and_then(|picked| find(&leaves, picked)) else { continue };
            *self.picks.entry(engine).or_default() += 1;
            if let Some(judged) = &judged {
                assert!(
                    judged.contains(&leaf.digest),
                    "{engine} runs {} of `{index}` for {asked}, and `dhi` did not judge it but {judged:?}",
                    leaf.digest
                );
            }
        }
    }

    /// Digests of the images that `dhi` judges; `None` where it refuses the index as a whole.
    fn judged(&self, reference: &str, asked: &str) -> Option<Vec<String>> {
        let mut command = self.env.dhi(&[]);
        command.args(["verify", "--format", "json", "--policy", "attested", "--no-cache"]);
        command.args(["--plain-http", "127.0.0.1", "--platform", asked, reference]);
        let output = command.output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {command:?}\n{}", both(&output)));
        // Nothing here is signed.
        assert!(matches!(output.status.code(), Some(2..=4)), "{}", both(&output));
        let image = &document["images"][0];
        let platforms = image["platforms"].as_array()?.iter();
        Some(platforms.map(|platform| platform["digest"].as_str().unwrap().to_owned()).collect())
    }
}

/// The leaf with this digest or number.
fn find<'a>(leaves: &'a [Leaf], picked: &str) -> Option<&'a Leaf> {
    leaves.iter().find(|leaf| leaf.digest == picked || leaf.number == picked)
}

#[test]
fn every_image_that_an_engine_selects_is_judged() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let mut fixture = SelectionFixture {
        registry: Registry::start(&env, Kind::Ggcr),
        containerd: Containerd::start(&env),
        kit: BuildKit::start(&env),
        engine: Engine::start(&env),
        picks: BTreeMap::new(),
        env: &env,
    };
    for (number, (entries, asked)) in KEPT.iter().enumerate() {
        fixture.hold(&format!("kept-{number}"), &Index::parse(entries), asked, true);
    }
    let cases = std::env::var("DHI_SELECTION_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(80);
    for seed in 0..cases {
        let mut random = Rng::with_seed(seed);
        let index = Index::generate(&mut random);
        // Mostly for what is there, in one way or another.
        let near: Vec<&str> = ASKED.into_iter().filter(|asked| index.names_one_near(asked)).collect();
        let asked = if near.is_empty() || random.u8(..8) == 0 { &ASKED[..] } else { &near };
        let asked = asked[random.usize(..asked.len())];
        fixture.hold(&format!("case-{seed}"), &index, asked, seed % 4 == 0);
    }
    println!("picked: {:?}", fixture.picks);
    for engine in engines::ALL {
        let picks = fixture.picks.get(engine).copied().unwrap_or_default();
        assert!(picks >= 5, "{engine} picked {picks} times: {:?}", fixture.picks);
    }
}
