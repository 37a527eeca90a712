use std::collections::BTreeMap;

use super::{Context, Exception, Ruling};
use crate::controls::Finding;
use crate::pod::{Container, PodView};

/// The rulings on `new` that a request adds or worsens, given those on the stored pod `old`.
///
/// Old debt is not judged again: what the stored pod was already found for, at the same certainty
/// or a worse one, does not count, exempt or not. Only an image change can lose an exception:
/// labels and owners merely narrow, and an exception that expired leaves old debt. Whose exception
/// it was, and which labels and owners the pod has by now, does not matter then, or who may less
/// could do more.
pub(super) fn added(
    (new, rulings): (&PodView<'_>, Vec<Ruling>),
    (old, old_rulings): (&PodView<'_>, &[Ruling]),
    exceptions: &[Exception],
    context: &Context<'_>,
) -> Vec<Ruling> {
    let known: BTreeMap<_, _> =
        old_rulings.iter().map(|ruling| (subject(&ruling.finding), ruling)).collect();
    let counts = |ruling: &Ruling| {
        let Some(known) = known.get(&subject(&ruling.finding)) else { return true };
        let worse = ruling.finding.certainty > known.finding.certainty;
        let images = container(new, ruling).zip(container(old, known));
        let left = |(new, old): (&Container<'_>, &Container<'_>)| {
            let control = ruling.control().id;
            new.image != old.image
                && exceptions.iter().any(|one| one.is_left(control, old, &new.image, context))
        };
        worse || (!ruling.is_exempt() && images.is_some_and(left))
    };
    rulings.into_iter().filter(counts).collect()
}

/// What a finding is about, the same for the old and the new state of a pod.
fn subject(finding: &Finding) -> (&'static str, Option<(&'static str, &str)>) {
    let container = finding.container.as_ref();
    (finding.control.id, container.map(|one| (one.kind.list(), one.name.as_str())))
}

fn container<'p, 'a>(pod: &'p PodView<'a>, ruling: &Ruling) -> Option<&'p Container<'a>> {
    pod.containers.get(ruling.finding.container.as_ref()?.place)
}
