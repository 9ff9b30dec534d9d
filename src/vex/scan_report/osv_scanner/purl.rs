//! Package URLs of the packages that OSV names by ecosystem and name (OSV schema 1.7, "Defined Ecosystems").

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::vex::{FoundPackage, PackageUrl, SourcePackage};

/// Everything that a part of a package URL has to encode.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An ecosystem, and the release in its name: `Debian:13`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ecosystem<'a> {
    name: &'a str,
    release: Option<&'a str>,
}

/// How names of an ecosystem become package URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// The name alone.
    Name(&'static str),
    /// The namespace ends at the last slash.
    Path(&'static str),
    /// The namespace ends at the last slash, and the version has a `v` that OSV leaves out.
    Go,
    /// `GROUP:ARTIFACT`.
    Maven,
    /// Source packages of a distribution: type and namespace.
    Source(&'static str, &'static str),
    /// Only the type is known.
    Type(&'static str),
    Unknown,
}

/// The ecosystem of Rust packages, as OSV writes it.
const CARGO: &str = concat!("crates", ".io");

impl<'a> Ecosystem<'a> {
    /// Reads an ecosystem.
    pub(super) fn parse(text: &'a str) -> Self {
        let (name, release) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        Self { name, release: release.filter(|release| !release.is_empty()) }
    }

    fn scheme(self) -> Scheme {
        match self.name {
            "Bitnami" => Scheme::Name("bitnami"),
            "ConanCenter" => Scheme::Name("conan"),
            "CRAN" | "Bioconductor" => Scheme::Name("cran"),
            CARGO => Scheme::Name("cargo"),
            "Hackage" => Scheme::Name("hackage"),
            "Hex" => Scheme::Name("hex"),
            "NuGet" => Scheme::Name("nuget"),
            "Pub" => Scheme::Name("pub"),
            "PyPI" => Scheme::Name("pypi"),
            "RubyGems" => Scheme::Name("gem"),
            "npm" => Scheme::Path("npm"),
            "Packagist" => Scheme::Path("composer"),
            "GitHub Actions" => Scheme::Path("github"),
            "SwiftURL" => Scheme::Path("swift"),
            "Go" => Scheme::Go,
            "Maven" => Scheme::Maven,
            "Debian" => Scheme::Source("deb", "debian"),
            "Ubuntu" => Scheme::Source("deb", "ubuntu"),
            "Alpine" => Scheme::Source("apk", "alpine"),
            "Chainguard" => Scheme::Source("apk", "chainguard"),
            "Wolfi" => Scheme::Source("apk", "wolfi"),
            "AlmaLinux" | "Azure Linux" | "Mageia" | "openEuler" | "openSUSE" | "Photon OS" | "Red Hat"
            | "Rocky Linux" | "SUSE" => Scheme::Type("rpm"),
            _ => Scheme::Unknown,
        }
    }

    /// The package with this name. `place` has its version, and where it was found. `binary` is the name of the binary
    /// package of a distribution, for which `name` names the source.
    pub(super) fn package(self, name: &str, binary: Option<&str>, place: FoundPackage) -> FoundPackage {
        let version = place.version.clone();
        let version = version.as_deref();
        let mut package = FoundPackage { name: binary.unwrap_or(name).to_owned(), ..place };
        let scheme = self.scheme();
        let text = match scheme {
            Scheme::Name(kind) => purl(kind, None, name, version),
            Scheme::Path(kind) => {
                let (namespace, name) = split(name, '/');
                purl(kind, namespace, name, version)
            }
            Scheme::Go => {
                let (namespace, last) = split(name, '/');
                // The standard library has the version of the toolchain, which is no module version.
                let version = version.map(|version| match name {
                    "stdlib" | "toolchain" => version.to_owned(),
                    _ => format!("v{}", version.trim_start_matches('v')),
                });
                purl("golang", namespace, last, version.as_deref())
            }
            Scheme::Maven => {
                let (namespace, name) = split(name, ':');
                purl("maven", namespace, name, version)
            }
            Scheme::Source(kind, family) => {
                package.is_source = binary.is_none();
                package
                    .sources
                    .extend(binary.map(|_| SourcePackage { name: name.to_owned(), version: None }));
                let text = purl(kind, Some(family), binary.unwrap_or(name), version);
                match self.distribution(family) {
                    Some(distribution) => format!("{text}?distro={distribution}"),
                    None => text,
                }
            }
            Scheme::Type(kind) => {
                package.kind = Some(kind.to_owned());
                package
                    .sources
                    .extend(binary.map(|_| SourcePackage { name: name.to_owned(), version: None }));
                return package;
            }
            Scheme::Unknown => {
                package.kind = Some(self.name.to_owned());
                return package;
            }
        };
        package.purl = PackageUrl::parse(&text).ok();
        // A package of no type, which matches no package URL.
        package.kind = package.purl.is_none().then(String::new);
        package
    }

    /// The qualifier `distro`: family and release, without the words around it: `Ubuntu:Pro:22.04:LTS`, `Alpine:v3.18`.
    fn distribution(self, family: &str) -> Option<String> {
        let mut parts = self.release?.split(':');
        let release =
            parts.find(|part| part.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))?;
        Some(format!("{family}-{}", release.trim_start_matches('v')))
    }
}

/// Name and namespace: what is behind the last separator, and before it.
fn split(name: &str, separator: char) -> (Option<&str>, &str) {
    name.rsplit_once(separator).map_or((None, name), |(namespace, name)| (Some(namespace), name))
}

fn purl(kind: &str, namespace: Option<&str>, name: &str, version: Option<&str>) -> String {
    let encode = |part: &str| utf8_percent_encode(part, PART).to_string();
    let segments = namespace.into_iter().flat_map(|namespace| namespace.split('/'));
    let namespace: String = segments.map(|segment| format!("{}/", encode(segment))).collect();
    let version = version.map_or_else(String::new, |version| format!("@{}", encode(version)));
    format!("pkg:{kind}/{namespace}{}{version}", encode(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ecosystem: &str, name: &str, binary: Option<&str>, version: &str) -> FoundPackage {
        let place = FoundPackage { version: Some(version.to_owned()), ..FoundPackage::default() };
        Ecosystem::parse(ecosystem).package(name, binary, place)
    }

    #[test]
    fn names_become_package_urls() {
        for (ecosystem, name, version, expected) in [
            ("npm", "@acme/table", "7.1.0", "pkg:npm/%40acme/table@7.1.0"),
            ("npm", "table", "7.1.0", "pkg:npm/table@7.1.0"),
            ("Packagist", "acme/http-core", "8.1.0", "pkg:composer/acme/http-core@8.1.0"),
            ("Maven", "example.acme:core", "2.14.1", "pkg:maven/example.acme/core@2.14.1"),
            (
                "Go",
                "github.com/Acme/Engine",
                "28.5.2+incompatible",
                "pkg:golang/github.com/acme/engine@v28.5.2%2Bincompatible",
            ),
            ("Go", "stdlib", "1.22.4", "pkg:golang/stdlib@1.22.4"),
            ("PyPI", "Acme_Lib", "1.0", "pkg:pypi/acme-lib@1.0"),
            (CARGO, "time", "0.1.0", "pkg:cargo/time@0.1.0"),
            ("Debian:13", "glibc", "2.41-12", "pkg:deb/debian/glibc@2.41-12?distro=debian-13"),
            ("Ubuntu:Pro:22.04:LTS", "glibc", "1:2", "pkg:deb/ubuntu/glibc@1%3A2?distro=ubuntu-22.04"),
            ("Alpine:v3.18", "musl", "1.2-r3", "pkg:apk/alpine/musl@1.2-r3?distro=alpine-3.18"),
        ] {
            let package = found(ecosystem, name, None, version);
            assert_eq!(package.purl, Some(PackageUrl::parse(expected).unwrap()), "{ecosystem} {name}");
            assert_eq!(package.is_source, expected.starts_with("pkg:deb") || expected.starts_with("pkg:apk"));
            assert_eq!(package.name, name);
        }
    }

    #[test]
    fn a_binary_package_has_its_source_beside_it() {
        let package = found("Debian:12", "openssl", Some("libssl3"), "3.0.11-1");
        assert_eq!(package.name, "libssl3");
        assert!(!package.is_source);
        assert_eq!(package.sources, [SourcePackage { name: "openssl".to_owned(), version: None }]);
        let expected = PackageUrl::parse("pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12").unwrap();
        assert_eq!(package.purl, Some(expected));
    }

    #[test]
    fn an_ecosystem_without_a_scheme_has_no_package_url() {
        assert_eq!(found("Rocky Linux:9", "bash", None, "5").purl, None);
        assert_eq!(found("Rocky Linux:9", "bash", None, "5").kind.as_deref(), Some("rpm"));
        assert_eq!(found("", "", None, "").purl, None);
        // No package URL has these types.
        assert_eq!(found("", "bash", None, "5").kind.as_deref(), Some(""));
        assert_eq!(found("GSD", "bash", None, "5").kind.as_deref(), Some("GSD"));
    }
}
