//! Corresponding source: the image that contains the sources of the packages.

use serde::Deserialize;

use super::names;
use super::page::{Description, Page};
use super::read::{Member, ShapeError, Text};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    source: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Source {
    name: Text,
    digest: Text,
}

pub(super) fn summary(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Document<'_> = predicate.object().ok_or(ShapeError("a source predicate is an object"))?;
    let source: Source = document.source.object().ok_or(ShapeError("there is no `source`"))?;
    let name = source.name.get().ok_or(ShapeError("`source` has no `name`"))?;
    let mut page = Page::default();
    page.add_fact("image", name);
    page.add_text("digest", &source.digest);
    let line = match source.digest.get() {
        Some(digest) => {
            // `dhi/python` is the signed name, `dhi.io/python` the repository.
            if let Some(short) = name.strip_prefix("dhi/") {
                page.add_fact("fetch as", format!("dhi.io/{short}@{digest}"));
            }
            let algorithm = digest.split_once(':').map_or("sha256", |(algorithm, _)| algorithm);
            format!("{name}@{algorithm}:{}", names::short(digest))
        }
        None => name.to_owned(),
    };
    Ok(Description { line, page })
}
