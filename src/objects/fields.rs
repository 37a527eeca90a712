//! The fields of objects that hold pods, as far as a misspelt one of ours would be among them: from the
//! published API of every supported Kubernetes (`tests/fixtures/pod-schema`, which a test compares).

use super::kinds::{Kind, Layout};

/// The fields of a type.
#[derive(Debug)]
pub struct Fields {
    /// Those that count here, and what is below them.
    pub ours: &'static [(&'static str, Below)],
    /// All others.
    pub others: &'static [&'static str],
}

/// What is below a field.
#[derive(Debug)]
pub enum Below {
    /// Nothing that is compared.
    Nothing,
    /// An object of this type.
    Object(&'static Fields),
    /// A list of them.
    List(&'static Fields),
}

use Below::{List, Nothing, Object};

impl Kind {
    /// The fields of an object of this kind.
    pub fn fields(&self) -> &'static Fields {
        match self.layout {
            Layout::Pod => &POD,
            Layout::Template => &POD_TEMPLATE,
            Layout::SpecTemplate => &WORKLOAD,
            Layout::JobTemplate => &CRON_JOB,
        }
    }
}

/// Of a Pod.
static POD: Fields = Fields {
    ours: &[("metadata", Object(&METADATA)), ("spec", Object(&POD_SPEC))],
    others: &["apiVersion", "kind", "status"],
};

/// Of a PodTemplate.
static POD_TEMPLATE: Fields = Fields {
    ours: &[("metadata", Object(&METADATA)), ("template", Object(&TEMPLATE))],
    others: &["apiVersion", "kind"],
};

/// Of the kinds that hold a template.
static WORKLOAD: Fields = Fields {
    ours: &[("metadata", Object(&METADATA)), ("spec", Object(&WORKLOAD_SPEC))],
    others: &["apiVersion", "kind", "status"],
};

/// Of the `spec` of any of them.
static WORKLOAD_SPEC: Fields = Fields {
    ours: &[("template", Object(&TEMPLATE))],
    others: &[
        "activeDeadlineSeconds",
        "backoffLimit",
        "backoffLimitPerIndex",
        "completionMode",
        "completions",
        "managedBy",
        "manualSelector",
        "maxFailedIndexes",
        "minReadySeconds",
        "ordinals",
        "parallelism",
        "paused",
        "persistentVolumeClaimRetentionPolicy",
        "podFailurePolicy",
        "podManagementPolicy",
        "podReplacementPolicy",
        "progressDeadlineSeconds",
        "replicas",
        "revisionHistoryLimit",
        "scheduling",
        "selector",
        "serviceName",
        "strategy",
        "successPolicy",
        "suspend",
        "ttlSecondsAfterFinished",
        "updateStrategy",
        "volumeClaimTemplates",
    ],
};

/// Of a CronJob.
static CRON_JOB: Fields = Fields {
    ours: &[("metadata", Object(&METADATA)), ("spec", Object(&CRON_JOB_SPEC))],
    others: &["apiVersion", "kind", "status"],
};

/// Of its `spec`.
static CRON_JOB_SPEC: Fields = Fields {
    ours: &[("jobTemplate", Object(&JOB_TEMPLATE))],
    others: &[
        "concurrencyPolicy",
        "failedJobsHistoryLimit",
        "schedule",
        "startingDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "suspend",
        "timeZone",
    ],
};

/// Of a template of jobs.
static JOB_TEMPLATE: Fields =
    Fields { ours: &[("metadata", Nothing), ("spec", Object(&WORKLOAD_SPEC))], others: &[] };

/// Of a template of pods.
static TEMPLATE: Fields =
    Fields { ours: &[("metadata", Object(&METADATA)), ("spec", Object(&POD_SPEC))], others: &[] };

/// Of `metadata`.
static METADATA: Fields = Fields {
    ours: &[
        ("annotations", Nothing),
        ("labels", Nothing),
        ("name", Nothing),
        ("namespace", Nothing),
        ("ownerReferences", Nothing),
    ],
    others: &[
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    ],
};

/// Of the `spec` of a pod.
static POD_SPEC: Fields = Fields {
    ours: &[
        ("affinity", Nothing),
        ("containers", List(&CONTAINER)),
        ("ephemeralContainers", List(&CONTAINER)),
        ("hostPID", Nothing),
        ("hostUsers", Nothing),
        ("initContainers", List(&CONTAINER)),
        ("nodeSelector", Nothing),
        ("os", Object(&OS)),
        ("securityContext", Object(&POD_SECURITY_CONTEXT)),
        ("shareProcessNamespace", Nothing),
        ("volumes", Nothing),
    ],
    others: &[
        "activeDeadlineSeconds",
        "automountServiceAccountToken",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "evictionResponders",
        "hostAliases",
        "hostIPC",
        "hostNetwork",
        "hostname",
        "hostnameOverride",
        "imagePullSecrets",
        "nodeName",
        "overhead",
        "preemptionPolicy",
        "priority",
        "priorityClassName",
        "readinessGates",
        "resourceClaims",
        "resources",
        "restartPolicy",
        "runtimeClassName",
        "schedulerName",
        "schedulingGates",
        "schedulingGroup",
        "serviceAccount",
        "serviceAccountName",
        "setHostnameAsFQDN",
        "subdomain",
        "terminationGracePeriodSeconds",
        "tolerations",
        "topologySpreadConstraints",
        "workloadRef",
    ],
};

/// Of `os`.
static OS: Fields = Fields { ours: &[("name", Nothing)], others: &[] };

/// Of the `securityContext` of a pod.
static POD_SECURITY_CONTEXT: Fields = Fields {
    ours: &[
        ("fsGroup", Nothing),
        ("runAsGroup", Nothing),
        ("runAsNonRoot", Nothing),
        ("runAsUser", Nothing),
        ("supplementalGroups", Nothing),
        ("supplementalGroupsPolicy", Nothing),
    ],
    others: &[
        "appArmorProfile",
        "fsGroupChangePolicy",
        "seLinuxChangePolicy",
        "seLinuxOptions",
        "seccompProfile",
        "sysctls",
        "windowsOptions",
    ],
};

/// Of a container of any kind.
static CONTAINER: Fields = Fields {
    ours: &[
        ("env", Nothing),
        ("envFrom", Nothing),
        ("image", Nothing),
        ("name", Nothing),
        ("restartPolicy", Nothing),
        ("securityContext", Object(&SECURITY_CONTEXT)),
        ("targetContainerName", Nothing),
    ],
    others: &[
        "args",
        "command",
        "imagePullPolicy",
        "lifecycle",
        "livenessProbe",
        "ports",
        "readinessProbe",
        "resizePolicy",
        "resources",
        "restartPolicyRules",
        "startupProbe",
        "stdin",
        "stdinOnce",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "tty",
        "volumeDevices",
        "volumeMounts",
        "workingDir",
    ],
};

/// Of the `securityContext` of a container.
static SECURITY_CONTEXT: Fields = Fields {
    ours: &[
        ("allowPrivilegeEscalation", Nothing),
        ("capabilities", Object(&CAPABILITIES)),
        ("privileged", Nothing),
        ("runAsGroup", Nothing),
        ("runAsNonRoot", Nothing),
        ("runAsUser", Nothing),
    ],
    others: &[
        "appArmorProfile",
        "procMount",
        "readOnlyRootFilesystem",
        "seLinuxOptions",
        "seccompProfile",
        "windowsOptions",
    ],
};

/// Of `capabilities`.
static CAPABILITIES: Fields = Fields { ours: &[("add", Nothing), ("drop", Nothing)], others: &[] };
