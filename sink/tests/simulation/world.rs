//! The world as one life of the sink meets it: each effect takes its time, and may fail before or after it took hold.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Result, anyhow, bail};
use futures_util::future::join_all;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::erasure::Erasures;
use hearken_sink::block::Rows;
use hearken_sink::intent::Intent;
use hearken_sink::protocol::{Effects, Pending, Refusal, Task};
use hearken_sink::row::{At, DeadLetterRow, FeedbackRow, StateRow};
use hearken_sink::shard::{blocks, verdict};
use hearken_sink::table::StateTable;
use hearken_sink::versions::{State, StateKey, Verdict};
use uuid::Uuid;

use crate::defect::{Defect, batch_of, disguise, rename, true_names};
use crate::model::Model;
use crate::scheduler::{Spawner, lock, rest};
use crate::server::{parts, unreadable};

/// How often the sink sends a block before it gives up.
const TRIES: usize = 3;

/// What all lives share.
pub(crate) struct World {
    model: Mutex<Model>,
    spawner: Spawner,
}

impl World {
    pub(crate) fn new(model: Model, spawner: Spawner) -> Self {
        Self { model: Mutex::new(model), spawner }
    }

    pub(crate) fn model(&self) -> MutexGuard<'_, Model> {
        lock(&self.model)
    }
}

/// One life of the sink: a worker of a member, from the assignment of the partition to its loss.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) world: Arc<World>,
    pub(crate) number: usize,
}

/// What the server says to an insert.
enum Answer {
    Taken,
    Unreadable,
    Broken(&'static str),
}

impl Life {
    pub(crate) fn model(&self) -> MutexGuard<'_, Model> {
        self.world.model()
    }

    /// Takes a while.
    pub(crate) async fn wander(&self) {
        let times = self.model().rng.u32(0..4);
        rest(times).await;
    }

    /// Answers a look-up as the server stands at one moment of it.
    async fn look_up<T>(&self, pending: &Pending, ids: usize, read: impl FnOnce(&Model) -> T + Send) -> Result<T> {
        self.commit_early(pending)?;
        self.wander().await;
        let found = {
            let mut model = self.model();
            model.tell(|| format!("life {} looks {ids} up outside {:?}", self.number, pending.ranges));
            if model.strikes("look-up failed", 60) {
                bail!("look-up failed");
            }
            read(&model)
        };
        self.wander().await;
        Ok(found)
    }

    fn commit_early(&self, pending: &Pending) -> Result<()> {
        let mut model = self.model();
        if model.defect != Defect::JudgesAfterCommit {
            return Ok(());
        }
        let (offset, ranges) = (pending.ranges[0].first, pending.ranges.clone());
        let intent = Intent { epoch: pending.epoch, pending: ranges, ..Intent::default() }.to_string();
        if model.early.get(&self.number) != Some(&intent) {
            model.commit(self.number, offset, &intent)?;
            model.early.insert(self.number, intent);
        }
        Ok(())
    }

    /// Inserts a block into its shard and repeats it, as the sink's client does.
    async fn insert_into(&self, rows: &Rows, token: &str) -> Result<(), Refusal> {
        let mut last = "";
        for _ in 0..TRIES {
            self.wander().await;
            match self.request(rows, token).await {
                Answer::Taken => return Ok(()),
                Answer::Unreadable => return Err(Refusal::Undecodable("6 CANNOT_PARSE_TEXT".to_owned())),
                Answer::Broken(why) => last = why,
            }
        }
        let mut model = self.model();
        if model.broken.is_some() {
            model.count("sink gave up and started again while a view was broken");
        }
        Err(Refusal::Failed(anyhow!("tried {TRIES} times: {last}")))
    }

    /// Sends a block once and waits for the answer, unless it is lost.
    async fn request(&self, rows: &Rows, token: &str) -> Answer {
        let (late, deaf) = {
            let mut model = self.model();
            let intent = model.intent();
            let known = intent.pending.iter().any(|range| token.contains(&format!(":{range}:")));
            if model.owner == Some(self.number) && !known {
                model.never(format!("{token} is inserted and its intent not committed"));
            }
            if model.owner != Some(self.number) {
                model.count("insert sent by a member that had lost the partition");
            }
            model.tell(|| format!("life {} inserts {} into {:?} under {token}", self.number, rows.len(), rows.table()));
            let late = if model.strikes("request delayed on its way", 25) { model.rng.u32(20..600) } else { 0 };
            let lost = model.strikes("answer lost", 25);
            (late, lost || late > 0 && model.rng.bool())
        };
        let request = serve(self.clone(), true_names(rows.clone()), token.to_owned(), late);
        let answer = self.world.spawner.spawn(None, request).detached();
        if deaf {
            rest(8).await;
            return Answer::Broken("no answer");
        }
        answer.await
    }
}

/// The server's side of an insert: it goes on whatever becomes of the sender.
async fn serve(sender: Life, rows: Rows, token: String, late: u32) -> Answer {
    rest(late).await;
    if late > 0 && sender.model().owner != Some(sender.number) {
        sender.model().count("request came after its sender had lost the partition");
    }
    if unreadable(&rows) {
        let mut model = sender.model();
        let another = model.server.took_another(&rows, &token);
        model.count(if another { "block unreadable after another table took its own" } else { "block unreadable" });
        return Answer::Unreadable;
    }
    let mut parts = parts(&rows);
    sender.model().rng.shuffle(&mut parts);
    for at in 0..parts.len() {
        sender.wander().await;
        let mut model = sender.model();
        let (taken, rest) = parts.split_at(at);
        if let Some((_, left)) = model.broken.as_mut().filter(|(view, _)| *view == rest[0].target) {
            *left -= 1;
            if *left == 0 {
                model.broken = None;
                model.count("view mended");
            }
            model.count("view threw");
            model.note_partial(taken, rest);
            let bisect = model.defect == Defect::BisectsViewErrors;
            return if bisect { Answer::Unreadable } else { Answer::Broken("a view threw") };
        }
        if model.strikes("server stopped in the middle of a block", 60) {
            model.note_partial(taken, rest);
            return Answer::Broken("the connection broke");
        }
        let defect = model.defect;
        match model.server.take(&rest[0], &token, defect) {
            Ok(true) => {}
            Ok(false) => model.count("part dropped by its token"),
            Err(wrong) => model.never(wrong),
        }
    }
    sender.model().tell(|| format!("the server has {token} {:?}", rows.table()));
    Answer::Taken
}

