//! Ports that an image exposes.

use super::linter::{Linter, shown};
use super::run_as::RunAs;
use crate::builder::definition::Rule;

/// The first port that needs no capability.
const FIRST_FREE: u16 = 1024;

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    let run_as = definition.accounts.as_ref().and_then(|accounts| accounts.run_as.as_ref());
    let Some(user) = run_as.filter(|user| RunAs::of(user).is_some()) else { return };
    if definition.runs_as_root() {
        return;
    }
    // The evaluation turns a range into ports, which all have its place in the text.
    let mut place = None;
    for port in &definition.ports {
        let is_low = port.value.as_ref().is_some_and(|range| *range.numbers.start() < FIRST_FREE);
        if is_low && place.replace(&port.text.range) != Some(&port.text.range) {
            let message = format!(
                "the port `{}` is below 1024, and `{}` is not root",
                shown(port.as_str()),
                shown(user)
            );
            linter.find(Rule::PRIVILEGED_PORT, port.text.range.clone(), message);
        }
    }
}
