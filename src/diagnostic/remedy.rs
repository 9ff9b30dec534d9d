//! What to do about a diagnostic, as data: only the program that shows it knows its options and commands.

use std::time::Duration;

/// One thing to do. The values are those that the advice repeats; its words, with options and commands, are made by
/// the program that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    // References.
    /// Write the reference in this way.
    Write {
        /// What to write.
        text: String,
    },
    /// Write the reference without its login, and log in with the registry's own command.
    WriteWithoutLogin {
        /// The registry.
        host: String,
        /// The reference without the login.
        text: String,
    },
    /// Write the path of a layout or archive with its scheme.
    WriteScheme {
        /// The path.
        path: String,
    },
    /// Write the path as that of a layout directory.
    WriteAsLayout {
        /// The path.
        path: String,
    },
    /// Name an image of a local engine by its name, not by its ID.
    NameEngineImage {
        /// The ID.
        id: String,
    },
    /// Name an image of a layout by its whole name.
    NameLayoutImage {
        /// One of those that may be meant.
        reference: String,
    },
    /// Reach a layout or archive by a path that can be read in one way.
    UseOtherPath,
    /// Write one of the forms that references have.
    WriteReference,
    /// Copy the image of a `docker save` archive to a layout, and write that.
    WriteLayoutOfDockerArchive,
    /// Look at the variable that should hold the reference.
    CheckVariable,
    /// Name one image of an index by its digest.
    NameImage {
        /// The image by digest.
        reference: String,
    },
    /// Take the hardened image of that name.
    UseHardened {
        /// The hardened image.
        reference: String,
    },
    /// Take the image that the tag names now.
    UseTag {
        /// The image by tag alone.
        reference: String,
    },
    /// Compare name and tag with what the registry has.
    CompareName,
    /// Look up the tags in the index of a layout.
    ListLayoutTags,

    // Attestations and signatures that were not copied, or were never made.
    /// Copy the referrers too, or name the repository that holds the attestations.
    CopyReferrers,
    /// The same for an image that claims to be hardened.
    CopyReferrersOfHardened,
    /// Copy all attestations, of which some are missing.
    CopyAttestations,
    /// Copy the signatures of attestations too.
    CopySignatures,
    /// Attach an attestation, or copy those that the image has.
    AttachAttestation,
    /// Compare a copy with its original.
    CompareWithOriginal,
    /// Demand that indexes are signed.
    RequireIndexSignature,

    // Keys, identities and trusted roots.
    /// Give the key of the team that signed.
    GiveTeamKey,
    /// Give the key that signed the attestations.
    GiveEnvelopeKey,
    /// Give a key of attestors as one that proves images.
    GiveAttestorKeyForImages,
    /// Give the identity and the issuer of a certificate.
    GiveIdentity,
    /// Give the identity to an issuer or claims that were given alone.
    GiveIdentityOfIssuer,
    /// Give the issuer to an identity that was given alone.
    GiveIssuer,
    /// Give one issuer, or as many as there are identities.
    GiveIssuerForEach,
    /// Give as many keys and identities as must sign.
    GiveSigners,
    /// Give the trusted root with the certificate authorities of a private instance.
    GiveCertificateAuthorities,
    /// Give the trusted root with the timestamp authorities of a private instance.
    GiveTimestampAuthorities,
    /// Give the trusted root with the key of a log.
    GiveLogKey,
    /// Do not demand log entries of private namespaces.
    AllowUnlogged,
    /// Accept a retired key.
    AcceptRetiredKey {
        /// Its name.
        name: String,
    },
    /// Accept customizations of an organization.
    AcceptCustomizations {
        /// The organization.
        namespace: String,
    },
    /// Accept a base that an organization customized.
    AcceptCustomizedBase {
        /// The organization.
        namespace: String,
    },
    /// Write a key anew in DER.
    RewriteKey,
    /// Write an ECDSA key anew with the name of its curve and a plain point.
    RewriteEcKey,
    /// Compare the fingerprint of a key with its owner's, and pin it.
    PinKey,
    /// Write the whole fingerprint.
    WriteFingerprint,
    /// Give the private key in place of the public one.
    GivePrivateKey,
    /// Convert a private key to a form that is read.
    ConvertKey {
        /// Its file.
        path: String,
        /// The form that it has.
        form: PrivateKeyForm,
    },
    /// Write the public key of a file of another form.
    ConvertPublicKey {
        /// The file.
        path: String,
        /// The form that it has.
        form: PublicKeyForm,
    },
    /// Make a key to sign with.
    MakeKey,
    /// Give a key in one of the ways in which keys are given.
    GiveKey,
    /// Write a signing program as key.
    WriteSigningProgram,
    /// Choose another name for a new key, or overwrite the one that is there.
    ChooseKeyName,
    /// Set the variable with a key's password, or type it.
    GivePassword,
    /// Set the variable with a key's password, if need be to nothing.
    SetPassword {
        /// The variable.
        variable: &'static str,
    },

    // Stored trust.
    /// Make a directory the user's own, or choose another one by `XDG_DATA_HOME`.
    OwnDirectory {
        /// The directory.
        path: String,
    },
    /// Mend the stored keyring, or remove it.
    MendKeyring {
        /// Its file.
        path: String,
    },
    /// Remove the record of the stored trusted root.
    RemoveRootRecord {
        /// Its file.
        path: String,
    },
    /// Save what a URL holds to a file, and give that.
    SaveToFile,
    /// Give a file or a URL with TLS.
    GiveFileOrUrl,
    /// Fetch what needs a login with another program, and give the file.
    FetchWithLogin,
    /// Give the first root of a TUF repository, as its operator publishes it.
    GiveTufRoot,
    /// Name the TUF repository in use, or change to another one.
    NameTufRepository {
        /// The public one.
        public: &'static str,
    },
    /// Use the trusted root that was fetched before.
    UseFetchedRoot,

    // Bases.
    /// Name the image that it was built on.
    NameBase {
        /// One that may be it.
        reference: String,
    },
    /// Name the base by digest, since its tag may have moved on.
    NameBaseByDigest,
    /// Build with provenance, or name the base.
    NameBaseOrBuildWithProvenance,
    /// Build without squashing layers.
    BuildWithoutSquashing,
    /// Have layers hashed, or accept what the image declares of them.
    VerifyLayers,
    /// Allow a registry to be asked for bases.
    AllowBaseRegistry {
        /// The registry.
        host: String,
    },
    /// Name a mirror of a registry that cannot be reached.
    GiveMirror,
    /// Give Docker's key too, if it signed the base.
    GiveDockerKeyForBase,

    // Policies, exceptions and limits.
    /// Ask for signatures and attestations alone.
    AskForAttestations,
    /// Ask for the signature alone.
    AskForSignature,
    /// Name one image by its digest, since the signature of an index is not about one of them.
    NameOneImage,
    /// Give the key that signed as one that answers, since attestors do not.
    GiveKeyOfSignature,
    /// Demand each thing once.
    GiveEachOnce,
    /// Ask with a policy, since exceptions need one.
    AskWithPolicy,
    /// Name a policy, since without one a question about types has none.
    NamePolicy,
    /// Write exceptions in the form that they have.
    WriteException,
    /// Look up the limits.
    SeeLimits,

    // Registries.
    /// Log in.
    LogIn {
        /// The registry.
        host: String,
        /// Whether a login was refused.
        refused: bool,
    },
    /// Have the registry answer "not found" for what it does not have, or name a repository that lists attestations.
    AnswerNotFound,
    /// Have the registry answer "not found" for a list that it does not have, and write again.
    AnswerNotFoundBeforeWriting,
    /// Log in with an account that may push.
    LogInToPush {
        /// The registry.
        host: String,
        /// Whether a login was refused.
        refused: bool,
    },
    /// Look at a credential helper.
    CheckCredentialHelper {
        /// Its program.
        helper: String,
    },
    /// Put the proxy's login into its variable.
    SetProxyLogin,
    /// Allow a token server of another host.
    AllowTokenServer {
        /// The registry.
        registry: String,
        /// The token server.
        server: String,
    },
    /// Try again later.
    RetryLater {
        /// How much later, where the registry says it.
        after: Option<Duration>,
    },
    /// Give a client certificate, which the registry demands.
    GiveClientCertificate,
    /// Give a client certificate, if that is why the registry hung up.
    GiveClientCertificateIfDemanded,
    /// Give the authority of a private certificate.
    GiveCertificateAuthority,
    /// Allow plain HTTP.
    AllowPlainHttp {
        /// The registry.
        host: String,
    },
    /// Verify once with the network, or verify a layout or archive.
    VerifyOnline,
    /// Write with the network, or to a layout.
    WriteOnline,
    /// Do not forbid the network, or write to a layout.
    AllowNetworkOrWriteLayout,
    /// Run it again while nobody else writes.
    RunAgainAlone,
    /// Wait for the other process.
    WaitForOtherProcess,
    /// Make the directory of locks writable, or choose one that all processes share.
    ShareLockDirectory,

    // Images of the local engine.
    /// Name a repository of a registry in place of the image of an engine.
    NameRegistry,
    /// Allow sockets, or name the image by the digest that it was pulled by.
    AllowEngineOrNameDigest,
    /// Say where the socket of the engine is.
    NameSocket,
    /// Say where a socket is, or name the image by the digest that it was pulled by.
    NameSocketOrDigest,
    /// Start the engine, or say where its socket is.
    StartEngine,
    /// Get the right to use the socket.
    AllowSocket,
    /// Look up what images the engine has.
    ListLocalImages,
    /// Push an image that was made here, or pull it, and verify what the registry has.
    PushFirst,
    /// Pull the image again, since the registry no longer has what the engine was given.
    PullAgain,
    /// Say which digest of several is meant.
    NameOrigin {
        /// The first of them as an image of the engine.
        reference: String,
    },
    /// Ask for all platforms: the engine may have the image of another one.
    AskForAllPlatforms,
    /// Remove the image from the engine, and pull it again.
    ReplaceLocalImage {
        /// What to pull.
        reference: String,
    },

    // Layouts and archives.
    /// Unpack an archive, and write to the directory.
    UnpackArchive,
    /// Pack what is in the folder of an archive.
    PackFolder,
    /// Uncompress an archive.
    Uncompress {
        /// The program that does it.
        command: &'static str,
        /// The archive.
        path: String,
    },
    /// Write a proper archive.
    WriteArchive,
    /// Write a proper layout.
    WriteLayout,
    /// Take the image from its registry.
    TakeFromRegistry,

    // Files and variables of the system.
    /// Convert a text to plain UTF-8.
    ConvertText {
        /// Its file, where it is one.
        path: Option<String>,
        /// Its encoding.
        encoding: TextEncoding,
    },
    /// Set one of these variables.
    SetVariable {
        /// Their names.
        names: &'static [&'static str],
    },
    /// Write directives for the log as they are read.
    WriteLogDirectives,
    /// Make room on a file system, or write elsewhere.
    MakeRoom,
    /// Make room within a quota, or write elsewhere.
    MakeRoomInQuota,
    /// Raise the limit on file sizes, or write elsewhere.
    RaiseFileSizeLimit,
    /// Write where that is possible.
    WriteElsewhere,
    /// Write where that is allowed, or get the right to.
    WriteWhereAllowed,
    /// Choose a directory for temporary files that has room.
    ChooseTemporaryDirectory,
    /// Look up the keys of the configuration file.
    SeeConfiguration,

    // Signing.
    /// Sign an image, rather than attest a signature of it.
    SignInstead,
    /// Give the URI of what a file holds, which cosign would wrap.
    GivePredicateUri {
        /// The short name that was given.
        short: String,
    },
    /// Give the URI of a predicate type or a short name.
    GivePredicateType {
        /// The short names.
        short: Vec<&'static str>,
    },
    /// Take the predicate out of a statement.
    TakePredicate {
        /// The file.
        path: String,
    },
    /// Ask without a platform: what is asked for is about the index.
    AskAboutIndex,
    /// Name one platform, or all.
    NamePlatform,
    /// Write the name of a repository.
    WriteRepository,
    /// Say for which repository it is signed.
    NameSignedRepository,
    /// Sign as a bundle or with another key, or make no log entry.
    SignAsBundleOrWithoutLog,
    /// Make no log entry.
    SignWithoutLog,
    /// Try again, or make no log entry.
    RetryOrSignWithoutLog,
    /// Make a key for summaries.
    MakeSummaryKey,
    /// Delete old summaries, or accept one of them.
    DeleteSummaries,

    // Attestations that were chosen.
    /// Look up the digests of attestations.
    ListDigests,
    /// Look up the attestations of an image.
    ListAttestations {
        /// The image.
        reference: String,
    },
    /// Name one attestation among several.
    NameAttestation,
    /// Name a statement that nobody signed by its digest.
    GetUnsigned {
        /// The image.
        reference: String,
        /// The digest of the statement.
        digest: String,
    },

    // Manifests.
    /// Look at the command that writes the manifests.
    CheckManifestCommand,
    /// Render the template first.
    RenderTemplate,
    /// Check what is deployed, with its variables filled in.
    CheckDeployed,
    /// Put a line `---` between two objects.
    SeparateObjects,
    /// Narrow the platforms of an image.
    NarrowPlatforms,
    /// Write the image as one text.
    WritePlainImage,
    /// Write the image in quotes.
    QuoteImage,
    /// Accept what was not judged.
    AllowNotJudged,

    // The program itself.
    /// Look up the codes.
    ListCodes,
    /// Look up the commands.
    ListCommands,
    /// Report a bug.
    ReportBug,
}

/// A form of private keys that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivateKeyForm {
    /// PEM that openssl converts: SEC 1, PKCS #1, encrypted PKCS #8.
    Openssl,
    /// OpenSSH's own.
    OpenSsh,
    /// DER.
    Der,
}

/// What holds a public key in a form that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyForm {
    /// A certificate.
    Certificate,
    /// PKCS #1.
    Pkcs1,
    /// OpenSSH's own.
    OpenSsh,
    /// DER.
    Der,
    /// A private key.
    Private,
    /// A private key of cosign.
    CosignPrivate,
}

/// How a text is encoded that should be plain UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// UTF-8 behind a byte order mark of three bytes.
    MarkedUtf8,
    /// One that `iconv` knows by this name.
    Iconv(&'static str),
}
