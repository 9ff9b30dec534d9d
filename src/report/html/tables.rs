//! Tables. A table that is wider than the page scrolls by itself, also with the keyboard.

use super::writer::{Attribute, FixedName, Html, Tag, class};
use crate::report::columns::{Cell, Tone};

/// How many columns are shown even if they have no value.
pub(super) fn table(html: &mut Html, label: &str, header: &[&str], rows: &[Vec<Cell>], always: usize) {
    let is_shown = |column: usize| {
        column < always
            || rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.text().trim().is_empty()))
    };
    let shown: Vec<usize> = (0..header.len()).filter(|column| is_shown(*column)).collect();
    let region = [
        class("scroll"),
        Attribute::Fixed(FixedName::Role, "region"),
        Attribute::Fixed(FixedName::Tabindex, "0"),
        Attribute::Label(label),
    ];
    html.element(Tag::Div, &region, |html| {
        html.element(Tag::Table, &[], |html| {
            html.says(Tag::Caption, &[class("hidden")], label);
            html.element(Tag::Thead, &[], |html| {
                html.element(Tag::Tr, &[], |html| {
                    for name in shown.iter().filter_map(|column| header.get(*column)) {
                        let scope = Attribute::Fixed(FixedName::Scope, "col");
                        html.says(Tag::Th, &[scope], &capitalized(name));
                    }
                });
            });
            html.element(Tag::Tbody, &[], |html| {
                for row in rows {
                    html.line();
                    html.element(Tag::Tr, &[], |html| {
                        for column in &shown {
                            cell(html, row.get(*column), *column == 0);
                        }
                    });
                }
            });
        });
    });
}

fn cell(html: &mut Html, cell: Option<&Cell>, is_head: bool) {
    let text = cell.map(Cell::text).unwrap_or_default();
    let text = if text.is_empty() { "-" } else { text };
    let tone = class(match cell.map(Cell::tone) {
        Some(Tone::Bad) => "bad",
        Some(Tone::Warning) => "warn",
        Some(Tone::Plain) | None => "plain",
    });
    if is_head {
        html.says(Tag::Th, &[Attribute::Fixed(FixedName::Scope, "row"), tone], text);
    } else {
        html.says(Tag::Td, &[tone], text);
    }
}

/// `SIGNED BY` as `Signed by`.
fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase())).collect()
}
