//! What a definition asks of package repositories on one platform, with substitutions applied.
//!
//! Invariant: nothing is left out silently. An entry that a substitution replaces is in [`PackagePlan::substituted`].

use super::definition::{
    Contents, Definition, Directive, Family, PackageRequestKind, RepositoryLine, TargetPlatform, Typed,
    WebUrl,
};
use super::packages::{Constraint, Operator, Request};
use super::substitution::{Applied, AppliedKind, Substitute, Substitutions};

/// What is asked of package repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagePlan {
    /// The distribution, from the line `# syntax=…`.
    pub distribution: Distribution,
    /// The platform.
    pub platform: TargetPlatform,
    /// The repositories, the first one first. Those that the distribution implies come last.
    pub repositories: Vec<PlannedRepository>,
    /// Files with keys for the repositories that are used.
    pub keys: Vec<WebUrl>,
    /// What is requested, in order.
    pub requests: Vec<Request>,
    /// The rules of substitutions that were applied.
    pub substituted: Vec<Applied>,
}

/// A distribution and its release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Debian, by its version: `13`.
    Debian(String),
    /// Alpine, by its version: `3.23`.
    Alpine(String),
}

/// A repository that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedRepository {
    /// One that the definition or a substitution names.
    Listed(RepositoryLine),
    /// One that the release implies, from any mirror of Debian.
    Implied(ImpliedSuite),
}

/// A suite of the release that a definition implies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpliedSuite {
    /// The release.
    Main,
    /// Its updates between point releases.
    Updates,
    /// Its security updates.
    Security,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A definition without its first line.
    #[error("it has no line `# syntax=…`, which names the distribution")]
    NoDirective,
    /// An entry of the other distribution.
    #[error("`{entry}` is a repository of {of}, and the image is of {image}")]
    OtherDistribution {
        /// The repository.
        entry: String,
        /// Its distribution.
        of: &'static str,
        /// That of the image.
        image: &'static str,
    },
    /// An entry whose template was not evaluated.
    #[error("`{0}` depends on a value that is not known")]
    Unresolved(String),
}

/// The package that every image of Debian has, unless it is excluded.
const IMPLIED_PACKAGE: &str = "base-files";

impl ImpliedSuite {
    const ALL: [Self; 3] = [Self::Main, Self::Updates, Self::Security];

    /// The name of the suite of the release `codename`.
    pub fn name(self, codename: &str) -> String {
        match self {
            Self::Main => codename.to_owned(),
            Self::Updates => format!("{codename}-updates"),
            Self::Security => format!("{codename}-security"),
        }
    }
}

impl PackagePlan {
    /// The plan for a definition that was evaluated for `platform`.
    ///
    /// # Errors
    ///
    /// [`PlanError`]
    pub fn of(
        definition: &Definition,
        platform: TargetPlatform,
        substitutions: &Substitutions,
    ) -> Result<Self, PlanError> {
        let directive = &definition.directive.as_ref().ok_or(PlanError::NoDirective)?.value;
        let distribution = Distribution::of(directive);
        let mut plan = Self {
            distribution,
            platform,
            repositories: Vec::new(),
            keys: Vec::new(),
            requests: Vec::new(),
            substituted: Vec::new(),
        };
        let gone = match &definition.contents {
            None => Vec::new(),
            Some(contents) => {
                plan.add_requests(contents, substitutions)?;
                plan.add_repositories(contents, substitutions)?
            }
        };
        if let Distribution::Debian(_) = plan.distribution {
            plan.imply_debian();
        }
        plan.add_keys(definition.contents.as_ref(), &gone)?;
        plan.substituted.sort();
        plan.substituted.dedup();
        Ok(plan)
    }

    fn add_requests(&mut self, contents: &Contents, substitutions: &Substitutions) -> Result<(), PlanError> {
        for entry in &contents.packages {
            let request = value(entry)?;
            let used = match substitutions.package(&request) {
                Substitute::Same => Some(request.clone()),
                Substitute::Other(other) => Some(other),
                Substitute::Nothing => None,
            };
            if used.as_ref() != Some(&request) {
                self.substituted.push(Applied {
                    kind: AppliedKind::Package,
                    from: request.to_string(),
                    to: used.as_ref().map(ToString::to_string),
                });
            }
            let constraint =
                |operator, version: &str| Some(Constraint { operator, version: version.to_owned() });
            let Some(used) = used else { continue };
            let name = used.name.clone();
            let request = match &used.kind {
                PackageRequestKind::Any => Request::Install { name, constraint: None, tag: None },
                PackageRequestKind::Version(version) => {
                    Request::Install { name, constraint: constraint(Operator::Equal, version), tag: None }
                }
                PackageRequestKind::Begins(version) => {
                    Request::Install { name, constraint: constraint(Operator::Prefix, version), tag: None }
                }
                PackageRequestKind::Excluded => Request::Exclude { name, constraint: None },
            };
            if !self.requests.contains(&request) {
                self.requests.push(request);
            }
        }
        Ok(())
    }

