//! Resolves the reference to sign, and selects the images of an index.
//!
//! Everything that is signed was fetched and hashed before. A tag is resolved once, and a manifest must have the size
//! and media type in the index.

use std::collections::HashSet;

use super::Error;
use crate::limits::{Exceeded, Limits};
use crate::oci::{
    AmbiguousPlatform, Descriptor, Digest, ImageConfig, ImageManifest, Manifest, Platform, Reference,
    Version, media_type,
};
use crate::registry::{self, Registry};

/// The manifest or index that a reference names.
#[derive(Clone, Debug)]
pub struct Root {
    /// Media type, digest and size, nothing else.
    pub descriptor: Descriptor,
    manifest: Manifest,
    pub(super) reference: Reference,
}

/// An object to sign or to make an attestation about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Media type, digest and size, nothing else.
    pub descriptor: Descriptor,
    /// Its platform, if known.
    pub platform: Option<Platform>,
}

/// An entry of an index, or of an index nested in it.
struct Entry {
    subject: Subject,
    manifest: Manifest,
    /// The platforms in the entries of the outer indexes.
    outer_platforms: Vec<Platform>,
}

/// An image that can be selected.
#[derive(Clone)]
struct ImageEntry {
    descriptor: Descriptor,
    /// The displayed platform: that of its entry, else that of its configuration.
    platform: Option<Platform>,
    /// The platforms of its entry and of the outer entries. Empty if its own entry has no platform.
    named_platforms: Vec<Platform>,
}

impl ImageEntry {
    fn subject(&self) -> Subject {
        Subject { descriptor: self.descriptor.clone(), platform: self.platform.clone() }
    }

    fn is_shown_as(&self, wanted: &Platform) -> bool {
        self.platform.as_ref().is_some_and(|platform| platform.matches_request(wanted))
    }

    /// Whether an engine may choose the image for the platform `wanted`. Without a platform in its entry, an engine may
    /// choose it for any.
    fn may_be_chosen_for(&self, wanted: &Platform) -> bool {
        self.named_platforms.is_empty()
            || self.named_platforms.iter().any(|named| named.matches_request(wanted))
    }
}

/// The selection of images of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platforms {
    /// The only image. Several are an error.
    Only,
    /// All images.
    All,
    /// One image for each of these platforms.
    Listed(Vec<Platform>),
}

impl Root {
    /// Fetches and hashes the manifest or index that `reference` names.
    ///
    /// # Errors
    ///
    /// If it cannot be fetched or does not parse.
    pub async fn resolve(registry: &dyn Registry, reference: &Reference) -> Result<Self, Error> {
        let content = registry.manifest(&reference.repository, &reference.version()).await?;
        let manifest = Manifest::parse(&content.bytes, content.media_type.as_deref())
            .map_err(|error| Error::Content { what: reference.to_string(), error })?;
        let descriptor = Descriptor::bare(manifest.media_type(), content.digest, content.bytes.len() as u64);
        Ok(Self { descriptor, manifest, reference: reference.clone() })
    }

    /// The manifest or index in `bytes`, which is about to be stored as `reference`.
    ///
    /// # Errors
    ///
    /// If it does not parse.
    pub fn of(bytes: &[u8], reference: Reference) -> Result<Self, Error> {
        let manifest = Manifest::parse(bytes, None)
            .map_err(|error| Error::Content { what: reference.to_string(), error })?;
        let descriptor = Descriptor::bare(manifest.media_type(), Digest::of(bytes), bytes.len() as u64);
        Ok(Self { descriptor, manifest, reference })
    }

    /// The root itself. If it is an index and `recursive` is set, also all manifests and indexes in it, in order and
    /// without duplicates.
    ///
    /// # Errors
    ///
    /// If an entry cannot be fetched, does not match the index, or a limit is exceeded.
    pub async fn subjects(
        &self,
        registry: &dyn Registry,
        recursive: bool,
        limits: &Limits,
    ) -> Result<Vec<Subject>, Error> {
        let mut subjects = vec![self.subject()];
        if recursive {
            let entries = self.walk(registry, limits).await?;
            subjects.extend(entries.into_iter().map(|entry| entry.subject));
        }
        Ok(without_duplicates(subjects))
    }

    fn subject(&self) -> Subject {
        Subject { descriptor: self.descriptor.clone(), platform: None }
    }

