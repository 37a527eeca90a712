//! What is said of the findings and repairs of these tests: the one file that has the words. Lines end
//! where it is said whose policy it is.

/// Whom, what to do, why, the field, the control.
macro_rules! finding {
    ($who:expr, $remedy:expr, $why:expr, $path:expr, $control:expr) => {
        concat!($who, ": ", $remedy, "; ", $why, "; see ", $path, " [", $control)
    };
}

/// A container by its noun, name and path, with an effect of its SYS_PTRACE.
macro_rules! traces {
    ($who:expr, $path:expr, $why:expr) => {
        $crate::cases::said::finding!(
            $who,
            "remove SYS_PTRACE from securityContext.capabilities.add",
            $why,
            concat!($path, ".securityContext.capabilities.add[0]"),
            "ptrace-capability"
        )
    };
    ($who:expr, $path:expr) => {
        $crate::cases::said::traces!($who, $path, "it may trace and read every process it sees")
    };
}

/// The same of one that adds ALL.
macro_rules! traces_by_all {
    ($who:expr, $path:expr) => {
        $crate::cases::said::finding!(
            $who,
            "list what is needed instead of ALL in securityContext.capabilities.add, or add \
             SYS_PTRACE to drop",
            "it may trace and read every process it sees",
            concat!($path, ".securityContext.capabilities.add"),
            "ptrace-capability"
        )
    };
}

/// The same of one that is privileged.
macro_rules! traces_privileged {
    ($who:expr, $path:expr) => {
        $crate::cases::said::finding!(
            $who,
            "remove privileged from securityContext",
            "it may trace and read every process it sees",
            concat!($path, ".securityContext.privileged"),
            "ptrace-capability"
        )
    };
}

/// An ephemeral container that joins others: what to do, whose processes, the field.
macro_rules! joins {
    ($name:expr, $remedy:expr, $whose:expr, $path:expr) => {
        $crate::cases::said::finding!(
            concat!("ephemeral container ", $name),
            $remedy,
            concat!("it joins the processes of ", $whose),
            $path,
            "ephemeral-target"
        )
    };
}

/// A container whose SYS_PTRACE was removed, and the field.
macro_rules! removed {
    ($who:expr, $path:expr) => {
        concat!(
            "Bulkhead removed SYS_PTRACE from ",
            $who,
            "; see ",
            $path,
            " [ptrace-capability, policy test]"
        )
    };
}

pub(super) use {finding, joins, removed, traces, traces_by_all, traces_privileged};

pub(super) const SHARES: &str = finding!(
    "pod",
    "set shareProcessNamespace to false",
    "every container sees the processes of all others and may signal or read them",
    "spec.shareProcessNamespace",
    "share-process-namespace"
);
pub(super) const HOST: &str = finding!(
    "pod",
    "remove hostPID",
    "every container sees the processes of the node and of all its pods",
    "spec.hostPID",
    "host-process-namespace"
);
pub(super) const UNSET: &str = finding!(
    "pod",
    "set supplementalGroupsPolicy to Strict",
    "it is not set and defaults to Merge, so that groups in an image's /etc/group can give it \
     access to volumes",
    "spec.securityContext.supplementalGroupsPolicy",
    "supplemental-groups-policy"
);
pub(super) const MERGES: &str = finding!(
    "pod",
    "set supplementalGroupsPolicy to Strict",
    "it is Merge, so that groups in an image's /etc/group can give it access to volumes",
    "spec.securityContext.supplementalGroupsPolicy",
    "supplemental-groups-policy"
);

/// Of the second container of the page: shell.
pub(super) const TRACES: &str = traces!("container shell", "spec.containers[1]");

pub(super) const NO_SHARING: &str =
    "Bulkhead set shareProcessNamespace to false [share-process-namespace, policy test]";
pub(super) const STRICT: &str =
    "Bulkhead set supplementalGroupsPolicy to Strict [supplemental-groups-policy, policy test]";

/// A line of the pods of a template, of which `spec` is at `root`, where it would be denied.
pub(super) fn would_be_denied(kind: &str, root: &str, line: &str) -> String {
    let line = line.strip_prefix("pod: ").unwrap_or(line);
    format!("pods of this {kind} would be denied: {}", in_template(root, line))
}

/// A line whose field is in a template.
pub(super) fn in_template(root: &str, line: &str) -> String {
    line.replace("; see spec.", &format!("; see {root}."))
}

/// What a repair will do to the pods of a template, up to the reason.
pub(super) fn will(kind: &str, line: &str) -> String {
    let (who, rest) = line.split_once(": ").unwrap();
    let remedy = rest.split("; ").next().unwrap();
    let remedy = match who {
        "pod" => remedy.to_owned(),
        who => format!("remove SYS_PTRACE from {who}"),
    };
    format!("when pods of this {kind} are created, Bulkhead will {remedy}; ")
}

/// Whether a warning is about what was repaired.
pub(super) fn is_repair(line: &str) -> bool {
    line.starts_with("Bulkhead ")
}
