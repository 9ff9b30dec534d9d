//! Image manifests and indexes.
//!
//! A manifest is parsed by its announced media type, and must not contradict it: an index that also has layers, or a
//! manifest under an index's type, is an error. So is a manifest that another reader would understand differently:
//! container engines ignore the case of member names.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::descriptor::{null_as_empty, null_as_some};
use super::member_case::{Members, reject_case_variants};
use super::{Descriptor, Error, json, media_type, quote_untrusted};

/// An index or a manifest of one image or artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "few are alive at once, and nearly all are images")]
pub enum Manifest {
    /// OCI image index or Docker manifest list.
    Index(ImageIndex),
    /// OCI or Docker image manifest.
    Image(ImageManifest),
}

/// OCI image index or Docker manifest list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageIndex {
    /// The media type under which it was read.
    pub media_type: String,
    /// `artifactType` as written.
    pub declared_artifact_type: Option<String>,
    /// Entries in the order of the document, duplicates included.
    pub manifests: Vec<Descriptor>,
    /// Unsigned text.
    pub annotations: BTreeMap<String, String>,
    /// The object that this index refers to.
    pub subject: Option<Descriptor>,
}

/// OCI or Docker image manifest. Artifacts such as attestations, signatures and charts are also stored as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageManifest {
    /// The media type under which it was read.
    pub media_type: String,
    /// `artifactType` as written. See [`ImageManifest::artifact_type`].
    pub declared_artifact_type: Option<String>,
    /// Configuration.
    pub config: Descriptor,
    /// Layers, base first.
    pub layers: Vec<Descriptor>,
    /// The object that this manifest refers to.
    pub subject: Option<Descriptor>,
    /// Unsigned text.
    pub annotations: BTreeMap<String, String>,
}

