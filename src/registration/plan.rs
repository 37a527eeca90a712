//! What a stored configuration should be, and where it is not: decided without asking anybody.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde_json::{Map, Value};

use super::difference::{self, Difference};
use super::platforms::Platform;
use super::{BULKHEAD, Registration, WebhookKind, entries};

/// Its own field manager where somebody else writes the entries: under the other name, applying
/// the bundle alone would take back whatever was filled in before.
const BUNDLES: &str = "bulkhead-ca-bundle";

/// This annotation says which part of the configuration Bulkhead manages: `managed` (the entries),
/// `static` (their `caBundle`) or `none`. Without it, the flags of this replica decide. While an
/// upgrade changes it, replicas of both versions run, and the older would take back what the newer
/// chart has written.
const OURS: &str = "bulkhead.dev/registration";

/// A configuration as it is stored: what a plan depends on.
#[derive(Clone, Copy, Debug)]
pub struct StoredConfiguration<'a> {
    annotations: Option<&'a BTreeMap<String, String>>,
    owners: &'a [ManagedFieldsEntry],
    webhooks: &'a [Value],
}

impl<'a> StoredConfiguration<'a> {
    /// Of an object's metadata, and the rest of it.
    pub fn new(metadata: &'a ObjectMeta, rest: &'a Value) -> Self {
        let webhooks = rest.get("webhooks").and_then(Value::as_array);
        Self {
            annotations: metadata.annotations.as_ref(),
            owners: metadata.managed_fields.as_deref().unwrap_or_default(),
            webhooks: webhooks.map_or(&[], Vec::as_slice),
        }
    }
}

/// What of a configuration is ours to write.
enum Whose<'a> {
    Nothing,
    Bundles,
    Entries(&'a Registration),
}

/// What a stored configuration should be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The field manager who applies.
    pub manager: &'static str,
    /// What is written.
    pub webhooks: Vec<Value>,
    /// The entries of ours as they should be, by name.
    pub entries: Map<String, Value>,
    /// The same without what stays of a platform, which comes and goes as others write it.
    pub plain: Map<String, Value>,
    /// Where they are not; nothing is to be done if there are none.
    pub differences: Vec<Difference>,
}

impl Plan {
    /// For an object of a kind; `whole` is what the entries should be, where they are ours. `None`
    /// where nothing of it is ours.
    pub fn new(
        kind: WebhookKind,
        whole: Option<&Registration>,
        stored: &StoredConfiguration<'_>,
        authority: &str,
    ) -> Option<Self> {
        let there = stored.webhooks;
        let (manager, plain, wanted, webhooks) = match whose(whole, stored) {
            Whose::Nothing => return None,
            Whose::Bundles => {
                let wanted = entries::bundled(authority, there);
                let webhooks = entries::bundles(authority, &wanted);
                (BUNDLES, wanted.clone(), wanted, webhooks)
            }
            Whose::Entries(registration) => {
                let plain = registration.webhooks(kind, Some(authority));
                let whole = entries::whole(plain.clone(), there);
                (BULKHEAD, entries::ours(&plain), entries::ours(&whole), entries::distinct(whole))
            }
        };
        let ours = [BULKHEAD, BUNDLES];
        let stored_entries = entries::ours(there);
        let differences =
            difference::between((&wanted, &plain), &stored_entries, stored.owners, &ours);
        Some(Self { manager, webhooks, entries: wanted, plain, differences })
    }

    /// Whether the list of entries has to be written as a whole, because applying would leave
    /// something of others in ours, or be refused for it.
    pub fn takes_whole_write(&self) -> bool {
        self.manager == BULKHEAD && self.differences.iter().any(Difference::outlives_applying)
    }
}

/// The platforms whose requirements stay in selectors of ours, once for each.
pub fn tolerated(
    kind: WebhookKind,
    whole: Option<&Registration>,
    stored: &StoredConfiguration<'_>,
) -> Vec<&'static Platform> {
    let Whose::Entries(registration) = whose(whole, stored) else { return Vec::new() };
    entries::tolerated(&registration.webhooks(kind, None), stored.webhooks)
}

fn whose<'a>(whole: Option<&'a Registration>, stored: &StoredConfiguration<'_>) -> Whose<'a> {
    let says = stored.annotations.and_then(|all| all.get(OURS)).map(String::as_str);
    match (says, whole) {
        (Some("none"), _) => Whose::Nothing,
        (Some("static"), _) | (_, None) => Whose::Bundles,
        (_, Some(registration)) => Whose::Entries(registration),
    }
}

/// The authorities that callers of our entries trust, by entry; empty while nothing is filled.
pub fn trusted(stored: &StoredConfiguration<'_>) -> Vec<(String, Option<Vec<u8>>)> {
    let ours = entries::ours(stored.webhooks);
    ours.into_iter().map(|(name, entry)| (name, entries::bundle(&entry))).collect()
}

/// The entries of a stored configuration that are not ours.
pub fn others(stored: &StoredConfiguration<'_>) -> Vec<Value> {
    entries::others(stored.webhooks)
}
