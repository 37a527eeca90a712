//! The schema watch: every member that a pod can have, in every supported Kubernetes, is either
//! read by the view or known not to matter, with a reason.
//!
//! `tests/fixtures/pod-schema` holds what `make pod-schema` took from the published API (fields.txt,
//! kinds.txt and groups.txt) and what people decided about it (classes.txt). When a new Kubernetes brings a
//! list of containers, or a member that speaks of users, groups, namespaces or capabilities, a row
//! is missing there: read it in `src/objects/wire.rs`, or write down why it need not be read.

mod classes;
mod schema;

use std::collections::BTreeSet;

use bulkhead::objects::{self, Kind, Layout, Meant};
use serde_json::{Value, json};

use self::classes::{Class, Row, lists, rows, unclassified};
use self::schema::{Path, Schema};

#[test]
fn every_member_of_every_minor_is_classified() {
    let (schema, rows) = (Schema::committed(), rows());
    for minor in &schema.minors {
        let paths = schema.paths(minor).len();
        assert!(paths > 1_500, "{paths} in {minor}: what became of the others?");
    }
    let missing = unclassified(&rows, &schema.all_paths());
    assert_eq!(missing, BTreeSet::new(), "without a row in classes.txt");
}

#[test]
fn no_row_is_about_nothing() {
    let (schema, rows) = (Schema::committed(), rows());
    let paths = schema.all_paths();
    let idle = |row: &&Row| !paths.iter().any(|path| row.is_for(path));
    let idle: Vec<_> = rows.iter().filter(idle).map(|row| &row.pattern).collect();
    assert_eq!(idle, Vec::<&String>::new(), "no minor has these");
}

/// A wrong type in what is read makes an object unreadable, and only there; so neither class can
/// be claimed for a member that the code treats otherwise.
#[test]
fn what_is_read_is_what_the_rows_say() {
    let (schema, rows) = (Schema::committed(), rows());
    assert!(objects::KINDS.iter().all(|kind| reads(kind, None)), "nothing wrong, nothing refused");
    let mut wrong_rows = BTreeSet::new();
    let (mut read, mut skipped) = (0, 0);
    for path in schema.all_paths() {
        let Some(row) = Row::of(&rows, &path) else { continue };
        for kind in objects::KINDS.iter().filter(|kind| path.is_of(kind.kind)) {
            let refused = !reads(kind, Some(&path));
            *if refused { &mut read } else { &mut skipped } += 1;
            if refused != (row.class == Class::Read) {
                let reported = if refused { "is read" } else { "is not read" };
                wrong_rows.insert(format!("{} of a {} {reported}: {row:?}", path.text, kind.kind));
            }
        }
    }
    assert_eq!(wrong_rows, BTreeSet::new());
    assert!(read > 100 && skipped > 10_000, "{read} and {skipped}: is anything fed at all?");
}

#[test]
fn the_lists_of_containers_are_those_of_the_view() {
    let known: BTreeSet<_> = lists().map(|list| format!("spec.{list}")).collect();
    let schema = Schema::committed();
    for minor in &schema.minors {
        let paths = schema.paths(minor);
        let found = paths.iter().filter(|path| path.holds_containers());
        assert_eq!(found.map(|path| path.text.clone()).collect::<BTreeSet<_>>(), known, "{minor}");
    }
}

#[test]
fn the_kinds_that_hold_pods_are_those_that_are_judged() {
    let mut registered = BTreeSet::new();
    for kind in Schema::committed().kinds {
        let version = match kind.group.as_str() {
            "core" => "v1".to_owned(),
            // The first home of kinds that are in apps; not served since Kubernetes 1.16.
            "extensions" => "apps/v1".to_owned(),
            group => format!("{group}/v1"),
        };
        let known = objects::by_kind(&version, &kind.name);
        let Some(known) = known else { panic!("{kind:?} holds pods, and is not judged") };
        let spec = if known.layout == Layout::Pod { "" } else { ".spec" };
        assert_eq!(format!("{}{spec}", kind.place), known.layout.root().to_string(), "{kind:?}");
        registered.insert(known.kind);
    }
    let ours: BTreeSet<_> = objects::KINDS.iter().map(|kind| kind.kind).collect();
    assert_eq!(registered, ours);
}

