//! The style of an output stream: colour, width and characters of the terminal that shows it.

use std::io::IsTerminal;

use terminal_size::{Height, Width};

use crate::report::Style;

/// What selects the style: an environment, and the terminal if the stream is one.
struct Facts<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    /// `None`: it is not a terminal. `Some(None)`: the terminal does not give its size.
    terminal: Option<Option<usize>>,
}

/// Columns of a terminal that does not give its size.
const USUAL_WIDTH: usize = 80;
/// Columns below which nothing can be laid out.
const LEAST_WIDTH: usize = 20;

/// The style of standard output.
pub(super) fn stdout() -> Style {
    let stream = std::io::stdout();
    style(stream.is_terminal().then(|| columns(terminal_size::terminal_size_of(&stream))))
}

/// The style of standard error.
pub(super) fn stderr() -> Style {
    let stream = std::io::stderr();
    style(stream.is_terminal().then(|| columns(terminal_size::terminal_size_of(&stream))))
}

fn columns(size: Option<(Width, Height)>) -> Option<usize> {
    size.map(|(width, _)| width.0.into())
}

fn style(terminal: Option<Option<usize>>) -> Style {
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    style_of(&Facts { variable: &variable, terminal })
}

fn style_of(facts: &Facts<'_>) -> Style {
    let set = |name: &str| (facts.variable)(name).filter(|value| !value.is_empty());
    let is_terminal = facts.terminal.is_some();
    let asked: Option<usize> = set("COLUMNS").and_then(|columns| columns.trim().parse().ok());
    let asked = asked.filter(|columns| *columns > 0);
    let width = facts.terminal.map(|size| asked.or(size.filter(|size| *size > 0)).unwrap_or(USUAL_WIDTH));
    // The first variable that is set decides, as in the C library.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    Style {
        color: is_terminal && set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb"),
        width: width.map(|width| width.max(LEAST_WIDTH)),
        ascii: !(locale.contains("utf-8") || locale.contains("utf8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(variables: &[(&str, &str)], terminal: Option<Option<usize>>) -> Style {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        style_of(&Facts { variable: &variable, terminal })
    }

    #[test]
    fn only_a_terminal_has_a_width_and_columns_wins() {
        for (columns, terminal, width) in [
            (None, None, None),
            (Some("40"), None, None),
            (None, Some(Some(132)), Some(132)),
            (Some("40"), Some(Some(132)), Some(40)),
            (Some(""), Some(Some(132)), Some(132)),
            (Some("0"), Some(Some(132)), Some(132)),
            (Some("wide"), Some(Some(132)), Some(132)),
            (None, Some(None), Some(USUAL_WIDTH)),
            (None, Some(Some(0)), Some(USUAL_WIDTH)),
            (None, Some(Some(3)), Some(LEAST_WIDTH)),
        ] {
            let variables: Vec<(&str, &str)> =
                columns.map(|columns| ("COLUMNS", columns)).into_iter().collect();
            assert_eq!(style(&variables, terminal).width, width, "{columns:?} {terminal:?}");
        }
    }

    #[test]
    fn the_first_variable_of_the_locale_that_is_set_decides() {
        for (variables, ascii) in [
            (&[][..], true),
            (&[("LANG", "C")], true),
            (&[("LANG", "C.UTF-8")], false),
            (&[("LANG", "de_DE.utf8")], false),
            (&[("LANG", "de_DE.ISO-8859-1")], true),
            (&[("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")], true),
            (&[("LC_ALL", ""), ("LC_CTYPE", "en_US.UTF-8"), ("LANG", "C")], false),
        ] {
            assert_eq!(style(variables, None).ascii, ascii, "{variables:?}");
        }
    }

    #[test]
    fn color_needs_a_terminal_that_shows_it() {
        let terminal = Some(Some(80));
        assert!(style(&[], terminal).color);
        assert!(!style(&[], None).color);
        assert!(!style(&[("NO_COLOR", "1")], terminal).color);
        assert!(style(&[("NO_COLOR", "")], terminal).color);
        assert!(!style(&[("TERM", "dumb")], terminal).color);
    }
}
