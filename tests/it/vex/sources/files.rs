//! Files: documents with a signature beside them, attestations, and directories.

use std::path::{Path, PathBuf};

use dhi::gate::vex::{Error, VexOptions};
use dhi::vex::{SourceTrust, Warning};
use serde_json::{Value, json};

use super::{OPENVEX, Situation, package, vex};
use crate::support::base::statement;
use crate::support::env::{TestEnv, project};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::key::{Key, base64};
use crate::support::test_sigstore::signed::{Content, Signed, Signer, Version};

fn signer(key: &Key) -> Signer {
    Signer { key: key.clone(), ..Sigstore::new().keyed() }
}

/// The signature of a file, as `cosign sign-blob --bundle` writes it.
fn signature(key: &Key, content: &str) -> String {
    signer(key).sign(content.as_bytes()).bundle(Version::V03).to_string()
}

fn attested(situation: &Situation, key: &Key) -> Signed {
    signer(key).attest(&statement(situation.amd64(), OPENVEX, &vex(&[])))
}

fn trusting(sources: &[&str]) -> impl FnOnce(&mut VexOptions) {
    let sources = sources.iter().map(|&source| source.to_owned()).collect();
    |options| options.trust_unsigned = sources
}

#[test]
fn an_unsigned_file_suppresses_nothing_until_it_is_named() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let file = env.write("vex/app.json", vex(&[package()]).to_string());
    let directory = env.file("vex");
    for given in [&file, &directory] {
        let applied = situation.apply_files(&[given], |_| {});
        applied.assert_kept(&format!("vex/unsigned: `{file}` is not signed"));
        applied.assert_kept("Unverified");
        let dotted = file.replace("/vex/", "/./vex/.//");
        for named in [&file, given, &dotted, &format!("{given}/")] {
            if named.ends_with(".json/") {
                continue;
            }
            let applied = situation.apply_files(&[given], trusting(&[named]));
            applied.assert_suppressed();
            assert_eq!(applied.problems, [""; 0]);
            assert!(
                applied.decision.warnings.contains(&Warning::UnverifiedSource),
                "{:#?}",
                applied.decision
            );
        }
    }
}

#[test]
fn unsigned_files_of_a_directory_are_one_problem() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    for name in ["vex/a.json", "vex/b.json"] {
        env.write(name, vex(&[package()]).to_string());
    }
    let directory = env.file("vex");
    let applied = situation.apply_files(&[&directory], |_| {});
    applied.assert_kept(&format!("vex/unsigned: `{directory}` has 2 files that are not signed"));
    assert_eq!(applied.problems.len(), 1, "{:#?}", applied.problems);
}

#[test]
fn a_trusted_name_that_is_no_source_is_refused() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let file = env.write("vex/app.json", vex(&[package()]).to_string());
    let scan = situation.scan();
    for change in [
        (|options: &mut VexOptions| options.trust_unsigned = vec!["app.json".to_owned()])
            as fn(&mut VexOptions),
        |options| options.priority = vec!["vex".to_owned()],
    ] {
        let loaded = situation.load(&scan, |options| {
            options.image = None;
            options.paths = vec![PathBuf::from(&file)];
            change(options);
        });
        let diagnostic = dhi::Diagnostic::from(loaded.unwrap_err());
        assert_eq!(diagnostic.code.as_str(), "usage/arguments");
        assert_eq!(diagnostic.facts, [("source".to_owned(), file.clone())]);
    }
}

#[test]
fn a_signature_beside_a_file_counts_for_this_file_alone() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let (key, other) = (&situation.fixture.key, &situation.fixture.other);
    let content = vex(&[package()]).to_string();
    let file = env.write("app.json", &content);
    for end in [".sig", ".sigstore.json"] {
        let companion = format!("{file}{end}");
        let write = |signature: String| std::fs::write(&companion, signature).unwrap();
        write(signature(key, &content));
        let applied = situation.apply_files(&[&file], |_| {});
        applied.assert_suppressed();
        assert_eq!(applied.problems, [""; 0]);
        // That of another file, one by another key, one that is cut off.
        write(signature(key, "another file"));
        situation.apply_files(&[&file], |_| {}).assert_kept("the signature is about another object");
        write(signature(other, &content));
        situation.apply_files(&[&file], |_| {}).assert_kept("trust/wrong-key");
        let cut = signature(key, &content);
        for unreadable in [&cut[..cut.len() / 2], "", "untrusted comment: signature from minisign"] {
            write(unreadable.to_owned());
            situation.apply_files(&[&file], |_| {}).assert_kept("the signature cannot be read");
        }
        std::fs::remove_file(&companion).unwrap();
    }
    // The document was changed after it was signed, and the unsigned digest with it.
    let changed = vex(&[json!({ "@id": "pkg:deb/debian/bash" })]).to_string();
    let forged = signer(key).sign(content.as_bytes()).but(|signed| {
        let Content::Message { digest, .. } = &mut signed.content else { panic!() };
        *digest = crate::support::test_sigstore::key::sha256(changed.as_bytes());
    });
    std::fs::write(&file, &changed).unwrap();
    std::fs::write(format!("{file}.sig"), forged.bundle(Version::V03).to_string()).unwrap();
    situation.apply_files(&[&file], |_| {}).assert_kept("does not verify with the key that it names");
    // Trust by name does not lift a bad proof.
    situation.apply_files(&[&file], trusting(&[&file])).assert_kept("ProofFailed");
}

