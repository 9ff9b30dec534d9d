//! Definitions from files, standard input and URLs: what is read, and what hosts cannot do.

use std::time::{Duration, Instant};

use dhi::Limits;
use dhi::builder::definition::limits::DEFINITION_SIZE;
use dhi::builder::source::{Source, SourceError};
use dhi::diagnostic::{Code, Diagnostic, ToDiagnostic as _};
use dhi::registry::{CaCertificates, Secrets, Transport};

use crate::support::env::TestEnv;
use crate::support::registry::{Body, InMemoryRegistry, Reply};
use crate::support::tls::{CertificateAuthority, TlsProxy};

const TEXT: &str = "# syntax=dhi.io/build:2-debian13\nimage: r.example.com/api\ntags: [a]\n";

/// A host with TLS, and a client that trusts it.
struct HostFixture {
    server: InMemoryRegistry,
    tls: TlsProxy,
    transport: Transport,
    limits: Limits,
    runtime: tokio::runtime::Runtime,
}

impl HostFixture {
    fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (server, authority) = (InMemoryRegistry::start(), CertificateAuthority::new());
        let tls = TlsProxy::start(&server, &authority, None, false);
        let mut limits = Limits::default();
        limits.update = Duration::from_secs(3);
        limits.attempts = 1;
        let trusted = CaCertificates::from_pem(authority.pem().as_bytes()).unwrap();
        let transport = Transport::new(limits.clone(), vec![trusted], Secrets::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { server, tls, transport, limits, runtime }
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.tls.host())
    }

    fn fetch(&self, url: &str) -> Result<String, SourceError> {
        let source = Source::parse(url)?;
        self.runtime.block_on(source.read(&self.limits, Some(&self.transport)))
    }

    /// The result for this reply. It arrives soon, whatever the host does.
    fn fetch_reply(&self, reply: Reply) -> Result<String, SourceError> {
        self.server.clear_log();
        self.server.script("/8.yaml", reply);
        let start = Instant::now();
        let result = self.fetch(&self.url("/8.yaml"));
        assert!(start.elapsed() < Duration::from_secs(20), "{result:?}");
        result
    }

    /// The error for this reply, which only the named host was asked for.
    fn error(&self, reply: Reply) -> Diagnostic {
        let shown = format!("{reply:?}");
        let error = self.fetch_reply(reply).expect_err(&shown);
        assert_eq!(self.server.log().len(), 1, "{shown}");
        error.to_diagnostic()
    }
}

#[test]
fn a_definition_is_fetched_without_login() {
    let host = HostFixture::new();
    assert_eq!(host.fetch_reply(Reply::new(200, TEXT)), Ok(TEXT.to_owned()));
    // Whatever its media type is, if it is no page.
    for media_type in ["text/plain; charset=utf-8", "application/octet-stream", "application/yaml"] {
        let reply = Reply::new(200, TEXT).header("Content-Type", media_type);
        assert_eq!(host.fetch_reply(reply), Ok(TEXT.to_owned()));
    }
    let log = host.server.log();
    assert!(log.iter().all(|request| request.header("authorization").is_none()));
    // A query is sent and not shown: it may be a secret.
    host.server.script("/8.yaml", Reply::new(404, ""));
    let error = host.fetch(&host.url("/8.yaml?token=hunter22")).unwrap_err().to_string();
    assert_eq!(error, format!("`{}` cannot be read: the host does not have it", host.url("/8.yaml")));
}

#[test]
fn no_redirect_is_followed() {
    let (host, elsewhere) = (HostFixture::new(), InMemoryRegistry::start());
    elsewhere.script("/8.yaml", Reply::new(200, TEXT));
    let here = host.url("/8.yaml");
    for (to, hint) in [
        // To another path, another host, this URL again.
        (host.url("/other.yaml"), true),
        ("https://raw.example.com/8.yaml".to_owned(), true),
        (here.clone(), false),
        // Without TLS, with a login or what may be a secret, and to what is no URL.
        (elsewhere.url("/8.yaml"), false),
        ("https://u:p@raw.example.com/8.yaml".to_owned(), false),
        ("https://raw.example.com/8.yaml?token=t".to_owned(), false),
        ("file:///etc/passwd".to_owned(), false),
        ("https://[".to_owned(), false),
        (format!("https://raw.example.com/{}", "a".repeat(4000)), false),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let diagnostic = host.error(Reply::new(status, TEXT).header("Location", &to));
            assert_eq!(diagnostic.code, Code::DEFINITION_SOURCE, "{to}");
            let text = format!("{diagnostic:?}");
            assert_eq!(text.contains("GiveOtherUrl"), hint, "{to}: {text}");
            assert!(!text.contains("u:p@") && !text.contains("token=t"), "{text}");
        }
    }
    // Without a target.
    assert_eq!(host.error(Reply::new(302, TEXT)).code, Code::DEFINITION_SOURCE);
    assert!(elsewhere.log().is_empty());
}

