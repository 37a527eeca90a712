use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::names::NAMESPACE_PATTERN;
use super::super::{Check, Object};
use super::selector::{LabelSelector, Labels};
use super::words::{SubjectWord, Word};
use crate::controls::{ALL, Descriptor};
use crate::path::{Fault, FieldPath};
use crate::pod::ContainerKind;
use crate::policy::{
    Exception, ImagePattern, Pair, Pattern, Subject, SubjectKind, is_namespace_name,
};
use crate::reach::{Aspect, Aspects};
use crate::text::did_you_mean;

/// An exception: the only thing that exempts.
pub(in crate::api) type IsolationException = Object<Spec>;

/// What the exception covers. Namespaces and subjects authorise; everything else narrows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "an exception with reason, expiresAt, controls and namespaces"
)]
pub(in crate::api) struct Spec {
    /// Why, for those who find it later.
    #[schemars(regex(pattern = r"\S"))]
    reason: String,
    /// When the exception ends (RFC 3339), such as 2026-12-01T12:00:00Z. This, or permanent: true.
    #[serde(default)]
    #[schemars(extend("format" = "date-time"))]
    expires_at: Option<String>,
    /// Whether it never ends; not together with expiresAt.
    #[serde(default)]
    permanent: bool,
    /// The controls whose findings it covers, by id.
    #[schemars(length(min = 1))]
    controls: Vec<String>,
    /// The exact names of the namespaces it is for; no patterns.
    #[schemars(length(min = 1), inner(regex(pattern = NAMESPACE_PATTERN)))]
    namespaces: Vec<String>,
    /// The labels of the pods it covers; without it all pods.
    #[serde(default)]
    pod_selector: LabelSelector,
    /// The names of the containers it covers; `*` stands for any run of characters. An exception that
    /// narrows by container never covers a finding on the pod as a whole.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    containers: Vec<String>,
    /// The kinds of the containers it covers.
    #[serde(default)]
    container_types: Vec<Word<ContainerKind>>,
    /// The pairs of containers it covers, for process-reach.
    #[serde(default)]
    pairs: Vec<PairSpec>,
    /// The images of the containers it covers, as the runtime reads them: without a registry of
    /// docker.io, without tag and digest `latest`. `*` stands for any run of characters without
    /// `/`, `**` for any run. Only a pattern with a digest covers images with one. Pin a digest: a
    /// tag can be moved.
    #[serde(default)]
    #[schemars(inner(regex(pattern = IMAGE_PATTERN)))]
    images: Vec<String>,
    /// The requesters who may use it; without it everyone. Needs `containerTypes: [Ephemeral]` or
    /// `barePods: true`, because controllers create all other pods.
    #[serde(default)]
    subjects: Vec<SubjectSpec>,
    /// Whether it covers only pods without a controller.
    #[serde(default)]
    bare_pods: bool,
}

/// An ordered pair of containers, such as {from: "debugger-*", to: app}.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a pair, such as {from: \"debugger-*\", to: app}")]
struct PairSpec {
    /// The container that reaches; `*` stands for any run of characters.
    #[schemars(length(min = 1))]
    from: String,
    /// The container that is reached; `*` stands for any run of characters.
    #[schemars(length(min = 1))]
    to: String,
    /// What it may reach; without it everything.
    #[serde(default)]
    aspects: Vec<Word<Aspect>>,
}

/// Who may use the exception, such as {kind: Group, name: sre-oncall}.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a subject, such as {kind: Group, name: sre-oncall}")]
struct SubjectSpec {
    /// What the name is compared with.
    kind: Word<SubjectWord>,
    /// The exact name.
    #[schemars(length(min = 1))]
    name: String,
    /// The namespace of the service account, and only for one.
    #[serde(default)]
    namespace: Option<String>,
}

/// An [`ImagePattern`] as the pattern of a schema, by its letters and the length of a digest.
const IMAGE_PATTERN: &str = r"^([A-Za-z0-9.:*\[\]-]+/)?[a-z0-9._*/-]+(:[A-Za-z0-9_.*-]+)?(@(sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}|[a-f0-9:sh*]*[*][a-f0-9:sh*]*))?$";

/// The controls that never find anything on a single container.
pub(in crate::api) const ON_PODS: [&str; 3] =
    ["host-process-namespace", "share-process-namespace", "supplemental-groups-policy"];

fn at(field: &'static str) -> FieldPath {
    FieldPath::of(&["spec", field])
}

fn nth(field: &'static str, place: usize) -> FieldPath {
    at(field).index(place)
}

impl IsolationException {
    /// The compiled exception, or every rule of the format it breaks.
    pub(in crate::api) fn compile(self) -> Result<Exception, Vec<Fault>> {
        let mut check = Check::default();
        self.metadata.check(&mut check);
        let spec = self.spec;
        check.require(
            !spec.reason.trim().is_empty(),
            at("reason"),
            "must say why, for those who find it later",
        );
        let expires_at = spec.end(&mut check);
        let controls = spec.controls(&mut check);
        spec.namespaces(&mut check);
        let kinds: Vec<_> = spec.container_types.iter().map(|word| word.0).collect();
        let bound =
            spec.subjects.is_empty() || spec.bare_pods || kinds == [ContainerKind::Ephemeral];
        check.require(
            bound,
            at("subjects"),
            "needs containerTypes: [Ephemeral] or barePods: true: controllers, not users, create all other pods",
        );
        let subjects = spec.subjects(&mut check);
        spec.narrowing(&controls, &mut check);
        let images = spec.images(&mut check);
        let pods = spec.pod_selector.compile(&at("podSelector"), Labels::OfPods, &mut check);
        let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
        let pairs = spec.pairs.iter().map(|pair| Pair {
            from: Pattern::new(&pair.from),
            to: Pattern::new(&pair.to),
            aspects: if pair.aspects.is_empty() {
                Aspects::ALL
            } else {
                pair.aspects.iter().map(|word| word.0).collect()
            },
        });
        check.finish(Exception {
            name: self.metadata.name.into(),
            controls,
            expires_at,
            pods,
            containers: patterns(&spec.containers),
            container_kinds: kinds,
            pairs: pairs.collect(),
            images,
            subjects,
            bare_pods: spec.bare_pods,
            namespaces: spec.namespaces.into_iter().collect(),
        })
    }
}

