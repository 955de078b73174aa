//! Who asked for or did what, written down: before an act, and for every refusal.
//!
//! An act waits until its row is written. Refusals do not wait: they pass through a bounded queue that [`AuditWriter`] empties,
//! and what finds it full is counted and logged.

use std::time::Duration;

use anyhow::Result;
use hearken_schemas::id::event_id;
use jiff::Timestamp;
use prometheus::{IntCounter, Registry};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::row::{At, AuditRow};
use crate::store::Store;

/// How many refusals wait at most.
const QUEUE: usize = 10_000;
/// How long they wait for others before they are written together.
const GATHER: Duration = Duration::from_millis(500);
/// How long an act waits for its row.
const WRITE: Duration = Duration::from_secs(5);
/// How long the writer waits after ClickHouse refused.
const PAUSE: Duration = Duration::from_secs(5);

/// Who asks, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Witness {
    /// The token's name, or the owner of a signed link; empty where nobody was recognised.
    pub who: String,
    /// The role, `link` of a signed link; empty where nobody was recognised.
    pub role: String,
}

impl Witness {
    /// Returns the row of what he asked for and how it was answered.
    pub fn row(&self, action: &str, case_id: Option<Uuid>, status: u16, reason: &str) -> AuditRow {
        let (who, role) = (self.who.clone(), self.role.clone());
        let (action, reason) = (action.to_owned(), reason.to_owned());
        AuditRow { at: At(Timestamp::now()), who, role, action, case_id, status, reason }
    }
}

/// Where rows of the log go.
#[derive(Clone)]
pub struct Audit {
    store: Store,
    queue: mpsc::Sender<AuditRow>,
    lost: IntCounter,
}

/// Writes what waits; to be run beside the server.
pub struct AuditWriter {
    store: Store,
    queue: mpsc::Receiver<AuditRow>,
}

impl Audit {
    /// Returns the log and its writer.
    ///
    /// # Errors
    /// Where a metric is registered twice.
    pub fn new(store: Store, registry: &Registry) -> Result<(Self, AuditWriter)> {
        let lost =
            IntCounter::new("audit_lost_total", "Refusals that the audit log lacks, because its queue was full")?;
        registry.register(Box::new(lost.clone()))?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        Ok((Self { store: store.clone(), queue: sender, lost }, AuditWriter { store, queue: receiver }))
    }

    /// Writes a row now.
    ///
    /// # Errors
    /// Where it is not written within a few seconds; what was to be audited must not be done then.
    pub async fn write(&self, row: &AuditRow) -> Result<()> {
        let rows = std::slice::from_ref(row);
        let written = tokio::time::timeout(WRITE, self.store.insert(rows, &token())).await;
        written.unwrap_or_else(|_| Err(anyhow::anyhow!("ClickHouse did not take the audit row in time")))
    }

    /// Has a row written soon.
    pub fn note(&self, row: AuditRow) {
        if let Err(error) = self.queue.try_send(row) {
            self.lost.inc();
            let (mpsc::error::TrySendError::Full(row) | mpsc::error::TrySendError::Closed(row)) = error;
            let AuditRow { who, action, status, reason, .. } = row;
            tracing::error!(who, action, status, reason, "the audit log lacks a refusal: its queue is full");
        }
    }
}

impl AuditWriter {
    /// Writes until every [`Audit`] is dropped, and then what is left. What ClickHouse does not take is tried again, with all that
    /// follows.
    pub async fn run(mut self) {
        let mut rows = Vec::new();
        while self.queue.recv_many(&mut rows, QUEUE).await > 0 {
            if !self.queue.is_closed() {
                tokio::time::sleep(GATHER).await;
            }
            while let Ok(row) = self.queue.try_recv() {
                rows.push(row);
            }
            self.put(&mut rows).await;
        }
    }

    async fn put(&self, rows: &mut Vec<AuditRow>) {
        let token = token();
        while let Err(error) = self.store.insert(rows, &token).await {
            tracing::error!(rows = rows.len(), error = format!("{error:#}"), "the audit log is behind");
            if self.queue.is_closed() {
                tracing::error!(rows = rows.len(), "the audit log lacks refusals: the service ends without ClickHouse");
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        rows.clear();
    }
}

/// Rows are no repeats of each other, however alike they are.
fn token() -> String {
    format!("audit:{}", nonce())
}

/// Returns a text that no other call returns.
pub(crate) fn nonce() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    event_id(Uuid::from_bytes(bytes), "nonce", &[]).to_string()
}
