//! What text, pages and pictures say in the same words.

use std::collections::BTreeMap;

use super::Subject;
use crate::controls::process_reach::{PairCertainty, ProcessReach};
use crate::controls::{Chain, Pair, Reached};
use crate::pod::{Container, ContainerKind, Identity, Secrets};
use crate::reach::{Answer, Answers, Aspect, Aspects, Cause, ImageUser, Remedy};

/// `pod.yaml: Pod shop/web`.
pub(super) fn title(subject: &Subject<'_, '_>) -> String {
    let Subject { file, kind, namespace, shown_name: name, .. } = subject;
    let namespace = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{file}: {kind} {namespace}{}", name.unwrap_or("without a name"))
}

/// Who sees whose processes.
pub(super) fn views(subject: &Subject<'_, '_>) -> String {
    let pod = subject.pod;
    let joined: Vec<_> = pod
        .containers
        .iter()
        .filter(|it| it.kind == ContainerKind::Ephemeral)
        .filter_map(|it| Some(format!("{} joined {}", it.name, it.target.as_ref()?)))
        .collect();
    let count = match subject.size() {
        1 => "1 container".to_owned(),
        many => format!("{many} containers"),
    };
    match (pod.host_pid, pod.share_process_namespace == Some(true), joined.is_empty()) {
        (true, ..) => format!("{count}; each sees every process of the node (hostPID)"),
        (_, true, _) => format!("{count} in one PID namespace (shareProcessNamespace)"),
        (_, _, true) => format!("{count}, each in a PID namespace of its own"),
        (_, _, false) => format!(
            "{count}, each in a PID namespace of its own, but {} (targetContainerName)",
            joined.join(", ")
        ),
    }
}

/// The kind of a container, where it is not the usual one.
pub(super) fn kind(container: &Container<'_>) -> Option<&'static str> {
    match container.kind {
        ContainerKind::Init => Some("init"),
        ContainerKind::Sidecar => Some("sidecar"),
        ContainerKind::Regular => None,
        ContainerKind::Ephemeral => Some("ephemeral"),
    }
}

/// The user and group of a container's process.
pub(super) fn identity(subject: &Subject<'_, '_>, place: usize) -> String {
    let Some(container) = subject.pod.containers.get(place) else { return String::new() };
    let assumed = subject.assumed.iter().find(|it| it.container == container.name);
    let assumed = assumed.map(|it| it.user);
    let (user, counts) = match (subject.pod.identity(container), assumed) {
        (Identity::User(0), _) => ("user 0 (root)".to_owned(), None),
        (Identity::User(uid), _) => (format!("user {uid}"), None),
        (Identity::NonRoot, None | Some(ImageUser { uid: 0, .. })) => {
            ("the image's user, not root".to_owned(), None)
        }
        (Identity::ImageDecides, None) => ("the image's user, root perhaps".to_owned(), None),
        (_, Some(user)) => (format!("user {} (assumed)", user.uid), Some(user)),
    };
    let group = match (subject.pod.group(container), counts.and_then(|it| it.gid)) {
        (Some(gid), _) => format!("group {gid}"),
        (None, Some(gid)) => format!("group {gid} (assumed)"),
        (None, None) => "the image's group".to_owned(),
    };
    let privileged = if container.security.privileged { ", privileged" } else { "" };
    format!("{user}, {group}{privileged}")
}

/// The word for an aspect.
pub(super) fn aspect(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Cmdline => "command line",
        Aspect::Environ => "environment",
        Aspect::Filesystem => "files",
        Aspect::Memory => "memory",
        Aspect::Descriptors => "descriptors",
        Aspect::Signal => "signal",
    }
}

/// The letter of an aspect: upper case for yes, lower case for possible, a dot for no.
pub(super) fn letter(aspect: Aspect, answer: Answer) -> char {
    let letter = match aspect {
        Aspect::Cmdline => 'c',
        Aspect::Environ => 'e',
        Aspect::Filesystem => 'f',
        Aspect::Memory => 'm',
        Aspect::Descriptors => 'd',
        Aspect::Signal => 's',
    };
    match answer {
        Answer::Yes => letter.to_ascii_uppercase(),
        Answer::Possible => letter,
        Answer::No => '·',
    }
}

/// All letters of a pair.
pub(super) fn letters(answers: Answers) -> String {
    Aspect::ALL.map(|aspect| letter(aspect, answers.of(aspect))).into_iter().collect()
}

/// What the letters mean.
pub(super) const LEGEND: &str = "c command line, e environment, f files, m memory, d descriptors, s signal; \
     upper case: yes; lower case: possible; ·: no; +: more by way of others";

/// What matters beyond the command line, which is open to all who see a process.
pub(super) fn beyond_view() -> Aspects {
    Aspects::ALL.without(Aspects::one(Aspect::Cmdline))
}

