//! Attacks by an image, a registry or a cache, each in a test that names it. The cases are those of published
//! advisories about verifiers, registry clients and admission controllers.
//!
//! `docs/attacks.md` lists the tests for each case.

mod binding;
mod build_records;
mod claims;
mod every_step;
mod key_twins;
#[cfg(unix)]
mod links;
mod lists;
pub(crate) mod measure;
mod origins;
mod platforms;
mod registries;
mod scout;
mod secrets;
mod sizes;
mod tampered_image;
mod trust_supply;
mod unbounded;
mod unsigned_data;
mod wide;
#[cfg(target_os = "linux")]
mod writing;

use serde_json::json;

use tampered_image::{GOOD, TamperedImage};

const OTHER: &str = "fixtures/keys/other.pub";
const LIMIT: &[&str] = &["limits/exceeded"];

#[test]
fn the_image_passes_before_it_is_tampered_with() {
    TamperedImage::of(GOOD).passes(&["--require-tlog", "--require-index-signature"]);
    let mut unsigned = TamperedImage::of(GOOD);
    unsigned.edit_index(|index| index["annotations"] = json!({ "a": "b" }));
    unsigned.passes(&[]);
}
