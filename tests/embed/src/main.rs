//! Decides about fixtures as a program of another team would: by the names of the crate's root alone.

use std::error::Error;

use dhi::{BuildError, BuiltIn, Exit, Limits, PublicKey, Registries, TrustedRoot, Verifier};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");
    let pem = std::fs::read_to_string(format!("{fixtures}/keys/fixture.pub"))?;
    let root = std::fs::read(format!("{fixtures}/trusted_root.json"))?;
    let builder = || -> Result<_, Box<dyn Error>> {
        Ok(Verifier::builder()
            .key("fixture", PublicKey::from_pem(&pem, "fixture.pub")?)
            .trusted_root(TrustedRoot::from_json(&root, "trusted_root.json")?))
    };
    let registry = Registries::open(Limits::default())?;
    let (by_default, attested) = (builder()?.build()?, builder()?.policy(BuiltIn::Attested).build()?);
    for (verifier, layout, exit) in [
        (&by_default, "python:3.13", Exit::Pass),
        (&by_default, "bad/wrong-key", Exit::BadProof),
        (&by_default, "bad/unsigned", Exit::Missing),
        (&attested, "bundles:1.4", Exit::Pass),
        (&attested, "bad/no-attestations", Exit::Missing),
    ] {
        let decision = verifier.verify(&registry, &format!("oci:{fixtures}/{layout}").parse()?).await?;
        assert_eq!(decision.verdict().exit, exit, "{layout}: {:#?}", decision.verdict());
        assert_eq!(decision.verdict().passed(), exit == Exit::Pass, "{layout}");
        println!("{layout}: {}, {} verified statements", exit.code(), decision.statements().count());
    }
    assert_eq!(Verifier::builder().build().unwrap_err(), BuildError::NoSigner);
    Ok(())
}
