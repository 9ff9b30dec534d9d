//! Authentication at registries: answers challenges with basic authentication or with tokens of a token server.
//!
//! Invariants: a token is requested for one repository and sent only to its registry. Credentials are sent only to the
//! registry itself or to a token server that [`super::realm`] trusts.
//!
//! Source: Docker's token authentication specification, RFC 6750.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::challenge::{self, Scheme};
use super::credentials::Credentials;
use super::login::Login;
use super::realm::{AllowedRealms, RealmTrust};
use super::retry_error::RetryError;
use crate::oci::reference::RemoteName;
use crate::registry::limits::{CHALLENGE, SCOPES};
use crate::registry::mutex::lock;
use crate::registry::transport::{
    Authorization, Expected, HttpRequest, HttpResponse, Payload, Profile, Redirects, StatusClass, Transport,
    displayable,
};
use crate::registry::urls::DisplayUrl;
use crate::registry::{ChallengeCache, Error, Secret};

/// The `client_id` that is sent to token servers.
const CLIENT_ID: &str = "dhi";
/// The lifetime of a token in seconds. The minimum is the default of the token specification.
const LIFETIME: std::ops::RangeInclusive<u64> = 60..=3600;
/// A token is not used in the last part of its lifetime.
const EXPIRY_MARGIN: Duration = Duration::from_secs(5);

/// The rules for requests to token servers. Redirects are not followed: no token server needs them, and they would
/// bypass the rules for realms.
const TOKEN: Profile =
    Profile { redirects: Redirects::Never, success: &[200], absent: &[], attempts: u32::MAX, time: None };

/// The access that a request needs to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Pull,
    /// Includes pulling.
    Push,
}

/// Answers the challenges of all registries of a run.
pub(super) struct Auth {
    realms: AllowedRealms,
    credentials: Credentials,
    challenge_cache: Arc<dyn ChallengeCache>,
    /// By registry host: the scheme that it demands. `None` where no challenge was received.
    schemes: Mutex<HashMap<String, Option<KnownScheme>>>,
    /// By registry host: a challenge that is cached once the credentials for it are known, and only if it contains none
    /// of them.
    unconfirmed: Mutex<HashMap<String, String>>,
    /// The scopes that the registry named for pulling from a repository.
    pull_scopes: Mutex<HashMap<RemoteName, Vec<String>>>,
    /// By the key that decides the login ([`Credentials::scope`]). A credential helper is run once; its failure is kept
    /// too.
    logins: Mutex<HashMap<String, Arc<LoginCell>>>,
    tokens: Mutex<HashMap<TokenKey, Arc<TokenSlot>>>,
    /// Repositories for which a refused token was renewed.
    renewed: Mutex<HashSet<RemoteName>>,
}

#[derive(Clone, PartialEq, Eq)]
struct KnownScheme {
    scheme: Scheme,
    /// Whether it comes from an earlier run and is not confirmed yet.
    from_cache: bool,
}

/// The repository, token server and scopes of a token.
#[derive(Clone, PartialEq, Eq, Hash)]
struct TokenKey {
    name: RemoteName,
    realm: String,
    service: Option<String>,
    scopes: Vec<String>,
}

/// The login of one host, once it is looked up.
type LoginCell = OnceCell<Result<Option<Login>, Error>>;

/// The result of the last token request. The lock is held during a request.
type TokenSlot = tokio::sync::Mutex<Option<TokenResult>>;

struct TokenResult {
    finished: Instant,
    token: Result<Token, Error>,
}

#[derive(Clone)]
struct Token {
    authorization: Authorization,
    expires: Instant,
}

impl Auth {
    pub(super) fn new(
        realms: AllowedRealms,
        credentials: Credentials,
        hints: Arc<dyn ChallengeCache>,
    ) -> Self {
        Self {
            realms,
            credentials,
            challenge_cache: hints,
            schemes: Mutex::default(),
            unconfirmed: Mutex::default(),
            pull_scopes: Mutex::default(),
            logins: Mutex::default(),
            tokens: Mutex::default(),
            renewed: Mutex::default(),
        }
    }

