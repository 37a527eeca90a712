//! The sources and the documents themselves.

mod docs;
mod layers;
