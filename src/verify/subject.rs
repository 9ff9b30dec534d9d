//! Checks that a referrer is bound to its subject: the manifest itself must name the subject, with the same digest,
//! size and media type. The list of the registry is no proof of that.

use crate::evidence::Failure;
use crate::oci::{Descriptor, ImageManifest};

/// Checks that `manifest` names exactly `subject`.
///
/// # Errors
///
/// [`Failure::Subject`] if it names another subject, or none.
pub(super) fn check_subject(manifest: &ImageManifest, subject: &Descriptor) -> Result<(), Failure> {
    let named = manifest.subject.as_ref().is_some_and(|named| {
        named.digest == subject.digest && named.size == subject.size && named.media_type == subject.media_type
    });
    if named {
        Ok(())
    } else {
        Err(Failure::Subject {
            found: manifest.subject.clone().map(Box::new),
            expected: Box::new(subject.clone()),
        })
    }
}
