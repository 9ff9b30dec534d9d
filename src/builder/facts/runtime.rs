//! The configuration of the image.

use std::collections::HashSet;

use super::aspect::Aspect;
use super::contents::path;
use super::fact::{Fact, texts, written};
use crate::builder::definition::{Accounts, Definition, TextMap};

pub(super) fn facts(definition: &Definition) -> Vec<Fact> {
    let mut facts: Vec<Fact> = definition.paths.iter().map(|entry| path(entry, None)).collect();
    facts.extend(definition.accounts.iter().flat_map(|own| accounts(own, None)));
    let lists = [(Aspect::Entrypoint, &definition.entrypoint), (Aspect::Command, &definition.cmd)];
    for (aspect, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        facts.push(Fact::new(aspect, None, "").with_list("value", texts(list)));
    }
    facts.extend(definition.work_dir.iter().map(|text| Fact::of(Aspect::WorkDir, text.value.as_str())));
    facts.extend(definition.stop_signal.iter().map(|signal| Fact::of(Aspect::StopSignal, signal.as_str())));
    facts.extend(map(Aspect::Environment, None, &definition.environment));
    facts.extend(definition.ports.iter().map(|port| Fact::new(Aspect::Port, None, written(port))));
    facts.extend(
        definition.volumes.iter().map(|volume| Fact::new(Aspect::Volume, None, volume.value.as_str())),
    );
    facts.extend(map(Aspect::Label, None, &definition.labels));
    facts.extend(map(Aspect::Annotation, None, &definition.annotations));
    if let Some(os) = &definition.os_release {
        let members = [
            ("name", &os.name),
            ("id", &os.id),
            ("id-like", &os.id_like),
            ("version-id", &os.version_id),
            ("version-codename", &os.version_codename),
            ("pretty-name", &os.pretty_name),
            ("home-url", &os.home_url),
            ("bug-report-url", &os.bug_report_url),
        ];
        let members = members.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
        facts.extend(
            members
                .map(|(name, text)| Fact::new(Aspect::OsRelease, None, name).with_text("value", Some(text))),
        );
    }
    facts
}

/// Users and groups of the image or of a stage.
pub(super) fn accounts(accounts: &Accounts, stage: Option<&str>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let run_as = accounts.run_as.as_ref();
    facts.extend(run_as.map(|_| {
        let fact = Fact::new(Aspect::RunAs, stage, "").with_text("value", run_as);
        Fact { is_root: accounts.runs_as_root(), ..fact }
    }));
    if accounts.root.as_ref().is_some_and(|root| root.value) {
        facts.push(Fact::new(Aspect::Root, stage, ""));
    }
    // Entries that are equal mean one account.
    let mut known = HashSet::new();
    let mut add = |fact: Fact| {
        let values: Vec<String> =
            fact.attributes.iter().map(|one| format!("{}={}", one.name, one.value)).collect();
        if known.insert((fact.aspect, fact.name.clone(), values)) {
            facts.push(fact);
        }
    };
    for user in &accounts.users {
        add(Fact::new(Aspect::User, stage, user.name.value.as_str())
            .with_number("uid", Some(&user.uid))
            .with_number("gid", Some(&user.gid))
            .with_typed("mode", user.mode.as_ref()));
    }
    for group in &accounts.groups {
        add(Fact::new(Aspect::Group, stage, group.name.value.as_str())
            .with_number("gid", Some(&group.gid))
            .with_list("members", texts(&group.members)));
    }
    facts
}

/// One fact for each member of a mapping.
pub(super) fn map(aspect: Aspect, stage: Option<&str>, map: &TextMap) -> Vec<Fact> {
    map.iter()
        .map(|entry| {
            Fact::new(aspect, stage, entry.name.value.as_str()).with_text("value", Some(&entry.value))
        })
        .collect()
}
