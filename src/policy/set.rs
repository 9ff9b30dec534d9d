//! The policies in Rego of one run, with their settings.
//!
//! Each has its own name. A policy that is switched off stays in the set as such, so that reports can show it.

use std::sync::Arc;

use serde_json::Value;

use super::built_in::BuiltIn;
use super::config::{self, PolicyConfig, PolicyEntry};
use super::rego::{BUILT_IN, BuiltInPolicy, ConfigKey, RegoPolicy, built_in};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic, closest};

/// The policies that decide. A policy in Rego with such a name could be taken for the one that decided.
const RESERVED: [BuiltIn; 3] = [BuiltIn::DhiOrDhiBased, BuiltIn::Attested, BuiltIn::Signed];

/// The former name of the policy `attested`.
const FORMER: &str = "none";

/// The policies of one run, in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    policies: Vec<SelectedPolicy>,
    not_evaluated: Vec<NotEvaluated>,
}

/// A policy that is evaluated.
#[derive(Clone, Debug)]
pub struct SelectedPolicy {
    /// The policy, with its configuration.
    pub policy: Arc<RegoPolicy>,
    /// Where it comes from.
    pub source: PolicySource,
    /// Its weight in the health score.
    pub weight: u32,
}

/// Where a policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicySource {
    /// It is part of the program.
    BuiltIn,
    /// A file, or a directory of files.
    File,
    /// A policy bundle.
    Bundle,
}

/// A policy that is not evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEvaluated {
    /// Its name.
    pub name: String,
    /// The reason.
    pub reason: NotEvaluatedReason,
}

/// Why a policy is not evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotEvaluatedReason {
    /// The configuration switches it off.
    Disabled {
        /// The file of the configuration.
        config: String,
    },
    /// Only others are requested.
    NotRequested,
    /// It has no settings, and holds for no image without them.
    NeedsSettings,
}

/// Policies that cannot be evaluated together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// Two different policies have the same name.
    #[error("two different policies are named `{name}`")]
    Twice {
        /// The name.
        name: String,
        /// Where the first comes from.
        first: String,
        /// Where the second comes from.
        second: String,
    },
    /// A requested policy does not exist.
    #[error("no policy is named `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// All names.
        known: Vec<String>,
    },
    /// A policy of a file or a bundle has a name that means a policy which decides.
    #[error("the name `{name}` of the policy in `{origin}` is reserved")]
    Reserved {
        /// The name.
        name: String,
        /// Where the policy comes from.
        origin: String,
    },
    /// Nothing is left to evaluate.
    #[error("no policy is left to evaluate")]
    Empty,
}

impl ToDiagnostic for SetError {
    fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::POLICY_SELECTION, self.to_string());
        match self {
            Self::Twice { first, second, .. } => {
                diagnostic.fact("first", first).fact("second", second).remedy(Remedy::NamePoliciesApart)
            }
            Self::Unknown { name, known } => {
                let closest = closest(name, known.iter().map(String::as_str));
                let remedy = closest.map(|name| Remedy::Write { text: name.to_owned() });
                diagnostic.fact("policies", known.join(", ")).maybe_remedy(remedy)
            }
            Self::Reserved { .. } => {
                let names = RESERVED.iter().map(|policy| policy.as_str()).chain([FORMER]);
                diagnostic.fact("reserved", names.collect::<Vec<_>>().join(", ")).remedy(Remedy::RenamePolicy)
            }
            Self::Empty => diagnostic,
        }
    }
}

impl PolicySource {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::File => "file",
            Self::Bundle => "bundle",
        }
    }
}

impl NotEvaluatedReason {
    /// The word in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Disabled { .. } => "disabled",
            Self::NotRequested => "not-requested",
            Self::NeedsSettings => "needs-settings",
        }
    }
}

impl SelectedPolicy {
    /// The name of the policy.
    pub fn name(&self) -> &str {
        &self.policy.metadata().name
    }

    /// The built-in policy, if it is one.
    pub fn built_in(&self) -> Option<&'static BuiltInPolicy> {
        built_in(self.name()).filter(|_| self.source == PolicySource::BuiltIn)
    }

    fn configured(self, entry: &PolicyEntry, origin: &str) -> Result<Self, config::Error> {
        if let Some(built_in) = self.built_in() {
            let known: Vec<String> = built_in.config.iter().map(|key| key.name.to_owned()).collect();
            let settings = entry.config.iter().flatten().zip(&entry.config_lines);
            for ((name, value), line) in settings {
                if let Some(key) = built_in.config.iter().find(|key| key.name == name) {
                    check_type(key, value, entry, origin, *line)?;
                    continue;
                }
                return Err(config::Error::UnknownSetting {
                    origin: origin.to_owned(),
                    line: *line,
                    policy: entry.name.clone(),
                    name: name.clone(),
                    closest: closest(name, known.iter().map(String::as_str)).map(str::to_owned),
                    known,
                });
            }
        }
        let weight = entry.weight.unwrap_or(self.weight);
        let policy = match &entry.config {
            None => self.policy,
            Some(config) => Arc::new((*self.policy).clone().with_config(config.clone())),
        };
        Ok(Self { policy, weight, ..self })
    }
}

