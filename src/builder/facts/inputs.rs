//! What a definition takes from elsewhere, how that is verified, and who may fetch it.

use std::collections::HashMap;

use super::aspect::Aspect;
use super::fact::{Fact, Value};
use crate::builder::definition::keyword::keywords;
use crate::builder::definition::{Checksum, Directive, Family, ImageSource, SourceUrl, StepUses, WebUrl};
use crate::oci::reference::DHI;

/// Something that a build fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it is.
    pub kind: InputKind,
    /// Its address, as it is written.
    pub address: String,
    /// Where it is stored, if it is a file.
    pub path: Option<String>,
    /// The stage that uses it. `None`: the image itself.
    pub stage: Option<String>,
    /// What verifies it.
    pub integrity: Integrity,
    /// Who may fetch it.
    pub access: Access,
}

keywords! {
    /// What an input is.
    InputKind {
        /// The program that reads the definition.
        Frontend = "frontend",
        /// The package repositories of the distribution, which the frontend uses if a definition names none.
        Distribution = "distribution",
        /// A package repository.
        Repository = "repository",
        /// A key of package repositories.
        Key = "key",
        /// A file.
        File = "file",
        /// A Git repository.
        Git = "git",
        /// An image whose files are copied, or in which a stage or step runs.
        Image = "image",
        /// An image that a chart deploys, or a chart that it depends on.
        ChartReference = "chart-reference",
    }
}

/// What verifies an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// A digest of the bytes.
    Digest(String),
    /// A Git commit.
    Commit(String),
    /// A checksum file, which is as trusted as its server.
    ChecksumFile(String),
    /// Signatures with these keys.
    Signed(Vec<String>),
    /// Signatures with the keys of the distribution.
    DistributionKeys,
    /// Nothing.
    None,
}

keywords! {
    /// Who may fetch an input.
    Access {
        /// Everyone.
        Public = "public",
        /// Everyone with a login.
        Login = "login",
        /// Customers with a subscription for it.
        Subscription = "subscription",
    }
}

impl Integrity {
    /// The kind in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Digest(_) => "digest",
            Self::Commit(_) => "commit",
            Self::ChecksumFile(_) => "checksum-file",
            Self::Signed(_) => "signed",
            Self::DistributionKeys => "distribution-keys",
            Self::None => "none",
        }
    }

    /// The value that it is verified against.
    pub fn value(&self) -> Option<String> {
        match self {
            Self::Digest(text) | Self::Commit(text) | Self::ChecksumFile(text) => Some(text.clone()),
            Self::Signed(keys) => Some(keys.join(", ")),
            Self::DistributionKeys | Self::None => None,
        }
    }

    /// Whether the definition itself fixes the content.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Digest(_) | Self::Commit(_))
    }
}

/// Everything that the facts fetch, in their order.
pub fn inputs(facts: &[Fact]) -> Vec<Input> {
    let mut keys: HashMap<Option<&str>, Vec<String>> = HashMap::new();
    for key in facts.iter().filter(|fact| fact.aspect == Aspect::Key) {
        keys.entry(key.stage.as_deref()).or_default().push(file_name(&key.name));
    }
    // A stage without keys has those of the definition.
    let keys_of = |stage: Option<&str>| keys.get(&stage).or_else(|| keys.get(&None)).cloned();
    let mut found = Vec::new();
    for fact in facts {
        let input = |kind, address: String, integrity, access| Input {
            kind,
            address,
            path: fact.text("path").map(str::to_owned),
            stage: fact.stage.clone(),
            integrity,
            access,
        };
        match fact.aspect {
            Aspect::Frontend => {
                let text = fact.text("value").unwrap_or_default();
                let address = if text.starts_with(DHI) { text.to_owned() } else { format!("{DHI}/{text}") };
                found.push(input(InputKind::Frontend, address, integrity(fact), Access::Login));
                found.extend(distribution(text, facts).map(|name| {
                    input(InputKind::Distribution, name, Integrity::DistributionKeys, Access::Public)
                }));
            }
            Aspect::Repository => {
                let integrity = match integrity(fact) {
                    Integrity::None if fact.text("type") == Some("apk") => {
                        keys_of(fact.stage.as_deref()).map_or(Integrity::DistributionKeys, Integrity::Signed)
                    }
                    integrity => integrity,
                };
                let url = fact.name.split(' ').next().unwrap_or_default();
                let is_dhi = url.parse::<WebUrl>().is_ok_and(|url| url.host() == DHI);
                let access = access(is_dhi, &fact.name);
                found.push(input(InputKind::Repository, fact.name.clone(), integrity, access));
            }
            Aspect::Key => {
                found.push(input(InputKind::Key, fact.name.clone(), Integrity::None, Access::Public));
            }
            Aspect::File => {
                let url = fact.text("url").unwrap_or_default().to_owned();
                let kind = if url.starts_with("git+") { InputKind::Git } else { InputKind::File };
                let is_dhi = url.parse::<SourceUrl>().is_ok_and(|url| url.web().host() == DHI);
                let access =
                    if fact.text("secret-id").is_some() { Access::Login } else { access(is_dhi, &url) };
                found.push(input(kind, url, integrity(fact), access));
            }
            Aspect::Artifact | Aspect::StageImage => {
                let address = address(fact);
                let access = image_access(&address);
                found.push(input(InputKind::Image, address, integrity(fact), access));
            }
            Aspect::Step => found.extend(step_images(fact)),
            _ => {}
        }
    }
    found
}

