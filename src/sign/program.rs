//! Signs with an external program, for keys in hardware tokens or services.
//!
//! The program is run without a shell, with bounded time and output. Its signatures are verified like all others.
//!
//! The protocol is in `docs/signing.md`: `PROGRAM ARGS... public-key` prints a PEM public key; `PROGRAM ARGS... sign`
//! reads a digest (bytes, not hex) from standard input and prints a signature.

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::digest;
use tokio::process::Command;

use super::limits::{SIGNER_ANSWER, SIGNER_TIME};
use super::{Error, Signer};
use crate::diagnostic::Remedy;
use crate::registry::subprocess::{Bounds, run_bounded};
use crate::trust::PublicKey;

const PUBLIC_KEY: &str = "public-key";
const SIGN: &str = "sign";

/// A signing program whose public key is known.
#[derive(Clone, Debug)]
pub struct SigningProgram {
    command: CommandLine,
    public: PublicKey,
    hash: &'static digest::Algorithm,
}

/// The program and its arguments.
#[derive(Clone, Debug)]
struct CommandLine {
    program: String,
    arguments: Vec<String>,
    time: Duration,
}

impl SigningProgram {
    /// Runs the program in `line` (split at spaces, without quoting) to get its public key.
    ///
    /// # Errors
    ///
    /// [`Error::Program`] if it fails, [`Error::KeyFile`] if the key cannot be used.
    pub async fn start(line: &str) -> Result<Self, Error> {
        Self::start_within(line, SIGNER_TIME).await
    }

    async fn start_within(line: &str, time: Duration) -> Result<Self, Error> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let wrong = |cause: &str| Error::KeyFile {
            // Arguments may be secret.
            origin: format!("`exec:{}`", line.split_whitespace().next().unwrap_or_default()),
            cause: cause.to_owned(),
            remedy: Some(Remedy::WriteSigningProgram),
        };
        let program = words.next().ok_or_else(|| wrong("it names no program"))?;
        let line = CommandLine { program, arguments: words.collect(), time };
        let pem = line.run(PUBLIC_KEY, &[]).await?;
        let origin = format!("the answer of `{}` to `{PUBLIC_KEY}`", line.program);
        let unusable = |cause: String| Error::KeyFile { origin: origin.clone(), cause, remedy: None };
        let pem = String::from_utf8(pem).map_err(|_| unusable("it is not PEM".to_owned()))?;
        let public = PublicKey::from_pem(&pem, &origin).map_err(|error| match error {
            crate::trust::Error::KeyFile { cause, .. } | crate::trust::Error::KeyEncoding { cause, .. } => {
                unusable(cause)
            }
            other => unusable(other.to_string()),
        })?;
        let hash = match public.algorithm() {
            "ecdsa-p256" | "rsa" => &digest::SHA256,
            "ecdsa-p384" => &digest::SHA384,
            other => {
                return Err(unusable(format!(
                    "{other} keys sign whole messages, and a program gets only digests"
                )));
            }
        };
        Ok(Self { command: line, public, hash })
    }
}

#[async_trait]
impl Signer for SigningProgram {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.command.run(SIGN, digest::digest(self.hash, message).as_ref()).await
    }
}

impl CommandLine {
    async fn run(&self, operation: &'static str, input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut command = Command::new(&self.program);
        // The program may have to prompt the user, such as to touch a token.
        command.args(&self.arguments).arg(operation).stderr(Stdio::inherit());
        let bounds = Bounds { output: SIGNER_ANSWER, time: self.time };
        let answer = match run_bounded(&mut command, input, bounds).await {
            Ok((status, output)) if status.success() => Ok(output),
            Ok((status, _)) => Err(format!("it fails ({status})")),
            Err(cause) => Err(cause),
        };
        answer.map_err(|cause| Error::Program { program: self.program.clone(), operation, cause })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::sign::KeyPair;

    /// Runs `body` in a shell that has the public key in `$KEY`.
    async fn start(body: &str) -> Result<SigningProgram, Error> {
        let directory = tempfile::tempdir().unwrap().keep();
        std::fs::write(directory.join("key"), KeyPair::generate(b"").unwrap().public).unwrap();
        let script = directory.join("signer");
        std::fs::write(&script, format!("KEY={}\n{body}\n", directory.join("key").display())).unwrap();
        SigningProgram::start_within(&format!("sh {}", script.display()), Duration::from_millis(700)).await
    }

    #[tokio::test]
    async fn each_failure_of_a_program_has_its_cause() {
        let cause = async |body: &str| match start(body).await {
            Err(Error::Program { cause, .. } | Error::KeyFile { cause, .. }) => cause,
            other => panic!("{other:?}"),
        };
        assert!(cause("echo hunter2; exit 3").await.contains("exit status: 3"));
        assert!(cause("exec sleep 5").await.contains("does not answer"));
        assert!(cause("exec yes").await.contains("over 65536 bytes"));
        assert!(cause("echo garbage").await.contains("no `BEGIN PUBLIC KEY`"));
        assert!(cause("printf '\\377'").await.contains("not PEM"));
        let named = |line: &str| SigningProgram::start_within(line.to_owned().leak(), SIGNER_TIME);
        assert!(named("/nowhere/signer").await.unwrap_err().program_cause().contains("cannot be run"));
        assert!(named(" ").await.unwrap_err().to_string().contains("names no program"));
    }

    #[tokio::test]
    async fn a_program_gets_only_the_digest() {
        let program = start(r#"case $2$1 in public-key) cat "$KEY";; sign) cat;; esac"#).await.unwrap();
        let expected = digest::digest(&digest::SHA256, b"message");
        assert_eq!(program.sign(b"message").await.unwrap(), expected.as_ref());
        let program = start(r#"[ "$1" = public-key ] && exec cat "$KEY"; exit 1"#).await.unwrap();
        assert!(matches!(program.sign(b"m").await, Err(Error::Program { operation: "sign", .. })));
    }

    impl Error {
        fn program_cause(&self) -> String {
            match self {
                Self::Program { cause, .. } => cause.clone(),
                other => panic!("{other:?}"),
            }
        }
    }
}
