//! Certificates: a primary key with its names and subkeys, and what of them is valid at a time.
//!
//! Only what the primary key itself signed counts. A revocation counts whenever it was made and whatever its hash: the
//! owner no longer wants the key.
//!
//! Source: RFC 9580, sections 5.2.1, 5.2.3 and 10.1.

use jiff::Timestamp;
use pgp::packet::{PublicKey, PublicSubkey, Signature, SignatureType, UserId};
use pgp::types::{KeyDetails, Tag};

use super::error::KeyError;
use super::self_signature::{
    embedded, end, fingerprint, is_usable, key_flags, may_be_by, newest, time, unbound,
};
use super::strength::check_key;

/// An OpenPGP certificate: the public key of a signer, as a keyring has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    primary: PublicKey,
    /// Revocations of the certificate, and signatures directly over its key.
    signatures: Vec<Signature>,
    users: Vec<User>,
    subkeys: Vec<Subkey>,
    /// What signatures that follow belong to.
    part: Part,
}

/// What a certificate says at a time, for people and for the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateDetails {
    /// The fingerprint of the primary key, in upper-case hexadecimal.
    pub fingerprint: String,
    /// The names that the primary key signed and did not revoke.
    pub user_ids: Vec<String>,
    /// When the primary key was made.
    pub created: Timestamp,
    /// Until when it is valid. `None` without end.
    pub expires: Option<Timestamp>,
    /// The primary key and the subkeys that can sign, each with the reason why it may not, if so.
    pub signing_keys: Vec<SigningKey>,
}

/// A key that signs documents, or would if it were valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The fingerprint, in upper-case hexadecimal.
    pub fingerprint: String,
    /// Its algorithm.
    pub algorithm: String,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it is valid, or why it is not.
    pub status: Result<Option<Timestamp>, KeyError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    id: UserId,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Subkey {
    key: PublicSubkey,
    signatures: Vec<Signature>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Key,
    User,
    Subkey,
    Other,
}

