//! The server over its sockets.

mod http;
mod process;
mod recorded;
mod tls;
