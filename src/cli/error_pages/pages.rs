//! The page of each error code: its cause, what was checked, what to do, and a command line that produces it.
//!
//! Every code has exactly one page; a test in `mod.rs` compares the lists. Each text is one or more whole sentences.

use crate::diagnostic::Code;
use crate::report::ErrorPage;

macro_rules! pages {
    ($($(#[$condition:meta])* $code:ident {
        cause: $cause:literal,
        checked: $checked:literal,
        remedy: $remedy:literal,
        example: $example:literal $(,)?
    })*) => {
        /// The pages of all codes, in the order of `docs/errors.md`.
        pub(in crate::cli) const PAGES: &[ErrorPage] = &[$($(#[$condition])* ErrorPage {
            code: Code::$code,
            cause: $cause,
            checked: $checked,
            remedy: $remedy,
            example: $example,
        },)*];
    };
}

pages! {
    ATTEST_NONE {
        cause: "The image is not a Docker Hardened Image, its attestations were not copied with it \
              (`docker pull` and `docker push` lose them), or they are in another repository.",
        checked: "The image and its referrers were listed in every repository that the output names. Who \
              built the image is unknown.",
        remedy: "Mirror with referrers (`regctl image copy --referrers`), or name the repository that \
              holds the attestations with `--attestations`.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    ATTEST_PREDICATE_MISSING {
        cause: "The image has no attestation of this type: FIPS and STIG attestations exist only on such \
              variants, and charts have no VEX.",
        checked: "All attestations of the platform were listed. An attestation of the requested type would \
              have been verified.",
        remedy: "Request a type that the image has: the error lists them. A short name such as `cyclonedx` \
              selects all versions of a type, a URI selects one.",
        example: "dhi verify --predicate-type https://docker.com/dhi/fips/v0.1 dhi.io/python:3.13",
    }
    ATTEST_UNREADABLE {
        cause: "The statement or manifest is not valid JSON, has a duplicate member, or lacks a part that \
              the in-toto or OCI specification requires.",
        checked: "The bytes match the requested digest. Their content was not used.",
        remedy: "Treat the attestation as forged or broken; report it to the publisher of the image.",
        example: "dhi verify oci:fixtures/bad/duplicate-member:latest --key fixtures/keys/fixture.pub",
    }
    ATTEST_VSA {
        cause: "The newest summary of a verifier has another result than PASSED, a summary has no time, or \
              two summaries with the same time differ.",
        checked: "The summaries are signed with a trusted key and are about this image. The newest summary \
              of each `verifier.id` counts.",
        remedy: "Use a newer image; `dhi attest get --predicate-type \
              https://slsa.dev/verification_summary/v1` prints the summaries.",
        example: "dhi base dhi.io/python:3.13",
    }
    BASE_NOT_DHI {
        cause: "The image is built on something else, or hardened images were only used during the build \
              (`COPY --from`). With a key of your own: the image is signed, but that key attests no \
              provenance or no SBOM of it.",
        checked: "Every base that its provenance, annotations or labels name, or that `--base` gives, was \
              fetched. None is a hardened image whose layers are the first layers of this image.",
        remedy: "If you know the base, name it: `--base REF@DIGEST`. To check only signatures and \
              attestations: `--policy attested`.",
        example: "dhi base registry.example.com/acme/api:1",
    }
    BASE_CLAIMS_ONLY {
        cause: "Labels are inherited, and anyone can write them. The layers may have been squashed, or the \
              tag of the base may name a newer image now.",
        checked: "Every named base was fetched. None is a hardened image whose layers are the first layers \
              of this image.",
        remedy: "Name the base by digest: `--base REF@DIGEST`. Build with provenance, and do not squash.",
        example: "dhi base registry.example.com/acme/api:1",
    }
    BASE_ELSEWHERE {
        cause: "Provenance and annotations can name any registry. `dhi` contacts only the registry of the \
              image, dhi.io, Docker Hub, the Scout registry and the registries that the command line \
              names.",
        checked: "All other candidates. Nothing was sent to that registry.",
        remedy: "Allow it with `--base-registry HOST`, or declare what it mirrors with `--alias`.",
        example: "dhi base --base-registry registry.example.com registry.example.com/acme/api:1",
    }
    BASE_AMBIGUOUS {
        cause: "Several images have the same layers, and the image names more than one of them as its \
              base.",
        checked: "Each of them is a hardened image with these layers.",
        remedy: "Name the base that the image was built on: `--base REF@DIGEST`.",
        example: "dhi base --base dhi.io/python:3.13 registry.example.com/acme/api:1",
    }
    BASE_LAYERS_DECLARED {
        cause: "The layers were compressed again, so their digests differ from those of the base.",
        checked: "The digests of the uncompressed layers in the configuration begin with those of the \
              base. The layers themselves were not read.",
        remedy: "Download and hash the layers with `--verify-layers`, or accept the declaration with \
              `--accept-declared-layers`.",
        example: "dhi base --verify-layers registry.example.com/acme/api:1",
    }
    BASE_LAYERS_CHANGED {
        cause: "The configuration names the uncompressed layer of the base, but the stored layer has other \
              content.",
        checked: "The layer was downloaded, uncompressed and hashed.",
        remedy: "Do not use the image: its configuration was changed to match another image.",
        example: "dhi base --verify-layers registry.example.com/acme/api:1",
    }
    TRUST_UNSIGNED {
        cause: "The signature was not copied with the attestation, or never existed. With \
              `--require-index-signature`: the index has no signature.",
        checked: "The referrers of the object were listed; none is a signature.",
        remedy: "Copy recursively (`regctl image copy --referrers --force-recursive`), so that signatures \
              of attestations are copied too.",
        example: "dhi verify oci:fixtures/bad/unsigned:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_WRONG_KEY {
        cause: "The signature was made with another key, or the signed bytes or the signature were \
              changed.",
        checked: "Every signature of the object was tried with every trusted key.",
        remedy: "If your own team signed it, give the key with `--attestor-key` (third-party attestations) \
              or `--key` (instead of the DHI key).",
        example: "dhi verify oci:fixtures/bad/wrong-key:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_WRONG_IDENTITY {
        cause: "Another identity signed, another issuer issued the identity, or a regular expression \
              matches only a part of it.",
        checked: "The identity, the issuer and the required claims were compared with those of the \
              certificate, each as a whole text.",
        remedy: "Compare the identity and the issuer of the output with those that you expect, and give \
              `--certificate-identity` and `--certificate-oidc-issuer`, or their `-regexp` forms.",
        example: "dhi verify --certificate-identity dev@example.com --certificate-oidc-issuer https://accounts.example.com registry.example.com/acme/api:1",
    }
    TRUST_CERTIFICATE {
        cause: "The certificate, an intermediate or the authority was not valid at the proven time, no \
              trusted authority issued it, it is not for code signing, or no trusted certificate \
              transparency log has it.",
        checked: "The identity in the certificate, and that its key made the signature. The certificate \
              was checked at every proven time.",
        remedy: "Give the authorities of a private instance with `--trusted-root`. If there is no \
              certificate transparency log, skip that check with `--skip-sct`.",
        example: "dhi verify --trusted-root fixtures/trusted_root.json --certificate-identity dev@example.com --certificate-oidc-issuer https://accounts.example.com registry.example.com/acme/api:1",
    }
    TRUST_TIME {
        cause: "A timestamp is not from a trusted authority, is over another signature, or was made when \
              its authority was not valid; or a keyless signature has neither a timestamp nor a signed \
              entry timestamp of the log.",
        checked: "Every timestamp that came with the signature.",
        remedy: "Give the timestamp authorities of a private instance with `--trusted-root`.",
        example: "dhi verify --key cosign.pub --trusted-root fixtures/trusted_root.json registry.example.com/acme/api:1",
    }
    TRUST_THRESHOLD {
        cause: "`--threshold N` requires signatures by N different keys, or by identities of N different \
              rules, on each object. Two signatures by one signer count once.",
        checked: "All signatures of the object.",
        remedy: "Compare the signers with those that you expect.",
        example: "dhi verify --policy attested --key a.pub --key b.pub --threshold 2 registry.example.com/acme/api:1",
    }
    TRUST_TAMPERED {
        cause: "The registry, a proxy or the disk changed the content, or a descriptor has a wrong size.",
        checked: "The bytes were hashed before anything was read from them, and were discarded.",
        remedy: "Do not use the copy. Compare with the original registry; clear a proxy cache; copy again.",
        example: "dhi verify oci:fixtures/bad/tampered-statement:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_PAYLOAD {
        cause: "The key signed something else: the payload has another type, or cannot be read.",
        checked: "The signature itself verifies. The signed payload is not a statement about this image.",
        remedy: "Treat the signature as misused; report it to the owner of the key.",
        example: "dhi verify oci:fixtures/bad/payload-type:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_SUBJECT_MISMATCH {
        cause: "A genuine proof of one image was attached to another image.",
        checked: "The signature, and its key where one is named. The signature is not about this object.",
        remedy: "Treat the copy as forged; verify the original, and find out who attached the proof.",
        example: "dhi verify oci:fixtures/bad/other-image:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_PREDICATE_MISMATCH {
        cause: "An annotation was changed to present one kind of evidence as another.",
        checked: "Manifest, layer and statement were compared, and the signed payload where it names a \
              type.",
        remedy: "Treat the attestation as forged.",
        example: "dhi verify oci:fixtures/bad/predicate-mismatch:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_SIGNED_NAME {
        cause: "One hardened image is presented as another, or a customized image of an organisation as an \
              official one.",
        checked: "Signature and digest are valid. Only the name in the signed payload differs from the \
              name that the reference requires.",
        remedy: "A mirror under another name needs no option. For a customization give its namespace with \
              `--namespace ORG`.",
        example: "dhi verify --signed-name dhi/nginx oci:fixtures/python:3.13 --key fixtures/keys/fixture.pub",
    }
    TRUST_ANNOTATION {
        cause: "`--require-annotation KEY=VALUE` is given, and the signature lacks the key or has another \
              value.",
        checked: "The signature verifies with a trusted key or identity. Only its annotations differ from \
              the required ones: `optional` of a simple signing payload, or the annotations of the subject \
              in a bundle's statement. Annotations of manifests are not signed and never count.",
        remedy: "Compare with the annotations that were signed (`cosign sign -a KEY=VALUE`). One signature \
              must have all required annotations.",
        example: "dhi verify --policy signed --require-annotation stage=prod oci:fixtures/python:3.13 --key fixtures/keys/fixture.pub --trusted-root fixtures/trusted_root.json",
    }
    TRUST_LOG_MISSING {
        cause: "`--require-tlog` is given, and the signature has no log entry, or an entry of a log that \
              is not in the trusted root.",
        checked: "The signature verifies with a trusted key. The time of the signature is not proven.",
        remedy: "Images of private namespaces are not logged: omit `--require-tlog` for them. For a \
              private log give its trusted root with `--trusted-root`.",
        example: "dhi verify --require-tlog oci:fixtures/bad/log-absent:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_LOG_BAD {
        cause: "The entry belongs to another signature, or the entry, its time or the log's signature over \
              it was changed.",
        checked: "The log's own signature, and that key, signature and digest in the entry are those of \
              this signature.",
        remedy: "Treat the signature as forged. `--skip-tlog` skips the check of the entry; it does not \
              make the entry valid.",
        example: "dhi verify oci:fixtures/bad/log-swapped:latest --key fixtures/keys/fixture.pub --trusted-root fixtures/trusted_root.json",
    }
    TRUST_KEY_OUTSIDE_WINDOW {
        cause: "The key is retired (dhi-1), or the signing time is outside the validity period of the key.",
        checked: "The signature verifies with that key. The time is the log's where it is proven, else \
              `--effective-time` or now.",
        remedy: "Use a newer image. To accept dhi-1 for old images, give `--key dhi-1`.",
        example: "dhi verify --effective-time 2025-01-01T00:00:00Z dhi.io/python:3.13",
    }
    TRUST_KEY_FILE {
        cause: "The file is missing or has another format than expected: a PEM public key (`BEGIN PUBLIC \
              KEY`), a keyring of schema version 1, a Sigstore trusted root. A key must be in DER, of a \
              supported type, and able to verify signatures.",
        checked: "Nothing was verified.",
        remedy: "Give the public key, not the private one; for several keys with dates give a `--keyring`. \
              Convert a key in another encoding with `openssl pkey -pubin -in OLD.pub -out NEW.pub`, and \
              one with an explicit curve or a hybrid point with `openssl ec -pubin -in OLD.pub -param_enc \
              named_curve -conv_form uncompressed -out NEW.pub`.",
        example: "dhi verify --key cosign.key dhi.io/python:3.13",
    }
    TRUST_STORE {
        cause: "`dhi keys update` stores what is trusted in `$XDG_DATA_HOME/dhi`. `dhi` uses that \
              directory, and those in it, only if each is a real directory that belongs to the user who \
              runs `dhi` and that no other user can write to. The path is a link or a file, or belongs to \
              another user, as with `sudo` and another user's home directory.",
        checked: "Nothing was verified, and nothing was written.",
        remedy: "Inspect the path; then make it a directory of yours with mode 0700, or set \
              `XDG_DATA_HOME`. That variable itself may name a link.",
        example: "dhi keys list",
    }
    TRUST_KEY_NOT_VOUCHED {
        cause: "`dhi keys update` found a key without a signature over its SubjectPublicKeyInfo by a DHI \
              key that is active here. Docker may have changed its key without such a signature, or an \
              attacker may have changed the host.",
        checked: "The signature that is published with the key was checked with every DHI key. Nothing was \
              changed.",
        remedy: "Get the fingerprint from another source than the key (another network, Docker's \
              documentation, its support), compare it with the one that is shown, and give it with \
              `--pin`.",
        example: "dhi keys update",
    }
    TRUST_ROOT_UPDATE {
        cause: "The TUF repository is expired, is older than the version that was seen before, is not \
              signed by the required keys, or has a file that does not match its metadata.",
        checked: "All TUF metadata, from the embedded or given root of trust on. The trusted root that is \
              in use was not changed.",
        remedy: "Try again later, from another network. If a private repository was created anew, give its \
              new root with `--tuf-root`.",
        example: "dhi help trust/root-update",
    }
    SIGN_KEY {
        cause: "The file is missing, is a public key, is not PEM, has openssl's, OpenSSH's or OpenPGP's \
              own format, is encrypted in another way than cosign's keys, or its type is not ECDSA P-256 \
              or P-384, RSA or Ed25519.",
        checked: "Nothing was signed.",
        remedy: "Create a key with `dhi keys generate`, import one with `cosign import-key-pair`, or \
              convert it: `openssl pkcs8 -topk8 -nocrypt`.",
        example: "dhi sign --key cosign.pub registry.example.com/team/api:1.0",
    }
    SIGN_PASSWORD {
        cause: "`COSIGN_PASSWORD` is not set and there is no terminal for a prompt, or the password does \
              not open the key.",
        checked: "Nothing was signed.",
        remedy: "Set `COSIGN_PASSWORD` (empty for a key without a password), or run the command on a \
              terminal.",
        example: "dhi sign --key cosign.key registry.example.com/team/api:1.0",
    }
    SIGN_PROGRAM {
        cause: "The program of `exec:` does not exist, failed, took too long or wrote too much output.",
        checked: "Nothing was signed or stored.",
        remedy: "Run it by hand: `PROGRAM ARGS... public-key` prints a PEM public key; `docs/signing.md` \
              has the protocol.",
        example: "dhi sign --key exec:missing-program registry.example.com/team/api:1.0",
    }
    SIGN_BAD_SIGNATURE {
        cause: "A signing program signs with another key than the one that it prints, hashes the digest \
              again, or writes another format than DER.",
        checked: "The signature was checked before it was stored. Nothing was stored.",
        remedy: "Compare the program with the protocol in `docs/signing.md`.",
        example: "dhi sign --key exec:broken-program registry.example.com/team/api:1.0",
    }
    SIGN_PREDICATE {
        cause: "The predicate is missing, is not JSON in plain UTF-8, has a duplicate member, is neither \
              an object nor a list, or is a whole statement about something else.",
        checked: "Nothing was signed.",
        remedy: "Give the predicate alone, as `dhi attest get --predicate` prints it.",
        example: "dhi attest add",
    }
    SIGN_LOG {
        cause: "The log of `--rekor-url` cannot be reached or refuses the entry.",
        checked: "The signature was made and checked. Nothing was stored.",
        remedy: "Try again, or omit `--rekor-url`: a signature needs no log entry.",
        example: "dhi sign --key cosign.key --rekor-url https://rekor.invalid registry.example.com/team/api:1.0",
    }
    SIGN_LOG_ANSWER {
        cause: "The log, or a proxy in front of it, is broken or not genuine.",
        checked: "Digest, signature and key in the entry. Nothing was stored.",
        remedy: "Do not use that log; report its response to its operator.",
        example: "dhi sign --key cosign.key --rekor-url https://rekor.example.com registry.example.com/team/api:1.0",
    }
    VERIFY_PLATFORM_MISMATCH {
        cause: "The index was assembled wrongly or was changed.",
        checked: "The platform of the entry and that of the image's own configuration.",
        remedy: "Do not run the image: it is not for the platform that the index states.",
        example: "dhi verify oci:fixtures/bad/platform-mismatch:latest --key fixtures/keys/fixture.pub",
    }
    VERIFY_OTHER_IMAGE {
        cause: "The engine reports that it pulled the image by a digest, but no image under that digest in \
              the registry has the engine's image ID as the digest of its manifest or configuration. The \
              engine received another image, or reports a wrong digest. With `--platform`: the engine has \
              the image of another platform.",
        checked: "The object under that digest in the registry was verified as any other. The image ID was \
              compared with its digest, and with the digests of the manifest and configuration of each \
              judged image.",
        remedy: "Do not run the image. Remove it from the engine, pull it again and verify it; find out \
              where it came from.",
        example: "dhi verify docker-daemon:dhi.io/python:3.13",
    }
    VERIFY_NO_SUCH_PLATFORM {
        cause: "The reference has no image for the requested platform, or no image at all.",
        checked: "All entries of the index.",
        remedy: "The output lists the platforms that exist.",
        example: "dhi verify --platform linux/s390x dhi.io/python:3.13",
    }
    VERIFY_AMBIGUOUS_PLATFORM {
        cause: "The platform must select one image, but the index has several that engines may choose for \
              it: two entries for one platform, variants of it where none is requested, or an entry \
              without a platform. Engines choose by different rules (`docs/platforms.md`).",
        checked: "All entries of the index.",
        remedy: "Name the image by its digest, or request a variant.",
        example: "dhi attest get --platform linux/amd64 registry.example.com/team/api:1.0 --predicate-type https://spdx.dev/Document",
    }
    REGISTRY_UNAUTHORIZED {
        cause: "There is no login for this registry, the login has expired, or it does not permit reading \
              this repository or pushing to it. Some registries (Artifactory) also return 403 for a tag or \
              list that does not exist.",
        checked: "Nothing that the registry refused. If the registry refuses a list but returns the image, \
              the list is unknown: attestations found elsewhere count for the policies `attested` and \
              `signed`.",
        remedy: "Log in (`docker login HOST` or `podman login HOST`); `docs/access.md` lists where logins \
              are read from. If the login was accepted for the image, configure the registry to return 404 \
              for what does not exist.",
        example: "dhi verify dhi.io/python:3.13",
    }
    REGISTRY_PROXY {
        cause: "The proxy that the environment names returned 407: its URL has no login, or the login was \
              refused.",
        checked: "Nothing was sent to the registry.",
        remedy: "Put the login into the variable: `HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`; hosts in \
              `NO_PROXY` are contacted directly.",
        example: "dhi verify dhi.io/python:3.13",
    }
    REGISTRY_REALM_REFUSED {
        cause: "The registry's challenge names a token server outside its own site, or one without https.",
        checked: "No credentials were sent there.",
        remedy: "If the token server is correct, allow it with `--auth-realm REGISTRY=HOST`.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_NOT_FOUND {
        cause: "The name or tag is wrong, the digest was deleted, or the repository is hidden from users \
              without a login.",
        checked: "Nothing was checked.",
        remedy: "Compare name and tag; `docker.io/NAME` and `dhi.io/NAME` are different repositories.",
        example: "dhi verify dhi.io/pyhton:3.13",
    }
    REGISTRY_RATE_LIMITED {
        cause: "A pull quota or rate limit is used up.",
        checked: "Only objects that were fetched before.",
        remedy: "Wait, or log in for a higher limit.",
        example: "dhi verify docker.io/acme/dhi-python:3.13",
    }
    REGISTRY_UNREACHABLE {
        cause: "There is no network, the host or a proxy is wrong, its certificate is not trusted, or the \
              registry is down.",
        checked: "Only objects that were fetched before.",
        remedy: "Try again; for a registry without TLS on this machine use `--plain-http HOST`.",
        example: "dhi verify registry.invalid/python:3.13",
    }
    REGISTRY_SERVER_ERROR {
        cause: "The registry, or a proxy in front of it, has a fault or is overloaded. The request was \
              sent several times.",
        checked: "Only objects that were fetched before.",
        remedy: "Try again later; report the response to the registry's operator.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_UNUSABLE_ANSWER {
        cause: "The registry, or a proxy in front of it, returned something else than was requested: a \
              login page, JSON that does not parse, a list of referrers that is no list or lacks a page.",
        checked: "Nothing of that response. It does not prove that anything is bad. A list that is \
              returned as a page or text is unknown: attestations found elsewhere count for the policies \
              `attested` and `signed`.",
        remedy: "Inspect the response: `curl -sSi https://HOST/v2/NAME/referrers/DIGEST`. If it is a login \
              page, log in; else report it to the registry's operator.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_CONTENDED {
        cause: "The registry has no referrers API, and other writers replaced the list under the fallback \
              tag at each attempt; or its API does not list the stored referrer, even if it confirmed the \
              write.",
        checked: "The referrer itself is stored under its digest, and in the list under the fallback tag \
              where that could be changed. Every list that was written kept the entries of other writers.",
        remedy: "Run the command again while nothing else adds referrers to the same image. Processes of \
              one user on one machine use a lock and need no care.",
        example: "dhi help registry/contended",
    }
    REGISTRY_LOCK_TIMEOUT {
        cause: "Another process of this user changes the same list and does not end, or the lock directory \
              cannot be created or locked.",
        checked: "The list was not changed.",
        remedy: "Wait for the other process, or make `$XDG_CACHE_HOME/dhi/locks` (`~/.cache/dhi/locks`) a \
              writable directory.",
        example: "dhi help registry/lock-timeout",
    }
    REGISTRY_BAD_CONTENT {
        cause: "The object is broken, or made to be read in several ways.",
        checked: "If a digest was requested, the bytes match it. They were not used.",
        remedy: "Inspect the object with another tool; ask its publisher.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_LAYOUT {
        cause: "The path is wrong, permissions are missing, the layout contains links, or `index.json` is \
              not an index.",
        checked: "Everything that was read before.",
        remedy: "Write the layout again: `regctl image copy --referrers REF ocidir://DIR:TAG`.",
        example: "dhi verify oci:no/such/directory:3.13",
    }
    REGISTRY_ARCHIVE {
        cause: "The path is wrong, the file is compressed or truncated, the layout is not at the root of \
              the archive, or entries are ambiguous: a duplicate name, links, sparse files, names outside \
              the archive.",
        checked: "The headers of the archive up to the fault. Nothing was unpacked.",
        remedy: "Uncompress it (`gunzip`), or pack a layout directory again: `tar -C DIR -cf FILE .`.",
        example: "dhi verify archive:image.tar.gz",
    }
    REGISTRY_DOCKER_ARCHIVE {
        cause: "The archive has Docker's `manifest.json`: `docker save` and `docker-archive:` of other \
              tools write it. If the archive also has an OCI layout, that layout is not judged: an engine \
              may load the images that `manifest.json` names.",
        checked: "The names in the archive. Its image was not read.",
        remedy: "Verify an image that the engine pulled as `docker-daemon:NAME:TAG`, or copy it from its \
              registry with its referrers: `regctl image copy --referrers REF ocidir://DIR:TAG`.",
        example: "dhi verify archive:saved.tar",
    }
    REGISTRY_ENGINE_UNREACHABLE {
        cause: "There is no socket of Docker or Podman, the engine behind it does not run or respond, or \
              the response is not from an engine.",
        checked: "Nothing was verified, and no other engine was queried.",
        remedy: "Start the engine, or set its socket with `DOCKER_HOST=unix://PATH`; `docs/access.md` \
              lists the paths that are tried.",
        example: "dhi verify docker-daemon:dhi.io/python:3.13",
    }
    REGISTRY_ENGINE_DENIED {
        cause: "The socket belongs to other users. Docker's socket belongs to the group `docker`.",
        checked: "Nothing was verified, and no other engine was queried.",
        remedy: "Run `dhi` as a user who may use the socket, or name the socket of another engine with \
              `DOCKER_HOST=unix://PATH`. A user who may use Docker's socket can become root.",
        example: "dhi verify docker-daemon:dhi.io/python:3.13",
    }
    REGISTRY_ENGINE_NO_IMAGE {
        cause: "The image was not pulled, has another name or tag in the engine, or is in another engine. \
              `dhi` never pulls an image.",
        checked: "The engine was queried for exactly this name.",
        remedy: "Compare with `docker images --digests`, or verify the image in its registry. Podman names \
              images that were built here `localhost/NAME`.",
        example: "dhi verify docker-daemon:dhi.io/pyhton:3.13",
    }
    REGISTRY_ENGINE_NOT_PULLED {
        cause: "The image was built here or loaded from an archive, so no registry has it and no signature \
              can be about it.",
        checked: "The engine reports no digest of a registry for it (`RepoDigests`).",
        remedy: "Push the image, and verify it in the registry; `dhi base` then shows its base image. If \
              it was loaded from an archive, pull it from its registry.",
        example: "dhi verify docker-daemon:myapp:dev",
    }
    REGISTRY_ENGINE_AMBIGUOUS {
        cause: "The image was pulled or pushed under several names, none of which is the requested one, or \
              by several digests of one repository.",
        checked: "The digests that the engine reports for it (`RepoDigests`).",
        remedy: "Choose one of them: `docker-daemon:HOST/REPO@DIGEST`.",
        example: "dhi verify docker-daemon:sha256:57142da7266c",
    }
    REGISTRY_ENGINE_REFUSED {
        cause: "The engine answers that it cannot load the archive of the image: its storage is full, it cannot \
              decompress the layers, or it is older than Docker 20.10.",
        checked: "The image was built. The engine may have a part of it.",
        remedy: "Read the engine's message. Try `--compression gzip`, or write the image with `--output \
              archive:FILE` and load it by hand.",
        example: "dhi build image.yaml --load --tag team/redis:8",
    }
    REGISTRY_OFFLINE {
        cause: "`--offline` is given, and this reference was not verified on this machine before, the \
              cache was pruned, or the command has to write to a registry.",
        checked: "Only the content of the cache.",
        remedy: "Run once without `--offline`, or verify a layout directory (`oci:DIR:TAG`) or archive \
              (`archive:FILE:TAG`).",
        example: "dhi verify --offline dhi.io/python:3.13",
    }
    REGISTRY_PLAIN_HTTP {
        cause: "`--plain-http` names a host that is not a loopback address.",
        checked: "Nothing was sent.",
        remedy: "Serve the registry over TLS.",
        example: "dhi verify --plain-http registry.example.com registry.example.com/python:3.13",
    }
    LIMITS_EXCEEDED {
        cause: "An object is larger, or a list longer, than any genuine one: it is broken or made to \
              exhaust the reader.",
        checked: "Everything before the limit; the rest was not read.",
        remedy: "Treat it as not verified; `docs/limits.md` lists the limits.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    POLICY_EXCEPTIONS {
        cause: "The file is missing, is not a YAML list in UTF-8, or has an unknown member, an id that no \
              policy reports, an invalid date or an empty reason.",
        checked: "Nothing was verified.",
        remedy: "Write each as `- {image: NAME@sha256:… or a glob, check: ID, reason: TEXT, expires: \
              YYYY-MM-DD}`. Only findings with exit code 1 can be excused.",
        example: "dhi verify --exceptions exceptions.yaml registry.example.com/acme/api:1",
    }
    POLICY_REGO {
        cause: "The file is not Rego v1 in UTF-8: it has a syntax error, uses a variable without a value, has a rule \
              that refers to itself, or is written for Rego v0 (`pass { … }` without `if`).",
        checked: "The whole file, before anything was verified. Nothing was evaluated.",
        remedy: "Correct the line that the error names. `opa check FILE` finds the same mistakes; `opa fmt --v0-v1 \
              --write FILE` converts Rego v0.",
        example: "dhi verify --policy policies/broken.rego registry.example.com/acme/api:1",
    }
    POLICY_CONTRACT {
        cause: "The file is Rego, but its package is not `docker.scout`, it has no rule `pass` or `violation`, its \
              `# METADATA` block is not understood, or it reads, imports or replaces something other than `input`, \
              `data.config` and its own rules.",
        checked: "The whole file, before anything was verified. Nothing was evaluated.",
        remedy: "Write it by the contract in `docs/policies/contract.md`.",
        example: "dhi verify --policy policies/other-package.rego registry.example.com/acme/api:1",
    }
    POLICY_NOT_OFFERED {
        cause: "The policy calls a function that is not its own, no offered built-in function of Rego and no function \
              of Docker Scout: it is misspelled, or it would need the network, the clock or chance (`http.send`, \
              `opa.runtime`, `rand.intn`).",
        checked: "All calls of the file, before anything was verified. Nothing was evaluated.",
        remedy: "Call one of the functions in `docs/policies/builtins.md` and `docs/policies/input.md`.",
        example: "dhi verify --policy policies/calls-http.rego registry.example.com/acme/api:1",
    }
    POLICY_CASES {
        cause: "The file of cases is missing, is no list in YAML or JSON, has an unknown member, a case without `name` or \
              `expect`, two cases of one name, facts of another shape, or no Rego file beside it.",
        checked: "The whole file. No case was evaluated.",
        remedy: "Correct the line that the error names; `docs/policies/testing.md` shows the form.",
        example: "dhi policy test policies/non-root_test.yaml",
    }
    POLICY_CASE_FAILED {
        cause: "A policy has another result for the facts of a case than the case expects, or, with `--mutate`, a case \
              passes whichever fact is changed.",
        checked: "Each case was evaluated as `dhi verify` evaluates policies, within the same limits.",
        remedy: "Correct the policy or the case.",
        example: "dhi policy test policies/non-root_test.yaml",
    }
    POLICY_FACTS {
        cause: "The file is neither the JSON document of `dhi verify --format json` nor the input of a policy, has \
              another version, is not strict JSON, or has facts about another image than it names.",
        checked: "The whole file. No policy was evaluated.",
        remedy: "Record it again with `dhi verify --facts --format json`.",
        example: "dhi policy eval not-recorded.json --policy-file policy.rego",
    }
    POLICY_VIOLATION {
        cause: "A policy in Rego does not hold for the image: it reports violations, or `pass` is false.",
        checked: "The policy was evaluated for each image, from verified facts. `violation` in the facts has the message \
              and the details of each violation, `source` the digest of the Rego file.",
        remedy: "Correct the image as the violation says; `dhi policy list -v` describes each policy.",
        example: "dhi verify --policy non-root registry.example.com/acme/api:1",
    }
    POLICY_UNKNOWN {
        cause: "It is unknown whether a policy holds: `pass` is undefined or no boolean, a violation has the wrong type, \
              the evaluation failed, a question cannot be answered from the verified facts, or the policy passes \
              although data that it asked for does not exist.",
        checked: "The policy was evaluated. `asked` in the facts has each question and its kind of answer. An unknown \
              result is never a pass.",
        remedy: "Follow the hint: it depends on the cause. Correct the policy if its result is odd \
              (`docs/policies/contract.md`), attach the missing attestation if it asks for one, give findings with \
              `--report`, and record facts again if a file does not hold them.",
        example: "dhi verify --policy policies/asks-for-sbom.rego registry.example.com/acme/api:1",
    }
    POLICY_CONFIG {
        cause: "The file is missing, is neither JSON nor YAML, has an unknown member or a value of another type, has \
              two entries for one policy, names a policy that does not exist, or has a setting that a built-in policy \
              does not read or that has another type than its default.",
        checked: "Nothing was verified and no policy was evaluated.",
        remedy: "Correct the line that the error names. `dhi policy list` shows the names of policies and the settings \
              of the built-in ones.",
        example: "dhi policy list --policy-config policies.json",
    }
    POLICY_SELECTION {
        cause: "Two policies have the same name, `--only-policy` names none of them, a directory has no policy, or none \
              is left after the configuration switched the others off.",
        checked: "Nothing was verified and no policy was evaluated.",
        remedy: "Leave one of the two out, or change `custom.name` in its metadata. `dhi policy list` shows the names.",
        example: "dhi policy list --only-policy non-root",
    }
    VEX_DOCUMENT {
        cause: "The file is not JSON, is cut off, is UTF-16, or has none of the shapes that are read: OpenVEX, CSAF, \
              CycloneDX with vulnerabilities, or an attestation of one of these.",
        checked: "The whole text was checked: syntax, depth, members that occur twice, and the types of the parts that \
              decisions use. No statement of the file was used.",
        remedy: "Correct the place that the error names; save the file as UTF-8.",
        example: "dhi vex create --vulnerability CVE-2026-1 --product pkg:npm/table --status fixed README.md",
    }
    VEX_REPORT {
        cause: "The file is no JSON report of Grype, Trivy or OSV-Scanner, no SARIF and no CycloneDX, it is cut off, \
              it is not UTF-8, or a part of it has the wrong type. A report of Trivy's schema 1 is read, and \
              cannot be written back.",
        checked: "Nothing of this report. Nothing was written.",
        remedy: "Make the report again as JSON, such as `grype IMAGE -o json` or `trivy image -f json IMAGE`.",
        example: "dhi vex apply truncated-report.json",
    }
    VEX_OTHER_IMAGE {
        cause: "The report names digests, and none of them is that of the image: the image was built again, its tag was \
              moved, or the wrong image was named.",
        checked: "The image was resolved to its digest and its platforms, which were compared with the digests that the \
              report names. Nothing was applied.",
        remedy: "Name the image that was scanned, by the digest in the report, or scan the image again.",
        example: "dhi vex apply report.json --image registry.example.com/acme/api:1",
    }
    POLICY_BUNDLE {
        cause: "The file or directory does not exist or cannot be read.",
        checked: "No policy was evaluated.",
        remedy: "Give a directory, a `tar.gz` file or a reference. A path begins with `./`, `../` or `/`, or ends with \
              `.tar.gz`, `.tgz` or `.tar`.",
        example: "dhi policy pull ./policies.tar.gz",
    }
    POLICY_BUNDLE_LAYOUT {
        cause: "The artifact, archive or directory has no policy, has a part that is not read (compiled policies, other \
              data than `config`, a layer of another kind), or has something that readers interpret differently: a \
              link, a path that leads out of it, or one file twice.",
        checked: "The bundle was refused whole: no policy of it was evaluated.",
        remedy: "Name the right bundle, or tell its publisher. `dhi policy push DIR REF` writes one that is read.",
        example: "dhi policy pull dhi.io/python:3.13",
    }
    POLICY_BUNDLE_LOCK {
        cause: "The lock file is not readable JSON, has an unknown member or another version, or has a bundle twice.",
        checked: "No bundle was read.",
        remedy: "Restore the file from version control, or write it again with `dhi policy pull REF --lock`.",
        example: "dhi policy pull registry.example.com/team/policies:1 --policy-lock dhi-policies.lock",
    }
    POLICY_BUNDLE_NOT_PINNED {
        cause: "`--locked` is given, the reference has no digest, and the lock file does not have this bundle.",
        checked: "The spelling of the bundle was looked up in the lock file. Nothing was fetched.",
        remedy: "Pin it with `dhi policy pull REF --lock` and commit the lock file, or write `REF@sha256:…`.",
        example: "dhi policy pull registry.example.com/team/policies:1 --locked",
    }
    POLICY_BUNDLE_CHANGED {
        cause: "The tag names another artifact now, or a file or directory was edited since it was pinned.",
        checked: "The digest of the manifest or archive, and of each file, was compared with the lock file. No policy \
              was evaluated.",
        remedy: "Review the change, then pin it with `dhi policy pull REF --lock`. To keep the pinned policies whatever \
              the tag names, write the reference with its digest.",
        example: "dhi policy pull registry.example.com/team/policies:1",
    }
    POLICY_BUNDLE_UNSIGNED {
        cause: "A key is given for bundles, and this bundle has no signature: it was never signed, its signature was not \
              copied with it, or it is a file or a directory, which have none.",
        checked: "The referrers of its manifest and the tag of cosign were looked up. No policy was evaluated.",
        remedy: "Sign it (`dhi policy push DIR REF --sign-key KEY`, `cosign sign`), copy it with its referrers, or omit \
              `--bundle-key` for bundles that you trust by their digest.",
        example: "dhi policy pull registry.example.com/team/policies:1 --bundle-key cosign.pub",
    }
    VEX_REPOSITORY {
        cause: "The index of the repository is not readable JSON, or it lists a document outside the repository \
              (`../a.json`, an absolute path).",
        checked: "The index was read. No document outside the repository was opened.",
        remedy: "Report it to the owner of the repository. Use its documents as files in the meantime.",
        example: "dhi vex apply report.json --vex pkg/deb/debian/bash/bash.vex.json",
    }
    VEX_REPOSITORY_UNAVAILABLE {
        cause: "The host does not answer or does not have what it lists, the archive is cut off, too large \
              or leads out of itself, git fails, or the network is forbidden and there is no copy.",
        checked: "Every location of the manifest was tried. There is no copy of the repository, so its \
              statements are missing. If there is one, it stays as it was and is used, with a warning.",
        remedy: "Run it again, or fetch the repository where there is a network: `dhi vex repo update NAME`. \
              If its content is unusable, tell its publisher.",
        example: "dhi vex apply report.json --vex-repo dhi --offline",
    }
    VEX_REPOSITORY_DENIED {
        cause: "The repository is private, the login is missing, expired or refused, or the variable that \
              should hold it is not set.",
        checked: "The login was sent only to the host of the repository's own address.",
        remedy: "Log in to that host (`docker login HOST`), or remove the repository and add it again with \
              `--token-env VARIABLE`, or with `--username` and `--password-env`.",
        example: "dhi vex repo update team",
    }
    VEX_NO_FINDING {
        cause: "The id is misspelled, the scanner reports the vulnerability under another id, or it did not find it.",
        checked: "The ids and aliases of all findings of the reports were compared.",
        remedy: "Use an id as the report writes it; `dhi vex apply REPORT` lists the findings that remain.",
        example: "dhi vex explain CVE-2026-1 report.json",
    }
    VEX_UNSIGNED {
        cause: "The VEX document has no signature of a trusted signer, so anybody may have written it.",
        checked: "The document was read. Its statements are listed, and suppress nothing.",
        remedy: "Get the document from the attestations of the image (`--image`), or name it with \
              `--trust-unsigned` if you trust where it comes from.",
        example: "dhi vex apply report.json --vex vex.json",
    }
    SCAN_NO_SCANNER {
        cause: "Neither Grype nor Trivy is in a directory of `PATH`, or the program that `--scanner` names does not \
              exist or is another program.",
        checked: "Nothing. No image was requested.",
        remedy: "Install one of the two, name it with `--scanner PATH`, or give a report with `--report FILE`.",
        example: "dhi scan --scanner ./missing dhi.io/python:3.13",
    }
    SCAN_FAILED {
        cause: "The scanner cannot get the image or its vulnerability database, it was stopped after 30 minutes, or \
              its report is about another image than it was given.",
        checked: "The image was resolved, and its evidence was collected. Its findings are not known.",
        remedy: "Read the messages of the scanner. Run its update of the database by itself, such as \
              `grype db update`, or scan with a report: `--report FILE`.",
        example: "dhi scan registry.example.com/private/api:1.0",
    }
    SCAN_FILES {
        cause: "A layer is damaged, is not what the configuration declares, or has entries that engines unpack \
              differently; or the image is for another system than Linux, or is no container image; or its user is \
              not in `/etc/passwd`.",
        checked: "The image was verified, and its manifest and configuration are compared. Facts about its files are \
              shown as unknown.",
        remedy: "Build the image again, with a tool that writes layers as the OCI image specification describes.",
        example: "dhi scan registry.example.com/acme/api:2 --compare registry.example.com/acme/api:1",
    }
    SCAN_DISTRIBUTION {
        cause: "The file `/etc/os-release` of the image names a distribution that the scanner has no data for, such as \
              `ID=dhi`, or the image has no such file, as images without an operating system.",
        checked: "All packages that the scanner found. If a label names the distribution that the image is built from, \
              it was scanned as that one; if not, packages of an operating system were not matched. The result is \
              complete only if evidence proves that the label is that of a hardened image.",
        remedy: "For an image without an operating system this is no problem. Otherwise use a version of the scanner \
              that knows the distribution, or `--report attestation`.",
        example: "dhi scan registry.example.com/acme/minimal:1",
    }
    SCAN_OLD {
        cause: "`--max-vex-age` is given, and the newest attested scan is older or names no time; or the image has \
              several attested scans that name none.",
        checked: "The attestation was verified. If it is too old, its findings are not known to be all.",
        remedy: "Scan the image with a scanner: `dhi scan REF` without `--report`. Or accept older scans with a longer \
              `--max-vex-age`.",
        example: "dhi scan dhi.io/python:3.13 --report attestation --max-vex-age 7d",
    }
    ADMIT_INPUT {
        cause: "The path does not exist, the file is not UTF-8, the directory has no manifests, or the \
              first command of the pipe failed and wrote nothing.",
        checked: "Nothing was fetched.",
        remedy: "Give files, directories or `-` that contain Kubernetes objects or Compose services. If \
              none of them uses an image, the check passes; if there is none of them, it fails.",
        example: "dhi admit check no/such/deployment.yaml",
    }
    ADMIT_IMAGE {
        cause: "The value is a number or has a YAML tag, contains variables that are not filled in yet, or \
              does not name an image of a registry.",
        checked: "All other images of the manifests.",
        remedy: "Check what is deployed: render it with `helm template`, `kustomize build` or `docker \
              compose config`, and pipe that to `dhi admit check -`.",
        example: "dhi admit check compose.yaml",
    }
    ADMIT_NOT_JUDGED {
        cause: "A custom resource, an annotation, a variable or an argument may name images in a way that \
              is not recognised, a Compose service is built from source, or a file refers to other files.",
        checked: "Everything that was recognised.",
        remedy: "Review what is listed as not judged. It is an error only with `--strict`: omit that flag \
              to accept it.",
        example: "dhi admit check --strict deploy",
    }
    ADMIT_RESOLVE {
        cause: "The image is written with escapes, over several lines, or through an alias whose text has \
              another meaning elsewhere. Or only some images of its index were judged, so that no digest \
              names the judged images alone.",
        checked: "All images passed; no manifest was printed.",
        remedy: "Write the image as one plain or quoted text. Select one platform, or all.",
        example: "dhi admit check --resolve deploy.yaml",
    }
    USAGE_YAML {
        cause: "The text has wrong syntax, a template that was not rendered, a duplicate name in a \
              mapping, a directive, or a value that readers of YAML 1.1 and 1.2 interpret differently.",
        checked: "Nothing was fetched.",
        remedy: "The message names file and line. Render templates first: `helm template`, `kustomize \
              build`.",
        example: "dhi admit check README.md",
    }
    USAGE_REFERENCE {
        cause: "The reference has a typing error, the scheme of another tool, the ID of an image in a \
              local engine, a tag or name that several images of a layout have, or a path that can be read \
              in several ways.",
        checked: "Nothing was fetched.",
        remedy: "References are `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME][@DIGEST]` for a layout directory, \
              `archive:FILE[:NAME][@DIGEST]` for an archive of a layout, or `docker-daemon:NAME[:TAG]` for \
              an image of the local engine.",
        example: "dhi verify Docker.io/Python",
    }
    USAGE_ARGUMENTS {
        cause: "The values of flags do not fit together, or a flag has no effect with the others.",
        checked: "Nothing was fetched.",
        remedy: "`dhi help COMMAND` lists the flags.",
        example: "dhi verify --policy signed --predicate-type spdx dhi.io/python:3.13",
    }
    USAGE_UNKNOWN_OPTION {
        cause: "The option has a typing error, is written before the command, or is one of another program; \
              or the command line has more arguments than the command takes.",
        checked: "Nothing was fetched.",
        remedy: "The hint names the option that replaces it. `dhi COMMAND --help` lists all options.",
        example: "dhi verify dhi.io/python:3.13",
    }
    USAGE_UNKNOWN_COMMAND {
        cause: "The command has a typing error, or is one of another program.",
        checked: "Nothing was fetched.",
        remedy: "`dhi help topics` lists all commands.",
        example: "dhi help topics",
    }
    USAGE_UNKNOWN_TOPIC {
        cause: "There is no command, error code, policy or other topic of this name, and none that is \
              similar.",
        checked: "Nothing was fetched.",
        remedy: "`dhi help topics` lists the topics, `dhi help errors` all error codes.",
        example: "dhi help topics",
    }
    USAGE_MISSING_ARGUMENT {
        cause: "A required argument, option or command is not written, or an option took it as its value.",
        checked: "Nothing was fetched.",
        remedy: "The hint shows a complete command line. `dhi help COMMAND` describes all arguments.",
        example: "dhi verify",
    }
    USAGE_INVALID_VALUE {
        cause: "The value of an option or argument has a typing error or the wrong form, is missing, or is \
              written for an option that takes none.",
        checked: "Nothing was fetched.",
        remedy: "The error lists the values, or gives the reason. `dhi help COMMAND` describes the forms.",
        example: "dhi verify --threshold none dhi.io/python:3.13",
    }
    USAGE_CONFLICT {
        cause: "The options contradict each other, or one that can be given once is given twice.",
        checked: "Nothing was fetched.",
        remedy: "Omit one of them.",
        example: "dhi verify --skip-tlog --require-tlog dhi.io/python:3.13",
    }
    USAGE_CONFIG {
        cause: "The file has an unknown key or a value of the wrong type, is missing, or is not JSON or \
              not PEM.",
        checked: "Nothing was fetched.",
        remedy: "The message names file, line and key; `docs/access.md` lists all keys.",
        example: "dhi verify --config missing.toml dhi.io/python:3.13",
    }
    OUTPUT_WRITE {
        cause: "A file, a layout directory or standard output cannot be written: the disk is full, a quota \
              or limit is reached, the file system is read-only, permissions are missing.",
        checked: "Everything; the verdict is on standard error where possible. Previous content is intact.",
        remedy: "Free space, or choose another path.",
        example: "dhi verify --output missing/result.json dhi.io/python:3.13",
    }
    #[cfg(feature = "builder")]
    DEFINITION_SOURCE {
        cause: "The file does not exist or is not UTF-8, the host does not have it, the host answers with a \
              web page or redirects to another address.",
        checked: "Nothing was read. No redirect is followed: only the host in the URL decides what a \
              definition says.",
        remedy: "Give a file, `-` for standard input, or the `https` URL of the file itself. If the host \
              redirects and you trust the other address, give that.",
        example: "dhi definition lint no/such/definition.yaml",
    }
    #[cfg(feature = "builder")]
    DEFINITION_UNREADABLE {
        cause: "The definition, or a file that it includes, is not YAML, has a key twice or a second document, \
              or readers of YAML understand it in different ways.",
        checked: "Nothing in the definition.",
        remedy: "Correct the YAML at the named line.",
        example: "dhi definition lint image.yaml",
    }
    #[cfg(feature = "builder")]
    DEFINITION_INVALID {
        cause: "The definition has an error, so a part of what it means is not known.",
        checked: "The whole definition; the message names the first error.",
        remedy: "`dhi definition lint` shows all errors with their lines and, where one is known, the text to \
                 write instead.",
        example: "dhi definition explain image.yaml",
    }
    #[cfg(feature = "builder")]
    DEFINITION_DENIED {
        cause: "The host of the definition answers with 401 or 403. No login is ever sent for a definition.",
        checked: "Nothing was read.",
        remedy: "Fetch the file with a program that logs in, such as `git` or `gh`, and give the file.",
        example: "dhi definition lint https://git.example.com/private/definition.yaml",
    }
    #[cfg(feature = "builder")]
    PACKAGES_SUBSTITUTION {
        cause: "The file is not YAML, has an unknown key, or a rule has no name, address or repository.",
        checked: "Nothing in the definition.",
        remedy: "Correct the named line. docs/lock.md has the format.",
        example: "dhi definition lock image.yaml --substitute missing.yaml",
    }
    #[cfg(feature = "builder")]
    PACKAGES_MIRROR {
        cause: "The definition uses the repositories of its release of Debian, and neither the variable \
              `DHI_DEBIAN_MIRROR` nor the configuration of this machine's apt has the address of a mirror.",
        checked: "The definition. No repository was asked.",
        remedy: "Set `DHI_DEBIAN_MIRROR` to the address of any mirror. What a mirror sends counts only if Debian's \
                 keys signed it.",
        example: "dhi definition lock image.yaml --cache-dir new",
    }
    #[cfg(feature = "builder")]
    PACKAGES_REPOSITORY {
        cause: "A host does not answer, does not have a file that repositories have, or the file cannot be read.",
        checked: "Nothing was locked or built, and the last lock is unchanged.",
        remedy: "Try again, or compare the address in `contents.repositories` with what the host has. Without network, \
                 lists and indexes of an earlier run are used.",
        example: "dhi definition lock image.yaml --offline --cache-dir empty",
    }
    #[cfg(feature = "builder")]
    PACKAGES_DENIED {
        cause: "The host of a repository answers with 401 or 403. Many repositories of hardened images need a login.",
        checked: "Nothing was locked or built, and the last lock is unchanged.",
        remedy: "Log in as for a registry of that host (`docker login HOST`); the login is sent over TLS only. Or replace \
                 the repository by a public one with `--substitute`.",
        example: "dhi definition lock image.yaml",
    }
    #[cfg(feature = "builder")]
    PACKAGES_UNTRUSTED {
        cause: "No key of the repository signed its list, the list has expired, is older than one that was seen, is that \
              of another suite, or a file is not the one that a list or a checksum names.",
        checked: "The signature and the dates of the named repository, or the hash of the named package. Nothing was \
              locked or built.",
        remedy: "If the time of this machine is right, the repository or something on the way to it is wrong: do not use \
                 it. A key that the publisher replaced must be named in `contents.keyring`.",
        example: "dhi definition lock image.yaml",
    }
    #[cfg(feature = "builder")]
    PACKAGES_UNSOLVED {
        cause: "A package or a version does not exist in the repositories, or packages exclude each other. apt or apk \
              would fail too.",
        checked: "All entries of the definition; each failure is shown with the packages that lead to it.",
        remedy: "Correct the name or the version, add the repository that has it, or list one of the packages that are \
                 named.",
        example: "dhi definition lock image.yaml",
    }
    #[cfg(feature = "builder")]
    BUILD_UNSUPPORTED {
        cause: "The definition is one of a package or a chart, has build stages (`contents.builds`), whose commands \
              would have to be executed, or takes files from a Git repository.",
        checked: "The definition and its lock. No package file was fetched, and nothing was stored.",
        remedy: "Build a definition of an image without stages. Build what its stages make elsewhere, and copy it with \
                 `contents.artifacts`, or name it by an `https` URL in `contents.files`.",
        example: "dhi build image.yaml --output archive:image.tar",
    }
    #[cfg(feature = "builder")]
    BUILD_INPUT {
        cause: "A file of `contents.files` no longer exists or its host does not answer, or an image of \
              `contents.artifacts` has none for the platform.",
        checked: "Nothing was stored. The lock is unchanged.",
        remedy: "Try again, or name another address in the definition and lock it again. What was fetched once is in the \
                 cache, which `--offline` uses.",
        example: "dhi build image.yaml --locked --output archive:image.tar",
    }
    #[cfg(feature = "builder")]
    BUILD_UNTRUSTED {
        cause: "The host sent other bytes than when the definition was locked: the file was replaced, or something on \
              the way changed it.",
        checked: "The SHA-256 of the file, before anything in it was used. Nothing was stored.",
        remedy: "Find out why the file changed. If the new one is right, correct its `checksum` and lock the definition \
                 again: `dhi definition lock FILE --update`.",
        example: "dhi build image.yaml --locked --output archive:image.tar",
    }
    #[cfg(feature = "builder")]
    BUILD_FILES {
        cause: "Two packages ship the same path, something in the definition needs a path that is something else, a \
              file in a package or an image cannot be read, or accounts contradict each other.",
        checked: "Every file that was fetched has the hash in the lock. Nothing was stored.",
        remedy: "Correct the entry of the definition that the message names, or leave out one of the packages.",
        example: "dhi build image.yaml --output archive:image.tar",
    }
    #[cfg(feature = "builder")]
    BUILD_NOT_REPRODUCIBLE {
        cause: "Something other than definition, lock and epoch decided bytes of the image. This is a bug in `dhi`, \
              unless files of the repository of the definition changed between the two builds.",
        checked: "The digests of both indexes; the facts name the layers and configurations that differ. Nothing was \
              stored.",
        remedy: "Report it with the definition and its lock.",
        example: "dhi build image.yaml --locked --check-reproducible",
    }
    #[cfg(feature = "builder")]
    LOCK_FILE {
        cause: "The lock is not readable, not a lock, was written by another format version, or was edited.",
        checked: "The whole file. Nothing was locked.",
        remedy: "Restore it, or remove it and lock the definition again.",
        example: "dhi definition lock image.yaml --check",
    }
    #[cfg(feature = "builder")]
    LOCK_CHANGED {
        cause: "The definition asks for other packages, files, images or repositories than the lock has, or \
              repositories have newer versions (`--check --update`).",
        checked: "What decides the lock: distribution, repositories, keys, packages, files, images and substitutions.",
        remedy: "Run `dhi definition lock FILE`, and look at the changes that it shows.",
        example: "dhi definition lock image.yaml --check",
    }
    #[cfg(feature = "builder")]
    LOCK_KEY_CHANGED {
        cause: "A file of `contents.keyring` has other bytes than when the definition was locked: its publisher replaced \
              or added a key, or somebody else did.",
        checked: "The bytes of the key. Nothing was locked.",
        remedy: "Compare the fingerprints with those that the publisher announces. If they are right, accept them with \
                 `--update`.",
        example: "dhi definition lock image.yaml",
    }
    #[cfg(feature = "builder")]
    LOCK_MISSING {
        cause: "There is no lock beside the definition, or it does not have the named package.",
        checked: "The lock file.",
        remedy: "Lock the definition: `dhi definition lock FILE`.",
        example: "dhi definition lock image.yaml --why openssl",
    }
    OUTPUT_EXISTS {
        cause: "`dhi keys generate` would replace a private key, and nothing could be signed with the old \
              key again. `dhi definition init` would replace a definition.",
        checked: "Nothing was written.",
        remedy: "Choose another name with `--output-key-prefix`, or give `--force`.",
        example: "dhi keys generate",
    }
    BUG_INTERNAL {
        cause: "The program reached a state that its code excludes.",
        checked: "No result of this run can be relied on.",
        remedy: "Please report it with the command line and the output of `dhi version`.",
        example: "dhi verify dhi.io/python:3.13",
    }
}
