//! The signing flags: key, form, identity and transparency log, and the output of what was stored.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::output::write_data;
use super::printer::{Data, Printer};
use super::registry_options::RegistryArguments;
use super::session::Session;
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy};
use crate::limits::Limits;
use crate::oci::Reference;
use crate::registry::{FoundBy, urls};
use crate::report::{self, Signed, SignedObject};
use crate::sign::{Form, KeyFile, Log, Pushed, SignedName, Signer, Signing, SigningProgram};
use crate::trust_store::{Error, Source};

/// The variable with the password of a private key, named as by cosign.
pub(super) const PASSWORD: &str = "COSIGN_PASSWORD";

/// The flags of commands that store what they sign.
#[derive(Debug, Args)]
pub(super) struct StoringArguments {
    #[command(flatten)]
    pub(super) signing: SigningArguments,

    #[command(flatten)]
    pub(super) pushed: PushedArguments,

    #[command(flatten)]
    pub(super) access: RegistryArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Signature")]
pub(super) struct SigningArguments {
    /// Private key: FILE, `env://VAR` or `exec:PROGRAM`
    ///
    /// The password of a key is read from `COSIGN_PASSWORD`. `exec:PROGRAM [ARGUMENT...]` signs with a program.
    #[arg(long, value_name = "KEY")]
    key: String,

    /// Write a Sigstore bundle
    ///
    /// cosign 3 reads bundles. `--bundle-format=false` writes the form of hardened images.
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    bundle_format: Option<bool>,

    /// Sign this name instead of the repository's
    #[arg(long, value_name = "NAME")]
    sign_container_identity: Option<String>,

    /// Publish the signature in the log at URL
    ///
    /// By default there is no log entry.
    #[arg(long, value_name = "URL")]
    rekor_url: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct PushedArguments {
    /// Format of the list of stored objects
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each: `REPOSITORY@DIGEST`
    Text,
    /// For programs: docs/schemas/signed-1.json
    Json,
}

/// The parsed flags. Opening the key is a separate step, since it may request a password or a touch.
pub(super) struct SigningOptions<'a> {
    key: &'a str,
    identity: Option<SignedName>,
    form: Form,
    log: Option<Log>,
}

/// The opened signer, with the other options.
pub(super) struct OpenedSigner {
    signer: Box<dyn Signer>,
    identity: Option<SignedName>,
    form: Form,
    log: Option<Log>,
}

impl OpenedSigner {
    pub(super) fn signing<'a>(&'a self, limits: &'a Limits) -> Signing<'a> {
        Signing {
            signer: &*self.signer,
            name: self.identity.clone(),
            form: self.form,
            log: self.log.as_ref(),
            created: Timestamp::now(),
            limits,
        }
    }
}

impl SigningArguments {
    /// Reads all flags but the key. `default` is the form if no flag sets one.
    ///
    /// # Errors
    ///
    /// An error if the identity or the URL of the log is malformed, or a log is requested with `--offline`.
    pub(super) fn read<R, T>(
        &self,
        default: Form,
        reference: &Reference,
        session: &Session<'_, R, T>,
    ) -> Result<SigningOptions<'_>, Diagnostic> {
        let identity = match &self.sign_container_identity {
            Some(name) => Some(SignedName::parse(name)?),
            None => SignedName::of_repository(&reference.repository),
        };
        let log = log(self.rekor_url.as_deref(), session)?;
        let form = match self.bundle_format {
            Some(true) => Form::Bundle,
            Some(false) => Form::SimpleSigning,
            None => default,
        };
        Ok(SigningOptions { key: &self.key, identity, form, log })
    }
}

impl SigningOptions<'_> {
    /// Opens the key.
    pub(super) async fn open(self, limits: &Limits) -> Result<OpenedSigner, Diagnostic> {
        let Self { key, identity, form, log } = self;
        Ok(OpenedSigner { signer: signer(key, limits).await?, identity, form, log })
    }
}

/// The transparency log of `--rekor-url`.
pub(super) fn log<R, T>(url: Option<&str>, session: &Session<'_, R, T>) -> Result<Option<Log>, Diagnostic> {
    match (url, &session.transport) {
        (Some(_), None) => {
            let what = "`--rekor-url` needs the network, which `--offline` forbids";
            let text = "omit `--offline`, or omit `--rekor-url`".to_owned();
            Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }))
        }
        (Some(url), Some(transport)) => Ok(Some(Log::at(url, Arc::clone(transport))?)),
        (None, _) => Ok(None),
    }
}

