//! TLS in front of an in-memory registry, and proxies in front of TLS: certificates of its own authority, client
//! certificates and HTTP/2 where a test asks for them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::support::registry::InMemoryRegistry;

/// A certificate authority.
pub(crate) struct CertificateAuthority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, PEM.
pub(crate) struct CertificatePair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl CertificateAuthority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names and addresses.
    pub(crate) fn issue(&self, names: &[&str]) -> CertificatePair {
        self.issue_with(names, |_| {})
    }

    /// A certificate with other parameters, such as its dates.
    pub(crate) fn issue_with(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> CertificatePair {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        CertificatePair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// A TLS server that forwards every connection to an in-memory registry or another server.
pub(crate) struct TlsProxy {
    address: SocketAddr,
    /// The protocol that ALPN chose, for each connection.
    protocols: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl TlsProxy {
    /// With `clients`, the server requires client certificates of this authority.
    pub(crate) fn start(
        registry: &InMemoryRegistry,
        own: &CertificateAuthority,
        clients: Option<&CertificateAuthority>,
        http2: bool,
    ) -> Self {
        Self::before(&registry.host(), own, clients, http2)
    }

    /// The same in front of any server, given as HOST:PORT.
    pub(crate) fn before(
        host: &str,
        own: &CertificateAuthority,
        clients: Option<&CertificateAuthority>,
        http2: bool,
    ) -> Self {
        let pair = own.issue(&["127.0.0.1", "0.0.0.0", "localhost", "registry.example.com"]);
        Self::presenting(&pair, host, clients, http2)
    }

    /// The same with this certificate.
    pub(crate) fn presenting(
        pair: &CertificatePair,
        host: &str,
        clients: Option<&CertificateAuthority>,
        http2: bool,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain = vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
        let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
                let verifier =
                    rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let mut config = builder.with_single_cert(chain, key).unwrap();
        if http2 {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let protocols = Arc::new(Mutex::new(Vec::new()));
        let (acceptor, to, log) = (TlsAcceptor::from(Arc::new(config)), host.to_owned(), protocols.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, to, log) = (acceptor.clone(), to.clone(), log.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let protocol = stream.get_ref().1.alpn_protocol().unwrap_or(b"none").to_vec();
                    let protocol = String::from_utf8(protocol).unwrap();
                    log.lock().unwrap().push(protocol.clone());
                    if protocol == "h2" {
                        two(stream, &to).await;
                    } else {
                        let mut plain = tokio::net::TcpStream::connect(to).await.unwrap();
                        let _ = tokio::io::copy_bidirectional(&mut stream, &mut plain).await;
                    }
                });
            }
        });
        Self { address, protocols, _runtime: runtime }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The protocol that ALPN chose, for each connection so far.
    pub(crate) fn protocols(&self) -> Vec<String> {
        self.protocols.lock().unwrap().clone()
    }
}

/// Serves one connection of HTTP/2. Each of its requests is forwarded over its own connection.
async fn two(stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>, to: &str) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let to = to.to_owned();
        tokio::spawn(async move {
            let mut head =
                format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path_and_query().unwrap());
            for (name, value) in request.headers() {
                head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
            }
            let mut plain = tokio::net::TcpStream::connect(to).await.unwrap();
            plain.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
            // The registry keeps the connection open, so the length gives the end of the answer.
            let mut bytes = Vec::new();
            let (head, start, length) = loop {
                assert_ne!(plain.read_buf(&mut bytes).await.unwrap(), 0);
                let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
                let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
                let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
                let length: usize = length.unwrap().parse().unwrap();
                break (head, end + 4, if request.method() == "HEAD" { 0 } else { length });
            };
            while bytes.len() < start + length {
                assert_ne!(plain.read_buf(&mut bytes).await.unwrap(), 0);
            }
            let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
            let mut response = http::Response::builder().status(status);
            for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
                response = response.header(name, value);
            }
            let mut body = respond.send_response(response.body(()).unwrap(), length == 0).unwrap();
            if length > 0 {
                body.send_data(Bytes::copy_from_slice(&bytes[start..start + length]), true).unwrap();
            }
        });
    }
}

/// A proxy for `CONNECT`, which forwards all connections to one address.
pub(crate) struct Proxy {
    address: SocketAddr,
    /// The first line of each request, and whether it was accepted.
    log: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Proxy {
    /// `login` is the required `Proxy-Authorization`.
    pub(crate) fn start(to: &str, login: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (to, login, shared) = (to.to_owned(), login.map(str::to_owned), log.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (to, login, shared) = (to.clone(), login.clone(), Arc::clone(&shared));
                std::thread::spawn(move || through(stream.unwrap(), &to, login.as_deref(), &shared));
            }
        });
        Self { address, log }
    }

    /// A SOCKS 5 proxy that requires the login `me:p@ss`.
    pub(crate) fn socks(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (to, shared) = (to.to_owned(), log.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (to, shared) = (to.clone(), Arc::clone(&shared));
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    if let Some(host) = socks(&mut stream, &shared) {
                        shared.lock().unwrap().push((host, true));
                        pipe(stream, TcpStream::connect(to).unwrap());
                    }
                });
            }
        });
        Self { address, log }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// `http://LOGIN@127.0.0.1:PORT`.
    pub(crate) fn url(&self, login: &str) -> String {
        format!("http://{login}@{}", self.address)
    }

    pub(crate) fn log(&self) -> Vec<(String, bool)> {
        self.log.lock().unwrap().clone()
    }
}

fn through(mut client: TcpStream, to: &str, login: Option<&str>, log: &Mutex<Vec<(String, bool)>>) {
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if client.read(&mut byte).unwrap_or_default() == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap().to_owned();
    let sent = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
    });
    let good = login.is_none() || sent == login;
    log.lock().unwrap().push((line, good));
    if !good {
        let _ = client.write_all(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
        );
        return;
    }
    let server = TcpStream::connect(to).unwrap();
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
    pipe(client, server);
}

/// The host that a client requests after its login (RFC 1928, RFC 1929).
fn socks(stream: &mut TcpStream, log: &Mutex<Vec<(String, bool)>>) -> Option<String> {
    let take = |stream: &mut TcpStream, length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let counted = |stream: &mut TcpStream| {
        let length = take(stream, 1)?[0];
        take(stream, length.into())
    };
    take(stream, 1)?;
    counted(stream)?;
    stream.write_all(&[5, 2]).ok()?;
    take(stream, 1)?;
    let login = (counted(stream)?, counted(stream)?);
    if login != (b"me".to_vec(), b"p@ss".to_vec()) {
        log.lock().unwrap().push((String::new(), false));
        let _ = stream.write_all(&[1, 1]);
        return None;
    }
    stream.write_all(&[1, 0]).ok()?;
    // Version, command, nothing, and 3 for a name.
    assert_eq!(take(stream, 4)?, [5, 1, 0, 3]);
    let host = String::from_utf8(counted(stream)?).unwrap();
    take(stream, 2)?;
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    Some(host)
}

fn pipe(client: TcpStream, server: TcpStream) {
    let (mut from, mut into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut into);
        let _ = into.shutdown(std::net::Shutdown::Write);
    });
    let (mut client, mut server) = (client, server);
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
}
