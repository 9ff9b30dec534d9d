//! Changelogs: the changes since the previous image.

use serde::Deserialize;

use super::names;
use super::page::{Description, NameList, Page, TableBuilder};
use super::read::{Member, ShapeError, Text};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    change_categories: Member<'a>,
    #[serde(borrow)]
    previous_version: Member<'a>,
    #[serde(borrow)]
    changes: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Previous {
    tag: Text,
    digest: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changes<'a> {
    #[serde(borrow)]
    vulnerabilities_fixed: Member<'a>,
    #[serde(borrow)]
    packages_updated: Member<'a>,
    #[serde(borrow)]
    packages_added: Member<'a>,
    #[serde(borrow)]
    packages_removed: Member<'a>,
    #[serde(borrow)]
    environment_variables_changed: Member<'a>,
    #[serde(borrow)]
    labels_changed: Member<'a>,
    #[serde(borrow)]
    configuration_changed: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fixed {
    cve_id: Text,
    severity: Text,
    package: Text,
    fixed_in_version: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Package {
    name: Text,
    version: Text,
    old_version: Text,
    new_version: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Setting {
    change: Text,
    key: Text,
    from_value: Text,
    to_value: Text,
}

pub(super) fn summary(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Document<'_> = predicate.object().ok_or(ShapeError("a changelog is an object"))?;
    let changes: Changes<'_> = document.changes.object().ok_or(ShapeError("a changelog has `changes`"))?;
    let lists = [
        changes.vulnerabilities_fixed,
        changes.packages_updated,
        changes.packages_added,
        changes.packages_removed,
        changes.environment_variables_changed,
        changes.labels_changed,
        changes.configuration_changed,
    ];
    if lists.iter().any(|list| list.is_given() && !list.is_list()) {
        return Err(ShapeError("a member of `changes` is not a list"));
    }
    if lists.iter().all(|list| list.is_absent()) && document.changes.members(|_, _| ()) != Some(0) {
        return Err(ShapeError("`changes` has only unknown members"));
    }
    let mut parts = Vec::new();
    let mut count = |changed: Option<usize>, one: &str, several: &str, what: &str| match changed {
        None | Some(0) => {}
        Some(1) => parts.push(format!("1 {one} {what}")),
        Some(count) => parts.push(format!("{count} {several} {what}")),
    };

    let mut fixed =
        TableBuilder::new("vulnerabilities fixed", &["VULNERABILITY", "SEVERITY", "PACKAGE", "FIXED IN"]);
    let changed = changes.vulnerabilities_fixed.each_object(|one: Fixed| {
        fixed.add_row([
            one.cve_id.cell(),
            one.severity.cell(),
            one.package.cell(),
            one.fixed_in_version.cell(),
        ]);
    });
    count(changed, "vulnerability", "vulnerabilities", "fixed");

    let mut packages = TableBuilder::new("packages", &["PACKAGE", "CHANGE", "FROM", "TO"]);
    for (list, what) in [
        (changes.packages_updated, "updated"),
        (changes.packages_added, "added"),
        (changes.packages_removed, "removed"),
    ] {
        let changed = list.each_object(|package: Package| {
            let (from, to) = match what {
                "added" => (Text::default(), package.version),
                "removed" => (package.version, Text::default()),
                _ => (package.old_version, package.new_version),
            };
            packages.add_row([package.name.cell(), what.to_owned(), from.cell(), to.cell()]);
        });
        count(changed, "package", "packages", what);
    }

    let mut settings = TableBuilder::new("settings", &["SETTING", "CHANGE", "FROM", "TO"]);
    for (list, one, several) in [
        (changes.environment_variables_changed, "variable", "variables"),
        (changes.labels_changed, "label", "labels"),
        (changes.configuration_changed, "setting", "settings"),
    ] {
        let changed = list.each_object(|setting: Setting| {
            let name = format!("{one} {}", setting.key.cell());
            settings.add_row([
                name,
                setting.change.cell(),
                setting.from_value.cell(),
                setting.to_value.cell(),
            ]);
        });
        count(changed, one, several, "changed");
    }

    let previous: Previous = document.previous_version.object_or_empty();
    let mut categories = NameList::default();
    document.change_categories.each(|category| categories.add(category.text().cell().replace('_', " ")));
    let mut page = Page::default();
    page.add_text("since", &previous.tag);
    page.add_fact("since digest", previous.digest.get().map(names::short).unwrap_or_default());
    page.add_fact("categories", categories.join());
    page.add_table(fixed);
    page.add_table(packages);
    page.add_table(settings);
    let line = if parts.is_empty() { "no changes".to_owned() } else { parts.join(", ") };
    Ok(Description { line, page })
}