/// Refuses a value of another type than that of the setting.
fn check_type(
    key: &ConfigKey,
    value: &Value,
    entry: &PolicyEntry,
    origin: &str,
    line: usize,
) -> Result<(), config::Error> {
    let expected = key.setting_type();
    if expected.has(value) {
        return Ok(());
    }
    Err(config::Error::WrongSetting {
        origin: origin.to_owned(),
        line,
        policy: entry.name.clone(),
        name: key.name.to_owned(),
        expected,
        // On one line.
        default: key.default.split_whitespace().collect::<Vec<_>>().join(" "),
    })
}

fn is_reserved(name: &str) -> bool {
    name == FORMER || RESERVED.iter().any(|policy| policy.as_str() == name)
}

impl PolicySet {
    /// The set of these policies. One that is given again is in it once.
    ///
    /// # Errors
    ///
    /// [`SetError::Twice`] if two others have the same name, [`SetError::Reserved`] if a file or bundle has one that is reserved.
    pub fn new(policies: impl IntoIterator<Item = (RegoPolicy, PolicySource)>) -> Result<Self, SetError> {
        let mut set = Self::default();
        for (policy, source) in policies {
            let name = &policy.metadata().name;
            if source != PolicySource::BuiltIn && is_reserved(name) {
                return Err(SetError::Reserved { name: name.clone(), origin: policy.origin().to_owned() });
            }
            if let Some(first) = set.policies.iter().find(|known| known.name() == name) {
                // The same policy again decides nothing else.
                if first.policy.identity() == policy.identity() {
                    continue;
                }
                return Err(SetError::Twice {
                    name: name.clone(),
                    first: first.policy.origin().to_owned(),
                    second: policy.origin().to_owned(),
                });
            }
            let weight = policy.metadata().weight;
            set.policies.push(SelectedPolicy { policy: Arc::new(policy), source, weight });
        }
        Ok(set)
    }

