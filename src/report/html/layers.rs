//! Pictures of layers: those that an image adds, over those of its base.

use super::writer::{Attribute, FixedName, Html, LengthName, Tag, class};
use crate::evidence::{Base, BaseAnswer, PlatformBase, PlatformEvidence};
use crate::oci::Descriptor;
use crate::report::platform_rows::proof_in_words;

/// The most layers that are drawn one by one. More are one block.
const DRAWN: usize = 40;
/// Width of a layer in pixels.
const WIDTH: usize = 120;
/// Height of a layer, and the distance to the next.
const HEIGHT: usize = 8;
const STEP: usize = 11;

/// The layers of an image, the uppermost first, if its base proof tells where they come from.
pub(super) fn layers(html: &mut Html, platform: &PlatformEvidence, proof: &PlatformBase) {
    let (own, base) = match &proof.answer {
        BaseAnswer::DhiBased(base) => split(platform, base),
        BaseAnswer::Dhi(_) => (&[][..], platform.layers.as_slice()),
        BaseAnswer::ClaimsOnly(_) | BaseAnswer::NotDhi(_) | BaseAnswer::Undetermined(_) => return,
    };
    if own.is_empty() && base.is_empty() {
        return;
    }
    html.element(Tag::Figure, &[class("layers")], |html| {
        html.element(Tag::Figcaption, &[], |html| {
            html.sentence("Layers of ");
            html.name(&platform.label());
        });
        html.element(Tag::Ol, &[], |html| {
            if !own.is_empty() {
                block(html, own, "own", "added by this image", "");
            }
            match &proof.answer {
                BaseAnswer::DhiBased(on) => {
                    let what = format!("of the base `{}`", on.reference);
                    block(html, base, "base", &what, &in_words(on, proof));
                }
                _ => block(html, base, "base", "of the hardened image itself", ""),
            }
        });
    });
}

/// The layers above the base, and those of the base.
fn split<'a>(platform: &'a PlatformEvidence, base: &Base) -> (&'a [Descriptor], &'a [Descriptor]) {
    let (of_base, own) =
        platform.layers.split_at_checked(base.boundary.layers).unwrap_or((platform.layers.as_slice(), &[]));
    (own, of_base)
}

fn in_words(base: &Base, proof: &PlatformBase) -> String {
    format!("{}; signed by {}", proof_in_words(base, proof), base.hardened.signers.join(", "))
}

/// One part of the layers: the picture, what they are, and their digests.
fn block(html: &mut Html, layers: &[Descriptor], kind: &'static str, what: &str, proof: &str) {
    let count = if layers.len() == 1 { "1 layer".to_owned() } else { format!("{} layers", layers.len()) };
    let size = size(layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.size)));
    html.element(Tag::Li, &[], |html| {
        picture(html, layers.len(), kind, &format!("{count} {}", what.replace('`', "")));
        html.element(Tag::Div, &[], |html| {
            html.element(Tag::P, &[], |html| {
                html.says(Tag::Strong, &[], &count);
                html.sentence(&format!(" {what}, {size}"));
            });
            if !proof.is_empty() {
                html.says(Tag::P, &[class("muted")], proof);
            }
            html.element(Tag::Details, &[], |html| {
                html.element(Tag::Summary, &[], |html| {
                    html.sentence("Digests");
                    html.says(Tag::Span, &[class("hidden")], &format!(" of {count}"));
                });
                html.element(Tag::Ol, &[class("digests")], |html| {
                    for layer in layers.iter().rev() {
                        html.element(Tag::Li, &[], |html| {
                            html.code(&layer.digest.to_string());
                            html.sentence(&format!(" {}", self::size(layer.size)));
                        });
                    }
                });
            });
        });
    });
}

fn picture(html: &mut Html, layers: usize, kind: &'static str, label: &str) {
    let drawn = if layers > DRAWN { 1 } else { layers };
    let step = if layers > DRAWN { DRAWN * STEP } else { STEP };
    let height = drawn * step;
    let svg = [
        class("stack"),
        Attribute::Length(LengthName::Width, WIDTH),
        Attribute::Length(LengthName::Height, height),
        Attribute::ViewBox(WIDTH, height),
        Attribute::Fixed(FixedName::Role, "img"),
        Attribute::Label(label),
    ];
    html.element(Tag::Svg, &svg, |html| {
        for layer in 0..drawn {
            let rect = [
                class(kind),
                Attribute::Length(LengthName::X, 1),
                Attribute::Length(LengthName::Y, layer * step + 1),
                Attribute::Length(LengthName::Width, WIDTH - 2),
                Attribute::Length(LengthName::Height, step - (STEP - HEIGHT)),
            ];
            html.element(Tag::Rect, &rect, |_| {});
        }
    });
}

/// `14.1 MB`, with decimal prefixes as registries use them.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}
