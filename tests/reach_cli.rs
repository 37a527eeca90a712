//! `bulkhead reach`, as people and scripts use it.

mod reach_cases;
mod support;
