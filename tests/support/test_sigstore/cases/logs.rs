//! Log entries that prove nothing, or another signature.

use super::{ARTIFACT, Case, IDENTITY, ISSUER, Judge, Reason, about_artifact};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::body::{Body, Verifier};
use crate::support::test_sigstore::clock::{Window, minutes};
use crate::support::test_sigstore::key::{Key, base64, certificate_pem, hex, sha256};
use crate::support::test_sigstore::log::{Entry, Log, Proof};
use crate::support::test_sigstore::signed::{Signed, Version};

pub(super) fn cases(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = others(sigstore);
    cases.extend(proofs(sigstore));
    cases.extend(promises(sigstore));
    cases.extend(rekor2(sigstore));
    cases.extend(trust(sigstore));
    cases
}

fn bad(name: &str, signed: &Signed) -> Case {
    Case::bundle(name, signed, Version::V03).fails(Reason::Log)
}

/// A good keyless signature in Rekor v1, which most cases change.
fn good(sigstore: &Sigstore) -> Signed {
    sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged(&sigstore.rekor)
}

/// Entries of other signatures, each genuine.
fn others(sigstore: &Sigstore) -> Vec<Case> {
    let with_entry =
        |signed: &Signed, entry: &Entry| signed.clone().but(|signed| signed.entries = vec![entry.clone()]);
    let keyless = good(sigstore);
    let same_signer = keyless.signer.sign(b"another artifact").logged(&sigstore.rekor);
    let same_artifact = sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged(&sigstore.rekor);
    let keyed = sigstore.keyed().sign(ARTIFACT).logged(&sigstore.rekor);
    let keyed_again = sigstore.keyed().sign(ARTIFACT).logged(&sigstore.rekor);
    let statement = sigstore.keyed().attest(&about_artifact()).logged(&sigstore.rekor);
    let statement_again = sigstore.keyed().attest(&about_artifact()).logged(&sigstore.rekor);

    // The attacker logged the victim's signature under a key of their own.
    let unknown = Key::p256().pem();
    let (digest, signature) = (hex(&sha256(ARTIFACT)), keyed.signature());
    let claimed = sigstore.rekor.record(Body::hashedrekord_v1(&digest, signature, &unknown), sigstore.time);
    let digest = hex(&sha256(b"another artifact"));
    let other_digest =
        sigstore.rekor.record(Body::hashedrekord_v1(&digest, signature, &sigstore.key.pem()), sigstore.time);

    let unknown = certificate_pem(same_artifact.signer.certificate.as_ref().unwrap());
    let digest = hex(&sha256(ARTIFACT));
    let under_other_certificate =
        sigstore.rekor.record(Body::hashedrekord_v1(&digest, keyless.signature(), &unknown), sigstore.time);
    let envelope = statement.envelope().to_string();
    let other_payload = Body::dsse(envelope.as_bytes(), b"{}", statement.signature(), &sigstore.key.pem());
    let other_payload = sigstore.rekor.record(other_payload, sigstore.time);

    vec![
        bad("entry-under-other-certificate", &with_entry(&keyless, &under_other_certificate)),
        bad("entry-for-other-payload", &with_entry(&statement, &other_payload)),
        bad("entry-of-same-signer-other-artifact", &with_entry(&keyless, &same_signer.entries[0])),
        bad("entry-of-other-signer-same-artifact", &with_entry(&keyless, &same_artifact.entries[0])),
        bad("entry-of-key-for-keyless", &with_entry(&keyless, &keyed.entries[0])),
        bad("entry-of-keyless-for-key", &with_entry(&keyed, &keyless.entries[0])),
        bad("entry-of-same-key-other-signature", &with_entry(&keyed, &keyed_again.entries[0])),
        bad("entry-of-message-for-statement", &with_entry(&statement, &keyed.entries[0])),
        bad("entry-of-other-statement", &with_entry(&statement, &statement_again.entries[0])),
        bad("entry-under-other-key", &with_entry(&keyed, &claimed)),
        bad("entry-for-other-digest", &with_entry(&keyed, &other_digest)),
        bad(
            "entry-good-and-entry-of-another",
            &keyless.clone().but(|signed| signed.entries.push(same_signer.entries[0].clone())),
        ),
        bad("entry-twice", &keyless.clone().but(|signed| signed.entries.push(signed.entries[0].clone())))
            .except(&[Judge::Library]),
        bad(
            "body-of-another",
            &keyless.clone().but(|signed| signed.entry().body = same_signer.entries[0].body.clone()),
        ),
        bad("entry-missing-keyless", &keyless.but(|signed| signed.entries.clear())),
        bad("entry-missing-key", &keyed.but(|signed| signed.entries.clear())),
    ]
}

