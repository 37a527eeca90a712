//! `bulkhead policy lint`: what fits the format and has no effect, and the verb itself.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bulkhead::diagnostic::Severity;
use bulkhead::policy_file::{EMBEDDED_DEFAULT, Lint, PolicyText};
use serde_json::{Value, json};
use tempfile::TempDir;

const POLICY: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: p}
spec:
";

const EXCEPTION: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: e}
spec:
  reason: because
";

const NOW: &str = "2026-06-01T00:00:00Z";

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

/// What the verb prints on standard output, and its exit code.
fn run(dir: &Path, arguments: &[&str], input: &[u8]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead"));
    command.args(["policy", "lint"]).args(arguments).current_dir(dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who refuses its arguments reads nothing.
    drop(child.stdin.take().unwrap().write_all(input));
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

fn stage() -> TempDir {
    let dir = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    write("good.yaml", EMBEDDED_DEFAULT.as_bytes());
    write("idle.yaml", format!("{POLICY}  controls: {{}}\n").as_bytes());
    write("bad.yaml", format!("{POLICY}  \"a\\e\\nb\": 1\n  controls: {{}}\n").as_bytes());
    write("binary.yaml", b"a: \xff\n");
    write("empty.yaml", b"");
    let large = std::fs::File::create(dir.path().join("large.yaml")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    dir
}

#[test]
fn the_exit_code_tells_the_worst() {
    let dir = stage();
    let idle = "warning: idle.yaml:5:3: spec.controls: no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy\nidle.yaml: 1 policy, 0 exceptions: 1 warning\n";
    let good = "good.yaml: 1 policy, 0 exceptions: no problems\n";
    for (files, expected, code) in [
        (vec!["good.yaml"], good.to_owned(), 0),
        (vec!["empty.yaml"], "empty.yaml: 0 policies, 0 exceptions: no problems\n".to_owned(), 0),
        (vec!["idle.yaml", "good.yaml"], format!("{idle}{good}"), 1),
        (
            vec!["absent.yaml", "idle.yaml"],
            format!(
                "error: absent.yaml: cannot be read: No such file or directory\nabsent.yaml: 0 policies, 0 exceptions: 1 error\n{idle}"
            ),
            2,
        ),
    ] {
        assert_eq!(run(dir.path(), &files, b""), (expected, code), "{files:?}");
    }
    for (file, message) in [
        ("folder", "holds no .yaml, .yml or .json file"),
        ("binary.yaml", "is not UTF-8 text (byte 3)"),
        ("large.yaml", "cannot be read: larger than 16 MiB (16777217 bytes)"),
        // One line, whatever a key holds.
        (
            "bad.yaml:5:3: spec.a\\u{1b}\\nb",
            "unknown field `a\\u{1b}\\nb`, expected one of `match`, `namespaceLabels`, `rulesVersion`, `controls`",
        ),
    ] {
        let (text, code) = run(dir.path(), &[file.split(':').next().unwrap()], b"");
        let first = text.lines().next().unwrap();
        assert_eq!((first, code), (&*format!("error: {file}: {message}"), 2));
    }
    assert_eq!(run(dir.path(), &[], b"").1, 2, "no file at all is a wrong command line");
}

/// What `serve` would take is no reason to stop an upgrade.
#[test]
fn warnings_may_leave_the_exit_code_alone() {
    let dir = stage();
    for (file, code) in [("good.yaml", 0), ("idle.yaml", 0), ("bad.yaml", 2), ("absent.yaml", 2)] {
        let (text, found) = run(dir.path(), &["--fail-on", "error", file], b"");
        assert_eq!(found, code, "{text}");
        assert_eq!(text, run(dir.path(), &[file], b"").0, "what is printed stays");
    }
    assert_eq!(run(dir.path(), &["--fail-on", "warning", "idle.yaml"], b"").1, 1);
}

#[test]
fn folders_are_searched_for_policy_files() {
    let dir = stage();
    let write = |name: &str, text: &str| {
        let path = dir.path().join("folder").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\n");
    let nothing = "error: folder: holds no policy file: none mentions bulkhead.dev\nfolder: 0 policies, 0 exceptions: 1 error\n";
    assert_eq!(run(dir.path(), &["folder"], b""), (nothing.to_owned(), 2));
    assert_eq!(run(dir.path(), &["--allow-empty", "folder"], b""), (String::new(), 0));
    write("b.yaml", EMBEDDED_DEFAULT);
    write("a/idle.yml", &format!("{POLICY}  controls: {{}}\n"));
    write("a/wrong.yaml", "apiVersion: bulkhead.dev/v1\nkind: IsolationPolicy\n");
    let (text, code) = run(dir.path(), &["folder", "good.yaml"], b"");
    let counts = |line: &&str| line.contains(", 0 exceptions: ");
    let files: Vec<_> = text.lines().filter(counts).collect();
    let expected = [
        "folder/a/idle.yml: 1 policy, 0 exceptions: 1 warning",
        "folder/a/wrong.yaml: 0 policies, 0 exceptions: 1 error",
        "folder/b.yaml: 1 policy, 0 exceptions: no problems",
        "good.yaml: 1 policy, 0 exceptions: no problems",
    ];
    assert_eq!((files, code), (expected.to_vec(), 2));
    let (text, code) = run(dir.path(), &["-q", "--exclude", "wrong.yaml", "folder"], b"");
    assert!(
        text.starts_with("warning: folder/a/idle.yml:5:3: ") && text.lines().count() == 1,
        "{text}"
    );
    assert_eq!(code, 1);
}

#[test]
fn standard_input_and_time() {
    let dir = stage();
    let exception =
        format!("{EXCEPTION}  expiresAt: {NOW}\n  controls: [process-reach]\n  namespaces: [a]\n");
    let at = |time: &str| run(dir.path(), &["--at", time, "-"], exception.as_bytes());
    let before = at("2026-05-31T23:59:59Z");
    assert_eq!(before, ("-: 0 policies, 1 exception: no problems\n".to_owned(), 0));
    assert_eq!(at(NOW).1, 1);
    assert_eq!(at("noon").1, 2);
}

#[test]
fn json() {
    let dir = stage();
    let (text, code) =
        run(dir.path(), &["--output", "json", "good.yaml", "idle.yaml", "binary.yaml"], b"");
    assert_eq!(code, 2);
    let message = "no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy";
    let expected = json!({
        "files": [
            {"file": "good.yaml", "policies": 1, "exceptions": 0},
            {"file": "idle.yaml", "policies": 1, "exceptions": 0},
            {"file": "binary.yaml", "policies": 0, "exceptions": 0},
        ],
        "problems": [
            {"file": "idle.yaml", "line": 5, "column": 3, "field": "spec.controls", "severity": "warning", "message": message},
            {"file": "binary.yaml", "line": null, "column": null, "field": "", "severity": "error", "message": "is not UTF-8 text (byte 3)"},
        ],
        "summary": {"errors": 1, "warnings": 1},
    });
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
}
