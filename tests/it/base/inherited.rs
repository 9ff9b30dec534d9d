//! Labels of a hardened image are inherited through any number of builds. They lead to it, refute no image between it
//! and the child, and prove nothing.

use dhi::evidence::{CandidateOutcome, Mismatch};
use dhi::verify::BaseOptions;

use super::{APP, BaseFixture, CHAIN_ID, base, candidate, child, code, id};
use crate::support::base::{Image, Pushed, SLSA, SPDX};

const PARENT: &str = "registry.example.com/acme/parent";

/// An image with every label that a hardened one has, for layers of its own.
fn labelled(letters: &str) -> Image {
    let image = Image::of(letters);
    let chain_id = image.chain_id();
    [
        ("chain-id", chain_id.as_str()),
        ("compliance", "cis"),
        ("created", "2026-09-15T09:41:07Z"),
        ("date.end-of-life", "2029-10-31"),
        ("date.release", "2024-10-07"),
        ("definition", "image/python/debian-13/3.13"),
        ("distro", "debian-13"),
        ("entitlement", "public"),
        ("flavor", ""),
        ("name", "dhi/python"),
        ("package-manager", ""),
        ("shell", ""),
        ("title", "Python 3.13.x"),
        ("url", "https://dhi.io/catalog/python"),
        ("variant", "runtime"),
        ("version", "3.13"),
    ]
    .into_iter()
    .fold(image, |image, (name, value)| image.label(&format!("com.docker.dhi.{name}"), value))
}

/// A world with a labelled hardened image of two layers, whose tag has moved on, so that its labels lead elsewhere.
fn moved_on() -> (BaseFixture, Pushed) {
    let fixture = BaseFixture::empty();
    let base = fixture.hardened("dhi.io/python:3.13", &[labelled("ab")]);
    fixture.hardened("dhi.io/python:3.13", &[labelled("xy")]);
    (fixture, base)
}

/// Pushes a chain of images with the labels of `labels`, each built on the one before, and [`APP`] on the last.
fn chain(fixture: &BaseFixture, labels: &Image, first: (&str, &Pushed), layers: &[&str]) {
    let (mut name, mut last) = (first.0.to_owned(), first.1.clone());
    for (number, letters) in layers.iter().enumerate() {
        let image = child(labels, letters).built_from(&[(&name, &last)]);
        let is_app = number + 1 == layers.len();
        let target = if is_app { APP.to_owned() } else { format!("{PARENT}{number}:1") };
        last = fixture.push(&target, &[image]);
        name = format!("{PARENT}{number}@1");
    }
}

#[test]
fn labels_are_inherited_by_children_of_children() {
    for (levels, app) in [(&["abc"][..], 3), (&["abc", "abcd"], 4), (&["abc", "abcd", "abcde"], 5)] {
        let (fixture, python) = moved_on();
        chain(&fixture, &labelled("ab"), ("dhi.io/python@3.13", &python), levels);
        let platform = fixture.app();
        assert_eq!(base(&platform), ("dhi.io/python".to_owned(), 2, app, "blobs"), "{levels:?}");
        let found = candidate(&platform, "dhi.io/python:3.13@");
        assert_eq!(found.depth, levels.len());
        for number in 1..levels.len() {
            let parent = candidate(&platform, &format!("{PARENT}{}", number - 1));
            assert!(matches!(parent.outcome, CandidateOutcome::Parent(_)), "{parent:#?}");
        }
    }
}

#[test]
fn inherited_labels_find_the_base_at_any_level() {
    for levels in [&["abc"][..], &["abc", "abcd"], &["abc", "abcd", "abcde"]] {
        let fixture = BaseFixture::empty();
        fixture.hardened("dhi.io/python:3.13", &[labelled("ab")]);
        let letters = levels[levels.len() - 1];
        fixture.push(APP, &[child(&labelled("ab"), letters)]);
        assert_eq!(base(&fixture.app()), ("dhi.io/python".to_owned(), 2, letters.len(), "blobs"));
    }
}

#[test]
fn a_hardened_image_on_a_hardened_image_is_the_nearest_base() {
    let (fixture, python) = moved_on();
    let upper = labelled("abc").built_from(&[("dhi.io/python@3.13", &python)]);
    let upper = fixture.hardened("dhi.io/tool:1", std::slice::from_ref(&upper));
    chain(&fixture, &labelled("abc"), ("dhi.io/tool@1", &upper), &["abcd", "abcde"]);
    assert_eq!(base(&fixture.app()), ("dhi.io/tool".to_owned(), 3, 5, "blobs"));
    // The lower one is a base too, and not the one that the labels are about.
    let lower = format!("dhi.io/python@{}", python.digest).parse().unwrap();
    let platform = fixture.app_with(&BaseOptions { bases: vec![lower], ..BaseOptions::default() });
    assert_eq!(base(&platform).0, "dhi.io/tool");
    let lower = candidate(&platform, "dhi.io/python@");
    assert!(matches!(lower.outcome, CandidateOutcome::Refuted(Mismatch::ChainId { .. })), "{lower:#?}");
}

