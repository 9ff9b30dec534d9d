//! Values as people compare them: of long texts and lists only what differs.

use std::collections::HashSet;

use super::change::AttributeChange;
use crate::builder::facts::Value;

/// How many lines of one text are shown.
const SHOWN: usize = 60;

/// A text or a list with nothing in it.
const EMPTY: &str = "(empty)";

/// Both values of an attribute, `-` where there is none. Different values have different texts.
pub(super) fn sides(from: Option<&Value>, to: Option<&Value>) -> [String; 2] {
    let shown = match (from, to) {
        (Some(Value::List(from)), Some(Value::List(to))) => lists(from, to),
        (Some(Value::Text(from)), Some(Value::Text(to))) if is_long(from) || is_long(to) => texts(from, to),
        (from, to) => [from, to].map(|value| value.map_or_else(|| "-".to_owned(), short)),
    };
    let [before, after] = &shown;
    if before == after {
        return [from, to].map(|value| value.map_or_else(|| "-".to_owned(), exact));
    }
    shown
}

/// A value in one line.
pub(super) fn short(value: &Value) -> String {
    match value {
        Value::Text(text) if is_long(text) => format!("{} lines", text.lines().count()),
        Value::Text(text) if text.is_empty() => EMPTY.to_owned(),
        Value::Text(text) if is_unclear(text) => format!("{text:?}"),
        Value::Text(text) => text.clone(),
        Value::List(items) if items.is_empty() => EMPTY.to_owned(),
        Value::List(items) => joined(items),
    }
}

/// A value as it is, with its type.
fn exact(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("{items:?}"),
    }
}

