//! The page of each code: what brings it about, what was checked, what to do, and a command line that meets it.

use crate::diagnostic::Code;
use crate::report::ErrorPage;

macro_rules! pages {
    ($($code:ident {
        cause: $cause:literal,
        checked: $checked:literal,
        remedy: $remedy:literal,
        example: $example:literal $(,)?
    })*) => {
        /// The pages of all codes, in the order of `docs/errors.md`.
        pub(in crate::cli) const PAGES: &[ErrorPage] = &[$(ErrorPage {
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
        cause: "The image is not a Docker Hardened Image, its attestations were not copied with it (`docker pull` and `docker push` lose them), or they lie in another repository.",
        checked: "The image and its referrers were listed in every repository that the output names. Nothing is known about who built it.",
        remedy: "Mirror with referrers (`regctl image copy --referrers`), or name the repository that holds the attestations with `--attestations`.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    ATTEST_PREDICATE_MISSING {
        cause: "The image does not carry it: FIPS and STIG attestations exist only on such variants, VEX not on charts.",
        checked: "All attestations of the platform were listed; those of the asked type would have been verified.",
        remedy: "Ask for a type that is there: the error lists them. A short name such as `cyclonedx` asks for all versions of a type, a URI for one.",
        example: "dhi verify --predicate-type https://docker.com/dhi/fips/v0.1 dhi.io/python:3.13",
    }
    ATTEST_UNREADABLE {
        cause: "The statement or manifest is not valid JSON, names a member twice, or lacks a part that the in-toto or OCI specification demands.",
        checked: "The bytes are those that were asked for. What they say was not used for anything.",
        remedy: "Treat the attestation as forged or broken; report it to whoever published the image.",
        example: "dhi verify oci:fixtures/bad/duplicate-member:latest --key fixtures/keys/fixture.pub",
    }
    ATTEST_VSA {
        cause: "The newest summary of a verifier has another result than PASSED, a summary says no time, or two of one time say different things.",
        checked: "The summaries are signed with a key that counts, and are about this image. Of those with one `verifier.id` the newest counts.",
        remedy: "Take a newer image; `dhi attest get --predicate-type https://slsa.dev/verification_summary/v1` prints the summaries.",
        example: "dhi base dhi.io/python:3.13",
    }
    BASE_NOT_DHI {
        cause: "It is built on something else, or hardened images were only used while building (`COPY --from`). With a key of your own: it is signed, and that key attests no provenance or no SBOM of it.",
        checked: "Every base that its provenance, annotations or labels name, or that was given with `--base`, was fetched: none is a hardened image whose layers are the first layers of this one.",
        remedy: "If you know the base, name it: `--base REF@DIGEST`. If signatures are all that you ask for: `--policy attested`.",
        example: "dhi base registry.example.com/acme/api:1",
    }
    BASE_CLAIMS_ONLY {
        cause: "Labels are inherited and can be written by anybody. The layers may have been squashed, or the base's tag names a newer image by now.",
        checked: "Every base that is named was fetched: none is a hardened image whose layers are the first layers of this one.",
        remedy: "Name the base that it was built on by digest: `--base REF@DIGEST`. Build with provenance, and do not squash.",
        example: "dhi base registry.example.com/acme/api:1",
    }
    BASE_ELSEWHERE {
        cause: "Provenance and annotations can name any registry. Only the image's own, dhi.io, Docker Hub, the Scout registry and those named on the command line are contacted.",
        checked: "All other candidates. Nothing was sent to that registry.",
        remedy: "Allow it with `--base-registry HOST`, or say what it mirrors with `--alias`.",
        example: "dhi base --base-registry registry.example.com registry.example.com/acme/api:1",
    }
    BASE_AMBIGUOUS {
        cause: "Different images have the same layers, and the image names more than one of them.",
        checked: "Each of them is a hardened image with these layers.",
        remedy: "Name the one that it was built on: `--base REF@DIGEST`.",
        example: "dhi base --base dhi.io/python:3.13 registry.example.com/acme/api:1",
    }
    BASE_LAYERS_DECLARED {
        cause: "Its layers were compressed again, so they have other digests than those of the base.",
        checked: "The digests of the uncompressed layers in its configuration begin with those of the base. The layers themselves were not read.",
        remedy: "Have the layers downloaded and hashed with `--verify-layers`, or take the declaration with `--accept-declared-layers`.",
        example: "dhi base --verify-layers registry.example.com/acme/api:1",
    }
    BASE_LAYERS_CHANGED {
        cause: "The configuration names the uncompressed layer of the base, and the stored layer holds something else.",
        checked: "The layer was downloaded, uncompressed and hashed.",
        remedy: "Do not use the image: its configuration was made to look like one of another.",
        example: "dhi base --verify-layers registry.example.com/acme/api:1",
    }
    TRUST_UNSIGNED {
        cause: "The signature was not copied with the attestation, or there never was one. With `--require-index-signature` also an index without a signature.",
        checked: "The referrers of the object were listed; none is a signature.",
        remedy: "Copy with recursion (`regctl image copy --referrers --force-recursive`), so that signatures of attestations come along.",
        example: "dhi verify oci:fixtures/bad/unsigned:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_WRONG_KEY {
        cause: "It was made with another key, or the signed bytes or the signature were changed.",
        checked: "Every signature of the object was tried with every given key.",
        remedy: "If your own team signed it, give the key with `--attestor-key` (attestations of others) or `--key` (instead of the DHI key).",
        example: "dhi verify oci:fixtures/bad/wrong-key:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_WRONG_IDENTITY {
        cause: "Somebody else signed, another issuer vouched for the name, or a regular expression matches only a part of it.",
        checked: "Identity, issuer and the claims that were demanded were compared with those of the certificate, whole texts with whole texts.",
        remedy: "Compare the identity and the issuer of the output with those that you expect, and give `--certificate-identity` and `--certificate-oidc-issuer`, or their `-regexp` forms.",
        example: "dhi verify --certificate-identity https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main --certificate-oidc-issuer https://token.actions.githubusercontent.com registry.example.com/acme/api:1",
    }
    TRUST_CERTIFICATE {
        cause: "It, an intermediate or the authority was not valid at the proven time, no trusted authority issued it, it is not for signing code, or no trusted log of certificates has it.",
        checked: "Who the certificate is of, and that its key made the signature. It was checked at every time that is proven.",
        remedy: "Give the authorities of a private instance with `--trusted-root`. A log of certificates that does not exist is left out with `--skip-sct`.",
        example: "dhi verify --trusted-root fixtures/trusted_root.json --certificate-identity dev@example.com --certificate-oidc-issuer https://accounts.example.com registry.example.com/acme/api:1",
    }
    TRUST_TIME {
        cause: "A timestamp is of no trusted authority, over another signature, or made when its authority was not valid; or a keyless signature has neither a timestamp nor a signed entry timestamp of the log.",
        checked: "Every timestamp that came with the signature.",
        remedy: "Give the timestamp authorities of a private instance with `--trusted-root`.",
        example: "dhi verify --key cosign.pub --trusted-root fixtures/trusted_root.json registry.example.com/acme/api:1",
    }
    TRUST_THRESHOLD {
        cause: "With `--threshold N` that many different keys, or identities by different rules, must have signed each object. Two signatures by one of them are one.",
        checked: "All signatures of the object.",
        remedy: "Compare who signed with who should have.",
        example: "dhi verify --policy attested --key a.pub --key b.pub --threshold 2 registry.example.com/acme/api:1",
    }
    TRUST_TAMPERED {
        cause: "The registry, a proxy or the disk changed the content, or a descriptor lies about its size.",
        checked: "The bytes were hashed before anything was read from them, and were thrown away.",
        remedy: "Do not use the copy. Compare with the original registry; clear a proxy cache; copy again.",
        example: "dhi verify oci:fixtures/bad/tampered-statement:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_PAYLOAD {
        cause: "The key signed something else: the payload's type is another one, or it cannot be read.",
        checked: "The signature itself verifies. What it signs is no statement about this image.",
        remedy: "Treat the signature as misused; report it to the owner of the key.",
        example: "dhi verify oci:fixtures/bad/payload-type:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_SUBJECT_MISMATCH {
        cause: "A genuine proof of one image was attached to another one.",
        checked: "The signature and its key, where one is named. It says nothing about the object at hand.",
        remedy: "Treat the copy as forged; verify the original, and find out who attached the proof.",
        example: "dhi verify oci:fixtures/bad/other-image:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_PREDICATE_MISMATCH {
        cause: "An annotation was changed to pass one kind of evidence off as another.",
        checked: "Manifest, layer and statement were compared, and the signed payload where it names a type.",
        remedy: "Treat the attestation as forged.",
        example: "dhi verify oci:fixtures/bad/predicate-mismatch:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_SIGNED_NAME {
        cause: "One hardened image is passed off as another, or a customised image of some organisation as an official one.",
        checked: "Signature and digest hold. Only the name in the signed payload differs from what the reference demands.",
        remedy: "For a mirror under another name nothing is needed; for a customisation give its namespace with `--namespace ORG`.",
        example: "dhi verify --signed-name dhi/nginx oci:fixtures/python:3.13 --key fixtures/keys/fixture.pub",
    }
    TRUST_ANNOTATION {
        cause: "`--require-annotation KEY=VALUE` is given, and the signature does not say that, or says another value.",
        checked: "The signature verifies with a given key or identity. Only what it signs beside the image differs from what is demanded: `optional` of a simple signing payload, or the annotations of the subject in a bundle's statement. Annotations of manifests, which nobody signs, never count.",
        remedy: "Compare with what the signer was told to sign (`cosign sign -a KEY=VALUE`). One signature must say everything that is demanded.",
        example: "dhi verify --policy signed --require-annotation stage=prod oci:fixtures/python:3.13 --key fixtures/keys/fixture.pub --trusted-root fixtures/trusted_root.json",
    }
    TRUST_LOG_MISSING {
        cause: "`--require-tlog` is given, and the signature has no log entry, or one of a log that the trusted root does not hold.",
        checked: "The signature verifies with a given key. When it was made is not proven.",
        remedy: "Images of private namespaces are not logged: leave `--require-tlog` out for them. For a private log give its trusted root with `--trusted-root`.",
        example: "dhi verify --require-tlog oci:fixtures/bad/log-absent:latest --key fixtures/keys/fixture.pub",
    }
    TRUST_LOG_BAD {
        cause: "The entry belongs to another signature, or it, its time or the log's signature over it was changed.",
        checked: "The log's own signature and that key, signature and digest in the entry are those of the signature at hand.",
        remedy: "Treat the signature as forged. `--skip-tlog` would leave the entry unread; it does not make it good.",
        example: "dhi verify oci:fixtures/bad/log-swapped:latest --key fixtures/keys/fixture.pub --trusted-root fixtures/trusted_root.json",
    }
    TRUST_KEY_OUTSIDE_WINDOW {
        cause: "The key is retired (dhi-1), or the time of the signature lies before or after the key's dates.",
        checked: "The signature verifies with that key. The time is the log's where it is proven, else `--effective-time` or now.",
        remedy: "Take a newer image. To accept dhi-1 for old images, say so with `--key dhi-1`.",
        example: "dhi verify --effective-time 2025-01-01T00:00:00Z dhi.io/python:3.13",
    }
    TRUST_KEY_FILE {
        cause: "The file is missing or is not what was expected: a PEM public key (`BEGIN PUBLIC KEY`), a keyring of schema version 1, a Sigstore trusted root. A key must be in DER, of a type that is supported, and able to verify signatures.",
        checked: "Nothing was verified.",
        remedy: "Give the public key, not the private one; for several keys with dates give a `--keyring`. A key in another encoding is written anew by `openssl pkey -pubin -in OLD.pub -out NEW.pub`; one with an explicit curve or a hybrid point by `openssl ec -pubin -in OLD.pub -param_enc named_curve -conv_form uncompressed -out NEW.pub`.",
        example: "dhi verify --key cosign.key dhi.io/python:3.13",
    }
    TRUST_STORE {
        cause: "What `dhi keys update` stores decides what is trusted, so its directory (`$XDG_DATA_HOME/dhi`) and those in it are used only where they are real directories of the user who runs `dhi`, to which nobody else may write. A link stands in the place of one, or a file, or it belongs to another user, as with `sudo` and the home of somebody else.",
        checked: "Nothing was verified, and nothing was written.",
        remedy: "Look at what stands there; then make it a directory of yours with mode 0700, or set `XDG_DATA_HOME`. That variable itself may name a link.",
        example: "dhi keys list",
    }
    TRUST_KEY_NOT_VOUCHED {
        cause: "`dhi keys update` found a key without a signature over its SubjectPublicKeyInfo by a DHI key that is active here. Docker may have changed its key without such a signature, or somebody may have changed the host.",
        checked: "The signature beside the key, with every DHI key. Nothing was changed.",
        remedy: "Get the fingerprint by another way than the key came (another network, Docker's documentation, its support), compare it with the one that is shown, and give it with `--pin`.",
        example: "dhi keys update",
    }
    TRUST_ROOT_UPDATE {
        cause: "The TUF repository is expired, older than what was seen before, not signed by those who must sign it, or its file is not the one that it promises.",
        checked: "Everything by TUF, from the root of trust that is embedded or given. The trusted root that is in use was not changed.",
        remedy: "Try again later, from another network; a private repository that was made anew has another `--tuf-root`.",
        example: "dhi help error trust/root-update",
    }
    SIGN_KEY {
        cause: "The file is missing, is a public key, is not PEM, is of openssl's, OpenSSH's or OpenPGP's own form, is encrypted in another way than cosign's keys, or its type is not ECDSA P-256 or P-384, RSA or Ed25519.",
        checked: "Nothing was signed.",
        remedy: "Make a key with `dhi keys generate`, import one with `cosign import-key-pair`, or convert it: `openssl pkcs8 -topk8 -nocrypt`.",
        example: "dhi sign --key cosign.pub registry.example.com/team/api:1.0",
    }
    SIGN_PASSWORD {
        cause: "`COSIGN_PASSWORD` is not set and there is no terminal to ask on, or the password does not open the key.",
        checked: "Nothing was signed.",
        remedy: "Set `COSIGN_PASSWORD` (to nothing for a key without a password), or run the command on a terminal.",
        example: "dhi sign --key cosign.key registry.example.com/team/api:1.0",
    }
    SIGN_PROGRAM {
        cause: "The program of `exec:` is not there, failed, took too long or answered too much.",
        checked: "Nothing was signed or stored.",
        remedy: "Run it by hand: `PROGRAM ARGS... public-key` prints a PEM public key; `docs/signing.md` has the protocol.",
        example: "dhi sign --key exec:missing-program registry.example.com/team/api:1.0",
    }
    SIGN_BAD_SIGNATURE {
        cause: "A signing program signs with another key than the one that it shows, hashes what is a digest already, or writes another format than DER.",
        checked: "The signature was checked before anything was stored. Nothing was.",
        remedy: "Compare the program with the protocol in `docs/signing.md`.",
        example: "dhi sign --key exec:broken-program registry.example.com/team/api:1.0",
    }
    SIGN_PREDICATE {
        cause: "It is missing, not JSON in plain UTF-8, names a member twice, is neither an object nor a list, or is a whole statement about something else.",
        checked: "Nothing was signed.",
        remedy: "Give the predicate alone, as `dhi attest get --predicate` prints it.",
        example: "dhi attest add",
    }
    SIGN_LOG {
        cause: "The log of `--rekor-url` cannot be reached or refuses the entry.",
        checked: "The signature was made and checked. Nothing was stored.",
        remedy: "Try again, or leave `--rekor-url` out: a signature needs no log entry.",
        example: "dhi sign --key cosign.key --rekor-url https://rekor.invalid registry.example.com/team/api:1.0",
    }
    SIGN_LOG_ANSWER {
        cause: "The log, or a proxy before it, is broken or not what it claims to be.",
        checked: "Digest, signature and key in the entry. Nothing was stored.",
        remedy: "Do not use that log; show its answer to its operator.",
        example: "dhi sign --key cosign.key --rekor-url https://rekor.example.com registry.example.com/team/api:1.0",
    }
    VERIFY_PLATFORM_MISMATCH {
        cause: "The index was put together wrongly or was changed.",
        checked: "Platform of the entry and of the image's own configuration.",
        remedy: "Do not run it: what starts is not what the index says.",
        example: "dhi verify oci:fixtures/bad/platform-mismatch:latest --key fixtures/keys/fixture.pub",
    }
    VERIFY_OTHER_IMAGE {
        cause: "The engine says that it pulled the image by a digest, and no image that the registry has under it has the engine's image ID as the digest of its manifest or configuration: the engine was given something else, or says what is not so. With `--platform`: it has the image of another platform.",
        checked: "The object that the registry has under the digest was verified as any other. The ID was compared with its digest, and with those of the manifest and configuration of each image that was judged.",
        remedy: "Do not run the image. Remove it from the engine, pull it again and verify it; find out how it came there.",
        example: "dhi verify docker-daemon:dhi.io/python:3.13",
    }
    VERIFY_NO_SUCH_PLATFORM {
        cause: "The reference has no image for the platform that was asked for, or no image at all.",
        checked: "All entries of the index.",
        remedy: "The output lists the platforms that exist.",
        example: "dhi verify --platform linux/s390x dhi.io/python:3.13",
    }
    VERIFY_AMBIGUOUS_PLATFORM {
        cause: "One image is asked for by its platform, and the index has several that engines may take for it: two entries for one platform, variants of it where none is asked for, or an entry without a platform. Engines choose among them by rules of their own (`docs/platforms.md`).",
        checked: "All entries of the index.",
        remedy: "Name the image by its digest, or ask for a variant.",
        example: "dhi attest get --platform linux/amd64 registry.example.com/team/api:1.0 --predicate-type https://spdx.dev/Document",
    }
    REGISTRY_UNAUTHORIZED {
        cause: "There is no login for this registry, it has expired, or it may not read this repository or push to it. Some registries (Artifactory) also answer 403 for a tag or list that does not exist.",
        checked: "Nothing of what the registry refused. A list that it refuses although it gives the image is unknown: attestations found elsewhere count for the policies `attested` and `signed`.",
        remedy: "Log in (`docker login HOST` or `podman login HOST`); `docs/access.md` says where logins are read from. Where the login was accepted for the image, have the registry answer 404 for what does not exist.",
        example: "dhi verify dhi.io/python:3.13",
    }
    REGISTRY_PROXY {
        cause: "The proxy that the environment names answers 407: there is no login in its URL, or it is refused.",
        checked: "Nothing was sent to the registry.",
        remedy: "Put the login into the variable: `HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`; hosts in `NO_PROXY` are asked directly.",
        example: "dhi verify dhi.io/python:3.13",
    }
    REGISTRY_REALM_REFUSED {
        cause: "The registry's challenge names a token server outside its own site, or one without https.",
        checked: "No credentials were sent there.",
        remedy: "If the token server is right, allow it with `--auth-realm REGISTRY=HOST`.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_NOT_FOUND {
        cause: "Wrong name or tag, a digest that was deleted, or a repository that hides from those who are not logged in.",
        checked: "Nothing of it.",
        remedy: "Compare name and tag; `docker.io/NAME` and `dhi.io/NAME` are different repositories.",
        example: "dhi verify dhi.io/pyhton:3.13",
    }
    REGISTRY_RATE_LIMITED {
        cause: "A pull quota or rate limit is used up.",
        checked: "Only what was fetched before.",
        remedy: "Wait, or log in for a higher limit.",
        example: "dhi verify docker.io/acme/dhi-python:3.13",
    }
    REGISTRY_UNREACHABLE {
        cause: "No network, a wrong host, a proxy, a certificate that is not trusted, or a registry that is down.",
        checked: "Only what was fetched before.",
        remedy: "Try again; for a registry without TLS on this machine use `--plain-http HOST`.",
        example: "dhi verify registry.invalid/python:3.13",
    }
    REGISTRY_SERVER_ERROR {
        cause: "A fault or overload of the registry or of a proxy before it; it was asked several times.",
        checked: "Only what was fetched before.",
        remedy: "Try again later; show the answer to the registry's operator.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_UNUSABLE_ANSWER {
        cause: "The registry or a proxy before it answered with something else than was asked for: a login page, JSON that does not parse, a list of referrers that is no list or lacks a page.",
        checked: "Nothing of that answer. Nothing is proven bad. A list that is answered with a page or text is unknown: attestations found elsewhere count for the policies `attested` and `signed`.",
        remedy: "Look at the answer: `curl -sSi https://HOST/v2/NAME/referrers/DIGEST`; log in where it is a login page; show it to the registry's operator.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_CONTENDED {
        cause: "The registry has no referrers API, and other writers replaced the list under the fallback tag each time; or its API does not name what it stored, whatever it said when it stored it.",
        checked: "The referrer itself is stored under its digest, and in the list under the fallback tag where that could be changed. The entries of others were kept in every list that was written.",
        remedy: "Run it again, while nobody else adds referrers to the same image. Processes of one user on one machine take turns by themselves.",
        example: "dhi help error registry/contended",
    }
    REGISTRY_LOCK_TIMEOUT {
        cause: "Another process of this user changes the same list and does not end, or the lock directory cannot be made or locked.",
        checked: "Nothing was changed in the list.",
        remedy: "Wait for the other process, or make `$XDG_CACHE_HOME/dhi/locks` (`~/.cache/dhi/locks`) a directory that can be written.",
        example: "dhi help error registry/lock-timeout",
    }
    REGISTRY_BAD_CONTENT {
        cause: "The object is broken or made to confuse.",
        checked: "Where a digest was asked for, the bytes have it. They were not used.",
        remedy: "Look at the object with another tool; ask its publisher.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    REGISTRY_LAYOUT {
        cause: "A wrong path, missing rights, links inside the layout, or an `index.json` that is not one.",
        checked: "What could be read before.",
        remedy: "Write the layout again: `regctl image copy --referrers REF ocidir://DIR:TAG`.",
        example: "dhi verify oci:no/such/directory:3.13",
    }
    REGISTRY_ARCHIVE {
        cause: "A wrong path, a compressed or cut-off file, a layout that is not at the root of the archive, or entries that can be read in two ways: one name twice, links, sparse files, names that lead out of it.",
        checked: "The headers of the archive up to the fault. Nothing was unpacked.",
        remedy: "Uncompress it (`gunzip`), or pack a layout directory again: `tar -C DIR -cf FILE .`.",
        example: "dhi verify archive:image.tar.gz",
    }
    REGISTRY_DOCKER_ARCHIVE {
        cause: "The archive has Docker's `manifest.json`: `docker save` and `docker-archive:` of other tools write it. Where an OCI layout stands beside it, an engine may load what `manifest.json` names, so the layout is not judged in its place.",
        checked: "The names in the archive. Its image was not read.",
        remedy: "Verify an image that the engine pulled by `docker-daemon:NAME:TAG`, or take it from its registry with its referrers: `regctl image copy --referrers REF ocidir://DIR:TAG`.",
        example: "dhi verify archive:saved.tar",
    }
    REGISTRY_ENGINE_UNREACHABLE {
        cause: "There is no socket of Docker or Podman, the engine behind it does not run or answer, or what answers is no engine.",
        checked: "Nothing was verified, and no other engine was asked.",
        remedy: "Start the engine, or say where its socket is with `DOCKER_HOST=unix://PATH`; `docs/access.md` has the places that are looked at.",
        example: "dhi verify docker-daemon:dhi.io/python:3.13",
    }
    REGISTRY_ENGINE_DENIED {
        cause: "The socket belongs to other users, as Docker's does to the group `docker`.",
        checked: "Nothing was verified, and no other engine was asked.",
        remedy: "Run it as a user who may use the socket, or name the socket of another engine with `DOCKER_HOST=unix://PATH`. Who may use Docker's socket can become root.",
        example: "dhi verify docker-daemon:dhi.io/python:3.13",
    }
    REGISTRY_ENGINE_NO_IMAGE {
        cause: "The image was not pulled, has another name or tag there, or another engine has it. Nothing is ever pulled.",
        checked: "The engine was asked for exactly this name.",
        remedy: "Compare with `docker images --digests`, or verify the image in its registry. Podman calls images that were made here `localhost/NAME`.",
        example: "dhi verify docker-daemon:dhi.io/pyhton:3.13",
    }
    REGISTRY_ENGINE_NOT_PULLED {
        cause: "It was built here or loaded from an archive, so no registry has it and nothing signed can be about it.",
        checked: "The engine names no digest of a registry for it (`RepoDigests`).",
        remedy: "Push it, and verify what the registry has; `dhi base` then says what it is built on. Pull an image that was loaded from an archive.",
        example: "dhi verify docker-daemon:myapp:dev",
    }
    REGISTRY_ENGINE_AMBIGUOUS {
        cause: "It was pulled or pushed under several names, none of which is the one that was asked for, or by several digests of one repository.",
        checked: "The digests that the engine names for it (`RepoDigests`).",
        remedy: "Say which one is meant: `docker-daemon:HOST/REPO@DIGEST`.",
        example: "dhi verify docker-daemon:sha256:57142da7266c",
    }
    REGISTRY_OFFLINE {
        cause: "`--offline` was given and this reference was not verified on this machine before, or the cache was pruned, or something was to be stored in a registry.",
        checked: "Only what the cache holds.",
        remedy: "Run once without `--offline`, or verify a layout directory (`oci:DIR:TAG`) or archive (`archive:FILE:TAG`).",
        example: "dhi verify --offline dhi.io/python:3.13",
    }
    REGISTRY_PLAIN_HTTP {
        cause: "`--plain-http` names a host that is not a loopback address.",
        checked: "Nothing was sent.",
        remedy: "Put TLS before the registry.",
        example: "dhi verify --plain-http registry.example.com registry.example.com/python:3.13",
    }
    LIMITS_EXCEEDED {
        cause: "An object is larger, or a list longer, than any genuine one: broken or made to exhaust the reader.",
        checked: "Everything before the limit; what lies behind it was not read.",
        remedy: "Treat it as not verified; `docs/limits.md` lists the limits.",
        example: "dhi verify registry.example.com/python:3.13",
    }
    POLICY_EXCEPTIONS {
        cause: "It is missing, is no YAML list in UTF-8, has a member that is not known, an id that no policy finds, a day that does not exist, or an empty reason.",
        checked: "Nothing was verified.",
        remedy: "Write each as `- {image: NAME@sha256:… or a glob, check: ID, reason: TEXT, expires: YYYY-MM-DD}`. Only findings with exit code 1 can be excused.",
        example: "dhi verify --exceptions exceptions.yaml registry.example.com/acme/api:1",
    }
    ADMIT_INPUT {
        cause: "A path that does not exist, a file that is not UTF-8, a directory without manifests, or a pipe whose first command failed and wrote nothing.",
        checked: "Nothing was fetched.",
        remedy: "Give files, directories or `-` with Kubernetes objects or Compose services in them. Without an image in any of them the check passes; without any of them it does not.",
        example: "dhi admit check no/such/deployment.yaml",
    }
    ADMIT_IMAGE {
        cause: "It is a number or has a YAML tag, it has variables that nobody has filled in yet, or it names something that is no image of a registry.",
        checked: "All other images of the manifests.",
        remedy: "Check what is deployed: render it with `helm template`, `kustomize build` or `docker compose config`, and give that to `dhi admit check -`.",
        example: "dhi admit check compose.yaml",
    }
    ADMIT_NOT_JUDGED {
        cause: "A custom resource, an annotation, a variable or an argument names images in a way that is not known, a Compose service is built from source, or a file leads to other files.",
        checked: "Everything that was understood.",
        remedy: "Read what is listed as not judged. It is an error with `--strict` alone: leave that out to accept it.",
        example: "dhi admit check --strict deploy",
    }
    ADMIT_RESOLVE {
        cause: "The image is written with escapes, over several lines, or through an alias whose text means something else elsewhere. Or several images of its index were judged and others were not: no digest stands for the judged ones alone.",
        checked: "All images passed; no manifest was printed.",
        remedy: "Write the image as one plain or quoted text. Ask for one platform, or for all.",
        example: "dhi admit check --resolve deploy.yaml",
    }
    USAGE_YAML {
        cause: "Wrong syntax, a template that was not rendered, a name that occurs twice in one mapping, a directive, or something that readers of YAML 1.1 and 1.2 take differently.",
        checked: "Nothing was fetched.",
        remedy: "The message names file and line. Render templates first: `helm template`, `kustomize build`.",
        example: "dhi admit check README.md",
    }
    USAGE_REFERENCE {
        cause: "A typing error, the scheme of another tool, the ID of an image in a local engine, a tag or name that several images of a layout have, or a path that can be read in several ways.",
        checked: "Nothing was fetched.",
        remedy: "References are `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME][@DIGEST]` for a layout directory, `archive:FILE[:NAME][@DIGEST]` for an archive of one, or `docker-daemon:NAME[:TAG]` for an image of the local engine.",
        example: "dhi verify Docker.io/Python",
    }
    USAGE_ARGUMENTS {
        cause: "A flag has an unusable value, or two flags exclude each other.",
        checked: "Nothing was fetched.",
        remedy: "`dhi help COMMAND` lists the flags.",
        example: "dhi verify --skip-tlog --require-tlog dhi.io/python:3.13",
    }
    USAGE_CONFIG {
        cause: "A key that does not exist, a value of the wrong type, a file that is missing, not JSON or not PEM.",
        checked: "Nothing was fetched.",
        remedy: "The message names file, line and key; `docs/access.md` lists all keys.",
        example: "dhi verify --config missing.toml dhi.io/python:3.13",
    }
    OUTPUT_WRITE {
        cause: "A file, a layout directory or standard output cannot be written: the disk is full, a quota or limit is reached, the file system is only read, rights are missing.",
        checked: "Everything; the verdict is on standard error where possible. What was there before is still whole.",
        remedy: "Make room, or choose another place.",
        example: "dhi verify --output missing/result.json dhi.io/python:3.13",
    }
    OUTPUT_EXISTS {
        cause: "`dhi keys generate` would replace a private key, and whatever it signed could not be signed again.",
        checked: "Nothing was written.",
        remedy: "Choose another name with `--output-key-prefix`, or say `--force`.",
        example: "dhi keys generate",
    }
    BUG_INTERNAL {
        cause: "Something happened that cannot happen.",
        checked: "Nothing can be relied on.",
        remedy: "Please report it with the command line and the output of `dhi --version`.",
        example: "dhi verify dhi.io/python:3.13",
    }
}
