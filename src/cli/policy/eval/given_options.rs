//! The options that a command line names, whatever their values are.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The options of the command line by their long names, without those of environment variables and defaults. It has no
/// option of its own and must be the first member of its arguments: the others take their values out.
#[derive(Debug, Default)]
pub(super) struct GivenOptions(Vec<String>);

impl GivenOptions {
    /// The first option that is not among `allowed`.
    pub(super) fn other_than<'a>(&'a self, allowed: &[&str]) -> Option<&'a str> {
        self.0.iter().map(String::as_str).find(|name| !allowed.contains(name))
    }
}

impl FromArgMatches for GivenOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = matches.ids().map(clap::Id::as_str).filter(|id| {
            // A group has the name of its type.
            let is_option = id.chars().all(|c| !c.is_uppercase());
            is_option && matches.value_source(id) == Some(ValueSource::CommandLine)
        });
        Ok(Self(given.map(|id| id.replace('_', "-")).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for GivenOptions {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
