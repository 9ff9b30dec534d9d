//! The registrable domain of a host, by the public suffix list.

/// A registrable domain: the public suffix and one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site<'a> {
    /// For `www.example.co.uk`: `example.co.uk`.
    pub(super) domain: &'a str,
    /// Whether the list has the suffix. Otherwise the last label counts as the suffix.
    pub(super) is_listed: bool,
}

impl<'a> Site<'a> {
    /// The site of `host`, in lower case. `None` for a public suffix itself.
    // The public suffix list is compiled code: inlining would duplicate it in the binary.
    #[inline(never)]
    pub(super) fn of(host: &'a str) -> Option<Self> {
        let domain = psl::domain(host.as_bytes())?;
        let is_listed = domain.suffix().is_known();
        Some(Self { domain: str::from_utf8(domain.as_bytes()).ok()?, is_listed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_the_registrable_domain() {
        let site = |host| Site::of(host).map(|site| (site.domain, site.is_listed));
        assert_eq!(site("a.b.example.co.uk"), Some(("example.co.uk", true)));
        assert_eq!(site("r.corp.internal"), Some(("corp.internal", false)));
        for none in ["co.uk", "com", "localhost", ""] {
            assert_eq!(site(none), None, "{none}");
        }
    }
}
