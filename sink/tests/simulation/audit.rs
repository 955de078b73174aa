//! Holds the end of a story against the naive reading of its log.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Debug;

use hearken_sink::row::{FeedbackRow, Lineage, OutcomeKind};
use uuid::Uuid;

use crate::log::{Entry, Fate, Log, Naive};
use crate::model::Model;
use crate::server::{Server, Sums, add};

/// Audits a story.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn audit(log: &Log, model: &Model) -> Result<(), String> {
    of_rows(&model.server)?;
    forgotten(log, model)?;
    // Nobody's fate depends on who else was erased.
    let gone = |id| model.erased(id);
    let rest = log.without(gone);
    let server = &model.server.without(gone);
    let naive = Naive::read(&rest);
    outcomes(&rest, &naive, model, server)?;
    states(&naive, server)?;
    views(&naive, server)?;
    let end = model.committed.clone().map(|(offset, _)| (offset, model.intent().pending.len()));
    equal("the commit at the end", &end, &Some((log.end(), 0)))
}

/// Every record that names somebody erased has an outcome. Only where its offset was read in two lives of the offsets it may have a row
/// and count as erased: the row was written before, and whoever asked for the erasure waits for that and deletes it.
fn forgotten(log: &Log, model: &Model) -> Result<(), String> {
    let server = &model.server;
    let rows = server.feedback.iter().filter(|row| row.sign == 1).map(|row| (row.in_offset, row.src_offset));
    let at = |lineage: &Lineage| (lineage.input.at.offset, lineage.src.offset);
    let rows: HashSet<(i64, i64)> = rows.chain(server.orders.iter().map(|row| at(&row.lineage))).collect();
    let others: HashSet<(i64, i64)> = server.outcomes.iter().map(|row| at(&row.lineage)).collect();
    let erased = server.outcomes.iter().filter(|row| row.kind == OutcomeKind::Erased);
    let both: Vec<(i64, i64)> = erased.map(|row| at(&row.lineage)).filter(|at| rows.contains(at)).collect();
    let lives = model.moved || model.hazards.contains_key("epoch raised by the sink");
    if !both.is_empty() && !lives {
        return Err(format!("a row and erased: {both:?}"));
    }
    let src: HashSet<i64> = rows.iter().chain(&others).map(|(_, src)| *src).collect();
    for (offset, entry) in &log.0 {
        let Entry::State(row) = entry else { continue };
        let found = src.contains(&row.state().src.offset) || model.letters.contains(offset);
        if model.erased(row.id()) && !found {
            return Err(format!("offset {offset} names somebody erased and has no outcome"));
        }
    }
    let foreign = erased_of_others(log, model);
    if foreign.is_empty() { Ok(()) } else { Err(format!("erased and nobody asked for it: {foreign:?}")) }
}

fn erased_of_others(log: &Log, model: &Model) -> Vec<i64> {
    let of = |offset: i64| log.0.iter().find(|(at, _)| *at == offset);
    let erased = model.server.outcomes.iter().filter(|row| row.kind == OutcomeKind::Erased);
    let offsets = erased.map(|row| row.lineage.input.at.offset);
    offsets.filter(|offset| !matches!(of(*offset), Some((_, Entry::State(row))) if model.erased(row.id()))).collect()
}

/// Each view is what follows from the rows, whoever was erased.
fn of_rows(server: &Server) -> Result<(), String> {
    let mut of_rows: BTreeMap<i64, Sums> = BTreeMap::new();
    server.feedback.iter().for_each(|row| add(&mut of_rows, row));
    equal("the minutes", &server.minutes, &of_rows)?;
    let mut superseded = server.superseded.clone();
    superseded.sort_unstable();
    let back = server.feedback.iter().filter(|row| row.sign == -1);
    let mut back: Vec<(Uuid, u64)> = back.map(|row| (row.feedback_id, row.version)).collect();
    back.sort_unstable();
    equal("what is superseded", &superseded, &back)
}

