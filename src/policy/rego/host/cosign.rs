//! Functions about signatures, answered from what was verified: no signature is verified again, and none is fetched.
//!
//! A success says that a key made a signature that verified. An option never weakens what was verified. A key or an
//! object that was not asked about when the image was verified has no answer.

use regorus::Value;

use super::image_values::ImageValues;
use super::reply::{Reply, error, text};
use crate::oci::Reference;
use crate::policy::facts::{
    AttestationStatus, ImageFacts, RootSignatureFacts, SignerFacts, UnknownCause, UnknownKind,
};
use crate::trust::{Error, TrustedKey};

/// URLs of Docker's current key.
const LATEST: [&str; 2] =
    ["https://dhi.io/keyring/latest.pub", "https://registry.scout.docker.com/keyring/dhi/latest.pub"];

/// The options that are known. Others may ask for more than was verified.
const OPTIONS: [&str; 5] = ["key_ref", "ignore_sct", "ignore_tlog", "check_claims", "experimental_oci11"];

/// The keys of Docker that a URL can name.
#[derive(Clone, Copy)]
enum Key {
    /// The current one: any key of hardened images but the disabled one.
    Latest,
    /// The first, which is disabled.
    Dhi1,
    /// The second.
    Dhi2,
}

/// What a policy asks of a signature.
struct Asked {
    key: Key,
    needs_log: bool,
}

/// `cosign.verify_image(ref, opts)`: `{}` or `{error}`.
pub(super) fn verify_image(host: &ImageValues, arguments: &[Value]) -> Reply {
    match (text(arguments, 0), asked(arguments)) {
        (Ok(reference), Ok(asked)) => verify(&host.facts, reference, &asked).reply(),
        (Err(reply), _) => reply,
        (_, Err(cause)) => Reply::unanswered(cause),
    }
}

/// `cosign.verify_images(refs, opts)`: an object with one entry for each reference, in every case. A rule over a
/// missing entry would not fire.
pub(super) fn verify_images(host: &ImageValues, arguments: &[Value]) -> Reply {
    let references: Vec<&Value> = match arguments.first() {
        Some(Value::Array(references)) => references.iter().collect(),
        Some(Value::Set(references)) => references.iter().collect(),
        _ => return Reply::unanswered("argument 1 is not an array of references"),
    };
    let asked = asked(arguments);
    let mut all = Value::new_object();
    let mut unanswered = None;
    for reference in references {
        let outcome = match (&asked, reference.as_string()) {
            (Err(cause), _) => Outcome::Unanswered(cause.as_str().into()),
            (_, Err(_)) => Outcome::Unanswered("a reference is not a text".into()),
            (Ok(asked), Ok(text)) => verify(&host.facts, text, asked),
        };
        let (value, cause) = outcome.reply().into_parts();
        unanswered = unanswered.or(cause);
        if let Ok(members) = all.as_object_mut() {
            members.insert(reference.clone(), value);
        }
    }
    match unanswered {
        Some(cause) => Reply::partial(all, cause),
        None => Reply::given(all),
    }
}

/// `cosign.verify_dsse(envelope, opts)`: whether the key signed the statement in the envelope.
pub(super) fn verify_dsse(host: &ImageValues, arguments: &[Value]) -> Reply {
    let asked = match asked(arguments) {
        Ok(asked) => asked,
        Err(cause) => return Reply::unanswered(cause),
    };
    let Some(payload) = payload(arguments.first()) else {
        return Reply::unanswered("argument 1 is not an envelope with a base64 `payload`");
    };
    let same = host.facts.attestations.iter().find(|attestation| {
        let statement = attestation.statement.as_ref();
        attestation.status == AttestationStatus::Verified
            && statement.is_some_and(|statement| statement.get().trim() == payload.trim())
    });
    match same {
        Some(attestation) => signed_by(&host.facts, &attestation.signers, &asked).reply(),
        None => Reply::unanswered("no verified attestation of the image has this statement"),
    }
}

/// The payload of a DSSE envelope, an object or its JSON text.
fn payload(envelope: Option<&Value>) -> Option<String> {
    use base64::Engine as _;
    let parsed;
    let envelope = match envelope? {
        Value::String(text) => {
            parsed = Value::from_json_str(text).ok()?;
            &parsed
        }
        envelope => envelope,
    };
    let payload = envelope.as_object().ok()?.get(&Value::from("payload"))?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(&**payload.as_string().ok()?).ok()?;
    String::from_utf8(bytes).ok()
}

/// The outcome for one object.
enum Outcome {
    Signed,
    NotSigned(String),
    Unanswered(UnknownCause),
}

impl Outcome {
    fn reply(self) -> Reply {
        match self {
            Self::Signed => Reply::given(Value::new_object()),
            Self::NotSigned(cause) => Reply::given(error(&cause)),
            Self::Unanswered(cause) => Reply::unanswered(cause),
        }
    }
}

