//! What is signed was fetched and hashed first: a tag is resolved once, and an entry of an index counts only as the
//! manifest that is really there, with the size and type that the index says.

use std::collections::HashSet;

use super::Error;
use crate::limits::{Exceeded, Limits};
use crate::oci::{
    Descriptor, ImageConfig, ImageManifest, Manifest, Platform, Reference, Version, media_type,
};
use crate::registry::{self, Registry};

/// What a reference names.
#[derive(Clone, Debug)]
pub struct Root {
    /// Media type, digest and size, nothing else.
    pub descriptor: Descriptor,
    manifest: Manifest,
    pub(super) reference: Reference,
}

/// One object to sign or to attest something of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Media type, digest and size, nothing else.
    pub descriptor: Descriptor,
    /// Which platform it is for, where that is known.
    pub platform: Option<Platform>,
}

/// Which images of an index are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platforms {
    /// The only one.
    Only,
    /// Every one.
    All,
    /// Those for these platforms.
    These(Vec<Platform>),
}

impl Root {
    /// Fetches what `reference` names.
    pub async fn resolve(registry: &dyn Registry, reference: &Reference) -> Result<Self, Error> {
        let content = registry.manifest(&reference.repository, &reference.version()).await?;
        let manifest = Manifest::parse(&content.bytes, content.media_type.as_deref())
            .map_err(|error| Error::Content { what: reference.to_string(), error })?;
        let descriptor = bare(manifest.media_type(), &content);
        Ok(Self { descriptor, manifest, reference: reference.clone() })
    }

    /// The root itself and, if it is an index and `recursive`, everything in it: indexes in it included, in its order
    /// and each object once.
    pub async fn subjects(
        &self,
        registry: &dyn Registry,
        recursive: bool,
        limits: &Limits,
    ) -> Result<Vec<Subject>, Error> {
        let mut subjects = vec![self.subject()];
        if recursive {
            let entries = self.walk(registry, limits).await?;
            subjects.extend(entries.into_iter().map(|(subject, _)| subject));
        }
        Ok(once(subjects))
    }

    fn subject(&self) -> Subject {
        Subject { descriptor: self.descriptor.clone(), platform: None }
    }

    /// The images that `wanted` means.
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
                images.push(Subject { platform, ..self.subject() });
            }
            Manifest::Index(_) => {
                for (mut subject, manifest) in self.walk(registry, limits).await? {
                    let Manifest::Image(manifest) = manifest else { continue };
                    // BuildKit's own attestations.
                    if subject.platform.as_ref().is_some_and(Platform::is_unknown) {
                        continue;
                    }
                    if !subject.platform.as_ref().is_some_and(Platform::is_named) {
                        subject.platform = self.platform(registry, &manifest, limits).await?;
                    }
                    images.push(subject);
                }
            }
        }
        self.choose(images, wanted)
    }

    fn choose(&self, images: Vec<Subject>, wanted: &Platforms) -> Result<Vec<Subject>, Error> {
        let labels = |images: &[Subject]| images.iter().map(Subject::label).collect::<Vec<String>>();
        let none = |wanted: String| Error::NoSuchPlatform {
            reference: self.reference.to_string(),
            wanted,
            there: labels(&images),
        };
        if images.is_empty() {
            return Err(none("any platform".to_owned()));
        }
        match wanted {
            Platforms::All => Ok(once(images)),
            Platforms::Only => match once(images) {
                only if only.len() == 1 => Ok(only),
                several => Err(Error::SeveralPlatforms {
                    reference: self.reference.to_string(),
                    there: labels(&several),
                }),
            },
            Platforms::These(platforms) => {
                let is_for = |subject: &Subject, wanted: &Platform| {
                    subject.platform.as_ref().is_some_and(|platform| wanted.agrees_with(platform))
                };
                let missing = platforms.iter().find(|wanted| !images.iter().any(|one| is_for(one, wanted)));
                if let Some(missing) = missing {
                    return Err(none(missing.to_string()));
                }
                let is_wanted = |subject: &Subject| platforms.iter().any(|wanted| is_for(subject, wanted));
                Ok(once(images.into_iter().filter(is_wanted).collect()))
            }
        }
    }

    /// The platform in the configuration; artifacts have none.
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

    async fn walk(
        &self,
        registry: &dyn Registry,
        limits: &Limits,
    ) -> Result<Vec<(Subject, Manifest)>, Error> {
        let Manifest::Index(index) = &self.manifest else { return Ok(Vec::new()) };
        let mut found: Vec<(Subject, Manifest)> = Vec::new();
        let mut level = index.manifests.clone();
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
            for entry in level {
                let (subject, manifest) = self.entry(registry, &entry).await?;
                if let Manifest::Index(index) = &manifest {
                    next.extend(index.manifests.iter().cloned());
                }
                found.push((subject, manifest));
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
        let descriptor = bare(manifest.media_type(), &content);
        Ok((Subject { descriptor, platform: entry.platform.clone() }, manifest))
    }
}

