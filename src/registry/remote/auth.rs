//! A token is got for one repository of one registry and sent nowhere else; credentials are shown only to the
//! registry itself or to a token server that [`super::realm`] trusts.

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

/// How this client names itself to token servers.
const CLIENT_ID: &str = "dhi";
/// How long a token is used: at least what the token specification promises when nothing is said, in seconds.
const LIFETIME: std::ops::RangeInclusive<u64> = 60..=3600;
/// A token is given up so long before its end.
const EXPIRY_MARGIN: Duration = Duration::from_secs(5);

/// How token servers are asked. Redirects are not followed: no token server needs them, and each would be a way around
/// the rules for realms.
const TOKEN: Profile =
    Profile { redirects: Redirects::Never, success: &[200], absent: &[], attempts: u32::MAX, time: None };

/// What a request wants to do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Pull,
    /// Pulling too.
    Push,
}

/// Answers the challenges of all registries of a run.
pub(super) struct Auth {
    realms: AllowedRealms,
    credentials: Credentials,
    challenge_cache: Arc<dyn ChallengeCache>,
    /// By registry host: what it wants. `None` where nothing is known yet.
    schemes: Mutex<HashMap<String, Option<KnownScheme>>>,
    /// By registry host: a challenge that is remembered once all that answers it is known, and it repeats none of it.
    unconfirmed: Mutex<HashMap<String, String>>,
    /// Scopes that the registry itself named for pulling from a repository.
    pull_scopes: Mutex<HashMap<RemoteName, Vec<String>>>,
    /// By what decides about the login ([`Credentials::scope`]). A helper is asked once, and its failure is kept too.
    logins: Mutex<HashMap<String, Arc<LoginCell>>>,
    tokens: Mutex<HashMap<TokenKey, Arc<TokenSlot>>>,
    /// Repositories for which a token was renewed that seemed to be refused.
    renewed: Mutex<HashSet<RemoteName>>,
}

#[derive(Clone, PartialEq, Eq)]
struct KnownScheme {
    scheme: Scheme,
    /// Whether it comes from an earlier run and has not been confirmed.
    from_cache: bool,
}

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct TokenKey {
    name: RemoteName,
    realm: String,
    service: Option<String>,
    scopes: Vec<String>,
}

/// The login of one host, once it was looked up.
type LoginCell = OnceCell<Result<Option<Login>, Error>>;

/// Holds the outcome of the last token request; its lock is held while a request is under way.
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

    /// What to send with a request for `access` to the repository `name`; `plain` is whether its registry has no TLS.
    /// `None` where no challenge is known or nothing can answer it.
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
                // What an earlier run remembered is only worth a try: the registry will say what it wants now.
                lock(&self.schemes).insert(name.host().to_owned(), None);
                Ok(None)
            }
            answer => answer,
        }
    }

    /// Takes note that what `host` is said to want was right.
    pub(super) fn confirm_scheme(&self, host: &str) {
        if let Some(Some(known)) = lock(&self.schemes).get_mut(host) {
            known.from_cache = false;
        }
    }

    /// Gives up what an earlier run remembered of `host`, unless it was confirmed. Says whether there was something.
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

    /// Gives up the token that a request to `name` was refused with. Says whether a new one is worth a try: once for
    /// each repository, since a new one that is refused as well was none the worse for its age.
    pub(super) async fn should_renew_token(&self, name: &RemoteName, sent: &Authorization) -> bool {
        let is_token =
            matches!(self.known_scheme(name.host()), Some(KnownScheme { scheme: Scheme::Bearer { .. }, .. }));
        let is_first = is_token && lock(&self.renewed).insert(name.clone());
        if is_first {
            self.forget_token(name, sent).await;
        }
        is_first
    }

    /// Takes note of a 401 to a request for `access` to `name` that was sent with `sent`. Says whether there is a
    /// challenge that could be answered.
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

    /// What `host` wants, as far as this run or an earlier one was told.
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

    /// What a token must be good for. Pulling follows the registry's words; a token that can write is asked for
    /// this repository alone, whatever a challenge names.
    fn scopes(&self, name: &RemoteName, access: Access) -> Vec<String> {
        let own = |actions: &str| vec![format!("repository:{}:{actions}", name.path())];
        match access {
            Access::Pull => lock(&self.pull_scopes).get(name).cloned().unwrap_or_else(|| own("pull")),
            Access::Push => own("pull,push"),
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

        // One request for all who want the same token; those who waited for it share its failure too.
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

    /// Gives up a token that was refused, unless another took its place already.
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

/// Scopes belong to one repository, the rest of a challenge to the registry.
fn without_scopes(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::Bearer { realm, service, .. } => Scheme::Bearer { realm, service, scopes: Vec::new() },
        Scheme::Basic => Scheme::Basic,
    }
}

fn bearer_header(token: &Secret, logged_in: bool) -> Option<Authorization> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose())).ok()?;
    header.set_sensitive(true);
    Some(Authorization { header, secrets: vec![token.clone()], logged_in })
}

/// A token is nothing for `Basic`.
fn basic_header(login: &Login) -> Option<Authorization> {
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

/// Asks the token server, once for each of the attempts.
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
        // A server that repeats the form shows the token as it is written there.
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
    let ask = HttpRequest {
        method,
        url,
        accept: "application/json",
        authorization: authorization.as_ref(),
        payload,
        secrets,
        profile: Profile { attempts, ..TOKEN },
        may_send_login: trusted,
        expected: Expected::AtMost(http.limits.token),
    };
    let answer =
        http.send_with_retries(&ask).await.map_err(|fault| RetryError::from_transport(fault, host, &what))?;
    let logged_in = login.is_some();
    if answer.class != StatusClass::Success {
        return Err(token_error(host, &what, answer, logged_in));
    }
    let bad = |cause: &str| Error::BadContent { what: what.clone(), cause: cause.to_owned() };
    let wire: Wire = serde_json::from_slice(&answer.body).map_err(|_| bad("the answer is not a token"))?;
    // Those that are not used are secrets all the same.
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

/// What an answer of a token server means that is no token. Never "not found", whatever its status.
fn token_error(host: &str, what: &str, answer: HttpResponse, logged_in: bool) -> Error {
    let (host, what) = (host.to_owned(), what.to_owned());
    match answer.status {
        // OAuth 2 refuses a refresh token with 400.
        401 | 403 => Error::Unauthorized { host, what, answer: answer.text, logged_in },
        400 if logged_in => Error::Unauthorized { host, what, answer: answer.text, logged_in },
        status => Error::Server { host, what, status, answer: answer.text, attempts: answer.attempts },
    }
}

/// `pairs` as a form: what a URL calls its query.
fn form_encoded(pairs: &[(&str, &str)]) -> String {
    let encoded = "http://form/".parse::<Url>().ok().and_then(|mut url| {
        url.query_pairs_mut().extend_pairs(pairs);
        url.query().map(str::to_owned)
    });
    encoded.unwrap_or_default()
}
