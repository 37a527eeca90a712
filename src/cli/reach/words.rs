//! What text, pages and pictures say in the same words.

use super::Subject;
use crate::pod::{Container, ContainerKind};
use crate::reach::{Answer, Answers, Aspect, Aspects, Cause, Exposure, Remedy, Target, Verdict};

/// `pod.yaml: Pod shop/web`.
pub(super) fn title(subject: &Subject<'_, '_>) -> String {
    format!("{}: {}", subject.file, object(subject))
}

/// `Pod shop/web`.
pub(super) fn object(subject: &Subject<'_, '_>) -> String {
    let Subject { kind, namespace, shown_name: name, .. } = subject;
    let namespace = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{kind} {namespace}{}", name.unwrap_or("without a name"))
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
pub(super) const LEGEND: &str = "c command line, e environment, f files, m memory, d open files (descriptors), s signal; \
     CAPITAL = certain, small = possible, · = no, + = partly through another container";

/// Before what ends a reach without an end to sharing.
pub(super) const IF_SHARED: &str = "If processes stay shared";

/// A story gives no more reasons than these, and counts the rest.
const REASONS: usize = 4;

/// What one container reaches, why, and what would end it.
pub(super) struct Story {
    pub(super) what: String,
    pub(super) why: Vec<String>,
    /// How many reasons there are besides.
    pub(super) more: usize,
    /// What would end it while processes stay shared, where something does.
    pub(super) changes: Option<String>,
}

impl Story {
    fn new(what: String, mut why: Vec<(Cause, String)>, changes: Option<String>) -> Self {
        why.sort_by_key(|(cause, _)| *cause);
        let more = why.len().saturating_sub(REASONS);
        let why = why.into_iter().take(REASONS).map(|(_, detail)| detail).collect();
        Self { what, why, more, changes }
    }

    /// That there are more reasons than those that are given.
    pub(super) fn rest(&self) -> Option<String> {
        (self.more > 0).then(|| format!("{} more: --explain FROM TO has all of a pair", self.more))
    }
}

/// The lines on top of a pod, each with what it is about: who takes over whom for certain, who else
/// may and why that is open, and the one change that ends all of it.
pub(super) fn verdict(subject: &Subject<'_, '_>) -> Option<[(&'static str, String); 3]> {
    let Verdict { certain, open, end } = subject.matrix.verdict()?;
    Some([("Certain", certain), ("Possible", open), ("To end all of it", end.to_owned())])
}

/// About a container and the others; `None` where it reaches nothing but command lines.
pub(super) fn story(subject: &Subject<'_, '_>, from: usize) -> Option<Story> {
    let matrix = &subject.matrix;
    let (mut exposures, mut why) = (Vec::new(), Vec::new());
    let direct = reached(subject, from, |to| matrix.direct(from, to));
    for (to, answers) in &direct {
        let to = Target::Container(*to);
        let new = reasons(subject, from, to, *answers);
        why.extend(new.filter(|reason| !why.contains(reason)).collect::<Vec<_>>());
        exposures.push(matrix.exposure(from, to, *answers));
    }
    let further =
        reached(subject, from, |to| matrix.transitive(from, to).only(matrix.further(from, to)));
    let ways = matrix.ways(from, further.iter().map(|(to, _)| *to)).into_iter();
    // They follow from the others.
    why.extend(ways.map(|way| (Cause::ImageDecides, format!("it reaches {way}"))));
    for (to, answers) in further {
        exposures.push(matrix.exposure_through_others(Target::Container(to), answers));
    }
    (!exposures.is_empty())
        .then(|| Story::new(Exposure::clauses(&exposures, 0), why, changes(subject, from, &direct)))
}

/// Why this is reached.
fn reasons(
    subject: &Subject<'_, '_>,
    from: usize,
    to: Target,
    answers: Answers,
) -> impl Iterator<Item = (Cause, String)> {
    let reached = answers.at_least(Answer::Possible);
    // Where more is reached, a signal counts for little.
    let more = reached.without(Aspects::one(Aspect::Signal));
    let reached = if more.is_empty() { reached } else { more };
    let all = subject.matrix.reasons(from, to).into_iter();
    let about = all.filter(move |it| it.aspects.meets(reached));
    let about: Vec<_> = about.collect();
    let privileged = about.iter().any(|it| it.cause == Cause::Privileged);
    let says_nothing = move |cause| {
        // That it can be read in two ways is no reason to reach it.
        cause == Cause::DacLimits
            || privileged && matches!(cause, Cause::SysPtrace | Cause::Perfmon)
    };
    about.into_iter().filter(move |it| !says_nothing(it.cause)).map(|it| (it.cause, it.detail))
}

/// The containers of which one container reaches more than the command line, and what.
fn reached(
    subject: &Subject<'_, '_>,
    from: usize,
    answers: impl Fn(Target) -> Answers,
) -> Vec<(usize, Answers)> {
    let others = subject.matrix.neighbours(from);
    let counted = others.filter_map(|to| {
        let answers = answers(Target::Container(to)).only(Aspects::BEYOND_VIEW);
        (answers.strongest() != Answer::No).then_some((to, answers))
    });
    counted.collect()
}

/// With more changes than this an end to sharing is the simpler one.
const CHANGES: usize = 8;

/// What ends all of it while processes stay shared: the changes for each pair together, after which
/// nothing leads on to others. They do not undo each other: each only takes from `from`, or gives ids that nobody has.
fn changes(subject: &Subject<'_, '_>, from: usize, pairs: &[(usize, Answers)]) -> Option<String> {
    let mut all = Remedy { sharing: None, hardening: Vec::new() };
    for (to, answers) in pairs {
        let aspects = answers.at_least(Answer::Possible);
        let one = subject.matrix.remedy(from, Target::Container(*to), aspects);
        if one.hardening.is_empty() {
            return None;
        }
        let new: Vec<_> =
            one.hardening.into_iter().filter(|it| !all.hardening.contains(it)).collect();
        all.hardening.extend(new);
        if all.hardening.len() > CHANGES {
            return None;
        }
    }
    all.changes(subject.pod, &[])
}

/// What a container reaches of the node's processes; `None` without `hostPID`.
pub(super) fn node_story(subject: &Subject<'_, '_>, from: usize) -> Option<Story> {
    if !subject.pod.host_pid {
        return None;
    }
    let (matrix, node) = (&subject.matrix, Target::Node);
    let answers = matrix.direct(from, node).only(Aspects::BEYOND_VIEW);
    let what = Exposure::clauses(&[matrix.exposure(from, node, answers)], 0);
    Some(Story::new(what, reasons(subject, from, node, answers).collect(), None))
}
