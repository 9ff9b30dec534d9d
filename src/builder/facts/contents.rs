//! What an image or a stage is filled with.

use std::collections::{HashMap, HashSet};

use super::aspect::Aspect;
use super::fact::{Fact, texts, words, written};
use crate::builder::definition::{
    Artifact, Contents, FileSource, ImageSource, PackageRequest, PackageRequestKind, PathEntry,
    RepositoryLine, Typed,
};

/// The facts of `contents`, of the definition or of a stage.
pub(super) fn facts(contents: &Contents, stage: Option<&str>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = contents.repositories.iter().map(|line| repository(line, stage)).collect();
    facts.extend(contents.keyring.iter().map(|key| Fact::new(Aspect::Key, stage, written(key))));
    facts.extend(packages(&contents.packages, stage));
    facts.extend(contents.mappings.iter().map(|entry| {
        let fact = Fact::new(Aspect::Mapping, stage, entry.name.value.as_str());
        fact.with_text("purl", Some(&entry.value))
    }));
    facts.extend(contents.files.iter().map(|source| file(source, stage)));
    facts.extend(contents.artifacts.iter().map(|source| artifact(source, stage)));
    facts
}

fn repository(line: &Typed<RepositoryLine>, stage: Option<&str>) -> Fact {
    let name = |line: &RepositoryLine| match line {
        RepositoryLine::Apk(url) => url.to_string(),
        RepositoryLine::Deb(deb) => {
            let mut name = format!("{} {}", deb.url, deb.suite);
            for component in &deb.components {
                name.push(' ');
                name.push_str(component);
            }
            name
        }
    };
    match &line.value {
        Some(value @ RepositoryLine::Deb(deb)) => {
            let fact = Fact::new(Aspect::Repository, stage, name(value)).with("type", Some("deb"));
            fact.with_list("signed-by", deb.signed_by.clone()).similar_to(deb.url.host())
        }
        Some(value @ RepositoryLine::Apk(url)) => {
            let fact = Fact::new(Aspect::Repository, stage, name(value)).with("type", Some("apk"));
            fact.similar_to(without_digits(url.as_str()))
        }
        None => Fact::new(Aspect::Repository, stage, line.as_str()),
    }
}

/// One fact for each package. Several entries for one package are requirements that all hold.
fn packages(requests: &[Typed<PackageRequest>], stage: Option<&str>) -> Vec<Fact> {
    let mut packages: Vec<(Aspect, &str, Vec<String>)> = Vec::new();
    let mut places: HashMap<(Aspect, &str), usize> = HashMap::new();
    let mut known: HashSet<(usize, String)> = HashSet::new();
    for request in requests {
        let (aspect, name) = match &request.value {
            Some(request) if request.is_excluded() => (Aspect::Exclusion, request.name.as_str()),
            Some(request) => (Aspect::Package, request.name.as_str()),
            None => (Aspect::Package, request.as_str()),
        };
        let version = request.value.as_ref().and_then(|request| match &request.kind {
            PackageRequestKind::Any | PackageRequestKind::Excluded => None,
            PackageRequestKind::Version(version) => Some(version.clone()),
            PackageRequestKind::Begins(version) => Some(format!("~{version}")),
        });
        let place = *places.entry((aspect, name)).or_insert_with(|| {
            packages.push((aspect, name, Vec::new()));
            packages.len() - 1
        });
        let Some(version) = version.filter(|version| known.insert((place, version.clone()))) else {
            continue;
        };
        if let Some((_, _, versions)) = packages.get_mut(place) {
            versions.push(version);
        }
    }
    let fact = |(aspect, name, versions): (Aspect, &str, Vec<String>)| {
        let version = (!versions.is_empty()).then(|| versions.join(", "));
        Fact::new(aspect, stage, name).with("version", version)
    };
    packages.into_iter().map(fact).collect()
}

fn file(file: &FileSource, stage: Option<&str>) -> Fact {
    let url = file.url.as_ref().map(written);
    let path = file.path.as_ref().map(|path| path.value.as_str());
    let name = path.map_or_else(|| url.clone().unwrap_or_default(), str::to_owned);
    let mut fact = Fact::new(Aspect::File, stage, name)
        .with("url", url.clone())
        .with_typed("checksum", file.checksum.as_ref())
        .with("path", path)
        .with_text("if", file.condition.as_ref())
        .with_list("includes", texts(&file.includes))
        .with_list("excludes", texts(&file.excludes))
        .with_list("platforms", words(&file.platforms))
        .with_number("uid", file.uid.as_ref())
        .with_number("gid", file.gid.as_ref())
        .with_typed("mode", file.mode.as_ref())
        .with_text("secret-id", file.secret_id.as_ref())
        .similar_to(without_digits(&url.unwrap_or_default()));
    if let Some(spdx) = &file.spdx {
        fact =
            fact.with_text("spdx.name", spdx.name.as_ref()).with_text("spdx.version", spdx.version.as_ref());
        let packages = spdx.packages.iter().map(|package| {
            let members = [
                ("name", &package.name),
                ("purl", &package.purl),
                ("license", &package.license),
                ("path", &package.path),
            ];
            let members = members.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
            members.map(|(name, text)| format!("{name}: {}", text.value)).collect::<Vec<_>>().join(", ")
        });
        fact = fact.with_list("spdx.packages", packages.collect());
    }
    fact
}

fn artifact(artifact: &Artifact, stage: Option<&str>) -> Fact {
    let fact = match &artifact.name {
        Some(name) => image(Aspect::Artifact, stage, name),
        None => Fact::new(Aspect::Artifact, stage, ""),
    };
    fact.with_text("if", artifact.condition.as_ref())
        .with_list("includes", texts(&artifact.includes))
        .with_list("excludes", texts(&artifact.excludes))
        .with_number("uid", artifact.uid.as_ref())
        .with_number("gid", artifact.gid.as_ref())
}

/// An image by its repository, with tag and digest.
pub(super) fn image(aspect: Aspect, stage: Option<&str>, image: &Typed<ImageSource>) -> Fact {
    let Some(source) = &image.value else { return Fact::new(aspect, stage, image.as_str()) };
    let reference = source.reference();
    Fact::new(aspect, stage, source.repository().to_string())
        .with("tag", reference.tag.as_ref().map(ToString::to_string))
        .with("digest", reference.digest.as_ref().map(ToString::to_string))
}

/// A path that is created, changed or deleted.
pub(super) fn path(path: &PathEntry, stage: Option<&str>) -> Fact {
    Fact::new(Aspect::Path, stage, path.path.value.as_str())
        .with("type", Some(path.kind.value.to_string()))
        .with_text("if", path.condition.as_ref())
        .with_script("content", path.content.as_ref())
        .with_text("source", path.source.as_ref())
        .with_number("uid", path.uid.as_ref())
        .with_number("gid", path.gid.as_ref())
        .with_typed("mode", path.mode.as_ref())
        .with_flag("recursive", path.recursive.as_ref())
        .with_list("platforms", words(&path.platforms))
}

/// A text without its digits, which two versions of one address have in common.
pub(super) fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
