//! JSON Schemas of the file forms, for editors: generated from the types, and what the types do not
//! say, such as which settings go together.
//!
//! Draft 7, because editors know it best, and without references, so that each stands alone.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::API_VERSION;
use super::compile::on_pods;
use super::types::{IsolationExceptionSpec, IsolationPolicySpec, Object};
use crate::controls::{ALL, Descriptor, Finds};
use crate::names::{LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN, NAMESPACE_PATTERN};
use crate::policy::NAMESPACE_NAME_LABEL;

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schemas by the names of their files: one per kind, and one for files with both.
pub fn schemas() -> [(&'static str, Value); 3] {
    let (policy, exception) = (policy(), exception());
    let file =
        file(&[(IsolationPolicySpec::KIND, &policy), (IsolationExceptionSpec::KIND, &exception)]);
    [
        ("isolationpolicy.schema.json", policy),
        ("isolationexception.schema.json", exception),
        ("policy-file.schema.json", file),
    ]
}

/// Each document of a file by its kind.
fn file(kinds: &[(&str, &Value)]) -> Value {
    let names: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
    let choices = kinds.iter().map(|(kind, _)| {
        json!({
            "if": {"required": ["kind"], "properties": {"kind": {"const": kind}}},
            "then": {"$ref": format!("#/definitions/{kind}")},
        })
    });
    let definitions = kinds.iter().map(|(kind, schema)| {
        let mut schema = Value::clone(schema);
        schema.as_object_mut().map(|schema| schema.remove("$schema"));
        ((*kind).to_owned(), schema)
    });
    json!({
        "$schema": DRAFT,
        "title": "Bulkhead policy file",
        "description": "Policies and exceptions of Bulkhead.",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {"apiVersion": {"const": API_VERSION}, "kind": {"enum": names}},
        "allOf": choices.collect::<Vec<_>>(),
        "definitions": definitions.collect::<Map<_, _>>(),
    })
}

fn policy() -> Value {
    let mut schema = object::<IsolationPolicySpec>(
        IsolationPolicySpec::KIND,
        "What the findings of Bulkhead's controls mean, and in which namespaces.",
    );
    let selector = "/properties/spec/properties/match/properties/namespaceSelector";
    let name = json!({"type": "string", "pattern": NAMESPACE_PATTERN});
    labels(&mut schema, selector, &json!({"const": NAMESPACE_NAME_LABEL}), &name);
    add(
        &mut schema,
        "/properties/spec/properties/namespaceLabels",
        json!({"enum": ["Ignore", null]}),
    );
    let never = json!({"properties": {"repair": {"enum": ["Never", null]}}});
    for control in ALL {
        let path =
            format!("/properties/spec/properties/controls/properties/{}", control.policy_field());
        // One that someone wrote down must not be silent: null is refused.
        let description = format!("{}: {}.", control.id, control.summary);
        add(&mut schema, &path, json!({"type": "object", "description": description}));
        if control.repairs() {
            let disabled =
                json!({"required": ["mode"], "properties": {"mode": {"const": "Disabled"}}});
            add(&mut schema, &path, json!({"if": disabled, "then": never}));
        } else {
            let none = "This control has no repair.";
            let only = json!({"enum": ["Never", null], "description": none});
            add(&mut schema, &format!("{path}/properties/repair"), only);
        }
    }
    schema
}

fn exception() -> Value {
    let mut schema = object::<IsolationExceptionSpec>(
        IsolationExceptionSpec::KIND,
        "Which findings of Bulkhead are exempted, where, for whom and until when.",
    );
    let spec = "/properties/spec";
    labels(
        &mut schema,
        &format!("{spec}/properties/podSelector"),
        &json!({"pattern": LABEL_KEY_PATTERN}),
        &json!({"type": "string", "pattern": LABEL_VALUE_PATTERN}),
    );
    let ids: Vec<_> = ALL.iter().map(|control| control.id).collect();
    add(&mut schema, &format!("{spec}/properties/controls/items"), json!({"enum": ids}));
    let subject = format!("{spec}/properties/subjects/items");
    let account = json!({"properties": {"kind": {"const": "ServiceAccount"}}});
    let named = json!({"required": ["namespace"], "properties": {"namespace": {"type": "string"}}});
    let unnamed = json!({"properties": {"namespace": {"type": "null"}}});
    add(&mut schema, &subject, json!({"if": account, "then": named, "else": unnamed}));
    add(&mut schema, spec, json!({"allOf": together()}));
    schema
}

fn one_of(ids: &[&str]) -> Value {
    if let [id] = ids { json!({"const": id}) } else { json!({"enum": ids}) }
}

/// Which fields of an exception go together.
fn together() -> Value {
    let set = |field: &str| json!({"required": [field], "properties": {field: {"const": true}}});
    let some = |field: &str| json!({"required": [field], "properties": {field: {"type": "array", "minItems": 1}}});
    let on_pairs: Vec<_> = Descriptor::ids(Finds::Pairs).collect();
    let whole_pods = json!({"type": "array", "minItems": 1, "items": {"enum": on_pods()}});
    json!([
        {
            "if": set("permanent"),
            "then": {"properties": {"expiresAt": {"type": "null"}}},
            "else": {
                "required": ["expiresAt"],
                "properties": {"expiresAt": {"type": "string"}},
            },
        },
        {
            "if": some("subjects"),
            "then": {"anyOf": [
                set("barePods"),
                {
                    "required": ["containerTypes"],
                    "properties": {"containerTypes": {"const": ["Ephemeral"]}},
                },
            ]},
        },
        {
            "if": some("pairs"),
            "then": {"properties": {"controls": {"contains": one_of(&on_pairs)}}},
        },
        {
            "if": {"properties": {"controls": whole_pods}},
            "then": {"properties": {
                "containers": {"maxItems": 0},
                "containerTypes": {"maxItems": 0},
                "images": {"maxItems": 0},
            }},
        },
    ])
}

/// What the labels of a selector can be.
fn labels(schema: &mut Value, selector: &str, key: &Value, value: &Value) {
    let path = format!("{selector}/properties/matchLabels");
    add(schema, &path, json!({"propertyNames": key, "additionalProperties": value}));
    let expression = format!("{selector}/properties/matchExpressions/items");
    add(schema, &format!("{expression}/properties/key"), key.clone());
    add(schema, &format!("{expression}/properties/values"), json!({"items": value}));
    let lists = json!({"properties": {"operator": {"enum": ["In", "NotIn"]}}});
    let listed =
        json!({"required": ["values"], "properties": {"values": {"type": "array", "minItems": 1}}});
    let none = json!({"properties": {"values": {"maxItems": 0}}});
    add(schema, &expression, json!({"if": lists, "then": listed, "else": none}));
}

/// The schema of a kind as derived from its type.
fn object<S: JsonSchema>(kind: &str, description: &str) -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let settings = settings.with_transform(RecursiveTransform(null_is_absent));
    let settings = settings.with_transform(RecursiveTransform(unwrapped));
    let mut schema = settings.into_generator().into_root_schema_for::<Object<S>>().to_value();
    add(&mut schema, "", json!({"title": kind, "description": description}));
    add(&mut schema, "/properties/apiVersion", json!({"const": API_VERSION}));
    add(&mut schema, "/properties/kind", json!({"const": kind}));
    schema
}

/// As the loader has it: a known field that is null is as if it were not there.
fn null_is_absent(schema: &mut Schema) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let required = required.as_array().map_or(&[] as &[_], Vec::as_slice);
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return;
    }
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (field, value) in fields.into_iter().flatten() {
        if let Some(value) = value.as_object_mut().filter(|_| !required.contains(&json!(field))) {
            nullable(value);
        }
    }
}

/// Lines of a comment end where the page does, not where the text does.
fn unwrapped(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

fn nullable(schema: &mut Map<String, Value>) {
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    if let Some(kind @ Value::String(_)) = schema.get_mut("type") {
        *kind = json!([kind, "null"]);
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum")
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
}

/// Adds keywords to the schema at a pointer.
fn add(schema: &mut Value, pointer: &str, keywords: Value) {
    if let (Some(Value::Object(there)), Value::Object(more)) =
        (schema.pointer_mut(pointer), keywords)
    {
        there.extend(more);
    }
}