/// Faulty inclusion proofs.
fn proofs(sigstore: &Sigstore) -> Vec<Case> {
    let log = &sigstore.rekor;
    let case = |name: &str, change: &dyn Fn(&mut Proof)| {
        let signed = good(sigstore).but(|signed| change(signed.entry().proof.as_mut().unwrap()));
        bad(name, &signed)
    };
    let wrong_root = sha256(b"another tree");
    let unknown = Log::v1("rekor.sigstore.test");
    // An older tree of the same log, without this entry.
    let older = good(sigstore).entry().proof.as_ref().unwrap().checkpoint.clone();
    let unsigned = |proof: &Proof| {
        let note = log.note(usize::try_from(proof.tree_size).unwrap(), &proof.root_hash);
        (note.clone(), format!("{note}\n"))
    };
    // The first leaf of four has the same path in trees of three leaves more and of four, and the root is right; the
    // checkpoint says the size.
    let first_of_four =
        |signed: &Signed| signed.entries[0].proof.as_ref().unwrap().log_index.is_multiple_of(4);
    let longer = std::iter::repeat_with(|| good(sigstore)).find(first_of_four).unwrap();
    let longer = longer.but(|signed| signed.entry().proof.as_mut().unwrap().tree_size += 1);
    vec![
        case("proof-root-changed", &|proof| proof.root_hash = wrong_root),
        case("proof-root-forged-with-checkpoint", &|proof| {
            proof.root_hash = wrong_root;
            proof.checkpoint =
                Some(unknown.checkpoint(usize::try_from(proof.tree_size).unwrap(), &wrong_root));
        }),
        case("proof-path-truncated", &|proof| {
            proof.hashes.pop();
        }),
        case("proof-path-empty", &|proof| proof.hashes.clear()),
        case("proof-path-longer", &|proof| proof.hashes.push(wrong_root)),
        case("proof-path-changed", &|proof| proof.hashes[0] = wrong_root),
        case("proof-index-changed", &|proof| proof.log_index -= 1),
        case("proof-index-beyond-tree", &|proof| proof.log_index = proof.tree_size),
        case("proof-tree-size-changed", &|proof| proof.tree_size += 64),
        bad("proof-tree-size-one-more", &longer).except(&[Judge::Library, Judge::Cosign]),
        case("proof-tree-size-zero", &|proof| proof.tree_size = 0),
        case("checkpoint-missing", &|proof| proof.checkpoint = None),
        case("checkpoint-empty", &|proof| proof.checkpoint = Some(String::new())),
        case("checkpoint-not-a-note", &|proof| proof.checkpoint = Some("all is well".to_owned())),
        case("checkpoint-of-other-tree", &|proof| proof.checkpoint.clone_from(&older)),
        case("checkpoint-without-signature", &|proof| proof.checkpoint = Some(unsigned(proof).1)),
        case("checkpoint-with-witness-only", &|proof| {
            let witness = Log::v2("witness.example.test", Key::ed25519());
            proof.checkpoint = Some(witness.sign_note(&unsigned(proof).0));
        }),
        case("checkpoint-by-unknown-key", &|proof| {
            proof.checkpoint = Some(unknown.sign_note(&unsigned(proof).0));
        }),
        case("checkpoint-by-unknown-key-with-log-hint", &|proof| {
            let note = unsigned(proof).0;
            let signature = [&log.id()[..4], &unknown.key.sign(note.as_bytes())].concat();
            proof.checkpoint = Some(format!("{note}\n\u{2014} {} {}\n", log.origin, base64(&signature)));
        }),
        case("checkpoint-signature-over-other-size", &|proof| {
            let signed = log.checkpoint(usize::try_from(proof.tree_size).unwrap() + 1, &proof.root_hash);
            let (_, signatures) = signed.split_once("\n\n").unwrap();
            proof.checkpoint = Some(format!("{}\n{signatures}", unsigned(proof).0));
        }),
    ]
}

