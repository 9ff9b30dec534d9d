//! The text of each hint: what to do about a diagnostic, with options and commands that can be pasted.
//!
//! No other module names an option of the command. Other modules return a [`Remedy`]; a test fails on an option in
//! their code.

use std::borrow::Cow;
use std::time::Duration;

use super::error_pages::PAGES;
#[cfg(feature = "rego")]
use crate::diagnostic::closest;
use crate::diagnostic::{PrivateKeyForm, PublicKeyForm, Remedy, TextEncoding};
use crate::oci::reference::{DOCKER_HUB, SCOUT};
use crate::report::{ErrorPage, HintTexts, quoted};

/// The texts of the `dhi` command, with its options.
#[derive(Clone, Copy, Debug)]
pub struct CommandHints;

/// The offered function that is closest to `name`.
fn call_offered(name: &str) -> Cow<'static, str> {
    #[cfg(feature = "rego")]
    {
        use crate::policy::rego::{builtins::OFFERED, host_functions};
        let offered: Vec<&str> = OFFERED.iter().map(|function| function.name).collect();
        let hosted: Vec<&str> = host_functions().map(|function| function.name).collect();
        if let Some(meant) = closest(name, offered.into_iter().chain(hosted)) {
            return format!("did you mean `{meant}`? `docs/policies/builtins.md` lists all functions").into();
        }
    }
    let _ = name;
    "`docs/policies/builtins.md` lists the functions that policies can call".into()
}

