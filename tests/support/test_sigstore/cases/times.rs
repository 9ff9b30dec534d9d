//! Times that are not proven, or at which the certificate of the signer was not valid.

use jiff::Timestamp;

use super::{ARTIFACT, Case, IDENTITY, ISSUER, Judge, Reason, about_artifact};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::clock::{Window, minutes};
use crate::support::test_sigstore::fulcio::Leaf;
use crate::support::test_sigstore::signed::{Signed, Version};
use crate::support::test_sigstore::tsa::Tsa;

pub(super) fn cases(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = integrated(sigstore);
    cases.extend(timestamps(sigstore));
    cases.extend(authorities(sigstore));
    cases.extend(none(sigstore));
    cases
}

fn bad(name: &str, signed: &Signed) -> Case {
    Case::bundle(name, signed, Version::V03).fails(Reason::Time)
}

/// Rekor v1's own time. The log signed it, so it is genuine, and wrong.
fn integrated(sigstore: &Sigstore) -> Vec<Case> {
    let signed = |minutes_later| {
        let time = minutes(sigstore.time, minutes_later);
        sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged_at(&sigstore.rekor, time)
    };
    let tomorrow = minutes(Timestamp::from_second(Timestamp::now().as_second()).unwrap(), 24 * 60);
    let mut leaf = Leaf::new(IDENTITY, ISSUER, sigstore.time);
    leaf.window = Window::around(tomorrow, 60, 60);
    let future = sigstore.certified(&leaf).sign(ARTIFACT).logged_at(&sigstore.rekor, tomorrow);
    let future_key = sigstore.keyed().sign(ARTIFACT).logged_at(&sigstore.rekor, tomorrow);
    let statement = sigstore
        .keyless(IDENTITY, ISSUER)
        .attest(&about_artifact())
        .logged_at(&sigstore.rekor, minutes(sigstore.time, 11));
    let one_outside = signed(0).dated_at(&sigstore.tsa, minutes(sigstore.time, 11));
    vec![
        bad("integrated-before-certificate", &signed(-2)),
        bad("integrated-after-certificate", &signed(10)),
        bad("integrated-after-certificate-statement", &statement),
        bad("integrated-in-certificate-timestamp-after-it", &one_outside),
        bad("integrated-in-future", &future).except(&[Judge::Cosign]),
        bad("integrated-in-future-key", &future_key).except(&[Judge::Cosign]),
    ]
}

fn timestamps(sigstore: &Sigstore) -> Vec<Case> {
    let logged = || sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged(&sigstore.rekor2);
    let dated = |later| logged().dated_at(&sigstore.tsa, minutes(sigstore.time, later));
    let other = logged().dated(&sigstore.tsa);
    let mut altered = logged().dated(&sigstore.tsa);
    *altered.timestamps[0].last_mut().unwrap() ^= 1;
    let mut cut = logged().dated(&sigstore.tsa);
    cut.timestamps[0].pop();
    let keyed =
        sigstore.keyed().sign(ARTIFACT).logged(&sigstore.rekor2).dated_at(&sigstore.tsa, sigstore.time);
    vec![
        bad("timestamp-before-certificate", &dated(-2)),
        bad("timestamp-after-certificate", &dated(10)),
        bad(
            "timestamp-in-and-after-certificate",
            &dated(0).dated_at(&sigstore.tsa, minutes(sigstore.time, 10)),
        )
        .except(&[Judge::Cosign]),
        bad(
            "timestamp-over-other-signature",
            &logged().but(|signed| signed.timestamps = other.timestamps.clone()),
        ),
        bad(
            "timestamp-over-other-signature-key",
            &keyed.but(|signed| signed.timestamps = other.timestamps.clone()),
        ),
        bad("timestamp-altered", &altered),
        bad("timestamp-cut", &cut),
        bad("timestamp-empty", &logged().but(|signed| signed.timestamps.push(Vec::new()))),
        bad("timestamp-not-a-token", &logged().but(|signed| signed.timestamps.push(b"yesterday".to_vec()))),
    ]
}

/// Timestamp authorities that are not trusted, or not at that time.
fn authorities(sigstore: &Sigstore) -> Vec<Case> {
    let years = Window::years(sigstore.time);
    let logged = || sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged(&sigstore.rekor2);
    let unknown = Tsa::new(years, years);
    let old = Tsa::new(years, Window::around(minutes(sigstore.time, -60), 60, 30));
    let young = Tsa::new(years, Window::around(minutes(sigstore.time, 60), 30, 60));
    let trusting = |tsa: &Tsa, window: Window| {
        let mut root = sigstore.trusted_root();
        root.timestamp_authorities = vec![(tsa.chain(), window)];
        root
    };
    let good = logged().dated(&sigstore.tsa);
    let ended = Window { until: minutes(sigstore.time, -30), ..years };
    let later = Window { from: minutes(sigstore.time, 30), ..years };
    // One authority signs, and another is trusted at that time.
    let mut lent = trusting(&sigstore.tsa, ended);
    lent.timestamp_authorities.push((unknown.chain(), years));
    let mut nobody = sigstore.trusted_root();
    nobody.timestamp_authorities.clear();
    vec![
        bad("tsa-unknown", &logged().dated(&unknown)),
        bad("tsa-none-trusted", &good).trusting(&nobody),
        bad("tsa-certificate-expired", &logged().dated(&old)).trusting(&trusting(&old, years)),
        bad("tsa-certificate-not-yet", &logged().dated(&young)).trusting(&trusting(&young, years)),
        bad("tsa-trust-ended-before", &good).trusting(&trusting(&sigstore.tsa, ended)),
        bad("tsa-trust-ended-before-beside-other", &good).trusting(&lent),
        bad("tsa-trust-began-after", &good).trusting(&trusting(&sigstore.tsa, later)),
    ]
}

/// A certificate of minutes, and nothing that says when.
fn none(sigstore: &Sigstore) -> Vec<Case> {
    let keyless = sigstore.keyless(IDENTITY, ISSUER);
    let unpromised =
        keyless.sign(ARTIFACT).logged(&sigstore.rekor).but(|signed| signed.entry().promise = None);
    let undated = keyless.sign(ARTIFACT).logged(&sigstore.rekor2);
    // Anyone can write a number into the bundle.
    let claimed = undated.clone().but(|signed| {
        let seconds = signed.signer.time.as_second();
        signed.entry().integrated_time = Some(seconds);
    });
    vec![
        bad("time-unsigned", &unpromised),
        bad("time-none-rekor2", &undated),
        bad("time-claimed-rekor2", &claimed),
        bad("time-none-at-all", &keyless.sign(ARTIFACT)).without_log(),
    ]
}
