//! The controls of a policy: one field each, with the type of its settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Word;
use crate::controls::ephemeral_target::EphemeralTarget;
use crate::controls::host_process_namespace::HostProcessNamespace;
use crate::controls::process_reach::{PairCertainty, ProcessReach};
use crate::controls::ptrace_capability::{Privileged, PtraceCapability, Scope};
use crate::controls::share_process_namespace::ShareProcessNamespace;
use crate::controls::supplemental_groups_policy::{OnUnsupportedNodes, SupplementalGroupsPolicy};
use crate::controls::{Certainty, Control};
use crate::policy::{Mode, Repair, Rule};
use crate::reach::Aspect;

/// Declares the fields of `spec.controls`: what is written there, and the control it makes.
macro_rules! controls {
    ($($field:ident: $written:ty => $control:expr,)*) => {
        /// What is looked for. A control that is absent finds nothing.
        #[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub(crate) struct ControlSettings {
            $(
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $field: Option<$written>,
            )*
        }

        impl ControlSettings {
            /// The rules of the controls that are there, in the order of the registry.
            pub(crate) fn rules(&self) -> Vec<Rule> {
                let rules = [$(
                    self.$field.as_ref().map(|written| Rule {
                        control: Box::new($control(written)) as Box<dyn Control>,
                        mode: written.mode.0,
                        repair: written.repair.unwrap_or_default().0,
                    }),
                )*];
                rules.into_iter().flatten().collect()
            }
        }
    };
}

controls! {
    share_process_namespace: Plain => plain(ShareProcessNamespace),
    ptrace_capability: Ptrace => PtraceCapability::from,
    host_process_namespace: Plain => plain(HostProcessNamespace),
    ephemeral_target: Plain => plain(EphemeralTarget),
    supplemental_groups_policy: Groups => SupplementalGroupsPolicy::from,
    process_reach: Reach => ProcessReach::from,
}

/// Makes a control that has no settings of its own.
fn plain<C: Control>(control: C) -> impl FnOnce(&Plain) -> C {
    |_| control
}

/// A control without settings of its own.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
pub(crate) struct Plain {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    pub(crate) mode: Word<Mode>,
    /// Whether a finding is repaired before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<Repair>::default()))]
    pub(crate) repair: Option<Word<Repair>>,
}

/// The control ptrace-capability.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
pub(crate) struct Ptrace {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    pub(crate) mode: Word<Mode>,
    /// Whether a finding is repaired before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<Repair>::default()))]
    pub(crate) repair: Option<Word<Repair>>,
    /// Findings that do not count. Inert: nothing in the container can use the capability. Latent: a
    /// setuid or file-capability binary could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = []))]
    pub(crate) ignore: Option<Vec<Word<Certainty>>>,
    /// Where the capability counts: Anywhere, or `SharedProcesses` for only where other containers'
    /// or the node's processes are in view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<Scope>::default()))]
    pub(crate) scope: Option<Word<Scope>>,
    /// Where a privileged container counts: `SharedProcesses` (where other containers' or the node's
    /// processes are in view), Anywhere or Never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<Privileged>::default()))]
    pub(crate) privileged: Option<Word<Privileged>>,
}

/// The control supplemental-groups-policy.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "at least a mode, such as {mode: Warn}"
)]
pub(crate) struct Groups {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    pub(crate) mode: Word<Mode>,
    /// Whether a finding is repaired before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<Repair>::default()))]
    pub(crate) repair: Option<Word<Repair>>,
    /// What a repair does where nodes may not support Strict, and would reject the pod: Leave or
    /// Patch. This version does not look at nodes, so Leave repairs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<OnUnsupportedNodes>::default()))]
    pub(crate) on_unsupported_nodes: Option<Word<OnUnsupportedNodes>>,
    /// Whether a repair also replaces an explicit Merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub(crate) override_merge: Option<bool>,
}

/// The control process-reach.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "at least a mode, such as {mode: Warn}")]
pub(crate) struct Reach {
    /// What a finding means: Deny refuses the pod, Warn warns the user, Audit records it, Disabled
    /// switches the control off.
    pub(crate) mode: Word<Mode>,
    /// Whether a finding is repaired before it is judged: `OnCreate` when a pod is created, Never leaves
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<Repair>::default()))]
    pub(crate) repair: Option<Word<Repair>>,
    /// What of another container must be in reach to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1),
        extend("default" = DEFAULT_ASPECTS.map(Word))
    )]
    pub(crate) aspects: Option<Vec<Word<Aspect>>>,
    /// How sure the reach must be to count: Possible, or "Yes" for only what the pod alone decides,
    /// whatever the image. Write "Yes" in quotes: without them YAML reads a truth value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = Word::<PairCertainty>::default()))]
    pub(crate) certainty: Option<Word<PairCertainty>>,
    /// Whether reach through a third container counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub(crate) transitive: Option<bool>,
}

/// The aspects that count where a policy lists none.
pub(crate) const DEFAULT_ASPECTS: [Aspect; 3] =
    [Aspect::Environ, Aspect::Filesystem, Aspect::Memory];
