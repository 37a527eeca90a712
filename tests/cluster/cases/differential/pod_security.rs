//! Pod Security admission beside Bulkhead: each difference has a reason that docs/compared.md
//! explains, and each reason there has a difference.

use std::collections::BTreeSet;

use serde_json::Value;

use super::request::{Act, Judged};
use super::warnings::Said;

/// Why one of the two speaks and the other does not.
pub(super) struct Reason {
    /// As docs/compared.md has it.
    pub(super) id: &'static str,
    /// What they judge.
    subject: Subject,
    /// Who speaks.
    speaks: Who,
    applies: fn(&Judged, &Value) -> bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Bulkhead,
    PodSecurity,
}

/// What both could judge; `Only` is for controls that Pod Security has nothing like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    HostPid,
    Privileged,
    Capabilities,
    DropAll,
    Only(&'static str),
}

const fn reason(
    id: &'static str,
    subject: Subject,
    speaks: Who,
    applies: fn(&Judged, &Value) -> bool,
) -> Reason {
    Reason { id, subject, speaks, applies }
}

const ALWAYS: fn(&Judged, &Value) -> bool = |_, _| true;

pub(super) const REASONS: &[Reason] = &[
    reason("no-check-of-sharing", Subject::Only(CONTROLS[0]), Who::Bulkhead, ALWAYS),
    reason("no-check-of-groups", Subject::Only(CONTROLS[1]), Who::Bulkhead, ALWAYS),
    reason("no-check-of-targets", Subject::Only(CONTROLS[2]), Who::Bulkhead, ALWAYS),
    reason("old-host-pid", Subject::HostPid, Who::PodSecurity, |judged, _| judged.is_old(None)),
    reason("old-privileged", Subject::Privileged, Who::PodSecurity, |judged, container| {
        judged.is_old(Some(container))
    }),
    reason("old-capability", Subject::Capabilities, Who::PodSecurity, |judged, container| {
        judged.is_old(Some(container))
    }),
    reason("privileged-alone", Subject::Privileged, Who::PodSecurity, is_alone),
    reason("privileged-has-all", Subject::Capabilities, Who::PodSecurity, |_, container| {
        container["securityContext"]["privileged"] == true
    }),
    reason("other-capability", Subject::Capabilities, Who::PodSecurity, |_, container| {
        !adds_ptrace(container)
    }),
    reason("taken-away-again", Subject::Capabilities, Who::PodSecurity, |_, container| {
        adds_ptrace(container) && is_taken_away(container)
    }),
    reason("drop-all-wanted", Subject::DropAll, Who::PodSecurity, ALWAYS),
];

/// The controls that Pod Security has nothing like.
const CONTROLS: [&str; 3] =
    ["share-process-namespace", "supplemental-groups-policy", "ephemeral-target"];

const PTRACE: [&str; 3] = ["SYS_PTRACE", "CAP_SYS_PTRACE", "ALL"];

impl Judged {
    /// Whether the request did not bring this container, or this pod: Pod Security judges what is
    /// there, Bulkhead what is added.
    fn is_old(&self, container: Option<&Value>) -> bool {
        match self.act {
            Act::Create | Act::Template => false,
            Act::ChangeTemplate => self.old.as_ref() == Some(&self.new),
            Act::Change | Act::Debug => container.is_none_or(|container| {
                self.containers().any(|(list, one)| {
                    one["name"] == container["name"] && self.had(list, &one["name"])
                })
            }),
        }
    }
}

/// Whether no other process can be beside a privileged container.
fn is_alone(judged: &Judged, container: &Value) -> bool {
    let spec = &judged.spec;
    if spec["hostPID"] == true {
        return false;
    }
    let list = |name: &str| spec[name].as_array().map_or(&[][..], Vec::as_slice);
    let always = |one: &Value| one["restartPolicy"] == "Always";
    if spec["shareProcessNamespace"] == true {
        let before = list("initContainers").iter().take_while(|one| *one != container);
        let is_init = list("initContainers").contains(container) && !always(container);
        let runs = list("initContainers").iter().filter(|one| always(one)).count();
        let runs = runs + list("containers").len();
        let beside = if is_init { before.filter(|one| always(one)).count() } else { runs - 1 };
        return beside == 0 && list("ephemeralContainers").is_empty();
    }
    let targets = |one: &Value, name: &Value| one["targetContainerName"] == *name;
    container["targetContainerName"].is_null()
        && !list("ephemeralContainers").iter().any(|one| targets(one, &container["name"]))
}

