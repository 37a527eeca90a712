//! Where and as whom the pods of the chart run.

use serde_json::{Value, json};

use super::{Case, offline};
use crate::setup::rendered::{objects, only, sets, text, values};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline:
            what_runs_for_a_moment_is_as_the_replicas,
            no_user_where_the_platform_gives_one,
            zero_and_false_are_values;
    }
}

fn template<'a>(all: &'a [Value], kind: &str) -> &'a Value {
    &only(all, kind)["spec"]["template"]
}

/// Else a mesh that is switched off for the replicas joins it, or no node takes it, and nothing can
/// be uninstalled.
fn what_runs_for_a_moment_is_as_the_replicas() {
    let mut seen = 0;
    for set in sets() {
        let all = objects(&text(&["--values", &values(&set)]));
        let replica = template(&all, "Deployment");
        for object in all.iter().filter(|object| object["kind"] == "Job" || object["kind"] == "Pod")
        {
            seen += 1;
            let (is_job, name) =
                (object["kind"] == "Job", object["metadata"]["name"].as_str().unwrap());
            let (metadata, spec) = if is_job {
                (&object["spec"]["template"]["metadata"], &object["spec"]["template"]["spec"])
            } else {
                (&object["metadata"], &object["spec"])
            };
            let component =
                ["unregister", "policy-check", "test"].into_iter().find(|end| name.ends_with(end));
            let labels = metadata["labels"].as_object().unwrap();
            for (key, value) in replica["metadata"]["labels"].as_object().unwrap() {
                let expected = if key == "app.kubernetes.io/component" {
                    component.unwrap().into()
                } else {
                    value.clone()
                };
                assert_eq!(labels[key], expected, "{set}: {name}: {key}");
            }
            for (key, value) in replica["metadata"]["annotations"].as_object().unwrap() {
                assert_eq!(metadata["annotations"][key], *value, "{set}: {name}: {key}");
            }
            for field in [
                "affinity",
                "tolerations",
                "nodeSelector",
                "securityContext",
                "imagePullSecrets",
                "priorityClassName",
                "enableServiceLinks",
                "dnsConfig",
            ] {
                assert_eq!(spec[field], replica["spec"][field], "{set}: {name}: {field}");
            }
            for field in ["securityContext", "image", "imagePullPolicy", "name"] {
                let of = |spec: &Value| spec["containers"][0][field].clone();
                assert_eq!(of(spec), of(&replica["spec"]), "{set}: {name}: {field}");
            }
        }
    }
    assert!(seen > 30, "{seen}");
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
