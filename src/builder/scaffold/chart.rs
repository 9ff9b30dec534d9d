//! The scaffold of a Helm chart: one stage that checks and packs a chart.

use super::{Distribution, Scaffold};

impl Scaffold {
    pub(super) fn chart(&self) -> String {
        let name = self.name.last();
        let name = name.strip_suffix("-chart").unwrap_or(name);
        let image = self.name.with_last(&format!("{name}-chart"));
        format!(
            "\
# syntax=dhi.io/build:2-helm3

# The name for people, and the repository of the chart, which ends in `-chart`.
name: {title}
image: {image}
variant: helm
tags:
  - 1.0.0
platforms:
  - linux/amd64
{dates}# `${{NAME}}` inserts a variable.
vars:
  VERSION: 1.0.0

contents:
{repositories}  # The stage in which the chart is made.
  builds:
    - name: {name}-chart
      work-dir: ${{source.dir}}/{name}
      contents:
        packages:
          - bash
          - ca-certificates
          - coreutils
          - helm
        # A chart that exists is better than one that is written here:
        # files:
        #   - url: git+https://git.example.com/{name}.git#v1.0.0
        #     checksum: 0123456789abcdef0123456789abcdef01234567
        #     path: ${{source.dir}}/{name}
        #     uid: 0
        #     gid: 0
      pipeline:
        - name: lint
          uses: helm/cmd@v1
          with:
            chart: .
            cmd: lint .
        - name: package
          uses: helm/package@v1
          with:
            chart: .
      paths:
        - type: file
          path: ${{source.dir}}/{name}/Chart.yaml
          content: |
            apiVersion: v2
            name: {name}-chart
            description: The chart {name}
            type: application
            version: ${{VERSION}}
          uid: 0
          gid: 0
          mode: \"0644\"
        - type: file
          path: ${{source.dir}}/{name}/templates/config.yaml
          content: |
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: {name}-chart
          uid: 0
          gid: 0
          mode: \"0644\"
",
            title = Self::title(&format!("{name} Helm chart 1.x")),
            dates = self.dates(),
            repositories = Distribution::Debian13.repositories(),
        )
    }
}
