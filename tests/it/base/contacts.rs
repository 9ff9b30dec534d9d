//! The hosts that the base search contacts: only registries that the program or its user names.

use dhi::cli::CommandHints;
use dhi::evidence::CandidateOutcome;
use dhi::report::HintTexts as _;
use dhi::verify::{Alias, BaseOptions};

use super::{APP, BaseFixture, base, candidate, child, code, id, python};
use crate::support::base::{Image, provenance};

const FOREIGN: &str = "evil.example.net";

#[test]
fn a_candidate_in_a_foreign_registry_is_not_contacted() {
    let fixture = BaseFixture::empty();
    let foreign = fixture.hardened(&format!("{FOREIGN}/python:1"), &[python("ab")]);
    let app = Image::of("abc").built_from(&[(&format!("{FOREIGN}/python@1"), &foreign)]);
    fixture.push(APP, &[app.annotation("org.opencontainers.image.base.name", "other.example.net/x:1")]);
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("undetermined", 3), "base/elsewhere"));
    let hint = CommandHints.hint(&platform.answer.diagnostic().unwrap()).unwrap();
    assert_eq!(hint, format!("allow it with `--base-registry {FOREIGN}`"));
    assert!(matches!(candidate(&platform, FOREIGN).outcome, CandidateOutcome::NotContacted(_)));
    assert!(matches!(candidate(&platform, "other.example.net").outcome, CandidateOutcome::NotContacted(_)));
    assert_eq!(fixture.hosts_asked(), ["registry.example.com"]);
    let options = BaseOptions { registries: vec![FOREIGN.to_owned()], ..BaseOptions::default() };
    assert_eq!(base(&fixture.app_with(&options)).0, format!("{FOREIGN}/python"));
    assert_eq!(fixture.hosts_asked(), [FOREIGN, "registry.example.com"]);
}

#[test]
fn a_foreign_candidate_matters_only_without_another_proof() {
    let (fixture, python_image) = BaseFixture::new();
    let foreign = fixture.push(&format!("{FOREIGN}/tool:1"), &[Image::of("t")]);
    let tool = format!("{FOREIGN}/tool@1");
    fixture.push(
        APP,
        &[Image::of("abc").built_from(&[(&tool, &foreign), ("dhi.io/python@3.13", &python_image)])],
    );
    assert_eq!(fixture.answers(), ("dhi-based", 0));
    assert!(!fixture.hosts_asked().contains(&FOREIGN.to_owned()));
    fixture.push(
        APP,
        &[Image::of("xyz").built_from(&[(&tool, &foreign), ("dhi.io/python@3.13", &python_image)])],
    );
    assert_eq!(fixture.answers(), ("undetermined", 3));
}

#[test]
fn a_parent_cannot_name_a_foreign_registry() {
    let fixture = BaseFixture::empty();
    let foreign = fixture.hardened(&format!("{FOREIGN}/python:1"), &[python("ab")]);
    let middle = Image::of("abc").built_from(&[(&format!("{FOREIGN}/python@1"), &foreign)]);
    let middle = fixture.push("registry.example.com/acme/middle:1", &[middle]);
    fixture.push(APP, &[Image::of("abcd").built_from(&[("registry.example.com/acme/middle@1", &middle)])]);
    assert_eq!(fixture.answers(), ("undetermined", 3));
    assert_eq!(fixture.hosts_asked(), ["registry.example.com"]);
}

#[test]
fn names_of_files_in_fetched_data_are_not_opened() {
    let fixture = BaseFixture::empty();
    for name in ["oci:/etc", "archive:/etc/passwd", "registry.example.com/Upper", ""] {
        fixture.push(APP, &[Image::of("abc").annotation("org.opencontainers.image.base.name", name)]);
        assert_eq!(fixture.answers(), ("not-dhi", 1), "{name}");
    }
}