impl Spec {
    fn end(&self, check: &mut Check) -> Option<Timestamp> {
        let message = match (&self.expires_at, self.permanent) {
            (Some(_), true) => Some("remove one of the two: permanent or expiresAt"),
            (None, false) => {
                Some("is required, as a time like 2026-12-01T12:00:00Z, unless permanent: true")
            }
            (Some(_), false) | (None, true) => None,
        };
        check.require(message.is_none(), at("expiresAt"), message.unwrap_or_default());
        let text = self.expires_at.as_deref()?;
        let end = text.parse().ok();
        check.require(end.is_some(), at("expiresAt"), "must be a time like 2026-12-01T12:00:00Z");
        end
    }

    fn namespaces(&self, check: &mut Check) {
        check.require(
            !self.namespaces.is_empty(),
            at("namespaces"),
            "must name at least one namespace",
        );
        for (place, name) in self.namespaces.iter().enumerate() {
            let message = "must be the exact name of a namespace; `*` is a pattern only in containers, pairs and images";
            check.require(is_namespace_name(name), nth("namespaces", place), message);
        }
    }

    /// What narrows by container must be able to match one, and a finding on one.
    fn narrowing(&self, controls: &BTreeSet<&'static str>, check: &mut Check) {
        let mut pattern = |path: FieldPath, text: &str| {
            let message = "must not be empty: `*` stands for any run of characters";
            check.require(!text.is_empty(), path, message);
        };
        for (place, text) in self.containers.iter().enumerate() {
            pattern(nth("containers", place), text);
        }
        for (place, pair) in self.pairs.iter().enumerate() {
            for (side, text) in [("from", &pair.from), ("to", &pair.to)] {
                pattern(nth("pairs", place).field(side), text);
            }
        }
        let reaches = controls.contains("process-reach");
        let message = "needs process-reach among the controls";
        check.require(self.pairs.is_empty() || reaches, at("pairs"), message);
        if controls.is_empty() || !controls.is_subset(&ON_PODS.into()) {
            return;
        }
        let ids: Vec<_> = controls.iter().copied().collect();
        let message = format!(
            "would cover nothing: {} {} found on pods as a whole, not on containers; remove this field",
            ids.join(", "),
            if ids.len() == 1 { "is" } else { "are" },
        );
        for (field, unused) in [
            ("containers", self.containers.is_empty()),
            ("containerTypes", self.container_types.is_empty()),
            ("images", self.images.is_empty()),
        ] {
            check.require(unused, at(field), &message);
        }
    }

    fn images(&self, check: &mut Check) -> Vec<ImagePattern> {
        let images = self.images.iter().enumerate().filter_map(|(place, text)| {
            let pattern = ImagePattern::new(text);
            let message = "matches no image: write a reference, such as registry.example/tools:1, with `*` for any run of characters without `/`, and `**` for any run";
            check.require(pattern.is_some(), nth("images", place), message);
            pattern
        });
        images.collect()
    }

    fn controls(&self, check: &mut Check) -> BTreeSet<&'static str> {
        let ids: Vec<_> = ALL.iter().map(|descriptor| descriptor.id).collect();
        check.require(!self.controls.is_empty(), at("controls"), "must list at least one control");
        let known = self.controls.iter().enumerate().filter_map(|(place, id)| {
            let known = Descriptor::by_id(id);
            let near = did_you_mean(id, &ids);
            let message = format!("expected one of {}{near}", ids.join(", "));
            check.require(known.is_some(), nth("controls", place), &message);
            known.map(|descriptor| descriptor.id)
        });
        known.collect()
    }

    fn subjects(&self, check: &mut Check) -> Vec<Subject> {
        let subjects = self.subjects.iter().enumerate().map(|(place, subject)| {
            let is_account = subject.kind.0 == SubjectWord::ServiceAccount;
            let path = nth("subjects", place).field("namespace");
            let message = if is_account {
                "is required for a ServiceAccount"
            } else {
                "is only for a ServiceAccount"
            };
            check.require(is_account == subject.namespace.is_some(), path, message);
            let path = nth("subjects", place).field("name");
            check.require(!subject.name.is_empty(), path, "must not be empty");
            let namespace = subject.namespace.as_deref().unwrap_or_default();
            let (kind, name) = match subject.kind.0 {
                SubjectWord::User => (SubjectKind::User, subject.name.clone()),
                SubjectWord::Group => (SubjectKind::Group, subject.name.clone()),
                SubjectWord::ServiceAccount => {
                    let name = format!("system:serviceaccount:{namespace}:{}", subject.name);
                    (SubjectKind::User, name)
                }
            };
            Subject { kind, name }
        });
        subjects.collect()
    }
}
