//! Severities, fixes, scores and times as scanners write them.

use jiff::Timestamp;

use crate::vex::Severity;

/// The severity with this label, in any case and with spaces around it. Labels that no scanner is known to write are [`Severity::Unknown`].
pub(super) fn severity(label: &str) -> Severity {
    match label.trim().to_ascii_lowercase().as_str() {
        "negligible" | "none" | "info" | "informational" => Severity::Negligible,
        "low" | "minor" => Severity::Low,
        "medium" | "moderate" => Severity::Medium,
        "high" | "important" => Severity::High,
        "critical" => Severity::Critical,
        _ => Severity::Unknown,
    }
}

/// The severity of a CVSS base score (CVSS 3.1, table 14).
pub(super) fn severity_of_score(score: f64) -> Severity {
    match score {
        9.0..=10.0 => Severity::Critical,
        7.0..9.0 => Severity::High,
        4.0..7.0 => Severity::Medium,
        0.1..4.0 => Severity::Low,
        0.0..0.1 => Severity::Negligible,
        _ => Severity::Unknown,
    }
}

/// The scores, highest first, each once.
pub(super) fn highest_first(mut scores: Vec<f64>) -> Vec<f64> {
    scores.retain(|score| score.is_finite());
    scores.sort_by(|one, other| other.total_cmp(one));
    scores.dedup();
    scores
}

/// An RFC 3339 time. `None` for anything else.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

/// The versions in a list with commas.
pub(super) fn versions(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|version| !version.is_empty()).map(str::to_owned).collect()
}

/// Adds `alias` unless it is empty, the id itself, or known.
pub(super) fn add_alias(aliases: &mut Vec<String>, id: &str, alias: &str) {
    if !alias.is_empty() && alias != id && !aliases.iter().any(|known| known == alias) {
        aliases.push(alias.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_and_unknown_is_the_lowest() {
        let labels = ["?", "Negligible", "LOW", "moderate", "Important", "critical"];
        let severities = labels.map(severity);
        assert!(severities.is_sorted());
        assert_eq!(severities, Severity::ALL);
        let scores = [f64::NAN, 0.0, 0.1, 4.0, 8.9, 9.0].map(severity_of_score);
        assert_eq!(scores, Severity::ALL);
    }

    #[test]
    fn scores_are_sorted_and_each_is_there_once() {
        assert_eq!(highest_first(vec![5.0, 9.8, f64::INFINITY, 5.0]), [9.8, 5.0]);
    }
}
