//! Binds a statement to its signatures and to the object that it is about.
//!
//! A statement counts for an object only if enough signers signed exactly these bytes and the object is among its
//! subjects. [`Attested`] proves both.

use bytes::Bytes;

use super::statement::{PREDICATE_TYPE, ParsedStatement};
use super::{
    Artifact, Error, ImageSignature, Quorum, SignatureFacts, SignedStatement, Statement, Trust, Verified,
};
use crate::oci::{Digest, Manifest};

/// What is kept of a signed statement. Of its predicate that is only a `P`, computed by `P::from(&Statement)`.
#[derive(Clone, Debug)]
pub struct Reduced<P> {
    statement: Statement<P>,
    digest: Digest,
    size: u64,
    subject: Digest,
    whole: Option<SignedStatement>,
}

impl<P> Reduced<P> {
    /// The statement, with the part of its predicate that was kept.
    pub fn statement(&self) -> &Statement<P> {
        &self.statement
    }
}

impl SignedStatement {
    fn reduce<P: for<'a> From<&'a Statement>>(self, keep_whole: bool) -> Reduced<P> {
        let statement = self.statement();
        Reduced {
            statement: Statement {
                statement_type: statement.statement_type.clone(),
                subjects: statement.subjects.clone(),
                predicate_type: statement.predicate_type.clone(),
                predicate: P::from(statement),
            },
            digest: self.digest(),
            size: self.bytes().len() as u64,
            subject: self.subject(),
            whole: keep_whole.then_some(self),
        }
    }
}

impl Verified<SignedStatement> {
    /// The same signature, with less of the statement in memory.
    pub fn reduce<P: for<'a> From<&'a Statement>>(self, keep_whole: bool) -> Verified<Reduced<P>> {
        self.map(|statement| statement.reduce(keep_whole))
    }
}

/// A statement about an object that enough signers signed: whole ([`SignedStatement`]) or [`Reduced`].
#[derive(Clone, Debug)]
pub struct Attested<S> {
    signatures: Quorum,
    statement: S,
}

impl<S> Attested<S> {
    /// The signatures that count: one of each signer, at least as many as required.
    pub fn signatures(&self) -> &Quorum {
        &self.signatures
    }

    /// The first signature that counts.
    pub fn signature(&self) -> &SignatureFacts {
        self.signatures.first()
    }
}

impl Attested<SignedStatement> {
    /// The statement.
    pub fn whole(&self) -> &SignedStatement {
        &self.statement
    }

    /// The same signatures, with less of the statement in memory.
    pub fn reduce<P: for<'a> From<&'a Statement>>(self, keep_whole: bool) -> Attested<Reduced<P>> {
        Attested { signatures: self.signatures, statement: self.statement.reduce(keep_whole) }
    }
}

impl<P> Attested<Reduced<P>> {
    /// The statement, with the part of its predicate that was kept.
    pub fn statement(&self) -> &Statement<P> {
        self.statement.statement()
    }

    /// The size of the signed statement in bytes.
    pub fn size(&self) -> u64 {
        self.statement.size
    }

    /// The object that the statement is about: one of its subjects.
    pub fn subject(&self) -> Digest {
        self.statement.subject
    }

    /// The whole statement, if it was kept.
    pub fn whole(&self) -> Option<&SignedStatement> {
        self.statement.whole.as_ref()
    }
}

/// A statement that enough signers signed, or why it does not count.
pub type AttestationResult<P> = Result<Attested<Reduced<P>>, Error>;

/// An object with good signatures by enough signers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedObject {
    digest: Digest,
    signatures: Quorum,
    /// The predicate types that the payloads of its signatures name. A payload need not name one.
    predicate_types: Vec<String>,
}

impl SignedObject {
    /// Its digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The signatures that count.
    pub fn signatures(&self) -> &Quorum {
        &self.signatures
    }

    /// Verifies the statement of an attestation whose manifest is this object.
    ///
    /// 1. `manifest` must have the signed digest and be an image manifest.
    /// 2. `statement` must be its only layer, and an in-toto statement.
    /// 3. The predicate type of the statement must be the one that the manifest's annotation and the signed payloads name.
    /// 4. `subject` must be one of the statement's subjects.
    ///
    /// # Errors
    ///
    /// [`Error::SubjectMismatch`], [`Error::Payload`], [`Error::Statement`], [`Error::PredicateType`] or
    /// [`Error::StatementSubject`], by the first step that fails.
    pub fn verify_statement(
        self,
        manifest: &[u8],
        statement: Bytes,
        subject: Digest,
    ) -> Result<Attested<SignedStatement>, Error> {
        if !self.digest.matches(manifest) {
            let expected = Digest::of(manifest);
            return Err(Error::SubjectMismatch { signed: self.digest.to_string(), expected });
        }
        let manifest = match Manifest::parse(manifest, None) {
            Ok(Manifest::Image(manifest)) => manifest,
            Ok(Manifest::Index(_)) => return Err(Error::Payload { cause: "it is an index".to_owned() }),
            Err(error) => return Err(Error::Payload { cause: error.to_string() }),
        };
        let digest = match manifest.layers.as_slice() {
            [layer] if layer.digest.matches(&statement) => layer.digest,
            _ => return Err(Error::Payload { cause: "it does not hold this statement".to_owned() }),
        };
        let statement = ParsedStatement::parse(statement, digest)?;
        let stated = &statement.statement().predicate_type;
        let claimed = manifest.annotations.get(PREDICATE_TYPE);
        let signed = self.predicate_types.into_iter().find(|signed| signed != stated);
        if claimed != Some(stated) || signed.is_some() {
            return Err(Error::PredicateType { stated: stated.clone(), claimed: claimed.cloned(), signed });
        }
        let kept = statement.about(&Artifact::of_digest(subject))?;
        Ok(Attested { signatures: self.signatures, statement: kept })
    }
}

impl Trust {
    /// Returns `object` with its signatures if `signatures`, which this trust verified, are by enough signers.
    /// Signatures of other objects are not counted.
    pub fn quorum(&self, object: Digest, signatures: &[Verified<ImageSignature>]) -> Option<SignedObject> {
        let of_object = || signatures.iter().filter(|signature| signature.value().digest == object);
        let facts: Vec<_> = of_object().map(Verified::facts).collect();
        let named = of_object().filter_map(|signature| signature.value().predicate_type.clone());
        let signatures = self.count_signers(&facts)?;
        Some(SignedObject { digest: object, signatures, predicate_types: named.collect() })
    }

    /// Decides for each of `statements`, which carry their own signatures, whether enough signers signed exactly the
    /// same bytes. `L` is a label that the caller chooses and gets back.
    ///
    /// # Errors
    ///
    /// [`Error::Threshold`], for each statement that too few signed.
    pub fn count_enveloped<L, P>(
        &self,
        statements: Vec<(L, Verified<Reduced<P>>)>,
    ) -> Vec<(L, AttestationResult<P>)> {
        let counted: Vec<_> = statements
            .iter()
            .map(|(_, statement)| {
                let same = statements.iter().map(|(_, other)| other).filter(|other| {
                    let (own, other) = (statement.value(), other.value());
                    own.digest == other.digest && own.subject == other.subject
                });
                let facts: Vec<_> = same.map(Verified::facts).collect();
                self.count_signers(&facts).ok_or_else(|| self.threshold_error(&facts))
            })
            .collect();
        let decided = statements.into_iter().zip(counted).map(|((label, statement), counted)| {
            (label, counted.map(|signatures| Attested { signatures, statement: statement.into_parts().0 }))
        });
        decided.collect()
    }
}
