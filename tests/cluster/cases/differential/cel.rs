//! The controls a second time, as one `ValidatingAdmissionPolicy`. Written from what Kubernetes, the
//! runtimes and the kernel document, and to be kept apart from `src`: what both get wrong in the
//! same way, no comparison finds.
//!
//! It only warns: a denial by a policy returns before webhooks are called.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::namespaces::Settings;
use super::request::{Judged, Shape};
use crate::setup::{Namespace, Registration, rule};

/// The name of the policy and of its binding to a namespace: short, because each warning has both.
pub(super) fn name(namespace: &Namespace) -> String {
    format!("oracle-{}", namespace.name.rsplit('-').next().unwrap_or_default())
}

/// What it says begins so, after the words of the API server.
const MARK: &str = "oracle ";

/// What is read of a request: (variable, expression). Those of [`STATE`] stand between the first
/// two and the rest, once for the new state and once for the stored one.
const REQUEST: [(&str, &str); 2] =
    [("kind", "request.kind.kind"), ("update", "request.operation == 'UPDATE'")];

/// The same of one state of a pod or template. STATE is `new` or `old`, OBJECT what it is in; a
/// created one has no other state than the new one.
const STATE: [(&str, &str); 9] = [
    (
        "STATE_template",
        "variables.kind == 'Pod' ? OBJECT : \
         variables.kind == 'PodTemplate' ? OBJECT.template : \
         variables.kind == 'CronJob' ? OBJECT.spec.jobTemplate.spec.template : \
         OBJECT.spec.template",
    ),
    ("STATE_spec", "variables.STATE_template.spec"),
    ("STATE_inits", "variables.STATE_spec.?initContainers.orValue([])"),
    // Whether each init container is one that keeps running.
    ("STATE_sidecars", "variables.STATE_inits.map(c, c.?restartPolicy.orValue('') == 'Always')"),
    (
        "STATE_all",
        "variables.STATE_inits.map(c, {'list': dyn('initContainers'), 'name': dyn(c.name), \
           'kind': dyn(c.?restartPolicy.orValue('') == 'Always' ? 'sidecar' : 'init'), \
           'it': dyn(c)}) + \
         variables.STATE_spec.containers.map(c, {'list': dyn('containers'), \
           'name': dyn(c.name), 'kind': dyn('regular'), 'it': dyn(c)}) + \
         variables.STATE_spec.?ephemeralContainers.orValue([]).map(c, \
           {'list': dyn('ephemeralContainers'), 'name': dyn(c.name), \
           'kind': dyn('ephemeral'), 'it': dyn(c)})",
    ),
    // The names of containers in whose PID namespace another process can be.
    (
        "STATE_shared",
        "variables.STATE_all.filter(x, \
           variables.STATE_spec.?hostPID.orValue(false) ? true : \
           variables.STATE_spec.?shareProcessNamespace.orValue(false) ? \
             (x.kind == 'init' ? \
               (variables.STATE_all.exists(y, y.kind == 'ephemeral') || \
                (variables.STATE_sidecars.indexOf(true) >= 0 && \
                 variables.STATE_sidecars.indexOf(true) < \
                   variables.STATE_inits.map(c, c.name).indexOf(x.name))) : \
              x.kind == 'regular' ? \
               variables.STATE_all.exists(y, y.name != x.name && y.kind != 'init') : \
              true) : \
           x.kind == 'ephemeral' ? x.it.?targetContainerName.orValue('') != '' : \
           variables.STATE_all.exists(y, y.kind == 'ephemeral' && \
             y.it.?targetContainerName.orValue('') == x.name)\
         ).map(x, x.name)",
    ),
    // Names as the runtimes write them: Go's ToUpper makes an S of the long s, too.
    (
        "STATE_capable",
        "variables.STATE_all.map(x, {'list': x.list, 'name': x.name, 'it': x.it, \
           'add': dyn(x.it.?securityContext.?capabilities.?add.orValue([])\
             .map(n, n.upperAscii().replace('\u{17f}', 'S'))), \
           'drop': dyn(x.it.?securityContext.?capabilities.?drop.orValue([])\
             .map(n, n.upperAscii().replace('\u{17f}', 'S')))})",
    ),
    // In this order: add ALL, drop ALL, add each, drop each. containerd puts CAP_ before every
    // name, CRI-O where it is missing; a privileged container has everything.
    (
        "STATE_tracers",
        "variables.STATE_capable.filter(x, \
           x.it.?securityContext.?privileged.orValue(false) || \
           (('SYS_PTRACE' in x.add || ('ALL' in x.add && !('ALL' in x.drop))) && \
             !('SYS_PTRACE' in x.drop)) || \
           (('SYS_PTRACE' in x.add || 'CAP_SYS_PTRACE' in x.add || \
              ('ALL' in x.add && !('ALL' in x.drop))) && \
             !('SYS_PTRACE' in x.drop || 'CAP_SYS_PTRACE' in x.drop)))",
    ),
    (
        "STATE_ptrace",
        "variables.STATE_tracers.map(x, x.list + '/' + x.name + '/' + (\
           x.it.?securityContext.?privileged.orValue(false) ? 'privileged/effective' : (\
             x.add.exists(n, n in ['SYS_PTRACE', 'CAP_SYS_PTRACE']) ? \
               'capabilities.add[' + string(x.add.map(n, \
                 n in ['SYS_PTRACE', 'CAP_SYS_PTRACE']).indexOf(true)) + ']' : \
               'capabilities.add') + '/' + (\
             (x.it.?securityContext.?runAsUser\
                .or(variables.STATE_spec.?securityContext.?runAsUser).hasValue() ? \
              x.it.?securityContext.?runAsUser\
                .or(variables.STATE_spec.?securityContext.?runAsUser).value() != 0 : \
              x.it.?securityContext.?runAsNonRoot\
                .or(variables.STATE_spec.?securityContext.?runAsNonRoot).orValue(false)) ? \
             (x.it.?securityContext.?allowPrivilegeEscalation.orValue(true) ? \
               'latent' : 'inert') : 'effective')) + \
           (x.name in variables.STATE_shared ? '/shared' : '/alone'))",
    ),
];

