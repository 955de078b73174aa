//! How long rows and words stay, as a file says it: what may be removed, from when it counts, and why the rest must stay. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A file of terms, in days.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Terms {
    /// By table: when its rows go.
    #[serde(default)]
    pub(super) rows: BTreeMap<String, u32>,
    /// By column of `feedback`: when what stands in it is emptied, the row staying.
    #[serde(default)]
    pub(super) words: BTreeMap<String, u32>,
}

/// A table whose rows may go.
pub(super) struct Rows {
    pub(super) name: &'static str,
    /// The column that the term counts from.
    pub(super) since: &'static str,
    /// Which rows go; empty for all.
    pub(super) only: &'static str,
    /// A table that goes with it: its name, its clock, and how many days later.
    pub(super) with: Option<(&'static str, &'static str, u32)>,
    /// Whether its rows are what `hearken verify` accounts for records on raw topics by.
    pub(super) accounts: bool,
    pub(super) days_min: u32,
}

/// Kafka keeps the newest record of every customer for ever, so what became of it stays known for ever.
const NOT_COMPACTED: &str = "src_topic != 'operations.raw.customers.v1'";

/// Every table whose rows may go.
pub(super) const ROWS: [Rows; 7] = [
    accounting("orders", ""),
    accounting("visits", ""),
    accounting("outcomes", NOT_COMPACTED),
    accounting("dead_letters", NOT_COMPACTED),
    Rows { name: "alerts", since: "received_at", only: "", with: None, accounts: false, days_min: 90 },
    // A case that lost its events would look open again, so these stay a little longer.
    Rows {
        name: "cases",
        since: "opened_at",
        only: "",
        with: Some(("case_events", "at", 7)),
        accounts: false,
        days_min: 90,
    },
    Rows { name: "audit_log", since: "at", only: "", with: None, accounts: false, days_min: 30 },
];

const fn accounting(name: &'static str, only: &'static str) -> Rows {
    Rows { name, since: "received_at", only, with: None, accounts: true, days_min: 1 }
}

/// Why the rows of other tables stay.
const STAY: &[(&[&str], &str)] = &[
    (
        &["feedback", "survey_answers", "feedback_minute", "keyword_hour"],
        "rows of feedback are scores, and rollups and every later edit are exact only beside them: empty their words and the \
         customer instead ([words]), or erase a customer (hearken erase)",
    ),
    (&["states", "superseded"], "they hold ids alone, and without them a record that comes again would count again"),
    (
        &["customers", "identities"],
        "the newest profile may be old and its customer there still; hearken erase removes a customer",
    ),
    (&["case_events"], "they go with cases"),
    (&["messages", "deliveries"], "they go after 90 days by themselves"),
];

/// Columns that are emptied together, by the name the file has: lists side by side stay equally long.
pub(super) const WORDS: &[(&str, &[&str])] = &[
    ("text", &["text"]),
    ("title", &["title"]),
    ("turns", &["turns.at", "turns.role", "turns.text"]),
    (ANSWERS, &[]),
    ("url", &["url"]),
    ("attributes", &["attributes"]),
    ("customer_id", &["customer_id"]),
    ("author_key", &["author_key"]),
    ("agent_key", &["agent_key"]),
    ("order_id", &["order_id"]),
    ("parent_id", &["parent_id"]),
];

/// The words of answers: they stand beside the answers' numbers in lists of one length, so no column can simply be emptied. In
/// `survey_answers` it can.
pub(super) const ANSWERS: &str = "answers.text";

/// Why other columns stay.
fn stays(column: &str) -> &'static str {
    let within = |prefixes: &[&str]| prefixes.iter().any(|prefix| column.starts_with(prefix));
    if column == "turns.text" {
        "lists side by side must stay equally long: say turns"
    } else if within(&[
        "keywords.",
        "answers.",
        "intents.",
        "sentiment",
        "rating_",
        "origin",
        "brand",
        "channel",
        "journey_stage",
    ]) || within(&["occurred_at", "time_precision", "arrival", "sign", "survey_"])
    {
        "it feeds a rollup or survey_answers: a row that takes this one back later would differ from what was counted"
    } else if within(&["aspects.", "language", "effort", "simhash", "region", "store_id", "product_id", "touchpoint"]) {
        "it is a score or says what was spoken of, not who spoke"
    } else {
        "it is no column of words or persons, or the sink judges by it"
    }
}