    /// Adds the listed repositories. Returns the hosts of those that are not used.
    fn add_repositories(
        &mut self,
        contents: &Contents,
        substitutions: &Substitutions,
    ) -> Result<Vec<String>, PlanError> {
        let mut gone = Vec::new();
        for entry in &contents.repositories {
            let line = value(entry)?;
            let used = match substitutions.repository(&line) {
                Substitute::Same => Some(line.clone()),
                Substitute::Other(other) => Some(other),
                Substitute::Nothing => None,
            };
            if used.as_ref() != Some(&line) {
                gone.push(line.url().host().to_owned());
                self.substituted.push(Applied {
                    kind: AppliedKind::Repository,
                    from: line.to_string(),
                    to: used.as_ref().map(ToString::to_string),
                });
            }
            let Some(used) = used else { continue };
            let (of, fits) = match &used {
                RepositoryLine::Deb(_) => ("Debian", matches!(self.distribution, Distribution::Debian(_))),
                RepositoryLine::Apk(_) => ("Alpine", matches!(self.distribution, Distribution::Alpine(_))),
            };
            if !fits {
                let image = self.distribution.name();
                return Err(PlanError::OtherDistribution { entry: used.to_string(), of, image });
            }
            let planned = PlannedRepository::Listed(used);
            // A line that is repeated says nothing new.
            if !self.repositories.contains(&planned) {
                self.repositories.push(planned);
            }
        }
        Ok(gone)
    }

    fn imply_debian(&mut self) {
        let is_named = self.requests.iter().any(|request| request.name() == IMPLIED_PACKAGE);
        if !is_named {
            let name = IMPLIED_PACKAGE.to_owned();
            self.requests.insert(0, Request::Install { name, constraint: None, tag: None });
        }
        self.repositories.extend(ImpliedSuite::ALL.map(PlannedRepository::Implied));
    }

    /// Adds the files with keys, but for those of hosts whose repositories are not used.
    fn add_keys(&mut self, contents: Option<&Contents>, gone: &[String]) -> Result<(), PlanError> {
        let listed = self.repositories.iter().filter_map(|repository| match repository {
            PlannedRepository::Listed(line) => Some(line),
            PlannedRepository::Implied(_) => None,
        });
        let listed: Vec<&RepositoryLine> = listed.collect();
        let needs_keys = listed.iter().any(|line| match line {
            RepositoryLine::Deb(repository) => !repository.signed_by.is_empty(),
            RepositoryLine::Apk(_) => true,
        });
        if !needs_keys {
            return Ok(());
        }
        for entry in contents.into_iter().flat_map(|contents| &contents.keyring) {
            let url = value(entry)?;
            let host = url.host().to_owned();
            let is_gone = gone.contains(&host) && !listed.iter().any(|line| line.url().host() == host);
            if !is_gone && !self.keys.contains(&url) {
                self.keys.push(url);
            }
        }
        Ok(())
    }
}

impl Distribution {
    /// The distribution of the first line.
    pub fn of(directive: &Directive) -> Self {
        let release = directive.release.clone();
        match directive.family {
            Family::Alpine => Self::Alpine(release),
            // Charts are packed with the tools of Debian.
            Family::Debian => Self::Debian(release),
            Family::Helm => Self::Debian(HELM_DEBIAN.to_owned()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Debian(_) => "Debian",
            Self::Alpine(_) => "Alpine",
        }
    }
}

/// The release of Debian under the frontend for charts.
const HELM_DEBIAN: &str = "13";

fn value<T: Clone>(entry: &Typed<T>) -> Result<T, PlanError> {
    entry.value.clone().ok_or_else(|| PlanError::Unresolved(entry.as_str().to_owned()))
}
