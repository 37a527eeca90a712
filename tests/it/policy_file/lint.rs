//! `bulkhead policy lint`: what fits the format and has no effect, and the verb itself.

use bulkhead::diagnostic::Severity;
use bulkhead::policy_file::{EMBEDDED_DEFAULT, Lint, PolicyText};

pub(super) const POLICY: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: p}
spec:
";

pub(super) const EXCEPTION: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: e}
spec:
  reason: because
";

pub(super) const NOW: &str = "2026-06-01T00:00:00Z";

fn lint(text: &str) -> Lint {
    PolicyText::new("p.yaml", text).lint(NOW.parse().unwrap())
}

/// The warnings on a text, without its name.
fn warnings(text: &str) -> Vec<String> {
    let lint = lint(text);
    assert_eq!(lint.of(Severity::Error).count(), 0, "{text}");
    let strip = |text: String| text.strip_prefix("p.yaml:").unwrap().to_owned();
    lint.of(Severity::Warning).map(|warning| strip(warning.to_string())).collect()
}

const NO_REPAIR: &str =
    "has no effect while nothing is repaired; write repair: OnCreate, or remove this field";
const DISABLED: &str =
    "has no effect: the control is Disabled; choose another mode, or remove this field";
const TWICE: &str = "duplicate entry of this list; remove it";
const LEAVE: &str = "repairs nothing, and what it would repair is warned about at most: this version does not look at nodes, and onUnsupportedNodes is Leave; write Patch there if every node supports Strict, or remove this field";
const UNSELECTED: &str =
    "has no effect: namespaceSelector does not select this namespace; remove the name";
const UNJUDGED: &str = "no policy of this file judges this control in these namespaces, so there is nothing to exempt; remove it, or enable it in a policy";
const UNCONCERNED: &str = "no policy of this file judges in this namespace, so there is nothing to exempt; remove it, or take it into the match of a policy";

/// (what stands below `spec`, the place and field of the warning and its text)
const POLICIES: &[(&str, &[(&str, &str)])] = &[
    (
        "  controls: {}",
        &[(
            "5:3: spec.controls",
            "no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy",
        )],
    ),
    (
        "  controls: {ephemeralTarget: {mode: Disabled}}",
        &[(
            "5:3: spec.controls",
            "no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy",
        )],
    ),
    (
        "  match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}, excludeNamespaces: [a]}\n  controls: {ephemeralTarget: {mode: Warn}}",
        &[(
            "5:79: spec.match.excludeNamespaces",
            "excludes every namespace that namespaceSelector selects, so this policy judges nowhere; take one out of the list, or remove the policy",
        )],
    ),
    (
        "  match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}, matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [a]}]}}\n  controls: {ephemeralTarget: {mode: Warn}}",
        &[(
            "5:11: spec.match.namespaceSelector",
            "selects no namespace: its requirements contradict each other; remove one of them, or the policy",
        )],
    ),
    (
        "  match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}, excludeNamespaces: [kube-system, b]}\n  controls: {ephemeralTarget: {mode: Warn}}",
        &[("5:112: spec.match.excludeNamespaces[1]", UNSELECTED)],
    ),
    (
        "  match: {excludeNamespaces: [a, b, a]}\n  controls: {ephemeralTarget: {mode: Warn}}",
        &[("5:37: spec.match.excludeNamespaces[2]", TWICE)],
    ),
    (
        "  controls:\n    supplementalGroupsPolicy: {mode: Deny, repair: OnCreate}",
        &[("6:44: spec.controls.supplementalGroupsPolicy.repair", LEAVE)],
    ),
    (
        "  controls:\n    supplementalGroupsPolicy: {mode: Deny, repair: OnCreate, onUnsupportedNodes: Leave}",
        &[("6:44: spec.controls.supplementalGroupsPolicy.repair", LEAVE)],
    ),
    (
        "  controls:\n    supplementalGroupsPolicy: {mode: Deny, overrideMerge: true}",
        &[("6:44: spec.controls.supplementalGroupsPolicy.overrideMerge", NO_REPAIR)],
    ),
    (
        "  controls:\n    supplementalGroupsPolicy: {mode: Deny, repair: Never, onUnsupportedNodes: Patch}",
        &[("6:59: spec.controls.supplementalGroupsPolicy.onUnsupportedNodes", NO_REPAIR)],
    ),
    (
        "  controls:\n    ptraceCapability: {mode: Deny, scope: SharedProcesses, privileged: Anywhere}",
        &[(
            "6:60: spec.controls.ptraceCapability.privileged",
            "has no effect: with scope SharedProcesses nothing counts elsewhere; write scope: Anywhere, or remove this field",
        )],
    ),
    (
        "  controls:\n    ptraceCapability: {mode: Deny, ignore: [Inert, Latent, Inert]}",
        &[("6:60: spec.controls.ptraceCapability.ignore[2]", TWICE)],
    ),
    (
        "  controls:\n    processReach: {mode: Deny, aspects: [signal, signal]}",
        &[("6:50: spec.controls.processReach.aspects[1]", TWICE)],
    ),
    (
        "  controls:\n    ephemeralTarget: {mode: Warn}\n    processReach: {mode: Disabled, repair: Never, aspects: [signal], certainty: Possible, transitive: }",
        &[
            ("7:51: spec.controls.processReach.aspects", DISABLED),
            ("7:70: spec.controls.processReach.certainty", DISABLED),
        ],
    ),
    // What only looks like it, or spells out a default.
    (
        "  match: {excludeNamespaces: [kube-system]}\n  controls: {ephemeralTarget: {mode: Warn}}",
        &[],
    ),
    (
        "  controls: {ptraceCapability: {mode: Deny, ignore: [Inert, Latent], privileged: Anywhere}}",
        &[],
    ),
    ("  controls: {ptraceCapability: {mode: Deny, repair: OnCreate, scope: SharedProcesses}}", &[]),
    (
        "  controls:\n    supplementalGroupsPolicy: {mode: Warn, repair: Never, onUnsupportedNodes: Leave, overrideMerge: false}",
        &[],
    ),
    (
        "  controls:\n    supplementalGroupsPolicy: {mode: Warn, repair: OnCreate, onUnsupportedNodes: Patch, overrideMerge: true}",
        &[],
    ),
];

