//! A signature of Docker's key counts only for the name that it was made for, so that the proof of one image
//! cannot be shown for another. The rule follows the key that verified, never a flag or annotation.

use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Reference, Repository};
use crate::trust::{Error, Role, SignatureFacts, SignedName};

/// Which signed names a reference accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRule {
    demand: Demand,
    namespaces: Vec<String>,
    exact: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Demand {
    /// The name is in the reference: `dhi.io/X`, `docker.io/dhi/X`.
    Exactly(String),
    /// The reference is a mirror or customisation of an organisation: `docker.io/ORG/…`.
    Organisation(String),
    /// The reference says nothing about the name.
    Anywhere,
}

impl NameRule {
    /// The rule of `reference`. `namespaces` are organisations whose customisations are accepted too, `exact` is a
    /// name demanded of every signature that answers the question.
    pub fn of(reference: &Reference, namespaces: Vec<String>, exact: Option<String>) -> Self {
        let demand = match &reference.repository {
            Repository::Remote(name) if name.host() == DHI => Demand::Exactly(format!("dhi/{}", name.path())),
            Repository::Remote(name) if name.host() == DOCKER_HUB => match name.path().split_once('/') {
                Some(("dhi", _)) => Demand::Exactly(name.path().to_owned()),
                Some((organisation, _)) => Demand::Organisation(organisation.to_owned()),
                None => Demand::Anywhere,
            },
            _ => Demand::Anywhere,
        };
        Self { demand, namespaces, exact }
    }

    /// Whether a signature with these facts counts for the reference.
    pub fn check(&self, facts: &SignatureFacts) -> Result<(), Error> {
        let refuse =
            |expected: String| Err(Error::SignedName { signed: facts.signed_name.clone(), expected });
        if let Some(exact) = &self.exact
            && facts.role == Role::Image
            && facts.signed_name.as_ref().map(SignedName::as_str) != Some(exact)
        {
            return refuse(exact.clone());
        }
        if !facts.is_dhi {
            return Ok(());
        }
        let accepted = facts.signed_name.as_ref().is_some_and(|name| self.accepts(name));
        if accepted { Ok(()) } else { refuse(self.expected()) }
    }

    fn accepts(&self, name: &SignedName) -> bool {
        let known =
            |namespace: &str| namespace == "dhi" || self.namespaces.iter().any(|known| known == namespace);
        match &self.demand {
            Demand::Exactly(exact) => name.as_str() == exact,
            Demand::Organisation(organisation) => name.namespace() == organisation || known(name.namespace()),
            Demand::Anywhere => known(name.namespace()),
        }
    }

    fn expected(&self) -> String {
        let mut names = match &self.demand {
            Demand::Exactly(exact) => return exact.clone(),
            Demand::Organisation(organisation) => vec!["dhi/NAME".to_owned(), format!("{organisation}/NAME")],
            Demand::Anywhere => vec!["dhi/NAME".to_owned()],
        };
        names.extend(self.namespaces.iter().map(|namespace| format!("{namespace}/NAME")));
        names.join(" or ")
    }
}
