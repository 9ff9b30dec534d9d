//! Good signatures, in every combination of form, signer, log and time.

use super::{ARTIFACT, Case, IDENTITY, ISSUER, Judge, SUBJECT_BY_SHA512, about_artifact, digest};
use crate::support::test_sigstore::clock::{Window, minutes};
use crate::support::test_sigstore::fulcio::{Fulcio, Leaf, Name};
use crate::support::test_sigstore::key::{Key, hex, sha512};
use crate::support::test_sigstore::log::Log;
use crate::support::test_sigstore::signed::{Logged, Material, Signed, Signer, Version};
use crate::support::test_sigstore::{Sigstore, TrustedRoot, sign_statement};

/// How a signature is logged and dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// Rekor v1: promise, path, checkpoint.
    Rekor1,
    /// The same, and a timestamp.
    Rekor1AndTime,
    /// Rekor v1 without its promise; the time is a timestamp.
    Rekor1ProofAndTime,
    /// Rekor v2, Ed25519; the time is a timestamp.
    Rekor2AndTime,
    /// Rekor v2, ECDSA; the time is a timestamp.
    Rekor2EcdsaAndTime,
}

impl Proof {
    const ALL: [Self; 5] = [
        Self::Rekor1,
        Self::Rekor1AndTime,
        Self::Rekor1ProofAndTime,
        Self::Rekor2AndTime,
        Self::Rekor2EcdsaAndTime,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Rekor1 => "rekor1",
            Self::Rekor1AndTime => "rekor1-time",
            Self::Rekor1ProofAndTime => "rekor1-proof-time",
            Self::Rekor2AndTime => "rekor2-time",
            Self::Rekor2EcdsaAndTime => "rekor2-ecdsa-time",
        }
    }

    fn log(self, sigstore: &Sigstore) -> &Log {
        match self {
            Self::Rekor2AndTime => &sigstore.rekor2,
            Self::Rekor2EcdsaAndTime => &sigstore.rekor2_ecdsa,
            Self::Rekor1 | Self::Rekor1AndTime | Self::Rekor1ProofAndTime => &sigstore.rekor,
        }
    }

    /// v0.1 bundles need a promise, which Rekor v2 does not give.
    fn fits(self, version: Version) -> bool {
        version != Version::V01 || matches!(self, Self::Rekor1 | Self::Rekor1AndTime)
    }

    fn prove(self, sigstore: &Sigstore, signed: Signed) -> Signed {
        let signed = signed.logged(self.log(sigstore));
        match self {
            Self::Rekor1 => signed,
            Self::Rekor1AndTime | Self::Rekor2AndTime | Self::Rekor2EcdsaAndTime => {
                signed.dated(&sigstore.tsa)
            }
            Self::Rekor1ProofAndTime => signed.dated(&sigstore.tsa).but(|signed| {
                signed.entry().promise = None;
            }),
        }
    }
}

