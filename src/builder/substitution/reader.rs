//! Reads a substitution file.

use super::error::{Invalid, SubstitutionError};
use super::limits::SUBSTITUTION_RULES;
use super::{NamePattern, Substitutions};
use crate::builder::definition::{PackageRequest, RepositoryLine, WebUrl};
use crate::diagnostic::closest;
use crate::limits::Exceeded;
use crate::oci::Digest;
use crate::yaml::{Value, documents};

const KEYS: [&str; 2] = ["repositories", "packages"];

impl Substitutions {
    /// Reads the text of the file `file`.
    ///
    /// # Errors
    ///
    /// [`SubstitutionError`]
    pub fn read(text: &str, file: &str) -> Result<Self, SubstitutionError> {
        let wrong = |line, cause| SubstitutionError { file: file.to_owned(), line, cause };
        let mut documents = documents(text, file);
        let document = match documents.next() {
            None => return Err(wrong(None, Invalid::Shape)),
            Some(document) => document.map_err(|error| wrong(None, Invalid::Yaml(error.to_string())))?,
        };
        if let Some(second) = documents.next() {
            second.map_err(|error| wrong(None, Invalid::Yaml(error.to_string())))?;
            return Err(wrong(None, Invalid::Yaml("there is a second document".to_owned())));
        }
        let root = document.root().ok_or_else(|| wrong(None, Invalid::Shape))?;
        let members = root.members().ok_or_else(|| wrong(Some(root.line()), Invalid::Shape))?;
        let mut read = Self { digest: Some(Digest::of(text.as_bytes())), ..Self::default() };
        for (key, value) in members {
            let name = key.text().unwrap_or_default();
            if !KEYS.contains(&name) {
                let closest = closest(name, KEYS.iter().copied()).map(str::to_owned);
                return Err(wrong(Some(key.line()), Invalid::Key { key: name.to_owned(), closest }));
            }
            let rules = value.members().ok_or_else(|| wrong(Some(value.line()), Invalid::Shape))?;
            for (from, to) in rules {
                let count = read.repositories.len() + read.packages.len() + 1;
                if count > SUBSTITUTION_RULES {
                    let exceeded = Exceeded::new("the number of rules", SUBSTITUTION_RULES, "rules");
                    return Err(wrong(Some(from.line()), exceeded.into()));
                }
                let result = match name {
                    "repositories" => repository(from, to).map(|rule| read.repositories.push(rule)),
                    _ => package(from, to).map(|rule| read.packages.push(rule)),
                };
                result.map_err(|cause| wrong(Some(from.line()), cause))?;
            }
        }
        Ok(read)
    }
}

/// Both sides of a rule. The second is `None` for `null`.
fn sides<'a>(from: Value<'a>, to: Value<'a>) -> Result<(&'a str, Option<&'a str>), Invalid> {
    let from = from.text().unwrap_or_default();
    match to.text() {
        Some(text) if !text.is_empty() => Ok((from, Some(text))),
        None if to.is_null() => Ok((from, None)),
        _ => Err(Invalid::Value { from: from.to_owned() }),
    }
}

fn repository(from: Value<'_>, to: Value<'_>) -> Result<(String, Option<RepositoryLine>), Invalid> {
    let (from, to) = sides(from, to)?;
    let address: WebUrl = from.parse().map_err(|_| Invalid::Address(from.to_owned()))?;
    let line = to.map(|text| {
        text.parse::<RepositoryLine>()
            .map_err(|error| Invalid::Repository { text: text.to_owned(), cause: error.to_string() })
    });
    Ok((address.as_str().to_owned(), line.transpose()?))
}

fn package(from: Value<'_>, to: Value<'_>) -> Result<(NamePattern, Option<String>), Invalid> {
    let (from, to) = sides(from, to)?;
    let fixed = from.strip_prefix('*').or_else(|| from.strip_suffix('*')).unwrap_or(from);
    let is_name = |text: &str| {
        text.parse::<PackageRequest>().is_ok_and(|request| request.name == text && !request.is_excluded())
    };
    // A suffix may begin with a character that no name begins with.
    if !(is_name(fixed) || is_name(&format!("x{fixed}")) && fixed != from) {
        return Err(Invalid::Name(from.to_owned()));
    }
    match to {
        Some(to) if !is_name(to) => Err(Invalid::Name(to.to_owned())),
        _ => Ok((NamePattern(from.to_owned()), to.map(str::to_owned))),
    }
}
