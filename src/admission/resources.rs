//! Which subresources and operations are judged, and by which endpoint: tables, not branches.

use crate::objects::Layout;

/// The class of what a request is about; a closed set, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindClass {
    /// `pods` itself, or a subresource of it that this build does not know.
    Pod,
    /// `pods/ephemeralcontainers`.
    EphemeralContainers,
    /// `pods/resize`.
    Resize,
    /// One of the eight kinds that hold a pod template.
    Template,
    /// Anything else.
    Other,
}

impl KindClass {
    /// Every class.
    pub const ALL: [Self; 5] =
        [Self::Pod, Self::EphemeralContainers, Self::Resize, Self::Template, Self::Other];

    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Resize => "resize",
            Self::Template => "template",
            Self::Other => "other",
        }
    }
}

/// Which kinds an endpoint judges; any other kind that reaches it is a misregistration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedKinds {
    /// Pods and their subresources.
    Pods,
    /// The kinds that hold templates.
    Templates,
    /// Both; `/mutate` answers for either, and changes only pods.
    Both,
}

/// Subresources that change no field that counts, or carry no pod. An unknown one is judged, so
/// that a newer API server cannot open a door.
const NOT_JUDGED: &[&str] =
    &["attach", "binding", "eviction", "exec", "log", "portforward", "proxy", "scale", "status"];

/// Whether requests for this subresource are allowed without a look.
pub(super) fn is_skipped(subresource: &str) -> bool {
    NOT_JUDGED.contains(&subresource)
}

impl KindClass {
    /// The class of a request for a kind with this layout.
    pub(super) fn of(layout: Layout, subresource: &str) -> Self {
        match (layout, subresource) {
            (Layout::Pod, "ephemeralcontainers") => Self::EphemeralContainers,
            (Layout::Pod, "resize") => Self::Resize,
            (Layout::Pod, _) => Self::Pod,
            (Layout::Template | Layout::SpecTemplate | Layout::JobTemplate, _) => Self::Template,
        }
    }
}

impl AcceptedKinds {
    /// Whether the endpoint judges kinds with this layout.
    pub(super) fn serve(self, layout: Layout) -> bool {
        match self {
            Self::Pods => layout == Layout::Pod,
            Self::Templates => layout != Layout::Pod,
            Self::Both => true,
        }
    }
}
