//! Where stored entries differ from what they should be, field by field, and who has set them so.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use serde_json::{Map, Value};

/// A field of its own: it alone is ours where somebody else writes the entries.
const BUNDLE: &str = "clientConfig.caBundle";

/// The field of an entry that is missing, or should be.
const WHOLE: &str = "entry";

/// Fields that applying merges with what others have set: `url` stays beside `service`, and items
/// stay in a list that has keys. The API server may even refuse what comes of it. All other fields
/// are replaced.
const MERGED: [&str; 2] = ["clientConfig", "matchConditions"];

/// Entries by their names.
pub type Entries = Map<String, Value>;

/// A field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of the entry.
    pub entry: String,
    /// The field of it; `entry` where that is missing, or should be.
    pub field: String,
    /// The manager who has set it so, as far as the object says.
    pub manager: String,
    /// Whether the object says that it was somebody else.
    pub is_foreign: bool,
    /// What it should be, without what stays of a platform; null where it should not be.
    pub wanted: Value,
}

impl Difference {
    /// Whether applying cannot repair it: what another manager has set stays in what is merged, and
    /// what is not named in what is applied stays as it is.
    pub(super) fn outlives_applying(&self) -> bool {
        self.wanted.is_null() || MERGED.contains(&self.field.as_str())
    }
}

/// All differences; `plain` is what is wanted without what stays of a platform, and `ours` are the
/// managers that write for us.
pub(super) fn between(
    (wanted, plain): (&Entries, &Entries),
    stored: &Entries,
    owners: &[ManagedFieldsEntry],
    ours: &[&str],
) -> Vec<Difference> {
    let names: BTreeSet<_> = wanted.keys().chain(stored.keys()).collect();
    let fields = |name: &String| match (wanted.get(name), stored.get(name)) {
        (Some(wanted), Some(stored)) => fields(wanted).chain(fields(stored)).collect(),
        _ => BTreeSet::from([WHOLE.to_owned()]),
    };
    let all = names.into_iter().flat_map(|name| fields(name).into_iter().map(move |it| (name, it)));
    let differences = all.filter_map(|(name, field)| {
        (part(stored, name, &field) != part(wanted, name, &field)).then(|| {
            let (manager, is_foreign) = who(owners, ours, name, &field);
            let wanted = part(plain, name, &field);
            Difference { entry: name.clone(), field, manager, is_foreign, wanted }
        })
    });
    differences.collect()
}

/// The fields of an entry.
fn fields(entry: &Value) -> impl Iterator<Item = String> {
    let bundle = entry.pointer("/clientConfig/caBundle").map(|_| BUNDLE.to_owned());
    entry.as_object().into_iter().flat_map(Map::keys).cloned().chain(bundle)
}

/// What stands in a field; null where nothing does.
pub fn part(entries: &Entries, name: &str, field: &str) -> Value {
    let Some(entry) = entries.get(name) else { return Value::Null };
    let found = match field {
        WHOLE => Some(entry),
        BUNDLE => entry.pointer("/clientConfig/caBundle"),
        _ => entry.get(field),
    };
    let mut found = found.cloned().unwrap_or_default();
    if let ("clientConfig", Some(client)) = (field, found.as_object_mut()) {
        client.remove("caBundle");
    }
    found
}

/// Who has set a field, and whether that is surely somebody else. What was taken away has no owner
/// any more: then it is whoever else has changed the object since we did, if anybody is known to.
fn who(all: &[ManagedFieldsEntry], ours: &[&str], name: &str, field: &str) -> (String, bool) {
    let is_ours =
        |it: &&ManagedFieldsEntry| it.manager.as_deref().is_some_and(|it| ours.contains(&it));
    let newest = |found: &mut dyn Iterator<Item = &ManagedFieldsEntry>| {
        let found = found.max_by_key(|it| it.time.as_ref().map(|time| time.0))?;
        Some((found.time.as_ref().map(|time| time.0), found.manager.clone().unwrap_or_default()))
    };
    let owners = || all.iter().filter(|it| owns(it, name, field));
    if let Some((_, manager)) = newest(&mut owners().filter(|it| !is_ours(it))) {
        return (manager, true);
    }
    if let Some((_, manager)) = newest(&mut owners()) {
        return (manager, false);
    }
    let other = newest(&mut all.iter().filter(|it| !is_ours(it)));
    let own = newest(&mut all.iter().filter(is_ours));
    match (other, own) {
        (Some((at, manager)), own) if own.as_ref().is_none_or(|(ours, _)| *ours <= at) => {
            (manager, false)
        }
        _ => ("unknown".to_owned(), false),
    }
}

/// Whether a manager owns a field, or something in it.
fn owns(managed: &ManagedFieldsEntry, name: &str, field: &str) -> bool {
    let Some(fields) = managed.fields_v1.as_ref().map(|fields| &fields.0) else { return false };
    let key = serde_json::json!({"name": name}).to_string();
    let entry = fields.get("f:webhooks").and_then(|all| all.get(format!("k:{key}")));
    let mut parts = if field == WHOLE { "" } else { field }.split('.').filter(|it| !it.is_empty());
    parts
        .try_fold(entry, |found, part| found?.get(format!("f:{part}")).map(Some))
        .flatten()
        .is_some()
}