/// The longest wait that a hint names in seconds.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl HintTexts for CommandHints {
    fn pages(&self) -> &[ErrorPage] {
        PAGES
    }

    fn remedy(&self, remedy: &Remedy) -> Cow<'static, str> {
        match remedy {
            Remedy::Write { text } => format!("write `{}`", quoted(text)).into(),
            Remedy::WriteWithoutLogin { host, text } => {
                format!("log in with `docker login {host}`, and write `{text}`").into()
            }
            Remedy::WriteScheme { path } => {
                let (directory, file) = (local("oci:", path), local("archive:", path));
                format!("write `{directory}` for a layout directory, or `{file}` for an archive of a \
                         layout").into()
            }
            Remedy::WriteAsLayout { path } => {
                format!("for a layout directory write `{}`", local("oci:", path)).into()
            }
            Remedy::NameEngineImage { id } => format!(
                "`docker image inspect --format '{{{{json .RepoDigests}}}}' {id}` prints its name in a \
                 registry; write that name, or its name in the engine: `docker-daemon:NAME:TAG`"
            )
            .into(),
            Remedy::NameLayoutImage { reference } => {
                format!("write the whole name, such as `{}`, or a digest", quoted(reference)).into()
            }
            Remedy::UseOtherPath => {
                "go to the directory and write `oci:.:NAME`, or rename one of the two".into()
            }
            Remedy::WriteReference => {
                "references are `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME][@DIGEST]` for a layout directory, \
                 `archive:FILE[:NAME][@DIGEST]` for an archive of a layout, or `docker-daemon:NAME[:TAG]` \
                 for an image of the local engine"
                    .into()
            }
            Remedy::WriteLayoutOfDockerArchive => {
                "an archive of `docker save` cannot hold attestations; for an image that the engine pulled \
                 write `docker-daemon:NAME:TAG`, or copy it to a directory with `regctl image copy \
                 --referrers REF ocidir://DIR:TAG`, then write `oci:DIR:TAG`"
                    .into()
            }
            Remedy::CheckVariable => "check that the variable that holds it is set in this shell".into(),
            Remedy::NameImage { reference } => format!("name the image itself, such as `{reference}`").into(),
            Remedy::UseHardened { reference } => format!("the hardened image is `{reference}`").into(),
            Remedy::UseTag { reference } => {
                format!("the tag may name a newer image now: `{reference}`").into()
            }
            Remedy::CompareName => "check the name and the tag; a mirror may lack this image".into(),
            Remedy::ListLayoutTags => {
                "`index.json` of the layout lists its tags as `org.opencontainers.image.ref.name`".into()
            }

            Remedy::CopyReferrers => {
                "if it is a copy, copy its referrers too (`regctl image copy --referrers`), or name the repository \
                 that holds them with `--attestations REPO`"
                    .into()
            }
            Remedy::CopyReferrersOfHardened => {
                "it claims to be hardened, so its attestations were not copied with it: copy it with \
                 `regctl image copy --referrers`, or name the repository that holds them with `--attestations REPO`"
                    .into()
            }
            Remedy::CopyAttestations => {
                "copy all of its attestations: `regctl image copy --referrers`".into()
            }
            Remedy::CopySignatures => {
                "copy the signatures too: `regctl image copy --referrers --force-recursive`".into()
            }
            Remedy::AttachAttestation => {
                "its signature alone is not enough: attach an attestation (`dhi attest add`), or copy its \
                 attestations (`regctl image copy --referrers`); `--policy signed` checks only the \
                 signature"
                    .into()
            }
            Remedy::CompareWithOriginal => {
                "the copy is broken or forged: compare it with the original registry".into()
            }
            Remedy::RequireIndexSignature => {
                "require one with `--require-index-signature`; older images have none".into()
            }

            Remedy::GiveTeamKey => {
                "if your own team signed it, give its key with `--attestor-key FILE`, or `--key FILE`".into()
            }
            Remedy::GiveEnvelopeKey => {
                "to verify a Sigstore bundle or a DSSE envelope, give its signer: `--key FILE`, `--attestor-key FILE` \
                 or `--certificate-identity`"
                    .into()
            }
            Remedy::SignFileWithBundle { signature, file } => format!(
                "sign the file: `cosign sign-blob --key KEY --bundle {} {}`",
                quoted(signature),
                quoted(file)
            )
            .into(),
            Remedy::TrustUnsignedSource { source } => format!(
                "if you know who wrote it, accept it without a signature: `--trust-unsigned {}`",
                quoted(source)
            )
            .into(),
            Remedy::PinPolicyBundle { bundle } => {
                format!("review what it has now, then pin it: `dhi policy pull {} --lock`", quoted(bundle)).into()
            }
            Remedy::SignPolicyBundle { bundle } => {
                format!("its publisher signs it with `dhi sign --key KEY {}`", quoted(bundle)).into()
            }
            Remedy::PushPolicyBundle { bundle } => format!(
                "only artifacts of registries are signed: push it with `dhi policy push {} REF --sign-key KEY` and give \
                 REF, or leave `--bundle-key` out",
                quoted(bundle)
            )
            .into(),
            Remedy::SeePolicyBundles => "`docs/policies/bundles.md` lists what a bundle has; evaluate single files with \
                                         `--policy-file FILE`, or all of a directory with `--policy-dir DIR`"
                .into(),
            Remedy::AddVexRepository => "add one, such as that of Docker Hardened Images: `dhi vex repo add dhi \
                                         https://github.com/docker-hardened-images/advisories`".into(),
            Remedy::RemoveVexRepository { name } => {
                format!("choose another name, or remove it first: `dhi vex repo remove {}`", quoted(name)).into()
            }
            Remedy::UpdateVexRepository { name } => {
                format!("fetch it where there is a network: `dhi vex repo update {}`", quoted(name)).into()
            }
            Remedy::LogInToVexRepository { name } => format!(
                "log in to its host (`docker login HOST`), or add it with a token: `dhi vex repo add {} URL \
                 --token-env VARIABLE`",
                quoted(name)
            )
            .into(),
            Remedy::SetLoginVariable { variable } => {
                format!("set it in the environment: `export {variable}=…`").into()
            }
            Remedy::NameScannedImage { reference } => {
                format!("name the image that was scanned: `--image {}`", quoted(reference)).into()
            }
            Remedy::GiveAttestorKeyForImages => {
                "if this key may prove the image, give it with `--key` instead of `--attestor-key`".into()
            }
            Remedy::GiveIdentity => {
                "give `--certificate-identity` and `--certificate-oidc-issuer`; regular expressions must \
                 match the whole text"
                    .into()
            }
            Remedy::GiveIdentityOfIssuer => {
                "give the accepted identity with `--certificate-identity`".into()
            }
            Remedy::GiveIssuer => "give `--certificate-oidc-issuer URL`".into(),
            Remedy::GiveIssuerForEach => {
                "give one issuer for all, or one for each identity, in order".into()
            }
            Remedy::GiveSigners => "give as many keys or identities as `--threshold` requires".into(),
            Remedy::GiveCertificateAuthorities => {
                "give the certificate authorities of a private instance with `--trusted-root FILE`".into()
            }
            Remedy::GiveTimestampAuthorities => {
                "give the timestamp authorities of a private instance with `--trusted-root FILE`".into()
            }
            Remedy::GiveLogKey => "give the log's trusted root with `--trusted-root`".into(),
            Remedy::AllowUnlogged => {
                "log entries of private namespaces are not published; omit `--require-tlog` for them".into()
            }
            Remedy::AcceptRetiredKey { name } => format!("to accept it anyway: `--key {name}`").into(),
            Remedy::AcceptCustomizations { namespace } => {
                format!("to accept customizations of that organisation: `--namespace {namespace}`").into()
            }
            Remedy::RequireOtherName { name } => {
                format!("check the image; if that name is right, require it: `--signed-name {}`", quoted(name))
                    .into()
            }
            Remedy::ChoosePlatform { platform } => {
                format!("choose one that exists: `--platform {}`", quoted(platform)).into()
            }
            Remedy::SeeSigningProgram => {
                "run the program alone; `docs/signing.md` describes what it has to print".into()
            }
            Remedy::AcceptCustomizedBase { namespace } => {
                format!("accept it with `--namespace {namespace}`").into()
            }
            Remedy::RewriteKey => {
                "convert it: `openssl pkey -pubin -in OLD.pub -out NEW.pub`".into()
            }
            Remedy::RewriteEcKey => {
                "convert it: `openssl ec -pubin -in OLD.pub -param_enc named_curve -conv_form uncompressed \
                 -out NEW.pub`"
                    .into()
            }
            Remedy::PinKey => {
                "get the fingerprint from the owner by another way than the key, compare, then give it \
                 with `--pin sha256:...`"
                    .into()
            }
            Remedy::WriteFingerprint => {
                "a fingerprint is `sha256:` and all 64 hex digits of the SHA-256 of the SubjectPublicKeyInfo".into()
            }
            Remedy::GivePrivateKey => "give the private key, such as `cosign.key`".into(),
            Remedy::ConvertKey { path, form } => {
                let path = quoted(path);
                match form {
                    PrivateKeyForm::Openssl => {
                        format!("convert it: `openssl pkcs8 -topk8 -nocrypt -in {path} -out pkcs8.pem`")
                    }
                    PrivateKeyForm::OpenSsh => format!(
                        "convert an ECDSA or RSA key: `cp {path} pkcs8.pem && ssh-keygen -p -N '' -m PKCS8 -f \
                         pkcs8.pem`"
                    ),
                    PrivateKeyForm::Der => {
                        format!("convert it: `openssl pkey -inform DER -in {path} -out pkcs8.pem`")
                    }
                }
                .into()
            }
            Remedy::ConvertPublicKey { path, form } => {
                let path = quoted(path);
                let command = match form {
                    PublicKeyForm::Certificate => format!("openssl x509 -in {path} -noout -pubkey"),
                    PublicKeyForm::Pkcs1 => format!("openssl rsa -RSAPublicKey_in -in {path} -pubout"),
                    PublicKeyForm::OpenSsh => format!("ssh-keygen -e -m PKCS8 -f {path}"),
                    PublicKeyForm::Der => format!("openssl pkey -pubin -inform DER -in {path}"),
                    PublicKeyForm::Private => format!("openssl pkey -in {path} -pubout"),
                    PublicKeyForm::CosignPrivate => format!("cosign public-key --key {path}"),
                };
                format!("write its public key to a file: `{command} > key.pub`").into()
            }
            Remedy::MakeKey => "create one: `dhi keys generate`".into(),
            Remedy::GiveKey => "a key is a PEM file, `env://VAR`, an https URL, `dhi-1` or `dhi-2`".into(),
            Remedy::WriteSigningProgram => "write `exec:PROGRAM` or `exec:PROGRAM ARGUMENT...`".into(),
            Remedy::ChooseKeyName => {
                "choose another name with `--output-key-prefix PREFIX`, or give `--force`".into()
            }
            Remedy::GivePassword => {
                "it is read from `COSIGN_PASSWORD`, else from the terminal".into()
            }
            Remedy::SetPassword { variable } => {
                format!("set `{variable}`; for a key without a password, set it empty: `{variable}=`").into()
            }

            Remedy::OwnDirectory { path } => format!(
                "make `{path}` a real directory that belongs to you and that no other user can write to, \
                 or set `XDG_DATA_HOME`"
            )
            .into(),
            Remedy::MendKeyring { path } => {
                format!("repair `{path}`, or remove it to use only the embedded keys").into()
            }
            Remedy::RemoveRootRecord { path } => {
                format!("remove `{path}` to use the embedded trusted root").into()
            }
            Remedy::SaveToFile => "save it to a file once and give the file".into(),
            Remedy::ExportPublicKey { url } => format!(
                "save the public key with `cosign public-key --key {} > key.pub`, and give `key.pub`",
                quoted(url)
            )
            .into(),
            Remedy::SignWithProgram => "sign with a program that uses the key service: \
                                        `'exec:PROGRAM [ARGUMENT...]'` (docs/signing.md)"
                .into(),
            Remedy::GiveFileOrUrl => "give a file or an https URL".into(),
            Remedy::LogInToRepository { host } => {
                format!("`docker login {host}`, or replace the repository: `--substitute FILE`").into()
            }
            Remedy::FetchIndexesFirst => "run the same command once without `--offline`".into(),
            Remedy::NameDebianMirror { variable } => {
                format!("set `{variable}` to the address of a mirror, such as `https://mirror.example/debian`").into()
            }
            Remedy::UpdateLock => "run the same command with `--update`, which moves packages to the newest versions".into(),
            Remedy::LockAgain { file } => format!("`dhi definition lock --update {}`", quoted(file)).into(),
            Remedy::LockFirst { file } => format!("`dhi definition lock {}`", quoted(file)).into(),
            Remedy::PinCommit => "name a commit after `#`, or give it as `checksum`".into(),
            Remedy::FetchWithLogin => "fetch it with a program that logs in, and give the file".into(),
            Remedy::GiveOtherUrl { url } => format!("if you trust that host, give `{}`", quoted(url)).into(),
            Remedy::GiveRawFile => "give the URL of the file itself, not of a page that shows it".into(),
            Remedy::GiveTufRoot => {
                "give a `root.json` from its operator: `--tuf-root FILE`".into()
            }
            Remedy::NameTufRepository { public } => format!(
                "give its `--tuf-url` and `--tuf-root`, or `--tuf-url {public}` to change to Sigstore's \
                 public instance"
            )
            .into(),
            Remedy::UseFetchedRoot => {
                "`--offline` uses the trusted root that was fetched last".into()
            }

            Remedy::NameBase { reference } => {
                format!("name the base that it was built on: `--base {}`", quoted(reference)).into()
            }
            Remedy::NameBaseByDigest => {
                "the tag may name a newer image now; name the base by its digest: `--base REF@DIGEST`".into()
            }
            Remedy::NameBaseOrBuildWithProvenance => {
                "nothing names its base: build with provenance, or name it with `--base REF@DIGEST`".into()
            }
            Remedy::BuildWithoutSquashing => "build without squashing: the layers prove the base".into(),
            Remedy::VerifyLayers => {
                "download and hash them with `--verify-layers`, or accept them with \
                 `--accept-declared-layers`"
                    .into()
            }
            Remedy::AllowBaseRegistry { host } => format!("allow it with `--base-registry {host}`").into(),
            Remedy::GiveMirror => {
                "if that registry cannot be reached, name a mirror of it: `--mirror HOST=HOST2[/PREFIX]`".into()
            }
            Remedy::GiveDockerKeyForBase => "if Docker signed its base, give `--key dhi-2` too".into(),

            Remedy::AskForAttestations => {
                "`--policy attested` checks only signatures and attestations".into()
            }
            Remedy::AskForSignature => "`--policy signed` checks only the signature".into(),
            Remedy::NameOneImage => {
                "omit it, or name the image of one platform by its digest (`NAME@sha256:…`)".into()
            }
            Remedy::GiveKeyOfSignature => "give the key that signed the image with `--key`".into(),
            Remedy::GiveEachOnce => "give each key once".into(),
            Remedy::DefinePass => "give `pass` a value in every case: `default pass := false`".into(),
            Remedy::CorrectPolicyResult => {
                "correct the policy: `docs/policies/contract.md` has the types of its result".into()
            }
            Remedy::CorrectPolicy => {
                "correct the policy; `print` in it and `-v` show its values".into()
            }
            Remedy::ConvertRego { file } => {
                format!("convert it to Rego v1: `opa fmt --write --v0-v1 {}`", quoted(file)).into()
            }
            Remedy::HandleMissingData => "let the policy report a violation if the data is `null`, or read other data: \
                                          `docs/policies/contract.md`"
                .into(),
            Remedy::GiveFindings => "give the findings of a scan of the image: `--report FILE`".into(),
            Remedy::RecordFacts { reference } => format!(
                "record the facts for policies: `dhi verify --format json --facts --output facts.json {}`",
                reference.as_deref().map_or_else(|| "REF".into(), quoted)
            )
            .into(),
            Remedy::ExplainImage { reference } => {
                format!("see why: `dhi verify --explain {}`", quoted(reference)).into()
            }
            Remedy::AttestImageItself { reference } => format!(
                "attach one to the image itself with `dhi attest add {}`, and give its key with `--attestor-key FILE`; \
                 or leave the policy out for images that are built on hardened ones",
                quoted(reference)
            )
            .into(),
            Remedy::GiveDockerKey => "give Docker's key too: `--key dhi-2`".into(),
            Remedy::AskWhatFactsAnswer => {
                "correct the policy: `docs/policies/input.md` tells what each function answers".into()
            }
            Remedy::NamePoliciesApart => "leave one out, or change `custom.name` in its metadata".into(),
            Remedy::GiveKeyOfPolicyBundle => "give the key that signed the bundle with `--bundle-key`".into(),
            Remedy::RenamePolicy => "give it another name: `custom.name` in its metadata".into(),
            Remedy::AskWithPolicy => "only findings of `--policy dhi-or-dhi-based` can be excused".into(),
            Remedy::AskForBases => "base images are searched with `--policy dhi-or-dhi-based`".into(),
            Remedy::NamePolicy => {
                "`--predicate-type` sets the policy to `attested`; to change it: `--policy \
                 dhi-or-dhi-based`".into()
            }
            Remedy::WriteException => {
                "write each as `- {image: NAME@sha256:… or a glob, check: ID, reason: TEXT, expires: \
                 YYYY-MM-DD}`, with `text: TEXT` instead of `image` for `admit/not-judged`, and with `policy: NAME` for \
                 `policy/violation`".into()
            }
            Remedy::CallOffered { name } => call_offered(name),
            Remedy::WriteCases => "`docs/policies/testing.md` shows the form of cases".into(),
            Remedy::SeeLimits => {
                "an object over a limit is not judged; `docs/limits.md` lists the limits".into()
            }

            Remedy::LogIn { host, refused: false } => format!("log in: `{}`", login(host)).into(),
            Remedy::LogIn { host, refused: true } => {
                format!("check that the account may read it, or log in again: `{}`", login(host)).into()
            }
            Remedy::LogInToPush { host, refused: false } => {
                format!("log in with an account that may push to it: `{}`", login(host)).into()
            }
            Remedy::LogInToPush { host, refused: true } => {
                let login = login(host);
                format!("check that the account or token may push to it, or log in again: `{login}`").into()
            }
            Remedy::AnswerNotFound => "no login is missing: some registries return this status for what \
                                       does not exist; configure the registry to return 404, or name a \
                                       repository with `--attestations REPOSITORY`"
                .into(),
            Remedy::AnswerNotFoundBeforeWriting => "no login is missing: a list that may exist is not \
                                                    overwritten; configure the registry to return 404 for \
                                                    a tag that does not exist, and run the command again"
                .into(),
            Remedy::CheckCredentialHelper { helper } => format!(
                "run `{helper} list`; if you do not need the helper, remove it from `credsStore` or \
                 `credHelpers`"
            )
            .into(),
            Remedy::SetProxyLogin => {
                "put it into the variable: `HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`".into()
            }
            Remedy::AllowTokenServer { registry, server } => {
                format!("if that is correct, allow it: `--auth-realm {registry}={server}`").into()
            }
            Remedy::RetryLater { after: None } => "try again later, or log in for a higher limit".into(),
            Remedy::RetryLater { after: Some(after) } if *after > DAY => {
                "the registry accepts no request for more than a day; log in for a higher limit".into()
            }
            Remedy::RetryLater { after: Some(after) } => format!("try again in {} s", after.as_secs()).into(),
            Remedy::GiveClientCertificate => {
                "the registry requires a client certificate: `--client-cert FILE --client-key FILE`".into()
            }
            Remedy::GiveClientCertificateIfDemanded => {
                "the registry closed the connection right after the TLS handshake: if it requires a client \
                 certificate, `--client-cert FILE --client-key FILE`"
                    .into()
            }
            Remedy::GiveCertificateAuthority => "for a private certificate authority: `--ca FILE`".into(),
            Remedy::CheckHostName => "check the host name; if hosts are reached through a proxy, name it: \
                                      `HTTPS_PROXY=http://HOST:PORT`"
                .into(),
            Remedy::CheckNetwork => {
                "check the network; if hosts are reached through a proxy, name it: \
                 `HTTPS_PROXY=http://HOST:PORT`"
                    .into()
            }
            Remedy::CheckPort => "check the host and port, and whether the registry runs".into(),
            Remedy::CheckCertificateDates => {
                "check the clock of this machine with `date`; if it is right, the registry needs a new \
                 certificate"
                    .into()
            }
            Remedy::UseCertificateName => "write the registry with a name that its certificate has".into(),
            Remedy::CheckProxy { host } => {
                format!("check the proxy in `HTTPS_PROXY`; to reach the host without it: `NO_PROXY={host}`")
                    .into()
            }
            Remedy::AskOperator { host } => {
                format!("try again later; if the answer stays the same, ask the operator of {host}").into()
            }
            Remedy::AllowPlainHttp { host } => {
                format!("for a registry without TLS: `--plain-http {host}`").into()
            }
            Remedy::VerifyOnline => {
                "run once without `--offline`, or verify a layout directory (`oci:DIR:TAG`) or archive \
                 (`archive:FILE:TAG`)"
                    .into()
            }
            Remedy::WriteOnline => {
                "run the command without `--offline`, or write to a layout directory (`oci:DIR:TAG`)".into()
            }
            Remedy::AllowNetworkOrWriteLayout => {
                "omit `--offline`, or write to a layout directory: `oci:DIR:TAG`".into()
            }
            Remedy::RunAgainAlone => {
                "run the command again while nothing else adds referrers to the same image".into()
            }
            Remedy::WaitForOtherProcess => "wait for the other process to end, then try again".into(),
            Remedy::ShareLockDirectory => {
                "make it writable, or set `XDG_CACHE_HOME` to a directory that all your processes share".into()
            }

            Remedy::NameRegistry => "name a repository of a registry: `HOST/REPO`".into(),
            Remedy::AllowEngineOrNameDigest => {
                "omit `--offline`, or verify the digest that it was pulled by, if that was verified \
                 before: `docker image inspect --format '{{json .RepoDigests}}' NAME` prints it"
                    .into()
            }
            Remedy::NameSocket => "choose the engine: `DOCKER_HOST=unix://PATH`".into(),
            Remedy::NameSocketOrDigest => {
                "set `DOCKER_HOST=unix://PATH` for an engine of this machine, or verify the digest that the image was \
                 pulled by: `docker image inspect --format '{{json .RepoDigests}}' NAME` prints it"
                    .into()
            }
            Remedy::StartEngine => {
                "start the engine (`systemctl start docker`, or `systemctl --user start podman.socket`), \
                 or set its socket: `DOCKER_HOST=unix://PATH`"
                    .into()
            }
            Remedy::AllowSocket => {
                "run the command as a user who may use the socket (group `docker`), or name the socket of \
                 your own engine: `DOCKER_HOST=unix://PATH`"
                    .into()
            }
            Remedy::ListLocalImages => {
                "`docker images --digests` lists the images of the engine; `dhi` pulls none, and Podman \
                 names images that were built here `localhost/NAME`"
                    .into()
            }
            Remedy::PushFirst => {
                "if it was built here, push it and verify it in the registry: `docker push HOST/REPO:TAG`, \
                 then `HOST/REPO:TAG`; if it was loaded from an archive, pull it from its registry"
                    .into()
            }
            Remedy::PullAgain => {
                "the registry does not have the image of the engine, or has it under another name: pull \
                 the image again"
                    .into()
            }
            Remedy::NameOrigin { reference } => {
                format!("choose one, such as `docker-daemon:{reference}`").into()
            }
            Remedy::AskAboutIndex => "omit `--platform`: there are attestations about the index".into(),
            Remedy::AskForAllPlatforms => {
                "the engine may have the image of another platform: omit `--platform`, or name that \
                 platform".into()
            }
            Remedy::ReplaceLocalImage { reference } => {
                format!("do not run it; remove it from the engine, and pull it again: `docker pull \
                         {reference}`").into()
            }

            Remedy::UnpackArchive => {
                "unpack it and write to the directory: `mkdir DIR && tar -C DIR -xf FILE`, then `oci:DIR:TAG`".into()
            }
            Remedy::PackFolder => "pack the content of the directory: `tar -C DIR -cf FILE .`".into(),
            Remedy::Uncompress { command, path } => format!("uncompress it: `{command} {}`", quoted(path)).into(),
            Remedy::WriteArchive => {
                "an archive is an uncompressed tar with `oci-layout`, `index.json` and `blobs` at its root; write one \
                 with `skopeo copy docker://REF oci-archive:FILE:TAG`, or with attestations from a layout directory: \
                 `tar -C DIR -cf FILE .`"
                    .into()
            }
            Remedy::WriteLayout => {
                "a layout directory holds `oci-layout`, `index.json` and `blobs`; write one with \
                 `regctl image copy --referrers REF ocidir://DIR:TAG`"
                    .into()
            }
            Remedy::TakeFromRegistry => {
                "take the image from its registry: `regctl image copy --referrers REF ocidir://DIR:TAG`, or without \
                 attestations `skopeo copy docker://REF oci-archive:FILE:TAG`"
                    .into()
            }

            Remedy::WriteLogDirectives => {
                "write `DHI_LOG=debug`, or for single targets `DHI_LOG=dhi::http=debug,dhi::cache=info`".into()
            }
            Remedy::ConvertText { path, encoding } => {
                let path = path.as_deref().map_or_else(|| "FILE".to_owned(), quoted);
                match encoding {
                    TextEncoding::MarkedUtf8 => format!("remove the byte order mark: `tail -c +4 {path} > \
                                                         utf-8.txt`"),
                    TextEncoding::Iconv(name) => {
                        format!("convert it: `iconv -f {name} -t UTF-8 {path} > utf-8.txt`")
                    }
                }
                .into()
            }
            Remedy::SetVariable { names } => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("set {}", names.join(" or ")).into()
            }
            Remedy::FreeSpace => "free space on that file system, or choose another path".into(),
            Remedy::FreeSpaceInQuota => "free space within the quota, or choose another path".into(),
            Remedy::RaiseFileSizeLimit => {
                "raise the limit on the size of files (`ulimit -f`), or choose another path".into()
            }
            Remedy::WriteElsewhere => "choose a path that can be written to".into(),
            Remedy::WriteWhereAllowed => "choose a path where you have write permission, or get that \
                                          permission".into(),
            Remedy::ChooseTemporaryDirectory => "set `TMPDIR` to a directory with enough space".into(),
            Remedy::SeeConfiguration => "`docs/access.md` lists all keys".into(),

            Remedy::SignInstead => "to make a signature, use `dhi sign`".into(),
            Remedy::GivePredicateUri { short } => {
                format!("cosign would wrap the file for `{short}`; give the URI of its predicate type").into()
            }
            Remedy::GivePredicateType { short } => {
                let names: Vec<String> = short.iter().map(|name| format!("`{name}`")).collect();
                format!("give a URI, or one of {}", names.join(", ")).into()
            }
            Remedy::TakePredicate { path } => {
                format!("extract its predicate: `jq .predicate {}`", quoted(path)).into()
            }
            Remedy::NamePlatform => "name one with `--platform OS/ARCH`, or all with `--platform all`".into(),
            Remedy::WriteRepository => {
                "write the name of a repository: `registry.example.com/team/api`".into()
            }
            Remedy::NameSignedRepository => {
                "name its repository: `--sign-container-identity registry.example.com/team/api`".into()
            }
            Remedy::SignAsBundleOrWithoutLog => {
                "use `--bundle-format` or a P-256 or RSA key, or omit `--rekor-url`".into()
            }
            Remedy::SignWithoutLog => "omit `--rekor-url`".into(),
            Remedy::RetryOrSignWithoutLog => {
                "nothing was stored; try again, or omit `--rekor-url`".into()
            }
            Remedy::MakeSummaryKey => "sign summaries with a separate key: `dhi keys generate`".into(),
            Remedy::DeleteSummaries => {
                "delete old summaries; add `--accept-vsa` to accept an existing one".into()
            }

            Remedy::ListDigests => "`dhi attest list` shows the digests; give at least 4 hex digits".into(),
            Remedy::ListAttestations { reference } => {
                format!("`dhi attest list {}` shows all", quoted(reference)).into()
            }
            Remedy::GetUnsigned { reference, digest } => {
                format!("`dhi attest get {} {digest}` prints it without any proof", quoted(reference)).into()
            }
            Remedy::NameAttestation => "name one by `--predicate-type`, `--platform` or its digest".into(),

            Remedy::InstallScanner => {
                "install Grype or Trivy, name one with `--scanner PATH`, or give a report: `--report FILE`".into()
            }
            Remedy::CountUnknownSeverities => "count them with `--fail-on unknown`".into(),
            Remedy::ExplainFinding { finding, report } => {
                let command = format!("dhi vex explain {} {}", quoted(finding), quoted(report));
                format!("`{command}`, with the same options, shows why a finding stays").into()
            }

            Remedy::CheckManifestCommand => {
                "check whether the command that writes the manifests failed: run it alone".into()
            }
            Remedy::RenderTemplate => {
                "this looks like a template: render it first, such as `helm template CHART | dhi admit check -`".into()
            }
            Remedy::CheckDeployed => {
                "check what is deployed: pipe `docker compose config`, `helm template` or the like to \
                 `dhi admit check -`"
                    .into()
            }
            Remedy::SeparateObjects => "write a line `---` between two objects".into(),
            Remedy::NarrowPlatforms => {
                "select one platform or all: `--platform`, and `platform` in Compose files, select platforms"
                    .into()
            }
            Remedy::WritePlainImage => "write the image as one plain or quoted text".into(),
            Remedy::QuoteImage => "write it in quotes".into(),
            Remedy::AllowNotJudged => {
                "omit `--strict` to accept what is listed as not judged, or name its text in `--exceptions \
                 FILE`: `- {text: TEXT, check: admit/not-judged, reason: TEXT, expires: YYYY-MM-DD}`".into()
            }

            Remedy::ChangeCommandLine { text } | Remedy::FollowPolicy { text } => text.clone().into(),
            Remedy::ListTopics => "`dhi help topics` lists them".into(),
            Remedy::ReportBug => {
                "please report it with the command line and the output of `dhi version`".into()
            }
        }
    }
}