/// As `cosign sign-blob --output-signature` and `openssl dgst -sign` write it.
#[test]
fn a_signature_alone_beside_a_file_counts() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let (key, other) = (&situation.fixture.key, &situation.fixture.other);
    let content = vex(&[package()]).to_string();
    let file = env.write("app.json", &content);
    let companion = format!("{file}.sig");
    let write = |signature: &[u8]| std::fs::write(&companion, signature).unwrap();
    let der = key.sign(content.as_bytes());
    for signature in [der.clone(), base64(&der).into_bytes(), format!("{}\n", base64(&der)).into_bytes()] {
        write(&signature);
        let applied = situation.apply_files(&[&file], |_| {});
        applied.assert_suppressed();
        assert_eq!(applied.problems, [""; 0]);
        // The document was changed after it was signed.
        std::fs::write(&file, format!("{content}\n")).unwrap();
        let applied = situation.apply_files(&[&file], |_| {});
        applied.assert_kept("trust/wrong-key");
        applied.assert_kept("Unverified");
        std::fs::write(&file, &content).unwrap();
    }
    let cut = &der[..der.len() - 1];
    for bad in [key.sign(b"another file"), other.sign(content.as_bytes()), cut.to_vec(), key.sign(b"")] {
        write(base64(&bad).as_bytes());
        situation.apply_files(&[&file], |_| {}).assert_kept("trust/wrong-key");
    }
}

/// A document and its signature as Docker publishes them, by the key that is trusted if none is given.
#[test]
fn a_document_that_docker_signed_is_verified() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let of_docker = |name: &str| std::fs::read(project().join("src/trust/tests").join(name)).unwrap();
    let file = env.write("urllib3.vex.json", of_docker("urllib3.vex.json"));
    let verifier = dhi::gate::Verifier::builder().docker_keys().unwrap().at(super::now()).build().unwrap();
    let scan = situation.scan();
    let load = || {
        let paths = vec![PathBuf::from(&file)];
        super::load_with(&verifier, &situation.fixture, &scan, |options| options.paths = paths).unwrap()
    };
    assert!(matches!(load().documents[0].source.trust, SourceTrust::Unverified));
    env.write("urllib3.vex.json.sig", of_docker("urllib3.vex.json.sig"));
    let loaded = load();
    assert!(loaded.documents[0].source.trust.is_dhi(), "{:#?}", loaded.problems);
    assert_eq!(loaded.documents[0].document.statements.len(), 1);
    env.write("urllib3.vex.json", [&of_docker("urllib3.vex.json")[..], b"\n"].concat());
    assert!(matches!(load().documents[0].source.trust, SourceTrust::Failed { .. }));
}

#[test]
fn an_attestation_in_a_file_counts_for_its_subject() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let (key, other) = (&situation.fixture.key, &situation.fixture.other);
    let write = |content: &Value| env.write("app.json", content.to_string());
    for good in [attested(&situation, key).envelope(), attested(&situation, key).bundle(Version::V03)] {
        situation.apply_files(&[&write(&good)], |_| {}).assert_suppressed();
    }
    for forged in [attested(&situation, other).envelope(), attested(&situation, other).bundle(Version::V03)] {
        situation.apply_files(&[&write(&forged)], |_| {}).assert_kept("trust/wrong-key");
    }
    // The payload was changed: the bundle names the key that did not sign it.
    let changed = attested(&situation, key).but(|signed| {
        let Content::Envelope { payload, .. } = &mut signed.content else { panic!() };
        let mut document = vex(&[]);
        document["version"] = 2.into();
        *payload = statement(situation.amd64(), OPENVEX, &document).into_bytes();
    });
    let file = write(&changed.bundle(Version::V03));
    situation.apply_files(&[&file], |_| {}).assert_kept("does not verify with the key that it names");
    situation.apply_files(&[&file], trusting(&[&file])).assert_kept("ProofFailed");
    // A good signature over a statement about another image.
    let about_other = signer(key).attest(&statement(&situation.app.images[1], OPENVEX, &vex(&[])));
    let file = write(&about_other.bundle(Version::V03));
    situation.apply_files(&[&file], |_| {}).assert_kept("Subject {");
    // Only the statement, which nobody signed.
    let file = env.write("app.json", statement(situation.amd64(), OPENVEX, &vex(&[])));
    situation.apply_files(&[&file], |_| {}).assert_kept("vex/unsigned");
    situation.apply_files(&[&file], trusting(&[&file])).assert_suppressed();
}