/// What the options ask for.
fn asked(arguments: &[Value]) -> Result<Asked, String> {
    let options = arguments.get(1).and_then(|options| options.as_object().ok());
    let options = options.ok_or_else(|| "the options are not an object".to_owned())?;
    let mut needs_log = true;
    let mut key = None;
    for (name, value) in options.iter() {
        let name = name.as_string().map(ToString::to_string).unwrap_or_default();
        match (name.as_str(), value) {
            ("key_ref", Value::String(url)) => key = Some(key_of(url)?),
            ("ignore_tlog", Value::Bool(ignore)) => needs_log = !ignore,
            (known, Value::Bool(_)) if OPTIONS.contains(&known) => {}
            _ => return Err(format!("the option `{name}` is not known")),
        }
    }
    let key = key.ok_or_else(|| "the options have no `key_ref`".to_owned())?;
    Ok(Asked { key, needs_log })
}

fn key_of(url: &str) -> Result<Key, String> {
    match url {
        url if LATEST.contains(&url) => Ok(Key::Latest),
        "https://dhi.io/keyring/2.pub" => Ok(Key::Dhi2),
        "https://dhi.io/keyring/1.pub" => Ok(Key::Dhi1),
        _ => Err(format!("only keys of Docker Hardened Images are known, not `{url}`")),
    }
}

fn verify(facts: &ImageFacts, reference: &str, asked: &Asked) -> Outcome {
    let of_base = facts.base.iter().flat_map(|base| &base.attestations);
    let attestation = facts.attestations.iter().chain(of_base).find(|known| known.image == reference);
    if let Some(attestation) = attestation {
        return match &attestation.status {
            AttestationStatus::Verified => signed_by(facts, &attestation.signers, asked),
            AttestationStatus::Failed(cause) => not_signed(facts, asked, cause.clone()),
            AttestationStatus::NotJudged(cause) => {
                Outcome::Unanswered(UnknownCause::new(UnknownKind::NotJudged, cause.clone()))
            }
        };
    }
    if !is_root(facts, reference) {
        return Outcome::Unanswered("only the image and its attestations were verified".into());
    }
    match &facts.root.signature {
        RootSignatureFacts::Signed(signers) => signed_by(facts, signers, asked),
        RootSignatureFacts::Absent => Outcome::NotSigned("there is no signature".to_owned()),
        RootSignatureFacts::Failed(cause) => not_signed(facts, asked, cause.clone()),
        RootSignatureFacts::Unknown(cause) => Outcome::Unanswered(cause.clone()),
    }
}

/// Whether a reference names the object that the reference of the image resolved to.
fn is_root(facts: &ImageFacts, reference: &str) -> bool {
    let (Ok(asked), Ok(own)) = (reference.parse::<Reference>(), facts.reference.parse::<Reference>()) else {
        return false;
    };
    let is_root = match asked.digest {
        Some(digest) => digest == facts.root.digest,
        None => asked == own,
    };
    asked.repository == own.repository && is_root
}

/// No signature by the key was found. If the key was not tried, that says nothing.
fn not_signed(facts: &ImageFacts, asked: &Asked, cause: String) -> Outcome {
    match facts.tried_dhi_keys.iter().any(|id| asked.key.has_id(id)) {
        true => Outcome::NotSigned(cause),
        false => Outcome::Unanswered(UnknownCause::new(
            UnknownKind::KeyNotTried,
            "the signatures were not tried with this key of Docker",
        )),
    }
}

fn signed_by(facts: &ImageFacts, signers: &[SignerFacts], asked: &Asked) -> Outcome {
    let by_key: Vec<&SignerFacts> = signers.iter().filter(|signer| asked.key.is_of(signer)).collect();
    let logs: Vec<&str> = by_key.iter().map(|signer| signer.log.as_str()).collect();
    if by_key.is_empty() {
        let names: Vec<&str> = signers.iter().map(|signer| signer.name.as_str()).collect();
        let cause = format!("it is signed by {} and not by this key", names.join(", "));
        return not_signed(facts, asked, cause);
    }
    if !asked.needs_log || logs.contains(&"proven") {
        Outcome::Signed
    } else if logs.iter().all(|log| *log == "absent") {
        Outcome::NotSigned("the signature has no entry in a transparency log".to_owned())
    } else {
        Outcome::Unanswered("the entry in the transparency log was not verified".into())
    }
}

impl Key {
    fn is_of(self, signer: &SignerFacts) -> bool {
        signer.is_dhi
            && match &signer.key_id {
                Some(id) => self.has_id(id),
                None => matches!(self, Self::Latest),
            }
    }

    /// Whether the key of Docker with this ID is it.
    fn has_id(self, id: &str) -> bool {
        let is = |key: Result<TrustedKey, Error>| key.is_ok_and(|key| key.key.id().to_string() == id);
        match self {
            Self::Latest => !is(TrustedKey::dhi_1()),
            Self::Dhi1 => is(TrustedKey::dhi_1()),
            Self::Dhi2 => is(TrustedKey::dhi_2()),
        }
    }
}
