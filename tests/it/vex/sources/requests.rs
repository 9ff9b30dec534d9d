//! Requests of `dhi vex apply --image`: only what is VEX, or proves what the image is built on, is fetched.

use serde_json::json;

use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture};
use crate::support::registry::InMemoryRegistry;

const PYTHON: &str = "dhi/python";

/// The hardened image of the fixtures in a registry, and a report of Grype about its index.
struct Served {
    registry: InMemoryRegistry,
    env: TestEnv,
    report: String,
}

impl Served {
    fn new() -> Self {
        let registry = InMemoryRegistry::start();
        registry.serve_layout(&fixture("python"), PYTHON);
        let index = registry.tagged(PYTHON, "3.13").unwrap();
        let digest = dhi::oci::Digest::of(&index);
        let report = json!({
            "matches": [],
            "source": { "type": "image", "target": {
                "userInput": format!("{}/{PYTHON}:3.13", registry.host()),
                "repoDigests": [format!("{}/{PYTHON}@{digest}", registry.host())],
                "tags": [], "layers": [], "architecture": "amd64", "os": "linux",
            } },
            "distro": { "name": "debian", "version": "13", "idLike": [] },
            "descriptor": { "name": "grype", "version": "0.110.0" },
        });
        let env = TestEnv::new();
        let report = env.write("report.json", report.to_string());
        registry.clear_log();
        Self { registry, env, report }
    }

    fn apply(&self, more: &[&str]) -> Run {
        let host = self.registry.host();
        let image = format!("{host}/{PYTHON}:3.13");
        let fixed = ["vex", "apply", &self.report, "--image", &image, "--key", KEY, "--trusted-root", ROOT];
        let plain = if more.contains(&"--offline") { &[][..] } else { &["--plain-http", host.as_str()] };
        self.env.dhi(&[&fixed[..], plain, more].concat())
    }

    /// How many requests there were for manifests, lists of referrers and blobs.
    fn requests(&self) -> [usize; 3] {
        let of = |kind: &str| self.registry.count(&format!("/v2/{PYTHON}/{kind}/"));
        [of("manifests"), of("referrers"), of("blobs")]
    }
}

#[test]
fn only_vex_and_the_proof_of_a_base_are_fetched() {
    let served = Served::new();
    served.apply(&["--platform", "linux/amd64"]).assert(0, "");
    assert_eq!(served.requests(), [17, 8, 7], "{}", served.registry.lines().join("\n"));
    // A second run asks for what can change: the tag, and the lists of the index and of the image.
    served.registry.clear_log();
    served.apply(&["--platform", "linux/amd64"]).assert(0, "");
    assert_eq!(served.requests(), [3, 2, 0], "{}", served.registry.lines().join("\n"));
    served.registry.clear_log();
    served.apply(&["--platform", "linux/amd64", "--offline"]).assert(0, "");
    assert_eq!(served.requests(), [0, 0, 0]);
}
