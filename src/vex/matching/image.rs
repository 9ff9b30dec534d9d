//! Compares a component of a statement with the scanned image.
//!
//! All parts that the statement names must agree: repository, tag, digest, architecture. A tag never proves a digest,
//! and a digest that the report does not name is accepted only if this run verified an index that contains both.

use super::architecture::{self, ArchitectureMatch};
use super::closest;
use super::image_name::{ImageName, ImageText, is_digest};
use super::purl::{self, Target};
use crate::vex::{
    Component, Equivalence, Identity, ImageFacts, NearMissPart, PackageUrl, ProductGrade, Scanned,
    ScannedKind,
};

/// How a component matches the scanned image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageMatch {
    /// How exactly.
    pub grade: ProductGrade,
    /// The equivalences that were needed, in the order of [`Equivalence`].
    pub equivalences: Vec<Equivalence>,
    /// The identity that matches, as written.
    pub written: String,
}

/// Whether a component is the scanned image, or what else was scanned. [`ImageIdentity`] answers more than one question.
///
/// # Errors
///
/// The first part that differs, of the identity that comes closest.
pub fn image(
    component: &Component,
    subject: &Scanned,
    facts: &ImageFacts,
) -> Result<ImageMatch, NearMissPart> {
    ImageIdentity::new(subject, facts).compare(component)
}

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

/// Everything that identifies a scanned subject.
#[derive(Clone, Debug)]
pub struct ImageIdentity {
    images: Vec<KnownName>,
    digests: Vec<String>,
    architecture: Option<String>,
    distribution: Option<(String, String)>,
    purl: Option<PackageUrl>,
    bom: Option<(String, String)>,
}

/// A repository of the scanned image, and its tags there.
#[derive(Clone, Debug)]
struct KnownName {
    name: ImageName,
    tags: Vec<String>,
    /// Whether only an alias of the user says so.
    is_alias: bool,
}

impl ImageIdentity {
    /// Collects what the report says about its subject, and what this run verified.
    ///
    /// 1. Repositories and tags are those of the report, and their aliases.
    /// 2. Digests are those of the report. If it names an index that this run verified, those of the images in it for
    ///    the platform of the report are added; if it names an image in such an index, that of the index is.
    pub fn new(subject: &Scanned, facts: &ImageFacts) -> Self {
        let name = (subject.kind == ScannedKind::Image).then_some(&subject.name);
        let texts = subject.repo_digests.iter().chain(&subject.tags).chain(name);
        let mut parsed: Vec<ImageText> = texts.filter_map(|text| ImageText::parse(text)).collect();
        let mut digests = Vec::new();
        if let Some(product) = subject.purl.as_ref().and_then(ImageProduct::of_purl) {
            digests.extend(product.digest);
            let names = product.place.repositories().iter().map(|(name, _)| name.clone());
            parsed.extend(names.map(|name| ImageText { name, tag: product.tag.clone(), digest: None }));
        }
        digests.extend(parsed.iter().filter_map(|image| image.digest.clone()));
        digests.extend(subject.manifest_digest.as_ref().map(|digest| digest.to_ascii_lowercase()));
        digests.extend(bound_digests(&digests, subject, facts));
        let mut images: Vec<KnownName> = Vec::new();
        for ImageText { name, tag, .. } in parsed {
            match images.iter_mut().find(|known| known.name.is_same(&name)) {
                Some(known) => known.tags.extend(tag),
                None => images.push(KnownName { name, tags: tag.into_iter().collect(), is_alias: false }),
            }
        }
        let aliases = aliases(&images, facts);
        images.extend(aliases);
        Self {
            images,
            digests,
            architecture: subject.architecture.clone(),
            distribution: subject.distribution.clone(),
            purl: subject.purl.clone(),
            bom: subject.bom.clone(),
        }
    }

    /// Whether a component is the scanned image, or what else was scanned. Of several identities that match, the most
    /// exact one counts.
    ///
    /// # Errors
    ///
    /// The first part that differs, of the identity that comes closest.
    pub fn compare(&self, component: &Component) -> Result<ImageMatch, NearMissPart> {
        let mut best: Option<ImageMatch> = None;
        let mut misses = Vec::new();
        for identity in &component.identities {
            match self.compare_identity(identity) {
                Ok(mut found) => {
                    found.equivalences.sort_unstable();
                    found.equivalences.dedup();
                    if best.as_ref().is_none_or(|best| rank(&found) < rank(best)) {
                        best = Some(found);
                    }
                }
                Err(part) => misses.push(*part),
            }
        }
        best.ok_or_else(|| closest(misses).unwrap_or(NearMissPart::NoForm { statement: String::new() }))
    }

