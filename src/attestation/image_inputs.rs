//! The images among the inputs of a build that SLSA provenance v0.2 and v1 lists.
//!
//! They are hints for the base image: the list contains images of build stages too, and does not distinguish them. An
//! entry with contradicting digests names no image. Empty digests are common and mean that there is none.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits::PROVENANCE_IMAGES;
use crate::limits::Exceeded;
use crate::oci::{Digest, Reference};
use crate::trust::Statement;

/// Predicate types of provenance.
const PROVENANCE: [&str; 2] = ["https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"];

/// Whether the predicate type is SLSA provenance, v0.2 or v1.
pub fn is_provenance(predicate_type: &str) -> bool {
    PROVENANCE.contains(&predicate_type)
}

/// One image among the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInput {
    /// The URI as written.
    pub uri: String,
    /// Its path in the statement.
    pub path: InputPath,
    /// The image, or why the entry names none.
    pub reference: Result<Reference, String>,
}

/// The path of an input in its statement: `predicate.materials[3]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputPath {
    /// Path of the list.
    pub list: &'static str,
    /// Index in the list, which includes entries that are not images.
    pub index: usize,
}

impl fmt::Display for InputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.list, self.index)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    #[serde(borrow, default)]
    materials: Option<&'a RawValue>,
    #[serde(borrow, default)]
    build_definition: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition<'a> {
    #[serde(borrow, default)]
    resolved_dependencies: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
    #[serde(default)]
    digest: Option<BTreeMap<String, String>>,
}

/// The images among the inputs of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageInputs {
    /// In the order of the document, each once.
    pub images: Vec<ImageInput>,
    /// The limit, if there are more.
    pub exceeded: Option<Exceeded>,
}

/// Reads the images among the inputs of a build. Other statements, and other shapes of provenance, have none.
pub fn image_inputs(statement: &Statement) -> ImageInputs {
    let mut inputs = ImageInputs::default();
    if !is_provenance(&statement.predicate_type) {
        return inputs;
    }
    let Some(predicate) = statement.predicate.as_deref() else { return inputs };
    let Ok(predicate) = serde_json::from_str::<Predicate<'_>>(predicate.get()) else { return inputs };
    let definition = predicate.build_definition.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let dependencies = definition.and_then(|definition: Definition<'_>| definition.resolved_dependencies);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let lists = [
        ("predicate.materials", predicate.materials),
        ("predicate.buildDefinition.resolvedDependencies", dependencies),
    ];
    for (list, raw) in lists {
        let Some(raw) = raw else { continue };
        let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else { continue };
        for (number, raw) in entries.into_iter().enumerate() {
            let Ok(entry) = serde_json::from_str::<Entry<'_>>(raw.get()) else { continue };
            let digest = entry.digest.as_ref().and_then(|set| set.get("sha256")).map_or("", String::as_str);
            let Some(reference) = read(&entry.uri, digest) else { continue };
            // BuildKit lists an image twice: with and without its platform.
            let image = match &reference {
                Ok(reference) => reference.to_string(),
                Err(_) => format!("{} {digest}", entry.uri),
            };
            if !seen.insert(image) {
                continue;
            }
            if inputs.images.len() == PROVENANCE_IMAGES {
                inputs.exceeded = Some(Exceeded::new(
                    "the number of images in one provenance",
                    PROVENANCE_IMAGES,
                    "images",
                ));
                return inputs;
            }
            let path = InputPath { list, index: number };
            inputs.images.push(ImageInput { uri: entry.uri.into_owned(), path, reference });
        }
    }
    inputs
}

/// The image of a package URL. `None` for a package URL of another type. `sha256` is the digest in the entry.
fn read(uri: &str, sha256: &str) -> Option<Result<Reference, String>> {
    let (kind, rest) = uri.strip_prefix("pkg:")?.trim_start_matches('/').split_once('/')?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (name, version) = rest.rsplit_once('@').unwrap_or((rest, ""));
    let qualifier = |wanted: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == wanted).map(|(_, value)| decoded(value)).next()
    };
    // `docker` URLs may have a short name without a host; `oci` URLs have the repository in a qualifier and the digest
    // as version.
    let (name, tag, digest) = match kind.to_ascii_lowercase().as_str() {
        "docker" => (decoded(name), decoded(version), qualifier("digest").unwrap_or_default()),
        "oci" => (qualifier("repository_url")?, qualifier("tag").unwrap_or_default(), decoded(version)),
        _ => return None,
    };
    Some(image(&name, &tag, &digest, sha256))
}

