//! Live clusters by a pipe: the items of a List of JSON are judged one by one, however many they are.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use bulkhead::decision::Phase;
use serde_json::{Value, json};

use super::{check, command, folder, json, policy};
use crate::harness::judging::{NOW, decide, load, mutate};
use crate::support::process::peak;
use crate::support::review;

const CONTROLS: &str = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny, repair: OnCreate}, hostProcessNamespace: {mode: Warn}, supplementalGroupsPolicy: {mode: Audit}, processReach: {mode: Audit}}";

/// A pod as an API server shows it, with what is said of a running one.
fn pod(number: usize) -> Value {
    let one = |name: &str, context: Value| json!({"name": name, "image": "registry.example/app:1", "securityContext": context});
    let mut spec = json!({"containers": [
        one("app", if number.is_multiple_of(3) { json!({"runAsUser": 1000}) } else { json!({}) }),
        one("side", if number.is_multiple_of(5) { json!({"capabilities": {"add": ["SYS_PTRACE"]}}) } else { json!({}) }),
    ]});
    if number.is_multiple_of(2) {
        spec["shareProcessNamespace"] = json!(number.is_multiple_of(4));
    }
    if number.is_multiple_of(7) {
        spec["hostPID"] = json!(true);
    }
    let managed = ["f:spec \"of\" {somebody}: é", &"x".repeat(7_500)].concat();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("pod-{number}-"), "namespace": format!("team-{}", number % 10),
            "annotations": {"managed": managed}},
        "spec": spec, "status": {"phase": "Running"},
    })
}

/// Items as kubectl prints them: what kind of list it is stands behind them.
fn pretty(item: &Value) -> String {
    let mut text = Vec::new();
    let indent = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut text, indent);
    serde::Serialize::serialize(item, &mut writer).unwrap();
    String::from_utf8(text).unwrap().replace('\n', "\n        ")
}

const HEAD: &str = "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n        ";
const TAIL: &str = "\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n";

fn list(pods: impl Iterator<Item = Value>) -> String {
    let items: Vec<_> = pods.map(|pod| pretty(&pod)).collect();
    [HEAD, &items.join(",\n        "), TAIL].concat()
}

/// Runs `check -` on a list that comes piece by piece; what it printed, and the most memory that it had while
/// the end of its input was still to come.
fn piped(form: &str, items: &[String]) -> (String, u64, Option<i32>) {
    let dir = folder(&[("policy.yaml", &policy(CONTROLS))]);
    let mut started =
        command(dir.path(), &["--policy", "policy.yaml", "--at", NOW, "--output", form, "-"]);
    started.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = started.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let (end, wait) = mpsc::channel();
    let text = [HEAD, &items.join(",\n        ")].concat();
    let writer = thread::spawn(move || {
        input.write_all(text.as_bytes()).unwrap();
        wait.recv().unwrap();
        input.write_all(TAIL.as_bytes()).unwrap();
    });
    // Less than is judged at once may be waiting for more.
    let late = format!("pod-{}-", items.len() - 300);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    let mut known = 0;
    while !printed[known..].contains(&late) {
        known = printed.len();
        assert!(output.read_line(&mut printed).unwrap() > 0, "{late} never came");
    }
    let most = peak(child.id());
    end.send(()).unwrap();
    output.read_to_string(&mut printed).unwrap();
    writer.join().unwrap();
    (printed, most, child.wait().unwrap().code())
}

const PODS: usize = 5_000;

#[test]
fn memory_stays_flat_and_verdicts_are_those_of_the_webhook() {
    let items: Vec<_> = (0..PODS).map(|number| pretty(&pod(number))).collect();
    let bytes: usize = items.iter().map(String::len).sum();
    assert!(bytes > 37 << 20, "{bytes}");
    let (printed, most, code) = piped("json", &items);
    assert_eq!(code, Some(1));
    assert!(most < 64 << 20, "{} MiB", most >> 20);
    let result: Value = serde_json::from_str(&printed).unwrap();
    let rows = result["results"].as_array().unwrap();
    assert_eq!((rows.len(), &result["errors"]), (PODS, &json!([])));
    assert_eq!(result["summary"]["objects"], json!(PODS));
    let snapshot = load(&policy(CONTROLS));
    let mut denied = 0;
    for (number, row) in rows.iter().enumerate().step_by(PODS / 100) {
        assert_eq!(row["name"], json!(format!("pod-{number}-")));
        let repaired = mutate(&snapshot, &pod(number));
        let decision =
            decide(Phase::Validate, &snapshot, &review("CREATE", "pods", &repaired, &Value::Null));
        let verdict = if decision.is_denied() { "denied" } else { "allowed" };
        assert_eq!(row["verdict"], verdict, "{row}");
        let mut expected: Vec<_> = decision
            .counted
            .iter()
            .map(|ruling| format!("{} {}", ruling.control().id, ruling.mode.as_str()))
            .collect();
        let findings = row["findings"].as_array().unwrap().iter();
        let left = findings.filter(|finding| finding["repaired"] == false);
        let word = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        let mut found: Vec<_> =
            left.map(|it| format!("{} {}", word(it, "control"), word(it, "mode"))).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{row}");
        denied += usize::from(decision.is_denied());
    }
    assert!(denied > 10 && denied < 90, "{denied}");
}

