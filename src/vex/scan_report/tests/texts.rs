//! Texts that are unusual, and texts that are refused.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

#[test]
fn other_encodings_are_named() {
    let utf16 =
        |text: &str, unit: fn(u16) -> [u8; 2]| -> Bytes { text.encode_utf16().flat_map(unit).collect() };
    for text in [
        utf16("\u{feff}{\"matches\":[]}", u16::to_le_bytes),
        utf16("{\"matches\":[]}", u16::to_le_bytes),
        utf16("{\"matches\":[]}", u16::to_be_bytes),
    ] {
        let error = read(text, "report.json").unwrap_err();
        assert!(matches!(error, Error::ReportEncoding { .. }), "{error:?}");
        assert_eq!(error.to_string(), "report.json cannot be read: it is UTF-16, not UTF-8");
    }
    let error = read(Bytes::from_static(b"{\n \"matches\": [\"\xff\"]}"), "report.json").unwrap_err();
    assert_eq!(
        error.to_string(),
        "report.json is not a readable scanner report: line 2, column 15: it is not UTF-8"
    );
}

#[test]
fn faults_are_named_with_their_place() {
    for (text, place) in [
        ("", "line 1, column 1: "),
        ("{\"matches\":[", "line 1, column 13: "),
        (
            "{\n\"matches\":[{\"vulnerability\":{\"id\":1}}]}",
            "line 2, column 35: expected a string, found a number",
        ),
        ("{\"matches\":[{\"artifact\":{}}]}", "line 1, column 13: member `vulnerability` is missing"),
        (
            "{\"matches\":[{\"vulnerability\":{\"id\":\"C\"}}]}",
            "line 1, column 13: member `artifact` is missing",
        ),
        (
            "{\"matches\":[{\"appliedIgnoreRules\":[]}]}",
            "line 1, column 35: a match in `matches` has rules that ignore it",
        ),
        ("{\"matches\":{}}", "line 1, column 12: expected a list, found an object"),
        ("{\"matches\":[],\"matches\":[]}", "line 1, column 15: member `matches` occurs twice in one object"),
        ("{\"matches\":[]} x", "line 1, column 16: more text follows the report"),
        ("\u{feff}{\"matches\":[]}}", "line 1, column 15: more text follows the report"),
        ("{\"runs\":[]}", "line 1, column 12: expected a run in `runs`"),
        ("{\"runs\":[{\"tool\":{}}]}", "line 1, column 10: member `results` is missing"),
        ("{\"runs\":[{\"results\":null}]}", "line 1, column 10: member `results` is missing"),
        ("{\"Results\":[{\"Vulnerabilities\":[{}]}]}", "member `VulnerabilityID` is missing"),
        ("{\"ClusterName\":\"x\"}", "member `Resources` is missing"),
        ("[{\"Vulnerabilities\":[]}]", "line 1, column 2: member `Target` is missing"),
    ] {
        let error = read(Bytes::copy_from_slice(text.as_bytes()), "r.json").unwrap_err();
        let Error::Report { .. } = error else { panic!("{text}: {error:?}") };
        let message = error.to_string();
        assert!(message.contains(place), "{text}: {message}");
    }
    for (text, cause) in [
        ("{}", "r.json is not a scanner report: it has the members of no known format"),
        ("{\"statements\":[]}", "r.json is not a scanner report: it is an OpenVEX document"),
        ("7", "r.json is not a scanner report: it is neither an object nor a list"),
    ] {
        assert_eq!(read(Bytes::copy_from_slice(text.as_bytes()), "r.json").unwrap_err().to_string(), cause);
    }
}

#[test]
fn unusual_texts_survive() {
    let long = "x".repeat(1 << 20);
    let text = format!(
        r#"{{"a":{{"matches":[1]}},"m\u0061tches":[ {{"n":1e400,"artifact":{{"name":"a","purl":"pkg:npm/a"}},"vulnerability":{{"\u0069d":"CVE-1-1","description":"{long}\ud83d\ude00"}}}} ,{{"artifact":{{"name":"b"}},"vulnerability":{{"id":"CVE-1-2","matches":[]}},"n":-0.0E-7}}],"ignoredMatches":null}}"#
    );
    let written = apply(&Bytes::from(text.clone()), &|finding| (finding.package.name == "a").then_some(0));
    let written = String::from_utf8(written.to_vec()).unwrap();
    assert!(written.contains("1e400") && written.contains(&long) && written.contains("-0.0E-7"));
    assert!(
        written.starts_with(r#"{"a":{"matches":[1]},"m\u0061tches":[ {"artifact":{"name":"b"}"#),
        "{}",
        &written[..90]
    );
    assert!(written.contains(r#"}],"ignoredMatches":[{"n":1e400,"#));
}

/// Lists of matches with every choice of what is suppressed.
#[test]
fn any_choice_of_matches_leaves_valid_json() {
    for count in 0..5_usize {
        for spaces in ["", "\n  "] {
            let matches: Vec<String> = (0..count)
                .map(|index| {
                    format!(r#"{{"vulnerability":{{"id":"CVE-1-{index}"}},"artifact":{{"name":"a"}}}}"#)
                })
                .collect();
            let text =
                format!("{{{spaces}\"matches\":[{}],\"source\":null}}", matches.join(&format!(",{spaces}")));
            for choice in 0..1_u32 << count {
                let written = apply(&Bytes::from(text.clone()), &|finding| {
                    let index: u32 = finding.id.trim_start_matches("CVE-1-").parse().unwrap();
                    (choice >> index & 1 == 1).then_some(0)
                });
                let value = value(&written);
                let (kept, ignored) = (list(&value, "matches").len(), list(&value, "ignoredMatches").len());
                assert_eq!(ignored, choice.count_ones() as usize);
                assert_eq!(kept + ignored, count);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Texts that are no reports never panic, and what is read is written back unchanged.
    #[test]
    fn anything_is_refused_or_written_back(text in r#"\{("matches"|"Results"|"runs"|"results"|"bomFormat"): ?[\[\]{},:"a1 \n]{0,30}\}?"#) {
        let text = Bytes::from(text);
        if read(text.clone(), "r.json").is_ok() {
            prop_assert!(apply(&text, &|_| None) == text);
            prop_assert!(read(apply(&text, &|_| Some(0)), "r.json").is_ok());
        }
    }
}