/// What a request is answerable for.
const ANSWERABLE: [(&str, &str); 4] = [
    // Linux fields mean nothing on Windows; an unchanged template makes no other pods than before.
    (
        "silent",
        "variables.new_spec.?os.?name.orValue('') == 'windows' || (variables.kind != 'Pod' && \
           variables.update && variables.new_template == variables.old_template)",
    ),
    // All there is, or what the stored pod did not have.
    ("whole", "!variables.silent && !(variables.kind == 'Pod' && variables.update)"),
    ("debug", "request.?subResource.orValue('') == 'ephemeralcontainers'"),
    (
        "fresh",
        "variables.debug && !variables.silent ? \
           variables.new_all.filter(x, x.kind == 'ephemeral' && \
             !variables.old_all.exists(y, y.name == x.name)) : []",
    ),
];

/// (control, what was found: a list of texts, empty where nothing was).
const CONTROLS: [(&str, &str); 5] = [
    (
        "share-process-namespace",
        "variables.whole && variables.new_spec.?shareProcessNamespace.orValue(false) ? \
           ['pod/shareProcessNamespace/true'] : []",
    ),
    (
        "host-process-namespace",
        "variables.whole && variables.new_spec.?hostPID.orValue(false) ? \
           ['pod/hostPID/true'] : []",
    ),
    (
        "supplemental-groups-policy",
        "variables.whole && variables.new_spec.?securityContext.?supplementalGroupsPolicy\
           .orValue('unset') != 'Strict' ? ['pod/securityContext.supplementalGroupsPolicy/' + \
           variables.new_spec.?securityContext.?supplementalGroupsPolicy.orValue('unset')] : []",
    ),
    (
        "ptrace-capability",
        "variables.silent ? [] : variables.whole ? variables.new_ptrace : variables.debug ? \
           variables.new_ptrace.filter(found, variables.fresh.exists(x, \
             found.startsWith(x.list + '/' + x.name + '/'))) : \
           variables.new_ptrace.filter(found, !(found in variables.old_ptrace))",
    ),
    (
        "ephemeral-target",
        "variables.fresh.filter(x, variables.new_spec.?hostPID.orValue(false) || \
           variables.new_spec.?shareProcessNamespace.orValue(false) || \
           x.it.?targetContainerName.orValue('') != '')\
         .map(x, x.list + '/' + x.name + '/' + (\
           variables.new_spec.?hostPID.orValue(false) ? '-/the node' : \
           variables.new_spec.?shareProcessNamespace.orValue(false) ? '-/all containers' : \
           'targetContainerName/container ' + x.it.targetContainerName))",
    ),
];

