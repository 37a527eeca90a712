//! Text of YAML or JSON: its documents, each value with its span, and types read from them.
//!
//! Comes in: text. Goes out: [`Document`]s, read as kubectl reads them, or what cannot be read and
//! where; of a text that may be too long to be kept, [`Pieces`]. The room knows neither the policy format nor the kinds of Kubernetes.

mod document;
mod merge;
mod source_value;
mod span;
mod stream;
mod typed;
mod unreadable;
mod window;
pub(crate) mod yaml;

pub use document::{Document, documents, documents_behind, text, value};
pub use source_value::{Key, Map, Node, SourceValue};
pub use span::Span;
pub use stream::{Lists, Part, Piece, Pieces, StreamError};
pub use typed::typed;
pub use unreadable::Unreadable;