/// (what stands below `spec` besides a reason, the warnings), beside a policy that judges
/// ephemeral targets and SYS_PTRACE everywhere but in `out`, and host process namespaces in `in`.
const EXCEPTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "  expiresAt: 2026-06-01T00:00:00Z\n  controls: [ephemeral-target]\n  namespaces: [a]",
        &[(
            "6:3: spec.expiresAt",
            "has expired, so this exception exempts nothing; remove the exception, or set a later time if its reason still holds",
        )],
    ),
    ("  expiresAt: 2026-06-01T00:00:01Z\n  controls: [ephemeral-target]\n  namespaces: [a]", &[]),
    (
        "  permanent: true\n  controls: [ephemeral-target, share-process-namespace]\n  namespaces: [a]",
        &[("7:32: spec.controls[1]", UNJUDGED)],
    ),
    (
        "  permanent: true\n  controls: [host-process-namespace]\n  namespaces: [a]",
        &[("7:14: spec.controls[0]", UNJUDGED)],
    ),
    ("  permanent: true\n  controls: [host-process-namespace]\n  namespaces: [a, in]", &[]),
    (
        "  permanent: true\n  controls: [ephemeral-target]\n  namespaces: [a, out]",
        &[("8:19: spec.namespaces[1]", UNCONCERNED)],
    ),
    (
        "  permanent: true\n  controls: [ephemeral-target]\n  namespaces: [out]",
        &[("8:16: spec.namespaces[0]", UNCONCERNED)],
    ),
    (
        "  permanent: true\n  controls: [ephemeral-target, ephemeral-target]\n  namespaces: [a]",
        &[("7:32: spec.controls[1]", TWICE)],
    ),
    (
        "  permanent: true\n  controls: [ephemeral-target]\n  namespaces: [a]\n  podSelector: {matchLabels: {app: x}, matchExpressions: [{key: app, operator: DoesNotExist}]}",
        &[(
            "9:3: spec.podSelector",
            "matches no pod: its requirements on the label app contradict each other; remove one of them, or the exception",
        )],
    ),
    (
        "  permanent: true\n  controls: [ptrace-capability, host-process-namespace]\n  namespaces: [in]\n  images: [\"a:*\", b]",
        &[
            (
                "7:33: spec.controls[1]",
                "is not covered: it is found on pods as a whole, and this exception narrows by container; give this control an exception of its own",
            ),
            (
                "9:12: spec.images[0]",
                "covers fewer images than it once did: without a registry it means docker.io, with a tag alone it covers no image with a digest; to cover those, too, write REGISTRY/a:* and REGISTRY/a@*",
            ),
        ],
    ),
    (
        "  permanent: true\n  controls: [ephemeral-target]\n  namespaces: [a]\n  containerTypes: [Regular]",
        &[(
            "7:14: spec.controls[0]",
            "is not covered: it is found on ephemeral containers, which containerTypes does not list; add Ephemeral there, or remove the control",
        )],
    ),
    (
        "  permanent: true\n  controls: [process-reach, supplemental-groups-policy]\n  namespaces: [in]\n  pairs: [{from: a, to: a}, {from: \"a*\", to: \"a*\"}]",
        &[
            (
                "7:29: spec.controls[1]",
                "is not covered: it is found on pods as a whole, and this exception narrows by container; give this control an exception of its own",
            ),
            ("7:29: spec.controls[1]", UNJUDGED),
            (
                "9:11: spec.pairs[0]",
                "covers nothing: a container makes no pair with itself; remove the pair, or name another container",
            ),
        ],
    ),
    // Digests, subjects and several exceptions for one thing are nobody's mistake.
    (
        "  permanent: true\n  controls: [ephemeral-target]\n  namespaces: [a]\n  images: [\"tools:1\"]\n  barePods: true\n  subjects: [{kind: User, name: u}]",
        &[],
    ),
];

