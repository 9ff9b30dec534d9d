//! A tag, or a whole name, names one digest: entries of `index.json` that disagree about it are refused, never chosen
//! from.

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
        Self::read_with_text(files, limits).map(|(index, _)| index)
    }

    /// The same, with the text of `index.json`.
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

    /// The entry that goes by `called`; the error has those that do, by all their names, where they are several images.
    pub(super) fn find(&self, called: &NameQuery<'_>) -> Result<Option<&Descriptor>, Vec<(String, Digest)>> {
        let all = || self.entries.iter().filter(|entry| called.matches(entry));
        let Some(first) = all().next() else { return Ok(None) };
        if all().all(|other| other.digest == first.digest) {
            return Ok(Some(first));
        }
        let named = all().flat_map(|entry| names(entry).map(|name| (name.to_owned(), entry.digest)));
        Err(named.collect::<BTreeSet<_>>().into_iter().take(NAMED_TAGS).collect())
    }

    /// What `index.json` says of `digest`.
    pub(super) fn entry(&self, digest: &Digest) -> Option<&Descriptor> {
        self.entries.iter().find(|entry| entry.digest == *digest)
    }

    /// The names of images, for the text of an error.
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

/// What an image of a layout is asked for by.
pub(super) enum NameQuery<'a> {
    /// A tag, alone or at the end of a whole name.
    Tag(&'a str),
    /// A whole name, or what Docker completes to the same: `shop/web` and `docker.io/shop/web:latest`.
    Name(&'a str, Option<Reference>),
}

impl<'a> NameQuery<'a> {
    pub(super) fn name(name: &'a ImageName) -> Self {
        Self::Name(name.as_str(), normalized(name.as_str()))
    }

    /// Whether `entry` goes by it.
    pub(super) fn matches(&self, entry: &Descriptor) -> bool {
        names(entry).any(|name| self.matches_name(name))
    }

    /// Whether the name of an entry is this one.
    pub(super) fn matches_name(&self, name: &str) -> bool {
        match self {
            Self::Tag(tag) => tag_of(name) == Some(tag),
            Self::Name(own, completed_own) => {
                name == *own || (completed_own.is_some() && normalized(name) == *completed_own)
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

/// A name as Docker completes it. `None` where it is none of a registry.
fn normalized(name: &str) -> Option<Reference> {
    name.parse::<Reference>().ok().filter(|reference| reference.repository.host().is_some())
}

/// The names of an entry, without digest.
pub(super) fn names(entry: &Descriptor) -> impl Iterator<Item = &str> {
    [REF_NAME, CONTAINERD_NAME].into_iter().filter_map(|annotation| {
        let name = entry.annotations.get(annotation)?;
        Some(name.split_once('@').map_or(name.as_str(), |(name, _)| name))
    })
}

/// The tag in a name, which is one alone or stands at its end.
pub(super) fn tag_of(name: &str) -> Option<&str> {
    match name.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => Some(tag),
        Some(_) => None,
        None => Some(name).filter(|name| !name.contains('/')),
    }
}

/// Whether an entry is named after the digest of another object: a referrers list (`sha256-HEX`) or one of
/// cosign's older tags (`sha256-HEX.sig`).
pub(super) fn is_about_other_object(entry: &Descriptor) -> bool {
    names(entry).filter_map(tag_of).any(|name| fallback_tag_suffix(name).is_some())
}

/// Whether an entry is a list of referrers.
pub(super) fn is_referrers_list(entry: &Descriptor) -> bool {
    names(entry).filter_map(tag_of).any(|name| fallback_tag_suffix(name) == Some(""))
}

/// What follows `ALGORITHM-HEX` in `name`, if it begins so.
fn fallback_tag_suffix(name: &str) -> Option<&str> {
    let (algorithm, rest) = name.split_once('-')?;
    let (hex, suffix) = rest.split_at_checked(64)?;
    (matches!(algorithm, "sha256" | "sha512")
        && is_hex(hex)
        && (suffix.is_empty() || suffix.starts_with('.')))
    .then_some(suffix)
}
