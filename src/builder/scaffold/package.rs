//! The scaffold of a package: one stage that compiles a program and packs it.

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
      work-dir: ${{source.dir}}/{name}
      contents:
        packages:
          - bash
          - coreutils
          - gcc
          - {headers}
      # Scripts have no network, unless the step has `privileged: true`.
      pipeline:
        - name: compile
          runs: |
            set -eux -o pipefail

            mkdir -p ${{target.dir}}/usr/bin
            gcc -O2 -o ${{target.dir}}/usr/bin/{name} main.c
        - name: pack
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
      paths:
        - type: file
          path: ${{source.dir}}/{name}/main.c
          content: |
            #include <stdio.h>
            int main(void) {{ puts(\"{name} ${{VERSION}}\"); return 0; }}
          uid: 0
          gid: 0
          mode: \"0644\"

{os_release}",
            dates = self.dates(),
            repositories = distribution.repositories(),
            headers = distribution.c_headers(),
            os_release = distribution.os_release(),
        )
    }
}
