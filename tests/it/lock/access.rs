//! Repositories that demand a login.

use super::{Host, KEY, LockFixture};
use crate::support::apk_repository::{ApkPackage, RepositoryKey, repository};
use crate::support::env::{TestEnv, run};

/// `me:pass` as a header and in a configuration of Docker.
const BASIC: &str = "Basic bWU6cGFzcw==";

impl LockFixture {
    /// A definition whose repository wants a login.
    fn gated() -> Self {
        let fixture = Self { env: TestEnv::new(), host: Host::demanding(Some(BASIC)) };
        let key = RepositoryKey::generate(KEY);
        fixture.host.put(&format!("/keys/{KEY}"), key.public_pem());
        fixture.host.put_all("/gated", repository("x86_64", &[ApkPackage::new("app", "1-r0")], &key));
        fixture.define_for(&["linux/amd64"], &fixture.host.url("/gated"), &["app"]);
        fixture
    }

    fn log_in(&self, host: &str, basic: &str) {
        let text = format!(r#"{{"auths":{{"{host}":{{"auth":"{basic}"}}}}}}"#);
        self.env.write(".docker/config.json", text);
    }

    /// The headers with logins that arrived, by path.
    fn logins(&self) -> Vec<(String, String)> {
        let log = self.host.log.take();
        let with = log
            .iter()
            .filter_map(|one| Some((one.path().to_owned(), one.header("authorization")?.to_owned())));
        with.collect()
    }
}

#[test]
fn a_login_is_sent_where_it_is_demanded() {
    let fixture = LockFixture::gated();
    fixture.refuses(5, "packages/denied", "401");
    assert!(fixture.logins().is_empty());
    // That of another host is not.
    fixture.log_in("127.0.0.1:1", "bWU6cGFzcw==");
    fixture.refuses(5, "packages/denied", "--substitute");
    assert!(fixture.logins().is_empty());
    // A wrong one is sent once.
    fixture.log_in(&fixture.host.server.host(), "bWU6bm8=");
    fixture.refuses(5, "packages/denied", "401");
    assert_eq!(fixture.logins().len(), 1);
    fixture.log_in(&fixture.host.server.host(), "bWU6cGFzcw==");
    let lock = String::from_utf8(fixture.locked(&[])).unwrap();
    let index = "/gated/x86_64/APKINDEX.tar.gz".to_owned();
    assert_eq!(fixture.logins(), [(index, BASIC.to_owned())]);
    assert!(!lock.contains("bWU6cGFzcw=="), "{lock}");
}

#[test]
fn no_login_is_sent_without_tls() {
    // The stand-in is the proxy of another host too, so it sees what would be sent there.
    let fixture = LockFixture::gated();
    fixture.define_for(&["linux/amd64"], "http://deb.example/gated", &["app"]);
    fixture.log_in("deb.example", "bWU6cGFzcw==");
    let mut command = fixture.command(&[]);
    command.env("ALL_PROXY", fixture.host.url(""));
    run(&mut command).assert(5, "error[packages/denied]");
    assert_eq!(fixture.host.log.count("http://deb.example/gated/"), 1);
    assert!(fixture.logins().is_empty());
}
