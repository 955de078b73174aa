//! The answers of one scope as columns of numbers.

use std::collections::{BTreeMap, BTreeSet};

use hearken_insights::Unfit;
use hearken_insights::draws::Draws;
use hearken_insights::drivers::drivers;
use hearken_insights::kano::{MENTIONS_MIN, Mentions, text_kano};
use hearken_insights::sample::Sample;
use serde::Deserialize;

use super::rows::{Based, Classed, Key};

/// How often the answers are drawn again for an interval.
const DRAWS: usize = 300;
/// The leading topics or items; the rest explains next to nothing and makes every interval wider.
const COLUMNS_MAX: usize = 24;

/// One answer: its score from 0 to 1, what it speaks of and how, and the items beside it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Answer {
    pub(super) score: f64,
    pub(super) topics: Vec<(String, String)>,
    pub(super) items: Vec<(String, f64)>,
}

impl Answer {
    /// Says whether it speaks well of a topic, and whether ill; nothing where it does not speak of it.
    fn mention(&self, topic: &str) -> Option<(bool, bool)> {
        let told: Vec<&str> =
            self.topics.iter().filter(|(of, _)| of == topic).map(|(_, polarity)| polarity.as_str()).collect();
        (!told.is_empty()).then(|| (told.contains(&"positive"), told.contains(&"negative")))
    }

    /// Returns the mean of what it gives an item.
    fn item(&self, question: &str) -> Option<f64> {
        let given: Vec<f64> = self.items.iter().filter(|(of, _)| of == question).map(|(_, value)| *value).collect();
        (!given.is_empty()).then(|| given.iter().sum::<f64>() / given.len() as f64)
    }
}

/// Whose answers to what.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) key: Key,
    /// The least score that counts as a best one.
    pub(super) best: f64,
    /// Whether answers may have items beside them.
    pub(super) has_items: bool,
    pub(super) answers: Vec<Answer>,
}

/// What a scope's answers say, and what they are too few for.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) key: Key,
    pub(super) drivers: Vec<Based>,
    pub(super) kano: Option<Classed>,
    pub(super) unfit: Vec<(&'static str, Unfit)>,
}

impl Scope {
    /// Returns what to call it.
    pub(super) fn name(&self) -> String {
        let Key { brand, metric, survey_kind } = &self.key;
        [brand, *metric, survey_kind.as_str()].join(" ").trim_end().to_owned()
    }

    /// Computes what drives its score.
    pub(super) fn compute(&self, seed: u64) -> Found {
        let draws = Draws { seed, count: DRAWS };
        let mut found = Found { key: self.key.clone(), drivers: Vec::new(), kano: None, unfit: Vec::new() };
        if self.has_items {
            match self.by_items(draws) {
                Ok(based) => found.drivers.push(based),
                Err(unfit) => found.unfit.push(("by scale items", unfit)),
            }
        }
        let topics = self.leading_topics();
        match self.by_topics(&topics, draws) {
            Ok(based) => found.drivers.push(based),
            Err(unfit) => found.unfit.push(("by topics", unfit)),
        }
        match self.classes(&topics, draws) {
            Ok(classed) => found.kano = Some(classed),
            Err(unfit) => found.unfit.push(("Kano by text", unfit)),
        }
        found
    }

    /// The scale items that at least half of the answers have, over the answers that have them all.
    fn by_items(&self, draws: Draws) -> Result<Based, Unfit> {
        let half = self.answers.len().div_ceil(2);
        let names = leading(self.answers.iter().map(|answer| answer.items.iter().map(|(item, _)| item.as_str())), half);
        let complete: Vec<(f64, Vec<f64>)> = self
            .answers
            .iter()
            .filter_map(|answer| {
                Some((answer.score, names.iter().map(|(name, _)| answer.item(name)).collect::<Option<Vec<f64>>>()?))
            })
            .collect();
        let columns: Vec<Vec<f64>> =
            (0..names.len()).map(|index| complete.iter().map(|(_, items)| items[index]).collect()).collect();
        let performance: Vec<f64> =
            columns.iter().map(|column| column.iter().sum::<f64>() / column.len().max(1) as f64).collect();
        let found = drivers(&Sample::new(columns, complete.iter().map(|(score, _)| *score).collect())?, draws)?;
        let named =
            names.into_iter().zip(performance).map(|((name, count), performance)| (name, count, Some(performance)));
        Ok(Based { basis: "scale", n: complete.len(), named: named.collect(), found })
    }

    /// The topics spoken of most, and by how many answers: as many as the answers can bear, good and bad mention apart.
    fn leading_topics(&self) -> Vec<(String, usize)> {
        let mut topics = leading(
            self.answers.iter().map(|answer| answer.topics.iter().map(|(topic, _)| topic.as_str())),
            MENTIONS_MIN,
        );
        topics.truncate(self.answers.len() / 20);
        topics
    }

    /// Topics: 1 where it is spoken well of, −1 where ill, 0 where both or not at all.
    fn by_topics(&self, topics: &[(String, usize)], draws: Draws) -> Result<Based, Unfit> {
        let value = |told: Option<(bool, bool)>| {
            told.map_or(0.0, |(good, bad)| f64::from(u8::from(good)) - f64::from(u8::from(bad)))
        };
        let column =
            |(topic, _): &(String, usize)| self.answers.iter().map(|answer| value(answer.mention(topic))).collect();
        let columns: Vec<Vec<f64>> = topics.iter().map(column).collect();
        let net: Vec<f64> = columns.iter().map(|column| column.iter().sum()).collect();
        let found = drivers(&Sample::new(columns, self.scores())?, draws)?;
        let named = topics
            .iter()
            .zip(net)
            .map(|((topic, mentions), net)| (topic.clone(), *mentions, Some(net / *mentions as f64)));
        Ok(Based { basis: "text", n: self.answers.len(), named: named.collect(), found })
    }

    fn classes(&self, topics: &[(String, usize)], draws: Draws) -> Result<Classed, Unfit> {
        let told = |topic: &str, which: fn((bool, bool)) -> bool| {
            self.answers.iter().map(|answer| answer.mention(topic).is_some_and(which)).collect()
        };
        let mentions: Vec<Mentions> = topics
            .iter()
            .map(|(topic, _)| Mentions {
                positive: told(topic, |(good, _)| good),
                negative: told(topic, |(_, bad)| bad),
            })
            .collect();
        let best = self.answers.iter().filter(|answer| answer.score >= self.best - 1e-6).count();
        let (r2, classes) = text_kano(self.scores(), &mentions, best as f64 / self.answers.len().max(1) as f64, draws)?;
        Ok(Classed {
            n: self.answers.len(),
            r2,
            named: topics.iter().map(|(topic, _)| topic.clone()).zip(classes).collect(),
        })
    }

    fn scores(&self) -> Vec<f64> {
        self.answers.iter().map(|answer| answer.score).collect()
    }
}

/// Returns the names that at least so many answers have, the most frequent first, of equals the first by name.
fn leading<'a, N: Iterator<Item = &'a str>>(answers: impl Iterator<Item = N>, least: usize) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for names in answers {
        for name in names.collect::<BTreeSet<_>>() {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut names: Vec<(String, usize)> =
        counts.into_iter().filter(|(_, count)| *count >= least).map(|(name, count)| (name.to_owned(), count)).collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    names.truncate(COLUMNS_MAX);
    names
}

#[cfg(test)]
mod tests;
