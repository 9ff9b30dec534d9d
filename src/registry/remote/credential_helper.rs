//! Runs Docker credential helpers.
//!
//! A helper is run by a plain name only, without a shell, and with bounded time and output.

use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use super::login::Login;
use crate::registry::limits::{HELPER_ANSWER, HELPER_TIME};
use crate::registry::subprocess::{self, Bounds};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Runs `docker-credential-NAME get` for the login of `key`. `None` if the helper has none.
///
/// # Errors
///
/// A text with the cause, which quotes nothing of the output.
pub(super) async fn get(name: &str, key: &str) -> Result<Option<Login>, String> {
    if !is_name(name) {
        return Err("its name is not made of `a-z`, `0-9`, `-` and `_`".to_owned());
    }
    run(&format!("docker-credential-{name}"), key, HELPER_TIME).await
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

async fn run(program: &str, key: &str, time: Duration) -> Result<Option<Login>, String> {
    let mut command = Command::new(program);
    command.arg("get").stderr(Stdio::null());
    let bounds = Bounds { output: HELPER_ANSWER, time };
    let (status, output) = subprocess::run_bounded(&mut command, key.as_bytes(), bounds).await?;
    if status.success() {
        let wire: Wire = serde_json::from_slice(&output)
            .map_err(|_| "its answer is not the JSON it should be".to_owned())?;
        Ok(Login::from_pair(&wire.username, &wire.secret))
    } else if String::from_utf8_lossy(&output).contains("credentials not found") {
        Ok(None)
    } else {
        Err(format!("it fails ({status})"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::registry::Secret;

    #[test]
    fn only_plain_helper_names_are_run() {
        for name in ["", "../x", "a/b", "a b", "a;b", "A", "a.b", "é"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("ecr-login") && is_name("gcloud_2"));
    }

    #[tokio::test]
    async fn each_outcome_of_a_helper_is_distinguished() {
        let directory = tempfile::tempdir().unwrap();
        let script = |name: &str, body: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let ask = async |path: &str| run(path, "ghcr.io", Duration::from_millis(700)).await;
        let good = script(
            "good",
            r#"[ "$#$1" = 1get ] || exit 9; read host; echo "{\"ServerURL\":\"$host\",\"Username\":\"$host\",\"Secret\":\"s\"}""#,
        );
        assert_eq!(
            ask(&good).await,
            Ok(Some(Login::Basic { username: "ghcr.io".to_owned(), password: Secret::new("s") }))
        );
        let token = script("token", r#"echo '{"Username":"<token>","Secret":"s"}'"#);
        assert_eq!(ask(&token).await, Ok(Some(Login::IdentityToken(Secret::new("s")))));
        let none = script("none", "echo credentials not found in native keychain; exit 1");
        assert_eq!(ask(&none).await, Ok(None));
        let fails = script("fails", "echo hunter2; echo hunter2 >&2; exit 1");
        assert!(
            ask(&fails)
                .await
                .is_err_and(|cause| cause.contains("exit status: 1") && !cause.contains("hunter2"))
        );
        let slow = script("slow", "exec sleep 5");
        assert!(ask(&slow).await.is_err_and(|cause| cause.contains("does not answer")));
        let endless = script("endless", "exec yes");
        assert!(ask(&endless).await.is_err_and(|cause| cause.contains("over 65536 bytes")));
        let garbage = script("garbage", "echo hunter2");
        assert!(ask(&garbage).await.is_err_and(|cause| !cause.contains("hunter2")));
        assert!(ask("/nowhere/helper").await.is_err_and(|cause| cause.contains("cannot be run")));
    }
}
