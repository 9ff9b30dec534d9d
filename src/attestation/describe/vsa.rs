//! Verification summaries. They say what someone else found, and are shown with who that is.

use serde::Deserialize;

use super::names;
use super::page::{List, Names, Page, Summary};
use super::read::{Member, Shape, Text};

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

pub(super) fn summary(predicate: Member<'_>) -> Result<Summary, Shape> {
    let document: Document<'_> = predicate.object().ok_or(Shape("a verification summary is an object"))?;
    let result = document.verification_result.get().ok_or(Shape("there is no `verificationResult`"))?;
    let verifier = document.verifier.object_or_empty::<Verifier>().id;
    let mut levels = Names::default();
    document.verified_levels.each(|level| levels.add(level.text().cell()));
    let by = verifier.get().map(|id| format!(" by {id}")).unwrap_or_default();
    let at = if levels.count() > 0 { format!(", {}", levels.join()) } else { String::new() };
    let policy: Resource<'_> = document.policy.object_or_empty();
    let mut page = Page::default();
    page.say("result", result);
    page.fact("verifier", &verifier);
    page.fact("time", &document.time_verified);
    page.fact("resource", &document.resource_uri);
    page.fact("policy", &policy.uri);
    page.say("policy digest", names::digest(policy.digest).unwrap_or_default());
    page.say("levels", levels.join());
    let mut dependencies = Names::default();
    document
        .dependency_levels
        .members(|level, count| dependencies.add(format!("{} {level}", count.text().cell())));
    page.say("dependencies", dependencies.join());
    page.fact("SLSA version", &document.slsa_version);
    let mut inputs = List::new("input attestations", &["URI", "DIGEST"]);
    document.input_attestations.each_object(|input: Resource<'_>| {
        inputs.row([input.uri.cell(), names::digest(input.digest).unwrap_or_else(|| "-".to_owned())]);
    });
    page.list(inputs);
    Ok(Summary { line: format!("{result}{by}{at}"), page })
}
