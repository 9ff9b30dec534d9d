//! Verification summaries: the result of another verifier, shown with its ID.

use serde::Deserialize;

use super::names;
use super::page::{Description, NameList, Page, TableBuilder};
use super::read::{Member, ShapeError, Text};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Document<'a> {
    #[serde(borrow)]
    verifier: Member<'a>,
    time_verified: Text,
    resource_uri: Text,
    #[serde(borrow)]
    policy: Member<'a>,
    #[serde(borrow)]
    input_attestations: Member<'a>,
    verification_result: Text,
    #[serde(borrow)]
    verified_levels: Member<'a>,
    #[serde(borrow)]
    dependency_levels: Member<'a>,
    slsa_version: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Verifier {
    id: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    uri: Text,
    #[serde(borrow)]
    digest: Member<'a>,
}

pub(super) fn summary(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Document<'_> =
        predicate.object().ok_or(ShapeError("a verification summary is an object"))?;
    let result = document.verification_result.get().ok_or(ShapeError("there is no `verificationResult`"))?;
    let verifier = document.verifier.object_or_empty::<Verifier>().id;
    let mut levels = NameList::default();
    document.verified_levels.each(|level| levels.add(level.text().cell()));
    let by = verifier.get().map(|id| format!(" by {id}")).unwrap_or_default();
    let at = if levels.count() > 0 { format!(", {}", levels.join()) } else { String::new() };
    let policy: Resource<'_> = document.policy.object_or_empty();
    let mut page = Page::default();
    page.add_fact("result", result);
    page.add_text("verifier", &verifier);
    page.add_text("time", &document.time_verified);
    page.add_text("resource", &document.resource_uri);
    page.add_text("policy", &policy.uri);
    page.add_fact("policy digest", names::digest(policy.digest).unwrap_or_default());
    page.add_fact("levels", levels.join());
    let mut dependencies = NameList::default();
    document
        .dependency_levels
        .members(|level, count| dependencies.add(format!("{} {level}", count.text().cell())));
    page.add_fact("dependencies", dependencies.join());
    page.add_text("SLSA version", &document.slsa_version);
    let mut inputs = TableBuilder::new("input attestations", &["URI", "DIGEST"]);
    document.input_attestations.each_object(|input: Resource<'_>| {
        inputs.add_row([input.uri.cell(), names::digest(input.digest).unwrap_or_else(|| "-".to_owned())]);
    });
    page.add_table(inputs);
    Ok(Description { line: format!("{result}{by}{at}"), page })
}
