//! How long a sampled record takes from the produce call to the first poll over HTTP that returns its row.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::store::Store;

/// How often rows are asked for.
const POLL: Duration = Duration::from_millis(50);

#[derive(Default)]
struct Samples {
    open: HashMap<String, Instant>,
    done_ms: Vec<u64>,
}

/// The samples of a run.
#[derive(Clone, Default)]
pub(crate) struct Latency {
    samples: Arc<Mutex<Samples>>,
}

impl Latency {
    /// Notes that the record of this feedback is about to be produced.
    pub(crate) fn produced(&self, feedback_id: String) {
        self.lock().open.insert(feedback_id, Instant::now());
    }

    /// Polls until the task is aborted.
    pub(crate) fn follow(&self, store: Store) -> JoinHandle<()> {
        let latency = self.clone();
        tokio::spawn(async move {
            let mut poll = tokio::time::interval(POLL);
            poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                poll.tick().await;
                latency.poll(&store).await;
            }
        })
    }

    async fn poll(&self, store: &Store) {
        #[derive(Deserialize)]
        struct Row {
            id: String,
        }
        let open: Vec<String> = self.lock().open.keys().map(|id| format!("'{id}'")).collect();
        if open.is_empty() {
            return;
        }
        let sql = format!(
            "SELECT DISTINCT toString(feedback_id) AS id FROM feedback WHERE feedback_id IN ({})",
            open.join(",")
        );
        // A poll that fails is simply a poll that returned no row.
        let Ok(rows) = store.rows::<Row>(&sql).await else { return };
        let mut samples = self.lock();
        for Row { id } in rows {
            if let Some(since) = samples.open.remove(&id) {
                samples.done_ms.push(since.elapsed().as_millis() as u64);
            }
        }
    }

    /// Returns the quantile of the samples that came back, milliseconds.
    pub(crate) fn quantile_ms(&self, quantile: f64) -> Option<u64> {
        let mut done = self.lock().done_ms.clone();
        done.sort_unstable();
        let index = (done.len() as f64 * quantile).ceil() as usize;
        done.get(index.saturating_sub(1)).copied()
    }

    /// Returns how many samples have not come back.
    pub(crate) fn open(&self) -> usize {
        self.lock().open.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Samples> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
