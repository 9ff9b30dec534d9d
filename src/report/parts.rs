//! Renderings in parts, so that results can be written or buffered one by one while others are still being judged.
//!
//! Each result adds text to at most two lists. After the last result the renderer returns the frame around the lists. A
//! renderer keeps only what its frame needs.

/// The text that one result adds to each of the two lists. Most formats use one list.
pub type Parts = [String; 2];

/// The text before the first list, between both lists, and after the second list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame(pub [String; 3]);

/// One format for the results of one command.
pub trait Renderer {
    /// One result.
    type Item<'a>: Copy;
    /// The facts that are known only after the last result.
    type End<'a>: Copy;

    /// Whether each result can be shown at once: there is no text before the results and none between them.
    fn streams(&self) -> bool;

    /// Renders one result.
    fn add(&mut self, item: Self::Item<'_>) -> Parts;

    /// Renders the frame.
    fn finish(&mut self, end: Self::End<'_>) -> Frame;
}
