use std::fmt::{Debug, Display};

/// An error of the client library, whose texts hold those of their causes: a chain ends here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Complete<E: Debug + Display>(pub E);
