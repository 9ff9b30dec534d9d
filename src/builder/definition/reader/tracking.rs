//! Entries of `track`.

use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::{Spanned, Tracker, TrackerKind};

impl<'a> Reader<'a> {
    /// One entry of `track`.
    pub(super) fn tracker(&mut self, slot: Slot<'a>) -> Option<Tracker> {
        let mut fields = self.fields(&slot, "an entry of `track`")?;
        let range = fields.range();
        let kind: Option<Spanned<TrackerKind>> = self.keyword(fields.take("type"));
        let owner = self.text(fields.take("owner"));
        let repo = self.text(fields.take("repo"));
        let branch = self.text(fields.take("branch"));
        let use_of = self.text(fields.take("use"));
        let pattern = self.text(fields.take("match"));
        let package = self.text(fields.take("package"));
        let name = self.text(fields.take("name"));
        let url = self.text(fields.take("url"));
        let set = fields.take("set").and_then(|slot| self.tree(&slot, 0));
        let increment = self.texts(fields.take("increment"));
        let reset = self.texts(fields.take("reset"));
        fields.require("type");
        for key in kind.as_ref().map(|kind| required(kind.value)).unwrap_or_default() {
            fields.require(key);
        }
        self.finish_fields(fields);
        let kind = kind?;
        Some(Tracker {
            range,
            kind,
            owner,
            repo,
            branch,
            use_of,
            pattern,
            package,
            name,
            url,
            set,
            increment,
            reset,
        })
    }
}

/// The keys that a kind of tracker needs.
fn required(kind: TrackerKind) -> &'static [&'static str] {
    match kind {
        TrackerKind::GithubRelease | TrackerKind::GithubRepository => &["owner", "repo", "set"],
        TrackerKind::GithubTag => &["owner", "repo", "match", "set"],
        TrackerKind::AlpinePackage | TrackerKind::DebianPackage => &["package", "set"],
        TrackerKind::VarIncrement => &[],
        TrackerKind::OciArtifact => &["name", "set", "match"],
        TrackerKind::File | TrackerKind::JsonFile => &["url", "set"],
    }
}
