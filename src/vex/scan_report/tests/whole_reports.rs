//! Every report of the shared data: read, counted on its own, and written back.

use bytes::Bytes;
use serde_json::Value;

use super::*;

/// The number of findings, counted on the tree of values.
fn count(name: &str, value: &Value) -> usize {
    let is_open = |suppressions: &[Value]| {
        suppressions.is_empty()
            || suppressions
                .iter()
                .any(|one| matches!(one["status"].as_str(), Some("underReview" | "rejected")))
    };
    let of_results = |results: &[Value]| -> usize {
        results.iter().map(|result| list(result, "Vulnerabilities").len()).sum()
    };
    match name.split('/').next().unwrap() {
        "grype" => list(value, "matches").len(),
        "trivy" if value.is_array() => of_results(value.as_array().unwrap()),
        "trivy" if value.get("Resources").is_some() => {
            list(value, "Resources").iter().map(|resource| of_results(list(resource, "Results"))).sum()
        }
        "trivy" => of_results(list(value, "Results")),
        "sarif" => list(value, "runs")
            .iter()
            .flat_map(|run| list(run, "results"))
            .filter(|result| is_open(list(result, "suppressions")))
            .count(),
        "cyclonedx" => list(value, "vulnerabilities")
            .iter()
            .filter(|one| {
                !matches!(
                    one["analysis"]["state"].as_str(),
                    Some("not_affected" | "resolved" | "false_positive")
                )
            })
            .map(|one| list(one, "affects").len())
            .sum(),
        "osv-scanner" => list(value, "results")
            .iter()
            .flat_map(|result| list(result, "packages"))
            .map(|package| list(package, "groups").len())
            .sum(),
        other => panic!("no count for {other}"),
    }
}

#[test]
fn every_report_is_read_with_all_its_findings() {
    for (name, text) in reports() {
        let value = value(&text);
        let found = findings(&text);
        assert_eq!(found.len(), count(&name, &value), "{name}");
        for finding in found {
            assert!(!finding.id.is_empty(), "{name}");
        }
    }
}

#[test]
fn a_report_without_decisions_is_the_same_byte_for_byte() {
    for (name, text) in reports() {
        if !value(&text).is_array() {
            let (written, rewritten) = applied(&text, true, &|_| None);
            assert!(written == text, "{name}");
            assert!(!rewritten.is_changed(), "{name}");
        }
    }
}

#[test]
fn what_is_suppressed_is_gone_and_stays_gone() {
    for (name, text) in reports() {
        if value(&text).is_array() {
            continue;
        }
        for drop in [false, true] {
            let total = findings(&text).len();
            let (once, rewritten) = applied(&text, drop, &|_| Some(0));
            assert_eq!(rewritten.is_changed(), total > 0, "{name}");
            assert_eq!(findings(&once).len(), 0, "{name}");
            assert_eq!(count(&name, &value(&once)), 0, "{name}");
            let (twice, _) = applied(&once, drop, &|_| Some(0));
            assert!(once == twice, "{name}");
        }
    }
}

/// Decides by the number of the finding, so that all kinds of statements and none meet in one report.
fn mixed(text: &Bytes) -> Bytes {
    let counter = std::cell::Cell::new(0);
    apply(text, &|_| {
        counter.set(counter.get() + 1);
        Some(counter.get() % 8).filter(|index| *index < 6)
    })
}

/// The decisions of [`mixed`], by what names a finding in both reports.
#[test]
fn what_is_kept_is_as_it_was() {
    for (name, text) in reports() {
        let before = value(&text);
        if before.is_array() {
            continue;
        }
        let once = mixed(&text);
        let expected = findings(&text).len()
            - findings(&text)
                .iter()
                .enumerate()
                .filter(|(index, _)| matches!((index + 1) % 8, 0 | 1 | 4 | 5))
                .count();
        assert_eq!(findings(&once).len(), expected, "{name}");
        assert_eq!(count(&name, &value(&once)), expected, "{name}");
        // Nothing is lost: each finding is in the report, in one list or the other.
        if name.starts_with("grype") {
            let after = value(&once);
            let mut all: Vec<Value> = list(&after, "matches").to_vec();
            all.extend(list(&after, "ignoredMatches").iter().cloned().map(|mut ignored| {
                ignored.as_object_mut().unwrap().shift_remove("appliedIgnoreRules").unwrap();
                ignored
            }));
            let sorted = |mut all: Vec<Value>| {
                all.sort_by_cached_key(ToString::to_string);
                all
            };
            assert_eq!(sorted(all), sorted(list(&before, "matches").to_vec()), "{name}");
        }
    }
}

/// A copy of a report without line breaks and indentation.
fn minified(value: &Value) -> Bytes {
    Bytes::from(serde_json::to_vec(value).unwrap())
}

#[test]
fn layouts_do_not_change_what_is_written() {
    for (name, text) in reports().into_iter().filter(|(_, text)| text.len() < 500_000) {
        let before = value(&text);
        if before.is_array() {
            continue;
        }
        let expected = value(&mixed(&text));
        let minified = minified(&before);
        let written = mixed(&minified);
        assert!(!written.contains(&b'\n'), "{name}");
        assert_eq!(value(&written), expected, "{name}");
        let written = String::from_utf8(written.to_vec()).unwrap();
        // Nothing is spaced that was not.
        assert_eq!(serde_json::to_string(&expected).unwrap().len(), written.len(), "{name}");
        let pretty = serde_json::to_string_pretty(&before).unwrap();
        for newline in ["\n", "\r\n"] {
            let text = pretty.replace('\n', newline);
            let written = String::from_utf8(mixed(&Bytes::from(text)).to_vec()).unwrap();
            let expected = serde_json::to_string_pretty(&expected).unwrap().replace('\n', newline);
            assert_eq!(written, expected, "{name}");
        }
    }
}

/// Every report, cut off anywhere, is an error.
#[test]
fn a_truncated_report_is_an_error() {
    for (name, text) in reports().into_iter().filter(|(_, text)| text.len() < 40_000) {
        let end = text.len() - text.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
        for length in (0..end).step_by(397) {
            assert!(read(text.slice(..length), "r.json").is_err(), "{name} {length}");
        }
    }
}
