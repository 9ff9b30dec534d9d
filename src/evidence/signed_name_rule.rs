//! The rule for signed names: a signature by Docker's key counts only for the name that it was made for, so that the
//! proof of one image does not count for another.
//!
//! The rule depends on the key that verified the signature, never on a flag or an annotation.

use crate::diagnostic::Remedy;
use crate::oci::reference::{DHI, DOCKER_HUB, RemoteName};
use crate::oci::{LocalName, Reference, Repository};
use crate::trust::{Error, Role, SignatureFacts, SignedName};

/// Which signed names a reference accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRule {
    required: RequiredName,
    /// A further name that an image of a local engine must have, from its name in the engine.
    local: Option<String>,
    namespaces: Vec<String>,
    exact: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum RequiredName {
    /// The reference determines the name: `dhi.io/X`, `docker.io/dhi/X`.
    Exact(String),
    /// The reference is a mirror or customization of an organization: `docker.io/ORG/…`.
    Organization(String),
    /// The reference does not determine the name.
    Any,
}

impl RequiredName {
    fn of(name: &RemoteName) -> Self {
        match (name.host(), name.path().split_once('/')) {
            (DHI, _) => Self::Exact(format!("dhi/{}", name.path())),
            (DOCKER_HUB, Some(("dhi", _))) => Self::Exact(name.path().to_owned()),
            (DOCKER_HUB, Some((organization, _))) => Self::Organization(organization.to_owned()),
            _ => Self::Any,
        }
    }
}

impl NameRule {
    /// The rule for `reference`. `namespaces` are organizations whose customizations are accepted too; `exact` is a
    /// name that every counting signature must have.
    pub fn of(reference: &Reference, namespaces: Vec<String>, exact: Option<String>) -> Self {
        let required = match &reference.repository {
            Repository::Remote(name) => RequiredName::of(name),
            _ => RequiredName::Any,
        };
        let local = match &reference.repository {
            Repository::Local(LocalName::Repository(name)) => match RequiredName::of(name) {
                RequiredName::Exact(exact) => Some(exact),
                RequiredName::Organization(_) | RequiredName::Any => None,
            },
            _ => None,
        };
        Self { required, local, namespaces, exact }
    }

    /// The rule for an image of a local engine that was pulled as `pulled`. `self` is the rule for its name in the
    /// engine. It is the rule for `pulled`; in addition an image that the engine calls `dhi.io/X` or
    /// `docker.io/dhi/X` must be signed as that image.
    pub fn pulled_as(&self, pulled: &Reference) -> Self {
        Self { local: self.local.clone(), ..Self::of(pulled, self.namespaces.clone(), self.exact.clone()) }
    }

    /// Organizations whose customizations are accepted.
    pub fn namespaces(&self) -> &[String] {
        &self.namespaces
    }

    /// The name that the caller requires.
    pub fn exact(&self) -> Option<&str> {
        self.exact.as_deref()
    }

    /// Whether the reference names one of Docker's hardened images, or the caller requires a signed name.
    pub fn requires_signature(&self) -> bool {
        matches!(self.required, RequiredName::Exact(_))
            || self.local.is_some()
            || self.exact.is_some()
            || !self.namespaces.is_empty()
    }

    /// Checks whether a signature with these facts counts for the reference.
    ///
    /// # Errors
    ///
    /// [`Error::SignedName`] if its signed name is not accepted, or it has none and the rule requires one.
    pub fn check(&self, facts: &SignatureFacts) -> Result<(), Error> {
        let refuse = |expected: String, remedy: Option<Remedy>| {
            Err(Error::SignedName { signed: facts.signed_name().cloned(), expected, remedy })
        };
        if let Some(exact) = &self.exact
            && facts.role() == Role::Image
            && facts.signed_name().map(SignedName::as_str) != Some(exact)
        {
            let other = facts.signed_name().map(|name| Remedy::RequireOtherName { name: name.to_string() });
            return refuse(exact.clone(), other);
        }
        if !facts.signer().is_dhi() {
            return Ok(());
        }
        let accepted = facts.signed_name().is_some_and(|name| self.accepts(name));
        if accepted { Ok(()) } else { refuse(self.expected(), self.remedy(facts)) }
    }

    /// Accept the organization of a signature by Docker's key, if the rule accepts the name then.
    fn remedy(&self, facts: &SignatureFacts) -> Option<Remedy> {
        let namespace = facts.signed_name()?.namespace().to_owned();
        let mut accepting = self.clone();
        accepting.namespaces.push(namespace.clone());
        accepting.accepts(facts.signed_name()?).then_some(Remedy::AcceptCustomizations { namespace })
    }

