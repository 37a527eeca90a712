//! The rules of reading a review, one test each.

use bulkhead::admission::{AcceptedKinds, DecodeError, Request, decode};
use bulkhead::pod::{Os, PodView};
use bulkhead::policy::Change;
use serde_json::{Value, json};

use crate::support::{UID, pod, review};

fn create(spec: &Value) -> String {
    review("CREATE", "pods", &pod(spec), &Value::Null).to_string()
}

/// The pod of a review that creates one.
fn view(body: &str) -> PodView<'_> {
    match decode(body.as_bytes(), AcceptedKinds::Pods) {
        Ok(Request { change: Some(Change::Create(pod)), .. }) => pod,
        other => panic!("{other:?}"),
    }
}

fn refused(body: &str) -> String {
    decode(body.as_bytes(), AcceptedKinds::Both).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn null_and_absent_are_the_same() {
    let every = [
        "shareProcessNamespace",
        "hostPID",
        "os",
        "nodeSelector",
        "securityContext",
        "initContainers",
        "ephemeralContainers",
        "containers",
    ];
    let absent = create(&json!({}));
    let nulls: serde_json::Map<_, _> =
        every.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    let nulls = create(&Value::Object(nulls));
    assert_eq!(view(&absent), view(&nulls));
    let bare = create(&json!({"containers": [{"name": "a", "image": "i"}]}));
    let inner = create(&json!({"containers": [{"name": "a", "image": "i", "restartPolicy": null,
        "securityContext": {"privileged": null, "runAsUser": null, "runAsNonRoot": null,
        "allowPrivilegeEscalation": null, "capabilities": {"add": null, "drop": null}}}]}));
    assert_eq!(view(&bare), view(&inner));
    let none = create(
        &json!({"containers": [{"name": "a", "image": "i", "securityContext": {"capabilities": null}}]}),
    );
    assert_eq!(view(&bare), view(&none));
}

#[test]
fn a_member_that_counts_may_not_stand_twice() {
    let body = create(&json!({"shareProcessNamespace": true}));
    let twice = body.replace(
        r#""shareProcessNamespace":true"#,
        r#""shareProcessNamespace":true,"shareProcessNamespace":false"#,
    );
    let message = refused(&twice);
    assert!(message.contains("duplicate field `shareProcessNamespace`"), "{message}");
    let labels =
        body.replace(r#""name":"p","namespace":"shop"}"#, r#""labels":{"a":"1","a":"2"}}"#);
    assert_ne!(labels, body);
    assert!(refused(&labels).contains("a duplicate key"));
    let unknown = body.replace(r#""shareProcessNamespace":true"#, r#""x":1,"x":2"#);
    assert_ne!(unknown, body);
    assert_eq!(view(&unknown).share_process_namespace, None, "what does not count is not read");
}

#[test]
fn names_are_read_as_written() {
    let body = create(&json!({"SHAREPROCESSNAMESPACE": true, "shareprocessnamespace": true}));
    assert_eq!(view(&body).share_process_namespace, None, "the API server's encoder has one case");
    let escaped = create(&json!({"shareProcessNamespace": true}))
        .replace("shareProcessNamespace", "\\u0073hareProcessNamespace");
    assert_eq!(view(&escaped).share_process_namespace, Some(true));
    let value = create(&json!({"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["ESC"]}}}]}))
        .replace("ESC", "\\u0053YS_PTRACE");
    assert_eq!(view(&value).containers[0].security.capabilities.add()[0], "SYS_PTRACE");
}

#[test]
fn what_does_not_count_is_skipped_at_any_depth() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body =
        create(&json!({"x": "DEEP", "shareProcessNamespace": true})).replace("\"DEEP\"", &deep);
    assert_eq!(view(&body).share_process_namespace, Some(true));
    let body = create(&json!({"containers": "DEEP"})).replace("\"DEEP\"", &deep);
    assert!(refused(&body).contains("containers"), "depth in what counts is a wrong type");
}

#[test]
fn a_wrong_type_of_what_counts_is_undecodable_and_tells_no_value() {
    let wrong = [
        json!({"shareProcessNamespace": "s3cr3t"}),
        json!({"shareProcessNamespace": 1}),
        json!({"containers": {"name": "s3cr3t"}}),
        json!({"containers": ["s3cr3t"]}),
        json!({"containers": [null]}),
        json!({"containers": [{"name": 5}]}),
        json!({"containers": [{"name": "a", "securityContext": {"runAsUser": "s3cr3t"}}]}),
        json!({"containers": [{"name": "a", "securityContext": {"runAsUser": 1.5}}]}),
        json!({"containers": [{"name": "a", "securityContext": {"runAsUser": 18_446_744_073_709_551_615_u64}}]}),
        json!({"containers": [{"name": "a", "securityContext": {"capabilities": {"add": "s3cr3t"}}}]}),
        json!({"containers": [{"name": "a", "securityContext": {"capabilities": {"add": [null]}}}]}),
        json!({"os": "s3cr3t"}),
        json!({"os": ["windows"]}),
        json!({"affinity": ["s3cr3t"]}),
        json!({"affinity": {"nodeAffinity": "s3cr3t"}}),
        json!({"securityContext": []}),
        json!({"nodeSelector": ["s3cr3t"]}),
        json!("s3cr3t"),
    ];
    for spec in wrong {
        let body = create(&spec);
        let error = decode(body.as_bytes(), AcceptedKinds::Pods).unwrap_err();
        assert!(
            matches!(&error, DecodeError::Undecodable { uid, .. } if uid == UID),
            "{spec}: {error:?}"
        );
        let message = error.to_string();
        assert!(!message.contains("s3cr3t"), "{message}");
        assert!(message.contains("request.object.spec"), "{message}");
        let update = review("UPDATE", "pods", &pod(&json!({})), &pod(&spec)).to_string();
        let error = decode(update.as_bytes(), AcceptedKinds::Pods).unwrap_err();
        assert!(error.to_string().contains("request.oldObject.spec"), "{error}");
    }
}

#[test]
fn a_template_is_read_where_its_kind_has_it() {
    let template =
        json!({"metadata": {"labels": {"app": "a"}}, "spec": {"shareProcessNamespace": true}});
    let at = |kind: &str, body: Value| {
        let mut object = json!({"kind": kind, "metadata": {"name": "p"}});
        object.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        object
    };
    let inner = json!({"spec": {"template": template}});
    let table = [
        ("podtemplates", at("PodTemplate", json!({"template": template})), "template.spec"),
        (
            "replicationcontrollers",
            at("ReplicationController", inner.clone()),
            "spec.template.spec",
        ),
        ("apps/deployments", at("Deployment", inner.clone()), "spec.template.spec"),
        ("apps/replicasets", at("ReplicaSet", inner.clone()), "spec.template.spec"),
        ("apps/statefulsets", at("StatefulSet", inner.clone()), "spec.template.spec"),
        ("apps/daemonsets", at("DaemonSet", inner.clone()), "spec.template.spec"),
        ("batch/jobs", at("Job", inner.clone()), "spec.template.spec"),
        (
            "batch/cronjobs",
            at("CronJob", json!({"spec": {"jobTemplate": inner}})),
            "spec.jobTemplate.spec.template.spec",
        ),
    ];
    for (resource, object, root) in table {
        let body = review("CREATE", resource, &object, &Value::Null).to_string();
        let request = decode(body.as_bytes(), AcceptedKinds::Templates).unwrap();
        let Some(Change::Template { pod, .. }) = request.change else { panic!("{resource}") };
        assert_eq!(pod.root.to_string(), root);
        assert_eq!(pod.share_process_namespace, Some(true), "{resource}");
        assert_eq!(pod.labels["app"], "a");
    }
    let empty = at("ReplicationController", json!({"spec": {"template": null}}));
    let body = review("CREATE", "replicationcontrollers", &empty, &Value::Null).to_string();
    assert!(
        decode(body.as_bytes(), AcceptedKinds::Templates).unwrap().change.is_none(),
        "no template"
    );
    let wrong = at("Deployment", json!({"spec": {"template": {"spec": {"containers": "s3cr3t"}}}}));
    let message = refused(&review("CREATE", "apps/deployments", &wrong, &Value::Null).to_string());
    assert!(
        message.contains("spec.template.spec.containers: expected") && !message.contains("s3cr3t"),
        "{message}"
    );
}

#[test]
fn the_order_of_members_does_not_matter() {
    // serde_json writes the members of a map in the order of their names.
    let sorted = create(&json!({"shareProcessNamespace": true, "os": {"name": "windows"}}));
    let value: Value = serde_json::from_str(&sorted).unwrap();
    let request = &value["request"];
    let names = [
        "userInfo",
        "uid",
        "subResource",
        "oldObject",
        "object",
        "resource",
        "operation",
        "namespace",
        "name",
        "kind",
    ];
    let members: Vec<_> =
        names.iter().map(|name| format!("\"{name}\":{}", request[name])).collect();
    let reversed = format!(
        r#"{{"request":{{{}}},"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}}"#,
        members.join(",")
    );
    assert_eq!(view(&sorted), view(&reversed));
    assert_eq!(view(&reversed).os, Os::Windows);
}

#[test]
fn what_every_object_has_may_not_be_missing() {
    let none = Value::Null;
    let bare = json!({"kind": "Pod", "metadata": {}});
    let null = json!({"kind": "Pod", "spec": null});
    let deployment = |spec: Value| json!({"kind": "Deployment", "spec": spec});
    let rows = [
        review("CREATE", "pods", &bare, &none),
        review("CREATE", "pods", &null, &none),
        review("UPDATE", "pods", &pod(&json!({})), &bare),
        review("CREATE", "apps/deployments", &deployment(Value::Null), &none),
        review("CREATE", "apps/deployments", &deployment(json!({})), &none),
        review("CREATE", "apps/deployments", &deployment(json!({"template": {}})), &none),
    ];
    for row in rows {
        let message = refused(&row.to_string());
        assert!(message.ends_with("is missing"), "{row}: {message}");
    }
}

#[test]
fn keys_of_maps_are_not_shown() {
    let mut pod = pod(&json!({}));
    pod["metadata"]["labels"] = json!({"s3cr3t": 1});
    let message = refused(&review("CREATE", "pods", &pod, &Value::Null).to_string());
    assert!(message.contains("metadata.labels.*") && !message.contains("s3cr3t"), "{message}");
    let message = refused(&create(&json!({"nodeSelector": {"s3cr3t": 1}})));
    assert!(message.contains("nodeSelector.*") && !message.contains("s3cr3t"), "{message}");
}
