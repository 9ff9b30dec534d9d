//! Policies in Rego, by the contract of Docker's local policies: `data.docker.scout.{pass, violation}`.
//!
//! A policy passes only if `pass` is `true`, there is no violation, every question that it asked was answered, and no
//! limit was reached. Whatever else it returns fails or is unknown. It only adds checks.

mod applies_to;
mod built_in;
pub mod builtins;
mod calls;
pub mod cases;
mod checks;
mod dependencies;
mod else_heads;
mod engine;
mod engine_differences;
mod error;
mod evaluated;
mod evaluation;
mod head_values;
mod host;
pub mod limits;
mod metadata;
mod module;
mod syntax;
#[cfg(test)]
mod tests;

pub use applies_to::{AppliesTo, NotApplicable};
pub use built_in::{BUILT_IN, BuiltInPolicy, ConfigKey, SettingType, built_in};
pub use checks::{asked, check, diagnostic, odd_result, ordered_details};
pub use engine::{Settings, evaluate, evaluate_within};
pub use error::Error;
pub use evaluated::Evaluated;
pub use evaluation::{Answer, Evaluation, Question, Stopped, UnknownReason, ValueType, Verdict, Violation};
pub use host::{ImageValues, host_functions, input};
pub use metadata::{Metadata, ResultType};
pub use module::RegoPolicy;
