//! A token server, and the authorization that a registry requires.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use percent_encoding::percent_decode_str;

use super::{Reply, Request};

/// Issued tokens, each with its scopes. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<Inner>);

#[derive(Default)]
struct Inner {
    given: Mutex<Vec<(String, Vec<String>)>>,
    counter: AtomicU64,
    /// The `Authorization` or form value that is required for a token.
    login: Mutex<Option<String>>,
}

/// The authorization that a registry requires.
#[derive(Clone)]
pub(crate) enum Challenge {
    /// `Basic`, with that header value.
    Basic(String),
    /// A token for the repository.
    Bearer { realm: String, service: String, tokens: Tokens },
    /// This challenge for every request.
    Never(String),
}

impl Challenge {
    pub(crate) fn bearer(realm: &str, tokens: &Tokens) -> Self {
        Self::Bearer { realm: realm.to_owned(), service: "scripted".to_owned(), tokens: tokens.clone() }
    }

    /// The refusal of a request to `repository`, unless it is authorized.
    pub(super) fn refuses(&self, request: &Request, repository: &str) -> Option<Reply> {
        let sent = request.header("authorization").unwrap_or_default();
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        let scope = |actions: &str| format!("repository:{repository}:{actions}");
        let value = match self {
            Self::Basic(login) if sent == login => return None,
            Self::Basic(_) => r#"Basic realm="scripted""#.to_owned(),
            Self::Bearer { tokens, .. } if tokens.allow(sent, &scope("pull,push")) => return None,
            Self::Bearer { tokens, .. } if reads && tokens.allow(sent, &scope("pull")) => return None,
            Self::Bearer { realm, service, .. } => {
                let scope = scope(if reads { "pull" } else { "pull,push" });
                format!(r#"Bearer realm="{realm}",service="{service}",scope="{scope}""#)
            }
            Self::Never(value) => value.clone(),
        };
        let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
        Some(Reply::json(401, body).header("WWW-Authenticate", &value))
    }
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Issues tokens only for this login: an `Authorization` value, or a `refresh_token`.
    pub(crate) fn only_for(&self, login: &str) {
        *self.0.login.lock().unwrap() = Some(login.to_owned());
    }

    /// Invalidates all tokens issued so far.
    pub(crate) fn revoke(&self) {
        self.0.given.lock().unwrap().clear();
    }

    /// All valid tokens.
    pub(crate) fn given(&self) -> Vec<(String, Vec<String>)> {
        self.0.given.lock().unwrap().clone()
    }

    fn allow(&self, sent: &str, scope: &str) -> bool {
        let given = self.0.given.lock().unwrap();
        given
            .iter()
            .any(|(token, scopes)| sent == format!("Bearer {token}") && scopes.iter().any(|own| own == scope))
    }

    pub(super) fn answer(&self, request: &Request) -> Reply {
        let pairs = if request.method == "POST" { &request.body } else { request.query() };
        let pairs: Vec<(String, String)> = pairs
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect();
        let value = |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        if let Some(login) = &*self.0.login.lock().unwrap() {
            let shown = [request.header("authorization").map(str::to_owned), value("refresh_token")];
            if !shown.iter().flatten().any(|shown| shown == login) {
                return Reply::json(401, r#"{"details":"incorrect username or password"}"#);
            }
        }
        let scopes = pairs.iter().filter(|(name, _)| name == "scope").flat_map(|(_, scope)| scope.split(' '));
        let scopes = scopes.map(str::to_owned).collect();
        let token = format!("token-{}", self.0.counter.fetch_add(1, Ordering::SeqCst));
        let member = if request.method == "POST" { "access_token" } else { "token" };
        let body = format!(r#"{{"{member}":"{token}","expires_in":300}}"#);
        self.0.given.lock().unwrap().push((token, scopes));
        Reply::json(200, body)
    }
}

/// The value of a form.
fn decoded(value: &str) -> String {
    percent_decode_str(&value.replace('+', " ")).decode_utf8().unwrap().into_owned()
}
