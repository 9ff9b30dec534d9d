//! A rendering in parts, so that results are written, or put aside, one by one while others are still being judged: what
//! each result adds, and what stands around all of them once the last one is known. Nothing of a result is kept in
//! between but what the frame needs of it.

/// What one result adds to each of the two lists that a rendering can have. Most have one.
pub type Parts = [String; 2];

/// What stands around the lists: before the first, between both, and after the second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame(pub [String; 3]);

/// One format for the results of one command.
pub trait Renderer {
    /// One result.
    type Item<'a>: Copy;
    /// What is known only after the last result.
    type End<'a>: Copy;

    /// Whether nothing stands around the results, so that each can be shown at once.
    fn streams(&self) -> bool;

    /// What `item` adds.
    fn add(&mut self, item: Self::Item<'_>) -> Parts;

    /// What stands around all.
    fn finish(&mut self, end: Self::End<'_>) -> Frame;
}
