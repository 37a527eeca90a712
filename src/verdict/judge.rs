//! Manifests to verdicts: what the webhook would say of each object, without a cluster.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use json_patch::PatchOperation;

use super::objects::{Broken, Contents, Item, Object, Other, items, readable};
use crate::controls::{Finding, Scene, Words};
use crate::decision;
use crate::manifest::{Document, Located, Place};
use crate::patch;
use crate::path::FieldPath;
use crate::pod::PodView;
use crate::policy::{self, Context, Labels, Node, Requester, Ruling, Snapshot};

/// What objects are judged by.
#[derive(Debug)]
pub struct Judge {
    pub snapshot: Snapshot,
    pub listing: Listing,
    /// Whether texts are to be mended.
    pub mends: bool,
    pub surroundings: Surroundings,
}

/// How findings that share a line are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// As one.
    Joined,
    /// Each by itself.
    Singly,
}

/// What is known of the cluster and of who will ask.
#[derive(Debug)]
pub struct Surroundings {
    /// The labels of namespaces, by name.
    pub namespaces: BTreeMap<String, Labels>,
    /// `None` where none were given.
    pub nodes: Option<Vec<Node>>,
    pub requester: Option<Requester<'static>>,
    /// That of objects that name none.
    pub namespace: String,
    pub now: Timestamp,
}

/// What became of something that stands in a text.
pub enum Entry {
    Judged(Judged),
    Skipped(Skipped),
    Broken(Broken),
}

/// Something that is not judged.
pub struct Skipped {
    pub line: u32,
    pub kind: Option<String>,
    pub why: Why,
}

/// Why something is not judged.
pub enum Why {
    /// It is no object, or of a kind of Kubernetes' own that holds no pods.
    Other,
    /// It is text, or holds nothing: what a command that failed may leave.
    Nothing,
    /// Its kind is of this group, which is not Kubernetes' own.
    Custom(String),
    /// It has no pod template. Its name, as people know it.
    Partial(Option<String>),
    /// It is a Helm chart, in this folder.
    Chart(String),
}

/// An object and its verdict.
pub struct Judged {
    pub line: u32,
    pub api_version: String,
    pub kind: &'static str,
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// As people know it.
    pub shown_name: Option<String>,
    /// The namespace it is judged in, where no policy covers that.
    pub uncovered: Option<String>,
    pub denied: bool,
    pub findings: Vec<Found>,
    /// Where it stands in its document, and what would mend all that can be.
    pub fix: (FieldPath, Vec<PatchOperation>),
    /// What would mend its findings one by one, each with its control; empty unless the judge is asked
    /// to mend.
    pub alone: Vec<(&'static str, Vec<PatchOperation>)>,
}

/// A finding, or several that share a line, and where their field stands.
pub struct Found {
    /// The first of them.
    pub ruling: Ruling,
    /// How many they are.
    pub count: usize,
    /// The container, and the other one of a pair, as written.
    pub container: Option<String>,
    pub to: Option<String>,
    pub words: Words,
    /// Their line; empty where each is listed by itself.
    pub line: String,
    pub place: Place,
    /// The bytes of that field in the text.
    pub extent: Range<usize>,
    pub repaired: bool,
    /// What mends it alone.
    pub patch: Vec<PatchOperation>,
}

impl Judge {
    /// Every object of a text with its verdict.
    pub fn text(&self, text: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        for document in readable(text, "check") {
            match document {
                Ok(document) => entries.extend(self.document(&document)),
                Err(broken) => entries.push(Entry::Broken(broken)),
            }
        }
        entries
    }

    /// Every object of a document with its verdict.
    pub fn document(&self, document: &Document<'_>) -> Vec<Entry> {
        let entries = |item| match item {
            Item::Object(object) => self.object(&object).unwrap_or_else(broken),
            Item::Other(Other { value, kind, custom }) => {
                let other = if value.is_empty() { Why::Nothing } else { Why::Other };
                let why = custom.map_or(other, |group| Why::Custom(group.to_owned()));
                vec![skipped(value, kind, why)]
            }
            Item::Broken(all) => broken(all),
        };
        items(&document.root).into_iter().flat_map(entries).collect()
    }

