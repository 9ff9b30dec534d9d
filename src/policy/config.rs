//! The configuration of policies: the JSON of Docker Scout, or the same as YAML.
//!
//! An unknown member, a policy that has two entries, and a value of another type are errors: none of them can switch a
//! policy off or leave it without its settings unnoticed.

use std::collections::BTreeMap;

use serde_json::Map;

use super::rego::SettingType;
use super::values::{Values, Wrong};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::Reference;
use crate::yaml::{self, Document, Value};

/// A configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyConfig {
    origin: String,
    debug: bool,
    bundles: Vec<ConfiguredBundle>,
    policies: Vec<PolicyEntry>,
}

/// A policy bundle that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredBundle {
    /// Its reference, with a digest.
    pub reference: Reference,
    /// The line of the file.
    pub line: usize,
}

/// The settings of one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyEntry {
    /// The name of the policy.
    pub name: String,
    /// The line of the file.
    pub line: usize,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Its weight in the health score, instead of the one in its metadata.
    pub weight: Option<u32>,
    /// `data.config` of the policy. `None` leaves the settings that it has; an empty object replaces them.
    pub config: Option<Map<String, serde_json::Value>>,
    /// The line of each member of `config`.
    pub config_lines: Vec<usize>,
}

/// A configuration that is not valid, or does not fit the policies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not JSON or YAML.
    #[error("{0}")]
    Unreadable(#[from] yaml::Error),
    /// A value has another type or form than it must have.
    #[error("{origin}, line {line}: {cause}")]
    Value {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        cause: String,
    },
    /// A member has an unknown name.
    #[error("{origin}, line {line}: `{name}` is not a member of {of}")]
    UnknownMember {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// The name.
        name: String,
        /// The object.
        of: &'static str,
        /// The most similar name that it may have.
        closest: Option<String>,
    },
    /// Two entries have the same name.
    #[error("{origin}, line {line}: the policy `{name}` is already on line {first}")]
    Twice {
        /// The file.
        origin: String,
        /// The line of the second entry, from 1.
        line: usize,
        /// The line of the first entry.
        first: usize,
        /// The name.
        name: String,
    },
    /// No policy has this name.
    #[error("{origin}, line {line}: no policy is named `{name}`")]
    UnknownPolicy {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// The name.
        name: String,
        /// The most similar name of a policy.
        closest: Option<String>,
    },
    /// A policy does not read this setting.
    #[error("{origin}, line {line}: the policy `{policy}` has no setting `{name}`")]
    UnknownSetting {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// The name of the policy.
        policy: String,
        /// The name of the setting.
        name: String,
        /// The most similar name of a setting.
        closest: Option<String>,
        /// All settings of the policy.
        known: Vec<String>,
    },
    /// A setting has a value of another type.
    #[error("{origin}, line {line}: the setting `{name}` of the policy `{policy}` is not {expected}")]
    WrongSetting {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// The name of the policy.
        policy: String,
        /// The name of the setting.
        name: String,
        /// The type that it must have.
        expected: SettingType,
        /// Its default, as JSON.
        default: String,
    },
}

/// Settings of the policies that are part of Docker Scout. Policies of the same names do not read them here.
const SCOUT_SETTINGS: [&str; 7] = [
    "severities",
    "fixable_only",
    "grace_period_days",
    "licenses",
    "ignored_packages",
    "required_attestations",
    "allowed_distros_only",
];

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::POLICY_CONFIG, self.to_string());
        match self {
            Self::Unreadable(yaml::Error::Exceeded { .. }) => match self {
                Self::Unreadable(error) => error.to_diagnostic(),
                _ => diagnostic,
            },
            Self::Unreadable(_) | Self::Value { .. } | Self::Twice { .. } => diagnostic,
            Self::UnknownMember { closest, .. } | Self::UnknownPolicy { closest, .. } => {
                diagnostic.maybe_remedy(closest.clone().map(|text| Remedy::Write { text }))
            }
            Self::WrongSetting { default, .. } => diagnostic.fact("default", default),
            Self::UnknownSetting { name, closest, known, .. } => {
                let mut diagnostic = match known.as_slice() {
                    [] => diagnostic.fact("settings", "none"),
                    known => diagnostic.fact("settings", known.join(", ")),
                };
                if SCOUT_SETTINGS.contains(&name.as_str()) {
                    diagnostic = diagnostic.fact("note", "it is a setting of the policy inside Docker Scout");
                }
                diagnostic.maybe_remedy(closest.clone().map(|text| Remedy::Write { text }))
            }
        }
    }
}

