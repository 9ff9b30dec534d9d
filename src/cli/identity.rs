//! The flags that select trusted certificate identities, with cosign's names.

use clap::Args;

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::registry::urls;
use crate::trust::{IdentityRule, Matcher, WorkflowClaim};

#[derive(Debug, Args)]
#[command(next_help_heading = "Keyless signatures")]
pub(super) struct IdentityArguments {
    /// Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)
    #[arg(long, value_name = "IDENTITY")]
    certificate_identity: Vec<String>,

    /// Identity as a regular expression that matches the whole identity (repeatable)
    #[arg(long, value_name = "REGEXP")]
    certificate_identity_regexp: Vec<String>,

    /// URL of the OIDC issuer of the identity: one for all identities, or one for each, in order
    #[arg(long, value_name = "URL")]
    certificate_oidc_issuer: Vec<String>,

    /// The issuer as a regular expression that matches the whole issuer
    #[arg(long, value_name = "REGEXP", conflicts_with = "certificate_oidc_issuer")]
    certificate_oidc_issuer_regexp: Vec<String>,

    /// Event that started the GitHub workflow, such as `push`
    #[arg(long, value_name = "EVENT")]
    certificate_github_workflow_trigger: Option<String>,

    /// Commit that the GitHub workflow ran for
    #[arg(long, value_name = "SHA")]
    certificate_github_workflow_sha: Option<String>,

    /// Name of the GitHub workflow
    #[arg(long, value_name = "NAME")]
    certificate_github_workflow_name: Option<String>,

    /// Repository of the GitHub workflow
    #[arg(long, value_name = "OWNER/REPO")]
    certificate_github_workflow_repository: Option<String>,

    /// Branch or tag of the GitHub workflow, such as `refs/heads/main`
    #[arg(long, value_name = "REF")]
    certificate_github_workflow_ref: Option<String>,
}

impl IdentityArguments {
    /// Whether no identity is given.
    pub(super) fn is_empty(&self) -> bool {
        self.certificate_identity.is_empty() && self.certificate_identity_regexp.is_empty()
    }

    /// The rules, one for each identity: exact ones first.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if an identity has no issuer, or an issuer no identity.
    pub(super) fn rules(&self) -> Result<Vec<IdentityRule>, Diagnostic> {
        let wrong = |what: &str| Diagnostic::new(Code::USAGE_ARGUMENTS, what);
        if self.certificate_oidc_issuer.iter().any(|issuer| urls::is_url(issuer) && urls::has_login(issuer)) {
            let text = "write the URL without `USER:PASSWORD@`".to_owned();
            return Err(wrong("the URL of an issuer must not contain a login")
                .remedy(Remedy::ChangeCommandLine { text }));
        }
        let identities = matchers(&self.certificate_identity, &self.certificate_identity_regexp)?;
        let issuers = matchers(&self.certificate_oidc_issuer, &self.certificate_oidc_issuer_regexp)?;
        let claims: Vec<(WorkflowClaim, &String)> = [
            (WorkflowClaim::WorkflowTrigger, &self.certificate_github_workflow_trigger),
            (WorkflowClaim::WorkflowSha, &self.certificate_github_workflow_sha),
            (WorkflowClaim::WorkflowName, &self.certificate_github_workflow_name),
            (WorkflowClaim::WorkflowRepository, &self.certificate_github_workflow_repository),
            (WorkflowClaim::WorkflowRef, &self.certificate_github_workflow_ref),
        ]
        .into_iter()
        .filter_map(|(claim, value)| Some((claim, value.as_ref()?)))
        .collect();
        if identities.is_empty() {
            if issuers.is_empty() && claims.is_empty() {
                return Ok(Vec::new());
            }
            return Err(wrong("an issuer or claim without an identity selects no signer")
                .remedy(Remedy::GiveIdentityOfIssuer));
        }
        let pairs: Vec<(Matcher, Matcher)> = match issuers.as_slice() {
            [] => {
                return Err(wrong("an identity needs an issuer").remedy(Remedy::GiveIssuer));
            }
            [one] => identities.into_iter().map(|identity| (identity, one.clone())).collect(),
            several if several.len() == identities.len() => identities.into_iter().zip(issuers).collect(),
            several => {
                let what = format!("{} identities with {} issuers", identities.len(), several.len());
                return Err(wrong(&what).remedy(Remedy::GiveIssuerForEach));
            }
        };
        let rules = pairs.into_iter().map(|(identity, issuer)| {
            let rule = IdentityRule::new(identity, issuer);
            claims.iter().fold(rule, |rule, (claim, value)| rule.with_claim(*claim, *value))
        });
        Ok(rules.collect())
    }
}

fn matchers(exact: &[String], patterns: &[String]) -> Result<Vec<Matcher>, Diagnostic> {
    if exact.iter().chain(patterns).any(String::is_empty) {
        let what = "an empty identity or issuer matches nothing";
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::CheckVariable));
    }
    let exact = exact.iter().map(|text| Ok(Matcher::exact(text)));
    let patterns =
        patterns.iter().map(|pattern| Matcher::pattern(pattern).map_err(|error| error.to_diagnostic()));
    exact.chain(patterns).collect()
}
