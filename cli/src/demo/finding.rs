//! Whether an answer shows its story, and keeps quiet about what the story must be told from.

use serde_json::{Map, Value, json};

use super::words::number;
use crate::scenario::Story;

/// What an answer shows of a story.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// Whether the story is there and what it must be told from is quiet.
    pub(crate) found: bool,
    /// The numbers that say so.
    pub(crate) numbers: Map<String, Value>,
}

impl Finding {
    fn new(found: bool, numbers: Value) -> Self {
        let Value::Object(numbers) = numbers else { return Self { found, numbers: Map::new() } };
        Self { found, numbers }
    }

    /// Returns it as one JSON object.
    pub(crate) fn json(&self) -> Value {
        let mut all = Map::from_iter([("found".to_owned(), self.found.into())]);
        all.extend(self.numbers.clone());
        all.into()
    }
}

/// Judges an answer by the truth file's entry.
pub(crate) fn judge(story: Story, rows: &[Value], entry: &Value) -> Finding {
    let (key, expected) = (&entry["key"], &entry["expected"]);
    match story {
        Story::AppCrash => {
            stands_out(rows, "crash_share", |row| row["release"] == key["release"] && row["os"] == key["os"])
        }
        Story::Courier => {
            stands_out(rows, "negative_share", |row| row["courier"] == key["courier"] && row["region"] == key["region"])
        }
        Story::RudeStore => stands_out(rows, "rude_share", |row| row["store_id"] == key["store"]),
        Story::Leaving => leaving(rows, expected),
        Story::Burst => burst(rows, expected),
        Story::Packaging => packaging(rows, key),
    }
}

/// The first row is the story's, and its share is a fifth of all feedback above every other's.
fn stands_out(rows: &[Value], share: &str, is_story: impl Fn(&Value) -> bool) -> Finding {
    let Some(first) = rows.first().filter(|row| is_story(row)) else { return Finding::new(false, json!({})) };
    let others = rows[1..].iter().map(|row| number(&row[share])).fold(0.0, f64::max);
    let found = rows.len() > 1 && number(&first[share]) >= others + 0.2;
    let numbers = json!({
        "feedback": first["feedback"], "share": first[share], "control_share": others, "controls": rows.len() - 1,
    });
    Finding::new(found, numbers)
}

/// Those who say so and order no more are about as many as planned; most of those who say nothing go on ordering.
fn leaving(rows: &[Value], expected: &Value) -> Finding {
    let customers = |says_so: bool, stopped: bool| {
        let is = |row: &&Value| (number(&row["says_so"]) > 0.0, number(&row["stopped"]) > 0.0) == (says_so, stopped);
        rows.iter().find(is).map_or(0.0, |row| number(&row["customers"]))
    };
    let (gone, planned) = (customers(true, true), number(&expected["customers"]));
    let (silent, go_on) = (customers(false, true), customers(false, false));
    let found = (0.7 * planned..=1.5 * planned).contains(&gone) && go_on > 3.0 * silent;
    let numbers = json!({
        "customers": gone, "still_order": customers(true, false), "control_customers": go_on + silent, "control_stopped": silent,
    });
    Finding::new(found, numbers)
}

/// One hour has the new accounts and few wordings; the other busy hours have none.
fn burst(rows: &[Value], expected: &Value) -> Finding {
    let Some((first, others)) = rows.split_first() else { return Finding::new(false, json!({})) };
    let fresh = |row: &Value| number(&row["new_accounts"]);
    let (posts, most) = (number(&expected["posts"]), others.iter().map(fresh).fold(0.0, f64::max));
    let alike = number(&first["their_wordings"]) * 10.0 <= fresh(first);
    let found = fresh(first) >= 0.9 * posts && alike && !others.is_empty() && most <= 0.1 * posts;
    let numbers = json!({
        "posts": first["new_accounts"], "wordings": first["their_wordings"], "control_hours": others.len(), "control_new_accounts": most,
    });
    Finding::new(found, numbers)
}

