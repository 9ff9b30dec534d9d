//! A tag names one digest: entries of `index.json` that disagree about a tag are refused, never chosen from.

use bytes::Bytes;
use serde::Deserialize;

use super::files::Files;
use crate::limits::{Exceeded, Limits};
use crate::oci::{Descriptor, Digest, Manifest, json, media_type};
use crate::registry::Error;
use crate::registry::limits::NAMED_TAGS;

/// Annotation with the tag, or with a full reference (OCI image specification, `annotations.md`).
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// Annotation with the full reference, as containerd, Docker and BuildKit write it.
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// The checked `index.json` of a layout.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) entries: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OciLayout {
    image_layout_version: String,
}

impl Index {
    /// Reads `oci-layout` and `index.json`.
    pub(super) fn read(files: &Files, limits: &Limits) -> Result<Self, Error> {
        Self::read_text(files, limits).map(|(index, _)| index)
    }

    /// The same, with the text of `index.json`.
    pub(super) fn read_text(files: &Files, limits: &Limits) -> Result<(Self, Bytes), Error> {
        let bad = |name: &str, cause: String| files.failure(name, cause);
        let marker: OciLayout = json::parse(&files.required("oci-layout", limits.layout_file)?, "it")
            .map_err(|error| bad("oci-layout", error.to_string()))?;
        let version = marker.image_layout_version;
        if version != "1" && !version.starts_with("1.") {
            return Err(bad("oci-layout", format!("layout version `{version}` is not supported")));
        }
        let bytes = files.required("index.json", limits.manifest)?;
        match Manifest::parse(&bytes, Some(media_type::OCI_INDEX)) {
            Ok(Manifest::Index(index)) if index.manifests.len() > limits.layout_entries => {
                let what = format!("{} entries", index.manifests.len());
                Err(Error::Limit {
                    what: files.shown("index.json"),
                    exceeded: Exceeded::new(what, limits.layout_entries, "entries"),
                })
            }
            Ok(Manifest::Index(index)) => Ok((Self { entries: index.manifests }, bytes)),
            Ok(Manifest::Image(_)) => Err(bad("index.json", "it is not an index".to_owned())),
            Err(error) => Err(bad("index.json", error.to_string())),
        }
    }

    /// The entry that `tag` names; the error is the cause.
    pub(super) fn tagged(&self, tag: &str) -> Result<Option<&Descriptor>, String> {
        let mut named = self.entries.iter().filter(|entry| names(entry).any(|name| name == tag));
        let Some(first) = named.next() else { return Ok(None) };
        match named.find(|other| other.digest != first.digest) {
            None => Ok(Some(first)),
            Some(other) => Err(format!(
                "tag `{tag}` is ambiguous, it names `{}` and `{}`; ask by digest",
                first.digest, other.digest
            )),
        }
    }

    /// What `index.json` says of `digest`.
    pub(super) fn entry(&self, digest: &Digest) -> Option<&Descriptor> {
        self.entries.iter().find(|entry| entry.digest == *digest)
    }

    /// The tags of images, for the text of an error.
    pub(super) fn tags(&self) -> String {
        let mut tags: Vec<&str> =
            self.entries.iter().filter(|entry| !is_about_another(entry)).flat_map(names).collect();
        tags.sort_unstable();
        tags.dedup();
        let more = tags.len().saturating_sub(NAMED_TAGS);
        let mut text =
            tags.iter().take(NAMED_TAGS).map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(", ");
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        text
    }
}

/// The tags by which an entry is named, short or at the end of a full reference.
pub(super) fn names(entry: &Descriptor) -> impl Iterator<Item = &str> {
    [REF_NAME, CONTAINERD_NAME].into_iter().filter_map(|annotation| {
        let name = entry.annotations.get(annotation)?;
        let name = name.split_once('@').map_or(name.as_str(), |(name, _)| name);
        match name.rsplit_once(':') {
            Some((_, tag)) if !tag.contains('/') => Some(tag),
            Some(_) => None,
            None => Some(name).filter(|name| !name.contains('/')),
        }
    })
}

/// Whether an entry is named after the digest of another object: a referrers list (`sha256-HEX`) or one of
/// cosign's older tags (`sha256-HEX.sig`).
pub(super) fn is_about_another(entry: &Descriptor) -> bool {
    names(entry).any(|name| fallback_tag(name).is_some())
}

/// Whether an entry is a list of referrers.
pub(super) fn is_fallback(entry: &Descriptor) -> bool {
    names(entry).any(|name| fallback_tag(name) == Some(""))
}

/// What follows `ALGORITHM-HEX` in `name`, if it begins so.
fn fallback_tag(name: &str) -> Option<&str> {
    let (algorithm, rest) = name.split_once('-')?;
    let (hex, suffix) = rest.split_at_checked(64)?;
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (matches!(algorithm, "sha256" | "sha512") && is_hex && (suffix.is_empty() || suffix.starts_with('.')))
        .then_some(suffix)
}
