//! Evaluates `contents` and `paths`.

use super::evaluator::Evaluator;
use crate::builder::definition::{Artifact, Contents, FileSource, PathEntry, Spdx, SpdxPackage};

impl Evaluator<'_> {
    pub(super) fn contents(&mut self, contents: &Contents) -> Contents {
        let Contents { range, repositories, keyring, packages, mappings, files, artifacts } = contents;
        Contents {
            range: range.clone(),
            repositories: self.typed_list(repositories),
            keyring: self.typed_list(keyring),
            packages: self.typed_list(packages),
            mappings: self.map(mappings),
            files: files.iter().filter_map(|file| self.file(file)).collect(),
            artifacts: artifacts.iter().filter_map(|artifact| self.artifact(artifact)).collect(),
        }
    }

    fn file(&mut self, file: &FileSource) -> Option<FileSource> {
        if !self.is_used(file.condition.as_ref(), &file.platforms) {
            return None;
        }
        Some(FileSource {
            range: file.range.clone(),
            url: self.typed_optional(file.url.as_ref()),
            condition: None,
            checksum: self.typed_optional(file.checksum.as_ref()),
            path: self.optional(file.path.as_ref()),
            includes: self.texts(&file.includes),
            excludes: self.texts(&file.excludes),
            platforms: Vec::new(),
            spdx: file.spdx.as_ref().map(|spdx| self.spdx(spdx)),
            uid: file.uid.clone(),
            gid: file.gid.clone(),
            mode: self.typed_optional(file.mode.as_ref()),
            secret_id: self.optional(file.secret_id.as_ref()),
        })
    }

    fn spdx(&mut self, spdx: &Spdx) -> Spdx {
        let packages = spdx.packages.iter().map(|package| SpdxPackage {
            range: package.range.clone(),
            name: self.optional(package.name.as_ref()),
            purl: self.optional(package.purl.as_ref()),
            license: self.optional(package.license.as_ref()),
            path: self.optional(package.path.as_ref()),
        });
        let packages = packages.collect();
        Spdx {
            range: spdx.range.clone(),
            name: self.optional(spdx.name.as_ref()),
            version: self.optional(spdx.version.as_ref()),
            packages,
        }
    }

    fn artifact(&mut self, artifact: &Artifact) -> Option<Artifact> {
        if !self.is_used(artifact.condition.as_ref(), &[]) {
            return None;
        }
        Some(Artifact {
            range: artifact.range.clone(),
            name: self.typed_optional(artifact.name.as_ref()),
            condition: None,
            includes: self.texts(&artifact.includes),
            excludes: self.texts(&artifact.excludes),
            uid: artifact.uid.clone(),
            gid: artifact.gid.clone(),
        })
    }

    pub(super) fn paths(&mut self, paths: &[PathEntry]) -> Vec<PathEntry> {
        paths.iter().filter_map(|entry| self.path(entry)).collect()
    }

    fn path(&mut self, entry: &PathEntry) -> Option<PathEntry> {
        if !self.is_used(entry.condition.as_ref(), &entry.platforms) {
            return None;
        }
        Some(PathEntry {
            range: entry.range.clone(),
            kind: entry.kind.clone(),
            path: self.text(&entry.path),
            condition: None,
            content: entry.content.as_ref().map(|content| self.script(content)),
            uid: entry.uid.clone(),
            gid: entry.gid.clone(),
            mode: self.typed_optional(entry.mode.as_ref()),
            source: self.optional(entry.source.as_ref()),
            recursive: entry.recursive.clone(),
            platforms: Vec::new(),
        })
    }
}
