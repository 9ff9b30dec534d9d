//! Merges a definition into one that it includes.

use crate::builder::definition::{Accounts, Contents, Dates, Definition, ListKey, OsRelease, TextMap};

/// The definition `base` with `own` over it: see [`complete`](super::complete).
pub(super) fn merge(mut base: Definition, own: Definition) -> Definition {
    for list in &own.emptied {
        empty(&mut base, *list);
    }
    // A new field is a compiler error until it is merged here.
    let Definition {
        directive,
        range,
        includes,
        mut emptied,
        track,
        name,
        image,
        compression,
        output,
        entitlement,
        variant,
        flavor,
        tags,
        suffix,
        platforms,
        dates,
        vars,
        contents,
        stages,
        accounts,
        os_release,
        work_dir,
        stop_signal,
        environment,
        paths,
        annotations,
        labels,
        entrypoint,
        cmd,
        ports,
        volumes,
        tests,
        fips_compliant,
        stig_certified,
    } = own;
    // What is merged later replaces the lists of everything before it.
    emptied.extend(base.emptied);
    Definition {
        directive: directive.or(base.directive),
        range,
        includes,
        emptied,
        track: appended(base.track, track),
        name: name.or(base.name),
        image: image.or(base.image),
        compression: compression.or(base.compression),
        output: output.or(base.output),
        entitlement: entitlement.or(base.entitlement),
        variant: variant.or(base.variant),
        flavor: flavor.or(base.flavor),
        tags: appended(base.tags, tags),
        suffix: suffix.or(base.suffix),
        platforms: replaced(base.platforms, platforms),
        dates: both(base.dates, dates, merge_dates),
        vars: merge_maps(base.vars, &vars),
        contents: both(base.contents, contents, merge_contents),
        stages: appended(base.stages, stages),
        accounts: both(base.accounts, accounts, merge_accounts),
        os_release: both(base.os_release, os_release, merge_os_release),
        work_dir: work_dir.or(base.work_dir),
        stop_signal: stop_signal.or(base.stop_signal),
        environment: merge_maps(base.environment, &environment),
        paths: appended(base.paths, paths),
        annotations: merge_maps(base.annotations, &annotations),
        labels: merge_maps(base.labels, &labels),
        entrypoint: replaced(base.entrypoint, entrypoint),
        cmd: replaced(base.cmd, cmd),
        ports: appended(base.ports, ports),
        volumes: appended(base.volumes, volumes),
        tests: appended(base.tests, tests),
        fips_compliant: fips_compliant.or(base.fips_compliant),
        stig_certified: stig_certified.or(base.stig_certified),
    }
}

/// Removes the items of a list.
fn empty(base: &mut Definition, list: ListKey) {
    let contents = base.contents.as_mut();
    let accounts = base.accounts.as_mut();
    match list {
        ListKey::Track => base.track.clear(),
        ListKey::Tags => base.tags.clear(),
        ListKey::Platforms => base.platforms.clear(),
        ListKey::Repositories => contents.into_iter().for_each(|own| own.repositories.clear()),
        ListKey::Keyring => contents.into_iter().for_each(|own| own.keyring.clear()),
        ListKey::Packages => contents.into_iter().for_each(|own| own.packages.clear()),
        ListKey::Files => contents.into_iter().for_each(|own| own.files.clear()),
        ListKey::Artifacts => contents.into_iter().for_each(|own| own.artifacts.clear()),
        ListKey::Builds => base.stages.clear(),
        ListKey::Users => accounts.into_iter().for_each(|own| own.users.clear()),
        ListKey::Groups => accounts.into_iter().for_each(|own| own.groups.clear()),
        ListKey::Paths => base.paths.clear(),
        ListKey::Entrypoint => base.entrypoint.clear(),
        ListKey::Cmd => base.cmd.clear(),
        ListKey::Ports => base.ports.clear(),
        ListKey::Volumes => base.volumes.clear(),
        ListKey::Tests => base.tests.clear(),
    }
}

fn appended<T>(mut base: Vec<T>, own: Vec<T>) -> Vec<T> {
    base.extend(own);
    base
}

fn replaced<T>(base: Vec<T>, own: Vec<T>) -> Vec<T> {
    if own.is_empty() { base } else { own }
}

fn both<T>(base: Option<T>, own: Option<T>, merge: impl FnOnce(T, T) -> T) -> Option<T> {
    match (base, own) {
        (Some(base), Some(own)) => Some(merge(base, own)),
        (base, own) => own.or(base),
    }
}

fn merge_maps(mut base: TextMap, own: &TextMap) -> TextMap {
    for entry in own {
        base.insert(entry.name.clone(), entry.value.clone());
    }
    base
}

fn merge_dates(base: Dates, own: Dates) -> Dates {
    let Dates { range, kind, url, release, end_of_life, end_of_support } = own;
    Dates {
        range,
        kind: kind.or(base.kind),
        url: url.or(base.url),
        release: release.or(base.release),
        end_of_life: end_of_life.or(base.end_of_life),
        end_of_support: end_of_support.or(base.end_of_support),
    }
}

fn merge_contents(base: Contents, own: Contents) -> Contents {
    let Contents { range, repositories, keyring, packages, mappings, files, artifacts } = own;
    Contents {
        range,
        repositories: appended(base.repositories, repositories),
        keyring: appended(base.keyring, keyring),
        packages: appended(base.packages, packages),
        mappings: merge_maps(base.mappings, &mappings),
        files: appended(base.files, files),
        artifacts: appended(base.artifacts, artifacts),
    }
}

fn merge_accounts(base: Accounts, own: Accounts) -> Accounts {
    let Accounts { range, root, run_as, users, groups } = own;
    Accounts {
        range,
        root: root.or(base.root),
        run_as: run_as.or(base.run_as),
        users: appended(base.users, users),
        groups: appended(base.groups, groups),
    }
}

fn merge_os_release(base: OsRelease, own: OsRelease) -> OsRelease {
    let OsRelease {
        range,
        name,
        id,
        id_like,
        version_id,
        version_codename,
        pretty_name,
        home_url,
        bug_report_url,
    } = own;
    OsRelease {
        range,
        name: name.or(base.name),
        id: id.or(base.id),
        id_like: id_like.or(base.id_like),
        version_id: version_id.or(base.version_id),
        version_codename: version_codename.or(base.version_codename),
        pretty_name: pretty_name.or(base.pretty_name),
        home_url: home_url.or(base.home_url),
        bug_report_url: bug_report_url.or(base.bug_report_url),
    }
}
