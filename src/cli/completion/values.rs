//! The values that shells complete: references, files behind schemes, hosts, platforms, help topics.
//!
//! Nothing is fetched.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Command, ValueHint};
use clap_complete::PathCompleter;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, ValueCompleter as _};

use super::super::config::Config;
use super::super::{help, named_policies};
use crate::oci::Repository;
use crate::registry::Cache;

/// Schemes of references that do not name a registry.
const SCHEMES: [&str; 3] = ["archive:", "docker-daemon:", "oci:"];

/// Options whose values are files.
const FILES: [&str; 8] =
    ["key", "keyring", "attestor_key", "trusted_root", "exceptions", "accept_vsa", "vsa_key", "signature"];

/// Options whose values are registry hosts.
const HOSTS: [&str; 3] = ["plain_http", "insecure", "base_registry"];

/// Options whose values are references.
const REFERENCES: [&str; 2] = ["base", "attestations"];

/// Platforms of most images.
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// Adds what is completed to the options of all commands.
pub(in crate::cli) fn with_values(command: Command) -> Command {
    // Two words of a command are two arguments.
    let topics = help::names(&command);
    let topics: BTreeSet<String> =
        topics.iter().flat_map(|name| name.split(' ')).map(str::to_owned).collect();
    below(command, &topics)
}

fn below(command: Command, topics: &BTreeSet<String>) -> Command {
    let command = command.mut_args(|arg| {
        let id = arg.get_id().as_str();
        if FILES.contains(&id) {
            arg.value_hint(ValueHint::FilePath)
        } else if HOSTS.contains(&id) {
            arg.add(ArgValueCompleter::new(hosts))
        } else if REFERENCES.contains(&id) {
            arg.add(references())
        } else if id == "platform" {
            arg.add(ArgValueCompleter::new(|current: &OsStr| beginning_with(current, PLATFORMS)))
        } else if id == "topic" {
            let topics = topics.clone();
            arg.add(ArgValueCompleter::new(move |current: &OsStr| beginning_with(current, topics.clone())))
        } else if id == "policy" {
            arg.add(ArgValueCompleter::new(policies))
        } else if id == "output" {
            arg.add(ArgValueCompleter::new(outputs))
        } else {
            arg
        }
    });
    command.mut_subcommands(|inner| below(inner, topics))
}

/// Completes references from the cache, schemes, and the paths behind them.
pub(in crate::cli) fn references() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let text = current.to_string_lossy();
        if let Some(path) = text.strip_prefix("oci:") {
            return behind("oci:", layouts(path));
        }
        if let Some(path) = text.strip_prefix("archive:") {
            return behind("archive:", paths(path));
        }
        // An empty word is completed only with references that were used before.
        let schemes = SCHEMES.iter().filter(|_| !text.is_empty()).map(|scheme| (*scheme).to_owned());
        beginning_with(current, known_references().into_iter().chain(schemes))
    })
}

/// Completes files, and formats before `=`.
fn outputs(current: &OsStr) -> Vec<CompletionCandidate> {
    let text = current.to_string_lossy();
    match text.split_once('=') {
        Some((format, path)) if !format.contains(['/', '.']) => behind(&format!("{format}="), paths(path)),
        _ => paths(&text).into_iter().map(CompletionCandidate::new).collect(),
    }
}

/// Completes the names of policies, and files.
fn policies(current: &OsStr) -> Vec<CompletionCandidate> {
    let files = paths(&current.to_string_lossy()).into_iter().map(CompletionCandidate::new);
    beginning_with(current, named_policies::names()).into_iter().chain(files).collect()
}

fn hosts(current: &OsStr) -> Vec<CompletionCandidate> {
    let references = known_references();
    let hosts =
        references.iter().filter_map(|text| match text.parse::<crate::oci::Reference>().ok()?.repository {
            Repository::Remote(repository) => Some(repository.host().to_owned()),
            _ => None,
        });
    beginning_with(current, hosts.collect::<BTreeSet<_>>())
}

fn known_references() -> Vec<String> {
    let named = std::env::var_os("DHI_CACHE_DIR").filter(|value| !value.is_empty());
    let directory = named.map(PathBuf::from).or_else(|| Config::of_environment().ok()?.cache_dir);
    Cache::open_existing(directory).known_references()
}

fn beginning_with(
    current: &OsStr,
    values: impl IntoIterator<Item = impl Into<String>>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let values = values.into_iter().map(Into::into);
    values.filter(|value: &String| value.starts_with(&*current)).map(CompletionCandidate::new).collect()
}

/// Whether nothing can follow a value: it is no directory, scheme or `OPTION=`, and no layout or archive, which a tag
/// can follow.
pub(super) fn is_whole(value: &str) -> bool {
    !value.ends_with(['/', ':', '=']) && !["oci:", "archive:"].iter().any(|scheme| value.starts_with(scheme))
}

fn behind(prefix: &str, paths: Vec<String>) -> Vec<CompletionCandidate> {
    paths.into_iter().map(|path| CompletionCandidate::new(format!("{prefix}{path}"))).collect()
}

/// The files and directories whose paths begin with `path`. Directories end with `/`.
fn paths(path: &str) -> Vec<String> {
    let candidates = PathCompleter::any().complete(OsStr::new(path));
    let paths = candidates.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned());
    // The directory itself is no completion of an empty word.
    paths.filter(|path| path != ".").collect()
}

/// The directories whose paths begin with `path`. A layout has no `/` at its end, so that a tag can follow.
fn layouts(path: &str) -> Vec<String> {
    let directories = paths(path).into_iter().filter(|path| path.ends_with('/'));
    directories
        .map(|directory| {
            let is_layout = Path::new(&directory).join("oci-layout").is_file();
            if is_layout { directory.trim_end_matches('/').to_owned() } else { directory }
        })
        .collect()
}
