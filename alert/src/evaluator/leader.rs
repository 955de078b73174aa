//! One leadership: from the assignment of the partition to its end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use hearken_runtime::failpoint;
use hearken_runtime::kafka::admin::{Offsets, Onlooker};
use hearken_runtime::kafka::consumer::{Assigned, Committer};
use hearken_runtime::kafka::producer::Producer;
use hearken_runtime::record::Record;
use jiff::Timestamp;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use super::ask::{Answer, ask};
use super::question::{Question, period_ms, tick};
use super::round::Pen;
use super::{AlertWork, Attendant, EvaluatorMetrics, Pace, known};
use crate::frontier::{Position, Range, Written, lag, ranges};
use crate::judge::{Found, candidates, judge};
use crate::responders::Directory;
use crate::row::At;
use crate::rule::{Rule, Rules, When};
use crate::store::Store;

/// How many rules are asked side by side.
const SIDE_BY_SIDE: usize = 4;

pub(super) struct Leader {
    store: Store,
    producer: Producer,
    rules: Arc<Rules>,
    directory: Arc<Directory>,
    sink: Arc<Onlooker>,
    metrics: Arc<EvaluatorMetrics>,
    wake: Arc<Notify>,
    attendants: Vec<Attendant>,
    pace: Pace,
    group: String,
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
    /// Whether what the leader before wrote may have missed the topic.
    first_round: bool,
    /// Since when the sink's offsets cannot be read.
    silent: Option<Instant>,
}

impl Leader {
    pub(super) fn new(work: &AlertWork, assigned: Assigned) -> Result<Self> {
        let Assigned { committed, records, committer, .. } = assigned;
        let (next, metadata) = committed.unwrap_or_default();
        let position = Position::decode(&metadata)?;
        Ok(Self {
            store: work.store.clone(),
            producer: work.producer.clone(),
            rules: Arc::clone(&work.rules),
            directory: Arc::clone(&work.directory),
            sink: Arc::clone(&work.sink),
            metrics: Arc::clone(&work.metrics),
            wake: Arc::clone(&work.wake),
            attendants: work.attendants.clone(),
            pace: work.pace,
            group: work.group.clone(),
            records,
            committer,
            next,
            committed: (next, position.clone()),
            position,
            ticks: HashMap::new(),
            broken: HashMap::new(),
            first_round: true,
            silent: None,
        })
    }

    /// Leads until the partition goes, or something fails.
    pub(super) async fn lead(mut self) -> Result<()> {
        tracing::info!(position = self.position.encode()?, rules = self.rules.active.len(), "leading");
        self.metrics.is_leader.set(1);
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
        let Some(written) = self.written().await? else { return Ok(false) };
        for partition in self.position.begin_again(&written) {
            tracing::warn!(partition, "the topic was made again: it is evaluated from its beginning");
        }
        self.metrics.frontier_lag.set(lag(&self.position, &written));
        let ranges = ranges(&self.position, &written, self.pace.round_records_max);
        let now = At(Timestamp::from_millisecond(Timestamp::now().as_millisecond())?);
        let due = self.due(now);
        if ranges.is_empty() && due.is_empty() {
            return Ok(false);
        }
        let since = Instant::now();
        self.evaluate_range(&ranges, &due, now).await?;
        self.position.advance(&ranges);
        self.ticks.extend(due);
        self.commit().await?;
        failpoint::reach("alert.after_commit");
        self.first_round &= ranges.is_empty();
        self.metrics.frontier_lag.set(lag(&self.position, &written));
        self.metrics.rounds.inc();
        self.metrics.round_seconds.observe(since.elapsed().as_secs_f64());
        Ok(lag(&self.position, &written) > 0)
    }

    /// Asks, judges and writes.
    async fn evaluate_range(&mut self, ranges: &[Range], due: &[(String, At)], now: At) -> Result<()> {
        let rules = Arc::clone(&self.rules);
        let found = self.ask_all(&rules, ranges, due, now).await?;
        if found.iter().all(|found| found.hits.is_empty()) {
            return Ok(());
        }
        let facts = known::facts(&self.store, &found).await?;
        let candidates = candidates(found, &facts);
        let (raised, known) = known::known(&self.store, &candidates).await?;
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
        let question = |rule: &'a Rule| match rule.when {
            When::Feedback => (!ranges.is_empty()).then_some((rule, Question::News(ranges), now)),
            When::Every(_) => {
                let (_, as_of) = due.iter().find(|(id, _)| *id == rule.id)?;
                Some((rule, Question::Tick(*as_of), *as_of))
            }
        };
        let mut asking: Vec<BoxFuture<'_, _>> = Vec::new();
        for (rule, question, as_of) in rules.active.iter().filter_map(question) {
            let (store, seconds) = (&self.store, self.metrics.rule_seconds.with_label_values(&[&rule.id]));
            asking.push(Box::pin(async move {
                let timer = seconds.start_timer();
                let answer = ask(store, rule, question).await;
                timer.observe_duration();
                (rule, as_of, answer)
            }));
        }
        let answers: Vec<_> = stream::iter(asking).buffer_unordered(SIDE_BY_SIDE).collect().await;
        let mut found = Vec::new();
        for (rule, as_of, answer) in answers {
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
        Ok(found)
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

    /// Returns how far the sink is; none where Kafka does not say for the moment.
    async fn written(&mut self) -> Result<Option<Vec<Written>>> {
        let sink = Arc::clone(&self.sink);
        match tokio::task::spawn_blocking(move || sink.look()).await? {
            Ok(offsets) => {
                self.silent = None;
                Ok(Some(offsets.into_iter().map(written).collect()))
            }
            Err(error) => {
                let since = *self.silent.get_or_insert_with(Instant::now);
                if since.elapsed() > self.pace.patience {
                    return Err(error.context("looking how far the sink is"));
                }
                tracing::warn!(error = format!("{error:#}"), "looking how far the sink is; again soon");
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

fn written(offsets: Offsets) -> Written {
    let Offsets { partition, end, committed, .. } = offsets;
    Written { partition, until: committed.unwrap_or(0), end }
}
