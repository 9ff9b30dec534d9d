//! Suggests a reference for a malformed one: other case or spaces, a URL, or the scheme of another tool.

use std::str::FromStr;

use super::{Reference, grammar};
use crate::diagnostic::Remedy;
use crate::oci::Error;

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        grammar::read(text, Some(suggestion))
    }
}

/// The remedy for a malformed reference, if `text` is a well-formed one or can be corrected to one.
fn suggestion(text: &str) -> Option<Remedy> {
    match grammar::read(text, None) {
        Ok(_) => Some(Remedy::Write { text: text.to_owned() }),
        Err(Error::Reference { remedy: remedy @ Some(Remedy::Write { .. }), .. }) => remedy,
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_corrected_reference_keeps_tag_and_digest() {
        for (text, corrected) in [
            ("Python:3.13", "python:3.13".to_owned()),
            ("ghcr.io/Acme-Tools/App:1.2.3", "ghcr.io/acme-tools/app:1.2.3".to_owned()),
            (&format!("ghcr.io/Acme/App@{DIGEST}"), format!("ghcr.io/acme/app@{DIGEST}")),
            (&format!("ghcr.io/Acme/App:V1@{DIGEST}"), format!("ghcr.io/acme/app:V1@{DIGEST}")),
            ("docker://GHCR.io/Acme/App:V1", "ghcr.io/acme/app:V1".to_owned()),
            ("oci://ghcr.io/Acme/Chart:1", "ghcr.io/acme/chart:1".to_owned()),
            (" python:3.13 ", "python:3.13".to_owned()),
            ("python:3.13\n", "python:3.13".to_owned()),
            ("https://ghcr.io/v2/acme/app/manifests/1.0", "ghcr.io/acme/app:1.0".to_owned()),
            ("https://hub.docker.com/r/acme/app/tags?page=1", "acme/app".to_owned()),
            ("https://hub.docker.com/_/python", "python".to_owned()),
            (&format!("docker://dhi.io/python:1@{DIGEST}"), format!("dhi.io/python:1@{DIGEST}")),
            ("ocidir://my/dir:1", "oci:my/dir:1".to_owned()),
            ("oci-layout:///tmp/dir", "oci:/tmp/dir".to_owned()),
        ] {
            let Err(Error::Reference { remedy, .. }) = text.parse::<Reference>() else { panic!("{text}") };
            assert!(corrected.parse::<Reference>().is_ok(), "{corrected}");
            assert_eq!(remedy, Some(Remedy::Write { text: corrected }), "{text}");
        }
    }
}
