//! What is known of the cluster: namespaces and nodes, replaced as a whole, taken once per request.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Context, Labels, Node, Requester};

/// What is known of the cluster around what is judged. Never changed, only replaced as a whole.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The labels of namespaces, by name; of one that is missing only its name is known.
    pub namespaces: Observation<BTreeMap<String, Labels>>,
    /// The nodes; `None` where they are not known.
    pub nodes: Option<Observation<Vec<Node>>>,
}

/// Something that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation<T> {
    /// As it was.
    pub value: T,
    /// When; `None` where that is not known.
    pub at: Option<Timestamp>,
}

impl Surroundings {
    /// What is known where something happens: in a namespace, by a requester if that is known, at a
    /// time.
    pub fn context<'a>(
        &'a self,
        namespace: &'a str,
        requester: Option<&'a Requester<'a>>,
        now: Timestamp,
    ) -> Context<'a> {
        Context {
            namespace,
            labels: self.namespaces.value.get(namespace),
            requester,
            nodes: self.nodes.as_ref().map(|nodes| nodes.value.as_slice()),
            now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let now = Timestamp::UNIX_EPOCH;
        let unknown = Surroundings::default();
        let context = unknown.context("shop", None, now);
        assert_eq!((context.labels, context.nodes), (None, None));

        let labels = Labels::from([("team".to_owned(), "web".to_owned())]);
        let namespaces = BTreeMap::from([("shop".to_owned(), labels.clone())]);
        let known = Surroundings {
            namespaces: Observation { value: namespaces, at: None },
            nodes: Some(Observation::default()),
        };
        let context = known.context("shop", None, now);
        assert_eq!((context.labels, context.nodes), (Some(&labels), Some([].as_slice())));
        assert_eq!(known.context("other", None, now).labels, None);
    }
}
