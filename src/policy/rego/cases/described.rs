//! The facts of an image as a case describes them. What is not described does not exist, so that a short case is a
//! whole image.

use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use crate::oci::Digest;
use crate::policy::facts::ImageFacts;
use crate::policy::rego::host::SBOM;

/// The image of a case that names no digest.
fn digest() -> Digest {
    Digest::of(b"the image of a case")
}

/// The facts in `described`: members of [`ImageFacts`], each of which can be left out. An attestation can have
/// `predicate` instead of `statement`; it is then about the image. Without other members it is verified, and a key of
/// hardened images signed it.
pub(super) fn facts(described: &Json) -> Result<ImageFacts, String> {
    let Json::Object(members) = described else { return Err("`facts` is not a mapping".to_owned()) };
    let mut facts = whole();
    facts.extend(members.clone());
    if let Some(Json::Object(config)) = members.get("config") {
        let mut whole = json_object(json!({"user": null, "labels": {}, "document": null}));
        whole.extend(config.clone());
        facts.insert("config".to_owned(), whole.into());
    }
    let image = facts.get("digest").cloned().unwrap_or_default();
    if !members.contains_key("root") {
        let root = json!({"digest": image.clone(), "signature": {"outcome": "absent"}});
        facts.insert("root".to_owned(), root);
    }
    if let Some(Json::Array(attestations)) = facts.get_mut("attestations") {
        for attestation in attestations {
            *attestation = self::attestation(attestation, &image)?;
        }
    }
    serde_json::from_value(facts.into()).map_err(|error| format!("`facts`: {error}"))
}

/// The facts from which the document `input` is made: its image, and the whole as a verified Scout SBOM.
pub(super) fn of_input(input: &Json) -> Result<ImageFacts, String> {
    let image = input.pointer("/source/image").and_then(Json::as_object);
    let image = image.ok_or("`input` has no member `source.image`")?;
    let mut described = Map::new();
    for name in ["name", "digest", "tags", "platform"] {
        described.extend(image.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(config) = image.get("config") {
        let user = config.pointer("/config/User").cloned().filter(|user| user != "");
        let labels = config.pointer("/config/Labels").cloned().unwrap_or_else(|| json!({}));
        let config = json!({"user": user, "labels": labels, "document": config});
        described.insert("config".to_owned(), config);
    }
    if image.contains_key("manifest") {
        described.extend(image.get("manifest").map(|manifest| ("manifest".to_owned(), manifest.clone())));
    }
    let has_more = input.as_object().is_some_and(|input| input.keys().any(|name| name != "source"));
    if has_more {
        let sbom = json!([{"predicateType": SBOM, "predicate": input}]);
        described.insert("attestations".to_owned(), sbom);
    }
    facts(&described.into())
}

fn json_object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(members) => members,
        _ => Map::new(),
    }
}

/// An image of which nothing is said.
fn whole() -> Map<String, Json> {
    json_object(json!({
        "reference": "dhi.io/image:1", "name": "dhi/image", "tags": [], "digest": digest(),
        "platform": {"os": "linux", "architecture": "amd64"}, "kind": "image",
        "config": {"user": null, "labels": {}, "document": null}, "manifest": null, "index": null,
        "standing": "dhi", "base": null, "attestations": [], "findings": null,
    }))
}

fn attestation(described: &Json, image: &Json) -> Result<Json, String> {
    let Json::Object(members) = described else { return Err("an attestation is not a mapping".to_owned()) };
    let mut members = members.clone();
    let predicate_type = members.get("predicateType").and_then(Json::as_str).unwrap_or_default().to_owned();
    if let Some(predicate) = members.remove("predicate") {
        let hex = image.as_str().and_then(|digest| digest.split_once(':')).map_or("", |(_, hex)| hex);
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1", "predicateType": predicate_type,
            "subject": [{"name": "image", "digest": {"sha256": hex}}], "predicate": predicate,
        });
        members.entry("statement").or_insert(statement);
    }
    let content = members.get("statement").map(Json::to_string).unwrap_or_default();
    let digest = Digest::of(format!("{predicate_type}\n{content}").as_bytes());
    let mut whole = json_object(json!({
        "digest": digest, "image": format!("dhi.io/image@{digest}"), "status": {"outcome": "verified"},
        "signers": [{"name": "dhi-2", "keyId": null, "isDhi": true, "isImageSigner": true, "signedName": null,
            "log": "proven"}],
        "statement": null,
    }));
    whole.extend(members);
    Ok(whole.into())
}

/// The JSON text of a value.
pub(super) fn raw(value: &Json) -> Option<Box<RawValue>> {
    RawValue::from_string(value.to_string()).ok()
}
