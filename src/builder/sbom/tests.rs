//! Documents of a small image.
