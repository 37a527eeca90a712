//! Groups and kinds: what `bulkhead check` calls a mistake is what the API server does not serve.

use bulkhead::objects::{KINDS, Meant, meant};

use super::Case;
use crate::setup::World;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new: what_is_served_is_no_mistake, mistakes_are_not_served;
    }
}

/// Every version and kind that the API server serves.
fn served(world: &World) -> Vec<(String, String)> {
    let said = world.cluster.kubectl(&["api-resources", "--no-headers"], "");
    // NAME SHORTNAMES APIVERSION NAMESPACED KIND; short names may be missing.
    let kinds = said.stdout.lines().map(|line| line.split_whitespace().rev().collect::<Vec<_>>());
    kinds.map(|words| (words[2].to_owned(), words[0].to_owned())).collect()
}

fn what_is_served_is_no_mistake(world: &World) {
    let served = served(world);
    assert!(served.len() > 40, "{served:?}");
    for (version, kind) in &served {
        let ours = KINDS.iter().find(|one| one.kind == kind);
        let expected = ours.map_or(Meant::Known, Meant::Judged);
        let meant = meant(version, kind);
        // Of whoever uses the cluster beside us.
        let is_custom = matches!(meant, Meant::Custom(group) if !group.ends_with(".k8s.io"));
        assert!(is_custom || meant == expected, "{version} {kind}: {meant:?}");
    }
}

fn mistakes_are_not_served(world: &World) {
    let served = served(world);
    let versions: std::collections::BTreeSet<_> =
        served.iter().map(|(version, _)| version.as_str()).collect();
    let former = ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "batch/v1beta1", "app/v1"];
    for version in versions.into_iter().chain(former) {
        for kind in KINDS {
            let is_served = served.contains(&(version.to_owned(), kind.kind.to_owned()));
            let is_mistaken = matches!(meant(version, kind.kind), Meant::Mistaken { .. });
            assert_eq!(is_mistaken, !is_served, "{version} {}", kind.kind);
            // So says kubectl, too.
            if version == "v1" || former.contains(&version) {
                let text =
                    format!("apiVersion: {version}\nkind: {}\nmetadata: {{name: x}}\n", kind.kind);
                let said = world.cluster.kubectl(&["create", "--dry-run=client", "-f", "-"], &text);
                let unknown = said.stderr.contains("no matches for kind");
                assert_eq!(unknown, is_mistaken, "{version} {}: {said:?}", kind.kind);
            }
        }
    }
}