/// The product had far more damage than any other, and has little now.
fn packaging(rows: &[Value], key: &Value) -> Finding {
    let Some((first, others)) = rows.split_first().filter(|(first, _)| first["product_id"] == key["product"]) else {
        return Finding::new(false, json!({}));
    };
    let before = |row: &Value| number(&row["share_before"]);
    let (share, since) = (before(first), number(&first["share_since"]));
    let control = others.iter().map(before).fold(0.0, f64::max);
    let found = !others.is_empty() && share >= 2.0 * control && since <= share / 3.0;
    let numbers = json!({
        "damaged_before": first["damaged_before"], "share_before": share, "share_since": since, "control_share_before": control,
    });
    Finding::new(found, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(story: Story, rows: Value, found: bool) {
        let entry = json!({
            "key": {"release": "6.2.0", "os": "android", "courier": "X", "region": "south", "store": "s1", "product": "p1"},
            "expected": {"customers": 10, "posts": 120},
        });
        let rows: Vec<Value> = serde_json::from_value(rows).unwrap();
        assert_eq!(judge(story, &rows, &entry).found, found, "{story:?}: {rows:?}");
    }

    #[test]
    fn a_story_is_found_where_its_row_leads_and_the_control_is_quiet() {
        let row =
            |release, share: f64| json!({"release": release, "os": "android", "crash_share": share, "feedback": 9});
        check(Story::AppCrash, json!([row("6.2.0", 0.8), row("6.1.4", 0.3)]), true);
        check(Story::AppCrash, json!([row("6.2.0", 0.8), row("6.1.4", 0.7)]), false);
        check(Story::AppCrash, json!([row("6.1.4", 0.8), row("6.2.0", 0.3)]), false);
        check(Story::AppCrash, json!([row("6.2.0", 0.8)]), false);
        check(Story::AppCrash, json!([]), false);
    }

    #[test]
    fn those_who_leave_are_found_where_they_stop_ordering_and_others_go_on() {
        let row = |says_so, stopped, customers| json!({"says_so": says_so, "stopped": stopped, "customers": customers});
        check(Story::Leaving, json!([row(1, 1, 11), row(1, 0, 4), row(0, 1, 9), row(0, 0, 90)]), true);
        check(Story::Leaving, json!([row(1, 1, 11), row(0, 0, 90)]), true);
        check(Story::Leaving, json!([row(1, 0, 11), row(0, 0, 90)]), false);
        check(Story::Leaving, json!([row(1, 1, 40), row(0, 0, 90)]), false);
        check(Story::Leaving, json!([row(1, 1, 11), row(0, 1, 90), row(0, 0, 90)]), false);
        check(Story::Leaving, json!([]), false);
    }

    #[test]
    fn a_burst_is_new_accounts_with_one_text_and_a_busy_hour_is_none() {
        let row = |fresh, wordings| json!({"new_accounts": fresh, "their_wordings": wordings});
        check(Story::Burst, json!([row(118, 3), row(0, 0)]), true);
        check(Story::Burst, json!([row(118, 100), row(0, 0)]), false);
        check(Story::Burst, json!([row(118, 3), row(60, 3)]), false);
        check(Story::Burst, json!([row(0, 0), row(0, 0)]), false);
    }

    #[test]
    fn a_fix_is_found_where_damage_was_and_is_no_more() {
        let row = |product, before: f64, since: f64| json!({"product_id": product, "share_before": before, "share_since": since});
        check(Story::Packaging, json!([row("p1", 0.4, 0.02), row("p2", 0.05, 0.05)]), true);
        check(Story::Packaging, json!([row("p1", 0.4, 0.4), row("p2", 0.05, 0.05)]), false);
        check(Story::Packaging, json!([row("p2", 0.4, 0.02), row("p1", 0.05, 0.05)]), false);
    }
}
