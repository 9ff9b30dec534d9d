//! Signing certificates of keyless signatures (Fulcio).
//!
//! A certificate counts only if every certificate of the chain, up to an authority of the trusted root, was valid at
//! the time in question. An expired intermediate or authority invalidates it.

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use sigstore_verify::crypto::{
    CertificateInfo, KeyAlgorithm, WEBPKI_VERIFICATION_ALGS, parse_certificate_info,
};
use sigstore_verify::trust_root::CertificateAuthority;
use sigstore_verify::types::DerCertificate;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::{Error, PublicKey, TrustedRoot};
use crate::limits::{Exceeded, Limits};
use jiff::Timestamp;

/// Extended key usage `codeSigning` (RFC 5280 4.2.1.12), DER without tag and length.
const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];

/// Fulcio's type of `otherName`.
const USER_NAME: &str = "1.3.6.1.4.1.57264.1.7";

/// A claim of a certificate about the GitHub workflow that it was issued to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorkflowClaim {
    /// The event that started the workflow, such as `push`.
    WorkflowTrigger,
    /// The commit.
    WorkflowSha,
    /// The display name of the workflow.
    WorkflowName,
    /// `OWNER/REPOSITORY`.
    WorkflowRepository,
    /// The branch or tag, such as `refs/heads/main`.
    WorkflowRef,
}

impl WorkflowClaim {
    /// The name in options and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WorkflowTrigger => "github-workflow-trigger",
            Self::WorkflowSha => "github-workflow-sha",
            Self::WorkflowName => "github-workflow-name",
            Self::WorkflowRepository => "github-workflow-repository",
            Self::WorkflowRef => "github-workflow-ref",
        }
    }
}

/// A signing certificate as fetched, with the certificates that came with it. Not trusted.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    leaf: DerCertificate,
    /// Certificates between it and the authority, without roots.
    intermediates: Vec<DerCertificate>,
    info: Box<CertificateInfo>,
    identity: String,
    issuer: String,
}

impl Certificate {
    /// Reads a chain in DER, leaf first.
    pub(super) fn from_der(chain: Vec<DerCertificate>, limits: &Limits) -> Result<Self, Error> {
        let unreadable = |cause: String| Error::Unreadable { cause };
        if chain.len() > limits.certificates {
            let what = format!("chain of {} certificates", chain.len());
            return Err(Error::Limit(Exceeded::new(what, limits.certificates, "certificates")));
        }
        let mut chain = chain.into_iter();
        let leaf = chain.next().ok_or_else(|| unreadable("there is no signing certificate".to_owned()))?;
        let info = parse_certificate_info(&leaf)
            .map_err(|error| unreadable(format!("the signing certificate: {error}")))?;
        Ok(Self {
            intermediates: chain.collect(),
            identity: match &info.identity {
                Some(identity) => identity.to_string(),
                None => other_name(&leaf).unwrap_or_default(),
            },
            issuer: info.issuer.clone().unwrap_or_default(),
            info: Box::new(info),
            leaf,
        })
    }

    /// Reads cosign's annotations: one PEM certificate, and the PEM certificates that issued it.
    pub(super) fn from_pem(leaf: &str, chain: Option<&str>, limits: &Limits) -> Result<Self, Error> {
        let unreadable = |cause: String| Error::Unreadable { cause };
        let mut all = pem_certificates(leaf)?;
        if all.len() != 1 {
            return Err(unreadable(format!("{} PEM blocks where one certificate is expected", all.len())));
        }
        all.extend(pem_certificates(chain.unwrap_or_default())?);
        let mut read = Self::from_der(all, limits)?;
        // cosign includes the root. Only roots of the trusted root count, so it is dropped.
        read.intermediates.retain(|certificate| !is_self_issued(certificate));
        Ok(read)
    }

    /// Whether a root is among the certificates that came with it. Bundles must not have one.
    pub(super) fn includes_root(&self) -> bool {
        self.intermediates.iter().any(is_self_issued)
    }

    /// The identity; empty if it has none.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// The OIDC issuer of the identity; empty if it has none.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A claim about the workflow. Today's certificates have two extensions for it, older ones only the deprecated one.
    pub(super) fn claim(&self, claim: WorkflowClaim) -> Option<&String> {
        let (old, new) = (&self.info.ci_claims.deprecated_github, &self.info.ci_claims);
        match claim {
            WorkflowClaim::WorkflowTrigger => old.workflow_trigger.as_ref().or(new.build_trigger.as_ref()),
            WorkflowClaim::WorkflowSha => old.workflow_sha.as_ref().or(new.source_repository_digest.as_ref()),
            WorkflowClaim::WorkflowName => old.workflow_name.as_ref(),
            WorkflowClaim::WorkflowRepository => old.workflow_repository.as_ref(),
            WorkflowClaim::WorkflowRef => old.workflow_ref.as_ref().or(new.source_repository_ref.as_ref()),
        }
    }

    /// The key in it. It is trusted only after [`Certificate::check`].
    pub(super) fn key(&self) -> Result<PublicKey, Error> {
        PublicKey::from_spki(&self.info.public_key, "signing certificate").map_err(|error| match error {
            // The certificate came with the image: this is not an error in a file of the user.
            Error::KeyFile { cause, .. } | Error::KeyEncoding { cause, .. } => {
                Error::Certificate { cause: format!("its key is not read: {cause}") }
            }
            other => other,
        })
    }

