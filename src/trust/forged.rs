//! Programs that would claim a proof without a check, none of which compiles: one for each value and way. The first of
//! each value does compile, so that the others do not fail for a name that is gone. The codes of the errors are compared
//! by the rustdoc of nightly alone.

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
        fields "signer: todo!(), algorithm: todo!(), role: todo!(), form: todo!(), signed_name: todo!(), annotations: todo!(), log: todo!(), times: todo!()",
        assigned "role";
    Signer: "Signer", fields "0: todo!()", assigned "0";
    LogProof: "LogProof", fields "0: todo!()", assigned "0";
    ProvenTime: "ProvenTime", fields "time: todo!(), by: todo!()", assigned "time";
    SignedName: "SignedName", fields "0: todo!()", assigned "0";
    ImageSignature: "ImageSignature", fields "digest: todo!(), predicate_type: None", assigned "digest";
    SignedStatement: "SignedStatement",
        fields "bytes: todo!(), digest: todo!(), statement: todo!(), subject: todo!()",
        assigned "statement";
    Quorum: "Quorum", fields "first: todo!(), others: Vec::new()", assigned "first";
    SignedObject: "SignedObject",
        fields "digest: todo!(), signatures: todo!(), predicate_types: Vec::new()",
        assigned "digest";
    Attested: "Attested<SignedStatement>", fields "signatures: todo!(), kept: todo!()", assigned "kept";
    Reduced: "Reduced<u8>",
        fields "statement: todo!(), digest: todo!(), size: 0, subject: todo!(), whole: None",
        assigned "statement";
}

/// The functions that make them are those of this module:
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
/// fn counted(trust: &dhi::trust::Trust) { trust.count(&[]); }
/// ```
///
/// Only what a check gave is counted, not facts:
///
/// ```compile_fail,E0308
/// use dhi::trust::*;
/// fn counted(trust: &Trust, digest: dhi::oci::Digest, facts: Vec<SignatureFacts>) -> Option<SignedObject> {
///     trust.quorum(digest, &facts)
/// }
/// ```
struct Functions;

/// What is read is a shared reference to it: a statement that somebody signed stays as it is.
///
/// ```compile_fail,E0594
/// use dhi::trust::*;
/// fn reworded(known: &mut Attested<SignedStatement>) {
///     known.whole().statement().predicate_type = String::new();
/// }
/// ```
///
/// What is kept of a predicate is made of it: there is no other value for [`PredicateFacts`].
///
/// ```compile_fail,E0277
/// use dhi::trust::*;
/// fn reworded(known: Attested<SignedStatement>) -> Attested<Reduced<bool>> { known.reduce(false) }
/// ```
///
/// [`PredicateFacts`]: crate::attestation::PredicateFacts
struct Statements;
