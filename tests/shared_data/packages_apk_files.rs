//! Files of signed Alpine repositories, right and wrong ones.

use std::io::Read;

use dhi::builder::packages::apk::container::{ArchiveFault, Error as ContainerError, Part, Signed};
use dhi::builder::packages::apk::index::{self, Index};
use dhi::builder::packages::apk::pkginfo::{Error, check};
use dhi::builder::packages::apk::signature::{
    Error as SignatureError, Key, KeyError, Keys, SignatureDigest, SignedBy, verify,
};

use super::apk_repository::{
    ApkPackage, BuiltApk, Members, RepositoryKey, Signing, entry, gzip, header, index_member, index_text,
    repository, signed_index,
};

const NAME: &str = "test@example-1.rsa.pub";

fn keys(keys: &[&RepositoryKey]) -> Keys {
    let mut all = Keys::default();
    for key in keys {
        all.add(Key::parse(&key.name, key.public_pem().as_bytes()).unwrap()).unwrap();
    }
    all
}

/// Verifies an index, and gives its text.
fn read_index(file: &[u8], keys: &Keys) -> Result<(SignedBy, Vec<u8>), String> {
    let signed = Signed::split(file).map_err(|error| error.to_string())?;
    let by = verify(&signed.signatures, signed.rest, keys).map_err(|error| error.to_string())?;
    Ok((by, signed.index().map_err(|error| error.to_string())?))
}

/// Compares a package with its entry, which the index has as `stanza`.
fn compare(file: &[u8], stanza: &str) -> Result<Vec<u8>, Error> {
    let text = index_text([stanza]);
    let index = Index::parse(text.as_bytes(), "x86_64").unwrap();
    let (package, info) = check(file, &(&index.packages[0]).into())?;
    assert_eq!(info.name, index.packages[0].name);
    let mut data = Vec::new();
    package.unpacked_data(1 << 20).read_to_end(&mut data).unwrap();
    Ok(data)
}

/// A file that lies about its size in the index, as a repository can that an attacker controls in part.
fn with_size(built: &BuiltApk, file: &[u8]) -> String {
    built.stanza.replace(&format!("S:{}\n", built.file.len()), &format!("S:{}\n", file.len()))
}

#[test]
fn a_repository_is_read_back() {
    let key = RepositoryKey::generate(NAME);
    let files = repository("x86_64", &[ApkPackage::new("a", "1-r0"), ApkPackage::new("b", "2-r1")], &key);
    let (by, text) = read_index(&files["x86_64/APKINDEX.tar.gz"], &keys(&[&key])).unwrap();
    assert_eq!(by, SignedBy { key: NAME.to_owned(), digest: SignatureDigest::Sha256 });
    let index = Index::parse(&text, "x86_64").unwrap();
    assert_eq!(index.packages.len(), 2);
    for listed in &index.packages {
        let file = &files[&listed.path("x86_64")];
        let (package, info) = check(file, &listed.into()).unwrap();
        assert_eq!((info.installed_size, info.origin.as_deref()), (4096, Some(listed.name)));
        let mut data = Vec::new();
        package.unpacked_data(1 << 20).read_to_end(&mut data).unwrap();
        assert!(data.windows(9).any(|window| window == b"usr/share"));
        let by = Signed::split(file).unwrap();
        assert!(verify(&by.signatures, package.control, &keys(&[&key])).is_ok());
    }
}

#[test]
fn each_digest_is_verified() {
    let key = RepositoryKey::generate(NAME);
    let member = index_member("");
    for (signing, digest) in [
        (Signing::Sha1, SignatureDigest::Sha1),
        (Signing::Sha256, SignatureDigest::Sha256),
        (Signing::Sha512, SignatureDigest::Sha512),
    ] {
        let file = [key.signatures(&member, &[signing]), member.clone()].concat();
        assert_eq!(read_index(&file, &keys(&[&key])).unwrap().0.digest, digest);
    }
}

