//! The document of an image.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::document::{CreationInfo, Document, ExtractedLicence, Package, Relationship};
use super::elements::{
    NO_ASSERTION, Ownership, checksum, file_identifier, identifier, package, package_url, supplier,
    with_files,
};
use crate::builder::sbom::error::Error;
use crate::builder::sbom::image::{
    BuiltArtifact, BuiltFile, BuiltImage, BuiltPackage, Ecosystem, FetchedFile,
};
use crate::builder::sbom::licence::{self, Licence};
use crate::builder::sbom::named::{Named, named};
use crate::builder::sbom::order::Ordered;
use crate::builder::sbom::purl;
use crate::builder::sbom::web::{address, last_part};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const IMAGE: &str = "SPDXRef-Image";
const SYSTEM: &str = "SPDXRef-OperatingSystem";

/// The document, as compact JSON.
///
/// # Errors
///
/// [`Error`] if the epoch is no time, or a package depends on one that is not in the list.
pub fn write(image: &BuiltImage) -> Result<String, Error> {
    let created = Timestamp::from_second(image.created).map_err(|_| Error::Time(image.created))?;
    let ordered = Ordered::of(image)?;
    let name = match &image.version {
        Some(version) => format!("{}:{version}", image.name),
        None => image.name.clone(),
    };
    let mut writer = Writer::default();
    writer.system(image);
    writer.packages(image, &ordered);
    for fetched in &image.fetched {
        writer.fetched(fetched);
    }
    for artifact in &image.artifacts {
        writer.artifact(artifact, image);
    }
    for named in image.snippets.iter().flat_map(named) {
        writer.named(named, IMAGE);
    }
    let own = writer.ownership.take(&image.files);
    writer.contains_files(IMAGE, &own);
    writer.relate(DOCUMENT, "DESCRIBES", IMAGE);
    let whole = with_files(whole(image, &name), &own);
    let document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        document_namespace: namespace(&name, image),
        name,
        creation_info: CreationInfo {
            created: created.to_string(),
            creators: vec![format!("Tool: {}-{}", image.tool.name, image.tool.version)],
            license_list_version: list_version(),
        },
        packages: std::iter::once(whole).chain(writer.elements.into_values()).collect(),
        files: writer.ownership.files(),
        has_extracted_licensing_infos: writer.extracted.into_values().collect(),
        relationships: writer.relationships.into_iter().collect(),
    };
    serde_json::to_string(&document).map_err(|error| Error::Json(error.to_string()))
}

/// The address that identifies the document: the one that SPDX offers to all who have no other (6.5).
fn namespace(name: &str, image: &BuiltImage) -> String {
    let plain =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' });
    format!("https://spdx.org/spdxdocs/{}-{}", plain.collect::<String>(), image.document_uuid("spdx-2.3"))
}

/// The version of the license list, by two numbers.
fn list_version() -> String {
    spdx::license_version().split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The image itself.
fn whole(image: &BuiltImage, name: &str) -> Package {
    Package {
        version_info: Some(image.version.clone().unwrap_or_else(|| image.digest.to_string())),
        checksums: vec![checksum(&image.digest)],
        external_refs: image.package_url.clone().map(package_url).into_iter().collect(),
        ..package(IMAGE.to_owned(), name, "CONTAINER")
    }
}

#[derive(Default)]
struct Writer<'a> {
    elements: BTreeMap<(u8, String), Package>,
    ownership: Ownership<'a>,
    extracted: BTreeMap<String, ExtractedLicence>,
    relationships: BTreeSet<Relationship>,
}

impl<'a> Writer<'a> {
    fn relate(&mut self, from: &str, kind: &'static str, to: &str) {
        let relationship = Relationship {
            spdx_element_id: from.to_owned(),
            relationship_type: kind,
            related_spdx_element: to.to_owned(),
        };
        self.relationships.insert(relationship);
    }

    fn contains_files(&mut self, owner: &str, files: &[&BuiltFile]) {
        for file in files {
            self.relate(owner, "CONTAINS", &file_identifier(file));
        }
    }

    /// The declared licence, with what its `LicenseRef`s mean.
    fn declared(&mut self, licence: &Licence) -> String {
        for licence::ExtractedLicence { id, name, text } in &licence.extracted {
            let extracted =
                ExtractedLicence { license_id: id.clone(), name: name.clone(), extracted_text: text.clone() };
            self.extracted.insert(id.clone(), extracted);
        }
        licence.expression.clone().unwrap_or_else(|| NO_ASSERTION.to_owned())
    }

    fn add(&mut self, rank: u8, element: Package) {
        self.elements.entry((rank, element.id.clone())).or_insert(element);
    }

    fn system(&mut self, image: &BuiltImage) {
        let Some(distribution) = &image.distribution else { return };
        let system = Package {
            version_info: distribution.version_id.clone(),
            summary: distribution.name.clone(),
            ..package(SYSTEM.to_owned(), &distribution.id, "OPERATING_SYSTEM")
        };
        self.add(0, system);
        self.relate(IMAGE, "CONTAINS", SYSTEM);
    }

