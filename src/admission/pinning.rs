//! Appends the verified digest to each image in the manifests.
//!
//! No other byte changes. The result is parsed again and must name the same images, with digests.

use std::collections::{BTreeMap, HashMap};

use super::judging::key;
use super::uses::STDIN;
use super::{Error, Found, ImageUse, Input, find};
use crate::oci::{Digest, Reference};

/// Returns the manifests with digests. Several files become one stream, each after a comment with its name.
///
/// `images` are the images that passed, each with the digest that names what was judged.
///
/// # Errors
///
/// [`Error::PinPart`] if no digest names the judged images alone; [`Error::Pin`] if an image has no known digest or its
/// text cannot be extended.
pub fn pinned(
    inputs: &[Input],
    found: &Found,
    images: &[(Reference, Option<Digest>)],
) -> Result<String, Error> {
    let judged: HashMap<_, _> = images.iter().map(|(reference, digest)| (key(reference), *digest)).collect();
    for one in found.uses.iter().filter(|one| one.reference.digest.is_none()) {
        if judged.get(&key(&one.reference)) == Some(&None) {
            let place = &one.used.place;
            return Err(Error::PinPart { file: place.file.clone(), line: place.line });
        }
    }
    let digests: HashMap<_, _> =
        judged.into_iter().filter_map(|(key, digest)| Some((key, digest?))).collect();
    let mut edits: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for one in found.uses.iter().filter(|one| one.reference.digest.is_none()) {
        let digest = digests.get(&key(&one.reference)).ok_or_else(|| cannot(one, "its digest is unknown"))?;
        let text =
            inputs.get(one.input).and_then(|input| input.text.get(one.range.clone())).unwrap_or_default();
        let Some(start) = text.rfind(&one.used.written) else {
            return Err(cannot(one, "the image is written with escapes or over several lines"));
        };
        edits.insert((one.input, one.range.start + start + one.used.written.len()), format!("@{digest}"));
    }
    let mut edited = Vec::with_capacity(inputs.len());
    for (number, input) in inputs.iter().enumerate() {
        let mut text = String::with_capacity(input.text.len());
        let mut written = 0;
        for ((_, at), digest) in edits.range((number, 0)..=(number, usize::MAX)) {
            text.push_str(input.text.get(written..*at).unwrap_or_default());
            text.push_str(digest);
            written = *at;
        }
        text.push_str(input.text.get(written..).unwrap_or_default());
        edited.push(Input { file: input.file.clone(), text });
    }
    check_same_images(found, &find(&edited, &[])?, &digests)?;
    match edited.as_slice() {
        [one] => Ok(one.text.clone()),
        several => {
            let text: String = several.iter().map(document).collect();
            let stream = Input { file: STDIN.to_owned(), text };
            check_same_images(found, &find(std::slice::from_ref(&stream), &[])?, &digests)?;
            Ok(stream.text)
        }
    }
}

/// A file as part of a stream.
fn document(input: &Input) -> String {
    let end = if input.text.ends_with('\n') { "" } else { "\n" };
    // A name with a line break would end the comment.
    format!(
        "---\n# Source: {}\n{}{end}",
        input.file.escape_default(),
        input.text.trim_start_matches('\u{feff}')
    )
}

fn check_same_images(
    before: &Found,
    after: &Found,
    digests: &HashMap<(crate::oci::Repository, crate::oci::Version), Digest>,
) -> Result<(), Error> {
    let changed = before.uses.iter().zip(&after.uses).find(|(old, new)| {
        let digest = old.reference.digest.or_else(|| digests.get(&key(&old.reference)).copied());
        old.reference.repository != new.reference.repository
            || digest.is_none()
            || new.reference.digest != digest
    });
    match changed {
        Some((one, _)) => Err(cannot(one, "the image with its digest would be read differently")),
        None if before.uses.len() != after.uses.len() || !after.refused.is_empty() => {
            let one = before.uses.first();
            Err(one.map_or_else(
                || Error::Nothing("the result".to_owned()),
                |one| cannot(one, "the manifest with digests would be read differently"),
            ))
        }
        None => Ok(()),
    }
}

fn cannot(one: &ImageUse, cause: &str) -> Error {
    let place = &one.used.place;
    Error::Pin { file: place.file.clone(), line: place.line, cause: cause.to_owned() }
}
