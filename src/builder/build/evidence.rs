//! Describes a built image: SPDX, CycloneDX, provenance.
//!
//! Invariant: what is described is what is in the tree: every file is hashed from its content.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use aws_lc_rs::digest as hash;

use super::error::BuildError;
use super::image::BuiltEvidence;
use super::inputs::InputDescription;
use super::request::{Job, Provenance};
use crate::builder::definition::{Definition, Spdx, Text};
use crate::builder::layers::Compression;
use crate::builder::lock::{FilePin, Lock, PlatformLock};
use crate::builder::provenance::{self, Build, Network, Parameter};
use crate::builder::rootfs::{Installed, Origin, Tree, TreePath};
use crate::builder::sbom::{
    self, BuiltArtifact, BuiltFile, BuiltImage, Distribution, FetchedFile, NamedPackage, Snippet, Tool,
};
use crate::oci::{Digest, Platform};
use crate::vex::PackageUrl;

/// SPDX, as hardened images have it.
const SPDX: &str = "https://spdx.dev/Document";
/// CycloneDX 1.6.
const CYCLONEDX: &str = "https://cyclonedx.org/bom/v1.6";
/// SLSA provenance v1.
const PROVENANCE_V1: &str = "https://slsa.dev/provenance/v1";
/// SLSA provenance v0.2.
const PROVENANCE_V02: &str = "https://slsa.dev/provenance/v0.2";

/// All of them.
pub(super) const TYPES: [&str; 4] = [SPDX, CYCLONEDX, PROVENANCE_V1, PROVENANCE_V02];
/// The size of the parts in which files are hashed.
const BUFFER: usize = 1 << 16;

/// An image that is described.
pub(super) struct Described<'a> {
    pub(super) job: &'a Job,
    /// The lock with the digests of all packages.
    pub(super) lock: &'a Lock,
    pub(super) platform: &'a Platform,
    pub(super) definition: &'a Definition,
    pub(super) tree: &'a Tree,
    pub(super) packages: &'a [Installed],
    pub(super) inputs: &'a InputDescription,
    pub(super) manifest: Digest,
    pub(super) compression: Compression,
    pub(super) epoch: i64,
}

/// Writes what is attested about the image.
///
/// # Errors
///
/// [`BuildError::Evidence`]
pub(super) fn of_platform(described: &Described<'_>) -> Result<Vec<BuiltEvidence>, BuildError> {
    let mut evidence = Vec::new();
    if described.job.sbom {
        let image = described.image()?;
        let wrong = |what| move |cause: sbom::Error| BuildError::Evidence { what, cause: cause.to_string() };
        let spdx = sbom::spdx::write(&image).map_err(wrong("SPDX"))?;
        let cyclonedx = sbom::cyclonedx::write(&image).map_err(wrong("CycloneDX"))?;
        evidence.push(BuiltEvidence { predicate_type: SPDX, predicate: spdx });
        evidence.push(BuiltEvidence { predicate_type: CYCLONEDX, predicate: cyclonedx });
    }
    let wrong =
        |cause: provenance::Error| BuildError::Evidence { what: "provenance", cause: cause.to_string() };
    match described.job.provenance {
        Provenance::No => {}
        Provenance::V1 => {
            let predicate = provenance::v1::write(&described.build().map_err(wrong)?).map_err(wrong)?;
            evidence.push(BuiltEvidence { predicate_type: PROVENANCE_V1, predicate });
        }
        Provenance::V02 => {
            let predicate = provenance::v02::write(&described.build().map_err(wrong)?).map_err(wrong)?;
            evidence.push(BuiltEvidence { predicate_type: PROVENANCE_V02, predicate });
        }
    }
    Ok(evidence)
}