/// The items of a list, in quotes where one could be taken for something else.
fn joined(items: &[String]) -> String {
    let is_clear = |item: &&String| !item.is_empty() && !is_unclear(item) && !item.contains(", ");
    let shown = items.iter().map(|item| match Some(item).filter(is_clear) {
        Some(item) => item.clone(),
        None => format!("{item:?}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Whether a text without quotes would say that there is none, or hides blanks at its ends.
fn is_unclear(text: &str) -> bool {
    text == "-" || text == EMPTY || text.trim() != text
}

fn is_long(text: &str) -> bool {
    text.trim_end().contains('\n')
}

/// The items that only one of the lists has.
fn lists(from: &[String], to: &[String]) -> [String; 2] {
    let without = |all: &[String], others: &[String]| -> Vec<String> {
        let others: HashSet<&String> = others.iter().collect();
        all.iter().filter(|item| !others.contains(item)).cloned().collect()
    };
    let (gone, new) = (without(from, to), without(to, from));
    if gone.is_empty() && new.is_empty() {
        // Another order or number of equal items.
        return [joined(from), joined(to)];
    }
    let shown = |items: Vec<String>| if items.is_empty() { "-".to_owned() } else { joined(&items) };
    [shown(gone), shown(new)]
}

/// The lines from the first to the last one that differ, `-` before those that are gone and `+` before those that are
/// new. Empty for values of one line.
pub(super) fn changed(one: &AttributeChange) -> Vec<String> {
    let text = |value: &'_ Option<Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let (from, to) = (text(&one.from), text(&one.to));
    if !is_long(&from) && !is_long(&to) {
        return Vec::new();
    }
    let (from, to): (Vec<&str>, Vec<&str>) = (from.lines().collect(), to.lines().collect());
    let (start, end) = common(&from, &to);
    let marked = |sign: char, lines: &[&str]| -> Vec<String> {
        let lines = lines.get(start..lines.len().saturating_sub(end)).unwrap_or_default();
        let mut shown: Vec<String> = lines.iter().take(SHOWN).map(|line| format!("{sign} {line}")).collect();
        match lines.len().saturating_sub(SHOWN) {
            0 => {}
            1 => shown.push(format!("{sign} … (1 more line)")),
            more => shown.push(format!("{sign} … ({more} more lines)")),
        }
        shown
    };
    [marked('-', &from), marked('+', &to)].concat()
}

/// How many lines are the same at the start and at the end.
fn common(from: &[&str], to: &[&str]) -> (usize, usize) {
    let start = from.iter().zip(to).take_while(|(from, to)| from == to).count();
    let rest = |lines: &[&str]| lines.len().saturating_sub(start);
    let most = rest(from).min(rest(to));
    let end = from.iter().rev().zip(to.iter().rev()).take(most).take_while(|(from, to)| from == to).count();
    (start, end)
}

/// The first line that differs, with the number of others.
fn texts(from: &str, to: &str) -> [String; 2] {
    let lines: [Vec<&str>; 2] = [from, to].map(|text| text.lines().collect());
    let [before, after] = &lines;
    let (start, end) = common(before, after);
    let shown =
        |lines: &[&str], line: fn(&str) -> String| match lines.get(start..lines.len().saturating_sub(end)) {
            None | Some([]) => "-".to_owned(),
            Some([first]) => format!("line {}: {}", start + 1, line(first)),
            Some([first, others @ ..]) => {
                format!("line {}: {} (and {} more)", start + 1, line(first), others.len())
            }
        };
    let trimmed = [before, after].map(|lines| shown(lines, |line| line.trim().to_owned()));
    if trimmed.iter().all(|side| side == "-") {
        // Only the ends of lines differ.
        return [from, to].map(|text| format!("{} lines{}", text.lines().count(), line_ends(text)));
    }
    // Only blanks differ.
    let is_equal = trimmed.first() == trimmed.last();
    if is_equal { [before, after].map(|lines| shown(lines, |line| format!("{line:?}"))) } else { trimmed }
}

/// How the lines of a text end.
fn line_ends(text: &str) -> &'static str {
    match (text.contains('\r'), text.ends_with('\n')) {
        (true, _) => ", with carriage returns",
        (false, true) => ", the last one with a line feed",
        (false, false) => ", the last one without a line feed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(from: &str, to: &str) -> [String; 2] {
        sides(Some(&Value::Text(from.to_owned())), Some(&Value::Text(to.to_owned())))
    }

    #[test]
    fn of_a_script_only_the_lines_that_differ_are_shown() {
        assert_eq!(shown("a\nb\nc\n", "a\nx\nc\n"), ["line 2: b", "line 2: x"]);
        assert_eq!(shown("a\nb\n", "a\nb\nc\nd\n"), ["-", "line 3: c (and 1 more)"]);
        assert_eq!(shown("a\na\n", "a\na\na\n"), ["-", "line 3: a"]);
        assert_eq!(shown("a\n  b\n", "a\n b\n"), ["line 2: \"  b\"", "line 2: \" b\""]);
        let ends = ["2 lines, the last one with a line feed", "2 lines, the last one without a line feed"];
        assert_eq!(shown("a\nb\n", "a\nb"), ends);
        assert_eq!(shown("a\r\nb\n", "a\nb\n"), ["2 lines, with carriage returns", ends[0]]);
        assert_eq!(shown("one", "two"), ["one", "two"]);
        assert_eq!(shown("", "two"), ["(empty)", "two"]);
        assert_eq!(sides(None, Some(&Value::Text("a\nb".to_owned()))), ["-", "2 lines"]);
    }

    #[test]
    fn all_lines_of_a_script_that_differ_can_be_listed() {
        let lines = |from: Option<&str>, to: &str| {
            let [from, to] = [from, Some(to)].map(|text| text.map(|text| Value::Text(text.to_owned())));
            changed(&AttributeChange { name: "runs".into(), from, to, trend: None })
        };
        assert_eq!(lines(Some("a\nb\nc\nd\n"), "a\nx\nc\ny\nd\n"), ["- b", "- c", "+ x", "+ c", "+ y"]);
        assert_eq!(lines(None, "a\nb\n"), ["+ a", "+ b"]);
        assert_eq!(lines(Some("a"), "b"), [""; 0]);
        let many = lines(None, &"a\n".repeat(SHOWN + 2));
        assert_eq!((many.len(), many.last().unwrap().as_str()), (SHOWN + 1, "+ … (2 more lines)"));
    }

    #[test]
    fn of_a_list_only_the_items_that_differ_are_shown() {
        let list = |items: &[&str]| Value::List(items.iter().map(|item| (*item).to_owned()).collect());
        assert_eq!(sides(Some(&list(&["a", "b"])), Some(&list(&["b", "c"]))), ["a", "c"]);
        assert_eq!(sides(Some(&list(&["a", "b"])), Some(&list(&["b", "a"]))), ["a, b", "b, a"]);
        assert_eq!(sides(Some(&list(&["a"])), Some(&list(&["a", "b"]))), ["-", "b"]);
    }

    #[test]
    fn different_values_have_different_texts() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let list = |items: &[&str]| Some(Value::List(items.iter().map(|item| (*item).to_owned()).collect()));
        for (from, to, shown) in [
            (None, text("-"), ["-", "\"-\""]),
            (text(""), text("(empty)"), ["(empty)", "\"(empty)\""]),
            (text("a"), text("a "), ["a", "\"a \""]),
            (text("a"), list(&["a"]), ["\"a\"", "[\"a\"]"]),
            (list(&["-"]), list(&[]), ["\"-\"", "-"]),
            (list(&["a, b"]), list(&["a", "b"]), ["\"a, b\"", "a, b"]),
            (None, list(&["-", ""]), ["-", "\"-\", \"\""]),
            (text(""), list(&[]), ["\"\"", "[]"]),
        ] {
            assert_eq!(sides(from.as_ref(), to.as_ref()), shown);
        }
    }
}