/// Each line is judged by its own signature.
#[test]
fn attestations_on_lines_are_judged_one_by_one() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let (key, other) = (&situation.fixture.key, &situation.fixture.other);
    let (good, bad) = (attested(&situation, key).envelope(), attested(&situation, other).envelope());
    for lines in [format!("{good}\n{bad}\n"), format!("{bad}\n{good}")] {
        let file = env.write("app.json", lines);
        let scan = situation.scan();
        let loaded = situation.load(&scan, |options| {
            options.image = None;
            options.paths = vec![PathBuf::from(&file)];
        });
        let loaded = loaded.unwrap();
        let verified = |trust: &SourceTrust| matches!(trust, SourceTrust::Verified(_));
        let verified: Vec<bool> =
            loaded.documents.iter().map(|document| verified(&document.source.trust)).collect();
        assert_eq!(verified.len(), 2);
        assert_eq!(verified.iter().filter(|verified| **verified).count(), 1);
        assert_eq!(loaded.problems.len(), 1, "{:#?}", loaded.problems);
    }
}

/// Two keys must sign a file, if two are required.
#[test]
fn a_file_needs_as_many_signers_as_an_image() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let (key, other) = (&situation.fixture.key, &situation.fixture.other);
    let content = vex(&[package()]).to_string();
    let file = env.write("app.json", &content);
    let public = |key: &Key| dhi::trust::PublicKey::from_pem(&key.pem(), "key").unwrap();
    let verifier = dhi::gate::Verifier::builder()
        .key("one", public(key))
        .key("two", public(other))
        .threshold(dhi::trust::Threshold::new(2).unwrap())
        .at(super::now())
        .build()
        .unwrap();
    let load = || {
        let scan = situation.scan();
        let paths = vec![PathBuf::from(&file)];
        let loaded = super::load_with(&verifier, &situation.fixture, &scan, |options| options.paths = paths);
        super::Applied::of(loaded.unwrap(), scan)
    };
    std::fs::write(format!("{file}.sig"), signature(key, &content)).unwrap();
    load().assert_kept("1 of 2 required signers");
    std::fs::write(format!("{file}.sigstore.json"), signature(key, &content)).unwrap();
    load().assert_kept("1 of 2 required signers");
    std::fs::write(format!("{file}.sigstore.json"), signature(other, &content)).unwrap();
    load().assert_suppressed();
}

#[test]
fn a_directory_is_read_in_order_and_no_link_leads_out_of_it() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let content = vex(&[package()]).to_string();
    let outside = env.write("outside.json", &content);
    for name in ["vex/b.json", "vex/a/c.json", "vex/a.json", "vex/readme.txt", "vex/data/real.JSON"] {
        env.write(name, &content);
    }
    let signature = signature(&situation.fixture.key, &content);
    env.write("vex/a.json.sigstore.json", signature);
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(&outside, env.path("vex/out.json")).unwrap();
        symlink(env.path("vex/data/real.JSON"), env.path("vex/link.json")).unwrap();
        symlink(env.home(), env.path("vex/parent")).unwrap();
    }
    let scan = situation.scan();
    let load = |paths: &[PathBuf]| {
        situation.load(&scan, |options| {
            options.image = None;
            options.paths = paths.to_vec();
        })
    };
    let loaded = load(&[env.path("vex")]).unwrap();
    let names: Vec<&str> = loaded.documents.iter().map(|document| document.source.name.as_str()).collect();
    let expected = ["a/c.json", "a.json", "b.json", "data/real.JSON", "link.json"]
        .map(|name| env.file(&format!("vex/{name}")));
    #[cfg(unix)]
    assert_eq!(names, expected);
    let said: Vec<&str> = loaded.problems.iter().map(|problem| problem.diagnostic.message.as_str()).collect();
    let link = format!(
        "`{}` is not read: a link out of the directory, which is not followed",
        env.file("vex/out.json")
    );
    assert!(said.contains(&link.as_str()), "{said:#?}");
    let (directory, text) = (env.file("vex"), env.file("vex/readme.txt"));
    // A link to a directory is not followed either.
    let others = format!(
        "`{directory}`: 2 files are not read (not named `*.json`): `{}`, `{text}`",
        env.file("vex/parent")
    );
    #[cfg(unix)]
    assert!(said.contains(&others.as_str()), "{said:#?}");
    // A directory without documents is said too.
    std::fs::create_dir(env.path("empty")).unwrap();
    let loaded = load(&[env.path("empty")]).unwrap();
    assert_eq!(loaded.problems.len(), 1);
    assert!(loaded.problems[0].diagnostic.message.ends_with("it has no file `*.json`"));
    let missing = load(&[env.path("missing")]).unwrap_err();
    assert!(matches!(&missing, Error::File { path, .. } if Path::new(path) == env.path("missing")));
}

