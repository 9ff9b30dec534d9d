//! Makes small signed Alpine repositories: packages with files, and indexes.
//!
//! Archives are made byte by byte, so a test can make wrong ones too.

use std::collections::BTreeMap;
use std::io::Write;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaSignatureEncoding};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;

/// The date of all files: 2025-01-01.
const DATE: u64 = 1_735_689_600;

/// A key pair and its file name.
pub(crate) struct RepositoryKey {
    pub(crate) name: String,
    pair: KeyPair,
}

/// What a package has. Lists are written in their order.
#[derive(Clone, Debug)]
pub(crate) struct ApkPackage {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) architecture: String,
    pub(crate) installed_size: u64,
    pub(crate) origin: String,
    pub(crate) provider_priority: u32,
    pub(crate) depends: Vec<String>,
    pub(crate) provides: Vec<String>,
    pub(crate) install_if: Vec<String>,
    pub(crate) replaces: Vec<String>,
    pub(crate) replaces_priority: Option<u32>,
    /// Lines that `.PKGINFO` has besides.
    pub(crate) more: String,
    /// Scripts of the control member, such as `.post-install`.
    pub(crate) scripts: BTreeMap<String, String>,
    pub(crate) files: Vec<ApkFile>,
}

/// A file, folder or link of a package.
#[derive(Clone, Debug)]
pub(crate) struct ApkFile {
    pub(crate) path: String,
    pub(crate) kind: ApkFileKind,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
}

#[derive(Clone, Debug)]
pub(crate) enum ApkFileKind {
    File(Vec<u8>),
    Directory,
    Link(String),
}

/// A package file and its entry in an index.
pub(crate) struct BuiltApk {
    pub(crate) file: Vec<u8>,
    pub(crate) stanza: String,
    pub(crate) identity: String,
}

/// The compressed members of a package, without signatures.
pub(crate) struct Members {
    pub(crate) control: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// The digest of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Sha1,
    Sha256,
    Sha512,
}

