//! Sources in files.
