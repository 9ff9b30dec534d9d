//! Findings of images: from scanners that are installed here, from reports in files and from verified attestations.
//!
//! Invariant: findings count for an image only if they are bound to its verified digest. A scanner gets the image by
//! that digest, and a report about another image is refused.
