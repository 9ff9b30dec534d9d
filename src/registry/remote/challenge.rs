//! Reads the `WWW-Authenticate` challenges of a registry (RFC 9110, 11.6.1) and chooses the one to answer.
//!
//! Text from a registry is data: reading it gives a list of schemes and parameters, or nothing. The order of the
//! challenges does not decide which one is answered.

/// One challenge of a `WWW-Authenticate` list (RFC 9110, 11.6.1). Names are lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

/// A challenge that this client can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Send user name and password with each request.
    Basic,
    /// Send a token of a token server.
    Bearer {
        /// The token server.
        realm: String,
        /// The name of the registry at the token server.
        service: Option<String>,
        /// The access that the token must grant, one entry for each resource.
        scopes: Vec<String>,
    },
}

/// The challenge to answer: `Bearer` if it is offered with a realm, else `Basic`.
pub(super) fn choose(text: &str) -> Option<Scheme> {
    let challenges = parse(text);
    let bearer = challenges.iter().filter(|challenge| challenge.scheme == "bearer").find_map(|challenge| {
        Some(Scheme::Bearer {
            realm: challenge.parameter("realm")?.to_owned(),
            service: challenge.parameter("service").map(str::to_owned),
            scopes: challenge
                .parameter("scope")
                .unwrap_or_default()
                .split_ascii_whitespace()
                .map(str::to_owned)
                .collect(),
        })
    });
    bearer.or_else(|| challenges.iter().any(|challenge| challenge.scheme == "basic").then_some(Scheme::Basic))
}

impl Challenge {
    /// The first parameter of that name. A later one does not change it.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

fn parse(text: &str) -> Vec<Challenge> {
    let mut reader = Reader { rest: text };
    let mut challenges: Vec<Challenge> = Vec::new();
    loop {
        reader.skip(|c| c == ',' || is_space(c));
        let name = reader.take(is_token);
        if name.is_empty() {
            // The end, or text outside the grammar: what was read so far counts.
            return challenges;
        }
        let spaces = reader.skip(is_space);
        match challenges.last_mut() {
            Some(challenge) if reader.rest.starts_with('=') => {
                reader.skip_one();
                reader.skip(is_space);
                let Some(value) = reader.value() else { return challenges };
                challenge.parameters.push((name.to_ascii_lowercase(), value));
            }
            _ => {
                challenges.push(Challenge { scheme: name.to_ascii_lowercase(), parameters: Vec::new() });
                if spaces > 0 {
                    reader.skip_token68();
                }
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) -> usize {
        self.take(unwanted).len()
    }

    fn skip_one(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }

    /// Skips what some schemes have in place of parameters, such as `Negotiate YWJj==`.
    fn skip_token68(&mut self) {
        let mut ahead = Reader { rest: self.rest };
        let run = ahead.skip(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c));
        let padding = ahead.skip(|c| c == '=');
        ahead.skip(is_space);
        let at_end = ahead.rest.is_empty() || ahead.rest.starts_with(',');
        // `name=` without a value looks the same; nothing is lost by dropping it.
        if run > 0 && at_end && (padding > 0 || !self.another_scheme()) {
            self.rest = ahead.rest;
        }
    }

    /// Whether a scheme without parameters is followed by a word that is a scheme itself: not in the grammar.
    fn another_scheme(&self) -> bool {
        let word = self.rest.split(|c: char| !is_token(c)).next().unwrap_or_default();
        word.eq_ignore_ascii_case("basic") || word.eq_ignore_ascii_case("bearer")
    }

    /// A quoted string, or text to the next comma or space: more than a token, since some registries do not
    /// quote their URLs.
    fn value(&mut self) -> Option<String> {
        if !self.rest.starts_with('"') {
            return Some(self.take(|c| c != ',' && !is_space(c)).to_owned());
        }
        self.skip_one();
        let mut value = String::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => value.push(chars.next()?),
                c => value.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(value)
    }
}

fn is_space(c: char) -> bool {
    c == ' ' || c == '\t'
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scopes: &[&str]) -> Option<Scheme> {
        Some(Scheme::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        })
    }

    #[test]
    fn lists_of_challenges_are_read() {
        let docker = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull repository:c:pull""#;
        assert_eq!(
            choose(docker),
            bearer(
                "https://auth.docker.io/token",
                Some("registry.docker.io"),
                &["repository:a/b:pull", "repository:c:pull"]
            )
        );
        for text in [
            r#"Basic realm="x", Bearer realm="https://r/t""#,
            r#"bEARER REALM = "https://r/t" , basic realm=x"#,
            r#"Negotiate YWJj==, Bearer realm="https://r/t""#,
            r#"Negotiate, , Bearer realm="https:\/\/r/t""#,
            r"Bearer realm=https://r/t,",
            r#"Digest realm="a, Bearer realm=\"https://evil/\"", Bearer realm="https://r/t", realm="https://evil""#,
        ] {
            assert_eq!(choose(text), bearer("https://r/t", None, &[]), "{text}");
        }
        assert_eq!(choose("basic"), Some(Scheme::Basic));
        assert_eq!(choose(r#"Bearer service="x", Basic realm="y""#), Some(Scheme::Basic));
        for text in ["", ",", "=", "Bearer", "Negotiate abc", r#"Bearer realm="https://r"#, "\u{fffd}"] {
            assert_eq!(choose(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,80}") {
            let _ = choose(&text);
        }

        #[test]
        fn any_near_challenge_is_read_without_harm(text in "((Bearer|basic|x)?[ ,=\"\\\\a]{0,3}){0,12}") {
            let _ = choose(&text);
        }

        #[test]
        fn what_was_quoted_is_read_back(
            realm in "[ -~]{1,40}",
            service in "[ -~]{0,20}",
            before in "(Basic realm=\"a,b\", |Negotiate ab/c=, |Digest nonce=x, )?",
        ) {
            let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!("{before}Bearer realm=\"{}\", service=\"{}\"", quote(&realm), quote(&service));
            proptest::prop_assert_eq!(choose(&text), bearer(&realm, Some(&service), &[]));
        }
    }
}
