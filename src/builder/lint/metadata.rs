//! What describes an image: names, tags, dates, annotations, and what it starts.

use super::linter::{Linter, shown};
use crate::builder::definition::{Family, Keyword, Kind, OsRelease, Rule, Severity, Variant};

/// The annotations that an image needs, and what they hold.
const ANNOTATIONS: &[(&str, &str)] = &[
    ("org.opencontainers.image.description", "a description"),
    ("org.opencontainers.image.licenses", "its licenses"),
];

pub(super) fn check(linter: &mut Linter<'_>) {
    check_directory(linter);
    check_distribution(linter);
    check_end_of_life(linter);
    check_date_order(linter);
    if !linter.is_image() {
        return;
    }
    let definition = linter.definition;
    let is_misspelled = ["entrypoint", "cmd"].iter().any(|key| linter.unread.is_misspelled(key));
    if definition.entrypoint.is_empty() && definition.cmd.is_empty() && !is_misspelled {
        let message = "the image has neither `entrypoint` nor `cmd`";
        linter.find(Rule::NO_ENTRYPOINT, linter.head(), message);
    }
    let is_misspelled = linter.unread.is_misspelled("annotations");
    for (key, what) in ANNOTATIONS {
        if definition.annotations.get(key).is_none() && !is_misspelled {
            let message = format!("the image has no annotation `{key}`, {what}");
            linter.find(Rule::NO_ANNOTATION, linter.head(), message);
        }
    }
    if definition.variant() == Variant::Dev && definition.suffix.is_none() {
        for tag in definition.tags.iter().filter(|tag| tag.value.is_some()) {
            if !tag.as_str().ends_with("-dev") {
                let message = format!("`{}` is the tag of a dev image", shown(tag.as_str()));
                let finding = linter.finding(Rule::DEV_TAG, tag.text.range.clone(), message);
                linter.report(finding.label("it does not end in `-dev`"));
            }
        }
    }
}

/// In a repository of definitions, `image/NAME/…/FILE` makes the image `NAME`. Packages and charts have a prefix or a
/// suffix there.
fn check_directory(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    let Some(image) = definition.image.as_ref().filter(|_| definition.kind() == Kind::Image) else { return };
    let path: Vec<&str> = linter.surroundings.file.split('/').collect();
    // `image`, the name, the distribution and the file.
    let Some(&["image", directory, distribution, _]) = path.last_chunk::<4>() else { return };
    let is_release = ["debian-", "alpine-"].iter().any(|family| distribution.starts_with(family));
    let name = image.rsplit('/').next().unwrap_or_default();
    if is_release && name != directory {
        let message = format!(
            "the image is `{}`, and its directory `{}`",
            shown(image),
            shown(&format!("image/{directory}"))
        );
        linter.find(Rule::IMAGE_DIRECTORY, image.range.clone(), message);
    }
}

fn check_distribution(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    let (Some(directive), Some(release)) = (&definition.directive, &definition.os_release) else { return };
    let OsRelease { id: Some(id), version_id: Some(version), .. } = release else { return };
    let is_same_family = match directive.family {
        Family::Helm => return,
        family => id.value == family.as_str(),
    };
    if is_same_family && version.value == directive.release {
        return;
    }
    let message = format!(
        "the frontend is for {} {}, and the image is {} {}",
        directive.family,
        directive.release,
        shown(id),
        shown(version)
    );
    let mut finding = linter.finding(Rule::OTHER_DISTRIBUTION, version.range.clone(), message);
    // The frontend of another Alpine release makes the same image: the repositories decide.
    if is_same_family && directive.family == Family::Alpine {
        finding.severity = Severity::Note;
    }
    linter.report(finding);
}

/// Whether the end of life is absent because of an error.
fn has_unread_dates(linter: &Linter<'_>) -> bool {
    let dates = linter.definition.dates.as_ref();
    linter.unread.is_misspelled("dates") || dates.is_some_and(|dates| linter.unread.is_in(&dates.range))
}

/// Ends before the release.
fn check_date_order(linter: &mut Linter<'_>) {
    let Some(dates) = &linter.definition.dates else { return };
    let Some(release) = dates.release.as_ref().and_then(|date| date.value) else { return };
    for (key, end) in [("end-of-life", &dates.end_of_life), ("end-of-support", &dates.end_of_support)] {
        let Some(end) = end else { continue };
        if end.value.is_some_and(|date| date < release) {
            let message = format!("`{key}` {} is before the release on {release}", end.as_str());
            linter.find(Rule::DATE_ORDER, end.text.range.clone(), message);
        }
    }
}

fn check_end_of_life(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    let written = definition.dates.as_ref().and_then(|dates| dates.end_of_life.as_ref());
    match written {
        Some(date) => {
            let past = date.value.filter(|date| date.day() < linter.surroundings.today);
            if past.is_some() {
                let message = format!("this version has had no updates since {}", date.as_str());
                linter.find(Rule::END_OF_LIFE, date.text.range.clone(), message);
            }
        }
        None if linter.is_image() && !has_unread_dates(linter) => {
            linter.find(Rule::NO_END_OF_LIFE, linter.head(), "the image has no `end-of-life` in `dates`");
        }
        None => {}
    }
}