impl Effects for Life {
    async fn commit(&self, offset: i64, metadata: String) -> Result<()> {
        self.wander().await;
        {
            let mut model = self.model();
            if model.strikes("commit failed before it took hold", 40) {
                bail!("commit failed");
            }
            if model.early.get(&self.number) != Some(&metadata) {
                let intent = Intent::parse(&metadata)?.unwrap_or_default();
                let done = Intent { pending: Vec::new(), ..intent.clone() }.to_string();
                match intent.pending.last() {
                    Some(range) if model.defect == Defect::CommitsFirst => {
                        model.commit(self.number, range.last + 1, &done)?;
                    }
                    Some(_) | None => model.commit(self.number, offset, &metadata)?,
                }
            }
            if model.strikes("commit failed after it took hold", 40) {
                bail!("no answer to the commit");
            }
        }
        self.wander().await;
        Ok(())
    }

    async fn states(&self, table: StateTable, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        let batch = ids.first().map_or(0, |id| batch_of(*id));
        let of = |id| ids.contains(&disguise(id, batch));
        let read = |model: &Model| model.server.states(table, of, pending, model.defect);
        let mut rows = self.look_up(pending, ids.len(), read).await?;
        rows.iter_mut().for_each(|row| rename(row, batch));
        Ok(rows.iter().map(StateRow::state).collect())
    }

    async fn rows(&self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        let batch = keys.first().map_or(0, |(id, _)| batch_of(*id));
        let of = |id| keys.iter().any(|(key, _)| *key == disguise(id, batch));
        // Whatever its defect, it finds what it is told the name of.
        let defect = |model: &Model| if model.defect == Defect::SeesPending { model.defect } else { Defect::None };
        let read = |model: &Model| model.server.states(StateTable::Feedback, of, pending, defect(model));
        let mut rows = self.look_up(pending, keys.len(), read).await?;
        rows.iter_mut().for_each(|row| rename(row, batch));
        let feedback = rows.into_iter().filter_map(|row| match row {
            StateRow::Feedback(row) => Some(*row),
            StateRow::Order(_) | StateRow::Visit(_) | StateRow::Customer(_) => None,
        });
        Ok(feedback.filter(|row| keys.contains(&(row.feedback_id, row.version))).collect())
    }

    async fn letters(&self, rows: &[DeadLetterRow], pending: &Pending) -> Result<HashSet<(String, At)>> {
        let mut known =
            self.look_up(pending, rows.len(), |model| model.server.known_letters(pending, model.defect)).await?;
        known.retain(|(stage, at)| rows.iter().any(|row| row.stage == stage && row.at == *at));
        Ok(known)
    }

    async fn insert(&self, rows: &Rows, token: &str) -> Result<(), Refusal> {
        let shards = self.model().shards;
        if shards == 1 {
            return self.insert_into(rows, token).await;
        }
        // Each shard keeps tokens of its own.
        let blocks = blocks(&true_names(rows.clone()), shards).into_iter();
        let inserts = blocks.map(|(shard, rows)| {
            let token = format!("{token}@{shard}");
            async move { self.insert_into(&rows, &token).await }
        });
        let answers = join_all(inserts).await;
        if answers.iter().any(Result::is_ok) && answers.iter().any(Result::is_err) {
            self.model().count("some shards took a block, others did not");
        }
        verdict(answers)
    }

    /// The sink may die between two letters.
    async fn reject(&self, records: Vec<(Record, Rejection)>) -> Result<()> {
        for (record, rejection) in records {
            self.wander().await;
            let mut model = self.model();
            let (fails, kept) = (model.strikes("dead letter not acknowledged", 30), model.rng.bool());
            if (!fails || kept) && model.defect != Defect::LosesLetters {
                model.letters.push(record.offset);
            }
            model.tell(|| format!("life {} rejects {}: {}", self.number, record.offset, rejection.reason.as_str()));
            if fails {
                bail!("a dead letter was not acknowledged");
            }
        }
        Ok(())
    }

    async fn erasures(&self, until: i64) -> Result<Arc<Erasures>> {
        self.wander().await;
        let mut model = self.model();
        if model.strikes("list of erasures not confirmed", 60) {
            bail!("the list of erasures could not be confirmed");
        }
        Ok(model.list_of_erasures(until))
    }

    fn count(&self, verdicts: &[Verdict], erased: usize) {
        let mut model = self.model();
        (0..erased).for_each(|_| model.count("judged erased"));
        for verdict in verdicts {
            model.count(match verdict {
                Verdict::First => "judged first",
                Verdict::Newer => "judged newer",
                Verdict::Repeat => "judged a repeat",
                Verdict::Stale => "judged stale",
                Verdict::Conflict => "judged a conflict",
                Verdict::Redelivered => "judged redelivered",
            });
        }
    }

    fn spawn<T: Send + 'static>(&self, task: Task<T>) -> Task<Result<T>> {
        let handle = self.world.spawner.spawn(Some(self.number), task);
        Box::pin(async move { Ok(handle.await) })
    }
}
