//! The images that a policy of the default set is about.
//!
//! It is told by facts alone. What cannot be told counts as applying, so that missing facts leave out no policy.

use serde::{Deserialize, Serialize};

use crate::policy::facts::{ImageFacts, ImageKind};

/// The label with the standards that an image claims, separated by commas.
const COMPLIANCE: &str = "com.docker.dhi.compliance";

/// The standard that FIPS images claim.
const FIPS: &str = "fips";

/// Predicate types that only FIPS images have.
const FIPS_TYPES: [&str; 2] = ["https://docker.com/dhi/fips/v0.1", "https://docker.com/dhi/stig/v0.1"];

/// What a policy is about. Everything, unless a set of policies says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AppliesTo {
    /// Every artifact.
    #[default]
    Everything,
    /// Everything but Helm charts.
    Images,
    /// Images with the claim that they are FIPS images: by a label or an attestation.
    FipsImages,
}

/// Why a policy is not about an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum NotApplicable {
    /// It is a Helm chart.
    #[error("a chart, and it is about images")]
    Chart,
    /// It does not claim to be a FIPS image.
    #[error("not a FIPS image")]
    NotFips,
}

impl AppliesTo {
    /// The words in lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Images => "images",
            Self::FipsImages => "fips-images",
        }
    }

    /// Why the policy is not about the image of `facts`. `None` if it is.
    pub fn excludes(self, facts: &ImageFacts) -> Option<NotApplicable> {
        match self {
            Self::Everything => None,
            _ if facts.kind == ImageKind::Chart => Some(NotApplicable::Chart),
            Self::Images => None,
            Self::FipsImages => (!claims_fips(facts)).then_some(NotApplicable::NotFips),
        }
    }
}

impl NotApplicable {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::NotFips => "not-fips",
        }
    }
}

/// Whether the image claims to be a FIPS image, or that cannot be told.
fn claims_fips(facts: &ImageFacts) -> bool {
    let Some(config) = &facts.config else { return true };
    let claims = |text: &String| text.split(',').any(|part| part.trim().eq_ignore_ascii_case(FIPS));
    let types = facts.attestations.iter().map(|attestation| attestation.predicate_type.as_deref());
    config.labels.get(COMPLIANCE).is_some_and(claims)
        || !facts.unread.is_empty()
        || types.into_iter().any(|found| found.is_none_or(|found| FIPS_TYPES.contains(&found)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::facts::RecordedFacts;

    const DIGEST: &str = "sha256:7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e";

    fn facts(compliance: Option<&str>) -> ImageFacts {
        let labels =
            compliance.map_or_else(|| "{}".to_owned(), |text| format!("{{\"{COMPLIANCE}\": \"{text}\"}}"));
        let input = format!(
            "{{\"source\": {{\"image\": {{\"digest\": \"{DIGEST}\", \"name\": \"a\", \
             \"config\": {{\"config\": {{\"Labels\": {labels}}}}}}}}}}}"
        );
        RecordedFacts::read(input.as_bytes(), "f").unwrap().images()[0].clone()
    }

    #[test]
    fn an_image_claims_fips_by_label_or_attestation() {
        let not_fips = Some(NotApplicable::NotFips);
        for (compliance, expected) in [
            (None, not_fips),
            (Some("cis"), not_fips),
            (Some("not-fips"), not_fips),
            (Some("cis, FIPS ,stig"), None),
            (Some("fips"), None),
        ] {
            let mut facts = facts(compliance);
            facts.unread.clear();
            assert_eq!(AppliesTo::FipsImages.excludes(&facts), expected, "{compliance:?}");
            assert_eq!(AppliesTo::Images.excludes(&facts), None);
        }
        // What cannot be told leaves out nothing.
        let unknown = ImageFacts { config: None, ..facts(None) };
        assert_eq!(AppliesTo::FipsImages.excludes(&unknown), None);
        let unread = ImageFacts { unread: vec!["an outage".into()], ..facts(None) };
        assert_eq!(AppliesTo::FipsImages.excludes(&unread), None);
    }

    #[test]
    fn only_policies_about_everything_are_about_charts() {
        let chart = ImageFacts { kind: ImageKind::Chart, ..facts(Some("fips")) };
        for (applies, expected) in [
            (AppliesTo::Everything, None),
            (AppliesTo::Images, Some(NotApplicable::Chart)),
            (AppliesTo::FipsImages, Some(NotApplicable::Chart)),
        ] {
            assert_eq!(applies.excludes(&chart), expected);
        }
        let other = ImageFacts { kind: ImageKind::Other, ..facts(None) };
        assert_eq!(AppliesTo::Images.excludes(&other), None);
    }
}
