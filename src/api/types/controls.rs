use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Check;
use super::words::Word;
use crate::controls::{
    Certainty, Control, EphemeralTarget, HostProcessNamespace, OnUnsupportedNodes, PairCertainty,
    Privileged, ProcessReach, PtraceCapability, Scope, ShareProcessNamespace,
    SupplementalGroupsPolicy,
};
use crate::path::FieldPath;
use crate::policy::{Mode, Repair, Rule};
use crate::reach::{Aspect, Aspects};

/// What is looked for. A control that is absent finds nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "controls by name, such as {shareProcessNamespace: {mode: Warn}}"
)]
pub(in crate::api) struct Controls {
    share_process_namespace: Option<Plain>,
    ptrace_capability: Option<Ptrace>,
    host_process_namespace: Option<Plain>,
    ephemeral_target: Option<Plain>,
    supplemental_groups_policy: Option<Groups>,
    process_reach: Option<Reach>,
}

/// A control without settings of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
struct Plain {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    mode: Word<Mode>,
    /// Whether a finding is mended before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default)]
    repair: Word<Repair>,
}

/// The control ptrace-capability.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
struct Ptrace {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    mode: Word<Mode>,
    /// Whether a finding is mended before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default)]
    repair: Word<Repair>,
    /// Findings that do not count. Inert: nothing in the container can use the capability. Latent: a
    /// setuid or file-capability binary could.
    #[serde(default)]
    ignore: Vec<Word<Certainty>>,
    /// Where the capability counts: Anywhere, or `SharedProcesses` for only where other containers'
    /// or the node's processes are in view.
    #[serde(default)]
    scope: Word<Scope>,
    /// Where a privileged container counts: `SharedProcesses` (where other containers' or the node's
    /// processes are in view), Anywhere or Never.
    #[serde(default)]
    privileged: Word<Privileged>,
}

/// The control supplemental-groups-policy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "at least a mode, such as {mode: Warn}"
)]
struct Groups {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    mode: Word<Mode>,
    /// Whether a finding is mended before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default)]
    repair: Word<Repair>,
    /// What a repair does where nodes may not support Strict, and would reject the pod: Leave or
    /// Patch. This version does not look at nodes, so Leave repairs nothing.
    #[serde(default)]
    on_unsupported_nodes: Word<OnUnsupportedNodes>,
    /// Whether a repair also replaces an explicit Merge.
    #[serde(default)]
    override_merge: bool,
}

/// The control process-reach.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
struct Reach {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    mode: Word<Mode>,
    /// Whether a finding is mended before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default)]
    repair: Word<Repair>,
    /// What of another container must be in reach to count.
    #[serde(default)]
    #[schemars(
        length(min = 1),
        extend("default" = DEFAULT_ASPECTS.map(Word))
    )]
    aspects: Option<Vec<Word<Aspect>>>,
    /// How sure the reach must be to count: Possible, or "Yes" for only what the pod alone decides,
    /// whatever the image. Write "Yes" in quotes: without them YAML reads a truth value.
    #[serde(default)]
    certainty: Word<PairCertainty>,
    /// Whether reach by way of a third container counts.
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
            aspects: listed.unwrap_or_else(|| Aspects::from_iter(DEFAULT_ASPECTS)),
            certainty: self.certainty.0,
            transitive: self.transitive,
        };
        rule(self.mode, self.repair, control)
    }
}

impl Controls {
    /// The rules of the controls that are there, with what they break reported below
    /// `spec.controls`.
    pub(in crate::api) fn compile(&self, check: &mut Check) -> Vec<Rule> {
        if let Some(aspects) = self.process_reach.as_ref().and_then(|reach| reach.aspects.as_ref())
        {
            let path = FieldPath::of(&["spec", "controls", "processReach", "aspects"]);
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
            let path = FieldPath::of(&["spec", "controls"])
                .field(descriptor.policy_field())
                .field("repair");
            let message = format!("{} has no repair; remove this field", descriptor.id);
            check.require(descriptor.repairs, path.clone(), &message);
            let message =
                "a Disabled control repairs nothing; remove this field or choose another mode";
            check.require(rule.mode != Mode::Disabled, path, message);
        }
        rules
    }
}
