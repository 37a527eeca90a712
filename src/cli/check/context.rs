//! What is known of the cluster and of who will ask, from a file of Kubernetes objects.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{anyhow, bail};
use jiff::Timestamp;
use serde::Deserialize;

use crate::cli::inputs::{self, LARGEST};
use crate::manifest::{Located, Place, documents, typed};
use crate::path::{Fault, FieldPath};
use crate::policy::{Labels, Node, Requester};
use crate::verdict::{Item, Surroundings, items};

#[derive(Deserialize)]
#[serde(expecting = "a Namespace")]
struct NamespaceObject {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(expecting = "metadata with a name")]
struct Metadata {
    name: String,
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize)]
#[serde(expecting = "a Node")]
struct NodeObject {
    metadata: Metadata,
    #[serde(default)]
    status: NodeStatus,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "the status of a node")]
struct NodeStatus {
    #[serde(default)]
    features: NodeFeatures,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "the features of a node")]
struct NodeFeatures {
    #[serde(default)]
    supplemental_groups_policy: bool,
}

#[derive(Deserialize)]
#[serde(expecting = "a SelfSubjectReview, as `kubectl auth whoami -o yaml` prints it")]
struct SelfSubjectReview {
    status: ReviewStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a status with userInfo")]
struct ReviewStatus {
    user_info: UserInfo,
}

#[derive(Deserialize)]
#[serde(expecting = "userInfo with a username")]
struct UserInfo {
    username: String,
    #[serde(default)]
    groups: Vec<String>,
}

/// Reads the file; without one nothing is known. The time is for the caller to set, and another
/// namespace than `default`.
pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Surroundings> {
    let mut known = Surroundings {
        namespaces: BTreeMap::new(),
        nodes: None,
        requester: None,
        namespace: "default".to_owned(),
        now: Timestamp::UNIX_EPOCH,
    };
    let Some(file) = file else { return Ok(known) };
    let text = inputs::file(file, LARGEST)?;
    let at = |place: Place| format!("{}:{}:{}", file.display(), place.line, place.column);
    for document in documents(&text) {
        let document =
            document.map_err(|broken| anyhow!("{}: {}", at(broken.place), broken.message))?;
        for item in items(&document.root) {
            let (value, kind) = match item {
                Item::Other(other) => (other.value, other.kind),
                Item::Object(object) => (object.value, Some(object.kind.kind)),
                Item::Broken(broken) => {
                    let lines = broken.iter().map(|broken| {
                        let place = broken.place.unwrap_or(Place::START);
                        format!("{}: {}", at(place), broken.message)
                    });
                    bail!("{}", lines.collect::<Vec<_>>().join("\n"))
                }
            };
            add(&mut known, value, kind)
                .map_err(|fault| anyhow!("{}: {fault}", at(value.locate(&fault.path))))?;
        }
    }
    Ok(known)
}

fn add(known: &mut Surroundings, value: &Located, kind: Option<&str>) -> Result<(), Fault> {
    match kind {
        Some("Namespace") => {
            let Metadata { name, labels } = typed::<NamespaceObject>(value)?.metadata;
            known.namespaces.insert(name, labels);
        }
        Some("Node") => {
            let node: NodeObject = typed(value)?;
            let strict_groups = node.status.features.supplemental_groups_policy;
            let node = Node { labels: node.metadata.labels, strict_groups };
            known.nodes.get_or_insert_default().push(node);
        }
        Some("SelfSubjectReview") => {
            let UserInfo { username, groups } = typed::<SelfSubjectReview>(value)?.status.user_info;
            let groups = groups.into_iter().map(Into::into).collect();
            known.requester = Some(Requester { user: username.into(), groups });
        }
        Some(_) | None => {
            let message = "must be Namespace, Node or SelfSubjectReview, or a list of them";
            return Err(Fault::new(FieldPath::of(&["kind"]), message));
        }
    }
    Ok(())
}
