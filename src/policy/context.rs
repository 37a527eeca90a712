//! What is known where something is judged, seen from one request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::pod::PodView;

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// Who sent the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester<'a> {
    /// `userInfo.username`.
    pub user: Cow<'a, str>,
    /// `userInfo.groups`.
    pub groups: Vec<Cow<'a, str>>,
}

impl Requester<'_> {
    /// Whether this is a kubelet, by user name and group together.
    pub fn is_node(&self) -> bool {
        self.user.starts_with("system:node:") && self.groups.iter().any(|one| one == "system:nodes")
    }
}

/// A node, as far as it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// `metadata.labels`.
    pub labels: Labels,
    /// `status.features.supplementalGroupsPolicy`: whether it takes pods with `Strict`.
    pub strict_groups: bool,
}

impl Node {
    /// Whether the pod could come here, as far as its node selector says.
    fn may_run(&self, pod: &PodView<'_>) -> bool {
        let has = |key: &str, value: &str| self.labels.get(key).is_some_and(|own| own == value);
        !has("kubernetes.io/os", "windows")
            && pod.node_selector.iter().all(|(key, value)| has(key, value))
    }
}

/// The surroundings of a judgement.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The namespace of the request, as the API server names it.
    pub namespace: &'a str,
    /// Its labels; `None` where only its name is known.
    pub labels: Option<&'a Labels>,
    /// Who asks; `None` where that is not known.
    pub requester: Option<&'a Requester<'a>>,
    /// The nodes of the cluster; `None` where they are not known.
    pub nodes: Option<&'a [Node]>,
    /// The time that decides whether an exception has expired.
    pub now: Timestamp,
}

impl Context<'_> {
    /// Whether every node that the pod could come to takes `supplementalGroupsPolicy: Strict`; a
    /// node that does not would reject the pod. Nodes that are not known count as if they did not.
    pub(super) fn supports_strict(&self, pod: &PodView<'_>) -> bool {
        let nodes = self.nodes.unwrap_or_default().iter();
        let mut eligible = nodes.filter(|node| node.may_run(pod)).peekable();
        eligible.peek().is_some() && eligible.all(|node| node.strict_groups)
    }
}
