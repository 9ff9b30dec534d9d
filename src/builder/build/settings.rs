//! What a definition says about an image apart from its files, in the terms of the modules that write it.

use std::collections::{BTreeMap, BTreeSet};

use crate::builder::definition::{
    Accounts, Date, Definition, Family, OsRelease, Text, TextMap, Typed, Variant,
};
use crate::builder::output::{HardenedLabels, ImageSettings};
use crate::builder::rootfs::accounts::{AccountsPlan, Group, PlannedUser};
use crate::oci::Platform;

/// The accounts of a definition.
pub(super) fn accounts(accounts: Option<&Accounts>) -> AccountsPlan {
    let Some(accounts) = accounts else { return AccountsPlan { root: true, ..AccountsPlan::default() } };
    let user = |user: &crate::builder::definition::User| PlannedUser {
        name: user.name.value.clone(),
        uid: user.uid.value,
        gid: user.gid.value,
    };
    let group = |group: &crate::builder::definition::Group| Group {
        name: group.name.value.clone(),
        gid: group.gid.value,
        members: group.members.iter().map(|member| member.value.clone()).collect(),
    };
    AccountsPlan {
        root: accounts.root.as_ref().is_some_and(|root| root.value),
        users: accounts.users.iter().map(user).collect(),
        groups: accounts.groups.iter().map(group).collect(),
    }
}

/// The lines of `os-release`, in the order in which Debian has them.
pub(super) fn os_release(os_release: &OsRelease) -> Vec<(&'static str, &str)> {
    let lines = [
        ("PRETTY_NAME", &os_release.pretty_name),
        ("NAME", &os_release.name),
        ("VERSION_ID", &os_release.version_id),
        ("VERSION_CODENAME", &os_release.version_codename),
        ("ID", &os_release.id),
        ("ID_LIKE", &os_release.id_like),
        ("HOME_URL", &os_release.home_url),
        ("BUG_REPORT_URL", &os_release.bug_report_url),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.value.as_str()))).collect()
}

/// The configuration. `user` runs the image; `environment` is that of packages, which the definition overrides.
pub(super) fn image(
    definition: &Definition,
    name: &ImageName<'_>,
    platform: &Platform,
    user: Option<String>,
    environment: &[(String, String)],
    created: i64,
) -> ImageSettings {
    let texts = |texts: &[Text]| texts.iter().map(|text| text.value.clone()).collect::<Vec<_>>();
    let command = |list: &[Text]| (!list.is_empty()).then(|| texts(list));
    let mut variables = environment.to_vec();
    for entry in &definition.environment {
        let (name, value) = (entry.name.value.clone(), entry.value.value.clone());
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = value,
            None => variables.push((name, value)),
        }
    }
    ImageSettings {
        platform: platform.clone(),
        created,
        environment: variables,
        user,
        work_dir: definition.work_dir.as_ref().map(|directory| directory.value.clone()),
        entrypoint: command(&definition.entrypoint),
        cmd: command(&definition.cmd),
        ports: definition.ports.iter().filter_map(|port| port.value.clone()).collect(),
        volumes: definition.volumes.iter().map(|volume| volume.value.clone()).collect::<BTreeSet<_>>(),
        stop_signal: definition.stop_signal.as_ref().map(|signal| signal.as_str().to_owned()),
        labels: texts_of(&definition.labels),
        hardened: Some(hardened(definition, name)),
    }
}

/// The annotations of manifests.
pub(super) fn annotations(definition: &Definition) -> BTreeMap<String, String> {
    texts_of(&definition.annotations)
}

fn texts_of(map: &TextMap) -> BTreeMap<String, String> {
    map.iter().map(|entry| (entry.name.value.clone(), entry.value.value.clone())).collect()
}

/// What names an image in its labels and documents.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImageName<'a> {
    /// The repository without registry.
    pub(super) path: &'a str,
    /// The path of the definition in its repository, if that is known.
    pub(super) definition: Option<&'a str>,
}

fn hardened(definition: &Definition, name: &ImageName<'_>) -> HardenedLabels {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
    let day = |date: Option<&Typed<Date>>| date.map(|date| date.as_str().to_owned());
    let dates = definition.dates.as_ref();
    let claims = [
        ("fips", definition.fips_compliant.as_ref().is_some_and(|claim| claim.value)),
        ("stig", definition.stig_certified.as_ref().is_some_and(|claim| claim.value)),
    ];
    HardenedLabels {
        name: name.path.to_owned(),
        title: text(&definition.name),
        url: None,
        version: definition.tags.first().map(|tag| tag.as_str().to_owned()),
        definition: name.definition.map(str::to_owned),
        distro: distro(definition),
        variant: if is_dev(definition) { "dev".to_owned() } else { "runtime".to_owned() },
        flavor: text(&definition.flavor),
        shell: String::new(),
        package_manager: String::new(),
        compliance: claims
            .into_iter()
            .filter(|(_, claims)| *claims)
            .map(|(name, _)| name.to_owned())
            .collect(),
        release_date: day(dates.and_then(|dates| dates.release.as_ref())),
        end_of_life: day(dates.and_then(|dates| dates.end_of_life.as_ref())),
        entitlement: None,
    }
}

/// The distribution and its version: that of `os-release`, else that of the first line.
pub(super) fn distro(definition: &Definition) -> Option<String> {
    let written = definition.os_release.as_ref().and_then(|release| {
        Some(format!("{}-{}", release.id.as_ref()?.value, release.version_id.as_ref()?.value))
    });
    written.or_else(|| {
        let directive = &definition.directive.as_ref()?.value;
        let name = match directive.family {
            Family::Alpine => "alpine",
            Family::Debian | Family::Helm => "debian",
        };
        Some(format!("{name}-{}", directive.release))
    })
}

/// Whether the image is for development: with shell and package manager.
pub(super) fn is_dev(definition: &Definition) -> bool {
    definition.variant() == Variant::Dev
}
