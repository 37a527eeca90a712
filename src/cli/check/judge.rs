//! Manifests to verdicts: what the webhook would say of each object, without a cluster.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use json_patch::PatchOperation;

use crate::cli::objects::{Broken, Item, Object, items, readable};
use crate::controls::{Finding, Scene, Words};
use crate::decision;
use crate::manifest::{Document, Place, Step};
use crate::patch;
use crate::pod::{FieldPath, PodView, Segment};
use crate::policy::{self, Context, Labels, Node, Requester, Ruling, Snapshot};

/// What objects are judged by.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) snapshot: Snapshot,
    pub(super) listing: Listing,
    pub(super) surroundings: Surroundings,
}

/// How findings that share a line are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// As one.
    Joined,
    /// Each by itself.
    Singly,
}

/// What is known of the cluster and of who will ask.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// The labels of namespaces, by name.
    pub(super) namespaces: BTreeMap<String, Labels>,
    /// `None` where none were given.
    pub(super) nodes: Option<Vec<Node>>,
    pub(super) requester: Option<Requester<'static>>,
    pub(super) now: Timestamp,
}

/// What became of something that stands in a text.
pub(super) enum Entry {
    Judged(Judged),
    Skipped(Skipped),
    Broken(Broken),
}

/// Something that is not judged.
pub(super) struct Skipped {
    pub(super) line: u32,
    pub(super) kind: Option<String>,
}

/// An object and its verdict.
pub(super) struct Judged {
    pub(super) line: u32,
    pub(super) api_version: String,
    pub(super) kind: &'static str,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) denied: bool,
    pub(super) findings: Vec<Found>,
    /// Where it stands in its document, and what would mend all that can be.
    pub(super) fix: (Vec<Step>, Vec<PatchOperation>),
}

/// A finding, or several that share a line, and where their field stands.
pub(super) struct Found {
    /// The first of them.
    pub(super) ruling: Ruling,
    /// How many they are.
    pub(super) count: usize,
    /// The container, and the other one of a pair, as written.
    pub(super) container: Option<String>,
    pub(super) to: Option<String>,
    pub(super) words: Words,
    /// Their line; empty where each is listed by itself.
    pub(super) line: String,
    pub(super) place: Place,
    /// The bytes of that field in the text.
    pub(super) extent: Range<usize>,
    pub(super) repaired: bool,
    /// What mends it alone.
    pub(super) patch: Vec<PatchOperation>,
}

/// The namespace of objects that name none.
const DEFAULT_NAMESPACE: &str = "default";

impl Judge {
    /// Every object of a text with its verdict.
    pub(super) fn text(&self, text: &str) -> Vec<Entry> {
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
    pub(super) fn document(&self, document: &Document<'_>) -> Vec<Entry> {
        let entry = |item| match item {
            Item::Object(object) => self.object(&object).map_or_else(Entry::Broken, Entry::Judged),
            Item::Other(value, kind) => {
                Entry::Skipped(Skipped { line: value.place.line, kind: kind.map(str::to_owned) })
            }
            Item::Broken(value, message) => {
                Entry::Broken(Broken { place: Some(value.place), message })
            }
        };
        items(&document.root).into_iter().map(entry).collect()
    }

    fn object(&self, object: &Object<'_>) -> Result<Judged, Broken> {
        let json = object.json()?;
        let pod = object.pod(&json)?;
        let namespace = object.metadata("namespace");
        let mut judged = Judged {
            line: object.value.place.line,
            api_version: object.api_version.clone(),
            kind: object.kind.kind,
            namespace: namespace.map(str::to_owned),
            name: object.metadata("name").map(str::to_owned),
            denied: false,
            findings: Vec::new(),
            fix: (object.path.clone(), Vec::new()),
        };
        let context = self.context(namespace.unwrap_or(DEFAULT_NAMESPACE));
        let context = context.map_err(|message| object.broken(&[], message))?;
        if let Some(pod) = pod {
            self.pod(&pod, object, &context, &mut judged);
        }
        Ok(judged)
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
        let edits = foreseen.repaired.iter().chain(&foreseen.rest);
        let edits = edits.filter(|ruling| !ruling.is_exempt());
        let edits: Vec<_> = edits.filter_map(|ruling| ruling.finding.edit).collect();
        into.fix.1 = patch::build(pod, &edits);
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

/// `None` for no ruling.
fn found(object: &Object<'_>, scene: &Scene<'_, '_>, group: &[&Ruling]) -> Option<Found> {
    let ruling = *group.first()?;
    let subject = ruling.finding.subject;
    let findings: Vec<_> = group.iter().map(|ruling| &ruling.finding).collect();
    let words = Finding::joined(scene, &findings);
    let path = steps(&words.path);
    let name = |place| scene.name(place).to_owned();
    Some(Found {
        place: object.value.locate(&path),
        extent: object.value.extent(&path),
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

/// The steps to a field.
fn steps(path: &FieldPath) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Field(name) => Step::key(name),
        Segment::Index(index) => Step::Index(*index),
    };
    path.segments().iter().map(step).collect()
}
