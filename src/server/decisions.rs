//! The decision log: one line per decision, never the object. docs/logs.md lists its members, and a
//! test holds the two against each other.

use std::time::Duration;

use serde::Serialize;
use tracing::Level;

use crate::admission::Request;
use crate::decision::Line;
use crate::metrics::Labels;
use crate::telemetry;
use crate::text;

/// A line has at most so many bytes.
const LONGEST: usize = 16 * 1024;

/// How much is said of a request.
#[derive(Clone, Copy)]
struct Scale {
    /// Characters of a value.
    value: usize,
    groups: usize,
    findings: usize,
}

/// The first that gives a short enough line counts.
const SCALES: [Scale; 3] = [
    Scale { value: text::VALUE, groups: 32, findings: 10 },
    Scale { value: 64, groups: 16, findings: 4 },
    Scale { value: 32, groups: 4, findings: 1 },
];

/// A decision as it is logged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    uid: String,
    path: &'static str,
    operation: &'static str,
    kind: String,
    subresource: String,
    namespace: String,
    name: String,
    owner: Option<String>,
    user: String,
    groups: Vec<String>,
    /// Of the groups.
    more_groups: usize,
    dry_run: bool,
    verdict: &'static str,
    /// This and the four below: of the finding that decides.
    control: Option<&'static str>,
    mode: Option<&'static str>,
    policy: Option<String>,
    container: Option<String>,
    exception: Option<String>,
    controls: String,
    findings: Vec<FindingRecord>,
    more_findings: usize,
    micros: u64,
}

/// A finding, or several that share a line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingRecord {
    control: &'static str,
    mode: &'static str,
    policies: Vec<String>,
    containers: Vec<String>,
    more_containers: usize,
    pairs: usize,
    exception: Option<String>,
    conditional: bool,
    repaired: bool,
}

/// One line on a decision.
pub(super) fn log(labels: Labels, request: &Request<'_>, lines: &[Line], took: Duration) {
    if !tracing::enabled!(Level::INFO) {
        return;
    }
    let is_json = telemetry::is_json();
    let shown = if is_json { plain } else { escaped };
    let record = |scale| Record::of((labels, took), request, lines, scale, shown);
    let is_short =
        |record: &Record| serde_json::to_vec(record).is_ok_and(|line| line.len() < LONGEST - 256);
    let mut records = SCALES.into_iter().map(record);
    let last = SCALES.len() - 1;
    let record = records.by_ref().take(last).find(is_short).or_else(|| records.next());
    let Some(record) = record else { return };
    if is_json {
        telemetry::json("reviewed", &record);
        return;
    }
    let or_empty = Option::unwrap_or_default;
    tracing::info!(
        uid = record.uid,
        path = record.path,
        operation = record.operation,
        kind = record.kind,
        subresource = record.subresource,
        namespace = record.namespace,
        name = record.name,
        owner = or_empty(record.owner),
        user = record.user,
        groups = record.groups.join(","),
        dryRun = record.dry_run,
        verdict = record.verdict,
        control = record.control.unwrap_or_default(),
        mode = record.mode.unwrap_or_default(),
        policy = or_empty(record.policy),
        container = or_empty(record.container),
        exception = or_empty(record.exception),
        controls = record.controls,
        micros = record.micros,
        "reviewed"
    );
}

/// A value of a request in a line of text: bounded, and a string that the format quotes, so that a
/// name cannot look like another field.
pub(super) fn escaped(value: &str, most: usize) -> String {
    text::cut(value, most).escape_debug().to_string()
}

/// A value in a line of JSON, whose own rules keep it apart.
fn plain(value: &str, most: usize) -> String {
    text::clean(&text::cut(value, most)).into_owned()
}

impl Record {
    fn of(
        (labels, took): (Labels, Duration),
        request: &Request<'_>,
        lines: &[Line],
        Scale { value: length, groups, findings }: Scale,
        shown: fn(&str, usize) -> String,
    ) -> Self {
        let show = |value: &str| shown(value, length);
        let (target, requester) = (&request.target, &request.requester);
        let (deciding, all) = (deciding(lines), &requester.groups);
        let mut controls: Vec<_> =
            lines.iter().filter(|it| it.counts()).map(|it| it.ruling.control().id).collect();
        controls.dedup();
        let of_deciding = deciding.map(|line| FindingRecord::of(line, show));
        Self {
            uid: show(&request.uid),
            path: labels.path,
            operation: labels.operation,
            kind: show(&target.kind),
            subresource: show(&target.subresource),
            namespace: show(&target.namespace),
            name: show(&target.name),
            owner: target
                .owner
                .as_ref()
                .map(|[kind, name]| format!("{}/{}", show(kind), show(name))),
            user: show(&requester.user),
            groups: all.iter().take(groups).map(|it| show(it)).collect(),
            more_groups: all.len().saturating_sub(groups),
            dry_run: request.dry_run,
            verdict: labels.verdict,
            control: of_deciding.as_ref().map(|it| it.control),
            mode: of_deciding.as_ref().map(|it| it.mode),
            policy: of_deciding.as_ref().map(|it| it.policies.join(",")),
            container: of_deciding
                .as_ref()
                .filter(|it| !it.containers.is_empty())
                .map(|it| it.containers.join(",")),
            exception: of_deciding.and_then(|it| it.exception),
            controls: controls.join(","),
            findings: lines.iter().take(findings).map(|it| FindingRecord::of(it, show)).collect(),
            more_findings: lines.len().saturating_sub(findings),
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// The finding that decides: of those that count the first of the strongest mode, else the first one
/// that was excepted or repaired.
fn deciding(lines: &[Line]) -> Option<&Line> {
    let counting = lines.iter().filter(|line| line.counts());
    // Of several that are equal, this is the last.
    counting.rev().max_by_key(|line| line.ruling.mode).or_else(|| lines.first())
}

impl FindingRecord {
    fn of(line: &Line, show: impl Fn(&str) -> String) -> Self {
        let Line { ruling, policies, containers, more, pairs, repaired } = line;
        let exception = ruling.exempt.as_deref().or(ruling.conditional.as_deref());
        Self {
            control: ruling.control().id,
            mode: ruling.mode.as_str(),
            policies: policies.iter().map(|name| show(name)).collect(),
            containers: containers.iter().map(|name| show(name)).collect(),
            more_containers: *more,
            pairs: *pairs,
            exception: exception.map(&show),
            conditional: ruling.conditional.is_some(),
            repaired: *repaired,
        }
    }
}
