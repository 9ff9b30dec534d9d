//! Charts in an index: attestations about the index count for a chart that has none of its own. The test writes and
//! signs the layouts.

use dhi::oci::media_type;

use crate::support::env::{ATTESTED_ONLY, Run};
use crate::support::layout::LayoutFixture;

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v1";
const VEX: &str = "https://openvex.dev/ns";

fn assert(run: &Run, code: i32, ids: &[&str]) {
    assert_eq!(
        (run.code, run.ids()),
        (code, ids.iter().map(ToString::to_string).collect()),
        "{}",
        run.stdout
    );
}

fn attestations(run: &Run) -> usize {
    run.json()["images"][0]["platforms"][0]["attestations"].as_array().unwrap().len()
}

#[test]
fn attestations_about_the_index_count_for_its_chart() {
    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    layout.attest(&index, &index, SPDX);
    layout.attest(&index, &index, SLSA);
    let run = layout.verify(&index, &[]);
    assert(&run, 0, &[]);
    assert_eq!(attestations(&run), 2);

    for (wanted, code, ids) in [(SPDX, 0, &[][..]), ("https://x/y", 3, &["attest/predicate-missing"])] {
        let layout = LayoutFixture::new();
        let chart = layout.entry(media_type::HELM_CONFIG);
        let index = layout.index(&[&chart]);
        layout.attest(&index, &index, SPDX);
        layout.attest(&index, &index, SLSA);
        assert(&layout.verify(&index, &["--predicate-type", wanted, "--platform", "linux/amd64"]), code, ids);
    }
}

#[test]
fn a_bad_attestation_about_the_index_fails() {
    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    layout.attest(&index, &index, SPDX);
    layout.attest(&index, &chart, SLSA);
    assert(&layout.verify(&index, &[]), 4, &["trust/subject-mismatch"]);

    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    layout.attest_unsigned(&index, &index, SPDX);
    assert(&layout.verify(&index, &[]), 3, &["trust/unsigned"]);
}

#[test]
fn a_chart_with_its_own_attestations_passes() {
    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    layout.attest(&chart, &chart, SPDX);
    layout.attest(&index, &index, SLSA);
    let run = layout.verify(&index, &ATTESTED_ONLY);
    assert(&run, 0, &[]);
    assert_eq!(attestations(&run), 1);
    // What is about the index does not make it whole.
    assert(&layout.verify(&index, &[]), 1, &["base/not-dhi"]);

    // Bad ones are its own too, and so are those that were not asked for.
    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    layout.attest(&chart, &index, SPDX);
    layout.attest(&index, &index, SPDX);
    assert(&layout.verify(&index, &[]), 4, &["trust/subject-mismatch"]);

    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    layout.attest(&chart, &chart, SPDX);
    layout.attest(&index, &index, SLSA);
    // A type that is asked for may be that of one about the index, as for every entry of it.
    assert(&layout.verify(&index, &["--predicate-type", SLSA]), 0, &[]);
    assert(&layout.verify(&index, &["--predicate-type", VEX]), 3, &["attest/predicate-missing"]);

    // A bad one about the index does not belong to the chart, but `attested` reports it.
    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    layout.attest(&chart, &chart, SPDX);
    layout.attest(&chart, &chart, SLSA);
    layout.attest(&index, &chart, SLSA);
    assert(&layout.verify(&index, &[]), 0, &[]);
    assert(&layout.verify(&index, &ATTESTED_ONLY), 4, &["trust/subject-mismatch"]);
}

#[test]
fn index_attestations_prove_no_hardened_image() {
    let layout = LayoutFixture::new();
    let image = layout.entry(media_type::OCI_CONFIG);
    let index = layout.index(&[&image]);
    layout.attest(&index, &index, SPDX);
    layout.attest(&index, &index, SLSA);
    // `attested` accepts them: the index names the image by digest.
    assert(&layout.verify(&index, &ATTESTED_ONLY), 0, &[]);
    assert(&layout.verify(&index, &[]), 1, &["base/not-dhi"]);

    // Beside a chart it still has to be proven by itself.
    let layout = LayoutFixture::new();
    let (chart, image) = (layout.entry(media_type::HELM_CONFIG), layout.entry(media_type::OCI_CONFIG));
    let index = layout.index(&[&chart, &image]);
    layout.attest(&index, &index, SPDX);
    layout.attest(&index, &index, SLSA);
    assert(&layout.verify(&index, &ATTESTED_ONLY), 0, &[]);
    assert(&layout.verify(&index, &[]), 1, &["base/not-dhi"]);
}

#[test]
fn an_unsigned_chart_has_no_proof() {
    let layout = LayoutFixture::new();
    let chart = layout.entry(media_type::HELM_CONFIG);
    let index = layout.index(&[&chart]);
    for root in [&chart, &index] {
        for (flags, code, id) in [(&ATTESTED_ONLY[..], 3, "attest/none"), (&[], 1, "base/not-dhi")] {
            let run = layout.verify(root, flags);
            assert(&run, code, &[id]);
            assert!(run.stdout.contains("\"hint\""), "{}", run.stdout);
        }
    }
}