    /// The set of a run that names no source: these built-in policies, each for what it is about. One that needs
    /// settings is not evaluated. `is_named` tells those that are evaluated for everything.
    ///
    /// # Errors
    ///
    /// [`SetError::Twice`] if two have the same name.
    pub fn by_default(
        policies: impl IntoIterator<Item = (RegoPolicy, &'static BuiltInPolicy)>,
        is_named: impl Fn(&str) -> bool,
    ) -> Result<Self, SetError> {
        let (mut evaluated, mut not_evaluated) = (Vec::new(), Vec::new());
        for (policy, built_in) in policies {
            if is_named(built_in.name) {
                evaluated.push((policy, PolicySource::BuiltIn));
            } else if built_in.needs_settings {
                let reason = NotEvaluatedReason::NeedsSettings;
                not_evaluated.push(NotEvaluated { name: built_in.name.to_owned(), reason });
            } else {
                evaluated.push((policy.about(built_in.applies_to), PolicySource::BuiltIn));
            }
        }
        Ok(Self { not_evaluated, ..Self::new(evaluated)? })
    }

    /// The set with the settings of `config`. Those of a built-in policy that is not in the set have no effect.
    ///
    /// # Errors
    ///
    /// [`config::Error::UnknownPolicy`], and [`config::Error::UnknownSetting`] for a built-in policy.
    pub fn configured(self, config: &PolicyConfig) -> Result<Self, config::Error> {
        let known = || {
            let built_in = BUILT_IN.iter().map(|policy| policy.name);
            self.policies.iter().map(SelectedPolicy::name).chain(built_in)
        };
        let mut entries = config.policies().iter();
        if let Some(entry) = entries.find(|entry| !known().any(|name| name == entry.name)) {
            return Err(config::Error::UnknownPolicy {
                origin: config.origin().to_owned(),
                line: entry.line,
                name: entry.name.clone(),
                closest: closest(&entry.name, known()).map(str::to_owned),
            });
        }
        let mut set = Self { policies: Vec::new(), not_evaluated: self.not_evaluated };
        for policy in self.policies {
            match config.policy(policy.name()) {
                None => set.policies.push(policy),
                Some(entry) => {
                    // A mistake in an entry is an error also if it is switched off.
                    let policy = policy.configured(entry, config.origin())?;
                    if entry.enabled {
                        set.policies.push(policy);
                    } else {
                        let reason = NotEvaluatedReason::Disabled { config: config.origin().to_owned() };
                        set.not_evaluated.push(NotEvaluated { name: entry.name.clone(), reason });
                    }
                }
            }
        }
        Ok(set)
    }

    /// The set without the policies that are not named. All are kept if no name is given.
    ///
    /// # Errors
    ///
    /// [`SetError::Unknown`] for a name that no policy has.
    pub fn only(self, names: &[String]) -> Result<Self, SetError> {
        if names.is_empty() {
            return Ok(self);
        }
        let known = || {
            let off = self.not_evaluated.iter().map(|policy| policy.name.as_str());
            self.policies.iter().map(SelectedPolicy::name).chain(off)
        };
        if let Some(name) = names.iter().find(|name| !known().any(|known| known == *name)) {
            let known = known().map(str::to_owned).collect();
            return Err(SetError::Unknown { name: name.clone(), known });
        }
        let (policies, others): (Vec<_>, Vec<_>) =
            self.policies.into_iter().partition(|policy| names.iter().any(|name| name == policy.name()));
        let others = others.into_iter().map(|policy| NotEvaluated {
            name: policy.name().to_owned(),
            reason: NotEvaluatedReason::NotRequested,
        });
        Ok(Self { policies, not_evaluated: self.not_evaluated.into_iter().chain(others).collect() })
    }

    /// The set, which has a policy.
    ///
    /// # Errors
    ///
    /// [`SetError::Empty`] if it has none: then nothing would be decided.
    pub fn not_empty(self) -> Result<Self, SetError> {
        if self.policies.is_empty() { Err(SetError::Empty) } else { Ok(self) }
    }

    /// The policies that are evaluated.
    pub fn policies(&self) -> &[SelectedPolicy] {
        &self.policies
    }

    /// The policies that are not.
    pub fn not_evaluated(&self) -> &[NotEvaluated] {
        &self.not_evaluated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rego::AppliesTo;

    fn policy(name: &str) -> RegoPolicy {
        let source = format!(
            "# METADATA\n# custom:\n#   name: {name}\npackage docker.scout\n\nimport rego.v1\n\n\
             default pass := false\n\nviolation contains {{\"message\": \"no\", \"detail\": {{}}}}\n"
        );
        RegoPolicy::parse(&format!("{name}.rego"), &source).unwrap()
    }

    fn set(names: &[&str]) -> PolicySet {
        PolicySet::new(names.iter().map(|name| (policy(name), PolicySource::File))).unwrap()
    }

    fn names(set: &PolicySet) -> Vec<&str> {
        set.policies().iter().map(SelectedPolicy::name).collect()
    }

    fn config(policies: &str) -> PolicyConfig {
        PolicyConfig::parse(&format!("{{\"policies\": {policies}}}"), "c.json").unwrap()
    }

    #[test]
    fn two_policies_of_one_name_are_refused() {
        let other = policy("a").with_config(serde_json::json!({"x": 1}).as_object().cloned().unwrap());
        let twice = [(policy("a"), PolicySource::File), (other, PolicySource::Bundle)];
        let error = PolicySet::new(twice).unwrap_err();
        assert_eq!(error.to_string(), "two different policies are named `a`");
        // The same policy that is given again is no other.
        let again = [(policy("a"), PolicySource::File), (policy("a"), PolicySource::File)];
        assert_eq!(names(&PolicySet::new(again).unwrap()), ["a"]);
        assert_eq!(error.to_diagnostic().facts[0], ("first".to_owned(), "a.rego".to_owned()));
    }

    #[test]
    fn an_entry_configures_or_disables_its_policy() {
        let entries = r#"[{"name": "a", "weight": 3, "config": {"x": 1}}, {"name": "b", "enabled": false}]"#;
        let set = set(&["a", "b", "c"]).configured(&config(entries)).unwrap();
        assert_eq!(names(&set), ["a", "c"]);
        let [a, c] = set.policies() else { panic!("{set:?}") };
        assert_eq!((a.weight, a.policy.config()["x"].as_u64()), (3, Some(1)));
        assert_eq!((c.weight, c.policy.config().len()), (10, 0));
        let reason = NotEvaluatedReason::Disabled { config: "c.json".to_owned() };
        assert_eq!(set.not_evaluated(), [NotEvaluated { name: "b".to_owned(), reason }]);
    }

    #[test]
    fn an_empty_object_replaces_the_settings_of_a_policy() {
        let with_settings = || {
            let settings = serde_json::json!({"x": 1}).as_object().cloned().unwrap();
            PolicySet::new([(policy("a").with_config(settings), PolicySource::Bundle)]).unwrap()
        };
        for (entry, left) in [(r#"[{"name": "a"}]"#, 1), (r#"[{"name": "a", "config": {}}]"#, 0)] {
            let set = with_settings().configured(&config(entry)).unwrap();
            assert_eq!(set.policies()[0].policy.config().len(), left, "{entry}");
        }
    }

    #[test]
    fn files_and_bundles_cannot_have_the_name_of_a_deciding_policy() {
        for name in ["dhi-or-dhi-based", "attested", "signed", "none"] {
            for source in [PolicySource::File, PolicySource::Bundle] {
                let error = PolicySet::new([(policy(name), source)]).unwrap_err();
                let origin = format!("{name}.rego");
                assert_eq!(error, SetError::Reserved { name: name.to_owned(), origin });
            }
        }
        // The built-in policy of this name is for recorded facts.
        assert!(PolicySet::new([(policy("dhi-or-dhi-based"), PolicySource::BuiltIn)]).is_ok());
    }

    #[test]
    fn the_default_set_has_what_holds_without_settings() {
        let all = || BUILT_IN.iter().map(|of| (RegoPolicy::parse(of.name, of.source).unwrap(), of));
        let set = PolicySet::by_default(all(), |_| false).unwrap();
        let reason = NotEvaluatedReason::NeedsSettings;
        assert_eq!(set.not_evaluated(), [NotEvaluated { name: "provenance-source".to_owned(), reason }]);
        let applies = |set: &PolicySet, name: &str| {
            let mut policies = set.policies().iter();
            policies.find(|policy| policy.name() == name).map(|policy| policy.policy.applies_to())
        };
        assert_eq!(applies(&set, "fips"), Some(AppliesTo::FipsImages));
        assert_eq!(applies(&set, "non-root"), Some(AppliesTo::Images));
        assert_eq!(applies(&set, "dhi-or-dhi-based"), Some(AppliesTo::Everything));
        // A named one is evaluated for everything, and its identity tells the difference.
        let named = PolicySet::by_default(all(), |_| true).unwrap();
        assert_eq!(named.not_evaluated(), []);
        assert_eq!(applies(&named, "fips"), Some(AppliesTo::Everything));
        assert_eq!(applies(&named, "provenance-source"), Some(AppliesTo::Everything));
        let identity = |set: &PolicySet| set.policies()[3].policy.identity();
        assert_eq!(identity(&set).name, "fips");
        assert_ne!(identity(&set), identity(&named));
    }

    #[test]
    fn an_entry_for_no_policy_is_an_error() {
        let error = set(&["max-size"]).configured(&config("[\n{\"name\": \"max-siz\"}]")).unwrap_err();
        assert_eq!(error.to_string(), "c.json, line 2: no policy is named `max-siz`");
        assert_eq!(error.to_diagnostic().remedies, [Remedy::Write { text: "max-size".to_owned() }]);
        // A built-in policy that is not in the set is no mistake.
        let set = set(&["a"]).configured(&config(r#"[{"name": "non-root"}]"#)).unwrap();
        assert_eq!(names(&set), ["a"]);
    }

    #[test]
    fn settings_of_built_in_policies_are_known() {
        let policy = built_in("non-root").unwrap();
        let parsed = RegoPolicy::parse("built-in", policy.source).unwrap();
        let set = PolicySet::new([(parsed, PolicySource::BuiltIn)]).unwrap();
        let ConfigKey { name, default } = policy.config[0];
        let good = format!(r#"[{{"name": "non-root", "config": {{"{name}": {default}}}}}]"#);
        assert!(set.clone().configured(&config(&good)).is_ok());
        let bad = r#"[{"name": "non-root", "enabled": false, "config": {"severities": []}}]"#;
        let error = set.configured(&config(bad)).unwrap_err();
        assert_eq!(error.to_string(), "c.json, line 1: the policy `non-root` has no setting `severities`");
    }

    #[test]
    fn only_named_policies_are_kept() {
        let all = set(&["a", "b"]).configured(&config(r#"[{"name": "b", "enabled": false}]"#)).unwrap();
        let kept = all.clone().only(&["a".to_owned()]).unwrap();
        assert_eq!(names(&kept), ["a"]);
        assert_eq!(names(&all.clone().only(&[]).unwrap()), ["a"]);
        let error = all.clone().only(&["c".to_owned()]).unwrap_err();
        assert_eq!(error, SetError::Unknown { name: "c".to_owned(), known: vec!["a".into(), "b".into()] });
        // One that is switched off is not evaluated, and nothing else is left.
        let none = all.only(&["b".to_owned()]).unwrap();
        assert_eq!(none.not_evaluated().len(), 2);
        assert_eq!(none.not_empty().unwrap_err(), SetError::Empty);
    }
}
