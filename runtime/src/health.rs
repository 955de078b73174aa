//! `/livez`, `/readyz` and `/metrics`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use hearken_listener::Bounds;
use tokio::net::TcpListener;

use crate::metrics::Metrics;

/// The poll loop ticks ten times a second; after this long without a tick it hangs.
const TICK_AGE_MAX: Duration = Duration::from_secs(60);

/// What the endpoints answer from.
pub struct Health {
    started: Instant,
    ticked_ms: AtomicI64,
    stopping: AtomicBool,
    stands_by: bool,
    joined: AtomicBool,
    metrics: Arc<Metrics>,
}

impl Health {
    /// Starts unready.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            started: Instant::now(),
            ticked_ms: AtomicI64::new(0),
            stopping: AtomicBool::new(false),
            stands_by: false,
            joined: AtomicBool::new(false),
            metrics,
        }
    }

    /// Says whether a member of the group without a partition is of use too, and therefore ready.
    #[must_use]
    pub fn standing_by(self, stands_by: bool) -> Self {
        Self { stands_by, ..self }
    }

    /// Notes that the group knows this member.
    pub fn joined(&self) {
        self.joined.store(true, Relaxed);
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Notes that the loop is alive.
    pub fn tick(&self) {
        self.ticked_ms.store(self.started.elapsed().as_millis() as i64, Relaxed);
    }

    /// Notes how many partitions are owned.
    pub fn assigned(&self, partitions: usize) {
        self.metrics.partitions.set(partitions as i64);
    }

    /// Turns unready for good.
    pub fn stop(&self) {
        self.stopping.store(true, Relaxed);
    }

    fn live(&self) -> bool {
        let age = self.started.elapsed().as_millis() as i64 - self.ticked_ms.load(Relaxed);
        age < TICK_AGE_MAX.as_millis() as i64
    }

    fn ready(&self) -> bool {
        let of_use = self.metrics.partitions.get() > 0 || (self.stands_by && self.joined.load(Relaxed));
        self.live() && !self.stopping.load(Relaxed) && of_use
    }
}

/// A probe and a scraper; nobody else has anything to ask here.
fn bounds() -> Bounds {
    Bounds {
        connections_max: 32,
        head_bytes_max: 16 << 10,
        silence_max: Duration::from_secs(30),
        request_max: Some(Duration::from_secs(10)),
    }
}

fn status(good: bool) -> (StatusCode, &'static str) {
    if good { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") }
}

/// Opens the endpoints and returns the server, to be run until `shutdown` resolves.
///
/// # Errors
/// Where the address is taken or not an address; the message names it.
pub async fn serve(
    listen: &str,
    health: Arc<Health>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Pin<Box<dyn Future<Output = ()> + Send>>> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen} (http.listen); is the port taken by another program?"))?;
    // The one line on standard output: whoever started the service reads where it answers.
    println!("listening http://{}", listener.local_addr()?);
    let (live, ready) = (Arc::clone(&health), Arc::clone(&health));
    let app = Router::new()
        .route("/livez", get(async move || status(live.live())))
        .route("/readyz", get(async move || status(ready.ready())))
        .route("/metrics", get(async move || health.metrics.text().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)));
    Ok(Box::pin(hearken_listener::serve(listener, None, app, bounds(), shutdown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_a_partition_is_ready_only_where_it_stands_by() {
        let health = |stands_by| {
            let metrics = Arc::new(Metrics::new("test").expect("metrics"));
            Health::new(metrics).standing_by(stands_by)
        };
        let (idle, standing) = (health(false), health(true));
        assert!(!standing.ready(), "the group does not know it yet");
        for health in [&idle, &standing] {
            health.joined();
        }
        assert_eq!((idle.ready(), standing.ready()), (false, true));
        idle.assigned(1);
        assert!(idle.ready());
        standing.stop();
        assert!(!standing.ready());
    }
}