/// The key of a certificate that a signature names.
#[derive(Clone, Copy, Debug)]
pub(super) enum NamedKey<'a> {
    Primary(&'a PublicKey),
    Subkey(&'a PublicSubkey),
}

/// A primary key that is valid.
#[derive(Clone, Copy)]
struct ValidPrimary {
    expires: Option<Timestamp>,
    may_sign: bool,
}

impl Certificate {
    pub(super) fn new(primary: PublicKey) -> Self {
        Self { primary, signatures: Vec::new(), users: Vec::new(), subkeys: Vec::new(), part: Part::Key }
    }

    pub(super) fn add_user(&mut self, id: UserId) {
        self.users.push(User { id, signatures: Vec::new() });
        self.part = Part::User;
    }

    pub(super) fn add_subkey(&mut self, key: PublicSubkey) {
        self.subkeys.push(Subkey { key, signatures: Vec::new() });
        self.part = Part::Subkey;
    }

    /// Signatures that follow belong to something that is of no use here, such as a picture.
    pub(super) fn add_other(&mut self) {
        self.part = Part::Other;
    }

    /// Adds a signature to the part that was added last. Those of other keys are left out: they say nothing here.
    pub(super) fn add_signature(&mut self, signature: Signature) {
        if !may_be_by(&signature, &self.primary) {
            return;
        }
        let signatures = match self.part {
            Part::Key => Some(&mut self.signatures),
            Part::User => self.users.last_mut().map(|user| &mut user.signatures),
            Part::Subkey => self.subkeys.last_mut().map(|subkey| &mut subkey.signatures),
            Part::Other => None,
        };
        if let Some(signatures) = signatures {
            signatures.push(signature);
        }
    }

    /// Adds what another copy of this certificate has.
    pub(super) fn merge(&mut self, other: Self) {
        self.signatures.extend(other.signatures);
        for user in other.users {
            match self.users.iter_mut().find(|one| one.id.id() == user.id.id()) {
                Some(same) => same.signatures.extend(user.signatures),
                None => self.users.push(user),
            }
        }
        for subkey in other.subkeys {
            match self.subkeys.iter_mut().find(|one| one.key.fingerprint() == subkey.key.fingerprint()) {
                Some(same) => same.signatures.extend(subkey.signatures),
                None => self.subkeys.push(subkey),
            }
        }
    }

    /// The number of signatures by its own key.
    pub(super) fn signature_count(&self) -> usize {
        let users = self.users.iter().map(|user| user.signatures.len());
        let subkeys = self.subkeys.iter().map(|subkey| subkey.signatures.len());
        self.signatures.len() + users.chain(subkeys).sum::<usize>()
    }

    /// The fingerprint of the primary key, in upper-case hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.primary)
    }

    /// When the primary key was made.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        time(self.primary.created_at())
    }

    /// What is valid at `at`. This verifies self-signatures, so it takes some milliseconds.
    #[must_use]
    pub fn details(&self, at: Timestamp) -> CertificateDetails {
        let users = self.users.iter().filter(|user| self.user_signature(user, at).is_some());
        let primary = self.check_primary(at);
        let subkeys = self.subkeys.iter().map(|subkey| NamedKey::Subkey(&subkey.key));
        let keys = std::iter::once(NamedKey::Primary(&self.primary)).chain(subkeys).map(|key| SigningKey {
            fingerprint: key.fingerprint(),
            algorithm: key.algorithm(),
            created: key.created(),
            status: self.check_with(key, || primary.clone(), at),
        });
        CertificateDetails {
            fingerprint: self.fingerprint(),
            user_ids: users.map(|user| String::from_utf8_lossy(user.id.id()).into_owned()).collect(),
            created: self.created(),
            expires: self.primary_self_signature(at).and_then(|valid| valid.expires),
            signing_keys: keys.filter(|key| key.status != Err(KeyError::NotForSigning)).collect(),
        }
    }

    /// The keys of this certificate that `signature` names.
    pub(super) fn named_by<'a>(&'a self, signature: &'a Signature) -> impl Iterator<Item = NamedKey<'a>> {
        let primary = may_be_by(signature, &self.primary).then_some(NamedKey::Primary(&self.primary));
        let subkeys = self.subkeys.iter().filter(|subkey| may_be_by(signature, &subkey.key));
        primary.into_iter().chain(subkeys.map(|subkey| NamedKey::Subkey(&subkey.key)))
    }

    /// Checks that `key` of this certificate may sign documents at `at`. Returns until when.
    ///
    /// # Errors
    ///
    /// The reason why it may not.
    pub(super) fn check_signing_key(
        &self,
        key: NamedKey<'_>,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, KeyError> {
        self.check_with(key, || self.check_primary(at), at)
    }

    fn check_with(
        &self,
        key: NamedKey<'_>,
        primary: impl Fn() -> Result<ValidPrimary, KeyError>,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, KeyError> {
        match key {
            NamedKey::Primary(_) => {
                let primary = primary()?;
                if primary.may_sign { Ok(primary.expires) } else { Err(KeyError::NotForSigning) }
            }
            NamedKey::Subkey(key) => {
                // The subkey's own purpose first: an encryption key is not worth a finding.
                let expires = self.check_subkey(key, at)?;
                let primary = primary().map_err(|cause| KeyError::Primary(Box::new(cause)))?;
                Ok([expires, primary.expires].into_iter().flatten().min())
            }
        }
    }

    fn check_primary(&self, at: Timestamp) -> Result<ValidPrimary, KeyError> {
        check_key(&self.primary)?;
        check_created(self.created(), at)?;
        let revocations =
            self.signatures.iter().filter(|one| one.typ() == Some(SignatureType::KeyRevocation));
        if revocations.into_iter().any(|one| one.verify_key(&self.primary).is_ok()) {
            return Err(KeyError::Revoked);
        }
        let valid = self.primary_self_signature(at).ok_or_else(|| {
            let users = self.users.iter().flat_map(|user| &user.signatures);
            unbound(self.signatures.iter().chain(users))
        })?;
        check_expiry(valid.expires, at)?;
        Ok(valid)
    }

    /// What the newest self-signatures say of the primary key: one directly over the key, else one over a name.
    fn primary_self_signature(&self, at: Timestamp) -> Option<ValidPrimary> {
        let direct = self.signatures.iter().filter(|one| one.typ() == Some(SignatureType::Key));
        let direct =
            newest(direct.map(|one| (self, one)), at, |_, one| one.verify_key(&self.primary).is_ok());
        let users = self.users.iter().filter_map(|user| Some((user, self.user_signature(user, at)?)));
        let user = newest(users, at, |_, _| true);
        let signatures = [direct.map(|found| found.1), user.map(|found| found.1)];
        if signatures.iter().all(Option::is_none) {
            return None;
        }
        let signatures = || signatures.iter().copied().flatten();
        let lifetime = signatures().find_map(Signature::key_expiration_time);
        Some(ValidPrimary {
            expires: end(self.primary.created_at(), lifetime),
            may_sign: signatures().find_map(key_flags).is_none_or(|flags| flags.sign()),
        })
    }

    /// The newest signature by which the primary key claims a name, unless it revoked the name since.
    fn user_signature<'a>(&'a self, user: &'a User, at: Timestamp) -> Option<&'a Signature> {
        let verifies =
            |one: &Signature| one.verify_certification(&self.primary, Tag::UserId, &user.id).is_ok();
        let is_claim = |one: &Signature| {
            matches!(
                one.typ(),
                Some(
                    SignatureType::CertGeneric
                        | SignatureType::CertPersona
                        | SignatureType::CertCasual
                        | SignatureType::CertPositive
                )
            )
        };
        let claims = user.signatures.iter().filter(|one| is_claim(one));
        let (_, claim) = newest(claims.map(|one| (user, one)), at, |_, one| verifies(one))?;
        let is_revoked = user.signatures.iter().any(|one| {
            one.typ() == Some(SignatureType::CertRevocation)
                && one.created() >= claim.created()
                && verifies(one)
        });
        (!is_revoked).then_some(claim)
    }

    fn check_subkey(&self, key: &PublicSubkey, at: Timestamp) -> Result<Option<Timestamp>, KeyError> {
        let signatures = || {
            let same = self.subkeys.iter().filter(|subkey| subkey.key == *key);
            same.flat_map(|subkey| &subkey.signatures)
        };
        let verifies = |one: &Signature| one.verify_subkey_binding(&self.primary, key).is_ok();
        let bindings = signatures().filter(|one| one.typ() == Some(SignatureType::SubkeyBinding));
        let (_, binding) = newest(bindings.map(|one| (key, one)), at, |_, one| verifies(one))
            .ok_or_else(|| unbound(signatures()))?;
        if key_flags(binding).is_some_and(|flags| !flags.sign()) {
            return Err(KeyError::NotForSigning);
        }
        check_key(key)?;
        check_created(time(key.created_at()), at)?;
        let mut revocations = signatures().filter(|one| one.typ() == Some(SignatureType::SubkeyRevocation));
        if revocations.any(verifies) {
            return Err(KeyError::Revoked);
        }
        let confirms = |one: &Signature| {
            is_usable(one, at) && one.verify_primary_key_binding(key, &self.primary).is_ok()
        };
        if !embedded(binding).any(confirms) {
            return Err(KeyError::NoBackSignature);
        }
        let expires = end(key.created_at(), binding.key_expiration_time());
        check_expiry(expires, at)?;
        Ok(expires)
    }
}

