//! How many requests to one host run at once.

use std::time::Duration;

use dhi::oci::Reference;
use dhi::registry::{CaCertificates, Options, Registry as _, Tls};
use futures_util::future::join_all;

use super::{REPO, image, limits, options, with};
use crate::support::registry::InMemoryRegistry;
use crate::support::tls::{CertificateAuthority, TlsProxy};

#[tokio::test]
async fn concurrent_requests_are_bounded_per_host() {
    let server = InMemoryRegistry::start();
    image(&server);
    // Three are there before any is answered, and no fourth is.
    let rounds = [3, 3, 3];
    server.in_rounds(&rounds);
    server.latency(Duration::from_millis(40));
    let limits = limits().with(|limits| limits.requests_per_host = 3);
    let client = with(Options { limits, ..options(&server) });
    join_all((0..9).map(|_| client.latest(&server))).await;
    assert_eq!(server.levels(), rounds);
}

/// The first response shows the version. Over HTTP/2 all requests then share its connection.
#[test]
fn http2_allows_more_requests_on_one_connection() {
    for (http2, rounds) in [(true, &[1, 64, 36][..]), (false, &[1, 16, 16, 16])] {
        let server = InMemoryRegistry::start();
        image(&server);
        let authority = CertificateAuthority::new();
        let proxy = TlsProxy::start(&server, &authority, None, http2);
        let ca = CaCertificates::from_pem(authority.pem().as_bytes()).unwrap();
        let tls = Tls { ca_certificates: vec![ca], ..Tls::default() };
        let client = with(Options { limits: limits(), tls, ..Options::default() });
        let reference: Reference = format!("{}/{REPO}:latest", proxy.host()).parse().unwrap();
        server.in_rounds(rounds);
        server.latency(Duration::from_millis(40));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let request = async || client.0.manifest(&reference.repository, &reference.version()).await;
            request().await.unwrap();
            let others: usize = rounds.iter().skip(1).sum();
            let all = join_all((0..others).map(|_| request())).await;
            assert!(all.iter().all(Result::is_ok));
        });
        assert_eq!(server.levels(), rounds);
        if http2 {
            assert_eq!(proxy.protocols(), ["h2"]);
        }
    }
}
