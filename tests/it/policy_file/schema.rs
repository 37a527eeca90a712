//! The JSON Schemas of the file forms: that they are what the types say, and that they agree with
//! the loader.

use std::fs;
use std::path::Path;

use bulkhead::api::{Namespaces, schemas};
use bulkhead::manifest::documents;
use bulkhead::policy::Snapshot;
use bulkhead::policy_file::{EMBEDDED_DEFAULT, PolicyText, Problems};
use jsonschema::Validator;
use serde_json::Value;

use super::tables::{BAD_EXCEPTIONS, BAD_POLICIES, EXCEPTION, FULL, POLICY};

fn load(text: &str) -> Result<Snapshot, Problems> {
    PolicyText::new("policy.yaml", text).load(Namespaces::ByName)
}

/// With `BULKHEAD_WRITE_DOCS=1` the files are written instead.
#[test]
fn the_files_are_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    let write = std::env::var_os("BULKHEAD_WRITE_DOCS").is_some_and(|value| value == "1");
    for (name, schema) in schemas() {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = folder.join(name);
        if write {
            fs::create_dir_all(&folder).unwrap();
            fs::write(path, text).unwrap();
        } else {
            let there = fs::read_to_string(path).unwrap_or_default();
            assert!(there == text, "{name} is not up to date: run `make docs`");
        }
    }
}

