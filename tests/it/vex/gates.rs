//! Gates and exit codes.

use serde_json::Value;

use super::situation::{Situation, texts};

/// Every row of the situation about exit codes. A failed gate still writes the report, an error writes nothing.
#[test]
fn an_error_never_has_the_exit_code_of_findings() {
    let Some(situation) = Situation::copy("32") else { return };
    for row in situation.expected["rows"].as_array().unwrap() {
        let arguments = texts(&row["args"]);
        let run = situation.dhi(&arguments);
        assert_eq!(Value::from(run.code), row["exit"], "{row}\n{}{}", run.stdout, run.stderr);
        for word in texts(&row["stderr_has"]) {
            assert!(run.stderr.contains(word), "`{word}` is missing: {row}\n{}", run.stderr);
        }
        let reports = arguments.iter().filter(|argument| argument.starts_with("report")).count();
        match (run.code, reports) {
            (0 | 1, 1) => {
                let report: Value = serde_json::from_str(&run.stdout).unwrap();
                assert!(report["matches"].is_array(), "{row}");
                assert!(run.stderr.lines().last().unwrap().contains("remain"), "{row}\n{}", run.stderr);
            }
            (0 | 1, _) => assert!(run.stdout.contains("report-of-image.json"), "{row}\n{}", run.stdout),
            _ => assert_eq!(run.stdout, "", "{row}"),
        }
    }
}

#[test]
fn only_what_is_new_counts_beside_a_baseline() {
    let Some(situation) = Situation::copy("32") else { return };
    let gated = |more: &[&str]| {
        situation.dhi(&[&["vex", "apply", "report.json", "--fail-on", "medium"], more].concat()).code
    };
    assert_eq!(gated(&[]), 1);
    assert_eq!(gated(&["--baseline", "report.json"]), 0);
    // A lifted suppression is new: the baseline lists the finding as suppressed.
    let trusted = ["--vex", "vex-two.json", "--trust-unsigned", "vex-two.json", "-o", "before.json"];
    situation.dhi(&[&["vex", "apply", "report.json"], trusted.as_slice()].concat()).assert(0, "2 suppressed");
    assert_eq!(gated(&["--baseline", "before.json"]), 1);
    // A severity that rose is new.
    let report = String::from_utf8(situation.read("report.json")).unwrap();
    let lower = report
        .replace("\"Medium\"", "\"Low\"")
        .replace("\"High\"", "\"Low\"")
        .replace("\"Critical\"", "\"Low\"");
    situation.write("lower.json", lower);
    assert_eq!(gated(&["--baseline", "lower.json"]), 1);
    assert_eq!(gated(&["--baseline", "nowhere.json"]), 2);
}

#[test]
fn a_finding_without_severity_is_named_and_counts_on_request() {
    let Some(situation) = Situation::copy("32") else { return };
    let report = String::from_utf8(situation.read("report.json")).unwrap();
    let unrated = ["\"Critical\"", "\"High\"", "\"Medium\""]
        .into_iter()
        .fold(report, |report, severity| report.replace(severity, "\"Unknown\""));
    situation.write("unrated.json", unrated);
    let gated = |severity| situation.dhi(&["vex", "apply", "unrated.json", "--fail-on", severity]);
    gated("negligible").assert(0, "no finding that remains has a known severity");
    gated("unknown").assert(1, "3 count");
}
