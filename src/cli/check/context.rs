//! What is known of the cluster and of who will ask, from a file of Kubernetes objects.

use std::path::Path;

use anyhow::{anyhow, bail};
use serde::Deserialize;

use crate::cli::inputs::{self, LARGEST};
use crate::diagnostic::Diagnostic;
use crate::manifest::{SourceValue, typed};
use crate::path::{Fault, FieldPath};
use crate::policy::{Labels, Node, Requester, Surroundings};
use crate::verdict::{Item, Manifest, documents, items};

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

/// What such a file says.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) surroundings: Surroundings,
    /// Who will create the objects.
    pub(super) requester: Option<Requester<'static>>,
}

/// Reads the file; without one nothing is known.
pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Context> {
    let mut context = Context::default();
    let Some(path) = file else { return Ok(context) };
    let text = inputs::named_by_flag(path, LARGEST)?;
    let file = path.display().to_string();
    for document in documents(Manifest { file: &file, text: &text }, "") {
        let document = document.map_err(|error| anyhow!("{error}"))?;
        for item in items(&file, &document.root) {
            let (value, kind) = match item {
                Item::Other(other) => (other.value, other.kind),
                Item::Object(object) => (object.value, Some(object.kind.kind)),
                Item::Unusable(errors) => {
                    let lines = errors.iter().map(ToString::to_string);
                    bail!("{}", lines.collect::<Vec<_>>().join("\n"))
                }
            };
            context.add(value, kind).map_err(|fault| {
                anyhow!("{}", Diagnostic::at(&*file, value.locate(&fault.path), fault.to_string()))
            })?;
        }
    }
    Ok(context)
}

impl Context {
    fn add(&mut self, value: &SourceValue, kind: Option<&str>) -> Result<(), Fault> {
        match kind {
            Some("Namespace") => {
                let Metadata { name, labels } = typed::<NamespaceObject>(value)?.metadata;
                self.surroundings.namespaces.value.insert(name, labels);
            }
            Some("Node") => {
                let node: NodeObject = typed(value)?;
                let strict_groups = node.status.features.supplemental_groups_policy;
                let node = Node { labels: node.metadata.labels, strict_groups };
                self.surroundings.nodes.get_or_insert_default().value.push(node);
            }
            Some("SelfSubjectReview") => {
                let UserInfo { username, groups } =
                    typed::<SelfSubjectReview>(value)?.status.user_info;
                let groups = groups.into_iter().map(Into::into).collect();
                self.requester = Some(Requester { user: username.into(), groups });
            }
            Some(_) | None => {
                let message = "must be Namespace, Node or SelfSubjectReview, or a list of them";
                return Err(Fault::new(FieldPath::of(&["kind"]), message));
            }
        }
        Ok(())
    }
}
