use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Faults;
use super::selector::Labels;
use crate::api::types::{IsolationExceptionSpec, SubjectWord};
use crate::controls::{ALL, Descriptor, Finds};
use crate::path::{Fault, FieldPath};
use crate::pod::ContainerKind;
use crate::policy::{
    Exception, ImagePattern, Pair, Pattern, Subject, SubjectKind, is_namespace_name,
};
use crate::reach::Aspects;
use crate::text::did_you_mean;

/// The controls that never find anything on a single container.
pub(in crate::api) fn on_pods() -> BTreeSet<&'static str> {
    Descriptor::ids(Finds::Pods).collect()
}

fn at(field: &'static str) -> FieldPath {
    FieldPath::of(&["spec", field])
}

fn nth(field: &'static str, index: usize) -> FieldPath {
    at(field).index(index)
}

impl IsolationExceptionSpec {
    /// The exception of this spec, or every rule of the format it breaks.
    pub(crate) fn compile(&self, name: &str) -> Result<Exception, Vec<Fault>> {
        let mut faults = Faults::default();
        faults.name(name);
        faults.require(
            !self.reason.trim().is_empty(),
            at("reason"),
            "must say why, for those who find it later",
        );
        let expires_at = self.end(&mut faults);
        let controls = self.controls(&mut faults);
        self.namespaces(&mut faults);
        let kinds: Vec<_> = self.container_types.iter().map(|word| word.0).collect();
        let bound =
            self.subjects.is_empty() || self.bare_pods || kinds == [ContainerKind::Ephemeral];
        faults.require(
            bound,
            at("subjects"),
            "needs containerTypes: [Ephemeral] or barePods: true: controllers, not users, create all other pods",
        );
        let subjects = self.subjects(&mut faults);
        self.narrowing(&controls, &mut faults);
        let images = self.images(&mut faults);
        let pods = self.pod_selector.compile(&at("podSelector"), Labels::OfPods, &mut faults);
        let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
        let pairs = self.pairs.iter().map(|pair| Pair {
            from: Pattern::new(&pair.from),
            to: Pattern::new(&pair.to),
            aspects: if pair.aspects.is_empty() {
                Aspects::ALL
            } else {
                pair.aspects.iter().map(|word| word.0).collect()
            },
        });
        faults.finish(Exception {
            name: name.into(),
            controls,
            expires_at,
            pods,
            containers: patterns(&self.containers),
            container_kinds: kinds,
            pairs: pairs.collect(),
            images,
            subjects,
            bare_pods: self.bare_pods,
            namespaces: self.namespaces.iter().cloned().collect(),
        })
    }

    fn end(&self, faults: &mut Faults) -> Option<Timestamp> {
        let message = match (&self.expires_at, self.permanent) {
            (Some(_), true) => Some("remove one of the two: permanent or expiresAt"),
            (None, false) => {
                Some("is required, as a time like 2026-12-01T12:00:00Z, unless permanent: true")
            }
            (Some(_), false) | (None, true) => None,
        };
        faults.require(message.is_none(), at("expiresAt"), message.unwrap_or_default());
        let text = self.expires_at.as_deref()?;
        let end = text.parse().ok();
        faults.require(end.is_some(), at("expiresAt"), "must be a time like 2026-12-01T12:00:00Z");
        end
    }

    fn namespaces(&self, faults: &mut Faults) {
        faults.require(
            !self.namespaces.is_empty(),
            at("namespaces"),
            "must name at least one namespace",
        );
        for (index, name) in self.namespaces.iter().enumerate() {
            let message = "must be the exact name of a namespace; `*` is a pattern only in containers, pairs and images";
            faults.require(is_namespace_name(name), nth("namespaces", index), message);
        }
    }

    /// What narrows by container must be able to match one, and a finding on one.
    fn narrowing(&self, controls: &BTreeSet<&'static str>, faults: &mut Faults) {
        let mut pattern = |path: FieldPath, text: &str| {
            let message = "must not be empty: `*` stands for any run of characters";
            faults.require(!text.is_empty(), path, message);
        };
        for (index, text) in self.containers.iter().enumerate() {
            pattern(nth("containers", index), text);
        }
        for (index, pair) in self.pairs.iter().enumerate() {
            for (side, text) in [("from", &pair.from), ("to", &pair.to)] {
                pattern(nth("pairs", index).field(side), text);
            }
        }
        let on_pairs: Vec<_> = Descriptor::ids(Finds::Pairs).collect();
        let reaches = on_pairs.iter().any(|id| controls.contains(id));
        let message = format!("needs {} among the controls", on_pairs.join(" or "));
        faults.require(self.pairs.is_empty() || reaches, at("pairs"), &message);
        if controls.is_empty() || !controls.is_subset(&on_pods()) {
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
            faults.require(unused, at(field), &message);
        }
    }

    fn images(&self, faults: &mut Faults) -> Vec<ImagePattern> {
        let images = self.images.iter().enumerate().filter_map(|(index, text)| {
            let pattern = ImagePattern::new(text);
            let message = "matches no image: write a reference, such as registry.example/tools:1, with `*` for any run of characters without `/`, and `**` for any run";
            faults.require(pattern.is_some(), nth("images", index), message);
            pattern
        });
        images.collect()
    }

    fn controls(&self, faults: &mut Faults) -> BTreeSet<&'static str> {
        let ids: Vec<_> = ALL.iter().map(|descriptor| descriptor.id).collect();
        faults.require(!self.controls.is_empty(), at("controls"), "must list at least one control");
        let known = self.controls.iter().enumerate().filter_map(|(index, id)| {
            let known = Descriptor::by_id(id);
            let near = did_you_mean(id, &ids);
            let message = format!("expected one of {}{near}", ids.join(", "));
            faults.require(known.is_some(), nth("controls", index), &message);
            known.map(|descriptor| descriptor.id)
        });
        known.collect()
    }

    fn subjects(&self, faults: &mut Faults) -> Vec<Subject> {
        let subjects = self.subjects.iter().enumerate().map(|(index, subject)| {
            let is_account = subject.kind.0 == SubjectWord::ServiceAccount;
            let path = nth("subjects", index).field("namespace");
            let message = if is_account {
                "is required for a ServiceAccount"
            } else {
                "is only for a ServiceAccount"
            };
            faults.require(is_account == subject.namespace.is_some(), path, message);
            let path = nth("subjects", index).field("name");
            faults.require(!subject.name.is_empty(), path, "must not be empty");
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
