//! The flags that say whose verification summaries answer in place of a verification.

use clap::{ArgGroup, Args};
use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::error_pages::CATALOGUE;
use super::session::Session;
use super::trust::given;
use crate::diagnostic::Diagnostic;
use crate::gate::Acceptance;
use crate::registry::urls::Url;

/// The flags that say what summaries are for.
pub(super) const GROUP: &str = "vsa";

#[derive(Debug, Args)]
#[command(next_help_heading = "Summaries", group(ArgGroup::new(GROUP).multiple(true)))]
pub(super) struct AcceptArguments {
    /// Do not verify again what a summary by this key answers: same image, same inputs, not older than `--max-age` (repeatable)
    #[arg(long, value_name = "KEY", requires = "max_age", group = GROUP)]
    accept_vsa: Vec<String>,

    /// How old an accepted summary may be, such as `24h` or `7d`
    #[arg(long, value_name = "DURATION", requires = "accept_vsa", value_parser = age)]
    max_age: Option<SignedDuration>,

    /// URI of who verifies, in summaries that are written and accepted (default: made of the key)
    #[arg(long, value_name = "URI", requires = GROUP, value_parser = uri)]
    pub(super) verifier_id: Option<String>,
}

fn age(text: &str) -> Result<SignedDuration, String> {
    // Months and years have no length of their own.
    let length = text.parse().and_then(|span: Span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let age = length.map_err(|_| "expected a length of time such as `24h` or `7d`".to_owned())?;
    if age.is_positive() { Ok(age) } else { Err("it must be longer than nothing".to_owned()) }
}

fn uri(text: &str) -> Result<String, String> {
    text.parse::<Url>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

impl AcceptArguments {
    /// Reads the keys.
    pub(super) async fn read<R, T>(
        &self,
        session: &Session<'_, R, T>,
    ) -> Result<Option<Acceptance>, Diagnostic> {
        let Some(max_age) = self.max_age else { return Ok(None) };
        let keys = given(&self.accept_vsa, session).await?;
        Ok(Some(Acceptance { keys, max_age, verifier: self.verifier_id.clone(), known: CATALOGUE }))
    }
}
