//! Package types of scanners, as types of package URLs. A type that no package URL has stays as it is, so that it equals
//! none of them.

/// The type of a package URL for a package type of Syft, which Grype uses.
pub(super) fn of_syft(kind: &str) -> &str {
    match kind {
        "apk" => "apk",
        "alpm" => "alpm",
        "cocoapods" | "pod" => "cocoapods",
        "conan" => "conan",
        "conda" => "conda",
        "dart-pub" => "pub",
        "deb" => "deb",
        "dotnet" => "nuget",
        "gem" => "gem",
        "github-action" | "github-action-workflow" => "github",
        "go-module" => "golang",
        "hackage" => "hackage",
        "hex" => "hex",
        "java-archive" | "jenkins-plugin" => "maven",
        "npm" => "npm",
        "php-composer" => "composer",
        "portage" => "ebuild",
        "python" => "pypi",
        "R-package" => "cran",
        "rpm" => "rpm",
        "rust-crate" => "cargo",
        "swift" => "swift",
        _ => kind,
    }
}

/// The type of a package URL for the type of a result of Trivy: a distribution, or a kind of file.
pub(super) fn of_trivy(kind: &str) -> &str {
    match kind {
        "alpine" | "chainguard" | "wolfi" | "minimos" => "apk",
        "debian" | "ubuntu" | "echo" => "deb",
        "alma"
        | "amazon"
        | "azurelinux"
        | "bottlerocket"
        | "cbl-mariner"
        | "centos"
        | "fedora"
        | "opensuse"
        | "opensuse-leap"
        | "opensuse-tumbleweed"
        | "opensuse.leap"
        | "opensuse.tumbleweed"
        | "oracle"
        | "photon"
        | "redhat"
        | "rocky"
        | "slem"
        | "sles"
        | "suse linux enterprise server" => "rpm",
        "bun" | "node-pkg" | "npm" | "pnpm" | "yarn" => "npm",
        "bundler" | "gemspec" => "gem",
        "cargo" | "rustbinary" => "cargo",
        "cocoapods" => "cocoapods",
        "composer" | "composer-vendor" => "composer",
        "conan" => "conan",
        "conda-environment" | "conda-pkg" => "conda",
        "dotnet-core" | "nuget" | "packages-props" => "nuget",
        "gobinary" | "gomod" => "golang",
        "gradle" | "jar" | "pom" | "sbt" => "maven",
        "hex" => "hex",
        "julia" => "julia",
        "pip" | "pipenv" | "poetry" | "pylock" | "python-pkg" | "uv" => "pypi",
        "pub" => "pub",
        "swift" => "swift",
        _ => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_no_package_url_has_stays_as_it_is() {
        assert_eq!((of_syft("go-module"), of_syft("binary"), of_syft("")), ("golang", "binary", ""));
        assert_eq!((of_trivy("alpine"), of_trivy("kubernetes")), ("apk", "kubernetes"));
    }
}
