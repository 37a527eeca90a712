//! The sources and the documents themselves.

mod docs;
mod files;
mod source;
mod walls;