#[test]
fn an_alias_leads_from_a_copy_to_its_original() {
    let fixture = BaseFixture::empty();
    // Without labels, which would lead to the original by themselves.
    let python_image = fixture.hardened("dhi.io/python:3.13", &[Image::of("ab")]);
    // The copy came without attestations, or is not even there.
    for host in ["registry.example.com", FOREIGN] {
        let copy = fixture.push(&format!("{host}/mirror/dhi-python:3.13"), &[Image::of("ab")]);
        assert_eq!(copy.digest, python_image.digest);
        let app = Image::of("abc").built_from(&[(&format!("{host}/mirror/dhi-python@3.13"), &copy)]);
        fixture.push(APP, &[app]);
        if host == FOREIGN {
            assert_eq!(fixture.answers(), ("undetermined", 3));
        } else {
            assert_eq!(fixture.answers(), ("not-dhi", 1));
        }
        let alias = Alias {
            copy: format!("{host}/mirror/dhi-python").parse::<dhi::oci::Reference>().unwrap().repository,
            original: "dhi.io/python".parse::<dhi::oci::Reference>().unwrap().repository,
        };
        let options = BaseOptions { aliases: vec![alias], ..BaseOptions::default() };
        let platform = fixture.app_with(&options);
        assert_eq!(base(&platform).0, "dhi.io/python");
        assert_eq!(candidate(&platform, "dhi.io/python").origins[0].as_str(), "alias");
    }
}

#[test]
fn an_unavailable_registry_leaves_the_base_undetermined() {
    for (status, exit) in [(401, 5), (503, 6)] {
        let (fixture, python_image) = BaseFixture::new();
        fixture.answer_host("dhi.io", status);
        fixture
            .push(APP, &[child(&python("ab"), "abc").built_from(&[("dhi.io/python@3.13", &python_image)])]);
        assert_eq!(fixture.answers(), ("undetermined", exit), "{status}");
        // A copy that can be asked proves it all the same.
        fixture.hardened("registry.example.com/copy/python:3.13", &[python("ab")]);
        let options = BaseOptions {
            bases: vec!["registry.example.com/copy/python:3.13".parse().unwrap()],
            ..BaseOptions::default()
        };
        assert_eq!(code(&fixture.app_with(&options)), ("dhi-based", 0), "{status}");
    }
}

#[test]
fn a_missing_base_counts_and_a_missing_guess_does_not() {
    let (fixture, python_image) = BaseFixture::new();
    let app = Image::of("abc").built_from(&[("dhi.io/gone@1", &python_image)]);
    fixture.push(APP, &[app]);
    assert_eq!(fixture.answers(), ("undetermined", 3));
    let labelled =
        Image::of("abc").label("com.docker.dhi.name", "dhi/gone").label("com.docker.dhi.version", "1");
    fixture.push(APP, &[labelled]);
    assert_eq!(fixture.answers(), ("claims-only", 1));
}

#[test]
fn unreadable_provenance_leaves_the_base_undetermined() {
    for signed in [None, Some(())] {
        let (fixture, python_image) = BaseFixture::new();
        let inputs = [("dhi.io/python@3.13", &python_image)];
        if signed.is_none() {
            fixture.push(APP, &[Image::of("abc").built_from(&inputs)]);
        } else {
            let app = fixture.push(APP, &[Image::of("abc")]);
            let named = [("pkg:docker/dhi.io/python@3.13".to_owned(), python_image.digest.clone())];
            let key = Some((&fixture.other, "acme/app"));
            fixture.attest(
                &app.repository,
                &app.images[0],
                crate::support::base::SLSA,
                &provenance(&named),
                key,
            );
        }
        assert_eq!(fixture.answers(), ("dhi-based", 0));
        fixture.lose_blobs("registry.example.com/acme/app", "resolvedDependencies");
        assert_eq!(fixture.answers(), ("undetermined", 6));
    }
}

#[test]
fn too_many_candidates_reach_a_limit() {
    let fixture = BaseFixture::empty();
    let other = fixture.push("registry.example.com/acme/other:1", &[Image::of("q")]);
    let names: Vec<String> =
        (0..70).map(|number| format!("registry.example.com/acme/other@{number}")).collect();
    let inputs: Vec<_> = names.iter().map(|name| (name.as_str(), &other)).collect();
    fixture.push(APP, &[Image::of("abc").built_from(&inputs)]);
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("undetermined", 4), "limits/exceeded"));
}
