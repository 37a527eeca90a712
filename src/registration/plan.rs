//! What a stored configuration should be, and where it is not: decided without asking anybody.

use kube::api::DynamicObject;
use serde_json::{Map, Value};

use super::difference::{self, Difference};
use super::platforms::Platform;
use super::{BULKHEAD, Kind, Registration, entries as rules};

/// Its own field manager where somebody else writes the entries: under the other name, applying
/// the bundle alone would take back whatever was filled in before.
const BUNDLES: &str = "bulkhead-ca-bundle";

/// By this annotation a configuration says itself what of it is ours: `managed` (the entries),
/// `static` (their `caBundle`) or `none`. Without it, what this replica was told counts. While an
/// upgrade changes it, replicas of both versions run, and the older would take back what the newer
/// chart has written.
const OURS: &str = "bulkhead.dev/registration";

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
        kind: Kind,
        whole: Option<&Registration>,
        stored: &DynamicObject,
        authority: &str,
    ) -> Option<Self> {
        let there = entries(stored);
        let (manager, plain, wanted, webhooks) = match whose(whole, stored) {
            Whose::Nothing => return None,
            Whose::Bundles => {
                let wanted = rules::bundled(authority, there);
                let webhooks = rules::bundles(authority, &wanted);
                (BUNDLES, wanted.clone(), wanted, webhooks)
            }
            Whose::Entries(registration) => {
                let plain = registration.webhooks(kind, Some(authority));
                let whole = rules::whole(plain.clone(), there);
                (BULKHEAD, rules::ours(&plain), rules::ours(&whole), rules::distinct(whole))
            }
        };
        let owners = stored.metadata.managed_fields.as_deref().unwrap_or_default();
        let ours = [BULKHEAD, BUNDLES];
        let differences =
            difference::between((&wanted, &plain), &rules::ours(there), owners, &ours);
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
    kind: Kind,
    whole: Option<&Registration>,
    stored: &DynamicObject,
) -> Vec<&'static Platform> {
    let Whose::Entries(registration) = whose(whole, stored) else { return Vec::new() };
    rules::tolerated(&registration.webhooks(kind, None), entries(stored))
}

fn whose<'a>(whole: Option<&'a Registration>, stored: &DynamicObject) -> Whose<'a> {
    let annotations = stored.metadata.annotations.as_ref();
    let told = annotations.and_then(|all| all.get(OURS)).map(String::as_str);
    match (told, whole) {
        (Some("none"), _) => Whose::Nothing,
        (Some("static"), _) | (_, None) => Whose::Bundles,
        (_, Some(registration)) => Whose::Entries(registration),
    }
}

/// The authorities that callers of our entries trust, by entry; empty while nothing is filled.
pub fn trusted(stored: &DynamicObject) -> Vec<(String, Option<Vec<u8>>)> {
    let ours = rules::ours(entries(stored));
    ours.into_iter().map(|(name, entry)| (name, rules::bundle(&entry))).collect()
}

/// The entries of a stored configuration that are not ours.
pub fn others(stored: &DynamicObject) -> Vec<Value> {
    rules::others(entries(stored))
}

/// All entries of a stored configuration.
fn entries(stored: &DynamicObject) -> &[Value] {
    stored.data.get("webhooks").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
