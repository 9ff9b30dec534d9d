//! The part of a page that shows the scanned image side by side with another one.

use super::diagnostics::diagnostic;
use super::tables::table;
use super::writer::{Html, Tag, class};
use crate::report::Comparison;

/// Both images, the facts about them, what changed, and what is unknown.
pub(super) fn comparison(html: &mut Html, compared: &Comparison<'_>) {
    for (side, image) in [("from", compared.from), ("to", compared.to)] {
        html.element(Tag::P, &[], |html| {
            html.says(Tag::Span, &[class("muted")], side);
            html.sentence(" ");
            html.code(&image.reference);
            html.sentence(" ");
            html.code(&image.digest.to_string());
        });
    }
    for line in compared.counts() {
        html.says(Tag::P, &[], &line);
    }
    for (at, found) in compared.tables().iter().enumerate() {
        let inner = |html: &mut Html| {
            table(html, found.title, found.header, &found.rows, found.header.len());
            for more in &found.more {
                html.says(Tag::P, &[class("notice")], &format!("and {more}"));
            }
        };
        // The facts first. Lists of changes are folded.
        if at == 0 {
            inner(html);
        } else {
            html.element(Tag::Details, &[], |html| {
                html.says(Tag::Summary, &[], &format!("Changed {}", found.title));
                inner(html);
            });
        }
    }
    for (side, level, found) in compared.problems() {
        diagnostic(html, level, &found, &[side], compared.texts);
    }
}
