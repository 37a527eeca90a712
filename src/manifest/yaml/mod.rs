//! YAML as kubectl reads it: with the rules of goyaml.v2, the port of libyaml that
//! sigs.k8s.io/yaml is made of, faults included. No library in Rust has them: those that scan as
//! libyaml does take other escapes and other keys in brackets, and panic where it says error.
//!
//! Comes in: the text of one document. Goes out: its tokens, which edits follow, or its value.

mod cursor;
mod node;
mod number;
mod parser;
mod parts;
mod properties;
mod scalar;
mod scanner;
mod source;
mod timestamp;
mod token;

pub(crate) use node::is_word;
pub(super) use scanner::ORDER_MARK;
pub(crate) use scanner::{Dialect, Scanner};
pub(super) use source::{Source, read};
pub(crate) use token::{Kind, Style, Token};
