//! Pins the files and images that a definition copies from.

use super::convert;
use super::error::LockingError;
use super::pin_error::PinError;
use super::request::{LockRequest, Locking, Update};
use crate::builder::definition::{
    Checksum, Definition, FileSource, ImageSource, SourceUrl, TargetPlatform, WebUrl,
};
use crate::builder::lock::{Artifact, ArtifactDigest, FilePin, LockedFile};
use crate::builder::repositories::limits::{CHECKSUM_FILE, PINNED_FILE};
use crate::oci::Digest;
use crate::registry::urls::Url;

impl Locking<'_> {
    /// The files of all platforms, each once.
    pub(super) async fn files(
        &self,
        definitions: &[(TargetPlatform, Definition)],
        request: LockRequest<'_>,
    ) -> Result<Vec<LockedFile>, LockingError> {
        let mut locked: Vec<LockedFile> = Vec::new();
        for (platform, definition) in definitions {
            let files = definition.contents.iter().flat_map(|contents| &contents.files);
            for file in files.filter(|file| is_for(file, *platform)) {
                let Some(source) = file.url.as_ref().and_then(|url| url.value.as_ref()) else { continue };
                let url = source.to_string();
                if locked.iter().any(|known| known.url == url) {
                    continue;
                }
                let checksum = file.checksum.as_ref().and_then(|sum| sum.value.as_ref());
                let last = request.last.filter(|_| request.update == Update::Nothing);
                let last = last.and_then(|last| last.files.iter().find(|known| known.url == url));
                let pin = self.pin(source, checksum, last.map(|last| &last.pin)).await?;
                locked.push(LockedFile { url, pin });
            }
        }
        locked.sort_by(|one, other| one.url.cmp(&other.url));
        Ok(locked)
    }

    async fn pin(
        &self,
        source: &SourceUrl,
        checksum: Option<&Checksum>,
        last: Option<&FilePin>,
    ) -> Result<FilePin, PinError> {
        match (source, checksum) {
            (SourceUrl::Git { .. }, Some(Checksum::Commit(commit))) => Ok(FilePin::Commit(commit.clone())),
            (SourceUrl::Git { .. }, _) => match source.commit() {
                Some(commit) => Ok(FilePin::Commit(commit.to_owned())),
                None => Err(PinError::Revision { url: source.to_string() }),
            },
            (SourceUrl::Web(_), Some(Checksum::Digest(digest))) => Ok(FilePin::Digest(*digest)),
            (SourceUrl::Web(url), Some(Checksum::File(checksums))) => {
                let listed = self.get(checksums, CHECKSUM_FILE).await?;
                let text = String::from_utf8_lossy(&listed);
                let found = checksum_of(&text, url.file_name());
                found.map(FilePin::Digest).ok_or_else(|| PinError::NoChecksum {
                    checksums: checksums.to_string(),
                    file: url.file_name().to_owned(),
                })
            }
            (SourceUrl::Web(url), checksum) => {
                // What was pinned stays pinned: a build compares it.
                if let Some(pin @ FilePin::Digest(_)) = last {
                    return Ok(pin.clone());
                }
                let digest = Digest::of(&self.get(url, PINNED_FILE).await?);
                match checksum {
                    Some(Checksum::Commit(commit)) => Err(PinError::Checksum {
                        url: url.to_string(),
                        found: digest,
                        expected: commit.clone(),
                    }),
                    _ => Ok(FilePin::Digest(digest)),
                }
            }
        }
    }

    async fn get(&self, url: &WebUrl, bound: u64) -> Result<bytes::Bytes, PinError> {
        let text = url.to_string();
        let address: Url = text.parse().map_err(|_| PinError::Address(text.clone()))?;
        self.fetch.fetch(&address, bound).await?.ok_or(PinError::Absent(text))
    }

    /// The images of all platforms.
    pub(super) async fn artifacts(
        &self,
        definitions: &[(TargetPlatform, Definition)],
    ) -> Result<Vec<Artifact>, LockingError> {
        let mut artifacts: Vec<Artifact> = Vec::new();
        for (platform, definition) in definitions {
            let images = definition.contents.iter().flat_map(|contents| &contents.artifacts);
            let images = images.filter_map(|artifact| artifact.name.as_ref()?.value.as_ref());
            for image in images {
                let digest = self.artifact(image).await?;
                let pinned = ArtifactDigest { platform: convert::oci_platform(*platform), digest };
                let reference = image.to_string();
                match artifacts.iter_mut().find(|known| known.reference == reference) {
                    Some(known) if known.digests.contains(&pinned) => {}
                    Some(known) => known.digests.push(pinned),
                    None => artifacts.push(Artifact { reference, digests: vec![pinned] }),
                }
            }
        }
        artifacts.sort_by(|one, other| one.reference.cmp(&other.reference));
        Ok(artifacts)
    }

    async fn artifact(&self, image: &ImageSource) -> Result<Digest, PinError> {
        match &image.reference().digest {
            Some(digest) => Ok(*digest),
            None => self.artifacts.pin(image.reference()).await.map_err(PinError::Artifact),
        }
    }
}

/// Whether a file is fetched for a platform.
fn is_for(file: &FileSource, platform: TargetPlatform) -> bool {
    file.platforms.is_empty() || file.platforms.iter().any(|one| one.value == platform)
}

/// The SHA-256 of a file in a list of checksums: `HEX  NAME` a line, or one `HEX` alone.
fn checksum_of(text: &str, file: &str) -> Option<Digest> {
    let digest = |word: &str| format!("sha256:{}", word.to_ascii_lowercase()).parse::<Digest>().ok();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let alone = match (lines.next(), lines.next()) {
        (Some(line), None) if !line.contains(char::is_whitespace) => digest(line),
        _ => None,
    };
    alone.or_else(|| {
        text.lines().find_map(|line| {
            let (hex, name) = line.trim().split_once(char::is_whitespace)?;
            let name = name.trim().trim_start_matches('*');
            let name = name.rsplit('/').next().unwrap_or(name);
            (name == file).then(|| digest(hex)).flatten()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn lists_of_checksums_are_read() {
        let digest = || format!("sha256:{HEX}").parse::<Digest>().ok();
        let other = HEX.replace('0', "f");
        assert_eq!(checksum_of(HEX, "a.tar.gz"), digest());
        assert_eq!(checksum_of(&format!("{HEX}  a.tar.gz\n"), "a.tar.gz"), digest());
        assert_eq!(checksum_of(&format!("{other}  b\n{HEX} *./dist/a\n"), "a"), digest());
        assert_eq!(checksum_of(&format!("{other}  b\n{other} c\n"), "a"), None);
        assert_eq!(checksum_of(&format!("{other}  b\n"), "a"), None);
        assert_eq!(checksum_of("", "a"), None);
    }
}
