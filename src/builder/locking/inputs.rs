//! What decides a lock.

use crate::builder::definition::{Contents, Definition, TargetPlatform, Typed};
use crate::oci::Digest;

/// The digest of all that decides the lock of a definition: distribution, repositories, keys, packages, files and images,
/// as they are for each platform. A definition that changes elsewhere keeps its lock.
pub fn inputs_digest(definitions: &[(TargetPlatform, Definition)]) -> Digest {
    let mut parts: Vec<serde_json::Value> = definitions
        .iter()
        .map(|(platform, definition)| {
            let contents = definition.contents.as_ref();
            let texts = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
            let of = |texts: fn(&Contents) -> Vec<&str>| contents.map(texts).unwrap_or_default();
            let directive = definition
                .directive
                .as_ref()
                .map(|directive| format!("{}{}", directive.value.family, directive.value.release));
            serde_json::json!({
                "platform": platform.architecture(),
                "distribution": directive,
                "repositories": texts(of(|c| c.repositories.iter().map(Typed::as_str).collect())),
                "keys": texts(of(|c| c.keyring.iter().map(Typed::as_str).collect())),
                "packages": texts(of(|c| c.packages.iter().map(Typed::as_str).collect())),
                "artifacts": texts(of(|c| {
                    c.artifacts.iter().filter_map(|one| one.name.as_ref()).map(Typed::as_str).collect()
                })),
                "files": contents.into_iter().flat_map(|c| &c.files).map(|file| {
                    let url = file.url.as_ref().map(|url| url.as_str().to_owned());
                    (url, file.checksum.as_ref().map(|sum| sum.as_str().to_owned()))
                }).collect::<Vec<_>>(),
            })
        })
        .collect();
    parts.sort_by_key(ToString::to_string);
    Digest::of(serde_json::Value::Array(parts).to_string().as_bytes())
}