/// An image with its own signed provenance and SBOM is a hardened one for users who trust the key. It keeps the labels of
/// its base.
#[test]
fn a_signed_image_with_inherited_labels_is_not_the_base() {
    let (fixture, python) = moved_on();
    let middle = child(&labelled("ab"), "abc").built_from(&[("dhi.io/python@3.13", &python)]);
    let middle = fixture.hardened("registry.example.com/acme/middle:1", &[middle]);
    chain(&fixture, &labelled("ab"), ("registry.example.com/acme/middle@1", &middle), &["abcd"]);
    let platform = fixture.app();
    assert_eq!(base(&platform), ("dhi.io/python".to_owned(), 2, 4, "blobs"));
    let between = candidate(&platform, "registry.example.com/acme/middle");
    assert!(matches!(between.outcome, CandidateOutcome::Refuted(Mismatch::ChainId { .. })), "{between:#?}");
    assert_eq!(candidate(&platform, "dhi.io/python:3.13@").depth, 2);
}

#[test]
fn a_false_label_proves_nothing_and_removes_no_proof() {
    let other = Image::of("a").chain_id();
    for label in ["", "sha256:", &format!("sha256:{}", "0".repeat(64)), &other] {
        let (fixture, python) = moved_on();
        // A child with false labels.
        let lie = labelled("ab").label(CHAIN_ID, label);
        chain(&fixture, &lie, ("dhi.io/python@3.13", &python), &["abc"]);
        assert_eq!(fixture.answers(), ("claims-only", 1), "{label}");
        // So it is for what inherits the lie.
        chain(&fixture, &lie, ("dhi.io/python@3.13", &python), &["abc", "abcd"]);
        assert_eq!(fixture.answers(), ("claims-only", 1), "{label}");
        // False labels of a parent do not affect a correct child.
        let parent = child(&lie, "abc").built_from(&[("dhi.io/python@3.13", &python)]);
        let parent = fixture.push(&format!("{PARENT}:1"), &[parent]);
        chain(&fixture, &labelled("ab"), (&format!("{PARENT}@1"), &parent), &["abcd"]);
        assert_eq!(base(&fixture.app()), ("dhi.io/python".to_owned(), 2, 4, "blobs"), "{label}");
    }
}

#[test]
fn labels_alone_never_pass_at_any_level() {
    let plain_chain = Image::of("pq").chain_id();
    let (fixture, python) = moved_on();
    for labels in [labelled("ab"), labelled("ab").label(CHAIN_ID, &plain_chain), Image::of("")] {
        // A plain image with all labels of a hardened one and false provenance.
        let plain = child(&labels, "pq").built_from(&[("dhi.io/python@3.13", &python)]);
        let plain = fixture.push("registry.example.com/acme/plain:1", &[plain]);
        for levels in [&["pqr"][..], &["pqr", "pqrs"], &["pqr", "pqrs", "pqrst"]] {
            chain(&fixture, &labels, ("registry.example.com/acme/plain@1", &plain), levels);
            let platform = fixture.app();
            let answer = if labels.labels.is_empty() { "not-dhi" } else { "claims-only" };
            assert_eq!(code(&platform), (answer, 1), "{platform:#?}");
        }
    }
    // With attestations by other keys, and with unsigned ones.
    for key in [None, Some(&fixture.other)] {
        let labels = labelled("pq");
        let plain = fixture.push("registry.example.com/acme/plain:1", std::slice::from_ref(&labels));
        fixture.sign(&plain, &[SPDX, SLSA], key);
        chain(&fixture, &labels, ("registry.example.com/acme/plain@1", &plain), &["pqr", "pqrs"]);
        assert_eq!(fixture.answers(), ("claims-only", 1));
    }
}

#[test]
fn a_squashed_parent_ends_the_chain() {
    let (fixture, python) = moved_on();
    // Squashed in between: what is built on it begins with other layers.
    let parent = child(&labelled("ab"), "z").built_from(&[("dhi.io/python@3.13", &python)]);
    let parent = fixture.push(&format!("{PARENT}:1"), &[parent]);
    chain(&fixture, &labelled("ab"), (&format!("{PARENT}@1"), &parent), &["zc"]);
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("claims-only", 1), "base/claims-only"));
}
