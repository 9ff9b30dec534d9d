//! `dhi keys generate`: writes a key pair in two files, in cosign's format.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output::write_data;
use super::super::output_file::{READABLE, cannot_write, temporary};
use super::super::printer::{Data, Printer};
use super::super::signing::password;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
use crate::sign::KeyPair;

/// The permissions of a private key.
const PRIVATE: u32 = 0o600;

#[derive(Debug, Args)]
#[command(after_long_help = "\
The private key is encrypted with the password in `COSIGN_PASSWORD`, else the terminal is prompted. \
`cosign sign --key cosign.key` reads it too. Keep cosign.key secret and publish cosign.pub.")]
pub(in crate::cli) struct Generate {
    /// Write PREFIX.key and PREFIX.pub
    #[arg(long, short, value_name = "PREFIX", default_value = "cosign")]
    output_key_prefix: PathBuf,

    /// Replace existing files; the old key is lost
    #[arg(long)]
    force: bool,
}

pub(in crate::cli) fn run(arguments: &Generate, printer: &Printer) -> Result<Exit, Diagnostic> {
    let file = |extension: &str| {
        let mut name = arguments.output_key_prefix.clone().into_os_string();
        name.push(extension);
        PathBuf::from(name)
    };
    let (private, public) = (file(".key"), file(".pub"));
    if !arguments.force
        && let Some(there) = [&private, &public].into_iter().find(|path| path.symlink_metadata().is_ok())
    {
        return Err(exists(there));
    }
    let password = new_password(&private)?;
    let pair = KeyPair::generate(&password)?;
    write(&private, pair.private.as_bytes(), PRIVATE, arguments.force)?;
    write(&public, pair.public.as_bytes(), READABLE, arguments.force)?;
    if password.is_empty() {
        printer.note("the private key has no password: anyone who can read the file can sign");
    }
    printer.note(&format!("key {} ({})", pair.key.id(), pair.key.algorithm()));
    let text = format!("{}\n{}\n", private.display(), public.display());
    write_data(Data::Raw(text.as_bytes()), printer)?;
    Ok(Exit::Pass)
}

/// Prompts twice, since the input is not shown.
fn new_password(private: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, Diagnostic> {
    let first = password(&format!("Password for `{}`: ", private.display()))?;
    let second = password("Repeat the password: ")?;
    if first == second {
        return Ok(first);
    }
    Err(Diagnostic::new(Code::SIGN_PASSWORD, "the two passwords differ"))
}

fn exists(path: &Path) -> Diagnostic {
    Diagnostic::new(Code::OUTPUT_EXISTS, format!("`{}` exists already", path.display()))
        .remedy(Remedy::ChooseKeyName)
}

/// Writes a file whole, from the start with these permissions less the umask.
fn write(path: &Path, bytes: &[u8], mode: u32, replace: bool) -> Result<(), Diagnostic> {
    let failed = |error: &std::io::Error| cannot_write(path, error);
    let mut file = temporary(path, mode).map_err(|error| failed(&error))?;
    std::io::Write::write_all(&mut file, bytes).map_err(|error| failed(&error))?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    if replace {
        file.persist(path).map_err(|error| failed(&error.error))?;
    } else {
        file.persist_noclobber(path).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => exists(path),
            _ => failed(&error.error),
        })?;
    }
    Ok(())
}
