use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};

use super::kinds::{Kind, Layout};
use super::view::view;
use super::wire::{Object, Template};
use crate::path::{Fault, FieldPath, Step, expected, found};
use crate::pod::PodView;

/// Reads an object of a kind; `None` where it has no template and need not have one.
pub fn read<'a>(json: &'a str, kind: &Kind) -> Result<Option<PodView<'a>>, Fault> {
    let object: Object<'a> = parse(json.as_bytes())?;
    if kind.layout == Layout::Pod {
        return pod(object).map(Some);
    }
    raw_template(&object, kind)?.map(|raw| template(raw, kind.layout)).transpose()
}

/// The view of a pod. A member that every object of its kind has must be there: without it
/// nothing would be found, unread.
pub(crate) fn pod(object: Object<'_>) -> Result<PodView<'_>, Fault> {
    let spec = object.spec.ok_or_else(|| Fault::missing(FieldPath::of(&["spec"])))?;
    Ok(view(Layout::Pod.root(), object.metadata, spec))
}

/// The template of an object, as it stands. A ReplicationController may have none: it has no pods
/// to judge then.
pub(crate) fn raw_template<'a>(
    object: &Object<'a>,
    kind: &Kind,
) -> Result<Option<&'a RawValue>, Fault> {
    let spec = object.spec.as_ref();
    let raw = match kind.layout {
        Layout::Pod => None,
        Layout::Template => object.template,
        Layout::SpecTemplate => spec.and_then(|spec| spec.template),
        Layout::JobTemplate => spec
            .and_then(|spec| spec.job_template.as_ref())
            .and_then(|job| job.spec.as_ref())
            .and_then(|job| job.template),
    };
    if raw.is_none() && kind.kind != "ReplicationController" {
        return Err(Fault::missing(kind.layout.template()));
    }
    Ok(raw)
}

/// The view of the pods of a template.
pub(crate) fn template(raw: &RawValue, layout: Layout) -> Result<PodView<'_>, Fault> {
    let below = |fault: Fault| fault.below(layout.template());
    let template: Template<'_> = parse(raw.get().as_bytes()).map_err(below)?;
    let lacks = || below(Fault::missing(FieldPath::of(&["spec"])));
    let mut pod = view(layout.root(), template.metadata, template.spec.ok_or_else(lacks)?);
    // Whoever makes pods of it is their controller.
    pod.controlled = true;
    Ok(pod)
}

/// Reads JSON; the error says where, and what was expected.
pub(crate) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(json)
        .map_err(|error| if json.len() <= EXPLAINED { explain::<T>(json) } else { located(&error) })
}

/// Longer texts are not read again to say where they are wrong: that takes longer than reading them
/// did.
const EXPLAINED: usize = 512 * 1024;

/// Where a long text is wrong, by its column.
fn located(error: &serde_json::Error) -> Fault {
    let path = if error.is_data() { FieldPath::of(&["..."]) } else { FieldPath::ROOT };
    Fault::new(path, format!("{} (column {})", safe(error), error.column()))
}

/// Reads again, slowly, for the path of what is wrong.
fn explain<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Fault {
    let mut reader = serde_json::Deserializer::from_slice(json);
    // Where text is no JSON at all, the field it was in when that showed does not matter.
    let fault = |path: &Path, error: &serde_json::Error| {
        Fault::new(if error.is_data() { steps(path) } else { FieldPath::ROOT }, safe(error))
    };
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) => fault(error.path(), error.inner()),
        Ok(_) => {
            Fault::new(FieldPath::ROOT, reader.end().err().map(|it| safe(&it)).unwrap_or_default())
        }
    }
}

fn steps(path: &Path) -> FieldPath {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Step::Index(*index),
        Segment::Map { key } => Step::Key(key.clone().into()),
        Segment::Enum { variant } => Step::Key(variant.clone().into()),
        Segment::Unknown => Step::Key("?".into()),
    };
    path.iter().map(step).collect()
}

/// The error without the value it found: that may be a secret. Where the text is JSON, the path
/// says where, and not a line of what may have been YAML.
fn safe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return text;
    }
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let Some((value, wanted)) = text.rsplit_once(", expected ") else { return text.to_owned() };
    let wanted = expected(wanted);
    match value.split_once(": ").map(|(wrong, value)| (wrong, found(value))) {
        // Of the right type, and too large.
        Some(("invalid value", _)) => format!("expected {wanted} of at most 64 bits"),
        Some((_, Some(value))) => format!("expected {wanted}, not {value}"),
        Some((_, None)) | None => format!("expected {wanted}"),
    }
}

/// How many faults of one object are looked for.
const MOST_FAULTS: usize = 64;

/// A value for each type that is expected, where another one stands.
const NEUTRAL: [(&str, &str); 6] = [
    ("a whole number", "0"),
    ("true or false", "false"),
    ("text", "\"\""),
    ("a list", "[]"),
    ("an object of texts", "{}"),
    ("an object", "{}"),
];

/// Every fault of an object that cannot be read, the first of them as [`read`] reports it: reads again
/// with a value of the right type in place of each wrong one.
pub fn faults(json: &str, kind: &Kind) -> Vec<Fault> {
    let mut found: Vec<Fault> = Vec::new();
    let mut text = json.to_owned();
    while found.len() < MOST_FAULTS {
        let Some(fault) = read(&text, kind).err() else { break };
        // What was put there does not help.
        if found.iter().any(|known| known.path == fault.path) {
            break;
        }
        let righted = righted(&text, &fault);
        found.push(fault);
        let Some(righted) = righted else { break };
        text = righted;
    }
    found
}

/// The object with a value of the right type where one of a wrong type stands.
fn righted(json: &str, fault: &Fault) -> Option<String> {
    let wanted = fault.message.strip_prefix("expected ")?;
    let (_, neutral) = NEUTRAL.iter().find(|(name, _)| wanted.starts_with(name))?;
    let mut object: Value = serde_json::from_str(json).ok()?;
    let value = fault.path.find_mut(&mut object)?;
    *value = serde_json::from_str(neutral).ok()?;
    serde_json::to_string(&object).ok()
}
