//! Filling the filter of known ids from ClickHouse, beside the work.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::clickhouse::ClickHouse;
use crate::protocol::Place;

/// How many pieces of ids may wait to be taken into the filter.
const PIECES_MAX: usize = 4;

/// What comes of a loading, in this order.
pub enum Loaded {
    /// How many ids there are, about; they are read once the sender is told to go on.
    Room(usize, oneshot::Sender<()>),
    /// Some of them.
    Ids(Vec<Uuid>),
    /// That was all.
    All,
    /// It broke off, or was never begun.
    Failed,
}

/// Begins to load the ids of an input partition after `wait`; dropping what is returned ends it.
pub fn load(clickhouse: &ClickHouse, place: &Place, wait: Duration) -> mpsc::Receiver<Loaded> {
    let (to, pieces) = mpsc::channel(PIECES_MAX);
    let (clickhouse, place) = (clickhouse.clone(), place.clone());
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        let last = match send(&clickhouse, &place, &to).await {
            Ok(()) => Loaded::All,
            // Nobody waits any more: the partition has gone.
            Err(_) if to.is_closed() => return,
            Err(error) => {
                let Place { topic, partition, .. } = &place;
                tracing::warn!(topic, partition, error = format!("{error:#}"), "known ids are looked up one by one");
                Loaded::Failed
            }
        };
        let _ = to.send(last).await;
    });
    pieces
}

async fn send(clickhouse: &ClickHouse, place: &Place, to: &mpsc::Sender<Loaded>) -> Result<()> {
    let known = clickhouse.count(place).await?;
    let (go, gone_on) = oneshot::channel();
    to.send(Loaded::Room(known as usize, go)).await.context("nobody waits for the ids")?;
    gone_on.await.context("nobody waits for the ids")?;
    clickhouse.ids(place, to).await
}

/// Returns the next piece; never where nothing is being loaded.
pub async fn next(pieces: &mut Option<mpsc::Receiver<Loaded>>) -> Loaded {
    match pieces {
        Some(pieces) => pieces.recv().await.unwrap_or(Loaded::Failed),
        None => std::future::pending().await,
    }
}
