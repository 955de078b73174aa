//! How far an erasure is: rows of `erasures`, one a step, and the names in `erasure_scope` while it is unfinished.

use anyhow::{Context as _, Result};
use hearken_schemas::erasure::Subject;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::closure::Names;
use crate::servers::Servers;
use crate::store::{Store, quoted};

/// What was done last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    Requested,
    Published,
    Collected,
    Corrected,
    Deleted,
    Finished,
}

impl Step {
    fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Published => "published",
            Self::Collected => "collected",
            Self::Corrected => "corrected",
            Self::Deleted => "deleted",
            Self::Finished => "finished",
        }
    }
}

/// One erasure.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
    pub(super) until: Timestamp,
    pub(super) names: Names,
    pub(super) step: Step,
    /// How often rows were collected.
    pub(super) round: u32,
    /// In how many blocks the rollups are corrected in this round.
    pub(super) chunks: u32,
}

impl Request {
    /// Writes down who is to be erased, before anything else is done.
    pub(super) async fn begin(servers: &Servers, names: Names, until: Timestamp) -> Result<Self> {
        let (id, at) = (super::new_id(), super::now()?);
        let rows = |kind: &str, names: &std::collections::BTreeSet<String>| -> Vec<String> {
            names.iter().map(|name| format!("('{id}', '{kind}', {}, 0)", quoted(name))).collect()
        };
        let rows = [rows("customer", &names.customers), rows("author", &names.authors)].concat();
        let insert = format!("INSERT INTO erasure_scope (request_id, kind, name, version) VALUES {}", rows.join(", "));
        servers.entry().execute(&insert).await.context("writing the request down")?;
        let mut request = Self { id, at, until, names, step: Step::Requested, round: 0, chunks: 0 };
        request.advance(servers.entry(), Step::Requested, 0, "").await?;
        Ok(request)
    }

    /// Notes that a step was done.
    pub(super) async fn advance(&mut self, store: &Store, step: Step, chunks: u32, receipt: &str) -> Result<()> {
        let subjects: Vec<String> =
            self.names.subjects().iter().map(|subject| format!("toUUID('{subject}')")).collect();
        let insert = format!(
            "INSERT INTO erasures (request_id, step, at, until, subjects, chunks, receipt) VALUES \
             ('{}', '{}', now64(3), fromUnixTimestamp64Milli({}, 'UTC'), [{}], {chunks}, {})",
            self.id,
            step.as_str(),
            self.until.as_millisecond(),
            subjects.join(", "),
            quoted(receipt)
        );
        store.execute(&insert).await.with_context(|| format!("writing down that {} is done", step.as_str()))?;
        (self.step, self.chunks) = (step, chunks);
        Ok(())
    }

    /// Returns whom it is about, as hashes.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        self.names.subjects()
    }
}

#[derive(Deserialize)]
struct Row {
    request_id: Uuid,
    last: Step,
    begun_ms: i64,
    until_ms: i64,
    rounds: u32,
    last_chunks: u32,
    customers: Vec<String>,
    authors: Vec<String>,
}

/// Returns the requests that are not finished, the oldest first.
pub(super) async fn unfinished(store: &Store) -> Result<Vec<Request>> {
    let sql = "SELECT request_id, argMax(step, (at, rank)) AS last, toInt64(toUnixTimestamp64Milli(min(at))) AS begun_ms, \
               toInt64(toUnixTimestamp64Milli(any(until))) AS until_ms, toUInt32(countIf(step = 'collected')) AS rounds, \
               argMax(chunks, (at, rank)) AS last_chunks, \
               any(named.customers) AS customers, any(named.authors) AS authors \
               FROM (SELECT *, indexOf(['requested', 'published', 'collected', 'corrected', 'deleted', 'finished'], toString(step)) AS rank \
                     FROM erasures) AS done \
               LEFT JOIN (SELECT request_id AS of_request, groupUniqArrayIf(name, kind = 'customer') AS customers, \
                          groupUniqArrayIf(name, kind = 'author') AS authors FROM erasure_scope GROUP BY of_request) AS named \
               ON named.of_request = done.request_id \
               GROUP BY request_id HAVING countIf(step = 'finished') = 0 ORDER BY begun_ms";
    let rows: Vec<Row> = store.rows(sql).await.context("looking for unfinished erasures")?;
    rows.into_iter()
        .map(|row| {
            Ok(Request {
                id: row.request_id,
                at: Timestamp::from_millisecond(row.begun_ms)?,
                until: Timestamp::from_millisecond(row.until_ms)?,
                names: Names {
                    customers: row.customers.into_iter().collect(),
                    authors: row.authors.into_iter().collect(),
                    ..Names::default()
                },
                step: row.last,
                round: row.rounds,
                chunks: row.last_chunks,
            })
        })
        .collect()
}
