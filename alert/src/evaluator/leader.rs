//! One leadership: from the assignment of the partition to its end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hearken_runtime::clickhouse::{Verdict, classify, code};
use hearken_runtime::failpoint;
use hearken_runtime::kafka::admin::{Offsets, Onlooker};
use hearken_runtime::kafka::consumer::{Assigned, Committer};
use hearken_runtime::kafka::producer::Producer;
use hearken_runtime::record::Record;
use jiff::Timestamp;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use super::ask::{Answer, BACKOFF, SessionLost, ask};
use super::question::{DROP_NEWS, make_news, period_ms, tick};
use super::round::Pen;
use super::{AlertWork, Attendant, EvaluatorMetrics, Pace, known};
use crate::frontier::{Position, Range, Written, lag, ranges};
use crate::judge::{Found, candidates, judge};
use crate::responders::Directory;
use crate::row::At;
use crate::rule::{Rule, Rules, When};
use crate::store::Store;

/// `TABLE_ALREADY_EXISTS`
const TABLE_ALREADY_EXISTS: u32 = 57;

/// How often a round may lose its session.
const SESSIONS_MAX: u32 = 5;

/// From so many records on, customers' standing is computed anew once they are evaluated.
const BACKLOG: i64 = 20_000;

/// What is computed every hour of all customers: what they are called, and where they stand.
const HOURLY: [&str; 2] = ["customer_names_hourly", "customer_standing_hourly"];

pub(super) struct Leader {
    store: Store,
    producer: Producer,
    rules: Arc<Rules>,
    directory: Arc<Directory>,
    sink: Arc<Onlooker>,
    alerts: Arc<Onlooker>,
    metrics: Arc<EvaluatorMetrics>,
    wake: Arc<Notify>,
    attendants: Vec<Attendant>,
    pace: Pace,
    group: String,
    partition: i32,
    records: mpsc::Receiver<Record>,
    committer: Committer,
    /// The next offset of the alert topic, which only says which commit is the newest.
    next: i64,
    position: Position,
    /// What the last commit said.
    committed: (i64, Position),
    /// The last tick of each rule that is asked by the clock.
    ticks: HashMap<String, At>,
    /// What is wrong with a rule, as it was logged.
    broken: HashMap<String, String>,
    /// Whether `next` is known to be no offset that has expired, which nobody may go on from.
    is_placed: bool,
    /// Whether what the leader before wrote may have missed the topic.
    first_round: bool,
    /// Whether there was much to catch up with.
    has_backlog: bool,
    /// Since when the sink's offsets cannot be read.
    silent: Option<Instant>,
}

impl Leader {
    pub(super) fn new(work: &AlertWork, assigned: Assigned) -> Result<Self> {
        let Assigned { partition, committed, records, committer, .. } = assigned;
        let (next, metadata) = committed.unwrap_or_default();
        let position = Position::decode(&metadata)?;
        Ok(Self {
            store: work.store.clone(),
            producer: work.producer.clone(),
            rules: Arc::clone(&work.rules),
            directory: Arc::clone(&work.directory),
            sink: Arc::clone(&work.sink),
            alerts: Arc::clone(&work.alerts),
            metrics: Arc::clone(&work.metrics),
            wake: Arc::clone(&work.wake),
            attendants: work.attendants.clone(),
            pace: work.pace,
            group: work.group.clone(),
            partition,
            records,
            committer,
            next,
            committed: (next, position.clone()),
            position,
            ticks: HashMap::new(),
            broken: HashMap::new(),
            is_placed: false,
            first_round: true,
            has_backlog: false,
            silent: None,
        })
    }

    /// Leads until the partition goes, or something fails.
    pub(super) async fn lead(mut self) -> Result<()> {
        tracing::info!(position = self.position.encode()?, rules = self.rules.active.len(), "leading");
        let (stop, stopped) = watch::channel(false);
        let mut beside = JoinSet::new();
        for attendant in &self.attendants {
            beside.spawn(attendant(stopped.clone()));
        }
        let answer = tokio::select! {
            answer = self.evaluate() => answer,
            Some(ended) = beside.join_next() => {
                ended.context("a task of the leader panicked").flatten().context("beside the evaluation")
            }
        };
        let _ = stop.send(true);
        self.metrics.is_leader.set(0);
        self.metrics.frontier_lag.set(0);
        while let Some(ended) = beside.join_next().await {
            ended.context("a task of the leader panicked").flatten().context("beside the evaluation")?;
        }
        tracing::info!("no longer leading");
        answer
    }

