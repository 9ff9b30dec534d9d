//! Statements and findings for tests.

use crate::vex::{
    Component, Finding, Fix, FoundPackage, Identity, PackageUrl, Scanned, ScannedKind, Severity,
    SourcePackage,
};

/// A component with these identities: package URLs where the texts parse, else texts.
pub(super) fn component(texts: &[&str]) -> Component {
    let identities = texts.iter().map(|text| match PackageUrl::parse(text) {
        Ok(purl) => Identity::Purl { text: (*text).to_owned(), purl: Box::new(purl), is_range: false },
        Err(_) => Identity::Text((*text).to_owned()),
    });
    Component { identities: identities.collect() }
}

/// A package with a package URL.
pub(super) fn package(purl: &str) -> FoundPackage {
    let purl = PackageUrl::parse(purl).unwrap();
    FoundPackage {
        name: purl.name().to_owned(),
        version: purl.version().map(str::to_owned),
        purl: Some(purl),
        ..FoundPackage::default()
    }
}

/// A package that was built from a source package.
pub(super) fn package_of(purl: &str, source: &str, version: Option<&str>) -> FoundPackage {
    let sources = vec![SourcePackage { name: source.to_owned(), version: version.map(str::to_owned) }];
    FoundPackage { sources, ..package(purl) }
}

/// An image with these tags and digests, as whole references.
pub(super) fn image(name: &str, tags: &[&str], repo_digests: &[&str]) -> Scanned {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Scanned {
        kind: ScannedKind::Image,
        name: name.to_owned(),
        tags: texts(tags),
        repo_digests: texts(repo_digests),
        architecture: Some("amd64".to_owned()),
        ..Scanned::default()
    }
}

/// A finding with this id and these aliases.
pub(super) fn finding(id: &str, aliases: &[&str]) -> Finding {
    Finding {
        id: id.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        package: FoundPackage::default(),
        severity: Severity::Unknown,
        fix: Fix::Unknown,
        published: None,
        known_exploited: None,
        scores: Vec::new(),
        epss: None,
    }
}
