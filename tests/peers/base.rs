//! `dhi base` on children that BuildKit, podman and crane build from a hardened image.

use std::process::{Command, Output};

use dhi::evidence::chain_id;
use dhi::oci::Digest;
use serde_json::Value;

use crate::buildkit::{BuildKit, Provenance, Version, squash_all};
use crate::cosign::{Form, Key};
use crate::image::Image;
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both};

pub(crate) const PEERS: [&str; 7] =
    ["refreg", "regctl", "cosign2", "cosign3", "buildkitd", "buildctl", "runc"];
/// What hardened images say of themselves, and their children inherit.
pub(crate) const LABELS: &str = "LABEL com.docker.dhi.name=dhi/python com.docker.dhi.version=3.13\n";

/// A registry with a signed base of two layers as `dhi/python:3.13`, and a builder for its children.
pub(crate) struct BuiltBaseFixture<'a> {
    env: &'a PeerEnv,
    registry: Registry,
    kit: BuildKit<'a>,
    key: Key,
}

impl<'a> BuiltBaseFixture<'a> {
    pub(crate) fn new(env: &'a PeerEnv, labels: &str) -> Self {
        Self::of(env, labels, Kind::Ggcr, Version::V26)
    }

    pub(crate) fn of(env: &'a PeerEnv, labels: &str, kind: Kind, version: Version) -> Self {
        let registry = Registry::start(env, kind);
        let built = Self { kit: BuildKit::of(env, version), key: Key::generate(env, "team"), registry, env };
        built.base("dhi/python:3.13", labels, Some(&built.key));
        built
    }

    /// A base of two layers that are as small as gzip makes them.
    pub(crate) fn small_base(&self, name: &str) {
        // BuildKit compresses no layer twice, so these are layers that it has not seen.
        let dockerfile = "FROM scratch\nCOPY a /small\nCOPY b /smaller\n";
        self.built_base(name, dockerfile, Some(&self.key), ",compression=gzip,compression-level=9");
    }

    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.registry.host)
    }

    /// Builds a hardened image with every label that those have, the ChainID of its own layers among them. `HOST` in the
    /// Dockerfile is the registry.
    pub(crate) fn labelled_base(&self, name: &str, dockerfile: &str, labelled: &str) -> String {
        let dockerfile = dockerfile.replace("HOST", &self.registry.host);
        let plain = self.name(&format!("unlabelled/{name}"));
        self.kit.build(&dockerfile, &plain, Provenance::None, &[]);
        let chain_id = self.chain_ids(&plain).pop().unwrap();
        let labels = every_label(labelled, &chain_id);
        self.built_base(name, &format!("{dockerfile}{labels}"), Some(&self.key), "");
        labels
    }

    /// The ChainIDs of the first layer, of the first two, and so on.
    pub(crate) fn chain_ids(&self, image: &str) -> Vec<String> {
        let config: Value = serde_json::from_str(&self.env.regctl(&["image", "config", image])).unwrap();
        let layers = config["rootfs"]["diff_ids"].as_array().unwrap();
        let layers: Vec<Digest> =
            layers.iter().map(|layer| layer.as_str().unwrap().parse().unwrap()).collect();
        (1..=layers.len()).map(|count| chain_id(&layers[..count]).unwrap().to_string()).collect()
    }

    /// Builds a base without provenance of its own, attests it as hardened images are, and signs that.
    fn base(&self, name: &str, labels: &str, key: Option<&Key>) {
        self.built_base(name, &format!("FROM scratch\nCOPY a /a\nCOPY b /b\n{labels}"), key, "");
    }

    /// The same of any Dockerfile, with options of BuildKit for how layers are stored, each after a comma.
    fn built_base(&self, name: &str, dockerfile: &str, key: Option<&Key>, options: &str) {
        let unsigned = self.name(&format!("unsigned/{name}"));
        self.kit.build(dockerfile, &format!("{unsigned}{options}"), Provenance::None, &[]);
        let image = Image::attested(self.env, &unsigned);
        let reference = self.name(name);
        image.push(self.env, &reference);
        if let Some(key) = key {
            let repository = reference.rsplit_once(':').unwrap().0;
            Form::SimpleSigning.sign_image(self.env, key, repository, &image);
        }
    }

    /// Builds `acme/app:1`; `BASE` in the Dockerfile is the base.
    fn child(&self, dockerfile: &str, provenance: Provenance) {
        self.build(dockerfile, "acme/app:1", provenance);
    }

    pub(crate) fn build(&self, dockerfile: &str, name: &str, provenance: Provenance) {
        let dockerfile = dockerfile.replace("BASE", &self.name("dhi/python:3.13"));
        self.kit.build(&dockerfile.replace("HOST", &self.registry.host), &self.name(name), provenance, &[]);
    }

    /// Answer, exit code and document about `acme/app:1`.
    fn ask(&self, flags: &[&str]) -> (String, i32, Value) {
        self.ask_about("acme/app:1", flags)
    }

    pub(crate) fn ask_about(&self, name: &str, flags: &[&str]) -> (String, i32, Value) {
        let (exit, document) = self.dhi("base", &self.name(name), flags);
        (document["answer"].as_str().unwrap().to_owned(), exit, document)
    }

    /// Exit code and document of a command about an image.
    pub(crate) fn dhi(&self, name: &str, image: &str, flags: &[&str]) -> (i32, Value) {
        let key = ["--format", "json", "--key", self.key.public()];
        let (command, output) = self.run(&[name], &[&key[..], flags, &[image]].concat());
        let document: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {command:?}\n{}", both(&output)));
        (output.status.code().unwrap(), document)
    }

    /// Runs `dhi` with a mirror for dhi.io, to which labels lead, so that no other host is contacted.
    pub(crate) fn run(&self, name: &[&str], arguments: &[&str]) -> (Command, Output) {
        let mut command = self.env.dhi(&[]);
        command.args(name).args(["--plain-http", "127.0.0.1", "--no-cache"]);
        command.args(["--mirror", &format!("dhi.io={}/dhi", self.registry.host)]).args(arguments);
        let output = command.output().unwrap();
        (command, output)
    }

    fn answers(&self, answer: &str, exit: i32) -> Value {
        let (found, code, document) = self.ask(&[]);
        assert_eq!((found.as_str(), code), (answer, exit), "{document:#}");
        document
    }
}