/// What one container reaches, why, and what would end it.
pub(super) struct Story {
    pub(super) what: String,
    pub(super) why: Vec<String>,
    pub(super) remedy: String,
}

/// About a container and the others; `None` where it reaches nothing but command lines.
pub(super) fn story(subject: &Subject<'_, '_>, from: usize) -> Option<Story> {
    let mut pairs = pairs(subject, from, false);
    let mut why = Vec::new();
    for pair in &pairs {
        let cause = subject.reach().main_cause(from, pair.to, pair.aspects());
        let reasons = subject.reach().reasons(from, pair.to).into_iter();
        let reason = reasons.filter(|it| it.cause == cause).map(|it| it.detail).next();
        why.extend(reason.filter(|reason| !why.contains(reason)));
    }
    let remedy = remedy(subject, from, &pairs);
    let further = further(subject, from);
    let places: Vec<_> = further.iter().map(|pair| pair.to).collect();
    why.extend(ways(subject, from, &places));
    pairs.extend(further);
    let reached: Vec<_> = pairs.iter().map(|pair| subject.scene.reached(pair)).collect();
    let what = Reached::told(&reached, 0);
    (!pairs.is_empty()).then_some(Story { what, why, remedy })
}

/// What counts of what a container reaches, or with ways through others.
fn pairs(subject: &Subject<'_, '_>, from: usize, transitive: bool) -> Vec<Pair> {
    let certainty = PairCertainty::Possible;
    let control = ProcessReach { aspects: beyond_view(), certainty, transitive };
    control.pairs(&subject.scene, from).collect()
}

/// What a container reaches by way of others only, or is surer of by that.
fn further(subject: &Subject<'_, '_>, from: usize) -> Vec<Pair> {
    if subject.reach().neighbours(from).all(|to| subject.further(from, to).is_empty()) {
        return Vec::new();
    }
    let through = |pair: Pair| {
        let answers = pair.answers.only(subject.further(from, pair.to));
        let some = answers.strongest() != Answer::No;
        some.then_some(Pair { answers, chain: Chain::Needed, ..pair })
    };
    pairs(subject, from, true).into_iter().filter_map(through).collect()
}

/// How one container gets at others without reaching them itself; those of one way together.
pub(super) fn ways(subject: &Subject<'_, '_>, from: usize, to: &[usize]) -> Vec<String> {
    let mut ways: BTreeMap<Vec<usize>, Vec<&str>> = BTreeMap::new();
    for to in to {
        let way = subject.way(from, *to, subject.further(from, *to));
        ways.entry(way).or_default().push(subject.container(*to));
    }
    let told = |(way, to): (Vec<usize>, Vec<&str>)| {
        let way: Vec<_> = way.into_iter().map(|place| subject.container(place)).collect();
        format!("{} by way of the memory of {}", to.join(", "), way.join(", then "))
    };
    ways.into_iter().map(told).collect()
}

/// With more changes than this an end to sharing is the simpler one.
const CHANGES: usize = 8;

/// What ends all of it: an end to sharing, or the changes for each pair together, after which
/// nothing leads on to others. They do not undo each other: each only takes from `from`, or gives ids that nobody has.
fn remedy(subject: &Subject<'_, '_>, from: usize, pairs: &[Pair]) -> String {
    let mut all = Remedy { sharing: None, hardening: Vec::new() };
    let mut possible = true;
    for pair in pairs {
        if !possible || all.hardening.len() > CHANGES {
            break;
        }
        let one = subject.reach().remedy(from, pair.to, pair.aspects());
        all.sharing = all.sharing.or(one.sharing);
        possible &= !one.hardening.is_empty();
        let new: Vec<_> =
            one.hardening.into_iter().filter(|it| !all.hardening.contains(it)).collect();
        all.hardening.extend(new);
    }
    if !possible || all.hardening.len() > CHANGES {
        all.hardening.clear();
    }
    ProcessReach::advice(subject.pod, &all)
}

/// What a container reaches of the node's processes; `None` without `hostPID`.
pub(super) fn node_story(subject: &Subject<'_, '_>, from: usize) -> Option<Story> {
    let answers = subject.reach().node(from)?.only(beyond_view());
    let reasons = subject.reach().node_reasons(from);
    let cause = reasons.iter().map(|reason| reason.cause).min().unwrap_or(Cause::HostPid);
    let name = "the node's processes";
    let reached = Reached { name, answers, why: cause.brief(), secrets: Secrets::default() };
    Some(Story {
        what: Reached::told(&[reached], 0),
        why: reasons.into_iter().map(|reason| reason.detail).collect(),
        remedy: "set hostPID to false".to_owned(),
    })
}