fn versions() -> [(&'static str, Version); 3] {
    [("v01", Version::V01), ("v02", Version::V02), ("v03", Version::V03)]
}

fn signers(sigstore: &Sigstore) -> [(&'static str, Signer); 2] {
    [("key", sigstore.keyed()), ("keyless", sigstore.keyless(IDENTITY, ISSUER))]
}

pub(super) fn cases(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = combinations(sigstore);
    cases.extend(kinds(sigstore));
    cases.extend(without_log(sigstore));
    cases.extend(identities(sigstore));
    cases.extend(several(sigstore));
    cases
}

fn combinations(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = Vec::new();
    for (version_word, version) in versions() {
        for (signer_word, signer) in signers(sigstore) {
            for (content_word, signed) in
                [("message", signer.sign(ARTIFACT)), ("statement", signer.attest(&about_artifact()))]
            {
                for proof in Proof::ALL.into_iter().filter(|proof| proof.fits(version)) {
                    let name = format!("{version_word}-{content_word}-{signer_word}-{}", proof.word());
                    cases.push(Case::bundle(name, &proof.prove(sigstore, signed.clone()), version));
                }
            }
        }
    }
    cases
}

/// Forms that only some clients write.
fn kinds(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = Vec::new();
    for (word, signer) in signers(sigstore) {
        let intoto = signer.attest(&about_artifact()).logged_as(&sigstore.rekor, Logged::Intoto);
        cases.push(Case::bundle(format!("v03-intoto-entry-{word}"), &intoto, Version::V03));

        let promised =
            signer.sign(ARTIFACT).logged(&sigstore.rekor).but(|signed| signed.entry().proof = None);
        cases.push(Case::bundle(format!("v01-promise-without-proof-{word}"), &promised, Version::V01));

        // What clients wrote before logs had checkpoints.
        let pathed = signer.sign(ARTIFACT).logged(&sigstore.rekor).but(|signed| {
            signed.entry().proof.as_mut().unwrap().checkpoint = None;
        });
        let pathed = Case::bundle(format!("v01-path-without-checkpoint-{word}"), &pathed, Version::V01);
        cases.push(pathed.except(&[Judge::Library, Judge::Cosign]));

        let signed = signer.attest(&sign_statement(&digest())).logged(&sigstore.rekor);
        cases.push(Case::bundle(format!("v03-cosign-sign-statement-{word}"), &signed, Version::V03));

        let signed = signer.sign(ARTIFACT).logged(&sigstore.rekor);
        cases.push(Case::bundle(format!("v03-old-media-type-{word}"), &signed, Version::V03).edited(
            |bundle| {
                bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.3".into();
            },
        ));
        let digestless = Case::bundle(format!("v03-no-message-digest-{word}"), &signed, Version::V03);
        cases.push(
            digestless
                .edited(|bundle| {
                    bundle["messageSignature"].as_object_mut().unwrap().remove("messageDigest");
                })
                .except(&[Judge::Cosign]),
        );
    }

    for (word, key) in [("p384", Key::p384()), ("ed25519", Key::ed25519())] {
        let signer = Signer { key, ..sigstore.keyed() };
        let signed = signer.attest(&about_artifact()).logged(&sigstore.rekor);
        // cosign hashes with SHA-256, whatever the key.
        let exceptions: &[Judge] = if word == "p384" { &[Judge::Cosign] } else { &[] };
        let name = format!("v03-statement-key-{word}-rekor1");
        cases.push(Case::bundle(name, &signed, Version::V03).except(exceptions));
    }

    // Rekor v2 dates nothing, and a long-lived key needs no date.
    let undated = sigstore.keyed().sign(ARTIFACT).logged(&sigstore.rekor2);
    cases.push(Case::bundle("v03-message-key-rekor2-undated", &undated, Version::V03));
    cases
}

/// Signatures without log entry, for verifiers that require none.
fn without_log(sigstore: &Sigstore) -> Vec<Case> {
    let [(_, key), (_, keyless)] = signers(sigstore);
    let dated = keyless.sign(ARTIFACT).dated(&sigstore.tsa);
    let dated_statement = keyless.attest(&about_artifact()).dated(&sigstore.tsa);
    let case = |name, signed: &Signed| Case::bundle(name, signed, Version::V03).without_log();
    vec![
        case("v03-message-key-alone", &key.sign(ARTIFACT)).except(&[Judge::Library]),
        case("v03-statement-key-alone", &key.attest(&about_artifact())).except(&[Judge::Library]),
        case("v03-message-keyless-time", &dated),
        case("v03-statement-keyless-time", &dated_statement),
    ]
}

fn identities(sigstore: &Sigstore) -> Vec<Case> {
    const ADDRESS: &str = "builder@acme.test";
    const ACCOUNTS: &str = "https://accounts.sigstore.test";
    let address = sigstore.keyless(ADDRESS, ACCOUNTS);
    let mut old = Leaf::new(IDENTITY, ISSUER, sigstore.time);
    old.issuer_v2 = None;
    let mut other = Leaf::new("someone", ACCOUNTS, sigstore.time);
    other.names = vec![Name::Other("someone".to_owned())];
    let sign = |signer: &Signer| signer.sign(ARTIFACT).logged(&sigstore.rekor);
    vec![
        Case::bundle("identity-address", &sign(&address), Version::V03).by_certificate(ADDRESS, ACCOUNTS),
        Case::bundle("identity-old-issuer-extension", &sign(&sigstore.certified(&old)), Version::V03),
        Case::bundle("identity-othername", &sign(&sigstore.certified(&other)), Version::V03)
            .by_certificate("someone", ACCOUNTS)
            .except(&[Judge::Library]),
    ]
}

/// Several signatures, entries, certificates or authorities.
fn several(sigstore: &Sigstore) -> Vec<Case> {
    let keyless = sigstore.keyless(IDENTITY, ISSUER);
    let twice_logged =
        keyless.sign(ARTIFACT).logged(&sigstore.rekor).logged(&sigstore.rekor2).dated(&sigstore.tsa);
    let twice_dated = keyless
        .sign(ARTIFACT)
        .logged(&sigstore.rekor2)
        .dated(&sigstore.tsa)
        .dated_at(&sigstore.tsa, minutes(sigstore.time, 1));

    // The intermediate comes with the bundle; the verifier has only the root.
    let with_intermediate = keyless.sign(ARTIFACT).logged(&sigstore.rekor).but(|signed| {
        let leaf = signed.signer.certificate.clone().unwrap();
        signed.material = Material::Chain(vec![leaf, sigstore.fulcio.intermediate.der.clone()]);
    });
    let mut root_only = sigstore.trusted_root();
    root_only.authorities[0].0 = vec![sigstore.fulcio.root.der.clone()];

    // An updated root: its logs and authorities ended after the signature.
    let ended = |mut root: TrustedRoot| {
        let until = minutes(sigstore.time, 30);
        root.logs.iter_mut().for_each(|(_, window)| window.until = until);
        root.authorities.iter_mut().for_each(|(_, window)| window.until = until);
        root.ct_logs.iter_mut().for_each(|(_, window)| window.until = until);
        root.timestamp_authorities.iter_mut().for_each(|(_, window)| window.until = until);
        root
    };
    let two_subjects = {
        let mut statement: serde_json::Value = serde_json::from_str(&about_artifact()).unwrap();
        let first = serde_json::json!({"name": "other", "digest": {"sha256": "0".repeat(64)}});
        statement["subject"].as_array_mut().unwrap().insert(0, first);
        keyless.attest(&statement.to_string()).logged(&sigstore.rekor)
    };
    // Trust that ended in the second of the signature: the last second counts.
    let mut last = ended(sigstore.trusted_root());
    last.logs.iter_mut().for_each(|(_, window)| window.until = sigstore.time);
    last.timestamp_authorities.iter_mut().for_each(|(_, window)| window.until = sigstore.time);
    // Names prove nothing: the first authority of this name is another one.
    let mut namesake = sigstore.trusted_root();
    let years = Window::years(sigstore.time);
    namesake.authorities.insert(0, (Fulcio::new(&sigstore.fulcio.ct, years, years).chain(), years));
    let by_sha512 = {
        let mut statement: serde_json::Value = serde_json::from_str(&about_artifact()).unwrap();
        statement["subject"][0]["digest"] = serde_json::json!({"sha512": hex(&sha512(ARTIFACT))});
        keyless.attest(&statement.to_string()).logged(&sigstore.rekor)
    };
    vec![
        Case::bundle(SUBJECT_BY_SHA512, &by_sha512, Version::V03),
        Case::bundle("trust-ended-in-the-same-second", &twice_logged, Version::V03).trusting(&last),
        Case::bundle("authority-after-its-namesake", &twice_logged, Version::V03).trusting(&namesake),
        Case::bundle("several-logs", &twice_logged, Version::V03),
        Case::bundle("several-timestamps", &twice_dated, Version::V03),
        Case::bundle("several-subjects", &two_subjects, Version::V03),
        Case::bundle("chain-with-intermediate", &with_intermediate, Version::V02)
            .trusting(&root_only)
            .except(&[Judge::Cosign]),
        Case::bundle("authorities-ended-since", &twice_logged, Version::V03)
            .trusting(&ended(sigstore.trusted_root())),
    ]
}
