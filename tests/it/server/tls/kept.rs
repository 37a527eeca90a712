//! What replicas keep together, without a cluster.

use std::time::Duration;

use bulkhead::tls::{SecretContents, renew_at};
use jiff::{SignedDuration, Timestamp};

use super::NAME;

const LEAF: Duration = Duration::from_hours(90 * 24);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn names() -> Vec<String> {
    vec![NAME.to_owned()]
}

fn authorities(kept: &SecretContents) -> usize {
    kept.authority().matches("BEGIN CERTIFICATE").count()
}

#[test]
fn a_leaf_is_due_after_two_thirds_of_its_life() {
    let now = Timestamp::now();
    let leaf =
        SecretContents::make(&names(), LEAF, now).unwrap().certificate(&names(), now).unwrap();
    let due = now.duration_until(renew_at(&leaf));
    assert!(due > DAY * 60 - DAY && due <= DAY * 60, "{due:?}");
}

#[test]
fn a_renewed_leaf_is_of_the_same_authority() {
    let now = Timestamp::now();
    let old = SecretContents::make(&names(), LEAF, now - DAY * 80).unwrap();
    let new = old.renewed(&names(), LEAF, now).unwrap();
    assert_eq!(new.authority(), old.authority());
    assert_ne!(new, old);
    let (old, leaf) = (old.certificate(&names(), now), new.certificate(&names(), now).unwrap());
    assert!(leaf.not_after > old.unwrap().not_after);
    assert!(new.certificate(&["other.example".to_owned()], now).is_err());
}

#[test]
fn an_authority_that_cannot_sign_for_as_long_is_followed_by_another_one() {
    let now = Timestamp::now();
    let old = SecretContents::make(&names(), LEAF, now - DAY * 3600).unwrap();
    let new = old.renewed(&names(), LEAF, now).unwrap();
    assert!(new.authority().ends_with(old.authority()), "the one before is trusted still");
    assert_eq!(authorities(&new), 2);
    let leaf = new.certificate(&names(), now).unwrap();
    assert!(leaf.chains_to(new.authority().as_bytes(), now));
    assert!(!leaf.chains_to(old.authority().as_bytes(), now));
    // Once it has expired it is not kept any longer.
    let later = now + DAY * 3600;
    let next = new.renewed(&names(), LEAF, later).unwrap();
    assert_eq!(authorities(&next), 2);
    assert!(!next.authority().contains(old.authority()));
}

#[test]
fn a_key_of_another_authority_is_not_signed_with() {
    let now = Timestamp::now();
    let (one, other) = (
        SecretContents::make(&names(), LEAF, now).unwrap(),
        SecretContents::make(&names(), LEAF, now).unwrap(),
    );
    let mut data = one.data();
    data.insert("ca.key".to_owned(), other.data()["ca.key"].clone());
    let mixed = SecretContents::read(&data).unwrap();
    let repaired = mixed.renewed(&names(), LEAF, now).unwrap();
    assert!(repaired.certificate(&names(), now).is_ok());
    assert!(repaired.authority().ends_with(one.authority()) && authorities(&repaired) == 2);
    data.insert("tls.crt".to_owned(), other.data()["tls.crt"].clone());
    data.insert("tls.key".to_owned(), other.data()["tls.key"].clone());
    let error =
        SecretContents::read(&data).unwrap().certificate(&names(), now).unwrap_err().to_string();
    assert_eq!(error, "the certificate is not signed by the authority that is stored with it");
    data.remove("ca.key");
    assert_eq!(SecretContents::read(&data).unwrap_err().to_string(), "ca.key is not there");
    data.insert("tls.crt".to_owned(), b"\xff".to_vec());
    data.insert("ca.key".to_owned(), one.data()["ca.key"].clone());
    assert_eq!(SecretContents::read(&data).unwrap_err().to_string(), "tls.crt is not UTF-8 text");
    // What is printed of it by accident is no key.
    assert_eq!(format!("{one:?}"), "SecretContents { .. }");
}
