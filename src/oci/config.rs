//! Image configurations, as far as checks need them. Labels are unsigned claims of the image's builder.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::descriptor::null_as_empty;
use super::member_case::{Members, reject_case_variants};
use super::{Digest, Error, Platform, json};

/// An image configuration (OCI image specification, `config.md`): the members that are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageConfig {
    /// SHA-256 of its bytes, by which engines identify an image.
    pub digest: Digest,
    /// Operating system, architecture and variant.
    pub platform: Platform,
    /// `config.User`; absent if empty.
    pub user: Option<String>,
    /// `config.Labels`.
    pub labels: BTreeMap<String, String>,
    /// Digests of the uncompressed layers, base first.
    pub diff_ids: Vec<Digest>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(flatten)]
    platform: Platform,
    #[serde(default, deserialize_with = "null_as_empty")]
    config: WireConfig,
    #[serde(default, deserialize_with = "null_as_empty")]
    rootfs: WireRootfs,
}

#[derive(Default, Deserialize)]
struct WireConfig {
    #[serde(default, rename = "User")]
    user: Option<String>,
    #[serde(default, rename = "Labels", deserialize_with = "null_as_empty")]
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct WireRootfs {
    #[serde(default, deserialize_with = "null_as_empty")]
    diff_ids: Vec<Digest>,
}

impl ImageConfig {
    /// Reads a configuration of one of the two image configuration media types.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if it is malformed, or if a member differs from a known one only in case.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: &str = "image configuration";
        let wire: Wire = json::parse(bytes, WHAT)?;
        check_member_case(bytes).map_err(|cause| Error::Json { what: WHAT.to_owned(), cause })?;
        Ok(Self {
            digest: Digest::of(bytes),
            platform: wire.platform,
            user: wire.config.user.filter(|user| !user.is_empty()),
            labels: wire.config.labels,
            diff_ids: wire.rootfs.diff_ids,
        })
    }
}

/// Refuses members that differ from known ones only in case: an engine could read another platform, or another user,
/// from the configuration than this program.
fn check_member_case(bytes: &[u8]) -> Result<(), String> {
    let unreadable = |error: serde_json::Error| error.to_string();
    let members: Members<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
    reject_case_variants(&members, &["os", "architecture", "variant", "config", "rootfs"])?;
    for (name, known) in [("config", &["User", "Labels"][..]), ("rootfs", &["diff_ids"])] {
        if let Some(raw) = members.get(name)
            && let Some(inner) = serde_json::from_str::<Option<Members<'_>>>(raw.get()).map_err(unreadable)?
        {
            reject_case_variants(&inner, known)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_differ_from_known_ones_in_case_are_refused() {
        let good =
            r#"{"os":"linux","architecture":"arm64","config":{"User":"65532"},"rootfs":{"diff_ids":[]}}"#;
        assert!(ImageConfig::parse(good.as_bytes()).is_ok());
        for (from, to) in [
            (r#""os":"#, r#""OS":"windows","os":"#),
            (r#""os":"#, r#""o\u017f":"windows","os":"#),
            (r#""rootfs""#, r#""Rootfs""#),
            (r#""User":"65532""#, r#""User":"65532","user":"0""#),
            (r#""diff_ids""#, r#""Diff_Ids""#),
        ] {
            let error = ImageConfig::parse(good.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert!(error.to_string().contains("that ignore case"), "{to}: {error}");
        }
        assert!(ImageConfig::parse(br#"{"config":null,"rootfs":null}"#).is_ok());
    }
}
