use serde::Deserialize;

use super::Check;
use super::words::Word;
use crate::controls::{
    Aspect, Certainty, Control, EphemeralTarget, HostProcessNamespace, OnUnsupportedNodes,
    PairCertainty, Privileged, ProcessReach, PtraceCapability, Scope, ShareProcessNamespace,
    SupplementalGroupsPolicy,
};
use crate::manifest::Step;
use crate::policy::{Mode, Repair, Rule};

/// `spec.controls`: one typed field per control; an absent one is silent.
#[derive(Debug, Default, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "controls by name, such as {shareProcessNamespace: {mode: Warn}}"
)]
pub(super) struct Controls {
    share_process_namespace: Option<Plain>,
    ptrace_capability: Option<Ptrace>,
    host_process_namespace: Option<Plain>,
    ephemeral_target: Option<Plain>,
    supplemental_groups_policy: Option<Groups>,
    process_reach: Option<Reach>,
}

/// A control without settings of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
struct Plain {
    mode: Word<Mode>,
    #[serde(default)]
    repair: Word<Repair>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
struct Ptrace {
    mode: Word<Mode>,
    #[serde(default)]
    repair: Word<Repair>,
    #[serde(default)]
    ignore: Vec<Word<Certainty>>,
    #[serde(default)]
    scope: Word<Scope>,
    #[serde(default)]
    privileged: Word<Privileged>,
}

#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "at least a mode, such as {mode: Warn}"
)]
struct Groups {
    mode: Word<Mode>,
    #[serde(default)]
    repair: Word<Repair>,
    #[serde(default)]
    on_unsupported_nodes: Word<OnUnsupportedNodes>,
    #[serde(default)]
    override_merge: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
struct Reach {
    mode: Word<Mode>,
    #[serde(default)]
    repair: Word<Repair>,
    #[serde(default)]
    aspects: Option<Vec<Word<Aspect>>>,
    #[serde(default)]
    certainty: Word<PairCertainty>,
    #[serde(default)]
    transitive: bool,
}

/// The aspects that count where a policy lists none.
const DEFAULT_ASPECTS: [Aspect; 3] = [Aspect::Environ, Aspect::Filesystem, Aspect::Memory];

impl Plain {
    fn rule(&self, control: impl Control + 'static) -> Rule {
        rule(self.mode, self.repair, control)
    }
}

fn rule(mode: Word<Mode>, repair: Word<Repair>, control: impl Control + 'static) -> Rule {
    Rule { control: Box::new(control), mode: mode.0, repair: repair.0 }
}

impl Ptrace {
    fn rule(&self) -> Rule {
        let control = PtraceCapability {
            ignore: self.ignore.iter().map(|word| word.0).collect(),
            scope: self.scope.0,
            privileged: self.privileged.0,
        };
        rule(self.mode, self.repair, control)
    }
}

impl Groups {
    fn rule(&self) -> Rule {
        let control = SupplementalGroupsPolicy {
            on_unsupported_nodes: self.on_unsupported_nodes.0,
            override_merge: self.override_merge,
        };
        rule(self.mode, self.repair, control)
    }
}

impl Reach {
    fn rule(&self) -> Rule {
        let listed = self.aspects.as_ref();
        let listed = listed.map(|aspects| aspects.iter().map(|word| word.0).collect());
        let control = ProcessReach {
            aspects: listed.unwrap_or_else(|| DEFAULT_ASPECTS.to_vec()),
            certainty: self.certainty.0,
            transitive: self.transitive,
        };
        rule(self.mode, self.repair, control)
    }
}

impl Controls {
    /// The rules of the controls that are there, with what they break reported below
    /// `spec.controls`.
    pub(super) fn compile(&self, check: &mut Check) -> Vec<Rule> {
        if let Some(aspects) = self.process_reach.as_ref().and_then(|reach| reach.aspects.as_ref())
        {
            let path = Step::keys(&["spec", "controls", "processReach", "aspects"]);
            check.require(
                !aspects.is_empty(),
                path,
                "must list at least one aspect; use mode Disabled to switch the control off",
            );
        }
        let rules = [
            self.share_process_namespace.as_ref().map(|plain| plain.rule(ShareProcessNamespace)),
            self.ptrace_capability.as_ref().map(Ptrace::rule),
            self.host_process_namespace.as_ref().map(|plain| plain.rule(HostProcessNamespace)),
            self.ephemeral_target.as_ref().map(|plain| plain.rule(EphemeralTarget)),
            self.supplemental_groups_policy.as_ref().map(Groups::rule),
            self.process_reach.as_ref().map(Reach::rule),
        ];
        let rules: Vec<Rule> = rules.into_iter().flatten().collect();
        for rule in rules.iter().filter(|rule| rule.repair == Repair::OnCreate) {
            let descriptor = rule.control.descriptor();
            let path = Step::keys(&["spec", "controls", &descriptor.policy_field(), "repair"]);
            let message = format!("{} has no repair; remove this field", descriptor.id);
            check.require(descriptor.repairs, path.clone(), &message);
            let message =
                "a Disabled control repairs nothing; remove this field or choose another mode";
            check.require(rule.mode != Mode::Disabled, path, message);
        }
        rules
    }
}
