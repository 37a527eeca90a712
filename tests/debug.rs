//! What users of `kubectl debug` are told: what their request looks like, and what passes.

mod debug_cases;
mod judging;
