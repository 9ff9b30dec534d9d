//! Elements of a document, made of what is in the image.

use std::collections::BTreeMap;

use aws_lc_rs::digest as hash;

use super::document::{Checksum, ExternalRef, File, Package, VerificationCode};
use crate::builder::sbom::identity::short_hash;
use crate::builder::sbom::image::BuiltFile;
use crate::oci::{Digest, hex};

pub(super) const NO_ASSERTION: &str = "NOASSERTION";

/// An identifier for what these parts identify (SPDX 2.3, 7.2: letters, digits, `.` and `-`).
pub(super) fn identifier(kind: &str, parts: &[&str]) -> String {
    let name = parts.first().copied().unwrap_or_default();
    let plain = name.chars().take(60);
    let plain: String = plain.map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("SPDXRef-{kind}-{plain}-{}", short_hash(parts))
}

/// The identifier of a file.
pub(super) fn file_identifier(file: &BuiltFile) -> String {
    format!("SPDXRef-File-{}", short_hash(&[file.path.as_str()]))
}

/// A package of which only name and purpose are known.
pub(super) fn package(id: String, name: &str, purpose: &'static str) -> Package {
    Package {
        id,
        name: name.to_owned(),
        version_info: None,
        primary_package_purpose: purpose,
        supplier: None,
        download_location: NO_ASSERTION.to_owned(),
        files_analyzed: false,
        package_verification_code: None,
        checksums: Vec::new(),
        homepage: None,
        source_info: None,
        license_concluded: NO_ASSERTION,
        license_declared: NO_ASSERTION.to_owned(),
        copyright_text: NO_ASSERTION,
        summary: None,
        external_refs: Vec::new(),
    }
}

/// The files of a package, with which it is analyzed.
pub(super) fn with_files(package: Package, files: &[&BuiltFile]) -> Package {
    if files.is_empty() {
        return package;
    }
    let code = VerificationCode { package_verification_code_value: verification_code(files) };
    Package { files_analyzed: true, package_verification_code: Some(code), ..package }
}

/// The verification code (SPDX 2.3, 7.9): SHA-1 of the sorted SHA-1 of the files, in hexadecimal.
fn verification_code(files: &[&BuiltFile]) -> String {
    let mut sums: Vec<String> = files.iter().map(|file| hex::encode(&file.sha1)).collect();
    sums.sort_unstable();
    hex::encode(hash::digest(&hash::SHA1_FOR_LEGACY_USE_ONLY, sums.concat().as_bytes()).as_ref())
}

/// A file. Its name is relative to the root of the image (8.1).
pub(super) fn file(file: &BuiltFile) -> File {
    File {
        id: file_identifier(file),
        file_name: format!("./{}", file.path.as_str()),
        checksums: [
            Checksum { algorithm: "SHA1", checksum_value: hex::encode(&file.sha1) },
            Checksum { algorithm: "SHA256", checksum_value: hex::encode(&file.sha256) },
        ],
    }
}

pub(super) fn checksum(digest: &Digest) -> Checksum {
    let algorithm = match digest {
        Digest::Sha256(_) => "SHA256",
        Digest::Sha512(_) => "SHA512",
    };
    Checksum { algorithm, checksum_value: digest.hex() }
}

pub(super) fn package_url(locator: String) -> ExternalRef {
    ExternalRef { reference_category: "PACKAGE-MANAGER", reference_type: "purl", reference_locator: locator }
}

/// Who packages something, as the schema writes it: `Person: NAME (MAIL)` (7.5).
pub(super) fn supplier(maintainer: &str) -> String {
    let (name, mail) = match maintainer.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.split('>').next().unwrap_or_default().trim()),
        None => (maintainer.trim(), ""),
    };
    let is_group = GROUPS.iter().any(|word| name.split([' ', '-']).any(|part| part == *word));
    let kind = if is_group { "Organization" } else { "Person" };
    match (name, mail) {
        ("", "") => NO_ASSERTION.to_owned(),
        ("", mail) => format!("{kind}: {mail}"),
        (name, "") => format!("{kind}: {name}"),
        (name, mail) => format!("{kind}: {name} ({mail})"),
    }
}

/// Words in names of groups.
const GROUPS: [&str; 9] = [
    "Developers",
    "Group",
    "Maintainers",
    "Packagers",
    "Packaging",
    "Project",
    "Task",
    "Team",
    "maintainers",
];

/// The files of each owner, in the order of their paths. A path belongs to the first owner that names it.
#[derive(Default)]
pub(super) struct Ownership<'a> {
    owners: BTreeMap<&'a str, &'a BuiltFile>,
}

impl<'a> Ownership<'a> {
    /// Takes the files that nobody owns yet.
    pub(super) fn take(&mut self, files: &'a [BuiltFile]) -> Vec<&'a BuiltFile> {
        let mut sorted: Vec<&BuiltFile> = files.iter().collect();
        sorted.sort_unstable();
        sorted.retain(|file| {
            let path = file.path.as_str();
            !self.owners.contains_key(path) && self.owners.insert(path, file).is_none()
        });
        sorted
    }

    /// All files, by path.
    pub(super) fn files(&self) -> Vec<File> {
        self.owners.values().map(|owned| file(owned)).collect()
    }
}
