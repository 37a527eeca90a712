//! The control `process-reach`; [`DESCRIPTOR`] explains it.

use std::collections::BTreeMap;

use super::{
    Certainty, ContainerRef, Control, Descriptor, Example, Explanation, Finding, Pair, Setting,
    pair,
};
use crate::pod::PodView;
use crate::reach::{
    Answer, Answers, Aspects, Hardening, Model, Reach, Remedy, Sharing, Transitive,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "process-reach",
    summary: "a container reaches a listed aspect of another",
    repairs: false,
    explanation: Explanation {
        hazard: &[
            "One container reads another's environment, files or memory, or signals it. The other \
             controls look at single fields; this one computes their effect on each ordered pair of \
             containers: who is in whose PID namespace, which uid, gid and capabilities each \
             process has, what it can become by setuid binaries or by SETUID and SETGID, and what \
             the kernel's `ptrace_may_access` says to all that.",
            "Where a pod shares its processes, no capability is needed: with equal uid and gid two \
             containers read each other's environment, files and memory. Ids that the spec leaves \
             to the images are often equal, and a root container with the default capabilities \
             takes on any other ids by SETUID and SETGID.",
            "Each finding is a pair with the aspects that are reached, how sure that is, why, and \
             the smallest change that closes it, which the model itself has checked. \
             `bulkhead reach` shows the whole matrix; docs/reach.md has the rules and how they were \
             measured.",
        ],
        fields: &["`spec.shareProcessNamespace`, `spec.hostPID`, `spec.hostUsers`, \
             `spec.ephemeralContainers[*].targetContainerName`, and of the pod's and each \
             container's `securityContext`: `runAsUser`, `runAsGroup`, `runAsNonRoot`, \
             `privileged`, `capabilities`, `allowPrivilegeEscalation`; whether two containers have \
             one image."],
        allowed: &[
            "Containers that do not see each other's processes, which is what a pod gets that says \
             nothing. Where they do: a container with a `runAsUser` and a `runAsGroup` that differ \
             from those of the others, `capabilities: {drop: [ALL]}` and \
             `allowPrivilegeEscalation: false` reaches no environment, file or memory. The command \
             line is open to whoever sees the process.",
            "In a request that adds ephemeral containers the pairs with a new one at either end are \
             judged. Above 256 containers in one PID namespace, or as many pairs in several, there \
             are no pairs, but one finding that says so, which counts for a new ephemeral \
             container that joins others as well.",
        ],
        repair: &["None: which of several fields should change is for the author to say. The \
             message names the smallest change."],
        since: &[
            "Every supported Kubernetes. The rules were compared with containerd 2 and runc on Linux \
             6.18; those of CRI-O are read from its source. Out of view are Yama, SELinux, AppArmor \
             and seccomp profiles of your own, sandboxed runtimes, volumes and sockets.",
        ],
        settings: &[
            Setting {
                name: "aspects",
                values: &["environ", "filesystem", "memory", "descriptors", "signal", "cmdline"],
                many: true,
                default: Some("[environ, filesystem, memory]"),
                meaning: "What is not to be reached: the environment, files below \
                          `/proc/PID/root`, memory (and ptrace), open descriptors, the right to \
                          send signals, the command line.",
            },
            Setting {
                name: "certainty",
                values: &["\"Yes\"", "Possible"],
                many: false,
                default: Some("Possible"),
                meaning: "How sure a reach must be to count: `\"Yes\"`, whatever the image's user \
                          (quoted, for YAML takes a plain Yes as true); `Possible`, unless it is \
                          excluded.",
            },
            Setting {
                name: "transitive",
                values: &["false", "true"],
                many: false,
                default: Some("false"),
                meaning: "Whether a reach through a third container counts.",
            },
        ],
        example: Example {
            wrong: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  shareProcessNamespace: true
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - name: web
      image: registry.example/web:1
      securityContext:
        {runAsUser: 1000, runAsGroup: 1000, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    - name: logs
      image: registry.example/logs:1
      securityContext: {runAsUser: 2000, runAsGroup: 2000}
",
            said: "spec.containers[1] (logs) may read environment, files, memory of web (by a setuid \
                   binary); set shareProcessNamespace to false, or allowPrivilegeEscalation: false \
                   on logs",
            right: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  shareProcessNamespace: true
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - name: web
      image: registry.example/web:1
      securityContext:
        {runAsUser: 1000, runAsGroup: 1000, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    - name: logs
      image: registry.example/logs:1
      securityContext: {runAsUser: 2000, runAsGroup: 2000, allowPrivilegeEscalation: false}
",
        },
    },
};

/// The control `process-reach` with its settings.
#[derive(Clone, Debug)]
pub struct ProcessReach {
    /// The aspects that count.
    pub aspects: Aspects,
    /// How sure a reach must be to count.
    pub certainty: PairCertainty,
    /// Whether a reach through a third container counts.
    pub transitive: bool,
}

/// How sure a reach must be to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairCertainty {
    /// Whatever the image's user.
    Yes,
    /// Unless it is excluded.
    #[default]
    Possible,
}

/// The reason of the finding that stands for all pairs of a pod.
pub const TOO_MANY_CONTAINERS: &str = "TooManyContainers";

/// With more containers in one PID namespace than this, their pairs are too many to list.
const LARGEST: usize = 256;

impl Control for ProcessReach {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, pod: &PodView<'_>) -> Vec<Finding> {
        if !pod.sees_processes() {
            return Vec::new();
        }
        let reach = Model::default().reach(pod);
        if reach.fullest() > LARGEST || reach.pairs() > LARGEST * (LARGEST - 1) {
            return vec![too_many(pod, &reach)];
        }
        let transitive = self.transitive.then(|| reach.transitive());
        let mut findings = Vec::new();
        for from in 0..pod.containers.len() {
            findings.extend(self.of(&reach, transitive.as_ref(), (pod, from)));
        }
        findings
    }
}

