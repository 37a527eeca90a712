use super::Faults;
use crate::api::types::{ControlSettings, DEFAULT_ASPECTS, Groups, Ptrace, Reach};
use crate::controls::process_reach::ProcessReach;
use crate::controls::ptrace_capability::PtraceCapability;
use crate::controls::supplemental_groups_policy::SupplementalGroupsPolicy;
use crate::path::FieldPath;
use crate::policy::{Mode, Repair, Rule};
use crate::reach::Aspects;

impl From<&Ptrace> for PtraceCapability {
    fn from(written: &Ptrace) -> Self {
        Self {
            ignore: written.ignore.iter().flatten().map(|word| word.0).collect(),
            scope: written.scope.unwrap_or_default().0,
            privileged: written.privileged.unwrap_or_default().0,
        }
    }
}

impl From<&Groups> for SupplementalGroupsPolicy {
    fn from(written: &Groups) -> Self {
        Self {
            on_unsupported_nodes: written.on_unsupported_nodes.unwrap_or_default().0,
            override_merge: written.override_merge.unwrap_or_default(),
        }
    }
}

impl From<&Reach> for ProcessReach {
    fn from(written: &Reach) -> Self {
        let listed = written.aspects.as_ref();
        let listed = listed.map(|aspects| aspects.iter().map(|word| word.0).collect());
        Self {
            aspects: listed.unwrap_or_else(|| Aspects::from_iter(DEFAULT_ASPECTS)),
            certainty: written.certainty.unwrap_or_default().0,
            transitive: written.transitive.unwrap_or_default(),
        }
    }
}

impl ControlSettings {
    /// The rules of the controls that are there, with their faults below `spec.controls`.
    pub(super) fn compile(&self, faults: &mut Faults) -> Vec<Rule> {
        let controls = FieldPath::of(&["spec", "controls"]);
        if let Some(aspects) = self.process_reach.as_ref().and_then(|reach| reach.aspects.as_ref())
        {
            faults.require(
                !aspects.is_empty(),
                controls.clone().field("processReach").field("aspects"),
                "must list at least one aspect; use mode Disabled to switch the control off",
            );
        }
        let rules = self.rules();
        for rule in rules.iter().filter(|rule| rule.repair == Repair::OnCreate) {
            let descriptor = rule.control.descriptor();
            let path = controls.clone().field(descriptor.policy_field()).field("repair");
            let message = format!("{} has no repair; remove this field", descriptor.id);
            faults.require(descriptor.repairs(), path.clone(), &message);
            let message =
                "a Disabled control repairs nothing; remove this field or choose another mode";
            faults.require(rule.mode != Mode::Disabled, path, message);
        }
        rules
    }
}
