//! Which column holds what: the words of its header and the look of its values, each role given once.

use std::collections::BTreeMap;

use super::profile::{Numbers, Profile};
use super::words::{self, Score};

/// One column of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) profile: Profile,
}

/// Characters that no id has.
const ID_CHARS_MAX: f64 = 64.0;

/// Characters a value has where customers speak, in the middle.
const WORDS_CHARS_MIN: f64 = 8.0;

/// What the columns of a table hold.
#[derive(Debug, Default)]
pub(super) struct Roles<'a> {
    held: BTreeMap<&'static str, &'a Column>,
    /// Columns that hold nothing of their own, with what they looked like.
    pub(super) left: Vec<(&'a Column, Option<&'static str>)>,
    /// Roles that values alone speak for.
    pub(super) guessed: Vec<(&'static str, &'a Column)>,
}

impl<'a> Roles<'a> {
    /// Gives every role to the column that says it best.
    pub(super) fn of(columns: &'a [Column]) -> Self {
        let mut claims: Vec<(Score, usize, &'static str)> = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            let fitting = words::roles(&column.name).into_iter().filter(|(role, _)| fits(role, &column.profile));
            claims.extend(fitting.map(|(role, score)| (score, index, role)));
        }
        claims.sort_by_key(|(score, index, role)| (std::cmp::Reverse(*score), *index, *role));
        let mut roles = Self::default();
        let mut given = vec![false; columns.len()];
        let mut first: Vec<Option<&'static str>> = vec![None; columns.len()];
        for (score, index, role) in &claims {
            let is_first = first[*index].is_none_or(|first| first == *role);
            first[*index].get_or_insert(role);
            // What a header says in passing counts only where it says nothing better.
            if !given[*index] && !roles.held.contains_key(role) && (is_first || score.is_exact()) {
                given[*index] = true;
                roles.held.insert(role, &columns[*index]);
            }
        }
        for (index, column) in columns.iter().enumerate().filter(|(index, _)| !given[*index]) {
            roles.left.push((column, first[index]));
        }
        roles.by_values();
        roles
    }

    /// Returns the column of a role.
    pub(super) fn get(&self, role: &str) -> Option<&'a Column> {
        self.held.get(role).copied()
    }

    pub(super) fn has(&self, role: &str) -> bool {
        self.held.contains_key(role)
    }

    /// Looks at the values of columns whose headers say nothing: words, times, and numbers on a scale.
    fn by_values(&mut self) {
        let scored = ["rating", "nps", "csat", "ces"].iter().any(|role| self.has(role));
        let timed = ["occurred_at", "updated_at", "order_time"].iter().any(|role| self.has(role));
        let structured = ["answers", "turns", "order_id", "visit_id", "session"].iter().any(|role| self.has(role));
        if !timed {
            self.give("occurred_at", |profile| profile.times.is_some());
        }
        if structured && !self.has("text") {
            return;
        }
        if !scored {
            self.give("rating", |profile| profile.scale.is_some());
        }
        if !self.has("text") {
            self.give("text", |profile| {
                profile.is_words() && profile.scale.is_none() && profile.chars >= WORDS_CHARS_MIN
            });
        }
        if !scored && !self.has("rating") {
            self.give("rating", |profile| profile.within(1.0, 5.0) && profile.distinct > 1);
        }
        if !scored && !self.has("rating") {
            self.give("nps", |profile| fits("nps", profile) && profile.distinct > 1);
        }
    }

    /// Gives a role to the one column that is free, has no meaning of its own and looks like it; to none where several do.
    fn give(&mut self, role: &'static str, looks: impl Fn(&Profile) -> bool) {
        let alike = |(_, (column, best)): &(usize, &(&Column, Option<&str>))| best.is_none() && looks(&column.profile);
        let found: Vec<usize> = self.left.iter().enumerate().filter(alike).map(|(index, _)| index).collect();
        if let [index] = found.as_slice() {
            let (column, _) = self.left.remove(*index);
            self.held.insert(role, column);
            self.guessed.push((role, column));
        }
    }
}

/// Tells whether a column with such values may hold a role.
pub(super) fn fits(role: &str, profile: &Profile) -> bool {
    let graded = profile.within(0.0, 100.0) || profile.scale.is_some();
    profile.filled > 0
        && match role {
            "occurred_at" | "updated_at" | "order_time" | "sent_at" => profile.times.is_some(),
            "rating" | "csat" | "ces" => graded,
            "nps" => profile.within(0.0, 10.0) && profile.numbers.as_ref().is_some_and(Numbers::whole),
            "scale_max" | "likes" | "reposts" | "amount" | "quantity" | "dwell_ms" | "revision" => {
                profile.numbers.is_some()
            }
            "text" | "title" => profile.is_words() && profile.scale.is_none(),
            "source_id" => profile.chars <= ID_CHARS_MAX && !is_counter(profile),
            "customer_id" | "product_id" | "order_id" | "store_id" | "session" | "visit_id" => {
                profile.chars <= ID_CHARS_MAX
            }
            _ => true,
        }
}

/// Tells whether the values number the rows: the next file numbers its rows alike, so they name nothing.
fn is_counter(profile: &Profile) -> bool {
    let counts = |numbers: &Numbers| {
        let (least, greatest) = numbers.ends();
        numbers.whole() && least <= 1.0 && greatest - least + 1.0 == profile.filled as f64
    };
    profile.distinct == profile.filled && profile.numbers.as_ref().is_some_and(counts)
}