    async fn evaluate(&mut self) -> Result<()> {
        let mut look = tokio::time::interval(self.pace.interval);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                record = self.records.recv() => match record {
                    Some(record) => self.next = record.offset + 1,
                    None => return Ok(()),
                },
                _ = look.tick() => {
                    while self.is_ours() && self.round().await? {}
                    self.commit().await?;
                }
            }
        }
    }

    /// Takes what came of the alert topic; tells whether the partition is still there.
    fn is_ours(&mut self) -> bool {
        loop {
            match self.records.try_recv() {
                Ok(record) => self.next = record.offset + 1,
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Evaluates what there is, up to the bound of a round; tells whether there is more.
    async fn round(&mut self) -> Result<bool> {
        if !self.is_placed && !self.place().await? {
            return Ok(false);
        }
        let Some(written) = self.written().await? else { return Ok(false) };
        for partition in self.position.begin_again(&written) {
            tracing::warn!(partition, "the topic was made again: it is evaluated from its beginning");
        }
        let behind = lag(&self.position, &written);
        self.metrics.frontier_lag.set(behind);
        // From here on the lag says something.
        self.metrics.is_leader.set(1);
        self.has_backlog |= behind > BACKLOG;
        let ranges = ranges(&self.position, &written, self.pace.round_records_max);
        let now = At(Timestamp::from_millisecond(Timestamp::now().as_millisecond())?);
        let due = self.due(now);
        if ranges.is_empty() && due.is_empty() {
            return Ok(false);
        }
        let since = Instant::now();
        let mut sessions = 1;
        while let Err(error) = self.evaluate_range(&ranges, &due, now).await {
            if sessions >= SESSIONS_MAX || !error.is::<SessionLost>() {
                return Err(error);
            }
            sessions += 1;
            tracing::warn!(error = format!("{error:#}"), "the round begins again");
        }
        self.position.advance(&ranges);
        self.ticks.extend(due);
        self.commit().await?;
        failpoint::reach("alert.after_commit");
        self.first_round &= ranges.is_empty();
        self.metrics.frontier_lag.set(lag(&self.position, &written));
        self.metrics.rounds.inc();
        self.metrics.round_seconds.observe(since.elapsed().as_secs_f64());
        let behind = lag(&self.position, &written);
        if behind == 0 && std::mem::take(&mut self.has_backlog) {
            self.refresh_standing().await;
        }
        Ok(behind > 0)
    }

    /// After a history was read in, customers stand where the last full hour did not see them yet.
    async fn refresh_standing(&self) {
        for view in HOURLY {
            if let Err(error) = self.store.execute(&format!("SYSTEM REFRESH VIEW {view}")).await {
                tracing::warn!(view, error = format!("{error:#}"), "it is computed at the next full hour");
            }
        }
    }

    /// Asks, judges and writes.
    async fn evaluate_range(&mut self, ranges: &[Range], due: &[(String, At)], now: At) -> Result<()> {
        let rules = Arc::clone(&self.rules);
        let found = self.ask_all(&rules, ranges, due, now).await?;
        if found.iter().all(|found| found.hits.is_empty()) {
            return Ok(());
        }
        let facts = known::facts(&self.store, &found).await?;
        let mut candidates = candidates(found, &facts);
        let (raised, known) = known::known(&self.store, &candidates).await?;
        known::risks(&self.store, &mut candidates, &known.alerts).await;
        let rows = judge(&candidates, known, &*self.directory, self.pace.ages, now);
        let again = if self.first_round { raised } else { Vec::new() };
        let mut sum = crc32fast::Hasher::new();
        sum.update(format!("{}{ranges:?}", self.position.encode()?).as_bytes());
        let round = format!("{}:{:08x}", self.group, sum.finalize());
        let pen = Pen { store: &self.store, producer: &self.producer, round: &round };
        pen.write(&rows, again, now).await?;
        for alert in &rows.alerts {
            self.metrics.alerts.with_label_values(&[&alert.rule]).inc();
        }
        if !rows.alerts.is_empty() {
            tracing::info!(
                alerts = rows.alerts.len(),
                cases = rows.cases.len(),
                messages = rows.messages.len(),
                "raised"
            );
        }
        if !rows.messages.is_empty() {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Asks every rule that has something to be asked about. One that is broken finds nothing; it is counted, and logged when what is
    /// wrong with it changes.
    async fn ask_all<'a>(
        &mut self,
        rules: &'a Rules,
        ranges: &[Range],
        due: &[(String, At)],
        now: At,
    ) -> Result<Vec<Found<'a>>> {
        let session = self.store.in_session(&session_name(now));
        if !ranges.is_empty() {
            self.store_news(&session, ranges).await?;
        }
        let mut found = Vec::new();
        for rule in &rules.active {
            let as_of = match rule.when {
                When::Feedback if ranges.is_empty() => continue,
                When::Feedback => now,
                When::Every(_) => match due.iter().find(|(id, _)| *id == rule.id) {
                    Some((_, tick)) => *tick,
                    None => continue,
                },
            };
            let timer = self.metrics.rule_seconds.with_label_values(&[&rule.id]).start_timer();
            let answer = ask(&session, rule, as_of).await;
            timer.observe_duration();
            match answer? {
                Answer::Hits(hits) => {
                    if self.broken.remove(&rule.id).is_some() {
                        tracing::info!(rule = rule.id, "the rule can be asked again");
                    }
                    found.push(Found { rule, hits, as_of });
                }
                Answer::Broken(error) => self.note_broken(rule, error),
            }
        }
        if !ranges.is_empty()
            && let Err(error) = session.execute(DROP_NEWS).await
        {
            tracing::warn!(error = format!("{error:#}"), "the table of news goes with its session");
        }
        Ok(found)
    }

    /// Looks up what became visible, once for all rules.
    async fn store_news(&self, session: &Store, ranges: &[Range]) -> Result<()> {
        let mut failed = 0;
        loop {
            let Err(error) = session.execute(&make_news(ranges)).await else { return Ok(()) };
            let message = format!("{error:#}");
            // The answer to an earlier try was lost on the way.
            if code(&message) == Some(TABLE_ALREADY_EXISTS) {
                return Ok(());
            }
            failed += 1;
            let again = classify(&message) == Verdict::Again;
            let Some(wait_ms) = BACKOFF.wait_ms(failed, 0.5).filter(|_| again) else {
                return Err(error.context(format!("looking up what became visible, tried {failed} times")));
            };
            tracing::warn!(failed, wait_ms, error = message, "look up news again");
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }

    fn note_broken(&mut self, rule: &Rule, error: String) {
        self.metrics.rule_errors.with_label_values(&[&rule.id]).inc();
        if self.broken.get(&rule.id) != Some(&error) {
            tracing::error!(rule = rule.id, file = rule.file, error, "the rule cannot be asked; the others go on");
            self.broken.insert(rule.id.clone(), error);
        }
    }

    /// Returns the rules whose tick has come, with it. After a change of the leader the latest is asked again, which changes nothing.
    fn due(&self, now: At) -> Vec<(String, At)> {
        let due = |rule: &Rule| {
            let tick = tick(period_ms(rule)?, now);
            (self.ticks.get(&rule.id) != Some(&tick)).then(|| (rule.id.clone(), tick))
        };
        self.rules.active.iter().filter_map(due).collect()
    }

    /// Raises the next offset of the alert topic to its first one: before it nothing is left to go on from. Tells whether Kafka said.
    async fn place(&mut self) -> Result<bool> {
        let Some(offsets) = self.look(Arc::clone(&self.alerts)).await? else { return Ok(false) };
        let first =
            offsets.iter().find(|offsets| offsets.partition == self.partition).map_or(0, |offsets| offsets.start);
        self.next = self.next.max(first);
        self.is_placed = true;
        Ok(true)
    }

    /// Returns how far the sink is; none where Kafka does not say for the moment.
    async fn written(&mut self) -> Result<Option<Vec<Written>>> {
        let offsets = self.look(Arc::clone(&self.sink)).await?;
        Ok(offsets.map(|offsets| offsets.into_iter().map(written).collect()))
    }

    /// Looks at a topic's offsets; none where Kafka does not say for the moment, which it may do no longer than its patience.
    async fn look(&mut self, onlooker: Arc<Onlooker>) -> Result<Option<Vec<Offsets>>> {
        match tokio::task::spawn_blocking(move || onlooker.look()).await? {
            Ok(offsets) => {
                self.silent = None;
                Ok(Some(offsets))
            }
            Err(error) => {
                let since = *self.silent.get_or_insert_with(Instant::now);
                if since.elapsed() > self.pace.patience {
                    return Err(error.context("looking at Kafka's offsets"));
                }
                tracing::warn!(error = format!("{error:#}"), "looking at Kafka's offsets; again soon");
                Ok(None)
            }
        }
    }

    /// Commits the position where it, or the alert topic's offset, has moved.
    async fn commit(&mut self) -> Result<()> {
        if self.committed == (self.next, self.position.clone()) {
            return Ok(());
        }
        self.committer.commit(self.next, self.position.encode()?).await?;
        self.committed = (self.next, self.position.clone());
        Ok(())
    }
}

/// A name that no other round has.
fn session_name(now: At) -> String {
    let nanos = Timestamp::now().as_nanosecond();
    format!("hearken-alert-{}-{}-{nanos}", std::process::id(), now.0.as_millisecond())
}

fn written(offsets: Offsets) -> Written {
    let Offsets { partition, end, committed, .. } = offsets;
    Written { partition, until: committed.unwrap_or(0), end }
}
