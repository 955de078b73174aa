//! What stays and what goes wrong: the group, the server, the dead letters, and the trouble of a story.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Result, bail};
use hearken_schemas::erasure::{Erasure, Erasures, Subject};
use hearken_sink::intent::{Intent, METADATA_BYTES_MAX};
use jiff::Timestamp;
use uuid::Uuid;

use crate::defect::Defect;
use crate::log::named;
use crate::server::{Part, Server, Target};

/// What happened how often.
pub(crate) type Hazards = BTreeMap<&'static str, u64>;

/// Group, server, dead letters, and the trouble that is still to come.
pub(crate) struct Model {
    pub(crate) rng: fastrand::Rng,
    pub(crate) server: Server,
    /// How many shards it has.
    pub(crate) shards: usize,
    /// The life that owns the partition; the coordinator takes commits from no other.
    pub(crate) owner: Option<usize>,
    pub(crate) committed: Option<(i64, String)>,
    /// Whether somebody moved the group.
    pub(crate) moved: bool,
    /// Offsets of the records that the sink gave up, as the dead-letter topic holds them.
    pub(crate) letters: Vec<i64>,
    /// How many more things go wrong.
    pub(crate) trouble: u32,
    /// A view that throws, so many more times.
    pub(crate) broken: Option<(Target, u32)>,
    pub(crate) hazards: Hazards,
    /// What must never be seen on the way, but was.
    pub(crate) wrong: Option<String>,
    pub(crate) defect: Defect,
    pub(crate) telling: bool,
    /// Every list of erasures that there was, the newest last.
    pub(crate) erasures: Vec<Arc<Erasures>>,
    /// What each life committed before it judged; see [`Defect::JudgesAfterCommit`].
    pub(crate) early: HashMap<usize, String>,
}

impl Model {
    pub(crate) fn new(seed: u64, defect: Defect, telling: bool) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let trouble = rng.u32(0..32);
        let (server, hazards) = (Server::default(), Hazards::new());
        let (owner, committed, broken, wrong) = (None, None, None, None);
        let (moved, letters, early, erasures) = (false, Vec::new(), HashMap::new(), vec![Arc::default()]);
        let shards = seed as usize % 3 + 1;
        Self {
            erasures,
            rng,
            server,
            shards,
            owner,
            committed,
            moved,
            letters,
            trouble,
            broken,
            hazards,
            wrong,
            defect,
            telling,
            early,
        }
    }

    /// Begins a world in which nothing goes wrong, owned by life 0.
    pub(crate) fn calm() -> Self {
        Self { trouble: 0, owner: Some(0), ..Self::new(0, Defect::None, false) }
    }

    /// Asks for everything of a thing to be forgotten.
    pub(crate) fn erase(&mut self, subject: Subject) {
        let mut list = self.erasures.last().map(|list| Erasures::clone(list)).unwrap_or_default();
        let offset = list.end() + i64::from(self.rng.bool());
        list.add(offset, &Erasure { request_id: Uuid::nil(), subject, until: Timestamp::MAX });
        self.erasures.push(Arc::new(list));
    }

    /// Returns one of the lists that reach so far: who follows may be behind.
    pub(crate) fn list_of_erasures(&mut self, until: i64) -> Arc<Erasures> {
        let first = self.erasures.partition_point(|list| list.end() < until);
        let at = self.rng.usize(first..self.erasures.len());
        Arc::clone(&self.erasures[at])
    }

    /// Tells whether somebody asked for a thing to be forgotten.
    pub(crate) fn erased(&self, id: Uuid) -> bool {
        let list = self.erasures.last().expect("there is always a list");
        list.erases(&named(id), list.end())
    }

    /// Decides whether this goes wrong now, once in so many times.
    pub(crate) fn strikes(&mut self, what: &'static str, odds: u32) -> bool {
        let strikes = self.trouble > 0 && self.rng.u32(..odds) == 0;
        if strikes {
            self.trouble -= 1;
            self.count(what);
        }
        strikes
    }

    /// Counts what happened, and tells it.
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.hazards.entry(what).or_default() += 1;
        self.tell(|| format!("  ! {what}"));
    }

    pub(crate) fn tell(&self, what: impl FnOnce() -> String) {
        if self.telling {
            println!("{}", what());
        }
    }

    /// Notes what must never be seen; where a defect was put in, only the end counts.
    pub(crate) fn never(&mut self, what: String) {
        if self.defect == Defect::None {
            self.wrong.get_or_insert(what);
        }
    }

    /// Returns what the group has committed, as the sink reads it.
    pub(crate) fn intent(&self) -> Intent {
        let text = self.committed.as_ref().map_or("", |(_, text)| text);
        Intent::parse(text).ok().flatten().unwrap_or_default()
    }

    /// Takes a commit, if it is the owner's.
    pub(crate) fn commit(&mut self, life: usize, offset: i64, metadata: &str) -> Result<()> {
        if self.owner != Some(life) && self.defect != Defect::CommitsOfZombies {
            self.count("commit of a member that lost the partition refused");
            bail!("life {life} has lost the partition");
        }
        if let Some((before, _)) = self.committed.clone().filter(|(before, _)| *before > offset) {
            self.never(format!("a commit went back from {before} to {offset}"));
        }
        if metadata.len() > METADATA_BYTES_MAX {
            self.never(format!("{} bytes of metadata", metadata.len()));
        }
        self.tell(|| format!("life {life} commits {offset} {metadata}"));
        let epoch = Intent::parse(metadata)?.unwrap_or_default().epoch;
        if self.committed.is_some() && epoch > self.intent().epoch {
            self.count("epoch raised by the sink");
        }
        self.committed = Some((offset, metadata.to_owned()));
        Ok(())
    }

    /// Counts a block that broke off where some of its parts were taken.
    pub(crate) fn note_partial(&mut self, taken: &[Part], missing: &[Part]) {
        let base = |part: &Part| matches!(part.target, Target::Base(_));
        if taken.iter().any(base) && missing.iter().any(base) {
            self.count("some months took a block, others did not");
        }
        if taken.iter().any(base) && !missing.iter().all(base) {
            self.count("the table took a block, a view did not");
        }
    }
}
