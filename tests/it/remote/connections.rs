//! Failed connections: the command names the cause in words, and nothing of a library's error.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use crate::support::env::{Run, TestEnv, run};
use crate::support::registry::InMemoryRegistry;
use crate::support::tls::{CertificateAuthority, TlsProxy};

/// The address of a port on which nothing listens.
fn closed() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A server that gives every connection the same answer, until one sends nothing.
fn answering(answer: &'static [u8]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = [0; 4096];
            match stream.read(&mut request) {
                Ok(0) => break,
                _ => drop(stream.write_all(answer)),
            }
        }
    });
    (host, server)
}

fn end(host: &str, server: JoinHandle<()>) {
    drop(TcpStream::connect(host).unwrap());
    server.join().unwrap();
}

/// The first line of the error, and the hint.
fn error(run: &Run) -> (String, String) {
    let text = format!("{}{}", run.stdout, run.stderr);
    let line =
        |start: &str| text.lines().find_map(|line| line.trim_start().strip_prefix(start)).map(str::to_owned);
    let what = line("error[registry/unreachable]: ").unwrap_or_else(|| panic!("{text}"));
    for words in ["os error", "client error", "error sending", "error trying", "invalid peer certificate"] {
        assert!(!text.contains(words), "{text}");
    }
    (what, line("hint: ").unwrap_or_default())
}

fn dhi(reference: &str, variables: &[(&str, &str)]) -> Run {
    let env = TestEnv::new();
    let mut command = env.command(&["verify", reference]);
    run(command.envs(variables.iter().copied()))
}

#[test]
fn a_closed_port_is_a_refused_connection() {
    let host = closed();
    let run = dhi(&format!("{host}/x:1"), &[]);
    run.assert(6, "attempts");
    let (what, hint) = error(&run);
    assert_eq!(what, format!("{host} cannot be reached: connection refused"));
    assert!(hint.starts_with("check the host and port"), "{hint}");
}

#[test]
fn a_proxy_that_fails_is_named() {
    let proxy = closed();
    let url = format!("http://me:hunter2@{proxy}");
    let run = dhi("registry.example.com/x:1", &[("HTTPS_PROXY", &url)]);
    let (what, hint) = error(&run);
    assert_eq!(
        what,
        format!("registry.example.com cannot be reached: the proxy {proxy} fails: connection refused")
    );
    assert!(hint.contains("`NO_PROXY=registry.example.com`"), "{hint}");
    assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"));
}

#[test]
fn a_proxy_that_refuses_the_host_is_named() {
    let (proxy, server) = answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let run = dhi("registry.example.com/x:1", &[("HTTPS_PROXY", &format!("http://{proxy}"))]);
    let (what, _) = error(&run);
    assert_eq!(
        what,
        format!("registry.example.com cannot be reached: the proxy {proxy} does not connect to it")
    );
    end(&proxy, server);
}

#[test]
fn a_server_without_tls_is_named() {
    let server = InMemoryRegistry::start();
    let (what, hint) = error(&dhi(&format!("{}/x:1", server.host()), &[]));
    let words = "it closed the connection within the TLS handshake";
    assert_eq!(what, format!("{} cannot be reached: {words}", server.host()));
    assert!(hint.contains(&format!("`--plain-http {}`", server.host())), "{hint}");

    // Most servers answer in plain HTTP that they expect HTTP.
    let (host, server) = answering(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request\n");
    let (what, hint) = error(&dhi(&format!("{host}/x:1"), &[]));
    assert_eq!(what, format!("{host} cannot be reached: it does not use TLS on this port"));
    assert!(hint.contains(&format!("`--plain-http {host}`")), "{hint}");
    end(&host, server);
}

#[test]
fn tls_failures_are_named() {
    let authority = CertificateAuthority::new();
    let env = TestEnv::new();
    let trusted = env.write("ca.pem", authority.pem());
    let expired = authority.issue_with(&["127.0.0.1"], |params| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    });
    let future = authority.issue_with(&["127.0.0.1"], |params| {
        params.not_before = rcgen::date_time_ymd(2901, 1, 1);
        params.not_after = rcgen::date_time_ymd(2902, 1, 1);
    });
    let good = authority.issue(&["127.0.0.1"]);
    let named = authority.issue(&["registry.example.com"]);
    for (pair, ca, words, remedy) in [
        (expired, &*trusted, "its certificate has expired", "check the clock"),
        (future, &*trusted, "its certificate is not valid yet", "check the clock"),
        (good, "", "its certificate is issued by an unknown authority", "`--ca FILE`"),
        (named, &*trusted, "its certificate is for another name", "write the registry with a name"),
    ] {
        let server = TlsProxy::presenting(&pair, &closed(), None, false);
        let run = dhi(&format!("{}/x:1", server.host()), &[("DHI_CA", ca)]);
        let (what, hint) = error(&run);
        assert_eq!(what, format!("{} cannot be reached: {words}", server.host()));
        assert!(hint.contains(remedy), "{hint}");
    }
}
