//! The control `process-reach`; its descriptor explains it.

mod words;

use super::{
    Chain, Control, Descriptor, Example, Explanation, Finding, Finds, Pair, Scene, Setting, Subject,
};
use crate::reach::{Answer, Answers, Aspects, Target};

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

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "process-reach",
    summary: "a container reaches a listed aspect of another",
    finds: Finds::Pairs,
    repair: None,
    remedy: words::remedy,
    words: words::words,
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
        change: &[
            "The line names the smallest change. Either of these ends all of it:",
            "- Do not share processes: remove `shareProcessNamespace`, `hostPID` or the target of \
             the debug container.",
            "- Give each container a `runAsUser` and a `runAsGroup` of its own, `capabilities: \
             {drop: [ALL]}` and `allowPrivilegeEscalation: false`. Where share-process-namespace \
             denies as well, only the first helps.",
            "`bulkhead reach FILE` shows who reaches what, and why.",
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
            said: "container logs: set shareProcessNamespace to false, or set allowPrivilegeEscalation: \
                   false on logs; it may read web's environment, files and memory \
                   (allowPrivilegeEscalation is not false); see spec.containers[1]",
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
