//! Everything else about one finding: its names, its package, the statement that decided, the closest one, warnings.

use super::facts::Facts;
use super::writer::{Html, Tag, class};
use crate::report::vex::run::{AppliedRun, DecidedFinding};
use crate::report::vex::wording::{Difference, equivalence, label, signer, warning};
use crate::vex::{Justification, NearMiss, Ruling};

/// The folded details of a finding.
pub(super) fn details(html: &mut Html, found: &DecidedFinding<'_>, run: &AppliedRun<'_>) {
    html.element(Tag::Details, &[], |html| {
        html.element(Tag::Summary, &[], |html| {
            html.sentence("Details");
            html.element(Tag::Span, &[class("hidden")], |html| {
                html.sentence(" of ");
                html.name(&found.finding.id);
            });
        });
        let mut facts = of_finding(found);
        match (&found.decision.ruling, &found.decision.near_miss) {
            (Some(ruling), _) => of_ruling(ruling, run, &mut facts),
            (None, Some(near)) => of_nearest(near, run, &mut facts),
            (None, None) => {}
        }
        for one in &found.decision.warnings {
            facts.say("warning", warning(one, run.statements()));
        }
        facts.write(html);
    });
}

fn of_finding(found: &DecidedFinding<'_>) -> Facts {
    let (finding, package) = (found.finding, &found.finding.package);
    let mut facts = Facts::default();
    facts.say("also known as", finding.aliases.join(", "));
    facts.code("package URL", package.purl.as_ref().map(ToString::to_string).unwrap_or_default());
    let sources = package.sources.iter().map(|source| match &source.version {
        Some(version) => format!("{} {version}", source.name),
        None => source.name.clone(),
    });
    facts.say("source package", sources.collect::<Vec<_>>().join(", "));
    facts.say("found in", package.locations.join(", "));
    let scores: Vec<String> =
        finding.scores.iter().filter(|score| score.is_finite()).map(|score| format!("{score:.1}")).collect();
    facts.say("CVSS", scores.join(", "));
    let epss = finding.epss.filter(|epss| epss.is_finite());
    facts.say("EPSS", epss.map(|epss| format!("{:.2} %", epss * 100.0)).unwrap_or_default());
    facts.say(
        "published",
        finding.published.map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default(),
    );
    facts
}

fn of_ruling(ruling: &Ruling, run: &AppliedRun<'_>, facts: &mut Facts) {
    let Some((document, statement)) = run.statements().get(ruling.statement) else { return };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    facts.say("justification", ruling.justification.map_or("", Justification::as_str));
    facts.say("impact", text(&statement.impact_statement));
    facts.say("action", text(&statement.action_statement));
    facts.say("notes", text(&statement.status_notes));
    facts.code("product", ruling.product.clone());
    facts.code("subcomponent", text(&ruling.subcomponent));
    facts.say("match", ruling.grade.to_string());
    let equal: Vec<&str> = ruling.equivalences.iter().map(|one| equivalence(*one)).collect();
    facts.say("accepted as equal", equal.join("; "));
    facts.say("signed by", signer(&document.source.trust));
    facts.say("author", text(&document.document.author));
    facts.code("document", document.source.digest.get().to_string());
    facts.code("statement id", text(&statement.id));
}

fn of_nearest(near: &NearMiss, run: &AppliedRun<'_>, facts: &mut Facts) {
    facts.code("nearest statement", label(near.statement, run.statements()));
    facts.say("differs in", Difference::of(&near.part).line());
    facts.code("its product", near.component.clone());
}
