//! Policy bundles: `dhi policy pull` and `push`, and bundles as a source of policies.

mod content;
mod layouts;
mod pinned;
mod signed;

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use super::holds as policy;
use crate::support::env::{Run, TestEnv};
use crate::support::registry::{InMemoryRegistry, Request};

const REPO: &str = "team/policies";
const POLICY: &str = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego";
const TAR_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const TITLE: &str = "org.opencontainers.image.title";

/// A registry, and a home directory with the directory `policies`.
struct Fixture {
    env: TestEnv,
    server: InMemoryRegistry,
}

impl Fixture {
    fn new() -> Self {
        let env = TestEnv::new();
        env.write("policies/one.rego", policy("one"));
        env.write("policies/deep/two.rego", policy("two"));
        Self { env, server: InMemoryRegistry::start() }
    }

    /// The tag of the bundle.
    fn reference(&self) -> String {
        format!("{}/{REPO}:1", self.server.host())
    }

    /// The bundle by digest.
    fn by_digest(&self, digest: &str) -> String {
        format!("{}/{REPO}@{digest}", self.server.host())
    }

    /// `dhi policy ARGUMENTS`, over plain HTTP.
    fn policy(&self, arguments: &[&str]) -> Run {
        self.env.dhi(&[&["policy"], arguments, &["--plain-http", &self.server.host()]].concat())
    }

    fn push(&self, arguments: &[&str]) -> Run {
        let directory = self.env.file("policies");
        self.policy(&[&["push", &directory, &self.reference()], arguments].concat())
    }

    fn pull(&self, arguments: &[&str]) -> Run {
        self.policy(&[&["pull", &self.reference()], arguments].concat())
    }

    /// `dhi policy list` of the bundle.
    fn list(&self, arguments: &[&str]) -> Run {
        self.policy(&[&["list", "--policy-bundle", &self.reference()], arguments].concat())
    }

    /// Pushes the directory. Returns the digest of the manifest.
    fn pushed(&self) -> String {
        let run = self.push(&[]);
        run.assert(0, "2 policies: two, one");
        let digest = run.stdout.trim_end().rsplit('@').next().unwrap().to_owned();
        assert_eq!(run.stdout, format!("{}\n", self.by_digest(&digest)));
        self.server.clear_log();
        digest
    }

    /// Stores an artifact of layers, each with its media type, title and content, under the tag.
    fn store(&self, layers: &[(&str, Option<&str>, &[u8])]) -> Digest {
        let config = self.server.put_blob(REPO, b"{}");
        let layers: Vec<Value> = layers
            .iter()
            .map(|(media_type, title, bytes)| {
                let digest = self.server.put_blob(REPO, bytes);
                let annotations = title.map(|title| json!({ TITLE: title })).unwrap_or(json!({}));
                json!({ "mediaType": media_type, "digest": digest, "size": bytes.len(), "annotations": annotations })
            })
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": { "mediaType": media_type::OCI_EMPTY, "digest": config, "size": 2 },
            "layers": layers,
        });
        let digest = self.server.put_manifest(REPO, manifest.to_string().as_bytes());
        self.server.tag(REPO, "1", &digest);
        digest
    }

    /// The requests since the last call: method and path below the repository, and status.
    fn requests(&self) -> Vec<String> {
        let log = self.server.log();
        self.server.clear_log();
        let line = |request: &Request| {
            let path = request.path().replace(&format!("/v2/{REPO}/"), "");
            format!("{} {} {path}", request.status, request.method)
        };
        log.iter().map(line).collect()
    }
}
