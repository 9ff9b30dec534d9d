//! Decisions in the profiles of scanners.

use crate::vex::matching::go_vex::{Identifier, component_matches};
use crate::vex::{
    Component, ComponentGrade, Considered, Decision, Finding, Grade, Identity, ImageFacts, Inapplicable,
    Outcome, Product, ProductGrade, Profile, Rules, Ruling, Scan, StatementSet,
};

use super::answer::{EngineAnswer, EngineOutcome, EngineWhy};
use super::candidates::{Candidate, Candidates};
use super::go_vex::GoVex;
use super::grype::Grype;
use super::trivy::Trivy;
use super::unverified::Verification;

/// Decides about each finding as the scanner of the profile does, in the order of the findings. A finding is kept where
/// the report lacks the facts, and where the scanner stops with an error. The profile of this program is no scanner's:
/// everything is kept.
pub fn decide(scan: &Scan, facts: &ImageFacts, statements: &StatementSet, rules: &Rules) -> Vec<Decision> {
    let candidates = Candidates::of_scan(statements, scan, facts);
    let verification = Verification::new(scan, facts, statements);
    let answer_all = |answer: &dyn Fn(&Finding) -> EngineAnswer| {
        let decided = scan
            .findings
            .iter()
            .map(|finding| decision(finding, answer(finding), &candidates, &verification));
        decided.collect()
    };
    match rules.profile {
        Profile::Grype => {
            let grype = Grype::new(&candidates, scan);
            answer_all(&|finding| grype.answer(finding))
        }
        Profile::Trivy => {
            let trivy = Trivy::new(&candidates, scan);
            answer_all(&|finding| trivy.answer(finding))
        }
        Profile::OpenVex => {
            let go_vex = GoVex::new(&candidates, scan);
            answer_all(&|finding| go_vex.answer(finding))
        }
        Profile::Dhi => answer_all(&|_| EngineAnswer::kept(EngineWhy::NoDocument)),
    }
}

fn decision(
    finding: &Finding,
    answer: EngineAnswer,
    candidates: &Candidates<'_>,
    verification: &Verification<'_>,
) -> Decision {
    let found = candidates.of(&finding.id);
    let withheld = candidates.withheld(&finding.id);
    let ruling = answer.by.and_then(|at| found.iter().find(|one| one.at == at));
    let reason = match withheld.first() {
        _ if ruling.is_some() => None,
        Some((_, refused)) if found.is_empty() => Some(*refused),
        _ => reason(answer),
    };
    let package = finding.package.purl.as_ref().map(Identifier::from);
    let is_about = |one: &Candidate<'_>| {
        answer.by == Some(one.at)
            || package.as_ref().is_some_and(|package| one.product(package, None).is_some())
    };
    let considered = |one: &Candidate<'_>, inapplicable| Considered {
        statement: one.at,
        status: one.statement.status,
        timestamp: one.statement.timestamp,
        inapplicable,
        differs: None,
    };
    let other = reason.unwrap_or(Inapplicable::NoProductMatch);
    let counted = found.iter().map(|one| considered(one, (!is_about(one)).then_some(other)));
    let withheld = withheld.iter().map(|(one, refused)| considered(one, Some(*refused)));
    let suppressed = answer.outcome == EngineOutcome::Suppressed;
    Decision {
        outcome: if suppressed { Outcome::Suppressed } else { Outcome::Kept },
        ruling: ruling.map(|one| ruling_of(one, finding, answer.why)),
        reason,
        conflict: false,
        considered: counted.chain(withheld).collect(),
        near_miss: None,
        warnings: ruling.map_or_else(Vec::new, |one| verification.warnings(finding, one, found, answer.why)),
    }
}

