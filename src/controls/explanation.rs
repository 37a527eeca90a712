//! What a control says about itself, to people. `bulkhead explain` and `docs/controls` show it.

/// A text: its paragraphs, and the items of its lists, which begin with `- `.
pub type Text = &'static [&'static str];

/// Everything a reader needs who never heard of a control.
#[derive(Debug)]
pub struct Explanation {
    /// What can happen, and by which rule of the kernel or the runtime.
    pub hazard: Text,
    /// The fields that decide.
    pub fields: Text,
    /// What passes.
    pub allowed: Text,
    /// What the author of a pod that is refused can change.
    pub change: Text,
    /// What a repair changes, and what has none.
    pub repair: Text,
    /// Since which versions of Kubernetes and the runtimes.
    pub since: Text,
    /// The settings of its own, besides those that several controls have.
    pub settings: &'static [Setting],
    /// Those that other settings take the effect from.
    pub ineffective: &'static [Ineffective],
    /// A pod that is found, and the same pod as it should be.
    pub example: Example,
}

/// A setting of a policy.
#[derive(Debug)]
pub struct Setting {
    /// The field.
    pub name: &'static str,
    /// What it can be, as it is written in YAML.
    pub values: &'static [&'static str],
    /// Whether it is a list of them.
    pub many: bool,
    /// What an absent field means, as it would be written; `None` where it must be there.
    pub default: Option<&'static str>,
    /// What it does.
    pub meaning: &'static str,
}

/// A value of a setting that has no effect beside some values of another one.
#[derive(Debug)]
pub struct Ineffective {
    /// The setting.
    pub setting: &'static str,
    /// The value, as text.
    pub value: &'static str,
    /// The other setting.
    pub other: &'static str,
    /// The values of the other one that take the effect; `None` where it is absent.
    pub values: &'static [Option<&'static str>],
    /// What is said about it: a clause that follows the field.
    pub message: &'static str,
}

/// A pod that fails and the same pod as it should be, which no control finds.
#[derive(Debug)]
pub struct Example {
    /// The pod that fails, YAML.
    pub wrong: &'static str,
    /// What is said about it: the whole message of its only finding.
    pub said: &'static str,
    /// The pod as it should be, YAML.
    pub right: &'static str,
}

/// Every control has it.
pub(super) const MODE: Setting = Setting {
    name: "mode",
    values: &["Disabled", "Audit", "Warn", "Deny"],
    many: false,
    default: None,
    meaning: "What a finding means: nothing, an audit annotation and a metric, a warning to the \
              user, or a denied request.",
};

/// Every control that can repair has it.
pub(super) const REPAIR: Setting = Setting {
    name: "repair",
    values: &["Never", "OnCreate"],
    many: false,
    default: Some("Never"),
    meaning: "`OnCreate` repairs a pod when it is created, before it is judged. It never changes a \
              template, nor what a pod already has.",
};