impl RepositoryKey {
    pub(crate) fn generate(name: &str) -> Self {
        Self { name: name.to_owned(), pair: KeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    /// The key file.
    pub(crate) fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().unwrap();
        pem::encode(&pem::Pem::new("PUBLIC KEY", der.as_ref().to_vec())).replace('\r', "")
    }

    fn sign(&self, bytes: &[u8], signing: Signing) -> Vec<u8> {
        let encoding: &'static RsaSignatureEncoding = match signing {
            Signing::Sha1 => return self.sign_sha1(bytes),
            Signing::Sha256 => &RSA_PKCS1_SHA256,
            Signing::Sha512 => &RSA_PKCS1_SHA512,
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(encoding, &SystemRandom::new(), bytes, &mut signature).unwrap();
        signature
    }

    /// The library signs no SHA-1, so this is RFC 8017, 8.2.1, by the Chinese remainder theorem.
    fn sign_sha1(&self, bytes: &[u8]) -> Vec<u8> {
        /// The DigestInfo of SHA-1 up to the hash (RFC 8017, 9.2, note 1).
        const SHA1_INFO: &[u8] = b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";
        let pkcs8: Pkcs8V1Der<'_> = self.pair.as_der().unwrap();
        let private = children(children(pkcs8.as_ref())[0])[2];
        let numbers: Vec<BigUint> =
            children(children(private)[0]).into_iter().map(BigUint::from_bytes_be).collect();
        let [_, _, _, _, p, q, dp, dq, inverse] = numbers.as_slice() else {
            panic!("{} numbers", numbers.len())
        };
        let length = self.pair.public_modulus_len();
        let info = [SHA1_INFO, digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref()].concat();
        let padding = vec![0xff; length - info.len() - 3];
        let message = BigUint::from_bytes_be(&[&[0, 1], padding.as_slice(), &[0], info.as_slice()].concat());
        let (one, two) = (message.modpow(dp, p), message.modpow(dq, q));
        let signature = (&two + q * ((inverse * (&one + p - &two % p)) % p)).to_bytes_be();
        [vec![0; length - signature.len()], signature].concat()
    }

    /// A member with signatures of `signed`.
    pub(crate) fn signatures(&self, signed: &[u8], with: &[Signing]) -> Vec<u8> {
        let mut archive = Vec::new();
        for signing in with {
            let prefix = match signing {
                Signing::Sha1 => "RSA",
                Signing::Sha256 => "RSA256",
                Signing::Sha512 => "RSA512",
            };
            let name = format!(".SIGN.{prefix}.{}", self.name);
            archive.extend(entry(&name, &self.sign(signed, *signing)));
        }
        gzip(&archive)
    }
}

impl ApkPackage {
    /// A package with one file.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: "x86_64".to_owned(),
            installed_size: 4096,
            origin: name.to_owned(),
            provider_priority: 0,
            depends: Vec::new(),
            provides: Vec::new(),
            install_if: Vec::new(),
            replaces: Vec::new(),
            replaces_priority: None,
            more: String::new(),
            scripts: BTreeMap::new(),
            files: vec![
                ApkFile::directory("usr"),
                ApkFile::directory("usr/share"),
                ApkFile::file(&format!("usr/share/{name}"), version),
            ],
        }
    }

    pub(crate) fn depends(mut self, depends: &[&str]) -> Self {
        self.depends.extend(depends.iter().copied().map(str::to_owned));
        self
    }

    pub(crate) fn provides(mut self, provides: &[&str]) -> Self {
        self.provides.extend(provides.iter().copied().map(str::to_owned));
        self
    }

    pub(crate) fn priority(mut self, priority: u32) -> Self {
        self.provider_priority = priority;
        self
    }

    /// The text of `.PKGINFO`.
    pub(crate) fn pkginfo(&self, data: &[u8]) -> String {
        let Self { name, version, architecture, installed_size, origin, more, .. } = self;
        let mut text = format!(
            "# Generated by tests\npkgname = {name}\npkgver = {version}\npkgdesc = test\n\
             url = https://x.example\nbuilddate = {DATE}\nsize = {installed_size}\narch = {architecture}\n\
             origin = {origin}\nlicense = MIT\n{more}"
        );
        let lists = [
            ("depend", &self.depends),
            ("provides", &self.provides),
            ("install_if", &self.install_if),
            ("replaces", &self.replaces),
        ];
        for (key, values) in lists {
            text.extend(values.iter().map(|value| format!("{key} = {value}\n")));
        }
        if self.provider_priority > 0 {
            text += &format!("provider_priority = {}\n", self.provider_priority);
        }
        if let Some(priority) = self.replaces_priority {
            text += &format!("replaces_priority = {priority}\n");
        }
        text + &format!("datahash = {}\n", hex(digest(&SHA256, data).as_ref()))
    }

    /// The compressed members.
    pub(crate) fn members(&self) -> Members {
        let mut archive: Vec<u8> = self.files.iter().flat_map(ApkFile::entry).collect();
        archive.extend([0; 1024]);
        let data = gzip(&archive);
        let mut archive = entry(".PKGINFO", self.pkginfo(&data).as_bytes());
        for (name, script) in &self.scripts {
            archive.extend(header(name, b'0', script.len(), 0o755, (0, 0), ""));
            archive.extend(padded(script.as_bytes()));
        }
        Members { control: gzip(&archive), data }
    }

    /// The package file, signed, and its entry in an index.
    pub(crate) fn build(&self, key: &RepositoryKey) -> BuiltApk {
        let Members { control, data } = self.members();
        let signatures = key.signatures(&control, &[Signing::Sha256]);
        self.built(&control, [signatures, control.clone(), data].concat())
    }

    /// The entry in an index for a file with this control member.
    pub(crate) fn built(&self, control: &[u8], file: Vec<u8>) -> BuiltApk {
        let identity = identity(control);
        let Self { name, version, architecture, installed_size, origin, .. } = self;
        let mut stanza = format!(
            "C:{identity}\nP:{name}\nV:{version}\nA:{architecture}\nS:{}\nI:{installed_size}\nT:test\n\
             U:https://x.example\nL:MIT\no:{origin}\nt:{DATE}\n",
            file.len()
        );
        if self.provider_priority > 0 {
            stanza += &format!("k:{}\n", self.provider_priority);
        }
        for (letter, values) in [("D", &self.depends), ("p", &self.provides), ("i", &self.install_if)] {
            if !values.is_empty() {
                stanza += &format!("{letter}:{}\n", values.join(" "));
            }
        }
        BuiltApk { file, stanza, identity }
    }
}

impl ApkFile {
    pub(crate) fn file(path: &str, content: &str) -> Self {
        let kind = ApkFileKind::File(content.as_bytes().to_vec());
        Self { path: path.to_owned(), kind, mode: 0o644, owner: (0, 0) }
    }

    pub(crate) fn directory(path: &str) -> Self {
        Self { path: path.to_owned(), kind: ApkFileKind::Directory, mode: 0o755, owner: (0, 0) }
    }

