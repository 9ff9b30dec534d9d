//! `dhi admit check`, as it is run before a deployment.

mod compose;
mod differing;
mod excused;
mod inputs;
mod many;
mod rendered;
mod resolve;
mod shown;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture, read, run_with_input};
use crate::support::registry::InMemoryRegistry;

/// A registry with the image of the fixtures under `good`, and an unsigned one under `bad`.
struct AdmitFixture {
    registry: InMemoryRegistry,
    env: TestEnv,
}

impl AdmitFixture {
    fn new() -> Self {
        let registry = InMemoryRegistry::start();
        registry.serve_layout(&fixture("log-shape-2"), "good/app");
        registry.serve_layout(&fixture("bad/unsigned"), "bad/app");
        Self { registry, env: TestEnv::new() }
    }

    fn good(&self) -> String {
        format!("{}/good/app:latest", self.registry.host())
    }

    fn bad(&self) -> String {
        format!("{}/bad/app:latest", self.registry.host())
    }

    /// Writes a file into the user's home; the whole path.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        self.env.write(name, text).into()
    }

    fn check(&self, arguments: &[&str]) -> Run {
        self.piped(arguments, "")
    }

    fn check_file(&self, text: &str, more: &[&str]) -> Run {
        let path = self.write("x.yaml", text);
        self.check(&[more, &[show(&path)]].concat())
    }

    /// With something on standard input.
    fn piped(&self, arguments: &[&str], text: &str) -> Run {
        let host = self.registry.host();
        let flags = ["admit", "check", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
        let mut command = self.env.command(&[&flags[..], arguments].concat());
        let Run { code, stdout, stderr } = run_with_input(&mut command, text.as_bytes());
        let hidden = |text: String| {
            let home = show(self.env.home());
            text.replace(home, "HOME").replace(&host, "127.0.0.1:PORT")
        };
        Run { code, stdout: hidden(stdout), stderr: hidden(stderr) }
    }
}

fn show(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A pod with these images.
fn pod(name: &str, images: &[&str]) -> String {
    let mut text = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n");
    for (number, image) in images.iter().enumerate() {
        text.push_str(&format!("  - name: c{number}\n    image: {image} # keep\n"));
    }
    text
}

/// The document has the published shape.
pub(crate) fn conforms(document: &Value) {
    let schema =
        |name: &str| serde_json::from_str::<Value>(&read(format!("docs/schemas/{name}-2.json"))).unwrap();
    let registry = jsonschema::Registry::new().add("urn:dhi:schema:verify:2", schema("verify")).unwrap();
    let registry = registry.prepare().unwrap();
    let admit = schema("admit");
    let validator = jsonschema::options().with_registry(&registry).build(&admit).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document}");
}