    /// The images that `wanted` selects.
    ///
    /// # Errors
    ///
    /// If a platform has no image or several, or an entry cannot be fetched.
    pub async fn images(
        &self,
        registry: &dyn Registry,
        wanted: &Platforms,
        limits: &Limits,
    ) -> Result<Vec<Subject>, Error> {
        let mut images = Vec::new();
        match &self.manifest {
            Manifest::Image(manifest) => {
                let platform = self.platform(registry, manifest, limits).await?;
                images.push(ImageEntry {
                    named_platforms: platform.iter().cloned().collect(),
                    platform,
                    ..self.bare_image()
                });
            }
            Manifest::Index(_) => {
                for entry in self.walk(registry, limits).await? {
                    let Manifest::Image(manifest) = entry.manifest else { continue };
                    // BuildKit's attestation manifests.
                    if entry.subject.platform.as_ref().is_some_and(Platform::is_unknown) {
                        continue;
                    }
                    let entry_platform = entry.subject.platform.clone().filter(Platform::is_named);
                    let platform = match &entry_platform {
                        Some(entry_platform) => Some(entry_platform.clone()),
                        None => self.platform(registry, &manifest, limits).await?,
                    };
                    let named_platforms = match entry_platform {
                        Some(entry_platform) => {
                            entry.outer_platforms.into_iter().chain([entry_platform]).collect()
                        }
                        None => Vec::new(),
                    };
                    images.push(ImageEntry {
                        descriptor: entry.subject.descriptor,
                        platform,
                        named_platforms,
                    });
                }
            }
        }
        self.select(&images, wanted)
    }

    fn bare_image(&self) -> ImageEntry {
        ImageEntry { descriptor: self.descriptor.clone(), platform: None, named_platforms: Vec::new() }
    }

    fn select(&self, images: &[ImageEntry], wanted: &Platforms) -> Result<Vec<Subject>, Error> {
        let labels = |images: &[Subject]| images.iter().map(Subject::label).collect::<Vec<String>>();
        let subjects: Vec<Subject> = images.iter().map(ImageEntry::subject).collect();
        let none = |wanted: String| Error::NoSuchPlatform {
            reference: self.reference.to_string(),
            requested: wanted,
            available: labels(&subjects),
        };
        if images.is_empty() {
            return Err(none("any platform".to_owned()));
        }
        match wanted {
            Platforms::All => Ok(without_duplicates(subjects)),
            Platforms::Only => match without_duplicates(subjects) {
                only if only.len() == 1 => Ok(only),
                several => Err(Error::SeveralPlatforms {
                    reference: self.reference.to_string(),
                    available: labels(&several),
                }),
            },
            Platforms::Listed(platforms) => {
                let mut chosen = Vec::with_capacity(platforms.len());
                for wanted in platforms {
                    if !images.iter().any(|image| image.is_shown_as(wanted)) {
                        return Err(none(wanted.to_string()));
                    }
                    let matching = images.iter().filter(|image| image.may_be_chosen_for(wanted));
                    let mut matching = without_duplicates(matching.map(ImageEntry::subject).collect());
                    if matching.len() > 1 {
                        let images = matching.iter().map(|image| (image.label(), image.descriptor.digest));
                        let (images, wanted) = (images.collect(), wanted.clone());
                        return Err(
                            AmbiguousPlatform { reference: self.reference.clone(), wanted, images }.into()
                        );
                    }
                    chosen.append(&mut matching);
                }
                Ok(without_duplicates(chosen))
            }
        }
    }

    /// The platform in the configuration. `None` for an artifact.
    async fn platform(
        &self,
        registry: &dyn Registry,
        manifest: &ImageManifest,
        limits: &Limits,
    ) -> Result<Option<Platform>, Error> {
        if !media_type::is_image_config(&manifest.config.media_type) {
            return Ok(None);
        }
        let bytes = registry.blob(&self.reference.repository, &manifest.config, limits.config).await?;
        let config = ImageConfig::parse(&bytes).map_err(|error| Error::Content {
            what: format!("configuration {}", manifest.config.digest),
            error,
        })?;
        Ok(Some(config.platform).filter(Platform::is_named))
    }

    async fn walk(&self, registry: &dyn Registry, limits: &Limits) -> Result<Vec<Entry>, Error> {
        let Manifest::Index(index) = &self.manifest else { return Ok(Vec::new()) };
        let mut found: Vec<Entry> = Vec::new();
        let outermost = index.manifests.iter();
        let mut level: Vec<(Descriptor, Vec<Platform>)> =
            outermost.map(|descriptor| (descriptor.clone(), Vec::new())).collect();
        for depth in 0.. {
            if level.is_empty() {
                break;
            }
            if depth > limits.nesting {
                let what = format!("{} has indexes inside indexes, which", self.reference);
                return Err(Error::Limit(Exceeded::new(what, limits.nesting, "levels")));
            }
            if found.len() + level.len() > limits.index_entries {
                let what = format!("{} with {} entries", self.reference, found.len() + level.len());
                return Err(Error::Limit(Exceeded::new(what, limits.index_entries, "entries")));
            }
            let mut next = Vec::new();
            for (entry, outer_platforms) in level {
                let (subject, manifest) = self.entry(registry, &entry).await?;
                if let Manifest::Index(index) = &manifest {
                    let named = entry.platform.iter().filter(|platform| platform.is_named());
                    let nested_platforms: Vec<Platform> =
                        outer_platforms.iter().chain(named).cloned().collect();
                    next.extend(
                        index.manifests.iter().map(|nested| (nested.clone(), nested_platforms.clone())),
                    );
                }
                found.push(Entry { subject, manifest, outer_platforms });
            }
            level = next;
        }
        Ok(found)
    }