    /// Whether the report, or an index that this run verified, has this digest (`ALGORITHM:HEX`) for the image.
    pub fn has_digest(&self, digest: &str) -> bool {
        self.digests.iter().any(|known| known.eq_ignore_ascii_case(digest))
    }

    fn compare_identity(&self, identity: &Identity) -> Result<ImageMatch, Box<NearMissPart>> {
        let no_form = |text: &str| Err(Box::new(NearMissPart::NoForm { statement: text.to_owned() }));
        match identity {
            Identity::Purl { text, is_range: true, purl } if purl.version().is_none() => no_form(text),
            Identity::Purl { text, purl, .. } => match ImageProduct::of_purl(purl) {
                Some(product) => self
                    .compare_product(&product, text)
                    .or_else(|missed| self.compare_scanned(purl, text).map_err(|_| missed)),
                None => self.compare_scanned(purl, text),
            },
            Identity::Hash(hex) => {
                let is_known = |known: &String| known.split_once(':').is_some_and(|(_, known)| known == hex);
                match self.digests.iter().any(is_known) {
                    true => Ok(matched(ProductGrade::ImageDigest, Vec::new(), hex)),
                    false => Err(Box::new(self.other_digest(hex))),
                }
            }
            Identity::BomLink { serial, version, bom_ref: None, .. }
                if self.bom.as_ref().is_some_and(|(own, own_version)| {
                    own.eq_ignore_ascii_case(serial) && own_version == version
                }) =>
            {
                Ok(matched(ProductGrade::Scanned, Vec::new(), &format!("{serial}/{version}")))
            }
            Identity::BomLink { serial, version, .. } => no_form(&format!("{serial}/{version}")),
            Identity::Text(text) => match ImageProduct::of_text(text) {
                Some(product) => self.compare_product(&product, text),
                None => no_form(text),
            },
            Identity::Cpe(text) => no_form(text),
        }
    }

    fn compare_scanned(&self, purl: &PackageUrl, text: &str) -> Result<ImageMatch, Box<NearMissPart>> {
        let Some(scanned) = &self.purl else {
            let part = NearMissPart::Type { statement: purl.kind().to_owned(), found: String::new() };
            return Err(Box::new(part));
        };
        let distribution = self.distribution.as_ref().map(|(family, release)| (&**family, &**release));
        let equivalences = purl::compare(purl, &Target::of(scanned, distribution))?;
        Ok(matched(ProductGrade::Scanned, equivalences, text))
    }

    fn compare_product(&self, product: &ImageProduct, text: &str) -> Result<ImageMatch, Box<NearMissPart>> {
        // Of an image with another digest and another name, the digest is the exact difference.
        if let Some(digest) = product.digest.as_ref().filter(|digest| !self.has_digest(digest)) {
            return Err(Box::new(self.other_digest(digest)));
        }
        let mut equivalences = Vec::new();
        let tags = self.compare_name(product, &mut equivalences).ok_or_else(|| {
            let found = self.images.first().map(|known| known.name.written());
            Box::new(NearMissPart::Image {
                statement: product.place.written().to_owned(),
                found: found.unwrap_or_default().to_owned(),
            })
        })?;
        // Where the digest is equal, an image that was pulled without a tag has no tag to compare.
        let tag = product.tag.as_ref().filter(|_| product.digest.is_none() || !tags.is_empty());
        if let Some(tag) = tag.filter(|tag| !tags.contains(tag)) {
            let found = tags.first().copied().cloned().unwrap_or_default();
            return Err(Box::new(NearMissPart::ImageTag { statement: tag.clone(), found }));
        }
        for (name, value, is_architecture) in &product.qualifiers {
            let found = self.architecture.as_deref();
            let outcome = is_architecture.then(|| architecture::compare(value, found)).flatten();
            match outcome {
                Some(ArchitectureMatch::Equal) => {}
                Some(ArchitectureMatch::Equivalent) => equivalences.push(Equivalence::Architecture),
                None => {
                    let found = found.filter(|_| *is_architecture).unwrap_or_default().to_owned();
                    let (name, statement) = (name.clone(), value.clone());
                    return Err(Box::new(NearMissPart::Qualifier { name, statement, found }));
                }
            }
        }
        let grade = match (&product.digest, &product.tag) {
            (Some(_), _) => ProductGrade::ImageDigest,
            (None, _) if matches!(product.place, Place::Name(_)) => ProductGrade::ImageNameOnly,
            (None, Some(_)) => ProductGrade::ImageTag,
            (None, None) => ProductGrade::ImageAny,
        };
        Ok(matched(grade, equivalences, text))
    }

