//! The words for answers, causes and remedies: the same in the findings of the webhook and in what `bulkhead reach`
//! shows.

mod cause;
mod exposure;
mod verdict;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use exposure::Exposure;
pub use verdict::Verdict;

use super::aspect::Aspect;
use super::matrix::Matrix;
use super::process::{Ids, User};
use super::remedy::{Hardening, Remedy, Sharing};
use crate::pod::{ContainerKind, PodView};
use crate::text;

impl Aspect {
    /// Its name in sentences.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Cmdline => "command line",
            Self::Environ => "environment",
            Self::Filesystem => "files",
            Self::Descriptors => "open files",
            Self::Memory | Self::Signal => self.as_str(),
        }
    }
}

impl Sharing {
    /// What ends the common view of processes. Where there is none, what keeps it so.
    pub fn advice(sharing: Option<Self>) -> &'static str {
        match sharing {
            Some(Self::Pod) | None => "set shareProcessNamespace to false",
            Some(Self::Node) => "set hostPID to false",
            Some(Self::Target(_)) => "debug without --target",
            Some(Self::PodOfDebugger) => "debug a copy with --share-processes=false",
            Some(Self::NodeOfDebugger) => "debug a copy without hostPID",
        }
    }
}

impl Hardening {
    /// The change, with the containers it is for; `None` where the sentence names them already.
    fn phrase(self, names: Option<&[Cow<'_, str>]>) -> String {
        let each = names.map_or_else(|| "each".to_owned(), text::series);
        let is_several = names.is_some_and(|it| it.len() > 1);
        let several = if is_several { "each their own" } else { "its own" };
        match self {
            Self::Unprivileged => format!("set privileged: false on {each}"),
            Self::OwnIds => format!("give {each} {several} runAsUser and runAsGroup"),
            Self::DropAll => format!("drop ALL capabilities on {each} and add none"),
            Self::NoEscalation => format!("set allowPrivilegeEscalation: false on {each}"),
        }
    }
}

impl Remedy {
    /// Both ways out: an end to sharing, or each change with the containers it is for. Where these are
    /// several and just those that the sentence begins with, they are not named again.
    pub fn advice(&self, pod: &PodView<'_>, named: &[usize]) -> String {
        let sharing = Sharing::advice(self.sharing);
        match self.changes(pod, named) {
            None => sharing.to_owned(),
            Some(changes) => format!("{sharing}, or {changes}"),
        }
    }

    /// The changes that close it while processes stay shared; `None` where none do. `named` as in
    /// [`Self::advice`].
    pub fn changes(&self, pod: &PodView<'_>, named: &[usize]) -> Option<String> {
        let mut changes: BTreeMap<Hardening, Vec<usize>> = BTreeMap::new();
        for (container, change) in &self.hardening {
            changes.entry(*change).or_default().push(*container);
        }
        let word = |container: &usize| {
            text::value(pod.containers.get(*container).map_or("", |it| it.name.as_ref()))
        };
        let phrase = |(change, to): (Hardening, Vec<usize>)| {
            let are_said = to.len() > 1 && to.iter().eq(named);
            let words: Vec<_> = to.iter().map(word).collect();
            change.phrase((!are_said).then_some(&words))
        };
        let changes: Vec<_> = changes.into_iter().map(phrase).collect();
        match changes.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [first @ .., last] => Some(format!("{}, and {last}", first.join(", "))),
        }
    }
}

impl<'p> Matrix<'p, '_> {
    /// The name of a container, as written.
    fn name(&self, container: usize) -> Option<&'p str> {
        self.pod.containers.get(container).map(|container| container.name.as_ref())
    }

    /// Who sees whose processes.
    pub fn namespaces(&self) -> String {
        let containers = &self.pod.containers;
        let joined: Vec<_> = containers
            .iter()
            .filter(|it| it.kind == ContainerKind::Ephemeral)
            .filter_map(|it| Some(format!("{} joined {}", it.name, it.target.as_ref()?)))
            .collect();
        let count = match containers.len() {
            1 => "1 container".to_owned(),
            many => format!("{many} containers"),
        };
        let shared = self.pod.share_process_namespace == Some(true);
        match (self.pod.host_pid, shared, joined.is_empty()) {
            (true, ..) => format!("{count}; each sees every process of the node (hostPID)"),
            (_, true, _) => format!("{count} in one PID namespace (shareProcessNamespace)"),
            (_, _, true) => format!("{count}, each in a PID namespace of its own"),
            (_, _, false) => format!(
                "{count}, each in a PID namespace of its own, but {} (targetContainerName)",
                joined.join(", ")
            ),
        }
    }

    /// The user and group of a container's process.
    pub fn identity(&self, container: usize) -> String {
        let Some(container) = self.pod.containers.get(container) else { return String::new() };
        let ids = Ids::of(&self.model, self.pod, container);
        let user = match (ids.user, ids.assumed) {
            (User::Known(uid), Some(_)) => format!("user {uid} (assumed)"),
            (User::Known(0), None) => "user 0 (root)".to_owned(),
            (User::Known(uid), None) => format!("user {uid}"),
            (User::NonRoot, _) => "the image's user, not root".to_owned(),
            (User::Any, _) => "the image's user, root perhaps".to_owned(),
        };
        let group = match (self.pod.group(container), ids.group) {
            (Some(gid), _) => format!("group {gid}"),
            (None, Some(gid)) => format!("group {gid} (assumed)"),
            (None, None) => "the image's group".to_owned(),
        };
        let privileged = if container.security.privileged { ", privileged" } else { "" };
        format!("{user}, {group}{privileged}")
    }

    /// How one container gets at others without reaching them itself; those of one way together.
    pub fn ways(&self, from: usize, to: impl IntoIterator<Item = usize>) -> Vec<String> {
        let name = |container| self.name(container).unwrap_or_default();
        let mut ways: BTreeMap<Vec<usize>, Vec<&str>> = BTreeMap::new();
        for to in to {
            ways.entry(self.way(from, to)).or_default().push(name(to));
        }
        let phrase = |(way, to): (Vec<usize>, Vec<&str>)| {
            let way: Vec<_> = way.into_iter().map(name).collect();
            format!("{} through the memory of {}", to.join(", "), way.join(", then "))
        };
        ways.into_iter().map(phrase).collect()
    }
}
