//! From the objects of a text to their verdicts.

use jiff::Timestamp;

use super::entry::{Entry, LocatedFinding, Skip, SkipReason, Verdict};
use super::objects::{Contents, Item, Manifest, Object, Other, documents, items};
use super::warnings;
use crate::controls::{Finding, NAMES, Scene};
use crate::decision;
use crate::diagnostic::Diagnostic;
use crate::manifest::{Document, SourceValue};
use crate::patch;
use crate::path::FieldPath;
use crate::pod::PodView;
use crate::policy::{self, Context, Requester, Ruling, Snapshot, Surroundings};

/// What objects are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'s> {
    /// The policies.
    pub snapshot: &'s Snapshot,
    /// What is known of the cluster.
    pub surroundings: &'s Surroundings,
    /// Who will create the objects; `None` where that is not known.
    pub requester: Option<&'s Requester<'s>>,
    /// The namespace of objects that name none.
    pub namespace: &'s str,
    /// The time that decides whether an exception has expired.
    pub now: Timestamp,
    /// How findings are listed.
    pub listing: Listing,
    /// What to add to messages.
    pub hints: Hints<'s>,
}

/// How findings that share a line are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// As one.
    Joined,
    /// Each by itself.
    Singly,
}

/// What whoever reads a message can do here; it follows the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints<'s> {
    /// Where a text looks like a template.
    pub template: &'s str,
    /// Where the labels of a namespace are not known.
    pub labels: &'s str,
}

impl Judge<'_> {
    /// Every object of a text with its verdict.
    pub fn text(&self, manifest: Manifest<'_>) -> Vec<Entry> {
        let documents = documents(manifest, self.hints.template);
        let entries = documents.flat_map(|document| match document {
            Ok(document) => self.document(manifest.file, &document),
            Err(error) => vec![Entry::Error(error)],
        });
        entries.collect()
    }

    /// Every object of a document of this file with its verdict.
    pub fn document(&self, file: &str, document: &Document<'_>) -> Vec<Entry> {
        self.entries(file, &document.root, items(file, &document.root))
    }

    /// The same of these objects, which are all of a value.
    pub(super) fn entries(
        &self,
        file: &str,
        root: &SourceValue,
        items: Vec<Item<'_>>,
    ) -> Vec<Entry> {
        let warned = warnings::repeated(file, root).into_iter().map(Entry::Warning);
        let entries = |item| match item {
            Item::Object(object) => {
                let warned = warnings::misspelt(&object).into_iter().map(Entry::Warning);
                let judged = match self.object(&object) {
                    Ok(entry) => vec![entry],
                    Err(errors) => all(errors),
                };
                warned.chain(judged).collect()
            }
            Item::Other(Other { value, kind, custom }) => {
                let other = if value.is_empty() { SkipReason::Nothing } else { SkipReason::Other };
                let reason = custom.map_or(other, |group| SkipReason::Custom(group.to_owned()));
                vec![skip(value, kind, reason)]
            }
            Item::Unusable(errors) => all(errors),
        };
        warned.chain(items.into_iter().flat_map(entries)).collect()
    }

    /// An object with its verdict, or everything that keeps it from being judged.
    pub fn object(&self, object: &Object<'_>) -> Result<Entry, Vec<Diagnostic>> {
        let json = object.json().map_err(|error| vec![error])?;
        let contents = object.contents(&json)?;
        let shown_name = object.shown_name().map(str::to_owned);
        if let Contents::Partial = contents {
            let reason = SkipReason::Partial(shown_name);
            return Ok(skip(object.value, Some(object.kind.kind), reason));
        }
        let written = object.metadata("namespace");
        let namespace = written.filter(|name| !name.is_empty()).unwrap_or(self.namespace);
        let context = self.context(namespace);
        let context = context.map_err(|message| vec![object.error(&FieldPath::ROOT, message)])?;
        let covered = self.snapshot.covers(&context);
        let mut verdict = Verdict {
            line: object.value.span.line,
            api_version: object.api_version.clone(),
            kind: object.kind.kind,
            namespace: written.map(str::to_owned),
            name: object.metadata("name").map(str::to_owned),
            shown_name,
            uncovered: (!covered).then(|| context.namespace.to_owned()),
            denied: false,
            findings: Vec::new(),
            path: object.path.clone(),
            patch: Vec::new(),
        };
        if let Contents::Pod(pod) = contents {
            self.pod(&pod, object, &context, &mut verdict);
        }
        Ok(Entry::Verdict(verdict))
    }

    fn pod(
        &self,
        pod: &PodView<'_>,
        object: &Object<'_>,
        context: &Context<'_>,
        verdict: &mut Verdict,
    ) {
        let foreseen = policy::foresee(self.snapshot, pod, context);
        let rulings = foreseen.repaired.iter().chain(&foreseen.rest);
        let counted = rulings.filter(|ruling| !ruling.is_exempt());
        let edits: Vec<_> = counted.filter_map(|ruling| ruling.finding.edit).collect();
        let repaired = self.findings(object, &Scene::of(pod), &foreseen.repaired);
        let repaired =
            repaired.into_iter().map(|finding| LocatedFinding { repaired: true, ..finding });
        verdict.denied = foreseen.rest.iter().any(Ruling::denies);
        verdict.patch = patch::build(pod, &edits);
        verdict.findings = repaired.collect();
        verdict.findings.extend(self.findings(object, &Scene::of(&foreseen.after), &foreseen.rest));
        verdict.findings.sort_by_key(|finding| finding.ruling.key());
    }

    fn findings(
        &self,
        object: &Object<'_>,
        scene: &Scene<'_, '_>,
        rulings: &[Ruling],
    ) -> Vec<LocatedFinding> {
        let groups = match self.listing {
            Listing::Joined => decision::joined(scene, rulings, |ruling| ruling),
            Listing::Singly => rulings.iter().map(|ruling| vec![ruling]).collect(),
        };
        let line = |group: &[&Ruling]| match self.listing {
            Listing::Joined => decision::line(scene, group),
            Listing::Singly => String::new(),
        };
        let findings = groups.iter().filter_map(|group| {
            let finding = finding(object, scene, group)?;
            Some(LocatedFinding { line: line(group), ..finding })
        });
        findings.collect()
    }

    /// What is known where an object will be created; an error where that is not enough.
    fn context<'a>(&'a self, namespace: &'a str) -> Result<Context<'a>, String> {
        let context = self.surroundings.context(namespace, self.requester, self.now);
        let needy = self.snapshot.policies.iter().find(|policy| policy.needs_labels(namespace));
        match (context.labels, needy) {
            (None, Some(policy)) => Err(format!(
                "policy {} needs the labels of namespace {namespace}{}",
                policy.name, self.hints.labels
            )),
            (Some(_), _) | (None, None) => Ok(context),
        }
    }
}

