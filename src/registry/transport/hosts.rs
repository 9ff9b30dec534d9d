//! Classifies hosts by their text: this machine, the local network link, or the public Internet. No DNS query is made.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::registry::site::Site;

/// The host without its port.
pub(in crate::registry) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty() => {
            if name.starts_with('[') || !name.contains(':') { name } else { host }
        }
        _ => host,
    }
}

/// Whether `host`, without port, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    match address(host) {
        Some(IpAddr::V4(address)) => address.is_loopback(),
        Some(IpAddr::V6(address)) => address.is_loopback(),
        None => host.eq_ignore_ascii_case("localhost"),
    }
}

/// Whether `host` is this machine, names under `localhost` included. A proxy cannot reach such a host.
pub(in crate::registry) fn is_this_machine(host: &str) -> bool {
    is_loopback(host) || is_localhost(host)
}

/// Whether `host` is this machine or on its network link. Redirects from other hosts must not lead there.
pub(in crate::registry) fn is_local_only(host: &str) -> bool {
    match address(host) {
        Some(IpAddr::V4(address)) => is_local_only_v4(address),
        Some(IpAddr::V6(address)) => is_local_only_v6(address),
        None => is_localhost(host),
    }
}

fn is_local_only_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_link_local() || address.octets().first() == Some(&0)
}

fn is_local_only_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unicast_link_local()
        || embedded(address).is_some_and(is_local_only_v4)
}

fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether `host` is a name or address of the public Internet. A name counts if its public suffix is listed.
pub(in crate::registry) fn is_public(host: &str) -> bool {
    match address(host) {
        Some(IpAddr::V4(address)) => is_public_v4(address),
        Some(IpAddr::V6(address)) => {
            // Global unicast is 2000::/3. An embedded IPv4 address decides.
            embedded(address)
                .map_or(address.segments().first().is_some_and(|s| s & 0xe000 == 0x2000), is_public_v4)
        }
        None => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            Site::of(&host).is_some_and(|site| site.is_listed)
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    !(is_local_only_v4(address)
        || address.is_private()
        || address.is_multicast()
        || address.is_documentation()
        || (first == 100 && second & 0xc0 == 64)
        || (first == 198 && second & 0xfe == 18)
        || first >= 240)
}

/// The IPv4 address in a mapped, compatible, NAT64 or 6to4 address.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        _ if address.is_loopback() || address.is_unspecified() => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

pub(in crate::registry) fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_removed_and_local_hosts_are_detected() {
        for (host, name) in
            [("a.b", "a.b"), ("a.b:1", "a.b"), ("[::1]:1", "[::1]"), ("[::1]", "[::1]"), ("::1", "::1")]
        {
            assert_eq!(without_port(host), name);
        }
        assert!(is_loopback("[::1]") && is_loopback("127.9.9.9") && is_loopback("LOCALHOST"));
        assert!(
            is_this_machine("a.localhost")
                && is_this_machine("127.0.0.1")
                && !is_this_machine("localhost.evil.com")
        );
        assert!(!is_loopback("localhost.evil.com") && !is_loopback("128.0.0.1"));
    }
}