/// The groups and kinds of Kubernetes' own, of which any other kind is a mistake.
#[test]
fn every_kind_that_is_published_is_known() {
    let groups = include_str!("../../../fixtures/pod-schema/groups.txt");
    let mut seen = 0;
    for line in groups.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(' ').next().unwrap();
        let (version, kind) = match name.split_once('/') {
            Some((group, kind)) => (format!("{group}/v1"), kind),
            None => ("v1".to_owned(), name),
        };
        let ours = objects::KINDS.iter().find(|one| one.kind == kind);
        let expected = match ours {
            Some(ours) if version == ours.api_version() => Meant::Judged(ours),
            // Where some of them began.
            Some(_) => {
                assert!(version.starts_with("extensions/"), "{line}");
                continue;
            }
            None => Meant::Known,
        };
        assert_eq!(objects::meant(&version, kind), expected, "{line}");
        assert_eq!(objects::meant(&version, &format!("{kind}List")), Meant::Known, "{line}");
        let other = objects::meant(&version, &format!("{kind}Zzzzzzzzzz"));
        assert!(matches!(other, Meant::Mistaken { .. }), "{line}: its group is nobody else's");
        seen += 1;
    }
    assert!(seen > 80, "{seen}: what became of the others?");
}

/// The watch itself: what a coming Kubernetes might bring, and whether it would be noticed.
#[test]
fn a_new_member_that_could_matter_is_noticed() {
    let noticed = [
        ("PodSpec.tearDownContainers []Container", "spec.tearDownContainers"),
        ("PodSpec.network string", "spec.network"),
        ("PodSpec.jointIPCNamespace bool", "spec.jointIPCNamespace"),
        ("Capabilities.ambient []string", "spec.containers[].securityContext.capabilities.ambient"),
        ("SecurityContext.pidMode string", "spec.initContainers[].securityContext.pidMode"),
        ("PodSecurityContext.umask int32", "spec.securityContext.umask"),
        ("EphemeralContainer.joins string", "spec.ephemeralContainers[].joins"),
        // Also below a group that does not matter as a whole.
        ("Probe.runAsUser int64", "spec.containers[].livenessProbe.runAsUser"),
        ("ExecAction.context SecurityContext", "spec.containers[].lifecycle.preStop.exec.context"),
        ("EmptyDirVolumeSource.ownPIDNamespace bool", "spec.volumes[].emptyDir.ownPIDNamespace"),
        ("PodTemplateSpec.sandbox string", "sandbox"),
        ("JobSpec.completionTemplate PodTemplateSpec", "Job.spec.completionTemplate"),
    ];
    let (schema, rows) = (Schema::committed(), rows());
    let known = schema.all_paths();
    let unclassified_with = |field| {
        let newer = schema.with(field).all_paths();
        unclassified(&rows, &newer.difference(&known).cloned().collect())
    };
    for (field, path) in noticed {
        let found = unclassified_with(field);
        assert!(found.contains(path), "{field}: {found:?}");
    }
    assert_eq!(unclassified_with("EmptyDirVolumeSource.compression string"), BTreeSet::new());
}

/// Whether an object of this kind is readable, with a wrong type at the path if there is one.
fn reads(kind: &'static Kind, path: Option<&Path>) -> bool {
    let mut pod = json!({"metadata": {}, "spec": {}});
    if let Some(path) = path.filter(|path| path.kind.is_none()) {
        merge(&mut pod, path.wrong());
    }
    let root = kind.layout.root().to_string();
    let above = root.split('.').rev().skip(1);
    let mut object = above.fold(pod, |inner, name| json!({name: inner}));
    if let Some(path) = path.filter(|path| path.kind.is_some()) {
        merge(&mut object, path.wrong());
    }
    object["kind"] = kind.kind.into();
    objects::read(&object.to_string(), kind).is_ok()
}

fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(members)) => {
            for (name, member) in members {
                merge(into.entry(name).or_insert(Value::Null), member);
            }
        }
        (into, value) => *into = value,
    }
}