fn all(errors: Vec<Diagnostic>) -> Vec<Entry> {
    errors.into_iter().map(Entry::Error).collect()
}

fn skip(value: &SourceValue, kind: Option<&str>, reason: SkipReason) -> Entry {
    Entry::Skip(Skip { line: value.span.line, kind: kind.map(str::to_owned), reason })
}

/// `None` for no ruling.
fn finding(
    object: &Object<'_>,
    scene: &Scene<'_, '_>,
    group: &[&Ruling],
) -> Option<LocatedFinding> {
    let ruling = *group.first()?;
    let subject = ruling.finding.subject;
    let findings: Vec<_> = group.iter().map(|ruling| &ruling.finding).collect();
    let words = Finding::joined(scene, &findings, NAMES);
    let edits: Vec<_> = findings.iter().filter_map(|finding| finding.edit).collect();
    let name = |index| scene.name(index).to_owned();
    Some(LocatedFinding {
        position: object.value.locate(&words.path).into(),
        extent: object.value.extent(&words.path),
        patch: patch::build(scene.pod(), &edits),
        patches: edits.iter().map(|edit| patch::build(scene.pod(), &[*edit])).collect(),
        container: subject.container().map(name),
        to: subject.pair().map(|pair| name(pair.to)),
        line: String::new(),
        pairs: findings.iter().filter(|finding| finding.subject.pair().is_some()).count(),
        words,
        ruling: ruling.clone(),
        repaired: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Namespaces;
    use crate::policy_file::PolicyText;

    const POLICY: &str = "\
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: p}
spec:
  controls:
    shareProcessNamespace: {mode: Deny, repair: OnCreate}
    hostProcessNamespace: {mode: Deny}
    supplementalGroupsPolicy: {mode: Audit}
";

    const BY_LABEL: &str = "\
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: p}
spec:
  match: {namespaceSelector: {matchLabels: {team: web}}}
  controls: {hostProcessNamespace: {mode: Deny}}
";

    /// What becomes of each thing in a text.
    fn entries(policy: &str, text: &str) -> Vec<String> {
        let snapshot =
            PolicyText::new("policy", policy).load(Namespaces::ByLabels).unwrap_or_default();
        let judge = Judge {
            snapshot: &snapshot,
            surroundings: &Surroundings::default(),
            requester: None,
            namespace: "default",
            now: Timestamp::UNIX_EPOCH,
            listing: Listing::Joined,
            hints: Hints { template: " (a template)", labels: " (ask for them)" },
        };
        let shown = |entry: &Entry| match entry {
            Entry::Verdict(it) => {
                let findings = it.findings.iter().map(|it| it.outcome().as_str());
                let verdict = if it.denied { "denied" } else { "allowed" };
                [&[it.kind, verdict], findings.collect::<Vec<_>>().as_slice()].concat().join(" ")
            }
            Entry::Skip(it) => format!("skip {} {:?}", it.line, it.reason),
            Entry::Warning(it) | Entry::Error(it) => it.to_string(),
        };
        judge.text(Manifest { file: "f", text }).iter().map(shown).collect()
    }

    #[test]
    fn each_object_of_a_text_has_an_entry() {
        let text = "\
{apiVersion: v1, kind: Pod, spec: {shareProcessNamespace: true, containers: []}}
---
{apiVersion: v1, kind: Pod, spec: {hostPID: true, containers: []}}
---
{apiVersion: v1, kind: List, items: [
  {apiVersion: v1, kind: Service}, {apiVersion: a.b/v1, kind: C}, {apiVersion: v1, kind: Pod}]}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 2}}
---
nothing
";
        let expected = [
            "Pod allowed repaired audit",
            "Pod denied denied audit",
            "skip 6 Other",
            "skip 6 Custom(\"a.b\")",
            "f:6:67: spec is missing",
            "skip 8 Partial(Some(\"d\"))",
            "skip 10 Nothing",
        ];
        assert_eq!(entries(POLICY, text), expected);
    }

    #[test]
    fn hints_follow_what_they_help_with() {
        let pod = "{apiVersion: v1, kind: Pod, spec: {containers: []}}";
        let needs = "policy p needs the labels of namespace default (ask for them)";
        assert_eq!(entries(BY_LABEL, pod), [format!("f:1:1: {needs}")]);
        for (text, is_template) in [("a: {{ b }}\nc: ]", true), ("a: ]", false)] {
            let errors = entries(POLICY, text);
            let hinted = errors.iter().all(|error| error.ends_with(" (a template)"));
            assert_eq!((errors.len(), hinted), (1, is_template), "{errors:?}");
        }
    }
}