    fn accepts(&self, name: &SignedName) -> bool {
        let known =
            |namespace: &str| namespace == "dhi" || self.namespaces.iter().any(|known| known == namespace);
        if self.local.as_ref().is_some_and(|local| name.as_str() != local) {
            return false;
        }
        match &self.required {
            RequiredName::Exact(exact) => name.as_str() == exact,
            RequiredName::Organization(organization) => {
                name.namespace() == organization || known(name.namespace())
            }
            RequiredName::Any => known(name.namespace()),
        }
    }

    fn expected(&self) -> String {
        if let Some(local) = &self.local {
            return local.clone();
        }
        let mut names = match &self.required {
            RequiredName::Exact(exact) => return exact.clone(),
            RequiredName::Organization(organization) => {
                vec!["dhi/NAME".to_owned(), format!("{organization}/NAME")]
            }
            RequiredName::Any => vec!["dhi/NAME".to_owned()],
        };
        names.extend(self.namespaces.iter().map(|namespace| format!("{namespace}/NAME")));
        names.join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::tests::signing::TestSigner;

    fn facts(name: Option<&'static str>, is_dhi: bool, role: Role) -> SignatureFacts {
        TestSigner { name, is_dhi, role }.facts()
    }

    fn rule(reference: &str, namespaces: &[&str], exact: Option<&str>) -> NameRule {
        let namespaces = namespaces.iter().map(ToString::to_string).collect();
        NameRule::of(&reference.parse().unwrap(), namespaces, exact.map(str::to_owned))
    }

    const NAMES: [&str; 6] =
        ["dhi/python", "dhi/nginx", "acme/python", "evil/python", "python", "dhi/acme/x"];

    /// Which of [`NAMES`] a signature of the DHI key may have.
    fn accepted(rule: &NameRule, role: Role) -> Vec<&'static str> {
        NAMES.into_iter().filter(|name| rule.check(&facts(Some(name), true, role)).is_ok()).collect()
    }

    #[test]
    fn names_of_hardened_images_require_a_signature() {
        let requires = |reference: &str, namespaces: &[&str], exact: Option<&str>| {
            let namespaces = namespaces.iter().map(ToString::to_string).collect();
            NameRule::of(&reference.parse().unwrap(), namespaces, exact.map(str::to_owned))
                .requires_signature()
        };
        for reference in ["dhi.io/python:3.13", "docker.io/dhi/python", "dhi/python"] {
            assert!(requires(reference, &[], None), "{reference}");
        }
        for reference in ["docker.io/acme/app", "python", "registry.example.com/dhi/python", "oci:layout"] {
            assert!(!requires(reference, &[], None), "{reference}");
            assert!(requires(reference, &["acme"], None) && requires(reference, &[], Some("dhi/python")));
        }
    }

    #[test]
    fn docker_names_count_for_their_references_only() {
        let official = vec!["dhi/python", "dhi/nginx", "dhi/acme/x"];
        let acme = vec!["dhi/python", "dhi/nginx", "acme/python", "dhi/acme/x"];
        let exactly = vec!["dhi/python"];
        for (reference, namespaces, names) in [
            ("dhi.io/python:3.13", &[][..], &exactly),
            ("dhi.io/python:3.13", &["acme", "evil"], &exactly),
            ("docker.io/dhi/python", &[], &exactly),
            ("dhi/python", &[], &exactly),
            ("docker.io/dhi/python", &["acme"], &exactly),
            // Other spellings of these hosts have the same rule.
            ("dhi.io:443/python", &[], &exactly),
            ("DHI.io/python", &[], &exactly),
            ("docker.io:443/dhi/python", &[], &exactly),
            ("registry-1.docker.io/dhi/python", &[], &exactly),
            ("registry-1.docker.io:443/dhi/python", &[], &exactly),
            ("docker.io/acme/dhi-python", &[], &acme),
            ("acme/anything", &[], &acme),
            ("docker.io/other/dhi-python", &[], &official),
            ("docker.io/other/dhi-python", &["acme"], &acme),
            ("python:3.13", &[], &official),
            ("registry.example.com/dhi/python", &[], &official),
            ("registry.example.com/acme/python", &[], &official),
            ("registry.example.com/acme/python", &["acme"], &acme),
            ("oci:layout:1", &[], &official),
            ("oci:dhi.io/python:1", &["acme"], &acme),
        ] {
            let rule = rule(reference, namespaces, None);
            for role in [Role::Image, Role::Attestor] {
                assert_eq!(accepted(&rule, role), *names, "{reference} {namespaces:?} {role:?}");
            }
            // A bundle of the DHI key has no signed name, so it never counts.
            assert!(rule.check(&facts(None, true, Role::Image)).is_err(), "{reference}");
            // Names of other keys are only shown.
            for name in [None, Some("evil/x")] {
                assert!(rule.check(&facts(name, false, Role::Image)).is_ok(), "{reference}");
            }
        }
    }

