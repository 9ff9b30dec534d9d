//! `trusted_root.json`: the authorities that a verifier trusts, and for which times.

use serde_json::{Value, json};

use super::clock::Window;
use super::fulcio::Fulcio;
use super::key::{Key, base64};
use super::log::Log;
use super::tsa::Tsa;

/// A trusted root. What it lists can be chosen and changed.
#[derive(Clone)]
pub(crate) struct TrustedRoot {
    pub(crate) logs: Vec<(Log, Window)>,
    pub(crate) authorities: Vec<(Vec<Vec<u8>>, Window)>,
    pub(crate) ct_logs: Vec<(Key, Window)>,
    pub(crate) timestamp_authorities: Vec<(Vec<Vec<u8>>, Window)>,
}

impl TrustedRoot {
    /// Without authorities.
    pub(crate) fn empty() -> Self {
        Self {
            logs: Vec::new(),
            authorities: Vec::new(),
            ct_logs: Vec::new(),
            timestamp_authorities: Vec::new(),
        }
    }

    pub(crate) fn with_log(mut self, log: &Log, window: Window) -> Self {
        self.logs.push((log.clone(), window));
        self
    }

    /// Trusts an authority and the CT log that it submits to.
    pub(crate) fn with_fulcio(mut self, fulcio: &Fulcio, window: Window) -> Self {
        self.authorities.push((fulcio.chain(), window));
        self.ct_logs.push((fulcio.ct.key.clone(), window));
        self
    }

    pub(crate) fn with_tsa(mut self, tsa: &Tsa, window: Window) -> Self {
        self.timestamp_authorities.push((tsa.chain(), window));
        self
    }

    /// The document.
    pub(crate) fn json(&self) -> String {
        let public_key = |key: &Key, window: &Window| {
            json!({
                "rawBytes": base64(&key.spki()),
                "keyDetails": key.details(),
                "validFor": valid_for(window),
            })
        };
        let logs = self.logs.iter().map(|(log, window)| {
            json!({
                "baseUrl": format!("https://{}", log.origin),
                "hashAlgorithm": "SHA2_256",
                "publicKey": public_key(&log.key, window),
                "logId": {"keyId": base64(&log.id())},
            })
        });
        let ct_logs = self.ct_logs.iter().map(|(key, window)| {
            json!({
                "baseUrl": "https://ctfe.sigstore.test/test",
                "hashAlgorithm": "SHA2_256",
                "publicKey": public_key(key, window),
                "logId": {"keyId": base64(&key.id())},
            })
        });
        let authority = |name: &str, host: &str, (chain, window): &(Vec<Vec<u8>>, Window)| {
            let chain: Vec<Value> = chain.iter().map(|der| json!({"rawBytes": base64(der)})).collect();
            json!({
                "subject": {"organization": "sigstore.test", "commonName": name},
                "uri": format!("https://{host}"),
                "certChain": {"certificates": chain},
                "validFor": valid_for(window),
            })
        };
        let authorities =
            self.authorities.iter().map(|one| authority("sigstore", "fulcio.sigstore.test", one));
        let timestamp_authorities = self
            .timestamp_authorities
            .iter()
            .map(|one| authority("sigstore-tsa", "timestamp.sigstore.test/api/v1/timestamp", one));
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": logs.collect::<Vec<_>>(),
            "certificateAuthorities": authorities.collect::<Vec<_>>(),
            "ctlogs": ct_logs.collect::<Vec<_>>(),
            "timestampAuthorities": timestamp_authorities.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

fn valid_for(window: &Window) -> Value {
    json!({"start": window.from.to_string(), "end": window.until.to_string()})
}