#[test]
fn too_many_and_too_large_files_are_refused() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    std::fs::create_dir(env.path("many")).unwrap();
    for number in 0..10_000 {
        std::fs::write(env.path(&format!("many/{number}.json")), "{}").unwrap();
    }
    // Sparse: it takes no space on the disk.
    let large = std::fs::File::create(env.path("large.json")).unwrap();
    large.set_len(1 << 30).unwrap();
    let scan = situation.scan();
    for (path, said) in
        [("many", "over the limit of 4096 files"), ("large.json", "over the limit of 134217728 bytes")]
    {
        let loaded = situation.load(&scan, |options| {
            options.image = None;
            options.paths = vec![env.path(path)];
        });
        let diagnostic = dhi::Diagnostic::from(loaded.unwrap_err());
        assert_eq!(diagnostic.code.as_str(), "limits/exceeded");
        assert!(diagnostic.message.contains(said), "{}", diagnostic.message);
        assert!(diagnostic.message.contains(path), "{}", diagnostic.message);
    }
}

#[test]
fn a_file_of_a_directory_that_is_no_vex_is_passed_over() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let content = vex(&[package()]).to_string();
    let signed = env.write("vex/app.json", &content);
    std::fs::write(format!("{signed}.sig"), signature(&situation.fixture.key, &content)).unwrap();
    let index = env.write("vex/index.json", r#"{"packages":[]}"#);
    let directory = env.file("vex");
    let applied = situation.apply_files(&[&directory], |_| {});
    applied.assert_suppressed();
    assert_eq!(applied.problems.len(), 1, "{:#?}", applied.problems);
    assert!(applied.problems[0].contains(&format!("`{index}` is not read: ")), "{:#?}", applied.problems);
    // Many are one problem.
    let others: Vec<String> = (0..5).map(|at| env.write(&format!("vex/sbom-{at}.json"), "{}")).collect();
    let applied = situation.apply_files(&[&directory], |_| {});
    applied.assert_suppressed();
    let said = format!(
        "`{directory}`: 6 files are not read (not VEX): `{index}`, `{}`, `{}`, ",
        others[0], others[1]
    );
    assert_eq!(applied.problems.len(), 1, "{:#?}", applied.problems);
    assert!(applied.problems[0].contains(&said), "{:#?}", applied.problems);
    env.dhi(&["vex", "lint", &directory]).assert(0, &said);
    others.iter().for_each(|file| std::fs::remove_file(file).unwrap());
    // Lint goes on too. A document that is cut off is an error in a directory as well.
    env.dhi(&["vex", "lint", &directory]).assert(0, &format!("`{index}` is not read: "));
    env.write("vex/cut.json", &content[..content.len() - 3]);
    env.dhi(&["vex", "lint", &directory]).assert(2, "line 1, column");
}

#[test]
fn an_unreadable_file_ends_the_run_with_its_name() {
    let (situation, env) = (Situation::new(), TestEnv::new());
    let content = vex(&[package()]).to_string();
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, said) in [
        (content.as_bytes()[..content.len() - 3].to_vec(), "line 1, column"),
        (b"{\"a\":1}".to_vec(), "is not a VEX document"),
        (Vec::new(), "it is empty"),
        (utf16, "UTF-16"),
    ] {
        let file = env.write("app.json", bytes);
        let scan = situation.scan();
        let loaded = situation.load(&scan, |options| {
            options.image = None;
            options.paths = vec![PathBuf::from(&file)];
        });
        let diagnostic = dhi::Diagnostic::from(loaded.unwrap_err());
        assert_eq!(diagnostic.code.as_str(), "vex/document");
        assert!(diagnostic.message.contains(said), "{}", diagnostic.message);
        assert!(diagnostic.message.contains(&file), "{}", diagnostic.message);
    }
}
