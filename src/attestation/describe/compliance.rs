//! Compliance: FIPS modules and STIG profiles. One module is described by name, several only by counts.

use serde::Deserialize;

use super::page::{Description, KindCounts, NameList, Page, TableBuilder, plural};
use super::read::{Member, ShapeError, Text};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Module {
    name: Text,
    version: Text,
    package: Text,
    standard: Text,
    certification: Text,
    certification_url: Text,
    status: Text,
    sunset_date: Text,
}

impl Module {
    fn certificate(&self) -> &str {
        self.certification.get().map(|name| name.trim_start_matches("CMVP").trim_start()).unwrap_or_default()
    }

    fn line(&self) -> String {
        let words = |words: &[Option<&str>]| {
            words.iter().flatten().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        };
        let parts = [
            words(&[self.name.get(), self.version.get()]),
            words(&[self.standard.get(), Some(self.certificate())]),
            self.status.get().unwrap_or("status unknown").to_owned(),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

pub(super) fn fips(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let mut list = TableBuilder::new("modules", &["MODULE", "VERSION", "CERTIFICATE", "STATUS", "SUNSET"]);
    let (mut statuses, mut first) = (KindCounts::default(), None);
    let modules = predicate.each_object(|module: Module| {
        statuses.add(module.status.get().unwrap_or("of unknown status"));
        let certificate = Text::from(module.certificate()).cell();
        list.add_row([
            module.name.cell(),
            module.version.cell(),
            certificate,
            module.status.cell(),
            module.sunset_date.cell(),
        ]);
        first.get_or_insert(module);
    });
    let modules = modules.ok_or(ShapeError("FIPS compliance is a list of modules"))?;
    let mut page = Page::default();
    let line = match (modules, &first) {
        (1, Some(module)) => {
            page.add_text("module", &module.name);
            page.add_text("version", &module.version);
            page.add_text("package", &module.package);
            page.add_text("standard", &module.standard);
            page.add_text("certificate", &module.certification);
            page.add_text("certificate at", &module.certification_url);
            page.add_text("status", &module.status);
            page.add_text("sunset", &module.sunset_date);
            module.line()
        }
        (0, _) => "no modules".to_owned(),
        _ => {
            page.add_table(list);
            format!("{modules} modules: {}", statuses.join())
        }
    };
    Ok(Description { line, page })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile<'a> {
    name: Text,
    version: Text,
    #[serde(borrow)]
    summary: Member<'a>,
    #[serde(borrow)]
    output: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Score<'a> {
    #[serde(borrow)]
    default_score: Member<'a>,
    #[serde(borrow)]
    max_default_score: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Output {
    format: Text,
}

pub(super) fn stig(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let mut list = TableBuilder::new("profiles", &["PROFILE", "VERSION", "SCORE", "RESULTS", "OUTPUTS"]);
    let (mut lowest, mut unscored): (Option<(f64, String)>, usize) = (None, 0);
    let profiles = predicate.each_object(|profile: Profile<'_>| {
        let score: Score<'_> = profile.summary.object_or_empty();
        let (got, most) = (score.default_score.text(), score.max_default_score.text());
        let shown = match (got.get(), most.get()) {
            (Some(got), Some(most)) => format!("{got} of {most}"),
            (Some(got), None) => got.to_owned(),
            (None, _) => "-".to_owned(),
        };
        match got.get().and_then(|got| got.parse::<f64>().ok()) {
            Some(got) => {
                let part = most.get().and_then(|most| most.parse::<f64>().ok()).filter(|most| *most > 0.0);
                let part = got / part.unwrap_or(100.0);
                if lowest.as_ref().is_none_or(|(least, _)| part < *least) {
                    lowest = Some((part, shown.clone()));
                }
            }
            None => unscored += 1,
        }
        // The names of the other counters are not published.
        let (mut counters, mut outputs) = (NameList::default(), NameList::default());
        profile.summary.members(|name, value| {
            if !matches!(name, "defaultScore" | "maxDefaultScore")
                && let Some(count) = value.number()
            {
                counters.add(format!("{count} {name}"));
            }
        });
        profile.output.each_object(|output: Output| outputs.add(output.format.cell()));
        list.add_row([profile.name.cell(), profile.version.cell(), shown, counters.join(), outputs.join()]);
    });
    let profiles = profiles.ok_or(ShapeError("a STIG scan is a list of profiles"))?;
    let many = plural(profiles, "profile");
    let line = match lowest {
        _ if profiles == 0 => "no profiles".to_owned(),
        None => format!("no score, {many}"),
        Some((_, score)) => {
            let lowest = if profiles > 1 { "lowest score" } else { "score" };
            let unscored = if unscored > 0 { format!(", {unscored} without score") } else { String::new() };
            format!("{lowest} {score}, {many}{unscored}")
        }
    };
    let mut page = Page::default();
    page.add_fact("profiles", profiles.to_string());
    page.add_table(list);
    Ok(Description { line, page })
}
