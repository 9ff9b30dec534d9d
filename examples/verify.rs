//! Decides as `dhi verify` does: `cargo run --example verify -- REF [KEY.pub [ROOT.json]]`.
use dhi::{Decision, Limits, PublicKey, Registries, TrustedRoot, Verifier};
use std::{error::Error, fs};

pub(crate) async fn decide(arguments: &[String]) -> Result<Decision, Box<dyn Error>> {
    let (reference, signer) = arguments.split_first().ok_or("usage: verify REF [KEY.pub [ROOT.json]]")?;
    let mut builder = match signer.first() {
        Some(key) => Verifier::builder().key(key, PublicKey::from_pem(&fs::read_to_string(key)?, key)?),
        None => Verifier::builder().docker_keys()?,
    };
    if let Some(root) = signer.get(1) {
        builder = builder.trusted_root(TrustedRoot::from_json(&fs::read(root)?, root)?);
    }
    Ok(builder.build()?.verify(&Registries::open(Limits::default())?, &reference.parse()?).await?)
}

#[tokio::main]
async fn main() -> Result<std::process::ExitCode, Box<dyn Error>> {
    Ok(decide(&std::env::args().skip(1).collect::<Vec<_>>()).await?.verdict().exit.code().into())
}
