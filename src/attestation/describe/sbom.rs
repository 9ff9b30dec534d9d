//! SBOMs: SPDX 2 and 3, CycloneDX 1.4 to 1.7, and Docker Scout's format.
//!
//! The image or file that a document is about does not count as a package, so that all formats give the same number.

use std::collections::HashSet;

use serde::Deserialize;

use super::names;
use super::names::purl_kind;
use super::page::{Description, KindCounts, NameList, Page, TableBuilder, plural};
use super::read::{Member, ShapeError, Text};
use crate::attestation::limits::{COMPONENT_DEPTH, SPDX_ROOTS};

const HEADER: [&str; 3] = ["NAME", "VERSION", "LICENCE"];

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spdx<'a> {
    spdx_version: Text,
    name: Text,
    document_namespace: Text,
    #[serde(borrow)]
    creation_info: Member<'a>,
    #[serde(borrow)]
    document_describes: Member<'a>,
    #[serde(borrow)]
    packages: Member<'a>,
    #[serde(borrow)]
    files: Member<'a>,
    #[serde(borrow)]
    relationships: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreationInfo<'a> {
    created: Text,
    #[serde(borrow)]
    creators: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: Text,
    related_spdx_element: Text,
    relationship_type: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SpdxPackage<'a> {
    #[serde(rename = "SPDXID")]
    id: Text,
    name: Text,
    version_info: Text,
    license_declared: Text,
    license_concluded: Text,
    #[serde(borrow)]
    external_refs: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ExternalRef {
    reference_type: Text,
    reference_locator: Text,
}

pub(super) fn spdx(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let linked: Linked<'_> = predicate.object().ok_or(ShapeError("an SPDX document is an object"))?;
    if linked.graph.is_list() {
        return spdx_3(linked.graph);
    }
    let document: Spdx<'_> = predicate.object_or_empty();
    if document.spdx_version.get().is_none() && !document.packages.is_list() {
        return Err(ShapeError("an SPDX document has `spdxVersion`, `packages` or `@graph`"));
    }
    let roots = roots(&document);
    let (mut kinds, mut list) = (KindCounts::default(), TableBuilder::new("packages", &HEADER));
    let mut packages = 0;
    let read = document.packages.each_object(|package: SpdxPackage<'_>| {
        if package.id.get().is_some_and(|id| roots.contains(id)) {
            return;
        }
        packages += 1;
        let mut kind = None;
        package.external_refs.each_object(|reference: ExternalRef| {
            if kind.is_none() && reference.reference_type.get() == Some("purl") {
                kind = reference.reference_locator.get().and_then(purl_kind).map(ToOwned::to_owned);
            }
        });
        kinds.add(kind.as_deref().unwrap_or("without package URL"));
        let licence = [&package.license_declared, &package.license_concluded]
            .into_iter()
            .filter_map(Text::get)
            .find(|licence| !matches!(*licence, "NOASSERTION" | "NONE"));
        list.add_row([package.name.cell(), package.version_info.cell(), licence.unwrap_or("-").to_owned()]);
    });
    if read.is_none() && document.packages.is_given() {
        return Err(ShapeError("`packages` is not a list"));
    }
    let mut page = Page::default();
    page.add_text("document", &document.name);
    page.add_text("format", &document.spdx_version);
    page.add_text("namespace", &document.document_namespace);
    let info: CreationInfo<'_> = document.creation_info.object_or_empty();
    page.add_text("created", &info.created);
    let (mut tools, mut people) = (NameList::default(), NameList::default());
    info.creators.each(|creator| {
        let creator = creator.text();
        match creator.get().map(|creator| creator.split_once(':').unwrap_or(("", creator))) {
            Some(("Tool", name)) => tools.add(name.trim()),
            Some((_, name)) => people.add(name.trim()),
            None => {}
        }
    });
    page.add_fact("tools", tools.join());
    page.add_fact("creators", people.join());
    finish(page, packages, &kinds, document.files.each(|_| ()).unwrap_or_default(), list)
}

