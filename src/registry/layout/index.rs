//! The `index.json` of a layout: finds images by tag or name.
//!
//! Entries with the same name and different digests are an error; none of them is chosen.

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::files::Files;
use crate::limits::{Exceeded, Limits};
use crate::oci::hex::is_hex;
use crate::oci::{Descriptor, Digest, ImageName, Manifest, Reference, json, media_type};
use crate::registry::Error;
use crate::registry::limits::NAMED_TAGS;

/// The annotation with the tag or a full reference (OCI image specification, `annotations.md`).
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The annotation with the full reference that containerd, Docker and BuildKit write.
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
        Self::read_with_text(files, limits).map(|(index, _)| index)
    }

    /// As [`Index::read`], with the text of `index.json`.
    pub(super) fn read_with_text(files: &Files, limits: &Limits) -> Result<(Self, Bytes), Error> {
        let bad = |name: &str, cause: String| files.file_error(name, cause);
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
                    what: files.file_label("index.json"),
                    exceeded: Exceeded::new(what, limits.layout_entries, "entries"),
                })
            }
            Ok(Manifest::Index(index)) => Ok((Self { entries: index.manifests }, bytes)),
            Ok(Manifest::Image(_)) => Err(bad("index.json", "it is not an index".to_owned())),
            Err(error) => Err(bad("index.json", error.to_string())),
        }
    }

    /// Finds the entry that matches `query`. If several images match, the error lists them under all their names.
    pub(super) fn find(&self, query: &NameQuery<'_>) -> Result<Option<&Descriptor>, Vec<(String, Digest)>> {
        let all = || self.entries.iter().filter(|entry| query.matches(entry));
        let Some(first) = all().next() else { return Ok(None) };
        if all().all(|other| other.digest == first.digest) {
            return Ok(Some(first));
        }
        let named = all().flat_map(|entry| names(entry).map(|name| (name.to_owned(), entry.digest)));
        Err(named.collect::<BTreeSet<_>>().into_iter().take(NAMED_TAGS).collect())
    }

    /// The first entry with this digest.
    pub(super) fn entry(&self, digest: &Digest) -> Option<&Descriptor> {
        self.entries.iter().find(|entry| entry.digest == *digest)
    }

    /// The names of all images, for error messages.
    pub(super) fn image_names(&self) -> String {
        let images = self.entries.iter().filter(|entry| !is_about_other_object(entry));
        let names: BTreeSet<&str> = images.flat_map(names).collect();
        let more = names.len().saturating_sub(NAMED_TAGS);
        let mut text =
            names.iter().take(NAMED_TAGS).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        text
    }
}

/// A tag or name by which an image of a layout is looked up.
pub(super) enum NameQuery<'a> {
    /// A tag: matches a tag alone, or at the end of a full name.
    Tag(&'a str),
    /// A full name. Matches names that Docker normalizes to the same: `shop/web` and `docker.io/shop/web:latest`.
    Name(&'a str, Option<Reference>),
}

impl<'a> NameQuery<'a> {
    pub(super) fn name(name: &'a ImageName) -> Self {
        Self::Name(name.as_str(), normalized(name.as_str()))
    }

    /// Whether `entry` has a matching name.
    pub(super) fn matches(&self, entry: &Descriptor) -> bool {
        names(entry).any(|name| self.matches_name(name))
    }

    /// Whether the name of an entry matches.
    pub(super) fn matches_name(&self, name: &str) -> bool {
        match self {
            Self::Tag(tag) => tag_of(name) == Some(tag),
            Self::Name(wanted, wanted_normalized) => {
                name == *wanted || (wanted_normalized.is_some() && normalized(name) == *wanted_normalized)
            }
        }
    }
}

impl fmt::Display for NameQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(text) | Self::Name(text, _) => f.write_str(text),
        }
    }
}

/// A name as Docker normalizes it. `None` if it is not that of a registry.
fn normalized(name: &str) -> Option<Reference> {
    name.parse::<Reference>().ok().filter(|reference| reference.repository.host().is_some())
}

/// The names of an entry, without digests.
pub(super) fn names(entry: &Descriptor) -> impl Iterator<Item = &str> {
    [REF_NAME, CONTAINERD_NAME].into_iter().filter_map(|annotation| {
        let name = entry.annotations.get(annotation)?;
        Some(name.split_once('@').map_or(name.as_str(), |(name, _)| name))
    })
}

/// The tag in a name: the name itself, or its end.
pub(super) fn tag_of(name: &str) -> Option<&str> {
    match name.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => Some(tag),
        Some(_) => None,
        None => Some(name).filter(|name| !name.contains('/')),
    }
}

/// Whether the name of an entry is made of another object's digest: a list of referrers (`sha256-HEX`) or one of
/// cosign's tags (`sha256-HEX.sig`).
pub(super) fn is_about_other_object(entry: &Descriptor) -> bool {
    names(entry).filter_map(tag_of).any(|name| fallback_tag_suffix(name).is_some())
}

/// Whether an entry is a list of referrers.
pub(super) fn is_referrers_list(entry: &Descriptor) -> bool {
    names(entry).filter_map(tag_of).any(|name| fallback_tag_suffix(name) == Some(""))
}

/// The rest of `name` after `ALGORITHM-HEX`, if it starts so.
fn fallback_tag_suffix(name: &str) -> Option<&str> {
    let (algorithm, rest) = name.split_once('-')?;
    let (hex, suffix) = rest.split_at_checked(64)?;
    (matches!(algorithm, "sha256" | "sha512")
        && is_hex(hex)
        && (suffix.is_empty() || suffix.starts_with('.')))
    .then_some(suffix)
}
