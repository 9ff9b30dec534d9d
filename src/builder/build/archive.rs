//! Writes an image that is stored in a layout as one archive, with its evidence.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::image::BuiltImage;
use crate::builder::output::{Archive, ArchiveImage, Blob, OutputError};
use crate::oci::reference::{RemoteName, Tag};
use crate::oci::{Descriptor, Digest, Manifest, Platform};

/// Writes the archive of `image`, which `layout` holds. Engines without support of layouts load the image of `platform`,
/// or the first one.
///
/// # Errors
///
/// [`OutputError`]
pub fn write_archive(
    image: &BuiltImage,
    layout: &Path,
    names: &[(RemoteName, Tag)],
    platform: &Platform,
    epoch: i64,
    to: &mut impl Write,
) -> Result<(), OutputError> {
    let unreadable = |error: &std::io::Error| OutputError::Write(error.to_string());
    let chosen = image.platforms.iter().find(|one| one.platform.normalized() == platform.normalized());
    let chosen = chosen.or_else(|| image.platforms.first()).ok_or(OutputError::NoImages)?;
    let layers: Vec<Descriptor> = chosen.layers.iter().map(|layer| layer.blob.descriptor()).collect();
    let bytes = fs::read(layout.join("index.json")).map_err(|error| unreadable(&error))?;
    let listed = match Manifest::parse(&bytes, Some(crate::oci::media_type::OCI_INDEX)) {
        Ok(Manifest::Index(index)) => index.manifests,
        Ok(Manifest::Image(_)) => Vec::new(),
        Err(error) => return Err(OutputError::Json(error.to_string())),
    };
    let referrers: Vec<Descriptor> =
        listed.into_iter().filter(|entry| entry.digest != image.index.digest).collect();
    let mut blobs = Vec::new();
    for entry in fs::read_dir(layout.join("blobs/sha256")).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Temporary files have other names.
        let Ok(digest) = format!("sha256:{name}").parse::<Digest>() else { continue };
        let file = File::open(entry.path()).map_err(|error| unreadable(&error))?;
        let size = file.metadata().map_err(|error| unreadable(&error))?.len();
        blobs.push(Blob { digest, size, reader: Box::new(file) });
    }
    let archive = Archive {
        root: &image.index,
        names,
        referrers: &referrers,
        image: ArchiveImage { config: chosen.config.digest, layers: &layers },
        epoch,
    };
    archive.write(blobs, to)
}