    fn packages(&mut self, image: &'a BuiltImage, ordered: &Ordered<'a>) {
        let ids: Vec<String> = ordered.packages.iter().map(|package| package_identifier(package)).collect();
        for ((package, depends), id) in ordered.packages.iter().zip(&ordered.depends).zip(&ids) {
            let element = self.package(image, package, id);
            self.add(1, element);
            self.relate(IMAGE, "CONTAINS", id);
            for on in depends.iter().filter_map(|position| ids.get(*position)).filter(|on| *on != id) {
                self.relate(id, "DEPENDS_ON", on);
            }
        }
    }

    fn package(&mut self, image: &BuiltImage, built: &'a BuiltPackage, id: &str) -> Package {
        let files = self.ownership.take(&built.files);
        self.contains_files(id, &files);
        let url = purl::of_package(built, image.distribution.as_ref());
        let source = built.source.as_ref();
        let element = Package {
            version_info: Some(built.version.clone()),
            supplier: built.maintainer.as_deref().map(supplier),
            download_location: built
                .download
                .as_deref()
                .and_then(address)
                .unwrap_or_else(|| NO_ASSERTION.to_owned()),
            checksums: built.digest.iter().map(checksum).collect(),
            homepage: built.homepage.as_deref().and_then(address),
            source_info: source
                .map(|source| format!("built from the source package {} {}", source.name, source.version)),
            license_declared: self.declared(&built.licence),
            summary: built.summary.clone(),
            external_refs: url.map(|url| package_url(url.to_string())).into_iter().collect(),
            ..package(id.to_owned(), &built.name, "LIBRARY")
        };
        with_files(element, &files)
    }

    fn fetched(&mut self, fetched: &'a FetchedFile) {
        let pinned = fetched.commit.clone().or_else(|| fetched.digest.map(|digest| digest.to_string()));
        let id = identifier(
            "Fetched",
            &[last_part(&fetched.url), &fetched.url, pinned.as_deref().unwrap_or_default()],
        );
        let files = self.ownership.take(&fetched.files);
        self.contains_files(&id, &files);
        let location = match (address(&fetched.url), &fetched.commit) {
            (None, _) => NO_ASSERTION.to_owned(),
            (Some(url), None) => url,
            (Some(url), Some(commit)) => {
                let url = url.split(['#', '@']).next().unwrap_or_default();
                format!("git+{url}@{commit}")
            }
        };
        let block = fetched.spdx.as_ref();
        let name = block.and_then(|block| block.name.as_deref()).unwrap_or_else(|| last_part(&fetched.url));
        let version = block.and_then(|block| block.version.clone()).or_else(|| fetched.commit.clone());
        let purpose = if fetched.commit.is_some() { "SOURCE" } else { "FILE" };
        let element = Package {
            version_info: version,
            download_location: location,
            checksums: fetched.digest.iter().map(checksum).collect(),
            ..package(id.clone(), name, purpose)
        };
        self.add(2, with_files(element, &files));
        self.relate(IMAGE, "GENERATED_FROM", &id);
        for named in block.into_iter().flat_map(named) {
            self.named(named, &id);
        }
    }

    fn artifact(&mut self, artifact: &'a BuiltArtifact, image: &BuiltImage) {
        let digest = artifact.digest.to_string();
        let id = identifier("Artifact", &[&artifact.reference, &digest]);
        let files = self.ownership.take(&artifact.files);
        self.contains_files(&id, &files);
        let url = purl::of_image(&artifact.reference, &artifact.digest, &image.platform);
        let element = Package {
            version_info: Some(digest),
            checksums: vec![checksum(&artifact.digest)],
            external_refs: url.map(|url| package_url(url.to_string())).into_iter().collect(),
            ..package(id.clone(), &artifact.reference, "CONTAINER")
        };
        self.add(3, with_files(element, &files));
        self.relate(IMAGE, "GENERATED_FROM", &id);
    }

    /// A package that a description names. It is in the image, and in what the description is about.
    fn named(&mut self, named: Named, owner: &str) {
        let url = named.package_url.unwrap_or_default();
        let id = identifier("Named", &[&named.name, named.version.as_deref().unwrap_or_default(), &url]);
        let element = Package {
            version_info: named.version,
            license_declared: self.declared(&named.licence),
            external_refs: (!url.is_empty()).then(|| package_url(url)).into_iter().collect(),
            ..package(id.clone(), &named.name, "LIBRARY")
        };
        self.add(4, element);
        self.relate(IMAGE, "CONTAINS", &id);
        self.relate(owner, "CONTAINS", &id);
    }
}

fn package_identifier(package: &BuiltPackage) -> String {
    let kind = match package.ecosystem {
        Ecosystem::Deb => "deb",
        Ecosystem::Apk => "apk",
    };
    identifier("Package", &[&package.name, &package.version, &package.architecture, kind])
}
