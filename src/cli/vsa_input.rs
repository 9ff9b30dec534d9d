//! The flags that say whose verification summaries answer in place of a verification.

use clap::{ArgGroup, Args};
use jiff::SignedDuration;

use super::duration::positive_duration;
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
    #[arg(long, value_name = "DURATION", requires = "accept_vsa", value_parser = positive_duration)]
    max_age: Option<SignedDuration>,

    /// URI of who verifies, in summaries that are written and accepted (default: made of the key)
    #[arg(long, value_name = "URI", requires = GROUP, value_parser = uri)]
    pub(super) verifier_id: Option<String>,
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
