//! Remedies: what to do about a diagnostic, as data.
//!
//! The program that shows a diagnostic puts its remedy into words, since only it knows its options and commands.

use std::time::Duration;

/// One thing to do. The fields are the values that the text for it needs.
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
    /// Use a path for the layout or archive that has only one meaning.
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
    /// Use the hardened image of that name.
    UseHardened {
        /// The hardened image.
        reference: String,
    },
    /// Use the image that the tag names now.
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
    /// Copy the referrers too, or name their repository: for an image that claims to be hardened.
    CopyReferrersOfHardened,
    /// Copy all attestations, of which some are missing.
    CopyAttestations,
    /// Copy the signatures of attestations too.
    CopySignatures,
    /// Attach an attestation, or copy those that the image has.
    AttachAttestation,
    /// Compare a copy with its original.
    CompareWithOriginal,
    /// Require that indexes are signed.
    RequireIndexSignature,

    // Keys, identities and trusted roots.
    /// Give the key of the team that signed.
    GiveTeamKey,
    /// Give the key that signed the attestations.
    GiveEnvelopeKey,
    /// Sign a file with a Sigstore bundle.
    SignFileWithBundle {
        /// The file of the signature.
        signature: String,
        /// The file that it is for.
        file: String,
    },
    /// Trust a VEX source without a signature.
    TrustUnsignedSource {
        /// Its name.
        source: String,
    },
    /// Pin a policy bundle.
    PinPolicyBundle {
        /// The bundle.
        bundle: String,
    },
    /// Sign a policy bundle, or omit its key.
    SignPolicyBundle {
        /// The bundle, by digest.
        bundle: String,
    },
    /// Push a policy bundle that is a file or directory, which nothing signs, or omit its key.
    PushPolicyBundle {
        /// The file or directory.
        bundle: String,
    },
    /// Look at what a policy bundle has.
    SeePolicyBundles,
    /// Add a VEX repository to the user's list.
    AddVexRepository,
    /// Remove the VEX repository of this name first, or choose another name.
    RemoveVexRepository {
        /// Its name.
        name: String,
    },
    /// Fetch a VEX repository while there is a network.
    UpdateVexRepository {
        /// Its name.
        name: String,
    },
    /// Give the login of a VEX repository.
    LogInToVexRepository {
        /// Its name.
        name: String,
    },
    /// Set the environment variable with a login.
    SetLoginVariable {
        /// Its name.
        variable: String,
    },
    /// Name the image that the report is about.
    NameScannedImage {
        /// The image, by digest.
        reference: String,
    },
    /// Give the attestor's key as a key for images.
    GiveAttestorKeyForImages,
    /// Give the identity and the issuer of a certificate.
    GiveIdentity,
    /// Give the identity for an issuer or claims that were given without one.
    GiveIdentityOfIssuer,
    /// Give the issuer for an identity that was given without one.
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
    /// Do not require log entries for private namespaces.
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
    /// Check the image, or require the name that it is signed under.
    RequireOtherName {
        /// That name.
        name: String,
    },
    /// Choose a platform that exists.
    ChoosePlatform {
        /// One that exists.
        platform: String,
    },
    /// Look up what a signing program prints.
    SeeSigningProgram,
    /// Accept a base that an organization customized.
    AcceptCustomizedBase {
        /// The organization.
        namespace: String,
    },
    /// Convert a key to DER.
    RewriteKey,
    /// Convert an ECDSA key to a named curve and an uncompressed point.
    RewriteEcKey,
    /// Compare the fingerprint of a key with its owner's, and pin it.
    PinKey,
    /// Write the whole fingerprint.
    WriteFingerprint,
    /// Give the private key instead of the public one.
    GivePrivateKey,
    /// Convert a private key to a form that is read.
    ConvertKey {
        /// Its file.
        path: String,
        /// The form that it has.
        form: PrivateKeyForm,
    },
    /// Extract the public key from a file of another form.
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
    /// Give a signing program as the key.
    WriteSigningProgram,
    /// Choose another name for a new key, or overwrite the one that is there.
    ChooseKeyName,
    /// Set the variable with a key's password, or type it.
    GivePassword,
    /// Set the variable with a key's password; it may be empty.
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
    /// Repair the stored keyring, or remove it.
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
    /// Save the public key of a key service to a file.
    ExportPublicKey {
        /// The key, as cosign names it.
        url: String,
    },
    /// Sign with a program that uses the key service.
    SignWithProgram,
    /// Fetch it with another program, since it needs a login, and give the file.
    FetchWithLogin,
    /// Log in to the host of a package repository.
    LogInToRepository {
        /// The host.
        host: String,
    },
    /// Run it once with the network, which keeps the indexes of the repositories.
    FetchIndexesFirst,
    /// Name a mirror of Debian.
    NameDebianMirror {
        /// The variable.
        variable: &'static str,
    },
    /// Make the lock anew from the newest indexes: with the command that locks, or one that builds.
    UpdateLock,
    /// Make the lock anew from the newest indexes.
    LockAgain {
        /// The definition.
        file: String,
    },
    /// Lock the definition.
    LockFirst {
        /// The definition.
        file: String,
    },
    /// Name a commit, which cannot move.
    PinCommit,
    /// Give another URL, if its host is trusted too.
    GiveOtherUrl {
        /// The URL.
        url: String,
    },
    /// Give the URL of a file, not that of a page that shows it.
    GiveRawFile,
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
    /// Name the base by digest, since its tag may have changed.
    NameBaseByDigest,
    /// Build with provenance, or name the base.
    NameBaseOrBuildWithProvenance,
    /// Build without squashing layers.
    BuildWithoutSquashing,
    /// Hash the layers, or accept the digests that the image declares.
    VerifyLayers,
    /// Allow a registry to be queried for bases.
    AllowBaseRegistry {
        /// The registry.
        host: String,
    },
    /// Name a mirror of a registry that cannot be reached.
    GiveMirror,
    /// Give Docker's key too, if it signed the base.
    GiveDockerKeyForBase,

    // Policies, exceptions and limits.
    /// Verify signatures and attestations only.
    AskForAttestations,
    /// Verify the signature only.
    AskForSignature,
    /// Name one image by its digest, since the signature of an index is about the whole index.
    NameOneImage,
    /// Give the key that signed as a key for images, since attestors do not count.
    GiveKeyOfSignature,
    /// Give each requirement once.
    GiveEachOnce,
    /// Leave one of two policies out, or change its name.
    NamePoliciesApart,
    /// Give the key that signed the policy bundle.
    GiveKeyOfPolicyBundle,
    /// Give a policy another name.
    RenamePolicy,
    /// Verify with a policy, since exceptions need one.
    AskWithPolicy,
    /// Use the policy that searches base images.
    AskForBases,
    /// Name a policy, since a request for predicate types has none by default.
    NamePolicy,
    /// Write exceptions in the form that they have.
    WriteException,
    /// Call a function that policies can call.
    CallOffered {
        /// The one that was called.
        name: String,
    },
    /// Write cases of a policy in the form that they have.
    WriteCases,
    /// Give `pass` of a policy a value in every case.
    DefinePass,
    /// Let a policy return what the contract has.
    CorrectPolicyResult,
    /// Correct a policy whose evaluation fails.
    CorrectPolicy,
    /// Convert a policy from Rego v0 to Rego v1.
    ConvertRego {
        /// Its file.
        file: String,
    },
    /// Let a policy tell what holds without the data that it reads.
    HandleMissingData,
    /// Give a policy the findings that it reads.
    GiveFindings,
    /// Record the facts for policies again.
    RecordFacts {
        /// The reference of the image, if it is known.
        reference: Option<String>,
    },
    /// Show why parts of an image are not verified.
    ExplainImage {
        /// Its reference.
        reference: String,
    },
    /// Attach an attestation to an image itself, since that of its base does not count.
    AttestImageItself {
        /// Its reference.
        reference: String,
    },
    /// Give Docker's key beside others.
    GiveDockerKey,
    /// Ask only what the facts about an image answer.
    AskWhatFactsAnswer,
    /// Do what a policy recommends.
    FollowPolicy {
        /// Its text.
        text: String,
    },
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
    /// Configure the registry to return "not found" for missing objects, or name a repository that lists attestations.
    AnswerNotFound,
    /// Configure the registry to return "not found" for a missing list, and write again.
    AnswerNotFoundBeforeWriting,
    /// Log in with an account that may push.
    LogInToPush {
        /// The registry.
        host: String,
        /// Whether a login was refused.
        refused: bool,
    },
    /// Check a credential helper.
    CheckCredentialHelper {
        /// Its program.
        helper: String,
    },
    /// Set the proxy's login in its variable.
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
        /// How much later, if the registry returned it.
        after: Option<Duration>,
    },
    /// Give a client certificate, which the registry requires.
    GiveClientCertificate,
    /// Give a client certificate, if that is why the registry closed the connection.
    GiveClientCertificateIfDemanded,
    /// Look for a mistake in the host name, or name a proxy.
    CheckHostName,
    /// Name a proxy if hosts are reached through one.
    CheckNetwork,
    /// Look for a mistake in the host and port.
    CheckPort,
    /// Look at the dates of the server's certificate and at the clock.
    CheckCertificateDates,
    /// Use a name of the server that its certificate has.
    UseCertificateName,
    /// Try again later, or ask who runs the registry.
    AskOperator {
        /// The registry.
        host: String,
    },
    /// Look at the proxy's variables, or reach the host without a proxy.
    CheckProxy {
        /// The host.
        host: String,
    },
    /// Give the certificate authority of a private certificate.
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
    /// Run it again while no other process writes.
    RunAgainAlone,
    /// Wait for the other process.
    WaitForOtherProcess,
    /// Make the directory of locks writable, or choose one that all processes share.
    ShareLockDirectory,

    // Images of the local engine.
    /// Name a repository of a registry instead of an image of an engine.
    NameRegistry,
    /// Allow sockets, or name the image by the digest that it was pulled by.
    AllowEngineOrNameDigest,
    /// Give the path of the engine's socket.
    NameSocket,
    /// Give the path of a socket, or name the image by the digest that it was pulled by.
    NameSocketOrDigest,
    /// Start the engine, or give the path of its socket.
    StartEngine,
    /// Get the right to use the socket.
    AllowSocket,
    /// List the images of the engine.
    ListLocalImages,
    /// Push an image that was built locally, or pull it, and verify the image in the registry.
    PushFirst,
    /// Pull the image again, since the registry no longer has the one that was pulled.
    PullAgain,
    /// Name one of several digests.
    NameOrigin {
        /// The first of them, as an image of the engine.
        reference: String,
    },
    /// Verify all platforms: the engine may have the image of another one.
    AskForAllPlatforms,
    /// Remove the image from the engine, and pull it again.
    ReplaceLocalImage {
        /// What to pull.
        reference: String,
    },

    // Layouts and archives.
    /// Unpack an archive, and write to the directory.
    UnpackArchive,
    /// Pack the content of the folder, not the folder itself, into the archive.
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
    /// Use the image in its registry.
    TakeFromRegistry,

    // Files and variables of the system.
    /// Convert a text to plain UTF-8.
    ConvertText {
        /// The file, if the text is in one.
        path: Option<String>,
        /// Its encoding.
        encoding: TextEncoding,
    },
    /// Set one of these variables.
    SetVariable {
        /// Their names.
        names: &'static [&'static str],
    },
    /// Write log directives in their accepted form.
    WriteLogDirectives,
    /// Free space on a file system, or write elsewhere.
    FreeSpace,
    /// Free space within a quota, or write elsewhere.
    FreeSpaceInQuota,
    /// Raise the limit on file sizes, or write elsewhere.
    RaiseFileSizeLimit,
    /// Write to a writable location.
    WriteElsewhere,
    /// Write to a location that permissions allow, or change the permissions.
    WriteWhereAllowed,
    /// Choose a directory for temporary files with free space.
    ChooseTemporaryDirectory,
    /// Look up the keys of the configuration file.
    SeeConfiguration,

    // Signing.
    /// Sign the image instead of attesting a signature of it.
    SignInstead,
    /// Give the URI of the predicate in a file, which cosign would wrap.
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
    /// Request it without a platform: it is about the index.
    AskAboutIndex,
    /// Name one platform, or all.
    NamePlatform,
    /// Write the name of a repository.
    WriteRepository,
    /// Name the repository that the signature is for.
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
    /// List the digests of attestations.
    ListDigests,
    /// List the attestations of an image.
    ListAttestations {
        /// The image.
        reference: String,
    },
    /// Name one attestation among several.
    NameAttestation,
    /// Name an unsigned statement by its digest.
    GetUnsigned {
        /// The image.
        reference: String,
        /// The digest of the statement.
        digest: String,
    },

    // Findings.
    /// Install a scanner, or give the report of one.
    InstallScanner,
    /// Count findings without a known severity.
    CountUnknownSeverities,
    /// Ask why a finding of a report is kept.
    ExplainFinding {
        /// The id of the finding.
        finding: String,
        /// The report.
        report: String,
    },

    // Manifests.
    /// Check the command that writes the manifests.
    CheckManifestCommand,
    /// Render the template first.
    RenderTemplate,
    /// Check what is deployed, with its variables filled in.
    CheckDeployed,
    /// Put a line `---` between two objects.
    SeparateObjects,
    /// Restrict the platforms of an image.
    NarrowPlatforms,
    /// Write the image as one text.
    WritePlainImage,
    /// Write the image in quotes.
    QuoteImage,
    /// Accept what was not judged.
    AllowNotJudged,

    // The program itself.
    /// Change the command line. Only the program that has the options makes this remedy.
    ChangeCommandLine {
        /// What to write, with backticks round literals.
        text: String,
    },
    /// Look up the help topics.
    ListTopics,
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

/// A form of files with a public key that is not read.
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

/// The encoding of a text that should be plain UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// UTF-8 with a byte order mark (three bytes).
    MarkedUtf8,
    /// An encoding, by its name in `iconv`.
    Iconv(&'static str),
}
