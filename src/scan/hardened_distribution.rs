//! Hardened images whose `/etc/os-release` says `ID=dhi`, for scanners that do not know it.
//!
//! Grype and Trivy have no data for `dhi` so far (anchore/grype#3613, aquasecurity/trivy#11027). They scan such an image
//! as the distribution that it is built from, and the packages they find get the names of the image back. Statements
//! about packages of `dhi` then apply, and those about packages of the base distribution do not.
//!
//! Invariant: a scan as another distribution is complete only if evidence proves what that distribution is. Under a wrong
//! name, a scanner finds nothing and does not say so.

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

/// The base distribution that a label names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Labelled {
    /// The distribution.
    pub(super) base: Base,
    /// Whether the label is that of a hardened image that evidence proves. Anyone can write a label.
    pub(super) is_proven: bool,
}

impl Base {
    /// The distribution that the label of an image names: `debian-13`. `None` if no hardened image is built from such a
    /// one.
    pub(super) fn of_label(label: &str) -> Option<Self> {
        let (family, release) = label.split_once('-')?;
        let family = match family {
            "alpine" => Family::Alpine,
            "debian" => Family::Debian,
            _ => return None,
        };
        family.has_release(release).then(|| Self { family, release: release.to_owned() })
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

    /// Whether a release is this one, or one of the two is a point release of the other.
    pub(super) fn is_release(&self, other: &str) -> bool {
        let own = self.release.split('.');
        own.zip(other.split('.')).all(|(own, other)| own == other)
    }

    /// The type of the package URLs of its packages.
    fn package_type(&self) -> &'static str {
        match self.family {
            Family::Alpine => "apk",
            Family::Debian => "deb",
        }
    }
}

impl Family {
    /// Whether a text has the form of its releases: `13`, `13.1`; `3.22`, `3.22.1`.
    fn has_release(self, text: &str) -> bool {
        let parts: Vec<&str> = text.split('.').collect();
        let counts = match self {
            Self::Alpine => 2..=3,
            Self::Debian => 1..=2,
        };
        let is_number = |part: &&str| matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        counts.contains(&parts.len()) && parts.iter().all(is_number)
    }
}

/// The types of package URLs of packages of an operating system.
const SYSTEM_TYPES: [&str; 4] = ["alpm", "apk", "deb", "rpm"];

/// Whether packages that the scan names are of an operating system with other packages than those of `base`.
pub(super) fn has_other_packages(scan: &Scan, base: &Base) -> bool {
    let kinds = scan.findings.iter().filter_map(|finding| {
        let package = &finding.package;
        package.purl.as_ref().map(PackageUrl::kind).or(package.kind.as_deref())
    });
    let listed = scan.graph.iter().flat_map(|graph| graph.nodes.iter().flatten().map(PackageUrl::kind));
    kinds.chain(listed).any(|kind| SYSTEM_TYPES.contains(&kind) && kind != base.package_type())
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
        let base = Base::of_label("debian-13").unwrap();
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
    }

    #[test]
    fn only_releases_of_a_sane_form_are_read() {
        for (label, name) in [
            ("debian-13", "debian 13"),
            ("debian-13.1", "debian 13.1"),
            ("alpine-3.22", "alpine 3.22"),
            ("alpine-3.22.1", "alpine 3.22.1"),
        ] {
            assert_eq!(Base::of_label(label).map(|base| base.name()).as_deref(), Some(name));
        }
        for label in [
            "",
            "debian",
            "debian-",
            "debian-...",
            "debian-13.",
            "debian-1e1",
            "debian-999",
            "debian-13.1.2",
            "debian-trixie",
            "alpine-3",
            "alpine-edge",
            "alpine-3.22.1.1",
            "wolfi-1",
            "Debian-13",
            "debian-13 ",
            "debian--13",
            "debian-\u{661}3",
        ] {
            assert_eq!(Base::of_label(label), None, "{label}");
        }
    }

    #[test]
    fn a_point_release_is_of_its_release() {
        let base = Base::of_label("alpine-3.22").unwrap();
        assert!(base.is_release("3.22") && base.is_release("3.22.1") && base.is_release("3"));
        assert!(!base.is_release("3.23") && !base.is_release("3.2") && !base.is_release("13"));
    }

    #[test]
    fn packages_of_another_system_are_recognised() {
        let scan = |package: FoundPackage| {
            let finding = crate::vex::Finding {
                id: "CVE-2026-1".to_owned(),
                aliases: Vec::new(),
                package,
                severity: crate::vex::Severity::High,
                fix: crate::vex::Fix::Unknown,
                published: None,
                known_exploited: None,
                scores: Vec::new(),
                epss: None,
            };
            let subject = crate::vex::Scanned::default();
            Scan { subject, findings: vec![finding], suppressed_before: 0, graph: None, not_scanned: None }
        };
        let [debian, alpine] = ["debian-13", "alpine-3.22"].map(|label| Base::of_label(label).unwrap());
        let deb = scan(package(None, Some("deb")));
        assert!(!has_other_packages(&deb, &debian) && has_other_packages(&deb, &alpine));
        let apk = scan(package(Some("pkg:apk/alpine/openssl@3"), None));
        assert!(has_other_packages(&apk, &debian) && !has_other_packages(&apk, &alpine));
        assert!(!has_other_packages(&scan(package(Some("pkg:npm/chair@1"), None)), &debian));
    }
}