fn image(name: &str, tag: &str, digest: &str, sha256: &str) -> Result<Reference, String> {
    let entry_digest = if sha256.is_empty() { String::new() } else { format!("sha256:{sha256}") };
    // BuildKit writes the digest of a canonical reference as its version.
    let (tag, version) = if tag.contains(':') { ("", tag) } else { (tag, "") };
    let mut digests: Vec<&str> =
        [version, digest, entry_digest.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    digests.dedup();
    let pinned = match digests.as_slice() {
        [] => None,
        [digest] => Some(digest.parse::<Digest>().map_err(|error| error.to_string())?),
        _ => return Err(format!("its digests contradict each other: {}", digests.join(", "))),
    };
    let tagged = if tag.is_empty() { name.to_owned() } else { format!("{name}:{tag}") };
    let text = match pinned {
        Some(digest) => format!("{tagged}@{digest}"),
        None => tagged,
    };
    let reference: Reference = text.parse().map_err(|error: crate::oci::Error| error.to_string())?;
    // The schemes of layouts, archives and engines are not allowed in a package URL.
    if reference.repository.host().is_none() {
        return Err("it does not name a registry".to_owned());
    }
    Ok(reference)
}

/// Text without percent-encoding. Text that is not UTF-8 after decoding is unchanged.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn named(uri: &str, sha256: &str) -> Option<String> {
        read(uri, sha256).map(|read| match read {
            Ok(reference) => reference.to_string(),
            Err(cause) => format!("error: {cause}"),
        })
    }

    #[test]
    fn package_urls_of_images_are_references() {
        let pinned = |name: &str| Some(format!("{name}@sha256:{DIGEST}"));
        for (uri, sha256, reference) in [
            ("pkg:docker/dhi.io/python@3.13?platform=linux%2Famd64", DIGEST, pinned("dhi.io/python:3.13")),
            ("pkg:docker/dhi.io/python@3.13", "", Some("dhi.io/python:3.13".to_owned())),
            ("pkg:docker/golang@1.22", DIGEST, pinned("docker.io/library/golang:1.22")),
            ("pkg:docker/acme/dhi-python@3", DIGEST, pinned("docker.io/acme/dhi-python:3")),
            ("pkg:docker/127.0.0.1%3A5000/a/b@1", DIGEST, pinned("127.0.0.1:5000/a/b:1")),
            ("pkg:docker/127.0.0.1:5000/a/b@1", DIGEST, pinned("127.0.0.1:5000/a/b:1")),
            ("pkg:apk/alpine/openssl@3", DIGEST, None),
            ("https://dhi.io/apk/x.apk", DIGEST, None),
        ] {
            assert_eq!(named(uri, sha256), reference, "{uri}");
        }
        let both = format!("pkg:docker/dhi.io/python@3.13?digest=sha256:{DIGEST}&platform=linux%2Famd64");
        assert_eq!(named(&both, DIGEST), pinned("dhi.io/python:3.13"));
        assert_eq!(named(&both, ""), pinned("dhi.io/python:3.13"));
        let oci = format!("pkg:oci/python@sha256%3A{DIGEST}?repository_url=dhi.io%2Fpython&tag=3.13");
        assert_eq!(named(&oci, ""), pinned("dhi.io/python:3.13"));
    }

    #[test]
    fn contradicting_digests_and_local_paths_name_no_image() {
        let other = "0".repeat(64);
        for (uri, sha256) in [
            (format!("pkg:docker/dhi.io/python@3.13?digest=sha256:{DIGEST}"), other.as_str()),
            (format!("pkg:docker/dhi.io/python@sha256:{DIGEST}"), other.as_str()),
            ("pkg:docker/dhi.io/python@3.13".to_owned(), "zz"),
            ("pkg:docker/oci:/etc/passwd@1".to_owned(), ""),
            ("pkg:docker/A%20b@1".to_owned(), ""),
        ] {
            let named = named(&uri, sha256).unwrap();
            assert!(named.starts_with("error: "), "{uri}: {named}");
        }
    }

    #[test]
    fn inputs_are_read_from_both_versions_of_provenance() {
        let read = |predicate_type: &str, predicate: &str| {
            let text = format!(
                r#"{{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"{predicate_type}","subject":[],"predicate":{predicate}}}"#
            );
            image_inputs(&Statement::parse(text.as_bytes()).unwrap())
        };
        let statement = |predicate_type: &str, predicate: &str| {
            let inputs = read(predicate_type, predicate);
            (inputs.images.len(), inputs.exceeded.is_some())
        };
        let paths = |predicate_type: &str, predicate: &str| -> Vec<String> {
            read(predicate_type, predicate).images.iter().map(|input| input.path.to_string()).collect()
        };
        let entry = r#"{"uri":"pkg:docker/dhi.io/python@3.13","digest":{"sha256":""}}"#;
        let [v02, v1] = PROVENANCE;
        let dependencies = format!(r#"{{"buildDefinition":{{"resolvedDependencies":[{entry},1]}}}}"#);
        let other = entry.replace("3.13", "3.14");
        let materials = format!(r#"{{"materials":[{entry},{{"uri":1}},{other},{entry}]}}"#);
        assert_eq!(statement(v02, &materials), (2, false));
        assert_eq!(statement(v1, &dependencies), (1, false));
        assert_eq!(paths(v02, &materials), ["predicate.materials[0]", "predicate.materials[2]"]);
        assert_eq!(paths(v1, &dependencies), ["predicate.buildDefinition.resolvedDependencies[0]"]);
        assert_eq!(statement("https://spdx.dev/Document", &dependencies), (0, false));
        for predicate in ["[]", "null", r#"{"buildDefinition":[]}"#, r#"{"materials":{}}"#, "{}"] {
            assert_eq!(statement(v1, predicate), (0, false), "{predicate}");
        }
        // BuildKit lists an image with and without its platform.
        let platform = entry.replace("@3.13", "@3.13?platform=linux%2Famd64");
        let twice =
            format!(r#"{{"buildDefinition":{{"resolvedDependencies":[{platform},{entry},{other}]}}}}"#);
        assert_eq!(statement(v1, &twice), (2, false));
        let many = |count: usize| {
            let entries: Vec<String> = (0..count).map(|n| entry.replace("3.13", &n.to_string())).collect();
            format!(r#"{{"materials":[{}]}}"#, [entries.as_slice(), entries.as_slice()].concat().join(","))
        };
        assert_eq!(statement(v02, &many(PROVENANCE_IMAGES)), (PROVENANCE_IMAGES, false));
        assert_eq!(statement(v02, &many(PROVENANCE_IMAGES + 1)), (PROVENANCE_IMAGES, true));
    }
}
