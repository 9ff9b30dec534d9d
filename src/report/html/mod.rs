//! A result as one page of HTML that loads nothing: for people who look at it, print it, or attach it to a ticket.
//!
//! Invariant: text from outside is never markup, and a page sends no request. `writer.rs` escapes every text and has no
//! way to write one that is not a constant of this program. The content security policy of a page allows its own style
//! and script, nothing else. The script only hides and unfolds what is there: a page is whole without it.

mod applied;
mod comparison;
mod counts;
mod details;
mod diagnostics;
mod document;
mod evidence;
mod facts;
mod findings;
mod layers;
mod link;
mod page;
mod scan;
mod shown;
mod sources;
mod subject;
mod tables;
mod verdicts;
mod writer;

pub(super) use applied::applied;
pub use page::Page;
pub use verdicts::VerdictPage;