    /// The `Authorization` for a request with `access` to the repository `name`. `plain` is whether its registry has no
    /// TLS. `None` if no challenge is known, or no credentials for it.
    ///
    /// # Errors
    ///
    /// Where the credentials cannot be read, or the token server is not trusted or refuses.
    pub(super) async fn authorization(
        &self,
        http: &Transport,
        name: &RemoteName,
        access: Access,
        plain: bool,
    ) -> Result<Option<Authorization>, Error> {
        let Some(known) = self.known_scheme(name.host()) else { return Ok(None) };
        let answer = match &known.scheme {
            Scheme::Basic => self.login(http, name).await.map(|login| login.as_ref().and_then(basic_header)),
            Scheme::Bearer { realm, service, .. } => {
                let attempts = if known.from_cache { 1 } else { u32::MAX };
                let key = TokenKey {
                    name: name.clone(),
                    realm: realm.clone(),
                    service: service.clone(),
                    scopes: self.scopes(name, access),
                };
                self.bearer_token(http, key, plain, attempts).await.map(Some)
            }
        };
        let unproven = lock(&self.unconfirmed).remove(name.host());
        if let Some(challenge) = unproven.filter(|text| answer.is_ok() && !http.secrets.is_in(text)) {
            self.challenge_cache.remember_challenge(name.host(), &challenge);
        }
        match answer {
            Err(_) if known.from_cache => {
                // A challenge of an earlier run may be outdated: send the request without it and get the current one.
                lock(&self.schemes).insert(name.host().to_owned(), None);
                Ok(None)
            }
            answer => answer,
        }
    }

    /// Marks the scheme of `host` as confirmed by a successful request.
    pub(super) fn confirm_scheme(&self, host: &str) {
        if let Some(Some(known)) = lock(&self.schemes).get_mut(host) {
            known.from_cache = false;
        }
    }

    /// Forgets the scheme of `host` if it comes from an earlier run and is not confirmed. Returns whether it did.
    pub(super) fn forget_cached_scheme(&self, host: &str) -> bool {
        let mut all = lock(&self.schemes);
        let Some(known) =
            all.get_mut(host).filter(|known| known.as_ref().is_some_and(|known| known.from_cache))
        else {
            return false;
        };
        *known = None;
        true
    }

    /// Forgets the refused token `sent` and returns whether to try a new one. That is allowed once for each repository:
    /// if a new token is refused too, the cause is not the age of the token.
    pub(super) async fn should_renew_token(&self, name: &RemoteName, sent: &Authorization) -> bool {
        let is_token =
            matches!(self.known_scheme(name.host()), Some(KnownScheme { scheme: Scheme::Bearer { .. }, .. }));
        let is_first = is_token && lock(&self.renewed).insert(name.clone());
        if is_first {
            self.forget_token(name, sent).await;
        }
        is_first
    }

    /// Records the challenge in a 401 response to a request with `access` to `name` that was sent with `sent`. Returns
    /// whether it has a supported scheme.
    pub(super) async fn record_challenge(
        &self,
        name: &RemoteName,
        access: Access,
        headers: &HeaderMap,
        sent: Option<&Authorization>,
    ) -> bool {
        if let Some(sent) = sent {
            self.forget_token(name, sent).await;
        }
        let values: Vec<_> = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        let text = values.join(", ");
        let Some(scheme) = challenge::choose(&text) else { return false };
        if let Scheme::Bearer { scopes, .. } = &scheme
            && access == Access::Pull
            && !scopes.is_empty()
            && scopes.len() <= SCOPES
            && text.len() <= CHALLENGE
        {
            lock(&self.pull_scopes).insert(name.clone(), scopes.clone());
        }
        let known = KnownScheme { scheme: without_scopes(scheme), from_cache: false };
        let before = lock(&self.schemes).insert(name.host().to_owned(), Some(known.clone())).flatten();
        let is_new = before.is_none_or(|before| before.scheme != known.scheme);
        if is_new && text.len() <= CHALLENGE {
            lock(&self.unconfirmed).insert(name.host().to_owned(), text);
        }
        true
    }

    /// The scheme that `host` demands, from this run or an earlier one.
    fn known_scheme(&self, host: &str) -> Option<KnownScheme> {
        let mut all = lock(&self.schemes);
        let known = all.entry(host.to_owned()).or_insert_with(|| {
            let text = self.challenge_cache.challenge(host)?;
            let scheme = challenge::choose(&text)?;
            Some(KnownScheme { scheme: without_scopes(scheme), from_cache: true })
        });
        known.clone()
    }

