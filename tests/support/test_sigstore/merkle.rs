//! The hash tree of RFC 6962: roots and inclusion proofs.

use super::key::sha256;

/// The hash of a leaf.
pub(crate) fn leaf(entry: &[u8]) -> [u8; 32] {
    sha256(&[&[0], entry].concat())
}

/// The root over leaf hashes. There is at least one.
pub(crate) fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    if let [one] = leaves {
        return *one;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    node(&root(left), &root(right))
}

/// The path from the leaf at `index` up to the root, lowest sibling first.
pub(crate) fn path(leaves: &[[u8; 32]], index: usize) -> Vec<[u8; 32]> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let middle = split(leaves.len());
    let (left, right) = leaves.split_at(middle);
    let (mut below, sibling) = if index < middle {
        (path(left, index), root(right))
    } else {
        (path(right, index - middle), root(left))
    };
    below.push(sibling);
    below
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[1], &left[..], right].concat())
}

/// The largest power of two below `count`.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}
