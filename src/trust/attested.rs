//! A statement counts for an object when enough authorities signed it and the object is among its subjects. Both are
//! found here, from signatures to the bytes that they are over, and neither can be said of anything else.

use bytes::Bytes;

use super::statement::{PREDICATE_TYPE, ReadStatement};
use super::{
    Artifact, Error, ImageSignature, Quorum, SignatureFacts, SignedStatement, Statement, Trust, Verified,
};
use crate::oci::{Digest, Manifest};

/// What is kept of a signed statement: of its predicate only a `P`, which is made of it in one way, that of
/// `P::from(&Statement)`.
#[derive(Clone, Debug)]
pub struct Reduced<P> {
    statement: Statement<P>,
    digest: Digest,
    size: u64,
    subject: Digest,
    whole: Option<SignedStatement>,
}

impl<P> Reduced<P> {
    /// What it says, of its predicate the part that was kept.
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

/// A statement that enough authorities signed, found to be about an object: whole, as a [`SignedStatement`], or
/// [`Reduced`].
#[derive(Clone, Debug)]
pub struct Attested<S> {
    signatures: Quorum,
    kept: S,
}

impl<S> Attested<S> {
    /// The signatures that decided: one of each authority, as many as were demanded.
    pub fn signatures(&self) -> &Quorum {
        &self.signatures
    }

    /// The signature that was found first.
    pub fn signature(&self) -> &SignatureFacts {
        self.signatures.first()
    }
}

impl Attested<SignedStatement> {
    /// The statement.
    pub fn whole(&self) -> &SignedStatement {
        &self.kept
    }

    /// The same signatures, with less of the statement in memory.
    pub fn reduce<P: for<'a> From<&'a Statement>>(self, keep_whole: bool) -> Attested<Reduced<P>> {
        Attested { signatures: self.signatures, kept: self.kept.reduce(keep_whole) }
    }
}

impl<P> Attested<Reduced<P>> {
    /// What it says, of its predicate the part that was kept.
    pub fn statement(&self) -> &Statement<P> {
        self.kept.statement()
    }

    /// The size of the signed statement in bytes.
    pub fn size(&self) -> u64 {
        self.kept.size
    }

    /// The object that was found among its subjects.
    pub fn subject(&self) -> Digest {
        self.kept.subject
    }

    /// The whole statement, where it was kept.
    pub fn whole(&self) -> Option<&SignedStatement> {
        self.kept.whole.as_ref()
    }
}

/// Whether enough authorities signed a statement.
pub type Counted<P> = Result<Attested<Reduced<P>>, Error>;

/// An object with good signatures by enough authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedObject {
    digest: Digest,
    signatures: Quorum,
    /// The predicate types that the payloads of its signatures name, where they do.
    predicate_types: Vec<String>,
}

impl SignedObject {
    /// Its digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The signatures that decided.
    pub fn signatures(&self) -> &Quorum {
        &self.signatures
    }

    /// Takes the object for the manifest of an attestation, which these are the bytes of, and `statement` for its one
    /// layer: the statement counts if it is about `subject`, and of the predicate type that manifest and signatures
    /// name.
    pub fn attests(
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
        let statement = ReadStatement::parse(statement, digest)?;
        let stated = &statement.statement().predicate_type;
        let claimed = manifest.annotations.get(PREDICATE_TYPE);
        let signed = self.predicate_types.into_iter().find(|signed| signed != stated);
        if claimed != Some(stated) || signed.is_some() {
            return Err(Error::PredicateType { stated: stated.clone(), claimed: claimed.cloned(), signed });
        }
        let kept = statement.about(&Artifact::named(subject))?;
        Ok(Attested { signatures: self.signatures, kept })
    }
}

impl Trust {
    /// Whether `signatures`, which this trust verified, are by enough authorities; those of other objects are not
    /// counted.
    pub fn quorum(&self, object: Digest, signatures: &[Verified<ImageSignature>]) -> Option<SignedObject> {
        let of_object = || signatures.iter().filter(|signature| signature.value().digest == object);
        let facts: Vec<_> = of_object().map(Verified::facts).collect();
        let named = of_object().filter_map(|signature| signature.value().predicate_type.clone());
        let signatures = self.count(&facts)?;
        Some(SignedObject { digest: object, signatures, predicate_types: named.collect() })
    }

    /// Statements that carry their own signatures, each under a label of the caller's, with the answer whether enough
    /// authorities signed the very same bytes.
    pub fn attested<L, P>(&self, statements: Vec<(L, Verified<Reduced<P>>)>) -> Vec<(L, Counted<P>)> {
        let counted: Vec<_> = statements
            .iter()
            .map(|(_, statement)| {
                let same = statements.iter().map(|(_, other)| other).filter(|other| {
                    let (own, other) = (statement.value(), other.value());
                    own.digest == other.digest && own.subject == other.subject
                });
                let facts: Vec<_> = same.map(Verified::facts).collect();
                self.count(&facts).ok_or_else(|| self.too_few(&facts))
            })
            .collect();
        let decided = statements.into_iter().zip(counted).map(|((label, statement), counted)| {
            (label, counted.map(|signatures| Attested { signatures, kept: statement.into_parts().0 }))
        });
        decided.collect()
    }
}
