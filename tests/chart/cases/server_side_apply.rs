//! Helm 4 applies on the server's side, where what the leader has written is a conflict: what the
//! documents say about that is typed here.

use std::fs::read_to_string;

use serde_json::{Value, json};

use super::Case;
use crate::setup::rendered::values;
use crate::setup::{APPLY, Cluster};
use crate::support::{Ended, place, program, run};
use crate::tier::cases;
use crate::tier::helm::{HELM_4, helm_of};

const AUTHORITY: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t";
const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1";

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new:
            registered_by_the_leader_then_by_the_chart,
            registered_by_the_chart_then_by_the_leader,
            rolled_back_over_the_change,
            trusted_by_the_leader_then_by_the_chart;
    }
}

/// A release of Helm 4, named after its namespace.
struct Release<'a> {
    cluster: &'a Cluster,
    own: String,
}

impl<'a> Release<'a> {
    fn install(cluster: &'a Cluster, values: &[&str]) -> Self {
        let release = Self { own: cluster.namespace(), cluster };
        let installed = release.helm("install", values);
        assert_eq!(installed.code, Some(0), "{}", installed.stderr);
        release
    }

    fn helm(&self, verb: &str, more: &[&str]) -> Ended {
        let chart = place("charts/bulkhead");
        let name = format!("--set=fullnameOverride={}", self.own);
        let mut args = vec![verb, &self.own];
        if !["uninstall", "rollback"].contains(&verb) {
            args.extend([chart.to_str().unwrap(), &name]);
        }
        args.extend(["--namespace", &self.own]);
        let mut command = helm_of(HELM_4, &[&args, more].concat());
        command.arg("--kubeconfig").arg(self.cluster.kubeconfig());
        run(command)
    }

    /// The upgrade of the document, with other values.
    fn as_documented(&self, values: &[&str]) {
        let words = documented("upgrade");
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let [verb, "bulkhead", "charts/bulkhead", "--namespace", "bulkhead-system", flags @ ..] =
            words.as_slice()
        else {
            panic!("not as it was: {words:?}");
        };
        let upgraded = self.helm(verb, &[flags, values].concat());
        assert_eq!(upgraded.code, Some(0), "{}", upgraded.stderr);
    }

    /// The rollback of the document.
    fn back_as_documented(&self) {
        let words = documented("rollback");
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let [verb, "bulkhead", "--namespace", "bulkhead-system", flags @ ..] = words.as_slice()
        else {
            panic!("not as it was: {words:?}");
        };
        let back = self.helm(verb, flags);
        assert_eq!(back.code, Some(0), "{}", back.stderr);
    }

    fn refused(&self, values: &[&str], reason: &str) {
        let flags = [&["--reset-then-reuse-values"], values].concat();
        let refused = self.helm("upgrade", &flags);
        assert_ne!(refused.code, Some(0), "{values:?}: no word of it is needed in docs/operate.md");
        assert!(refused.stderr.contains(reason), "{}", refused.stderr);
    }

    fn upgrade(&self, values: &[&str]) {
        let upgraded = self.helm("upgrade", &[&["--reset-then-reuse-values"], values].concat());
        assert_eq!(upgraded.code, Some(0), "{}", upgraded.stderr);
    }

    /// What the leader does: the whole entries, or their authority.
    fn lead(&self, whole: bool) {
        let mut print = program();
        print.args(["webhooks", "--output", "json", "--webhooks-name", &self.own]);
        print.args(["--service", &format!("{0}/{0}", self.own)]);
        let list: Value = serde_json::from_str(&run(print).stdout).unwrap();
        for mut object in list["items"].as_array().unwrap().clone() {
            for entry in object["webhooks"].as_array_mut().unwrap() {
                entry["clientConfig"]["caBundle"] = AUTHORITY.into();
                if !whole {
                    *entry =
                        json!({"name": entry["name"], "clientConfig": {"caBundle": AUTHORITY}});
                }
            }
            let manager = if whole { "bulkhead" } else { "bulkhead-ca-bundle" };
            let path = self.path(object["kind"].as_str().unwrap());
            let path = format!("{path}?fieldManager={manager}&force=true");
            self.cluster.client.patch(&path, APPLY, &object).object();
        }
    }

    fn path(&self, kind: &str) -> String {
        format!("{CONFIGURATIONS}/{}s/{}", kind.to_lowercase(), self.own)
    }

    /// The names of the entries, and whether each has the authority and this exclusion.
    fn entries(&self, excluded: &str) -> Vec<(String, bool, bool)> {
        let kinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
        let stored = kinds.map(|kind| self.cluster.client.get(&self.path(kind)).object());
        let entries =
            stored.iter().flat_map(|object| object["webhooks"].as_array().into_iter().flatten());
        let mut entries: Vec<_> = entries
            .map(|entry| {
                let name = entry["name"].as_str().unwrap().to_owned();
                let trusted = entry["clientConfig"]["caBundle"] == AUTHORITY;
                (name, trusted, entry["namespaceSelector"].to_string().contains(excluded))
            })
            .collect();
        entries.sort();
        entries
    }