/// Registers it for one namespace.
pub(super) fn register(namespace: &Namespace, shapes: &[Shape]) -> Registration {
    let mut rules = vec![
        rule("", "v1", &["pods"], &["CREATE", "UPDATE"]),
        rule("", "v1", &["pods/ephemeralcontainers"], &["UPDATE"]),
    ];
    for shape in shapes {
        let (group, version) = shape.version.rsplit_once('/').unwrap_or(("", shape.version));
        rules.push(rule(group, version, &[shape.resource], &["CREATE", "UPDATE"]));
    }
    let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": namespace.name}});
    let matching = json!({"resourceRules": rules, "namespaceSelector": selector});
    let spec = json!({
        "matchConstraints": matching, "failurePolicy": "Fail",
        "variables": variables(), "validations": validations(),
    });
    let name = name(namespace);
    let mut made = Registration::none(&namespace.cluster);
    let kind = "ValidatingAdmissionPolicy";
    let object = json!({"kind": kind, "metadata": {"name": name}, "spec": spec});
    made.create("validatingadmissionpolicies", object);
    let kind = "ValidatingAdmissionPolicyBinding";
    let spec = json!({"policyName": name, "validationActions": ["Warn"]});
    let object = json!({"kind": kind, "metadata": {"name": name}, "spec": spec});
    made.create("validatingadmissionpolicybindings", object);
    made
}

fn variables() -> Vec<Value> {
    let state = |state: &'static str, object: &'static str| {
        let written = move |text: &str| text.replace("STATE", state).replace("OBJECT", object);
        STATE.map(|(name, text)| (written(name), written(text)))
    };
    let plain = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    let states = [state("new", "object"), state("old", "oldObject")].into_iter().flatten();
    let all = REQUEST.iter().map(plain).chain(states).chain(ANSWERABLE.iter().map(plain));
    let found = CONTROLS.iter().map(|(control, text)| (variable(control), (*text).to_owned()));
    all.chain(found).map(|(name, text)| json!({"name": name, "expression": text})).collect()
}

fn validations() -> Vec<Value> {
    let validation = |(control, _): &(&str, &str)| {
        let found = format!("variables.{}", variable(control));
        json!({
            "expression": format!("{found}.size() == 0"),
            "message": format!("{MARK}{control} could not say what"),
            "messageExpression": format!("'{MARK}{control}|' + {found}.join('|')"),
        })
    };
    CONTROLS.iter().map(validation).collect()
}

fn variable(control: &str) -> String {
    control.replace('-', "_")
}

/// What it says by a warning, in the terms of [`super::said`]: the findings that count under these
/// settings. `None` for a warning of somebody else.
pub(super) fn read(
    warning: &str,
    judged: &Judged,
    settings: &Settings,
) -> Option<Result<BTreeSet<String>, String>> {
    let text = warning.strip_prefix("Validation failed for ValidatingAdmissionPolicy ")?;
    let said = text.split_once(&format!("': {MARK}")).and_then(|(_, said)| said.split_once('|'));
    let Some((control, found)) = said else { return Some(Err(warning.to_owned())) };
    let mut all = BTreeSet::new();
    for entry in found.split('|') {
        match finding(control, entry, judged, settings) {
            Some((finding, true)) => drop(all.insert(finding)),
            Some((_, false)) => {}
            None => return Some(Err(warning.to_owned())),
        }
    }
    Some(Ok(all))
}

/// One finding, and whether it counts.
fn finding(
    control: &str,
    entry: &str,
    judged: &Judged,
    settings: &Settings,
) -> Option<(String, bool)> {
    let mut parts = entry.split('/');
    let list = parts.next()?;
    let root = &judged.root;
    if list == "pod" {
        let (field, word) = (parts.next()?, parts.next()?);
        return Some((format!("{control} {root}.{field} {word}"), true));
    }
    let (name, field, word) = (parts.next()?, parts.next()?, parts.next()?);
    let place = judged.place(list, name)?;
    let container = format!("{root}.{list}[{place}]");
    let (path, counts) = match (control, field, parts.next()) {
        ("ptrace-capability", _, Some(sharing)) => {
            let counts = settings.counts(field == "privileged", word, sharing == "shared");
            (format!("{container}.securityContext.{field}"), counts)
        }
        (_, "-", None) => (container, true),
        (_, _, None) => (format!("{container}.{field}"), true),
        _ => return None,
    };
    Some((format!("{control} {path} {name} {word}"), counts))
}
