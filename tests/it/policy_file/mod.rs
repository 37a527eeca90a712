//! The policy file.

mod exception;
mod lint;
mod load;
mod schema;
mod tables;
mod unreadable;

use bulkhead::api::{Namespaces, load};
use bulkhead::policy::Snapshot;

fn read(text: &str) -> Result<Snapshot, String> {
    load("policy.yaml", text, Namespaces::ByName)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}
