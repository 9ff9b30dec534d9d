//! Certificates of another signer, or for another purpose.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};

use super::{ARTIFACT, Case, ExpectedSigner, IDENTITY, ISSUER, Judge, Reason};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::clock::{Window, minutes};
use crate::support::test_sigstore::ct::CtLog;
use crate::support::test_sigstore::fulcio::{Certified, Fulcio, Leaf, Name, Promises, params};
use crate::support::test_sigstore::key::Key;
use crate::support::test_sigstore::signed::{Material, Signed, Signer, Version};

pub(super) fn cases(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = chains(sigstore);
    cases.extend(promises(sigstore));
    cases.extend(identities(sigstore));
    cases.extend(keys(sigstore));
    cases
}

fn signed(sigstore: &Sigstore, signer: &Signer) -> Signed {
    signer.sign(ARTIFACT).logged(&sigstore.rekor)
}

fn leaf(sigstore: &Sigstore, change: impl FnOnce(&mut Leaf)) -> Signed {
    let mut leaf = Leaf::new(IDENTITY, ISSUER, sigstore.time);
    change(&mut leaf);
    signed(sigstore, &sigstore.certified(&leaf))
}

/// A signer with the certificate of any authority.
fn certified_by(sigstore: &Sigstore, fulcio: &Fulcio) -> Signer {
    let key = Key::p256();
    let certificate = fulcio.certify(&Leaf::new(IDENTITY, ISSUER, sigstore.time), &key);
    Signer { key, certificate: Some(certificate), chain: fulcio.chain(), time: sigstore.time }
}

/// The whole chain in the bundle: leaf, intermediate and, where wanted, the root.
fn with_chain(signed: Signed, root_too: bool) -> Signed {
    signed.but(|signed| {
        let mut chain = vec![signed.signer.certificate.clone().unwrap()];
        chain.extend(signed.signer.chain.iter().take(if root_too { 2 } else { 1 }).cloned());
        signed.material = Material::Chain(chain);
    })
}

fn chains(sigstore: &Sigstore) -> Vec<Case> {
    let bad =
        |name: &str, signed: &Signed, version| Case::bundle(name, signed, version).fails(Reason::Certificate);
    let years = Window::years(sigstore.time);
    let ct = &sigstore.fulcio.ct;
    // The same names, the same CT log, other keys.
    let unknown = Fulcio::new(ct, years, years);
    let strange = signed(sigstore, &certified_by(sigstore, &unknown));

    let expired = Window::around(minutes(sigstore.time, -60), 60, 30);
    let mut old = sigstore.fulcio.clone();
    old.intermediate = old.root.intermediate("sigstore.test", "sigstore-intermediate", expired);
    let by_old = signed(sigstore, &certified_by(sigstore, &old));
    let mut root_only = sigstore.trusted_root();
    root_only.authorities[0].0 = vec![old.root.der.clone()];
    let mut with_old = sigstore.trusted_root();
    with_old.authorities[0].0 = old.chain();

    let good = signed(sigstore, &sigstore.keyless(IDENTITY, ISSUER));
    let mut ended = sigstore.trusted_root();
    ended.authorities[0].1.until = minutes(sigstore.time, -30);
    let mut later = sigstore.trusted_root();
    later.authorities[0].1.from = minutes(sigstore.time, 30);

    let mut lent = ended.clone();
    lent.authorities.push((unknown.chain(), years));

    let key = Key::p256();
    let own = self_signed(sigstore, &key);
    let own = Signer { key, certificate: Some(own), chain: Vec::new(), time: sigstore.time };
    // Authorities for something else, and no authority at all.
    let misused = |issuer: &Certified, chain: &[Vec<u8>]| {
        let usurped = Fulcio { intermediate: issuer.clone(), ..sigstore.fulcio.clone() };
        signed(sigstore, &certified_by(sigstore, &usurped)).but(|signed| {
            let leaf = signed.signer.certificate.clone().unwrap();
            signed.material = Material::Chain([&[leaf], chain].concat());
        })
    };
    let by_tsa = misused(&sigstore.tsa.root, &[]);
    let holder = sigstore.keyless("mallory@evil.test", ISSUER);
    let holder_leaf = holder.certificate.clone().unwrap();
    let usurper = Certified::usurper(&holder.key, &holder_leaf, Window::around(sigstore.time, 1, 9));
    let by_leaf = misused(&usurper, &[holder_leaf, sigstore.fulcio.intermediate.der.clone()]);
    vec![
        bad("certificate-by-timestamp-authority", &by_tsa, Version::V02),
        bad("certificate-by-leaf", &by_leaf, Version::V02),
        bad("certificate-of-other-authority", &strange, Version::V03),
        bad("certificate-of-other-authority-with-its-root", &with_chain(strange, true), Version::V02),
        bad("certificate-self-signed", &signed(sigstore, &own), Version::V03),
        bad("chain-with-root", &with_chain(good.clone(), true), Version::V02)
            .except(&[Judge::Library, Judge::Cosign]),
        bad("intermediate-expired", &with_chain(by_old.clone(), false), Version::V02).trusting(&root_only),
        // CVE-2026-24122.
        bad("intermediate-expired-in-trusted-root", &by_old, Version::V03)
            .trusting(&with_old)
            .except(&[Judge::Library]),
        bad("authority-trust-ended-before", &good, Version::V03).trusting(&ended),
        bad("authority-trust-ended-before-beside-other", &good, Version::V03).trusting(&lent),
        bad("authority-trust-began-after", &good, Version::V03).trusting(&later),
        bad(
            "certificate-without-code-signing",
            &leaf(sigstore, |leaf| leaf.code_signing = false),
            Version::V03,
        )
        .except(&[Judge::Cosign]),
    ]
}

