//! What can be said of a whole file: repeated ids, and what is no error but will be missed later.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use hearken_ingest::Normalized;
use hearken_schemas::catalog::Catalog;
use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::{Feedback, TimePrecision};
use hearken_schemas::journey::JourneyStage;
use hearken_schemas::operation::Operation;
use uuid::Uuid;

/// How many names a note lists.
const NAMES_MAX: usize = 5;

/// A record that stands in the file: the sum of its content, and its line.
struct Seen {
    content: u32,
    line: usize,
}

/// Counts over the records that would become rows.
#[derive(Default)]
pub(super) struct Tally {
    zoned: BTreeSet<String>,
    known: HashMap<(Uuid, u64), Seen>,
    repeats: u64,
    sources: BTreeSet<String>,
    feedback: u64,
    customers: u64,
    masked: u64,
    undirected: u64,
    unmapped: BTreeMap<String, u64>,
    hints: BTreeMap<String, u64>,
    precision: BTreeMap<TimePrecision, u64>,
}

impl Tally {
    pub(super) fn new(catalog: Option<&Catalog>) -> Self {
        let sources = catalog.into_iter().flat_map(|catalog| &catalog.sources);
        let zoned = sources.filter(|source| source.time_zone.is_some()).map(|source| source.name.clone());
        Self { zoned: zoned.collect(), ..Self::default() }
    }

    /// Counts a record.
    ///
    /// # Errors
    /// `revision_conflict` where the file has other content under its id and revision, as the sink would find.
    pub(super) fn add(&mut self, normalized: &Normalized, line: usize) -> Result<(), Rejection> {
        match normalized {
            Normalized::Feedback(feedback) => {
                let seen = Seen { content: said(feedback), line };
                self.unique((feedback.feedback_id.uuid(), feedback.revision), seen, ["source_id", "revision"])?;
                self.count(feedback);
            }
            Normalized::Operation(operation) => {
                let (fields, source) = match operation.as_ref() {
                    Operation::Order(order) => (["order_id", "status and updated_at"], Some(&order.source)),
                    Operation::Visit(visit) => (["visit_id", "event, page and occurred_at"], Some(&visit.source)),
                    Operation::Customer(customer) => (["customer_id", "updated_at"], customer.source.as_ref()),
                };
                self.unique((operation.record_id(), 0), Seen { content: crc(operation), line }, fields)?;
                self.sources.extend(source.cloned());
            }
        }
        Ok(())
    }

    /// Counts a state; the first of its name stays, as it does in the tables. `fields` are what names the record, and what
    /// tells its states apart.
    fn unique(&mut self, state: (Uuid, u64), seen: Seen, fields: [&str; 2]) -> Result<(), Rejection> {
        match self.known.entry(state) {
            Entry::Vacant(place) => {
                place.insert(seen);
                Ok(())
            }
            Entry::Occupied(known) if known.get().content == seen.content => {
                self.repeats += 1;
                Ok(())
            }
            Entry::Occupied(known) => {
                let ([name, version], line) = (fields, known.get().line);
                let detail = format!("{name} stands in line {line} with the same {version} and other content");
                Err(Rejection::new(Reason::RevisionConflict, detail).at(name))
            }
        }
    }

    fn count(&mut self, feedback: &Feedback) {
        self.feedback += 1;
        self.sources.insert(feedback.source.clone());
        self.customers += u64::from(feedback.customer_id.is_some() || feedback.customer_masked);
        self.masked += u64::from(feedback.customer_masked);
        *self.precision.entry(feedback.time_precision).or_default() += 1;
        match &feedback.touchpoint {
            None => self.undirected += 1,
            Some(touchpoint) if feedback.journey_stage == JourneyStage::Unmapped => {
                *self.unmapped.entry(touchpoint.clone()).or_default() += 1;
            }
            Some(_) => {}
        }
        if let Some(hint) = feedback.language_hint.as_ref().filter(|hint| !is_language(hint)) {
            *self.hints.entry(hint.clone()).or_default() += 1;
        }
    }

    /// Returns a sentence for everything worth knowing before the file is sent.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.repeats > 0 {
            notes.push(format!("{} records stand in the file more than once; each makes one row", self.repeats));
        }
        if self.feedback == 0 {
            return notes;
        }
        let unzoned: Vec<String> = self.sources.difference(&self.zoned).map(|source| format!("{source:?}")).collect();
        if !unzoned.is_empty() {
            let named = unzoned[..unzoned.len().min(NAMES_MAX)].join(", ");
            let more = if unzoned.len() > NAMES_MAX { ", …" } else { "" };
            notes.push(format!(
                "no time zone in the catalog for {named}{more}: every time they send needs one of its own"
            ));
        }
        let coarse = |precision| self.precision.get(&precision).copied().unwrap_or_default();
        let missed = coarse(TimePrecision::Day) + coarse(TimePrecision::Unknown);
        if missed > 0 || coarse(TimePrecision::Minute) > 0 {
            let shares = self.precision.iter().map(|(precision, n)| format!("{} {n}", precision.as_str()));
            let shares = shares.collect::<Vec<_>>().join(", ");
            notes.push(format!(
                "times are exact to: {shares}; views by the minute leave out {missed} of day and unknown"
            ));
        }
        if self.masked > 0 {
            notes.push(format!("{} of {} customers are masked; they stay unknown", self.masked, self.customers));
        }
        if self.undirected > 0 {
            notes.push(format!("{} of {} have no touchpoint, so no journey stage", self.undirected, self.feedback));
        }
        if !self.unmapped.is_empty() {
            notes.push(format!("touchpoints that no journey stage knows: {}", names(&self.unmapped)));
        }
        for (hint, n) in self.hints.iter().take(NAMES_MAX) {
            notes.push(format!("language_hint {hint:?} is no BCP 47 language such as en or zh-Hans ({n})"));
        }
        notes
    }
}

/// Returns the commonest names with their counts.
fn names(counted: &BTreeMap<String, u64>) -> String {
    let mut names: Vec<_> = counted.iter().collect();
    names.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let more = if names.len() > NAMES_MAX { format!(" and {} more", names.len() - NAMES_MAX) } else { String::new() };
    let first = names.iter().take(NAMES_MAX).map(|(name, n)| format!("{name:?} ({n})"));
    first.collect::<Vec<_>>().join(", ") + &more
}

/// Sums what the customer said: likes may change without an edit.
fn said(feedback: &Feedback) -> u32 {
    let Feedback { text, title, rating, turns, answers, .. } = feedback;
    crc(&(text, title, rating, turns, answers))
}

fn crc(content: &impl serde::Serialize) -> u32 {
    crc32fast::hash(&serde_json::to_vec(content).unwrap_or_default())
}

/// Tells whether a tag begins as BCP 47 tags do; "und" says nothing.
fn is_language(tag: &str) -> bool {
    let primary = tag.split('-').next().unwrap_or_default();
    (2..=3).contains(&primary.len()) && primary.chars().all(|c| c.is_ascii_alphabetic()) && primary != "und"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_from_words() {
        for (tag, language) in [
            ("en", true),
            ("zh-Hans", true),
            ("yue-Hant", true),
            ("und", false),
            ("English", false),
            ("", false),
            ("中文", false),
        ] {
            assert_eq!(is_language(tag), language, "{tag}");
        }
    }
}
