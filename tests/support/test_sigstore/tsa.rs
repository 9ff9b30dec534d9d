//! A timestamp authority (RFC 3161), which signs any time that a test sets.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, GeneralizedTime, Int, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode as _, DerOrd, Encode, Sequence};
use jiff::Timestamp;
use rcgen::{CustomExtension, DnType, IsCa, KeyUsagePurpose};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::clock::Window;
use super::fulcio::{Certified, params};
use super::key::{Key, sha256};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// The policy in tokens of Sigstore's authorities.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.2");

/// A timestamp authority: a leaf below a root of its own.
#[derive(Clone)]
pub(crate) struct Tsa {
    pub(crate) root: Certified,
    pub(crate) leaf: Vec<u8>,
    key: Key,
}

impl Tsa {
    /// An authority whose own certificate is valid in `window`.
    pub(crate) fn new(root: Window, window: Window) -> Self {
        let root = Certified::root("sigstore.test", "sigstore-tsa-root", root);
        let key = Key::p256();
        let mut leaf = params(window);
        leaf.distinguished_name.push(DnType::OrganizationName, "sigstore.test");
        leaf.distinguished_name.push(DnType::CommonName, "sigstore-tsa");
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.use_authority_key_identifier_extension = true;
        leaf.custom_extensions = vec![only_time_stamping()];
        let leaf = root.issue(&leaf, &key);
        Self { root, leaf, key }
    }

    /// The leaf and the root, as DER.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.leaf.clone(), self.root.der.clone()]
    }

    /// The response (`TimeStampResp`) for this signature at `time`.
    pub(crate) fn stamp(&self, signature: &[u8], time: Timestamp) -> Vec<u8> {
        let seconds = u64::try_from(time.as_second()).unwrap();
        let info = TstInfo {
            version: 1,
            policy: POLICY,
            message_imprint: MessageImprint::of(signature),
            serial_number: Int::new(&(fastrand::u64(..1 << 62) | (1 << 62)).to_be_bytes()).unwrap(),
            gen_time: GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(seconds)).unwrap(),
        };
        let info = info.to_der().unwrap();
        let response = TimeStampResp {
            status: PkiStatusInfo { status: 0 },
            token: ContentInfo { content_type: SIGNED_DATA, content: any(&self.sign(&info)) },
        };
        response.to_der().unwrap()
    }

    fn sign(&self, info: &[u8]) -> SignedData {
        let certificate = Certificate::from_der(&self.leaf).unwrap();
        let essential =
            SigningCertificateV2 { certificates: vec![EssCertIdV2 { hash: octets(&sha256(&self.leaf)) }] };
        let attributes = SetOfVec::try_from(vec![
            attribute(CONTENT_TYPE, &TST_INFO),
            attribute(MESSAGE_DIGEST, &octets(&sha256(info))),
            attribute(SIGNING_CERTIFICATE_V2, &essential),
        ])
        .unwrap();
        let signature = self.key.sign(&attributes.to_der().unwrap());
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: certificate.tbs_certificate.issuer.clone(),
                serial_number: certificate.tbs_certificate.serial_number.clone(),
            }),
            digest_alg: algorithm(SHA256),
            signed_attrs: Some(attributes),
            signature_algorithm: algorithm(ECDSA_SHA256),
            signature: octets(&signature),
            unsigned_attrs: None,
        };
        SignedData {
            version: CmsVersion::V3,
            digest_algorithms: set(algorithm(SHA256)),
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: TST_INFO,
                econtent: Some(any(&octets(info))),
            },
            certificates: Some(CertificateSet(set(CertificateChoices::Certificate(certificate)))),
            crls: None,
            signer_infos: SignerInfos(set(signer)),
        }
    }
}

/// The request of a client (`TimeStampReq`) for a token with the certificate.
pub(crate) fn request(signature: &[u8]) -> Vec<u8> {
    let request = TimeStampReq { version: 1, message_imprint: MessageImprint::of(signature), cert_req: true };
    request.to_der().unwrap()
}

/// RFC 3161 requires a critical extended key usage with one purpose; that of rcgen is not critical.
fn only_time_stamping() -> CustomExtension {
    const EXTENDED_KEY_USAGE: [u64; 4] = [2, 5, 29, 37];
    let usages = vec![ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8")];
    let mut extension = CustomExtension::from_oid_content(&EXTENDED_KEY_USAGE, usages.to_der().unwrap());
    extension.set_criticality(true);
    extension
}

/// RFC 3161, 2.4.2, without what is optional.
#[derive(Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: GeneralizedTime,
}

#[derive(Sequence)]
struct MessageImprint {
    hash_algorithm: AlgorithmIdentifierOwned,
    hashed_message: OctetString,
}

impl MessageImprint {
    fn of(signature: &[u8]) -> Self {
        Self { hash_algorithm: algorithm(SHA256), hashed_message: octets(&sha256(signature)) }
    }
}

#[derive(Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    cert_req: bool,
}

#[derive(Sequence)]
struct TimeStampResp {
    status: PkiStatusInfo,
    token: ContentInfo,
}

#[derive(Sequence)]
struct PkiStatusInfo {
    status: u8,
}

/// RFC 5816, with the algorithm that is the default: SHA-256.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<EssCertIdV2>,
}

#[derive(Sequence)]
struct EssCertIdV2 {
    hash: OctetString,
}

fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> Attribute {
    Attribute { oid, values: set(any(value)) }
}

fn octets(bytes: &[u8]) -> OctetString {
    OctetString::new(bytes).unwrap()
}

fn any(value: &impl Encode) -> Any {
    Any::from_der(&value.to_der().unwrap()).unwrap()
}

fn set<T: DerOrd>(one: T) -> SetOfVec<T> {
    SetOfVec::try_from(vec![one]).unwrap()
}
