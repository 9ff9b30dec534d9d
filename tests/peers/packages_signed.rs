//! Signed texts beside `gpg` and `gpgv`: what it signs is accepted with the same text, and nothing is accepted that it
//! refuses. The reverse does not hold: unsigned text around the message is refused here.

use std::fs;
use std::path::PathBuf;

use dhi::builder::packages::openpgp::{Error, Keyring, SignedText, verify, verify_detached};
use jiff::Timestamp;

use crate::support::peers::{PeerEnv, succeed};

const PEERS: [&str; 3] = ["gpg", "gpgv", "gpgconf"];
const TEXT: &str = "Origin: Example\nSuite: stable\nDate: Sat, 21 Nov 2026 08:17:00 UTC\n";

/// A home directory of GnuPG with keys.
struct Gpg {
    env: PeerEnv,
}

impl Gpg {
    fn new() -> Option<Self> {
        let env = PeerEnv::with(&PEERS)?;
        let home = env.path("gnupg");
        fs::create_dir(&home).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        Some(Self { env })
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut gpg = self.env.peer("gpg");
        gpg.args(["--homedir", "gnupg", "--batch", "--quiet", "--yes", "--no-tty"]);
        succeed(gpg.args(["--pinentry-mode", "loopback", "--passphrase", ""]).args(arguments))
    }

    /// Makes a key, and returns its fingerprint.
    fn key(&self, name: &str, kind: &str, arguments: &[&str]) -> String {
        self.run(&[arguments, &["--quick-generate-key", name, kind, "sign,cert", "never"]].concat());
        let list = self.run(&["--with-colons", "--list-keys", &format!("={name}")]);
        let line = list.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().to_owned()
    }

    /// The public keys of these names, as a file for `gpgv` and as read here.
    fn keyring(&self, file: &str, names: &[&str]) -> (PathBuf, Keyring) {
        self.run(&[&["--output", file, "--export"], names].concat());
        let path = self.env.path(file);
        let keys = Keyring::read(&fs::read(&path).unwrap()).unwrap();
        (path, keys)
    }

    /// Signs `text` by these keys.
    fn sign(&self, text: &str, keys: &[&str], arguments: &[&str]) -> Vec<u8> {
        self.env.write("text", text);
        let users = keys.iter().flat_map(|key| ["--local-user", key]);
        let arguments: Vec<&str> = ["--output", "signed"]
            .into_iter()
            .chain(users)
            .chain(arguments.iter().copied())
            .chain(["text"])
            .collect();
        self.run(&arguments);
        fs::read(self.env.path("signed")).unwrap()
    }

