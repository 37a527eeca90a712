//! What only the tests of this binary share.

pub(crate) mod crowd;
pub(crate) mod http2;
pub(crate) mod inside;
pub(crate) mod judging;
pub(crate) mod terminal;