    fn uninstall(&self) {
        let gone = self.helm("uninstall", &["--no-hooks"]);
        assert_eq!(gone.code, Some(0), "{}", gone.stderr);
    }
}

/// The words of a command that says how to apply, from its verb on.
fn documented(verb: &str) -> Vec<String> {
    let page = read_to_string(place("docs/operate.md")).unwrap();
    let commands = page.replace("\\\n", "");
    let begin = format!("$ helm {verb} ");
    let mut commands =
        commands.lines().filter(|line| line.starts_with(&begin) && line.contains("--server-side"));
    let words = commands.next().unwrap().split_whitespace();
    words.skip_while(|word| *word != verb).map(str::to_owned).collect()
}

/// All three, trusted, and each with the exclusion that a test asked for.
fn all(excluded: bool) -> Vec<(String, bool, bool)> {
    ["advise", "advisory", "mutate"]
        .map(|name| (format!("{name}.bulkhead.dev"), true, excluded))
        .into()
}

fn registered_by_the_leader_then_by_the_chart(cluster: &Cluster) {
    let release = Release::install(cluster, &[]);
    release.lead(true);
    // The chart renders what the leader wrote, so that nobody disagrees; the leader goes on with the
    // authority alone.
    release.upgrade(&["--set=replicas=3"]);
    assert_eq!(release.entries("cilium"), all(false));
    let values = ["--set=webhooks.static=true,webhooks.excludeNamespaces={cilium}"];
    release.refused(&values, "conflict with \"bulkhead\"");
    assert_eq!(release.entries("cilium"), all(false));
    release.as_documented(&values);
    // Callers trusted them all the time.
    assert_eq!(release.entries("cilium"), all(true));
    release.lead(false);
    // Helm remembers how it applied; from here on nothing has to be said.
    release
        .upgrade(&["--set=webhooks.excludeNamespaces={calico-system},webhooks.timeoutSeconds=5"]);
    assert_eq!(release.entries("cilium"), all(false));
    assert_eq!(release.entries("calico-system"), all(true));
    release.upgrade(&["--set=webhooks.static=false"]);
    assert_eq!(release.entries(""), []);
    release.uninstall();
}

fn registered_by_the_chart_then_by_the_leader(cluster: &Cluster) {
    let release = Release::install(cluster, &["--set=webhooks.static=true"]);
    release.lead(false);
    // What the chart wrote the chart may change.
    release.upgrade(&["--set=webhooks.excludeNamespaces={cilium}"]);
    assert_eq!(release.entries("cilium"), all(true));
    // What stays of an entry without what Helm takes away is none.
    release.refused(&["--set=webhooks.static=false"], "sideEffects: Required value");
    release.as_documented(&["--set=webhooks.static=false"]);
    assert_eq!(release.entries(""), []);
    release.lead(true);
    assert_eq!(release.entries("cilium"), all(false));
    release.uninstall();
}

fn rolled_back_over_the_change(cluster: &Cluster) {
    let led = || {
        let release = Release::install(cluster, &[]);
        release.lead(true);
        release.as_documented(&["--set=webhooks.static=true,webhooks.excludeNamespaces={cilium}"]);
        assert_eq!(release.entries("cilium"), all(true));
        release.lead(false);
        release
    };
    let release = led();
    release.back_as_documented();
    assert_eq!(release.entries("cilium"), []);
    release.lead(true);
    assert_eq!(release.entries("cilium"), all(false));
    release.uninstall();
    // Helm applies on the server's side again, and takes away its part of what both wrote.
    let release = led();
    let back = release.helm("rollback", &[]);
    assert_eq!(back.code, Some(0), "{}", back.stderr);
    let everywhere = release.entries("{}").iter().filter(|one| one.2).count();
    assert_eq!(everywhere, 3, "no word of it is needed in docs/operate.md");
    release.uninstall();
}

fn trusted_by_the_leader_then_by_the_chart(cluster: &Cluster) {
    let release = Release::install(cluster, &["--set=webhooks.static=true"]);
    release.lead(false);
    let values = ["--values", &values("files")];
    release.refused(&values, "conflict with \"bulkhead-ca-bundle\"");
    release.as_documented(&values);
    let trusted = |entries: &[(String, bool, bool)]| entries.iter().filter(|one| one.1).count();
    assert_eq!(trusted(&release.entries("")), 0, "the chart's authority");
    release.uninstall();
}
