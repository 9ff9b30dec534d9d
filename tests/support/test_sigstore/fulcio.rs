//! A certificate authority like Fulcio: root, intermediate, and leaf certificates that are valid for minutes and
//! contain the identity from a token issuer.

use der::Encode as _;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyUsagePurpose, SanType,
};

use super::clock::Window;
use super::ct::CtLog;
use super::key::Key;

/// The arc of Fulcio's extensions, 1.3.6.1.4.1.57264.1.
const FULCIO: [u64; 8] = [1, 3, 6, 1, 4, 1, 57264, 1];
/// 1.3.6.1.4.1.11129.2.4.2 (RFC 6962).
const SCT_LIST: [u64; 10] = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];

/// A certificate with its key.
#[derive(Clone)]
pub(crate) struct Certified {
    pub(crate) key: Key,
    pub(crate) der: Vec<u8>,
    params: CertificateParams,
}

impl Certified {
    /// A root that signed itself.
    pub(crate) fn root(organization: &str, name: &str, window: Window) -> Self {
        let (key, params) = (Key::p384(), authority(organization, name, window));
        let der = params.self_signed(key.pair()).unwrap().der().to_vec();
        Self { key, der, params }
    }

    /// An authority below this one, for signers of code alone, as Fulcio's are.
    pub(crate) fn intermediate(&self, organization: &str, name: &str, window: Window) -> Self {
        let (key, mut params) = (Key::p384(), authority(organization, name, window));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let der = self.issue(&params, &key);
        Self { key, der, params }
    }

    /// The holder of a leaf, which is no authority, as one.
    pub(crate) fn usurper(key: &Key, leaf: &[u8], window: Window) -> Self {
        Self { key: key.clone(), der: leaf.to_vec(), params: params(window) }
    }

    /// Any certificate that this authority signs.
    pub(crate) fn issue(&self, params: &CertificateParams, key: &Key) -> Vec<u8> {
        let issuer = Issuer::from_params(&self.params, self.key.pair());
        params.signed_by(key.pair(), &issuer).unwrap().der().to_vec()
    }
}

/// Who a certificate names.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Email(String),
    Uri(String),
    /// A DNS name, which no Sigstore certificate identifies a signer by.
    Dns(String),
    /// Fulcio's `othername`, for user names (1.3.6.1.4.1.57264.1.7).
    Other(String),
}

impl Name {
    /// An e-mail address or URI, whichever it looks like.
    pub(crate) fn of(text: &str) -> Self {
        if text.contains("://") { Self::Uri(text.to_owned()) } else { Self::Email(text.to_owned()) }
    }

    fn san(&self) -> SanType {
        let ia5 = |text: &String| text.as_str().try_into().unwrap();
        match self {
            Self::Email(text) => SanType::Rfc822Name(ia5(text)),
            Self::Uri(text) => SanType::URI(ia5(text)),
            Self::Dns(text) => SanType::DnsName(ia5(text)),
            Self::Other(text) => SanType::OtherName(([&FULCIO[..], &[7]].concat(), text.as_str().into())),
        }
    }
}

/// Promises of the CT log in a certificate.
#[derive(Clone)]
pub(crate) enum Promises {
    /// One of the instance's log, as it must be.
    Proper,
    /// None at all.
    Missing,
    /// One of this log.
    Of(CtLog),
    /// One that was made for another certificate.
    ForAnother,
}

/// What a leaf is to say. [`Leaf::new`] is a good one; each field can be made wrong.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) names: Vec<Name>,
    /// The issuer in extension 1.1, bare text.
    pub(crate) issuer_v1: Option<String>,
    /// The issuer in extension 1.8, a UTF8String.
    pub(crate) issuer_v2: Option<String>,
    pub(crate) workflow: Option<Workflow>,
    pub(crate) window: Window,
    pub(crate) code_signing: bool,
    pub(crate) promises: Promises,
}

impl Leaf {
    /// For a signer whose token came from `issuer` at `time`.
    pub(crate) fn new(identity: &str, issuer: &str, time: Timestamp) -> Self {
        Self {
            names: vec![Name::of(identity)],
            issuer_v1: Some(issuer.to_owned()),
            issuer_v2: Some(issuer.to_owned()),
            workflow: identity.starts_with("https://github.com/").then(Workflow::default),
            window: Window::around(time, 1, 9),
            code_signing: true,
            promises: Promises::Proper,
        }
    }
}

/// What GitHub's token says of a workflow run.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    pub(crate) trigger: String,
    pub(crate) sha: String,
    pub(crate) name: String,
    pub(crate) repository: String,
    pub(crate) reference: String,
}

impl Default for Workflow {
    fn default() -> Self {
        Self {
            trigger: "push".to_owned(),
            sha: "9c0ffee09c0ffee09c0ffee09c0ffee09c0ffee0".to_owned(),
            name: "release".to_owned(),
            repository: "acme/app".to_owned(),
            reference: "refs/heads/main".to_owned(),
        }
    }
}

