use std::collections::BTreeMap;

use super::{Context, Exception, Ruling};
use crate::controls::Finding;
use crate::pod::{Container, PodView};
use crate::reach::Answers;

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
    let mut known: BTreeMap<_, Vec<&Ruling>> = BTreeMap::new();
    for ruling in old_rulings {
        known.entry(subject(&ruling.finding)).or_default().push(ruling);
    }
    let counts = |ruling: &Ruling| {
        let known = known.get(&subject(&ruling.finding)).map_or(&[] as &[_], Vec::as_slice);
        let Some(first) = known.first() else { return true };
        let worse = is_worse(&ruling.finding, known);
        let images = container(new, ruling).zip(container(old, first));
        let left = |(new, old): (&Container<'_>, &Container<'_>)| {
            let control = ruling.control().id;
            new.image != old.image
                && exceptions.iter().any(|one| one.is_left(control, old, &new.image, context))
        };
        worse || (!ruling.is_exempt() && images.is_some_and(left))
    };
    rulings.into_iter().filter(counts).collect()
}

/// Whether more is wrong than before: of a pair, whether something is reached that was not, or more
/// surely; else, whether the effect is surer.
fn is_worse(finding: &Finding, known: &[&Ruling]) -> bool {
    let Some(pair) = &finding.pair else {
        return known.iter().all(|known| finding.certainty > known.finding.certainty);
    };
    let before = known.iter().filter_map(|known| known.finding.pair.as_ref());
    let before = before.fold(Answers::NO, |all, known| all.or(known.answers));
    !pair.answers.beyond(before).is_empty()
}

/// A container, the same for the old and the new state of a pod.
type Named<'f> = Option<(&'static str, &'f str)>;

/// What a finding is about, the same for the old and the new state of a pod.
fn subject(finding: &Finding) -> (&'static str, Named<'_>, Named<'_>) {
    let container = finding.container.as_ref().map(|one| (one.kind.list(), one.name.as_str()));
    let other = finding.pair.as_ref().map(|pair| &pair.to);
    let other = other.map(|one| (one.kind.list(), one.name.as_str()));
    (finding.control.id, container, other)
}

fn container<'p, 'a>(pod: &'p PodView<'a>, ruling: &Ruling) -> Option<&'p Container<'a>> {
    pod.containers.get(ruling.finding.container.as_ref()?.place)
}
