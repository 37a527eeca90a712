//! The webhook over its socket: what it refuses and how it says so, what it judges nevertheless,
//! and how it holds against bodies and peers that are too large, too slow or too many.

mod http_cases;
mod support;