impl ProcessReach {
    /// What one container reaches of the others, under the assumptions that `reach` was made with.
    pub fn of(
        &self,
        reach: &Reach<'_, '_>,
        transitive: Option<&Transitive>,
        (pod, from): (&PodView<'_>, usize),
    ) -> Vec<Finding> {
        let neighbours = reach.neighbours(from);
        neighbours.filter_map(|to| self.finding(reach, transitive, (pod, from, to))).collect()
    }

    /// Both ways out, in words: an end to sharing, or each change with the containers it is for.
    pub fn advice(pod: &PodView<'_>, remedy: &Remedy) -> String {
        advice(pod, sharing(remedy.sharing), &remedy.hardening)
    }

    /// What of the answers counts.
    fn counted(&self, answers: Answers) -> Answers {
        let sure = match self.certainty {
            PairCertainty::Yes => Answer::Yes,
            PairCertainty::Possible => Answer::Possible,
        };
        answers.only(self.aspects.and(answers.at_least(sure)))
    }

    fn finding(
        &self,
        reach: &Reach<'_, '_>,
        transitive: Option<&Transitive>,
        (pod, from, to): (&PodView<'_>, usize, usize),
    ) -> Option<Finding> {
        let direct = self.counted(reach.answers(from, to));
        let through = transitive.map(|it| self.counted(it.answers(from, to)));
        let through_others = direct.strongest() == Answer::No;
        let answers = through.map_or(direct, |it| it.or(direct));
        let certainty = Certainty::of(answers.strongest())?;
        let (viewer, seen) = (pod.containers.get(from)?, pod.containers.get(to)?);
        let aspects = answers.at_least(Answer::Possible);
        let mut remedy = reach.remedy(from, to, aspects);
        // It closes the way from one to the other, not those by way of others.
        if transitive.is_some() {
            remedy.hardening.clear();
        }
        let pair = Pair {
            to: ContainerRef::of(to, seen),
            answers,
            through_others,
            cause: reach.main_cause(from, to, aspects),
            secrets: seen.secrets,
            sharing: sharing(remedy.sharing),
        };
        Some(Finding {
            control: &DESCRIPTOR,
            container: Some(ContainerRef::of(from, viewer)),
            path: pod.container_path(viewer),
            reason: if through_others { "ReachesThroughOthers" } else { "ReachesContainer" },
            detail: pair::detail(&viewer.name, &[&pair]),
            remedy: Self::advice(pod, &remedy),
            certainty: Some(certainty),
            edit: None,
            pair: Some(pair),
        })
    }
}

/// What ends the common view of processes, in words.
fn sharing(sharing: Option<Sharing>) -> &'static str {
    match sharing {
        Some(Sharing::Pod) | None => "set shareProcessNamespace to false",
        Some(Sharing::Node) => "set hostPID to false",
        Some(Sharing::Target(_)) => "debug without --target",
        Some(Sharing::PodOfDebugger) => "debug a copy with --share-processes=false",
        Some(Sharing::NodeOfDebugger) => "debug a copy without hostPID",
    }
}

fn advice(pod: &PodView<'_>, sharing: &str, hardening: &[(usize, Hardening)]) -> String {
    let mut changes: BTreeMap<Hardening, Vec<&str>> = BTreeMap::new();
    for (place, change) in hardening {
        let name = pod.containers.get(*place).map_or("", |container| container.name.as_ref());
        changes.entry(*change).or_default().push(name);
    }
    let word = |(change, names): (&Hardening, &Vec<&str>)| {
        let what = match change {
            Hardening::Unprivileged => "no privileged",
            Hardening::OwnIds => "own runAsUser and runAsGroup",
            Hardening::DropAll => "drop ALL and add nothing",
            Hardening::NoEscalation => "allowPrivilegeEscalation: false",
        };
        format!("{what} on {}", names.join(" and "))
    };
    let changes: Vec<_> = changes.iter().map(word).collect();
    match changes.join(", ") {
        changes if changes.is_empty() => sharing.to_owned(),
        changes => format!("{sharing}, or {changes}"),
    }
}

fn too_many(pod: &PodView<'_>, reach: &Reach<'_, '_>) -> Finding {
    let (containers, pairs) = (reach.fullest(), reach.pairs());
    let (field, name) = match (pod.host_pid, pod.share_process_namespace) {
        (true, _) => (pod.field("hostPID"), "hostPID"),
        (false, Some(true)) => (pod.field("shareProcessNamespace"), "shareProcessNamespace"),
        (false, _) => (pod.field("ephemeralContainers"), "a target"),
    };
    Finding {
        control: &DESCRIPTOR,
        container: None,
        path: field,
        reason: TOO_MANY_CONTAINERS,
        detail: format!(
            "by {name} puts up to {containers} containers into one PID namespace, {pairs} pairs in all: more than those of the {LARGEST} containers that are looked at"
        ),
        remedy: "split the pod, or do not share processes".to_owned(),
        certainty: None,
        edit: None,
        pair: None,
    }
}
