//! Where and as whom the pods of the chart run.

use serde_json::{Value, json};

use super::{Case, offline};
use crate::setup::rendered::{objects, only, sets, text, values};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline:
            the_one_that_uninstalls_is_as_the_others,
            no_user_where_the_platform_gives_one,
            zero_and_false_are_values;
    }
}

fn template<'a>(all: &'a [Value], kind: &str) -> &'a Value {
    &only(all, kind)["spec"]["template"]
}

/// Else a mesh that is switched off for the replicas joins it, or no node takes it, and nothing can
/// be uninstalled.
fn the_one_that_uninstalls_is_as_the_others() {
    for set in sets() {
        let all = objects(&text(&["--values", &values(&set)]));
        if !all.iter().any(|object| object["kind"] == "Job") {
            continue;
        }
        let (replica, job) = (template(&all, "Deployment"), template(&all, "Job"));
        let mut labels = replica["metadata"]["labels"].clone();
        labels["app.kubernetes.io/component"] = "unregister".into();
        assert_eq!(job["metadata"]["labels"], labels, "{set}");
        assert_eq!(job["metadata"]["annotations"], replica["metadata"]["annotations"], "{set}");
        for field in [
            "affinity",
            "tolerations",
            "nodeSelector",
            "securityContext",
            "imagePullSecrets",
            "priorityClassName",
            "enableServiceLinks",
        ] {
            assert_eq!(job["spec"][field], replica["spec"][field], "{set}: {field}");
        }
        for field in ["securityContext", "image", "imagePullPolicy", "name"] {
            let of = |template: &Value| template["spec"]["containers"][0][field].clone();
            assert_eq!(of(job), of(replica), "{set}: {field}");
        }
    }
    let all = objects(&text(&["--values", &values("placed")]));
    let job = template(&all, "Job");
    assert_eq!(job["metadata"]["annotations"]["sidecar.istio.io/inject"], "false");
    assert_eq!(job["metadata"]["labels"]["team"], "platform");
    assert_eq!(job["spec"]["securityContext"]["runAsUser"], 1000);
    assert_eq!(job["spec"]["affinity"]["nodeAffinity"].as_object().unwrap().len(), 1);
}

fn no_user_where_the_platform_gives_one() {
    let restricted = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    let all = objects(&text(&["--values", &values("openshift")]));
    let flags = ["runAsUser", "runAsGroup", "fsGroup"]
        .map(|field| format!("podSecurityContext.{field}=null"));
    let by_flags = objects(&text(&["--set", &flags.join(",")]));
    for kind in ["Deployment", "Job"] {
        for all in [&all, &by_flags] {
            assert_eq!(template(all, kind)["spec"]["securityContext"], restricted, "{kind}");
        }
    }
    let page = std::fs::read_to_string(crate::support::place("docs/install.md")).unwrap();
    assert!(page.contains(&flags.join(",")), "docs/install.md says how");
    let whole = objects(&text(&[]));
    let mut expected = restricted;
    for field in ["runAsUser", "runAsGroup", "fsGroup"] {
        expected[field] = 65532.into();
    }
    assert_eq!(template(&whole, "Deployment")["spec"]["securityContext"], expected);
}

/// A merge that fills what is empty would bring the defaults back.
fn zero_and_false_are_values() {
    let set = "podSecurityContext.runAsNonRoot=false,podSecurityContext.runAsGroup=0";
    let all = objects(&text(&["--set", set]));
    let context = &template(&all, "Deployment")["spec"]["securityContext"];
    assert_eq!((&context["runAsNonRoot"], &context["runAsGroup"]), (&json!(false), &json!(0)));
    let labels = [r#"commonLabels={"team":"platform"}"#, r#"podLabels={"team":""}"#];
    let all = objects(&text(&["--set-json", labels[0], "--set-json", labels[1]]));
    assert_eq!(template(&all, "Deployment")["metadata"]["labels"]["team"], "");
}