/// The IDs of the elements that the document is about.
fn roots(document: &Spdx<'_>) -> HashSet<String> {
    let mut roots = HashSet::new();
    let mut add = |id: &Text| {
        if let (Some(id), true) = (id.get(), roots.len() < SPDX_ROOTS) {
            roots.insert(id.to_owned());
        }
    };
    document.document_describes.each(|id| add(&id.text()));
    document.relationships.each_object(|relationship: Relationship| {
        let document = relationship.spdx_element_id.get() == Some("SPDXRef-DOCUMENT");
        if document && relationship.relationship_type.get() == Some("DESCRIBES") {
            add(&relationship.related_spdx_element);
        }
    });
    roots
}

/// An SPDX 3 document in JSON-LD: a list of elements that refer to each other (SPDX 3.0, serialization).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Linked<'a> {
    #[serde(borrow, rename = "@graph")]
    graph: Member<'a>,
}

/// One element, of any type.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Element<'a> {
    #[serde(rename = "type")]
    kind: Text,
    #[serde(rename = "@type")]
    linked_kind: Text,
    #[serde(rename = "spdxId")]
    id: Text,
    name: Text,
    #[serde(rename = "specVersion")]
    spec_version: Text,
    created: Text,
    #[serde(borrow, rename = "rootElement")]
    roots: Member<'a>,
    #[serde(rename = "software_packageVersion")]
    version: Text,
    #[serde(rename = "software_packageUrl")]
    purl: Text,
    #[serde(borrow, rename = "externalIdentifier")]
    identifiers: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ExternalIdentifier {
    #[serde(rename = "externalIdentifierType")]
    kind: Text,
    identifier: Text,
}

impl Element<'_> {
    fn kind(&self) -> Option<&str> {
        self.kind.get().or(self.linked_kind.get())
    }

    fn purl_kind(&self) -> Option<String> {
        let mut kind = self.purl.get().and_then(purl_kind).map(ToOwned::to_owned);
        self.identifiers.each_object(|identifier: ExternalIdentifier| {
            if kind.is_none() && matches!(identifier.kind.get(), Some("packageUrl" | "purl")) {
                kind = identifier.identifier.get().and_then(purl_kind).map(ToOwned::to_owned);
            }
        });
        kind
    }
}

/// Describes an SPDX 3 document. Licences are separate elements, connected by relationships, and are not read.
fn spdx_3(graph: Member<'_>) -> Result<Description, ShapeError> {
    let (mut name, mut version, mut created) = (Text::default(), Text::default(), Text::default());
    let (mut tools, mut people) = (NameList::default(), NameList::default());
    let (mut roots, mut known) = (HashSet::new(), false);
    graph.each_object(|element: Element<'_>| {
        let kind = element.kind().unwrap_or_default();
        known |= matches!(kind, "SpdxDocument" | "CreationInfo") || kind.starts_with("software_");
        match kind {
            "CreationInfo" if version.get().is_none() => {
                version = element.spec_version;
                created = element.created;
            }
            "SpdxDocument" | "software_Sbom" => {
                if kind == "SpdxDocument" && name.get().is_none() {
                    name = element.name;
                }
                element.roots.each(|root| {
                    if let (Some(id), true) = (root.text().get(), roots.len() < SPDX_ROOTS) {
                        roots.insert(id.to_owned());
                    }
                });
            }
            "Tool" => tools.add(element.name.cell()),
            "Person" | "Organization" | "SoftwareAgent" | "Agent" => people.add(element.name.cell()),
            _ => {}
        }
    });
    if !known {
        return Err(ShapeError("`@graph` has no element of SPDX 3"));
    }
    let (mut kinds, mut list) = (KindCounts::default(), TableBuilder::new("packages", &HEADER));
    let (mut packages, mut files) = (0, 0);
    graph.each_object(|element: Element<'_>| {
        let is_root = element.id.get().is_some_and(|id| roots.contains(id));
        match element.kind() {
            Some("software_File") => files += 1,
            Some("software_Package") if !is_root => {
                packages += 1;
                kinds.add(element.purl_kind().as_deref().unwrap_or("without package URL"));
                list.add_row([element.name.cell(), element.version.cell(), "-".to_owned()]);
            }
            _ => {}
        }
    });
    let mut page = Page::default();
    page.add_text("document", &name);
    page.add_fact("format", version.get().map(|version| format!("SPDX-{version}")).unwrap_or_default());
    page.add_text("created", &created);
    page.add_fact("tools", tools.join());
    page.add_fact("creators", people.join());
    finish(page, packages, &kinds, files, list)
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CycloneDx<'a> {
    bom_format: Text,
    spec_version: Text,
    serial_number: Text,
    version: Text,
    #[serde(borrow)]
    metadata: Member<'a>,
    #[serde(borrow)]
    components: Member<'a>,
    #[serde(borrow)]
    vulnerabilities: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    timestamp: Text,
    #[serde(borrow)]
    tools: Member<'a>,
    #[serde(borrow)]
    component: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tools<'a> {
    #[serde(borrow)]
    components: Member<'a>,
    #[serde(borrow)]
    services: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: Text,
    group: Text,
    name: Text,
    version: Text,
    purl: Text,
    #[serde(borrow)]
    licenses: Member<'a>,
    #[serde(borrow)]
    components: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LicenseChoice<'a> {
    #[serde(borrow)]
    license: Member<'a>,
    expression: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct License {
    id: Text,
    name: Text,
}

