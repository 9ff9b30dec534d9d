//! Layers that are stored differently than in the base: declared, accepted, or downloaded and hashed.

use dhi::cli::CommandHints;
use dhi::limits::Limits;
use dhi::report::HintTexts as _;
use dhi::verify::BaseOptions;

use super::{APP, BaseFixture, base, code, id, python};
use crate::support::base::{Image, Layer, Pushed};

fn zstd(layer: &Layer) -> Vec<u8> {
    zstd::stream::encode_all(layer.diff_id.as_bytes(), 1).unwrap()
}

/// A child of `dhi.io/python` whose first layer is stored as `stored`.
fn stored_as(fixture: &BaseFixture, python_image: &Pushed, first: &Layer) {
    let mut app = Image::of("abc").built_from(&[("dhi.io/python@3.13", python_image)]);
    app.layers[0] = first.clone();
    fixture.push(APP, &[app]);
}

fn hashing() -> BaseOptions {
    BaseOptions { verify_layers: true, ..BaseOptions::default() }
}

#[test]
fn recompressed_layers_are_proven_by_hashing() {
    let (fixture, python_image) = BaseFixture::new();
    let content = zstd::stream::encode_all(b"a".as_slice(), 1).unwrap();
    stored_as(&fixture, &python_image, &Layer::of("a").stored_as(content.clone()));
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("undetermined", 3), "base/layers-declared"));
    let hint = CommandHints.hint(&platform.answer.diagnostic().unwrap()).unwrap();
    assert!(hint.contains("--verify-layers") && hint.contains("--accept-declared-layers"), "{hint}");
    let accepting = BaseOptions { accept_declared_layers: true, ..BaseOptions::default() };
    assert_eq!(base(&fixture.app_with(&accepting)).3, "declared");
    assert!(!fixture.was_read(&content), "a layer was read without being asked for");
    assert_eq!(base(&fixture.app_with(&hashing())).3, "hashed");
    assert!(fixture.was_read(&content));
    assert!(!fixture.was_read(b"b"), "a layer that is the base's was read");
}

#[test]
fn layers_with_other_content_are_detected() {
    let (fixture, python_image) = BaseFixture::new();
    let layer = Layer::of("a");
    for stored in [b"evil".to_vec(), zstd(&layer), vec![0x1f, 0x8b, 8, 0], vec![0x28, 0xb5, 0x2f, 0xfd]] {
        stored_as(&fixture, &python_image, &layer.stored_as(stored));
        let platform = fixture.app_with(&hashing());
        assert_eq!((code(&platform), id(&platform)), (("undetermined", 4), "base/layers-changed"));
        let both = BaseOptions { accept_declared_layers: true, ..hashing() };
        assert_eq!(code(&fixture.app_with(&both)), ("undetermined", 4));
    }
}

#[test]
fn an_endless_layer_ends_at_the_limit() {
    let (fixture, python_image) = BaseFixture::new();
    let bomb = zstd::stream::encode_all(vec![0; 1 << 22].as_slice(), 1).unwrap();
    stored_as(&fixture, &python_image, &Layer::of("a").stored_as(bomb));
    let limits = Limits::default().with(|limits| limits.layer_unpacked = 1 << 20);
    let platform = fixture.app_with(&BaseOptions { limits, ..hashing() });
    assert_eq!((code(&platform), id(&platform)), (("undetermined", 4), "limits/exceeded"));
}

#[test]
fn a_config_that_omits_a_layer_proves_nothing() {
    let (fixture, python_image) = BaseFixture::new();
    // The configuration ends with the base, and the manifest has one layer more.
    let pushed = fixture.push(APP, &[Image::of("abc").built_from(&[("dhi.io/python@3.13", &python_image)])]);
    let short = fixture.push("registry.example.com/acme/short:1", &[python("ab")]);
    let image = |pushed: &Pushed| {
        let reference = format!("{}@{}", pushed.repository, pushed.images[0]["digest"].as_str().unwrap());
        fixture.evidence(&reference, &BaseOptions::default()).platforms.remove(0)
    };
    let (whole, short) = (image(&pushed), image(&short));
    let mut hiding = whole.clone();
    hiding.config.clone_from(&short.config);
    let base = image(&python_image);
    assert!(dhi::evidence::boundary(&whole, &base).unwrap().is_ok());
    assert!(dhi::evidence::boundary(&hiding, &base).unwrap().is_err());
}
