//! What a service still finishes after its last record, such as answers and logs that are under way.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

/// Tasks that beside the records do a service's work, and that its stop waits for.
#[derive(Debug, Clone, Default)]
pub struct Closing(Arc<Mutex<JoinSet<()>>>);

impl Closing {
    /// Runs a task that ends by itself once the service stops.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).spawn(task);
    }

    /// Waits until all of them have ended, but no longer than this; returns how many have not, which are given up.
    pub async fn wait(&self, at_most: Duration) -> usize {
        let mut tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(at_most, all).await;
        tasks.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_stop_waits_for_what_ends_and_not_for_what_does_not() {
        let (closing, written) = (Closing::default(), Arc::new(AtomicU32::new(0)));
        for _ in 0..3 {
            let written = Arc::clone(&written);
            closing.spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                written.fetch_add(1, Ordering::SeqCst);
            });
        }
        assert_eq!(closing.wait(Duration::from_secs(60)).await, 0);
        assert_eq!(written.load(Ordering::SeqCst), 3);

        closing.spawn(std::future::pending());
        assert_eq!(closing.clone().wait(Duration::from_millis(20)).await, 1);
        assert_eq!(closing.wait(Duration::from_millis(20)).await, 0, "it was given up");
    }
}
