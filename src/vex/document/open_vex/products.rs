//! Products and components of OpenVEX statements. One walk checks them while the document is read; the same walk
//! reads them later, from the same text.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::super::identities;
use crate::vex::json_reader::{Fault, Kind, Reader};
use crate::vex::{Component, Identity, Product, Products, UnreadProducts};

const COMPONENT: [&str; 3] = ["@id", "identifiers", "hashes"];
const PRODUCT: [&str; 4] = ["@id", "identifiers", "hashes", "subcomponents"];
const IDENTIFIERS: [&str; 3] = ["purl", "cpe22", "cpe23"];

/// The texts of the products and of the subcomponents of a whole statement, which were checked.
#[derive(Debug)]
struct CheckedProducts {
    products: Bytes,
    /// In OpenVEX 0.0.1.
    subcomponents: Option<Bytes>,
}

/// The products in these parts of a text, which were checked.
pub(super) fn unread(
    bytes: &Bytes,
    products: Option<Range<usize>>,
    subcomponents: Option<Range<usize>>,
) -> Products {
    products.map_or_else(Products::default, |range| {
        let subcomponents = subcomponents.map(|range| bytes.slice(range));
        Products::unread(Arc::new(CheckedProducts { products: bytes.slice(range), subcomponents }))
    })
}

/// Checks a list of products.
pub(super) fn check(reader: &mut Reader<'_>) -> Result<(), Fault> {
    reader.optional_array(|reader| product(reader, None))
}

/// Checks a list of components.
pub(super) fn check_components(reader: &mut Reader<'_>) -> Result<(), Fault> {
    reader.optional_array(|reader| component(reader, None))
}

impl UnreadProducts for CheckedProducts {
    fn read(&self) -> Vec<Product> {
        let mut products = Vec::new();
        let checked = with_reader(&self.products, |reader| {
            reader.optional_array(|reader| {
                let mut read = Product { component: Component::default(), subcomponents: Vec::new() };
                product(reader, Some(&mut read))?;
                products.push(read);
                Ok(())
            })
        });
        let mut common = Vec::new();
        let common_checked = self.subcomponents.as_ref().is_none_or(|text| {
            with_reader(text, |reader| reader.optional_array(|reader| push_component(reader, &mut common)))
        });
        if !checked || !common_checked {
            // A product without identities matches nothing. No product at all could stand for a subject.
            return vec![Product { component: Component::default(), subcomponents: Vec::new() }];
        }
        for product in &mut products {
            product.subcomponents.extend_from_slice(&common);
        }
        products
    }
}

/// Whether the text is read without a fault.
fn with_reader(text: &[u8], read: impl FnOnce(&mut Reader<'_>) -> Result<(), Fault>) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| read(&mut Reader::new(text)).is_ok())
}

/// Reads a product: an object, or in OpenVEX 0.0.1 a string. Without `into` it is only checked.
fn product(reader: &mut Reader<'_>, mut into: Option<&mut Product>) -> Result<(), Fault> {
    if reader.kind() != Kind::Object {
        return old_component(reader, into.map(|product| &mut product.component));
    }
    reader.object(&PRODUCT, |reader, name| match (name, into.as_deref_mut()) {
        ("subcomponents", Some(product)) => {
            reader.optional_array(|reader| push_component(reader, &mut product.subcomponents))
        }
        ("subcomponents", None) => check_components(reader),
        (name, product) => identity(reader, name, product.map(|product| &mut product.component)),
    })
}

fn push_component(reader: &mut Reader<'_>, into: &mut Vec<Component>) -> Result<(), Fault> {
    let mut read = Component::default();
    component(reader, Some(&mut read))?;
    into.push(read);
    Ok(())
}

/// Reads a component: an object, or in OpenVEX 0.0.1 a string. Without `into` it is only checked.
fn component(reader: &mut Reader<'_>, mut into: Option<&mut Component>) -> Result<(), Fault> {
    if reader.kind() != Kind::Object {
        return old_component(reader, into);
    }
    reader.object(&COMPONENT, |reader, name| identity(reader, name, into.as_deref_mut()))
}

fn old_component(reader: &mut Reader<'_>, into: Option<&mut Component>) -> Result<(), Fault> {
    match into {
        Some(component) => component.identities.extend(of_id(&reader.string()?)),
        None => reader.skip_string()?,
    }
    Ok(())
}

/// Reads one identity of a component, or those in an object. Without `into` it is only checked.
fn identity(reader: &mut Reader<'_>, name: &str, into: Option<&mut Component>) -> Result<(), Fault> {
    if reader.kind() == Kind::Null {
        return reader.skip();
    }
    let Some(component) = into else { return check_identity(reader, name) };
    match name {
        "@id" => component.identities.extend(of_id(&reader.string()?)),
        "identifiers" => reader.object(&IDENTIFIERS, |reader, name| {
            let text = reader.optional_string()?.unwrap_or_default();
            let identity = match name {
                "purl" => of_id(&text),
                _ => (!text.is_empty()).then(|| Identity::Cpe(text.into_owned())),
            };
            // Often a copy of `@id`.
            component.identities.extend(identity.filter(|identity| !component.identities.contains(identity)));
            Ok(())
        })?,
        _ => reader.members(|reader, _| {
            let text = reader.optional_string()?.unwrap_or_default();
            component.identities.extend(identities::of_hash(&text));
            Ok(())
        })?,
    }
    Ok(())
}

fn check_identity(reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
    match name {
        "@id" => reader.skip_string(),
        "identifiers" => reader.object(&IDENTIFIERS, |reader, _| reader.optional_string().map(|_| ())),
        _ => reader.members(|reader, _| reader.optional_string().map(|_| ())),
    }
}

fn of_id(text: &str) -> Option<Identity> {
    (!text.is_empty()).then(|| identities::of_text(text))
}
