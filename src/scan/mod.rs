//! Findings of images: from scanners that are installed here, and from verified attestations of the image.
//!
//! Invariant: findings count for an image only if they are bound to its verified digest. A scanner gets the image by
//! that digest, and a report about another image is refused.

mod attested;
mod codes;
pub mod compare;
mod error;
mod hardened_distribution;
mod image;
mod layout;
pub mod limits;
mod running;
mod scanner;

pub use attested::{AttestedReport, attested_report};
pub use codes::CODES;
pub use error::Error;
pub use image::{ScanTarget, chosen_image, repo_digest};
pub use running::stop_all;
pub use scanner::{Access, ScannedReport, Scanner};
