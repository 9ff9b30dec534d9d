//! Which documents are by the makers of Docker Hardened Images, so that the origin guard applies to them (R13).
//!
//! Invariant: a document that may be theirs counts as theirs. That never suppresses more: the guard only refuses.

use crate::vex::SourcedDocument;

/// The name that documents without an address have as author.
const NAME: &str = "Docker Hardened Images";

/// Whether a document is by the makers of Docker Hardened Images: by its signature, its author or its id.
pub(in crate::vex) fn is_dhi(sourced: &SourcedDocument) -> bool {
    let document = &sourced.document;
    sourced.source.trust.is_dhi()
        || document.author.as_deref().is_some_and(is_dhi_author)
        || document.id.as_deref().is_some_and(is_below_dhi_host)
}

/// Whether the text is the name, or has an address at `docker.com`.
fn is_dhi_author(author: &str) -> bool {
    let ends = |at: usize| {
        let host = author.get(at + 1..).unwrap_or_default();
        let end = host.find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-')));
        host.get(..end.unwrap_or(host.len())).is_some_and(|host| host.eq_ignore_ascii_case("docker.com"))
    };
    author.trim().eq_ignore_ascii_case(NAME) || author.match_indices('@').any(|(at, _)| ends(at))
}

/// Whether the text is a URL at `dhi.docker.com`.
fn is_below_dhi_host(id: &str) -> bool {
    let Some((_, rest)) = id.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    host.eq_ignore_ascii_case("dhi.docker.com")
}

#[cfg(test)]
mod tests {
    use super::{is_below_dhi_host, is_dhi_author};

    #[test]
    fn authors_are_recognized_by_address_or_exact_name() {
        for author in ["Docker Hardened Images <dhi@docker.com>", "dhi@docker.com", "docker hardened images"]
        {
            assert!(is_dhi_author(author), "{author}");
        }
        for author in [
            "Docker",
            "dhi@docker.com.example.org",
            "dhi@notdocker.com",
            "docker.com",
            "A <a@example.com>",
            "",
        ] {
            assert!(!is_dhi_author(author), "{author}");
        }
    }

    #[test]
    fn ids_are_recognized_by_their_host() {
        assert!(is_below_dhi_host("https://dhi.docker.com/vex/vex-1"));
        for id in [
            "https://example.com/dhi.docker.com/vex",
            "dhi.docker.com",
            "https://dhi.docker.com.example.org/v",
        ] {
            assert!(!is_below_dhi_host(id), "{id}");
        }
    }
}