    fn object(&self, object: &Object<'_>) -> Result<Vec<Entry>, Vec<Broken>> {
        let json = object.json().map_err(|broken| vec![broken])?;
        let contents = object.contents(&json)?;
        let shown_name = object.shown_name().map(str::to_owned);
        if let Contents::Partial = contents {
            let why = Why::Partial(shown_name);
            return Ok(vec![skipped(object.value, Some(object.kind.kind), why)]);
        }
        let written = object.metadata("namespace");
        let namespace = written.filter(|name| !name.is_empty());
        let context = self.context(namespace.unwrap_or(&self.surroundings.namespace));
        let context = context.map_err(|message| vec![object.broken(&FieldPath::ROOT, message)])?;
        let covered = self.snapshot.covers(&context);
        let mut judged = Judged {
            line: object.value.place.line,
            api_version: object.api_version.clone(),
            kind: object.kind.kind,
            namespace: written.map(str::to_owned),
            name: object.metadata("name").map(str::to_owned),
            shown_name,
            uncovered: (!covered).then(|| context.namespace.to_owned()),
            denied: false,
            findings: Vec::new(),
            fix: (object.path.clone(), Vec::new()),
            alone: Vec::new(),
        };
        if let Contents::Pod(pod) = contents {
            self.pod(&pod, object, &context, &mut judged);
        }
        Ok(vec![Entry::Judged(judged)])
    }

    fn pod(
        &self,
        pod: &PodView<'_>,
        object: &Object<'_>,
        context: &Context<'_>,
        into: &mut Judged,
    ) {
        let foreseen = policy::foresee(&self.snapshot, pod, context);
        into.denied = foreseen.rest.iter().any(Ruling::denies);
        let rulings = foreseen.repaired.iter().chain(&foreseen.rest);
        let rulings = rulings.filter(|ruling| !ruling.is_exempt());
        let edits = rulings
            .filter_map(|ruling| ruling.finding.edit.map(|edit| (ruling.finding.control.id, edit)));
        let (controls, edits): (Vec<_>, Vec<_>) = edits.unzip();
        into.fix.1 = patch::build(pod, &edits);
        if self.mends {
            let alone = edits.iter().map(|edit| patch::build(pod, &[*edit]));
            into.alone = controls.into_iter().zip(alone).collect();
        }
        let mut add = |pod, rulings: &[Ruling], repaired| {
            let scene = Scene::of(pod);
            let groups = match self.listing {
                Listing::Joined => decision::joined(rulings, |ruling| ruling),
                Listing::Singly => rulings.iter().map(|ruling| vec![ruling]).collect(),
            };
            for group in &groups {
                into.findings.extend(found(object, &scene, group).map(|found| Found {
                    line: match self.listing {
                        Listing::Joined => decision::line(&scene, group),
                        Listing::Singly => String::new(),
                    },
                    repaired,
                    ..found
                }));
            }
        };
        add(pod, &foreseen.repaired, true);
        add(&foreseen.after, &foreseen.rest, false);
        into.findings.sort_by_key(|found| found.ruling.order());
    }

    /// What is known where an object will be created; an error where that is not enough.
    fn context<'a>(&'a self, namespace: &'a str) -> Result<Context<'a>, String> {
        let labels = self.surroundings.namespaces.get(namespace);
        let needy = self.snapshot.policies.iter().find(|policy| policy.needs_labels(namespace));
        if let (None, Some(policy)) = (labels, needy) {
            return Err(format!(
                "policy {} needs the labels of namespace {namespace}: give it in --context-file",
                policy.name
            ));
        }
        Ok(Context {
            namespace,
            labels,
            requester: self.surroundings.requester.as_ref(),
            nodes: self.surroundings.nodes.as_deref(),
            now: self.surroundings.now,
        })
    }
}

fn broken(all: Vec<Broken>) -> Vec<Entry> {
    all.into_iter().map(Entry::Broken).collect()
}

fn skipped(value: &Located, kind: Option<&str>, why: Why) -> Entry {
    Entry::Skipped(Skipped { line: value.place.line, kind: kind.map(str::to_owned), why })
}

/// `None` for no ruling.
fn found(object: &Object<'_>, scene: &Scene<'_, '_>, group: &[&Ruling]) -> Option<Found> {
    let ruling = *group.first()?;
    let subject = ruling.finding.subject;
    let findings: Vec<_> = group.iter().map(|ruling| &ruling.finding).collect();
    let words = Finding::joined(scene, &findings);
    let name = |place| scene.name(place).to_owned();
    Some(Found {
        place: object.value.locate(&words.path),
        extent: object.value.extent(&words.path),
        patch: patch::build(scene.pod(), ruling.finding.edit.as_slice()),
        container: subject.container().map(name),
        to: subject.pair().map(|pair| name(pair.to)),
        line: String::new(),
        count: group.len(),
        words,
        ruling: ruling.clone(),
        repaired: false,
    })
}
