//! Whether a change for a platform is a change of the text, evaluated.

use super::change::{AttributeChange, Change, ChangeKind};
use crate::builder::facts::Value;
use crate::builder::template::{Kind, Part, Piece, Template};

/// Whether `told`, a change for a platform, says what `written`, a change of an entry with a condition, says. Both are
/// about one object.
pub(super) fn is_evaluation_of(told: &Change, written: &Change) -> bool {
    if written.kind == ChangeKind::Reordered || told.kind == ChangeKind::Reordered {
        return written.kind == told.kind;
    }
    // Another condition shows as an entry that a platform has now, or no longer.
    let appears = matches!(told.kind, ChangeKind::Added | ChangeKind::Removed);
    if !appears && told.kind != written.kind {
        return false;
    }
    let mut others = written.attributes.iter().filter(|one| !is_condition(one)).peekable();
    if others.peek().is_none() && !appears {
        return false;
    }
    others.all(|one| {
        let found = told.attributes.iter().find(|other| other.name == one.name);
        found.is_some_and(|other| {
            let from = told.kind == ChangeKind::Added || covers(one, one.from.as_ref(), other.from.as_ref());
            let to = told.kind == ChangeKind::Removed || covers(one, one.to.as_ref(), other.to.as_ref());
            from && to
        })
    })
}

/// Evaluated entries have no condition any more.
fn is_condition(one: &AttributeChange) -> bool {
    matches!(&*one.name, "if" | "platforms")
}

fn covers(one: &AttributeChange, written: Option<&Value>, evaluated: Option<&Value>) -> bool {
    let kind = if matches!(&*one.name, "runs" | "content") { Kind::Script } else { Kind::Value };
    let (Some(written), Some(evaluated)) = (written, evaluated) else { return written == evaluated };
    let (written, evaluated) = (written.texts(), evaluated.texts());
    let mut pairs = written.iter().zip(evaluated);
    written.len() == evaluated.len() && pairs.all(|(written, evaluated)| can_become(written, evaluated, kind))
}

/// Whether a text with templates can be evaluated to another text: everything else is the same.
fn can_become(written: &str, evaluated: &str, kind: Kind) -> bool {
    if written == evaluated {
        return true;
    }
    let Ok(template) = Template::parse(written, kind) else { return false };
    let (mut rest, mut is_open) = (evaluated, false);
    let mut parts = template.parts().iter().peekable();
    while let Some(part) = parts.next() {
        let Part::Piece(Piece::Text(text)) = part else {
            is_open = true;
            continue;
        };
        let found = match (is_open, parts.peek()) {
            (false, _) => rest.starts_with(*text).then_some(0),
            (true, Some(_)) => rest.find(*text),
            (true, None) => rest.ends_with(*text).then(|| rest.len() - text.len()),
        };
        let Some(after) = found.and_then(|at| rest.get(at + text.len()..)) else { return false };
        (rest, is_open) = (after, false);
    }
    is_open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_becomes_texts_that_agree_with_the_rest_of_it() {
        for (written, evaluated) in [
            ("a", "a"),
            ("a-${B}.tar", "a-1.2.tar"),
            ("${A}", ""),
            ("#{ target.arch }/a", "amd64/a"),
            ("${A}a", "aa"),
        ] {
            assert!(can_become(written, evaluated, Kind::Value), "{written} {evaluated}");
        }
        for (written, evaluated) in [("a", "b"), ("a-${B}.tar", "a-1.2.zip"), ("a${B}", "b"), ("${A}a", "ab")]
        {
            assert!(!can_become(written, evaluated, Kind::Value), "{written} {evaluated}");
        }
    }
}
