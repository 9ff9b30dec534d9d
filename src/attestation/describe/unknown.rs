//! Describes predicates of unknown type or shape: by the names of their members, and by the expected shape.

use super::page::TableBuilder;
use super::page::{Description, NameList, Page, plural};
use super::read::{Member, ShapeError};

/// Describes a predicate of a known type with an unknown shape.
pub(super) fn unknown_shape(shape: &ShapeError, predicate: Member<'_>) -> Description {
    let mut page = Page::default();
    page.add_fact("shape", format!("unknown: {}", shape.0));
    members(&mut page, predicate);
    Description { line: "unknown shape".to_owned(), page }
}

/// Describes a predicate of an unknown type.
pub(super) fn unknown_type(predicate: Member<'_>) -> Description {
    let mut page = Page::default();
    let names = members(&mut page, predicate);
    let line = match (names, predicate.each(|_| ())) {
        (Some(names), _) if names.count() == 0 => "empty".to_owned(),
        (Some(names), _) => names.join(),
        (None, Some(count)) => format!("list of {count}"),
        (None, None) => predicate.text().get().unwrap_or("empty").to_owned(),
    };
    Description { line, page }
}

fn members(page: &mut Page, predicate: Member<'_>) -> Option<NameList> {
    let mut names = NameList::default();
    let mut list = TableBuilder::new("members", &["MEMBER", "VALUE"]);
    predicate.members(|name, value| {
        names.add(name);
        list.add_row([name.to_owned(), brief(value)]);
    })?;
    page.add_table(list);
    Some(names)
}

/// A value in a few words.
fn brief(value: Member<'_>) -> String {
    if let Some(count) = value.each(|_| ()) {
        return format!("list of {count}");
    }
    if let Some(count) = value.members(|_, _| ()) {
        return format!("object of {}", plural(count, "member"));
    }
    value.text().cell()
}
