//! The layout of every table. Cells are escaped, so no cell can add a line.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table};

use super::style::printable;

/// The start of each line.
pub(super) const INDENT: &str = "  ";
/// Spaces between two columns of a table.
const PADDING: u16 = 2;

/// Renders rows under a header. With a `width` (in characters, without the indent) wide cells continue on the next
/// line; without one a row is as wide as its cells.
pub(crate) fn columns(
    header: impl IntoIterator<Item = String>,
    rows: impl IntoIterator<Item = Vec<String>>,
    width: Option<u16>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(header.into_iter().map(|cell| printable(&cell)));
    match width {
        // The padding after the last column is not printed.
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width + PADDING),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, PADDING));
    }
    let mut out = String::new();
    for line in table.lines() {
        let _ = writeln!(out, "{INDENT}{}", line.trim_end());
    }
    out
}
