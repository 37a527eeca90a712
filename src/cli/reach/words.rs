//! What text, pages and pictures say in the same words.

use super::Subject;
use crate::pod::{Container, ContainerKind};
use crate::reach::{Answer, Answers, Aspect, Aspects, Exposure, Remedy, Target};

/// `pod.yaml: Pod shop/web`.
pub(super) fn title(subject: &Subject<'_, '_>) -> String {
    let Subject { file, kind, namespace, shown_name: name, .. } = subject;
    let namespace = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{file}: {kind} {namespace}{}", name.unwrap_or("without a name"))
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
pub(super) const LEGEND: &str = "c command line, e environment, f files, m memory, d descriptors, s signal; \
     upper case: yes; lower case: possible; ·: no; +: more by way of others";

/// What one container reaches, why, and what would end it.
pub(super) struct Story {
    pub(super) what: String,
    pub(super) why: Vec<String>,
    pub(super) remedy: String,
}

/// About a container and the others; `None` where it reaches nothing but command lines.
pub(super) fn story(subject: &Subject<'_, '_>, from: usize) -> Option<Story> {
    let matrix = &subject.matrix;
    let (mut exposures, mut why) = (Vec::new(), Vec::new());
    let direct = reached(subject, from, |to| matrix.direct(from, to));
    for (to, answers) in &direct {
        let to = Target::Container(*to);
        let cause = matrix.main_cause(from, to, answers.at_least(Answer::Possible));
        let reason = matrix.reasons(from, to).into_iter().find(|it| it.cause == cause);
        why.extend(reason.map(|it| it.detail).filter(|detail| !why.contains(detail)));
        exposures.push(matrix.exposure(from, to, *answers));
    }
    let further =
        reached(subject, from, |to| matrix.transitive(from, to).only(matrix.further(from, to)));
    why.extend(matrix.ways(from, further.iter().map(|(to, _)| *to)));
    for (to, answers) in further {
        exposures.push(matrix.exposure_through_others(Target::Container(to), answers));
    }
    (!exposures.is_empty()).then(|| Story {
        what: Exposure::clauses(&exposures, 0),
        why,
        remedy: remedy(subject, from, &direct),
    })
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

/// What ends all of it: an end to sharing, or the changes for each pair together, after which
/// nothing leads on to others. They do not undo each other: each only takes from `from`, or gives ids that nobody has.
fn remedy(subject: &Subject<'_, '_>, from: usize, pairs: &[(usize, Answers)]) -> String {
    let mut all = Remedy { sharing: None, hardening: Vec::new() };
    let mut possible = true;
    for (to, answers) in pairs {
        if !possible || all.hardening.len() > CHANGES {
            break;
        }
        let aspects = answers.at_least(Answer::Possible);
        let one = subject.matrix.remedy(from, Target::Container(*to), aspects);
        all.sharing = all.sharing.or(one.sharing);
        possible &= !one.hardening.is_empty();
        let new: Vec<_> =
            one.hardening.into_iter().filter(|it| !all.hardening.contains(it)).collect();
        all.hardening.extend(new);
    }
    if !possible || all.hardening.len() > CHANGES {
        all.hardening.clear();
    }
    all.advice(subject.pod)
}

/// What a container reaches of the node's processes; `None` without `hostPID`.
pub(super) fn node_story(subject: &Subject<'_, '_>, from: usize) -> Option<Story> {
    if !subject.pod.host_pid {
        return None;
    }
    let (matrix, node) = (&subject.matrix, Target::Node);
    let answers = matrix.direct(from, node).only(Aspects::BEYOND_VIEW);
    let reasons = matrix.reasons(from, node).into_iter();
    Some(Story {
        what: Exposure::clauses(&[matrix.exposure(from, node, answers)], 0),
        why: reasons.map(|reason| reason.detail).collect(),
        remedy: matrix.remedy(from, node, Aspects::BEYOND_VIEW).advice(subject.pod),
    })
}
