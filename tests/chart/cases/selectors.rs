//! Every request about a pod outside the excluded namespaces hits exactly one of the webhooks that
//! judge pods, whatever labels its namespace has.

use std::collections::BTreeMap;
use std::fs::read_to_string;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::{Case, offline};
use crate::setup::rendered::{NAMESPACE, objects, only, text};
use crate::support::{folder, place, program, run};
use crate::tier::cases;

/// What the value may be, with every operator, keys that do and do not exist, and the name itself.
fn selectors() -> Vec<Value> {
    let expression = |key: &str, operator: &str, values: &[&str]| {
        let mut one = json!({"key": key, "operator": operator});
        if !values.is_empty() {
            one["values"] = json!(values);
        }
        json!({"matchExpressions": [one]})
    };
    vec![
        Value::Null,
        json!({}),
        json!({"matchLabels": {"stage": "prod"}}),
        json!({"matchLabels": {"stage": ""}}),
        expression("stage", "In", &["prod", ""]),
        expression("stage", "NotIn", &["dev", "test"]),
        expression("bulkhead.example/enforce", "Exists", &[]),
        expression("bulkhead.example/enforce", "DoesNotExist", &[]),
        expression("kubernetes.io/metadata.name", "In", &["shop", "kube-system"]),
        expression("kubernetes.io/metadata.name", "NotIn", &["shop"]),
    ]
}

const EXCLUDED: &[&str] = &["kube-system", NAMESPACE, "calico-system"];

type Labels = BTreeMap<String, String>;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline:
            halves,
            lockdown_enforces,
            the_label_of_the_documents_moves_a_namespace,
            a_server_has_the_same,
            the_program_has_the_same_table;
    }
}

/// The webhooks of a configuration, with these values.
fn webhooks(kind: &str, more: &[&str]) -> Vec<Value> {
    let rendered = text(&[&["--set", "webhooks.static=true"], more].concat());
    only(&objects(&rendered), kind)["webhooks"].as_array().unwrap().clone()
}

/// As the API server reads a namespaceSelector.
fn selects(selector: &Value, labels: &Labels) -> bool {
    let expressions = selector["matchExpressions"].as_array().unwrap();
    assert_eq!(selector.as_object().unwrap().len(), 1, "{selector}");
    expressions.iter().all(|one| {
        let label = labels.get(one["key"].as_str().unwrap());
        let listed = |label: &String| {
            let values = one["values"].as_array().unwrap();
            values.iter().any(|value| value == label.as_str())
        };
        match one["operator"].as_str().unwrap() {
            "In" => label.is_some_and(listed),
            "NotIn" => !label.is_some_and(listed),
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            other => panic!("no operator: {other}"),
        }
    })
}

fn namespaces() -> impl Strategy<Value = Labels> {
    let names: &'static [&str] =
        &["shop", "payments", "kube-system", NAMESPACE, "calico-system", "kube-public"];
    let values: &'static [&str] = &["prod", "dev", "test", "", "true"];
    let label = |key: &'static str| {
        prop::option::of(prop::sample::select(values).prop_map(move |value| (key, value)))
    };
    let own = prop::collection::btree_map("[a-z]{1,3}", "[a-z]{0,3}", 0..3);
    (prop::sample::select(names), label("stage"), label("bulkhead.example/enforce"), own).prop_map(
        |(name, stage, enforce, own)| {
            let known = [Some(("kubernetes.io/metadata.name", name)), stage, enforce];
            let known = known.into_iter().flatten();
            let known = known.map(|(key, value)| (key.to_owned(), value.to_owned()));
            own.into_iter().chain(known).collect()
        },
    )
}

fn halves() {
    for selector in selectors() {
        let value = format!("webhooks.enforce.namespaceSelector={selector}");
        let more = ["--set-json", &value, "--set", "webhooks.excludeNamespaces={calico-system}"];
        let validating = webhooks("ValidatingWebhookConfiguration", &more);
        let mutating = webhooks("MutatingWebhookConfiguration", &more);
        let mut runner =
            TestRunner::new(Config { cases: 500, failure_persistence: None, ..Config::default() });
        let holds = runner.run(&namespaces(), |labels| {
            let excluded = EXCLUDED.contains(&labels["kubernetes.io/metadata.name"].as_str());
            let expected = usize::from(!excluded);
            for hooks in [&validating, &mutating] {
                for request in REQUESTS {
                    let asked = asked(hooks, request, &labels);
                    let judges = hooks == &validating || MUTATED.contains(request);
                    let expected = if judges { expected } else { 0 };
                    prop_assert_eq!(asked.len(), expected, "{:?} {:?}", request, asked);
                }
            }
            Ok(())
        });
        holds.unwrap_or_else(|broken| panic!("{selector}: {broken}"));
    }
}

/// Operation, group and resource of everything that has to be judged.
type Request = (&'static str, &'static str, &'static str);
const REQUESTS: &[Request] = &[
    ("CREATE", "", "pods"),
    ("UPDATE", "", "pods"),
    ("UPDATE", "", "pods/ephemeralcontainers"),
    ("UPDATE", "", "pods/resize"),
    ("CREATE", "", "podtemplates"),
    ("UPDATE", "", "replicationcontrollers"),
    ("CREATE", "apps", "deployments"),
    ("UPDATE", "apps", "replicasets"),
    ("CREATE", "apps", "statefulsets"),
    ("UPDATE", "apps", "daemonsets"),
    ("CREATE", "batch", "jobs"),
    ("UPDATE", "batch", "cronjobs"),
];
const MUTATED: &[Request] = &[REQUESTS[0], REQUESTS[2]];

/// The names of the webhooks that a request in a namespace with these labels is sent to.
fn asked<'a>(hooks: &'a [Value], request: &Request, labels: &Labels) -> Vec<&'a str> {
    let has = |list: &Value, word: &str| list.as_array().unwrap().iter().any(|one| one == word);
    let about = |rule: &Value| {
        has(&rule["operations"], request.0)
            && has(&rule["apiGroups"], request.1)
            && has(&rule["resources"], request.2)
    };
    let asked = hooks.iter().filter(|hook| {
        hook["rules"].as_array().unwrap().iter().any(about)
            && selects(&hook["namespaceSelector"], labels)
    });
    asked.map(|hook| hook["name"].as_str().unwrap()).collect()
}

