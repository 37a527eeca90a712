//! The table: path, kind of container, control, mode and repair against verdict, message and what
//! is stored. Every request is made twice, in a namespace without Bulkhead and in one that it
//! guards: what is allowed must be stored alike, but for the repairs that the row names, and what
//! is denied must be something that the API server alone would take, and must leave no trace.

mod create;
mod debug;
mod row;
mod scene;
mod template;
mod update;
mod way;
mod words;

use std::sync::Arc;

use row::Row;
use scene::Scene;

use super::{Case, case};
use crate::tier::name;

pub(super) fn cases() -> Vec<Case> {
    let rows: Vec<Row> =
        [create::rows(), debug::rows(), update::rows()].into_iter().flatten().collect();
    let named = rows.into_iter().enumerate().map(|(place, row)| (format!("r{place:03}"), row));
    let scenes = Scene::all(named.clone());
    let mut cases: Vec<_> = named
        .map(|(pod, row)| {
            let scene = Arc::clone(&scenes[&row.mode]);
            case(name!("{}", row.name), move |world| row.check(world, &scene, &pod))
        })
        .collect();
    cases.extend(template::cases());
    cases
}