/// Faulty promises (signed entry timestamps) with a right inclusion proof.
fn promises(sigstore: &Sigstore) -> Vec<Case> {
    let log = &sigstore.rekor;
    let case = |name: &str, change: &dyn Fn(&mut Entry)| {
        bad(name, &good(sigstore).but(|signed| change(signed.entry())))
    };
    let unknown = Log::v1("rekor.sigstore.test");
    let other = good(sigstore).entry().clone();
    let mut cases = vec![
        case("promise-altered", &|entry| *entry.promise.as_mut().unwrap().last_mut().unwrap() ^= 1),
        case("promise-empty", &|entry| entry.promise = Some(Vec::new())),
        case("promise-of-other-entry", &|entry| entry.promise.clone_from(&other.promise)),
        case("promise-by-other-log", &|entry| entry.promise = Some(unknown.promise(entry))),
        case("promise-by-unknown-log-that-says-so", &|entry| {
            entry.log_id = unknown.id();
            entry.promise = Some(unknown.promise(entry));
        }),
        case("promise-by-other-known-log", &|entry| {
            entry.promise = Some(sigstore.rekor2_ecdsa.promise(entry));
        }),
        case("promise-by-ct-log", &|entry| {
            let ct = log.with_key(sigstore.fulcio.ct.key.clone());
            entry.log_id = ct.id();
            entry.promise = Some(ct.promise(entry));
        }),
        case("promise-over-other-time", &|entry| *entry.integrated_time.as_mut().unwrap() += 1),
        case("promise-over-other-index", &|entry| entry.log_index += 1),
    ];
    // Without the proof, only the promise remains.
    let promised = good(sigstore).but(|signed| signed.entry().proof = None);
    let v01 = |name: &str, change: &dyn Fn(&mut Entry)| {
        let signed = promised.clone().but(|signed| change(signed.entry()));
        Case::bundle(name, &signed, Version::V01).fails(Reason::Log)
    };
    cases.extend([
        v01("v01-promise-altered", &|entry| *entry.promise.as_mut().unwrap().last_mut().unwrap() ^= 1),
        v01("v01-promise-over-other-body", &|entry| {
            entry.promise = Some(log.promise(&other));
        }),
        v01("v01-entry-of-another", &|entry| {
            *entry = Entry { proof: None, ..other.clone() };
        }),
    ]);
    // This path is not signed, and must still lead to its root.
    let pathed = good(sigstore).but(|signed| {
        let proof = signed.entry().proof.as_mut().unwrap();
        (proof.checkpoint, proof.hashes[0]) = (None, sha256(b"another tree"));
    });
    let pathed = Case::bundle("v01-path-changed-without-checkpoint", &pathed, Version::V01);
    cases.push(pathed.fails(Reason::Log));
    cases
}

