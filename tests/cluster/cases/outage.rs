//! Nobody answers: what is judged is refused by name, what is only advised or repaired is not.

use serde_json::json;

use super::{Case, case, pod};
use crate::setup::{DENY, World};
use crate::support::{capable, policy};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case: pods_are_refused_by_name_and_templates_are_not;
    }
}

fn pods_are_refused_by_name_and_templates_are_not(world: &World) {
    let mut stage = world.namespace().guarded(Some(&policy(DENY)));
    stage.kill();
    let harmless = pod("refused", &json!({"containers": [capable("app", &json!({}))]}));
    let answer = stage.create(&harmless);
    let message = answer.body["message"].as_str().unwrap_or_default();
    assert_eq!(answer.code, 500, "{answer:#?}");
    let named = "failed calling webhook \"enforce.bulkhead.dev\": failed to call webhook: Post ";
    assert!(message.contains(named), "{message}");
    let template = json!({"metadata": {"name": "advised"}, "template": {"spec": harmless["spec"]}});
    let path = stage.path("v1", "podtemplates");
    stage.cluster.client.post(&path, &template).silent();
}
