//! The flags that accept verification summaries instead of verifying again.

use clap::{ArgGroup, Args};
use jiff::SignedDuration;

use super::duration::positive_duration;
use super::error_pages::CATALOGUE;
use super::session::Session;
use super::trust::keyring;
use crate::diagnostic::Diagnostic;
use crate::gate::Acceptance;
use crate::registry::urls::Url;

/// The group of flags that write or accept summaries.
pub(super) const GROUP: &str = "vsa";

#[derive(Debug, Args)]
#[command(next_help_heading = "Summaries", group(ArgGroup::new(GROUP).multiple(true)))]
pub(super) struct AcceptArguments {
    /// Accept a summary by this key instead of verifying again: same image, same inputs, not older than `--max-age`
    /// (repeatable)
    #[arg(long, value_name = "KEY", requires = "max_age", group = GROUP)]
    accept_vsa: Vec<String>,

    /// Maximum age of an accepted summary, such as `24h` or `7d`
    #[arg(long, value_name = "DURATION", requires = "accept_vsa", value_parser = positive_duration)]
    max_age: Option<SignedDuration>,

    /// URI of the verifier, in summaries that are written and accepted (default: derived from the key)
    #[arg(long, value_name = "URI", requires = GROUP, value_parser = uri)]
    pub(super) verifier_id: Option<String>,
}

fn uri(text: &str) -> Result<String, String> {
    text.parse::<Url>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

impl AcceptArguments {
    /// Reads the keys. `None` if no summary is accepted.
    pub(super) async fn read<R, T>(
        &self,
        session: &Session<'_, R, T>,
    ) -> Result<Option<Acceptance>, Diagnostic> {
        let Some(max_age) = self.max_age else { return Ok(None) };
        let keys = keyring(&self.accept_vsa, session).await?;
        Ok(Some(Acceptance { keys, max_age, verifier: self.verifier_id.clone(), known: CATALOGUE }))
    }
}