/// The same against Rekor v2, which has no promise and one index.
fn rekor2(sigstore: &Sigstore) -> Vec<Case> {
    let log = &sigstore.rekor2;
    let signer = sigstore.keyless(IDENTITY, ISSUER);
    let good = || signer.sign(ARTIFACT).logged(log).dated(&sigstore.tsa);
    let case = |name: &str, change: &dyn Fn(&mut Entry)| {
        bad(&format!("rekor2-{name}"), &good().but(|signed| change(signed.entry())))
    };
    let other = signer.sign(b"another artifact").logged(log);
    let other_signature = signer.sign(ARTIFACT).logged(log);
    let statement = || signer.attest(&about_artifact()).logged(log).dated(&sigstore.tsa);
    let other_statement = statement();
    let wrong_root = sha256(b"another tree");
    let unknown = Log::v2(&log.origin, Key::ed25519());
    let under_other_key = {
        let signed = signer.sign(ARTIFACT).dated(&sigstore.tsa);
        let verifier = Verifier::Key(Key::p256());
        let body = Body::hashedrekord_v2(&sha256(ARTIFACT), signed.signature(), &verifier);
        let entry = log.record(body, sigstore.time);
        signed.but(|signed| signed.entries.push(entry))
    };
    vec![
        case("entry-of-other-artifact", &|entry| *entry = other.entries[0].clone()),
        case("entry-of-other-signature", &|entry| *entry = other_signature.entries[0].clone()),
        bad(
            "rekor2-entry-of-other-statement",
            &statement().but(|signed| signed.entries = other_statement.entries.clone()),
        ),
        bad("rekor2-entry-under-other-key", &under_other_key),
        // cosign takes any body that it can parse. The proof is for the right one, which the signature gives.
        case("body-of-another", &|entry| entry.body = other.entries[0].body.clone()).except(&[Judge::Cosign]),
        case("index-changed", &|entry| {
            entry.log_index -= 1;
            entry.proof.as_mut().unwrap().log_index -= 1;
        }),
        case("path-truncated", &|entry| {
            entry.proof.as_mut().unwrap().hashes.pop();
        }),
        case("proof-missing", &|entry| entry.proof = None),
        case("checkpoint-missing", &|entry| entry.proof.as_mut().unwrap().checkpoint = None),
        case("checkpoint-of-other-tree", &|entry| {
            entry.proof.as_mut().unwrap().checkpoint = other.entries[0].proof.clone().unwrap().checkpoint;
        }),
        case("checkpoint-by-unknown-key", &|entry| {
            let proof = entry.proof.as_mut().unwrap();
            let size = usize::try_from(proof.tree_size).unwrap();
            proof.checkpoint = Some(unknown.checkpoint(size, &proof.root_hash));
        }),
        case("checkpoint-by-unknown-key-over-other-root", &|entry| {
            let proof = entry.proof.as_mut().unwrap();
            proof.root_hash = wrong_root;
            let size = usize::try_from(proof.tree_size).unwrap();
            proof.checkpoint = Some(unknown.checkpoint(size, &wrong_root));
        }),
        case("checkpoint-without-signature", &|entry| {
            let proof = entry.proof.as_mut().unwrap();
            let note = log.note(usize::try_from(proof.tree_size).unwrap(), &proof.root_hash);
            proof.checkpoint = Some(format!("{note}\n"));
        }),
        // The tree belongs to the log, but the bundle names another log.
        case("log-id-of-other-log", &|entry| entry.log_id = sigstore.rekor2_ecdsa.id())
            .except(&[Judge::Library]),
    ]
}

/// Logs that are not trusted, or not at that time.
fn trust(sigstore: &Sigstore) -> Vec<Case> {
    let mut nobody = sigstore.trusted_root();
    nobody.logs.clear();
    let mut other = sigstore.trusted_root();
    other.logs[0].0 = Log::v1("rekor.sigstore.test");
    let mut ended = sigstore.trusted_root();
    ended.logs[0].1.until = minutes(sigstore.time, -30);
    let mut later = sigstore.trusted_root();
    later.logs[0].1 = Window::around(minutes(sigstore.time, 30), 1, 10_000);
    let mut ended2 = sigstore.trusted_root();
    ended2.logs[1].1.until = minutes(sigstore.time, -30);
    let mut later2 = sigstore.trusted_root();
    later2.logs[1].1.from = minutes(sigstore.time, 30);
    let signed = good(sigstore);
    let signed2 =
        sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged(&sigstore.rekor2).dated(&sigstore.tsa);
    vec![
        // Neither reference checks whether the log was trusted at the time of the timestamp.
        bad("rekor2-log-ended-before", &signed2).trusting(&ended2).except(&[Judge::Library, Judge::Cosign]),
        bad("rekor2-log-began-after", &signed2).trusting(&later2).except(&[Judge::Library, Judge::Cosign]),
        bad("log-untrusted", &signed).trusting(&nobody),
        bad("log-with-other-key", &signed).trusting(&other),
        bad("log-ended-before", &signed).trusting(&ended),
        bad("log-began-after", &signed).trusting(&later),
    ]
}