    /// The name of the key's algorithm.
    pub(super) fn algorithm(&self) -> &'static str {
        match self.info.key_algorithm {
            KeyAlgorithm::EcdsaP256 => "ecdsa-p256",
            KeyAlgorithm::EcdsaP384 => "ecdsa-p384",
            KeyAlgorithm::Rsa => "rsa",
            KeyAlgorithm::Ed25519 => "ed25519",
            _ => "unknown",
        }
    }

    /// The certificates, leaf first.
    pub(super) fn chain(&self) -> impl Iterator<Item = &DerCertificate> {
        std::iter::once(&self.leaf).chain(&self.intermediates)
    }

    pub(super) fn leaf(&self) -> &DerCertificate {
        &self.leaf
    }

    pub(super) fn info(&self) -> &CertificateInfo {
        &self.info
    }

    /// Checks that an authority of the trusted root issued the certificate, that every certificate of the chain and the
    /// authority were valid at `time`, and that the certificate is for code signing.
    pub(super) fn check(&self, root: &TrustedRoot, time: Timestamp) -> Result<(), Error> {
        let wrong = |cause: String| Error::Certificate { cause };
        let at = u64::try_from(time.as_second()).map_err(|_| wrong("its time is out of range".to_owned()))?;
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
        let leaf = CertificateDer::from(self.leaf.as_bytes());
        let leaf = EndEntityCert::try_from(&leaf).map_err(|error| wrong(error.to_string()))?;
        let mut last = None;
        for authority in root.authorities() {
            if authority.valid_for.is_some_and(|window| !window.contains(time)) {
                continue;
            }
            match self.check_with(&leaf, authority, at, time) {
                Ok(()) => return Ok(()),
                Err(cause) => last = Some(cause),
            }
        }
        Err(wrong(last.unwrap_or_else(|| {
            format!("no certificate authority of the trusted root ({}) is valid at {time}", root.origin())
        })))
    }

    fn check_with(
        &self,
        leaf: &EndEntityCert<'_>,
        authority: &CertificateAuthority,
        at: UnixTime,
        time: Timestamp,
    ) -> Result<(), String> {
        let Some((top, between)) = authority.cert_chain.certificates.split_last() else {
            return Err("a certificate authority without certificates".to_owned());
        };
        // webpki does not check the dates of a trust anchor, so this does. Only the dates are read: an authority's
        // certificate need not have an identity or a key that this program supports.
        let (not_before, not_after) = validity(&top.raw_bytes)?;
        if time < not_before || time > not_after {
            return Err(format!("the authority's certificate is valid from {not_before} to {not_after}"));
        }
        let top = CertificateDer::from(top.raw_bytes.as_bytes());
        let anchor: TrustAnchor<'_> = anchor_from_trusted_cert(&top).map_err(|error| error.to_string())?;
        let intermediates: Vec<CertificateDer<'_>> = between
            .iter()
            .map(|certificate| &certificate.raw_bytes)
            .chain(&self.intermediates)
            .map(|certificate| CertificateDer::from(certificate.as_bytes()))
            .collect();
        leaf.verify_for_usage(
            WEBPKI_VERIFICATION_ALGS,
            &[anchor],
            &intermediates,
            at,
            KeyUsage::required(CODE_SIGNING),
            None,
            None,
        )
        .map(|_| ())
        .map_err(|error| format!("at {time}: {error}"))
    }
}

fn validity(certificate: &DerCertificate) -> Result<(Timestamp, Timestamp), String> {
    use x509_cert::der::Decode;
    let parsed =
        x509_cert::Certificate::from_der(certificate.as_bytes()).map_err(|error| error.to_string())?;
    let validity = parsed.tbs_certificate.validity;
    let time = |time: x509_cert::time::Time| {
        Timestamp::try_from(time.to_system_time()).map_err(|error| error.to_string())
    };
    Ok((time(validity.not_before)?, time(validity.not_after)?))
}

/// The user name in an `otherName` of Fulcio's type, for issuers whose names are neither email addresses nor URIs.
fn other_name(leaf: &DerCertificate) -> Option<String> {
    use x509_cert::der::Decode;
    use x509_cert::der::asn1::Utf8StringRef;
    use x509_cert::ext::pkix::SubjectAltName;
    use x509_cert::ext::pkix::name::GeneralName;
    let leaf = x509_cert::Certificate::from_der(leaf.as_bytes()).ok()?;
    let (_, names) = leaf.tbs_certificate.get::<SubjectAltName>().ok()??;
    names.0.iter().find_map(|name| match name {
        GeneralName::OtherName(other) if other.type_id.to_string() == USER_NAME => {
            other.value.decode_as::<Utf8StringRef<'_>>().ok().map(|name| name.to_string())
        }
        _ => None,
    })
}

fn is_self_issued(certificate: &DerCertificate) -> bool {
    use x509_cert::der::Decode;
    x509_cert::Certificate::from_der(certificate.as_bytes())
        .is_ok_and(|parsed| parsed.tbs_certificate.subject == parsed.tbs_certificate.issuer)
}

/// The certificates of a text with PEM blocks.
fn pem_certificates(text: &str) -> Result<Vec<DerCertificate>, Error> {
    const END: &str = "-----END CERTIFICATE-----";
    let mut certificates = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(END).map_or(rest.len(), |at| at + END.len());
        let (block, after) = rest.split_at(end);
        certificates.push(
            DerCertificate::from_pem(block)
                .map_err(|error| Error::Unreadable { cause: format!("a certificate: {error}") })?,
        );
        rest = after.trim();
    }
    Ok(certificates)
}
