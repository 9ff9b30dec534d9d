//! Definitions of images, packages and charts: the model of the file and its reader.
//!
//! [`read`] reads a text once into a [`Definition`], with the range of each value and all findings at once. A value
//! never has more than one meaning: a scalar that YAML readers type differently is an error, and numbers stay as they
//! are written.
//!
//! [`Text`] may hold templates (`${…}`, `#{…}`). [`Typed`] is a text with a precise type, which a template has only
//! after its evaluation.

mod accounts;
mod checksum;
mod contents;
mod date;
mod directive;
pub(crate) mod finding;
mod image;
mod image_source;
mod invalid;
pub(crate) mod keyword;
pub mod limits;
mod line_index;
mod list_key;
mod mode;
mod package_request;
mod paths;
mod port;
mod reader;
mod repository_line;
mod rules;
mod scalar;
mod source_url;
mod spanned;
mod stage;
mod step_uses;
mod stop_signal;
mod tag;
mod target_platform;
mod text_map;
mod tracking;
mod tree;
mod typed;
mod web_url;

pub use accounts::{Accounts, Group, HIGHEST_ID, User};
pub use checksum::Checksum;
pub use contents::{Artifact, Contents, FileSource, Spdx, SpdxPackage};
pub use date::Date;
pub use directive::{Directive, Family};
pub use finding::{Finding, Rule, Severity, Suggestion};
pub use image::{Compression, Dates, Definition, Entitlement, Kind, OsRelease, OutputForm, Test, Variant};
pub use image_source::ImageSource;
pub use invalid::InvalidValue;
pub use keyword::Keyword;
pub use line_index::{LineIndex, Position};
pub use list_key::ListKey;
pub use mode::OctalMode;
pub use package_request::{PackageRequest, PackageRequestKind};
pub use paths::{PathEntry, PathKind};
pub use port::{Port, PortRange, Protocol};
pub use reader::{Read, read};
pub use repository_line::{DebRepository, RepositoryLine};
pub use rules::RULES;
pub(in crate::builder) use scalar::as_scalar;
pub use source_url::SourceUrl;
pub use spanned::{Spanned, Text};
pub use stage::{Cache, CacheSharing, MatrixRow, Output, Secret, Stage, StageAttestation, Step};
pub use step_uses::StepUses;
pub use stop_signal::StopSignal;
pub use tag::Tag;
pub use target_platform::TargetPlatform;
pub use text_map::{Entry, TextMap};
pub use tracking::{Tracker, TrackerKind};
pub use tree::{Tree, TreeNode};
pub use typed::{Typed, has_template};
pub use web_url::WebUrl;