/// The entries of `add` or `drop`, in upper case.
fn names(container: &Value, list: &str) -> Vec<String> {
    let names = container["securityContext"]["capabilities"][list].as_array();
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_uppercase).collect()
}

/// Whether `add` has some name that gives it.
fn adds_ptrace(container: &Value) -> bool {
    names(container, "add").iter().any(|name| PTRACE.contains(&name.as_str()))
}

/// Whether `drop` takes away on both runtimes what `add` gives.
fn is_taken_away(container: &Value) -> bool {
    let (add, drop) = (names(container, "add"), names(container, "drop"));
    let has = |list: &[String], name: &str| list.iter().any(|one| one == name);
    // The last word on both; with the prefix CRI-O alone understands it.
    let plain = has(&drop, "SYS_PTRACE");
    let prefixed = plain || has(&drop, "CAP_SYS_PTRACE");
    let all = plain || has(&drop, "ALL");
    let gone = [("SYS_PTRACE", plain), ("CAP_SYS_PTRACE", prefixed), ("ALL", all)];
    gone.into_iter().all(|(name, taken)| !has(&add, name) || taken)
}

/// The containers that Pod Security names for what it forbids.
fn named(security: &str, forbids: &str) -> BTreeSet<String> {
    let Some((before, _)) = security.split_once(forbids) else { return BTreeSet::new() };
    let start = ["container \"", "containers \""].iter().filter_map(|word| before.rfind(word));
    let list = &before[start.max().unwrap()..];
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What each of the two found: the subject and the container, empty for the pod.
type Found = BTreeSet<(Subject, String)>;

fn by_security(said: &str) -> Found {
    let mut found = Found::new();
    if said.contains("hostPID=true") {
        found.insert((Subject::HostPid, String::new()));
    }
    for (subject, forbids) in [
        (Subject::Privileged, " must not set securityContext.privileged=true"),
        (Subject::Capabilities, " must not include "),
        (Subject::DropAll, " must set securityContext.capabilities.drop=[\"ALL\"]"),
    ] {
        found.extend(named(said, forbids).into_iter().map(|name| (subject, name)));
    }
    found
}

/// All that Bulkhead found, as CEL says it, which finds the same and names each field.
fn by_bulkhead(said: &Said) -> Found {
    let subject = |finding: &String| {
        let mut words = finding.split(' ');
        let (control, path) = (words.next().unwrap(), words.next().unwrap());
        let container = words.next().unwrap_or_default();
        let only = CONTROLS.iter().find(|one| **one == control);
        match (control, only) {
            (_, Some(control)) => (Subject::Only(control), String::new()),
            ("host-process-namespace", None) => (Subject::HostPid, String::new()),
            _ if path.ends_with(".privileged") => (Subject::Privileged, container.to_owned()),
            _ => (Subject::Capabilities, container.to_owned()),
        }
    };
    said.oracle.iter().map(subject).collect()
}

/// What they agree on and the reasons of their differences are counted; one without a reason is
/// an error.
pub(super) fn compare(judged: &Judged, said: &Said) -> Result<Vec<&'static str>, String> {
    let (bulkhead, security) = (by_bulkhead(said), by_security(&said.security));
    let mut counted: Vec<_> = bulkhead.intersection(&security).map(|_| AGREED).collect();
    for difference in bulkhead.symmetric_difference(&security) {
        let (subject, name) = difference;
        let speaks = if bulkhead.contains(difference) { Who::Bulkhead } else { Who::PodSecurity };
        let container = judged.containers().find(|(_, one)| one["name"] == name.as_str());
        let container = container.map_or(&Value::Null, |(_, one)| one);
        let mut reasons = REASONS.iter().filter(|reason| {
            (reason.subject, reason.speaks) == (*subject, speaks)
                && (reason.applies)(judged, container)
        });
        match reasons.next() {
            Some(reason) => counted.push(reason.id),
            None => return Err(format!("{speaks:?} alone speaks, for no reason: {difference:?}")),
        }
    }
    Ok(counted)
}

/// What is counted when both speak.
pub(super) const AGREED: &str = "both speak";