fn expected(rows: &[(&str, &str)]) -> Vec<String> {
    rows.iter().map(|(place, message)| format!("{place}: {message}")).collect()
}

#[test]
fn a_policy_that_contradicts_itself() {
    for (spec, rows) in POLICIES {
        assert_eq!(warnings(&format!("{POLICY}{spec}\n")), expected(rows), "{spec}");
    }
}

#[test]
fn an_exception_that_exempts_nothing() {
    let policies = format!(
        "---\n{POLICY}  match: {{excludeNamespaces: [out]}}\n  controls: {{ephemeralTarget: {{mode: Warn}}, ptraceCapability: {{mode: Deny}}}}\n---\n{}  match: {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: in}}}}}}\n  controls: {{hostProcessNamespace: {{mode: Deny}}, processReach: {{mode: Audit}}, shareProcessNamespace: {{mode: Disabled}}}}\n",
        POLICY.replace("name: p", "name: q"),
    );
    for (spec, rows) in EXCEPTIONS {
        let text = format!("{EXCEPTION}{spec}\n{policies}");
        assert_eq!(warnings(&text), expected(rows), "{spec}");
    }
}

#[test]
fn objects_are_compared_only_where_all_are_there() {
    let alone =
        format!("{EXCEPTION}  permanent: true\n  controls: [process-reach]\n  namespaces: [a]\n");
    assert_eq!(warnings(&alone), [""; 0], "no policy of this file");
    let controls = "  controls: {ephemeralTarget: {mode: Warn}}\n";
    let beside = |mode: &str| format!("{alone}---\n{POLICY}{}", controls.replace("Warn", mode));
    assert_eq!(warnings(&beside("Warn")).len(), 1);
    let broken = lint(&beside("warn"));
    let [errors, warnings] = [Severity::Error, Severity::Warning].map(|it| broken.of(it).count());
    assert_eq!((errors, warnings, broken.exceptions), (1, 0, 1));
}

#[test]
fn what_is_shipped_and_documented_is_without_problems() {
    assert_eq!(warnings(EMBEDDED_DEFAULT), [""; 0]);
    let page = include_str!("../../../docs/policy.md");
    let examples = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let examples: Vec<_> = examples.collect();
    assert!(examples.len() >= 2);
    assert_eq!(warnings(&examples.join("---\n")), [""; 0]);
}