/// Every record has its one outcome.
fn outcomes(log: &Log, naive: &Naive, model: &Model, server: &Server) -> Result<(), String> {
    let fated = |fates: &[Fate]| -> Vec<i64> {
        naive.fates.iter().filter(|(_, fate)| fates.contains(fate)).map(|(offset, _)| *offset).collect()
    };
    let feedback = server.feedback.iter().filter(|row| row.sign == 1).map(|row| row.in_offset);
    let mut rows: Vec<i64> = feedback.chain(server.orders.iter().map(|row| row.lineage.input.at.offset)).collect();
    rows.sort_unstable();
    equal("the records with a row", &rows, &fated(&[Fate::Row]))?;

    let entered = |kind| -> BTreeSet<i64> {
        server.outcomes.iter().filter(|row| row.kind == kind).map(|row| row.lineage.input.at.offset).collect()
    };
    equal("the repeats", &entered(OutcomeKind::Repeat), &fated(&[Fate::Repeat]).into_iter().collect())?;
    // A record that could not be read has no state: once a newer one has its row, a rewind finds it stale as well.
    let may: BTreeSet<i64> =
        if model.moved { fated(&[Fate::Unreadable]).into_iter().collect() } else { BTreeSet::new() };
    let stale: BTreeSet<i64> = fated(&[Fate::Stale]).into_iter().collect();
    let found: BTreeSet<i64> = entered(OutcomeKind::Stale);
    equal("the stale ones", &found.difference(&may).copied().collect(), &stale)?;

    let logged: BTreeSet<i64> = log.0.iter().map(|(offset, _)| *offset).collect();
    let given_up: BTreeSet<i64> = model.letters.iter().copied().filter(|offset| logged.contains(offset)).collect();
    let expected = fated(&[Fate::Garbage, Fate::Conflict, Fate::Unreadable]).into_iter().collect();
    equal("the records given up", &given_up, &expected)?;

    let mut letters: Vec<_> = server.letters.iter().map(|row| (row.stage, row.at.offset)).collect();
    letters.sort_unstable();
    let expected: BTreeSet<_> = log.0.iter().filter_map(|(_, entry)| letter(entry)).collect();
    equal("the dead letters", &letters, &expected.into_iter().collect())
}

fn letter(entry: &Entry) -> Option<(&'static str, i64)> {
    match entry {
        Entry::Letter(row) => Some((row.stage, row.at.offset)),
        Entry::State(_) | Entry::Garbage => None,
    }
}

/// The rows come to the newest states.
fn states(naive: &Naive, server: &Server) -> Result<(), String> {
    let mut signed: Vec<(Uuid, u64, i8)> =
        server.feedback.iter().map(|row| (row.feedback_id, row.version, row.sign)).collect();
    signed.sort_unstable();
    if let Some([row, _]) = signed.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("written twice: {row:?}"));
    }
    let taken_back: HashSet<(Uuid, u64)> =
        signed.iter().filter(|(.., sign)| *sign == -1).map(|(id, version, _)| (*id, *version)).collect();
    let live = server.feedback.iter().filter(|row| row.sign == 1);
    let live = live.filter(|row| !taken_back.contains(&(row.feedback_id, row.version)));
    let live: BTreeMap<Uuid, Vec<String>> = live.fold(BTreeMap::new(), |mut live, row| {
        live.entry(row.feedback_id).or_default().push(said(row));
        live
    });
    equal("the live states", &live, &naive.newest.iter().map(|(id, row)| (*id, vec![said(row)])).collect())?;

    let mut arrivals: Vec<Uuid> =
        server.feedback.iter().filter(|row| row.arrival == 1).map(|row| row.feedback_id).collect();
    arrivals.sort_unstable();
    let ids: BTreeSet<Uuid> = naive.newest.keys().copied().collect();
    equal("the arrivals", &arrivals, &ids.into_iter().collect())
}

fn said(row: &FeedbackRow) -> String {
    format!("version {} content {} of {} at {}", row.version, row.content_crc, row.src_offset, row.occurred_at)
}

/// The minutes come to the newest states.
fn views(naive: &Naive, server: &Server) -> Result<(), String> {
    let signed = |minutes: &BTreeMap<i64, Sums>| -> BTreeMap<i64, (i64, i64)> {
        let sums = minutes.iter().map(|(minute, [_, feedback, score])| (*minute, (*feedback, *score)));
        sums.filter(|(_, sums)| *sums != (0, 0)).collect()
    };
    let (mut of_rows, mut of_newest) = (BTreeMap::new(), BTreeMap::new());
    server.feedback.iter().for_each(|row| add(&mut of_rows, row));
    naive.newest.values().for_each(|row| add(&mut of_newest, row));
    equal("the minutes of the newest states", &signed(&of_rows), &signed(&of_newest))
}

fn equal<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} are {found:?}, but should be {expected:?}")) }
}
