//! The document `input`.
//!
//! `source.image` is made of the facts alone. Of a Scout SBOM only members are added that the facts do not have, so that
//! no SBOM renames an image or gives it another configuration.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::attested::{SBOM, sole_statement};
use super::facts_value::DhiValue;
use crate::policy::facts::{ConfigFacts, ImageFacts};

/// Members of `source.image` that only the facts give.
pub(super) const OF_FACTS: [&str; 8] =
    ["name", "digest", "tags", "platform", "config", "manifest", "raw_config", "raw_manifest"];

/// Members that Docker Scout writes into its SBOM beside those of the facts.
pub(super) const OF_SBOM: [&str; 3] =
    ["input.source.provenance", "input.source.base_images", "input.source.image.distro"];

type Members<'a> = BTreeMap<String, &'a RawValue>;

#[derive(Serialize)]
struct Input<'a> {
    source: Source<'a>,
    dhi: DhiValue<'a>,
    #[serde(flatten)]
    of_sbom: BTreeMap<String, &'a RawValue>,
}

#[derive(Serialize)]
struct Source<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    image: Image<'a>,
    #[serde(flatten)]
    of_sbom: Members<'a>,
}

#[derive(Serialize)]
struct Image<'a> {
    name: &'a str,
    digest: String,
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<PlatformValue<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<BTreeMap<String, Box<RawValue>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<&'a RawValue>,
    #[serde(flatten)]
    of_sbom: Members<'a>,
}

#[derive(Serialize)]
struct PlatformValue<'a> {
    os: &'a str,
    architecture: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'a str,
}

/// The document `input` as JSON.
pub fn input(facts: &ImageFacts) -> String {
    // A verified Scout SBOM, if there is one and no other that says something else.
    let mut of_sbom: Members<'_> = sole_statement(facts, SBOM)
        .and_then(|statement| members(member(statement, "predicate")?))
        .unwrap_or_default();
    of_sbom.remove("dhi");
    let mut of_source = of_sbom.remove("source").and_then(members).unwrap_or_default();
    of_source.remove("type");
    let mut of_image = of_source.remove("image").and_then(members).unwrap_or_default();
    of_image.retain(|name, _| !OF_FACTS.contains(&name.as_str()));
    let platform = &facts.platform;
    let input = Input {
        source: Source {
            kind: "image",
            image: Image {
                name: &facts.name,
                digest: facts.digest.to_string(),
                tags: &facts.tags,
                platform: platform.is_named().then(|| PlatformValue {
                    os: &platform.os,
                    architecture: &platform.architecture,
                    variant: platform.variant.as_deref().unwrap_or_default(),
                }),
                config: facts.config.as_ref().map(config),
                manifest: facts.manifest.as_deref(),
                of_sbom: of_image,
            },
            of_sbom: of_source,
        },
        dhi: DhiValue::new(facts),
        of_sbom,
    };
    serde_json::to_string(&input).unwrap_or_default()
}

/// The whole configuration if it was kept, with `config.User` and `config.Labels` of the facts: an empty user is absent.
fn config(facts: &ConfigFacts) -> BTreeMap<String, Box<RawValue>> {
    let owned = |members: Members<'_>| -> BTreeMap<String, Box<RawValue>> {
        members.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
    };
    let document = facts.document.as_deref();
    let mut all = document.and_then(members).map(owned).unwrap_or_default();
    let mut inner = all.remove("config").and_then(|inner| members(&inner).map(owned)).unwrap_or_default();
    inner.remove("User");
    let user = facts.user.as_ref().filter(|user| !user.is_empty());
    inner.extend(user.and_then(|user| Some(("User".to_owned(), raw(user)?))));
    inner.remove("Labels");
    let labels = (!facts.labels.is_empty()).then_some(&facts.labels);
    inner.extend(labels.and_then(|labels| Some(("Labels".to_owned(), raw(labels)?))));
    all.extend(raw(&inner).map(|inner| ("config".to_owned(), inner)));
    all
}

fn raw<T: Serialize>(value: &T) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(value).ok()
}

/// The members of an object. `None` if it is something else.
fn members(value: &RawValue) -> Option<Members<'_>> {
    serde_json::from_str(value.get()).ok()
}

/// One member of an object.
fn member<'a>(value: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    members(value)?.remove(name)
}
