//! The scaffold of an image: one stage that compiles a program, and an image with that program.

use super::program::Program;
use super::{Distribution, ImageVariant, Scaffold};

impl Scaffold {
    pub(super) fn image(&self, distribution: Distribution, variant: ImageVariant) -> String {
        let (name, image) = (self.name.last(), self.name.repository());
        let program = Program { name, distribution, options: "${OPTIMIZATION} -static" };
        let (end, packages, accounts, user, environment) = match variant {
            ImageVariant::Runtime => {
                ("", runtime_packages(distribution), RUNTIME, RUNTIME_USER, String::new())
            }
            ImageVariant::Dev => (
                "-dev",
                dev_packages(distribution),
                DEV,
                DEV_USER,
                match distribution.is_debian() {
                    true => "  DEBIAN_FRONTEND: noninteractive\n".to_owned(),
                    false => String::new(),
                },
            ),
        };
        let user_of_apt = match (variant, distribution.is_debian()) {
            (ImageVariant::Dev, true) => "    - name: _apt\n      uid: 42\n      gid: 65532\n",
            _ => "",
        };
        let suffix = match variant {
            ImageVariant::Runtime => "",
            ImageVariant::Dev => " (dev)",
        };
        format!(
            "\
# syntax=dhi.io/build:2-{distribution}

# The name for people, and the repository of the image.
name: {title}
image: {image}
# `runtime` has only what runs the program, `dev` also a shell and a package manager.
variant: {variant}
# Quote what YAML takes for a number: `\"1\"`, `\"1.0\"`.
tags:
{tags}platforms:
  - linux/amd64
  - linux/arm64
{dates}# `${{NAME}}` inserts a variable. A value `#{{ … }}` is an expression over the platform.
vars:
  VERSION: 1.0.0
  OPTIMIZATION: '#{{ target.arch == \"amd64\" ? \"-O3\" : \"-O2\" }}'

contents:
{repositories}  packages:
{packages}  # Each stage has a root file system of its own. The image gets `outputs` alone.
  builds:
    - name: build {name}
{tools}        # Sources from elsewhere need a checksum, and Git repositories a commit:
        # files:
        #   - url: git+https://git.example.com/{name}.git#v1.0.0
        #     checksum: 0123456789abcdef0123456789abcdef01234567
        #     path: ${{source.dir}}/{name}
        #     uid: 0
        #     gid: 0
{compile}{source}      outputs:
        - source: ${{target.dir}}/usr/bin/{name}
          target: /usr/bin/{name}
          uid: 0
          gid: 0
          mode: \"0755\"

{accounts}{user}{user_of_apt}{GROUP}
{os_release}
environment:
{environment}  APP_VERSION: ${{VERSION}}

# What is created, changed or deleted in the image at the end. Quote modes: `0750` is 488 for some YAML readers.
paths:
  - type: directory
    path: /var/lib/{name}
    uid: 65532
    gid: 65532
    mode: \"0750\"

annotations:
  org.opencontainers.image.description: The program {name}
  org.opencontainers.image.licenses: Apache-2.0

entrypoint:
  - /usr/bin/{name}
",
            title = Self::title(&format!("{name} 1.x{suffix}")),
            tags = tags(distribution, end),
            dates = self.dates(),
            repositories = distribution.repositories(),
            tools = program.tools(),
            compile = program.compile(),
            source = program.source(),
            os_release = distribution.os_release(),
        )
    }
}

const RUNTIME: &str = "\
# The user that runs the image. There is no user `root` without `root: true`.
accounts:
";
const RUNTIME_USER: &str =
    "  run-as: nonroot\n  users:\n    - name: nonroot\n      uid: 65532\n      gid: 65532\n";
const DEV: &str = "\
# The user that runs the image.
accounts:
  root: true
";
const DEV_USER: &str = "  run-as: root\n  users:\n    - name: nonroot\n      uid: 65532\n      gid: 65532\n";

const GROUP: &str = "  groups:
    - name: nonroot
      gid: 65532
      members:
        - nonroot
";

fn runtime_packages(distribution: Distribution) -> String {
    list(&[distribution.base_files(), "ca-certificates-bundle", "tzdata"])
}

fn dev_packages(distribution: Distribution) -> String {
    match distribution.is_debian() {
        true => list(&["apt", "base-files", "bash", "ca-certificates", "coreutils", "dpkg", "tzdata"]),
        false => {
            list(&["alpine-baselayout-data", "apk-tools", "busybox", "ca-certificates-bundle", "tzdata"])
        }
    }
}

fn list(packages: &[&str]) -> String {
    packages.iter().map(|package| format!("    - {package}\n")).collect()
}

/// The tags of an image. Alpine is not the default, so its name is in each of them.
fn tags(distribution: Distribution, end: &str) -> String {
    let versions = ["1", "1.0", "1.0.0"];
    let tags = match distribution.is_debian() {
        true => versions.map(|version| format!("{version}{end}")),
        false => versions.map(|version| format!("{version}-{distribution}{end}")),
    };
    tags.iter().map(|tag| format!("  - \"{tag}\"\n")).collect()
}
