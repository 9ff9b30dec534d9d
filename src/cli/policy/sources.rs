//! The flags that name policies: files, directories, their configuration.
//!
//! The policies of one run are those of all flags together. Without such a flag they are the built-in ones.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::super::limits::POLICY_FILES;
use super::super::named_policies::check_evaluated;
use super::super::session::{FilePurpose, Session};
use super::bundles::PolicyBundleArguments;
use super::one_policy::{built_in, read};
use crate::diagnostic::{Code, Diagnostic, IoCause};
use crate::limits::Exceeded;
use crate::policy::config::PolicyConfig;
use crate::policy::rego::{BUILT_IN, RegoPolicy};
use crate::policy::{PolicySet, PolicySource};
use crate::registry::Router;
use crate::trust_store::policy_bundle::is_policy_file;

#[derive(Debug, Args)]
#[command(next_help_heading = "Policies")]
pub(in crate::cli) struct SourceArguments {
    /// Policy in the Rego file FILE, or `https` URL (repeatable)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, value_parser = NonEmptyStringValueParser::new())]
    policy_file: Vec<String>,

    /// Policies in the directory DIR (repeatable)
    ///
    /// Each `*.rego` file is one policy, but for `*_test.rego`. Directories below DIR are not read.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    policy_dir: Vec<PathBuf>,

    /// Settings of policies: JSON as Docker Scout reads it, or YAML
    ///
    /// FILE has `policies`, a list of `{name, enabled, weight, config}`, and `debug`, which shows what policies print.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    policy_config: Option<String>,

    /// Only the policy NAME (repeatable)
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    only_policy: Vec<String>,

    #[command(flatten)]
    bundles: PolicyBundleArguments,
}

/// The policies of a run.
pub(in crate::cli) struct Policies {
    /// The policies, configured.
    pub(in crate::cli) set: PolicySet,
    /// Whether the configuration asks for what policies print.
    pub(in crate::cli) debug: bool,
}

/// The built-in policies of a run that names no source.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cli) struct Defaults<'a> {
    /// The policy that decides in another way and is not evaluated again.
    pub(in crate::cli) decides: Option<&'a str>,
    /// Whether those that need settings, or are about certain images, are in the set like all others.
    pub(in crate::cli) all: bool,
}

impl SourceArguments {
    /// Reads all policies and the configuration. `first` are policies that other flags name. Without a source,
    /// `defaults` tells which policies are evaluated.
    ///
    /// # Errors
    ///
    /// Why a file cannot be used, and why the policies cannot be evaluated together.
    pub(in crate::cli) async fn load<T>(
        &self,
        first: Vec<(RegoPolicy, PolicySource)>,
        defaults: Defaults<'_>,
        session: &Session<'_, Router, T>,
    ) -> Result<Policies, Diagnostic> {
        let config = match &self.policy_config {
            None => PolicyConfig::default(),
            Some(file) => {
                let (source, bytes) = session.read(file, FilePurpose::PolicyConfig).await?;
                PolicyConfig::parse(&String::from_utf8_lossy(&bytes), &source.display())?
            }
        };
        let required: Vec<String> = first
            .iter()
            .map(|(policy, _)| policy.metadata().name.clone())
            .chain(self.only_policy.clone())
            .collect();
        let mut policies = first;
        for file in &self.policy_file {
            policies.push((read(file, session).await?, PolicySource::File));
        }
        for directory in &self.policy_dir {
            for file in files_of(directory)? {
                let file = file.to_string_lossy();
                policies.push((read(&file, session).await?, PolicySource::File));
            }
        }
        let configured = config.bundles().iter().map(|bundle| bundle.reference.clone());
        let beside = self.policy_config.as_ref().and_then(|file| Path::new(file).parent());
        let of_bundles = self.bundles.load(configured, beside, &session.registry, session).await?;
        policies.extend(of_bundles.into_iter().map(|policy| (policy, PolicySource::Bundle)));
        let set = if policies.is_empty() {
            let policies = BUILT_IN.iter().filter(|policy| Some(policy.name) != defaults.decides);
            let policies: Vec<_> =
                policies.map(|policy| Ok((built_in(policy)?, policy))).collect::<Result<_, Diagnostic>>()?;
            let is_named = |name: &str| {
                defaults.all
                    || config.policy(name).is_some()
                    || self.only_policy.iter().any(|only| only == name)
            };
            PolicySet::by_default(policies, is_named)?
        } else {
            PolicySet::new(policies)?
        };
        let set = set.configured(&config)?.only(&self.only_policy)?;
        check_evaluated(&set, required.iter().map(String::as_str))?;
        let set = set.not_empty()?;
        Ok(Policies { set, debug: config.debug() })
    }
}

/// The policy files of a directory, by name.
fn files_of(directory: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let unusable = |cause: &str| {
        let what = format!("no policies in `{}`: {cause}", directory.display());
        Diagnostic::new(Code::POLICY_SELECTION, what)
    };
    let entries = std::fs::read_dir(directory).map_err(|error| unusable(&IoCause(&error).to_string()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unusable(&IoCause(&error).to_string()))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_policy_file(&name) && !path.is_dir() {
            files.push(path);
        }
        if files.len() > POLICY_FILES {
            let measured = format!("`{}` with more Rego files", directory.display());
            return Err(Exceeded::new(measured, POLICY_FILES, "files").into());
        }
    }
    files.sort();
    if files.is_empty() { Err(unusable("it has no `*.rego` file")) } else { Ok(files) }
}
