//! Components of a CycloneDX report.

use std::borrow::Cow;

use crate::vex::json_reader::{Fault, Reader};
use crate::vex::{FoundPackage, PackageUrl, Scanned, ScannedKind, SourcePackage};

/// A component.
#[derive(Clone, Debug, Default)]
pub(super) struct Component {
    pub(super) reference: Option<String>,
    pub(super) purl: Option<PackageUrl>,
    kind: String,
    group: String,
    name: String,
    version: Option<String>,
    locations: Vec<String>,
    layers: Vec<String>,
    source: String,
    source_version: String,
    source_release: String,
    source_epoch: String,
    tags: Vec<String>,
    repo_digests: Vec<String>,
    image_id: Option<String>,
}

/// The component that was scanned.
#[derive(Debug, Default)]
pub(super) struct Root {
    pub(super) component: Component,
    pub(super) subject: Scanned,
}

impl Component {
    /// Reads a component and those within it.
    pub(super) fn read_into(json: &mut Reader<'_>, all: &mut Vec<Self>) -> Result<(), Fault> {
        let mut within = Vec::new();
        let component = Self::read(json, &mut within)?;
        all.push(component);
        all.append(&mut within);
        Ok(())
    }

    fn read(json: &mut Reader<'_>, within: &mut Vec<Self>) -> Result<Self, Fault> {
        let mut component = Self::default();
        json.optional_members(|json, name| {
            match name {
                "bom-ref" => component.reference = json.optional_string()?.map(Into::into),
                "purl" => {
                    component.purl = json.optional_string()?.and_then(|purl| PackageUrl::parse(&purl).ok());
                }
                "type" => component.kind = text(json.string_if_any()?),
                "group" => component.group = text(json.string_if_any()?),
                "name" => component.name = text(json.string_if_any()?),
                "version" => {
                    component.version = Some(text(json.string_if_any()?)).filter(|text| !text.is_empty());
                }
                "components" => {
                    json.array_if_any(|json| Self::read_into(json, within))?;
                }
                "properties" => {
                    json.array_if_any(|json| component.read_property(json))?;
                }
                "evidence" => component.read_evidence(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(component)
    }

    /// Reads a property of Trivy or Syft.
    fn read_property(&mut self, json: &mut Reader<'_>) -> Result<(), Fault> {
        let (mut key, mut value) = (String::new(), String::new());
        json.members_if_any(|json, name| {
            match name {
                "name" => key = text(json.string_if_any()?),
                "value" => value = text(json.string_if_any()?),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if value.is_empty() {
            return Ok(());
        }
        match key.as_str() {
            "aquasecurity:trivy:SrcName" | "syft:metadata:source" | "syft:metadata:originPackage" => {
                self.source = value;
            }
            "aquasecurity:trivy:SrcVersion" | "syft:metadata:sourceVersion" => self.source_version = value,
            "aquasecurity:trivy:SrcRelease" => self.source_release = value,
            "aquasecurity:trivy:SrcEpoch" => self.source_epoch = value,
            "aquasecurity:trivy:FilePath" => self.locations.push(value),
            "aquasecurity:trivy:LayerDiffID" => self.layers.push(value),
            "aquasecurity:trivy:RepoTag" => self.tags.push(value),
            "aquasecurity:trivy:RepoDigest" => self.repo_digests.push(value),
            "aquasecurity:trivy:ImageID" => self.image_id = Some(value),
            key if key.starts_with("syft:location:") && key.ends_with(":path") => self.locations.push(value),
            key if key.starts_with("syft:location:")
                && key.ends_with(":layerID")
                && !self.layers.contains(&value) =>
            {
                self.layers.push(value);
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads `evidence.occurrences[].location`.
    fn read_evidence(&mut self, json: &mut Reader<'_>) -> Result<(), Fault> {
        json.members_if_any(|json, name| {
            match name {
                "occurrences" => {
                    json.array_if_any(|json| {
                        self.locations.extend(json.member("location", Reader::filled_string_if_any)?);
                        Ok(())
                    })?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    }

    /// The distribution, if the component is an operating system.
    pub(super) fn distribution(&self) -> Option<(String, String)> {
        let is_system = self.kind == "operating-system" && !self.name.is_empty();
        is_system.then(|| (self.name.clone(), self.version.clone().unwrap_or_default()))
    }

    /// The component as the package of a finding.
    pub(super) fn package(&self, node: Option<usize>) -> FoundPackage {
        let name = match self.group.as_str() {
            "" => self.name.clone(),
            group => format!("{group}/{}", self.name),
        };
        let epoch = match self.source_epoch.as_str() {
            "" | "0" => String::new(),
            epoch => format!("{epoch}:"),
        };
        let release = match self.source_release.as_str() {
            "" => String::new(),
            release => format!("-{release}"),
        };
        let source = (!self.source.is_empty()).then(|| SourcePackage {
            name: self.source.clone(),
            version: (!self.source_version.is_empty())
                .then(|| format!("{epoch}{}{release}", self.source_version)),
        });
        FoundPackage {
            name,
            version: self.version.clone(),
            purl: self.purl.clone(),
            // The types of components are no types of packages.
            kind: self.purl.is_none().then(String::new),
            sources: source.into_iter().collect(),
            locations: self.locations.clone(),
            layers: self.layers.clone(),
            node,
            ..FoundPackage::default()
        }
    }
}

impl Root {
    /// Reads the component in `metadata`.
    pub(super) fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let component = Component::read(json, &mut Vec::new())?;
        let is_image = component.kind == "container";
        let is_digest = |version: &&String| version.starts_with("sha256:");
        let subject = Scanned {
            kind: if is_image { ScannedKind::Image } else { ScannedKind::Sbom },
            name: component.name.clone(),
            tags: component.tags.clone(),
            repo_digests: component.repo_digests.clone(),
            // Syft writes the digest of the manifest as version of an image.
            manifest_digest: component.version.as_ref().filter(is_digest).filter(|_| is_image).cloned(),
            image_id: component.image_id.clone(),
            purl: component.purl.clone(),
            ..Scanned::default()
        };
        Ok(Self { component, subject })
    }
}

fn text(text: Option<Cow<'_, str>>) -> String {
    text.map(Into::into).unwrap_or_default()
}
