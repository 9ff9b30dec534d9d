//! `dhi vex repo add`: adds a repository to the list, or those of Trivy's list.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::super::super::output::write_data;
use super::super::super::printer::{Data, Printer};
use super::super::super::session::Session;
use super::super::super::trust::keyring;
use super::super::super::trust_store::StoredTrust;
use super::trivy_list;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::trust_store::vex_repository::{
    LoginSource, RepositoryEntry, RepositoryKey, RepositoryList, RepositoryName, RepositoryUrl,
};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Nothing is fetched. The order of the list is that of the priority: add the most important repository first.\n\
A document of a repository suppresses nothing unless it is signed (`FILE.sig` beside it) by the key of the \
repository, or by those of the run if it has none, or unless `--trust-unsigned NAME` is given at each use.\n\
The list holds no secrets: a login is in a variable, or is that of `docker login` for the host.")]
pub(in crate::cli) struct Arguments {
    /// Name, such as `dhi` or `acme/team`
    #[arg(value_name = "NAME", required_unless_present = "from_trivy", requires = "url")]
    name: Option<String>,

    /// Address: `https://…`, `git+https://…`, or a directory with a git repository
    #[arg(value_name = "URL")]
    url: Option<String>,

    /// Key that signs the documents of this repository, and no others
    ///
    /// KEY is a file, `env://VAR`, an https URL, `dhi-1` or `dhi-2`. Its content is stored. Repeatable.
    #[arg(long, value_name = "KEY", requires = "name")]
    key: Vec<String>,

    /// Send the bearer token in this environment variable
    #[arg(long, value_name = "VARIABLE", requires = "name", conflicts_with_all = ["username", "password_env"], value_parser = variable)]
    token_env: Option<String>,

    /// Send this user name, with `--password-env`
    #[arg(long, value_name = "USER", requires_all = ["name", "password_env"], value_parser = NonEmptyStringValueParser::new())]
    username: Option<String>,

    /// Send the password in this environment variable
    #[arg(long, value_name = "VARIABLE", requires = "username", value_parser = variable)]
    password_env: Option<String>,

    /// Add the repositories of Trivy's `repository.yaml`
    ///
    /// Repositories that are not enabled are not added. Passwords and tokens are not read.
    #[arg(long, value_name = "FILE", conflicts_with = "name", value_hint = clap::ValueHint::FilePath)]
    from_trivy: Option<PathBuf>,
}

/// The name of an environment variable: no value, which may be a secret.
fn variable(text: &str) -> Result<String, String> {
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("expected the name of a variable, such as `VEX_TOKEN`".to_owned())
    }
}

pub(super) async fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let session = Session::start(false, &[], printer)?;
    let stored = StoredTrust::of_user();
    let directory = stored.directory()?;
    let new = match (&arguments.name, &arguments.url, &arguments.from_trivy) {
        (Some(name), Some(url), None) => vec![entry(arguments, name, url, &session).await?],
        (None, None, Some(file)) => trivy_list::read(file, printer)?,
        _ => return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, "give NAME and URL, or `--from-trivy FILE`")),
    };
    let lock = directory.lock(&session.limits).await?;
    let mut list = RepositoryList::read(directory, &session.limits)?;
    let mut text = String::new();
    for entry in new {
        text.push_str(&format!("added  {}  {}\n", entry.name, entry.url));
        list.add(entry)?;
    }
    list.write(directory, &lock)?;
    write_data(Data::Text(&text), printer)?;
    Ok(Exit::Pass)
}

async fn entry(
    arguments: &Arguments,
    name: &str,
    url: &str,
    session: &Session<'_, (), ()>,
) -> Result<RepositoryEntry, Diagnostic> {
    let (name, url) = (RepositoryName::parse(name)?, RepositoryUrl::parse(url)?);
    let login = match (&arguments.token_env, &arguments.username, &arguments.password_env) {
        (Some(variable), ..) => LoginSource::Token { variable: variable.clone() },
        (None, Some(username), Some(variable)) => {
            LoginSource::Password { username: username.clone(), variable: variable.clone() }
        }
        _ => LoginSource::Configured,
    };
    // A key that can verify nothing is refused now, not at its use.
    let keys = keyring(&arguments.key, session).await?;
    let keys =
        keys.iter().map(|key| RepositoryKey { name: key.name.clone(), pem: key.key.to_pem() }).collect();
    Ok(RepositoryEntry { name, url, login, keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_not_its_value() {
        for name in ["VEX_TOKEN", "_a1"] {
            assert_eq!(variable(name), Ok(name.to_owned()));
        }
        for text in ["", "1A", "ghp-x", "a b", "$A"] {
            assert!(variable(text).is_err(), "{text}");
        }
    }
}
