//! Policy text of the user's is read by the new version before anything changes.

use super::{Case, LAME_DUCK};
use crate::node::Node;
use crate::setup::Release;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! { Case::new: wrong_text_changes_nothing; }
}

/// A misspelt control, on line 5 of the file.
const WRONG: &str = "--set-json=policy.inline=\"apiVersion: bulkhead.dev/v1alpha1\\nkind: IsolationPolicy\\n\
    metadata: {name: own}\\nspec:\\n  controls: {hostProcessNamespaces: {mode: Deny}}\\n\"";
/// The same with the right name, and something that has no effect, which is no reason to stop.
const RIGHT: &str = "--set-json=policy.inline=\"apiVersion: bulkhead.dev/v1alpha1\\nkind: IsolationPolicy\\n\
    metadata: {name: own}\\nspec:\\n  controls: {hostProcessNamespace: {mode: Deny}}\\n---\\n\
    apiVersion: bulkhead.dev/v1alpha1\\nkind: IsolationException\\nmetadata: {name: over}\\nspec: {reason: r, \
    expiresAt: '2020-01-01T00:00:00Z', controls: [host-process-namespace], namespaces: [ops]}\\n\"";

fn wrong_text_changes_nothing(node: &Node) {
    let namespace = "bulkhead-policy-text";
    let first = Release::adopt(node, namespace);
    let refused = first.helm("install", &["--create-namespace", WRONG]);
    assert_ne!(refused.code, Some(0));
    let said = refused.stdout + &refused.stderr;
    let line = "policy.yaml:5:14: spec.controls.hostProcessNamespaces";
    assert!(said.contains(line), "{said}");
    let made = node.kubectl(&["--namespace", namespace, "get", "deployments", "--output=name"], "");
    assert_eq!((made.succeeded, made.stdout.as_str()), (true, ""), "{made:?}");
    drop(first.done("uninstall", &["--no-hooks"]));

    let release = Release::install(node, namespace, &[LAME_DUCK, RIGHT]);
    release.settled();
    release.registered();
    let policy = || release.kubectl(&["get", "configmap", "bulkhead-policy", "--output=yaml"]);
    let (text, deployment) = (policy(), release.deployment());
    let refused = release.helm("upgrade", &[WRONG, "--set=logLevel=debug"]);
    assert_ne!(refused.code, Some(0));
    assert!((refused.stdout + &refused.stderr).contains(line));
    assert_eq!(policy(), text);
    assert_eq!(release.deployment()["spec"], deployment["spec"]);
    drop(release.done("upgrade", &["--set=logLevel=debug"]));
    release.settled();
    release.uninstall(&["--wait"]);
}
