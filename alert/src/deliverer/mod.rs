//! Sends what `messages` says, to every channel beside the others, and writes down what became of each attempt. The leader's alone.
//!
//! A message is written as delivered after the receiver said so: a leader that dies between sends it again, under the same id.

mod fold;
mod letter;
mod metrics;
mod pending;
mod post;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use hearken_runtime::failpoint;
use hearken_runtime::tls::Trust;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use self::letter::{Letter, entry, noted, parcelled, untried};
pub use self::metrics::DeliveryMetrics;
use self::pending::Pending;
use self::post::{Post, Posted};
use crate::facts::Notice;
use crate::limit::Limit;
use crate::outbox::{After, Next, Outbox};
use crate::receiver::Answer;
use crate::responders::Directory;
use crate::row::{At, CaseEventRow, DeliveryRow, MessageRow};
use crate::store::Store;

/// How often new messages are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How far back: a message may be written later than it says it was decided.
const OVERLAP: Duration = Duration::from_secs(600);
/// How often all of them are.
const LOOK_AT_ALL: Duration = Duration::from_secs(600);
/// How often it is asked whether what waits is still there.
const CONFIRM: Duration = Duration::from_secs(5);
/// How long what is on its way may take once the leader has to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// Signs the address of a case's page for an owner; nothing where there are no pages.
pub type Links = Arc<dyn Fn(Uuid, &str, Timestamp) -> Option<String> + Send + Sync>;

/// Sends messages while its replica leads.
pub struct Deliverer {
    store: Store,
    directory: Arc<Directory>,
    wake: Arc<Notify>,
    links: Links,
    metrics: Arc<DeliveryMetrics>,
    post: Post,
    outboxes: BTreeMap<String, Outbox>,
    letters: HashMap<Uuid, Letter>,
    /// What was done of late, and when: the database may not show it yet.
    done: HashMap<Uuid, Timestamp>,
    looked_at_all: Timestamp,
    /// When it was asked last whether what waits is still there.
    confirmed: Timestamp,
}

/// A request that ended.
struct Sent {
    id: Uuid,
    channel: String,
    posted: Posted,
}

type Sending = FuturesUnordered<BoxFuture<'static, Sent>>;

/// What leads out of the messages, and out to where they go.
#[derive(Clone)]
pub struct Way {
    /// How links to cases are made.
    pub links: Links,
    /// Whom to believe behind `https` addresses.
    pub trust: Trust,
}

impl Deliverer {
    /// Has read nothing yet.
    pub fn new(
        store: Store,
        directory: Arc<Directory>,
        wake: Arc<Notify>,
        way: Way,
        metrics: Arc<DeliveryMetrics>,
    ) -> Self {
        directory.channels().for_each(|channel| metrics.begin(&channel.name));
        Self {
            store,
            directory,
            wake,
            links: way.links,
            metrics,
            post: Post::new(&way.trust),
            outboxes: BTreeMap::new(),
            letters: HashMap::new(),
            done: HashMap::new(),
            looked_at_all: Timestamp::UNIX_EPOCH,
            confirmed: Timestamp::UNIX_EPOCH,
        }
    }

