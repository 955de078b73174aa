//! The questions that find the planted stories, and whether the answers do.
//!
//! Every question is one SQL query over the documented views, as an analyst would ask it; the answer shows the story in its first
//! line and, below it, what it must be told from.

use serde_json::{Map, Value, json};

use crate::scenario::Story;

/// A question an analyst would ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    /// The story it finds.
    pub(crate) story: Story,
    /// In words.
    pub(crate) text: &'static str,
    /// In SQL.
    pub(crate) sql: &'static str,
}

/// Returns the questions, one a story.
pub(crate) fn stories() -> [Question; 6] {
    Story::ALL.map(|story| {
        let (text, sql) = match story {
            Story::AppCrash => APP_CRASH,
            Story::Courier => COURIER,
            Story::RudeStore => RUDE_STORE,
            Story::Leaving => LEAVING,
            Story::Burst => BURST,
            Story::Packaging => PACKAGING,
        };
        Question { story, text, sql }
    })
}

type Asked = (&'static str, &'static str);

const APP_CRASH: Asked = (
    "Which release of the app crashes, on which system, and in which words do customers say so?",
    "SELECT f.attributes['app_version'] AS release, f.attributes['os'] AS os, count() AS feedback, countIf(q.quote != '') AS crashes,
    round(crashes / feedback, 2) AS crash_share, groupUniqArrayIf(6)(q.quote, q.quote != '') AS wordings
  FROM v_feedback AS f
  ANY LEFT JOIN (SELECT feedback_id, quote FROM v_quotes WHERE topic = 'crash') AS q ON q.feedback_id = f.feedback_id
  WHERE release != '' GROUP BY release, os ORDER BY crash_share DESC",
);

const COURIER: Asked = (
    "Which courier disappoints, and where: by what customers say, and by how long their orders took?",
    "SELECT f.region AS region, o.courier AS courier, count() AS feedback, round(avg(f.sentiment = 'negative'), 2) AS negative_share,
    round(median(o.hours) / 24, 1) AS days_to_deliver
  FROM v_feedback AS f
  INNER JOIN (
    SELECT order_id, attributes['courier'] AS courier, dateDiff('hour', occurred_at, updated_at) AS hours
    FROM orders WHERE status = 'delivered' AND courier != '') AS o ON o.order_id = f.order_id
  WHERE f.occurred_at > now() - INTERVAL 14 DAY
  GROUP BY region, courier HAVING feedback >= 10 ORDER BY negative_share DESC",
);

const RUDE_STORE: Asked = (
    "In which store of the region are visitors treated badly?",
    "SELECT store_id, count() AS feedback, countIf(has(aspects.topic, 'rudeness')) AS rude, round(rude / feedback, 2) AS rude_share,
    anyIf(text, has(aspects.topic, 'rudeness') AND channel = 'review') AS example
  FROM v_feedback WHERE touchpoint = 'store' AND region = 'east' AND occurred_at > now() - INTERVAL 14 DAY
  GROUP BY store_id HAVING feedback >= 10 ORDER BY rude_share DESC",
);

const LEAVING: Asked = (
    "Which of the customers who buy most say that they leave, and do they mean it?",
    "SELECT says_so, last_order < now() - INTERVAL 14 DAY AS stopped, count() AS customers, round(avg(orders), 1) AS orders_each,
    round(avg(spent)) AS spent_each, groupArray(3)(customer_id) AS examples
  FROM (
    SELECT customer_id, count() AS orders, sum(amount) AS spent, max(occurred_at) AS last_order, customer_id IN (
        SELECT customer_id FROM v_quotes
        WHERE topic = 'leaving' AND polarity = 'negative' AND occurred_at > now() - INTERVAL 14 DAY) AS says_so
    FROM v_orders
    WHERE currency = 'CNY' AND customer_id IN (SELECT customer_id FROM v_customers WHERE segment IN ('valued', 'vip'))
    GROUP BY customer_id HAVING orders >= 5)
  GROUP BY says_so, stopped ORDER BY says_so DESC, stopped DESC",
);

const BURST: Asked = (
    "In which hours did new accounts post, and in how many wordings?",
    "SELECT toStartOfHour(occurred_at) AS hour, count() AS posts, countIf(fresh) AS new_accounts, uniqExactIf(text, fresh) AS their_wordings,
    anyIf(text, fresh) AS example
  FROM (
    SELECT occurred_at, text, toUInt32OrZero(attributes['account_age_days']) < 7 AS fresh
    FROM v_feedback WHERE channel = 'social' AND attributes['account_age_days'] != '')
  GROUP BY hour HAVING posts >= 100 ORDER BY new_accounts DESC, hour LIMIT 3",
);

const PACKAGING: Asked = (
    "Whose boxes arrived damaged, and did the fix three weeks ago work?",
    "SELECT product_id, countIf(damaged AND NOT fixed) AS damaged_before, round(damaged_before / countIf(NOT fixed), 3) AS share_before,
    countIf(damaged AND fixed) AS damaged_since, round(damaged_since / countIf(fixed), 3) AS share_since
  FROM (
    SELECT product_id, occurred_at > now() - INTERVAL 21 DAY AS fixed,
      arrayExists((topic, polarity) -> topic = 'packaging' AND polarity = 'negative', aspects.topic, aspects.polarity) AS damaged
    FROM v_feedback WHERE order_id IS NOT NULL AND store_id IS NULL)
  GROUP BY product_id ORDER BY share_before DESC",
);

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

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
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

    #[test]
    fn every_story_has_its_question() {
        let asked = stories();
        for (question, story) in asked.iter().zip(Story::ALL) {
            assert!(question.story == story && question.sql.starts_with("SELECT ") && question.text.len() > 20);
        }
    }
}