#[test]
fn what_is_no_definition_is_told_apart() {
    let host = HostFixture::new();
    let page = "\n<!DOCTYPE html>\n<html></html>";
    for (reply, code, text) in [
        (Reply::html(), Code::DEFINITION_SOURCE, "is a web page"),
        (Reply::new(200, page), Code::DEFINITION_SOURCE, "is a web page"),
        (Reply::new(200, TEXT).header("Content-Type", "TEXT/HTML"), Code::DEFINITION_SOURCE, "is a web page"),
        (Reply::new(404, ""), Code::DEFINITION_SOURCE, "does not have it"),
        (Reply::new(410, ""), Code::DEFINITION_SOURCE, "does not have it"),
        (Reply::new(401, ""), Code::DEFINITION_DENIED, "401"),
        (Reply::new(403, ""), Code::DEFINITION_DENIED, "403"),
        (Reply::new(204, ""), Code::REGISTRY_UNREACHABLE, "204"),
        (Reply::new(500, "no"), Code::REGISTRY_UNREACHABLE, "500"),
        (Reply::new(200, b"\xff\xfei\0m\0".to_vec()), Code::DEFINITION_SOURCE, "UTF-16"),
        (Reply::new(200, b"image: \xff".to_vec()), Code::DEFINITION_SOURCE, "not UTF-8"),
    ] {
        let diagnostic = host.error(reply);
        assert_eq!(diagnostic.code, code, "{text}: {diagnostic:?}");
        assert!(diagnostic.message.contains(text), "{text}: {diagnostic:?}");
    }
}

#[test]
fn no_host_decides_how_much_and_how_long_is_read() {
    let host = HostFixture::new();
    let longest = "#".repeat(DEFINITION_SIZE);
    assert_eq!(
        host.fetch_reply(Reply::new(200, longest.clone())).map(|text| text.len()),
        Ok(DEFINITION_SIZE)
    );
    for (body, code) in [
        (Body::Bytes(format!("{longest}#").into_bytes()), Code::LIMITS_EXCEEDED),
        (Body::Chunked(format!("{longest}#").into_bytes()), Code::LIMITS_EXCEEDED),
        (Body::Endless, Code::LIMITS_EXCEEDED),
        (Body::Lying(1 << 62, b"image: a".to_vec()), Code::REGISTRY_UNREACHABLE),
        (Body::Dripping(Duration::from_millis(50)), Code::REGISTRY_UNREACHABLE),
        (Body::Silent, Code::REGISTRY_UNREACHABLE),
        (Body::Cut, Code::REGISTRY_UNREACHABLE),
    ] {
        let shown = format!("{body:?}").chars().take(40).collect::<String>();
        let diagnostic = host.fetch_reply(Reply::new(200, "").body(body)).expect_err(&shown).to_diagnostic();
        assert_eq!(diagnostic.code, code, "{shown}: {diagnostic:?}");
    }
}

#[test]
fn only_tls_is_used_and_the_certificate_is_checked() {
    let host = HostFixture::new();
    host.server.script("/8.yaml", Reply::new(200, TEXT));
    let plain = host.server.url("/8.yaml");
    let insecure = host.fetch(&plain).unwrap_err();
    assert_eq!(insecure.to_string(), format!("`{plain}` is not https"));
    // Another authority.
    let other = Transport::new(host.limits.clone(), Vec::new(), Secrets::default());
    let source = Source::parse(&host.url("/8.yaml")).unwrap();
    let error = host.runtime.block_on(source.read(&host.limits, Some(&other))).unwrap_err();
    assert!(matches!(error, SourceError::Fetch { .. }), "{error:?}");
    // Without network.
    let error = host.runtime.block_on(source.read(&host.limits, None)).unwrap_err();
    assert!(matches!(error, SourceError::Offline { .. }), "{error:?}");
    assert!(host.server.log().is_empty());
}

#[test]
fn files_are_read_within_the_same_limit() {
    let env = TestEnv::new();
    let limits = Limits::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let read = |path: &str| runtime.block_on(Source::parse(path).unwrap().read(&limits, None));
    assert_eq!(read(&env.write("8.yaml", TEXT)), Ok(TEXT.to_owned()));
    let long = env.write("long.yaml", "#".repeat(DEFINITION_SIZE + 1));
    assert!(matches!(read(&long), Err(SourceError::Limit { .. })));
    for (path, cause) in [
        (env.file("none.yaml"), "cannot be read"),
        (env.home().display().to_string(), "cannot be read"),
        (env.write("utf16.yaml", b"\xff\xfei\0m\0"), "UTF-16"),
        (env.write("latin.yaml", b"image: \xe9"), "not UTF-8"),
    ] {
        let error = read(&path).unwrap_err();
        assert_eq!(error.to_diagnostic().code, Code::DEFINITION_SOURCE, "{error:?}");
        assert!(error.to_string().contains(cause), "{error}");
    }
}