/// Opens the key file or starts the signing program.
///
/// # Errors
///
/// `sign/key`, `sign/password` or `sign/program` if the private key cannot be used.
pub(super) async fn signer(text: &str, limits: &Limits) -> Result<Box<dyn Signer>, Diagnostic> {
    if let Some(line) = text.strip_prefix("exec:") {
        return Ok(Box::new(SigningProgram::start(line).await?));
    }
    let unusable = |what: String| Diagnostic::new(Code::SIGN_KEY, what);
    let source = match Source::parse(text) {
        Ok(source @ (Source::File(_) | Source::Variable(_))) => source,
        Err(Error::KeyService { origin, .. }) => {
            let what = format!("{origin} is a key of a key service, which is not contacted");
            return Err(unusable(what).remedy(Remedy::SignWithProgram));
        }
        _ => {
            let what = format!(
                "`{}` is a URL, but a private key must be a file or a variable",
                urls::display_url(text)
            );
            return Err(unusable(what));
        }
    };
    let bytes = source.read(limits, None).await.map_err(|error| unusable(error.to_string()))?;
    let origin = source.to_string();
    let sealed = KeyFile::parse(&Zeroizing::new(bytes), &origin)?;
    let password = if sealed.is_encrypted() {
        password(&format!("Password of {origin}: "))?
    } else {
        Zeroizing::default()
    };
    Ok(Box::new(sealed.open(&password)?))
}

/// The password in `COSIGN_PASSWORD` if that is set, even if empty; else the terminal is prompted without echo.
pub(super) fn password(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Diagnostic> {
    if let Some(password) = std::env::var_os(PASSWORD) {
        return Ok(Zeroizing::new(password.into_encoded_bytes()));
    }
    let missing = |what: String| {
        Diagnostic::new(Code::SIGN_PASSWORD, what).remedy(Remedy::SetPassword { variable: PASSWORD })
    };
    if !std::io::stdin().is_terminal() {
        return Err(missing("there is no password, and no terminal for a prompt".to_owned()));
    }
    let typed = rpassword::prompt_password(prompt)
        .map_err(|error| missing(format!("the password cannot be read: {}", IoCause(&error))))?;
    Ok(Zeroizing::new(typed.into_bytes()))
}

impl PushedArguments {
    /// Prints the stored objects to standard output, and notes about them to standard error.
    pub(super) fn write(
        &self,
        reference: &Reference,
        opened: &OpenedSigner,
        all: &[Pushed],
        printer: &Printer,
    ) -> Result<(), Diagnostic> {
        let key = opened.signer.public_key();
        for pushed in all {
            let Pushed { subject, stored, found_by, log } = pushed;
            let subject = match &subject.platform {
                Some(platform) => format!("{platform} ({})", subject.descriptor.digest),
                None => subject.descriptor.digest.to_string(),
            };
            let what: Vec<String> = stored
                .iter()
                .rev()
                .map(|(kind, digest)| format!("{} {}", kind.as_str(), digest.short()))
                .collect();
            printer.note(&format!("{subject}: stored {}", what.join(" and ")));
            if *found_by == FoundBy::FallbackTag {
                printer.note(&format!(
                    "the registry has no referrers API: the referrers tag `{}` lists it",
                    pushed.subject.descriptor.digest.fallback_tag()
                ));
            }
            if let (Some(entry), Some(log)) = (log, &opened.log) {
                printer.note(&format!("log entry {} of {}", entry.index, log.url()));
            }
        }
        printer.note(&format!("signed by key {} ({})", key.id().short(), key.algorithm()));
        if opened.log.is_none() {
            printer.note("there is no transparency log entry; `--rekor-url URL` creates one");
        }
        let text = match self.format {
            Format::Text => {
                all.iter().filter_map(Pushed::referrer).fold(String::new(), |mut text, digest| {
                    let _ = writeln!(text, "{}@{digest}", reference.repository);
                    text
                })
            }
            Format::Json => report::signed_json(&Signed {
                repository: reference.repository.to_string(),
                key,
                form: opened.form.into(),
                log: opened.log.as_ref().map(Log::url),
                objects: all.iter().map(object).collect(),
            }),
        };
        let data = match self.format {
            Format::Text => Data::Text(&text),
            Format::Json => Data::Json(&text),
        };
        write_data(data, printer)
    }
}

fn object(pushed: &Pushed) -> SignedObject {
    SignedObject {
        digest: pushed.subject.descriptor.digest,
        platform: pushed.subject.platform.clone(),
        stored: pushed.stored.iter().map(|(kind, digest)| (kind.as_str(), *digest)).collect(),
        log_index: pushed.log.as_ref().map(|entry| entry.index),
    }
}