/// All labels of a hardened image, which lead to `NAME:VERSION` on dhi.io.
fn every_label(leads_to: &str, chain_id: &str) -> String {
    let (name, version) = leads_to.split_once(':').unwrap();
    let labels = [
        ("name", format!("dhi/{name}")),
        ("version", version.to_owned()),
        ("title", "\"Python 3.13.x\"".to_owned()),
        ("url", format!("https://dhi.io/catalog/{name}")),
        ("definition", "image/python/debian-13/3.13".to_owned()),
        ("distro", "debian-13".to_owned()),
        ("variant", "runtime".to_owned()),
        ("flavor", "\"\"".to_owned()),
        ("shell", "\"\"".to_owned()),
        ("package-manager", "\"\"".to_owned()),
        ("compliance", "cis".to_owned()),
        ("entitlement", "public".to_owned()),
        ("created", "2026-09-15T09:41:07Z".to_owned()),
        ("date.release", "2024-10-07".to_owned()),
        ("date.end-of-life", "2029-10-31".to_owned()),
        ("chain-id", chain_id.to_owned()),
    ];
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("com.docker.dhi.{name}={value}")).collect();
    format!("LABEL {}\n", labels.join(" "))
}

/// Layers of the proven base, all layers, and the kind of proof.
pub(crate) fn proof(document: &Value) -> (u64, u64, &str) {
    let base = &document["platforms"][0]["base"];
    let number = |name: &str| base[name].as_u64().unwrap_or_default();
    (number("layers"), number("layersOfImage"), base["proof"].as_str().unwrap_or_default())
}

#[test]
fn children_with_and_without_provenance() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    let own = built.ask_about("dhi/python:3.13", &[]);
    assert_eq!((own.0.as_str(), own.1), ("dhi", 0), "{:#}", own.2);
    for provenance in [Provenance::Max, Provenance::Min] {
        built.child("FROM BASE\nCOPY c /c\n", provenance);
        let found = built.answers("dhi-based", 0);
        assert_eq!(proof(&found), (2, 3, "blobs"), "{provenance:?}");
        assert_eq!(found["platforms"][0]["candidates"][0]["namedBy"][0], "provenance");
    }
    built.child("FROM BASE\nCOPY c /c\n", Provenance::None);
    built.answers("not-dhi", 1);
    let named = built.name("dhi/python:3.13");
    assert_eq!(built.ask(&["--base", &named]).0, "dhi-based");
}

#[test]
fn labels_lead_to_the_base_and_prove_nothing() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, LABELS);
    // Inherited.
    built.child("FROM BASE\nCOPY c /c\n", Provenance::None);
    let found = built.answers("dhi-based", 0);
    assert_eq!(found["platforms"][0]["candidates"][0]["namedBy"][0], "label");
    // Forged.
    built.child(&format!("FROM scratch\nCOPY c /c\nCOPY a /a\n{LABELS}"), Provenance::Max);
    built.answers("claims-only", 1);
    built.child(
        &format!(
            "FROM scratch\nCOPY c /c\n{LABELS}LABEL com.docker.dhi.chain-id=sha256:{}\n",
            "0".repeat(64)
        ),
        Provenance::None,
    );
    built.answers("claims-only", 1);
    // Changed.
    built.child("FROM BASE\nLABEL com.docker.dhi.name=dhi/nginx\n", Provenance::Max);
    assert_eq!(proof(&built.answers("dhi-based", 0)), (2, 2, "blobs"));
}

