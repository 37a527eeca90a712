//! The control `process-reach`; its descriptor explains it.

use std::collections::BTreeSet;

use super::{
    Chain, Control, Descriptor, Example, Explanation, Finding, Finds, Pair, Scene, Setting,
    Subject, Words,
};
use crate::reach::{Answer, Answers, Aspects, Exposure, Sharing, Target};
use crate::text;

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

/// With more containers in one PID namespace than this, their pairs are too many to list: a review
/// takes at most 700 times the processor time of a usual one (`benches/worst.rs`).
const LARGEST: usize = 128;

/// A line names no more containers than these, and counts the rest.
const NAMES: usize = 10;

/// A line on more kinds of pairs than these says what ends all of it: a remedy for a pair is found
/// by trying.
const REMEDIES: usize = 8;

impl Control for ProcessReach {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, scene: &Scene<'_, '_>) -> Vec<Finding> {
        if scene.pod().is_too_large() {
            return Finding::too_many(&DESCRIPTOR);
        }
        if !scene.pod().sees_processes() {
            return Vec::new();
        }
        let matrix = scene.matrix();
        if matrix.fullest() > LARGEST || matrix.pairs() > LARGEST * (LARGEST - 1) {
            return Finding::too_many(&DESCRIPTOR);
        }
        let from = 0..scene.pod().containers.len();
        let pairs = from.flat_map(|from| self.pairs(scene, from));
        pairs.map(finding).collect()
    }
}

impl ProcessReach {
    /// What counts of what one container reaches of others.
    fn pairs(&self, scene: &Scene<'_, '_>, from: usize) -> impl Iterator<Item = Pair> {
        let others = scene.matrix().neighbours(from);
        let counts = move |to: &usize| scene.answers_for(from) || scene.answers_for(*to);
        others.filter(counts).filter_map(move |to| self.pair(scene, from, to))
    }

    /// What of the answers counts.
    fn counted(&self, answers: Answers) -> Answers {
        let sure = match self.certainty {
            PairCertainty::Yes => Answer::Yes,
            PairCertainty::Possible => Answer::Possible,
        };
        answers.only(self.aspects.and(answers.at_least(sure)))
    }

    fn pair(&self, scene: &Scene<'_, '_>, from: usize, to: usize) -> Option<Pair> {
        let (matrix, target) = (scene.matrix(), Target::Container(to));
        let direct = self.counted(matrix.direct(from, target));
        let through = self.transitive.then(|| self.counted(matrix.transitive(from, target)));
        let answers = through.map_or(direct, |it| it.or(direct));
        let chain = match (self.transitive, direct.strongest()) {
            (false, _) => Chain::Ignored,
            (true, Answer::No) => Chain::Needed,
            (true, Answer::Possible | Answer::Yes) => Chain::Counted,
        };
        (answers.strongest() != Answer::No).then_some(Pair { from, to, answers, chain })
    }
}

fn finding(pair: Pair) -> Finding {
    let reason = match pair.chain {
        Chain::Needed => "ReachesThroughOthers",
        Chain::Ignored | Chain::Counted => "ReachesContainer",
    };
    Finding { control: &DESCRIPTOR, subject: Subject::Pair(pair), reason, edit: None }
}

fn words(scene: &Scene<'_, '_>, findings: &[&Finding]) -> Words {
    let pairs: Vec<_> = findings.iter().filter_map(|it| it.subject.pair()).collect();
    let from = pairs.first().and_then(|pair| scene.pod().containers.get(pair.from));
    let Some((pair, from)) = pairs.first().zip(from) else { return too_many(scene) };
    let named: Vec<_> = pairs.iter().take(NAMES).map(|pair| exposure(scene, pair)).collect();
    let clauses = Exposure::clauses(&named, pairs.len() - named.len());
    let shorter = Sharing::advice(scene.matrix().sharing(pair.from, pair.to));
    Words {
        path: scene.pod().container_path(from),
        detail: format!("({}) {clauses}", text::value(&from.name)),
        remedy: remedy(scene, &pairs).unwrap_or_else(|| shorter.to_owned()),
        shorter: Some(shorter),
    }
}

/// The remedy that all pairs have in common; `None` where only an end to sharing is one.
fn remedy(scene: &Scene<'_, '_>, pairs: &[Pair]) -> Option<String> {
    let (mut kinds, mut common) = (BTreeSet::new(), None);
    for pair in pairs {
        let kind = scene.pod().containers.get(pair.to).map(|it| it.kind);
        let classes = scene.matrix().classes(pair.from, pair.to);
        if !kinds.insert((classes, kind, pair.aspects(), pair.chain)) {
            continue;
        }
        let target = Target::Container(pair.to);
        let mut remedy = scene.matrix().remedy(pair.from, target, pair.aspects());
        // It closes the way from one to the other, not those through others.
        if pair.chain != Chain::Ignored {
            remedy.hardening.clear();
        }
        let changes_other = remedy.hardening.iter().any(|(container, _)| *container != pair.from);
        let words = remedy.advice(scene.pod());
        let differs = common.as_ref().is_some_and(|it| *it != words);
        if differs || kinds.len() > REMEDIES || (changes_other && pairs.len() > 1) {
            return None;
        }
        common = Some(words);
    }
    common
}

/// What is reached of the second container of a pair.
fn exposure<'p>(scene: &Scene<'p, '_>, pair: &Pair) -> Exposure<'p> {
    let target = Target::Container(pair.to);
    match pair.chain {
        Chain::Needed => scene.matrix().exposure_through_others(target, pair.answers),
        Chain::Ignored | Chain::Counted => scene.matrix().exposure(pair.from, target, pair.answers),
    }
}

fn too_many(scene: &Scene<'_, '_>) -> Words {
    let (pod, containers, pairs) = (scene.pod(), scene.matrix().fullest(), scene.matrix().pairs());
    let (path, name) = match (pod.host_pid, pod.share_process_namespace) {
        (true, _) => (pod.field("hostPID"), "hostPID"),
        (false, Some(true)) => (pod.field("shareProcessNamespace"), "shareProcessNamespace"),
        (false, _) => (pod.field("ephemeralContainers"), "a target"),
    };
    Words {
        path,
        detail: format!(
            "by {name} puts up to {containers} containers into one PID namespace, {pairs} pairs in all: more than those of the {LARGEST} containers that are looked at"
        ),
        remedy: "split the pod, or do not share processes".to_owned(),
        shorter: None,
    }
}

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "process-reach",
    summary: "a container reaches a listed aspect of another",
    finds: Finds::Pairs,
    repair: None,
    words,
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
             judged. Above 128 containers in one PID namespace, or as many pairs in several, there \
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
        ineffective: &[],
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
            said: "spec.containers[1] (logs) may read web's environment, files and memory \
                   (allowPrivilegeEscalation is not false); set shareProcessNamespace to false, or set \
                   allowPrivilegeEscalation: false on logs",
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
