//! What is known of a container's first process before it runs.

use std::collections::BTreeMap;

use super::Model;
use super::kernel::{Rule, Rules};
use crate::pod::{CapabilitySet, Container, Identity, PodView, Runtime};

/// A user that an image is known to have, for `--assume`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageUser {
    /// The user id of `USER`.
    pub uid: i64,
    /// The group id that the image's /etc/passwd gives it, if known.
    pub gid: Option<i64>,
}

impl ImageUser {
    /// What comes of it where the spec says this of the user.
    pub fn effect(self, spec: Identity) -> ImageUserEffect {
        match spec {
            Identity::User(_) => ImageUserEffect::SpecDecides,
            Identity::NonRoot if self.uid == 0 => ImageUserEffect::RootRefused,
            Identity::NonRoot | Identity::ImageDecides => ImageUserEffect::Counts,
        }
    }
}

/// What comes of the user of an image; the later ones say more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageUserEffect {
    /// Nothing: `runAsUser` decides.
    SpecDecides,
    /// Nothing: the kubelet refuses to start an image's root under `runAsNonRoot`.
    RootRefused,
    /// The process runs as it.
    Counts,
}

/// Which user a process starts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum User {
    /// This one.
    Known(i64),
    /// The image's, not root.
    NonRoot,
    /// The image's.
    Any,
}

/// The ids that a process starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) user: User,
    /// The primary group; `None` where the image's /etc/passwd gives it.
    pub(super) group: Option<i64>,
    /// The user of the image that these are taken from, where one is assumed and counts.
    pub(super) assumed: Option<ImageUser>,
}

impl Ids {
    /// Those of a container's process: of the spec, or else of what is assumed of the image.
    pub(super) fn of(model: &Model, pod: &PodView<'_>, container: &Container<'_>) -> Self {
        let spec = pod.identity(container);
        let assumed = model.users.get(container.name.as_ref()).copied().or(model.other_users);
        let assumed = assumed.filter(|it| it.effect(spec) == ImageUserEffect::Counts);
        let user = match (spec, assumed) {
            (Identity::User(uid), _) => User::Known(uid),
            (_, Some(image)) => User::Known(image.uid),
            (Identity::NonRoot, None) => User::NonRoot,
            (Identity::ImageDecides, None) => User::Any,
        };
        let group = pod.group(container).or_else(|| assumed.and_then(|image| image.gid));
        Self { user, group, assumed }
    }
}

/// Two processes, of which the first reaches for the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProcessPair<'m> {
    pub(super) from: &'m Process,
    pub(super) to: &'m Process,
}

/// A container's first process, as far as the spec decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Process {
    pub(super) user: User,
    /// The primary group; `None` where the image's /etc/passwd gives it.
    pub(super) group: Option<i64>,
    /// Equal for equal images; none for one that is not named.
    pub(super) image: Option<usize>,
    pub(super) no_new_privs: bool,
    /// Whether it is privileged: then nothing that is added or dropped counts.
    pub(super) privileged: bool,
    /// Whether `CAP_SYS_ADMIN` is added by just this name, which the API server refuses with
    /// `allowPrivilegeEscalation: false`.
    pub(super) names_sys_admin: bool,
    /// The bounding set, by runtime in the order of [`Runtime::ALL`].
    granted: [CapabilitySet; 2],
}

impl Process {
    /// The processes of a pod's containers.
    pub(super) fn all(model: &Model, pod: &PodView<'_>) -> Vec<Self> {
        let mut images = BTreeMap::new();
        let mut number = |image| {
            let next = images.len();
            *images.entry(image).or_insert(next)
        };
        let each = pod.containers.iter();
        each.map(|container| {
            let image = container.image.as_ref();
            Self::of(model, pod, container, (!image.is_empty()).then(|| number(image)))
        })
        .collect()
    }

