//! A release of the chart before values were renamed.

use std::collections::BTreeSet;

use super::{Case, ENFORCED, GUARDRAIL, LAME_DUCK};
use crate::node::Node;
use crate::setup::{Expected, Release, under_load};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! { Case::new: it_is_upgraded_and_refuses_nobody; }
}

/// With its old names of values, as docs/operate.md has it.
fn it_is_upgraded_and_refuses_nobody(node: &Node) {
    let tenant = node.namespace();
    let values = [GUARDRAIL, ENFORCED, LAME_DUCK, "--set=replicas=2,uninstall.hook=true"];
    let older = "tests/fixtures/older-chart";
    let mut release = Release::install_chart(node, "bulkhead-older", older, &values);
    release.enforced(&tenant);
    release.settled();
    let before: BTreeSet<_> = release.processes().into_keys().collect();
    release.values = Vec::new();
    let calls = under_load(&tenant, Expected::Verdict, || {
        let said = release.done("upgrade", &["--reset-then-reuse-values", "--wait"]);
        assert!(said.contains("Warning: the value replicas is now replicaCount"), "{said}");
        release.settled();
    });
    let after: BTreeSet<_> = release.processes().into_keys().collect();
    assert!(before.is_disjoint(&after), "{before:?} {after:?}");
    calls.all_right("upgrade from the chart before");
    // And back.
    let calls = under_load(&tenant, Expected::Verdict, || {
        drop(release.done("rollback", &[]));
        release.settled();
    });
    calls.all_right("rollback to the chart before");
    release.uninstall(&["--wait"]);
}
