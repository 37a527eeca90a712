//! Bulkhead keeps the containers of a pod in their own compartments: a Kubernetes admission
//! webhook that judges process sharing, SYS_PTRACE and supplemental groups by their effect.
//!
//! The rooms, in reading order. On the ground: [`text`] that is shown, [`path`] to a field and what
//! is wrong there, [`names`] that Kubernetes accepts, [`diagnostic`] what is wrong with a file. The
//! core cannot fail and does no I/O: [`pod`] what a rule may see; [`reach`] who reaches whom;
//! [`controls`] the rules; [`policy`] what a finding means and for whom; [`decision`] what is
//! answered; [`patch`] edits to JSON Patch; [`registration`] which webhooks call it; [`verdict`] judges
//! manifests.
//! Wire types: [`manifest`] text with spans, [`edit`] its changes, [`objects`] the kinds that hold
//! pods, [`api`] policies and exceptions, [`policy_file`] their text, [`admission`] the
//! AdmissionReview.
//! Edges: [`files`], [`tls`], [`cluster`] the API server, [`controller`] what is kept right there,
//! [`server`], [`metrics`], [`telemetry`], [`config`], [`app`] what starts and stops, [`cli`] the
//! verbs.
//! Who may use whom is a test: `tests/it/house/walls.rs`.

pub mod admission;
pub mod api;
pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod controller;
pub mod controls;
pub mod decision;
pub mod diagnostic;
pub mod edit;
pub mod files;
pub mod manifest;
pub mod metrics;
pub mod names;
pub mod objects;
pub mod patch;
pub mod path;
pub mod pod;
pub mod policy;
pub mod policy_file;
pub mod reach;
pub mod registration;
pub mod server;
pub mod telemetry;
pub mod text;
pub mod tls;
pub mod verdict;