    async fn entry(&self, registry: &dyn Registry, entry: &Descriptor) -> Result<(Subject, Manifest), Error> {
        let what = || format!("manifest {}", entry.digest);
        let content = registry.manifest(&self.reference.repository, &Version::Digest(entry.digest)).await?;
        let found = content.bytes.len() as u64;
        if found != entry.size {
            return Err(registry::Error::Size { what: what(), expected: entry.size, found }.into());
        }
        let manifest = Manifest::parse(&content.bytes, Some(&entry.media_type))
            .map_err(|error| Error::Content { what: what(), error })?;
        let descriptor = Descriptor::bare(manifest.media_type(), content.digest, content.bytes.len() as u64);
        Ok((Subject { descriptor, platform: entry.platform.clone() }, manifest))
    }
}

impl Subject {
    /// The platform, or else the beginning of the digest.
    pub fn label(&self) -> String {
        match &self.platform {
            Some(platform) => platform.to_string(),
            None => self.descriptor.digest.short(),
        }
    }
}

/// Removes duplicates. A manifest for several platforms keeps the first one.
fn without_duplicates(mut subjects: Vec<Subject>) -> Vec<Subject> {
    let mut seen = HashSet::new();
    subjects.retain(|subject| seen.insert(subject.descriptor.digest));
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    fn image(content: &str, platform: Option<&str>) -> ImageEntry {
        let descriptor = Descriptor {
            media_type: media_type::OCI_MANIFEST.to_owned(),
            digest: Digest::of(content.as_bytes()),
            size: content.len() as u64,
            artifact_type: None,
            platform: None,
            annotations: std::collections::BTreeMap::new(),
        };
        let platform: Option<Platform> = platform.map(|text| text.parse().unwrap());
        ImageEntry { descriptor, named_platforms: platform.iter().cloned().collect(), platform }
    }

    fn choose(images: &[ImageEntry], wanted: &Platforms) -> Result<Vec<String>, Error> {
        let manifest = Manifest::parse(br#"{"schemaVersion":2,"manifests":[]}"#, Some(media_type::OCI_INDEX));
        let root = Root {
            descriptor: image("root", None).descriptor,
            manifest: manifest.unwrap(),
            reference: "example.org/x:1".parse().unwrap(),
        };
        let chosen = root.select(images, wanted)?;
        Ok(chosen.iter().map(Subject::label).collect())
    }

    fn these(platforms: &[&str]) -> Platforms {
        Platforms::Listed(platforms.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn a_platform_must_be_selected_if_there_are_several() {
        let (amd64, arm64) = (image("1", Some("linux/amd64")), image("2", Some("linux/arm64/v8")));
        let both = [amd64.clone(), arm64];
        let one = [amd64];
        assert_eq!(choose(&one, &Platforms::Only).unwrap(), ["linux/amd64"]);
        assert!(
            matches!(choose(&both, &Platforms::Only), Err(Error::SeveralPlatforms { available, .. }) if available.len() == 2)
        );
        assert_eq!(choose(&both, &Platforms::All).unwrap().len(), 2);
        assert_eq!(choose(&both, &these(&["linux/aarch64"])).unwrap(), ["linux/arm64/v8"]);
        assert_eq!(choose(&both, &these(&["linux/arm64", "linux/amd64"])).unwrap().len(), 2);
        for (images, wanted) in [
            (&both[..], these(&["linux/amd64", "linux/s390x"])),
            (&[], Platforms::All),
            (&[], Platforms::Only),
            (&[image("chart", None)], these(&["linux/amd64"])),
        ] {
            assert!(matches!(choose(images, &wanted), Err(Error::NoSuchPlatform { .. })), "{wanted:?}");
        }
    }

    #[test]
    fn a_manifest_for_several_platforms_is_one_subject() {
        let twice = [image("1", Some("linux/amd64")), image("1", Some("linux/arm64"))];
        assert_eq!(choose(&twice, &Platforms::Only).unwrap(), ["linux/amd64"]);
        assert_eq!(choose(&twice, &Platforms::All).unwrap(), ["linux/amd64"]);
        assert_eq!(choose(&twice, &these(&["linux/arm64"])).unwrap(), ["linux/arm64"]);
    }
}
