//! Compares a component of a statement with the scanned image.
//!
//! All parts that the statement names must agree: repository, tag, digest, architecture. A tag never proves a digest,
//! and a digest that the report does not name is accepted only if this run verified an index that contains both.

use super::architecture::{self, ArchitectureMatch};
use super::closest;
use super::image_name::{ImageName, ImageText};
use super::image_product::{ImageProduct, Place, Reading};
use super::purl::{self, Target};
use super::verified_index::{contains, scanned_image};
use crate::vex::exactness::Exactness;
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
    /// What says so, if it is not the report: an alias of the user, or the signature of the image.
    by: Option<Equivalence>,
}

impl ImageIdentity {
    /// Collects what the report says about its subject, and what this run verified.
    ///
    /// 1. Repositories and tags are those of the report, and their aliases.
    /// 2. Digests are those that the report names. If it names an index that this run verified, or an image in it, or
    ///    if Grype computed the digest of such an image, those of the index and of the scanned image are added.
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
        digests.extend(bound_digests(&digests, subject, facts));
        let mut images: Vec<KnownName> = Vec::new();
        for ImageText { name, tag, .. } in parsed {
            match images.iter_mut().find(|known| known.name.is_same(&name)) {
                Some(known) => known.tags.extend(tag),
                None => images.push(KnownName { name, tags: tag.into_iter().collect(), by: None }),
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

    /// Adds the repository as which the DHI key signed the image. That proves no tag of it.
    #[must_use]
    pub fn signed_as(mut self, repository: &str) -> Self {
        if let Some(name) = ImageName::parse(repository) {
            self.images.push(KnownName { name, tags: Vec::new(), by: Some(Equivalence::SignedName) });
        }
        self
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
        let mut found: Option<(Option<Equivalence>, bool)> = None;
        for known in &self.images {
            let name = &known.name;
            let way = match &product.place {
                Place::Name(last) if last == name.last() => (known.by, false),
                Place::Repositories(readings) => {
                    let Some((named, reading)) = readings.iter().find(|(named, _)| named.is_same(name))
                    else {
                        continue;
                    };
                    let is_alias = named.written() != name.written();
                    let by = known.by.or(is_alias.then_some(Equivalence::ImageAlias));
                    (by, *reading == Reading::Parent)
                }
                _ => continue,
            };
            tags.extend(&known.tags);
            // The plainest of several names counts.
            found = Some(found.map_or(way, |found| found.min(way)));
        }
        let (by, is_parent) = found?;
        equivalences.extend(is_parent.then_some(Equivalence::RepositoryUrl));
        equivalences.extend(by);
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

fn rank(found: &ImageMatch) -> (Exactness, usize, &str) {
    (found.grade.exactness(), found.equivalences.len(), &found.written)
}

/// The digests that a verified index adds to those that the report names.
fn bound_digests(named: &[String], subject: &Scanned, facts: &ImageFacts) -> Vec<String> {
    let Some(verified) = &facts.verified else { return Vec::new() };
    // The digest that Grype computes is no evidence without an index that contains it.
    let computed = subject.manifest_digest.as_ref().map(|digest| digest.to_ascii_lowercase());
    if !named.iter().chain(&computed).any(|digest| contains(verified, digest)) {
        return Vec::new();
    }
    let mut bound = vec![verified.root.to_string()];
    bound.extend(scanned_image(verified, subject, named));
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
                found.push(KnownName {
                    name: other.clone(),
                    tags: known.tags.clone(),
                    by: Some(Equivalence::ImageAlias),
                });
            }
        }
    }
    found
}
