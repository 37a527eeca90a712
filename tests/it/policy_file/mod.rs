//! The policy file.

mod exception;
mod lint;
mod lint_verb;
mod load;
mod schema;
mod tables;
mod unreadable;

use bulkhead::api::Namespaces;
use bulkhead::policy::Snapshot;
use bulkhead::policy_file::PolicyText;

fn read(text: &str) -> Result<Snapshot, String> {
    let text = PolicyText::new("policy.yaml", text);
    text.load(Namespaces::ByName).map_err(|problems| problems.to_string())
}
