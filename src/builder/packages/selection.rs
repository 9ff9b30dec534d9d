//! The answer of a resolver: packages, each with a reason.

/// The packages that a request gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The packages that are added, by name. A package of the installed set is here only if another version of it
    /// replaces it.
    pub packages: Vec<Selected>,
    /// Relations that nothing meets, since the request excludes what would.
    pub waived: Vec<Waived>,
    /// Dependencies that more than one package could meet, in the order in which they were decided.
    pub choices: Vec<Choice>,
    /// What the request should say more clearly.
    pub warnings: Vec<Warning>,
}

/// A package that is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture in the distribution's own words: `amd64`, `all`, `x86_64`, `noarch`.
    pub architecture: String,
    /// The source package and its version. It is the package itself where the index names no other.
    pub source: (String, String),
    /// The position of its repository in the order of the definition.
    pub repository: usize,
    /// The path of its file, relative to the repository's address.
    pub path: String,
    /// The size of its file in bytes.
    pub size: u64,
    /// What its file must hash to.
    pub identity: Identity,
    /// Bytes of its files on disk, as the index says.
    pub installed_size: u64,
    /// The installed version that it replaces.
    pub replaces: Option<String>,
    /// Why it is here.
    pub reason: Reason,
}

/// The part of a package file that the signed index has a hash of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// SHA-256 of the whole file (Debian).
    File([u8; 32]),
    /// SHA-1 of the compressed control member (Alpine). Its `datahash` covers the rest.
    Control([u8; 20]),
}

/// Why a package is in the selection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// An entry asks for it.
    Requested {
        /// The entry.
        entry: String,
    },
    /// Another package needs it.
    Needed(Dependency),
    /// It is essential, and the search met it. What it was met for was given up.
    Essential,
    /// Its installed version cannot stay.
    Outdated {
        /// The relation that does not hold with it: its own, or that of a package that excludes it. `None` if it only
        /// follows another package of its source.
        relation: Option<Dependency>,
    },
    /// All packages of its condition are there (`install_if` of Alpine).
    Condition {
        /// The terms of the condition.
        terms: Vec<String>,
        /// The selected package whose arrival met the last of them.
        met_by: String,
    },
}

/// A relation of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The package that has it.
    pub package: String,
    /// The version of that package.
    pub version: String,
    /// The field, such as `Pre-Depends`.
    pub field: &'static str,
    /// The relation, all alternatives included, as the index writes it.
    pub relation: String,
}

/// A dependency that more than one package could meet, or a requested name that packages provide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Whose. `None` is the request.
    pub dependency: Option<Dependency>,
    /// The name that was looked for.
    pub name: String,
    /// The package taken.
    pub taken: String,
    /// All packages that could be taken, the best one first.
    pub candidates: Vec<Candidate>,
}

/// A package that could be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What ranks it: `optional` (Debian's Priority), or a number (Alpine's `provider_priority`).
    pub priority: String,
}

/// A relation that nothing meets, since the request excludes what would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// The relation.
    pub dependency: Dependency,
    /// What would meet it: each excluded name, with the version that it would have had.
    pub excluded: Vec<(String, String)>,
}

/// What the request should say more clearly, or a fact about it that is easily missed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Several packages are equally good, and the first by name was taken. Listing one of them decides.
    Tie(Choice),
    /// Two repositories have other bytes under one name and version.
    OtherBytes {
        /// The package.
        name: String,
        /// The version.
        version: String,
        /// The repository that was taken.
        taken: usize,
        /// The others.
        others: Vec<usize>,
    },
    /// A package is listed and excluded. It is installed.
    ListedAndExcluded {
        /// The package.
        name: String,
    },
    /// A listed name is one that packages provide, and one of them was taken.
    Provided {
        /// The entry.
        entry: String,
        /// The package taken.
        taken: String,
    },
    /// Nothing has the excluded name.
    UnknownExclusion {
        /// The name.
        name: String,
    },
}

/// One step from the request to a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Why it is there.
    pub reason: Reason,
}

impl Selection {
    /// The selected package of this name.
    pub fn package(&self, name: &str) -> Option<&Selected> {
        self.packages
            .binary_search_by(|package| package.name.as_str().cmp(name))
            .ok()
            .and_then(|at| self.packages.get(at))
    }

    /// The steps from an entry of the request to a package, the requested package first. Empty if the package is not in
    /// the selection. A package that is installed already, and that needs another one, is not in the selection: then
    /// the first step names it in its reason.
    pub fn why(&self, name: &str) -> Vec<Link> {
        let mut links = Vec::new();
        let mut next = self.package(name);
        while let Some(package) = next {
            links.push(Link {
                package: package.name.clone(),
                version: package.version.clone(),
                reason: package.reason.clone(),
            });
            // A reason precedes what it explains, so this ends; the bound holds if a resolver breaks that.
            if links.len() > self.packages.len() {
                break;
            }
            next = match &package.reason {
                Reason::Requested { .. } | Reason::Essential | Reason::Outdated { .. } => None,
                Reason::Needed(dependency) => self.package(&dependency.package),
                Reason::Condition { met_by, .. } => self.package(met_by),
            };
        }
        links.reverse();
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(name: &str, reason: Reason) -> Selected {
        Selected {
            name: name.to_owned(),
            version: "1".to_owned(),
            architecture: "amd64".to_owned(),
            source: (name.to_owned(), "1".to_owned()),
            repository: 0,
            path: format!("pool/{name}_1_amd64.deb"),
            size: 1,
            identity: Identity::File([0; 32]),
            installed_size: 0,
            replaces: None,
            reason,
        }
    }

    fn needed(by: &str) -> Reason {
        Reason::Needed(Dependency {
            package: by.to_owned(),
            version: "1".to_owned(),
            field: "Depends",
            relation: "x".to_owned(),
        })
    }

    #[test]
    fn why_leads_from_the_request_to_a_package() {
        let selection = Selection {
            packages: vec![
                selected("a", Reason::Requested { entry: "a".to_owned() }),
                selected("b", needed("c")),
                selected("c", needed("a")),
            ],
            ..Selection::default()
        };
        let names = |name| selection.why(name).into_iter().map(|link| link.package).collect::<Vec<_>>();
        assert_eq!(names("b"), ["a", "c", "b"]);
        assert_eq!(names("a"), ["a"]);
        assert_eq!(names("d"), [""; 0]);
    }

    #[test]
    fn reasons_in_a_circle_end() {
        let selection = Selection {
            packages: vec![selected("a", needed("b")), selected("b", needed("a"))],
            ..Selection::default()
        };
        assert_eq!(selection.why("a").len(), 3);
    }
}
