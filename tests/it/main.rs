//! Everything that needs nothing but this machine: rooms tested in this process, and the program
//! over its sockets and terminals. One binary, so that it is linked once. What needs a cluster, a
//! node, helm or the image is a tier of its own beside this folder.

#[path = "../support/mod.rs"]
mod support;

/// What only these tests share: judging in this process, peers, a server within, a terminal.
mod harness;

/// Advice for `kubectl debug`: what a request looks like, and what would pass.
mod advice;
/// The verbs: `check`, `reach`, `explain`, and the examples they are shown on.
mod cli;
/// What is found, excepted, repaired and decided, from a pod to a verdict.
mod core;
/// The house itself: walls between rooms, sizes, and the generated documents.
mod house;
/// The policy file: what loads, what is refused and how, lint, and the schemas.
mod policy_file;
/// The model of who reaches whom, against what a real node showed and against itself.
mod reach_model;
/// How reviews, manifests and the fields of a pod are read.
mod reading;
/// What is registered, what is put back, and the way to the API server.
mod registration;
/// The running server: HTTP, TLS, the process, and the recorded reviews.
mod server;
/// Repairs written into a manifest, with the rest of its text kept.
mod yaml_edit;
