//! Cases of their own: what an exception may say, and text that cannot be read.

mod exception;
mod unreadable;