    async fn login(&self, http: &Transport, name: &RemoteName) -> Result<Option<Login>, Error> {
        let cell = lock(&self.logins).entry(self.credentials.scope(name)).or_default().clone();
        let login = cell.get_or_init(|| self.credentials.get(name)).await.clone();
        if let Ok(Some(login)) = &login {
            login.add_to_secrets(&http.secrets);
        }
        login
    }

    /// The scopes of a token. For pulling, those that the registry named. For pushing, this repository only, whatever a
    /// challenge names.
    fn scopes(&self, name: &RemoteName, access: Access) -> Vec<String> {
        let for_repository = |actions: &str| vec![format!("repository:{}:{actions}", name.path())];
        match access {
            Access::Pull => {
                lock(&self.pull_scopes).get(name).cloned().unwrap_or_else(|| for_repository("pull"))
            }
            Access::Push => for_repository("pull,push"),
        }
    }

    async fn bearer_token(
        &self,
        http: &Transport,
        key: TokenKey,
        plain: bool,
        attempts: u32,
    ) -> Result<Authorization, Error> {
        let TokenKey { name, realm, .. } = &key;
        let login = self.login(http, name).await?;
        if let Some(Login::RegistryToken(token)) = &login {
            return bearer_header(token, true).ok_or_else(|| Error::BadContent {
                what: format!("the token for {name} in the login file"),
                cause: "it cannot be sent".to_owned(),
            });
        }
        let refused = |realm: &str| Error::RealmRefused {
            host: name.host().to_owned(),
            realm: displayable(realm, &http.secrets, &[]),
        };
        let Ok(mut url) = realm.parse::<Url>() else {
            return Err(refused(realm.split(['?', '#']).next().unwrap_or_default()));
        };
        url.set_fragment(None);
        let shown = DisplayUrl(&url).to_string();
        let trust = self.realms.trust(name.host(), plain, &url);
        if trust == RealmTrust::Refused {
            return Err(refused(&shown));
        }
        if login.is_some() && trust != RealmTrust::Trusted {
            return Err(refused(&shown));
        }
        let slot = lock(&self.tokens).entry(key.clone()).or_default().clone();

        // One request for all tasks that need the same token. Tasks that waited for it share its failure.
        let arrived = Instant::now();
        let mut flight = slot.lock().await;
        match &*flight {
            Some(TokenResult { token: Ok(token), .. }) if token.expires > Instant::now() => {
                return Ok(token.authorization.clone());
            }
            Some(TokenResult { token: Err(error), finished: ended }) if *ended >= arrived => {
                return Err(error.clone());
            }
            _ => {}
        }
        let trusted = trust == RealmTrust::Trusted;
        let token = fetch_token(http, &key, url, login.as_ref(), trusted, attempts).await;
        let authorization = token.as_ref().map(|token| token.authorization.clone()).map_err(Clone::clone);
        *flight = Some(TokenResult { finished: Instant::now(), token });
        authorization
    }

    /// Forgets a refused token, unless it was replaced already.
    async fn forget_token(&self, name: &RemoteName, sent: &Authorization) {
        let slots: Vec<_> = lock(&self.tokens)
            .iter()
            .filter(|(key, _)| key.name == *name)
            .map(|(_, slot)| slot.clone())
            .collect();
        for slot in slots {
            let mut flight = slot.lock().await;
            if matches!(&*flight, Some(TokenResult { token: Ok(token), .. }) if token.authorization == *sent)
            {
                *flight = None;
            }
        }
    }
}

/// The scheme without scopes: they belong to one repository, the rest of a challenge to the registry.
fn without_scopes(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::Bearer { realm, service, .. } => Scheme::Bearer { realm, service, scopes: Vec::new() },
        Scheme::Basic => Scheme::Basic,
    }
}

pub(super) fn bearer_header(token: &Secret, logged_in: bool) -> Option<Authorization> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose())).ok()?;
    header.set_sensitive(true);
    Some(Authorization { header, secrets: vec![token.clone()], logged_in })
}

/// The header for basic authentication. `None` if the login is a token.
pub(super) fn basic_header(login: &Login) -> Option<Authorization> {
    let Login::Basic { username, password } = login else { return None };
    let pair = STANDARD.encode(format!("{username}:{}", password.expose()));
    let mut header = HeaderValue::try_from(format!("Basic {pair}")).ok()?;
    header.set_sensitive(true);
    Some(Authorization { header, secrets: vec![Secret::new(pair), password.clone()], logged_in: true })
}

