//! The line `# syntax=…`.

use std::ops::Range;

use super::state::Reader;
use crate::builder::definition::{Directive, Finding, Rule, Severity, Spanned};

impl Reader<'_> {
    /// Reads the first line. Without the line, the text completes other definitions: no key is required in it.
    pub(super) fn syntax_line(&mut self) -> Option<Spanned<Directive>> {
        let mut at = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let start = at;
        // Comments above the first value.
        for line in self.written(at..self.text.len()).split_inclusive('\n') {
            let range = at..at + line.len();
            at += line.len();
            if !line.trim_end().is_empty() && !line.starts_with('#') {
                break;
            }
            let Some(value) = value(line, range.start) else { continue };
            if range.start == start {
                return self.directive(value);
            }
            let message = "the `# syntax=` line is not the first line, so builders do not see it";
            self.error(Rule::SYNTAX_LINE, value, message);
            return None;
        }
        self.is_whole = false;
        let first = self.first_line(start..self.text.len());
        let message = "the first line is not `# syntax=dhi.io/build:…`: the text is read as a part of other definitions";
        self.report(
            Finding::new(Rule::SYNTAX_LINE, Severity::Warning, first, message)
                .label("expected `# syntax=dhi.io/build:…`")
                .note(
                    "Builders choose the frontend by this line, such as `# syntax=dhi.io/build:2-debian13`.",
                ),
        );
        None
    }

    fn directive(&mut self, range: Range<usize>) -> Option<Spanned<Directive>> {
        match self.written(range.clone()).parse() {
            Ok(directive) => Some(Spanned::new(directive, range)),
            Err(cause) => {
                self.error(Rule::SYNTAX_LINE, range, format!("{cause}"));
                None
            }
        }
    }
}

/// The bytes of the value in a line `# syntax=VALUE` that begins at `start`.
fn value(line: &str, start: usize) -> Option<Range<usize>> {
    let rest = line.strip_prefix('#')?.trim_start();
    let name = rest.get(.."syntax".len()).filter(|name| name.eq_ignore_ascii_case("syntax"))?;
    let value = rest.get(name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
    let at = start + (line.len() - value.len());
    Some(at..at + value.trim_end().len())
}
