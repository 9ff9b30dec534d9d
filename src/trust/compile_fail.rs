//! Programs that would make or change a proof without a check: one for each proof type and way. None compiles.
//!
//! The first program of each type does compile, so that the others cannot fail because a name no longer exists. Only
//! the rustdoc of nightly compares the error codes.

macro_rules! forged {
    ($($name:ident: $type:literal, fields $literal:literal, assigned $assigned:literal;)*) => {$(
        #[doc = concat!("```\nuse dhi::trust::*;\nfn copied(known: &", $type, ") -> ", $type, " { known.clone() }\n```")]
        ///
        #[doc = concat!("```compile_fail,E0451\nuse dhi::trust::*;\nfn literal() -> ", $type, " { ", stringify!($name), " { ", $literal, " } }\n```")]
        ///
        #[doc = concat!("```compile_fail,E0451\nuse dhi::trust::*;\nfn updated(known: ", $type, ") -> ", $type, " { ", stringify!($name), " { ..known } }\n```")]
        ///
        #[doc = concat!("```compile_fail,E0616\nuse dhi::trust::*;\nfn changed(mut known: ", $type, ") { known.", $assigned, " = todo!(); }\n```")]
        ///
        #[doc = concat!("```compile_fail,E0277\nuse dhi::trust::*;\nfn default() -> ", $type, " { Default::default() }\n```")]
        ///
        #[doc = concat!("```compile_fail,E0277\nuse dhi::trust::*;\nfn read() -> ", $type, " { serde_json::from_str(\"{}\").unwrap() }\n```")]
        struct $name;
    )*};
}

forged! {
    Verified: "Verified<u8>", fields "value: 0, facts: todo!()", assigned "value";
    SignatureFacts: "SignatureFacts",
        fields "signer: todo!(), algorithm: todo!(), role: todo!(), format: todo!(), signed_name: todo!(), annotations: todo!(), log: todo!(), times: todo!()",
        assigned "role";
    Signer: "Signer", fields "0: todo!()", assigned "0";
    LogProof: "LogProof", fields "0: todo!()", assigned "0";
    ProvenTime: "ProvenTime", fields "time: todo!(), source: todo!()", assigned "time";
    SignedName: "SignedName", fields "0: todo!()", assigned "0";
    ImageSignature: "ImageSignature", fields "digest: todo!(), predicate_type: None", assigned "digest";
    SignedStatement: "SignedStatement",
        fields "bytes: todo!(), digest: todo!(), statement: todo!(), subject: todo!()",
        assigned "statement";
    Quorum: "Quorum", fields "first: todo!(), others: Vec::new()", assigned "first";
    SignedObject: "SignedObject",
        fields "digest: todo!(), signatures: todo!(), predicate_types: Vec::new()",
        assigned "digest";
    Attested: "Attested<SignedStatement>", fields "signatures: todo!(), statement: todo!()", assigned "statement";
    Reduced: "Reduced<u8>",
        fields "statement: todo!(), digest: todo!(), size: 0, subject: todo!(), whole: None",
        assigned "statement";
}

/// The functions that make proofs are private to this module:
///
/// ```compile_fail,E0624
/// let forged = dhi::trust::Verified::new(0, todo!());
/// ```
///
/// ```compile_fail,E0624
/// fn other_value(known: dhi::trust::Verified<u8>) -> dhi::trust::Verified<u8> { known.map(|_| 1) }
/// ```
///
/// ```compile_fail,E0624
/// let forged = dhi::trust::Signer::of_key(todo!());
/// ```
///
/// ```compile_fail,E0624
/// let forged = dhi::trust::Signer::of_certificate(todo!(), 0);
/// ```
///
/// ```compile_fail,E0624
/// let forged = dhi::trust::SignedName::parse("dhi.io/python");
/// ```
///
/// ```compile_fail,E0624
/// let forged = dhi::trust::SignedStatement::of_payload(todo!(), todo!());
/// ```
///
/// ```compile_fail,E0624
/// fn counted(trust: &dhi::trust::Trust) { trust.count_signers(&[]); }
/// ```
///
/// Only verified signatures are counted, not facts:
///
/// ```compile_fail,E0308
/// use dhi::trust::*;
/// fn counted(trust: &Trust, digest: dhi::oci::Digest, facts: Vec<SignatureFacts>) -> Option<SignedObject> {
///     trust.quorum(digest, &facts)
/// }
/// ```
struct Functions;

/// Access is by shared reference, so a signed statement cannot be changed:
///
/// ```compile_fail,E0594
/// use dhi::trust::*;
/// fn reworded(known: &mut Attested<SignedStatement>) {
///     known.whole().statement().predicate_type = String::new();
/// }
/// ```
///
/// The kept part of a predicate is computed from it, so another value of [`PredicateFacts`] cannot be substituted:
///
/// ```compile_fail,E0277
/// use dhi::trust::*;
/// fn reworded(known: Attested<SignedStatement>) -> Attested<Reduced<bool>> { known.reduce(false) }
/// ```
///
/// [`PredicateFacts`]: crate::attestation::PredicateFacts
struct Statements;
