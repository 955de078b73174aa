//! Who lives when: kills, pauses, losses and revocations of members, rewinds between them, and trouble at the server.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use hearken_sink::intent::Intent;

use crate::defect::Defect;
use crate::life::Worker;
use crate::log::{Log, subject};
use crate::scheduler::{Handle, Scheduler, lock};
use crate::server::Target;
use crate::world::{Life, World};

/// The most steps of a story; one that has more never ends.
const STEPS_MAX: usize = 200_000;

/// How often the director does something while there is trouble to come: once in so many steps.
const ODDS: u32 = 60;

/// Runs one story.
pub(crate) struct Director {
    pub(crate) world: Arc<World>,
    pub(crate) scheduler: Scheduler,
    pub(crate) log: Arc<Log>,
    /// Decides who runs next, and what happens to whom.
    rng: fastrand::Rng,
    lives: Vec<Member>,
    born: usize,
    stopped: HashSet<usize>,
    revoked: Arc<Mutex<HashSet<usize>>>,
    /// The group is moved once nobody owns the partition.
    moving: Option<Move>,
}

struct Member {
    life: usize,
    end: Handle<Result<()>>,
    /// Whether nothing was to go wrong any more when it began.
    calm: bool,
}

/// How somebody moves the group while the sink is stopped.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// With the project's command: another life of the offsets.
    Rewind,
    /// With Kafka's own tool, which leaves its metadata or none.
    ByHand,
    /// The group's offsets are gone.
    Forget,
}

impl Director {
    pub(crate) fn new(world: Arc<World>, scheduler: Scheduler, log: Arc<Log>) -> Self {
        let rng = world.model().rng.fork();
        let (lives, born, stopped) = (Vec::new(), 0, HashSet::new());
        Self { world, scheduler, log, rng, lives, born, stopped, revoked: Arc::default(), moving: None }
    }

