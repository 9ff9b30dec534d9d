//! The product tree: what a product id stands for (CSAF 2.0, 3.2.2).
//!
//! A product id stands for the package URLs and hashes of its identification helper. A product that has neither stays
//! a component without identities, or with its CPE alone: it matches nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use super::super::identities;
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::{Component, Identity, Product};

/// The categories of relationships: a product as a part of another one.
const RELATIONSHIPS: [&str; 5] = [
    "default_component_of",
    "installed_on",
    "installed_with",
    "external_component_of",
    "optional_component_of",
];

/// The branch whose products stand for several versions.
const RANGE: &str = "product_version_range";

/// Product ids, relationships and groups.
#[derive(Default)]
pub(super) struct ProductTree {
    products: HashMap<String, Component>,
    /// By the product id of the relationship: component and product.
    relationships: HashMap<String, Vec<(String, String)>>,
    groups: HashMap<String, Vec<String>>,
}

/// Each statement has the tree, so it is not written with each.
impl fmt::Debug for ProductTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProductTree").finish_non_exhaustive()
    }
}

impl ProductTree {
    /// The products that an id stands for. One that is not known is a product without identities.
    pub(super) fn products(&self, id: &str) -> Vec<Product> {
        let mut products = Vec::new();
        // The product id of a relationship can have a helper of its own.
        let own = self.component(id);
        let relationships = self.relationships.get(id).map(Vec::as_slice).unwrap_or_default();
        if relationships.is_empty() || !own.identities.is_empty() {
            products.push(Product { component: own, subcomponents: Vec::new() });
        }
        products.extend(relationships.iter().map(|(component, product)| Product {
            component: self.component(product),
            subcomponents: vec![self.component(component)],
        }));
        products
    }

    /// The ids of a group.
    pub(super) fn group(&self, id: &str) -> &[String] {
        self.groups.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    fn component(&self, id: &str) -> Component {
        self.products.get(id).cloned().unwrap_or_default()
    }

    /// Reads `product_tree`.
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let members = ["branches", "full_product_names", "relationships", "product_groups"];
        reader.optional_object(&members, |reader, name| match name {
            "branches" => reader.optional_array(|reader| self.branch(reader).map(|_| ())),
            "full_product_names" => reader.optional_array(|reader| self.product(reader).map(|_| ())),
            "relationships" => reader.optional_array(|reader| self.relationship(reader)),
            _ => reader.optional_array(|reader| self.product_group(reader)),
        })
    }

    /// Reads a branch. Returns the ids of all products below it.
    fn branch(&mut self, reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
        let mut is_range = false;
        let mut ids = Vec::new();
        reader.object(&["category", "product", "branches"], |reader, name| match name {
            "category" => {
                is_range = reader.optional_string()?.is_some_and(|category| category == RANGE);
                Ok(())
            }
            "product" => {
                ids.extend(self.product(reader)?);
                Ok(())
            }
            _ => reader.optional_array(|reader| {
                ids.extend(self.branch(reader)?);
                Ok(())
            }),
        })?;
        // The category can follow the products.
        for id in ids.iter().filter(|_| is_range) {
            self.products.entry(id.clone()).and_modify(mark_range);
        }
        Ok(ids)
    }

    /// Reads a full product name. Returns its id.
    fn product(&mut self, reader: &mut Reader<'_>) -> Result<Option<String>, Fault> {
        let mut id = None;
        let mut component = Component::default();
        reader.object(&["product_id", "product_identification_helper"], |reader, name| {
            match name {
                "product_id" => id = reader.optional_string()?.map(Cow::into_owned),
                _ => helper(reader, &mut component)?,
            }
            Ok(())
        })?;
        if let Some(id) = &id {
            self.products.entry(id.clone()).or_default().identities.extend(component.identities);
        }
        Ok(id)
    }

    fn relationship(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let (mut is_known, mut component, mut product, mut id) = (false, None, None, None);
        let members = ["category", "product_reference", "relates_to_product_reference", "full_product_name"];
        reader.object(&members, |reader, name| {
            match name {
                "category" => {
                    is_known = reader.optional_string()?.is_some_and(|name| RELATIONSHIPS.contains(&&*name));
                }
                "product_reference" => component = reader.optional_string()?.map(Cow::into_owned),
                "relates_to_product_reference" => {
                    product = reader.optional_string()?.map(Cow::into_owned);
                }
                _ => id = self.product(reader)?,
            }
            Ok(())
        })?;
        if let (true, Some(component), Some(product), Some(id)) = (is_known, component, product, id) {
            self.relationships.entry(id).or_default().push((component, product));
        }
        Ok(())
    }

    fn product_group(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let (mut id, mut ids) = (None, Vec::new());
        reader.object(&["group_id", "product_ids"], |reader, name| {
            match name {
                "group_id" => id = reader.optional_string()?.map(Cow::into_owned),
                _ => ids = reader.strings()?,
            }
            Ok(())
        })?;
        if let Some(id) = id {
            self.groups.entry(id).or_default().extend(ids);
        }
        Ok(())
    }
}

/// Reads `product_identification_helper`: a package URL (2.0) or several (2.1), hashes of files, a CPE.
fn helper(reader: &mut Reader<'_>, into: &mut Component) -> Result<(), Fault> {
    let identities = &mut into.identities;
    reader.optional_object(&["purl", "purls", "hashes", "cpe"], |reader, name| {
        match name {
            "purl" => identities.extend(reader.optional_string()?.map(|text| identities::of_text(&text))),
            "purls" => identities.extend(reader.strings()?.iter().map(|text| identities::of_text(text))),
            "cpe" => identities.extend(reader.optional_string()?.map(|cpe| Identity::Cpe(cpe.into_owned()))),
            _ => reader.optional_array(|reader| {
                reader.object(&["file_hashes"], |reader, _| {
                    reader.optional_array(|reader| {
                        reader.object(&["value"], |reader, _| {
                            let value = reader.optional_string()?.unwrap_or_default();
                            identities.extend(identities::of_hash(&value));
                            Ok(())
                        })
                    })
                })
            })?,
        }
        Ok(())
    })
}

/// Marks package URLs without version: they stand for versions that the document does not list.
fn mark_range(component: &mut Component) {
    for identity in &mut component.identities {
        if let Identity::Purl { purl, is_range, .. } = identity {
            *is_range = purl.version().is_none();
        }
    }
}
