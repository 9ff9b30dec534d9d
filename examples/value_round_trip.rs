//! Reads a JSON file as one tree of values and writes it to standard output: what `benches/vex.py` compares with.
//! `cargo run --release --example value_round_trip -- FILE`.
use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: value_round_trip FILE")?;
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(file)?)?;
    std::io::stdout().write_all(&serde_json::to_vec(&value)?)?;
    Ok(())
}
