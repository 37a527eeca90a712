//! `bulkhead selftest`: what `helm test` runs.

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Arg, Args};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::exit::Exit;
use super::inputs;
use super::terminal::printable;
use crate::admission;
use crate::api::Namespaces;
use crate::cluster::{self, RegisteredWebhook};
use crate::config::AccessArgs;
use crate::decision;
use crate::files;
use crate::policy::{Snapshot, Surroundings};
use crate::policy_file::PolicyText;
use crate::registration::{self, ENDPOINTS, Endpoint};
use crate::telemetry::chain;
use crate::text::plural;

const MORE: &str = "\
Examples:
  bulkhead selftest --policy policy.yaml        in a pod that may read the registration and the Service
  bulkhead selftest --kubeconfig ~/.kube/config --policy policy.yaml

Exit codes:
  0  the answer is that of the policy
  1  it is another one, or nobody answered as long as was waited for
  2  a flag or a file cannot be used, or the API server refused; the message says why";

/// Post an example to the webhook as it is registered, and compare the answer with the policy
///
/// The example is a pod whose containers see each other's processes, and one of which may trace them. It
/// goes to the Service that the webhook configuration names, as from the API server: by its name, and
/// trusted by the registered caBundle alone. Nothing is created.
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE, mut_args(of_kubeconfig))]
pub(super) struct SelftestArgs {
    /// Policy file that should be in force [default: an embedded policy that warns]
    #[arg(long, env = "BULKHEAD_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Name of the two webhook configurations
    #[arg(long, env = "BULKHEAD_WEBHOOKS_NAME", value_name = "NAME", default_value = registration::DEFAULT_NAME)]
    webhooks_name: String,
    /// How long to ask until the answer is that of the policy, in seconds: a new policy takes up to about 90
    /// to reach every replica
    #[arg(long, value_name = "SECONDS", default_value = "120")]
    wait: u64,
    #[command(flatten)]
    access: AccessArgs,
}