/// What an editor checks a file with: each schema, and the kind it is for (`None`: any).
struct Editor(Vec<(Option<&'static str>, Validator)>);

impl Editor {
    fn new() -> Self {
        let kinds = [Some("IsolationPolicy"), Some("IsolationException"), None];
        let schemas = schemas().into_iter().zip(kinds).map(|((name, schema), kind)| {
            assert!(jsonschema::meta::is_valid(&schema), "{name}");
            assert!(kind.is_none() || schema["title"] == kind.unwrap(), "{name}");
            let options = jsonschema::options().should_validate_formats(true);
            (kind, options.build(&schema).unwrap())
        });
        Self(schemas.collect())
    }

    /// What is wrong with the documents of a text; the schemas must be of one opinion.
    fn complaints(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for document in documents(text) {
            let value = serde_json::to_value(document.unwrap().root).unwrap();
            let fits = self.0.iter().filter(|(kind, _)| kind.is_none_or(|it| value["kind"] == it));
            let reported: Vec<Vec<_>> = fits
                .map(|(_, schema)| schema.iter_errors(&value).map(|it| it.to_string()).collect())
                .collect();
            assert!(
                reported.iter().all(|one| one.is_empty() == reported[0].is_empty()),
                "{reported:?}"
            );
            found.extend(reported.into_iter().next().unwrap_or_default());
        }
        found
    }

    fn agrees(&self, text: &str) {
        let (loaded, complaints) = (load(text), self.complaints(text));
        assert_eq!(loaded.is_ok(), complaints.is_empty(), "{text}\n{loaded:?}\n{complaints:#?}");
    }
}

/// (what stands in a file that the loader refuses and a schema lets pass, why it has to)
const BEYOND_SCHEMAS: &[(&str, &str)] = &[
    ("name: p}", "a schema sees one document, and the name may stand in another"),
    (
        "podSelector: {matchExpressions: [{key: DOMAIN/app, operator: Exists}]}",
        "one pattern cannot bound the length of a domain in front of a name",
    ),
];

/// (what replaces the end of an exception that the loader takes and a schema does not, why)
const BEYOND_THE_LOADER: &[(&str, &str)] =
    &[("2026-12-01T12Z", "`date-time` means RFC 3339, and the loader takes more of ISO 8601")];

#[test]
fn what_is_accepted_is_valid() {
    let editor = Editor::new();
    let page = include_str!("../../../docs/policy.md");
    let examples = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut texts: Vec<_> = examples.map(str::to_owned).collect();
    assert!(texts.len() >= 2, "the page has examples");
    texts.extend([FULL, EMBEDDED_DEFAULT, EXCEPTION].map(str::to_owned));
    for text in &texts {
        load(text).unwrap();
        assert_eq!(editor.complaints(text), [""; 0], "{text}");
    }
    for (end, why) in BEYOND_THE_LOADER {
        let text = EXCEPTION.replace("permanent: true", &format!("expiresAt: {end}"));
        load(&text).unwrap();
        assert_ne!(editor.complaints(&text), [""; 0], "not beyond: {why}");
    }
}

#[test]
fn what_is_refused_is_not_valid() {
    let editor = Editor::new();
    let policies = BAD_POLICIES.iter().map(|(spec, _)| format!("{POLICY}{spec}\n"));
    let exceptions = BAD_EXCEPTIONS.iter().map(|(from, to, _)| EXCEPTION.replace(from, to));
    let kinds = ["kind: Policy", "kind: isolationPolicy", "kind: 1"]
        .map(|kind| EXCEPTION.replace("kind: IsolationException", kind));
    let version = EXCEPTION.replace("v1alpha1", "v1");
    for text in policies.chain(exceptions).chain(kinds).chain([version]) {
        load(&text).unwrap_err();
        assert_ne!(editor.complaints(&text), [""; 0], "{text}");
    }
    for (words, why) in BEYOND_SCHEMAS {
        let words = words.replace("DOMAIN", &"a".repeat(254));
        let object = match words.strip_prefix("name: ") {
            Some(_) => format!("{POLICY}  controls: {{}}\n---\n{POLICY}  controls: {{}}\n"),
            None => format!("{EXCEPTION}  {words}\n"),
        };
        load(&object).unwrap_err();
        assert_eq!(editor.complaints(&object), [""; 0], "not beyond: {why}");
    }
}

#[test]
fn null_is_absent_in_both() {
    let editor = Editor::new();
    let settings = [
        ("shareProcessNamespace", "repair"),
        ("ptraceCapability", "repair ignore scope privileged"),
        ("hostProcessNamespace", "repair"),
        ("supplementalGroupsPolicy", "repair onUnsupportedNodes overrideMerge"),
        ("processReach", "repair aspects certainty transitive"),
    ];
    for (control, fields) in settings {
        editor.agrees(&format!("{POLICY}  controls: {{{control}: }}\n"));
        for field in fields.split(' ').chain(["mode"]) {
            let mode = if field == "mode" { "" } else { "mode: Deny, " };
            editor.agrees(&format!("{POLICY}  controls: {{{control}: {{{mode}{field}: }}}}\n"));
        }
    }
    for field in ["match", "namespaceLabels", "rulesVersion", "unknown"] {
        editor.agrees(&format!("{POLICY}  {field}:\n  controls: {{}}\n"));
    }
    for line in EXCEPTION.lines().filter(|line| *line != "spec:") {
        let key = line.split(':').next().unwrap();
        editor.agrees(&EXCEPTION.replace(line, &format!("{key}:")));
        editor.agrees(&EXCEPTION.replace(&format!("{line}\n"), ""));
    }
    for field in
        "expiresAt podSelector containers containerTypes pairs images subjects barePods".split(' ')
    {
        editor.agrees(&format!("{EXCEPTION}  {field}:\n"));
        editor.agrees(&format!("{EXCEPTION}  {field}: []\n"));
    }
    editor.agrees(&format!("{EXCEPTION}status:\n"));
    editor.agrees(&format!("{EXCEPTION}status: {{any: [thing]}}\n"));
    editor.agrees(&EXCEPTION.replace("{name: e}", "{name: e, uid: x, annotations: {a: b}}"));
}

#[test]
fn names_are_the_same_in_both() {
    let editor = Editor::new();
    let long = |length: usize| "a".repeat(length);
    let mut names: Vec<String> = [63, 64, 253, 254].into_iter().map(long).collect();
    let own = "a 1a a-b a.b a_b A -a a- a. .a a..b a.-b a/b a/B A/b a/ /a a/b/c * kube-* é";
    names.extend(own.split(' ').map(str::to_owned));
    names.extend([String::new(), " ".to_owned(), "a\n".to_owned(), format!("{}/a", long(253))]);
    names.push(format!("a/{}", long(64)));
    for name in names {
        let name = Value::from(name).to_string();
        editor.agrees(&EXCEPTION.replace("{name: e}", &format!("{{name: {name}}}")));
        editor.agrees(&EXCEPTION.replace("[a]", &format!("[{name}]")));
        editor.agrees(&EXCEPTION.replace("because", &name));
        for selector in [
            format!("matchLabels: {{{name}: b}}"),
            format!("matchLabels: {{a: {name}}}"),
            format!("matchExpressions: [{{key: {name}, operator: Exists}}]"),
            format!("matchExpressions: [{{key: a, operator: NotIn, values: [{name}]}}]"),
        ] {
            editor.agrees(&format!("{EXCEPTION}  podSelector: {{{selector}}}\n"));
            let selector = selector.replace(" a,", " kubernetes.io/metadata.name,");
            let selector = selector.replace("{a:", "{kubernetes.io/metadata.name:");
            editor.agrees(&format!(
                "{POLICY}  match: {{namespaceSelector: {{{selector}}}}}\n  controls: {{}}\n"
            ));
        }
        editor.agrees(&format!(
            "{POLICY}  match: {{excludeNamespaces: [{name}]}}\n  controls: {{}}\n"
        ));
    }
}

#[test]
fn modes_and_repairs_go_together_in_both() {
    let editor = Editor::new();
    for control in bulkhead::controls::ALL {
        for mode in ["Disabled", "Audit", "Warn", "Deny", "deny"] {
            for repair in ["", ", repair: Never", ", repair: OnCreate", ", repair: Always"] {
                let field = control.policy_field();
                editor.agrees(&format!(
                    "{POLICY}  controls: {{{field}: {{mode: {mode}{repair}}}}}\n"
                ));
            }
        }
    }
}

#[test]
fn ends_and_narrowing_go_together_in_both() {
    let editor = Editor::new();
    let ends = ["", "permanent: true", "permanent: false", "permanent: "];
    for end in ends {
        for time in [
            "2026-12-01T12:00:00Z",
            "2026-12-01T12:00:00+01:00",
            "tomorrow",
            "",
            "2026-13-01T00:00:00Z",
        ] {
            let text = EXCEPTION.replace("permanent: true", end);
            editor.agrees(&text);
            editor.agrees(&format!("{text}  expiresAt: {time}\n"));
        }
    }
    let controls = [
        "[]",
        "[process-reach]",
        "[host-process-namespace]",
        "[host-process-namespace, process-reach]",
    ];
    for controls in controls {
        let text = EXCEPTION.replace("[share-process-namespace]", controls);
        for field in [
            "pairs: [{from: a, to: b}]",
            "containers: [a]",
            "containerTypes: [Init]",
            "images: [a]",
            "images: [\"*.example:5000/**/x-*:v*\", \"[::1]:80/A\", A/b, \"a@*:*\"]",
            "images: []",
        ] {
            editor.agrees(&format!("{text}  {field}\n"));
        }
    }
}

#[test]
fn subjects_and_expressions_go_together_in_both() {
    let editor = Editor::new();
    let text = EXCEPTION.replace("[share-process-namespace]", "[ephemeral-target]");
    for subject in [
        "{kind: User, name: u}",
        "{kind: User, name: u, namespace: n}",
        "{kind: User, name: ''}",
        "{kind: ServiceAccount, name: u}",
        "{kind: ServiceAccount, name: u, namespace: }",
        "{kind: ServiceAccount, name: u, namespace: n}",
        "{kind: Robot, name: u}",
    ] {
        for bound in [
            "barePods: true",
            "barePods: false",
            "containerTypes: [Ephemeral]",
            "containerTypes: [Ephemeral, Init]",
            "containerTypes: ",
        ] {
            editor.agrees(&format!("{text}  {bound}\n  subjects: [{subject}]\n"));
        }
    }
    for operator in ["In", "NotIn", "Exists", "DoesNotExist", "in"] {
        for values in ["", ", values: []", ", values: ", ", values: [a]"] {
            let expression = format!("{{key: a, operator: {operator}{values}}}");
            editor.agrees(&format!("{text}  podSelector: {{matchExpressions: [{expression}]}}\n"));
        }
    }
}

/// Every field that can be written is explained.
#[test]
fn every_field_is_described() {
    fn walk(schema: &Value, path: &str, missing: &mut Vec<String>) {
        for (field, value) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{field}");
            if value["description"].as_str().is_none_or(str::is_empty) {
                missing.push(path.clone());
            }
            walk(value, &path, missing);
            walk(&value["items"], &path, missing);
        }
    }
    let mut missing = Vec::new();
    for (name, schema) in schemas().into_iter().take(2) {
        walk(&schema, name, &mut missing);
    }
    assert_eq!(missing, [""; 0]);
}
