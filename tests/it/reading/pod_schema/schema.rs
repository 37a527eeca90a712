//! The committed lists, and the paths that follow from them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// The kinds that hold pods and the fields of messages, with the minors that have them.
#[derive(Clone)]
pub(crate) struct Schema {
    pub(crate) minors: BTreeSet<String>,
    pub(crate) kinds: Vec<Holder>,
    /// By message.
    fields: BTreeMap<String, Vec<Field>>,
}

/// A kind that holds pods.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) group: String,
    version: String,
    pub(crate) name: String,
    /// Where its pod spec or pod template is.
    pub(crate) place: String,
}

#[derive(Clone)]
struct Field {
    name: String,
    shape: Shape,
    message: String,
    minors: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    One,
    List,
    Map,
}

/// The way to a member.
#[derive(Clone, Debug, Default)]
struct Trail {
    /// The kind around a template; a pod or a template without it.
    kind: Option<String>,
    steps: Vec<(String, Shape)>,
}

/// A member, or the elements of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    /// `spec.containers[].name` of a pod or of the pods of a template, `metadata.name` of any
    /// object, `Job.spec.parallelism` of what is around a template.
    pub(crate) text: String,
    /// The kind around a template, of what is not the template's.
    pub(crate) kind: Option<String>,
    /// The message it is, or the scalar.
    pub(crate) message: String,
    /// From the root; the last one is not entered.
    steps: Vec<(String, Shape)>,
    /// Its own shape; [`Shape::One`] for the elements of a list or map.
    shape: Shape,
}

impl Schema {
    pub(crate) fn committed() -> Self {
        let minors: BTreeSet<_> = lines(include_str!("../../../fixtures/pod-schema/modules.txt"))
            .map(|words| words[0].to_owned())
            .collect();
        let mut schema = Self { minors, kinds: Vec::new(), fields: BTreeMap::new() };
        for words in lines(include_str!("../../../fixtures/pod-schema/kinds.txt")) {
            let [group, version, name]: [_; 3] =
                words[0].split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
            schema.kinds.push(Holder { group, version, name, place: words[1].to_owned() });
        }
        for words in lines(include_str!("../../../fixtures/pod-schema/fields.txt")) {
            schema.add(&words);
        }
        schema
    }

    /// The same in which every minor has one more field.
    pub(crate) fn with(&self, field: &str) -> Self {
        let mut more = self.clone();
        more.add(&field.split(' ').collect::<Vec<_>>());
        more
    }

    fn add(&mut self, words: &[&str]) {
        let (message, name) = words[0].split_once('.').unwrap();
        let (shape, typ) = match (words[1].strip_prefix("[]"), words[1].strip_prefix("{}")) {
            (Some(of), _) => (Shape::List, of),
            (_, Some(of)) => (Shape::Map, of),
            (None, None) => (Shape::One, words[1]),
        };
        let minors = match words.get(2) {
            Some(minors) => minors.split(',').map(str::to_owned).collect(),
            None => self.minors.clone(),
        };
        let field = Field { name: name.to_owned(), shape, message: typ.to_owned(), minors };
        self.fields.entry(message.to_owned()).or_default().push(field);
    }

    /// Every path of a minor: of a pod, of a template, and of the kinds around one.
    pub(crate) fn paths(&self, minor: &str) -> BTreeSet<Path> {
        let mut found = BTreeSet::new();
        self.walk(minor, "PodTemplateSpec", &Trail::default(), &mut found);
        for kind in self.kinds.iter().filter(|kind| kind.version == "v1") {
            let around = (kind.name != "Pod").then(|| kind.name.clone());
            let trail = Trail { kind: around, steps: Vec::new() };
            self.walk(minor, &kind.name, &trail, &mut found);
        }
        found
    }

    pub(crate) fn all_paths(&self) -> BTreeSet<Path> {
        self.minors.iter().flat_map(|minor| self.paths(minor)).collect()
    }

    fn walk(&self, minor: &str, message: &str, above: &Trail, found: &mut BTreeSet<Path>) {
        assert!(above.steps.len() < 20, "without end: {above:?}");
        let fields = self.fields.get(message).into_iter().flatten();
        for field in fields.filter(|field| field.minors.contains(minor)) {
            let trail = above.with(field);
            if self.is_the_pods(&trail) {
                continue;
            }
            self.walk(minor, &field.message, &trail, found);
            if field.shape != Shape::One {
                found.insert(Path::new(trail.clone(), field, Shape::One));
            }
            found.insert(Path::new(trail, field, field.shape));
        }
    }

    /// Whether this is where a kind has its pods: in there they are as in any other template.
    fn is_the_pods(&self, trail: &Trail) -> bool {
        let place = trail.steps.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".");
        self.kinds.iter().any(|it| Some(&it.name) == trail.kind.as_ref() && it.place == place)
    }
}

impl Trail {
    fn with(&self, field: &Field) -> Self {
        let step = (field.name.clone(), field.shape);
        Self { kind: self.kind.clone(), steps: [self.steps.as_slice(), &[step]].concat() }
    }
}

impl Path {
    fn new(trail: Trail, field: &Field, shape: Shape) -> Self {
        let Trail { kind, steps } = trail;
        let around = kind.clone().filter(|_| steps[0].0 != "metadata");
        let mut text = around.unwrap_or_default();
        for (place, (name, of)) in steps.iter().enumerate() {
            let dot = if text.is_empty() { "" } else { "." };
            let entered = place + 1 < steps.len() || shape == Shape::One;
            let into = match of {
                Shape::List if entered => "[]",
                Shape::Map if entered => "{}",
                Shape::One | Shape::List | Shape::Map => "",
            };
            text = format!("{text}{dot}{name}{into}");
        }
        Self { text, kind, message: field.message.clone(), steps, shape }
    }

    /// Whether objects of this kind can have it.
    pub(crate) fn is_of(&self, kind: &str) -> bool {
        self.kind.as_ref().is_none_or(|own| own == kind)
    }

    /// Whether it is a list of containers, or any other way to have some.
    pub(crate) fn holds_containers(&self) -> bool {
        let containers = ["Container", "EphemeralContainer"].contains(&self.message.as_str());
        containers && self.kind.is_none() && self.name() != ""
    }

    /// The name of the member; empty for elements.
    pub(crate) fn name(&self) -> &str {
        let (name, shape) = &self.steps[self.steps.len() - 1];
        if self.shape == *shape { name } else { "" }
    }

    /// An object with a value of a wrong type here: a text for a list, a list for all else.
    pub(crate) fn wrong(&self) -> Value {
        let wrong = if self.shape == Shape::List { json!("wrong") } else { json!(["wrong"]) };
        let entered = self.steps.len() - usize::from(self.name() != "");
        let mut value = wrong;
        for (place, (name, shape)) in self.steps.iter().enumerate().rev() {
            value = match shape {
                Shape::List if place < entered => json!({name: [value]}),
                Shape::Map if place < entered => json!({name: {"key": value}}),
                Shape::One | Shape::List | Shape::Map => json!({name: value}),
            };
        }
        value
    }
}

/// The words of lines that are not comments.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect())
}