#[derive(Deserialize)]
struct Wire {
    token: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<serde_json::Value>,
    expires_in: Option<serde_json::Value>,
}

/// Requests a token from the token server.
async fn fetch_token(
    http: &Transport,
    key: &TokenKey,
    mut url: Url,
    login: Option<&Login>,
    trusted: bool,
    attempts: u32,
) -> Result<Token, Error> {
    let requested_at = Instant::now();
    let host = key.name.host();
    let what = format!("a token for {} from {}", key.name, DisplayUrl(&url));
    let authorization = login.and_then(basic_header);
    let (method, payload, secrets) = if let Some(Login::IdentityToken(token)) = login {
        let scope = key.scopes.join(" ");
        let mut pairs = vec![
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT_ID),
            ("refresh_token", token.expose()),
            ("scope", &scope),
        ];
        pairs.extend(key.service.as_deref().map(|service| ("service", service)));
        // An error message may quote the form, which has the token URL-encoded.
        let written = form_encoded(&[("", token.expose())]);
        let written = written.strip_prefix("=").unwrap_or(&written);
        let payload = Payload {
            media_type: HeaderValue::from_static("application/x-www-form-urlencoded"),
            bytes: form_encoded(&pairs).into(),
        };
        (Method::POST, Some(payload), vec![token.clone(), Secret::new(written)])
    } else {
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(key.service.iter().map(|service| ("service", service)));
            query.extend_pairs(key.scopes.iter().map(|scope| ("scope", scope)));
        }
        (Method::GET, None, Vec::new())
    };
    let request = HttpRequest {
        method,
        url,
        accept: "application/json",
        authorization: authorization.as_ref(),
        payload,
        secrets,
        profile: Profile { attempts, ..TOKEN },
        may_send_login: trusted,
        expected: Expected::AtMost(http.limits.token),
        if_none_match: None,
        sink: None,
    };
    let answer = http
        .send_with_retries(&request)
        .await
        .map_err(|error| RetryError::from_transport(error, host, &what))?;
    let logged_in = login.is_some();
    if answer.class != StatusClass::Success {
        return Err(token_error(host, &what, answer, logged_in));
    }
    let bad = |cause: &str| Error::BadContent { what: what.clone(), cause: cause.to_owned() };
    let wire: Wire = serde_json::from_slice(&answer.body).map_err(|_| bad("the answer is not a token"))?;
    // Unused tokens are secrets too.
    let refresh = wire.refresh_token.as_ref().and_then(serde_json::Value::as_str);
    let tokens = [wire.token.as_deref(), wire.access_token.as_deref(), refresh];
    tokens.into_iter().flatten().for_each(|token| http.secrets.add(token));
    let text = [wire.token, wire.access_token].into_iter().flatten().find(|token| !token.is_empty());
    let text = text.ok_or_else(|| bad("the answer has neither `token` nor `access_token`"))?;
    let authorization =
        bearer_header(&Secret::new(text), logged_in).ok_or_else(|| bad("the token cannot be sent"))?;
    let seconds = wire.expires_in.as_ref().and_then(serde_json::Value::as_u64).unwrap_or_default();
    let lifetime = Duration::from_secs(seconds.clamp(*LIFETIME.start(), *LIFETIME.end()));
    Ok(Token { authorization, expires: requested_at + (lifetime - EXPIRY_MARGIN) })
}

/// The error for a response of a token server without a token. It is never "not found", whatever the status.
fn token_error(host: &str, what: &str, answer: HttpResponse, logged_in: bool) -> Error {
    let (host, what) = (host.to_owned(), what.to_owned());
    match answer.status {
        // OAuth 2 refuses a refresh token with 400.
        401 | 403 => Error::Unauthorized { host, what, answer: answer.text, logged_in },
        400 if logged_in => Error::Unauthorized { host, what, answer: answer.text, logged_in },
        status => Error::Server { host, what, status, answer: answer.text, attempts: answer.attempts },
    }
}

/// `pairs`, URL-encoded as in a query.
fn form_encoded(pairs: &[(&str, &str)]) -> String {
    let encoded = "http://form/".parse::<Url>().ok().and_then(|mut url| {
        url.query_pairs_mut().extend_pairs(pairs);
        url.query().map(str::to_owned)
    });
    encoded.unwrap_or_default()
}