impl Described<'_> {
    fn build(&self) -> Result<Build, provenance::Error> {
        let compression = match self.compression {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        Ok(Build {
            builder_id: self.job.builder_id.clone(),
            builder_version: env!("CARGO_PKG_VERSION").to_owned(),
            definition: self.job.definition.clone(),
            platform: self.platform.clone(),
            arguments: self.job.arguments.clone(),
            substitutions: self.lock.substitutions.clone(),
            network: Network::None,
            lock: self.job.lock_digest,
            waived: self.locked().map(|locked| locked.waived.clone()).unwrap_or_default(),
            internal: vec![Parameter { name: "compression".to_owned(), value: compression.to_owned() }],
            dependencies: provenance::materials(self.lock, self.platform)?,
            epoch: self.epoch,
            is_reproducible: true,
        })
    }

    fn locked(&self) -> Option<&PlatformLock> {
        self.lock.platform(self.platform)
    }

    fn image(&self) -> Result<BuiltImage, BuildError> {
        let files = Files::of(self.tree)?;
        let origin = PackageOrigin { described: self, files: &files };
        let packages = sbom::packages(self.packages, &origin);
        let os_release = self.definition.os_release.as_ref();
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
        let contents = self.definition.contents.as_ref();
        let fetched = self.inputs.files.iter().map(|(position, url, digest)| {
            let source = contents.and_then(|contents| contents.files.get(*position));
            FetchedFile {
                url: url.clone(),
                digest: Some(*digest),
                commit: self.lock.files.iter().find(|file| file.url == *url).and_then(|file| {
                    match &file.pin {
                        FilePin::Commit(commit) => Some(commit.clone()),
                        FilePin::Digest(_) => None,
                    }
                }),
                spdx: source.and_then(|source| source.spdx.as_ref()).map(snippet),
                files: files.of_origin(&Origin::Fetched(url.clone())),
            }
        });
        let artifacts = self.inputs.artifacts.iter().map(|(reference, digest)| BuiltArtifact {
            reference: reference.clone(),
            digest: *digest,
            files: files.of_origin(&Origin::Artifact(reference.clone())),
        });
        Ok(BuiltImage {
            name: self.job.name.clone(),
            version: self.definition.tags.first().map(|tag| tag.as_str().to_owned()),
            platform: self.platform.clone(),
            digest: self.manifest,
            package_url: self.job.package_url.clone(),
            distribution: os_release.and_then(|release| {
                Some(Distribution {
                    id: text(&release.id)?,
                    version_id: text(&release.version_id),
                    codename: text(&release.version_codename),
                    name: text(&release.pretty_name),
                })
            }),
            packages,
            fetched: fetched.collect(),
            artifacts: artifacts.collect(),
            snippets: self.snippets()?,
            files: files.without_package(),
            created: self.epoch,
            tool: Tool { name: "dhi".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        })
    }

    /// What the SPDX files in the image state.
    fn snippets(&self) -> Result<Vec<Snippet>, BuildError> {
        let mut snippets = Vec::new();
        for (path, node) in self.tree.iter().filter(|(path, _)| Snippet::is_at(path)) {
            let Some(content) = node.content() else { continue };
            let bytes = content.read_all().map_err(BuildError::storage)?;
            let snippet = Snippet::read(path, &bytes).map_err(|cause| BuildError::Evidence {
                what: "description in the image",
                cause: cause.to_string(),
            })?;
            snippets.push(snippet);
        }
        Ok(snippets)
    }
}

/// The block `spdx` of a fetched file.
fn snippet(spdx: &Spdx) -> Snippet {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
    let packages = spdx.packages.iter().map(|package| NamedPackage {
        name: text(&package.name),
        version: text(&spdx.version),
        package_url: text(&package.purl),
        licence: text(&package.license),
    });
    Snippet {
        path: String::new(),
        name: text(&spdx.name),
        version: text(&spdx.version),
        packages: packages.collect(),
    }
}

/// The regular files of a tree with their hashes and origins.
struct Files(BTreeMap<TreePath, (BuiltFile, Arc<Origin>)>);

impl Files {
    fn of(tree: &Tree) -> Result<Self, BuildError> {
        let mut files = BTreeMap::new();
        for (path, node) in tree.iter() {
            let Some(content) = node.content() else { continue };
            let file = hashed(path, &mut content.reader()).map_err(BuildError::storage)?;
            files.insert(path.clone(), (file, Arc::clone(&node.origin)));
        }
        Ok(Self(files))
    }

    fn of_origin(&self, origin: &Origin) -> Vec<BuiltFile> {
        let of = self.0.values().filter(|(_, found)| **found == *origin);
        of.map(|(file, _)| file.clone()).collect()
    }

    fn without_package(&self) -> Vec<BuiltFile> {
        let is_described = |origin: &Origin| {
            matches!(origin, Origin::Package { .. } | Origin::Fetched(_) | Origin::Artifact(_))
        };
        let others = self.0.values().filter(|(_, origin)| !is_described(origin));
        others.map(|(file, _)| file.clone()).collect()
    }
}

/// The hashes of a file.
fn hashed(path: &TreePath, content: &mut impl Read) -> io::Result<BuiltFile> {
    let mut sha1 = hash::Context::new(&hash::SHA1_FOR_LEGACY_USE_ONLY);
    let mut sha256 = hash::Context::new(&hash::SHA256);
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = content.read(&mut buffer)?;
        let part = buffer.get(..read).unwrap_or_default();
        if part.is_empty() {
            break;
        }
        sha1.update(part);
        sha256.update(part);
    }
    let wrong = |_| io::Error::other("a hash has another length than its algorithm");
    Ok(BuiltFile {
        path: path.clone(),
        sha1: sha1.finish().as_ref().try_into().map_err(wrong)?,
        sha256: sha256.finish().as_ref().try_into().map_err(wrong)?,
    })
}

struct PackageOrigin<'a> {
    described: &'a Described<'a>,
    files: &'a Files,
}

impl sbom::Origin for PackageOrigin<'_> {
    fn download(&self, package: &Installed) -> Option<String> {
        self.described.inputs.packages.get(&package.name).and_then(|(url, _)| url.clone())
    }

    fn digest(&self, package: &Installed) -> Option<Digest> {
        self.described.inputs.packages.get(&package.name).map(|(_, digest)| *digest)
    }

    fn package_url(&self, package: &Installed) -> Option<PackageUrl> {
        let mappings = &self.described.definition.contents.as_ref()?.mappings;
        PackageUrl::parse(&mappings.get(&package.name)?.value).ok()
    }

    fn file(&self, path: &TreePath) -> Option<BuiltFile> {
        self.files.0.get(path).map(|(file, _)| file.clone())
    }

    fn copyright(&self, package: &Installed) -> Option<Arc<[u8]>> {
        let path = TreePath::parse(&format!("usr/share/doc/{}/copyright", package.name)).ok()?;
        let tree = self.described.tree;
        let at = tree.resolve_all(&path).ok()?;
        tree.get(&at)?.content()?.read_all().ok()
    }
}
