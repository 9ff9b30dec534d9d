//! The layout of every table. Cells are escaped, so no cell can add a line.
//!
//! A table is as wide as its cells. If the terminal is narrower, wide cells continue on the next line.

use super::Style;
use super::wrap::{columns_of, widest_word, wrap};

/// The start of each line.
const INDENT: &str = "  ";
/// Spaces between two columns.
const GAP: usize = 2;

/// One cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
    /// Whether it is never broken, not even at spaces.
    is_whole: bool,
}

/// The colour of a cell. It repeats what the text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    /// None.
    #[default]
    Plain,
    /// Something is missing, not judged or not known.
    Warning,
    /// Something does not hold.
    Bad,
}

impl Cell {
    /// A cell in this colour.
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, is_whole: false }
    }

    /// A cell on one line, such as a number with its unit.
    pub(super) fn whole(text: impl Into<String>) -> Self {
        Self { is_whole: true, ..Self::new(text, Tone::Plain) }
    }

    /// The cell with more text, in the stronger of both colours.
    pub(super) fn and(self, more: &str, tone: Tone) -> Self {
        Self { text: self.text + more, tone: self.tone.max(tone), ..self }
    }

    /// Its text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Its colour.
    pub(super) fn tone(&self) -> Tone {
        self.tone
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl Style {
    fn toned(self, tone: Tone, text: &str) -> String {
        match tone {
            _ if text.is_empty() => String::new(),
            Tone::Plain => text.to_owned(),
            Tone::Warning => self.warning(text),
            Tone::Bad => self.bad(text),
        }
    }
}

/// Renders rows under a header.
pub(crate) fn columns<C: Into<Cell>>(
    header: impl IntoIterator<Item = impl Into<Cell>>,
    rows: impl IntoIterator<Item = Vec<C>>,
    style: Style,
) -> String {
    let shown = |cell: Cell| Cell { text: style.text(&cell.text), ..cell };
    let mut table: Vec<Vec<Cell>> = vec![header.into_iter().map(|cell| shown(cell.into())).collect()];
    table.extend(rows.into_iter().map(|row| row.into_iter().map(|cell| shown(cell.into())).collect()));
    let widths = widths(&table, style);
    table.iter().map(|row| line(row, &widths, style)).collect()
}

/// Renders rows under a header without the columns that have no value in any row. The first columns, `always`, are
/// shown even so. A cell without a value is shown as `-`.
pub(crate) fn filled_columns<const N: usize>(
    header: [&str; N],
    rows: Vec<[Cell; N]>,
    always: usize,
    style: Style,
) -> String {
    let mut is_shown = [false; N];
    for (column, is_shown) in is_shown.iter_mut().enumerate() {
        let is_filled = |row: &[Cell; N]| row.get(column).is_some_and(|cell| !cell.text.is_empty());
        *is_shown = column < always || rows.iter().any(is_filled);
    }
    let names = header.into_iter().zip(is_shown).filter_map(|(name, is_shown)| is_shown.then_some(name));
    // The cells are moved: a large report has hundreds of thousands of them.
    let rows = rows.into_iter().map(|row| {
        let cells = row.into_iter().zip(is_shown).filter_map(|(cell, is_shown)| is_shown.then_some(cell));
        cells.map(|cell| if cell.text.is_empty() { "-".into() } else { cell }).collect::<Vec<Cell>>()
    });
    columns(names, rows, style)
}

/// One row, on as many lines as its highest cell.
fn line(row: &[Cell], widths: &[usize], style: Style) -> String {
    let cells: Vec<(Tone, Vec<String>)> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| {
            let width = style.width.filter(|_| !cell.is_whole).map(|_| *width);
            let text = wrap(&cell.text, 0, width);
            (cell.tone, text.lines().map(str::to_owned).collect())
        })
        .collect();
    let height = cells.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
    let mut out = String::new();
    for number in 0..height {
        out.push_str(INDENT);
        let mut owed = 0;
        for ((tone, lines), width) in cells.iter().zip(widths) {
            let text = lines.get(number).map(String::as_str).unwrap_or_default();
            if !text.is_empty() {
                out.push_str(&" ".repeat(owed));
                out.push_str(&style.toned(*tone, text));
                owed = 0;
            }
            owed += width.saturating_sub(columns_of(text)) + GAP;
        }
        out.push('\n');
    }
    out
}

/// The width of each column.
fn widths(table: &[Vec<Cell>], style: Style) -> Vec<usize> {
    let count = table.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |measure: fn(&Cell) -> usize| -> Vec<usize> {
        let cells = |column: usize| table.iter().filter_map(move |row| row.get(column));
        (0..count).map(|column| cells(column).map(measure).max().unwrap_or(0)).collect()
    };
    let natural = widest(|cell| columns_of(&cell.text));
    let Some(terminal) = style.width else { return natural };
    let available = terminal.saturating_sub(INDENT.len() + GAP * count.saturating_sub(1));
    if natural.iter().sum::<usize>() <= available {
        return natural;
    }
    // The widest column is made narrower first, and none narrower than its widest word.
    let least = widest(|cell| match cell.is_whole {
        true => columns_of(&cell.text),
        false => widest_word(&cell.text),
    });
    let mut widths = natural;
    let mut excess = widths.iter().sum::<usize>().saturating_sub(available);
    while excess > 0 {
        let columns = widths.iter_mut().zip(&least).filter(|(width, least)| **width > **least);
        let Some((widest, _)) = columns.max_by_key(|(width, _)| **width) else { break };
        *widest -= 1;
        excess -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: Option<usize>) -> String {
        let rows = [vec!["sha256:00", "one two three four"], vec!["x", "five"]];
        columns(["DIGEST", "WORDS"], rows, Style { width, ..Style::default() })
    }

    #[test]
    fn wide_cells_continue_on_the_next_line() {
        assert_eq!(table(None), "  DIGEST     WORDS\n  sha256:00  one two three four\n  x          five\n");
        assert_eq!(table(Some(31)), table(None));
        assert_eq!(
            table(Some(24)),
            "  DIGEST     WORDS\n  sha256:00  one two\n             three four\n  x          five\n"
        );
    }

    #[test]
    fn a_word_is_never_broken() {
        assert_eq!(
            table(Some(3)),
            "  DIGEST     WORDS\n  sha256:00  one\n             two\n             three\n             four\n  x          five\n"
        );
    }

    #[test]
    fn colors_and_wide_characters_do_not_move_columns() {
        let style = Style { color: true, ..Style::default() };
        let rows =
            [vec![Cell::new("日本", Tone::Bad), Cell::from("a")], vec![Cell::from("abcde"), Cell::from("b")]];
        assert_eq!(
            columns(["", "B"], rows, style),
            "         B\n  \u{1b}[1;31m日本\u{1b}[0m   a\n  abcde  b\n"
        );
    }
}
