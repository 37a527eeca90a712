//! `--output json`: a line per pod, written pair by pair.

use std::io::Write;

use serde::{Serialize, Serializer};

use super::Subject;
use crate::cli::report::{Report, Streams};
use crate::reach::{Answers, Aspect, Reason, Target};

/// The form that scripts rely on.
pub(super) struct Json;

impl Report<&Subject<'_, '_>> for Json {
    fn add(&mut self, out: &mut Streams, subject: &Subject<'_, '_>) -> anyhow::Result<()> {
        let document = Document {
            file: subject.file,
            kind: subject.kind,
            namespace: subject.namespace,
            pod: subject.name,
            pairs: Pairs(subject),
            node: Node(subject),
        };
        serde_json::to_writer(&mut *out, &document).map_err(std::io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    }
}

#[derive(Serialize)]
struct Document<'s, 'p, 'a> {
    file: &'s str,
    kind: &'s str,
    namespace: Option<&'s str>,
    pod: Option<&'s str>,
    pairs: Pairs<'s, 'p, 'a>,
    node: Node<'s, 'p, 'a>,
}

/// Every ordered pair of different containers, made while it is written.
struct Pairs<'s, 'p, 'a>(&'s Subject<'p, 'a>);

#[derive(Serialize)]
struct PairRow<'s> {
    from: &'s str,
    to: &'s str,
    aspects: Levels,
    causes: Vec<CauseRow>,
    transitive: Levels,
}

impl Serialize for Pairs<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let subject = self.0;
        let row = |from, to| {
            let target = Target::Container(to);
            PairRow {
                from: subject.container(from),
                to: subject.container(to),
                aspects: Levels(subject.matrix.direct(from, target)),
                causes: causes(subject.matrix.reasons(from, target)),
                transitive: Levels(subject.matrix.transitive(from, target)),
            }
        };
        let all = 0..subject.size();
        serializer
            .collect_seq(all.flat_map(|from| subject.others(from).map(move |to| row(from, to))))
    }
}

/// What each container reaches of the node's processes.
struct Node<'s, 'p, 'a>(&'s Subject<'p, 'a>);

#[derive(Serialize)]
struct NodeRow<'s> {
    from: &'s str,
    aspects: Levels,
    causes: Vec<CauseRow>,
}

impl Serialize for Node<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let subject = self.0;
        let row = |from| NodeRow {
            from: subject.container(from),
            aspects: Levels(subject.matrix.direct(from, Target::Node)),
            causes: causes(subject.matrix.reasons(from, Target::Node)),
        };
        let all = (0..subject.size()).filter(|_| subject.pod.host_pid);
        serializer.collect_seq(all.map(row))
    }
}

/// An answer for each aspect, by name.
struct Levels(Answers);

impl Serialize for Levels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let level = |aspect: Aspect| (aspect.as_str(), self.0.of(aspect).as_str());
        serializer.collect_map(Aspect::ALL.map(level))
    }
}

#[derive(Serialize)]
struct CauseRow {
    aspects: Vec<&'static str>,
    cause: &'static str,
    detail: String,
}

fn causes(reasons: Vec<Reason>) -> Vec<CauseRow> {
    let row = |reason: Reason| CauseRow {
        aspects: reason.aspects.iter().map(Aspect::as_str).collect(),
        cause: reason.cause.id(),
        detail: reason.detail,
    };
    reasons.into_iter().map(row).collect()
}