pub(super) fn cyclonedx(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: CycloneDx<'_> =
        predicate.object().ok_or(ShapeError("a CycloneDX document is an object"))?;
    if document.bom_format.get() != Some("CycloneDX") && !document.components.is_list() {
        return Err(ShapeError("a CycloneDX document has `bomFormat` or `components`"));
    }
    if document.components.is_given() && !document.components.is_list() {
        return Err(ShapeError("`components` is not a list"));
    }
    let mut found = Components::default();
    found.walk(document.components, COMPONENT_DEPTH)?;
    let metadata: Metadata<'_> = document.metadata.object_or_empty();
    let about: Component<'_> = metadata.component.object_or_empty();
    let mut page = Page::default();
    page.add_fact("document", join([&about.group, &about.name], "/"));
    page.add_fact("format", join([&document.bom_format, &document.spec_version], " "));
    page.add_text("serial number", &document.serial_number);
    page.add_text("version", &document.version);
    page.add_text("created", &metadata.timestamp);
    let mut tools = NameList::default();
    let mut tool = |tool: Component<'_>| tools.add(join([&tool.name, &tool.version], " "));
    // Up to version 1.4 a list; since 1.5 also an object.
    if metadata.tools.each_object(&mut tool).is_none() {
        let listed: Tools<'_> = metadata.tools.object_or_empty();
        listed.components.each_object(&mut tool);
        listed.services.each_object(&mut tool);
    }
    page.add_fact("tools", tools.join());
    let vulnerabilities = document.vulnerabilities.each(|_| ()).unwrap_or_default();
    if vulnerabilities > 0 {
        page.add_fact("vulnerabilities", vulnerabilities.to_string());
    }
    page.add_fact("other components", found.others.join());
    let mut summary = finish(page, found.packages, &found.kinds, found.files, found.list)?;
    if vulnerabilities > 0 {
        let many = if vulnerabilities == 1 { "vulnerability" } else { "vulnerabilities" };
        summary.line = format!("{}, {vulnerabilities} {many}", summary.line);
    }
    Ok(summary)
}

/// Components of all levels.
struct Components {
    packages: usize,
    files: usize,
    kinds: KindCounts,
    others: KindCounts,
    list: TableBuilder,
}

impl Default for Components {
    fn default() -> Self {
        let list = TableBuilder::new("packages", &HEADER);
        Self { packages: 0, files: 0, kinds: KindCounts::default(), others: KindCounts::default(), list }
    }
}

impl Components {
    fn walk(&mut self, components: Member<'_>, depth: usize) -> Result<(), ShapeError> {
        let mut result = Ok(());
        components.each_object(|component: Component<'_>| {
            self.add(&component);
            if component.components.is_list() && result.is_ok() {
                result = match depth.checked_sub(1) {
                    Some(depth) => self.walk(component.components, depth),
                    None => Err(ShapeError("components nest too deep")),
                };
            }
        });
        result
    }

    fn add(&mut self, component: &Component<'_>) {
        match component.kind.get() {
            Some("file") => self.files += 1,
            Some(kind @ ("operating-system" | "data" | "machine-learning-model" | "cryptographic-asset")) => {
                self.others.add(kind);
            }
            _ => {
                self.packages += 1;
                let kind = component.purl.get().and_then(purl_kind);
                self.kinds.add(kind.unwrap_or("without package URL"));
                let name = join([&component.group, &component.name], "/");
                self.list.add_row([dash(name), component.version.cell(), dash(licences(component.licenses))]);
            }
        }
    }
}

