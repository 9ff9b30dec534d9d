//! Entries of `paths`.

use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::{PathEntry, PathKind, Rule, Spanned};

impl<'a> Reader<'a> {
    /// One entry of `paths`.
    pub(super) fn path_entry(&mut self, slot: Slot<'a>) -> Option<PathEntry> {
        let mut fields = self.fields(&slot, "an entry of `paths`")?;
        let range = fields.range();
        let kind: Option<Spanned<PathKind>> = self.keyword(fields.take("type"));
        let path = self.text(fields.take("path"));
        let condition = self.text(fields.take("if"));
        let content = self.text(fields.take("content"));
        let uid = self.id(fields.take("uid"));
        let gid = self.id(fields.take("gid"));
        let mode = self.typed(fields.take("mode"));
        let slot = fields.take("source");
        if let Some(key) = slot.as_ref().and_then(|slot| slot.key.clone()).filter(|_| content.is_some()) {
            let message = "an entry has `content` and `source`, and only one of them can take effect";
            self.error(Rule::CONFLICT, key, message);
        }
        let source = self.text(slot);
        let recursive = self.boolean(fields.take("recursive"));
        let platforms = self.list(fields.take("platforms"), Self::keyword_of);
        fields.require("type");
        fields.require("path");
        if kind.as_ref().is_some_and(|kind| kind.value == PathKind::Symlink) {
            fields.require("source");
        }
        self.finish_fields(fields);
        Some(PathEntry {
            range,
            kind: kind?,
            path: path?,
            condition,
            content,
            uid,
            gid,
            mode,
            source,
            recursive,
            platforms,
        })
    }
}
