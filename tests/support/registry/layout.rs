//! A layout directory, served as a repository.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use super::InMemoryRegistry;

const TAG: &str = "org.opencontainers.image.ref.name";

impl InMemoryRegistry {
    /// Puts every manifest and blob that can be reached from `index.json` into `repository`, and every named
    /// entry as a tag, fallback tags of referrers among them. What is not in the directory is left out.
    pub(crate) fn serve_layout(&self, directory: &Path, repository: &str) {
        let bytes = std::fs::read(directory.join("index.json")).unwrap();
        let index: Value = serde_json::from_slice(&bytes).unwrap();
        let mut seen = HashSet::new();
        for entry in index["manifests"].as_array().unwrap() {
            let Some(digest) = self.put_reachable(directory, repository, entry, &mut seen) else { continue };
            if let Some(name) = entry["annotations"][TAG].as_str() {
                // Some tools write the whole reference.
                let tag = name.rsplit(':').next().unwrap_or(name);
                self.tag(repository, tag, &digest.parse().unwrap());
            }
        }
    }

    /// The digest of `descriptor`, if its bytes are there.
    fn put_reachable(
        &self,
        directory: &Path,
        repository: &str,
        descriptor: &Value,
        seen: &mut HashSet<String>,
    ) -> Option<String> {
        let digest = descriptor["digest"].as_str()?.to_owned();
        let bytes = std::fs::read(directory.join("blobs").join(digest.replace(':', "/"))).ok()?;
        if !seen.insert(digest.clone()) {
            return Some(digest);
        }
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let is_manifest = value.get("schemaVersion").is_some()
            && (value.get("manifests").is_some() || value.get("config").is_some());
        if is_manifest {
            self.put_manifest_as(repository, &digest, &bytes);
            let lists = ["manifests", "layers"].iter().filter_map(|name| value[*name].as_array()).flatten();
            for descriptor in lists.chain(value.get("config")).chain(value.get("subject")) {
                self.put_reachable(directory, repository, descriptor, seen);
            }
        } else {
            self.put_blob_as(repository, &digest, &bytes);
        }
        Some(digest)
    }
}
