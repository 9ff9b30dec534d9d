//! Hardened images whose `/etc/os-release` says `ID=dhi`, for scanners that do not know it.
//!
//! Grype and Trivy have no data for `dhi` so far (anchore/grype#3613, aquasecurity/trivy#11027). They scan such an image
//! as the distribution that it is built from, and the packages they find get the names of the image back. Statements
//! about packages of `dhi` then apply, and those about packages of the base distribution do not.

use crate::vex::{FoundPackage, PackageUrl, Scan};

/// The distribution of a hardened image.
pub(super) const ID: &str = "dhi";

/// The distribution that a hardened image is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base {
    family: Family,
    release: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Alpine,
    Debian,
}

impl Base {
    /// The distribution that the label of an image names, as `debian` and `13`.
    pub(super) fn of_label(label: Option<&(String, String)>) -> Option<Self> {
        let (family, release) = label?;
        let family = match family.as_str() {
            "alpine" => Family::Alpine,
            "debian" => Family::Debian,
            _ => return None,
        };
        Some(Self { family, release: release.clone() })
    }

    /// Its name: `debian`.
    pub(super) fn family(&self) -> &'static str {
        match self.family {
            Family::Alpine => "alpine",
            Family::Debian => "debian",
        }
    }

    /// Its release: `13`.
    pub(super) fn release(&self) -> &str {
        &self.release
    }

    /// Its name with its release.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.family(), self.release)
    }

    /// The type of the package URLs of its packages.
    fn package_type(&self) -> &'static str {
        match self.family {
            Family::Alpine => "apk",
            Family::Debian => "deb",
        }
    }
}

/// Gives the distribution and the packages of its operating system the names of the image.
pub(super) fn map_back(scan: &mut Scan, base: &Base) {
    scan.subject.distribution = Some((ID.to_owned(), base.release.clone()));
    for finding in &mut scan.findings {
        let package = &mut finding.package;
        if let Some(purl) = mapped(package, base) {
            package.purl = Some(purl);
            package.kind = None;
        }
    }
}

/// The package URL of a package of the operating system. `None` for other packages.
fn mapped(package: &FoundPackage, base: &Base) -> Option<PackageUrl> {
    let kind = base.package_type();
    let (name, version) = match &package.purl {
        Some(purl) if purl.kind() == kind => (purl.name(), purl.version()),
        // Grype writes no package URL for packages of a distribution that it does not know.
        None if package.kind.as_deref() == Some(kind) => (package.name.as_str(), package.version.as_deref()),
        _ => return None,
    };
    let mut purl = PackageUrl::new(kind, Some(ID), name, version).ok()?;
    let others = package.purl.iter().flat_map(PackageUrl::qualifiers);
    for (name, value) in others.filter(|(name, _)| name != "distro") {
        purl = purl.with_qualifier(name, value).ok()?;
    }
    purl.with_qualifier("distro", &format!("{ID}-{}", base.release)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(purl: Option<&str>, kind: Option<&str>) -> FoundPackage {
        FoundPackage {
            name: "libssl3t64".to_owned(),
            version: Some("3.5.1-1".to_owned()),
            kind: kind.map(str::to_owned),
            purl: purl.map(|purl| PackageUrl::parse(purl).unwrap()),
            ..FoundPackage::default()
        }
    }

    #[test]
    fn only_packages_of_the_operating_system_are_mapped() {
        let label = ("debian".to_owned(), "13".to_owned());
        let base = Base::of_label(Some(&label)).unwrap();
        let mapped = |purl, kind| mapped(&package(purl, kind), &base).map(|purl| purl.to_string());
        let debian = "pkg:deb/debian/libssl3t64@3.5.1-1?arch=amd64&distro=debian-13&upstream=openssl";
        let hardened = "pkg:deb/dhi/libssl3t64@3.5.1-1?arch=amd64&distro=dhi-13&upstream=openssl";
        assert_eq!(mapped(Some(debian), None).as_deref(), Some(hardened));
        assert_eq!(mapped(Some(hardened), None).as_deref(), Some(hardened));
        assert_eq!(
            mapped(None, Some("deb")).as_deref(),
            Some("pkg:deb/dhi/libssl3t64@3.5.1-1?distro=dhi-13")
        );
        assert_eq!(mapped(Some("pkg:pypi/pip@25"), None), None);
        assert_eq!(mapped(None, Some("npm")), None);
        assert_eq!(Base::of_label(Some(&("wolfi".to_owned(), "1".to_owned()))), None);
    }
}
