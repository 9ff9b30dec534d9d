//! Links to other pages. Only addresses that this file builds are linked, and all are `https:`.

/// An address that a page may link to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link(String);

impl Link {
    /// The public record of a vulnerability, if its id has exactly the form of its numbering authority.
    pub(super) fn of_vulnerability(id: &str) -> Option<Self> {
        if let Some(number) = id.strip_prefix("CVE-") {
            let (year, rest) = number.split_once('-')?;
            let is_number = year.len() == 4 && (4..=12).contains(&rest.len());
            let digits = year.bytes().chain(rest.bytes()).all(|byte| byte.is_ascii_digit());
            return (is_number && digits).then(|| Self(format!("https://www.cve.org/CVERecord?id={id}")));
        }
        let groups: Vec<&str> = id.strip_prefix("GHSA-")?.split('-').collect();
        let is_group =
            |group: &&str| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (groups.len() == 3 && groups.iter().all(is_group))
            .then(|| Self(format!("https://github.com/advisories/{id}")))
    }

    /// The address.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_known_form_are_linked() {
        for (id, address) in [
            ("CVE-2026-31337", Some("https://www.cve.org/CVERecord?id=CVE-2026-31337")),
            ("GHSA-jfh8-c2jp-5v3q", Some("https://github.com/advisories/GHSA-jfh8-c2jp-5v3q")),
            ("CVE-2026-1", None),
            ("CVE-2026-1234/../x", None),
            ("CVE-2026-12345678901234", None),
            ("GHSA-jfh8-c2jp", None),
            ("GHSA-jfh8-c2jp-5v3q?x", None),
            ("javascript:alert(1)", None),
            ("https://evil.example", None),
            ("RHSA-2024:0001", None),
        ] {
            assert_eq!(Link::of_vulnerability(id).as_ref().map(Link::as_str), address, "{id}");
        }
    }
}
