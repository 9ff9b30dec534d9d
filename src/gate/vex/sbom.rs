//! The packages in an SBOM, by package URL.
//!
//! Two packages are the same only if type, namespace, name and version are equal. Qualifiers do not count, apart from
//! the epoch, which is part of the version.

use std::collections::HashSet;

use serde::Deserialize;

use crate::vex::PackageUrl;

/// A package of an SBOM: type, namespace, name and version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Package {
    /// The package URL type.
    pub(crate) kind: String,
    /// The namespace.
    pub(crate) namespace: Option<String>,
    /// The name.
    pub(crate) name: String,
    /// The version, with its epoch.
    pub(crate) version: String,
}

/// The packages of SBOMs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packages(HashSet<Package>);

#[derive(Deserialize)]
struct Spdx {
    packages: Vec<SpdxPackage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpdxPackage {
    #[serde(default)]
    external_refs: Vec<SpdxReference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpdxReference {
    #[serde(default)]
    reference_type: String,
    #[serde(default)]
    reference_locator: String,
}

#[derive(Deserialize)]
struct CycloneDx {
    components: Vec<CycloneDxComponent>,
}

#[derive(Deserialize)]
struct CycloneDxComponent {
    purl: Option<String>,
    #[serde(default)]
    components: Vec<CycloneDxComponent>,
}

impl Packages {
    /// Adds the packages of a predicate in SPDX 2 or CycloneDX. Returns whether it is one of these. Without packages,
    /// nothing is proven to be in the image.
    pub(crate) fn add(&mut self, predicate: &str) -> bool {
        if let Ok(spdx) = serde_json::from_str::<Spdx>(predicate) {
            let references = spdx.packages.into_iter().flat_map(|package| package.external_refs);
            let purls = references.filter(|reference| reference.reference_type == "purl");
            self.0.extend(purls.filter_map(|reference| package(&reference.reference_locator)));
            return true;
        }
        let Ok(CycloneDx { mut components }) = serde_json::from_str::<CycloneDx>(predicate) else {
            return false;
        };
        while let Some(component) = components.pop() {
            self.0.extend(component.purl.as_deref().and_then(package));
            components.extend(component.components);
        }
        true
    }

    /// All of them, in no order.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = Package> {
        self.0.into_iter()
    }

    /// Whether the package is among them, with its version.
    pub(super) fn contain(&self, purl: &PackageUrl) -> bool {
        Package::of(purl).is_some_and(|package| self.0.contains(&package))
    }
}

fn package(purl: &str) -> Option<Package> {
    Package::of(&PackageUrl::parse(purl).ok()?)
}

impl Package {
    /// `None`: it has no version.
    fn of(purl: &PackageUrl) -> Option<Self> {
        let version = purl.version()?;
        let version = match purl.qualifier("epoch").filter(|epoch| *epoch != "0") {
            Some(epoch) if !version.contains(':') => format!("{epoch}:{version}"),
            _ => version.strip_prefix("0:").unwrap_or(version).to_owned(),
        };
        Some(Self {
            kind: purl.kind().to_owned(),
            namespace: purl.namespace().map(str::to_owned),
            name: purl.name().to_owned(),
            version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(packages: &Packages, purl: &str) -> bool {
        packages.contain(&PackageUrl::parse(purl).unwrap())
    }

    #[test]
    fn a_package_is_contained_with_equal_name_and_version() {
        let mut packages = Packages::default();
        let spdx = r#"{"packages":[{"name":"root"},{"externalRefs":[
            {"referenceType":"cpe23Type","referenceLocator":"pkg:deb/debian/cpe@1"},
            {"referenceType":"purl","referenceLocator":"pkg:deb/debian/bash@5.2%2Bdfsg-1?os_name=debian"},
            {"referenceType":"purl","referenceLocator":"pkg:deb/debian/tar"}]}]}"#;
        assert!(packages.add(spdx));
        let cyclonedx = r#"{"bomFormat":"CycloneDX","components":[
            {"purl":"pkg:deb/debian/libc6@2:2.41-12","components":[{"purl":"pkg:pypi/pip@25.0"}]},{"name":"file"}]}"#;
        assert!(packages.add(cyclonedx));
        for same in [
            "pkg:deb/debian/bash@5.2%2Bdfsg-1?arch=amd64&distro=debian-13",
            "pkg:deb/debian/libc6@2.41-12?arch=amd64&epoch=2",
            "pkg:deb/debian/libc6@2:2.41-12",
            "pkg:pypi/pip@25.0",
        ] {
            assert!(contains(&packages, same), "{same}");
        }
        for other in [
            "pkg:deb/debian/bash@5.2%2Bdfsg-2",
            "pkg:deb/debian/bash",
            "pkg:deb/ubuntu/bash@5.2%2Bdfsg-1",
            "pkg:rpm/debian/bash@5.2%2Bdfsg-1",
            "pkg:deb/debian/libc6@2.41-12",
            "pkg:deb/debian/tar@1.35",
            "pkg:deb/debian/tar",
            "pkg:deb/debian/cpe@1",
        ] {
            assert!(!contains(&packages, other), "{other}");
        }
        assert!(!packages.add("[]") && !packages.add("{}") && !packages.add("{"));
    }
}
