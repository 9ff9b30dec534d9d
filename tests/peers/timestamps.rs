//! A real timestamp authority: its tokens date signatures as those of the test Sigstore instance do.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use jiff::Timestamp;

use crate::support::peers::PeerEnv;
use crate::support::test_sigstore::cases::{ARTIFACT, Case, Evidence, IDENTITY, ISSUER, Reason};
use crate::support::test_sigstore::clock::Window;
use crate::support::test_sigstore::signed::Version;
use crate::support::test_sigstore::{Sigstore, tsa};
use crate::test_sigstore::verify_bundle;

/// `timestamp-server`, killed when dropped.
struct TimestampServer {
    child: Child,
    port: u16,
}

impl TimestampServer {
    fn start(env: &PeerEnv) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut command = env.peer("timestamp-server");
        command.args(["serve", "--host", "127.0.0.1", "--port", &port.to_string()]);
        // Its clock would be compared with servers elsewhere.
        command.args(["--timestamp-signer", "memory", "--disable-ntp-monitoring"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, port };
        let patience = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < patience, "timestamp-server does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// The token over a signature, made now.
    fn stamp(&self, signature: &[u8]) -> Vec<u8> {
        self.ask("POST", "/api/v1/timestamp", &tsa::request(signature))
    }

    /// Its certificates, leaf first, as DER.
    fn chain(&self) -> Vec<Vec<u8>> {
        let pem = String::from_utf8(self.ask("GET", "/api/v1/timestamp/certchain", b"")).unwrap();
        let certificates = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
        certificates
            .map(|certificate| {
                let (text, _) = certificate.split_once("-----END").unwrap();
                let text: String = text.split_whitespace().collect();
                base64::engine::general_purpose::STANDARD.decode(text).unwrap()
            })
            .collect()
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: tsa\r\nConnection: close\r\n\
             Content-Type: application/timestamp-query\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        assert!(head.contains(" 200 ") || head.contains(" 201 "), "{head}");
        assert!(!head.contains("chunked"), "{head}");
        answer.split_off(end + 4)
    }
}

impl Drop for TimestampServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn timestamps_of_a_real_authority_are_accepted() {
    let Some(env) = PeerEnv::with(&["timestamp-server", "cosign3"]) else { return };
    let server = TimestampServer::start(&env);
    let mut sigstore = Sigstore::new();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let years = Window::years(now);
    // Its certificates are as young as the test.
    sigstore.time = now;
    let trusted = sigstore.trusted_root();
    let mut trusting = trusted.clone();
    trusting.timestamp_authorities = vec![(server.chain(), years)];

    let signed = sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged(&sigstore.rekor2);
    let token = server.stamp(signed.signature());
    let dated = signed.clone().but(|signed| signed.timestamps.push(token));
    let other = server.stamp(b"another signature");
    let misdated = signed.but(|signed| signed.timestamps.push(other));
    for case in [
        Case::bundle("dated", &dated, Version::V03).trusting(&trusting),
        Case::bundle("untrusted", &dated, Version::V03).trusting(&trusted).fails(Reason::Time),
        Case::bundle("over-other", &misdated, Version::V03).trusting(&trusting).fails(Reason::Time),
    ] {
        let Evidence::Bundle(bundle) = &case.evidence else { unreachable!("made as a bundle") };
        let (passes, printed) = verify_bundle(&env, &case, bundle);
        assert_eq!(passes, case.is_good(), "{case:?}: {printed}");
    }
}
