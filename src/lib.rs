//! Bulkhead keeps the containers of a pod in their own compartments: a Kubernetes admission
//! webhook that judges process sharing, SYS_PTRACE and supplemental groups by their effect.
//!
//! The rooms, in reading order. The core cannot fail and does no I/O:
//! [`pod`] what a rule may see; [`controls`] the rules; [`policy`] what a finding means and for
//! whom; [`decision`] what is answered; [`patch`] edits to JSON Patch.
//! Wire types: [`manifest`] text with places, [`objects`] the kinds that hold pods, [`api`] the
//! policy file, [`admission`] the AdmissionReview.
//! Edges: [`files`], [`tls`], [`cluster`] the API server, [`server`], [`metrics`], [`telemetry`], [`config`], [`app`].
//! Who may use whom is a test: `tests/it/house/walls.rs`.

pub mod admission;
pub mod api;
pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod controls;
pub mod decision;
pub mod files;
pub mod manifest;
pub mod metrics;
pub mod objects;
pub mod patch;
pub mod pod;
pub mod policy;
pub mod reach;
pub mod server;
pub mod telemetry;
pub mod text;
pub mod tls;