/// A certificate that says all the right things, signed by its own key.
fn self_signed(sigstore: &Sigstore, key: &Key) -> Vec<u8> {
    let mut own: CertificateParams = params(Window::around(sigstore.time, 1, 9));
    own.subject_alt_names = vec![rcgen::SanType::URI(IDENTITY.try_into().unwrap())];
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    own.self_signed(key.pair()).unwrap().der().to_vec()
}

/// Signed certificate timestamps.
fn promises(sigstore: &Sigstore) -> Vec<Case> {
    let bad = |name: &str, promises: Promises| {
        let signed = leaf(sigstore, |leaf| leaf.promises = promises);
        Case::bundle(name, &signed, Version::V03).fails(Reason::Certificate)
    };
    let good = signed(sigstore, &sigstore.keyless(IDENTITY, ISSUER));
    let mut ended = sigstore.trusted_root();
    ended.ct_logs[0].1.until = minutes(sigstore.time, -30);
    vec![
        bad("sct-missing", Promises::Missing),
        bad("sct-of-unknown-log", Promises::Of(CtLog::new())),
        bad("sct-by-rekor", Promises::Of(CtLog { key: sigstore.rekor.key.clone() })),
        bad("sct-for-other-certificate", Promises::ForAnother),
        Case::bundle("sct-log-ended-before", &good, Version::V03).trusting(&ended).fails(Reason::Certificate),
    ]
}

fn identities(sigstore: &Sigstore) -> Vec<Case> {
    const ADDRESS: &str = "builder@acme.test";
    let bad = |name: &str, signed: &Signed| Case::bundle(name, signed, Version::V03).fails(Reason::Identity);
    let good = signed(sigstore, &sigstore.keyless(IDENTITY, ISSUER));
    let named = |name: Name| leaf(sigstore, |leaf| leaf.names = vec![name]);
    vec![
        bad("identity-other", &good).by_certificate("https://github.com/evil/app/release.yml@main", ISSUER),
        bad("identity-longer", &good).by_certificate(&format!("{IDENTITY}2"), ISSUER),
        bad("identity-shorter", &good).by_certificate(&IDENTITY[..IDENTITY.len() - 1], ISSUER),
        bad("identity-in-other-case", &good).by_certificate(&IDENTITY.replace("acme", "Acme"), ISSUER),
        bad("identity-empty", &leaf(sigstore, |leaf| leaf.names.clear())),
        bad("identity-of-workflow-in-dns-name", &named(Name::Dns(ADDRESS.to_owned())))
            .by_certificate(ADDRESS, ISSUER),
        bad("issuer-other", &good).by_certificate(IDENTITY, "https://accounts.sigstore.test"),
        bad("issuer-longer", &good).by_certificate(IDENTITY, &format!("{ISSUER}/")),
        bad(
            "issuer-none",
            &leaf(sigstore, |leaf| {
                leaf.issuer_v1 = None;
                leaf.issuer_v2 = None;
            }),
        ),
        bad(
            "issuer-extensions-disagree",
            &leaf(sigstore, |leaf| leaf.issuer_v2 = Some("https://accounts.sigstore.test".to_owned())),
        ),
    ]
}

/// Keys where certificates are wanted, and the other way round.
fn keys(sigstore: &Sigstore) -> Vec<Case> {
    let bad = |name: &str, signed: &Signed| Case::bundle(name, signed, Version::V03).fails(Reason::Key);
    let keyless = signed(sigstore, &sigstore.keyless(IDENTITY, ISSUER));
    let keyed = signed(sigstore, &sigstore.keyed());
    let unknown = Signer { key: Key::p256(), ..sigstore.keyed() };
    let unknown = signed(sigstore, &unknown);
    let wanted = || ExpectedSigner::Key(sigstore.key.pem());

    // GHSA-fx35-mq7g-6g98: a raw key in the certificate's place beat what the caller asked for.
    let raw = unknown.clone().but(|signed| signed.material = Material::Certificate(signed.signer.key.spki()));
    // The right hint under a wrong signature, and a hint at nothing under a right one.
    let hinted = unknown.clone().but(|signed| {
        signed.material = keyed.material.clone();
    });
    let hintless = keyed.clone().but(|signed| signed.material = Material::Key { hint: String::new() });
    vec![
        bad("key-other", &unknown).by(wanted()),
        bad("key-other-with-right-hint", &hinted).by(wanted()),
        bad("key-in-certificate-field", &raw).by(wanted()),
        Case::bundle("key-in-certificate-field-for-identity", &raw, Version::V03)
            .by_certificate(IDENTITY, ISSUER)
            .fails(Reason::Certificate),
        bad("certificate-where-key-wanted", &keyless).by(wanted()),
        bad("certificate-of-wanted-key", &keyless).by(ExpectedSigner::Key(keyless.signer.key.pem())),
        Case::bundle("key-where-identity-wanted", &keyed, Version::V03)
            .by_certificate(IDENTITY, ISSUER)
            .fails(Reason::Key),
        Case::bundle("key-without-hint", &hintless, Version::V03),
    ]
}
