//! Every scaffold reads without findings, and says what it is for.

use super::*;
use crate::builder::definition::{Keyword as _, Kind, Variant, read};

fn products() -> Vec<Product> {
    let distributions = Distribution::ALL.iter().copied();
    let images = distributions
        .clone()
        .flat_map(|one| ImageVariant::ALL.iter().map(move |variant| Product::Image(one, *variant)));
    images.chain(distributions.map(Product::Package)).chain([Product::Chart]).collect()
}

#[test]
fn every_scaffold_reads_without_findings() {
    for product in products() {
        for name in ["api", "registry.example.com/team/my-api", "1", "0.10", "pkg-x", "y-chart", "1.2-chart"]
        {
            let name: ProductName = name.parse().unwrap();
            if matches!(product, Product::Image(..)) && name.is_of_package() {
                continue;
            }
            let scaffold = Scaffold { product, name, released: jiff::civil::date(2026, 2, 28) };
            let text = scaffold.text();
            let read = read(&text, "new.yaml").unwrap();
            assert_eq!(read.findings, [], "{text}");
            let definition = read.definition;
            let (kind, variant, directive) = match product {
                Product::Image(one, ImageVariant::Runtime) => (Kind::Image, Variant::Runtime, one.as_str()),
                Product::Image(one, ImageVariant::Dev) => (Kind::Image, Variant::Dev, one.as_str()),
                Product::Package(one) => (Kind::Package, Variant::Runtime, one.as_str()),
                Product::Chart => (Kind::Chart, Variant::Helm, "helm3"),
            };
            assert_eq!((definition.kind(), definition.variant()), (kind, variant), "{text}");
            let directive = format!("dhi.io/build:2-{directive}");
            assert_eq!(definition.directive.unwrap().value.text, directive);
        }
    }
}

#[test]
fn names_are_repositories_without_tag_and_digest() {
    let repository = |text: &str| text.parse::<ProductName>().map(|name| name.repository().to_owned());
    assert_eq!(repository("api"), Ok("registry.example.com/api".to_owned()));
    assert_eq!(repository("ghcr.example/team/api"), Ok("ghcr.example/team/api".to_owned()));
    for wrong in
        ["", "API", "api:1", "a b", "x/api@sha256:0", "oci:x/y", "api\n", "-x", "a/../b", "https://x/y", "/x"]
    {
        assert!(repository(wrong).is_err(), "{wrong}");
    }
}
