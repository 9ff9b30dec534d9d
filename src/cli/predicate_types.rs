//! The parser of predicate types in flags: URIs, and short names, which shells complete.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};

use crate::attestation::PredicateSelector;

/// Parses a predicate type. A word that is not a short name is an error that lists the short names.
#[derive(Clone, Copy, Debug)]
pub(super) struct PredicateTypes;

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(PredicateSelector::names())
}

impl TypedValueParser for PredicateTypes {
    type Value = PredicateSelector;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<PredicateSelector, Error> {
        if let Some(asked) = value.to_str().and_then(PredicateSelector::parse) {
            return Ok(asked);
        }
        let mut error = match names().parse_ref(command, arg, value) {
            Err(error) => error,
            Ok(_) => Error::new(ErrorKind::InvalidValue).with_cmd(command),
        };
        let tip = "give a type without a short name as its URI".into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
        Err(error)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(PredicateSelector::names().map(PossibleValue::new)))
    }
}
