//! `dhi build` with a repository of Alpine packages on this machine.

mod concurrent;
mod content;
mod destinations;
mod evidence;
mod full_disk;
mod layout;
mod locked;
mod package_files;
mod pushes;
mod refusals;
mod reproducible;

use std::process::Command;

use layout::BuiltLayout;

use crate::support::apk_repository::{ApkFile, ApkPackage, RepositoryKey, repository};
use crate::support::env::{Run, TestEnv, run};
use crate::support::package_host::Host;

/// The name of the key of the repository.
const KEY: &str = "test-1.rsa.pub";
/// The package file whose bytes tests exchange.
const APP: &str = "/alpine/x86_64/app-1-r0.apk";

/// What the definition says apart from its packages.
const IMAGE: &str = r#"
accounts:
  run-as: app
  users:
    - name: app
      uid: 65532
      gid: 65532
  groups:
    - name: app
      gid: 65532
      members: [app]
os-release:
  name: Test
  id: alpine
  version-id: "3.23"
  pretty-name: Test 3.23
work-dir: /data
environment:
  APP_HOME: /data
paths:
  - type: directory
    path: /data
    uid: 65532
    gid: 65532
    mode: "0750"
  - type: file
    path: /etc/app.conf
    source: files/app.conf
    uid: 0
    gid: 65532
    mode: "0640"
  - type: symlink
    path: /etc/app.link
    source: /etc/app.conf
    uid: 0
    gid: 0
labels:
  team: web
annotations:
  org.example.team: web
entrypoint: [/usr/bin/app]
cmd: ["--serve"]
ports: ["8080/tcp", "9000-9001/udp"]
volumes: [/data]
stop-signal: SIGTERM
"#;

/// A definition with a file beside it, and the host of its packages: `app`, and `lib`, which `app` needs.
struct BuildFixture {
    env: TestEnv,
    host: Host,
    key: RepositoryKey,
}

fn packages(version: &str) -> Vec<ApkPackage> {
    let mut app = ApkPackage::new("app", version).depends(&["lib"]);
    app.files.extend([
        ApkFile::directory("usr/bin"),
        ApkFile { mode: 0o4755, ..ApkFile::file("usr/bin/app", "#!/bin/sh\n") },
        ApkFile::link("usr/bin/run", "app"),
        ApkFile::directory("var"),
        ApkFile::directory("var/lib"),
        ApkFile { mode: 0o2770, owner: (0, 65532), ..ApkFile::directory("var/lib/app") },
        ApkFile { mode: 0o640, owner: (65532, 65532), ..ApkFile::file("var/lib/app/state", "state") },
    ]);
    vec![app, ApkPackage::new("lib", version), ApkPackage::new("unused", version)]
}

impl BuildFixture {
    fn new() -> Self {
        let (env, host, key) = (TestEnv::new(), Host::start(), RepositoryKey::generate(KEY));
        host.put(&format!("/keys/{KEY}"), key.public_pem());
        let fixture = Self { env, host, key };
        fixture.serve("1-r0");
        fixture.define("packages: [app]");
        fixture.env.write("project/files/app.conf", "port = 8080\n");
        fixture
    }

    /// The same, with a lock and nothing else fetched.
    fn locked() -> Self {
        let fixture = Self::new();
        fixture.env.dhi(&["definition", "lock", &fixture.definition()]).assert(0, "2 packages");
        fixture.host.take_log();
        fixture
    }

    /// Replaces the packages of the repository.
    fn serve(&self, version: &str) {
        self.host.put_all("/alpine", repository("x86_64", &packages(version), &self.key));
    }

    /// Writes the definition with these contents besides repository and key. Lines are indented by two spaces.
    fn define(&self, contents: &str) {
        let (repository, key) = (self.host.url("/alpine"), self.host.url(&format!("/keys/{KEY}")));
        let text = format!(
            "# syntax=dhi.io/build:2-alpine3.23\nname: App\nimage: r.example.com/acme/app\n\
             variant: runtime\ntags: [\"1\"]\nplatforms: [linux/amd64]\ncontents:\n  \
             repositories: [\"{repository}\"]\n  keyring: [\"{key}\"]\n  {contents}{IMAGE}"
        );
        self.env.write("project/image.yaml", text);
    }

    fn definition(&self) -> String {
        self.env.file("project/image.yaml")
    }

    /// The bytes of the lock.
    fn lock(&self) -> Vec<u8> {
        std::fs::read(self.env.path("project/image.yaml.lock")).unwrap()
    }

    fn command(&self, more: &[&str]) -> Command {
        let (definition, context) = (self.definition(), self.env.file("project"));
        self.env.command(&[&["build", &definition, "--context", &context], more].concat())
    }

    fn build(&self, more: &[&str]) -> Run {
        run(&mut self.command(more))
    }

    /// Builds into the layout `NAME`, under the name `app`. Returns the digest.
    fn built(&self, name: &str, more: &[&str]) -> String {
        let output = format!("oci:{}:app", self.env.file(name));
        digest(&self.build(&[&["--output", &output], more].concat()))
    }

    /// The layout that [`BuildFixture::built`] wrote.
    fn layout(&self, name: &str) -> BuiltLayout {
        BuiltLayout::open(self.env.path(name))
    }

    /// Fails with this exit code and error and this text, and leaves no output.
    fn refuses(&self, more: &[&str], exit: i32, code: &str, text: &str) {
        let (layout, archive) = (self.env.file("refused"), self.env.file("refused.tar"));
        let outputs = [format!("oci:{layout}"), format!("archive:{archive}")];
        let metadata = self.env.file("refused.json");
        let all = [&["-o", &outputs[0], "-o", &outputs[1], "--metadata-file", &metadata], more].concat();
        let refused = self.build(&all);
        refused.assert(exit, &format!("error[{code}]"));
        refused.assert(exit, text);
        assert_eq!(refused.stdout, "");
        for file in [layout, archive, metadata] {
            assert!(!std::path::Path::new(&file).exists(), "{file}");
        }
    }
}

/// The digest that a build printed, and nothing else on standard output.
fn digest(run: &Run) -> String {
    run.assert(0, "PHASE");
    let digest = run.stdout.strip_suffix('\n').unwrap_or_else(|| panic!("{:?}", run.stdout));
    assert!(digest.parse::<dhi::oci::Digest>().is_ok(), "{:?}", run.stdout);
    digest.to_owned()
}