impl PolicyConfig {
    /// Reads a configuration. `origin` names the file in errors.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first thing that is wrong, with its line.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        let documents: Vec<Document> = yaml::documents(text, origin).collect::<Result<_, _>>()?;
        let wrong = |wrong| Error::of(wrong, origin);
        let mut config = read(Values(text), &documents).map_err(wrong)?;
        config.origin = origin.to_owned();
        let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in &config.policies {
            if let Some(first) = lines.insert(&entry.name, entry.line) {
                let (name, line) = (entry.name.clone(), entry.line);
                return Err(Error::Twice { origin: config.origin, line, first, name });
            }
        }
        Ok(config)
    }

    /// The file that it was read from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the lines that policies print are shown.
    pub fn debug(&self) -> bool {
        self.debug
    }

    /// The bundles whose policies are evaluated too.
    pub fn bundles(&self) -> &[ConfiguredBundle] {
        &self.bundles
    }

    /// The entries, in the order of the file.
    pub fn policies(&self) -> &[PolicyEntry] {
        &self.policies
    }

    /// The entry of this policy.
    pub fn policy(&self, name: &str) -> Option<&PolicyEntry> {
        self.policies.iter().find(|entry| entry.name == name)
    }
}

impl Error {
    fn of(wrong: Wrong, origin: &str) -> Self {
        let origin = origin.to_owned();
        match wrong {
            Wrong::Value { line, cause } => Self::Value { origin, line, cause },
            Wrong::Member { line, name, of, closest } => {
                Self::UnknownMember { origin, line, name, of, closest }
            }
        }
    }
}

/// The configuration without its origin.
fn read(values: Values<'_>, documents: &[Document]) -> Result<PolicyConfig, Wrong> {
    let root = values.root(documents, "the configuration")?;
    let mut config = PolicyConfig::default();
    for (name, value) in values.members(root, "the configuration", &["debug", "bundles", "policies"])? {
        match name {
            "debug" => config.debug = boolean(values, name, value)?,
            "bundles" => {
                let items = values.items(name, value)?.into_iter();
                config.bundles = items.map(bundle).collect::<Result<_, _>>()?;
            }
            _ => {
                let items = values.items(name, value)?.into_iter();
                config.policies = items.map(|item| policy(values, item)).collect::<Result<_, _>>()?;
            }
        }
    }
    Ok(config)
}

fn boolean(values: Values<'_>, name: &str, value: Value<'_>) -> Result<bool, Wrong> {
    let read = values.json(value)?;
    read.as_bool().ok_or_else(|| Wrong::value(value.line(), format!("`{name}` is not true or false")))
}

fn bundle(item: Value<'_>) -> Result<ConfiguredBundle, Wrong> {
    let line = item.line();
    let text = item.text().ok_or_else(|| Wrong::value(line, "a bundle is not a text"))?;
    let reference: Reference =
        text.parse().map_err(|error| Wrong::value(line, format!("`{text}`: {error}")))?;
    match reference.digest {
        Some(_) => Ok(ConfiguredBundle { reference, line }),
        None => Err(Wrong::value(line, format!("the bundle `{text}` has no digest"))),
    }
}

fn policy(values: Values<'_>, item: Value<'_>) -> Result<PolicyEntry, Wrong> {
    let members = values.members(item, "a policy", &["name", "enabled", "weight", "config"])?;
    let name = item.get("name").ok_or_else(|| Wrong::value(item.line(), "a policy has no `name`"))?;
    let mut entry = PolicyEntry {
        name: values.text("name", name)?.to_owned(),
        line: name.line(),
        enabled: true,
        weight: None,
        config: None,
        config_lines: Vec::new(),
    };
    for (member, value) in members {
        match member {
            "enabled" => entry.enabled = boolean(values, member, value)?,
            "weight" => entry.weight = Some(weight(values, value)?),
            "config" => {
                entry.config = Some(values.object(&format!("`config` of `{}`", entry.name), value)?);
                let settings = value.entries().into_iter().flatten();
                entry.config_lines = settings.map(|(_, value)| value.line()).collect();
            }
            _ => {}
        }
    }
    Ok(entry)
}

