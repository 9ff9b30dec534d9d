//! What real builds are built on: children that BuildKit, podman and crane make of a hardened image, judged by
//! `dhi base`.

use std::path::Path;

use serde_json::Value;

use crate::buildkit::{BuildKit, Provenance, squash_all};
use crate::cosign::{Form, Key};
use crate::image::Image;
use crate::lab::{Lab, both};
use crate::registry::{Kind, Registry};

const PEERS: [&str; 7] = ["refreg", "regctl", "cosign2", "cosign3", "buildkitd", "buildctl", "runc"];
/// What hardened images say of themselves, and their children inherit.
pub(crate) const LABELS: &str = "LABEL com.docker.dhi.name=dhi/python com.docker.dhi.version=3.13\n";

/// A registry with a signed base of two layers as `dhi/python:3.13`, and who builds children of it.
pub(crate) struct Yard<'a> {
    lab: &'a Lab,
    registry: Registry,
    kit: BuildKit<'a>,
    key: Key,
}

impl<'a> Yard<'a> {
    pub(crate) fn new(lab: &'a Lab, labels: &str) -> Self {
        let registry = Registry::start(lab, Kind::Ggcr);
        let yard = Self { kit: BuildKit::start(lab), key: Key::generate(lab, "team"), registry, lab };
        yard.base("dhi/python:3.13", labels, Some(&yard.key));
        yard
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

    /// Builds a base without provenance of its own, attests it as hardened images are, and signs that.
    fn base(&self, name: &str, labels: &str, key: Option<&Key>) {
        self.built_base(name, &format!("FROM scratch\nCOPY a /a\nCOPY b /b\n{labels}"), key, "");
    }

    /// The same of any Dockerfile, with options of BuildKit for how layers are stored, each after a comma.
    fn built_base(&self, name: &str, dockerfile: &str, key: Option<&Key>, options: &str) {
        let unsigned = self.name(&format!("unsigned/{name}"));
        self.kit.build(dockerfile, &format!("{unsigned}{options}"), Provenance::None, &[]);
        let image = Image::attested(self.lab, &unsigned);
        let reference = self.name(name);
        image.push(self.lab, &reference);
        if let Some(key) = key {
            let repository = reference.rsplit_once(':').unwrap().0;
            Form::SimpleSigning.sign_image(self.lab, key, repository, &image);
        }
    }

    /// Builds `acme/app:1`; `BASE` in the Dockerfile is the base.
    fn child(&self, dockerfile: &str, provenance: Provenance) {
        self.build(dockerfile, "acme/app:1", provenance);
    }

    fn build(&self, dockerfile: &str, name: &str, provenance: Provenance) {
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
        let mut command = self.lab.clean(Path::new(env!("CARGO_BIN_EXE_dhi")));
        command.args([name, "--format", "json", "--plain-http", "127.0.0.1", "--no-cache"]);
        // What labels lead to on dhi.io is here, so that nobody else is asked.
        command.args(["--mirror", &format!("dhi.io={}/dhi", self.registry.host)]);
        command.args(["--key", self.key.public()]).args(flags).arg(image);
        let output = command.output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {command:?}\n{}", both(&output)));
        (output.status.code().unwrap(), document)
    }

    fn answers(&self, answer: &str, exit: i32) -> Value {
        let (found, code, document) = self.ask(&[]);
        assert_eq!((found.as_str(), code), (answer, exit), "{document:#}");
        document
    }
}

/// Layers of the proven base, all layers, and the kind of proof.
pub(crate) fn proof(document: &Value) -> (u64, u64, &str) {
    let base = &document["platforms"][0]["base"];
    let number = |name: &str| base[name].as_u64().unwrap_or_default();
    (number("layers"), number("layersOfImage"), base["proof"].as_str().unwrap_or_default())
}

#[test]
fn children_with_and_without_provenance() {
    let Some(lab) = Lab::with(&PEERS) else { return };
    let yard = Yard::new(&lab, "");
    let own = yard.ask_about("dhi/python:3.13", &[]);
    assert_eq!((own.0.as_str(), own.1), ("dhi", 0), "{:#}", own.2);
    for provenance in [Provenance::Max, Provenance::Min] {
        yard.child("FROM BASE\nCOPY c /c\n", provenance);
        let found = yard.answers("dhi-based", 0);
        assert_eq!(proof(&found), (2, 3, "blobs"), "{provenance:?}");
        assert_eq!(found["platforms"][0]["candidates"][0]["namedBy"][0], "provenance");
    }
    yard.child("FROM BASE\nCOPY c /c\n", Provenance::None);
    yard.answers("not-dhi", 1);
    let named = yard.name("dhi/python:3.13");
    assert_eq!(yard.ask(&["--base", &named]).0, "dhi-based");
}

#[test]
fn labels_lead_to_the_base_and_prove_nothing() {
    let Some(lab) = Lab::with(&PEERS) else { return };
    let yard = Yard::new(&lab, LABELS);
    // Inherited.
    yard.child("FROM BASE\nCOPY c /c\n", Provenance::None);
    let found = yard.answers("dhi-based", 0);
    assert_eq!(found["platforms"][0]["candidates"][0]["namedBy"][0], "label");
    // Forged.
    yard.child(&format!("FROM scratch\nCOPY c /c\nCOPY a /a\n{LABELS}"), Provenance::Max);
    yard.answers("claims-only", 1);
    yard.child(
        &format!(
            "FROM scratch\nCOPY c /c\n{LABELS}LABEL com.docker.dhi.chain-id=sha256:{}\n",
            "0".repeat(64)
        ),
        Provenance::None,
    );
    yard.answers("claims-only", 1);
    // Changed.
    yard.child("FROM BASE\nLABEL com.docker.dhi.name=dhi/nginx\n", Provenance::Max);
    assert_eq!(proof(&yard.answers("dhi-based", 0)), (2, 2, "blobs"));
}

#[test]
fn stages_of_a_build() {
    let Some(lab) = Lab::with(&PEERS) else { return };
    let yard = Yard::new(&lab, "");
    yard.build("FROM scratch\nCOPY c /c\n", "acme/tool:1", Provenance::None);
    for provenance in [Provenance::Max, Provenance::Min] {
        yard.child("FROM HOST/acme/tool:1 AS tool\nFROM BASE\nCOPY --from=tool /c /c\n", provenance);
        assert_eq!(proof(&yard.answers("dhi-based", 0)), (2, 3, "blobs"));
        yard.child("FROM BASE AS base\nFROM HOST/acme/tool:1\nCOPY --from=base /a /a\n", provenance);
        yard.answers("not-dhi", 1);
        yard.child("FROM BASE AS base\nFROM scratch\nCOPY --from=base /a /a\n", provenance);
        yard.answers("not-dhi", 1);
    }
}

#[test]
fn a_child_of_a_child() {
    let Some(lab) = Lab::with(&PEERS) else { return };
    let yard = Yard::new(&lab, "");
    yard.build("FROM BASE\nCOPY c /c\n", "acme/middle:1", Provenance::Max);
    yard.child("FROM HOST/acme/middle:1\nCOPY c /d\n", Provenance::Max);
    let found = yard.answers("dhi-based", 0);
    assert_eq!(proof(&found), (2, 4, "blobs"));
    assert_eq!(found["platforms"][0]["candidates"][1]["depth"], 2, "{found:#}");
}

#[test]
fn bases_that_nobody_or_somebody_else_signed() {
    let Some(lab) = Lab::with(&PEERS) else { return };
    let yard = Yard::new(&lab, "");
    let other = Key::generate(&lab, "other");
    for (name, key) in [("acme/unsigned:1", None), ("acme/others:1", Some(&other))] {
        yard.base(name, "", key);
        yard.child(&format!("FROM HOST/{name}\nCOPY c /c\n"), Provenance::Max);
        yard.answers("not-dhi", 1);
        yard.base(name, "LABEL com.docker.dhi.url=https://dhi.io/catalog/python\n", key);
        yard.child(&format!("FROM HOST/{name}\nCOPY b /c\n"), Provenance::Max);
        yard.answers("claims-only", 1);
    }
}

#[test]
fn layers_that_buildkit_compresses_again() {
    let Some(lab) = Lab::with(&PEERS) else { return };
    let yard = Yard::new(&lab, "");
    for compression in ["zstd", "uncompressed", "gzip"] {
        let name = yard.name("acme/app:1");
        let dockerfile = format!("FROM {}\nCOPY c /c\n", yard.name("dhi/python:3.13"));
        let forced = format!("{name},compression={compression},compression-level=1,force-compression=true");
        yard.kit.build(&dockerfile, &forced, Provenance::Max, &[]);
        let (answer, exit, document) = yard.ask(&["--verify-layers"]);
        assert_eq!((answer.as_str(), exit), ("dhi-based", 0), "{document:#}");
        if compression != "gzip" {
            assert_eq!(proof(&document), (2, 3, "hashed"));
            yard.answers("undetermined", 3);
            assert_eq!(proof(&yard.ask(&["--accept-declared-layers"]).2), (2, 3, "declared"));
        }
    }
}

#[test]
fn a_child_for_another_platform_than_its_base() {
    let Some(lab) = Lab::with(&PEERS) else { return };
    let yard = Yard::new(&lab, "");
    // The base is for the platform of this machine alone.
    let own = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let other = if own == "amd64" { "arm64" } else { "amd64" };
    let name = yard.name("acme/app:1");
    let dockerfile = format!("FROM --platform=linux/{own} {}\nCOPY c /c\n", yard.name("dhi/python:3.13"));
    yard.kit.build(&dockerfile, &name, Provenance::Max, &["--opt", &format!("platform=linux/{own}")]);
    yard.answers("dhi-based", 0);
    // BuildKit writes the other platform over the same layers.
    yard.kit.build(&dockerfile, &name, Provenance::Max, &["--opt", &format!("platform=linux/{other}")]);
    let found = yard.answers("not-dhi", 1);
    assert_eq!(found["platforms"][0]["platform"], format!("linux/{other}"));
    assert_eq!(found["platforms"][0]["candidates"][0]["result"], "refuted", "{found:#}");
}

#[test]
fn a_child_that_crane_rebased() {
    let Some(lab) = Lab::with(&[&PEERS[..], &["crane"]].concat()) else { return };
    let yard = Yard::new(&lab, "");
    let (old, app) = (yard.name("dhi/python:3.12"), yard.name("acme/app:1"));
    yard.kit.build("FROM scratch\nCOPY c /old\n", &old, Provenance::None, &[]);
    yard.kit.build(&format!("FROM {old}\nCOPY c /c\n"), &app, Provenance::None, &[]);
    let new = yard.name("dhi/python:3.13");
    lab.run("crane", ["--insecure", "rebase", &app, "--old_base", &old, "--new_base", &new, "--tag", &app]);
    let found = yard.answers("dhi-based", 0);
    assert_eq!(proof(&found), (2, 3, "blobs"));
    assert_eq!(found["platforms"][0]["candidates"][0]["namedBy"][0], "annotation");
}

#[test]
fn a_child_that_podman_squashed() {
    let Some(lab) = Lab::with(&[&PEERS[..], &["podman"]].concat()) else { return };
    let yard = Yard::new(&lab, LABELS);
    let base = yard.name("dhi/python:3.13");
    squash_all(&lab, &format!("FROM {base}\nCOPY c /c\n"), &yard.name("acme/app:1"));
    let found = yard.answers("claims-only", 1);
    let problem = &found["platforms"][0]["problem"]["what"];
    assert!(problem.as_str().unwrap().contains("squashed"), "{found:#}");
}
