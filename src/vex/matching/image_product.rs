//! Images as statements name them: package URLs of the types `oci` and `docker`, image references, digests.

use super::image_name::{ImageName, ImageText, is_digest};
use crate::vex::{Identity, PackageUrl};

/// How much an identity of an image names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageScope {
    /// An image by digest.
    Digest,
    /// An image by repository and tag.
    Tag,
    /// Every image of a repository.
    Repository,
    /// Every image with a name, in any repository.
    Name,
}

/// How much an identity names, if it can name an image at all.
pub fn image_scope(identity: &Identity) -> Option<ImageScope> {
    let product = match identity {
        Identity::Purl { purl, .. } => ImageProduct::of_purl(purl)?,
        Identity::Text(text) => ImageProduct::of_text(text)?,
        Identity::Hash(_) => return Some(ImageScope::Digest),
        Identity::BomLink { .. } | Identity::Cpe(_) => return None,
    };
    match (&product.place, &product.digest, &product.tag) {
        (Place::Nowhere(_), ..) => None,
        (_, Some(_), _) => Some(ImageScope::Digest),
        (Place::Name(_), ..) => Some(ImageScope::Name),
        (_, None, Some(_)) => Some(ImageScope::Tag),
        (_, None, None) => Some(ImageScope::Repository),
    }
}

/// Which repository a `repository_url` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The repository.
    Full,
    /// The repository without its last part, which is the name.
    Parent,
}

/// Where the image of a statement is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In one of these repositories. They are readings of one text.
    Repositories(Vec<(ImageName, Reading)>),
    /// In a repository with this last part.
    Name(String),
    /// The statement does not name a repository.
    Anywhere,
    /// The text cannot be a repository.
    Nowhere(String),
}

impl Place {
    fn of(readings: Vec<(ImageName, Reading)>, text: &str) -> Self {
        match readings.is_empty() {
            true => Self::Nowhere(text.to_owned()),
            false => Self::Repositories(readings),
        }
    }

    pub(super) fn repositories(&self) -> &[(ImageName, Reading)] {
        match self {
            Self::Repositories(readings) => readings,
            Self::Name(_) | Self::Anywhere | Self::Nowhere(_) => &[],
        }
    }

    pub(super) fn written(&self) -> &str {
        match self {
            Self::Repositories(readings) => readings.first().map_or("", |(name, _)| name.written()),
            Self::Name(text) | Self::Nowhere(text) => text,
            Self::Anywhere => "",
        }
    }
}

/// An image as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageProduct {
    pub(super) place: Place,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
    /// What else must agree, as name and value, and whether it is an architecture.
    pub(super) qualifiers: Vec<(String, String, bool)>,
}

impl ImageProduct {
    /// Reads `pkg:oci` and `pkg:docker`.
    pub(super) fn of_purl(purl: &PackageUrl) -> Option<Self> {
        let path = match purl.namespace() {
            Some(namespace) => format!("{namespace}/{}", purl.name()),
            None => purl.name().to_owned(),
        };
        let place = match (purl.kind(), purl.qualifier("repository_url")) {
            ("oci" | "docker", Some(url)) => Place::of(of_repository_url(url, &path), url),
            ("oci", None) if !path.contains('/') => Place::Name(path),
            ("oci" | "docker", None) => Place::of(
                ImageName::parse(&path).map(|name| (name, Reading::Full)).into_iter().collect(),
                &path,
            ),
            _ => return None,
        };
        let mut product = Self { place, tag: None, digest: None, qualifiers: Vec::new() };
        match purl.version() {
            Some(version) if version.contains(':') => product.digest = Some(version.to_ascii_lowercase()),
            version => product.tag = version.map(str::to_owned),
        }
        for (name, value) in purl.qualifiers() {
            match name.as_str() {
                "repository_url" => {}
                "tag" if product.tag.as_ref().is_none_or(|tag| tag == value) => {
                    product.tag = Some(value.clone());
                }
                "digest"
                    if product.digest.as_ref().is_none_or(|digest| digest.eq_ignore_ascii_case(value)) =>
                {
                    product.digest = Some(value.to_ascii_lowercase());
                }
                "arch" => product.qualifiers.push((name.clone(), value.clone(), true)),
                "platform" => {
                    let architecture = value.split('/').nth(1).unwrap_or_default();
                    product.qualifiers.push((name.clone(), architecture.to_owned(), true));
                }
                _ => product.qualifiers.push((name.clone(), value.clone(), false)),
            }
        }
        Some(product)
    }

    /// Reads an image reference or a digest. A single word is not enough to be an image.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        if is_digest(text) {
            let digest = Some(text.to_ascii_lowercase());
            return Some(Self { place: Place::Anywhere, tag: None, digest, qualifiers: Vec::new() });
        }
        let is_purl = text.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("pkg"));
        if is_purl || !text.contains(['/', ':', '@']) || text.contains("://") {
            return None;
        }
        let image = ImageText::parse(text)?;
        Some(Self {
            place: Place::Repositories(vec![(image.name, Reading::Full)]),
            tag: image.tag,
            digest: image.digest,
            qualifiers: Vec::new(),
        })
    }
}

/// Both readings of a `repository_url`: with the name of the image, and without.
fn of_repository_url(url: &str, name: &str) -> Vec<(ImageName, Reading)> {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let full = (url.contains('/') && last(url) == last(name)).then(|| (url.to_owned(), Reading::Full));
    let parent = Some((format!("{url}/{name}"), Reading::Parent));
    let readings = full.into_iter().chain(parent);
    readings.filter_map(|(text, reading)| Some((ImageName::parse(&text)?, reading))).collect()
}
