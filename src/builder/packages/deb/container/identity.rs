//! What a package says about itself must be what the signed index says.

use super::error::ContainerError;
use crate::builder::packages::deb::control::Stanzas;

/// What the signed index says about a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The name.
    pub name: &'a str,
    /// The version, as it is written.
    pub version: &'a str,
    /// The architecture, or `all`.
    pub architecture: &'a str,
}

/// Compares the control file of a package with the index.
///
/// The bytes of the package are proven by their hash already. Still a mirror's index could list a package under another
/// name, and then lists of packages, scanners and the lock would name what is not in the image.
///
/// # Errors
///
/// [`ContainerError::Differs`] for the first field that differs, [`ContainerError::Control`] and
/// [`ContainerError::Stanzas`] if the file cannot be read.
pub fn check_identity(control: &[u8], expected: &Expected<'_>) -> Result<(), ContainerError> {
    let stanzas: Vec<_> = Stanzas::new(control).take(2).collect();
    let [stanza] = stanzas.as_slice() else {
        return Err(ContainerError::Stanzas { found: stanzas.len() });
    };
    let fields =
        [("Package", expected.name), ("Version", expected.version), ("Architecture", expected.architecture)];
    for (field, expected) in fields {
        let found = stanza.get(field)?.unwrap_or_default();
        if found != expected {
            let found = found.chars().take(200).collect();
            return Err(ContainerError::Differs { field, found, expected: expected.to_owned() });
        }
    }
    Ok(())
}
