//! Makes small signed Debian repositories: keys, signed lists and indexes. Package files are named, not made.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use pgp::composed::KeyType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, PacketTrait, PubKeyInner, PublicKey, SecretKey, Signature, SignatureConfig, SignatureType,
    Subpacket, SubpacketData, UserId,
};
use pgp::types::{KeyVersion, PacketHeaderVersion, Password, SigningKey, Tag, Timestamp as Seconds};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::apk_repository::gzip;

/// When keys are made: 2024-01-01.
const CREATED: u32 = 1_704_067_200;

/// A key of a repository.
pub(crate) struct ArchiveKey(SecretKey);

/// A suite of a repository.
#[derive(Clone, Debug)]
pub(crate) struct DebSuite {
    pub(crate) name: String,
    pub(crate) codename: String,
    pub(crate) date: Timestamp,
    pub(crate) valid_until: Option<Timestamp>,
    /// Whether its indexes are offered by hash too.
    pub(crate) by_hash: bool,
    /// Other fields of its list, each with its line end.
    pub(crate) fields: String,
    /// The text of the index of each component and architecture.
    pub(crate) indexes: BTreeMap<(String, String), String>,
}

impl ArchiveKey {
    /// The same number gives the same key.
    pub(crate) fn new(number: u64) -> Self {
        let kind = KeyType::Ed25519Legacy;
        let (public, secret) = kind.generate(StdRng::seed_from_u64(number)).unwrap();
        let created = Seconds::from_secs(CREATED);
        let public = PubKeyInner::new(KeyVersion::V4, kind.to_alg(), created, None, public).unwrap();
        Self(SecretKey::new(PublicKey::from_inner(public).unwrap(), secret).unwrap())
    }

    /// The file with the public key.
    pub(crate) fn keyring(&self) -> Vec<u8> {
        let Self(key) = self;
        let id = UserId::from_str(PacketHeaderVersion::New, "Archive <archive@deb.example>").unwrap();
        let mut config = config(SignatureType::CertPositive, key, CREATED);
        let mut flags = KeyFlags::default();
        flags.set_sign(true);
        flags.set_certify(true);
        config.hashed_subpackets.push(Subpacket::regular(SubpacketData::KeyFlags(flags)).unwrap());
        let signature =
            config.sign_certification(key, key.public_key(), &Password::empty(), Tag::UserId, &id).unwrap();
        [packet(key.public_key()), packet(&id), packet(&signature)].concat()
    }

    /// `InRelease`: the text of a list with its signature of that time.
    pub(crate) fn signed(&self, text: &str, at: Timestamp) -> String {
        let Self(key) = self;
        // The last line end is not part of what is signed.
        let signed = text.strip_suffix('\n').unwrap().replace('\n', "\r\n");
        let signature = sign(key, SignatureType::Text, at, signed.as_bytes());
        let signature = armored(&packet(&signature));
        format!("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}{signature}")
    }

    /// `Release.gpg`: the signature of a list alone.
    pub(crate) fn detached(&self, text: &str, at: Timestamp) -> String {
        armored(&packet(&sign(&self.0, SignatureType::Binary, at, text.as_bytes())))
    }
}

fn config(kind: SignatureType, key: &impl SigningKey, at: u32) -> SignatureConfig {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), HashAlgorithm::Sha256);
    let parts = [
        SubpacketData::SignatureCreationTime(Seconds::from_secs(at)),
        SubpacketData::IssuerFingerprint(key.fingerprint()),
    ];
    config.hashed_subpackets = parts.into_iter().map(|part| Subpacket::regular(part).unwrap()).collect();
    config
}

fn sign(key: &SecretKey, kind: SignatureType, at: Timestamp, data: &[u8]) -> Signature {
    let at = u32::try_from(at.as_second()).unwrap();
    config(kind, key, at).sign(key, &Password::empty(), data).unwrap()
}

fn packet(packet: &impl PacketTrait) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.to_writer_with_header(&mut bytes).unwrap();
    bytes
}

fn armored(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PGP SIGNATURE-----\n\n{}\n-----END PGP SIGNATURE-----\n", lines.join("\n"))
}

impl DebSuite {
    /// A suite without indexes. Its list has no end.
    pub(crate) fn new(name: &str, date: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            codename: name.to_owned(),
            date,
            valid_until: None,
            by_hash: false,
            fields: String::new(),
            indexes: BTreeMap::new(),
        }
    }

    /// Adds the index of the component `main`.
    pub(crate) fn main(mut self, architecture: &str, stanzas: &[String]) -> Self {
        self.indexes.insert(("main".to_owned(), architecture.to_owned()), stanzas.concat());
        self
    }

    /// The text of the list.
    pub(crate) fn release(&self) -> String {
        let Self { codename, fields, .. } = self;
        let mut text = format!("Origin: Test\nCodename: {codename}\nDate: {}\n", time(self.date));
        if let Some(until) = self.valid_until {
            text += &format!("Valid-Until: {}\n", time(until));
        }
        if self.by_hash {
            text += "Acquire-By-Hash: yes\n";
        }
        text += &format!("{fields}SHA256:\n");
        for ((component, architecture), index) in &self.indexes {
            let packed = gzip(index.as_bytes());
            let path = format!("{component}/binary-{architecture}/Packages.gz");
            text += &format!(" {} {} {path}\n", sha256(&packed), packed.len());
        }
        text
    }

    /// The files of the repository by their paths below its address, with `InRelease`.
    pub(crate) fn files(&self, key: &ArchiveKey) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.index_files();
        let signed = key.signed(&self.release(), self.date);
        files.insert(format!("dists/{}/InRelease", self.name), signed.into_bytes());
        files
    }

    /// The same with `Release` and `Release.gpg` in place of `InRelease`.
    pub(crate) fn files_with_detached_signature(&self, key: &ArchiveKey) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.index_files();
        let (name, text) = (&self.name, self.release());
        let signature = key.detached(&text, self.date);
        files.insert(format!("dists/{name}/Release.gpg"), signature.into_bytes());
        files.insert(format!("dists/{name}/Release"), text.into_bytes());
        files
    }

    fn index_files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for ((component, architecture), index) in &self.indexes {
            let packed = gzip(index.as_bytes());
            let folder = format!("dists/{}/{component}/binary-{architecture}", self.name);
            if self.by_hash {
                files.insert(format!("{folder}/by-hash/SHA256/{}", sha256(&packed)), packed.clone());
            }
            files.insert(format!("{folder}/Packages.gz"), packed);
        }
        files
    }
}

/// An entry of an index. `fields` are further fields, each with its line end.
pub(crate) fn deb_stanza(name: &str, version: &str, fields: &str) -> String {
    let hash = sha256(format!("{name} {version} {fields}").as_bytes());
    format!(
        "Package: {name}\nVersion: {version}\nArchitecture: all\nInstalled-Size: 1\n{fields}\
         Filename: pool/{name}_{version}_all.deb\nSize: 1000\nSHA256: {hash}\n\n"
    )
}

/// A time as lists write it.
fn time(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S UTC").to_string()
}

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