/// Why no statement decides. `None`: one does, and keeps.
fn reason(answer: EngineAnswer) -> Option<Inapplicable> {
    match (answer.outcome, answer.why) {
        (EngineOutcome::Error, _) => Some(Inapplicable::ScannerError),
        (EngineOutcome::Unknown, _) => Some(Inapplicable::ScannerUnknown),
        (_, EngineWhy::NoDocument | EngineWhy::NoStatement | EngineWhy::OtherId) => {
            Some(Inapplicable::NoStatement)
        }
        (_, EngineWhy::UnassessedPath) => Some(Inapplicable::ReachableViaUnassessedPath),
        (_, EngineWhy::Package | EngineWhy::Image) => None,
        _ => Some(Inapplicable::NoProductMatch),
    }
}

/// How a statement applies, by the product that matches.
fn ruling_of(one: &Candidate<'_>, finding: &Finding, why: EngineWhy) -> Ruling {
    let statement = one.statement;
    let package = finding.package.purl.as_ref().map(Identifier::from);
    let package = package.as_ref();
    let products = statement.products.get();
    let listed = |product: &&Product| {
        product.subcomponents.is_empty()
            || package.is_none_or(|package| {
                product.subcomponents.iter().any(|component| component_matches(component, package))
            })
    };
    let is_package =
        |product: &&Product| package.is_some_and(|package| component_matches(&product.component, package));
    let about_package = products.iter().find(is_package);
    let (product, grade) = match (about_package, why) {
        (Some(product), _) => (Some(product), ProductGrade::Package(component_grade(&product.component))),
        (None, EngineWhy::EveryPath) => (products.iter().find(listed), ProductGrade::Ancestor),
        (None, _) => {
            let product = products.iter().find(listed);
            (product, product.map_or(ProductGrade::Scanned, |product| image_grade(&product.component)))
        }
    };
    let subcomponent = product.filter(|_| about_package.is_none()).and_then(|product| {
        product
            .subcomponents
            .iter()
            .find(|component| package.is_some_and(|package| component_matches(component, package)))
    });
    Ruling {
        statement: one.at,
        status: statement.status,
        justification: statement.justification,
        timestamp: statement.timestamp,
        product: product.and_then(|product| written(&product.component)).unwrap_or_default(),
        subcomponent: subcomponent.and_then(written),
        grade: Grade { product: grade, component: subcomponent.map(component_grade) },
        equivalences: Vec::new(),
    }
}

fn written(component: &Component) -> Option<String> {
    component.identities.iter().find_map(|identity| match identity {
        Identity::Purl { text, .. } | Identity::Hash(text) | Identity::Cpe(text) | Identity::Text(text) => {
            Some(text.clone())
        }
        Identity::BomLink { bom_ref, .. } => bom_ref.clone(),
    })
}

fn component_grade(component: &Component) -> ComponentGrade {
    let versioned = component
        .identities
        .iter()
        .any(|identity| matches!(identity, Identity::Purl { purl, .. } if purl.version().is_some()));
    if versioned { ComponentGrade::Package } else { ComponentGrade::PackageAnyVersion }
}

/// The grade of a product that is an image, by its form.
fn image_grade(component: &Component) -> ProductGrade {
    let purl = component.identities.iter().find_map(|identity| match identity {
        Identity::Purl { purl, .. } => Some(purl),
        _ => None,
    });
    match purl {
        None if component
            .identities
            .iter()
            .any(|identity| matches!(identity, Identity::Text(text) if !text.contains('@'))) =>
        {
            ProductGrade::ImageTag
        }
        None => ProductGrade::ImageDigest,
        Some(purl) if !matches!(purl.kind(), "oci" | "docker") => ProductGrade::Scanned,
        Some(purl) if purl.version().is_some() => ProductGrade::ImageDigest,
        Some(purl) if purl.qualifier("tag").is_some() => ProductGrade::ImageTag,
        Some(purl) if purl.qualifier("repository_url").is_some() || purl.name().contains('/') => {
            ProductGrade::ImageAny
        }
        Some(_) => ProductGrade::ImageNameOnly,
    }
}
