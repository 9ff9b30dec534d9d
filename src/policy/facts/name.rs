//! The name of an image as policies see it.
//!
//! A policy may exempt images by name, such as `dhi/pkg-*`. So the name comes from signed payloads or from the reference
//! that the caller chose, never from labels or annotations, which anyone can write and every child inherits.

use std::collections::BTreeSet;

use crate::evidence::{Evidence, PlatformEvidence};
use crate::oci::Repository;
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::trust::{Role, SignedName};

/// The namespace of Docker's own images, in which only a key of Docker Hardened Images may sign.
const DOCKER: &str = "dhi";

/// The signed name of the verified attestations of `image`, else the name of its repository.
pub(super) fn of(evidence: &Evidence, image: &PlatformEvidence) -> String {
    signed(evidence, image).unwrap_or_else(|| of_repository(&evidence.reference.repository))
}

/// The signed name, if all signatures that count have the same.
fn signed(evidence: &Evidence, image: &PlatformEvidence) -> Option<String> {
    let mut names = BTreeSet::new();
    for (_, attested) in image.verified(evidence.root.digest) {
        for facts in attested.signatures().iter().filter(|facts| facts.role() == Role::Image) {
            let counts = |name: &&SignedName| facts.signer().is_dhi() || name.namespace() != DOCKER;
            names.extend(facts.signed_name().filter(counts).map(SignedName::as_str));
        }
    }
    match (names.pop_first(), names.pop_first()) {
        (Some(name), None) => Some(name.to_owned()),
        _ => None,
    }
}

/// `org/app` for Docker Hub, `dhi/python` for `dhi.io/python`, else the repository as it is written.
fn of_repository(repository: &Repository) -> String {
    match repository {
        Repository::Remote(name) if name.host() == DHI => format!("{DOCKER}/{}", name.path()),
        Repository::Remote(name) if name.host() == DOCKER_HUB => name.path().to_owned(),
        repository => repository.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Reference;

    #[test]
    fn only_registries_of_docker_give_a_name_of_docker() {
        for (reference, name) in [
            ("dhi.io/python:3.13", "dhi/python"),
            ("dhi.io/pkg-curl", "dhi/pkg-curl"),
            ("docker.io/acme/dhi-python", "acme/dhi-python"),
            ("python", "library/python"),
            ("registry.example.com/dhi/pkg-curl", "registry.example.com/dhi/pkg-curl"),
            ("oci:dhi/pkg-curl", "oci:dhi/pkg-curl"),
            ("oci-archive:dhi/pkg-curl.tar", "oci-archive:dhi/pkg-curl.tar"),
        ] {
            let reference: Reference = reference.parse().unwrap();
            assert_eq!(of_repository(&reference.repository), name, "{reference}");
        }
    }
}