/// The flags of [`AccessArgs`], as this verb has them.
fn of_kubeconfig(arg: Arg) -> Arg {
    if arg.get_id() == "context" { arg.requires("kubeconfig") } else { arg }
}

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks, and compares.
pub(super) fn run(args: SelftestArgs) -> anyhow::Result<Exit> {
    let snapshot = policy(&args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(test(args, &snapshot))
}

fn policy(args: &SelftestArgs) -> anyhow::Result<Snapshot> {
    let text = match &args.policy {
        None => PolicyText::embedded_default(),
        Some(path) => {
            let name = path.display().to_string();
            PolicyText::new(name, inputs::named_by_flag(path, files::MOST)?)
        }
    };
    Ok(text.load(Namespaces::ByName)?)
}

async fn test(args: SelftestArgs, snapshot: &Snapshot) -> anyhow::Result<Exit> {
    let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == "validate");
    let endpoint = endpoint.context("there is no endpoint validate")?;
    let path = format!("/{}", endpoint.path);
    let client = cluster::connect(&args.access.into())?;
    let end = Instant::now() + Duration::from_secs(args.wait);
    loop {
        let tried = async {
            let webhook = RegisteredWebhook::find(&client, &args.webhooks_name, &path).await?;
            ask(webhook.context("nothing is registered yet")?, endpoint, snapshot).await
        };
        let tried = tried.await;
        let late = Instant::now() >= end;
        match tried {
            Ok(right) => {
                writeln!(stdout(), "{}", printable(&right))?;
                return Ok(Exit::Clean);
            }
            Err(wrong) if late => {
                writeln!(stdout(), "{}", printable(&format!("failed: {}", chain(wrong.as_ref()))))?;
                return Ok(Exit::Findings);
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// What was answered, if that is right.
async fn ask(
    webhook: RegisteredWebhook,
    endpoint: &Endpoint,
    snapshot: &Snapshot,
) -> anyhow::Result<String> {
    let review = example().to_string().into_bytes();
    let expected = answer(&review, endpoint, snapshot)?;
    let found: Value = serde_json::from_str(&webhook.post(review).await?)
        .with_context(|| format!("the answer of {} is no JSON", webhook.label()))?;
    let (label, said) = (webhook.label(), verdict(&found));
    if is_as(&found, &expected) {
        return Ok(format!("{label} {said}, as the policy says"));
    }
    Err(anyhow!("{label} {said}; by the policy it should have {}", verdict(&expected)))
}

/// What this policy makes of a review.
fn answer(review: &[u8], endpoint: &Endpoint, snapshot: &Snapshot) -> anyhow::Result<Value> {
    let request = admission::decode(review, endpoint.judges)?;
    let change = request.change.as_ref().context("the example is not judged")?;
    let surroundings = Surroundings::default();
    let (namespace, requester) = (request.target.namespace.as_ref(), Some(&request.requester));
    let context = surroundings.context(namespace, requester, Timestamp::now());
    let decision = decision::decide(endpoint.phase, change, snapshot, &context);
    Ok(serde_json::from_slice(&admission::encode(&request, &decision)?)?)
}

/// Whether two answers are one verdict. How a denial ends is no part of it: that is a setting.
fn is_as(found: &Value, expected: &Value) -> bool {
    let message = |answer: &Value| text_at(answer, "/response/status/message").unwrap_or_default();
    let same = |field: &&str| found.pointer(field) == expected.pointer(field);
    ["/response/allowed", "/response/warnings", "/response/auditAnnotations"].iter().all(same)
        && message(found).starts_with(&message(expected))
}

fn text_at(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

/// An answer in words.
fn verdict(answer: &Value) -> String {
    let allowed = answer.pointer("/response/allowed").and_then(Value::as_bool);
    match (allowed, text_at(answer, "/response/status/message")) {
        (Some(true), _) => {
            let warnings = answer.pointer("/response/warnings").and_then(Value::as_array);
            let warnings = warnings.map_or(0, Vec::len);
            let findings = text_at(answer, "/response/auditAnnotations/findings");
            let recorded = findings.map_or(String::new(), |text| format!(", recorded: {text}"));
            format!("allowed the example with {}{recorded}", plural(warnings, "warning"))
        }
        (Some(false), Some(message)) => format!("denied the example: {message}"),
        (Some(false), None) | (None, _) => format!("answered {answer}"),
    }
}

/// A review of a pod that every policy for sharing pods has something to say about.
fn example() -> Value {
    let shell = json!({
        "name": "shell", "image": "example",
        "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}},
    });
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "bulkhead-selftest", "namespace": "bulkhead-selftest"},
        "spec": {
            "shareProcessNamespace": true,
            "containers": [{"name": "app", "image": "example"}, shell],
        },
    });
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "bulkhead-selftest", "operation": "CREATE", "dryRun": true,
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "name": "bulkhead-selftest", "namespace": "bulkhead-selftest",
            "userInfo": {"username": "bulkhead-selftest"}, "object": pod, "oldObject": null,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(mode: &str) -> Value {
        let policy = format!(
            "apiVersion: bulkhead.dev/v1alpha1\nkind: IsolationPolicy\nmetadata: {{name: test}}\n\
             spec: {{controls: {{ptraceCapability: {{mode: {mode}}}}}}}\n"
        );
        let snapshot = PolicyText::new("test", policy).load(Namespaces::ByName).unwrap();
        let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == "validate").unwrap();
        answer(example().to_string().as_bytes(), endpoint, &snapshot).unwrap()
    }

    #[test]
    fn each_mode_is_an_answer_of_its_own() {
        let answers = ["Deny", "Warn", "Audit", "Disabled"].map(by);
        for (at, one) in answers.iter().enumerate() {
            for (beside, other) in answers.iter().enumerate() {
                assert_eq!(is_as(one, other), at == beside, "{one} {other}");
            }
        }
        let [denied, warned, ..] = &answers;
        assert!(verdict(denied).starts_with("denied the example: "), "{denied}");
        assert!(verdict(warned).starts_with("allowed the example with 1 warning"), "{warned}");
    }

    #[test]
    fn the_end_of_a_denial_is_a_setting() {
        let (expected, mut found) = (by("Deny"), by("Deny"));
        let message = found["response"]["status"]["message"].as_str().unwrap();
        found["response"]["status"]["message"] =
            format!("{message}\nMore: https://x.example").into();
        assert!(is_as(&found, &expected));
        assert!(!is_as(&expected, &found));
    }
}
