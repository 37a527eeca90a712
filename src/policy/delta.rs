use std::collections::BTreeMap;

use super::Ruling;
use crate::controls::Finding;
use crate::pod::{Container, PodView};

/// The rulings on `new` that a request adds or worsens, given those on the stored pod `old`.
///
/// Old debt is not judged again: what the stored pod was already found for, at the same certainty
/// or a worse one, does not count, exempt or not. Only an image change can lose an exception:
/// labels merely narrow, and an exception that expired leaves old debt.
pub(super) fn added(
    (new, rulings): (&PodView<'_>, Vec<Ruling>),
    (old, old_rulings): (&PodView<'_>, &[Ruling]),
) -> Vec<Ruling> {
    let known: BTreeMap<_, _> =
        old_rulings.iter().map(|ruling| (subject(&ruling.finding), ruling)).collect();
    let counts = |ruling: &Ruling| {
        let Some(known) = known.get(&subject(&ruling.finding)) else {
            return true;
        };
        let worse = ruling.finding.certainty > known.finding.certainty;
        let by_image = known.exempt.as_ref().is_some_and(|exempt| exempt.by_image);
        let lost = by_image && !ruling.is_exempt();
        worse || (lost && image(new, ruling) != image(old, known))
    };
    rulings.into_iter().filter(counts).collect()
}

/// What a finding is about, the same for the old and the new state of a pod.
fn subject(finding: &Finding) -> (&'static str, Option<(&'static str, &str)>) {
    let container = finding.container.as_ref();
    (finding.control.id, container.map(|one| (one.kind.list(), one.name.as_str())))
}

fn image<'p>(pod: &'p PodView<'_>, ruling: &Ruling) -> Option<&'p str> {
    let about = ruling.finding.container.as_ref()?;
    pod.containers.get(about.place).map(|container: &Container<'_>| container.image.as_ref())
}