fn weight(values: Values<'_>, value: Value<'_>) -> Result<u32, Wrong> {
    let weight = values.json(value)?.as_u64().and_then(|weight| u32::try_from(weight).ok());
    weight.ok_or_else(|| Wrong::value(value.line(), "`weight` is not a whole number from 0"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DIGEST: &str = "sha256:7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e";

    fn cause(text: &str) -> String {
        PolicyConfig::parse(text, "c.json").unwrap_err().to_string()
    }

    #[test]
    fn the_form_of_docker_scout_is_read() {
        let text = format!(
            "{{\"debug\": true,\n \"bundles\": [\"dhi/policies:0.0.2@{DIGEST}\"],\n \"policies\": [\n  \
             {{\"name\": \"fixable\", \"enabled\": false, \"weight\": 0, \"config\": {{\n    \
             \"kev_sla_days\": 1, \"ratio\": 9.0, \"types\": [\"deb\", null, true],\n    \
             \"text\": \"9.0\", \"slas\": {{\"HIGH\": 7}}}}}},\n  {{\"name\": \"other\"}}]}}"
        );
        let config = PolicyConfig::parse(&text, "c.json").unwrap();
        assert!(config.debug());
        assert_eq!(
            config.bundles()[0].reference.to_string(),
            format!("docker.io/dhi/policies:0.0.2@{DIGEST}")
        );
        assert_eq!(config.bundles()[0].line, 2);
        let [fixable, other] = config.policies() else { panic!("{config:?}") };
        assert_eq!((fixable.enabled, fixable.weight, fixable.line), (false, Some(0), 4));
        let settings = json!({"kev_sla_days": 1, "ratio": 9.0, "types": ["deb", null, true], "text": "9.0", "slas": {"HIGH": 7}});
        let config_of = |entry: &PolicyEntry| entry.config.clone().unwrap();
        assert_eq!(serde_json::Value::Object(config_of(fixable)), settings);
        assert_eq!(config_of(fixable)["ratio"].to_string(), "9.0");
        assert_eq!(fixable.config_lines, [5, 5, 5, 6, 6]);
        assert_eq!((other.enabled, other.weight, &other.config), (true, None, &None));
        assert_eq!(config.policy("other"), Some(other));
        assert_eq!(config.policy("fixabl"), None);
    }

    #[test]
    fn yaml_has_the_same_members() {
        let text = "# why\npolicies:\n- name: non-root\n  weight: 20\n  config: {a: text, b: 1}\n";
        let config = PolicyConfig::parse(text, "c.yaml").unwrap();
        assert_eq!((config.debug(), config.policies()[0].weight), (false, Some(20)));
        assert_eq!(config.policies()[0].config, json!({"a": "text", "b": 1}).as_object().cloned());
        // No settings are not the same as an object without any.
        let text = "{\"policies\": [{\"name\": \"a\", \"config\": {}}, {\"name\": \"b\"}]}";
        let config = PolicyConfig::parse(text, "c.json").unwrap();
        assert_eq!((&config.policies()[0].config, &config.policies()[1].config), (&Some(Map::new()), &None));
        // A scalar that readers of YAML take for different types is refused.
        for scalar in ["yes", "0x1f", "1_000", "!!binary aGk=", "2020-01-01", "~"] {
            let cause = cause(&format!("policies:\n- name: a\n  config: {{b: {scalar}}}\n"));
            assert!(cause.starts_with("c.json, line 3: "), "{cause}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, says) in [
            (
                "{\"policies\": [\n{\"name\": \"a\", \"enable\": false}]}",
                "c.json, line 2: `enable` is not a member of a policy",
            ),
            ("{\"policy\": []}", "c.json, line 1: `policy` is not a member of the configuration"),
            (
                "{\"policies\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}",
                "c.json, line 2: the policy `a` is already on line 1",
            ),
            ("{\"policies\": {}}", "c.json, line 1: `policies` is not an array"),
            ("{\"policies\": [\"a\"]}", "c.json, line 1: a policy is not an object"),
            ("{\"policies\": [{\"weight\": 1}]}", "c.json, line 1: a policy has no `name`"),
            ("{\"policies\": [{\"name\": 1}]}", "c.json, line 1: `name` is not a text"),
            (
                "{\"policies\": [{\"name\": \"a\", \"enabled\": \"false\"}]}",
                "c.json, line 1: `enabled` is not true or false",
            ),
            (
                "{\"policies\": [{\"name\": \"a\", \"weight\": -1}]}",
                "c.json, line 1: `weight` is not a whole number from 0",
            ),
            (
                "{\"policies\": [{\"name\": \"a\", \"weight\": 1.5}]}",
                "c.json, line 1: `weight` is not a whole number from 0",
            ),
            (
                "{\"policies\": [{\"name\": \"a\", \"config\": []}]}",
                "c.json, line 1: `config` of `a` is not an object",
            ),
            ("{\"debug\": 1}", "c.json, line 1: `debug` is not true or false"),
            (
                "{\"bundles\": [\"dhi/policies:0.0.2\"]}",
                "c.json, line 1: the bundle `dhi/policies:0.0.2` has no digest",
            ),
            ("[]", "c.json, line 1: the configuration is not an object"),
            ("", "c.json, line 1: the configuration is 0 documents, not one"),
        ] {
            assert_eq!(cause(text), says, "{text}");
        }
        // A member that is written twice has no single meaning.
        assert!(cause("{\"debug\": true,\n\"debug\": false}").contains("line 2"));
        assert!(cause("{\"policies\": [").contains("c.json"));
    }

    #[test]
    fn a_misspelled_member_is_answered_with_the_known_one() {
        let closest = |text: &str| match PolicyConfig::parse(text, "c").unwrap_err() {
            Error::UnknownMember { closest, .. } => closest,
            other => panic!("{other}"),
        };
        assert_eq!(
            closest("{\"policies\": [{\"name\": \"a\", \"enable\": false}]}").as_deref(),
            Some("enabled")
        );
        assert_eq!(closest("{\"bundle\": []}").as_deref(), Some("bundles"));
        assert_eq!(closest("{\"x\": []}"), None);
    }
}
