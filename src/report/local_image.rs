//! What is shown of an image of a local engine: what it was pulled as, and what its ID is the digest of.

use serde::Serialize;

use super::style::printable;
use crate::evidence::{Evidence, IdentifiedBy};

/// A line for people, where an image of a local engine was asked for and is one that was judged.
pub(super) fn line(evidence: &Evidence) -> Option<String> {
    let by = evidence.identified()?.ok()?;
    let (pulled, by) = (evidence.reference.to_string(), evidence.identification(by));
    Some(format!("pulled as {}; {}", printable(&pulled), printable(&by)))
}

/// The same for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LocalImageJson<'a> {
    id: String,
    pulled_as: String,
    engine: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identified_by: Option<&'static str>,
}

impl<'a> LocalImageJson<'a> {
    /// `None` where no engine was asked.
    pub(super) fn of(evidence: &'a Evidence) -> Option<Self> {
        let local = evidence.local_image.as_ref()?;
        let by = evidence.identified().and_then(Result::ok);
        Some(Self {
            id: local.id.to_string(),
            pulled_as: evidence.reference.to_string(),
            engine: &local.engine,
            identified_by: by.map(|by| match by {
                IdentifiedBy::Root => "root",
                IdentifiedBy::Manifest(_) => "manifest",
                IdentifiedBy::Config(_) => "config",
                IdentifiedBy::Named => "named",
            }),
        })
    }
}
