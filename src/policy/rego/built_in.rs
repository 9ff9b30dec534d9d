//! The policies in Rego that are part of the program: the files of `policies/`, embedded when it is built.
//!
//! They are policies of the same contract as any other file. A test evaluates each of them.

use std::fmt;

use serde_json::Value;

use super::applies_to::AppliesTo;

/// A policy in Rego that is part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltInPolicy {
    /// Its name in options, reports and its metadata.
    pub name: &'static str,
    /// The Rego module.
    pub source: &'static str,
    /// What it is about in the default set. Named by an option or a configuration, it is evaluated for everything.
    pub applies_to: AppliesTo,
    /// Whether it holds for no image without settings. Then it is in the default set only if it has them.
    pub needs_settings: bool,
    /// The keys of its `data.config`.
    pub config: &'static [ConfigKey],
}

/// A key of the configuration of a built-in policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigKey {
    /// The key.
    pub name: &'static str,
    /// The value that holds without it, as JSON.
    pub default: &'static str,
}

/// The types of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingType {
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// An array of strings.
    Texts,
    /// An object whose values are numbers.
    Numbers,
}

impl ConfigKey {
    /// The type of its values: that of its default.
    pub fn setting_type(&self) -> SettingType {
        match serde_json::from_str(self.default) {
            Ok(Value::Bool(_)) => SettingType::Boolean,
            Ok(Value::Array(_)) => SettingType::Texts,
            Ok(Value::Object(_)) => SettingType::Numbers,
            _ => SettingType::Number,
        }
    }
}

impl SettingType {
    /// Whether a value has this type.
    pub fn has(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Boolean, value) => value.is_boolean(),
            (Self::Number, value) => value.is_number(),
            (Self::Texts, Value::Array(items)) => items.iter().all(Value::is_string),
            (Self::Numbers, Value::Object(members)) => members.values().all(Value::is_number),
            (Self::Texts | Self::Numbers, _) => false,
        }
    }
}

/// With its article.
impl fmt::Display for SettingType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::Texts => "an array of texts",
            Self::Numbers => "an object of numbers",
        })
    }
}

const fn key(name: &'static str, default: &'static str) -> ConfigKey {
    ConfigKey { name, default }
}

macro_rules! built_in {
    (@needs) => { false };
    (@needs needs_settings) => { true };
    ($($name:literal: $applies:ident $($needs:ident)? [$($key:literal = $default:literal),* $(,)?],)*) => {
        &[$(BuiltInPolicy {
            name: $name,
            source: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/", $name, ".rego")),
            applies_to: AppliesTo::$applies,
            needs_settings: built_in!(@needs $($needs)?),
            config: &[$(key($key, $default)),*],
        }),*]
    };
}

/// All built-in policies, by name.
pub const BUILT_IN: &[BuiltInPolicy] = built_in! {
    "approved-base-images": Everything ["allowed_base_images" = r#"["dhi/*"]"#],
    "dhi-or-dhi-based": Everything [],
    "end-of-life": Images ["allow_no_date" = "false", "min_days" = "0"],
    "fips": FipsImages ["min_days" = "0", "standards" = r#"["FIPS 140-2", "FIPS 140-3"]"#],
    "fixable-vulnerabilities": Everything [
        "default_sla_days" = "30",
        "excluded_vex_statuses" = r#"["not_affected", "fixed"]"#,
        "kev_sla_days" = "1",
        "package_types" = "[]",
        "slas" = r#"{"CRITICAL": 7, "HIGH": 7, "MEDIUM": 30, "LOW": 30, "UNSPECIFIED": 30}"#,
    ],
    "high-profile-vulnerabilities": Everything [
        "cves" = r#"["CVE-2014-0160", "CVE-2014-6271", "CVE-2021-44228", "CVE-2021-45046", "CVE-2022-22965",
            "CVE-2023-38545", "CVE-2023-44487", "CVE-2024-3094"]"#,
        "ignored_cves" = "[]",
        "include_cisa_kev" = "true",
    ],
    "max-age": Everything ["days" = "90", "trust_created" = "false"],
    "no-malware": Everything [],
    "no-secrets": Everything [],
    "no-shell-or-package-manager": Images [
        "allowed_packages" = "[]",
        "package_managers" = r#"["apk-tools", "apt", "aptitude", "dnf", "dpkg", "microdnf", "pacman", "yum", "zypper"]"#,
        "shells" = r#"["ash", "bash", "busybox", "busybox-binsh", "busybox-static", "csh", "dash", "dash-binsh", "fish",
            "ksh", "mksh", "tcsh", "toybox", "yash", "zsh"]"#,
    ],
    "non-root": Images [
        "allow_dev_variants" = "true",
        "exempt_images" = r#"["dhi/pkg-*"]"#,
        "require_user_id" = "false",
    ],
    "provenance-source": Everything needs_settings ["builders" = "[]", "repositories" = "[]"],
    "signed-attestations": Images [
        "require_log" = "false",
        "required" = r#"["sbom", "provenance", "vsa"]"#,
        "signers" = "[]",
    ],
    "stig-score": FipsImages ["target_score" = "100"],
    "tests-passed": Everything [],
};

/// The built-in policy with this name.
pub fn built_in(name: &str) -> Option<&'static BuiltInPolicy> {
    BUILT_IN.iter().find(|policy| policy.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rego::RegoPolicy;

    #[test]
    fn each_built_in_policy_is_a_policy_of_its_name() {
        for policy in BUILT_IN {
            let origin = format!("{}.rego", policy.name);
            let parsed = RegoPolicy::parse(&origin, policy.source).unwrap();
            let metadata = parsed.metadata();
            assert_eq!(metadata.name, policy.name);
            assert!(metadata.title.is_some() && metadata.description.is_some(), "{origin}");
            assert!(metadata.not_compliant_title.is_some(), "{origin}");
            assert_eq!(built_in(policy.name), Some(policy));
        }
        assert_eq!(built_in("none"), None);
        assert!(BUILT_IN.is_sorted_by_key(|policy| policy.name));
    }

    #[test]
    fn each_key_of_a_configuration_is_read() {
        for policy in BUILT_IN {
            for key in policy.config {
                assert!(
                    policy.source.contains(&format!("\"{}\"", key.name)),
                    "{}: {}",
                    policy.name,
                    key.name
                );
                let default: Value = serde_json::from_str(key.default).unwrap();
                assert!(key.setting_type().has(&default), "{}", key.name);
            }
        }
    }
}
