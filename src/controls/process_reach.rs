//! The control `process-reach`; [`DESCRIPTOR`] explains it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Chain, Control, Descriptor, Example, Explanation, Finding, Finds, Pair, Reached, Scene,
    Setting, Subject, Words,
};
use crate::pod::PodView;
use crate::reach::{Answer, Answers, Aspects, Hardening, Remedy, Sharing};
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
        let reach = scene.reach();
        if reach.fullest() > LARGEST || reach.pairs() > LARGEST * (LARGEST - 1) {
            return Finding::too_many(&DESCRIPTOR);
        }
        let from = 0..scene.pod().containers.len();
        let pairs = from.flat_map(|from| self.pairs(scene, from));
        pairs.map(finding).collect()
    }
}

impl ProcessReach {
    /// What counts of what one container reaches of others.
    pub fn pairs(&self, scene: &Scene<'_, '_>, from: usize) -> impl Iterator<Item = Pair> {
        let others = scene.reach().neighbours(from);
        let counts = move |to: &usize| scene.answers_for(from) || scene.answers_for(*to);
        others.filter(counts).filter_map(move |to| self.pair(scene, from, to))
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

    fn pair(&self, scene: &Scene<'_, '_>, from: usize, to: usize) -> Option<Pair> {
        let direct = self.counted(scene.reach().answers(from, to));
        let through = self.transitive.then(|| self.counted(scene.transitive().answers(from, to)));
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
    let told: Vec<_> = pairs.iter().take(NAMES).map(|pair| scene.reached(pair)).collect();
    let told = Reached::told(&told, pairs.len() - told.len());
    let shorter = sharing(scene.reach().sharing(pair.from, pair.to));
    Words {
        path: scene.pod().container_path(from),
        detail: format!("({}) {told}", text::value(&from.name)),
        remedy: remedy(scene, &pairs).unwrap_or_else(|| shorter.to_owned()),
        shorter: Some(shorter),
    }
}

/// The remedy that all pairs have in common; `None` where only an end to sharing is one.
fn remedy(scene: &Scene<'_, '_>, pairs: &[Pair]) -> Option<String> {
    let (mut kinds, mut common) = (BTreeSet::new(), None);
    for pair in pairs {
        let kind = scene.pod().containers.get(pair.to).map(|it| it.kind);
        let classes = scene.reach().classes(pair.from, pair.to);
        if !kinds.insert((classes, kind, pair.aspects(), pair.chain)) {
            continue;
        }
        let mut remedy = scene.reach().remedy(pair.from, pair.to, pair.aspects());
        // It closes the way from one to the other, not those by way of others.
        if pair.chain != Chain::Ignored {
            remedy.hardening.clear();
        }
        let changes_other = remedy.hardening.iter().any(|(place, _)| *place != pair.from);
        let words = ProcessReach::advice(scene.pod(), &remedy);
        let differs = common.as_ref().is_some_and(|it| *it != words);
        if differs || kinds.len() > REMEDIES || (changes_other && pairs.len() > 1) {
            return None;
        }
        common = Some(words);
    }
    common
}

impl<'p> Scene<'p, '_> {
    /// What is reached of the second container of a pair, as it is told.
    pub fn reached(&self, pair: &Pair) -> Reached<'p> {
        let cause = || self.reach().main_cause(pair.from, pair.to, pair.aspects());
        let why = match pair.chain {
            Chain::Needed => "through others",
            Chain::Ignored | Chain::Counted => cause().brief(),
        };
        let container = self.pod().containers.get(pair.to);
        let secrets = container.map(|it| it.secrets).unwrap_or_default();
        Reached { name: self.name(pair.to), answers: pair.answers, why, secrets }
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
    let mut changes: BTreeMap<Hardening, Vec<Cow<'_, str>>> = BTreeMap::new();
    for (place, change) in hardening {
        let name = pod.containers.get(*place).map_or("", |container| container.name.as_ref());
        changes.entry(*change).or_default().push(text::value(name));
    }
    let word = |(change, names): (&Hardening, &Vec<Cow<'_, str>>)| {
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

fn too_many(scene: &Scene<'_, '_>) -> Words {
    let (pod, containers, pairs) = (scene.pod(), scene.reach().fullest(), scene.reach().pairs());
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
