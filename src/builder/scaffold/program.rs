//! The program that scaffolds compile: a stage with a compiler and one source file.

use super::Distribution;

/// A program in C.
pub(super) struct Program<'a> {
    /// The name of the program and of its directory.
    pub(super) name: &'a str,
    /// Where it is compiled.
    pub(super) distribution: Distribution,
    /// The options of the compiler.
    pub(super) options: &'a str,
}

impl Program<'_> {
    /// The directory and the packages of the stage.
    pub(super) fn tools(&self) -> String {
        format!(
            "      work-dir: ${{source.dir}}/{name}
      contents:
        packages:
          - bash
          - coreutils
          - gcc
          - {headers}
",
            name = self.name,
            headers = self.distribution.c_headers(),
        )
    }

    /// The beginning of `pipeline`: the step that compiles.
    pub(super) fn compile(&self) -> String {
        let Self { name, options, .. } = self;
        format!(
            "      # Scripts have no network, unless the step has `privileged: true`.
      pipeline:
        - name: compile
          runs: |
            set -eux -o pipefail

            mkdir -p ${{target.dir}}/usr/bin
            gcc {options} -o ${{target.dir}}/usr/bin/{name} main.c
"
        )
    }

    /// `paths` of the stage: the source file.
    pub(super) fn source(&self) -> String {
        let name = self.name;
        format!(
            "      paths:
        - type: file
          path: ${{source.dir}}/{name}/main.c
          content: |
            #include <stdio.h>
            int main(void) {{ puts(\"{name} ${{VERSION}}\"); return 0; }}
          uid: 0
          gid: 0
          mode: \"0644\"
"
        )
    }
}