    #[test]
    fn a_required_name_is_checked_besides_the_rule() {
        let rule = rule("docker.io/acme/dhi-python", &[], Some("acme/python"));
        assert_eq!(accepted(&rule, Role::Image), ["acme/python"]);
        for (name, is_dhi, role, good) in [
            (Some("acme/python"), false, Role::Image, true),
            (Some("acme/other"), false, Role::Image, false),
            (None, false, Role::Image, false),
            (None, true, Role::Image, false),
            // Signatures by attestor keys do not count, so their names are not checked.
            (Some("evil/x"), false, Role::Attestor, true),
            (None, false, Role::Attestor, true),
        ] {
            assert_eq!(rule.check(&facts(name, is_dhi, role)).is_ok(), good, "{name:?} {is_dhi} {role:?}");
        }
        // It does not replace the rule: that name is not accepted for `dhi.io/python`.
        assert_eq!(accepted(&self::rule("dhi.io/python", &[], Some("acme/python")), Role::Image), [""; 0]);
    }

    #[test]
    fn the_error_has_the_signed_and_the_expected_name() {
        let refused =
            rule("docker.io/acme/x", &["team"], None).check(&facts(Some("evil/x"), true, Role::Image));
        let expected = "dhi/NAME or acme/NAME or team/NAME".to_owned();
        let signed = facts(Some("evil/x"), true, Role::Image).signed_name().cloned();
        assert_eq!(signed.as_ref().map(SignedName::as_str), Some("evil/x"));
        let remedy = Some(Remedy::AcceptCustomizations { namespace: "evil".to_owned() });
        assert_eq!(refused, Err(Error::SignedName { signed, expected, remedy }));
    }

    #[test]
    fn an_organization_is_offered_only_if_it_would_be_accepted() {
        let remedy = |rule: NameRule, name: &'static str, is_dhi: bool| match rule.check(&facts(
            Some(name),
            is_dhi,
            Role::Image,
        )) {
            Err(Error::SignedName { remedy, .. }) => remedy,
            other => panic!("{name}: {other:?}"),
        };
        let organization = |name: &str| Some(Remedy::AcceptCustomizations { namespace: name.to_owned() });
        assert_eq!(remedy(rule("r.example.com/x", &[], None), "acme/x", true), organization("acme"));
        assert_eq!(remedy(rule("dhi.io/python", &[], None), "acme/python", true), None);
        assert_eq!(remedy(rule("dhi.io/python", &["acme"], None), "dhi/nginx", true), None);
        // The name that the caller requires is about signatures by other keys too.
        let required = Some(Remedy::RequireOtherName { name: "team/web".to_owned() });
        assert_eq!(remedy(rule("r.example.com/x", &[], Some("team/api")), "team/web", false), required);
    }

    #[test]
    fn a_local_image_needs_its_registry_name_and_local_name() {
        let pulled_as = |local: &str, pulled: &str| {
            rule(local, &[], None).pulled_as(&format!("{pulled}@sha256:{}", "0".repeat(64)).parse().unwrap())
        };
        for (local, pulled, names) in [
            ("docker-daemon:dhi.io/python:3.13", "dhi.io/python", &["dhi/python"][..]),
            ("docker-daemon:dhi/python:3.13", "dhi.io/python", &["dhi/python"]),
            // The repository that it was pulled from decides, whatever the engine calls it.
            ("docker-daemon:app:1", "dhi.io/python", &["dhi/python"]),
            ("docker-daemon:acme/app:1", "docker.io/dhi/nginx", &["dhi/nginx"]),
            (
                "docker-daemon:team/app:1",
                "docker.io/acme/x",
                &["dhi/python", "dhi/nginx", "acme/python", "dhi/acme/x"],
            ),
            (
                "docker-daemon:sha256:0123456789ab",
                "r.example.com/x",
                &["dhi/python", "dhi/nginx", "dhi/acme/x"],
            ),
            // An image with the name of a hardened image must be that one, wherever it was pulled from.
            ("docker-daemon:dhi.io/python:3.13", "r.example.com/mirror/x", &["dhi/python"]),
            ("docker-daemon:dhi/python:3.13", "docker.io/evil/python", &["dhi/python"]),
            ("docker-daemon:dhi.io/python:3.13", "dhi.io/nginx", &[]),
        ] {
            assert_eq!(accepted(&pulled_as(local, pulled), Role::Image), names, "{local} {pulled}");
            assert_eq!(pulled_as(local, pulled).requires_signature(), names.len() < 2, "{local} {pulled}");
        }
    }
}
