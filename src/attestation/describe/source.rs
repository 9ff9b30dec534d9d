//! Where the corresponding source is: an image of package sources.

use serde::Deserialize;

use super::names;
use super::page::{Page, Summary};
use super::read::{Member, Shape, Text};

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

pub(super) fn summary(predicate: Member<'_>) -> Result<Summary, Shape> {
    let document: Document<'_> = predicate.object().ok_or(Shape("a source predicate is an object"))?;
    let source: Source = document.source.object().ok_or(Shape("there is no `source`"))?;
    let name = source.name.get().ok_or(Shape("`source` has no `name`"))?;
    let mut page = Page::default();
    page.say("image", name);
    page.fact("digest", &source.digest);
    let line = match source.digest.get() {
        Some(digest) => {
            // `dhi/python` is how it is signed, `dhi.io/python` where it is.
            if let Some(short) = name.strip_prefix("dhi/") {
                page.say("fetch as", format!("dhi.io/{short}@{digest}"));
            }
            let algorithm = digest.split_once(':').map_or("sha256", |(algorithm, _)| algorithm);
            format!("{name}@{algorithm}:{}", names::short(digest))
        }
        None => name.to_owned(),
    };
    Ok(Summary { line, page })
}
