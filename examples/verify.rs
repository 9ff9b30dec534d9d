//! Verifies what is signed of an image through the library: `cargo run --example verify -- KEY.pub oci:DIR:TAG`.
//!
//! It decides as `dhi verify --policy attested` does; `dhi::gate::Gate` decides by a policy too.
#![allow(clippy::print_stdout)]

use dhi::evidence::{Needed, Requirements, judge};
use dhi::oci::Reference;
use dhi::policy::BuiltIn;
use dhi::registry::LayoutRegistry;
use dhi::trust::{Keyring, LogPolicy, PublicKey, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use dhi::verify::{Options, verify};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(key), Some(reference)) = (arguments.next(), arguments.next()) else {
        return Err("usage: verify KEY.pub oci:DIR:TAG".into());
    };
    let reference: Reference = reference.parse()?;
    let pem = std::fs::read_to_string(&key)?;
    let trust = Trust {
        keys: Keyring::of([TrustedKey::active("mine", PublicKey::from_pem(&pem, &key)?, key.as_str())]),
        identities: Vec::new(),
        attestors: Keyring::default(),
        sct: SctPolicy::Require,
        threshold: Threshold::ONE,
        root: TrustedRoot::public_good()?,
        log: LogPolicy::VerifyIfPresent,
        effective_time: jiff::Timestamp::now(),
    };
    let options = Options { judge_bundles: true, ..Options::of(&reference) };
    let registry = LayoutRegistry::new(options.limits.clone());
    let evidence = verify(&registry, &reference, &trust, &options).await?;
    let verdict = judge(&evidence, &Requirements::default(), &BuiltIn::Attested, &Needed::default());
    for platform in &evidence.platforms {
        for (_, attested) in platform.verified(evidence.root.digest) {
            let statement = attested.statement();
            println!("{}  {}  {}", platform.label(), attested.signature().signer(), statement.predicate_type);
        }
    }
    println!("{}", verdict.conclusion());
    Ok(())
}