fn lockdown_enforces() {
    let names = |more: &[&str]| {
        let hooks = webhooks("ValidatingWebhookConfiguration", more);
        hooks.iter().map(|hook| hook["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let preset = |name: &str| names(&["--set", &format!("policy.preset={name}")]);
    assert_eq!(preset("lockdown"), ["enforce.bulkhead.dev", "advise.bulkhead.dev"]);
    for name in ["observe", "guardrail", "none"] {
        assert_eq!(preset(name), ["advisory.bulkhead.dev", "advise.bulkhead.dev"], "{name}");
    }
    let off = ["--set", "policy.preset=lockdown,webhooks.enforce.enabled=false"];
    assert_eq!(names(&off), ["advisory.bulkhead.dev", "advise.bulkhead.dev"]);
}

/// Where people look for a label that switches Bulkhead off they find one that does not.
fn the_label_of_the_documents_moves_a_namespace() {
    let page = read_to_string(place("docs/install.md")).unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let example = blocks.into_iter().find(|block| block.contains("unanswered")).unwrap();
    let file = folder(&[("values.yaml", example)]);
    let file = file.path().join("values.yaml");
    let hooks = webhooks("ValidatingWebhookConfiguration", &["--values", file.to_str().unwrap()]);
    let mut labels = Labels::from([("kubernetes.io/metadata.name".to_owned(), "shop".to_owned())]);
    assert_eq!(asked(&hooks, &REQUESTS[0], &labels), ["enforce.bulkhead.dev"]);
    let values = read_to_string(place("charts/bulkhead/values.yaml")).unwrap();
    let key = "example.com/unanswered";
    assert!(values.contains(key), "the comment has the same example");
    labels.insert(key.to_owned(), "yes".to_owned());
    assert_eq!(asked(&hooks, &REQUESTS[0], &labels), ["advisory.bulkhead.dev"]);
}

/// What the leader is to register is what the chart would render.
fn a_server_has_the_same() {
    for selector in selectors() {
        let value = format!("webhooks.enforce.namespaceSelector={selector}");
        let objects = objects(&text(&["--set-json", &value]));
        let container = &only(&objects, "Deployment")["spec"]["template"]["spec"]["containers"][0];
        let mut args = container["args"].as_array().unwrap().iter().filter_map(Value::as_str);
        let flags = args.find_map(|arg| arg.strip_prefix("--webhooks-enforce=")).unwrap();
        let flags: Value = serde_json::from_str(flags).unwrap();
        let rendered = webhooks("ValidatingWebhookConfiguration", &["--set-json", &value]);
        let enforce = rendered.iter().find(|hook| hook["name"] == "enforce.bulkhead.dev");
        let own = enforce.map(|hook| {
            let all = hook["namespaceSelector"]["matchExpressions"].as_array().unwrap();
            // The first one is the exclusion.
            all.get(1).map_or_else(|| json!({}), |one| json!({"matchExpressions": [one]}))
        });
        assert_eq!(flags, own.unwrap_or_default(), "{selector}");
    }
}

/// `webhooks.static` or not, the same is registered.
fn the_program_has_the_same_table() {
    let service = format!("{NAMESPACE}/bulkhead:443");
    for (selector, seconds) in selectors().into_iter().zip((1..=30).cycle().step_by(7)) {
        let enforce = selector.to_string();
        let timeout = format!("webhooks.timeoutSeconds={seconds}");
        // The flags of the leader, as the chart renders them.
        let flags = objects(&text(&["--set", &timeout]));
        let container = &only(&flags, "Deployment")["spec"]["template"]["spec"]["containers"][0];
        let mut args = container["args"].as_array().unwrap().iter().filter_map(Value::as_str);
        let flags = args.find(|arg| arg.starts_with("--webhooks-timeout-seconds=")).unwrap();
        let mut command = program();
        command.args(["webhooks", "--output", "json", "--service", &service, flags]);
        command.args(["--exclude-namespaces", "calico-system", "--webhooks-enforce", &enforce]);
        let ended = run(command);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let list: Value = serde_json::from_str(&ended.stdout).unwrap();
        let value = format!("webhooks.enforce.namespaceSelector={enforce}");
        let set = format!("webhooks.excludeNamespaces={{calico-system}},{timeout}");
        let more = ["--set-json", &value, "--set", &set];
        for object in list["items"].as_array().unwrap() {
            let mut rendered = webhooks(object["kind"].as_str().unwrap(), &more);
            for hook in &mut rendered {
                // The API server fills it in.
                hook["objectSelector"] = json!({});
            }
            let by_name = |hooks: &[Value]| -> BTreeMap<String, Value> {
                hooks.iter().map(|hook| (hook["name"].to_string(), hook.clone())).collect()
            };
            let table = object["webhooks"].as_array().unwrap();
            assert_eq!(by_name(&rendered), by_name(table), "{selector}");
        }
    }
}
