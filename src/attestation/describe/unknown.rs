//! What is not understood is called so: by the names of its members, or by what was expected of it.

use super::page::List;
use super::page::{Names, Page, Summary, plural};
use super::read::{Member, Shape};

/// A predicate whose type is known and whose shape is not.
pub(super) fn shape(shape: &Shape, predicate: Member<'_>) -> Summary {
    let mut page = Page::default();
    page.say("shape", format!("unknown: {}", shape.0));
    members(&mut page, predicate);
    Summary { line: "unknown shape".to_owned(), page }
}

/// A predicate of an unknown type.
pub(super) fn summary(predicate: Member<'_>) -> Summary {
    let mut page = Page::default();
    let names = members(&mut page, predicate);
    let line = match (names, predicate.each(|_| ())) {
        (Some(names), _) if names.count() == 0 => "empty".to_owned(),
        (Some(names), _) => names.join(),
        (None, Some(count)) => format!("list of {count}"),
        (None, None) => predicate.text().get().unwrap_or("empty").to_owned(),
    };
    Summary { line, page }
}

fn members(page: &mut Page, predicate: Member<'_>) -> Option<Names> {
    let mut names = Names::default();
    let mut list = List::new("members", &["MEMBER", "VALUE"]);
    predicate.members(|name, value| {
        names.add(name);
        list.row([name.to_owned(), glance(value)]);
    })?;
    page.list(list);
    Some(names)
}

/// A value in a few words.
fn glance(value: Member<'_>) -> String {
    if let Some(count) = value.each(|_| ()) {
        return format!("list of {count}");
    }
    if let Some(count) = value.members(|_, _| ()) {
        return format!("object of {}", plural(count, "member"));
    }
    value.text().cell()
}
