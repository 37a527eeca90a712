//! One object as it changes, by rights to `get` and `watch` this one name: what lists, as the usual
//! informers do, would need the right to read every object of the kind.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use kube::api::{Api, PostParams, WatchEvent, WatchParams};
use kube::{Error, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::sleep;

use super::access::{CONFLICT, ClusterError, unless, within};
use crate::registration::BULKHEAD;
use crate::telemetry::{OncePerReason, chain};

/// How long one watch lasts: then the object is read again, which heals what a watch may miss.
const WATCH_TIMEOUT: Duration = Duration::from_mins(1);

/// Between attempts, doubled up to the most.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The object as last seen, that there is none, or why that is not known.
pub type Sighting<K> = Result<Option<Arc<K>>, String>;

/// A place for what will be seen.
pub fn unseen<K>() -> (watch::Sender<Sighting<K>>, watch::Receiver<Sighting<K>>) {
    watch::channel(Err("it was not read yet".to_owned()))
}

/// Tells every state of one object, for ever; `failed` hears why it cannot be read, once per reason.
pub async fn follow<K>(
    api: Api<K>,
    (label, name): (String, String),
    seen: watch::Sender<Sighting<K>>,
    failed: impl Fn(&ClusterError),
) where
    K: Clone + DeserializeOwned + Debug + Resource + Send + Sync + 'static,
{
    let (mut pause, mut failures) = (PAUSE, OncePerReason::default());
    loop {
        let wait = match round(&api, &label, &name, &seen).await {
            Ok(()) => {
                failures.clear();
                pause = PAUSE;
                // A watch that ends at once must not make a busy loop.
                PAUSE
            }
            Err(error) => {
                let reason = chain(&error);
                drop(seen.send_replace(Err(reason.clone())));
                if failures.is_news(&reason) {
                    failed(&error);
                }
                let wait = pause;
                pause = (pause * 2).min(LONGEST_PAUSE);
                wait
            }
        };
        sleep(wait).await;
    }
}

/// Reads the object and watches it until the watch ends.
async fn round<K>(
    api: &Api<K>,
    label: &str,
    name: &str,
    seen: &watch::Sender<Sighting<K>>,
) -> Result<(), ClusterError>
where
    K: Clone + DeserializeOwned + Debug + Resource + Send + Sync + 'static,
{
    let object = within("get", label, api.get_opt(name)).await?;
    // 0 is any version: what changed since the read is sent.
    let version = object.as_ref().and_then(|object| object.meta().resource_version.clone());
    drop(seen.send_replace(Ok(object.map(Arc::new))));
    let seconds = u32::try_from(WATCH_TIMEOUT.as_secs()).unwrap_or(u32::MAX);
    let only = WatchParams::default().fields(&format!("metadata.name={name}")).timeout(seconds);
    let version = version.unwrap_or_else(|| "0".to_owned());
    let events = within("watch", label, api.watch(&only, &version)).await?;
    let failed = |error: Error| ClusterError::Call {
        verb: "watch",
        object: label.to_owned(),
        source: error.into(),
    };
    let mut events = std::pin::pin!(events);
    loop {
        match events.try_next().await.map_err(failed)? {
            Some(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                drop(seen.send_replace(Ok(Some(Arc::new(object)))));
            }
            Some(WatchEvent::Deleted(_)) => drop(seen.send_replace(Ok(None))),
            Some(WatchEvent::Bookmark(_)) => {}
            // Most likely the version is too old: then it is read again.
            Some(WatchEvent::Error(_)) | None => return Ok(()),
        }
    }
}

/// Replaces an object unless somebody else did so since it was read; whether it was replaced.
pub async fn replace<K>(
    api: &Api<K>,
    (label, name): (&str, &str),
    object: &K,
) -> Result<bool, ClusterError>
where
    K: Clone + DeserializeOwned + Debug + Serialize + Send + Sync,
{
    let params = PostParams { field_manager: Some(BULKHEAD.to_owned()), ..PostParams::default() };
    let replaced = async { unless(CONFLICT, api.replace(name, &params, object).await) };
    Ok(within("update", label, replaced).await?.is_some())
}
