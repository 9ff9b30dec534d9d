//! The distributions that a scaffold can be for.

use crate::builder::definition::keyword::keywords;

keywords! {
    /// The distribution of the packages.
    Distribution {
        /// Debian 13 (trixie).
        Debian13 = "debian13",
        /// Debian 12 (bookworm).
        Debian12 = "debian12",
        /// Alpine Linux 3.24.
        Alpine324 = "alpine3.24",
        /// Alpine Linux 3.23.
        Alpine323 = "alpine3.23",
        /// Alpine Linux 3.22.
        Alpine322 = "alpine3.22",
    }
}

impl Distribution {
    /// Whether it is Debian.
    pub(super) fn is_debian(self) -> bool {
        matches!(self, Self::Debian13 | Self::Debian12)
    }

    /// The version and, for Debian, its name.
    pub(super) fn release(self) -> (&'static str, &'static str) {
        match self {
            Self::Debian13 => ("13", "trixie"),
            Self::Debian12 => ("12", "bookworm"),
            Self::Alpine324 => ("3.24", ""),
            Self::Alpine323 => ("3.23", ""),
            Self::Alpine322 => ("3.22", ""),
        }
    }

    /// `repositories` and `keyring` of `contents`.
    pub(super) fn repositories(self) -> String {
        let (release, code_name) = self.release();
        match self.is_debian() {
            true => format!(
                "  # The repositories of the distribution itself are always there for Debian.
  repositories:
    - deb [signed-by=/usr/share/keyrings/dhi-deb-main.gpg] http://dhi.io/deb/debian/main {code_name} main
  keyring:
    - https://dhi.io/keyring/dhi-deb-gpg.D46852F6925E9F71.key
"
            ),
            false => format!(
                "  # The first repository has the highest priority. Add a mirror of Alpine for packages that are not here.
  repositories:
    - https://dhi.io/apk/alpine/v{release}/main
  keyring:
    - https://dhi.io/keyring/dhi-apk@docker-0F81AD7700D99184.rsa.pub
"
            ),
        }
    }

    /// `os-release`.
    pub(super) fn os_release(self) -> String {
        let (release, code_name) = self.release();
        match self.is_debian() {
            true => format!(
                "\
# The file `/etc/os-release`, from which scanners tell the distribution.
os-release:
  name: Debian GNU/Linux
  id: debian
  version-id: \"{release}\"
  version-codename: {code_name}
  pretty-name: Debian GNU/Linux {release} ({code_name})
  home-url: https://www.debian.org/
  bug-report-url: https://bugs.debian.org/
"
            ),
            false => format!(
                "\
# The file `/etc/os-release`, from which scanners tell the distribution.
os-release:
  name: Alpine Linux
  id: alpine
  version-id: \"{release}\"
  pretty-name: Alpine Linux v{release}
  home-url: https://alpinelinux.org/
  bug-report-url: https://gitlab.alpinelinux.org/alpine/aports/-/issues
"
            ),
        }
    }

    /// The packages with the headers of the C library.
    pub(super) fn c_headers(self) -> &'static str {
        if self.is_debian() { "libc6-dev" } else { "musl-dev" }
    }

    /// The package with the directories of an empty image.
    pub(super) fn base_files(self) -> &'static str {
        if self.is_debian() { "base-files" } else { "alpine-baselayout-data" }
    }
}
