//! What kubectl and the API server make of texts, beside what `bulkhead check` makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bulkhead::manifest::documents;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::setup::{DENY, Namespace, World};
use crate::support::{policy, program};
use crate::tier::client::listed;

/// What became of a text that kubectl sent.
#[derive(Debug, Default)]
struct Sent {
    /// What counts of the objects that were allowed, as the API server has them, by name.
    allowed: BTreeMap<String, Value>,
    /// The lines of each denial, in the order of the text.
    denied: Vec<Vec<String>>,
    /// What the API server's own validation says of objects that it could read.
    invalid: Vec<String>,
    /// How often kubectl could not read or send something, or the API server could not read it.
    refused: usize,
}

/// What `bulkhead check` says of a text.
#[derive(Debug, Default)]
struct Checked {
    /// The names of the objects, in the order of the text, with the lines that deny them.
    judged: Vec<(String, Vec<String>)>,
    errors: usize,
}

/// Judges each text in three ways and compares: `check`, kubectl where Bulkhead guards, and where
/// it does not, to see the values. The word TEXT in a text becomes a name. Those of `no_users`
/// name users that the API server's validation refuses.
pub(crate) fn agree(world: &World, texts: Vec<String>, no_users: &[String]) {
    let folder = TempDir::new().unwrap();
    let mut named = BTreeMap::new();
    for (place, text) in texts.into_iter().enumerate() {
        let name = format!("t{place:03}");
        let written = text.replace("TEXT", &name);
        std::fs::write(folder.path().join(format!("{name}.yaml")), &written).unwrap();
        named.insert(name, (written, no_users.contains(&text)));
    }
    let mut open = kubectl(&world.namespace(), folder.path());
    let mut guarded = kubectl(&world.under(DENY), folder.path());
    let mut checked = check(folder.path());
    let mut wrong = Vec::new();
    for (name, (text, no_user)) in &named {
        let [open, guarded] = [&mut open, &mut guarded].map(|all| all.remove(name));
        let (open, guarded) = (open.unwrap_or_default(), guarded.unwrap_or_default());
        let checked = checked.remove(name).unwrap_or_default();
        let found = differences(text, (&open, &guarded), &checked, *no_user);
        if !found.is_empty() {
            let all = format!("open {open:?}\nguarded {guarded:?}\n{checked:?}");
            wrong.push(format!("{text:?}\n{}\n{all}\n", found.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(open.is_empty() && guarded.is_empty() && checked.is_empty(), "about no text");
}

fn kubectl(namespace: &Namespace, folder: &Path) -> BTreeMap<String, Sent> {
    let folder = folder.to_str().unwrap();
    let create = ["create", "--dry-run=server", "--output=json", "-f", folder];
    let said = namespace.kubectl(&create, "");
    let mut all = BTreeMap::<String, Sent>::new();
    for object in serde_json::Deserializer::from_str(&said.stdout).into_iter::<Value>() {
        let object = object.unwrap();
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let text = name.split('-').next().unwrap().to_owned();
        all.entry(text).or_default().allowed.insert(name, counting(&object));
    }
    // Every error names its file, and the words before that say what it is.
    let parts: Vec<_> = said.stderr.split(&format!("{folder}/")).collect();
    for pair in parts.windows(2) {
        let (before, about) = (pair[0], pair[1]);
        let sent = all.entry(about.split('.').next().unwrap().to_owned()).or_default();
        if before.ends_with("(Forbidden): error when creating \"") {
            let lines = listed(about.split_once("denied the request: ").unwrap().1);
            sent.denied.push(lines.into_iter().take_while(|line| line.ends_with(BY)).collect());
        } else if before.ends_with("(Invalid): error when creating \"") {
            sent.invalid.push(about.lines().next().unwrap().to_owned());
        } else {
            sent.refused += 1;
        }
    }
    all
}

const BY: &str = ", policy test]";

fn check(folder: &Path) -> BTreeMap<String, Checked> {
    let own = TempDir::new().unwrap();
    let file = own.path().join("policy.yaml");
    std::fs::write(&file, policy(DENY)).unwrap();
    let mut command = program();
    command.args(["check", "--output", "json", "--policy"]).arg(file).arg(folder);
    let output = command.output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = |key: &str| said[key].as_array().unwrap().clone();
    let (results, errors) = (rows("results"), rows("errors"));
    let denied = results.iter().any(|result| result["verdict"] == "denied");
    let code = if errors.is_empty() { i32::from(denied) } else { 2 };
    assert_eq!(output.status.code(), Some(code), "{said:#}");
    let text = |row: &Value| {
        let file = Path::new(row["file"].as_str().unwrap());
        file.file_stem().unwrap().to_str().unwrap().to_owned()
    };
    let mut all = BTreeMap::<String, Checked>::new();
    for result in &results {
        let findings = result["findings"].as_array().unwrap().iter();
        let line = |finding: &Value| {
            let word = |key: &str| finding[key].as_str().unwrap();
            format!("{} [{}{BY}", word("message"), word("control"))
        };
        let lines: Vec<_> = findings.map(line).collect();
        assert_eq!(result["verdict"] == "denied", !lines.is_empty());
        let name = result["name"].as_str().unwrap().to_owned();
        all.entry(text(result)).or_default().judged.push((name, lines));
    }
    for error in &errors {
        all.entry(text(error)).or_default().errors += 1;
    }
    all
}

/// The values that count of each object of a text as we read it, by name.
fn values(text: &str) -> BTreeMap<String, Value> {
    let roots = documents(text).filter_map(Result::ok);
    let roots = roots.map(|document| serde_json::to_value(&document.root).unwrap());
    let objects = roots.flat_map(|root| match root["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![root],
    });
    let name = |object: &Value| Some(object["metadata"]["name"].as_str()?.to_owned());
    objects.filter_map(|object| Some((name(&object)?, counting(&object)))).collect()
}

/// Values as the API server writes them, which leaves out `hostPID: false`.
fn counting(object: &Value) -> Value {
    let spec = &object["spec"];
    let user = &spec["securityContext"]["runAsUser"];
    json!([spec["shareProcessNamespace"], spec["hostPID"] == true, user])
}

/// What the three do not agree on.
fn differences(
    text: &str,
    (open, guarded): (&Sent, &Sent),
    checked: &Checked,
    no_user: bool,
) -> Vec<&'static str> {
    let quoted = |message: &String| message.split('"').nth(2).map(str::to_owned);
    let invalid: BTreeSet<_> = open.invalid.iter().filter_map(quoted).collect();
    let read: BTreeSet<_> = open.allowed.keys().cloned().chain(invalid.clone()).collect();
    let ours: BTreeSet<_> = checked.judged.iter().map(|(name, _)| name.clone()).collect();
    let values = values(text);
    let is_same = |(name, sent): (&String, &Value)| values.get(name) == Some(sent);
    let is_out_of_range = |name: &String| {
        let user = values.get(name).map_or(&Value::Null, |value| &value[2]);
        let says = format!("Invalid value: {user}: must be between 0 and 2147483647");
        open.invalid.iter().any(|message| message.contains(&says))
    };
    // What stands behind an error is judged, but not sent.
    let sent = || checked.judged.iter().filter(|(name, _)| open.allowed.contains_key(name));
    let (allowed, denied): (Vec<_>, Vec<_>) = sent().partition(|(_, lines)| lines.is_empty());
    let agreed = [
        ("whether it can be read", (open.refused > 0) == (checked.errors > 0)),
        (
            "which objects it has",
            if open.refused > 0 { read.is_subset(&ours) } else { read == ours },
        ),
        ("the values", open.allowed.iter().all(is_same)),
        ("who is no user", no_user != invalid.is_empty() && invalid.iter().all(is_out_of_range)),
        ("what is allowed", guarded.allowed.keys().eq(allowed.iter().map(|(name, _)| name))),
        ("why it is denied", guarded.denied.iter().eq(denied.iter().map(|(_, lines)| lines))),
        (
            "what else is wrong",
            (open.refused, &open.invalid) == (guarded.refused, &guarded.invalid),
        ),
    ];
    agreed.into_iter().filter_map(|(what, same)| (!same).then_some(what)).collect()
}