fn licences(licences: Member<'_>) -> String {
    let mut names = NameList::default();
    licences.each_object(|choice: LicenseChoice<'_>| {
        let licence: License = choice.license.object_or_empty();
        if let Some(name) = choice.expression.or(licence.id).or(licence.name).get() {
            names.add(name);
        }
    });
    names.join()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scout<'a> {
    #[serde(borrow)]
    source: Member<'a>,
    #[serde(borrow)]
    artifacts: Member<'a>,
    #[serde(borrow)]
    descriptor: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Source<'a> {
    #[serde(borrow)]
    image: Member<'a>,
    #[serde(borrow)]
    base_images: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScoutImage<'a> {
    name: Text,
    digest: Text,
    #[serde(borrow)]
    tags: Member<'a>,
    #[serde(borrow)]
    distro: Member<'a>,
    #[serde(borrow)]
    platform: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Distro {
    os_name: Text,
    os_version: Text,
    os_distro: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Platform {
    os: Text,
    architecture: Text,
    variant: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Artifact<'a> {
    #[serde(rename = "type")]
    kind: Text,
    name: Text,
    version: Text,
    #[serde(borrow)]
    licenses: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Descriptor {
    name: Text,
    version: Text,
    sbom_version: Text,
}

pub(super) fn scout(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Scout<'_> = predicate.object().ok_or(ShapeError("a Scout SBOM is an object"))?;
    let (mut kinds, mut list) = (KindCounts::default(), TableBuilder::new("packages", &HEADER));
    let packages = document.artifacts.each_object(|artifact: Artifact<'_>| {
        kinds.add(artifact.kind.get().unwrap_or("without type"));
        let mut licences = NameList::default();
        artifact.licenses.each(|licence| licences.add(licence.text().cell()));
        list.add_row([artifact.name.cell(), artifact.version.cell(), dash(licences.join())]);
    });
    // Go programs write an empty list as `null`.
    let packages = match packages {
        Some(packages) => packages,
        None if document.artifacts.is_null() => 0,
        None => return Err(ShapeError("a Scout SBOM has a list `artifacts`")),
    };
    let source: Source<'_> = document.source.object_or_empty();
    let image: ScoutImage<'_> = source.image.object_or_empty();
    let distro: Distro = image.distro.object_or_empty();
    let platform: Platform = image.platform.object_or_empty();
    let descriptor: Descriptor = document.descriptor.object_or_empty();
    let mut page = Page::default();
    page.add_text("image", &image.name);
    page.add_fact("digest", image.digest.get().map(names::short).unwrap_or_default());
    let mut tags = NameList::default();
    image.tags.each(|tag| tags.add(tag.text().cell()));
    page.add_fact("tags", tags.join());
    page.add_fact("platform", join([&platform.os, &platform.architecture, &platform.variant], "/"));
    page.add_fact("distribution", join([&distro.os_name, &distro.os_version, &distro.os_distro], " "));
    page.add_fact("tools", join([&descriptor.name, &descriptor.version], " "));
    page.add_text("format", &descriptor.sbom_version);
    if let Some(bases @ 1..) = source.base_images.each(|_| ()) {
        page.add_fact("base images", bases.to_string());
    }
    finish(page, packages, &kinds, 0, list)
}

fn finish(
    mut page: Page,
    packages: usize,
    kinds: &KindCounts,
    files: usize,
    list: TableBuilder,
) -> Result<Description, ShapeError> {
    page.add_fact("packages", packages.to_string());
    page.add_fact("by type", kinds.join());
    if files > 0 {
        page.add_fact("files", files.to_string());
    }
    page.add_table(list);
    Ok(Description { line: plural(packages, "package"), page })
}

fn join<const TEXTS: usize>(texts: [&Text; TEXTS], between: &str) -> String {
    texts.into_iter().filter_map(Text::get).collect::<Vec<_>>().join(between)
}

fn dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}
