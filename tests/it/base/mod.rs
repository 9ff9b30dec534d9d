//! What an image is built on: children of every kind, made here and judged by the library against registries in
//! memory; and the command itself.

mod children;
mod command;
mod contacts;
mod facts;
mod inherited;
mod layers;
mod mutations;
mod summaries;
mod withheld;
mod yard;

use dhi::evidence::{Answer, BaseProof, Candidate, Evidence, NameRule, PlatformBase};
use dhi::oci::Reference;
use dhi::trust::{Keyring, LogPolicy, PublicKey, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use dhi::verify::{BaseOptions, Options};
use serde_json::json;

use crate::sigstore::key::Key;
use yard::{Image, Pushed, SLSA, SPDX, Yard};

/// The child in most tests.
const APP: &str = "registry.example.com/acme/app:1";
const CHAIN_ID: &str = "com.docker.dhi.chain-id";

/// Registries, the key that stands in the DHI key's place, and one that nobody trusts.
struct World {
    yard: Yard,
    key: Key,
    other: Key,
}

impl World {
    /// An empty one.
    fn empty() -> Self {
        Self { yard: Yard::default(), key: Key::p256(), other: Key::p256() }
    }

    /// With `dhi.io/python:3.13`, a hardened image of two layers.
    fn new() -> (Self, Pushed) {
        let world = Self::empty();
        let base = world.hardened("dhi.io/python:3.13", &[python("ab")]);
        (world, base)
    }

    /// Pushes a hardened image.
    fn hardened(&self, name: &str, images: &[Image]) -> Pushed {
        let pushed = self.yard.push(name, images);
        self.sign(&pushed, &[SPDX, SLSA], Some(&self.key));
        pushed
    }

    /// Attests every image with these types.
    fn sign(&self, pushed: &Pushed, kinds: &[&str], key: Option<&Key>) {
        for image in &pushed.images {
            for kind in kinds {
                let signed = key.map(|key| (key, "dhi/python"));
                self.yard.attest(&pushed.repository, image, kind, &json!({}), signed);
            }
        }
    }

    fn trust(&self) -> Trust {
        let key = PublicKey::from_pem(&self.key.pem(), "team").unwrap();
        Trust {
            keys: Keyring::of([TrustedKey::active("team", key, "team.pub")]),
            identities: Vec::new(),
            attestors: Keyring::default(),
            sct: SctPolicy::Require,
            threshold: Threshold::ONE,
            root: TrustedRoot::public_good().unwrap(),
            log: LogPolicy::VerifyIfPresent,
            effective_time: "2026-10-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn evidence(&self, name: &str, options: &BaseOptions) -> Evidence {
        let reference: Reference = name.parse().unwrap();
        let asked = Options {
            names: NameRule::of(&reference, options.namespaces.clone(), None),
            ..Options::of(&reference)
        };
        wait(dhi::verify::verify(&self.yard, &reference, &self.trust(), &asked)).unwrap()
    }

    fn ask(&self, name: &str, options: &BaseOptions) -> BaseProof {
        let evidence = self.evidence(name, options);
        wait(dhi::verify::base(&self.yard, &evidence, &self.trust(), options))
    }

    /// The answer about the only platform of [`APP`].
    fn app(&self) -> PlatformBase {
        self.app_with(&BaseOptions::default())
    }

    fn app_with(&self, options: &BaseOptions) -> PlatformBase {
        one(self.ask(APP, options))
    }
}

/// An image of `dhi.io/python`, with its labels.
fn python(letters: &str) -> Image {
    let image = Image::of(letters);
    let chain_id = image.chain_id();
    image
        .label("com.docker.dhi.name", "dhi/python")
        .label("com.docker.dhi.version", "3.13")
        .label(CHAIN_ID, &chain_id)
}

/// A child: these layers, and the labels of `base`.
fn child(base: &Image, letters: &str) -> Image {
    Image { labels: base.labels.clone(), ..Image::of(letters) }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

fn one(mut proof: BaseProof) -> PlatformBase {
    assert_eq!(proof.platforms.len(), 1, "{proof:#?}");
    let exit = proof.exit();
    let platform = proof.platforms.remove(0);
    assert_eq!(exit, platform.answer.exit());
    platform
}

impl World {
    /// Answer and exit code.
    fn answers(&self) -> (&'static str, u8) {
        code(&self.app())
    }
}

fn code(platform: &PlatformBase) -> (&'static str, u8) {
    (platform.answer.as_str(), platform.answer.exit().code())
}

/// Reference, layers, all layers, and kind of proof of a proven base.
fn base(platform: &PlatformBase) -> (String, usize, usize, &'static str) {
    let Answer::DhiBased(base) = &platform.answer else { panic!("{platform:#?}") };
    (base.reference.repository.to_string(), base.boundary.layers, base.of, base.proof.as_str())
}

/// What became of the candidate that was named so.
fn candidate<'a>(platform: &'a PlatformBase, named: &str) -> &'a Candidate {
    let found = platform.candidates.iter().find(|candidate| candidate.named.starts_with(named));
    found.unwrap_or_else(|| panic!("{named} is not among {:#?}", platform.candidates))
}

/// The id of what is wrong.
fn id(platform: &PlatformBase) -> &'static str {
    platform.answer.diagnostic().unwrap_or_else(|| panic!("{platform:#?}")).code.as_str()
}
