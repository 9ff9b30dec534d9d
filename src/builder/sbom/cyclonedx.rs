//! CycloneDX 1.6 as JSON (ECMA-424, `schema/bom-1.6.schema.json`).
//!
//! The subject is the image. Its components are the operating system, the packages, what was fetched or copied, and the
//! packages that descriptions name; files are in the SPDX document only.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::error::Error;
use super::identity::short_hash;
use super::image::{BuiltArtifact, BuiltImage, BuiltPackage, Ecosystem, FetchedFile};
use super::licence::Licence;
use super::named::{Named, named};
use super::order::Ordered;
use super::purl;
use super::web::{address, last_part};
use crate::oci::Digest;

/// The predicate type.
pub const PREDICATE_TYPE: &str = "https://cyclonedx.org/bom/v1.6";

const IMAGE: &str = "image";
const SYSTEM: &str = "operating-system";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    lifecycles: [Lifecycle; 1],
    tools: Tools,
    component: Component,
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct Tools {
    components: [Component; 1],
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "String::is_empty")]
    bom_ref: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<Supplier>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenceChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_references: Vec<ExternalReference>,
}

#[derive(Serialize)]
struct Supplier {
    name: String,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LicenceChoice {
    Expression { expression: String, acknowledgement: &'static str },
    License { license: NamedLicence },
}

#[derive(Serialize)]
struct NamedLicence {
    name: String,
    acknowledgement: &'static str,
}

#[derive(Serialize)]
struct ExternalReference {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    from: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}

/// The document, as compact JSON.
///
/// # Errors
///
/// [`Error`] if the epoch is no time, or a package depends on one that is not in the list.
pub fn write(image: &BuiltImage) -> Result<String, Error> {
    let timestamp = Timestamp::from_second(image.created).map_err(|_| Error::Time(image.created))?;
    let mut components = BTreeMap::new();
    let mut dependencies = BTreeMap::new();
    if let Some(distribution) = &image.distribution {
        let system = Component {
            kind: "operating-system",
            bom_ref: SYSTEM.to_owned(),
            name: distribution.id.clone(),
            version: distribution.version_id.clone(),
            description: distribution.name.clone(),
            ..Component::default()
        };
        add(&mut components, 0, system);
    }
    let ordered = Ordered::of(image)?;
    let refs: Vec<String> = ordered.packages.iter().map(|package| package_ref(package)).collect();
    for ((built, depends), own) in ordered.packages.iter().zip(&ordered.depends).zip(&refs) {
        add(&mut components, 1, package(image, built, own));
        let on = depends.iter().filter_map(|position| refs.get(*position)).filter(|on| *on != own);
        let mut on: Vec<String> = on.cloned().collect();
        on.sort_unstable();
        on.dedup();
        dependencies.insert(own.clone(), on);
    }
    for fetched in &image.fetched {
        add(&mut components, 2, file(fetched));
        let listed = fetched.spdx.iter().flat_map(named);
        listed.for_each(|named| add(&mut components, 4, library(named)));
    }
    for copied in &image.artifacts {
        add(&mut components, 3, artifact(copied, image));
    }
    for named in image.snippets.iter().flat_map(named) {
        add(&mut components, 4, library(named));
    }
    for component in components.values() {
        dependencies.entry(component.bom_ref.clone()).or_default();
    }
    let mut all: Vec<String> = dependencies.keys().cloned().collect();
    all.sort_unstable();
    let whole = std::iter::once(Dependency { from: IMAGE.to_owned(), depends_on: all });
    let rest = dependencies.into_iter().map(|(from, depends_on)| Dependency { from, depends_on });
    let bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!("urn:uuid:{}", image.document_uuid("cyclonedx-1.6")),
        version: 1,
        metadata: Metadata {
            timestamp: timestamp.to_string(),
            lifecycles: [Lifecycle { phase: "build" }],
            tools: Tools {
                components: [Component {
                    kind: "application",
                    name: image.tool.name.clone(),
                    version: Some(image.tool.version.clone()),
                    ..Component::default()
                }],
            },
            component: subject(image),
        },
        dependencies: whole.chain(rest).collect(),
        components: components.into_values().collect(),
    };
    serde_json::to_string(&bom).map_err(|error| Error::Json(error.to_string()))
}

/// Adds a component, unless it is there.
fn add(components: &mut BTreeMap<(u8, String), Component>, rank: u8, component: Component) {
    components.entry((rank, component.bom_ref.clone())).or_insert(component);
}

/// The image.
fn subject(image: &BuiltImage) -> Component {
    Component {
        kind: "container",
        bom_ref: IMAGE.to_owned(),
        name: image.name.clone(),
        version: Some(image.version.clone().unwrap_or_else(|| image.digest.to_string())),
        hashes: vec![hash(&image.digest)],
        purl: image.package_url.clone(),
        ..Component::default()
    }
}

fn package(image: &BuiltImage, built: &BuiltPackage, bom_ref: &str) -> Component {
    let homepage = built.homepage.as_deref().and_then(address);
    let download = built.download.as_deref().and_then(address);
    let references = [("website", homepage), ("distribution", download)];
    Component {
        kind: "library",
        bom_ref: bom_ref.to_owned(),
        supplier: built.maintainer.clone().map(|name| Supplier { name }),
        name: built.name.clone(),
        version: Some(built.version.clone()),
        description: built.summary.clone(),
        hashes: built.digest.iter().map(hash).collect(),
        licenses: licences(&built.licence),
        purl: purl::of_package(built, image.distribution.as_ref()).map(|url| url.to_string()),
        external_references: references
            .into_iter()
            .filter_map(|(kind, url)| url.map(|url| ExternalReference { kind, url }))
            .collect(),
    }
}

fn package_ref(package: &BuiltPackage) -> String {
    let kind = match package.ecosystem {
        Ecosystem::Deb => "deb",
        Ecosystem::Apk => "apk",
    };
    let hash = short_hash(&[&package.name, &package.version, &package.architecture, kind]);
    format!("{kind}:{}-{hash}", package.name)
}

fn file(fetched: &FetchedFile) -> Component {
    let pinned = fetched.commit.clone().or_else(|| fetched.digest.map(|digest| digest.to_string()));
    let block = fetched.spdx.as_ref();
    let name = last_part(&fetched.url);
    let kind = if fetched.commit.is_some() { "vcs" } else { "distribution" };
    Component {
        kind: "file",
        bom_ref: format!(
            "file:{name}-{}",
            short_hash(&[&fetched.url, pinned.as_deref().unwrap_or_default()])
        ),
        name: block.and_then(|block| block.name.clone()).unwrap_or_else(|| name.to_owned()),
        version: block.and_then(|block| block.version.clone()).or_else(|| fetched.commit.clone()),
        hashes: fetched.digest.iter().map(hash).collect(),
        external_references: address(&fetched.url)
            .map(|url| ExternalReference { kind, url })
            .into_iter()
            .collect(),
        ..Component::default()
    }
}

fn artifact(artifact: &BuiltArtifact, image: &BuiltImage) -> Component {
    let digest = artifact.digest.to_string();
    Component {
        kind: "container",
        bom_ref: format!("image:{}", short_hash(&[&artifact.reference, &digest])),
        name: artifact.reference.clone(),
        hashes: vec![hash(&artifact.digest)],
        purl: purl::of_image(&artifact.reference, &artifact.digest, &image.platform)
            .map(|url| url.to_string()),
        version: Some(digest),
        ..Component::default()
    }
}

fn library(named: Named) -> Component {
    let version = named.version.as_deref().unwrap_or_default();
    let url = named.package_url.as_deref().unwrap_or_default();
    Component {
        kind: "library",
        bom_ref: format!("named:{}-{}", named.name, short_hash(&[&named.name, version, url])),
        licenses: licences(&named.licence),
        name: named.name,
        version: named.version,
        purl: named.package_url,
        ..Component::default()
    }
}

/// A licence that is on no list is named; its text is in the SPDX document.
fn licences(licence: &Licence) -> Vec<LicenceChoice> {
    let acknowledgement = "declared";
    if let Some(only) = licence.only_extracted() {
        return vec![LicenceChoice::License {
            license: NamedLicence { name: only.name.clone(), acknowledgement },
        }];
    }
    let expression = licence.expression.clone();
    expression
        .map(|expression| LicenceChoice::Expression { expression, acknowledgement })
        .into_iter()
        .collect()
}

fn hash(digest: &Digest) -> Hash {
    let alg = match digest {
        Digest::Sha256(_) => "SHA-256",
        Digest::Sha512(_) => "SHA-512",
    };
    Hash { alg, content: digest.hex() }
}