#[test]
fn a_signature_counts_for_its_key_name_only() {
    let (key, twin, other) = (
        RepositoryKey::generate(NAME),
        RepositoryKey::generate(NAME),
        RepositoryKey::generate("other.rsa.pub"),
    );
    let member = index_member("");
    let rest = member.as_slice();
    let verified = |file: &[u8], known: &[&RepositoryKey]| {
        let signed = Signed::split(file).unwrap();
        assert_eq!(signed.rest, rest);
        verify(&signed.signatures, signed.rest, &keys(known))
    };
    let signed = |by: &[&RepositoryKey]| {
        let mut file: Vec<u8> =
            by.iter().flat_map(|key| key.signatures(&member, &[Signing::Sha256])).collect();
        file.extend(rest);
        file
    };
    let bad = Err(SignatureError::BadSignature { key: NAME.to_owned() });
    let unknown = |name: &str| Err(SignatureError::UnknownKey { keys: vec![name.to_owned()] });
    assert_eq!(verified(&signed(&[]), &[&key]), Err(SignatureError::NoSignature));
    assert_eq!(verified(&signed(&[&key]), &[&other]), unknown(NAME));
    assert_eq!(verified(&signed(&[&key]), &[]), unknown(NAME));
    // The key was swapped for another one with its file name.
    assert_eq!(verified(&signed(&[&twin]), &[&key]), bad);
    // The same key under another file name.
    let renamed = Key::parse("renamed.rsa.pub", key.public_pem().as_bytes()).unwrap();
    let mut known = Keys::default();
    known.add(renamed).unwrap();
    let file = signed(&[&key]);
    let split = Signed::split(&file).unwrap();
    assert_eq!(verify(&split.signatures, split.rest, &known), unknown(NAME));
    // Members with signatures of several keys: one that is known is enough, a wrong one by a known key is
    // not.
    assert_eq!(verified(&signed(&[&other, &key]), &[&key]).unwrap().key, NAME);
    assert_eq!(verified(&signed(&[&other, &twin]), &[&key, &other]), bad);
}

#[test]
fn an_unsupported_algorithm_is_named() {
    let key = RepositoryKey::generate(NAME);
    let member = index_member("");
    let signatures = gzip(&entry(&format!(".SIGN.DSA.{NAME}"), &[1; 64]));
    let file = [signatures, member].concat();
    let signed = Signed::split(&file).unwrap();
    let expected = SignatureError::Algorithm { key: NAME.to_owned(), algorithm: "DSA".to_owned() };
    assert_eq!(verify(&signed.signatures, signed.rest, &keys(&[&key])), Err(expected));
}

#[test]
fn keys_are_checked() {
    let key = RepositoryKey::generate(NAME);
    let text = key.public_pem();
    let parse = |name: &str, text: &str| Key::parse(name, text.as_bytes()).map(|key| key.name().to_owned());
    assert_eq!(parse(NAME, &text), Ok(NAME.to_owned()));
    for name in ["", "a/b", "a b", "a\nb"] {
        assert_eq!(parse(name, &text), Err(KeyError::Name(name.to_owned())));
    }
    let wrong = [
        String::new(),
        format!("{text}{text}"),
        text.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        text.replace("PUBLIC KEY", "CERTIFICATE"),
    ];
    for text in &wrong {
        assert_eq!(parse(NAME, text), Err(KeyError::NotPem(NAME.to_owned())), "{text}");
    }
    assert_eq!(parse(NAME, &text.repeat(99)), Err(KeyError::TooLong(NAME.to_owned())));
    let damaged = text.replacen("MIIB", "MIIC", 1);
    assert_eq!(parse(NAME, &damaged), Err(KeyError::Rejected(NAME.to_owned())));
    // P-256.
    let curve = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n\
                 6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n";
    assert_eq!(parse(NAME, curve), Err(KeyError::NotRsa(NAME.to_owned())));
    let mut known = keys(&[&key]);
    known.add(Key::parse(NAME, text.as_bytes()).unwrap()).unwrap();
    let other = RepositoryKey::generate(NAME).public_pem();
    let other = known.add(Key::parse(NAME, other.as_bytes()).unwrap());
    assert_eq!(other, Err(KeyError::SameName(NAME.to_owned())));
}

