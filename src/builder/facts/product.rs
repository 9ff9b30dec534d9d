//! What the product is.

use super::aspect::Aspect;
use super::fact::{Fact, written};
use crate::builder::definition::{Compression, Definition, Kind, OutputForm, Text};

pub(super) fn facts(definition: &Definition) -> Vec<Fact> {
    let mut facts = Vec::new();
    let text = |aspect, text: &Option<Text>| text.as_ref().map(|text| Fact::of(aspect, text.value.as_str()));
    facts.extend(definition.directive.as_ref().map(|line| Fact::of(Aspect::Frontend, &line.value.text)));
    facts.extend(
        definition.includes.iter().map(|include| Fact::new(Aspect::Include, None, include.value.as_str())),
    );
    facts.extend(text(Aspect::Name, &definition.name));
    facts.extend(text(Aspect::Image, &definition.image));
    facts.push(Fact::of(Aspect::Variant, definition.variant().to_string()));
    facts.extend(text(Aspect::Flavor, &definition.flavor));
    facts.extend(
        definition
            .platforms()
            .into_iter()
            .map(|platform| Fact::new(Aspect::Platform, None, platform.to_string())),
    );
    facts.extend(definition.tags.iter().map(|tag| Fact::new(Aspect::Tag, None, written(tag))));
    facts.extend(text(Aspect::Suffix, &definition.suffix));
    facts.extend(
        definition.entitlement.as_ref().map(|who| Fact::of(Aspect::Entitlement, who.value.to_string())),
    );
    let claims =
        [("fips-compliant", &definition.fips_compliant), ("stig-certified", &definition.stig_certified)];
    let made = claims.into_iter().filter(|(_, claim)| claim.as_ref().is_some_and(|claim| claim.value));
    facts.extend(made.map(|(name, _)| Fact::new(Aspect::Claim, None, name)));
    if let Some(dates) = &definition.dates {
        let date = |name: &'static str, value: Option<String>| {
            value.map(|value| Fact::new(Aspect::Date, None, name).with("value", Some(value)))
        };
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
        facts.extend(date("release", dates.release.as_ref().map(written)));
        facts.extend(date("end-of-support", dates.end_of_support.as_ref().map(written)));
        facts.extend(date("end-of-life", dates.end_of_life.as_ref().map(written)));
        facts.extend(date("type", text(&dates.kind)));
        facts.extend(date("url", text(&dates.url)));
    }
    if definition.kind() == Kind::Image {
        let compression = definition.compression.as_ref().map_or(Compression::Zstd, |value| value.value);
        let output = definition.output.as_ref().map_or(OutputForm::Layered, |value| value.value);
        facts.push(Fact::of(Aspect::Compression, compression.to_string()));
        facts.push(Fact::of(Aspect::Output, output.to_string()));
    } else {
        let (compression, output) = (definition.compression.as_ref(), definition.output.as_ref());
        facts.extend(compression.map(|value| Fact::of(Aspect::Compression, value.value.to_string())));
        facts.extend(output.map(|value| Fact::of(Aspect::Output, value.value.to_string())));
    }
    facts
}
