//! The maximum age of documents.

use jiff::{SignedDuration, Timestamp};

use crate::vex::{SourceTrust, SourcedDocument};

/// Marks a document whose newest statement is too old.
pub(super) fn refuse_if_old(document: &mut SourcedDocument, max_age: SignedDuration, now: Timestamp) {
    let newest = document.document.newest_time(now);
    let is_old = newest.is_none_or(|newest| now.duration_since(newest) > max_age);
    if is_old && document.source.trust.may_suppress() {
        let by = document.source.trust.verified_by().cloned();
        document.source.trust = SourceTrust::TooOld { by, newest };
    }
}