    /// Whether `gpgv` finds a good signature, and the text that it writes.
    fn gpgv(&self, keyring: &str, files: &[&str]) -> Option<String> {
        let _ = fs::remove_file(self.env.path("verified"));
        let mut gpgv = self.env.peer("gpgv");
        let keyring = format!("./{keyring}");
        gpgv.args(["--homedir", "gnupg", "--status-fd", "1", "--keyring", &keyring, "--output", "verified"]);
        let output = gpgv.args(files).output().unwrap();
        let status = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_good = status.lines().any(|line| line.starts_with("[GNUPG:] GOODSIG "));
        is_good.then(|| fs::read_to_string(self.env.path("verified")).unwrap_or_default())
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = self.env.peer("gpgconf").args(["--homedir", "gnupg", "--kill", "all"]).status();
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn rejected(result: Result<SignedText, Error>) -> String {
    match result {
        Err(Error::NotTrusted { rejected }) => rejected.iter().map(|one| one.cause.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_gpg_signs_is_accepted_with_its_text() {
    let Some(gpg) = Gpg::new() else { return };
    for (name, kind) in [("ed", "ed25519"), ("rsa", "rsa2048"), ("p256", "nistp256"), ("p384", "nistp384")] {
        gpg.key(name, kind, &[]);
    }
    gpg.run(&["--quick-generate-key", "sub", "rsa2048", "cert", "never"]);
    let list = gpg.run(&["--with-colons", "--list-keys", "=sub"]);
    let primary =
        list.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap().trim_matches(':').to_owned();
    gpg.run(&["--quick-add-key", &primary, "ed25519", "sign", "never"]);
    let (_, keys) = gpg.keyring("all.gpg", &["ed", "rsa", "p256", "p384", "sub"]);
    assert_eq!(keys.certificates().len(), 5);
    for text in [
        TEXT,
        "one line without an end",
        "- dash\n-- two\n-----BEGIN PGP SIGNATURE-----\n",
        "white space \t \nat ends\t\n",
        "\n\nempty lines\n\n\n",
        "line ends\r\nof both kinds\nÄ\u{2028}x\n",
        "\u{c}\u{b}\n",
    ] {
        for name in ["ed", "rsa", "p256", "p384", "sub"] {
            let signed = gpg.sign(text, &[name], &["--clearsign"]);
            let ours =
                verify(&signed, &keys, now()).unwrap_or_else(|error| panic!("{name} {text:?}: {error}"));
            let theirs = gpg.gpgv("all.gpg", &["signed"]).unwrap();
            assert_eq!(ours.text.trim_end(), theirs.replace("\r\n", "\n").trim_end(), "{name} {text:?}");
            assert_eq!(ours.signatures.len(), 1);
        }
        for arguments in
            [&["--detach-sign"][..], &["--detach-sign", "--armor"], &["--textmode", "--detach-sign"]]
        {
            let signature = gpg.sign(text, &["ed", "rsa"], arguments);
            let ours = verify_detached(text.as_bytes(), &signature, &keys, now()).unwrap();
            assert_eq!(ours.text, text.replace("\r\n", "\n"));
            assert_eq!(ours.signatures.len(), 2);
            assert!(gpg.gpgv("all.gpg", &["signed", "text"]).is_some());
        }
    }
    let several = gpg.sign(TEXT, &["ed", "rsa", "sub"], &["--clearsign"]);
    assert_eq!(verify(&several, &keys, now()).unwrap().signatures.len(), 3);
    let (_, one) = gpg.keyring("one.gpg", &["rsa"]);
    let signed = verify(&several, &one, now()).unwrap();
    assert_eq!((signed.signatures.len(), signed.rejected.len()), (1, 2));
}

#[test]
fn keys_that_gpgv_does_not_accept_are_refused() {
    let Some(gpg) = Gpg::new() else { return };
    let past = ["--faked-system-time", "20250101T000000"];
    let old = gpg.key("old", "ed25519", &past);
    gpg.run(&[&past[..], &["--quick-set-expire", &old, "30d"]].concat());
    gpg.key("weak", "rsa2048", &[]);
    gpg.key("revoked", "ed25519", &[]);

    let signed = gpg.sign(TEXT, &["old"], &[&past[..], &["--clearsign"]].concat());
    let (_, keys) = gpg.keyring("old.gpg", &["old"]);
    assert!(rejected(verify(&signed, &keys, now())).contains("expired"));
    assert_eq!(gpg.gpgv("old.gpg", &["signed"]), None);
    assert!(verify(&signed, &keys, "2025-01-20T00:00:00Z".parse().unwrap()).is_ok());

    let signed = gpg.sign(TEXT, &["weak"], &["--digest-algo", "SHA1", "--clearsign"]);
    let (_, keys) = gpg.keyring("weak.gpg", &["weak"]);
    assert!(rejected(verify(&signed, &keys, now())).contains("SHA1"));

    let signed = gpg.sign(TEXT, &["revoked"], &["--clearsign"]);
    let (_, keys) = gpg.keyring("before.gpg", &["revoked"]);
    assert!(verify(&signed, &keys, now()).is_ok());
    let fingerprint = keys.certificates()[0].fingerprint();
    let revocation = gpg.env.path("gnupg").join(format!("openpgp-revocs.d/{fingerprint}.rev"));
    // The file has a colon before its armor, so that nobody imports it by mistake.
    let revocation = fs::read_to_string(revocation).unwrap().replace(":-----", "-----");
    gpg.env.write("revocation", &revocation);
    gpg.run(&["--import", "revocation"]);
    gpg.env.write("signed", std::str::from_utf8(&signed).unwrap());
    let (_, keys) = gpg.keyring("after.gpg", &["revoked"]);
    assert!(rejected(verify(&signed, &keys, now())).contains("revoked"));
    assert_eq!(gpg.gpgv("after.gpg", &["signed"]), None);
}

#[test]
fn nothing_is_accepted_that_gpgv_refuses() {
    let Some(gpg) = Gpg::new() else { return };
    gpg.key("ed", "ed25519", &[]);
    let (_, keys) = gpg.keyring("ed.gpg", &["ed"]);
    let signed = String::from_utf8(gpg.sign(TEXT, &["ed"], &["--clearsign"])).unwrap();
    // `gpgv` checks the checksum of the armor, which RFC 9580 forbids.
    let signed: String =
        signed.lines().filter(|line| !line.starts_with('=')).flat_map(|line| [line, "\n"]).collect();
    let signed = signed.into_bytes();
    let mut accepted = 0;
    // The message has no structure of a period that divides the step.
    for position in (0..signed.len()).step_by(3) {
        for (from, to) in [(1, vec![signed[position] ^ 1]), (1, vec![]), (0, vec![b' ']), (0, vec![b'\n'])] {
            let mut changed = signed.clone();
            changed.splice(position..position + from, to);
            let Ok(ours) = verify(&changed, &keys, now()) else { continue };
            accepted += 1;
            fs::write(gpg.env.path("changed"), &changed).unwrap();
            let theirs = gpg.gpgv("ed.gpg", &["changed"]);
            let shown = String::from_utf8_lossy(&changed).into_owned();
            assert_eq!(theirs.as_deref().map(str::trim_end), Some(ours.text.trim_end()), "{shown}");
        }
    }
    // White space at the ends of lines, lines in the armor: what cannot change the meaning.
    assert!(accepted > 10, "{accepted}");
}
