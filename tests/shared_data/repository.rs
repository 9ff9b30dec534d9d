//! Cases of VEX repositories: which documents their indexes list, and the decision by these.

use dhi::vex::repository::{Repository, documents};
use dhi::vex::{Error, ImageFacts, Outcome, Scan, Scanned, ScannedKind};

use crate::apply;
use crate::case::{Case, Expected, Failure, expect};

pub(crate) fn run(case: &Case) -> Result<(), Failure> {
    let listed = case.input("repositories", &case.repositories)?;
    let repositories: Vec<Repository> = listed
        .iter()
        .map(|one| Repository::read(&one.name, &serde_json::to_vec(&one.index).unwrap()))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let package = apply::package(case.input("package_purl", &case.package_purl)?)?;
    let purl = package.purl.clone().unwrap();
    let finding = apply::finding_of(case.input("vuln_id", &case.vuln_id)?, package);
    let subject = Scanned { kind: ScannedKind::Files, ..Scanned::default() };
    let scan =
        Scan { subject, findings: vec![finding], suppressed_before: 0, graph: None, not_scanned: None };
    for (name, expected) in &case.expected {
        let profile = apply::profile(name)?;
        let expected = Expected::read(expected)?;
        let mut read = Vec::new();
        let mut sources = Vec::new();
        let mut reason = None;
        for (position, document) in documents(&repositories, &purl, profile) {
            match &document.path {
                Ok(path) => {
                    let file = listed[position].files.get(path.as_str());
                    let file = file.ok_or_else(|| format!("the case has no file `{}`", path.as_str()))?;
                    read.push(apply::read(file)?);
                    sources.push(position);
                }
                Err(Error::LocationOutsideRepository { .. }) => reason = Some("location-outside-repository"),
                Err(error) => return Err(Failure::Wrong(error.to_string())),
            }
        }
        let statements = apply::trusted(read);
        let decision = apply::decision(profile, &scan, &ImageFacts::default(), &statements)?;
        let Expected { filtered, by, status, grade, reason: expected_reason, statement, source, error } =
            expected;
        if by.is_some() || status.is_some() || grade.is_some() || statement.is_some() || error.is_some() {
            return Err(Failure::Wrong(format!("{name}: more is expected than is understood")));
        }
        if let Some(filtered) = filtered {
            expect(name, &filtered, &(decision.outcome == Outcome::Suppressed))?;
        }
        if let Some(expected) = expected_reason {
            let found = reason.or(decision.reason.map(dhi::vex::Inapplicable::id));
            expect("reason", &Some(expected.as_str()), &found)?;
        }
        if let Some(expected) = source {
            let by = decision.ruling.and_then(|ruling| sources.get(ruling.statement.source).copied());
            // As Trivy writes it; the case does not name the address.
            let found =
                by.map(|position| format!("VEX Repository: {} (<url>)", repositories[position].name()));
            expect("source", &Some(expected), &found)?;
        }
    }
    Ok(())
}
