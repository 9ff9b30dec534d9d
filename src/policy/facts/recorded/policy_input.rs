//! The document `input` of a policy, of which only the image is read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::oci::{Digest, Platform};
use crate::policy::facts::image::{
    ConfigFacts, DHI, ImageFacts, ImageKind, RootFacts, RootSignatureFacts, Standing, UnknownMember,
};
use crate::policy::facts::unknown_cause::UnknownCause;

/// Why something is unknown.
const NOT_RECORDED: &str = "it is not recorded in the policy input";

#[derive(Deserialize)]
struct Source {
    image: Image,
}

/// `source.image`. Members that are not read are unknown.
#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    digest: Option<Digest>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    platform: Option<Platform>,
    #[serde(default)]
    config: Option<Box<RawValue>>,
    #[serde(default)]
    manifest: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    config: Option<Inner>,
}

#[derive(Default, Deserialize)]
struct Inner {
    #[serde(default, rename = "User")]
    user: Option<String>,
    #[serde(default, rename = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

/// Reads the document `bytes`, whose member `source` is given.
pub(super) fn read(bytes: &[u8], source: &RawValue) -> Result<ImageFacts, String> {
    let Source { image } =
        serde_json::from_str(source.get()).map_err(|error| format!("`source`: {error}"))?;
    let digest = image.digest.ok_or("`source.image.digest` is missing, which tells the image")?;
    let all: BTreeMap<String, &RawValue> =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let others = all.keys().filter(|name| !["source", "dhi"].contains(&name.as_str()));
    let mut unknown: Vec<UnknownMember> = others.map(|name| not_recorded(&format!("input.{name}"))).collect();
    unknown.push(not_recorded(DHI));
    for (name, is_there) in [
        ("name", image.name.is_some()),
        ("config", image.config.is_some()),
        ("manifest", image.manifest.is_some()),
        ("platform", image.platform.is_some()),
    ] {
        if !is_there {
            unknown.push(not_recorded(&format!("input.source.image.{name}")));
        }
    }
    Ok(ImageFacts {
        reference: String::new(),
        name: image.name.unwrap_or_default(),
        tags: image.tags,
        digest,
        platform: image.platform.unwrap_or_default(),
        kind: ImageKind::Image,
        config: image.config.map(config).transpose()?,
        manifest: image.manifest,
        index: None,
        root: RootFacts { digest, signature: RootSignatureFacts::Unknown(cause()) },
        standing: Standing::Unknown,
        base: None,
        attestations: Vec::new(),
        unread: vec![cause()],
        tried_dhi_keys: Vec::new(),
        findings: None,
        unknown,
    })
}

fn not_recorded(member: &str) -> UnknownMember {
    UnknownMember { member: member.to_owned(), known: Vec::new(), cause: cause() }
}

fn cause() -> UnknownCause {
    UnknownCause::not_recorded(None, NOT_RECORDED)
}

fn config(document: Box<RawValue>) -> Result<ConfigFacts, String> {
    let read: Config =
        serde_json::from_str(document.get()).map_err(|error| format!("`source.image.config`: {error}"))?;
    let Inner { user, labels } = read.config.unwrap_or_default();
    Ok(ConfigFacts {
        user: user.filter(|user| !user.is_empty()),
        labels: labels.unwrap_or_default(),
        document: Some(document),
    })
}