impl NamedKey<'_> {
    pub(super) fn fingerprint(self) -> String {
        match self {
            Self::Primary(key) => fingerprint(key),
            Self::Subkey(key) => fingerprint(key),
        }
    }

    pub(super) fn created(self) -> Timestamp {
        match self {
            Self::Primary(key) => time(key.created_at()),
            Self::Subkey(key) => time(key.created_at()),
        }
    }

    fn algorithm(self) -> String {
        match self {
            Self::Primary(key) => format!("{:?}", key.algorithm()),
            Self::Subkey(key) => format!("{:?}", key.algorithm()),
        }
    }

    /// Whether `signature` is a signature of `data` by this key.
    pub(super) fn made(self, signature: &Signature, data: &[u8]) -> bool {
        let algorithm = signature.config().map(|config| config.pub_alg);
        match self {
            Self::Primary(key) => algorithm == Some(key.algorithm()) && signature.verify(key, data).is_ok(),
            Self::Subkey(key) => algorithm == Some(key.algorithm()) && signature.verify(key, data).is_ok(),
        }
    }
}

fn check_created(created: Timestamp, at: Timestamp) -> Result<(), KeyError> {
    if created > at { Err(KeyError::NotYet { created }) } else { Ok(()) }
}

fn check_expiry(expires: Option<Timestamp>, at: Timestamp) -> Result<(), KeyError> {
    match expires {
        Some(expired) if expired <= at => Err(KeyError::Expired { expired }),
        _ => Ok(()),
    }
}
