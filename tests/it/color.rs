//! Color repeats the text: without its codes, colored output is the plain one.

use dhi::attestation::describe_statement;
use dhi::cli::CommandHints;
use dhi::evidence::{Evidence, Requirements, VerdictSource, judge};
use dhi::limits::Limits;
use dhi::oci::Reference;
use dhi::registry::LayoutRegistry;
use dhi::report::{self, Layout, Run, Style, VerifyRenderer};
use dhi::trust::{LogPolicy, Trust};
use dhi::verify::{Options, verify};

use crate::support::env::{fixture, trust};

const PLAIN: Style = Style { color: false, width: None, ascii: false };
const COLOR: Style = Style { color: true, width: None, ascii: false };

async fn evidence(layout: &str, trust: &Trust) -> Evidence {
    let reference: Reference = format!("oci:{}", fixture(layout).display()).parse().unwrap();
    let options = Options {
        judge_enveloped: true,
        keep_statements: dhi::verify::KeepStatements::All,
        ..Options::of(&reference)
    };
    let registry = LayoutRegistry::new(Limits::default());
    let mut evidence = verify(&registry, &reference, trust, &options).await.unwrap();
    // Snapshots do not depend on the path of the project.
    evidence.reference = format!("oci:fixtures/{layout}").parse().unwrap();
    for platform in &mut evidence.platforms {
        for attestation in &mut platform.attestations {
            attestation.found_in = evidence.reference.repository.clone();
        }
        platform.searched = vec![evidence.reference.repository.clone()];
    }
    evidence
}

fn without_codes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}

macro_rules! snapshot {
    ($name:expr, $text:expr) => {
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!($name, $text.replace('\u{1b}', "<ESC>"));
        })
    };
}

#[tokio::test]
async fn output_is_the_same_text_with_and_without_color() {
    let trust = trust(LogPolicy::VerifyIfPresent);
    for layout in [
        "python",
        "chart",
        "bundles",
        "log-shape-2",
        "bad/wrong-key",
        "bad/index-unsigned",
        "bad/no-attestations",
    ] {
        let evidence = evidence(layout, &trust).await;
        let list = report::list(&evidence, COLOR, &CommandHints);
        assert_eq!(without_codes(&list), report::list(&evidence, PLAIN, &CommandHints), "{layout}");
        for (_, attested) in
            evidence.platforms.iter().flat_map(|platform| platform.verified(evidence.root.digest))
        {
            let summary = describe_statement(attested.whole().unwrap().statement());
            assert_eq!(
                without_codes(&report::page(&summary, COLOR)),
                report::page(&summary, PLAIN),
                "{layout}"
            );
        }
        let verdict = judge(
            &evidence,
            &Requirements::default(),
            &dhi::policy::BuiltIn::Attested,
            &[],
            &dhi::evidence::PolicyInput::default(),
        );
        let image = report::Image {
            reference: evidence.reference.clone().into(),
            result: Ok((VerdictSource::Evidence(Box::new(evidence)), verdict)),
            base: None,
            place: None,
        };
        let images = [image];
        let policies = report::RunPolicies::new(dhi::policy::BuiltIn::Attested, Vec::new());
        let run = Run {
            texts: &CommandHints,
            trust: &trust,
            policies: &policies,
            effective_time: None,
            location: None,
        };
        let whole = Layout::Whole { verdicts: false, explanation: false, all_names: false };
        let table = |style| VerifyRenderer::table(run, whole, style).render(&images, &[]);
        let (table, plain) = (table(COLOR), table(PLAIN));
        assert_ne!(table, without_codes(&table));
        assert_eq!(without_codes(&table), plain, "{layout}");
        let name = layout.replace('/', "-");
        snapshot!(format!("color-list-{name}"), list);
        snapshot!(format!("color-verify-{name}"), table);
    }
}

#[tokio::test]
async fn predicate_pages_in_color() {
    let evidence = evidence("python", &trust(LogPolicy::VerifyIfPresent)).await;
    let platform = &evidence.platforms[0];
    let pages: Vec<String> = platform
        .verified(evidence.root.digest)
        .map(|(_, attested)| report::page(&describe_statement(attested.whole().unwrap().statement()), COLOR))
        .collect();
    assert_eq!(pages.len(), 15);
    snapshot!("color-pages", pages.join("\n----\n"));
}