/// Every changed byte of an index is found, wherever it is.
#[test]
fn a_flipped_byte_of_an_index_is_found() {
    let key = RepositoryKey::generate(NAME);
    let file = signed_index(&index_text([ApkPackage::new("a", "1-r0").build(&key).stanza.as_str()]), &key);
    let known = keys(&[&key]);
    let (_, text) = read_index(&file, &known).unwrap();
    // The bytes around the signatures are not signed: some of them change nothing.
    let signatures = file.len() - Signed::split(&file).unwrap().rest.len();
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1;
        if let Ok((_, read)) = read_index(&changed, &known) {
            assert!(read == text && at < signatures, "byte {at}");
        }
    }
}

#[test]
fn a_flipped_byte_of_a_package_is_found() {
    let key = RepositoryKey::generate(NAME);
    let package = ApkPackage::new("a", "1-r0");
    let Members { control, data } = package.members();
    let built = package.build(&key);
    compare(&built.file, &built.stanza).unwrap();
    let unsigned = built.file.len() - control.len() - data.len();
    for at in unsigned..built.file.len() {
        let mut changed = built.file.clone();
        changed[at] ^= 0x10;
        let error = compare(&changed, &built.stanza).unwrap_err();
        if at >= unsigned + control.len() + 2 {
            assert!(matches!(error, Error::Differs { what: "hash of its data", .. }), "byte {at}: {error}");
        }
    }
}

