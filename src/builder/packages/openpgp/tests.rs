pub(in crate::builder) mod keys;

use pgp::composed::KeyType;
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PacketTrait, SignatureType};
use pgp::types::KeyDetails;

use self::keys::*;
use super::limits::{KEYRING, SIGNATURES, SIGNED_TEXT};
use super::{Certificate, Error, FramingError, KeyError, Keyring, SignatureError, verify, verify_detached};

/// The reason why the only signature does not count.
fn rejected(result: Result<super::SignedText, Error>) -> SignatureError {
    match result {
        Err(Error::NotTrusted { mut rejected }) if rejected.len() == 1 => rejected.remove(0).cause,
        other => panic!("{other:?}"),
    }
}

/// The reason why the key of the only signature may not sign.
fn key_error(result: Result<super::SignedText, Error>) -> KeyError {
    match rejected(result) {
        SignatureError::Key { cause, .. } => cause,
        other => panic!("{other:?}"),
    }
}

fn framing(result: Result<super::SignedText, Error>) -> (usize, FramingError) {
    match result {
        Err(Error::Framing { line, cause }) => (line, cause),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_signature_returns_the_signed_text() {
    let key = key(1);
    let signed = check(&signed_by(&key), &ordinary(&key)).unwrap();
    assert_eq!(signed.text, TEXT);
    assert_eq!(signed.signatures.len(), 1);
    assert_eq!(signed.signatures[0].key, format!("{:X}", key.fingerprint()));
    assert_eq!(signed.signatures[0].certificate, signed.signatures[0].key);
    assert_eq!(signed.signatures[0].created, at_time(SIGNED));
    assert!(signed.rejected.is_empty());
}

#[test]
fn accepted_algorithms() {
    for kind in [
        KeyType::Ed25519Legacy,
        KeyType::Ed25519,
        KeyType::ECDSA(ECCCurve::P256),
        KeyType::ECDSA(ECCCurve::P384),
        KeyType::Rsa(2048),
    ] {
        let key = if kind == KeyType::Rsa(2048) { rsa_key().clone() } else { key_of(&kind, 1) };
        let hash = HashAlgorithm::Sha512;
        let keys = keyring(&key, &[user(&key, "a", &Says { hash, ..signing() })]);
        let text = message(TEXT, &[text_signature(&key, &says_with(hash), TEXT)]);
        assert_eq!(check(&text, &keys).map(|it| it.text).as_deref(), Ok(TEXT), "{kind:?}");
    }
}

fn says_with(hash: HashAlgorithm) -> Says {
    Says { hash, ..says(SIGNED) }
}

#[test]
fn weak_hashes_and_keys_are_refused() {
    let owner = rsa_key();
    for hash in [HashAlgorithm::Sha1, HashAlgorithm::Md5, HashAlgorithm::Ripemd160] {
        let text = message(TEXT, &[text_signature(owner, &says_with(hash), TEXT)]);
        let cause = rejected(check(&text, &ordinary(owner)));
        assert_eq!(cause, SignatureError::WeakHash { hash: hash.to_string() });
    }
    let weak = keyring(owner, &[user(owner, "a", &Says { hash: HashAlgorithm::Sha1, ..signing() })]);
    let cause = key_error(check(&signed_by(owner), &weak));
    assert_eq!(cause, KeyError::WeakBinding { hash: "SHA1".to_owned() });
    let short = key_of(&KeyType::Rsa(1024), 1);
    assert_eq!(key_error(check(&signed_by(&short), &ordinary(&short))), KeyError::ShortRsa { bits: 1024 });
}

#[test]
fn unknown_keys_and_swapped_keyrings_are_refused() {
    let (one, other) = (key(1), key(2));
    assert_eq!(rejected(check(&signed_by(&one), &ordinary(&other))), SignatureError::UnknownKey);
    // The signature names a trusted key, but another made it.
    let mut forged = text_signature(&other, &Says { names_issuer: false, ..says(SIGNED) }, TEXT);
    let name = pgp::packet::SubpacketData::IssuerFingerprint(one.fingerprint());
    forged.unhashed_subpacket_push(pgp::packet::Subpacket::regular(name).unwrap()).unwrap();
    assert_eq!(rejected(check(&message(TEXT, &[forged]), &ordinary(&one))), SignatureError::Mismatch);
    let nameless = text_signature(&one, &Says { names_issuer: false, ..says(SIGNED) }, TEXT);
    assert_eq!(rejected(check(&message(TEXT, &[nameless]), &ordinary(&one))), SignatureError::NoIssuer);
}

#[test]
fn every_edit_of_the_text_is_noticed() {
    let key = key(1);
    let (keys, good) = (ordinary(&key), signed_by(&key));
    assert!(check(&good, &keys).is_ok());
    let edited = good.replace("Suite: stable", "Suite: stabla");
    assert_eq!(rejected(check(&edited, &keys)), SignatureError::Mismatch);
    let added = good.replace("Suite: stable\n", "Suite: stable\nCodename: sid\n");
    assert_eq!(rejected(check(&added, &keys)), SignatureError::Mismatch);
    let other = message(TEXT, &[text_signature(&key, &says(SIGNED), "Suite: testing\n")]);
    assert_eq!(rejected(check(&other, &keys)), SignatureError::Mismatch);
}

#[test]
fn a_damaged_message_is_never_accepted_with_other_text() {
    let key = key(1);
    let (keys, good) = (ordinary(&key), signed_by(&key));
    for position in 0..good.len() {
        for bit in [0x01, 0x20] {
            let mut bytes = good.clone().into_bytes();
            bytes[position] ^= bit;
            if let Ok(signed) = verify(&bytes, &keys, at_time(SIGNED)) {
                assert_eq!(signed.text, TEXT, "byte {position}");
            }
        }
        if let Ok(signed) = verify(&good.as_bytes()[..position], &keys, at_time(SIGNED)) {
            assert_eq!(signed.text, TEXT, "{position} bytes");
        }
    }
}

#[test]
fn one_good_signature_suffices() {
    let (one, other) = (rsa_key(), key(2));
    let signatures = [
        text_signature(&other, &says(SIGNED), TEXT),
        text_signature(one, &says_with(HashAlgorithm::Sha1), TEXT),
        text_signature(one, &says(SIGNED), TEXT),
    ];
    let signed = check(&message(TEXT, &signatures), &ordinary(one)).unwrap();
    assert_eq!(signed.signatures.len(), 1);
    let causes: Vec<_> = signed.rejected.iter().map(|one| one.cause.clone()).collect();
    assert_eq!(causes, [SignatureError::UnknownKey, SignatureError::WeakHash { hash: "SHA1".to_owned() }]);
    assert_eq!(signed.rejected[0].issuer, Some(format!("{:X}", other.fingerprint())));
}

#[test]
fn times_of_signatures_are_checked() {
    let key = key(1);
    let keys = ordinary(&key);
    let signed = |says: &Says| message(TEXT, &[text_signature(&key, says, TEXT)]);
    let created = at_time(SIGNED);
    let good = signed(&says(SIGNED));
    assert!(check_at(&good, &keys, SIGNED - 300).is_ok());
    assert_eq!(rejected(check_at(&good, &keys, SIGNED - 301)), SignatureError::Future { created });
    let short = signed(&Says { seconds: Some(DAY), ..says(SIGNED) });
    assert!(check_at(&short, &keys, SIGNED + DAY - 1).is_ok());
    let expired = at_time(SIGNED + DAY);
    assert_eq!(rejected(check_at(&short, &keys, SIGNED + DAY)), SignatureError::Expired { expired });
    let created = at_time(CREATED - 1);
    assert_eq!(rejected(check(&signed(&says(CREATED - 1)), &keys)), SignatureError::BeforeKey { created });
}

#[test]
fn critical_parts_that_are_unknown_are_refused() {
    let key = key(1);
    let limited = Says { critical_notation: true, ..says(SIGNED) };
    let text = message(TEXT, &[text_signature(&key, &limited, TEXT)]);
    assert_eq!(rejected(check(&text, &ordinary(&key))), SignatureError::Critical);
}

#[test]
fn signatures_over_other_things_are_refused() {
    let key = key(1);
    // A certification is no signature of a document.
    let certification = user_signature(&key, "a", SignatureType::CertPositive, &says(SIGNED), false);
    let armor = armored("PGP SIGNATURE", &certification);
    let text = format!("-----BEGIN PGP SIGNED MESSAGE-----\n\n{TEXT}{armor}");
    assert!(matches!(rejected(check(&text, &ordinary(&key))), SignatureError::Unsupported(_)));
}

#[test]
fn keys_expire() {
    let key = key(1);
    let text = signed_by(&key);
    let lives = |seconds| Says { key_seconds: Some(seconds), ..signing() };
    let until = SIGNED + DAY - CREATED;
    let keys = keyring(&key, &[user(&key, "a", &lives(until))]);
    assert!(check_at(&text, &keys, SIGNED + DAY - 1).is_ok());
    let expired = at_time(SIGNED + DAY);
    assert_eq!(key_error(check_at(&text, &keys, SIGNED + DAY)), KeyError::Expired { expired });
    // A newer self-signature decides, in either direction, once it is made.
    let longer = Says { created: SIGNED, ..lives(until + 10 * DAY) };
    let keys = keyring(&key, &[user(&key, "a", &longer), user(&key, "b", &lives(until))]);
    assert!(check_at(&text, &keys, SIGNED + 2 * DAY).is_ok());
    let shorter = Says { created: SIGNED, ..lives(DAY) };
    let keys = keyring(&key, &[user(&key, "a", &lives(until)), user(&key, "b", &shorter)]);
    assert!(check_at(&text, &keys, SIGNED - 1).is_ok());
    let expired = at_time(CREATED + DAY);
    assert_eq!(key_error(check_at(&text, &keys, SIGNED)), KeyError::Expired { expired });
    // A signature directly over the key goes first.
    let direct = over_key(&key, SignatureType::Key, &lives(DAY));
    let keys = keyring(&key, &[direct, user(&key, "a", &lives(until))]);
    assert_eq!(key_error(check_at(&text, &keys, SIGNED)), KeyError::Expired { expired });
    // No time is no end.
    let keys = keyring(&key, &[user(&key, "a", &lives(0))]);
    assert!(check_at(&text, &keys, SIGNED + 3650 * DAY).is_ok());
}

#[test]
fn keys_are_not_valid_before_they_exist() {
    let owner = key(1);
    let early = message(TEXT, &[text_signature(&owner, &says(CREATED), TEXT)]);
    let created = at_time(CREATED);
    let result = check_at(&early, &ordinary(&owner), CREATED - 1);
    assert_eq!(key_error(result), KeyError::NotYet { created });
}

#[test]
fn revoked_keys_are_refused() {
    let owner = rsa_key();
    let text = signed_by(owner);
    let claim = user(owner, "a", &signing());
    // Made later, with a weak hash: the owner does not want the key any more all the same.
    let late = Says { created: SIGNED + DAY, hash: HashAlgorithm::Sha1, ..says(SIGNED) };
    let revocation = over_key(owner, SignatureType::KeyRevocation, &late);
    assert_eq!(
        key_error(check(&text, &keyring(owner, &[revocation.clone(), claim.clone()]))),
        KeyError::Revoked
    );
    // A revocation by another key is none.
    let foreign = over_key(&key(2), SignatureType::KeyRevocation, &says(SIGNED));
    assert!(check(&text, &keyring(owner, &[foreign, claim.clone()])).is_ok());
    // A revoked copy counts, in whichever keyring it is.
    let mut keys = keyring(owner, std::slice::from_ref(&claim));
    assert!(check(&text, &keys).is_ok());
    keys.merge(keyring(owner, &[revocation, claim]));
    assert_eq!(keys.certificates().len(), 1);
    assert_eq!(key_error(check(&text, &keys)), KeyError::Revoked);
}

#[test]
fn a_revoked_name_does_not_bind_the_key() {
    let key = key(1);
    let text = signed_by(&key);
    let claim = user(&key, "a", &signing());
    let revoke = |created| user_signature(&key, "a", SignatureType::CertRevocation, &says(created), false);
    assert_eq!(
        key_error(check(&text, &keyring(&key, &[claim.clone(), revoke(CREATED)]))),
        KeyError::NotBound
    );
    // Claimed again later.
    let again = Says { created: CREATED + 2, ..signing() };
    let again = user_signature(&key, "a", SignatureType::CertPositive, &again, false);
    assert!(check(&text, &keyring(&key, &[claim, revoke(CREATED + 1), again])).is_ok());
}

#[test]
fn a_key_without_its_own_signature_is_refused() {
    let (key, other) = (key(1), key(2));
    assert_eq!(key_error(check(&signed_by(&key), &keyring(&key, &[]))), KeyError::NotBound);
    // The name and signature of another certificate.
    let foreign = keyring(&key, &[user(&other, "a", &signing())]);
    assert_eq!(key_error(check(&signed_by(&key), &foreign)), KeyError::NotBound);
    assert!(foreign.certificates()[0].details(at_time(SIGNED)).user_ids.is_empty());
    let not_signing = keyring(&key, &[user(&key, "a", &Says { signing: Some(false), ..signing() })]);
    assert_eq!(key_error(check(&signed_by(&key), &not_signing)), KeyError::NotForSigning);
    let no_flags = keyring(&key, &[user(&key, "a", &says(CREATED))]);
    assert!(check(&signed_by(&key), &no_flags).is_ok());
}

#[test]
fn signing_subkeys_must_be_bound_both_ways() {
    let (key, sub) = (key(1), subkey(2));
    let text = signed_by(&sub);
    let claim = user(&key, "a", &signing());
    let keys = |parts: &[Vec<u8>]| keyring(&key, &[std::slice::from_ref(&claim), parts].concat());
    let back = Back::By(&sub, &key);

    let signed = check(&text, &keys(&[bound(&key, &sub, &signing(), &back)])).unwrap();
    assert_eq!(signed.signatures[0].key, format!("{:X}", sub.fingerprint()));
    assert_eq!(signed.signatures[0].certificate, format!("{:X}", key.fingerprint()));

    let without = keys(&[bound(&key, &sub, &signing(), &Back::None)]);
    assert_eq!(key_error(check(&text, &without)), KeyError::NoBackSignature);
    // A back-signature about another primary key, and one by another subkey.
    let (thief, other) = (self::key(3), subkey(4));
    for back in [Back::By(&sub, &thief), Back::By(&other, &key)] {
        let keys = keys(&[bound(&key, &sub, &signing(), &back)]);
        assert_eq!(key_error(check(&text, &keys)), KeyError::NoBackSignature);
    }
    // Someone else claims the subkey with the back-signature that its owner made.
    let stolen = keyring(&thief, &[user(&thief, "a", &signing()), bound(&thief, &sub, &signing(), &back)]);
    assert_eq!(key_error(check(&text, &stolen)), KeyError::NoBackSignature);
    // Bound by another primary key than the one before it.
    let moved = keys(&[bound(&thief, &sub, &signing(), &Back::By(&sub, &thief))]);
    assert_eq!(key_error(check(&text, &moved)), KeyError::NotBound);

    let encryption = Says { signing: Some(false), ..signing() };
    let encryption = keys(&[bound(&key, &sub, &encryption, &back)]);
    assert_eq!(key_error(check(&text, &encryption)), KeyError::NotForSigning);
    assert_eq!(encryption.certificates()[0].details(at_time(SIGNED)).signing_keys.len(), 1);

    let revoked =
        keys(&[bound(&key, &sub, &signing(), &back), subkey_revocation(&key, &sub, &says(SIGNED + DAY))]);
    assert_eq!(key_error(check(&text, &revoked)), KeyError::Revoked);

    let short = Says { key_seconds: Some(DAY), ..signing() };
    let expired = at_time(CREATED + DAY);
    let short = keys(&[bound(&key, &sub, &short, &back)]);
    assert_eq!(key_error(check(&text, &short)), KeyError::Expired { expired });

    let owner = rsa_key();
    let weak = Says { hash: HashAlgorithm::Sha1, ..signing() };
    let weak = bound(owner, &sub, &weak, &Back::By(&sub, owner));
    let weak = keyring(owner, &[user(owner, "a", &signing()), weak]);
    assert_eq!(key_error(check(&text, &weak)), KeyError::WeakBinding { hash: "SHA1".to_owned() });
}

#[test]
fn a_subkey_is_no_better_than_its_primary_key() {
    let (key, sub) = (key(1), subkey(2));
    let text = signed_by(&sub);
    let binding = bound(&key, &sub, &signing(), &Back::By(&sub, &key));
    let primary = |cause| KeyError::Primary(Box::new(cause));
    let revocation = over_key(&key, SignatureType::KeyRevocation, &says(SIGNED));
    let revoked = keyring(&key, &[revocation, user(&key, "a", &signing()), binding.clone()]);
    assert_eq!(key_error(check(&text, &revoked)), primary(KeyError::Revoked));
    let short = Says { key_seconds: Some(DAY), ..signing() };
    let expired = at_time(CREATED + DAY);
    let short = keyring(&key, &[user(&key, "a", &short), binding.clone()]);
    assert_eq!(key_error(check(&text, &short)), primary(KeyError::Expired { expired }));
    assert_eq!(short.certificates()[0].details(at_time(CREATED)).expires, Some(expired));
    // A primary key that only certifies.
    let certifies = keyring(&key, &[user(&key, "a", &Says { signing: Some(false), ..signing() }), binding]);
    assert!(check(&text, &certifies).is_ok());
}

#[test]
fn text_outside_the_signed_message_is_refused() {
    let key = key(1);
    let (keys, good) = (ordinary(&key), signed_by(&key));
    let padded = format!("\n \n{good}\n\t\n");
    assert_eq!(check(&padded, &keys).map(|it| it.text).as_deref(), Ok(TEXT));
    assert_eq!(framing(check(&format!("Suite: sid\n{good}"), &keys)), (1, FramingError::TextBefore));
    let lines = good.lines().count();
    assert_eq!(framing(check(&format!("{good}\nSuite: sid\n"), &keys)), (lines + 2, FramingError::TextAfter));
    assert_eq!(framing(check(&format!("{good}{good}"), &keys)), (lines + 1, FramingError::TextAfter));
    assert_eq!(check(TEXT, &keys), Err(Error::NotSigned));
    assert_eq!(check("", &keys), Err(Error::NotSigned));
}

#[test]
fn headers_that_hide_text_are_refused() {
    let key = key(1);
    let (keys, good) = (ordinary(&key), signed_by(&key));
    for header in [
        "Suite: sid",
        "Comment: x",
        "NotDashEscaped: x",
        "Hash: SHA256\u{b}Suite: sid",
        " ",
        "Hash",
        "Hash: SIA256",
        "Hash: ",
    ] {
        let text = good.replace("Hash: SHA256\n", &format!("Hash: SHA256\n{header}\n"));
        assert_eq!(framing(check(&text, &keys)), (3, FramingError::Header), "{header:?}");
    }
    let without = good.replace("Hash: SHA256\n", "");
    assert!(check(&without, &keys).is_ok());
}

#[test]
fn dashes_are_unescaped() {
    let key = key(1);
    let keys = ordinary(&key);
    let text = "-----BEGIN PGP SIGNATURE-----\n- two\n-x\n";
    let signature = text_signature(&key, &says(SIGNED), text);
    let escaped = "- -----BEGIN PGP SIGNATURE-----\n- - two\n- -x\n";
    assert_eq!(
        check(&message(escaped, std::slice::from_ref(&signature)), &keys).map(|it| it.text).as_deref(),
        Ok(text)
    );
    // Lines that need no escape may have one.
    let signature = text_signature(&key, &says(SIGNED), TEXT);
    let all: String = TEXT.lines().map(|line| format!("- {line}\n")).collect();
    assert_eq!(
        check(&message(&all, std::slice::from_ref(&signature)), &keys).map(|it| it.text).as_deref(),
        Ok(TEXT)
    );
    let bare = message("-x\n", &[signature]);
    assert_eq!(framing(check(&bare, &keys)), (4, FramingError::Dash));
}

#[test]
fn white_space_at_line_ends_is_not_signed_nor_returned() {
    let key = key(1);
    let keys = ordinary(&key);
    let loose: String = TEXT.lines().map(|line| format!("{line} \t\n")).collect();
    let signature = text_signature(&key, &says(SIGNED), TEXT);
    assert_eq!(check(&message(&loose, &[signature]), &keys).map(|it| it.text).as_deref(), Ok(TEXT));
}

#[test]
fn line_ends_of_both_kinds_are_read() {
    let key = key(1);
    let keys = ordinary(&key);
    let windows = signed_by(&key).replace('\n', "\r\n");
    assert_eq!(check(&windows, &keys).map(|it| it.text).as_deref(), Ok(TEXT));
    let within = signed_by(&key).replace("Suite: stable", "Suite: stable\rX: y");
    assert_eq!(framing(check(&within, &keys)), (4, FramingError::CarriageReturn));
}

#[test]
fn detached_signatures() {
    let key = key(1);
    let (keys, at) = (ordinary(&key), at_time(SIGNED));
    for kind in [SignatureType::Binary, SignatureType::Text] {
        let signature = packet(&sign(&key, kind, &says(SIGNED), TEXT.as_bytes()));
        for signature in [signature.clone(), armored("PGP SIGNATURE", &signature).into_bytes()] {
            let good = verify_detached(TEXT.as_bytes(), &signature, &keys, at).unwrap();
            assert_eq!(good.text, TEXT);
            let edited = TEXT.replace("stable", "stabla");
            let edited = verify_detached(edited.as_bytes(), &signature, &keys, at);
            assert_eq!(rejected(edited), SignatureError::Mismatch);
        }
    }
    let empty = verify_detached(TEXT.as_bytes(), b"", &keys, at);
    assert_eq!(empty, Err(Error::NoSignature));
    let kind = armored("PGP MESSAGE", b"x");
    let kind = verify_detached(TEXT.as_bytes(), kind.as_bytes(), &keys, at);
    assert_eq!(framing(kind), (1, FramingError::ArmorKind));
    let key = verify_detached(TEXT.as_bytes(), &packet(key.public_key()), &keys, at);
    assert!(matches!(key, Err(Error::Packets { .. })), "{key:?}");
}

#[test]
fn signatures_of_several_armored_blocks_count() {
    let (one, other) = (key(1), key(2));
    let block = |key| {
        armored("PGP SIGNATURE", &packet(&sign(key, SignatureType::Binary, &says(SIGNED), TEXT.as_bytes())))
    };
    let blocks = format!("{}{}", block(&other), block(&one));
    let signed =
        verify_detached(TEXT.as_bytes(), blocks.as_bytes(), &ordinary(&one), at_time(SIGNED)).unwrap();
    assert_eq!((signed.signatures.len(), signed.rejected.len()), (1, 1));
}

#[test]
fn keyrings_of_all_forms_are_read() {
    let (one, other) = (key(1), key(2));
    let certificate = |key| [packet(pgp_public(key)), user(key, "Ä <a@deb.example>", &signing())].concat();
    let both = [certificate(&one), certificate(&other)].concat();
    let armor = |bytes: &[u8]| armored("PGP PUBLIC KEY BLOCK", bytes);
    let with_headers = armor(&both).replacen("\n\n", "\nComment: two: keys\n\n", 1).replace('\n', "\r\n");
    let with_checksum = armor(&both).replace("-----END", "=AbCd\n-----END");
    let separate =
        format!("# archive\n{}\n# other\n{}", armor(&certificate(&one)), armor(&certificate(&other)));
    for bytes in [both.clone(), with_headers.into(), with_checksum.into(), separate.into()] {
        let keys = Keyring::read(&bytes).unwrap();
        let names: Vec<String> = keys.certificates().iter().map(Certificate::fingerprint).collect();
        assert_eq!(names, [&one, &other].map(|key| format!("{:X}", key.fingerprint())));
        let details = keys.certificates()[1].details(at_time(SIGNED));
        assert_eq!(details.user_ids, ["Ä <a@deb.example>"]);
        assert_eq!((details.created, details.expires), (at_time(CREATED), None));
        assert_eq!(details.signing_keys.len(), 1);
        assert_eq!(details.signing_keys[0].status, Ok(None));
        assert!(check(&signed_by(&other), &keys).is_ok());
    }
}

fn pgp_public(key: &pgp::packet::SecretKey) -> &impl PacketTrait {
    key.public_key()
}

#[test]
fn what_is_no_keyring_is_refused() {
    let key = key(1);
    let public = packet(key.public_key());
    assert_eq!(Keyring::read(b""), Err(Error::NoCertificate));
    assert_eq!(Keyring::read(b"<html>not found</html>"), Err(Error::NoCertificate));
    assert_eq!(Keyring::read(&packet(&key)), Err(Error::SecretKey));
    let private = armored("PGP PRIVATE KEY BLOCK", &packet(&key));
    assert_eq!(Keyring::read(private.as_bytes()), Err(Error::SecretKey));
    assert_eq!(Keyring::read(b"\0\0\0\x20\x01\x01\0\0KBXf\0\0\0\0"), Err(Error::Keybox));
    assert_eq!(Keyring::read(b"a\xffb"), Err(Error::NotUtf8 { what: "keyring", offset: 1 }));
    let armor = armored("PGP PUBLIC KEY BLOCK", &public);
    let cut = armor.split("-----END").next().unwrap();
    let no_end = Error::Framing { line: 1, cause: FramingError::NoEnd };
    assert_eq!(Keyring::read(cut.as_bytes()), Err(no_end));
    let bad = armor.replacen("\n\n", "\n\n!", 1);
    assert_eq!(Keyring::read(bad.as_bytes()), Err(Error::Framing { line: 1, cause: FramingError::Base64 }));
    let signature = packet(&sign(&key, SignatureType::Binary, &says(SIGNED), b""));
    assert_eq!(Keyring::read(&signature), Err(Error::NoCertificate));
    assert!(Keyring::read(&public[..public.len() - 1]).is_err());
}

#[test]
fn damaged_keyrings_do_not_panic() {
    let (key, sub) = (key(1), subkey(2));
    let parts = [
        packet(key.public_key()),
        user(&key, "a", &signing()),
        bound(&key, &sub, &signing(), &Back::By(&sub, &key)),
    ];
    let (bytes, text) = (parts.concat(), signed_by(&sub));
    assert!(check(&text, &Keyring::read(&bytes).unwrap()).is_ok());
    for position in (0..bytes.len()).step_by(3) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x10;
        for bytes in [&damaged, &bytes[..position]] {
            if let Ok(keys) = Keyring::read(bytes) {
                let _ = check(&text, &keys);
                for certificate in keys.certificates() {
                    let _ = certificate.details(at_time(SIGNED));
                }
            }
        }
    }
}

#[test]
fn sizes_and_counts_are_limited() {
    let key = key(1);
    let keys = ordinary(&key);
    let large = vec![b'\n'; SIGNED_TEXT + 1];
    assert!(matches!(verify(&large, &keys, at_time(SIGNED)), Err(Error::Limit(_))));
    assert!(matches!(Keyring::read(&vec![b'\n'; KEYRING + 1]), Err(Error::Limit(_))));
    let signature = text_signature(&key, &says(SIGNED), TEXT);
    let many = message(TEXT, &vec![signature.clone(); SIGNATURES]);
    assert_eq!(check(&many, &keys).unwrap().signatures.len(), SIGNATURES);
    let too_many = message(TEXT, &vec![signature; SIGNATURES + 1]);
    assert!(matches!(check(&too_many, &keys), Err(Error::Limit(_))));
    let padded = [packet(key.public_key()), packet(&signature_packet(&key)).repeat(9000)].concat();
    assert!(matches!(Keyring::read(&padded), Err(Error::Limit(_))));
    let claims = vec![user_signature(&key, "a", SignatureType::CertPositive, &signing(), false); 513];
    let claimed = [packet(key.public_key()), user(&key, "a", &signing()), claims[1..].concat()].concat();
    assert!(matches!(Keyring::read(&claimed), Err(Error::Limit(_))));
    let claimed = [packet(key.public_key()), user(&key, "a", &signing()), claims[2..].concat()].concat();
    assert!(Keyring::read(&claimed).is_ok());
    let certificates: Vec<u8> = (0..257).flat_map(|number| packet(self::key(number).public_key())).collect();
    assert!(matches!(Keyring::read(&certificates), Err(Error::Limit(_))));
    assert_eq!(Keyring::read(&packet(key.public_key()).repeat(257)).unwrap().certificates().len(), 1);
}

fn signature_packet(key: &pgp::packet::SecretKey) -> pgp::packet::Signature {
    sign(key, SignatureType::Binary, &says(SIGNED), b"")
}

#[test]
fn long_texts_are_read_in_linear_time() {
    let key = key(1);
    let text = "\n".repeat(SIGNED_TEXT / 8);
    let signature = text_signature(&key, &says(SIGNED), &text);
    let signed = check(&message(&text, &[signature]), &ordinary(&key)).unwrap();
    assert_eq!(signed.text.len(), text.len());
}

#[test]
fn texts_of_errors() {
    let (one, other) = (key(1), key(2));
    let error = check(&signed_by(&one), &ordinary(&other)).unwrap_err().to_string();
    let name = format!("{:X}", one.fingerprint());
    assert_eq!(
        error,
        format!(
            "not signed by a trusted key: signature by {name}: the key is not one of the repository's keys"
        )
    );
    assert_eq!(
        Error::Framing { line: 3, cause: FramingError::TextAfter }.to_string(),
        "line 3: unsigned text after the signature"
    );
}