#[test]
fn stages_of_a_build() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    built.build("FROM scratch\nCOPY c /c\n", "acme/tool:1", Provenance::None);
    for provenance in [Provenance::Max, Provenance::Min] {
        built.child("FROM HOST/acme/tool:1 AS tool\nFROM BASE\nCOPY --from=tool /c /c\n", provenance);
        assert_eq!(proof(&built.answers("dhi-based", 0)), (2, 3, "blobs"));
        built.child("FROM BASE AS base\nFROM HOST/acme/tool:1\nCOPY --from=base /a /a\n", provenance);
        built.answers("not-dhi", 1);
        built.child("FROM BASE AS base\nFROM scratch\nCOPY --from=base /a /a\n", provenance);
        built.answers("not-dhi", 1);
    }
}

#[test]
fn a_child_of_a_child() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    built.build("FROM BASE\nCOPY c /c\n", "acme/middle:1", Provenance::Max);
    built.child("FROM HOST/acme/middle:1\nCOPY c /d\n", Provenance::Max);
    let found = built.answers("dhi-based", 0);
    assert_eq!(proof(&found), (2, 4, "blobs"));
    assert_eq!(found["platforms"][0]["candidates"][1]["depth"], 2, "{found:#}");
}

#[test]
fn bases_without_signature_or_by_another_key() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    let other = Key::generate(&env, "other");
    for (name, key) in [("acme/unsigned:1", None), ("acme/others:1", Some(&other))] {
        built.base(name, "", key);
        built.child(&format!("FROM HOST/{name}\nCOPY c /c\n"), Provenance::Max);
        built.answers("not-dhi", 1);
        built.base(name, "LABEL com.docker.dhi.url=https://dhi.io/catalog/python\n", key);
        built.child(&format!("FROM HOST/{name}\nCOPY b /c\n"), Provenance::Max);
        built.answers("claims-only", 1);
    }
}

#[test]
fn layers_that_buildkit_compresses_again() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    for compression in ["zstd", "uncompressed", "gzip"] {
        let name = built.name("acme/app:1");
        let dockerfile = format!("FROM {}\nCOPY c /c\n", built.name("dhi/python:3.13"));
        let forced = format!("{name},compression={compression},compression-level=1,force-compression=true");
        built.kit.build(&dockerfile, &forced, Provenance::Max, &[]);
        let (answer, exit, document) = built.ask(&["--verify-layers"]);
        assert_eq!((answer.as_str(), exit), ("dhi-based", 0), "{document:#}");
        if compression != "gzip" {
            assert_eq!(proof(&document), (2, 3, "hashed"));
            built.answers("undetermined", 3);
            assert_eq!(proof(&built.ask(&["--accept-declared-layers"]).2), (2, 3, "declared"));
        }
    }
}

#[test]
fn a_child_for_another_platform_than_its_base() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    // The base is for the platform of this machine alone.
    let own = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let other = if own == "amd64" { "arm64" } else { "amd64" };
    let name = built.name("acme/app:1");
    let dockerfile = format!("FROM --platform=linux/{own} {}\nCOPY c /c\n", built.name("dhi/python:3.13"));
    built.kit.build(&dockerfile, &name, Provenance::Max, &["--opt", &format!("platform=linux/{own}")]);
    built.answers("dhi-based", 0);
    // BuildKit writes the other platform over the same layers.
    built.kit.build(&dockerfile, &name, Provenance::Max, &["--opt", &format!("platform=linux/{other}")]);
    let found = built.answers("not-dhi", 1);
    assert_eq!(found["platforms"][0]["platform"], format!("linux/{other}"));
    assert_eq!(found["platforms"][0]["candidates"][0]["result"], "refuted", "{found:#}");
}

#[test]
fn a_child_that_crane_rebased() {
    let Some(env) = PeerEnv::with(&[&PEERS[..], &["crane"]].concat()) else { return };
    let built = BuiltBaseFixture::new(&env, "");
    let (old, app) = (built.name("dhi/python:3.12"), built.name("acme/app:1"));
    built.kit.build("FROM scratch\nCOPY c /old\n", &old, Provenance::None, &[]);
    built.kit.build(&format!("FROM {old}\nCOPY c /c\n"), &app, Provenance::None, &[]);
    let new = built.name("dhi/python:3.13");
    env.run("crane", ["--insecure", "rebase", &app, "--old_base", &old, "--new_base", &new, "--tag", &app]);
    let found = built.answers("dhi-based", 0);
    assert_eq!(proof(&found), (2, 3, "blobs"));
    assert_eq!(found["platforms"][0]["candidates"][0]["namedBy"][0], "annotation");
}

#[test]
fn a_child_that_podman_squashed() {
    let Some(env) = PeerEnv::with(&[&PEERS[..], &["podman"]].concat()) else { return };
    let built = BuiltBaseFixture::new(&env, LABELS);
    let base = built.name("dhi/python:3.13");
    squash_all(&env, &format!("FROM {base}\nCOPY c /c\n"), &built.name("acme/app:1"));
    let found = built.answers("claims-only", 1);
    let problem = &found["platforms"][0]["failure"]["message"];
    assert!(problem.as_str().unwrap().contains("squashed"), "{found:#}");
}