    /// Runs until everything is written and nobody has anything to do.
    ///
    /// # Errors
    /// What went wrong on the way that no trouble explains.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        for _ in 0..STEPS_MAX {
            self.bury()?;
            if self.world.model().owner.is_none() {
                self.begin();
            }
            if self.world.model().trouble > 0 && self.rng.u32(..ODDS) == 0 {
                self.disturb();
            }
            if !self.scheduler.step(&mut self.rng, &self.stopped) && !self.stir()? {
                return Ok(());
            }
            if let Some(wrong) = self.world.model().wrong.take() {
                return Err(wrong);
            }
        }
        Err("the story never ends".to_owned())
    }

    /// Notes the lives that have ended.
    fn bury(&mut self) -> Result<(), String> {
        let mut at = 0;
        while at < self.lives.len() {
            let Some(end) = self.lives[at].end.take() else {
                at += 1;
                continue;
            };
            let Member { life, calm, .. } = self.lives.swap_remove(at);
            self.scheduler.kill(Some(life));
            let mut model = self.world.model();
            model.tell(|| format!("life {life} ends: {end:?}"));
            if model.owner == Some(life) {
                model.owner = None;
                if let (Err(error), true) = (end, calm) {
                    return Err(format!("life {life} failed and nothing was in its way: {error:#}"));
                }
            }
        }
        Ok(())
    }

    /// Begins a life; the group may be moved before.
    fn begin(&mut self) {
        let mut model = self.world.model();
        if let Some(how) = self.moving.take() {
            // Nobody moves a group whose ranges are pending, or the command refuses to.
            if model.intent().pending.is_empty() {
                let offset = self.rng.i64(0..=model.committed.as_ref().map_or(0, |(committed, _)| *committed));
                // Where the commit tells no epoch, ClickHouse knows the last one.
                let epoch = model.intent().epoch;
                let raised = (epoch + 1).max(model.server.next_epoch());
                let raised = if model.defect == Defect::KeepsEpoch { epoch } else { raised };
                let (what, committed) = match how {
                    Move::Rewind => {
                        ("rewind", Some((offset, Intent { epoch: raised, ..Intent::default() }.to_string())))
                    }
                    Move::ByHand => ("group moved by hand", Some((offset, "by hand".to_owned()))),
                    Move::Forget => ("offsets forgotten", None),
                };
                model.count(what);
                model.committed = committed;
                model.moved = true;
            }
        }
        let life = self.born;
        self.born += 1;
        model.owner = Some(life);
        let calm = model.trouble == 0 && model.broken.is_none();
        drop(model);
        self.forget_tokens();
        let worker = Worker::new(
            Life { world: Arc::clone(&self.world), number: life },
            Arc::clone(&self.log),
            Arc::clone(&self.revoked),
        );
        let end = self.scheduler.spawner.spawn(Some(life), worker.run());
        self.lives.push(Member { life, end, calm });
    }

    /// The window of tokens is full of what other partitions insert; ranges in flight are never forgotten.
    fn forget_tokens(&mut self) {
        let others = self.lives.iter().any(|member| Some(member.life) != self.world.model().owner);
        if others || self.scheduler.has(None) {
            return;
        }
        let mut model = self.world.model();
        let pending = model.intent().pending;
        let keep = |token: &str| pending.iter().any(|range| token.contains(&format!(":{range}:")));
        if self.rng.bool() && model.server.forget_tokens(keep) > 0 {
            model.count("tokens forgotten");
        }
    }

    /// Does something to somebody.
    fn disturb(&mut self) {
        let Some(owner) = self.world.model().owner else { return };
        let others: Vec<usize> = self.lives.iter().map(|member| member.life).filter(|life| *life != owner).collect();
        let other = (!others.is_empty()).then(|| others[self.rng.usize(..others.len())]);
        let what = match (self.rng.u8(0..19), other) {
            (0..3, _) => self.kill(owner, "owner killed"),
            (3..5, _) if self.stopped.insert(owner) => "owner paused",
            (5..7, _) if self.stopped.contains(&owner) => self.lose("paused owner lost the partition"),
            (7, _) => self.lose("running owner lost the partition"),
            (8..10, _) => self.revoke(owner),
            (10, Some(other)) => self.kill(other, "former owner killed"),
            (11..14, Some(other)) if self.stopped.remove(&other) => "former owner resumed",
            (14, _) => {
                let view = [Target::Minute, Target::Superseded][self.rng.usize(..2)];
                self.world.model().broken = Some((view, self.rng.u32(1..8)));
                "view broken"
            }
            (15, _) if self.stopped.remove(&owner) => "paused owner resumed in time",
            (16, _) => {
                self.world.model().server.merge(&mut self.rng);
                self.forget_tokens();
                "parts merged"
            }
            (17..19, _) => {
                let ids = self.log.ids();
                if ids.is_empty() {
                    return;
                }
                let subject = subject(ids[self.rng.usize(..ids.len())]);
                self.world.model().erase(subject);
                "somebody erased"
            }
            _ => return,
        };
        let mut model = self.world.model();
        model.trouble -= 1;
        model.count(what);
    }

    fn kill(&mut self, life: usize, what: &'static str) -> &'static str {
        self.scheduler.kill(Some(life));
        self.lives.retain(|member| member.life != life);
        self.stopped.remove(&life);
        let mut model = self.world.model();
        if model.owner == Some(life) {
            model.owner = None;
        }
        what
    }

    fn lose(&mut self, what: &'static str) -> &'static str {
        self.world.model().owner = None;
        what
    }

    /// Asks the owner to finish; perhaps the group is moved then.
    fn revoke(&mut self, owner: usize) -> &'static str {
        lock(&self.revoked).insert(owner);
        self.scheduler.wake(Some(owner));
        self.moving = match self.rng.u8(0..6) {
            0..2 => Some(Move::Rewind),
            2 => Some(Move::ByHand),
            3 => Some(Move::Forget),
            _ => None,
        };
        "partition revoked"
    }

    /// Where nobody can go on, lets somebody; `false` where all is done.
    fn stir(&mut self) -> Result<bool, String> {
        let Some(owner) = self.world.model().owner else { return Ok(true) };
        let former = self.lives.iter().map(|member| member.life).find(|life| *life != owner);
        match former {
            Some(life) if self.stopped.remove(&life) => return Ok(true),
            // It has nothing to do and never heard that it lost the partition.
            Some(life) => {
                self.kill(life, "");
                return Ok(true);
            }
            None => {}
        }
        if self.stopped.contains(&owner) {
            if self.rng.bool() {
                self.stopped.remove(&owner);
            } else {
                self.lose("");
            }
            return Ok(true);
        }
        let mut model = self.world.model();
        let committed = model.committed.as_ref().is_some_and(|(offset, _)| *offset == self.log.end());
        let done = committed && model.intent().pending.is_empty();
        if !done {
            return Err("the owner waits and not everything is written and committed".to_owned());
        }
        // What is left of the trouble has nobody to meet.
        model.trouble = 0;
        Ok(false)
    }
}
