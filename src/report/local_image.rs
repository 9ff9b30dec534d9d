//! The facts about an image of a local engine: the reference that it was pulled as, and how its ID identifies it.

use serde::Serialize;

use super::style::printable;
use crate::evidence::{Evidence, IdentifiedBy};

/// A line for people, if an image of a local engine was requested and is one of the judged images.
pub(super) fn line(evidence: &Evidence) -> Option<String> {
    let by = evidence.identified()?.ok()?;
    let (pulled, by) = (evidence.reference.to_string(), evidence.identification(by));
    Some(format!("pulled as {}; {}", printable(&pulled), printable(&by)))
}

/// The member `localImage` of JSON documents.
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
    /// `None` if no local engine was queried.
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
