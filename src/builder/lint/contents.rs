//! Files that are fetched.

use super::linter::{Linter, shown};
use crate::builder::definition::{Checksum, FileSource, Rule, Severity, SourceUrl};

pub(super) fn check(linter: &mut Linter<'_>) {
    for (stage, contents) in linter.contents() {
        for file in &contents.files {
            check_file(linter, file, stage.is_none());
        }
    }
}

fn check_file(linter: &mut Linter<'_>, file: &FileSource, is_image: bool) {
    let Some(url) = &file.url else { return };
    if let Some(checksum) = &file.checksum
        && let Some(Checksum::File(_)) = &checksum.value
    {
        let message = "the checksum is fetched from the network, as the file is";
        linter.find(Rule::CHECKSUM_FILE, checksum.text.range.clone(), message);
    }
    let Some(source) = &url.value else { return };
    let range = url.text.range.clone();
    match source {
        SourceUrl::Git { revision, .. } if file.checksum.is_none() && source.commit().is_none() => {
            let message = format!("`{}` can move, and no `checksum` names the commit", shown(revision));
            let range = url.text.range_of(linter.text, revision_range(url.as_str(), revision));
            linter.find(Rule::MOVING_REVISION, range, message);
        }
        SourceUrl::Web(web) if web.is_plain_http() => {
            let message = match file.checksum {
                Some(_) => "the file is fetched over plain HTTP",
                None => "the file is fetched over plain HTTP, and has no checksum",
            };
            let finding = linter.finding(Rule::PLAIN_HTTP_FILE, range, message);
            linter.report(finding.label("anyone on the way can read and change it"));
        }
        SourceUrl::Web(_) if file.checksum.is_none() => {
            let message = "the file has no checksum";
            let mut finding = linter.finding(Rule::FILE_WITHOUT_CHECKSUM, range, message);
            if !is_image {
                finding.severity = Severity::Note;
            }
            linter.report(finding.label("its content can change"));
        }
        _ => {}
    }
}

/// The bytes of the revision, which ends the URL.
fn revision_range(url: &str, revision: &str) -> std::ops::Range<usize> {
    url.len().saturating_sub(revision.len())..url.len()
}
