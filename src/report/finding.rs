//! One failure or warning as text: message, facts, hint.

use super::{HintTexts, Style};
use crate::diagnostic::Diagnostic;
use crate::evidence::Outcome;

/// Whether a diagnostic decides the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

impl Severity {
    pub(super) fn of(outcome: Outcome) -> Self {
        if outcome == Outcome::Warn { Self::Warning } else { Self::Error }
    }
}

/// Renders one failure or warning: the message with its objects (`scopes`, may be empty), the facts, the hint.
pub fn render_diagnostic(
    severity: Severity,
    diagnostic: &Diagnostic,
    scopes: &[&str],
    texts: &dyn HintTexts,
    style: Style,
) -> String {
    let head = match severity {
        Severity::Error => style.bad(&format!("error[{}]", diagnostic.code)),
        Severity::Warning => style.warning(&format!("warning[{}]", diagnostic.code)),
    };
    let what = style.text(&diagnostic.message);
    let head = match scopes {
        [] => format!("{head}: {what}"),
        [scope] => format!("{head}: {}: {what}", style.text(scope)),
        several => format!("{head}: {what} ({} objects)", several.len()),
    };
    let mut out = style.lines(&head, 2);
    let objects = match scopes {
        [first, rest @ ..] if !rest.is_empty() => Some(format!("{first} and {} more", rest.len())),
        _ => None,
    };
    let facts = diagnostic.facts.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    out.push_str(&style.facts(facts.chain(objects.as_deref().map(|objects| ("objects", objects)))));
    if let Some(hint) = texts.hint(diagnostic) {
        out.push_str(&style.lines(&format!("  {} {}", style.hint("hint:"), style.text(&hint)), 8));
    }
    out
}
