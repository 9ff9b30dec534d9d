//! The tables for people, in every situation and for every kind of output: piped, narrow, usual and wide terminals,
//! with and without colour.

mod pipelines;
pub(crate) mod situations;

use dhi::cli::CommandHints;
use dhi::report::{self, Layout, Style, VerifyRenderer};

use situations::{Situation, situations};

const WIDTHS: [Option<usize>; 4] = [None, Some(40), Some(80), Some(200)];

/// A table and what it is about.
type Rendered = (&'static str, String);

/// Each table about a situation: of all images, and of the base and the attestations of the first one.
fn tables(situation: &Situation, style: Style) -> Vec<Rendered> {
    let references = situation.images.iter().map(|image| image.reference.to_string());
    let layout = Layout::for_references(references, false, false);
    let mut tables = vec![(
        "verify",
        VerifyRenderer::table(situation.run(), layout, style).render(&situation.images, &[]),
    )];
    let Some(image) = situation.images.first() else { return tables };
    let Some(evidence) = image.result.as_ref().ok().and_then(|(source, _)| source.evidence()) else {
        return tables;
    };
    tables
        .extend(image.base.iter().map(|proof| ("base", report::base(evidence, proof, &CommandHints, style))));
    tables.push(("attest list", report::list(evidence, style, &CommandHints)));
    tables
}

/// Digests and IDs of keys as one letter: the keys of some situations are new in each run.
pub(crate) fn masked(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_hex) {
        let (before, found) = rest.split_at(start);
        let (hex, after) = found.split_at(found.find(|c| !is_hex(c)).unwrap_or(found.len()));
        out.push_str(before);
        out.push_str(&if matches!(hex.len(), 12 | 64) { "h".repeat(hex.len()) } else { hex.to_owned() });
        rest = after;
    }
    out + rest
}

fn without_codes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let plain = parts.next().unwrap_or_default().to_owned();
    parts.fold(plain, |plain, part| plain + part.split_once('m').unwrap().1)
}

fn width_of(line: &str) -> usize {
    line.chars().count()
}

#[test]
fn tables_match_their_snapshots() {
    for situation in situations() {
        let mut text = String::new();
        for width in WIDTHS {
            let columns = width.map_or("piped".to_owned(), |width| format!("{width} columns"));
            for (name, table) in tables(situation, Style { width, ..Style::default() }) {
                text.push_str(&format!("==== {name}, {columns}\n{}", masked(&table)));
            }
        }
        let name = situation.name;
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, text);
        });
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for situation in situations() {
        let with_width = |width| tables(situation, Style { width: Some(width), ..Style::default() });
        let narrowest = with_width(1);
        for width in WIDTHS.into_iter().flatten() {
            for ((name, table), (_, narrowest)) in with_width(width).into_iter().zip(&narrowest) {
                // A line of a row that no terminal can make narrower, since words are not broken.
                let rows = narrowest.lines().filter(|line| line.starts_with("  "));
                let least = rows.map(width_of).max().unwrap_or(0);
                for line in table.lines().filter(|line| width_of(line) > width) {
                    // A word that is not broken, alone or beside its label.
                    let is_word = line.split_whitespace().count() <= 2;
                    let context = (situation.name, name, width);
                    assert!(
                        is_word || line.starts_with("  ") && width_of(line) <= least,
                        "{context:?}: {line}\n{table}"
                    );
                }
            }
        }
    }
}

#[test]
fn usual_tables_fit_80_columns() {
    for situation in
        situations().iter().filter(|situation| ["all-pass", "one-fails"].contains(&situation.name))
    {
        let (_, piped) = &tables(situation, Style::default())[0];
        for line in piped.lines().filter(|line| line.starts_with("  ") && !line.contains("hint:")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn color_and_ascii_change_no_word() {
    for situation in situations() {
        for width in WIDTHS {
            let plain = Style { width, ..Style::default() };
            let all = tables(situation, plain);
            for ((name, colored), (_, text)) in
                tables(situation, Style { color: true, ..plain }).into_iter().zip(&all)
            {
                assert_eq!(without_codes(&colored), *text, "{} {name}", situation.name);
            }
            for (name, ascii) in tables(situation, Style { ascii: true, ..plain }) {
                assert!(ascii.is_ascii(), "{} {name}: {ascii}", situation.name);
            }
        }
    }
}

#[test]
fn the_last_line_is_the_verdict() {
    for situation in situations() {
        let verdict = situation.tally().conclusion().to_string();
        for (name, table) in tables(situation, Style::default()) {
            let last = table.lines().last().unwrap();
            let is_verdict = match name {
                "verify" => last.starts_with(&verdict) && last.contains(situation.policies.as_str()),
                "base" => ["pass  ", "fail  ", "unknown  "].iter().any(|word| last.starts_with(word)),
                _ => last.contains("attestation"),
            };
            assert!(is_verdict, "{} {name}: {last}", situation.name);
        }
    }
}

#[test]
fn piped_tables_have_each_cell_on_one_line() {
    for situation in situations() {
        let piped = tables(situation, Style::default());
        let wide = tables(situation, Style { width: Some(100_000), ..Style::default() });
        assert_eq!(piped, wide, "{}", situation.name);
    }
}

/// The size of the terminal is that of the device, and `COLUMNS` wins.
#[cfg(unix)]
#[test]
fn the_width_of_a_terminal_is_used() {
    use crate::support::env::{KEY, ROOT, TestEnv};
    use crate::support::terminal::Terminal;

    let env = TestEnv::new();
    let shown = |columns: u16, variable: Option<&str>| {
        let arguments = ["verify", "--key", KEY, "--trusted-root", ROOT, "oci:fixtures/bad/wrong-key"];
        let mut command = env.command(&arguments);
        command.env("NO_COLOR", "1").env("CI", "1");
        command.envs(variable.map(|variable| ("COLUMNS", variable)));
        let (status, shown) = Terminal::of_width(columns, command).end();
        assert_eq!(status.code(), Some(4), "{shown}");
        shown.replace('\r', "")
    };
    let fact = "  signed by    15dbf9a9a48b  (named by its log entry)\n";
    let wrapped = "  signed by    15dbf9a9a48b  (named by\n               its log entry)\n";
    let (narrow, wide) = (shown(40, None), shown(200, None));
    assert!(narrow.contains(wrapped), "{narrow}");
    assert!(wide.contains(fact) && wide.contains("`--attestor-key FILE`, or `--key FILE`\n"), "{wide}");
    assert_eq!(shown(200, Some("40")), narrow);
    assert_eq!(shown(40, Some("200")), wide);
    // A pipe has no width.
    let piped = env.verify(&["oci:fixtures/bad/wrong-key"]).stdout;
    assert_eq!(wide, piped);
}
