//! Failures and warnings: code, message, facts and hint, as in the table for people.

use super::writer::{Html, Tag, class};
use crate::diagnostic::Diagnostic;
use crate::report::{HintTexts, Severity};

/// One failure or warning. `scopes` are the objects that it is about; none: the image itself.
pub(super) fn diagnostic(
    html: &mut Html,
    severity: Severity,
    found: &Diagnostic,
    scopes: &[&str],
    texts: &dyn HintTexts,
) {
    let (name, word) = match severity {
        Severity::Error => ("problem bad", "error"),
        Severity::Warning => ("problem warn", "warning"),
    };
    html.line();
    html.element(Tag::Div, &[class(name)], |html| {
        html.element(Tag::P, &[], |html| {
            html.says(Tag::Strong, &[], word);
            html.sentence(" ");
            html.code(found.code.as_str());
            html.sentence(": ");
            html.sentence(&found.message);
        });
        let mut facts: Vec<(&str, String)> =
            found.facts.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        if !scopes.is_empty() {
            facts.push((if scopes.len() == 1 { "object" } else { "objects" }, scopes.join(", ")));
        }
        if !facts.is_empty() {
            html.element(Tag::Dl, &[class("facts")], |html| {
                for (name, value) in &facts {
                    html.element(Tag::Dt, &[], |html| html.name(name));
                    html.says(Tag::Dd, &[], value);
                }
            });
        }
        if let Some(hint) = texts.hint(found) {
            html.element(Tag::P, &[class("hint")], |html| {
                html.says(Tag::Strong, &[], "hint");
                html.sentence(" ");
                html.sentence(&hint);
            });
        }
    });
}
