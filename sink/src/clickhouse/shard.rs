//! One shard: a server, or replicas of one.
//!
//! Where there are several, the first that answers is asked and written, and another only when it does not answer any more.
//! A token holds on every replica (they keep tokens together), so a retry may go to another. A look-up needs more: what
//! this member or a former owner wrote may not have reached the replica that is asked. So each one waits first until that
//! replica has whatever was written to the others (`SYSTEM SYNC REPLICA … LIGHTWEIGHT`); one that cannot get it, because the
//! only replica that has it is down, gives no answer instead of a wrong one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use bytes::Bytes;
use hearken_runtime::clickhouse::{self, Insert, Refusal, Verdict, classify};
use hearken_schemas::cluster::LOCAL;
use prometheus::Registry;
use serde::de::DeserializeOwned;

/// How often one of several replicas is tried before the next.
const TRIES: u32 = 3;

/// How often each replica is turned to before the sink gives up.
const ROUNDS: usize = 4;

/// One shard.
pub(super) struct Shard {
    pub(super) number: usize,
    replicas: Vec<clickhouse::ClickHouse>,
    /// The replica that is asked.
    at: AtomicUsize,
    /// Whether its own pieces stand beside tables that mean all shards; known once it was looked at.
    is_of_a_cluster: OnceLock<bool>,
}

impl Shard {
    pub(super) fn new(number: usize, replicas: Vec<clickhouse::ClickHouse>) -> Self {
        let one = replicas.len() == 1;
        let replicas = replicas.into_iter().map(|replica| if one { replica } else { replica.tried(TRIES) }).collect();
        Self { number, replicas, at: AtomicUsize::new(0), is_of_a_cluster: OnceLock::new() }
    }

    pub(super) fn show(&self, registry: &Registry) -> Result<()> {
        self.replica().1.show(registry)
    }

    /// Returns the replica to ask, and which one it is.
    pub(super) fn replica(&self) -> (usize, &clickhouse::ClickHouse) {
        let at = self.at.load(Ordering::Relaxed) % self.replicas.len();
        (at, &self.replicas[at])
    }

    pub(super) fn has_replicas(&self) -> bool {
        self.replicas.len() > 1
    }

    /// Turns to the next replica, unless somebody else did already.
    pub(super) fn turn_from(&self, at: usize) {
        let next = (at + 1) % self.replicas.len();
        if self.at.compare_exchange(at, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::warn!(shard = self.number, from = at, to = next, "turning to another replica");
        }
    }

    /// Returns the name of this shard's own piece of a table.
    pub(super) fn table(&self, table: &str) -> String {
        if self.is_of_a_cluster.get() == Some(&true) { format!("{table}{LOCAL}") } else { table.to_owned() }
    }

    /// Looks whether its tables are pieces of a cluster's.
    pub(super) async fn look(&self, replica: &clickhouse::ClickHouse) -> Result<()> {
        let sql =
            format!("SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'feedback{LOCAL}'");
        let found = replica.try_lines(&sql, &[]).await?;
        let _ = self.is_of_a_cluster.set(!found.is_empty());
        Ok(())
    }

    /// Returns the rows of a query on these tables, as they stand on every replica.
    pub(super) async fn lines<T: DeserializeOwned>(&self, tables: &[&str], sql: &str) -> Result<Vec<T>> {
        let mut moves = self.moves();
        loop {
            let (at, replica) = self.replica();
            match self.ask(replica, tables, sql).await {
                Err(error) if moves > 0 && classify(&format!("{error:#}")) == Verdict::Again => self.turn_from(at),
                answer => return answer,
            }
            moves -= 1;
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        replica: &clickhouse::ClickHouse,
        tables: &[&str],
        sql: &str,
    ) -> Result<Vec<T>> {
        self.catch_up(replica, tables).await?;
        replica.lines(sql, &[]).await
    }

    /// Waits until a replica has what was written to the others.
    pub(super) async fn catch_up(&self, replica: &clickhouse::ClickHouse, tables: &[&str]) -> Result<()> {
        for table in tables.iter().filter(|_| self.has_replicas()) {
            let table = self.table(table);
            let caught_up = replica.lines::<()>(&format!("SYSTEM SYNC REPLICA {table} LIGHTWEIGHT"), &[]).await;
            caught_up.with_context(|| {
                format!(
                    "shard {}: waiting until a replica has all of {table} that was written to the others",
                    self.number
                )
            })?;
        }
        Ok(())
    }

    /// Inserts a block, turning to another replica where one does not answer.
    pub(super) async fn insert(&self, insert: &Insert<'_>, bytes: &Bytes) -> Result<(), Refusal> {
        let mut moves = self.moves();
        loop {
            let (at, replica) = self.replica();
            match replica.insert(insert, bytes).await {
                Err(Refusal::Failed(error)) if moves > 0 && classify(&format!("{error:#}")) == Verdict::Again => {
                    self.turn_from(at);
                }
                answer => return answer,
            }
            moves -= 1;
        }
    }

    fn moves(&self) -> usize {
        if self.has_replicas() { ROUNDS * self.replicas.len() - 1 } else { 0 }
    }
}
