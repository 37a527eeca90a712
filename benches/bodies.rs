//! Reviews of realistic shapes. Text, not values: the order of the members is that of the API
//! server, and what stands before and after the members that count is part of the cost.

/// One review.
pub(crate) struct Body {
    /// Short, for tables and file names.
    pub(crate) name: &'static str,
    /// As the API server sends it.
    pub(crate) json: String,
}

/// From the smallest pod worth sending to a large one, one with findings, and `kubectl debug`.
pub(crate) fn all() -> [Body; 5] {
    let create = |pod: String| review("CREATE", "", &pod, "null");
    let debugged = pod(&containers(2, 5, ""), DEBUGGER);
    [
        Body { name: "small", json: create(pod(&containers(1, 2, ""), "")) },
        Body { name: "medium", json: create(pod(&containers(3, 20, ""), "")) },
        Body { name: "large", json: create(pod(&containers(10, 120, ""), "")) },
        Body { name: "bad", json: create(pod(&containers(2, 5, PTRACE), SHARED)) },
        Body {
            name: "debug",
            json: review("UPDATE", DEBUG, &debugged, &pod(&containers(2, 5, ""), "")),
        },
    ]
}

const REVIEW: &str = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},@SUBRESOURCE@"requestKind":{"group":"","version":"v1","kind":"Pod"},"requestResource":{"group":"","version":"v1","resource":"pods"},"name":"p","namespace":"default","operation":"@OPERATION@","userInfo":{"username":"system:serviceaccount:kube-system:replicaset-controller","uid":"u","groups":["system:serviceaccounts","system:serviceaccounts:kube-system","system:authenticated"]},"object":@OBJECT@,"oldObject":@OLD@,"dryRun":false,"options":{"kind":"@OPTIONS@Options","apiVersion":"meta.k8s.io/v1"}}}"#;

const POD: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","namespace":"default","uid":"8c1f7c2a-6393-11e8-b7cc-42010a800002","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"x"},"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"},"managedFields":[{"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:containers":{@MANAGED@}}}}]},"spec":{"volumes":[{"name":"kube-api-access","projected":{"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}}],"defaultMode":420}}],"containers":[@CONTAINERS@],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":"default","serviceAccount":"default","securityContext":{},"schedulerName":"default-scheduler","tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],"priority":0,"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority"@MORE@},"status":{}}"#;

const MANAGED: &str = r#""k:{\"name\":\"c@I@\"}":{".":{},"f:image":{},"f:name":{},"f:resources":{"f:limits":{".":{},"f:cpu":{}}}}"#;

const CONTAINER: &str = r#"{"name":"c@I@","image":"registry.example/team/app:@I@","env":[@ENV@],"ports":[{"containerPort":8080,"protocol":"TCP"}],"resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"100m","memory":"128Mi"}},"livenessProbe":{"httpGet":{"path":"/","port":8080,"scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3},"volumeMounts":[{"name":"kube-api-access","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}],"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"@MORE@}"#;

const VARIABLE: &str =
    r#"{"name":"VAR_@I@","value":"value-of-@I@-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#;

const PTRACE: &str = r#","securityContext":{"capabilities":{"add":["SYS_PTRACE"]}}"#;

const SHARED: &str = r#","shareProcessNamespace":true"#;

const DEBUG: &str =
    r#""subResource":"ephemeralcontainers","requestSubResource":"ephemeralcontainers","#;

const DEBUGGER: &str = r#","ephemeralContainers":[{"name":"debugger","image":"busybox","targetContainerName":"c0","stdin":true,"tty":true,"securityContext":{"capabilities":{"add":["SYS_PTRACE"]}}}]"#;

fn review(operation: &str, subresource: &str, object: &str, old: &str) -> String {
    let options = if operation == "CREATE" { "Create" } else { "Update" };
    REVIEW
        .replace("@SUBRESOURCE@", subresource)
        .replace("@OPERATION@", operation)
        .replace("@OPTIONS@", options)
        .replace("@OBJECT@", object)
        .replace("@OLD@", old)
}

/// A pod as it is stored, so with managed fields: a validating webhook sees them.
fn pod(containers: &[String], more: &str) -> String {
    POD.replace("@MANAGED@", &listed(MANAGED, containers.len()).join(","))
        .replace("@CONTAINERS@", &containers.join(","))
        .replace("@MORE@", more)
}

fn containers(count: usize, variables: usize, more: &str) -> Vec<String> {
    // The variables have numbers of their own, so they come after the container's.
    let variables = listed(VARIABLE, variables).join(",");
    let containers = listed(CONTAINER, count).into_iter();
    containers.map(|one| one.replace("@ENV@", &variables).replace("@MORE@", more)).collect()
}

/// The template as often, numbered.
fn listed(template: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| template.replace("@I@", &number.to_string())).collect()
}
