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
    /// Whether `CAP_SYS_ADMIN` is added by just this name, which the API server refuses beside
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
        let assumed = model.users.get(container.name.as_ref());
        let group = pod.group(container);
        let (user, group) = match (pod.identity(container), assumed) {
            (Identity::User(uid), _) => (User::Known(uid), group),
            // The kubelet refuses to start an image's root under runAsNonRoot.
            (Identity::NonRoot, Some(ImageUser { uid: 0, .. }) | None) => (User::NonRoot, group),
            (Identity::ImageDecides, None) => (User::Any, group),
            (_, Some(known)) => (User::Known(known.uid), group.or(known.gid)),
        };
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

    /// A process of the node with these ids and every capability.
    pub(super) const fn of_node(id: i64) -> Self {
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