impl Terms {
    /// Returns everything that is wrong with the terms. `raw_days` is how long Kafka keeps raw records, for ever where there is none.
    pub(super) fn wrong(&self, raw_days: Option<u32>) -> Vec<String> {
        let rows = self.rows.iter().filter_map(|(name, days)| wrong_rows(name, *days, raw_days));
        let words = self.words.iter().filter_map(|(name, days)| wrong_words(name, *days));
        rows.chain(words).collect()
    }
}

fn wrong_rows(name: &str, days: u32, raw_days: Option<u32>) -> Option<String> {
    let Some(table) = ROWS.iter().find(|table| table.name == name) else {
        let reason = STAY.iter().find(|(names, _)| names.contains(&name)).map(|(_, reason)| *reason);
        return Some(format!("rows.{name}: {}", reason.unwrap_or("there is no such table whose rows go after a term")));
    };
    if days < table.days_min {
        return Some(format!("rows.{name}: {days} days are too few, at least {} are needed", table.days_min));
    }
    match raw_days {
        Some(raw) if !table.accounts || days > raw => None,
        None if !table.accounts => None,
        Some(raw) => Some(format!(
            "rows.{name}: Kafka keeps raw records {raw} days, and {days} days are not longer: what is read again would be judged, and \
             hearken verify would miss outcomes of, records that are still there"
        )),
        None => Some(format!(
            "rows.{name}: Kafka keeps a raw topic for ever, so its records' outcomes must stay too: give the topics a retention first"
        )),
    }
}

fn wrong_words(name: &str, days: u32) -> Option<String> {
    match WORDS.iter().any(|(word, _)| *word == name) {
        false => Some(format!("words.{name}: {}", stays(name))),
        true if days == 0 => Some(format!("words.{name}: 0 days are too few, at least 1 is needed")),
        true => None,
    }
}

#[cfg(test)]
mod tests {
    use hearken_schemas::tables::OBJECTS;

    use super::*;

    fn wrong(text: &str, raw_days: Option<u32>) -> String {
        toml::from_str::<Terms>(text).unwrap().wrong(raw_days).join(" | ")
    }

    #[test]
    fn what_must_stay_is_refused_with_its_reason() {
        for (text, raw_days, expected) in [
            ("[rows]\nvisits = 30", Some(7), ""),
            ("[rows]\nvisits = 7", Some(7), "Kafka keeps raw records 7 days, and 7 days are not longer"),
            ("[rows]\noutcomes = 4000", None, "Kafka keeps a raw topic for ever"),
            ("[rows]\nalerts = 400", None, ""),
            ("[rows]\ncases = 89", Some(7), "at least 90"),
            ("[rows]\nfeedback = 4000", Some(7), "[words]"),
            ("[rows]\nstates = 4000", Some(7), "would count again"),
            ("[rows]\nmoon = 4000", Some(7), "no such table"),
            ("[words]\ntext = 1\n'answers.text' = 2", None, ""),
            ("[words]\ntext = 0", None, "at least 1"),
            ("[words]\n'answers.value' = 9", None, "feeds a rollup"),
            ("[words]\n'keywords.term' = 9", None, "feeds a rollup"),
            ("[words]\n'aspects.topic' = 9", None, "a score"),
            ("[words]\n'turns.text' = 9", None, "say turns"),
            ("[words]\nsource_id = 9", None, "no column of words"),
        ] {
            let found = wrong(text, raw_days);
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{text}: {found}");
        }
    }

    #[test]
    fn tables_and_columns_are_the_contracts() {
        let columns = |table: &str| {
            let object = OBJECTS.iter().find(|object| object.is_table() && object.name() == table);
            object.unwrap_or_else(|| panic!("{table}")).columns().iter().map(|column| column.name).collect::<Vec<_>>()
        };
        for rows in &ROWS {
            assert!(columns(rows.name).contains(&rows.since), "{}", rows.name);
            assert!(rows.with.is_none_or(|(name, since, _)| columns(name).contains(&since)), "{}", rows.name);
        }
        let feedback = columns("feedback");
        assert!(WORDS.iter().flat_map(|(_, columns)| *columns).all(|column| feedback.contains(column)));
    }
}