    pub(crate) fn link(path: &str, target: &str) -> Self {
        let kind = ApkFileKind::Link(target.to_owned());
        Self { path: path.to_owned(), kind, mode: 0o777, owner: (0, 0) }
    }

    /// The entry of the data member, with the checksum that apk keeps for files and links.
    fn entry(&self) -> Vec<u8> {
        let (flag, content, target): (u8, &[u8], &str) = match &self.kind {
            ApkFileKind::File(content) => (b'0', content, ""),
            ApkFileKind::Directory => (b'5', &[], ""),
            ApkFileKind::Link(target) => (b'2', &[], target),
        };
        let mut bytes = Vec::new();
        if flag != b'5' {
            let covered = if flag == b'2' { target.as_bytes() } else { content };
            let sum = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, covered).as_ref());
            let record = format!("APK-TOOLS.checksum.SHA1={sum}\n");
            let length = record.len() + 3;
            let record = format!("{length} {record}");
            assert_eq!(record.len(), length);
            bytes.extend(header("pax", b'x', record.len(), 0o644, (0, 0), ""));
            bytes.extend(padded(record.as_bytes()));
        }
        let path = if flag == b'5' { format!("{}/", self.path) } else { self.path.clone() };
        bytes.extend(header(&path, flag, content.len(), self.mode, self.owner, target));
        bytes.extend(padded(content));
        bytes
    }
}

/// The identity of a package with this control member.
pub(crate) fn identity(control: &[u8]) -> String {
    format!("Q1{}", STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, control).as_ref()))
}

/// The text of an index.
pub(crate) fn index_text<'a>(stanzas: impl IntoIterator<Item = &'a str>) -> String {
    stanzas.into_iter().map(|stanza| format!("{stanza}\n")).collect()
}

/// The compressed member of an index.
pub(crate) fn index_member(text: &str) -> Vec<u8> {
    let mut archive = entry("DESCRIPTION", b"test");
    archive.extend(entry("APKINDEX", text.as_bytes()));
    archive.extend([0; 1024]);
    gzip(&archive)
}

/// The file `APKINDEX.tar.gz`, signed with both digests.
pub(crate) fn signed_index(text: &str, key: &RepositoryKey) -> Vec<u8> {
    let member = index_member(text);
    [key.signatures(&member, &[Signing::Sha1, Signing::Sha256]), member].concat()
}

/// The files of a repository by their paths below its address.
pub(crate) fn repository(
    architecture: &str,
    packages: &[ApkPackage],
    key: &RepositoryKey,
) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut stanzas = Vec::new();
    for package in packages {
        let built = package.build(key);
        files.insert(format!("{architecture}/{}-{}.apk", package.name, package.version), built.file);
        stanzas.push(built.stanza);
    }
    let text = index_text(stanzas.iter().map(String::as_str));
    files.insert(format!("{architecture}/APKINDEX.tar.gz"), signed_index(&text, key));
    files
}

/// One gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file in a tar archive, without the end of the archive.
pub(crate) fn entry(name: &str, content: &[u8]) -> Vec<u8> {
    [header(name, b'0', content.len(), 0o644, (0, 0), ""), padded(content)].concat()
}

/// A header of a tar archive.
pub(crate) fn header(
    name: &str,
    flag: u8,
    size: usize,
    mode: u32,
    (user, group): (u32, u32),
    target: &str,
) -> Vec<u8> {
    let mut block = [0; 512];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, &format!("{mode:07o}"));
    put(108, &format!("{user:07o}"));
    put(116, &format!("{group:07o}"));
    put(124, &format!("{size:011o}"));
    put(136, &format!("{DATE:011o}"));
    put(148, "        ");
    put(156, &char::from(flag).to_string());
    put(157, target);
    put(257, "ustar\x0000");
    if (user, group) == (0, 0) {
        put(265, "root");
        put(297, "root");
    }
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block.to_vec()
}

/// Content with the zeros that fill its last block.
fn padded(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.resize(content.len().next_multiple_of(512), 0);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The contents of the DER values in `bytes`.
fn children(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    while let [_, length, rest @ ..] = bytes {
        let digits = usize::from(length & 0x7f);
        let (length, rest) = match length {
            0..=0x7f => (digits, rest),
            _ => {
                let (digits, rest) = rest.split_at(digits);
                (digits.iter().fold(0, |all, digit| all << 8 | usize::from(*digit)), rest)
            }
        };
        let (value, after) = rest.split_at(length);
        values.push(value);
        bytes = after;
    }
    values
}