    fn of(
        model: &Model,
        pod: &PodView<'_>,
        container: &Container<'_>,
        image: Option<usize>,
    ) -> Self {
        let Ids { user, group, .. } = Ids::of(model, pod, container);
        let security = &container.security;
        let granted = Runtime::ALL.map(|runtime| {
            if security.privileged {
                CapabilitySet::FULL
            } else {
                security.capabilities.granted(runtime)
            }
        });
        Self {
            user,
            group,
            image,
            no_new_privs: security.allow_privilege_escalation == Some(false),
            privileged: security.privileged,
            names_sys_admin: security.capabilities.add().iter().any(|name| name == "CAP_SYS_ADMIN"),
            granted,
        }
    }

    /// The best guarded processes of a node: root, and a user that no container has.
    pub(super) const OF_NODE: [Self; 2] = [Self::of_node(0), Self::of_node(-1)];

    /// A process of the node with these ids and every capability.
    const fn of_node(id: i64) -> Self {
        Self {
            user: User::Known(id),
            group: Some(id),
            image: None,
            no_new_privs: false,
            privileged: false,
            names_sys_admin: false,
            granted: [CapabilitySet::FULL; 2],
        }
    }

    /// The most it can ever have.
    pub(super) fn bounding(&self, runtime: Runtime) -> CapabilitySet {
        let [containerd, crio] = self.granted;
        match runtime {
            Runtime::Containerd => containerd,
            Runtime::CriO => crio,
        }
    }

    /// What it has when it starts: `execve` takes all from who is not root, except where CRI-O
    /// raised them as ambient ones, which it does for privileged containers.
    pub(super) fn started(&self, root: bool, runtime: Runtime, rules: Rules) -> CapabilitySet {
        let ambient = self.privileged && runtime == Runtime::CriO;
        if root || ambient || !rules.have(Rule::ExecveEmpties) {
            self.bounding(runtime)
        } else {
            CapabilitySet::EMPTY
        }
    }

    /// Whether it may be root, and whether it may be another user.
    pub(super) fn roots(&self) -> &'static [bool] {
        match self.user {
            User::Known(0) => &[true],
            User::Known(_) | User::NonRoot => &[false],
            User::Any => &[true, false],
        }
    }

    /// Whether the image decides its user.
    pub(super) fn follows_image(&self) -> bool {
        !matches!(self.user, User::Known(_))
    }

    /// Itself as the rules see it: with both ids known, the image decides nothing.
    pub(super) fn like(self) -> Self {
        let image = self.image.filter(|_| self.follows_image() || self.group.is_none());
        Self { image, ..self }
    }

    /// Whether one image decides both users, which are the same then.
    pub(super) fn is_twin(&self, other: &Self) -> bool {
        let one_image = self.image.is_some() && self.image == other.image;
        one_image && self.follows_image() && other.follows_image()
    }

    /// The same with this user and group.
    pub(super) fn owned_by(self, uid: i64, gid: i64) -> Self {
        Self { user: User::Known(uid), group: Some(gid), ..self }
    }

    /// The same with every capability dropped and none added.
    pub(super) fn without_capabilities(self) -> Self {
        let granted = if self.privileged { self.granted } else { [CapabilitySet::EMPTY; 2] };
        Self { granted, names_sys_admin: false, ..self }
    }

    /// The same, not privileged: the runtime's defaults are left.
    pub(super) fn unprivileged(self) -> Self {
        let granted =
            Runtime::ALL.map(|runtime| crate::pod::Capabilities::default().granted(runtime));
        Self { privileged: false, granted, ..self }
    }

    /// The same without privilege escalation.
    pub(super) fn confined(self) -> Self {
        Self { no_new_privs: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_an_image_counts_where_the_spec_leaves_it_open() {
        use ImageUserEffect::{Counts, RootRefused, SpecDecides};
        for (spec, uid, expected) in [
            (Identity::User(0), 1000, SpecDecides),
            (Identity::User(1000), 0, SpecDecides),
            (Identity::NonRoot, 0, RootRefused),
            (Identity::NonRoot, 1000, Counts),
            (Identity::ImageDecides, 0, Counts),
            (Identity::ImageDecides, 1000, Counts),
        ] {
            let image = ImageUser { uid, gid: None };
            assert_eq!(image.effect(spec), expected, "{spec:?} {uid}");
        }
    }
}
