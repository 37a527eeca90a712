//! `bulkhead check`, as people and scripts use it.

mod check_cases;
mod support;
