//! What the documents say about reach, each statement on a pod that runs.

use serde_json::json;

use super::{Case, case};
use crate::node_support::{Node, Ways};

pub(super) fn cases() -> Vec<Case> {
    vec![case("statements::smoke", smoke)]
}

fn smoke(node: &Node) {
    let pods = [json!({"spec": {"shareProcessNamespace": true, "containers": [
        {"name": "a", "image": "localhost/probe:root", "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}},
        {"name": "b", "image": "localhost/probe:user"},
    ], "ephemeralContainers": [{"name": "e", "image": "localhost/probe:user"}],
    "initContainers": [{"name": "s", "restartPolicy": "Always", "image": "localhost/probe:user"}, {"name": "i", "image": "localhost/probe:root"}]}})];
    let measured = node.measure(&pods);
    panic!("{:#?}", measured);
}