#[test]
fn memory_stays_flat_for_text() {
    let items: Vec<_> = (0..PODS / 4).map(|number| pretty(&pod(number))).collect();
    let (printed, most, code) = piped("text", &items);
    assert_eq!(code, Some(1));
    assert!(most < 64 << 20, "{} MiB", most >> 20);
    assert!(printed.contains("\n1250 objects judged: "), "{}", &printed[printed.len() - 300..]);
}

/// Long enough to be read piece by piece.
const LONG: usize = 150;

/// Lists as they come from pipes, with their names.
fn lists() -> [(&'static str, String); 9] {
    let pods = || (0..LONG).map(pod);
    let one_line = |head: &str, tail: &str| {
        let items: Vec<_> = pods().map(|pod| pod.to_string()).collect();
        format!("{head}{}{tail}", items.join(","))
    };
    let bare = || {
        let mut pods: Vec<_> = pods().collect();
        for pod in &mut pods {
            pod.as_object_mut().unwrap().retain(|key, _| key != "kind" && key != "apiVersion");
        }
        json!({"kind": "PodList", "apiVersion": "v1", "items": pods})
    };
    // The members of that are in the order of their names: as they are written, the items come last.
    let items = bare()["items"].to_string();
    [
        ("as kubectl prints it", list(pods())),
        ("on one line", one_line("{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[", "]}")),
        (
            "with its kind behind",
            one_line("{\"apiVersion\":\"v1\",\"items\":[", "],\"kind\":\"List\"}"),
        ),
        (
            "as the API server prints it",
            format!(
                "{{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{{}},\"items\":{items}}}\n"
            ),
        ),
        (
            "its kind behind items that need it",
            format!("{{\"apiVersion\":\"v1\",\"items\":{items},\"kind\":\"PodList\"}}\n"),
        ),
        ("two lists", format!("{}{}", list(pods()), list(pods()))),
        ("a list and a pod", format!("{}\n{}", list(pods()), pod(4))),
        (
            "a list and YAML",
            format!("{}---\nkind: Pod\napiVersion: v1\nspec: {{hostPID: 5}}\n", list(pods())),
        ),
        ("a pod and a list", format!("{}\n{}", pod(4), list(pods()))),
    ]
}

#[test]
fn what_comes_piece_by_piece_is_judged_as_in_a_file() {
    let expected = by_files();
    for (name, text) in lists() {
        assert!(text.len() > 1 << 20, "{name}");
        let dir = folder(&[("policy.yaml", &policy(CONTROLS)), ("list.json", &text)]);
        let lines: Vec<_> = text.lines().collect();
        let (path, input) =
            if name == "on one line" { ("list.json", "") } else { ("-", text.as_str()) };
        let (result, code) =
            json(dir.path(), &["--policy", "policy.yaml", "--at", NOW, path], input);
        assert_eq!(code, if name == "a list and YAML" { 2 } else { 1 }, "{name}");
        let rows = result["results"].as_array().unwrap();
        let mut known: Vec<_> = rows.iter().map(bare_row).collect();
        if name == "a pod and a list" {
            known.remove(0);
        } else if name == "two lists" {
            assert_eq!(known.split_off(LONG), expected);
        }
        known.truncate(LONG);
        assert_eq!(known, expected, "{name}");
        for row in rows {
            positions_are_right(name, &lines, row);
        }
    }
}

/// The same pods, each a document of a file that is judged whole.
fn by_files() -> Vec<Value> {
    let mut rows = Vec::new();
    for begin in (0..LONG).step_by(50) {
        let documents: String =
            (begin..begin + 50).map(|number| pod(number).to_string() + "\n").collect();
        assert!(documents.len() < 1 << 20);
        let dir = folder(&[("policy.yaml", &policy(CONTROLS)), ("pods.json", &documents)]);
        let args = ["--policy", "policy.yaml", "--at", NOW, "pods.json"];
        rows.extend(
            json(dir.path(), &args, "").0["results"].as_array().unwrap().iter().map(bare_row),
        );
    }
    rows
}

/// A result without what depends on how it is written.
fn bare_row(row: &Value) -> Value {
    let mut row = row.clone();
    for key in ["file", "line"] {
        row.as_object_mut().unwrap().remove(key);
    }
    for finding in row["findings"].as_array_mut().unwrap() {
        for key in ["line", "column"] {
            finding.as_object_mut().unwrap().remove(key);
        }
    }
    row
}

/// Each position is that of a key or, where the field is not written, of what is around it.
fn positions_are_right(name: &str, lines: &[&str], row: &Value) {
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    assert!(lines[number(&row["line"]) - 1].contains('{'), "{name}: {row}");
    for finding in row["findings"].as_array().unwrap() {
        let line: Vec<char> = lines[number(&finding["line"]) - 1].chars().collect();
        let there: String = line[number(&finding["column"]) - 1..].iter().take(60).collect();
        let field = finding["path"].as_str().unwrap().rsplit('.').next().unwrap();
        let is_key =
            there.starts_with(&format!("\"{field}\"")) || there.starts_with("\"SYS_PTRACE\"");
        let is_parent = there.starts_with("\"spec\"") || there.starts_with('{');
        assert!(is_key || is_parent, "{name}: {field} at {there}");
    }
}

#[test]
fn what_is_no_list_of_json_has_a_limit() {
    let dir = folder(&[]);
    let yaml = format!("# {}\n", "x".repeat(78)).repeat(420_000);
    let ended = check(dir.path(), &["-"], &yaml);
    let expected = "error: -: cannot be read: larger than 32 MiB; only a List of JSON may be larger, whose items are read one by one (kubectl get pods -A -o json)\n";
    assert_eq!((ended.stderr.as_str(), ended.code), (expected, Some(2)));
    // A list whose items are no objects, or one object that large.
    for text in [
        format!("{{\"kind\":\"List\",\"items\":[{}]}}", vec!["null"; 7 << 20].join(",")),
        format!("{{\"kind\":\"Pod\",\"spec\":\"{}\"}}", "x".repeat(33 << 20)),
    ] {
        assert_eq!(check(dir.path(), &["-"], &text).stderr, expected);
    }
}

#[test]
fn a_list_that_breaks_is_an_error_behind_what_came_before() {
    let whole = list((0..LONG).map(pod));
    let cut = whole.len() - TAIL.len();
    let table: &[(&str, String, &str)] = &[
        ("cut", whole[..cut - 100].to_owned(), "the list ends in the middle"),
        ("cut behind an item", whole[..cut].to_owned(), "the list ends in the middle"),
        ("cut behind its items", whole[..cut + 20].to_owned(), "the list ends in the middle"),
        (
            "no comma",
            [&whole[..cut], " {}", TAIL].concat(),
            "`,` or `]` was expected behind an object of the list",
        ),
        (
            "a number",
            [&whole[..cut], ", 5", TAIL].concat(),
            "an object of the list was expected here, or its end",
        ),
        (
            "a comma at the end",
            [&whole[..cut], ",", TAIL].concat(),
            "an object of the list was expected here, or its end",
        ),
        ("no JSON in an item", [&whole[..cut], ", {a: 5}", TAIL].concat(), "it is no JSON"),
        (
            "a pod with items",
            whole.replace("\"kind\": \"List\"", "\"kind\": \"Pod\""),
            "kubectl takes a Pod with `items` for a list: remove `items`",
        ),
        (
            "a list without a kind",
            whole.replace("\"kind\": \"List\"", "\"kid\": \"List\""),
            "kind is missing, or no text",
        ),
        (
            "two lists in one",
            whole.replace("\"kind\": \"List\"", "\"items\": [], \"kind\": \"List\""),
            "`items` is repeated: kubectl takes the last one, and all were judged; keep one of them",
        ),
    ];
    for (name, text, message) in table {
        let (result, code) = json(folder(&[]).path(), &["-"], text);
        assert_eq!((&result["errors"][0]["message"], code), (&json!(message), 2), "{name}");
        let rows = result["results"].as_array().unwrap().len();
        assert!(rows >= LONG - 1, "{name}: {rows}");
    }
}

#[test]
fn one_line_shows_what_is_around_a_finding() {
    let text =
        json!({"apiVersion": "v1", "kind": "List", "items": (0..3).map(pod).collect::<Vec<_>>()});
    for text in [text.to_string(), list((0..LONG).map(pod)).replace('\n', "")] {
        let dir = folder(&[("policy.yaml", &policy(CONTROLS))]);
        let ended = check(dir.path(), &["--policy", "policy.yaml", "-"], &text);
        assert!(ended.stdout.contains("shareProcessNamespace"), "{}", ended.stdout);
        let shown = ended.stdout.lines().filter(|line| line.contains(" | "));
        let longest = shown.map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 200, "{longest}");
    }
}
