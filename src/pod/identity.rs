use super::{Container, PodView};

/// What the spec says about the user a container's process starts as.
///
/// A container's own value overrides the pod's, field by field (Kubernetes
/// `pkg/securitycontext/util.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// `runAsUser` decides.
    User(i64),
    /// The image decides, but the kubelet refuses to start it as root (`runAsNonRoot: true`).
    NonRoot,
    /// The image decides; root is possible.
    ImageDecides,
}

impl Identity {
    /// Whether the process is not root, whatever the image says.
    pub fn is_non_root(self) -> bool {
        match self {
            Self::User(uid) => uid != 0,
            Self::NonRoot => true,
            Self::ImageDecides => false,
        }
    }
}

impl PodView<'_> {
    /// The primary group that `container` starts with: `None` where the image's /etc/passwd gives
    /// it (0 for a user that is not in it).
    pub fn group(&self, container: &Container<'_>) -> Option<i64> {
        container.security.run_as_group.or(self.security.run_as_group)
    }

    /// The user that `container` starts as.
    pub fn identity(&self, container: &Container<'_>) -> Identity {
        let own = &container.security;
        let user = own.run_as_user.or(self.security.run_as_user);
        let non_root = own.run_as_non_root.or(self.security.run_as_non_root);
        match (user, non_root) {
            (Some(uid), _) => Identity::User(uid),
            (None, Some(true)) => Identity::NonRoot,
            (None, _) => Identity::ImageDecides,
        }
    }
}