impl Subject {
    /// Platform, or the beginning of the digest where there is none.
    pub fn label(&self) -> String {
        match &self.platform {
            Some(platform) => platform.to_string(),
            None => self.descriptor.digest.short(),
        }
    }
}

/// Each object once, under the platform that it has first: one manifest can be for several.
fn once(mut subjects: Vec<Subject>) -> Vec<Subject> {
    let mut seen = HashSet::new();
    subjects.retain(|subject| seen.insert(subject.descriptor.digest));
    subjects
}

fn bare(media_type: &str, content: &registry::Content) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: content.digest,
        size: content.bytes.len() as u64,
        artifact_type: None,
        platform: None,
        annotations: std::collections::BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    fn image(content: &str, platform: Option<&str>) -> Subject {
        let descriptor = Descriptor {
            media_type: media_type::OCI_MANIFEST.to_owned(),
            digest: Digest::of(content.as_bytes()),
            size: content.len() as u64,
            artifact_type: None,
            platform: None,
            annotations: std::collections::BTreeMap::new(),
        };
        Subject { descriptor, platform: platform.map(|text| text.parse().unwrap()) }
    }

    fn choose(images: &[Subject], wanted: &Platforms) -> Result<Vec<String>, Error> {
        let manifest = Manifest::parse(br#"{"schemaVersion":2,"manifests":[]}"#, Some(media_type::OCI_INDEX));
        let root = Root {
            descriptor: image("root", None).descriptor,
            manifest: manifest.unwrap(),
            reference: "example.org/x:1".parse().unwrap(),
        };
        let chosen = root.choose(images.to_vec(), wanted)?;
        Ok(chosen.iter().map(Subject::label).collect())
    }

    fn these(platforms: &[&str]) -> Platforms {
        Platforms::These(platforms.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn platforms_are_named_where_there_are_several() {
        let (amd64, arm64) = (image("1", Some("linux/amd64")), image("2", Some("linux/arm64/v8")));
        let both = [amd64.clone(), arm64];
        let one = [amd64];
        assert_eq!(choose(&one, &Platforms::Only).unwrap(), ["linux/amd64"]);
        assert!(
            matches!(choose(&both, &Platforms::Only), Err(Error::SeveralPlatforms { there, .. }) if there.len() == 2)
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
    fn one_manifest_for_several_platforms_is_one_subject() {
        let twice = [image("1", Some("linux/amd64")), image("1", Some("linux/arm64"))];
        assert_eq!(choose(&twice, &Platforms::Only).unwrap(), ["linux/amd64"]);
        assert_eq!(choose(&twice, &Platforms::All).unwrap(), ["linux/amd64"]);
        assert_eq!(choose(&twice, &these(&["linux/arm64"])).unwrap(), ["linux/arm64"]);
    }
}