impl Workflow {
    /// Extensions 1.2 to 1.6, bare text.
    fn bare(&self) -> [(u64, &str); 5] {
        [(2, &self.trigger), (3, &self.sha), (4, &self.name), (5, &self.repository), (6, &self.reference)]
    }

    /// Extensions 1.9 to 1.22, UTF8Strings.
    fn utf8(&self) -> [(u64, String); 14] {
        let source = format!("https://github.com/{}", self.repository);
        let owner = self.repository.split('/').next().unwrap();
        let workflow = format!("{source}/.github/workflows/release.yml@{}", self.reference);
        [
            (9, workflow.clone()),
            (10, self.sha.clone()),
            (11, "github-hosted".to_owned()),
            (12, source.clone()),
            (13, self.sha.clone()),
            (14, self.reference.clone()),
            (15, "123456789".to_owned()),
            (16, format!("https://github.com/{owner}")),
            (17, "987654321".to_owned()),
            (18, workflow),
            (19, self.sha.clone()),
            (20, self.trigger.clone()),
            (21, format!("{source}/actions/runs/1/attempts/1")),
            (22, "public".to_owned()),
        ]
    }
}

/// The authority, with the CT log that it submits to.
#[derive(Clone)]
pub(crate) struct Fulcio {
    pub(crate) root: Certified,
    pub(crate) intermediate: Certified,
    pub(crate) ct: CtLog,
}

impl Fulcio {
    /// An authority whose intermediate is valid in `window`.
    pub(crate) fn new(ct: &CtLog, root: Window, window: Window) -> Self {
        let root = Certified::root("sigstore.test", "sigstore", root);
        let intermediate = root.intermediate("sigstore.test", "sigstore-intermediate", window);
        Self { root, intermediate, ct: ct.clone() }
    }

    /// Issues a certificate for `key`, as DER.
    pub(crate) fn certify(&self, leaf: &Leaf, key: &Key) -> Vec<u8> {
        let mut params = params(leaf.window);
        params.subject_alt_names = leaf.names.iter().map(Name::san).collect();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if leaf.code_signing {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        }
        params.use_authority_key_identifier_extension = true;
        params.custom_extensions = claims(leaf);

        let issuer_spki = self.intermediate.key.spki();
        let promise = |log: &CtLog, params: &CertificateParams| {
            log.promise(&self.intermediate.issue(params, key), &issuer_spki, leaf.window.from)
        };
        let promise = match &leaf.promises {
            Promises::Missing => None,
            Promises::Proper => Some(promise(&self.ct, &params)),
            Promises::Of(log) => Some(promise(log, &params)),
            Promises::ForAnother => {
                let mut another = params.clone();
                another.subject_alt_names = vec![Name::of("another@acme.test").san()];
                Some(promise(&self.ct, &another))
            }
        };
        if let Some(promise) = promise {
            let content = CtLog::extension(&[promise]);
            params.custom_extensions.push(CustomExtension::from_oid_content(&SCT_LIST, content));
        }
        self.intermediate.issue(&params, key)
    }

    /// The intermediate and the root, as DER.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.intermediate.der.clone(), self.root.der.clone()]
    }
}

/// Extensions with what the token said.
fn claims(leaf: &Leaf) -> Vec<CustomExtension> {
    let extension =
        |number: u64, content| CustomExtension::from_oid_content(&[&FULCIO[..], &[number]].concat(), content);
    let bare = |number, text: &str| extension(number, text.as_bytes().to_vec());
    let utf8 = |number, text: &str| extension(number, text.to_owned().to_der().unwrap());

    let mut extensions = Vec::new();
    extensions.extend(leaf.issuer_v1.iter().map(|issuer| bare(1, issuer)));
    if let Some(workflow) = &leaf.workflow {
        extensions.extend(workflow.bare().iter().map(|(number, text)| bare(*number, text)));
    }
    extensions.extend(leaf.issuer_v2.iter().map(|issuer| utf8(8, issuer)));
    if let Some(workflow) = &leaf.workflow {
        extensions.extend(workflow.utf8().iter().map(|(number, text)| utf8(*number, text)));
    }
    extensions
}

fn authority(organization: &str, name: &str, window: Window) -> CertificateParams {
    let mut params = params(window);
    params.distinguished_name.push(DnType::OrganizationName, organization);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Parameters with a window, a fresh serial number and no subject.
pub(crate) fn params(window: Window) -> CertificateParams {
    let date = |time: Timestamp| {
        let seconds = u64::try_from(time.as_second()).unwrap();
        rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds)
    };
    let mut params = CertificateParams::default();
    params.not_before = date(window.from);
    params.not_after = date(window.until);
    params.distinguished_name = DistinguishedName::new();
    // Positive and without leading zeroes, as DER wants it.
    params.serial_number = Some((fastrand::u64(..1 << 62) | (1 << 62)).into());
    params
}