    /// Sends until `stop` says so.
    ///
    /// # Errors
    /// Where ClickHouse refuses, or does not answer within the bounded tries.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<()> {
        self.remember().await?;
        let mut sending = Sending::new();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            let wait = self.pump(&mut sending).await?;
            tokio::select! {
                _ = stop.changed() => {}
                Some(sent) = sending.next(), if !sending.is_empty() => self.settle(sent, &mut sending).await?,
                () = self.wake.notified() => self.look().await?,
                _ = look.tick() => self.look().await?,
                () = tokio::time::sleep(wait) => {}
            }
        }
        // What is on its way may have arrived: an answer that is written down now is one repeat less.
        let last = async {
            while let Some(sent) = sending.next().await {
                self.settle(sent, &mut sending).await?;
            }
            Ok(())
        };
        let ended = tokio::time::timeout(LAST_ANSWERS, last).await.unwrap_or(Ok(()));
        self.metrics.pending.set(0);
        ended
    }

    /// Takes over from the leader before: the limits it used up.
    async fn remember(&mut self) -> Result<()> {
        for attempt in pending::attempts(&self.store, Timestamp::now()).await? {
            if let Some(outbox) = self.outbox(&attempt.channel) {
                outbox.was_sent(millis(attempt.at.0));
            }
        }
        Ok(())
    }

    /// Takes what is new.
    async fn look(&mut self) -> Result<()> {
        let now = Timestamp::now();
        let from = now.saturating_sub(OVERLAP).unwrap_or(now);
        let pending = if self.looked_at_all.duration_until(now).unsigned_abs() >= LOOK_AT_ALL {
            self.looked_at_all = now;
            pending::all(&self.store).await?
        } else {
            pending::recent(&self.store, from).await?
        };
        self.forget_erased(now).await?;
        self.done.retain(|_, at| *at >= from);
        for one in pending {
            self.take(one, now).await?;
        }
        self.show();
        Ok(())
    }

    /// Forgets what the tables have no more: who was erased meanwhile is not written about, however long the receiver was away.
    async fn forget_erased(&mut self, now: Timestamp) -> Result<()> {
        if self.letters.is_empty() || self.confirmed.duration_until(now).unsigned_abs() < CONFIRM {
            return Ok(());
        }
        self.confirmed = now;
        let ids: Vec<Uuid> = self.letters.keys().copied().collect();
        let there = pending::there(&self.store, &ids).await?;
        for id in ids.into_iter().filter(|id| !there.contains(id)) {
            self.letters.remove(&id);
            self.outboxes.values_mut().for_each(|outbox| outbox.forget(id));
            tracing::info!(message = id.to_string(), "not sent any more: it was erased");
        }
        Ok(())
    }

    async fn take(&mut self, pending: Pending, now: Timestamp) -> Result<()> {
        let Pending { message, failures, requeued_at } = pending;
        let id = message.message_id;
        let is_done = self.done.get(&id).is_some_and(|at| requeued_at.0 <= *at);
        if is_done || self.letters.contains_key(&id) {
            return Ok(());
        }
        let channel = message.channel.clone();
        let Ok(notice) = serde_json::from_str::<Notice>(&message.notice) else {
            return self.give_up(&message, "what it says cannot be read").await;
        };
        let asked = requeued_at.0 > Timestamp::UNIX_EPOCH;
        let letter = Letter { message, notice, attempt: failures };
        let mut entry = entry(&letter, millis(if asked { requeued_at.0 } else { letter.message.created_at.0 }));
        entry.failures = if asked { 0 } else { failures };
        let Some(outbox) = self.outbox(&channel) else {
            return self.give_up(&letter.message, "its channel is off, or not in the directory any more").await;
        };
        // What failed before is not asked the moment a leader begins, but in its turn.
        entry.not_before_ms = millis(now);
        outbox.put(entry);
        self.letters.insert(id, letter);
        Ok(())
    }

    fn outbox(&mut self, channel: &str) -> Option<&mut Outbox> {
        if !self.outboxes.contains_key(channel) {
            let known = self.directory.channel(channel).filter(|channel| channel.is_on())?;
            let outbox = Outbox::new(Limit::new(known.per_minute, known.burst), known.fold_after_ms);
            self.outboxes.insert(channel.to_owned(), outbox);
        }
        self.outboxes.get_mut(channel)
    }

    /// Sends and folds what can be now; returns how long nothing else can.
    async fn pump(&mut self, sending: &mut Sending) -> Result<Duration> {
        let mut wait_ms = LOOK.as_millis() as u64;
        let names: Vec<String> = self.outboxes.keys().cloned().collect();
        for name in names {
            loop {
                let now = Timestamp::now();
                let Some(outbox) = self.outboxes.get_mut(&name) else { break };
                match outbox.next(millis(now)) {
                    Next::Send(id) => sending.extend(self.sent(&name, id, now)),
                    Next::Fold(ids) => self.fold(&name, &ids, now).await?,
                    Next::Wait(until) => {
                        wait_ms = until.map_or(wait_ms, |until| wait_ms.min(until.saturating_sub(millis(now))));
                        break;
                    }
                }
            }
        }
        Ok(Duration::from_millis(wait_ms.max(1)))
    }

    /// Returns the request under way.
    fn sent(&mut self, channel: &str, id: Uuid, now: Timestamp) -> Option<BoxFuture<'static, Sent>> {
        let (known, letter) = (self.directory.channel(channel)?.clone(), self.letters.get_mut(&id)?);
        letter.attempt = letter.attempt.saturating_add(1);
        let request = parcelled(&self.directory, &known, letter, (&self.links, now));
        let (post, channel) = (self.post.clone(), channel.to_owned());
        Some(Box::pin(async move {
            let posted = post.send(known.kind, request).await;
            Sent { id, channel, posted }
        }))
    }

    /// Writes what became of a request, and of all others that ended by now.
    async fn settle(&mut self, first: Sent, sending: &mut Sending) -> Result<()> {
        let mut ended = vec![first];
        while let Some(Some(sent)) = futures_util::FutureExt::now_or_never(sending.next()) {
            ended.push(sent);
        }
        let now = Timestamp::now();
        let (mut rows, mut events) = (Vec::new(), Vec::new());
        for sent in ended {
            if matches!(sent.posted.answer, Answer::Delivered) {
                failpoint::reach("alert.after_send");
            }
            let Some(row) = self.settled(&sent, now) else { continue };
            if row.outcome == "given_up" {
                events.extend(self.letters.get(&sent.id).and_then(|letter| noted(&letter.message, &row)));
            }
            if row.outcome != "failed" {
                self.letters.remove(&sent.id);
                self.done.insert(sent.id, now);
            }
            rows.push(row);
        }
        self.write(&rows).await?;
        self.store
            .insert(&events, &token("noted", &events.iter().map(|event| event.event_id).collect::<Vec<_>>(), now))
            .await?;
        self.show();
        Ok(())
    }

    fn settled(&mut self, sent: &Sent, now: Timestamp) -> Option<DeliveryRow> {
        let outbox = self.outboxes.get_mut(&sent.channel)?;
        let (outcome, error) = match &sent.posted.answer {
            Answer::Delivered => {
                outbox.delivered(sent.id);
                ("delivered", "")
            }
            Answer::Again { after_ms, why } => match outbox.failed(sent.id, millis(now), *after_ms, jitter(now)) {
                After::Again { .. } => ("failed", why.as_str()),
                After::GivenUp => ("given_up", why.as_str()),
            },
            Answer::Refused { why } => {
                outbox.refused(sent.id);
                ("given_up", why.as_str())
            }
        };
        let letter = self.letters.get(&sent.id)?;
        self.metrics.seconds.with_label_values(&[&sent.channel]).observe(sent.posted.took.as_secs_f64());
        self.metrics.deliveries.with_label_values(&[sent.channel.as_str(), outcome]).inc();
        let (message, channel) = (sent.id.to_string(), sent.channel.as_str());
        match outcome {
            "delivered" => tracing::debug!(message, channel, "delivered"),
            "failed" => {
                tracing::warn!(message, channel, attempt = letter.attempt, error, "not delivered, will be tried again")
            }
            _ => tracing::error!(
                message,
                channel,
                attempt = letter.attempt,
                error,
                "given up; `hearken alerts redeliver` sends it again"
            ),
        }
        Some(DeliveryRow {
            message_id: sent.id,
            at: At(now),
            outcome: outcome.to_owned(),
            attempt: letter.attempt,
            status: sent.posted.status,
            latency_ms: u32::try_from(sent.posted.took.as_millis()).unwrap_or(u32::MAX),
            error: error.to_owned(),
            folded_into: None,
        })
    }

    /// Gives up what cannot even be tried.
    async fn give_up(&mut self, message: &MessageRow, error: &str) -> Result<()> {
        let now = Timestamp::now();
        let row =
            DeliveryRow { outcome: "given_up".to_owned(), error: error.to_owned(), ..untried(message.message_id, now) };
        let id = message.message_id.to_string();
        tracing::error!(
            message = id,
            channel = message.channel,
            error,
            "given up; `hearken alerts redeliver` sends it again"
        );
        self.metrics.deliveries.with_label_values(&[message.channel.as_str(), "given_up"]).inc();
        let events: Vec<CaseEventRow> = noted(message, &row).into_iter().collect();
        self.done.insert(message.message_id, now);
        self.write(&[row]).await?;
        self.store.insert(&events, &format!("noted:{id}:{}", now.as_millisecond())).await
    }

    async fn write(&self, rows: &[DeliveryRow]) -> Result<()> {
        let Some(first) = rows.first() else { return Ok(()) };
        let ids: Vec<Uuid> = rows.iter().map(|row| row.message_id).collect();
        self.store.insert(rows, &token(&first.outcome, &ids, first.at.0)).await
    }

    fn show(&self) {
        self.metrics
            .pending
            .set(i64::try_from(self.outboxes.values().map(Outbox::len).sum::<usize>()).unwrap_or(i64::MAX));
    }
}

fn token(what: &str, ids: &[Uuid], at: Timestamp) -> String {
    let mut crc = crc32fast::Hasher::new();
    ids.iter().for_each(|id| crc.update(id.as_bytes()));
    format!("delivery:{what}:{}:{}:{:08x}", at.as_millisecond(), ids.len(), crc.finalize())
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}

/// A fraction that differs between moments; waits need spreading, not randomness of quality.
fn jitter(now: Timestamp) -> f64 {
    f64::from(now.subsec_nanosecond().unsigned_abs() % 1_000) / 1_000.0
}