/// What verifies the object of a fact.
pub fn integrity(fact: &Fact) -> Integrity {
    match fact.aspect {
        Aspect::Frontend => {
            let directive = fact.text("value").and_then(|text| text.parse::<Directive>().ok());
            let digest = directive.and_then(|directive| directive.digest);
            digest.map_or(Integrity::None, |digest| Integrity::Digest(digest.to_string()))
        }
        Aspect::Repository if fact.text("type") == Some("deb") => match fact.get("signed-by") {
            Some(Value::List(files)) => Integrity::Signed(files.iter().map(|file| file_name(file)).collect()),
            _ => Integrity::DistributionKeys,
        },
        Aspect::Artifact | Aspect::StageImage => {
            fact.text("digest").map_or(Integrity::None, |digest| Integrity::Digest(digest.to_owned()))
        }
        Aspect::File => {
            let source = fact.text("url").and_then(|url| url.parse::<SourceUrl>().ok());
            let commit = source.as_ref().and_then(SourceUrl::commit);
            match fact.text("checksum").map(str::parse::<Checksum>) {
                Some(Ok(Checksum::Digest(digest))) => Integrity::Digest(digest.to_string()),
                Some(Ok(Checksum::Commit(commit))) => Integrity::Commit(commit),
                Some(Ok(Checksum::File(url))) => Integrity::ChecksumFile(url.to_string()),
                _ => commit.map_or(Integrity::None, |commit| Integrity::Commit(commit.to_owned())),
            }
        }
        _ => Integrity::None,
    }
}

/// The distribution whose repositories are used: that of the frontend, if packages are requested and no repository is
/// named. For Alpine, a definition has to name them.
fn distribution(frontend: &str, facts: &[Fact]) -> Option<String> {
    let directive = frontend.parse::<Directive>().ok()?;
    let has = |aspect| facts.iter().any(|fact| fact.aspect == aspect && fact.stage.is_none());
    let is_implied = directive.family == Family::Debian && has(Aspect::Package) && !has(Aspect::Repository);
    is_implied.then(|| format!("{}{}", directive.family, directive.release))
}

/// The reference of an image, as its fact has it in parts.
fn address(fact: &Fact) -> String {
    let tag = fact.text("tag").map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = fact.text("digest").map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{}{tag}{digest}", fact.name)
}

/// Images that a step runs, and those that an action writes into a chart.
fn step_images(step: &Fact) -> Vec<Input> {
    let mut found = Vec::new();
    let mut add = |kind, text: &str, image: &ImageSource| {
        let digest = image.reference().digest.as_ref().map(ToString::to_string);
        found.push(Input {
            kind,
            address: text.to_owned(),
            path: None,
            stage: step.stage.clone(),
            integrity: digest.map_or(Integrity::None, Integrity::Digest),
            access: image_access(text),
        });
    };
    if let Some(uses) = step.text("uses")
        && let Ok(StepUses::Image(image)) = uses.parse()
    {
        add(InputKind::Image, uses, &image);
    }
    for reference in &step.references {
        if let Ok(image) = reference.parse() {
            add(InputKind::ChartReference, reference, &image);
        }
    }
    found
}

fn image_access(address: &str) -> Access {
    let is_dhi = address.parse::<ImageSource>().is_ok_and(|image| {
        let name = image.repository();
        name.host() == DHI || name.path().starts_with("dhi/")
    });
    access(is_dhi, address)
}

/// Repositories of dhi.io for extended support and security fixes need more than a login.
fn access(is_dhi: bool, address: &str) -> Access {
    let mut words = address.split(|c: char| !c.is_ascii_alphanumeric());
    match is_dhi {
        false => Access::Public,
        true if words.any(|word| matches!(word, "els" | "security")) => Access::Subscription,
        true => Access::Login,
    }
}

fn file_name(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}