    /// The tags of the image in the repositories that the product names. `None` if it is not in any of them.
    fn compare_name(
        &self,
        product: &ImageProduct,
        equivalences: &mut Vec<Equivalence>,
    ) -> Option<Vec<&String>> {
        if product.place == Place::Anywhere {
            return Some(Vec::new());
        }
        let mut tags = Vec::new();
        let mut found: Option<(bool, bool)> = None;
        for known in &self.images {
            let name = &known.name;
            let (is_alias, is_parent) = match &product.place {
                Place::Name(last) if last == name.last() => (known.is_alias, false),
                Place::Repositories(readings) => {
                    let Some((named, reading)) = readings.iter().find(|(named, _)| named.is_same(name))
                    else {
                        continue;
                    };
                    (known.is_alias || named.written() != name.written(), *reading == Reading::Parent)
                }
                _ => continue,
            };
            tags.extend(&known.tags);
            // The plainest of several names counts.
            found = Some(found.unwrap_or((true, true)).min((is_alias, is_parent)));
        }
        let (is_alias, is_parent) = found?;
        equivalences.extend(is_parent.then_some(Equivalence::RepositoryUrl));
        equivalences.extend(is_alias.then_some(Equivalence::ImageAlias));
        Some(tags)
    }

    fn other_digest(&self, statement: &str) -> NearMissPart {
        let found = self.digests.first().cloned().unwrap_or_default();
        NearMissPart::ImageDigest { statement: statement.to_owned(), found }
    }
}

fn matched(grade: ProductGrade, equivalences: Vec<Equivalence>, written: &str) -> ImageMatch {
    ImageMatch { grade, equivalences, written: written.to_owned() }
}

fn rank(found: &ImageMatch) -> (u8, usize, &str) {
    let grade = match found.grade {
        ProductGrade::ImageDigest => 0,
        ProductGrade::Scanned => 1,
        ProductGrade::ImageTag => 2,
        ProductGrade::ImageAny => 3,
        _ => 4,
    };
    (grade, found.equivalences.len(), &found.written)
}

/// The digests that a verified index adds to those that the report names.
fn bound_digests(named: &[String], subject: &Scanned, facts: &ImageFacts) -> Vec<String> {
    let Some(verified) = &facts.verified else { return Vec::new() };
    let is_named = |digest: &crate::oci::Digest| named.contains(&digest.to_string());
    let mut bound = Vec::new();
    if verified.images.iter().any(|(digest, _)| is_named(digest)) {
        bound.push(verified.root.to_string());
    }
    if is_named(&verified.root) {
        let is_scanned = |architecture: Option<&String>| match (&subject.architecture, architecture) {
            (Some(scanned), Some(found)) => architecture::compare(found, Some(scanned)).is_some(),
            // Of one image, nothing needs to be chosen.
            _ => verified.images.len() == 1,
        };
        let images = verified
            .images
            .iter()
            .filter(|(_, platform)| is_scanned(platform.as_ref().map(|platform| &platform.architecture)));
        bound.extend(images.map(|(digest, _)| digest.to_string()));
    }
    bound.retain(|digest| !named.contains(digest));
    bound
}

/// The repositories that the user calls the same as one of these.
fn aliases(images: &[KnownName], facts: &ImageFacts) -> Vec<KnownName> {
    let mut found = Vec::new();
    for alias in &facts.aliases {
        let (Some(mirror), Some(original)) =
            (ImageName::parse(&alias.mirror), ImageName::parse(&alias.original))
        else {
            continue;
        };
        for (one, other) in [(&mirror, &original), (&original, &mirror)] {
            for known in images.iter().filter(|known| known.name.is_same(one)) {
                found.push(KnownName { name: other.clone(), tags: known.tags.clone(), is_alias: true });
            }
        }
    }
    found
}

/// Which repository a `repository_url` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// The repository.
    Full,
    /// The repository without its last part, which is the name.
    Parent,
}

/// Where the image of a statement is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
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

    fn repositories(&self) -> &[(ImageName, Reading)] {
        match self {
            Self::Repositories(readings) => readings,
            Self::Name(_) | Self::Anywhere | Self::Nowhere(_) => &[],
        }
    }

    fn written(&self) -> &str {
        match self {
            Self::Repositories(readings) => readings.first().map_or("", |(name, _)| name.written()),
            Self::Name(text) | Self::Nowhere(text) => text,
            Self::Anywhere => "",
        }
    }
}

/// An image as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ImageProduct {
    place: Place,
    tag: Option<String>,
    digest: Option<String>,
    /// What else must agree, as name and value, and whether it is an architecture.
    qualifiers: Vec<(String, String, bool)>,
}

impl ImageProduct {
    /// Reads `pkg:oci` and `pkg:docker`.
    fn of_purl(purl: &PackageUrl) -> Option<Self> {
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
    fn of_text(text: &str) -> Option<Self> {
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
