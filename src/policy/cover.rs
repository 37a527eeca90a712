//! Whether an exception covers a finding.

use std::cell::OnceCell;
use std::sync::Arc;

use super::{Context, Exception, Ruling, Snapshot};
use crate::controls::{Pair, Subject};
use crate::pod::{Image, PodView};
use crate::reach::Aspects;

/// An exception that may subtract something of one pod. What it names there is looked up once: a pod
/// of 128 containers can have 16,256 pairs.
pub(super) struct Cover<'s> {
    exception: &'s Exception,
    /// Whether the requester may use it; else it makes a finding conditional.
    authorises: bool,
    /// By container; empty where it does not narrow by container.
    named: Vec<bool>,
    pairs: Vec<PairCover>,
}

/// What a pair of an exception names in one pod.
struct PairCover {
    /// By container: whether it is one that reaches.
    from: Vec<bool>,
    /// By container: whether it is one that is reached.
    to: Vec<bool>,
    aspects: Aspects,
}

/// In a pod of more containers nothing is covered by what narrows by container: to look each of them
/// up in each exception would take longer than a review may.
pub(super) const MOST_CONTAINERS: usize = 256;

/// Rulings without what exceptions subtract: exempted ones stay in the list and are marked.
pub(super) fn subtract(
    rulings: Vec<Ruling>,
    snapshot: &Snapshot,
    pod: &PodView<'_>,
    context: &Context<'_>,
) -> Vec<Ruling> {
    if rulings.is_empty() {
        return rulings;
    }
    let images = OnceCell::new();
    let images = || {
        let parse = || pod.containers.iter().map(|one| Image::parse(&one.image)).collect();
        images.get_or_init(parse) as &Vec<_>
    };
    let covers = snapshot.exceptions.iter().filter_map(|one| Cover::of(one, pod, images, context));
    let covers: Vec<_> = covers.collect();
    if covers.is_empty() {
        return rulings;
    }
    let mut left = Vec::with_capacity(rulings.len());
    for ruling in rulings {
        if covers.iter().any(|cover| cover.covers(&ruling)) {
            left.extend(exempt(ruling, &covers));
        } else {
            left.push(ruling);
        }
    }
    left
}

/// What exceptions leave of a ruling. One that covers some of the aspects of a pair divides it.
fn exempt(ruling: Ruling, covers: &[Cover<'_>]) -> Vec<Ruling> {
    let (mut exempt, mut open) = (Vec::new(), vec![ruling]);
    for cover in covers {
        let name = || Some(Arc::clone(&cover.exception.name));
        for ruling in std::mem::take(&mut open) {
            if !cover.covers(&ruling) {
                open.push(ruling);
                continue;
            }
            let (part, rest) = ruling.divided(cover.aspects(&ruling));
            open.extend(rest);
            match part {
                Some(part) if cover.authorises => {
                    exempt.push(Ruling { exempt: name(), conditional: None, ..part });
                }
                part => open.extend(part.map(|part| Ruling { conditional: name(), ..part })),
            }
        }
    }
    exempt.extend(open);
    exempt
}

impl<'s> Cover<'s> {
    fn of<'p>(
        exception: &'s Exception,
        pod: &PodView<'_>,
        images: impl Fn() -> &'p Vec<Option<Image<'p>>>,
        context: &Context<'_>,
    ) -> Option<Self> {
        let containers = &pod.containers;
        let is_too_large = exception.is_narrow() && containers.len() > MOST_CONTAINERS;
        if is_too_large || !exception.applies(pod, context) {
            return None;
        }
        let authorises = exception.authorises(context.requester);
        if !authorises && context.requester.is_some() {
            return None;
        }
        let matching = |pattern: &super::Pattern| {
            containers.iter().map(|one| pattern.matches(&one.name)).collect()
        };
        let pairs = exception.pairs.iter().map(|pair| PairCover {
            from: matching(&pair.from),
            to: matching(&pair.to),
            aspects: pair.aspects,
        });
        Some(Self {
            exception,
            authorises,
            named: if exception.is_narrow() {
                let each = containers.iter().zip(images());
                each.map(|(one, image)| exception.names(one, image.as_ref())).collect()
            } else {
                Vec::new()
            },
            pairs: pairs.collect(),
        })
    }

    fn covers(&self, ruling: &Ruling) -> bool {
        let container = ruling.finding.subject.container();
        let named = || container.is_some_and(|index| self.named.get(index) == Some(&true));
        self.exception.controls.contains(ruling.control().id)
            && (!self.exception.is_narrow() || named())
    }

    /// The aspects of a ruling on a pair that it subtracts, where it covers the ruling; all of them
    /// for other rulings.
    fn aspects(&self, ruling: &Ruling) -> Aspects {
        let Subject::Pair(Pair { from, to, .. }) = ruling.finding.subject else {
            return Aspects::ALL;
        };
        if self.pairs.is_empty() {
            return Aspects::ALL;
        }
        let has = |all: &[bool], index: usize| all.get(index) == Some(&true);
        let matching = self.pairs.iter().filter(|pair| has(&pair.from, from) && has(&pair.to, to));
        matching.fold(Aspects::NONE, |all, pair| all.with(pair.aspects))
    }
}
