//! The leader's loop: what became visible is asked of every rule, judged, written, and only then committed.
//!
//! Who owns the one partition of the alert topic leads. Its commits carry the position as metadata, so a leader that was taken for
//! dead cannot move it, and its successor goes on exactly there.

mod ask;
mod known;
mod leader;
mod metrics;
pub mod question;
mod round;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use hearken_runtime::kafka::admin::Onlooker;
use hearken_runtime::kafka::consumer::{Assigned, Work};
use hearken_runtime::kafka::producer::Producer;
use tokio::sync::{Notify, watch};

use self::leader::Leader;
pub use self::metrics::EvaluatorMetrics;
use crate::judge::Ages;
use crate::responders::Directory;
use crate::rule::Rules;
use crate::store::Store;

/// What runs beside the evaluation on the leader, until its argument turns true: the deliverer and the sweeper.
pub type Attendant =
    Arc<dyn Fn(watch::Receiver<bool>) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// What the alert service does with its partition.
pub struct AlertWork {
    /// Where rows are, and go.
    pub store: Store,
    /// Where alerts go.
    pub producer: Producer,
    /// The rules that run.
    pub rules: Arc<Rules>,
    /// Who answers.
    pub directory: Arc<Directory>,
    /// How far the sink is.
    pub sink: Arc<Onlooker>,
    /// Where the alert topic begins.
    pub alerts: Arc<Onlooker>,
    /// What is counted.
    pub metrics: Arc<EvaluatorMetrics>,
    /// Woken when there are new messages.
    pub wake: Arc<Notify>,
    /// What runs beside it.
    pub attendants: Vec<Attendant>,
    /// How it is done.
    pub pace: Pace,
    /// The group's name, part of every token.
    pub group: String,
}

/// How often and how much.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long it waits before it looks again.
    pub interval: Duration,
    /// How many offsets a round evaluates at most.
    pub round_records_max: i64,
    /// How old may be told.
    pub ages: Ages,
    /// How long Kafka may be silent before the service stops.
    pub patience: Duration,
}

impl Work for AlertWork {
    fn run(&self, assigned: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        let leader = Leader::new(self, assigned);
        Box::pin(async move { leader?.lead().await })
    }
}
