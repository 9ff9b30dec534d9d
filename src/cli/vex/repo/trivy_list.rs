//! Reads Trivy's list of VEX repositories, `repository.yaml`.

use std::fs::File;
use std::path::Path;

use super::super::super::printer::Printer;
use crate::diagnostic::{Code, Diagnostic, IoCause};
use crate::limits::read_whole;
use crate::oci::quote_untrusted;
use crate::registry::limits::SETTINGS_FILE;
use crate::trust_store::vex_repository::{LoginSource, RepositoryEntry, RepositoryName, RepositoryUrl};
use crate::yaml;

/// The enabled repositories of the list. Says which are left out, and which need a login.
pub(super) fn read(file: &Path, printer: &Printer) -> Result<Vec<RepositoryEntry>, Diagnostic> {
    let name = file.display().to_string();
    let unreadable =
        |cause: String| Diagnostic::new(Code::USAGE_CONFIG, format!("`{name}` cannot be read: {cause}"));
    let opened = File::open(file).map_err(|error| unreadable(IoCause(&error).to_string()))?;
    let bytes = read_whole(opened, SETTINGS_FILE).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
    entries(&text, &name, &|note| printer.note(note))
}

fn entries(text: &str, file: &str, note: &dyn Fn(&str)) -> Result<Vec<RepositoryEntry>, Diagnostic> {
    let wrong = |line: usize, cause: &str| {
        Diagnostic::new(Code::USAGE_CONFIG, format!("`{file}` cannot be read at line {line}: {cause}"))
    };
    let mut found = Vec::new();
    for document in yaml::documents(text, file) {
        let document = document?;
        let Some(root) = document.root() else { continue };
        let Some(list) = root.get("repositories") else {
            return Err(wrong(root.line(), "it has no `repositories`"));
        };
        let Some(items) = list.items() else {
            return Err(wrong(list.line(), "`repositories` is not a list"));
        };
        for item in items {
            let member =
                |name: &str| item.get(name).and_then(yaml::Value::scalar).filter(|text| !text.is_empty());
            let (Some(name), Some(url)) = (member("name"), member("url")) else {
                return Err(wrong(item.line(), "a repository has no `name` or no `url`"));
            };
            if member("enabled") != Some("true") {
                note(&format!("{} is not enabled in {file}, so it is not added", quote_untrusted(name)));
                continue;
            }
            if ["username", "password", "token"].iter().any(|name| member(name).is_some()) {
                note(&format!(
                    "{} has a login in {file}, which is not copied: log in to its host (`docker login`), or add it \
                     with `--token-env`",
                    quote_untrusted(name)
                ));
            }
            found.push(RepositoryEntry {
                name: RepositoryName::parse(name)?,
                url: RepositoryUrl::parse(url)?,
                login: LoginSource::Configured,
                keys: Vec::new(),
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn enabled_repositories_are_taken_without_their_secrets() {
        let notes = RefCell::new(Vec::new());
        let text = "
repositories:
  - name: default
    url: https://github.com/aquasecurity/vexhub
    enabled: true
    username: \"\"
  - name: team
    url: https://vex.example
    enabled: true
    token: hunter2
  - name: off
    url: https://off.example
";
        let found =
            entries(text, "repository.yaml", &|note| notes.borrow_mut().push(note.to_owned())).unwrap();
        let names: Vec<&str> = found.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["default", "team"]);
        let notes = notes.into_inner();
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(!format!("{found:?}{notes:?}").contains("hunter2"));
        for text in [
            "a: b",
            "repositories: x",
            "repositories:\n  - name: a",
            "repositories:\n  - name: ../a\n    url: https://a\n    enabled: true",
        ] {
            assert!(entries(text, "x", &|_| ()).is_err(), "{text}");
        }
    }
}
