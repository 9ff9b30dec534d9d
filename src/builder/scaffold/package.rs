//! The scaffold of a package: one stage that compiles a program and packs it.

use super::program::Program;
use super::{Distribution, Scaffold};

impl Scaffold {
    pub(super) fn package(&self, distribution: Distribution) -> String {
        let name = self.name.last();
        let name = name.strip_prefix("pkg-").unwrap_or(name);
        let image = self.name.with_last(&format!("pkg-{name}"));
        let (format, base) = match distribution.is_debian() {
            true => ("deb", "'!base-files'"),
            false => ("apk", distribution.base_files()),
        };
        let program = Program { name, distribution, options: "-O2" };
        // The name is a text, whatever it looks like.
        let quoted = Self::title(name);
        format!(
            "\
# syntax=dhi.io/build:2-{distribution}

# A package: the name of its repository begins with `pkg-`.
image: {image}
variant: runtime
tags:
  - \"1.0.0-{distribution}\"
platforms:
  - linux/amd64
  - linux/arm64
{dates}# `${{NAME}}` inserts a variable.
vars:
  VERSION: 1.0.0

contents:
{repositories}  packages:
    - {base}
  # Each stage has a root file system of its own, in which the package is built.
  builds:
    - name: {name} {format}
{tools}{compile}        - name: pack
          uses: dhi/build-pkg:0
          with:
            name: {quoted}
            # Quoted, so that no reader takes `1.10` for the number 1.1.
            version: \"1.0.0\"
            rel: 1
            description: The program {name}
            license: Apache-2.0
            url: https://example.com/{name}
            formats:
              - {format}
            files:
              - usr/bin/{name}
{source}
{os_release}",
            dates = self.dates(),
            repositories = distribution.repositories(),
            tools = program.tools(),
            compile = program.compile(),
            source = program.source(),
            os_release = distribution.os_release(),
        )
    }
}