impl ImageManifest {
    /// The type of the artifact: `artifactType`, else the configuration's media type
    /// (distribution specification 1.1, "listing referrers").
    pub fn artifact_type(&self) -> &str {
        match self.declared_artifact_type.as_deref() {
            Some(declared) if !declared.is_empty() => declared,
            _ => &self.config.media_type,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    schema_version: u32,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    /// Absent, `null` or a list. Registries written in Go return `null` for a subject without referrers.
    #[serde(default, deserialize_with = "null_as_some")]
    manifests: Option<Option<Vec<Descriptor>>>,
    #[serde(default)]
    subject: Option<Descriptor>,
    #[serde(default, deserialize_with = "null_as_empty")]
    annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads a manifest or index. `announced` is the media type in the descriptor or HTTP response, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if it is malformed. [`Error::Manifest`] if its media type is unknown, differs from `announced` or
    /// contradicts its content, or if a member differs from a known one only in case.
    pub fn parse(bytes: &[u8], announced: Option<&str>) -> Result<Self, Error> {
        let wire: Wire = json::parse(bytes, "manifest")?;
        check_member_case(bytes)?;
        if wire.schema_version != 2 {
            return Err(Error::Manifest(format!("schema version {} is not supported", wire.schema_version)));
        }
        let announced = announced.filter(|announced| !announced.is_empty());
        let media_type = match (wire.media_type.as_deref(), announced) {
            (Some(declared), Some(announced)) if declared != announced => {
                return Err(Error::Manifest(format!(
                    "it was announced as `{announced}` but its `mediaType` is `{declared}`"
                )));
            }
            (Some(declared), _) => declared.to_owned(),
            (None, Some(announced)) => announced.to_owned(),
            // In OCI 1.0 the member is only a SHOULD. Without it the content decides, and must not be ambiguous.
            (None, None) if matches!(wire.manifests, Some(Some(_))) => media_type::OCI_INDEX.to_owned(),
            (None, None) => media_type::OCI_MANIFEST.to_owned(),
        };
        if media_type::is_index(&media_type) {
            match wire {
                Wire {
                    manifests: Some(manifests),
                    config: None,
                    layers: None,
                    annotations,
                    subject,
                    artifact_type,
                    ..
                } => Ok(Self::Index(ImageIndex {
                    media_type,
                    declared_artifact_type: artifact_type,
                    manifests: manifests.unwrap_or_default(),
                    annotations,
                    subject,
                })),
                Wire { manifests: None, .. } => {
                    Err(Error::Manifest("an index without `manifests`".to_owned()))
                }
                _ => Err(Error::Manifest("an index that also has `config` or `layers`".to_owned())),
            }
        } else if media_type::is_manifest(&media_type) {
            match wire {
                Wire {
                    manifests: None | Some(None),
                    config: Some(config),
                    layers,
                    annotations,
                    subject,
                    artifact_type,
                    ..
                } => Ok(Self::Image(ImageManifest {
                    media_type,
                    declared_artifact_type: artifact_type,
                    config,
                    layers: layers.unwrap_or_default(),
                    subject,
                    annotations,
                })),
                Wire { config: None, .. } => {
                    Err(Error::Manifest("an image manifest without `config`".to_owned()))
                }
                _ => Err(Error::Manifest("an image manifest that also has `manifests`".to_owned())),
            }
        } else {
            Err(Error::Manifest(format!(
                "media type {} is neither an index nor a manifest",
                quote_untrusted(&media_type)
            )))
        }
    }

    /// The media type under which it was read.
    pub fn media_type(&self) -> &str {
        match self {
            Self::Index(index) => &index.media_type,
            Self::Image(image) => &image.media_type,
        }
    }
}

/// The members of manifests and indexes, of descriptors, and of platforms (OCI image specification 1.1).
const MANIFEST_MEMBERS: [&str; 8] =
    ["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations"];
const DESCRIPTOR_MEMBERS: [&str; 8] =
    ["mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType"];
const PLATFORM_MEMBERS: [&str; 5] = ["os", "architecture", "variant", "os.version", "os.features"];

/// Refuses members that differ from known ones only in case. Go, in which container engines are written, takes
/// `Manifests` for `manifests`, so an engine could run another image than the one that was verified.
fn check_member_case(bytes: &[u8]) -> Result<(), Error> {
    let unreadable =
        |error: serde_json::Error| Error::Json { what: "manifest".to_owned(), cause: error.to_string() };
    let members: Members<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
    reject_case_variants(&members, &MANIFEST_MEMBERS).map_err(Error::Manifest)?;
    let mut descriptors: Vec<Option<Members<'_>>> = Vec::new();
    for name in ["config", "subject"] {
        if let Some(raw) = members.get(name) {
            descriptors.push(serde_json::from_str(raw.get()).map_err(unreadable)?);
        }
    }
    for name in ["layers", "manifests"] {
        if let Some(raw) = members.get(name) {
            let list: Option<Vec<Option<Members<'_>>>> =
                serde_json::from_str(raw.get()).map_err(unreadable)?;
            descriptors.extend(list.into_iter().flatten());
        }
    }
    for descriptor in descriptors.into_iter().flatten() {
        reject_case_variants(&descriptor, &DESCRIPTOR_MEMBERS).map_err(Error::Manifest)?;
        if let Some(raw) = descriptor.get("platform")
            && let Some(platform) =
                serde_json::from_str::<Option<Members<'_>>>(raw.get()).map_err(unreadable)?
        {
            reject_case_variants(&platform, &PLATFORM_MEMBERS).map_err(Error::Manifest)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIPTOR: &str = r#"{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}"#;

    fn read(text: &str, announced: Option<&str>) -> Result<Manifest, Error> {
        Manifest::parse(text.as_bytes(), announced)
    }

    #[test]
    fn a_manifest_that_is_also_an_index_is_refused() {
        let both = format!(r#"{{"schemaVersion":2,"config":{DESCRIPTOR},"layers":[],"manifests":[]}}"#);
        for announced in [None, Some(media_type::OCI_INDEX), Some(media_type::OCI_MANIFEST)] {
            assert!(matches!(read(&both, announced), Err(Error::Manifest(_))), "{announced:?}");
        }
    }

    #[test]
    fn announced_and_declared_media_type_must_agree() {
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","config":{DESCRIPTOR},"layers":[]}}"#,
            media_type::OCI_MANIFEST
        );
        assert!(read(&text, Some(media_type::OCI_MANIFEST)).is_ok());
        assert!(read(&text, None).is_ok());
        assert!(read(&text, Some(media_type::DOCKER_MANIFEST)).is_err());
        assert!(read(&text, Some(media_type::OCI_INDEX)).is_err());
    }

    #[test]
    fn members_that_differ_from_known_ones_in_case_are_refused() {
        let entry = DESCRIPTOR.replace('}', r#","platform":{"os":"linux","architecture":"amd64"}}"#);
        let index = format!(r#"{{"schemaVersion":2,"manifests":[{entry}],"annotations":{{"Digest":"x"}}}}"#);
        assert!(read(&index, Some(media_type::OCI_INDEX)).is_ok());
        for (from, to) in [
            (r#""annotations":"#, r#""Manifests":[],"annotations":"#),
            (r#""annotations":"#, r#""manife\u017fts":[],"annotations":"#),
            (r#""annotations":"#, r#""Annotations":"#),
            (r#""size":2"#, r#""size":2,"Size":3"#),
            (r#""size":2"#, r#""size":2,"Digest":"sha256:00""#),
            (r#""size":2"#, r#""size":2,"Platform":{}"#),
            (r#""os":"linux""#, r#""os":"linux","OS":"windows""#),
            (r#""os":"linux""#, r#""os":"linux","Os.Version":"1""#),
        ] {
            let text = index.replace(from, to);
            assert_ne!(text, index);
            let error = read(&text, Some(media_type::OCI_INDEX)).unwrap_err();
            assert!(error.to_string().contains("that ignore case"), "{to}: {error}");
        }
        for member in ["Config", "LAYERS", "Subject"] {
            let text = format!(r#"{{"schemaVersion":2,"config":{DESCRIPTOR},"layers":[],"{member}":null}}"#);
            assert!(read(&text, None).is_err(), "{member}");
        }
    }

    #[test]
    fn a_null_list_is_empty_and_a_missing_list_is_an_error() {
        for (text, entries) in [
            (r#"{"schemaVersion":2,"manifests":null}"#, Some(0)),
            (r#"{"schemaVersion":2,"manifests":[]}"#, Some(0)),
            (r#"{"schemaVersion":2}"#, None),
            (r#"{"schemaVersion":2,"manifests":{}}"#, None),
        ] {
            let found = match read(text, Some(media_type::OCI_INDEX)) {
                Ok(Manifest::Index(index)) => Some(index.manifests.len()),
                _ => None,
            };
            assert_eq!(found, entries, "{text}");
        }
        assert!(read(r#"{"schemaVersion":2,"manifests":null}"#, None).is_err(), "it has no media type");
    }

    #[test]
    fn negative_sizes_and_schema_1_are_refused() {
        let text = format!(r#"{{"schemaVersion":2,"config":{}}}"#, DESCRIPTOR.replace(":2,", ":-2,"));
        assert!(read(&text, None).is_err());
        assert!(read(r#"{"schemaVersion":1,"name":"x"}"#, None).is_err());
    }
}
