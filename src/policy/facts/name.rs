//! The name of an image as policies see it.
//!
//! A policy may exempt images by name, such as `dhi/pkg-*`. So the name comes from signed payloads or from the reference
//! that the caller chose, never from labels or annotations, which anyone can write and every child inherits.

use std::collections::BTreeSet;

use super::image::SignerFacts;
use crate::oci::Repository;
use crate::oci::reference::{DHI, DOCKER_HUB};

/// The namespace of Docker's own images, in which only a key of Docker Hardened Images may sign.
const DOCKER: &str = "dhi/";

/// The name that all `signers` of the image's verified attestations signed, else that of its repository.
pub(super) fn of(repository: &Repository, signers: Vec<SignerFacts>) -> String {
    let counting = signers.into_iter().filter(|signer| signer.is_image_signer).filter_map(|signer| {
        let name = signer.signed_name?;
        (signer.is_dhi || !name.starts_with(DOCKER)).then_some(name)
    });
    let mut names: BTreeSet<String> = counting.collect();
    match (names.pop_first(), names.pop_first()) {
        (Some(name), None) => name,
        _ => of_repository(repository),
    }
}

/// `org/app` for Docker Hub, `dhi/python` for `dhi.io/python`, else the repository as it is written.
fn of_repository(repository: &Repository) -> String {
    match repository {
        Repository::Remote(name) if name.host() == DHI => format!("{DOCKER}{}", name.path()),
        Repository::Remote(name) if name.host() == DOCKER_HUB => name.path().to_owned(),
        repository => repository.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Reference;

    fn signer(name: &str, is_dhi: bool, is_image_signer: bool) -> SignerFacts {
        SignerFacts {
            name: "key".to_owned(),
            key_id: None,
            is_dhi,
            is_image_signer,
            signed_name: Some(name.to_owned()),
            log: "proven".to_owned(),
        }
    }

    #[test]
    fn only_a_key_of_docker_signs_a_name_of_docker() {
        let repository = "docker.io/acme/app".parse::<Reference>().unwrap().repository;
        let name = |signers: Vec<SignerFacts>| of(&repository, signers);
        assert_eq!(name(Vec::new()), "acme/app");
        assert_eq!(name(vec![signer("dhi/pkg-curl", true, true)]), "dhi/pkg-curl");
        assert_eq!(name(vec![signer("dhi/pkg-curl", false, true)]), "acme/app");
        assert_eq!(name(vec![signer("dhi/pkg-curl", true, false)]), "acme/app");
        assert_eq!(name(vec![signer("acme/other", false, true)]), "acme/other");
        let several = vec![signer("dhi/pkg-curl", true, true), signer("dhi/python", true, true)];
        assert_eq!(name(several), "acme/app");
    }

    #[test]
    fn only_registries_of_docker_give_a_name_of_docker() {
        for (reference, name) in [
            ("dhi.io/python:3.13", "dhi/python"),
            ("dhi.io/pkg-curl", "dhi/pkg-curl"),
            ("docker.io/acme/dhi-python", "acme/dhi-python"),
            ("python", "library/python"),
            ("registry.example.com/dhi/pkg-curl", "registry.example.com/dhi/pkg-curl"),
            ("oci:dhi/pkg-curl", "oci:dhi/pkg-curl"),
            ("archive:dhi/pkg-curl.tar", "archive:dhi/pkg-curl.tar"),
        ] {
            let reference: Reference = reference.parse().unwrap();
            assert_eq!(of_repository(&reference.repository), name, "{reference}");
        }
    }
}
