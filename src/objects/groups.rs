//! What an `apiVersion` and a `kind` mean: one that holds pods, another one of Kubernetes' own, a
//! custom one, or a mistake.

use super::kinds::{KINDS, Kind};
use crate::text::nearest;

/// What an object says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// A kind that holds pods, at a version that is served.
    Judged(&'static Kind),
    /// Another kind of Kubernetes' own, or a file of one of its programs.
    Known,
    /// A kind of somebody else, in this group.
    Custom(&'a str),
    /// No API server of a supported Kubernetes takes it.
    Mistaken {
        /// What is wrong, and what would be right.
        message: String,
        /// The kind that was meant, if that is one of ours.
        kind: Option<&'static Kind>,
    },
}

/// A group and its kinds.
type Group = (&'static str, &'static str);

/// The groups of Kubernetes' own that 1.33 to 1.37 know, with their kinds at any version. Their
/// source is `tests/fixtures/pod-schema/groups.txt`, which is made of the published API; the last
/// two are of libraries of their own.
const GROUPS: &[Group] = &[
    (
        "",
        "Binding ComponentStatus ConfigMap Endpoints Event LimitRange List Namespace Node NodeProxyOptions \
         PersistentVolume PersistentVolumeClaim Pod PodAttachOptions PodExecOptions PodLogOptions \
         PodPortForwardOptions PodProxyOptions PodStatusResult PodTemplate RangeAllocation \
         ReplicationController ResourceQuota Secret SerializedReference Service ServiceAccount \
         ServiceProxyOptions",
    ),
    ("admission.k8s.io", "AdmissionReview"),
    (
        "admissionregistration.k8s.io",
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration \
         ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
    ),
    ("apidiscovery.k8s.io", "APIGroupDiscovery"),
    (
        "apps",
        "ControllerRevision DaemonSet Deployment DeploymentRollback ReplicaSet Scale StatefulSet",
    ),
    ("authentication.k8s.io", "SelfSubjectReview TokenRequest TokenReview"),
    (
        "authorization.k8s.io",
        "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    ),
    ("autoscaling", "HorizontalPodAutoscaler Scale"),
    ("batch", "CronJob Job"),
    ("certificates.k8s.io", "CertificateSigningRequest ClusterTrustBundle PodCertificateRequest"),
    ("coordination.k8s.io", "Lease LeaseCandidate"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("events.k8s.io", "Event"),
    (
        "extensions",
        "DaemonSet Deployment DeploymentRollback Ingress NetworkPolicy ReplicaSet Scale",
    ),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema PriorityLevelConfiguration"),
    ("imagepolicy.k8s.io", "ImageReview"),
    ("internal.apiserver.k8s.io", "StorageVersion"),
    ("lifecycle.k8s.io", "Eviction EvictionRequest"),
    ("meta.k8s.io", "ListOptions PartialObjectMetadata Table TableOptions"),
    ("networking.k8s.io", "IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR"),
    ("node.k8s.io", "RuntimeClass"),
    ("policy", "Eviction PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "ClusterRole ClusterRoleBinding Role RoleBinding"),
    (
        "resource.k8s.io",
        "DeviceClass DeviceTaintRule ResourceClaim ResourceClaimTemplate ResourcePoolStatusRequest \
         ResourceSlice",
    ),
    ("scheduling.k8s.io", "CompositePodGroup PodGroup PriorityClass Workload"),
    (
        "storage.k8s.io",
        "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass",
    ),
    ("storagemigration.k8s.io", "StorageVersionMigration"),
    ("apiextensions.k8s.io", "ConversionReview CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
];

/// Kinds that these groups had before, and the files of kubectl and of an old scheduler. They hold
/// no pods: old manifests may keep them.
const FORMER: &[Group] = &[
    ("", "Config Policy"),
    ("admissionregistration.k8s.io", "ExternalAdmissionHookConfiguration InitializerConfiguration"),
    ("extensions", "HorizontalPodAutoscaler PodSecurityPolicy ThirdPartyResource"),
    ("networking.k8s.io", "ClusterCIDR"),
    ("policy", "PodSecurityPolicy"),
    (
        "resource.k8s.io",
        "PodScheduling PodSchedulingContext ResourceClaimParameters ResourceClass ResourceClassParameters",
    ),
];

/// Kinds that every group has (`AddToGroupVersion` of apimachinery).
const EVERYWHERE: &str = "APIGroup APIGroupList APIResourceList APIVersions CreateOptions DeleteOptions GetOptions \
     ListOptions PartialObjectMetadata PatchOptions Status Table UpdateOptions WatchEvent";

/// Groups of files that programs read and no API server; so are all that end in `.config.k8s.io`.
const FILES: &[&str] = &[
    "apiserver.k8s.io",
    "audit.k8s.io",
    "client.authentication.k8s.io",
    "kind.x-k8s.io",
    "kubeadm.k8s.io",
];

/// Where our kinds were served before, and the minor of Kubernetes 1 that ended it.
const ENDED: &[(&str, &str, u32)] = &[
    ("apps/v1beta1", "Deployment StatefulSet", 16),
    ("apps/v1beta2", "DaemonSet Deployment ReplicaSet StatefulSet", 16),
    ("batch/v1beta1", "CronJob", 25),
    ("batch/v2alpha1", "CronJob", 21),
    ("extensions/v1beta1", "DaemonSet Deployment ReplicaSet", 16),
];

fn among(names: &str, name: &str) -> bool {
    names.split(' ').any(|one| one == name)
}

/// The group of an `apiVersion`; empty for the core group.
fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// What `apiVersion` and `kind` of an object mean.
pub fn meant<'a>(api_version: &'a str, kind: &str) -> Meant<'a> {
    let (plain_version, plain) = (api_version.trim(), kind.trim());
    if (plain_version, plain) != (api_version, kind) {
        return blanks((api_version, plain_version), (kind, plain));
    }
    let group = group_of(api_version);
    if let Some(ours) = KINDS.iter().find(|one| one.kind == kind) {
        return match ours.api_version() == api_version {
            true => Meant::Judged(ours),
            false if is_custom(group) => Meant::Custom(group),
            false => elsewhere(ours, api_version),
        };
    }
    if group.ends_with(".config.k8s.io") || FILES.contains(&group) {
        return Meant::Known;
    }
    let own = GROUPS.iter().chain(FORMER).filter(|(name, _)| *name == group);
    let own: Vec<_> = own.map(|(_, kinds)| *kinds).chain([EVERYWHERE]).collect();
    let single = kind.strip_suffix("List").unwrap_or(kind);
    match own.as_slice() {
        [_] if is_custom(group) => Meant::Custom(group),
        [_] => match KINDS.iter().find(|one| is_miswritten(kind, one)) {
            Some(ours) => unknown(api_version, kind, Some(ours.kind)),
            None => Meant::Custom(group),
        },
        own if own.iter().any(|kinds| among(kinds, kind) || among(kinds, single)) => Meant::Known,
        own => {
            let ours = KINDS.iter().map(|one| one.kind);
            let names: Vec<_> = ours.chain(own.iter().flat_map(|kinds| kinds.split(' '))).collect();
            unknown(api_version, kind, nearest(kind, &names))
        }
    }
}

/// Whether a custom resource can be in a group: its name has a dot, and `apps.k8s.io` is `apps` as
/// somebody remembers it.
fn is_custom(group: &str) -> bool {
    let own = |name: &str| GROUPS.iter().any(|(own, _)| *own == name);
    let remembered = group.strip_suffix(".k8s.io").is_some_and(|name| name == "core" || own(name));
    group.contains('.') && !own(group) && !remembered
}

/// Whether somebody wrote a kind in another case, or in the plural.
fn is_miswritten(kind: &str, ours: &Kind) -> bool {
    let is = |name: &str| name.eq_ignore_ascii_case(ours.kind);
    is(kind) || kind.strip_suffix(['s', 'S']).is_some_and(is)
}

fn mistaken<'a>(message: String, kind: Option<&str>) -> Meant<'a> {
    let kind = kind.and_then(|kind| KINDS.iter().find(|one| one.kind == kind));
    Meant::Mistaken { message, kind }
}

/// No name has blanks around it, of any kind.
fn blanks<'a>(version: (&str, &str), kind: (&str, &str)) -> Meant<'a> {
    let (member, plain) = if kind.0 == kind.1 {
        ("apiVersion", version.1)
    } else {
        let ours = KINDS.iter().find(|one| is_miswritten(kind.1, one));
        ("kind", ours.map_or(kind.1, |ours| ours.kind))
    };
    mistaken(format!("{member} has blanks around it: write `{plain}`"), Some(kind.1))
}

/// One of our kinds where it is not served.
fn elsewhere<'a>(ours: &'static Kind, api_version: &str) -> Meant<'a> {
    let ended = ENDED.iter().find(|(at, kinds, _)| *at == api_version && among(kinds, ours.kind));
    let since = ended.map(|(.., minor)| format!(" since Kubernetes 1.{minor}"));
    let message = format!(
        "there is no {} in {api_version}{}: it is in {}",
        ours.kind,
        since.unwrap_or_default(),
        ours.api_version()
    );
    mistaken(message, Some(ours.kind))
}

/// A kind that its group does not have.
fn unknown<'a>(api_version: &str, kind: &str, near: Option<&str>) -> Meant<'a> {
    let mut serving = GROUPS.iter().filter(|(group, _)| *group != "extensions");
    let home = serving.find(|(_, kinds)| among(kinds, kind)).map(|(group, _)| *group);
    let ours = near.and_then(|near| KINDS.iter().find(|one| one.kind == near));
    let rest = match (home, ours, near) {
        (Some(""), ..) => format!(" in {api_version}: it is in v1"),
        (Some(group), ..) => format!(" in {api_version}: it is in group {group}"),
        (None, Some(ours), _) if ours.api_version() == api_version => {
            format!("; did you mean `{}`?", ours.kind)
        }
        (None, Some(ours), _) => {
            format!(" in {api_version}; did you mean `{}` in {}?", ours.kind, ours.api_version())
        }
        (None, None, Some(near)) => format!(" in {api_version}; did you mean `{near}`?"),
        (None, None, None) => {
            format!(" in {api_version}: no Kubernetes from 1.33 to 1.37 has one")
        }
    };
    mistaken(format!("there is no kind {kind}{rest}"), near.filter(|_| home.is_none()))
}
