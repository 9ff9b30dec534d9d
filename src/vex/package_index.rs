//! Statements about one vulnerability by the names of the packages in them, so that a finding meets only those that
//! can be about its package.
//!
//! Invariant: the index never leaves out a statement that could match. Names are folded more coarsely than any rule of
//! comparison does, and a statement whose products have no package name is found under every name.

use std::collections::{BTreeSet, HashMap};

use super::{Component, FoundPackage, Identity, PackageUrl, Statement, StatementRef};

/// A name without what rules of comparison ignore: the last part of a path or of `group:artifact`, in lower case, with
/// one separator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::vex) struct FoldedName(String);

impl FoldedName {
    /// Folds a name.
    pub(in crate::vex) fn of(name: &str) -> Self {
        Self(folded(name).collect())
    }

    /// Whether a name is this one when it is folded.
    fn is_of(&self, name: &str) -> bool {
        folded(name).eq(self.0.chars())
    }

    /// All names of a package: those of its package URL and of the report, and those of its source packages.
    pub(in crate::vex) fn all_of(package: &FoundPackage) -> BTreeSet<Self> {
        let purl = package.purl.iter().map(PackageUrl::name);
        let sources = package.sources.iter().map(|source| source.name.as_str());
        let written = std::iter::once(package.name.as_str());
        purl.chain(written).chain(sources).filter(|name| !name.is_empty()).map(Self::of).collect()
    }

    /// The name of a component, if every identity of it is the package URL of a package.
    fn of_component(component: &Component) -> Option<Vec<Self>> {
        let names = component.identities.iter().map(|identity| match identity {
            Identity::Purl { purl, .. } if !is_image_type(purl.kind()) => Some(Self::of(purl.name())),
            _ => None,
        });
        names.collect()
    }

    /// Whether a component has one of these names.
    pub(in crate::vex) fn is_any_of(names: &BTreeSet<Self>, component: &Component) -> bool {
        component.identities.iter().any(|identity| match identity {
            Identity::Purl { purl, .. } => names.iter().any(|name| name.is_of(purl.name())),
            _ => false,
        })
    }

    /// Whether a component can be a package with one of these names: it has one of them, or an identity without a name.
    pub(in crate::vex) fn can_be_any_of(names: &BTreeSet<Self>, component: &Component) -> bool {
        component.identities.iter().any(|identity| match identity {
            Identity::Purl { purl, .. } => names.iter().any(|name| name.is_of(purl.name())),
            _ => true,
        })
    }
}

fn folded(name: &str) -> impl Iterator<Item = char> {
    let last = name.rsplit(['/', ':']).find(|part| !part.is_empty()).unwrap_or(name);
    let fold = |letter: char| if matches!(letter, '_' | '.') { '-' } else { letter };
    last.chars().flat_map(char::to_lowercase).map(fold)
}

/// Whether package URLs of this type name images.
pub(in crate::vex) fn is_image_type(kind: &str) -> bool {
    matches!(kind, "oci" | "docker")
}

/// Statements by the folded names of the packages that they can be about.
#[derive(Clone, Debug, Default)]
pub(in crate::vex) struct PackageIndex {
    by_name: HashMap<FoldedName, Vec<StatementRef>>,
    /// Those that can be about any package: images as a whole, hashes, texts.
    any: Vec<StatementRef>,
}

impl PackageIndex {
    /// Indexes these statements.
    pub(in crate::vex) fn new<'a>(
        statements: impl IntoIterator<Item = (StatementRef, &'a Statement)>,
    ) -> Self {
        let mut index = Self::default();
        for (at, statement) in statements {
            match names_in(statement) {
                Some(names) => {
                    names.into_iter().for_each(|name| index.by_name.entry(name).or_default().push(at));
                }
                None => index.any.push(at),
            }
        }
        index
    }

    /// The statements that can be about a package with these names.
    pub(in crate::vex) fn get(
        &self,
        names: impl IntoIterator<Item = FoldedName>,
    ) -> impl Iterator<Item = StatementRef> {
        let named = names.into_iter().filter_map(|name| self.by_name.get(&name)).flatten();
        self.any.iter().chain(named).copied()
    }
}

/// The names of all packages that a statement can be about. `None`: of any.
fn names_in(statement: &Statement) -> Option<BTreeSet<FoldedName>> {
    let mut names = BTreeSet::new();
    if statement.products.get().is_empty() {
        return None;
    }
    for product in statement.products.get() {
        let own = FoldedName::of_component(&product.component);
        if product.subcomponents.is_empty() {
            names.extend(own?);
            continue;
        }
        // The product itself may be the package; then its subcomponents do not count.
        names.extend(own.into_iter().flatten());
        for subcomponent in &product.subcomponents {
            names.extend(FoldedName::of_component(subcomponent)?);
        }
    }
    Some(names)
}