/// A path after a scheme, where no shell expands `~`.
fn local(scheme: &str, path: &str) -> String {
    match path.strip_prefix("~/").filter(|below| quoted(below) == **below) {
        Some(below) => format!("{scheme}$HOME/{below}"),
        None => quoted(&format!("{scheme}{path}")),
    }
}

/// The command that logs in to `host`. The registry of Docker Scout accepts the login of Docker Hub.
fn login(host: &str) -> String {
    match host {
        DOCKER_HUB | SCOUT => "docker login".to_owned(),
        _ => format!("docker login {host}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::cli::tests::{Exception, code, comments, only_allowed};

    /// Files outside of `cli` whose code names options: which options, and why.
    const ALLOWED: [Exception; 4] = [
        (
            "builder/rootfs/synthesis/alternatives/script.rs",
            &["--force", "--install", "--quiet", "--slave", "--verbose"],
            "arguments of `update-alternatives` in scripts of packages",
        ),
        (
            "report/cosign.rs",
            &[
                "--allow-http-registry",
                "--certificate-identity",
                "--certificate-oidc-issuer",
                "--experimental-oci",
                "--insecure-ignore-tlog",
                "--key",
                "--new-bundle-format",
                "--trusted-root",
                "--type",
            ],
            "the options of cosign, in the commands that this renderer writes",
        ),
        (
            "scan/scanner/command.rs",
            &[
                "--config",
                "--distro",
                "--format",
                "--image-src",
                "--input",
                "--list-all-pkgs",
                "--no-progress",
                "--offline-scan",
                "--output",
                "--platform",
                "--scanners",
                "--scope",
                "--skip-db-update",
                "--skip-java-db-update",
            ],
            "the options of the scanners that this file runs",
        ),
        (
            "trust_store/vex_repository/git.rs",
            &[
                "--bare",
                "--depth",
                "--format",
                "--git-dir",
                "--no-tags",
                "--quiet",
                "--single-branch",
                "--template",
                "--verify",
            ],
            "the options of git",
        ),
    ];

    /// Files outside of `cli` whose comments name options: which options, and why.
    const ALLOWED_IN_COMMENTS: [Exception; 2] = [
        ("admission/mentions.rs", &["--image"], "an argument of other programs, which may name an image"),
        (
            "builder/rootfs/synthesis/alternatives/script.rs",
            &["--install"],
            "an argument of `update-alternatives` in scripts of packages",
        ),
    ];

    /// The options that a text names.
    fn options(code: &str) -> BTreeSet<String> {
        let mut options = BTreeSet::new();
        for line in code.lines() {
            for (at, _) in line.match_indices("--") {
                let rest = &line[at + 2..];
                let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(rest.len());
                if rest.starts_with(|c: char| c.is_ascii_lowercase()) {
                    options.insert(format!("--{}", &rest[..end]));
                }
            }
        }
        options
    }

    #[test]
    fn no_other_module_names_an_option() {
        only_allowed(&ALLOWED, |source| options(&code(source)), "return a `Remedy` instead");
    }

    #[test]
    fn no_comment_of_another_module_names_an_option() {
        let advice = "name the type or the field that a reader of the library sees";
        only_allowed(&ALLOWED_IN_COMMENTS, |source| options(&comments(source)), advice);
    }

    #[test]
    fn options_are_found_in_code_and_in_comments() {
        let source =
            "// --a\nlet x = \"`--key FILE`, --no-tlog=x\"; a --1\n#[cfg(test)]\nmod tests { \"--b\" }";
        assert_eq!(options(&code(source)), ["--key", "--no-tlog"].map(str::to_owned).into());
        assert_eq!(options(&comments(source)), ["--a".to_owned()].into());
    }
}
