//! The pipeline formats of a scan: SARIF with a run for each image, JUnit XML with suites for each, annotations of
//! GitHub for all together, and Markdown.

use std::fmt::Write as _;

use super::run::{ScanRun, ScannedImage};
use super::words::{kind, summary};
use crate::evidence::ConclusionKind;
use crate::oci::Reference;
use crate::report::github::line;
use crate::report::junit::Names;
use crate::report::markdown::{cell, code, html, prose};
use crate::report::style::printable;
use crate::report::vex::github::{annotations, limited, printable_lines};
use crate::report::vex::junit::{self, Suite};
use crate::report::vex::{markdown, sarif};
use crate::report::{Severity, Style, render_diagnostic};

/// The runs that GitHub accepts in one file of SARIF.
pub const SARIF_RUNS: usize = 20;

/// SARIF. An image without findings that are known has no run: an upload without its results would close its alerts.
pub(super) fn sarif(run: &ScanRun<'_>) -> String {
    let mut runs = Vec::new();
    for (image, category) in run.images.iter().zip(categories(&run.images)) {
        if let Ok(applied) = &image.result {
            runs.push(sarif::run_text(applied, Some(&category), runs.is_empty()));
        }
    }
    sarif::document(&runs)
}

/// The categories of the alerts of the images, in their order: the repository, without tag and digest. A category stays
/// the same when the image changes, since alerts are closed only by results of the same category. Several images of one
/// repository have their tags in it.
fn categories(images: &[ScannedImage<'_>]) -> Vec<String> {
    let names: Vec<String> = images.iter().map(|image| repository(&image.reference)).collect();
    let category = |(name, image): (&String, &ScannedImage<'_>)| {
        let is_shared = names.iter().filter(|other| *other == name).count() > 1;
        format!("dhi-scan/{}/", if is_shared { without_digest(&image.reference) } else { name })
    };
    names.iter().zip(images).map(category).collect()
}

fn repository(reference: &str) -> String {
    match reference.parse::<Reference>() {
        Ok(parsed) => parsed.repository.to_string(),
        Err(_) => without_digest(reference).to_owned(),
    }
}

fn without_digest(reference: &str) -> &str {
    reference.split_once('@').map_or(reference, |(name, _)| name)
}

pub(super) fn junit(run: &ScanRun<'_>) -> String {
    let mut names = Names::default();
    let mut suites = Vec::new();
    for image in &run.images {
        match &image.result {
            Ok(applied) => suites.extend(junit::suites(applied, Some(&image.reference), &mut names)),
            Err(diagnostic) => {
                let code = diagnostic.code.as_str();
                suites.push(Suite::broken(&image.reference, code, &diagnostic.message, &mut names));
            }
        }
    }
    junit::document(&format!("dhi: {}  {}", kind(&run.images).as_str(), summary(&run.images)), &suites)
}

pub(super) fn github(run: &ScanRun<'_>) -> String {
    let (mut errors, mut warnings, mut lines) = (Vec::new(), Vec::new(), vec![summary(&run.images)]);
    for image in &run.images {
        match &image.result {
            Ok(applied) => {
                let mut one = annotations(applied, Some(&image.reference));
                errors.append(&mut one.errors);
                warnings.append(&mut one.warnings);
                let about = image
                    .origin()
                    .into_iter()
                    .chain(one.notice)
                    .map(|line| format!("{}: {line}", image.reference));
                lines.extend(about);
            }
            Err(diagnostic) => {
                let scope = [image.reference.as_str()];
                let text =
                    render_diagnostic(Severity::Error, diagnostic, &scope, run.texts, Style::default());
                errors.push(line("error", None, diagnostic.code.as_str(), text.trim_end()));
            }
        }
    }
    let notice = line("notice", None, kind(&run.images).as_str(), &printable_lines(&lines));
    limited("error", &errors) + &limited("warning", &warnings) + &notice
}

pub(super) fn markdown(run: &ScanRun<'_>) -> String {
    let mut out = format!("## dhi scan: {}  {}\n\n", kind(&run.images).as_str(), summary(&run.images));
    out.push_str(
        "| verdict | image | found | suppressed | remain | for the gate |\n|---|---|---|---|---|---|\n",
    );
    for image in &run.images {
        out.push_str(&row(image));
    }
    for image in &run.images {
        let said = [image.claim(), image.origin()].into_iter().flatten();
        let said: String = said.map(|line| format!("* {}\n", prose(&printable(&line)))).collect();
        let body = match &image.result {
            Ok(applied) => markdown::body(applied),
            Err(diagnostic) => {
                let hint = run.texts.hint(diagnostic).map(|hint| format!(" ({})", prose(&hint)));
                format!(
                    "\n`{}`: {}{}\n",
                    diagnostic.code,
                    prose(&diagnostic.message),
                    hint.unwrap_or_default()
                )
            }
        };
        // A summary shows what does not pass; the rest is folded.
        let (open, close) = match image.kind() {
            ConclusionKind::Pass => {
                (format!("\n<details><summary>{}</summary>\n\n", html(&image.reference)), "\n</details>\n")
            }
            _ => (format!("\n### {}\n\n", code(&image.reference)), ""),
        };
        let _ = write!(out, "{open}{said}{body}{close}");
    }
    out
}

fn row(image: &ScannedImage<'_>) -> String {
    let (verdict, name) = (image.kind().as_str(), cell(&image.reference));
    match &image.result {
        Err(diagnostic) => format!("| **{verdict}** | {name} | `{}` | - | - | - |\n", diagnostic.code),
        Ok(run) => {
            let [before, after] = image.severities();
            let gate = if run.result.is_set { run.result.counting.len().to_string() } else { "-".to_owned() };
            let suppressed = run.counts().suppressed;
            format!(
                "| **{verdict}** | {name} | {} | {suppressed} | {} | {gate} |\n",
                before.words(),
                after.words()
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic};

    #[test]
    fn categories_stay_when_an_image_changes() {
        let diagnostic = Diagnostic::new(Code::ATTEST_NONE, "x");
        let image = |reference: &str| ScannedImage {
            reference: reference.to_owned(),
            digest: None,
            source: None,
            evidence: None,
            base: None,
            result: Err(&diagnostic),
        };
        let of = |references: &[&str]| {
            categories(&references.iter().map(|reference| image(reference)).collect::<Vec<_>>())
        };
        let digest = format!("sha256:{}", "a".repeat(64));
        let (api, one) = ("ghcr.io/acme/api", ["dhi-scan/ghcr.io/acme/api/"]);
        for reference in [api, &format!("{api}:1"), &format!("{api}:2@{digest}"), &format!("{api}@{digest}")]
        {
            assert_eq!(of(&[reference]), one);
        }
        assert_eq!(of(&["python:3.13"]), ["dhi-scan/docker.io/library/python/"]);
        assert_eq!(
            of(&["ghcr.io/acme/api:1", "ghcr.io/acme/web:1", "ghcr.io/acme/api:2"]),
            ["dhi-scan/ghcr.io/acme/api:1/", "dhi-scan/ghcr.io/acme/web/", "dhi-scan/ghcr.io/acme/api:2/"]
        );
    }
}
