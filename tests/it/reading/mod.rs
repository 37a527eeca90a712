//! Text as it is read: reviews, manifests, and which fields of a pod count.

mod manifest;
mod pod_schema;
mod review;
