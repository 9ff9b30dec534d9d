//! Where a build puts its image: `--output`, in this program's form and in that of `docker buildx build`.

use std::path::PathBuf;

use crate::cli::selection::reference;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::oci::{Reference, Repository};

/// Where an image goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A layout directory, with a name in it.
    Layout(Reference),
    /// An archive that engines load.
    Archive(PathBuf),
    /// The registries of the tags.
    Registry,
    /// The engine of this machine.
    Engine,
}

impl Destination {
    /// Reads `oci:DIR[:NAME]`, `archive:FILE`, or the `type=…` of buildx.
    ///
    /// # Errors
    ///
    /// `usage/arguments`.
    pub(super) fn parse(text: &str) -> Result<Self, Diagnostic> {
        if let Some(file) = text.strip_prefix("archive:") {
            return Self::archive(file, text);
        }
        if text.starts_with("oci:") {
            return Self::layout(text);
        }
        if !text.contains('=') {
            let what = format!("`--output {text}` names no destination");
            return Err(wrong(what, "use `oci:DIR`, `oci:DIR:NAME` or `archive:FILE`"));
        }
        let mut kind = None;
        let mut file = None;
        let mut is_archive = None;
        let mut pushes = false;
        for part in text.split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name {
                "type" => kind = Some(value),
                "dest" => file = Some(value),
                "tar" => is_archive = Some(value != "false"),
                "push" => pushes = value != "false",
                _ => {
                    let what = format!("`--output {text}`: `{name}` is not supported");
                    return Err(wrong(what, "use `type`, `dest`, `tar` and `push`"));
                }
            }
        }
        match (kind, file) {
            (Some("registry"), None) => Ok(Self::Registry),
            (Some("image"), None) if pushes => Ok(Self::Registry),
            (Some("docker"), None) => Ok(Self::Engine),
            (Some("oci"), Some(directory)) if is_archive == Some(false) => {
                Self::layout(&format!("oci:{directory}"))
            }
            (Some("docker" | "oci"), Some(file)) => Self::archive(file, text),
            _ => {
                let what = format!("`--output {text}` names no destination");
                Err(wrong(what, "use `type=oci,dest=FILE`, `type=docker`, `type=registry`, or `oci:DIR`"))
            }
        }
    }

    fn archive(file: &str, text: &str) -> Result<Self, Diagnostic> {
        if file.is_empty() || file == "-" {
            return Err(wrong(format!("`--output {text}` names no file"), "use `archive:FILE`"));
        }
        Ok(Self::Archive(PathBuf::from(file)))
    }

    fn layout(text: &str) -> Result<Self, Diagnostic> {
        let reference = reference(text)?;
        match &reference.repository {
            Repository::Layout(_) if reference.digest.is_none() => Ok(Self::Layout(reference)),
            _ => {
                Err(wrong(format!("`--output {text}` names no directory"), "use `oci:DIR` or `oci:DIR:NAME`"))
            }
        }
    }
}

fn wrong(what: String, text: &str) -> Diagnostic {
    let text = text.to_owned();
    Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Exit;

    #[test]
    fn destinations_have_the_forms_of_this_program_and_of_buildx() {
        let archive = |file: &str| Destination::Archive(PathBuf::from(file));
        let layout = |text: &str| Destination::Layout(text.parse().unwrap());
        for (text, expected) in [
            ("oci:out", layout("oci:out")),
            ("oci:out:redis", layout("oci:out:redis")),
            ("archive:out.tar", archive("out.tar")),
            ("type=oci,dest=out.tar", archive("out.tar")),
            ("type=docker,dest=out.tar", archive("out.tar")),
            ("type=oci,dest=out,tar=false", layout("oci:out")),
            ("type=docker", Destination::Engine),
            ("type=registry", Destination::Registry),
            ("type=image,push=true", Destination::Registry),
        ] {
            assert_eq!(Destination::parse(text), Ok(expected), "{text}");
        }
        for text in [
            "out",
            "archive:",
            "archive:-",
            "oci:",
            "type=local,dest=x",
            "type=image",
            "type=oci",
            "type=docker,a=b",
            "dest=x",
            "oci:out@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            assert_eq!(Destination::parse(text).unwrap_err().exit(), Exit::Usage, "{text}");
        }
    }
}
