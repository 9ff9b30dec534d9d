//! The keys that sign repositories.
//!
//! Invariant: a repository whose line has `signed-by` is verified with the keys of `contents.keyring` alone, one without
//! with the keys of its Debian release alone. The two sets are never merged. (A keyring's URL does not say which file of
//! `signed-by` it becomes, so all of them count for each such repository.)

use crate::builder::packages::openpgp::{Certificate, Error, Keyring};

/// The archive, security and release keys of Debian 12, from its package `debian-archive-keyring`.
const BOOKWORM: &[u8] = include_bytes!("debian_keys/bookworm.gpg");

/// The same of Debian 13.
const TRIXIE: &[u8] = include_bytes!("debian_keys/trixie.gpg");

/// The keys that sign the repositories of Alpine for x86_64 and aarch64, with their file names, from its package
/// `alpine-keys`.
pub(super) const ALPINE_KEYS: [(&str, &[u8]); 2] = [
    (
        "alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub",
        include_bytes!("alpine_keys/alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub"),
    ),
    (
        "alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub",
        include_bytes!("alpine_keys/alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub"),
    ),
];

/// A release of Debian whose keys this program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebianRelease {
    /// 12
    Bookworm,
    /// 13
    Trixie,
}

impl DebianRelease {
    /// The release with this version: `13`.
    pub fn of_version(version: &str) -> Option<Self> {
        match version {
            "12" => Some(Self::Bookworm),
            "13" => Some(Self::Trixie),
            _ => None,
        }
    }

    /// The name of its suites.
    pub fn codename(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
        }
    }

    /// The keys that sign its suites.
    ///
    /// # Errors
    ///
    /// Never, as a test reads both.
    pub fn keys(self) -> Result<Keyring, Error> {
        Keyring::read(match self {
            Self::Bookworm => BOOKWORM,
            Self::Trixie => TRIXIE,
        })
    }

    /// The packages that the builder does the work of, so that they count as installed: the root of an image has a merged
    /// `/usr` from the beginning.
    pub fn provided(self) -> &'static [&'static str] {
        match self {
            Self::Bookworm => &["usr-is-merged"],
            Self::Trixie => &[],
        }
    }
}

/// The fingerprints of the certificates of a keyring, sorted.
pub fn fingerprints(keys: &Keyring) -> Vec<String> {
    let mut fingerprints: Vec<String> = keys.certificates().iter().map(Certificate::fingerprint).collect();
    fingerprints.sort();
    fingerprints
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Their digests as others publish them too.
    #[test]
    fn the_keys_of_alpine_have_their_digests() {
        let digests = ALPINE_KEYS.map(|(_, file)| crate::oci::Digest::of(file).hex());
        assert_eq!(
            digests,
            [
                "207e4696d3c05f7cb05966aee557307151f1f00217af4143c1bcaf33b8df733f",
                "d11f6b21c61b4274e182eb888883a8ba8acdbf820dcc7a6d82a7d9fc2fd2836d",
            ]
        );
    }

    /// From the release notes of `debian-archive-keyring`.
    #[test]
    fn the_keys_of_debian_have_their_fingerprints() {
        assert_eq!(
            fingerprints(&DebianRelease::Trixie.keys().unwrap()),
            [
                "04B54C3CDCA79751B16BC6B5225629DF75B188BD",
                "41587F7DB8C774BCCF131416762F67A0B2C39DE4",
                "5E04A1E3223A19A20706E20F9904613D4CCE68C6",
            ]
        );
        assert_eq!(
            fingerprints(&DebianRelease::Bookworm.keys().unwrap()),
            [
                "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0",
                "4D64FEC119C2029067D6E791F8D2585B8783D481",
                "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8",
            ]
        );
    }
}
