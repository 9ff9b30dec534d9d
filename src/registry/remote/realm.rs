//! Decides which token servers (realms) a registry may name.
//!
//! Credentials are sent only to the registry's own site, and no registry can make this client connect to private
//! addresses.

use reqwest::Url;

use crate::oci::reference::{DHI, DOCKER_HUB, SCOUT};
use crate::registry::site::Site;
use crate::registry::transport::hosts::{address, is_loopback, is_public, without_port};

/// Docker's registries. Their token servers are under [`DOCKER_SITES`].
const DOCKER_REGISTRIES: [&str; 3] = [DHI, DOCKER_HUB, SCOUT];
const DOCKER_SITES: [&str; 2] = ["docker.io", "docker.com"];

/// Which requests may be sent to a token server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RealmTrust {
    /// Requests with credentials.
    Trusted,
    /// Only requests for anonymous tokens.
    Anonymous,
    /// None.
    Refused,
}

/// The token servers that the user allows in addition to the built-in rules: registry host and realm host.
#[derive(Debug)]
pub(super) struct AllowedRealms(pub(super) Vec<(String, String)>);

impl AllowedRealms {
    /// Decides about `realm` for the registry `host` (with its port). `plain` is whether that registry has no TLS.
    pub(super) fn trust(&self, host: &str, plain: bool, realm: &Url) -> RealmTrust {
        let Some(realm_host) = realm.host_str() else { return RealmTrust::Refused };
        if !realm.username().is_empty() || realm.password().is_some() {
            return RealmTrust::Refused;
        }
        match realm.scheme() {
            "https" => {}
            "http" if plain && is_loopback(realm_host) => {}
            _ => return RealmTrust::Refused,
        }
        let name = without_port(host);
        if same_site(name, realm_host) || self.is_allowed(host, realm) || is_docker_realm(host, realm) {
            RealmTrust::Trusted
        } else if is_public(realm_host) || is_loopback(name) {
            RealmTrust::Anonymous
        } else {
            RealmTrust::Refused
        }
    }

    fn is_allowed(&self, host: &str, realm: &Url) -> bool {
        let realm_host = realm.host_str().unwrap_or_default();
        let with_port = realm.port_or_known_default().map(|port| format!("{realm_host}:{port}"));
        self.0.iter().any(|(registry, allowed)| {
            registry.eq_ignore_ascii_case(host)
                && (allowed.eq_ignore_ascii_case(realm_host)
                    || with_port.as_deref().is_some_and(|with_port| allowed.eq_ignore_ascii_case(with_port)))
        })
    }
}

fn is_docker_realm(host: &str, realm: &Url) -> bool {
    let realm_host = realm.host_str().unwrap_or_default();
    DOCKER_REGISTRIES.contains(&host)
        && realm.scheme() == "https"
        && DOCKER_SITES.iter().any(|site| {
            realm_host.strip_suffix(site).is_some_and(|front| front.is_empty() || front.ends_with('.'))
        })
}

/// Whether two hosts are equal or have the same registrable domain, by the public suffix list with its private section.
fn same_site(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    if address(one).is_some() || address(other).is_some() {
        return address(one) == address(other);
    }
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    match (Site::of(&one), Site::of(&other)) {
        (Some(one), Some(other)) => one.domain == other.domain,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust_of(host: &str, plain: bool, realm: &str) -> RealmTrust {
        AllowedRealms(vec![("registry.corp.example".to_owned(), "login.example.net".to_owned())]).trust(
            host,
            plain,
            &realm.parse().unwrap(),
        )
    }

    #[test]
    fn credentials_are_sent_only_within_the_site() {
        use RealmTrust::*;
        for (host, realm, trust) in [
            ("ghcr.io", "https://ghcr.io/token", Trusted),
            ("ghcr.io", "https://ghcr.io:8443/token", Trusted),
            ("registry.gitlab.com", "https://gitlab.com/jwt/auth", Trusted),
            ("docker.io", "https://auth.docker.io/token", Trusted),
            ("dhi.io", "https://auth.docker.io/token", Trusted),
            ("dhi.io", "https://login.docker.com/token", Trusted),
            ("registry.scout.docker.com", "https://auth.docker.io/token", Trusted),
            ("dhi.io", "https://docker.com/token", Trusted),
            ("dhi.io", "https://evildocker.io/token", Anonymous),
            ("dhi.io", "https://docker.io.evil.com/token", Anonymous),
            ("evil.com", "https://auth.docker.io/token", Anonymous),
            ("evil.com", "https://evil.org/token", Anonymous),
            // Different registrable domains, by the private section of the list.
            ("one.github.io", "https://two.github.io/token", Anonymous),
            ("one.co.uk", "https://two.co.uk/token", Anonymous),
            ("registry.corp.example", "https://login.example.net/token", Trusted),
            ("registry.corp.example", "https://x.login.example.net/token", Anonymous),
            ("other.example", "https://login.example.net/token", Anonymous),
            ("10.1.2.3:5000", "https://10.1.2.3/token", Trusted),
            ("10.1.2.3:5000", "https://11.1.2.3/token", Anonymous),
            ("1.2.3.4", "https://9.2.3.4/token", Anonymous),
            ("ghcr.io", "https://user:pass@ghcr.io/token", Refused),
            ("ghcr.io", "http://ghcr.io/token", Refused),
            ("ghcr.io", "ftp://ghcr.io/token", Refused),
            ("localhost:5000", "https://auth.docker.io/token", Anonymous),
        ] {
            assert_eq!(trust_of(host, false, realm), trust, "{host} {realm}");
        }
    }

    #[test]
    fn realms_in_private_ranges_are_refused() {
        for realm in [
            "https://localhost/",
            "https://a.localhost./",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://0.0.0.0/",
            "https://10.0.0.1/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://198.18.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://metadata.google.internal/",
            "https://vault/",
        ] {
            assert_eq!(trust_of("evil.com", false, realm), RealmTrust::Refused, "{realm}");
        }
        for realm in ["https://8.8.8.8/", "https://[2606:4700::1]/", "https://auth.evil.org/"] {
            assert_eq!(trust_of("evil.com", false, realm), RealmTrust::Anonymous, "{realm}");
        }
    }

    #[test]
    fn plain_realms_need_a_plain_registry_on_this_machine() {
        assert_eq!(trust_of("localhost:5000", true, "http://localhost:6000/token"), RealmTrust::Trusted);
        assert_eq!(trust_of("127.0.0.1:5000", true, "http://localhost:6000/token"), RealmTrust::Anonymous);
        assert_eq!(trust_of("127.0.0.1:5000", true, "http://127.0.0.2/token"), RealmTrust::Anonymous);
        assert_eq!(trust_of("localhost:5000", false, "http://localhost:6000/token"), RealmTrust::Refused);
        assert_eq!(trust_of("localhost:5000", true, "http://localhost.evil.com/token"), RealmTrust::Refused);
        assert_eq!(trust_of("localhost:5000", true, "http://auth.docker.io/token"), RealmTrust::Refused);
    }
}
