//! Index entries that were not judged, in JSON documents.

use serde::Serialize;

use crate::evidence::{EntryReason, Evidence};

/// An index entry that was not judged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct NotJudgedJson {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    reason: &'static str,
}

pub(in crate::report) fn not_judged_json(evidence: &Evidence) -> Vec<NotJudgedJson> {
    let set_aside = evidence.set_aside.iter().map(|entry| NotJudgedJson {
        digest: entry.digest.to_string(),
        platform: None,
        reason: EntryReason::BuildRecord.id(),
    });
    let passed_over = evidence.passed_over.iter().map(|entry| NotJudgedJson {
        digest: entry.digest.to_string(),
        platform: Some(entry.platform.to_string()),
        reason: EntryReason::OtherPlatform.id(),
    });
    set_aside.chain(passed_over).collect()
}