#[test]
fn a_package_that_lies_about_itself_is_refused() {
    let key = RepositoryKey::generate(NAME);
    let built = ApkPackage::new("a", "1-r0").build(&key);
    let differs = |file: &[u8], stanza: &str| match compare(file, stanza) {
        Err(Error::Differs { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    // The index lists another package with the hash of this one.
    assert_eq!(differs(&built.file, &built.stanza.replace("P:a\n", "P:b\n")), "name");
    assert_eq!(differs(&built.file, &built.stanza.replace("V:1-r0\n", "V:2-r0\n")), "version");
    assert_eq!(differs(&built.file, &built.stanza.replace("A:x86_64\n", "A:noarch\n")), "architecture");
    // Another package under this name.
    let other = ApkPackage::new("b", "1-r0").build(&key);
    assert_eq!(differs(&other.file, &with_size(&built, &other.file)), "identity");
    assert_eq!(differs(&built.file[..built.file.len() - 1], &built.stanza), "size");
    // Its own control member, the data of another one.
    let (own, foreign) = (ApkPackage::new("a", "1-r0").members(), ApkPackage::new("c", "1-r0").members());
    let file = [own.control, foreign.data].concat();
    assert_eq!(differs(&file, &with_size(&built, &file)), "hash of its data");
}

#[test]
fn apk_v3_is_refused_by_name() {
    for (file, magic) in
        [(b"ADBd\x00\x01".as_slice(), "ADBd"), (b"ADBc....", "ADBc"), (b"ADB.pckg", "ADB."), (b"ADB", "ADB")]
    {
        assert_eq!(Signed::split(file), Err(ContainerError::ApkV3(magic.to_owned())));
    }
    let built = ApkPackage::new("a", "1-r0").build(&RepositoryKey::generate(NAME));
    assert_eq!(
        compare(b"ADBd\x00", &built.stanza),
        Err(Error::Container(ContainerError::ApkV3("ADBd".to_owned())))
    );
}

#[test]
fn truncated_files_are_refused() {
    let key = RepositoryKey::generate(NAME);
    let built = ApkPackage::new("a", "1-r0").build(&key);
    for end in 0..built.file.len() {
        let file = &built.file[..end];
        assert!(compare(file, &with_size(&built, file)).is_err(), "{end}");
    }
    let index = signed_index("", &key);
    for end in 0..index.len() {
        assert!(read_index(&index[..end], &keys(&[&key])).is_err(), "{end}");
    }
}

#[test]
fn members_too_many_are_refused() {
    let key = RepositoryKey::generate(NAME);
    let package = ApkPackage::new("a", "1-r0");
    let Members { control, data } = package.members();
    let signatures = key.signatures(&control, &[Signing::Sha256]);
    let check = |parts: &[&[u8]]| {
        let file = parts.concat();
        let stanza = package.built(&control, file.clone()).stanza;
        compare(&file, &stanza)
    };
    check(&[&signatures, &control, &data]).unwrap();
    check(&[&control, &data]).unwrap();
    let is_data = |result| matches!(result, Err(Error::Differs { what: "hash of its data", .. }));
    assert!(is_data(check(&[&control, &data, &data])));
    assert!(is_data(check(&[&control, &control, &data])));
    assert!(is_data(check(&[&control, &data, b"x"])));
    let container = |part| Err(Error::Container(part));
    assert_eq!(check(&[&control]), container(ContainerError::Missing(Part::Data)));
    assert_eq!(check(&[&control, b"data"]), container(ContainerError::NotGzip { part: Part::Data }));
    assert!(matches!(check(&[&data, &control]), Err(Error::Differs { .. } | Error::Container(_))));

    // A hash over two members, which a signer can make: the reader of the data refuses the second one.
    let both = [data.clone(), data.clone()].concat();
    let text = package.pkginfo(&both);
    let control = gzip(&entry(".PKGINFO", text.as_bytes()));
    let file = [control.clone(), both].concat();
    let stanza = index_text([package.built(&control, file.clone()).stanza.as_str()]);
    let index = Index::parse(stanza.as_bytes(), "x86_64").unwrap();
    let (package, _) =
        dhi::builder::packages::apk::pkginfo::check(&file, &(&index.packages[0]).into()).unwrap();
    let error = package.unpacked_data(1 << 20).read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), ContainerError::Trailing(Part::Data).to_string());

    let member = index_member("");
    let signed = |parts: &[&[u8]]| {
        let rest = parts.concat();
        read_index(&[key.signatures(&rest, &[Signing::Sha256]), rest].concat(), &keys(&[&key])).map(|_| ())
    };
    assert_eq!(signed(&[&member]), Ok(()));
    assert_eq!(signed(&[&member, &member]), Err(ContainerError::Trailing(Part::Index).to_string()));
    assert_eq!(signed(&[&member, b"x"]), Err(ContainerError::Trailing(Part::Index).to_string()));
    // More signatures than any real file has.
    let many = [key.signatures(&member, &[Signing::Sha256; 9]), member.clone()].concat();
    assert!(Signed::split(&many).is_err());
    let many: Vec<u8> =
        (0..9).flat_map(|_| key.signatures(&member, &[Signing::Sha256])).chain(member.clone()).collect();
    assert!(Signed::split(&many).is_err());
}

#[test]
fn bombs_end_at_a_limit() {
    let zeros = gzip(&vec![0; 32 << 20]);
    assert!(zeros.len() < 64 << 10);
    // A control member that unpacks to more than any, and a signature member.
    let bomb = gzip(&[header(".PKGINFO", b'0', 31 << 20, 0o644, (0, 0), ""), vec![0; 31 << 20]].concat());
    let exceeds = |error: Result<(), ContainerError>| matches!(error, Err(ContainerError::Exceeded(_)));
    let file = [bomb, zeros.clone()].concat();
    assert!(exceeds(Signed::split(&file).unwrap().package().map(|_| ())));
    let bomb = gzip(&[header(".SIGN.RSA.x", b'0', 31 << 20, 0o644, (0, 0), ""), vec![0; 31 << 20]].concat());
    assert!(exceeds(Signed::split(&bomb).map(|_| ())));
    // A data member is read up to the caller's limit.
    let control = ApkPackage::new("a", "1-r0").members().control;
    let file = [control, zeros].concat();
    let package = Signed::split(&file).unwrap().package().unwrap();
    let mut read = Vec::new();
    let error = package.unpacked_data(1 << 20).read_to_end(&mut read).unwrap_err();
    assert!(read.len() <= (1 << 20) + (64 << 10) && error.to_string().contains("over the limit"), "{error}");
}

#[test]
fn wrong_archives_are_refused() {
    let data = ApkPackage::new("a", "1-r0").members().data;
    let control = |archive: &[u8]| {
        let file = [gzip(archive), data.clone()].concat();
        match Signed::split(&file).unwrap().package() {
            Err(ContainerError::Archive { part: Part::Control, fault }) => Some(fault),
            Err(other) => panic!("{other}"),
            Ok(package) => package.pkginfo().err().map(|error| ArchiveFault::Header(error.to_string())),
        }
    };
    let info = entry(".PKGINFO", b"");
    let name = |text: &str| Some(ArchiveFault::Name(text.to_owned()));
    assert_eq!(control(&info), None);
    assert_eq!(control(&[info.clone(), entry("x", b"")].concat()), name("x"));
    assert_eq!(control(&[info.clone(), entry(".a/../b", b"")].concat()), name(".a/../b"));
    assert_eq!(
        control(&[info.clone(), header(".link", b'2', 0, 0o777, (0, 0), "/etc/passwd")].concat()),
        Some(ArchiveFault::NotAFile(".link".to_owned()))
    );
    let twice = "the control member has not exactly one file `.PKGINFO`";
    assert_eq!(control(&[info.clone(), info.clone()].concat()), Some(ArchiveFault::Header(twice.to_owned())));
    assert_eq!(control(&[]), Some(ArchiveFault::Header(twice.to_owned())));
    assert_eq!(control(&info[..511]), Some(ArchiveFault::EndsEarly));
    let mut damaged = info.clone();
    damaged[0] = b'_';
    assert_eq!(control(&damaged), Some(ArchiveFault::Checksum));
    let longer = header(".PKGINFO", b'0', 1 << 30, 0o644, (0, 0), "");
    assert_eq!(control(&longer), Some(ArchiveFault::EndsEarly));
    let after = [info.clone(), vec![0; 1024], info.clone()].concat();
    assert_eq!(control(&after), Some(ArchiveFault::Trailing));
    assert_eq!(control(&[info.clone(), vec![0; 1024]].concat()), None);
    // A name of a kilobyte, in a header of GNU tar.
    let long = format!(".{}", "x".repeat(1023));
    let long =
        [header("././@LongLink", b'L', 1024, 0o644, (0, 0), ""), long.into_bytes(), info.clone()].concat();
    assert!(matches!(control(&long), Some(ArchiveFault::Name(_))));
    let dangling = [info.clone(), header("././@LongLink", b'L', 0, 0o644, (0, 0), "")].concat();
    assert_eq!(control(&dangling), Some(ArchiveFault::EndsEarly));
    let many: Vec<u8> = (0..1001).flat_map(|at| entry(&format!(".{at}"), b"")).collect();
    assert_eq!(control(&many), Some(ArchiveFault::TooMany(1000)));
}

#[test]
fn signature_names_without_a_key_are_refused() {
    let member = index_member("");
    let file = [gzip(&entry(".SIGN.RSA", b"x")), member].concat();
    let fault = ArchiveFault::Name(".SIGN.RSA".to_owned());
    assert_eq!(Signed::split(&file), Err(ContainerError::Archive { part: Part::Signatures, fault }));
}

#[test]
fn an_index_for_other_machines_is_refused() {
    let key = RepositoryKey::generate(NAME);
    let package = ApkPackage { architecture: "aarch64".to_owned(), ..ApkPackage::new("a", "1-r0") };
    let files = repository("aarch64", &[package], &key);
    let (_, text) = read_index(&files["aarch64/APKINDEX.tar.gz"], &keys(&[&key])).unwrap();
    assert!(Index::parse(&text, "aarch64").is_ok());
    assert!(matches!(Index::parse(&text, "x86_64"), Err(index::Error::Architecture { .. })));
}
