//! The fixed limits of the module `builder::layers`.

use crate::limits::limits;

limits! {
    /// The overlay file system of Linux takes 128 directories, one of which is the container's own.
    LAYERS: usize = 127, Count, "layers of an image that is built";
    LAYER_HEADER: u64 = 65_536, Bytes, "extended header of one entry in a layer that is checked";
}
